/** The plane of valence and arousal: the path over time, the place now, and its interval as a box. */

import { draw } from "./dom.js";
import { signed } from "./words.js";

const SIDE = 320;
const EDGE = 34;
const CLOSE = 24; // ends of a path that one name has room for
const place = (value) => ((value + 1) / 2) * (SIDE - 2 * EDGE) + EDGE;
const across = (value) => place(Math.max(-1, Math.min(1, value)));
const up = (value) => SIDE - across(value);

export class Plane {
  constructor(root) {
    this.path = draw("g", {});
    this.now = draw("g", {});
    const text = (x, y, anchor, words) => draw("text", { x, y, "text-anchor": anchor }, words);
    const middle = SIDE / 2;
    this.svg = draw(
      "svg",
      { viewBox: `0 0 ${SIDE} ${SIDE}`, role: "img" },
      draw("rect", { class: "field", x: EDGE, y: EDGE, width: SIDE - 2 * EDGE, height: SIDE - 2 * EDGE, rx: 10 }),
      draw("circle", { class: "axis", cx: middle, cy: middle, r: (SIDE - 2 * EDGE) / 2 }),
      draw("path", { class: "axis", d: `M${EDGE} ${middle}H${SIDE - EDGE}M${middle} ${EDGE}V${SIDE - EDGE}` }),
      text(middle, EDGE - 12, "middle", "excited, awake"),
      text(middle, SIDE - EDGE + 22, "middle", "calm, tired"),
      draw(
        "text",
        { transform: `translate(${EDGE - 12} ${middle}) rotate(-90)`, "text-anchor": "middle" },
        "unpleasant",
      ),
      draw(
        "text",
        { transform: `translate(${SIDE - EDGE + 12} ${middle}) rotate(90)`, "text-anchor": "middle" },
        "pleasant",
      ),
      this.path,
      this.now,
    );
    root.replaceChildren(this.svg);
  }

  /** `places`: {valence, arousal} in time order, each in [-1, 1]; drawn fainter the older, numbered at its ends. */
  trace(places) {
    const points = places.map(({ valence, arousal }) => [across(valence), up(arousal)]);
    const lines = points.slice(1).map(([x, y], i) =>
      draw("line", {
        class: "step",
        x1: points[i][0],
        y1: points[i][1],
        x2: x,
        y2: y,
        opacity: fade(i + 1, points.length),
      }),
    );
    const dots =
      points.length < 2
        ? []
        : points.map(([cx, cy], i) =>
            draw("circle", { class: "dot", cx, cy, r: 2.8, opacity: fade(i, points.length) }),
          );
    const ends =
      points.length < 2
        ? []
        : Math.hypot(points[0][0] - points.at(-1)[0], points[0][1] - points.at(-1)[1]) < CLOSE
          ? [["start and end", points[0]]]
          : [
              ["start", points[0]],
              ["end", points.at(-1)],
            ];
    const names = ends.map(([name, [x, y]]) =>
      draw("text", { class: "end", x: x + 7, y: y + (name === "end" ? -6 : 13) }, name),
    );
    this.path.replaceChildren(...lines, ...dots, ...names);
  }

  /** The place now with its interval, or none; `when` stands in the text for those who do not see it. */
  mark(task, when) {
    const { valence, arousal } = task?.values ?? {};
    if (valence === undefined || arousal === undefined) {
      this.now.replaceChildren();
      this.svg.setAttribute("aria-label", "Plane of valence and arousal: nothing is said here");
      return;
    }
    const box = [];
    if (task.low && task.high) {
      const [left, right, top, bottom] = [
        across(task.low.valence),
        across(task.high.valence),
        up(task.high.arousal),
        up(task.low.arousal),
      ];
      box.push(
        draw("rect", {
          class: "interval",
          x: left,
          y: top,
          width: Math.max(right - left, 1),
          height: Math.max(bottom - top, 1),
          rx: 4,
        }),
      );
    }
    const [cx, cy] = [across(valence), up(arousal)];
    this.now.replaceChildren(
      ...box,
      draw("circle", { class: "ring", cx, cy, r: 9 }),
      draw("circle", { class: "point", cx, cy, r: 4.5 }),
    );
    this.svg.setAttribute("aria-label", `Plane: valence ${signed(valence)}, arousal ${signed(arousal)}, ${when}`);
  }
}

const fade = (i, n) => (0.2 + (0.8 * i) / Math.max(n - 1, 1)).toFixed(2);
