"""A page of predictions over time: what is said together and alone, when, how sure, from what, and what was missing.

One page for any predictions: of each input the sentence of how the modalities agree, the evidence where it is given,
curves of valence and arousal, strips of segments with their labels, and the rows with their scores. Charts are plain
SVG in the page's colours, lines are told apart by their dashes and names too, so that neither colours nor scripts are
needed to read it. Curves go in steps, one for each prediction with a start and an end: nothing is drawn where nobody
spoke. Where a modality tells names only, its valence and arousal come from them by the label algebra (`hub.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

from .. import __version__, hub
from ..errors import AffectError
from ..language import fused
from ..prediction import Prediction, TaskPrediction
from ..runtime import bundle as bundles
from . import page, write
from .page import Cell, Section

DIMENSIONS = ("valence", "arousal")
_TITLE = "What is expressed, as people would judge it"
_WIDE, _LEFT, _RIGHT = 752, 96, 18  # px of a chart, and of the room for names on both sides
_CURVE_PX, _ROW_PX, _AXIS_PX = 110, 26, 22
_LETTER_PX = 6.4  # of a letter, on the safe side
_DASHES = ("5 3", "1.5 2.5", "8 3 1.5 3", "3 5", "10 4")
_MOST_ROWS = 500  # in a table; a page of more is slow to open
_MOST_STRIPS = 12
_MOST_SCORES = 3
_TOGETHER = "together"
_VAD = "vad"

Evidence = Mapping[str, Sequence[str]]
"""Input -> statements, each a whole sentence."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A row of the strips, or a curve: whose it is, and its predictions in time."""

    name: str
    rows: Sequence[Prediction]


def html(predictions: Iterable[Prediction], evidence: Evidence | None = None, after: str = "") -> str:
    """The page; `after` is HTML at its end.

    Args:
        evidence: what the predictions rest on, see `language/cues.py`.
    """
    its: dict[str, list[Prediction]] = {}
    for one in predictions:
        its.setdefault(one.input, []).append(one)
    single = len(its) == 1
    sections = [
        _section("What is said" if single else _shown(name), rows, (evidence or {}).get(name, ()))
        for name, rows in its.items()
    ]
    rows = [one for several in its.values() for one in several]
    sections.append(Section("Models, licences, and what it is not for", _models(rows)))
    title = _shown(next(iter(its))) if single else _TITLE
    before = page.paragraph(write.IS) + page.paragraph(_counted(its, rows), "quiet")
    return page.whole(title or _TITLE, before, sections, page.text(f"Made by affectkit {__version__}.") + after)


def _counted(its: Mapping[str, Sequence[Prediction]], rows: Sequence[Prediction]) -> str:
    failed = sum(one.failed for one in rows)
    told = f"{len(its):,} input{'s' * (len(its) != 1)}, {len(rows):,} prediction{'s' * (len(rows) != 1)}"
    return f"{told}, {failed:,} failed." if failed else f"{told}."


def _section(name: str, rows: Sequence[Prediction], evidence: Sequence[str]) -> Section:
    said = [one for one in rows if one.ok]
    joint = any(len(one.modalities.used) > 1 for one in said)
    timed = [one for one in said if one.start_s is not None and one.end_s is not None]
    whole = next((one for one in said if one.track is None and one.start_s is None), None)
    together = _all_in_time(said) if whole is None else whole
    lines = _lines(timed, joint)
    shown = lines[:_MOST_STRIPS]
    body = [
        _headline(together, said),
        page.part("What it rests on", page.paragraph(" ".join(evidence))) if evidence else "",
        page.part("Valence and arousal over time", *(_curves(lines, name) for name in DIMENSIONS)),
        page.part("Labels over time", _strips(shown)) if shown else "",
        page.paragraph(f"{len(lines) - len(shown)} more rows stand in the table.", "quiet") if lines != shown else "",
        page.part("Row by row", _table(said, joint)),
        _missing(rows),
    ]
    if joint and not timed:
        hint = "There are no stretches of time here: predict with --segments --tracks to see how it goes."
        body.append(page.paragraph(hint, "quiet"))
    return Section(name, "\n".join(part for part in body if part))


