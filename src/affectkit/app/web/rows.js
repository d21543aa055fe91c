/** Predictions put in order: lanes of one voice, face or modality, and what holds at a time. Nothing here draws. */

/**
 * Rows that belong together: {key, name, whole, spans}. `whole` is the row without a span, or null; `spans` those with
 * one, by start, each {start_s, end_s, row}; where windows overlap, one ends on the line where the next starts. A row
 * that failed or in which there was nothing is in none.
 */
export function lanes(rows) {
  const found = new Map();
  for (const row of rows.filter((one) => !one.error)) {
    const { key, name } = named(row);
    if (!found.has(key)) found.set(key, { key, name, whole: null, rows: [] });
    const lane = found.get(key);
    if (row.start_s === null || row.end_s === null) lane.whole ??= row;
    else lane.rows.push(row);
  }
  return [...found.values()].map(({ rows: own, ...lane }) => {
    own.sort((a, b) => a.start_s - b.start_s);
    const end = (row, next) => (next ? Math.max(row.start_s, Math.min(row.end_s, next.start_s)) : row.end_s);
    return { ...lane, spans: own.map((row, i) => ({ start_s: row.start_s, end_s: end(row, own[i + 1]), row })) };
  });
}

function named(row) {
  if (row.track) {
    const { kind, id } = row.track;
    return { key: `track ${kind} ${id}`, name: typeof id === "number" ? `${kind} ${id}` : id };
  }
  // a fused row says what was missing too: with it, all fused rows of a file have one key
  const all = [...new Set([...row.modalities.used, ...row.modalities.missing])].sort();
  return { key: `all ${all.join(" ")}`, name: all.length === 1 ? all[0] : "together" };
}

/** The row of a lane at a time, or null. */
export function at(lane, time_s) {
  const { spans } = lane;
  for (let i = spans.length - 1; i >= 0; i--) {
    if (spans[i].start_s <= time_s)
      return time_s < spans[i].end_s || (i === spans.length - 1 && time_s <= spans[i].end_s) ? spans[i].row : null;
  }
  return null;
}

/** Why nothing is said at a time, or of the whole (null): the sentence of the last row that tells it, or null. */
export function reason(rows, time_s) {
  const there = rows.filter(
    ({ error, start_s, end_s: end }) =>
      error && (time_s === null || start_s === null || (start_s <= time_s && time_s <= end)),
  );
  return there.at(-1)?.error.message ?? null;
}

/** What is said of all of a lane: its whole row, else the mean of its spans by their length; null where nothing is. */
export function overall(lane) {
  if (lane.whole) return lane.whole;
  const spans = lane.spans.filter(({ row }) => Object.keys(row.tasks).length);
  if (!spans.length) return lane.spans[0]?.row ?? null;
  if (spans.length === 1) return spans[0].row;
  const tasks = {};
  for (const id of new Set(spans.flatMap(({ row }) => Object.keys(row.tasks)))) {
    const its = spans.filter(({ row }) => row.tasks[id]);
    const mean = (field) =>
      means(its.map(({ row, start_s, end_s }) => [row.tasks[id][field], Math.max(end_s - start_s, 1e-3)]));
    const first = its[0].row.tasks[id];
    const scores = mean("scores");
    tasks[id] = first.values
      ? { ...first, values: mean("values"), low: null, high: null }
      : { ...first, scores, labels: scores ? [best(scores)] : [], confidence: null, abstain: false };
  }
  return { ...spans[0].row, tasks, start_s: null, end_s: null, averaged: spans.length };
}

function means(pairs) {
  const full = pairs.filter(([values]) => values);
  if (!full.length) return null;
  const names = [...new Set(full.flatMap(([values]) => Object.keys(values)))];
  return Object.fromEntries(
    names.map((name) => {
      const there = full.filter(([values]) => values[name] !== undefined);
      const weight = there.reduce((sum, [, length_s]) => sum + length_s, 0);
      return [name, there.reduce((sum, [values, length_s]) => sum + values[name] * length_s, 0) / weight];
    }),
  );
}

export const best = (scores) => Object.keys(scores).reduce((a, b) => (scores[b] > scores[a] ? b : a));

/** The tasks of rows that have names, by id, in the order met; `dimensions` those with values. */
export const categories = (rows) => ids(rows, (task) => !task.values);
export const dimensions = (rows) => ids(rows, (task) => task.values);

function ids(rows, fits) {
  return [
    ...new Set(
      rows.flatMap((row) =>
        Object.entries(row.tasks)
          .filter(([, task]) => fits(task))
          .map(([id]) => id),
      ),
    ),
  ];
}

/** The label a row is shown by, of the task `id`, or null. */
export const label = (row, id) => row?.tasks[id]?.labels?.[0] ?? null;

/** Where the last span ends; 0 where nothing has one. */
export const end_s = (rows) => rows.reduce((last, row) => Math.max(last, row.end_s ?? 0), 0);
