"""Texts whose writer and readers differ, found from the text alone, and the expressions characteristic of them.

Reference: Nakagawa, Kitada and Iyatomi, Expressions Causing Differences in Emotion Recognition in Social Networking
Service Documents, CIKM 2022. The task "gap" is made of two others: a text is "hidden" where its writer has an emotion
(`writer_is`) that its readers do not see (`readers_are`), as in hidden anger; "overt" where both have it. A detector
learns it; `affectkit expressions RUN` then says which expressions more of the detected texts hold than of the others,
than of overt ones, and what overt ones hold: else the emotion's own words would pass for signs of its being hidden.
A text is judged by a network that has not seen it (`folds`), nor anything else of its writer (`folds_by`).
Claim of the paper: hidden anger in Japanese posts is detected with an area under the ROC curve of .772, and its
expressions are no anger words.
Differs from the paper: any encoder, by default a network on n-grams, not BERT; the rule, the splits, the loss and the
measure of expressions are not known to us and are ours: readers count with their mean, rare cases weigh as much as all
others, a text is detected from Youden's J on or, which tells more of a weak detector, with the highest scores
(`--share`). `by=difference` is the baseline: two regressions, writer minus readers. `hide=true` puts "…" in the place
of emotion words, to see what they are worth. English stands in for Japanese where WRIME is not at hand: EmoBank's
"writer" is what about five raters say of the writer, so that much of a gap is chance, and its texts are published
sentences, not posts.
Known fault of the idea: expressions of detected texts tell first what the detector goes by; of one that has learnt
nothing they come out just as many. So they are tried on the labels of test, by which no expression was chosen. The
default rule was chosen among seven by what a linear model reaches on folds of all of EmoBank, the length of n-grams,
the rate and the one epoch among ten on folds of its training part with `split=fold0of3:document`: figures lean upward,
those on that part most.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from .. import corpora, find
from ..analysis import expressions as saying
from ..analysis import significance
from ..analysis.expressions import Expression, Measure, Unit
from ..analysis.significance import Interval
from ..errors import UnknownName, UsageError
from ..nn.model import Model, Scale
from ..sample import Media
from ..task import Kind, Task
from ..train import figures, loop, masking, mixture, reading, run, supervised
from ..train.mixture import Mixture

CARD = {
    "title": "Reader-writer gap: hidden emotions and their expressions",
    "reference": "nakagawa2022expressions",
    "takes": "text",
    "extra": "train",
    "metrics": ["roc_auc", "average_precision"],
    "claims": [
        {
            "claim": "hidden anger is detected in Japanese posts",
            "corpus": "wrime",
            "task": "gap",
            "metric": "roc_auc",
            "paper": 0.772,
            "arm": "gap",
        }
    ],
    "recipe": [
        "train reader_writer_gap --on emobank --tasks gap --set split=fold0of3:document --set folds=4 "
        "--set folds_by=document --out runs/gap",
        "train reader_writer_gap --on emobank --tasks gap --set by=difference --set epochs=4 --set lr=1e-2 "
        "--set head_lr=1e-2 --set split=fold0of3:document --out runs/gap-difference",
        "train reader_writer_gap --on emobank --tasks gap --set hide=true --set vader=true "
        "--set split=fold0of3:document --out runs/gap-unsaid",
        "train reader_writer_gap --on emobank --tasks gap --set 'writer_is=<=2.6' "
        "--set split=fold0of3:document --set folds=4 --set folds_by=document --out runs/gap-strict",
        "evaluate runs/gap runs/gap-difference runs/gap-unsaid runs/gap-strict --against runs/gap-difference",
        "expressions runs/gap runs/gap-strict --share 0.1",
    ],
}

GAP = Task("gap", target="gap", kind=Kind.MULTI, scheme="", names=("hidden",))
_OVERT = "gap.overt"
_UNSAID = "…"
_WORD = re.compile(r"[^\W\d_]+")
_CONDITION = re.compile(r"(<=|>=|<|>)(-?\d+(?:\.\d+)?)")
_DIGITS = 4  # means of a few raters that should be equal differ in what comes after
MOST = 50
"""Expressions by whose number in a test text it is told whether they mean anything."""


class By(StrEnum):
    """What finds the gap."""

    DETECTOR = "detector"
    DIFFERENCE = "difference"


@dataclass(frozen=True)
class Condition:
    """A bound on a value: "<=2.75", ">1"."""

    sign: str
    bound: float

    @classmethod
    def of(cls, text: str) -> Condition:
        """From its text.

        Raises:
            UsageError: it is no condition.
        """
        found = _CONDITION.fullmatch(text.replace(" ", ""))
        if found is None:
            raise UsageError("a condition such as <=2.75 or >1", repr(text), "write a sign and a number")
        return cls(found[1], float(found[2]))

    @property
    def up(self) -> bool:
        """Whether it asks for much of the emotion."""
        return self.sign.startswith(">")

    def holds(self, values: NDArray[Any]) -> NDArray[np.bool_]:
        """Of which values (n,) it is true."""
        rounded = np.round(np.asarray(values, np.float64), _DIGITS)
        found: NDArray[np.bool_] = _SIGNS[self.sign](rounded, self.bound)
        return found


_SIGNS = {"<=": np.less_equal, ">=": np.greater_equal, "<": np.less, ">": np.greater}


@dataclass(frozen=True)
class Config(supervised.Light):
    """The supervised plan, lighter still, as hidden texts are few, and the gap.

    Args:
        writer, readers: the tasks of the writer and of the readers.
        name: the emotion or dimension that is hidden.
        writer_is, readers_are: conditions on their means, on the corpus's own scale.
        agree: of the others, only texts whose writer and readers lie nearer than this count; 0 lets all count.
        by: "detector", or "difference" for two regressions.
        hide: put "…" in the place of emotion words.
        vader: VADER's words are emotion words too (package vaderSentiment).
        dimensions_weight: what the objective of dimensions counts beside that of names.
    """

    encoder: str = "ngrams:width=16,buckets=65536,most=3"
    epochs: int = 1
    lr: float = 4e-3
    head_lr: float = 4e-3
    writer: str = "vad.writer"
    readers: str = "vad.reader"
    name: str = "valence"
    writer_is: str = "<=2.75"
    readers_are: str = ">=3"
    agree: float = 0.0
    by: str = "detector"
    hide: bool = False
    vader: bool = False
    dimensions_weight: float = 1.0

    def __post_init__(self) -> None:
        for text in (self.writer_is, self.readers_are):
            Condition.of(text)
        if self.by not in list(By):
            raise UnknownName.among("what finds the gap", self.by, [str(b) for b in By])


def gaps(
    config: Config, writer: NDArray[Any], readers: NDArray[Any]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Which texts are hidden, which are overt, and which count at all: three times (n,).

    Args:
        config: whose conditions and `agree` are the rule.
        writer, readers: (n,) means on the corpus's own scale.
    """
    has, unseen = Condition.of(config.writer_is), Condition.of(config.readers_are)
    hidden = has.holds(writer) & unseen.holds(readers)
    overt = has.holds(writer) & has.holds(readers) & ~hidden
    near = np.round(np.abs(np.asarray(writer, np.float64) - readers), _DIGITS) < config.agree
    return hidden, overt, hidden | near if config.agree else np.ones(len(hidden), bool)


