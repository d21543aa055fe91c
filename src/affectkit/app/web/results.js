/** The results on the page: what was read on the stage, its timeline, what is said of it now, and why. */

import { Curves } from "./curves.js";
import { icon, make, part, switched } from "./dom.js";
import { evidence } from "./evidence.js";
import { Faces } from "./faces.js";
import { holds, KINDS, write } from "./formats.js";
import { Plane } from "./plane.js";
import { Player } from "./player.js";
import { at, categories, dimensions, end_s, label, lanes, overall, reason } from "./rows.js";
import { bars, headline, values } from "./scores.js";
import { Timeline } from "./timeline.js";
import { Tones } from "./tones.js";
import { drawn, peaks } from "./wave.js";
import { clock, plain, said } from "./words.js";

const LIVE_S = 10; // a live timeline is at least so long
const LIVE_MS = 150; // between two drawings of what comes live, and so many times what one takes
const BREATH = 4;
const REASONS = 3; // why something was not read, so many
const WHOLE = "whole";
const CURSOR = "cursor";

export class Results {
  #items = [];
  #item = null;
  #lanes = [];
  #lane = null;
  #task = null;
  #curve = null;
  #moment = WHOLE;
  #time_s = 0;
  #elapsed_s = 0;
  #row = undefined;
  #all = false;
  #wave = null;
  #models = [];
  #tones = new Tones();
  #live = false;
  #drawn_s = 0; // the length that the timeline was drawn for
  #due = false;
  #took_ms = 0;

