/** Each label its tone and its pattern, in the order labels are met: no two of the first 24 share both. */

const TONES = 8;
const PATTERNS = 6;

export class Tones {
  #known = new Map();

  /** The classes of a label. */
  of(label) {
    if (label === null) return "tone-none";
    if (!this.#known.has(label)) this.#known.set(label, this.#known.size);
    const number = this.#known.get(label);
    return `tone-${number % TONES} pattern-${number % PATTERNS}`;
  }

  get labels() {
    return [...this.#known.keys()];
  }
}
