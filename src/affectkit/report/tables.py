"""PAPERS.md, CORPORA.md, MODELS.md and the README's table of models, made from what parts, results and bundles say.

Nothing here is written by hand and nothing is decided: a figure comes from `results/*.json` or a bundle's card, a
licence from a card, a citation from `references.bib`. Parts of third parties are left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import corpora as readers
from .. import find
from ..errors import DataError, UsageError
from ..task import Task
from . import citations

COMMAND = "affectkit tables"
BIBLIOGRAPHY = "references.bib"
START, END = "<!-- models: written by `affectkit tables` -->", "<!-- end of models -->"
"""Between these lines of README.md stands the table of shipped bundles."""

_NOTE = f"*Written by `{COMMAND}`; change the parts, the results or the bundles instead.*"
_PACKAGE = Path(find.__file__).parent
_MB = 1e6
_FRESH = " not in train"  # how rows of results call the test samples that train does not hold


@dataclass(frozen=True, slots=True)
class Shipped:
    """A shipped bundle: what its card says and how large its file is."""

    card: Mapping[str, Any]
    size_bytes: int


def files(root: Path, shipped: Sequence[Shipped]) -> dict[str, str]:
    """Name -> what each generated file of a repository should hold.

    Raises:
        UsageError: `root` has no references.bib.
        DataError: a part names a work that is not there, or a README or results file cannot be read.
    """
    bibliography = root / BIBLIOGRAPHY
    if not bibliography.is_file():
        raise UsageError(f"{BIBLIOGRAPHY} in {root}", "none", f"run {COMMAND} at the root of the repository")
    works = citations.read(bibliography.read_text(encoding="utf-8"))
    readme, measured = root / "README.md", results(root / "results")
    return {
        "PAPERS.md": papers(works, measured, shipped),
        "CORPORA.md": corpora(),
        "MODELS.md": models(shipped, measured),
        "README.md": with_models(readme.read_text(encoding="utf-8") if readme.is_file() else "", shipped),
    }


def stale(root: Path, shipped: Sequence[Shipped]) -> list[str]:
    """Names of the generated files that hold something else than they should."""
    return [name for name, text in files(root, shipped).items() if _held(root / name) != text]


def results(folder: Path) -> list[dict[str, Any]]:
    """What the files of `results/` hold, by file name; an absent folder holds none.

    Raises:
        DataError: a file is no JSON object with a part and rows.
    """
    found = []
    for file in sorted(folder.glob("*.json")):
        try:
            one = json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise DataError(f"JSON in {file.name}", str(error), "measure it again") from error
        if not isinstance(one, dict) or not {"part", "corpus", "rows"} <= set(one):
            raise DataError(f"part, corpus and rows in {file.name}", "other content", "measure it again")
        found.append(one)
    return found


def papers(
    works: Mapping[str, citations.Work], results: Iterable[Mapping[str, Any]], shipped: Iterable[Shipped] = ()
) -> str:
    """One row per claim; a paper without a claim has one row. A bundle's figures count for the part that made it."""
    made_by = {s.card["name"]: s.card.get("part") for s in shipped}
    measured: dict[str, list[Mapping[str, Any]]] = {}
    for result in results:
        told = [row | {"corpus": result["corpus"]} for row in result["rows"]]
        measured.setdefault(made_by.get(result["part"]) or result["part"], []).extend(told)
    parts: dict[str, list[str]] = {}
    claims: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
    for kind, name, card in _own_cards():
        place = f"{find.KINDS[kind]}/{name}"
        if key := card.get("reference"):
            parts.setdefault(key, []).append(place)
        for claim in card.get("claims", ()):
            # a part may make a claim about another paper than the one whose idea it is
            key = claim.get("reference", card.get("reference"))
            if key is None:
                raise DataError(f"a reference for the claims of {place}", "none", "name the paper in its CARD")
            claims.setdefault(key, []).append((name, claim))
            if place not in parts.setdefault(key, []):
                parts[key].append(place)
    rows = []
    for key in sorted(parts, key=lambda k: citations.in_order(citations.one(works, k, parts[k][0]).line)):
        work = works[key]
        paper = f"[{work.line}]({work.url})" if work.url else work.line
        listed = "<br>".join(f"`{place}`" for place in parts[key])
        rows += [(paper, listed, *_claim(claim, measured.get(name, ()))) for name, claim in claims.get(key, [("", {})])]
    heading = ("paper", "parts that implement it", "claim", "paper's figure", "ours", "corpus and split")
    return _page(
        "Papers",
        "Each paper whose idea or data stands in this repository. A figure of ours comes with its 95 % interval and "
        "what it was measured on; `docs/log.md` holds what was tried and did not help.",
        table(heading, rows),
    )


