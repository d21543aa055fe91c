/** Microphone and camera, sent on as they come, and kept as a recording to play. */

import { make } from "./dom.js";

const RATE_HZ = 16_000;
const SIDE_PX = 640;
const EVERY_MS = 200;

/**
 * Sound of the microphone: `opened(rate_hz)` once, then `block(Int16Array)` again and again, with `level` in [0, 1].
 * Gives {stop() -> the recording}.
 */
export async function microphone({ opened, block, level }) {
  const stream = await asked({ audio: { echoCancellation: false, noiseSuppression: false } });
  let context = new AudioContext({ sampleRate: RATE_HZ });
  let source;
  try {
    source = context.createMediaStreamSource(stream);
  } catch {
    await context.close(); // some browsers do not change the rate: the server does
    context = new AudioContext();
    source = context.createMediaStreamSource(stream);
  }
  await context.audioWorklet.addModule(new URL("microphone.js", import.meta.url));
  const listener = new AudioWorkletNode(context, "microphone", { numberOfOutputs: 0 });
  opened(context.sampleRate);
  listener.port.onmessage = ({ data }) => {
    level(data.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0));
    block(Int16Array.from(data, (sample) => Math.max(-1, Math.min(1, sample)) * 32_767));
  };
  source.connect(listener);
  const kept = recorded(stream);
  return {
    async stop() {
      const blob = await kept.stop();
      await context.close();
      ended(stream);
      return blob;
    },
  };
}

/**
 * Pictures of the camera: `opened(stream)` gives the video that shows it; then `picture(Blob, width, height)`, five in
 * a second. Gives {stop() -> the recording}.
 */
export async function camera({ opened, picture }) {
  const stream = await asked({ video: { width: { ideal: 1280 }, facingMode: "user" } });
  const video = opened(stream);
  const canvas = make("canvas");
  const kept = recorded(stream);
  let taking = false;
  const timer = setInterval(async () => {
    if (taking || !video.videoWidth) return;
    taking = true;
    const scale = Math.min(1, SIDE_PX / Math.max(video.videoWidth, video.videoHeight));
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
    const taken = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    if (taken) picture(taken, canvas.width, canvas.height);
    taking = false;
  }, EVERY_MS);
  return {
    async stop() {
      clearInterval(timer);
      const blob = await kept.stop();
      ended(stream);
      return blob;
    },
  };
}

async function asked(wanted) {
  const what = Object.keys(wanted)[0] === "audio" ? "microphone" : "camera";
  if (!navigator.mediaDevices)
    throw new Error(
      `expected a page that may use the ${what}; found one without https; open it on localhost or by https`,
    );
  try {
    return await navigator.mediaDevices.getUserMedia(wanted);
  } catch (error) {
    throw new Error(
      `expected a ${what} to use; found none that may be used (${error.name}); connect one and allow it in the browser`,
    );
  }
}

function recorded(stream) {
  const parts = [];
  const recorder = new MediaRecorder(stream);
  recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
  recorder.start();
  return {
    stop: () =>
      new Promise((done) => {
        recorder.addEventListener("stop", () => done(new Blob(parts, { type: recorder.mimeType })), { once: true });
        if (recorder.state === "inactive") done(new Blob(parts, { type: recorder.mimeType }));
        else recorder.stop();
      }),
  };
}

const ended = (stream) => stream.getTracks().forEach((track) => track.stop());