def read(config: Config, on: Sequence[str], tasks: Sequence[str]) -> Mixture:
    """The corpora on some tasks (their main ones when none is named), and on the gap.

    Raises:
        UnknownName: the corpora have no such tasks, or these no such name.
        UsageError: they are of names, not of numbers.
    """
    asked = [t for t in tasks or [corpora.tasks(name)[0].id for name in on] if t != GAP.id]
    data = mixture.read(on, list(dict.fromkeys([*asked, config.writer, config.readers])))
    (writer, told), (readers, seen) = (_values(data, id, config.name) for id in (config.writer, config.readers))
    hidden, overt, counts = gaps(config, writer, readers)
    known = (told & seen & counts)[:, None]
    kept = [t for t in data.tasks if t.id in asked or By(config.by) is By.DIFFERENCE]
    return replace(
        data,
        tasks=(*kept, GAP),
        media=_unsaid(data.media, masking.emotion_words(vader=config.vader)) if config.hide else data.media,
        targets={**data.targets, GAP.id: _column(hidden) * known, _OVERT: _column(overt) * known},
        judged={**data.judged, GAP.id: known, _OVERT: known},
    )


def _values(data: Mixture, id: str, name: str) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """What was said of a name, (n,) on the task's own scale, and of which texts it was said."""
    known = {t.id: t for corpus in np.unique(data.corpus).tolist() for t in corpora.tasks(corpus)}
    task = known[id]  # which `read` has asked for
    if task.range is None:
        raise UsageError(f"numbers in the task {id!r}", f"a {task.kind} task", "name a task on a scale")
    if name not in task.names:
        raise UnknownName.among(f"a name of {id}", name, task.names)
    low, high = task.range
    column = task.names.index(name)
    return low + (data.targets[id][:, column].astype(np.float64) + 1) * (high - low) / 2, data.judged[id][:, column]


