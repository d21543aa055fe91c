/** What stands behind a prediction: what was read and what was missing, how far it agrees, who spoke, what was lost. */

import { make } from "./dom.js";
import { percent, plain, signed } from "./words.js";

/** Fills a list of terms for a row and its task; `models` are the server's. */
export function evidence(root, row, id, models) {
  root.replaceChildren(
    ...entries(row, id, models).flatMap(([term, ...told]) => [
      make("dt", {}, term),
      ...told.map((one) => make("dd", {}, one)),
    ]),
  );
}

function entries(row, id, models) {
  if (!row) return [["Here", "nothing was read at this time"]];
  const { used, missing, disagreement } = row.modalities;
  const task = row.tasks[id];
  const found = [["Read from", used.length ? used.map(plain).join(", ") : "nothing"]];
  found.push(["Missing", missing.length ? missing.map(plain).join(", ") : "nothing"]);
  if (disagreement !== null) found.push(["They disagree by", `${disagreement.toFixed(2)} of 1: ${far(disagreement)}`]);
  if (task && !task.values) found.push(["Confidence", sure(row, task)]);
  const valued = Object.values(row.tasks).find((one) => one.low && one.high);
  if (valued)
    found.push([
      "90 % intervals",
      ...Object.keys(valued.values).map(
        (name) => `${plain(name)} ${signed(valued.low[name])} to ${signed(valued.high[name])}`,
      ),
    ]);
  if (row.relative_to) found.push(["In relation to", `the usual of the ${plain(row.relative_to)}`]);
  if (task?.converted_from) found.push(["Converted", ...converted(task)]);
  if (row.bundles.length) found.push(["Told by", ...row.bundles.map((spoken) => bundle(spoken, models))]);
  return found;
}

const far = (disagreement) =>
  disagreement < 0.15 ? "they agree" : disagreement < 0.4 ? "they differ a little" : "they tell different things";

function sure(row, task) {
  if (row.averaged) return "of each segment; see the table";
  if (task.abstain)
    return `${task.confidence === null ? "" : `${percent(task.confidence)}, `}below what the bundle trusts: not sure`;
  return task.confidence === null || task.confidence === undefined
    ? "none is known for this scheme"
    : `${percent(task.confidence)} of such labels are right`;
}

function converted(task) {
  const { merged = {}, dropped = {}, bits } = task.lost ?? {};
  const names = (found) => (Array.isArray(found) ? found : Object.keys(found)).map(plain).join(", ");
  const told = [`from ${plain(task.converted_from)}${bits === undefined ? "" : `, ${bits.toFixed(1)} bits lost`}`];
  if (Object.keys(dropped).length) told.push(`left out: ${names(dropped)}`);
  const many = Object.values(merged).filter((one) => one.length > 1).length;
  if (many) told.push(`several labels in one: ${names(merged)}`);
  return told;
}

function bundle(spoken, models) {
  const model = models.find(({ name, version }) => `${name}@${version}` === spoken);
  const { weights, data } = model?.licences ?? {};
  const licences = [
    weights && `weights ${weights}`,
    ...new Set(Object.entries(data ?? {}).map(([name, licence]) => `${name} ${licence}`)),
  ].filter(Boolean);
  return licences.length ? `${spoken} (${licences.join("; ")})` : spoken;
}
