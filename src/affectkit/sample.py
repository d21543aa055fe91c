"""What corpora give and models learn from: a stimulus, its media, and what people said of it.

An emotion label is somebody's judgement of something, from a point of view, in a label scheme, over a span of time: a
`Rating` keeps all five. Truth and prediction share one space, so metrics, plots and files serve both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .errors import DataError
from .task import Kind, Task

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SPLITS = ("train", "dev", "test")
"""The names a split can have; a sample without an official split has None."""


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Values over time: `values` (n, d) float32 and `t_s` (n,) float64, seconds from the sample's start.

    Raises:
        DataError: nothing in it, another shape, or a number that is not finite (a gap is a time left out).
    """

    values: NDArray[np.float32]
    t_s: NDArray[np.float64]

    def __post_init__(self) -> None:
        import numpy as np

        values, t_s = np.asarray(self.values, np.float32), np.asarray(self.t_s, np.float64)
        if values.ndim != 2 or values.size == 0 or t_s.shape != values.shape[:1]:
            raise DataError(
                "values (n, d) and n times in a Series", f"{values.shape} and {t_s.shape}", "correct the shapes"
            )
        if not (np.isfinite(values).all() and np.isfinite(t_s).all()):
            raise DataError("finite numbers in a Series", "NaN or infinity", "leave out the times without a value")
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "t_s", t_s)

    def __eq__(self, other: object) -> bool:
        import numpy as np

        if not isinstance(other, Series):
            return NotImplemented
        return np.array_equal(self.values, other.values) and np.array_equal(self.t_s, other.t_s)

    def __hash__(self) -> int:
        return hash((self.values.shape, tuple(self.t_s.tolist())))  # not of bytes: 0.0 and -0.0 are equal


Value = str | frozenset[str] | Mapping[str, float] | tuple[float, ...] | Series | None
"""A name (single), names (multi, open), shares (distribution), numbers (continuous), or None: the rater passed."""


