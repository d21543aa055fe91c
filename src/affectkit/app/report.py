"""What a report tells, gathered: of a run, of predictions, and of predictions beside their truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .. import corpora, find
from ..corpora import _manifest
from ..errors import AffectError, DataError, MissingExtra, UsageError
from ..prediction import Prediction
from ..report import counts, sections
from ..report.content import Audited, Chapter, Content, Figure, Judged, shareable
from ..report.tally import Tally
from ..runtime import bundle
from ..sample import Sample
from ..task import Task

if TYPE_CHECKING:
    from ..runtime.say import Head
    from ..train.figures import Said
    from ..train.mixture import Mixture

Card = Mapping[str, Any]


# ---- a run -----------------------------------------------------------------------------------------------------------


def of_run(folder: Path) -> Content:
    """A run on the test part of its own corpora; with several seeds the mean of their outputs.

    Raises:
        UsageError: no run, or none of its seeds is finished.
        DataError: no test sample.
        MissingExtra: what training needs is not there.
    """
    try:
        from ..train import alike, evaluate, export, run
    except ModuleNotFoundError as error:
        raise MissingExtra.of("affectkit report", str(error.name), "train") from error
    trained = run.open_run(folder)
    seeds, name = run.finished(trained), folder.resolve().name
    own = trained.mixture()
    test = own.part("test")
    if not len(test):
        raise DataError(f"test samples in {', '.join(trained.on)}", "none", "report on predictions with --truth")
    heads = evaluate.by_head(trained, seeds, own, test)
    systems = {name: {head.task.id: said for head, said in heads}}
    if len(seeds) > 1:
        systems |= {f"{name}, seed {s}": evaluate.of_run(trained, [s], own, test) for s in seeds}
    of_seeds = [seeds, *((s,) for s in seeds)]
    common = evaluate.facts(trained, own)
    facts = {system: replace(common, seeds=its) for system, its in zip(systems, of_seeds, strict=False)}
    rows = evaluate.rows(systems, own, own.part("train"), trained.on, facts)
    spread = evaluate.over_seeds(evaluate.Measured(trained.part, trained.on, rows)) if len(seeds) > 1 else {}
    chapters, audits = [], []
    for corpus in trained.on:
        samples, tasks, card = tuple(corpora.samples(corpus)), corpora.tasks(corpus), corpora.card(corpus)
        audits.append(_audited(corpus, own))
        for head, said in heads:
            task = head.task
            where = np.flatnonzero((test.corpus == corpus) & test.judged[task.id].any(1))
            if len(where):
                part, its = test.take(where), said.take(where)
                judged = _with_head(_judged(card, part, task, its), head)
                if pairs := alike.matched(tasks, [task]):  # a task of a method's own was rated by nobody
                    judged = _with_raters(judged, samples, tasks, pairs[0][0])
                chapters.append(_chapter(corpus, rows[corpus], name, spread, part, judged))
    sources = export.learnt_from(trained)
    return Content(
        name,
        {
            "method": trained.method.CARD["title"],
            "command": trained.command,
            "commit": trained.commit,
            "trained on": ", ".join(_title(c) for c in sources.corpora),
            "seeds": ", ".join(map(str, seeds)) + "; the mean of their outputs is measured" * (len(seeds) > 1),
            "minutes of training": f"{trained.minutes:.0f}",
        },
        tuple(chapters),
        audits=tuple(audits),
        licences={"code": "Apache-2.0", **{_title(c): licence for c, licence in sources.licences.items()}},
        limits=sources.limits,
    )


def _chapter(
    corpus: str,
    rows: Sequence[Card],
    system: str,
    spread: Mapping[str, tuple[float, float]],
    part: Mixture,
    judged: Judged,
) -> Chapter:
    """A task of a corpus, from rows as they stand in results/."""
    from ..train import figures

    id = judged.task.id
    its = {r["variant"]["samples"]: r for r in rows if (r["task"], r["variant"]["system"]) == (id, system)}
    row = its.pop(figures.ALL)
    fresh: Card = next(iter(its.values()), {}).get("metrics", {})
    key = f"{corpora.parse(corpus).short}.{id}"
    found = tuple(
        Figure(m, **v, fresh=fresh.get(m, {}).get("value"), seeds=spread.get(f"{key}.{m}"))
        for m, v in row["metrics"].items()
    )
    return Chapter(_title(corpus), _stamp(row, part, judged.task), found, judged)


def _stamp(row: Card, part: Mixture, task: Task) -> dict[str, str]:
    """What the figures of a row rest on."""
    parts = Counter(part.split.tolist())
    return {
        "predicted": ", ".join(str(v) for v in (task.target, task.kind, task.view) if v),
        "split": row["split"],
        "samples": ", ".join(f"{n:,} {split or 'without a split'}" for split, n in parts.items()),
        "protocol": row["protocol"],
        "audit": row["audit"],
        "synthetic": "an imitation, not the corpus" if row["synthetic"] else "",
    }


def _audited(corpus: str, own: Mixture) -> Audited:
    """What the parts of a corpus share, in the split of the run; files are not opened for it."""
    from ..train import audit

    found = audit.audited(own, corpus)
    return Audited(
        _title(corpus),
        found["stamp"],
        tuple((one["severity"], one["phrase"], one["count"], one["of"]) for one in found["findings"]),
        tuple(f"{one['what']}: {one['why']}" for one in found["unchecked"]),
    )


# ---- predictions -----------------------------------------------------------------------------------------------------


def of_predictions(given: str, truth: str | None = None, tasks: Sequence[str] = ()) -> Content:
    """What the predictions of a file say; beside what people say, where `truth` names a corpus or table.

    Args:
        given: a file that affectkit wrote or, beside a truth, anybody's, with options as in `affectkit evaluate`.
        tasks: of the truth; its main one when there are none.

    Raises:
        UsageError: no such file, or no format that can be read.
        DataError: no prediction in it, or none of the truth's items.
    """
    file = Path(corpora.parse(given).where)
    tally = Tally()
    with suppress(*(() if truth is None else (DataError, UsageError))):  # anybody's table, read by its own columns
        tally = Tally.of(_read(file))
        if not tally.items:
            raise DataError(f"predictions in {file}", "none", "give what affectkit predict wrote")
    cards = {name: card for name, card in _shipped().items() if name in tally.bundles}
    chapters, notes = ((), ()) if truth is None else _beside(given, truth, tasks, cards)
    licences: dict[str, str] = {}
    for name in tally.bundles:
        told = cards.get(name, {}).get("licences", {})
        licences[f"weights of {name}"] = str(told.get("weights") or "not told here: look into the bundle's card")
        licences |= {f"data of {name}: {_title(what)}": str(licence) for what, licence in told.get("data", {}).items()}
    if tally.failed:
        notes = (f"{tally.failed:,} of {tally.items:,} items failed", *notes)
    return Content(
        f"Predictions in {file.name}",
        {
            "items": f"{tally.items:,}" if tally.items else "",
            "from": f"{len(tally.inputs):,} inputs" if 1 < len(tally.inputs) < tally.items else "",
            "said by": ", ".join(f"{name} ({many:,} items)" for name, many in tally.bundles.items()),
        },
        chapters,
        tally.spoken(),
        notes,
        dict(tally.errors),
        licences=licences | ({} if truth is None else {f"truth: {_title(truth)}": _licence(truth)}),
        limits=tuple(dict.fromkeys(limit for card in cards.values() for limit in card.get("limits", ()))),
    )


def _read(file: Path) -> Iterator[Prediction]:
    """The predictions of a file, by the format that its suffix tells."""
    by_suffix = {card["suffix"]: name for name, card in find.cards("formats").items()}
    if not file.is_file():
        raise UsageError("the folder of a run, or a file of predictions", f"nothing at {file}", "check the path")
    if file.suffix.lower() not in by_suffix:
        raise UsageError(f"a file that ends in {', '.join(sorted(by_suffix))}", file.name, "write one with --to")
    with file.open("rb") as opened:
        yield from find.load("formats", by_suffix[file.suffix.lower()]).read(opened)


def _beside(
    given: str, truth: str, tasks: Sequence[str], cards: Mapping[str, Card]
) -> tuple[tuple[Chapter, ...], tuple[str, ...]]:
    """A chapter per task of the truth, and what the reader should know of how the two were matched."""
    from . import answers, judged

    held = judged.truth(truth, tasks)
    heads, made, notes = _heads(cards), [], dict.fromkeys(held.notes)
    for task in held.part.tasks:
        found = judged.judged(held, task, answers.read(given, task))
        groups = judged.drawn_by(found, held)
        values = judged.measured(found, groups, folds=judged.FOLDS)
        row = judged.row(found, held, values, groups, judged.FOLDS)
        its = _judged(held.card, found.part, found.task, found.said)
        if (head := heads.get((task.scheme, task.scaled))) is not None:
            its = _with_head(its, head)
        its = replace(its, low=found.low, high=found.high)
        its = _with_raters(its, *_samples(truth), own=task)
        told = tuple(Figure(m, v.value, v.low, v.high, v.n) for m, v in values.items())
        made.append(Chapter(_title(truth), _stamp(row, found.part, found.task), told, its))
        notes |= dict.fromkeys((*found.how, *judged.gaps(found)))
    return tuple(made), tuple(notes)


def _samples(spec: str) -> tuple[tuple[Sample, ...], tuple[Task, ...]]:
    """The samples of a truth and its tasks; of a table only what was judged is read."""
    asked = corpora.parse(spec)
    if asked.path is None:
        return tuple(corpora.samples(spec)), corpora.tasks(spec)
    read = _manifest.read(asked, media=False)
    return read.samples, read.tasks


def _shipped() -> dict[str, Card]:
    """name@version -> card of the bundles that came with the package."""
    cards = [bundle.read_card(path) for path in bundle.shipped().values()]
    return {f"{card['name']}@{card['version']}": card for card in cards}


def _heads(cards: Mapping[str, Card]) -> dict[tuple[str, bool], Head]:
    """(scheme, whether it is of dimensions) -> the head that spoke, where one shipped bundle spoke alone."""
    from ..runtime.say import Head

    heads = [Head.of(entry) for card in cards.values() for entry in card["tasks"]]
    return {(head.task.scheme, head.task.scaled): head for head in heads} if len(cards) == 1 else {}


# ---- both ------------------------------------------------------------------------------------------------------------


def _judged(card: Card, part: Mixture, task: Task, said: Said) -> Judged:
    """What a report needs to know of each sample of a part, all judged on the task."""
    from ..train import calibrate, figures

    judged = part.judged[task.id]
    units = figures.Groups.of(part, card)
    sure = said.confidence
    made = Judged(
        task,
        tuple(part.ids.tolist()),
        part.targets[task.id].astype(np.float64),
        judged,
        said.scores,
        said.said,
        None if sure is None or np.isnan(sure).all() else sure,
        groups=part.groups,
        units=None if units is None else units.ids,
    )
    if said.said is not None:
        top = calibrate.first(said.scores, said.said)
        known = judged[np.arange(len(top)), top] & said.said.any(1)
        made = replace(made, right=np.where(known, calibrate.right(task, part.targets[task.id], top), np.nan))
    return _with_shown(made, part, card)


def _with_shown(judged: Judged, part: Mixture, card: Card) -> Judged:
    """With what is shown of each item, by the modality that is its own, and small pictures of those that went wrong.

    Only what may be passed on; a table of one's own is one's own.
    """
    present = dict.fromkeys(m for media in part.media for m in media)
    if not present or (card["url"] and not shareable(str(card["licence"]))):
        return judged
    modality = next(iter(present))
    of = find.load("modalities", modality)
    shown = getattr(of, "shown", lambda media: "")
    texts = tuple(shown(media[modality]) if modality in media else "" for media in part.media)
    pictures: dict[int, bytes] = {}
    if hasattr(of, "picture"):
        for row in counts.worst(judged, sections.WORST):
            with suppress(AffectError):  # a file that is gone since
                pictures[row] = of.picture(part.media[row][modality])
    noun = str(find.card("modalities", modality).get("noun", modality))
    return replace(judged, texts=texts if any(texts) else None, noun=noun, pictures=pictures)


def _with_head(judged: Judged, head: Head) -> Judged:
    """With what decided: thresholds (where one holds for all items), the abstain point, intervals."""
    scores, half = judged.scores, head.half_width
    cut = head.thresholds if head.apart is None else None
    return replace(
        judged,
        thresholds={} if cut is None else dict(zip(head.task.names, cut.tolist(), strict=True)),
        abstain=head.abstain,
        low=None if half is None else np.clip(scores - half, -1, 1),
        high=None if half is None else np.clip(scores + half, -1, 1),
    )


def _with_raters(judged: Judged, samples: Iterable[Sample], tasks: Sequence[Task], own: Task) -> Judged:
    """With how far the raters of each sample are apart on the corpus's `own` task, where single ratings are known."""
    of_id = {sample.id: sample.ratings for sample in samples}
    ratings = counts.own_or_near(own, [of_id.get(id, ()) for id in judged.ids], tasks)
    apart: NDArray[np.float64] = counts.apart(own, ratings)
    return judged if np.isnan(apart).all() else replace(judged, apart=apart, unit=counts.unit(own))


def _title(name: str) -> str:
    """The title of a corpus; another name is told as it is."""
    where = corpora.parse(name).where
    return str(find.card("corpora", where)["title"]) if where in find.names("corpora") else where


def _licence(spec: str) -> str:
    where = corpora.parse(spec)
    return str(corpora.card(spec)["licence"]) if where.path is None else "your own table"
