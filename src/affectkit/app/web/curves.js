/** Values or scores over time, drawn by uPlot; each line has its own dashes, so that it is known without its tone. */

import { colour, draw, make } from "./dom.js";
import { plain } from "./words.js";
import uPlot from "./vendor/uplot/uPlot.esm.js";

const DASHES = [[], [7, 4], [2, 3], [9, 3, 2, 3]];
const HEIGHT_PX = 150;
const GAP_S = 0.02;

export class Curves {
  #plot = null;
  #shown = null;

  constructor(root, legend) {
    this.root = root;
    this.legend = legend;
    new ResizeObserver(() => this.#fit()).observe(root);
  }

  /** The task `id` of a lane's spans over 0 to length_s; nothing where it says nothing. */
  show(spans, id, length_s, gutter_px) {
    this.#shown = [spans, id, length_s, gutter_px];
    const its = spans.filter(({ row }) => row.tasks[id]);
    const first = its[0]?.row.tasks[id];
    this.root.hidden = this.legend.hidden = !first;
    this.#plot?.destroy();
    this.#plot = null;
    if (!first) return;
    const valued = Boolean(first.values);
    const names = valued ? Object.keys(first.values).slice(0, DASHES.length) : highest(its, id);
    const [x, lines, low, high] = columns(its, id, names, valued);
    const tones = names.map((_, i) => colour(`line-${i}`));
    const series = names.map((name, i) => ({
      label: name,
      stroke: tones[i],
      width: 2,
      dash: DASHES[i],
      paths: uPlot.paths.stepped({ align: 1 }),
      points: { show: false },
    }));
    const banded = valued && low.some((value) => value !== null);
    const edge = { stroke: "transparent", paths: uPlot.paths.stepped({ align: 1 }), points: { show: false } };
    const axis = {
      stroke: colour("muted"),
      grid: { stroke: colour("line"), width: 1 },
      ticks: { show: false },
      font: "12px system-ui, sans-serif",
    };
    const options = {
      width: Math.max(this.root.clientWidth, 60),
      height: HEIGHT_PX,
      padding: [10, 0, 8, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false, range: [0, length_s] }, y: { range: valued ? [-1.02, 1.02] : [0, 1.02] } },
      axes: [
        { show: false },
        {
          ...axis,
          size: gutter_px,
          splits: () => (valued ? [-1, 0, 1] : [0, 0.5, 1]),
          values: (_, at) => at.map((v) => (valued && v > 0 ? `+${v}` : String(v))),
        },
      ],
      series: [{}, ...series, ...(banded ? [edge, edge] : [])],
      bands: banded ? [{ series: [names.length + 2, names.length + 1], fill: colour("band") }] : [],
    };
    this.#plot = new uPlot(options, [x, ...lines, ...(banded ? [low, high] : [])], this.root);
    this.#tell(names, banded);
  }

  /** Draws again, after tones or the page's width changed. */
  again() {
    if (this.#shown) this.show(...this.#shown);
  }

  #fit() {
    const width = this.root.clientWidth;
    if (this.#plot && width && width !== this.#plot.width) this.#plot.setSize({ width, height: HEIGHT_PX });
  }

  #tell(names, banded) {
    const sample = (i) =>
      draw(
        "svg",
        { class: `line-${i}`, width: 28, height: 8, "aria-hidden": "true" },
        draw("line", {
          x1: 0,
          y1: 4,
          x2: 28,
          y2: 4,
          "stroke-width": 2.5,
          "stroke-dasharray": DASHES[i].join(" ") || "none",
        }),
      );
    const entries = names.map((name, i) => make("span", {}, sample(i), plain(name)));
    if (banded)
      entries.push(
        make("span", {}, make("i", { class: "band", "aria-hidden": "true" }), `90 % interval of ${plain(names[0])}`),
      );
    this.legend.replaceChildren(...entries);
  }
}

/** Times, a line per name, and the interval of the first; null between spans that do not touch. */
function columns(spans, id, names, valued) {
  const [x, low, high] = [[], [], []];
  const lines = names.map(() => []);
  const put = (time_s, task) => {
    x.push(x.length && time_s <= x.at(-1) ? x.at(-1) + 1e-6 : time_s);
    names.forEach((name, i) => lines[i].push((valued ? task?.values : task?.scores)?.[name] ?? null));
    low.push(task?.low?.[names[0]] ?? null);
    high.push(task?.high?.[names[0]] ?? null);
  };
  spans.forEach(({ start_s, end_s, row }, i) => {
    put(start_s, row.tasks[id]);
    const next = spans[i + 1];
    if (!next) put(end_s, row.tasks[id]);
    else if (next.start_s - end_s > GAP_S) {
      put(end_s, row.tasks[id]);
      put(end_s + 1e-4, null);
    }
  });
  return [x, lines, low, high];
}

/** The names with the highest score anywhere. */
function highest(spans, id) {
  const top = {};
  for (const { row } of spans) {
    for (const [name, score] of Object.entries(row.tasks[id].scores ?? {})) top[name] = Math.max(top[name] ?? 0, score);
  }
  return Object.keys(top)
    .sort((a, b) => top[b] - top[a])
    .slice(0, DASHES.length);
}