  constructor() {
    this.player = new Player(part("stage"), {
      moved: (time_s) => this.#moved(time_s),
      changed: (anew) => this.#changed(true, anew),
    });
    this.faces = new Faces((key) => this.#pick(key));
    const told = () => this.#told();
    this.timeline = new Timeline(part("tracks"), {
      seek: (time_s) => this.#seek(time_s),
      pick: (key) => this.#pick(key),
      toggle: () => this.player.toggle(),
      told,
    });
    this.curves = new Curves(this.timeline.curves, part("curve-legend"));
    this.plane = new Plane(part("plane"));
    part("play").addEventListener("click", () => this.player.toggle());
    part("curve").addEventListener("change", ({ target }) => {
      this.#curve = target.value;
      this.#draw();
    });
    part("lane").addEventListener("change", ({ target }) => this.#pick(target.value));
    part("rows").addEventListener("toggle", () => this.#table());
    part("print").addEventListener("click", () => window.print());
    for (const button of part("moment").children)
      button.addEventListener("click", () => this.#at(button.dataset.moment));
    for (const button of part("downloads").querySelectorAll("[data-format]"))
      button.addEventListener("click", () => this.#download(button.dataset.format));
    // paper is light: what is drawn on canvases is drawn again for it
    window.addEventListener("beforeprint", () => this.#printed(true));
    window.addEventListener("afterprint", () => this.#printed(false));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#repaint());
  }

  set models(models) {
    this.#models = models;
  }

  /** The task to show where there is one of this id: the scheme that was asked for. */
  set task(id) {
    this.#task = id;
  }

  /** Shows items: {name, file or text, rows, size: [width, height] of what boxes are told in, or null}. */
  open(items) {
    this.#items = items;
    this.#live = false;
    part("results").hidden = false;
    this.#choose(items[0]);
  }

  /** Shows an item whose rows keep coming; `add` is called as they do. */
  follow(item) {
    this.#items = [item];
    this.#choose(item);
    this.#live = true;
    part("results").hidden = false;
    part("time").hidden = false;
  }

  /** Rows of the item followed, at elapsed_s; one of the same id takes the place of the former. */
  add(rows, elapsed_s) {
    if (!this.#live) return;
    const known = new Map(this.#item.rows.map((row) => [row.id, row]));
    for (const row of rows) known.set(row.id, row);
    this.#item.rows = [...known.values()];
    this.#time_s = end_s(rows);
    this.#elapsed_s = Math.max(elapsed_s, this.#time_s);
    this.#moment = CURSOR;
    if (this.#due) return;
    this.#due = true;
    setTimeout(
      () => {
        this.#due = false;
        const began_ms = performance.now();
        if (this.#live) this.#arranged();
        this.#took_ms = performance.now() - began_ms;
      },
      Math.max(LIVE_MS, BREATH * this.#took_ms),
    );
  }

  // ---- what is chosen ---------------------------------------------------------------------------------------------

  #choose(item) {
    this.#item = item;
    this.#lane = this.#wave = null;
    this.#row = undefined;
    this.#time_s = this.#elapsed_s = 0;
    this.#moment = WHOLE;
    this.#all = false;
    this.#tones = new Tones();
    part("results-title").textContent = item.text ? "Text" : item.name;
    part("rows").open = false;
    switched(
      part("items"),
      this.#items.map((one, i) => [String(i), one.name]),
      String(this.#items.indexOf(item)),
      (i) => this.#choose(this.#items[i]),
    );
    const stage = item.file
      ? this.player.open(item.file)
      : item.text
        ? this.player.say(item.text)
        : this.player.close();
    this.faces.over(stage);
    if (item.file?.type.startsWith("audio/") || item.file?.type.startsWith("video/")) this.#heard(item);
    this.#arranged();
  }

  async #heard(item) {
    const found = await peaks(item.file);
    if (this.#item !== item) return;
    this.#wave = found;
    drawn(this.timeline.wave, found, this.#length_s);
  }

  /** Lanes, tasks and choices anew from the rows of the item. */
  #arranged() {
    const { rows } = this.#item;
    this.#lanes = lanes(rows);
    this.#lane = this.#lanes.find((lane) => lane.key === this.#lane?.key) ?? this.#first();
    const failed = [...new Set(rows.filter((row) => row.error).map((row) => row.error.message))];
    part("failed").hidden = !failed.length || this.#live;
    part("failed").replaceChildren(...failed.slice(0, REASONS).map((message) => make("p", {}, message)));
    const lane = part("lane");
    lane.replaceChildren(
      ...this.#lanes.map(({ key, name }) =>
        make("option", { value: key, selected: key === this.#lane?.key }, plain(name)),
      ),
    );
    part("lane-field").hidden = this.#lanes.length < 2;
    this.#draw();
  }

  /** The lane that tells most together, else the first. */
  #first() {
    const most = (lane) => (lane.whole ?? lane.spans[0]?.row)?.modalities.used.length ?? 0;
    return (
      this.#lanes.filter((lane) => !lane.key.startsWith("track")).sort((a, b) => most(b) - most(a))[0] ??
      this.#lanes[0] ??
      null
    );
  }

  #pick(key) {
    this.#lane = this.#lanes.find((lane) => lane.key === key) ?? this.#lane;
    part("lane").value = this.#lane?.key ?? "";
    this.#draw();
  }

  #at(moment) {
    this.#moment = moment;
    this.#read();
  }

  #seek(time_s) {
    this.#moment = CURSOR;
    if (!this.#live) this.player.seek(time_s);
  }

  get #timed() {
    return this.#live || this.#lanes.some((lane) => lane.spans.length);
  }

  get #length_s() {
    return Math.max(
      this.player.duration_s,
      end_s(this.#item?.rows ?? []),
      this.#live ? Math.max(LIVE_S, this.#elapsed_s) : 0,
    );
  }

  // ---- drawing ----------------------------------------------------------------------------------------------------

  #draw() {
    const rows = this.#item.rows;
    this.#drawn_s = this.#length_s;
    const own = this.#lane ? [this.#lane.whole, ...this.#lane.spans.map(({ row }) => row)].filter(Boolean) : [];
    const named = categories(own);
    if (!named.includes(this.#task)) this.#task = named[0] ?? null;
    switched(
      part("tasks"),
      named.map((id) => [id, plain(id)]),
      this.#task,
      (id) => {
        this.#task = id;
        this.#draw();
      },
    );
    this.#curved([...dimensions(own), ...named]);
    part("time").hidden = !this.#timed;
    part("moment").hidden = !this.#timed || this.#live;
    // both columns end about together: below a picture and its timeline stands the evidence, else the plane
    const tall = this.#timed && !part("stage").hidden;
    placed(part("plane-card"), part(tall ? "right" : "left"));
    placed(part("evidence-card"), part(tall ? "left" : "right"));
    part("plane-card").hidden = !dimensions(rows).length;
    this.timeline.show(
      this.#lanes.filter((lane) => lane.spans.length),
      this.#lane?.key,
      this.#task,
      this.#length_s,
      this.#tones,
    );
    this.#legend();
    this.curves.show(this.#lane?.spans ?? [], this.#curve, this.#length_s, this.timeline.gutter_px);
    drawn(this.timeline.wave, this.#wave, this.#length_s);
    this.plane.trace((this.#lane?.spans ?? []).flatMap(({ row }) => this.#plane(row)?.values ?? []));
    this.#table();
    for (const button of part("downloads").querySelectorAll("[data-format]"))
      button.disabled = this.#live || !holds(button.dataset.format, rows);
    this.#read();
    this.#changed(false);
  }

  #curved(ids) {
    if (!ids.includes(this.#curve)) this.#curve = ids[0] ?? null;
    part("curve").replaceChildren(
      ...ids.map((id) => make("option", { value: id, selected: id === this.#curve }, plain(id))),
    );
    part("curve").hidden = ids.length < 2;
  }

  #plane(row) {
    return (
      Object.values(row?.tasks ?? {}).find(
        (task) => task.values && "valence" in task.values && "arousal" in task.values,
      ) ?? null
    );
  }

  #legend() {
    const boxed = this.#item.rows.some((row) => row.track?.box);
    part("legend").replaceChildren(
      ...this.#tones.labels.map((name) =>
        make("span", {}, make("i", { class: `swatch ${this.#tones.of(name)}`, "aria-hidden": "true" }), plain(name)),
      ),
      ...(boxed && this.#timed ? [make("span", {}, "a box stands where its segment begins")] : []),
    );
  }

  /** What holds now, or of the whole. */
  #read() {
    const whole = this.#moment === WHOLE || !this.#timed;
    for (const button of part("moment").children)
      button.setAttribute("aria-pressed", String(button.dataset.moment === this.#moment));
    const row = !this.#lane ? null : whole ? overall(this.#lane) : at(this.#lane, this.#time_s);
    const when = !this.#timed
      ? ""
      : whole
        ? `${this.#lanes.length > 1 ? plain(this.#lane.name) : "all of it"}`
        : row
          ? `${clock(row.start_s)} to ${clock(row.end_s)}`
          : `at ${clock(this.#time_s)}`;
    this.#row = row;
    const task = row?.tasks[this.#task];
    headline(part("headline"), row, this.#task, when, reason(this.#item.rows, whole ? null : this.#time_s));
    bars(part("scores"), task, this.#all, () => {
      this.#all = !this.#all;
      this.#read();
    });
    values(part("values"), this.#plane(row) ?? Object.values(row?.tasks ?? {}).find((one) => one.values));
    this.plane.mark(this.#plane(row), when);
    evidence(part("evidence"), row, this.#task, this.#models);
    this.#moving();
  }

  #moved(time_s) {
    if (this.#live) return;
    this.#time_s = time_s;
    if (this.player.playing) this.#moment = CURSOR;
    const row = this.#moment === CURSOR && this.#lane ? at(this.#lane, time_s) : this.#row;
    if (
      row !== this.#row ||
      row === null ||
      (this.#moment === CURSOR && part("moment").lastElementChild.ariaPressed !== "true")
    )
      this.#read();
    else this.#moving();
  }

  /** What follows the clock: cursor, caption, boxes. */
  #moving() {
    this.timeline.at(this.#time_s);
    part("clock").textContent = `${clock(this.#time_s)} / ${clock(this.#length_s)}`;
    part("caption").textContent = this.#timed ? this.#told() : "";
    const [width, height] = this.#item.size ?? this.player.size;
    const shown = this.#lanes.flatMap((lane) => {
      const row = this.#timed ? at(lane, this.#time_s) : lane.whole;
      const task = row?.tasks[this.#task] ?? Object.values(row?.tasks ?? {})[0];
      if (!row?.track?.box) return [];
      const tone = this.#tones.of(label(row, this.#task));
      return [
        {
          key: lane.key,
          name: lane.name,
          told: task ? said(task) : "nothing said",
          tone,
          box: row.track.box,
          picked: lane === this.#lane,
        },
      ];
    });
    this.faces.show(shown, width, height);
  }

  #told() {
    const row = this.#lane ? at(this.#lane, this.#time_s) : null;
    const task = row?.tasks[this.#task] ?? Object.values(row?.tasks ?? {})[0];
    return task ? said(task) : "nothing said here";
  }

  #changed(measure = true, anew = false) {
    const { playing, timed } = this.player;
    const button = part("play");
    button.hidden = !timed;
    button.replaceChildren(icon(playing ? "pause" : "play"));
    button.setAttribute("aria-label", playing ? "Pause" : "Play");
    if (measure && this.#item && !playing) this.#measured(anew);
  }

  #measured(anew) {
    const length_s = this.#length_s;
    if (this.#drawn_s === length_s && !anew) this.#moving();
    else this.#draw();
  }

  // ---- to keep ----------------------------------------------------------------------------------------------------

  #table() {
    if (!part("rows").open || !this.#item) return;
    const rows = this.#item.rows;
    const ids = [...new Set(rows.flatMap((row) => Object.keys(row.tasks)))];
    const seek = (row) =>
      this.#timed && row.start_s !== null
        ? make(
            "button",
            { type: "button", class: "quiet", on: { click: () => this.#seek(row.start_s) } },
            `${clock(row.start_s)} to ${clock(row.end_s)}`,
          )
        : "all";
    const who = (row) => (row.track ? `${row.track.kind} ${row.track.id}` : row.modalities.used.map(plain).join(", "));
    const head = ["When", "Who or what", ...ids.map(plain)].map((text) => make("th", { scope: "col" }, text));
    const body = rows.map((row) =>
      make(
        "tr",
        {},
        make("td", {}, seek(row)),
        make("td", {}, who(row)),
        ...(row.error
          ? [make("td", { colspan: Math.max(ids.length, 1) }, row.error.message)]
          : ids.map((id) => make("td", {}, row.tasks[id] ? said(row.tasks[id]) : ""))),
      ),
    );
    part("table").replaceChildren(make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...body));
  }

  #download(format) {
    // subtitles are of one file; tables hold all that was read
    const rows = holds(format, []) ? this.#items.flatMap((item) => item.rows) : this.#item.rows;
    const stem = (this.#item.file?.name ?? "affectkit").replace(/\.[^.]*$/, "") || "affectkit";
    const address = URL.createObjectURL(new Blob([write[format](rows)], { type: KINDS[format] }));
    make("a", { href: address, download: `${stem}.${format}` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  }

  #printed(printing) {
    document.documentElement.toggleAttribute("data-print", printing);
    if (printing) part("rows").open = true;
    this.#table();
    this.#repaint();
  }

  #repaint() {
    this.curves.again();
    if (this.#item) drawn(this.timeline.wave, this.#wave, this.#length_s);
  }
}

function placed(card, column) {
  if (card.parentElement !== column) column.append(card);
}
