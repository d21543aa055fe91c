/** Lanes of segments under one ruler. A click or drag anywhere seeks; the ruler is a slider for the keyboard. */

import { make } from "./dom.js";
import { label } from "./rows.js";
import { clock, plain, said } from "./words.js";

const STEPS_S = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
const TICK_PX = 80;
const FAR_S = 10;
const MANY = 200; // spans of a lane from which touching ones of one label are drawn as one
const TOUCH_S = 0.3;

export class Timeline {
  #length_s = 1;
  #time_s = 0;

  /** `seek(time_s)`, `pick(key)` of a lane, `toggle()` of playing, `told()` -> what holds now, in words. */
  constructor(root, { seek, pick, toggle, told }) {
    Object.assign(this, { root, seek, pick, told });
    this.ruler = make("div", {
      class: "ruler",
      role: "slider",
      tabindex: "0",
      "aria-label": "Time",
      "aria-valuemin": "0",
    });
    this.lanes = make("div", { class: "lanes" });
    this.wave = make("canvas", { class: "wave", "aria-hidden": "true", hidden: true });
    this.curves = make("div", { class: "curves", "aria-hidden": "true" });
    this.head = make("div", { class: "playhead", "aria-hidden": "true" });
    root.replaceChildren(
      make("div", { class: "row" }, make("span", { class: "gutter" }), this.ruler),
      this.lanes,
      this.wave,
      this.curves,
      this.head,
    );
    root.addEventListener("pointerdown", (event) => this.#drag(event, toggle));
    this.ruler.addEventListener("keydown", (event) => this.#key(event, toggle));
    new ResizeObserver(() => this.#ticks()).observe(this.ruler);
  }

  get gutter_px() {
    return parseFloat(getComputedStyle(this.root).getPropertyValue("--gutter"));
  }

  /** Lanes with their spans over length_s; `task` names the labels, `tones` gives them their look. */
  show(lanes, picked, task, length_s, tones) {
    this.#length_s = Math.max(length_s, 0.1);
    const held = this.lanes.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    this.lanes.replaceChildren(
      ...lanes.map((lane) => {
        const name = make(
          "button",
          {
            type: "button",
            class: "gutter",
            "data-key": lane.key,
            title: lane.name,
            "aria-pressed": String(lane.key === picked),
            on: { click: () => this.pick(lane.key) },
          },
          lane.name,
        );
        const list = make(
          "ol",
          { class: "lane", "aria-label": `Segments of ${lane.name}` },
          ...joined(lane.spans, task).map((span) => this.#segment(span, task, tones)),
        );
        return make("div", { class: "row" }, name, list);
      }),
    );
    for (const button of this.lanes.querySelectorAll("button")) if (button.dataset.key === held) button.focus();
    this.#ticks();
    this.at(this.#time_s);
  }

  at(time_s) {
    this.#time_s = time_s;
    const share = Math.min(time_s / this.#length_s, 1);
    this.head.style.left = `calc(var(--gutter) + (100% - var(--gutter)) * ${share.toFixed(5)})`;
    this.ruler.setAttribute("aria-valuemax", this.#length_s.toFixed(1));
    this.ruler.setAttribute("aria-valuenow", time_s.toFixed(1));
    this.ruler.setAttribute("aria-valuetext", `${clock(time_s)} of ${clock(this.#length_s)}, ${this.told()}`);
  }

  #segment({ start_s, end_s, row }, id, tones) {
    const task = row.tasks[id];
    const told = task ? said(task) : Object.values(row.tasks).map(said).join(", ") || "nothing";
    const name = label(row, id);
    const text = name === null ? "" : plain(name);
    const made = make(
      "li",
      { class: `segment ${tones.of(name)}`, title: `${clock(start_s)} to ${clock(end_s)}: ${told}` },
      make("span", {}, text),
      make("span", { class: "unseen" }, ` ${clock(start_s)} to ${clock(end_s)}: ${told}`),
    );
    made.style.left = `${(100 * start_s) / this.#length_s}%`;
    made.style.width = `${(100 * (end_s - start_s)) / this.#length_s}%`;
    return made;
  }

  #ticks() {
    const width = this.ruler.clientWidth;
    if (!width) return;
    const step_s = STEPS_S.find((step) => (width * step) / this.#length_s >= TICK_PX) ?? STEPS_S.at(-1);
    const count = Math.floor(this.#length_s / step_s + 1e-6);
    this.ruler.replaceChildren(
      ...Array.from({ length: count + 1 }, (_, i) => {
        const tick = make("span", { "aria-hidden": "true" }, clock(i * step_s, step_s >= 1));
        tick.style.left = `${(100 * i * step_s) / this.#length_s}%`;
        tick.classList.toggle("last", (i * step_s) / this.#length_s > 0.94);
        return tick;
      }),
    );
  }

  #place_s(event) {
    const { left, width } = this.ruler.getBoundingClientRect();
    return Math.max(0, Math.min(1, (event.clientX - left) / width)) * this.#length_s;
  }

  #drag(event) {
    if (event.button !== 0 || event.target.closest("button")) return;
    if (event.clientX < this.ruler.getBoundingClientRect().left) return;
    const move = (next) => this.seek(this.#place_s(next));
    const end = () => this.root.removeEventListener("pointermove", move);
    this.root.setPointerCapture(event.pointerId);
    this.root.addEventListener("pointermove", move);
    for (const name of ["pointerup", "pointercancel"]) this.root.addEventListener(name, end, { once: true });
    move(event);
  }

  #key(event, toggle) {
    const to_s = {
      ArrowLeft: this.#time_s - (event.shiftKey ? 0.1 : 1),
      ArrowDown: this.#time_s - (event.shiftKey ? 0.1 : 1),
      ArrowRight: this.#time_s + (event.shiftKey ? 0.1 : 1),
      ArrowUp: this.#time_s + (event.shiftKey ? 0.1 : 1),
      PageUp: this.#time_s + FAR_S,
      PageDown: this.#time_s - FAR_S,
      Home: 0,
      End: this.#length_s,
    }[event.key];
    if (event.key === " ") toggle();
    else if (to_s === undefined) return;
    else this.seek(Math.max(0, Math.min(this.#length_s, to_s)));
    event.preventDefault();
  }
}

function joined(spans, task) {
  if (spans.length < MANY) return spans;
  const found = [];
  for (const span of spans) {
    const last = found.at(-1);
    const same = last && span.start_s - last.end_s < TOUCH_S && label(last.row, task) === label(span.row, task);
    if (same) last.end_s = span.end_s;
    else found.push({ ...span });
  }
  return found;
}
