"""What is predicted on, and how."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from os import PathLike
from typing import Any

from numpy.typing import NDArray

from .. import find, settings
from ..errors import AffectError, UsageError
from ..sample import Media
from .transcript import Transcript


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to predict on.

    Args:
        id: unique in the output ("reviews.csv#41").
        input: the file or text it came from.
        media: what to read, or the error met on the way to it.
    """

    id: str
    input: str
    media: Media | AffectError


Given = str | PathLike[str] | Media | Item | NDArray[Any]
"""What a predictor takes as one item."""

Spoken = tuple[str, float, float]
"""Who speaks from when to when in a recording: (speaker, start_s, end_s)."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to predict.

    Args:
        top: give only so many scores per task, the highest first; None gives all.
        taxonomy: also say it in this label scheme.
        threshold: decide on names with this score or more in place of the bundle's thresholds, in [0, 1].
        batch_size: windows or pictures run at once.
        segments: say it of each stretch of a recording or video in which it stays the same, not of the whole.
        relative: centre scores on the voice they come from, where the bundle can and there is enough of the voice.
        speakers: who speaks when, so that it is said of each speaker; nothing takes a recording for one voice.
        balanced: lean towards rare names where one of several is decided on, as far as the bundle tells.
        transcript: what is said when in a recording or video, so that its words are read too.
        tracks: with segments of a video or of a recording with a transcript, also those of each face, voice and turn.
        curves: give wholes with how they went in time; what brings several modalities together asks for it.
        detector: what looks for faces in place of the bundle's own, as "name" or "name:setting=value,setting=value",
            such as "yunet:model=face.onnx" or "cascade:bound_px=3000".

    Raises:
        UsageError: a number outside its range, or a turn that ends before it starts.
        UnknownName: no such taxonomy, detector or setting.
    """

    top: int | None = None
    taxonomy: str | None = None
    threshold: float | None = None
    batch_size: int = 32
    segments: bool = False
    relative: bool = True
    speakers: tuple[Spoken, ...] = ()
    balanced: bool = False
    transcript: Transcript | None = None
    tracks: bool = False
    curves: bool = False
    detector: str | None = None

    def __post_init__(self) -> None:
        for name, value in (("top", self.top), ("batch size", self.batch_size)):
            if value is not None and value < 1:
                raise UsageError(f"a {name} of at least 1", str(value), "give a higher number or leave it out")
        if self.threshold is not None and not 0 <= self.threshold <= 1:
            raise UsageError("a threshold in [0, 1]", str(self.threshold), "give a share, for example 0.3")
        if self.taxonomy is not None:
            find.path("taxonomies", self.taxonomy)
        if self.detector is not None:
            part, _ = settings.part("detectors", self.detector)
            if part.CARD["gives"] != "faces":
                raise UsageError("a detector of faces", f"{self.detector}, of {part.CARD['gives']}", "name another")
        object.__setattr__(self, "speakers", _turns(self.speakers))


def _turns(given: Iterable[Spoken]) -> tuple[Spoken, ...]:
    turns = tuple((str(who), float(start_s), float(end_s)) for who, start_s, end_s in given)
    for who, start_s, end_s in turns:
        if not 0 <= start_s < end_s:
            raise UsageError(
                f"a turn of {who!r} that ends after it starts", f"{start_s:g} to {end_s:g} s", "correct it"
            )
    return turns
