"""The sections of a report where no truth is known: what predictions say, how sure they are, and over time."""

from __future__ import annotations

import numpy as np

from .. import hub
from . import charts, page
from .content import Spoken
from .page import Cell, Section

_LABELS = 30  # in a chart and its table
_STRIPS = 10  # labels in a chart over time
_INPUTS = 4  # files that are drawn over time


def section(given: Spoken, key: str) -> Section:
    """All that is told of a task's predictions.

    Args:
        key: unique on the page, for the names within charts.
    """
    body = [counted(given), labels(given, key), confidence(given, key), values(given, key), timeline(given, key)]
    return Section(f"What is said: {given.task}", "\n".join(one for one in body if one))


def counted(given: Spoken) -> str:
    """How many items there are, and how many of them say nothing or are not sure."""
    told = {
        "predictions": f"{given.n:,}",
        "kind": str(given.kind),
        "without a label": f"{given.silent:,} ({page.percent(given.silent / given.n)})" if given.silent else "",
        "not sure": f"{given.abstained:,} ({page.percent(given.abstained / given.n)})" if given.abstained else "",
    }
    return page.facts(told)


def labels(given: Spoken, key: str) -> str:
    """How often each label is said, and how often it is the first one."""
    if not given.any:
        return ""
    shown = sorted(given.any, key=lambda name: (-given.any[name], name))
    counts = {name: float(given.any[name]) for name in shown[:_LABELS]}
    rows: list[list[Cell]] = [[n, given.any[n], given.any[n] / given.n, given.first.get(n, 0)] for n in shown[:_LABELS]]
    never = [name for name in given.names if name not in given.any]
    said = f"Never said: {', '.join(never)}." if never else ""
    if len(shown) > _LABELS:
        said = f"The {_LABELS} most frequent of {len(shown):,} labels are shown. {said}"
    return page.part(
        "Labels",
        page.figure(charts.bars(f"{key}-labels", counts, "items"), "How many items each label is said of."),
        page.table(["label", "items", "share", "as the first label"], rows),
        page.paragraph(said, "quiet") if said else "",
    )


def confidence(given: Spoken, key: str) -> str:
    """How sure the first labels are."""
    if not len(given.confidence):
        return ""
    low, middle, high = np.quantile(given.confidence, [0.1, 0.5, 0.9])
    chart = charts.histogram(f"{key}-sure", given.confidence, "confidence", float(middle))
    caption = (
        f"The chance that the first label is right, as the bundle tells it. Median {page.number(float(middle))} (the "
        f"line); eight items in ten lie from {page.number(float(low))} to {page.number(float(high))}."
    )
    return page.part("Confidence", page.figure(chart, caption))


def values(given: Spoken, key: str) -> str:
    """Where the values of dimensions lie."""
    if not given.values.size:
        return ""
    rows: list[list[Cell]] = []
    for name, column in zip(given.names, given.values.T, strict=True):
        told = column[~np.isnan(column)]
        low, middle, high = (float(v) for v in np.quantile(told, [0.1, 0.5, 0.9]))
        rows.append([name, float(told.mean()), middle, (low, high), len(told)])
    table = page.table(["dimension", "mean", "median", "eight items in ten", "n"], rows)
    across, down = hub.VAD[:2]
    drawn = ""
    if {across, down} <= set(given.names):
        pair = given.values[:, [given.names.index(across), given.names.index(down)]]
        pair = pair[~np.isnan(pair).any(1)]
        chart = charts.plane(f"{key}-plane", pair[:, 0], pair[:, 1], (across, down))
        drawn = page.figure(chart, f"{len(pair):,} items: darker where more of them lie.")
    return page.part("Values", page.pair(drawn), table)


def timeline(given: Spoken, key: str) -> str:
    """What is said over time, for the first files that have times."""
    made = []
    inputs = list(dict.fromkeys(span[0] for span in given.spans))
    for i, name in enumerate(inputs[:_INPUTS]):
        its = [span for span in given.spans if span[0] == name]
        if len(its) < 2:
            continue
        if given.values.size:
            t_s = np.asarray([(start + end) / 2 for _, start, end, _, _ in its])
            order = np.argsort(t_s, kind="stable")
            rows = np.asarray([span[4] for span in its], np.float64)
            chart = charts.lines(f"{key}-time-{i}", t_s[order], rows[order], given.names)
        else:
            said = [(start, end, label) for _, start, end, label, _ in its if label]
            often = sorted({s[2] for s in said}, key=lambda n: -sum(e - a for a, e, label in said if label == n))
            if not said:
                continue
            chart = charts.strips(f"{key}-time-{i}", said, often[:_STRIPS])
        made.append(page.figure(chart, f"{name}: {len(its):,} predictions over time."))
    more = len(inputs) - _INPUTS
    said_more = page.paragraph(f"{more:,} more files are not drawn.", "quiet") if more > 0 and made else ""
    return page.part("Over time", *made, said_more)
