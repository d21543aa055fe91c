"""`Prediction`: what a model says of one item, in the shape of a rating; one line of JSON each.

Predictions are perceived or annotated affect, not inner state. Absent is null, never zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .errors import AffectError, Nothing
from .task import Kind, View

if TYPE_CHECKING:
    import numpy as np
    import pandas
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class TaskPrediction:
    """What is said for one task.

    Args:
        target, scheme, kind, view: as in `Task`.
        scores: name -> score in [0, 1], for kinds with names.
        labels: the names decided on, the surest first; empty when nothing is said.
        confidence: calibrated probability that `labels[0]` is right; None for continuous and open tasks, and where
            nothing is said.
        abstain: whether the confidence is below the bundle's abstain point ("not sure").
        values: dimension -> value in [-1, 1], for continuous tasks; `low` and `high` hold the 90 % interval where
            known.
        converted_from: task id this was converted from, by the label algebra, with what was `lost`.
    """

    target: str
    scheme: str
    kind: Kind
    view: View | None = None
    scores: Mapping[str, float] | None = None
    labels: tuple[str, ...] = ()
    confidence: float | None = None
    abstain: bool = False
    values: Mapping[str, float] | None = None
    low: Mapping[str, float] | None = None
    high: Mapping[str, float] | None = None
    converted_from: str | None = None
    lost: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        out: dict[str, Any] = {
            "target": self.target,
            "scheme": self.scheme,
            "view": None if self.view is None else str(self.view),
            "kind": str(self.kind),
        }
        if self.values is not None:
            out["values"] = dict(self.values)
            out["low"] = None if self.low is None else dict(self.low)
            out["high"] = None if self.high is None else dict(self.high)
        else:
            out["scores"] = None if self.scores is None else dict(self.scores)
            out["labels"] = list(self.labels)
            out["confidence"] = self.confidence
            out["abstain"] = self.abstain
        if self.converted_from is not None:
            out["converted_from"] = self.converted_from
            out["lost"] = None if self.lost is None else dict(self.lost)
        return out

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> TaskPrediction:
        view = data.get("view")
        return cls(
            **{
                **data,
                "kind": Kind(data["kind"]),
                "view": None if view is None else View(view),
                "labels": tuple(data.get("labels", ())),
            }
        )


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an item has no prediction: the error's kind and its sentence."""

    kind: str
    message: str

    @classmethod
    def of(cls, error: AffectError) -> Failure:
        return cls(error.kind, error.message)


@dataclass(frozen=True, slots=True)
class Modalities:
    """Which modalities spoke, which were missing, and how much they disagree (0 none, 1 whole; None below two)."""

    used: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    disagreement: float | None = None


@dataclass(frozen=True, slots=True)
class Track:
    """A face or speaker followed through a file.

    Args:
        id: a number or a name; a name that is a whole number counts as that number, so that tables keep it.
        box: (left, top, right, bottom) in pixels, in a video where what is told of begins.
        course: of a face that was followed in a video, (n, 6) float64: seconds, quality in [0, 1], and the four sides
            of its box, for each frame it was seen in. It is for who draws, and stands in no file.
        quality: how much there is to see of a face, from 0 to 1, by its size, sharpness and light and by how much of it
            lies inside the picture; in a video the mean over its frames. None of a voice.
        detected: whether a detector saw a face; False where it looked and the picture was then taken for one. None
            where nothing was looked for: of a face that was cut out already, of a picture no larger than what the model
            reads, and of a voice.
    """

    kind: str
    id: int | str
    box: tuple[int, int, int, int] | None = None
    course: NDArray[np.float64] | None = field(default=None, compare=False, repr=False)
    quality: float | None = None
    detected: bool | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", _numbered(self.id))

    def to_json(self) -> dict[str, Any]:
        box = None if self.box is None else list(self.box)
        return {"kind": self.kind, "id": self.id, "box": box, "quality": self.quality, "detected": self.detected}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Track:
        box = None if data["box"] is None else tuple(data["box"])
        # files written before there was a quality have none
        return cls(data["kind"], data["id"], box, quality=data.get("quality"), detected=data.get("detected"))


def _numbered(id: int | str) -> int | str:
    whole = isinstance(id, str) and id.isascii() and id.isdecimal() and (id[0] != "0" or id == "0")
    return int(id) if whole else id


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the bundles say of one item.

    Args:
        id: unique in the output ("interview.mp4#face-1@12.0", "reviews.csv#41").
        input: the file or text this came from.
        start_s, end_s: span in seconds; None means all of the input.
        tasks: task id -> TaskPrediction; empty when the item failed, and then `error` says why.
        bundles: name@version of each bundle that spoke.
        relative_to: what the scores are centred on (a speaker, a song), or None.
    """

    id: str
    input: str
    tasks: Mapping[str, TaskPrediction] = field(default_factory=dict)
    start_s: float | None = None
    end_s: float | None = None
    track: Track | None = None
    modalities: Modalities = Modalities()
    bundles: tuple[str, ...] = ()
    relative_to: str | None = None
    error: Failure | None = None

    @property
    def ok(self) -> bool:
        return self.error is None

    @property
    def failed(self) -> bool:
        """Whether the item could not be read; one in which there was nothing to judge has not failed."""
        return self.error is not None and self.error.kind != Nothing.kind

    def to_json(self) -> dict[str, Any]:
        track, error = self.track, self.error
        return {
            "id": self.id,
            "input": self.input,
            "start_s": self.start_s,
            "end_s": self.end_s,
            "track": None if track is None else track.to_json(),
            "modalities": {
                "used": list(self.modalities.used),
                "missing": list(self.modalities.missing),
                "disagreement": self.modalities.disagreement,
            },
            "bundles": list(self.bundles),
            "relative_to": self.relative_to,
            "tasks": {name: task.to_json() for name, task in self.tasks.items()},
            "error": None if error is None else {"kind": error.kind, "message": error.message},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Prediction:
        track, error, spoke = data["track"], data["error"], data["modalities"]
        return cls(
            id=data["id"],
            input=data["input"],
            tasks={name: TaskPrediction.from_json(task) for name, task in data["tasks"].items()},
            start_s=data["start_s"],
            end_s=data["end_s"],
            track=None if track is None else Track.from_json(track),
            modalities=Modalities(tuple(spoke["used"]), tuple(spoke["missing"]), spoke["disagreement"]),
            bundles=tuple(data["bundles"]),
            relative_to=data["relative_to"],
            error=None if error is None else Failure(**error),
        )


def flatten(prediction: Prediction) -> dict[str, Any]:
    """The JSON object with nested keys joined by dots and lists by "|": a CSV row, a data frame's row."""
    flat: dict[str, Any] = {}

    def walk(prefix: str, value: Any) -> None:
        if isinstance(value, dict) and value:
            for key, inner in value.items():
                walk(f"{prefix}.{key}" if prefix else key, inner)
        elif isinstance(value, list):
            flat[prefix] = "|".join(str(v) for v in value)
        else:
            flat[prefix] = None if value == {} else value

    walk("", prediction.to_json())
    return flat


class Predictions(list[Prediction]):
    """A list of predictions; `to_frame` needs pandas, and only when called."""

    def __init__(self, items: Iterable[Prediction] = ()) -> None:
        super().__init__(items)

    def to_json(self) -> list[dict[str, Any]]:
        return [p.to_json() for p in self]

    def to_frame(self) -> pandas.DataFrame:
        """One row per prediction, columns as in `flatten`."""
        from . import find

        return find.library("pandas", "Predictions.to_frame", "analysis").DataFrame([flatten(p) for p in self])
