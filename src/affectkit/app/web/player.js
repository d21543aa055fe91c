/** What was given, on the stage: a picture, a sound or a video, with one clock for all who follow it. */

import { make } from "./dom.js";

export class Player {
  #element = null;
  #address = null;
  #time_s = 0;
  #ticking = false;

  /**
   * `moved(time_s)` is called on each move of time, `changed(anew)` where playing starts or stops or a size is known;
   * `anew` where nothing can be shown.
   */
  constructor(root, { moved, changed }) {
    this.root = root;
    this.moved = moved;
    this.changed = changed;
  }

  /** Shows a file by the top level of its kind; gives the frame that boxes are laid over, or null. */
  open(file) {
    this.close();
    const sort = file?.type.split("/")[0];
    const made = { image: "img", audio: "audio", video: "video" }[sort];
    if (!made) return null;
    this.#address = URL.createObjectURL(file);
    const element = make(made, {
      src: this.#address,
      playsinline: sort === "video",
      preload: sort === "image" ? null : "auto",
    });
    if (sort === "image") element.alt = `The picture ${file.name ?? ""}`;
    this.#element = element;
    const stage = make("div", { class: "frame" }, element);
    this.root.replaceChildren(stage);
    this.root.hidden = sort === "audio";
    element.addEventListener("error", () => this.#unshown(file));
    if (sort === "image") {
      element.addEventListener("load", () => this.changed());
      return stage;
    }
    if (sort === "video") element.addEventListener("click", () => this.toggle());
    for (const name of ["play", "pause", "ended", "loadedmetadata", "durationchange"]) {
      element.addEventListener(name, () => {
        this.changed();
        this.#tick();
      });
    }
    element.addEventListener("pause", () => this.#tell());
    element.addEventListener("seeked", () => this.#tell());
    return sort === "video" ? stage : null;
  }

  /** A preview of a camera. */
  preview(stream) {
    this.close();
    const video = make("video", { playsinline: true, autoplay: true });
    video.muted = true;
    video.srcObject = stream;
    const stage = make("div", { class: "frame" }, video);
    this.root.replaceChildren(stage);
    this.root.hidden = false;
    return { video, stage };
  }

  say(text) {
    this.close();
    this.root.replaceChildren(make("blockquote", { class: "quote", dir: "auto" }, text));
    this.root.hidden = false;
  }

  close() {
    this.#element?.pause?.();
    this.#element = null;
    if (this.#address) URL.revokeObjectURL(this.#address);
    this.#address = null;
    this.#time_s = 0;
    this.root.replaceChildren();
    this.root.hidden = true;
  }

  /** Width and height of what is shown in its own pixels; 0 where not known. */
  get size() {
    const element = this.#element;
    return [element?.naturalWidth ?? element?.videoWidth ?? 0, element?.naturalHeight ?? element?.videoHeight ?? 0];
  }

  get timed() {
    return Boolean(this.#element?.play);
  }

  get duration_s() {
    const length_s = this.#element?.duration;
    return Number.isFinite(length_s) ? length_s : 0;
  }

  get playing() {
    return Boolean(this.#element?.play) && !this.#element.paused && !this.#element.ended;
  }

  toggle() {
    if (!this.timed) return;
    if (this.playing) this.#element.pause();
    else this.#element.play().catch(() => this.changed());
  }

  seek(time_s) {
    this.#time_s = Math.max(0, time_s);
    if (this.timed) this.#element.currentTime = this.#time_s;
    this.moved(this.#time_s);
  }

  #tell() {
    if (!this.#element?.play) return;
    this.#time_s = this.#element.currentTime;
    this.moved(this.#time_s);
  }

  #tick() {
    if (this.#ticking) return;
    const step = () => {
      this.#ticking = this.playing;
      if (!this.playing) return;
      this.#tell();
      requestAnimationFrame(step);
    };
    step();
  }

  #unshown(file) {
    this.#element = null;
    this.root.replaceChildren(
      make(
        "p",
        { class: "faint" },
        `This browser cannot show ${file.name || "it"}; what was read of it stands beside.`,
      ),
    );
    this.root.hidden = false;
    this.changed(true);
  }
}