def _column(of: NDArray[np.bool_]) -> NDArray[np.float32]:
    return of[:, None].astype(np.float32)


def _unsaid(media: Sequence[Mapping[str, Media]], words: frozenset[str]) -> list[Mapping[str, Media]]:
    """Texts with "…" in the place of some words."""
    made: list[Mapping[str, Media]] = []
    for one in media:
        text = _WORD.sub(lambda word: _UNSAID if word[0].lower() in words else word[0], _text(one))
        made.append({**one, "text": replace(one["text"], text=text, path=None)})
    return made


def _text(media: Mapping[str, Media]) -> str:
    found: str = find.load("modalities", "text").read(media["text"])
    return found


class Difference(Model):
    """A network whose output for the gap is what it says of the writer minus what it says of the readers."""

    def __init__(self, made: Model, tasks: Sequence[Task], scales: Sequence[Scale], config: Config) -> None:
        super().__init__(made.encoder, list(made.heads), made.tasks, scales)
        ids = [t.id for t in tasks]
        self.gap = ids.index(GAP.id)
        self.pair = [(i, tasks[i].names.index(config.name)) for i in map(ids.index, (config.writer, config.readers))]
        self.sign = 1.0 if Condition.of(config.writer_is).up else -1.0

    def forward(self, padded: Tensor, lengths: Tensor) -> tuple[Tensor, ...]:
        said = list(super().forward(padded, lengths))
        writer, readers = (said[i][:, column : column + 1] for i, column in self.pair)
        said[self.gap] = self.sign * (writer - readers)
        return tuple(said)


def reader(config: Config, train: Mixture) -> reading.Reader:
    """What turns media into features, learnt on the training part."""
    return supervised.reader(config, train)


def build(config: Config, tasks: Sequence[Task], scales: Sequence[Scale], reader: reading.Reader) -> Model:
    """The network before training; as hidden texts weigh as much as the others, it begins undecided."""
    even = [Scale((1.0,), (0.0,)) if t.id == GAP.id else scale for t, scale in zip(tasks, scales, strict=True)]
    made = supervised.build(config, tasks, even, reader)
    return made if By(config.by) is By.DETECTOR else Difference(made, tasks, even, config)


def loss(config: Config, train: Mixture) -> loop.Loss:
    """The sum of the tasks' objectives; hidden texts weigh as much as the others, of a difference nothing."""
    judged = train.judged[GAP.id]
    hidden = float((train.targets[GAP.id] * judged).sum())
    weight = (judged.sum() - hidden) / hidden if hidden else 1.0
    given = {GAP.id: {"positive": (weight,)}}
    whole = supervised.objectives(train, dimensions_weight=config.dimensions_weight, given=given)
    if By(config.by) is By.DETECTOR:
        return whole

    def regressions(
        outputs: tuple[Tensor, ...], targets: Mapping[str, Tensor], judged: Mapping[str, Tensor], weight: Tensor
    ) -> Tensor:
        return whole(outputs, targets, {**judged, GAP.id: judged[GAP.id] & False}, weight)

    return regressions


@dataclass(frozen=True)
class Found:
    """What a run's detected texts say.

    Args:
        cut: the score from which a text is detected.
        texts: how many texts there are, and how many are hidden, overt, detected.
        means: of writers and readers, on the corpus's own scale.
        held: figures of the detector on texts that it has not seen.
        contrasts: what is contrasted -> expressions, the most characteristic first.
        spoken: what is contrasted -> the share of its expressions that hold an emotion word.
        carried: how well the number of a text's expressions (the first `MOST`) tells whether a test text is hidden.
    """

    cut: float
    texts: Mapping[str, int]
    means: Mapping[str, float]
    held: Mapping[str, Interval]
    contrasts: Mapping[str, list[Expression]]
    spoken: Mapping[str, float]
    carried: Interval


