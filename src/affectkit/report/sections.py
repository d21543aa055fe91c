"""The sections of a report where truth is known: one task of one corpus each, from the stamp to what went wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from .. import find
from ..analysis import coverage, reliability, risk
from ..analysis.subgroups import Subgroups
from ..task import Kind
from . import charts, counts, page
from .charts import Dot
from .content import Chapter, Figure, Judged
from .page import Section

WORST = 20
"""Wrong items that are shown at most."""
_GROUPS = 25  # rows of a table of groups
_DIMENSIONS = 4  # charts of dimensions
_TEXT = 320  # letters of a text that are shown
_LEAST = 30  # confidences that make a curve
_WORDS = {"aurc": "Area under risk and coverage", "covered": "Truth inside the 90 % interval"}
"""What figures are called that are no metric of their own."""


def chapter(given: Chapter, key: str) -> Section:
    """All that is told of a task; what nothing is known of is left out.

    Args:
        key: unique on the page, for the names within charts.
    """
    judged = given.judged
    body = [
        page.tiles([tile(one) for one in first(given)]),
        page.facts(given.stamp),
        figures(given),
        by_name(judged, key),
        confusion(judged, key),
        calibration(judged, key),
        intervals(judged),
        *(groups(judged, kind, key) for kind in judged.groups),
        disagreement(judged, key),
        wrong(judged),
    ]
    return Section(f"{judged.task.id} on {given.corpus}", "\n".join(one for one in body if one))


def first(given: Chapter) -> list[Figure]:
    """The figures to be seen first: those of the task's first metric, and how often the first label is right."""
    metric = given.judged.task.defaults.metrics[0]
    main = [f for f in given.figures if f.name == metric or f.name.startswith(f"{metric}.")]
    return [*main[:3], *(f for f in given.figures if f.name == "first_label_accuracy")]


def tile(figure: Figure) -> tuple[str, str]:
    """A figure, and in words what it is of."""
    return page.number(figure.value), f"{title(figure.name)}, 95 % interval {page.cell((figure.low, figure.high))}"


def title(name: str) -> str:
    """A metric's name in words: "ccc.valence" is "Concordance correlation, valence"."""
    metric, _, of = name.partition(".")
    known = (
        find.card("metrics", metric)["title"]
        if metric in find.names("metrics")
        else _WORDS.get(metric, _sentence(metric))
    )
    return f"{known}, {of.replace('_', ' ')}" if of else str(known)


def figures(given: Chapter) -> str:
    """Every figure with its interval."""
    some = [f for f in given.figures if f.fresh is not None], [f for f in given.figures if f.seeds is not None]
    heading = ["figure", "value", "95 % interval", "n"]
    heading += ["not in train"] * bool(some[0]) + ["mean of seeds", "deviation"] * bool(some[1])
    rows = []
    for f in given.figures:
        row: list[page.Cell] = [title(f.name), f.value, (f.low, f.high), f.n]
        row += [f.fresh] * bool(some[0]) + list(f.seeds or (None, None)) * bool(some[1])
        rows.append(row)
    return page.part("Figures", page.table(heading, rows))


def by_name(judged: Judged, key: str) -> str:
    """How well each name is said."""
    found = counts.by_name(judged)
    if not found:
        return ""
    dots = [Dot(n.name, n.f1.value, n.f1.low, n.f1.high) for n in found if n.true]
    cut = any(n.threshold is not None for n in found)
    heading = ["name", "true", "said", "precision", "recall", "F1", "95 % interval", *(["said from score"] * cut)]
    rows = [
        [n.name, n.true, n.said, n.precision, n.recall, n.f1.value, (n.f1.low, n.f1.high), *([n.threshold] * cut)]
        for n in found
    ]
    chart = charts.intervals(f"{key}-names", dots, "F1", 0, 1) if dots else ""
    caption = "F1 of each name with its 95 % interval, the most frequent name first."
    return page.part("By name", page.figure(chart, caption), page.table(heading, rows))