def _shown(name: str) -> str:
    """A file by its name alone, a text by its beginning."""
    plain = name if len(name.split()) > 1 else Path(name).name
    return plain if len(plain) <= 80 else f"{plain[:79]}…"


# -- in words --


def _headline(together: Prediction | None, said: Sequence[Prediction]) -> str:
    if together is None:
        return ""
    parts = [page.tiles(_tiles(together))]
    if len(together.modalities.used) > 1:
        sentence = fused.told(together, [one for one in said if one is not together])
        parts.append(page.paragraph(f"{sentence[:1].upper()}{sentence[1:]}."))
    return "\n".join(parts)


def _tiles(one: Prediction) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for task in one.tasks.values():
        if task.converted_from is None and task.values is None and task.labels:
            sure = "" if task.confidence is None else f", confidence {task.confidence:.2f}"
            found.append((task.labels[0], f"{task.target}{' (not sure)' * task.abstain}{sure}"))
        elif task.values is not None:
            found += [(f"{task.values[name]:+.2f}", name) for name in DIMENSIONS if name in task.values]
    apart = one.modalities.disagreement
    differ = [] if apart is None else [(f"{apart:.2f}", "disagreement of the modalities, from 0 to 1")]
    return [*found[:5], *differ]


def _all_in_time(said: Sequence[Prediction]) -> Prediction | None:
    """The only prediction there is; of several nothing is averaged that no model has said."""
    return said[0] if len(said) == 1 else None


def _missing(rows: Sequence[Prediction]) -> str:
    why = {name: one.error.message for one in rows if one.error is not None for name in one.modalities.missing}
    absent = dict.fromkeys(name for one in rows for name in one.modalities.missing)
    told = [f"{name}: {why[name]}" if name in why else f"{name}: in parts of it" for name in absent]
    told += [f"{one.id}: {one.error.message}" for one in rows if one.error is not None and not one.modalities.missing]
    return page.part("What was missing", page.bullets(told[:_MOST_ROWS]))


def _table(said: Sequence[Prediction], joint: bool) -> str:
    if not said:
        return ""
    rows: list[list[Cell]] = [
        [
            _who(one, joint),
            None if one.start_s is None or one.end_s is None else f"{clock(one.start_s)} to {clock(one.end_s)}",
            "; ".join(filter(None, (_verdict(task) for task in one.tasks.values()))),
            next((t.confidence for t in one.tasks.values() if t.confidence is not None), None),
            *(_dimension(one, name) for name in DIMENSIONS),
            one.modalities.disagreement,
        ]
        for one in said[:_MOST_ROWS]
    ]
    heading = ("who", "when", "labels and scores", "confidence", *DIMENSIONS, "differ by")
    kept = [i for i in range(len(heading)) if any(row[i] is not None for row in rows)]
    made = page.table([heading[i] for i in kept], [[row[i] for i in kept] for row in rows], long=[kept.index(2)])
    more = len(said) - _MOST_ROWS
    return made + (page.paragraph(f"{more:,} more are in the data of this page.", "quiet") if more > 0 else "")


def _verdict(task: TaskPrediction) -> str:
    if task.values is not None or task.converted_from is not None:
        return ""
    scores = task.scores or {}
    best = sorted(scores, key=lambda name: (name not in task.labels, -scores[name]))[:_MOST_SCORES]
    told = ", ".join(f"{name} {scores[name]:.2f}" for name in best) or ", ".join(task.labels)
    return f"not sure: {told}" if task.abstain else told


def _who(one: Prediction, joint: bool) -> str:
    """Whose row it is; `joint`: what has no track of its own is said together, even where only one of them spoke."""
    if one.track is not None:
        return f"{one.track.kind} {one.track.id}"
    return _TOGETHER if joint else ", ".join(one.modalities.used) or one.id


def _dimension(one: Prediction, name: str) -> float | None:
    """A dimension as it is told, or as the names of the first task stand for it."""
    told = next((t.values[name] for t in one.tasks.values() if t.values is not None and name in t.values), None)
    if told is not None:
        return told
    for task in one.tasks.values():
        if task.scheme and task.scores and task.converted_from is None:
            try:
                return float(hub.convert(dict(task.scores), task.scheme, _VAD, task.kind).scores[name])
            except (AffectError, KeyError):
                return None  # names that the hub cannot place
    return None


# -- drawn --