def expressions(
    trained: run.Run, unit: Unit | str = Unit.WORDS, measure: Measure | str = Measure.LOG_ODDS, share: float = 0.0
) -> Found:
    """Expressions characteristic of the detected texts of a run's training part, each judged by folds without it.

    Args:
        trained: a run of this method, with folds.
        unit, measure: as in `analysis.expressions`.
        share: of texts that count as detected, those with the highest scores; 0 detects from Youden's J on.

    Raises:
        UsageError: the run has no folds, or the share is no share.
        DataError: no text is detected, or none is overt; or there is no such unit or measure.
    """
    if not trained.config.folds:
        found, fix = "only networks that have seen it", "train with --set folds=4"
        raise UsageError("networks that judge the training part unseen", found, fix)
    seeds, own = run.finished(trained), trained.mixture()
    dev, train, test = (own.part(split) for split in ("dev", "train", "test"))
    said = _mean([run.outputs(trained, s, run.HELD, train) for s in seeds])
    if not 0 <= share < 1:
        raise UsageError("a share of the texts from 0 to below 1", f"{share:g}", "--share 0.1 is a tenth")
    told, scores = run.told(trained, seeds, own, {GAP.id: _mean([run.outputs(trained, s, "dev", dev) for s in seeds])})
    rows = told.judged[GAP.id][:, 0]
    judged = scores[GAP.id][rows, 0]
    cut = float(np.quantile(judged, 1 - share)) if share else youden(told.targets[GAP.id][rows, 0] >= 0.5, judged)
    known = np.flatnonzero(train.judged[GAP.id][:, 0])
    train, said = train.take(known), said[known]
    detected, overt = said[:, 0] >= cut, train.targets[_OVERT][:, 0] >= 0.5
    contrasts = {
        "detected, not others": (detected, ~detected),
        "detected, not overt": (detected & ~overt, overt & ~detected),
        "overt, not others": (overt, ~overt & ~detected),
    }
    texts = np.asarray([_text(m) for m in train.media], object)
    made = {
        name: saying.characteristic(list(texts[a]), list(texts[b]), measure, unit) for name, (a, b) in contrasts.items()
    }
    config = trained.config
    means = {side: _values(own, getattr(config, side), config.name) for side in ("writer", "readers")}
    hidden = train.targets[GAP.id] >= 0.5
    return Found(
        cut=cut,
        texts={
            "all": len(train),
            "hidden": int(hidden.sum()),
            "overt": int(overt.sum()),
            "detected": int(detected.sum()),
        },
        means={side: float(values[there].mean()) for side, (values, there) in means.items()},
        held={metric: _figure(metric, train, said) for metric in map(str, CARD["metrics"])},
        contrasts=made,
        spoken={name: spoken(its, config.vader) for name, its in made.items()},
        carried=_figure("roc_auc", test, _number(test, made["detected, not others"][:MOST], Unit(unit))),
    )


def youden(truth: NDArray[np.bool_], scores: NDArray[Any]) -> float:
    """The score from which on the share of true cases found is farthest above that of others found: Youden's J."""
    cuts = np.unique(scores)
    true, other = (np.sort(scores[rows]) for rows in (truth, ~truth))
    found = [1 - np.searchsorted(of, cuts) / max(len(of), 1) for of in (true, other)]
    return float(cuts[int((found[0] - found[1]).argmax())])


def spoken(found: Sequence[Expression], vader: bool = False) -> float:
    """The share of expressions that hold an emotion word; NaN of none."""
    words = masking.emotion_words(vader=vader)
    holding = [any(word in words for word in _WORD.findall(one.text)) for one in found]
    return float(np.mean(holding)) if holding else float("nan")


def _mean(outputs: Sequence[run.Outputs]) -> NDArray[np.float32]:
    whole: NDArray[np.float32] = np.mean([o[GAP.id] for o in outputs], axis=0)
    return whole


def _figure(metric: str, part: Mixture, scores: NDArray[Any]) -> Interval:
    """A metric of the gap with its interval; groups are drawn whole where the corpus has them."""
    names = np.unique(part.corpus).tolist()
    groups = figures.Groups.of(part, corpora.card(names[0])) if len(names) == 1 else None
    drawn = None if groups is None else groups.ids
    truth, judged = part.targets[GAP.id], part.judged[GAP.id]
    found = significance.bootstrap(metric, truth, scores, judged, GAP, drawn, figures.FOLDS)
    assert isinstance(found, Interval)  # metrics of names have one value
    return found


def _number(part: Mixture, found: Sequence[Expression], unit: Unit) -> NDArray[np.float64]:
    """(n, 1) how many of some expressions each text holds."""
    wanted = {one.text for one in found}
    sizes = [len(t.split()) if unit is Unit.WORDS else len(t) for t in wanted]
    low, high = min(sizes, default=1), max(sizes, default=1)
    held = [wanted.intersection(saying.expressions(_text(m), unit, low, high)) for m in part.media]
    return np.asarray([[float(len(its))] for its in held])


def toy() -> Config:
    """A config that trains in seconds without any weights from outside."""
    return Config(**supervised.TOY, writer_is="<=4")