@dataclass(frozen=True, slots=True)
class Rating:
    """One rater's value for one task, or `count` identical anonymous votes.

    Args:
        task: id of the task.
        value: see `Value`; None with a `note` when the rater passed ("unknown", "not a face").
        rater: the rater's id, "consensus" (with the `rule` that made it), or None for an anonymous vote.
        count: how many identical anonymous votes this stands for.
        judged: names that could be chosen; None means all of the task's names.
        rule: how a consensus came about ("majority", "mean", "two or more raters").
        start_s, end_s: span in seconds from the sample's start; None means all of it.
        note: why there is no value, or another remark of the source.
    """

    task: str
    value: Value
    rater: str | None = None
    count: int = 1
    judged: tuple[str, ...] | None = None
    rule: str | None = None
    start_s: float | None = None
    end_s: float | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        put = object.__setattr__
        if isinstance(self.value, list):
            put(self, "value", tuple(self.value))
        elif isinstance(self.value, set):
            put(self, "value", frozenset(self.value))
        if isinstance(self.judged, str):  # a tuple of it would be its letters
            raise DataError("several judged names", f"the text {self.judged!r}", f"write ({self.judged!r},)")
        if self.judged is not None:
            put(self, "judged", tuple(self.judged))
        if self.count < 1:
            raise DataError("a count of at least one vote", str(self.count), "leave the rating out instead")
        if self.rater == "consensus" and self.rule is None:
            raise DataError("a rule with a consensus rating", "none", 'name it, for example rule="majority"')

    def to_json(self) -> dict[str, Any]:
        return {
            "task": self.task,
            "value": _value_to_json(self.value),
            "rater": self.rater,
            "count": self.count,
            "judged": None if self.judged is None else list(self.judged),
            "rule": self.rule,
            "start_s": self.start_s,
            "end_s": self.end_s,
            "note": self.note,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Rating:
        return cls(**{**data, "value": _value_from_json(data["value"])})


def _value_to_json(value: Value) -> Any:
    if isinstance(value, frozenset):
        return {"names": sorted(value)}
    if isinstance(value, Series):
        return {"values": value.values.tolist(), "t_s": value.t_s.tolist()}
    if isinstance(value, Mapping):
        return {"shares": dict(value)}
    return list(value) if isinstance(value, tuple) else value


def _value_from_json(data: Any) -> Value:
    if isinstance(data, list):
        return tuple(data)
    if not isinstance(data, dict):
        plain: Value = data
        return plain
    if "names" in data:
        return frozenset(data["names"])
    if "shares" in data:
        return dict(data["shares"])
    import numpy as np

    return Series(np.asarray(data["values"], np.float32), np.asarray(data["t_s"], np.float64))


@dataclass(frozen=True, slots=True)
class Media:
    """Where one modality of a sample is: a `path`, an `array` in memory, or a `text`; exactly one of the three.

    Args:
        start_s, end_s: the span of a longer file, in seconds.
        stream: which audio or video stream of a file.
        box: the part of a picture that is meant, (left, top, right, bottom) in pixels, in the picture as it is shown.
        speaker: who says it, where known: read only by models of conversations.
        before: earlier turns of its conversation, oldest first: read only by models of conversations.
    """

    path: str | None = None
    array: NDArray[Any] | None = field(default=None, compare=False)
    text: str | None = None
    start_s: float | None = None
    end_s: float | None = None
    stream: int | None = None
    box: tuple[int, int, int, int] | None = None
    speaker: str | None = None
    before: tuple[Media, ...] = ()

    def __post_init__(self) -> None:
        given = [n for n in ("path", "array", "text") if getattr(self, n) is not None]
        if len(given) != 1:
            raise DataError("exactly one of path, array and text in a Media", " and ".join(given) or "none", "give one")
        object.__setattr__(self, "before", tuple(self.before))
        if self.box is not None:
            object.__setattr__(self, "box", _box(self.box))
        if not all(isinstance(turn, Media) for turn in self.before):
            raise DataError("a Media for each earlier turn", repr(self.before), "write Media(text=...) for each")

    def to_json(self) -> dict[str, Any]:
        if self.array is not None:
            raise DataError("a Media with a path or a text", "an array in memory", "write the array to a file first")
        plain = {k: getattr(self, k) for k in ("path", "text", "start_s", "end_s", "stream")}
        told = {k: v for k, v in (("box", self.box and list(self.box)), ("speaker", self.speaker)) if v is not None}
        return plain | told | ({"before": [m.to_json() for m in self.before]} if self.before else {})

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Media:
        return cls(**{**data, "before": tuple(cls.from_json(m) for m in data.get("before", ()))})


def _box(given: Sequence[int]) -> tuple[int, int, int, int]:
    if len(given) != 4 or not (given[0] < given[2] and given[1] < given[3]):
        raise DataError("a box (left, top, right, bottom) that has an inside", str(tuple(given)), "correct its corners")
    left, top, right, bottom = (int(side) for side in given)
    return left, top, right, bottom


@dataclass(frozen=True, slots=True)
class Link:
    """A relation to another sample, such as the cause of an emotion in an earlier turn."""

    kind: str
    other: str
    start_s: float | None = None
    end_s: float | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """A stimulus (clip, turn, picture, text); where persons are measured, a person's recording.

    Args:
        id: unique in its corpus.
        media: modality -> Media; nothing is decoded yet.
        ratings: what people said of it.
        groups: kind -> id, for kinds such as speaker, person, dialogue, song, sentence, source: what a split must not
            cut.
        split: "train", "dev", "test", or None where no official split exists.
        context: ids of the preceding turns, oldest first.
        links: relations to other samples.
    """

    id: str
    media: Mapping[str, Media]
    ratings: tuple[Rating, ...]
    groups: Mapping[str, str] = field(default_factory=dict)
    split: str | None = None
    context: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()

    def __post_init__(self) -> None:
        put = object.__setattr__
        for name in ("ratings", "context", "links"):
            put(self, name, tuple(getattr(self, name)))
        if self.split is not None and self.split not in SPLITS:
            raise DataError(f"a split among {', '.join(SPLITS)}", repr(self.split), f"rename the split of {self.id!r}")

    def rated(self, task: str) -> tuple[Rating, ...]:
        """The ratings for one task."""
        return tuple(r for r in self.ratings if r.task == task)

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "media": {m: v.to_json() for m, v in self.media.items()},
            "ratings": [r.to_json() for r in self.ratings],
            "groups": dict(self.groups),
            "split": self.split,
            "context": list(self.context),
            "links": [{"kind": k.kind, "other": k.other, "start_s": k.start_s, "end_s": k.end_s} for k in self.links],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Sample:
        return cls(
            id=data["id"],
            media={m: Media.from_json(v) for m, v in data["media"].items()},
            ratings=tuple(Rating.from_json(r) for r in data["ratings"]),
            groups=dict(data["groups"]),
            split=data["split"],
            context=tuple(data["context"]),
            links=tuple(Link(**k) for k in data["links"]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Several samples as padded arrays; lengths always travel with what was padded.

    Args:
        ids: (n,) sample ids.
        inputs: modality -> padded array, (n, longest, ...).
        lengths: modality -> (n,) int64, the true length of each row of `inputs`.
        targets: task id -> (n, k) float32, in the order of the task's names.
        judged: task id -> (n, k) bool: which targets somebody could and did give.
        weight: (n,) float32, how much each sample counts.
    """

    ids: tuple[str, ...]
    inputs: Mapping[str, NDArray[Any]]
    lengths: Mapping[str, NDArray[np.int64]]
    targets: Mapping[str, NDArray[np.float32]]
    judged: Mapping[str, NDArray[np.bool_]]
    weight: NDArray[np.float32]


def target(task: Task, ratings: Iterable[Rating]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """One row of truth from a sample's ratings: targets (k,) float32 and judged (k,) bool, in `task.names`' order.

    Names get the share of votes among the raters who could choose them (so a consensus gives 0 or 1 and ten votes give
    tenths); dimensions get the mean, scaled from `task.range` to [-1, 1]. A name nobody could choose is not judged; a
    rater who passed counts for nothing.

    Raises:
        DataError: a rating holds a name that the task lacks or its rater could not choose, a share outside [0, 1], the
            wrong number of dimensions, or a number outside `task.range`; or the task's vocabulary is open.
    """
    import numpy as np

    k = len(task.names)
    if not k:
        raise DataError(f"a closed set of names in task {task.id!r}", "an open vocabulary", "compare its sets of names")
    total, votes = np.zeros(k, np.float64), np.zeros(k, np.float64)
    for rating in ratings:
        if rating.task != task.id or rating.value is None:
            continue
        row, could = _row(task, rating.value), np.ones(k, bool)
        if rating.judged is not None:
            strange = sorted(set(rating.judged) - set(task.names))
            if strange:
                raise DataError(f"judged names of task {task.id!r}", ", ".join(strange), f"use {', '.join(task.names)}")
            could = np.isin(np.asarray(task.names), rating.judged)
            if not task.scaled and (row[~could] > 0).any():
                chosen = ", ".join(np.asarray(task.names)[~could & (row > 0)])
                raise DataError(f"a choice among {', '.join(rating.judged)}", chosen, "correct `judged` or the value")
        if task.range is not None and not (np.abs(row[could]) <= 1.0 + 1e-6).all():  # NaN is refused as well
            low, high = task.range
            wrong = f"numbers in [{low:g}, {high:g}] for task {task.id!r}"
            raise DataError(wrong, repr(rating.value), "correct the rating or `range`")
        total += rating.count * np.where(could, row, 0.0)
        votes += rating.count * could
    judged = votes > 0
    return np.where(judged, total / np.maximum(votes, 1), 0.0).astype(np.float32), judged


def _row(task: Task, value: Value) -> NDArray[np.float64]:
    import numpy as np

    if task.range is not None:
        low, high = task.range
        if isinstance(value, Series):
            numbers: Sequence[float] = value.values.mean(0).tolist()
        else:
            numbers = value if isinstance(value, tuple) else ()
        if len(numbers) != len(task.names):
            raise DataError(f"{len(task.names)} numbers for task {task.id!r}", repr(value), "give one per dimension")
        return 2.0 * (np.asarray(numbers, np.float64) - low) / (high - low) - 1.0
    shares: Mapping[str, float]
    if isinstance(value, str):
        shares = {value: 1.0}
    elif isinstance(value, Mapping):
        shares = value
    elif isinstance(value, frozenset):
        shares = dict.fromkeys(value, 1.0)
    else:
        raise DataError(f"names for the {task.kind} task {task.id!r}", repr(value), "correct the rating")
    strange = sorted(set(shares) - set(task.names))
    if strange:
        raise DataError(f"names of task {task.id!r}", ", ".join(strange), f"use {', '.join(task.names)}")
    if not all(0.0 <= share <= 1.0 for share in shares.values()):
        raise DataError(f"shares in [0, 1] for task {task.id!r}", repr(value), "divide votes by their sum")
    if task.kind is Kind.SINGLE and len(shares) != 1:
        raise DataError(
            f"one name for the single-label task {task.id!r}", repr(value), "use a distribution or multi task"
        )
    return np.asarray([shares.get(name, 0.0) for name in task.names], np.float64)
