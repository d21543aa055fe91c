/** Numbers, times and closed names as people read them. */

export const percent = (share) => (share > 0 && share < 0.005 ? "< 1 %" : `${(100 * share).toFixed(0)} %`);

export const signed = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;

/** 75.25 -> "1:15.2"; with `whole` "1:15". */
export function clock(time_s, whole = false) {
  const tenths = whole ? 10 * Math.round(time_s) : Math.floor(10 * time_s + 1e-6);
  const [hours, minutes, seconds] = [
    Math.floor(tenths / 36000),
    Math.floor(tenths / 600) % 60,
    Math.floor(tenths / 10) % 60,
  ];
  const start = hours ? `${hours}:${String(minutes).padStart(2, "0")}` : String(minutes);
  return `${start}:${String(seconds).padStart(2, "0")}${whole ? "" : `.${tenths % 10}`}`;
}

/** Whose emotion it is, by the view of a task. */
export const VIEWS = {
  expressed: "expressed, as people label it",
  intended: "what somebody means to show",
  perceived: "as others would perceive it",
  felt: "as somebody would report to feel on it",
};

export const plain = (name) => name.replaceAll("_", " ");

/** What is said of one task on one line. */
export function said(task) {
  if (task.values)
    return Object.entries(task.values)
      .map(([name, value]) => `${plain(name)} ${signed(value)}`)
      .join(", ");
  if (!task.labels?.length) return task.abstain ? "not sure" : "no label";
  const sure = task.confidence === null || task.confidence === undefined ? "" : ` ${percent(task.confidence)}`;
  return `${plain(task.labels[0])}${task.abstain ? "?" : ""}${sure}`;
}
