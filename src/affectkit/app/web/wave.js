/** The loudness of a sound over time, drawn once on a canvas. */

import { colour } from "./dom.js";

const MOST_BYTES = 40_000_000; // decoding holds all samples in memory

/** The peaks of a file's sound in `count` steps, each in [0, 1]; null where it has none that can be read. */
export async function peaks(file, count = 600) {
  if (file.size > MOST_BYTES) return null;
  const context = new OfflineAudioContext(1, 1, 8000);
  const sound = await context.decodeAudioData(await file.arrayBuffer()).catch(() => null);
  if (!sound?.length) return null;
  const samples = sound.getChannelData(0);
  const step = samples.length / count;
  const found = Array.from({ length: count }, (_, i) => {
    let most = 0;
    for (let at = Math.floor(i * step); at < (i + 1) * step; at++) most = Math.max(most, Math.abs(samples[at]));
    return most;
  });
  const most = Math.max(...found);
  return most > 0 ? { values: found.map((value) => value / most), length_s: sound.duration } : null;
}

/** Draws peaks over 0 to length_s of the timeline. */
export function drawn(canvas, found, length_s) {
  canvas.hidden = !found;
  if (!found) return;
  const scale = window.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  canvas.width = width * scale;
  canvas.height = height * scale;
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  pen.fillStyle = colour("wave");
  const step = (width * Math.min(found.length_s / length_s, 1)) / found.values.length;
  found.values.forEach((value, i) =>
    pen.fillRect(i * step, (height * (1 - value)) / 2, Math.max(step * 0.7, 0.6), Math.max(height * value, 1)),
  );
}
