/** Live reading: what a microphone or camera gives goes to the server, what the server says goes to the results. */

import * as record from "./record.js";

const SHOWN_S = 0.2; // how long a picture stands where the server gives no times

/** Each way to give something live: what the stream is told first, and how it is fed. */
const WAYS = {
  microphone: {
    name: "Microphone",
    file: "microphone.webm",
    start: (session) =>
      record.microphone({
        opened: (rate_hz) => session.connect({ modality: "speech", rate_hz, form: "pcm_s16le" }),
        block: (block) => session.send(block.buffer),
        level: (level) => session.level(level),
      }),
  },
  camera: {
    name: "Camera",
    file: "camera.webm",
    start: (session) =>
      record.camera({
        opened: (stream) => {
          session.connect({ modality: "face", form: "jpeg" });
          return session.preview(stream);
        },
        picture: (blob, width, height) => {
          session.item.size = [width, height];
          session.send(blob);
        },
      }),
  },
};

export class Live {
  /** `heard` has problem (Error), level (0 to 1, elapsed_s) and ended (item). */
  constructor(way, api, results, heard) {
    this.way = WAYS[way];
    Object.assign(this, { api, results, heard });
    this.item = { name: this.way.name, file: null, text: null, rows: [], size: null, live: true };
    this.stream = this.source = null;
    this.began_ms = performance.now();
    this.stopping = false;
  }

  get elapsed_s() {
    return (performance.now() - this.began_ms) / 1000;
  }

  async start() {
    this.source = await this.way.start(this);
    // refused while the device was still being opened
    if (this.stopping) await this.source.stop();
  }

  connect(opening) {
    this.began_ms = performance.now();
    this.results.follow(this.item);
    this.stream = this.api.stream(opening, {
      rows: (rows) =>
        this.results.add(
          rows.map((row) => this.timed(row)),
          this.elapsed_s,
        ),
      refused: (error) => this.stop(error),
      closed: () => this.stop(),
    });
  }

  preview(stream) {
    const { video, stage } = this.results.player.preview(stream);
    this.results.faces.over(stage);
    return video;
  }

  send(binary) {
    this.stream?.send(binary);
  }

  level(level) {
    this.heard.level(level, this.elapsed_s);
  }

  timed(row) {
    const start_s = row.start_s ?? Math.max(this.elapsed_s - SHOWN_S, 0);
    return { ...row, start_s, end_s: row.end_s ?? start_s + SHOWN_S };
  }

  /** Ends it, by an error or because it was enough; what is on its way still comes. */
  async stop(error = null) {
    if (this.stopping) return;
    this.stopping = true;
    const blob = await this.source?.stop();
    await this.stream?.end();
    if (blob?.size) this.item.file = new File([blob], this.way.file, { type: blob.type });
    if (error) this.heard.problem(error);
    this.heard.ended(this.item);
  }
}