def _lines(timed: Sequence[Prediction], joint: bool) -> list[_Line]:
    """What is said together first, then each face, voice and speaker."""
    order = sorted(timed, key=lambda one: (one.track is not None, _who(one, joint)))
    return [
        _Line(name, sorted(its, key=lambda one: one.start_s or 0.0))
        for name, its in ((name, list(its)) for name, its in groupby(order, key=lambda one: _who(one, joint)))
    ]


def _ends(lines: Sequence[_Line]) -> tuple[float, float]:
    rows = [one for line in lines for one in line.rows]
    return min(one.start_s or 0.0 for one in rows), max(one.end_s or 0.0 for one in rows)


def _svg(height: float, label: str, body: Sequence[str]) -> str:
    head = f'<svg viewBox="0 0 {_WIDE} {height:g}" width="{_WIDE}" height="{height:g}" role="img"'
    style = "font-family:inherit;font-size:11px"
    return f'{head} style="{style}" aria-label="{page.text(label)}">{"".join(body)}</svg>'


def _x(t_s: float, ends: tuple[float, float]) -> float:
    return _LEFT + (_WIDE - _LEFT - _RIGHT) * (t_s - ends[0]) / max(ends[1] - ends[0], 1e-9)


def _axis(ends: tuple[float, float], top: float) -> list[str]:
    """Ticks in minutes and seconds, six or so."""
    long_s = max(ends[1] - ends[0], 1e-9)
    step_s = next((s for s in (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800) if long_s / s <= 8), long_s / 4)
    ticks, t_s = [], -(-ends[0] // step_s) * step_s
    while t_s <= ends[1] + 1e-9:
        ticks.append(t_s)
        t_s += step_s
    return [
        f'<text x="{_x(t, ends):.1f}" y="{top + 14:g}" text-anchor="middle" fill="var(--quiet)">{clock(t)}</text>'
        for t in ticks
    ]


def clock(t_s: float) -> str:
    """1:02, or 0:02.5 between seconds."""
    minutes, seconds = divmod(round(t_s, 1), 60)
    return f"{int(minutes)}:{seconds:02.0f}" if seconds == int(seconds) else f"{int(minutes)}:{seconds:04.1f}"


def _curves(lines: Sequence[_Line], dimension: str) -> str:
    """One dimension of each line in steps, from -1 to 1."""
    told: list[tuple[_Line, list[tuple[float, float, float]]]] = []
    for line in lines:
        valued = [(one, _dimension(one, dimension)) for one in line.rows]
        its = [(one.start_s or 0.0, one.end_s or 0.0, value) for one, value in valued if value is not None]
        if its:
            told.append((line, its))
    told = told[: 1 + len(_DASHES)]
    if not told:
        return ""
    ends, height = _ends(lines), _CURVE_PX
    body = [f'<text x="0" y="12" fill="var(--ink)">{page.text(dimension)}</text>']
    for level, name in ((1, "+1"), (0, "0"), (-1, "\u22121")):
        y = _y(level)
        body.append(
            f'<line x1="{_LEFT}" x2="{_WIDE - _RIGHT}" y1="{y:g}" y2="{y:g}" stroke="var(--line)"/>'
            f'<text x="{_LEFT - 6}" y="{y + 4:g}" text-anchor="end" fill="var(--quiet)">{name}</text>'
        )
    dashes = iter(_DASHES)
    key: list[str] = []
    x = float(_LEFT)
    for line, its in told:
        main = line is told[0][0]
        style = 'stroke="var(--accent)" stroke-width="2.6"' if main else 'stroke="var(--ink)" stroke-width="1.3"'
        style += "" if main else f' stroke-dasharray="{next(dashes)}"'
        path = "".join(f"M{_x(a, ends):.1f} {_y(v):.1f}H{_x(b, ends):.1f}" for a, b, v in its)
        joins = "".join(
            f"M{_x(b, ends):.1f} {_y(v):.1f}V{_y(w):.1f}" for (_, b, v), (c, _, w) in pairwise(its) if abs(c - b) < 1e-3
        )
        body.append(f'<path d="{path}{joins}" fill="none" {style}><title>{page.text(line.name)}</title></path>')
        wide = 34 + _LETTER_PX * len(line.name)
        if x + wide > _WIDE:
            x, height = float(_LEFT), height + 16
        y = height + _AXIS_PX + 8
        key.append(f'<line x1="{x:.1f}" x2="{x + 22:.1f}" y1="{y:g}" y2="{y:g}" {style}/>')
        key.append(f'<text x="{x + 27:.1f}" y="{y + 4:g}" fill="var(--ink)">{page.text(line.name)}</text>')
        x += wide + 14
    label = f"{dimension} over time, from -1 to 1, of {', '.join(line.name for line, _ in told)}"
    return f"<figure>{_svg(height + _AXIS_PX + 18, label, [*body, *_axis(ends, _CURVE_PX), *key])}</figure>"


def _y(value: float) -> float:
    return 8 + (_CURVE_PX - 16) * (1 - min(max(value, -1.0), 1.0)) / 2


def _strips(lines: Sequence[_Line]) -> str:
    """Each line's labels in their time; where a label has no room it is told when pointed at, and in the table."""
    ends, body = _ends(lines), list[str]()
    for number, line in enumerate(lines):
        top = number * _ROW_PX
        body.append(
            f'<text x="{_LEFT - 6}" y="{top + 16:g}" text-anchor="end" fill="var(--ink)">'
            f"{page.text(line.name if len(line.name) < 16 else line.name[:14] + '…')}</text>"
        )
        for one in line.rows:
            left, right = _x(one.start_s or 0.0, ends), _x(one.end_s or 0.0, ends)
            task = next((t for t in one.tasks.values() if t.values is None), None)
            if task is None:
                continue
            label = task.labels[0] if task.labels else "none"
            sure = 0.5 if task.confidence is None else task.confidence
            dashes = ' stroke-dasharray="3 2"' if task.abstain else ""
            told = f"{clock(one.start_s or 0.0)} to {clock(one.end_s or 0.0)}: {_verdict(task)}"
            body.append(
                f'<rect x="{left:.1f}" y="{top + 2:g}" width="{max(right - left - 1, 1):.1f}" height="{_ROW_PX - 5}" '
                f'rx="2" fill="var(--accent)" fill-opacity="{0.08 + 0.32 * sure:.2f}" stroke="var(--accent)"'
                f"{dashes}><title>{page.text(told)}</title></rect>"
            )
            room = int((right - left - 8) / _LETTER_PX)
            if room >= 3:
                shown = label if len(label) <= room else f"{label[: room - 1]}…"
                body.append(
                    f'<text x="{left + 5:.1f}" y="{top + 16:g}" fill="var(--ink)" pointer-events="none">'
                    f"{page.text(shown)}</text>"
                )
    height = len(lines) * _ROW_PX
    label = f"labels over time of {', '.join(line.name for line in lines)}"
    note = "The fuller a stretch, the surer; a broken edge: not sure."
    return page.figure(_svg(height + _AXIS_PX, label, [*body, *_axis(ends, height)]), note)


# -- models --


def _models(rows: Sequence[Prediction]) -> str:
    spoken = sorted({name for one in rows for name in one.bundles})
    known = _known()
    cells: list[list[Cell]] = []
    limits: dict[str, None] = {}
    for name in spoken:
        card = known.get(name)
        if card is None:
            cells.append([name, "a bundle of one's own: its card tells", ""])
            continue
        licences = card["licences"]
        data = ", ".join(f"{what} ({licence})" for what, licence in licences.get("data", {}).items())
        cells.append([name, str(licences.get("weights") or "unknown"), data])
        limits |= dict.fromkeys(str(one) for one in card.get("limits", ()))
    return "\n".join(
        [
            page.part("Models", page.table(["bundle", "licence of the weights", "trained on"], cells, long=[2])),
            page.part("Limits", page.bullets(list(limits))),
            f'<div class="uses">{page.part("Not for", page.bullets(write.NOT_FOR))}</div>',
        ]
    )


def _known() -> dict[str, Mapping[str, Any]]:
    """name@version -> card of the shipped bundles; one that cannot be read tells nothing."""
    found: dict[str, Mapping[str, Any]] = {}
    for path in bundles.shipped().values():
        try:
            card = bundles.read_card(path)
        except AffectError:
            continue
        found[f"{card['name']}@{card['version']}"] = card
    return found
