/** Boxes over a picture or video, each a button with its name and label; lines differ by pattern, not by tone alone. */

import { make } from "./dom.js";

export class Faces {
  /** `pick(key)` is called with the lane of a box. */
  constructor(pick) {
    this.pick = pick;
    this.root = make("div", { class: "faces", role: "group", "aria-label": "Faces" });
  }

  /** Lays the boxes over `stage`, which holds the picture alone. */
  over(stage) {
    this.root.replaceChildren();
    stage?.append(this.root);
  }

  /** `faces`: {key, name, told, tone, box, picked}; box in pixels of a picture of width x height. */
  show(faces, width, height) {
    const held = this.root.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    const there = new Map([...this.root.children].map((button) => [button.dataset.key, button]));
    for (const face of width && height ? faces : []) {
      const button = there.get(face.key) ?? this.#made(face.key);
      there.delete(face.key);
      const [left, top, right, bottom] = face.box;
      button.className = `face ${face.tone}`;
      button.classList.toggle("low", top < 0.12 * height);
      button.classList.toggle("far", left > 0.6 * width);
      button.style.left = `${(100 * left) / width}%`;
      button.style.top = `${(100 * top) / height}%`;
      button.style.width = `${(100 * (right - left)) / width}%`;
      button.style.height = `${(100 * (bottom - top)) / height}%`;
      button.setAttribute("aria-pressed", String(face.picked));
      button.firstChild.textContent = `${face.name}: ${face.told}`;
    }
    for (const gone of there.values()) gone.remove();
    if (held && !this.root.contains(document.activeElement))
      [...this.root.children].find((b) => b.dataset.key === held)?.focus();
  }

  #made(key) {
    const button = make(
      "button",
      { type: "button", "data-key": key, on: { click: () => this.pick(key) } },
      make("span"),
    );
    this.root.append(button);
    return button;
  }
}