def confusion(judged: Judged, key: str) -> str:
    """What is said where something else is true; for dimensions where values lie."""
    if judged.said is None:
        return _values(judged, key)
    names, shares = counts.together(judged)
    if len(names) < 2:
        return ""
    several = judged.task.kind is Kind.MULTI
    caption = (
        "Of the items with the true name of a row, the share in which the name of a column is said. An item may have "
        "several names, so that rows need not add up to 1."
        if several
        else "Of the items with the true name of a row, the share that each name of a column is said of; a row adds up "
        "to 1."
    )
    chart = charts.matrix(f"{key}-matrix", names, shares, "said", "true")
    return page.part("What is said together" if several else "Confusion", page.figure(chart, caption))


def _values(judged: Judged, key: str) -> str:
    drawn = []
    for d, name in enumerate(judged.task.names[:_DIMENSIONS]):
        rows = judged.judged[:, d]
        if rows.sum() > 1:
            where = (judged.truth[rows, d], judged.scores[rows, d])
            chart = charts.plane(f"{key}-{d}", *where, (f"true {name}", f"said {name}"), diagonal=True)
            drawn.append(page.figure(chart, f"{_sentence(name)}: darker where more items lie."))
    return page.part("Said and true values", page.pair(*drawn))


def calibration(judged: Judged, key: str) -> str:
    """Whether confidences can be believed, and what is gained by keeping silent."""
    if judged.confidence is None or judged.right is None:
        return ""
    known = np.isfinite(judged.confidence) & np.isfinite(judged.right)
    sure, right = judged.confidence[known], judged.right[known]
    if len(sure) < _LEAST:
        return ""
    curve = reliability.curve(sure, right, bins=10, mass=True)
    kept, said = None, ""
    if judged.abstain is not None:
        found = risk.at(sure, right, judged.abstain)
        if found.coverage.value > 0:
            kept = (found.coverage.value, found.risk.value)
            said = (
                f"From the abstain point {page.number(judged.abstain)} on, {page.percent(found.coverage.value)} of the "
                f"items are answered, and {page.percent(found.risk.value)} of those answers are wrong; of all answers, "
                f"{page.percent(1 - float(right.mean()))} are."
            )
    return page.part(
        "Calibration",
        page.pair(
            page.figure(
                charts.reliability(f"{key}-sure", curve),
                "How often the first label is right, in ten bins of equally many items; on the dashed line the "
                "confidence is exact.",
            ),
            page.figure(
                charts.risk(f"{key}-risk", risk.curve(sure, right), kept),
                "The share of wrong answers when only the surest items are answered.",
            ),
        ),
        page.paragraph(said) if said else "",
    )


def intervals(judged: Judged) -> str:
    """Whether the 90 % intervals of dimensions hold what they promise."""
    if judged.low is None or judged.high is None:
        return ""
    rows = judged.judged.all(1)
    if not rows.any():
        return ""
    ends = (judged.truth[rows], judged.low[rows], judged.high[rows])
    units = None if judged.units is None else judged.units[rows]
    found = coverage.covered(*ends, task=judged.task, groups=units)
    table = page.table(
        ["dimension", "truth inside", "95 % interval", "mean width", "n"],
        [[name, f.share.value, (f.share.low, f.share.high), f.width, f.share.n] for name, f in found.items()],
    )
    said = "A 90 % interval should hold the truth of nine items in ten; widths are on the scale from \u22121 to 1."
    return page.part("Intervals", page.paragraph(said), table)


def groups(judged: Judged, kind: str, key: str) -> str:
    """The figure of each group of a kind, and the gap between the best and the worst."""
    made = []
    for i, (metric, found) in enumerate(counts.groups(judged, kind).items()):
        shown = sorted(found.each.items(), key=lambda pair: -pair[1].n)[:_GROUPS]
        shown.sort(key=lambda pair: -np.nan_to_num(pair[1].value))
        dots = [Dot(f"{name} ({v.n:,})", v.value, v.low, v.high) for name, v in shown]
        made.append(
            page.figure(
                charts.intervals(f"{key}-{_plain(kind)}-{i}", dots, title(metric)), _groups(found, kind, metric)
            )
        )
    return page.part(f"By {kind.replace('_', ' ')}", *made)


