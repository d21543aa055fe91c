/** Predictions as files: JSON, CSV, SubRip and WebVTT as `affectkit predict --to` writes them. */

const HEAD = [
  "id",
  "input",
  "start_s",
  "end_s",
  "modalities.used",
  "modalities.missing",
  "modalities.disagreement",
  "bundles",
  "relative_to",
];
const TRACK = ["track.kind", "track.id", "track.box", "track.quality", "track.detected"];
const TAIL = ["error.kind", "error.message"];
const FIELDS = "target|scheme|view|kind|labels|confidence|abstain|converted_from";
const TASK = new RegExp(`^tasks\\.(.+?)\\.(${FIELDS}|(scores|values|low|high)(\\..+)?)$`);
const STEP_MS = 1;

export const KINDS = { json: "application/json", csv: "text/csv", srt: "application/x-subrip", vtt: "text/vtt" };

export const write = { json: (rows) => `[\n${rows.map((row) => JSON.stringify(row)).join(",\n")}\n]\n`, csv, srt, vtt };

/** Whether a format can hold rows: subtitles need spans. */
export const holds = (format, rows) => !["srt", "vtt"].includes(format) || rows.some(timed);

const timed = (row) => row.start_s !== null && row.end_s !== null && Object.keys(row.tasks).length > 0;

// ---- a table ------------------------------------------------------------------------------------------------------

function csv(rows) {
  const flat = rows.map(flatten);
  const named = new Set(flat.flatMap((cells) => Object.keys(cells).filter((name) => TASK.test(name))));
  // a mapping that is absent in one row and full in another leaves its bare name: drop it
  const full = new Set([...named].map((name) => name.slice(0, name.lastIndexOf("."))));
  const tracked = rows.some((row) => row.track);
  const names = [...HEAD, ...(tracked ? TRACK : []), ...[...named].filter((name) => !full.has(name)), ...TAIL];
  return [names, ...flat.map((cells) => names.map((name) => cells[name]))]
    .map((line) => `${line.map(cell).join(",")}\n`)
    .join("");
}

function flatten(row) {
  const flat = {};
  const walk = (prefix, value) => {
    if (Array.isArray(value)) flat[prefix] = value.join("|");
    else if (value !== null && typeof value === "object" && Object.keys(value).length) {
      for (const [key, inner] of Object.entries(value)) walk(prefix ? `${prefix}.${key}` : key, inner);
    } else flat[prefix] = value !== null && typeof value === "object" ? null : value;
  };
  walk("", row);
  return flat;
}

function cell(value) {
  if (value === null || value === undefined) return "";
  const text = typeof value === "boolean" ? (value ? "True" : "False") : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

// ---- subtitles ----------------------------------------------------------------------------------------------------

function srt(rows) {
  return rows
    .filter(timed)
    .map((row, i) => {
      const lead = row.track ? `[${track(row.track)}]: ` : "";
      return `${i + 1}\n${times(row, ",")}\n${lead}${line(row.tasks)}\n\n`;
    })
    .join("");
}

function vtt(rows) {
  const cues = rows.filter(timed).map((row) => {
    const voice = row.track ? `<v ${amp(track(row.track))}>` : "";
    const told = Object.entries(row.tasks).map(([id, task]) => `<c.${safe(id, " <>")}>${amp(say(task))}</c>`);
    return `\n${safe(row.id, ">")}\n${times(row, ".")}\n${voice}${told.join(" · ")}\n`;
  });
  return `WEBVTT\n${cues.join("")}`;
}

const amp = (text) => text.replaceAll("&", "&amp;");

function times(row, point) {
  const start = Math.round(row.start_s * 1000);
  return `${stamp(start, point)} --> ${stamp(Math.max(Math.round(row.end_s * 1000), start + STEP_MS), point)}`;
}

function stamp(ms, point) {
  const parts = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, Math.floor(ms / 1000) % 60];
  const whole = parts.map((number) => String(number).padStart(2, "0")).join(":");
  return `${whole}${point}${String(ms % 1000).padStart(3, "0")}`;
}

function line(tasks) {
  const all = Object.entries(tasks);
  const several = (valued) => all.filter(([, task]) => Boolean(task.values) === valued).length > 1;
  return all.map(([id, task]) => `${several(Boolean(task.values)) ? `${escaped(id)}: ` : ""}${say(task)}`).join(" · ");
}

function say(task) {
  if (task.values)
    return Object.entries(task.values)
      .map(([name, value]) => `${escaped(name)} ${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(2)}`)
      .join(" ");
  const labels = (task.labels ?? []).map(escaped);
  const sure = labels.length && typeof task.confidence === "number" ? ` ${(100 * task.confidence).toFixed(0)} %` : "";
  return [`${labels[0] ?? "-"}${task.abstain ? "?" : ""}${sure}`, ...labels.slice(1)].join(", ");
}

function track({ kind, id }) {
  const name = safe(String(id), ":@#[]<>");
  return kind === "speaker" ? name : `${safe(kind, ":@#[]<>")}:${name}`;
}

const safe = (text, also) => written(text, /\\|^ | $/g, also);
const escaped = (text) => written(text, /\\|^ | $|[,·%:?<>+[\]]|-(?=\d)|^-$/g, "");

/** A text on one line: its signs, what cannot be printed and characters of `also` are spelt by their number. */
function written(text, signs, also) {
  if (!text) return "\\u{}";
  const found = new Set([...text.matchAll(signs)].map((match) => match.index));
  let at = 0;
  return [...text]
    .map((sign) => {
      const spelt = found.has(at) || also.includes(sign) || /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u.test(sign);
      at += sign.length;
      return spelt ? `\\u{${sign.codePointAt(0).toString(16)}}` : sign;
    })
    .join("");
}