def corpora() -> str:
    """One row per corpus that can be read."""
    rows = []
    for name in _own("corpora"):
        card = find.card("corpora", name)
        seen = ", ".join(card["modalities"]) + f" ({', '.join(card['languages'])})" * bool(card.get("languages"))
        tasks = "<br>".join(_task(task) for task in readers.tasks(name))
        groups = f"groups: {', '.join(card['groups']) or 'none'}"
        if card["groups"]:
            # a split that cuts a group lets one person, song or dialogue stand in train and test
            groups += f"; kept whole by the split: {', '.join(card.get('disjoint', card['groups'])) or 'none'}"
        title = f"[{card['title']}]({card['url']}) `{name}`"
        rows.append((title, seen, tasks, card["licence"], f"{card['split']}<br>{groups}"))
    heading = ("corpus", "modalities", "tasks and views", "licence", "split and groups")
    return _page(
        "Corpora",
        "Corpora that can be read from their official folder layout, below `AFFECTKIT_CORPORA`. None is part of this "
        "repository; each has its own licence.",
        table(heading, rows),
    )


def models(shipped: Sequence[Shipped], results: Iterable[Mapping[str, Any]] = ()) -> str:
    """The table of shipped bundles, and what each was trained on and should not be used for.

    A figure has beside it that without the test samples that train holds too, where `results` have one.
    """
    parts, fresh = [models_table(shipped)], _fresh(results)
    for one in shipped:
        card = one.card
        said = [f"## {_spoken(card)}", "", card.get("title", ""), ""]
        if languages := card.get("languages"):  # pictures have none
            said.append(f"- Languages: {', '.join(languages)}")
        said.append(f"- Trained on: {', '.join(card.get('trained_on') or ['not said'])}")
        if made := card.get("command"):
            said.append(f"- Made by: `{made}` at commit {card.get('commit') or 'unknown'}")
        said += [f"- Measured: {_figure(f)}{_beside(f, fresh.get(_key(card, f)))}" for f in card.get("figures", ())]
        said += [f"- Limit: {limit}" for limit in card.get("limits", ())]
        parts.append("\n".join(said))
    return _page(
        "Models",
        "Bundles that come with the package. They say what people would perceive or annotate, not what somebody feels; "
        "see `docs/limits-and-ethics.md`.",
        *parts,
    )


def models_table(shipped: Sequence[Shipped]) -> str:
    """One row per shipped bundle, with the first metric of each of its tasks: its method's own and the task's."""
    if not shipped:
        return "No bundle is shipped yet."
    rows = []
    for one in shipped:
        licences = one.card["licences"]
        data = "; ".join(f"{what} {licence}" for what, licence in licences.get("data", {}).items())
        terms = [
            f"{what} {licence}"
            for what, licence in (("code", licences.get("code")), ("weights", licences.get("weights")))
            if licence
        ]
        figures = "<br>".join(_figure(figure) for figure in _main(one.card))
        size = f"{one.size_bytes / _MB:.1f} MB"
        rows.append((f"`{_spoken(one.card)}`", size, figures or "not measured", "<br>".join([*terms, f"data: {data}"])))
    return table(("bundle", "size", "figures (95 % interval)", "licences"), rows)


