/** The page: what is given is read by the server, and the results are shown. */

import { Api } from "./api.js";
import { make, part } from "./dom.js";
import { Live } from "./live.js";
import { Results } from "./results.js";
import * as token from "./token.js";
import { clock, percent, plain, said } from "./words.js";

const TRANSCRIPTS = /\.(srt|vtt|json)$/i;
const UNAUTHORISED = 401;
const TITLE = 80; // characters of a text that its name repeats

const api = new Api();
const results = new Results();
let given = []; // what was read last, to read it again in another scheme
let reading = null; // the AbortController of what is being read
let live = null;

// ---- telling ------------------------------------------------------------------------------------------------------

function problem(error) {
  part("problem").replaceChildren(
    make("p", {}, error.message),
    make("button", { type: "button", class: "quiet", on: { click: settled } }, "Close"),
  );
  part("problem").hidden = false;
}

function settled() {
  part("problem").hidden = true;
  part("problem").replaceChildren();
}

function busy(text) {
  part("busy").hidden = !text;
  part("busy-text").textContent = text ?? "";
  if (text) part("status").textContent = text;
}

function announce(items) {
  const rows = items.flatMap((item) => item.rows);
  const first = rows.find((row) => Object.keys(row.tasks).length);
  const told = first ? Object.values(first.tasks).map(said).join(", ") : "nothing was said";
  part("status").textContent = `Read: ${rows.length} ${rows.length === 1 ? "row" : "rows"}. First: ${told}.`;
}

// ---- reading ------------------------------------------------------------------------------------------------------

/** Reads texts and files, one after another; asks for a token where the server wants one, then goes on. */
async function read(things) {
  if (!things.length) return;
  await live?.stop();
  reading?.abort();
  reading = new AbortController();
  const { signal } = reading;
  settled();
  given = things;
  const items = [];
  try {
    for (const [i, thing] of things.entries()) {
      busy(`Reading ${thing.name}${things.length > 1 ? ` (${i + 1} of ${things.length})` : ""} …`);
      items.push(...(await authorised(() => asked(thing, signal))));
    }
  } catch (error) {
    if (error.name !== "AbortError") problem(error);
  } finally {
    if (reading?.signal === signal) {
      reading = null;
      busy(null);
    }
  }
  if (!items.length) return;
  if (part("taxonomy").value) results.task = part("taxonomy").value;
  results.open(items);
  announce(items);
  part("results").focus({ preventScroll: true });
  part("results").scrollIntoView({ block: "start" });
}

async function asked({ name, file, texts, transcript }, signal) {
  const taxonomy = part("taxonomy").value;
  if (texts) {
    const rows = await api.texts(texts, { taxonomy }, signal);
    return rows.map((row, i) => ({
      name: titled(texts[i] ?? name),
      text: texts[i],
      file: null,
      rows: [row],
      size: null,
    }));
  }
  // what has a length is told stretch by stretch
  const timed = /^(audio|video)\//.test(file.type);
  const rows = await api.file(file, transcript, { taxonomy, segments: timed, tracks: timed }, signal);
  return [{ name, file, text: null, rows, size: null }];
}

async function authorised(ask) {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (error.status !== UNAUTHORISED) throw error;
      const typed = await token.asked(error.message);
      if (typed === null) throw error;
      api.token = typed;
    }
  }
}

const titled = (text) => (text.length > TITLE ? `${text.slice(0, TITLE).trim()} …` : text);

/** Files as things to read; a transcript beside one recording belongs to it. */
function readFiles(files) {
  const listed = [...files];
  const transcripts = listed.filter((file) => TRANSCRIPTS.test(file.name));
  const media = listed.filter((file) => !TRANSCRIPTS.test(file.name));
  const alone = media.length === 1 && transcripts.length === 1 ? transcripts[0] : null;
  return read(
    (media.length ? media : listed).map((file) => ({ name: file.name || "what was pasted", file, transcript: alone })),
  );
}

