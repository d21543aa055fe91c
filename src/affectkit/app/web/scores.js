/** What is said, large; and the scores of one task as bars with their numbers. */

import { make } from "./dom.js";
import { percent, plain, said, signed, VIEWS } from "./words.js";

const FEW = 7;

/** The headline of a row by its task, for `when`; without one, `why` there is none. */
export function headline(root, row, id, when, why) {
  const task = row?.tasks[id];
  if (!row || !Object.keys(row.tasks).length) {
    root.replaceChildren(
      make("p", { class: "label none" }, "nothing said"),
      make("p", { class: "faint" }, why ?? when),
    );
    return;
  }
  const told = task ?? Object.values(row.tasks)[0];
  const label = told.values ? said(told) : told.labels.length ? plain(told.labels[0]) : "no label";
  const others = (told.labels ?? []).slice(1).map(plain);
  const sure = told.abstain
    ? "not sure"
    : told.confidence === null || told.confidence === undefined
      ? null
      : `${percent(told.confidence)} sure`;
  const rest = [row.averaged ? `mean of ${row.averaged} segments` : null, when, VIEWS[told.view]]
    .filter(Boolean)
    .join(" · ");
  root.replaceChildren(
    make(
      "p",
      { class: told.values ? "label values" : "label" },
      label,
      sure ? make("span", { class: told.abstain ? "sure unsure" : "sure" }, sure) : null,
    ),
    others.length ? make("p", {}, `also ${others.join(", ")}`) : "",
    make("p", { class: "faint" }, rest),
  );
}

/** Bars of the scores of a task, the highest first; `all` shows every one, `more()` asks for it. */
export function bars(root, task, all, more) {
  const scores = Object.entries(task?.scores ?? {}).sort((a, b) => b[1] - a[1]);
  const shown = all ? scores : scores.slice(0, FEW);
  const held = root.contains(document.activeElement);
  const list = make(
    "ul",
    { class: "bars" },
    ...shown.map(([name, score]) => {
      const fill = make("span", { class: task.labels?.includes(name) ? "fill said" : "fill" });
      fill.style.width = `${100 * score}%`;
      return make(
        "li",
        {},
        make("span", { class: "name" }, plain(name)),
        make("span", { class: "bar", "aria-hidden": "true" }, fill),
        make("span", { class: "number" }, percent(score)),
      );
    }),
  );
  const rest = scores.length - FEW;
  const button =
    rest > 0
      ? make(
          "button",
          { type: "button", class: "quiet", "aria-expanded": String(all), on: { click: more } },
          all ? "Show fewer" : `Show all ${scores.length}`,
        )
      : "";
  root.replaceChildren(scores.length ? list : "", button);
  if (held && button) button.focus();
}

/** Values of a task with their intervals, where it has some. */
export function values(root, task) {
  const bounded = Boolean(task?.low && task?.high);
  const rows = Object.entries(task?.values ?? {}).map(([name, value]) => [
    make("th", { scope: "row" }, plain(name)),
    make("td", { class: "number" }, signed(value)),
    bounded && make("td", { class: "number faint" }, `${signed(task.low[name])} to ${signed(task.high[name])}`),
  ]);
  const head = [
    make("th", { scope: "col" }, "dimension"),
    make("th", { scope: "col", class: "number" }, "value"),
    bounded && make("th", { scope: "col", class: "number" }, "90 % interval"),
  ];
  const [first, ...others] = [head, ...rows].map((cells) => make("tr", {}, ...cells.filter(Boolean)));
  const table = make("table", { class: "values" }, make("thead", {}, first), make("tbody", {}, ...others));
  root.replaceChildren(rows.length ? table : "");
}