def _groups(found: Subgroups, kind: str, metric: str) -> str:
    said = [
        f"{title(metric)} of each {kind.replace('_', ' ')} with its 95 % interval; in brackets the number of items."
    ]
    if len(found.each) > _GROUPS:
        said.append(f"The {_GROUPS} largest of {len(found.each):,} are shown.")
    if found.small:
        said.append(f"{len(found.small):,} with too few items are left out.")
    if (gap := found.gap) is not None:
        said.append(
            f"The gap between {gap.best} and {gap.worst} is {page.number(gap.interval.value)}; among groups of these "
            f"sizes chance alone makes one of {page.number(gap.chance)} on average (p {page.number(gap.p)})."
        )
    return " ".join(said)


def disagreement(judged: Judged, key: str) -> str:
    """Where the model errs against where people disagree."""
    found = counts.by_disagreement(judged)
    if not found:
        return ""
    wrong = "share of first labels that are wrong" if judged.right is not None else "mean absolute error"
    assert judged.apart is not None  # else nothing is found
    both = np.isfinite(judged.apart) & np.isfinite(counts.errors(judged))
    ranks = find.load("metrics", "spearman").score(judged.apart[both], counts.errors(judged)[both])
    rho = next(iter(ranks.values()))
    caption = (
        f"Items in groups of about equal size, from those whose raters agree to those whose raters are far apart "
        f"({judged.unit}), and how wrong the model is on each, with 95 % intervals. Rank correlation over "
        f"{sum(e.n for e in found):,} items: {page.number(rho)}."
    )
    return page.part(
        "Where people disagree",
        page.figure(charts.disagreement(f"{key}-apart", found, judged.unit, wrong), caption),
    )


def wrong(judged: Judged) -> str:
    """The surest wrong items, or those with the largest errors."""
    rows = counts.worst(judged, WORST)
    if not rows:
        return ""
    named = judged.said is not None
    sure = named and judged.confidence is not None
    heading = [
        "id",
        *(["picture"] if judged.pictures else []),
        *([judged.noun] if judged.texts else []),
        "true",
        "said",
        *(["confidence"] * sure),
        *(["error"] * (not named)),
    ]
    made: list[Sequence[page.Cell]] = []
    for i in rows:
        row: list[page.Cell] = [judged.ids[i]]
        row += [page.Picture(judged.pictures[i]) if i in judged.pictures else None] if judged.pictures else []
        row += [_cut(judged.texts[i])] if judged.texts else []
        row += [_told(judged, i, truth=True), _told(judged, i, truth=False)]
        row += [float(judged.confidence[i])] if sure and judged.confidence is not None else []
        row += [] if named else [float(counts.errors(judged)[i])]
        made.append(row)
    what = "The surest of the first labels that are wrong."
    if not named:
        what = f"The items with the largest mean error; values in the order {', '.join(judged.task.names)}."
    if not judged.texts and not judged.pictures:
        what += " Only ids: the items are not given here, or their licence does not let them be passed on."
    long = [heading.index(judged.noun)] if judged.texts else []
    return page.part("What went wrong", page.paragraph(what, "quiet"), page.table(heading, made, long))


def _told(judged: Judged, row: int, truth: bool) -> str:
    task = judged.task
    values = judged.truth[row] if truth else judged.scores[row]
    if judged.said is None:
        told = zip(values.tolist(), judged.judged[row].tolist(), strict=True)
        return ", ".join(page.number(v, 2) if known else page.NOTHING for v, known in told)
    if not truth:
        order = [int(i) for i in np.argsort(-values, kind="stable") if judged.said[row, i]]
        return ", ".join(task.names[i] for i in order) or page.NOTHING
    top = values >= 0.5 if task.kind is Kind.MULTI else (values == values.max()) & (values > 0)
    return ", ".join(n for n, yes in zip(task.names, top, strict=True) if yes) or page.NOTHING


def _cut(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _TEXT else f"{plain[:_TEXT]}…"


def _plain(name: str) -> str:
    return re.sub(r"\W+", "-", name)


def _sentence(name: str) -> str:
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]