function readText() {
  const text = part("text").value;
  const texts = part("lines").checked ? text.split(/\r?\n/).filter((line) => line.trim()) : [text];
  return read([
    { name: texts.length > 1 ? `${texts.length} lines` : "the text", texts: texts.length ? texts : [text] },
  ]);
}

// ---- live ---------------------------------------------------------------------------------------------------------

async function listen(way) {
  reading?.abort();
  await live?.stop();
  settled();
  const session = new Live(way, api, results, {
    level: (level, elapsed_s) => {
      part("live-text").textContent =
        `${session.item.name} ${clock(elapsed_s, true)} · ${level < 0.01 ? "silence" : `level ${percent(Math.min(level, 1))}`}`;
    },
    problem: async (error) => {
      problem(error);
      if (error.status !== UNAUTHORISED) return;
      const typed = await token.asked(error.message);
      if (typed !== null) api.token = typed;
    },
    ended: (item) => {
      live = null;
      liveShown(false);
      given = item.file ? [{ name: item.name, file: item.file }] : [];
      results.open([item]);
      announce([item]);
      part("results").focus({ preventScroll: true });
    },
  });
  live = session;
  try {
    await session.start();
    if (live !== session) return;
    part("live-text").textContent = `${session.item.name} is on`;
    liveShown(true);
    part("stop").focus();
    part("results").scrollIntoView({ block: "start" });
  } catch (error) {
    live = null;
    liveShown(false);
    problem(error);
  }
}

function liveShown(on) {
  part("live").hidden = !on;
  part("taxonomy-field").hidden = on;
}

// ---- what a person does -------------------------------------------------------------------------------------------

part("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  readText();
});
part("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    readText();
  }
});
part("files").addEventListener("change", ({ target }) => {
  readFiles(target.files);
  target.value = "";
});
part("microphone").addEventListener("click", () => listen("microphone"));
part("camera").addEventListener("click", () => listen("camera"));
part("stop").addEventListener("click", () => live?.stop());
part("cancel").addEventListener("click", () => reading?.abort());
part("taxonomy").addEventListener("change", () => read(given));
part("token-open").addEventListener("click", async () => {
  const typed = await token.asked();
  if (typed === null) return;
  api.token = typed;
  known();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || part("token-dialog").open) return;
  if (reading) reading.abort();
  else if (live) live.stop();
  else settled();
});
document.addEventListener("paste", (event) => {
  if (!event.clipboardData.files.length) return;
  event.preventDefault();
  readFiles(event.clipboardData.files);
});

let depth = 0; // each element entered is left again
const dragged = (event) =>
  event.dataTransfer?.types.includes("Files") || event.dataTransfer?.types.includes("text/plain");
document.addEventListener("dragenter", (event) => {
  if (!dragged(event)) return;
  depth += 1;
  part("drop").hidden = false;
});
document.addEventListener("dragleave", () => {
  depth = Math.max(depth - 1, 0);
  part("drop").hidden = depth === 0;
});
document.addEventListener("dragover", (event) => dragged(event) && event.preventDefault());
document.addEventListener("drop", (event) => {
  if (!dragged(event)) return;
  event.preventDefault();
  depth = 0;
  part("drop").hidden = true;
  if (event.dataTransfer.files.length) readFiles(event.dataTransfer.files);
  else {
    part("text").value = event.dataTransfer.getData("text/plain");
    readText();
  }
});

// ---- what the server has ------------------------------------------------------------------------------------------

async function known() {
  try {
    const models = await authorised(() => api.models());
    const schemes = await api.taxonomies();
    results.models = models;
    part("models").textContent = models.length
      ? `Reads ${[...new Set(models.map((model) => plain(model.modality)))].join(", ")}`
      : "";
    part("models").title = models.map(({ name, version }) => `${name}@${version}`).join(", ");
    const chosen = part("taxonomy").value;
    const options = schemes.map((name) => make("option", { value: name, selected: name === chosen }, plain(name)));
    part("taxonomy").replaceChildren(part("taxonomy").firstElementChild, ...options);
  } catch (error) {
    problem(error);
  }
}

known();