def _main(card: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Figures of the first metric of each task, its method's own and its kind's; all, where the card names no task.

    Of figures by group (`macro_f1.ron`), only their means are told here, in place of that of all together; of those by
    an option of predicting, none.
    """
    tasks = [Task.from_json(entry["task"]) for entry in card.get("tasks", ())]
    part = card.get("part")
    own = find.card("methods", part).get("metrics", ()) if part in find.names("methods") else ()
    first = {
        task.id: {task.defaults.metrics[0], *[m for m in own if task.kind in find.card("metrics", m)["kinds"]][:1]}
        for task in tasks
    }
    figures = [f for f in card.get("figures", ()) if not _option(f)]
    scaled = {task.id for task in tasks if task.scaled}
    shown = []
    for f in figures:
        metric, _, of = f["metric"].partition(".")
        if metric in first.get(f["task"], ()) and (f["task"] in scaled or not of or of.startswith("mean_over")):
            shown.append(f)
    averaged = {f["task"] for f in shown if "mean_over" in f["metric"]}
    return [f for f in shown if f["task"] not in averaged or "mean_over" in f["metric"]] or figures


def _fresh(results: Iterable[Mapping[str, Any]]) -> dict[tuple[str, ...], tuple[str, Mapping[str, Any]]]:
    """By `_key`: how the test samples are called that train does not hold, and the figure on them."""
    return {
        (row["variant"]["system"], result["corpus"], row["task"], metric): (samples, its)
        for result in results
        for row in result["rows"]
        if (samples := row.get("variant", {}).get("samples", "")).endswith(_FRESH) and not row.get("synthetic")
        for metric, its in row["metrics"].items()
    }


def _beside(figure: Mapping[str, Any], fresh: tuple[str, Mapping[str, Any]] | None) -> str:
    """What stands beside a figure that some test samples are in which train holds too."""
    if fresh is None or fresh[1]["n"] == figure.get("n"):
        return ""
    samples, its = fresh
    return f"; {_interval(its)} on the {its['n']:,} {samples}"


def _option(figure: Mapping[str, Any]) -> str:
    """The option of predicting that a bundle's figure is of: "balanced" of "test, balanced"; "" of none."""
    before, found, option = figure["split"].partition("test, ")
    return option if found and before in ("", "SYNTHETIC ") else ""


def _key(card: Mapping[str, Any], figure: Mapping[str, Any]) -> tuple[str, ...]:
    option = _option(figure)
    system = f"{_spoken(card)}, {option}" if option else _spoken(card)
    return system, figure["corpus"], figure["task"], figure["metric"]


def with_models(readme: str, shipped: Sequence[Shipped]) -> str:
    """A README with the table of shipped bundles between its two marks.

    Raises:
        DataError: the marks are not there, each once.
    """
    if readme.count(START) != 1 or readme.count(END) != 1 or readme.index(START) > readme.index(END):
        raise DataError(f"{START} and {END} in README.md", "not both, each once", "put them where the table belongs")
    before, rest = readme.split(START)
    return f"{before}{START}\n{models_table(shipped)}\n{END}{rest.split(END)[1]}"


def table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; bars and line ends inside a cell are made harmless."""
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def number(value: float) -> str:
    """Three digits after the point: 0.541."""
    return f"{value:.3f}"


def _claim(claim: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> tuple[str, str, str, str]:
    """Claim, the paper's figure, ours, corpus and split.

    Of rows that answer the claim, that with the most seeds is quoted, and their mean rather than what they say
    together, since a paper's figure is of one network. A row on an imitation answers none.
    """
    if not claim:
        return "", "", "", ""
    metric, corpus = claim.get("metric", ""), claim.get("corpus", "")
    paper = claim.get("paper")
    shown = "" if paper is None else f"{metric} {number(paper) if isinstance(paper, float) else paper}"
    title = find.card("corpora", corpus)["title"] if corpus in _own("corpora") else corpus
    of_corpus = [row for row in rows if row["corpus"] == corpus]
    told = [row for row in of_corpus if not row.get("synthetic") and _answers(row, claim)]
    if told:
        row = max(told, key=lambda row: (len(row.get("seeds", ())), _of_means(row)))
        found = row["metrics"].get(metric)
        ours = ", ".join([*([_interval(found)] if found else []), _verdict(row.get("verdict", ""))])
        variant = ", ".join(str(value) for value in (row.get("variant") or {}).values())
        return claim["claim"], shown, f"{ours}<br>{variant}" if variant else ours, f"{title}: {row['split']}"
    only = bool(of_corpus) and all(row.get("synthetic") for row in of_corpus)
    missing = "not measured on the corpus itself, on SYNTHETIC data only" if only else "not measured yet"
    return claim["claim"], shown, missing, title


def _of_means(row: Mapping[str, Any]) -> bool:
    """Whether a row is the mean of its seeds' figures."""
    return any("deviation" in its for its in row["metrics"].values())


def _answers(row: Mapping[str, Any], claim: Mapping[str, Any]) -> bool:
    """Whether a row is of a claim, and has its figure or says that there is none; a row may answer several."""
    metric, papers = claim.get("metric", ""), row.get("paper") or {}
    told = row.get("claim") == claim["claim"] or (metric in papers and papers[metric] == claim.get("paper"))
    return told and (metric in row["metrics"] or not row["metrics"])


def _verdict(verdict: str) -> str:
    words = {
        "direction": "direction holds",
        "not": "not reproduced",
        "gated": "needs a gated corpus",
        "own": "own figure",
    }
    return words.get(verdict, verdict)


def _interval(figure: Mapping[str, Any]) -> str:
    low, high = figure.get("low"), figure.get("high")
    spread = "" if low is None or high is None else f" ({number(low)} to {number(high)})"
    return f"{number(figure['value'])}{spread}"


def _figure(figure: Mapping[str, Any]) -> str:
    n = f", n = {figure['n']:,}" if figure.get("n") else ""
    task = "" if figure["task"] == figure["corpus"] else f"{figure['task']}: "
    return f"{task}{figure['metric']} {_interval(figure)} on {figure['corpus']} {figure['split']}{n}"


def _spoken(card: Mapping[str, Any]) -> str:
    return f"{card['name']}@{card['version']}"


def _task(task: Any) -> str:
    scale = "" if task.range is None else f" {task.range[0]:g} to {task.range[1]:g}"
    size = f"{len(task.names)} names" if task.range is None else f"{', '.join(task.names)}{scale}"
    return f"`{task.id}`: {task.target}, {task.kind}, {size}; view: {task.view or 'mixed or not said'}"


def _own(kind: str) -> list[str]:
    """The package's parts of a kind: what is generated must not depend on what else is installed."""
    return [name for name in find.names(kind) if find.path(kind, name).is_relative_to(_PACKAGE)]


def _own_cards() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for kind in find.KINDS:
        for name in _own(kind):
            yield kind, name, find.card(kind, name)


def _held(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.is_file() else None


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _page(title: str, says: str, *parts: str) -> str:
    return "\n\n".join([f"# {title}", says, *parts, _NOTE]) + "\n"
