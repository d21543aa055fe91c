"""Which bundles read an item: the one for its modality; of a video, or a recording with its transcript, several.

A video is read by all modalities whose card says `in_videos`. Bundles that are named take the place of the shipped
ones. A transcript is read by the usual bundle for texts, or by one for its language where that is told or heard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .. import find
from ..errors import AffectError, UsageError
from ..modalities import _frames
from ..sample import Media
from . import bundle as bundles
from .transcript import Transcript, same

if TYPE_CHECKING:
    from .predict import Predictor

WRITTEN = "text"
"""The modality of words."""

_TELLING, _TOO_FEW = 2000, 40  # characters of a transcript that tell its language; fewer tell nothing
_SURE = 0.9  # confidence from which a language is believed


@dataclass(frozen=True, slots=True)
class Key:
    """What reads an item: its modality, or all of them for a film."""

    modalities: tuple[str, ...]
    film: bool = False

    @classmethod
    def of(cls, media: Media, modality: str, words: bool) -> Key:
        """Of a media of a modality; `words` tells that there is a transcript."""
        if _frames.is_video(media):
            seen = tuple(name for name, card in find.cards("modalities").items() if card.get("in_videos"))
            return cls((*seen, *[WRITTEN] * words), film=True)
        if words and media.path is not None and find.card("modalities", modality)["rate"] is not None:
            return cls((modality, WRITTEN), film=True)
        return cls((modality,))


class Shelf:
    """The bundles to choose from.

    Args:
        named: those that are named; none takes those that are shipped.
        load: opens a bundle, which is done when it is needed.
        transcript: what is said in the recordings.
        commercial_only: refuse what forbids commercial use.

    Raises:
        UsageError: two that are named read the same, or none of them reads the transcript there is.
    """

    def __init__(
        self,
        named: Iterable[Predictor],
        load: Callable[[Path], Predictor],
        transcript: Transcript | None = None,
        commercial_only: bool = False,
    ) -> None:
        self._load, self._commercial_only, self._transcript = load, commercial_only, transcript
        self._named: dict[str, Predictor] = {}
        for one in named:
            if one.modality in self._named:
                found = f"{self._named[one.modality].spoken} and {one.spoken}, which both read {one.modality}"
                raise UsageError("one bundle for each modality", found, "name one of them")
            self._named[one.modality] = one
        self._loaded: dict[Path, Predictor] = {}
        if self._named and self._transcript is not None and WRITTEN not in self._named:
            found = ", ".join(one.spoken for one in self._named.values())
            raise UsageError("a bundle that reads texts, for --transcript", found, "name one too, with a comma between")

    def get(self, modality: str) -> Predictor:
        """What reads a modality.

        Raises:
            UsageError: none does.
            LicenceError: it is refused.
        """
        if not self._named:
            return self._open(bundles.default(modality, self._commercial_only))
        if modality not in self._named:
            found = ", ".join(one.spoken for one in self._named.values())
            raise UsageError(f"a bundle that reads {modality}", found, "name one too, with a comma between")
        return self._named[modality]

    def words(self) -> Predictor:
        """What reads the turns of the transcript: a bundle that is named; else the usual one where it reads the
        transcript's language, else another that does.

        Raises:
            UsageError: none is shipped that reads texts of the language.
            LicenceError: all are refused.
        """
        if self._named or self._transcript is None:
            return self.get(WRITTEN)
        usual = bundles.default(WRITTEN, self._commercial_only)
        language = self._transcript.language or self._heard(self._transcript)
        if language is None:
            return self._open(usual)
        there = [path for path in bundles.shipped().values() if path != usual]
        for path in (usual, *there):
            card = bundles.read_card(path)
            fits = card["modality"] == WRITTEN and same(language, card.get("languages", (language,)))
            if fits and not (self._commercial_only and bundles.offending(card)):
                return self._open(path)
        need = "a transcript in a language that a shipped bundle reads"
        raise UsageError(need, language, "name a bundle for it, for example --bundle speech,my.affect")

    def _heard(self, transcript: Transcript) -> str | None:
        """The language of a transcript, by a shipped bundle that tells languages, where it is sure."""
        text = transcript.text[:_TELLING]
        if len(text) < _TOO_FEW:
            return None
        for path in bundles.shipped().values():
            card = bundles.read_card(path)
            told = [str(entry["task"]["id"]) for entry in card["tasks"] if entry["task"]["target"] == "language"]
            if told and card["modality"] == WRITTEN and not (self._commercial_only and bundles.offending(card)):
                said = self._open(path).predict(Media(text=text))[0].tasks.get(told[0])
                if said is not None and said.labels and (said.confidence or 0.0) >= _SURE:
                    return said.labels[0]
        return None

    def _open(self, path: Path) -> Predictor:
        if path not in self._loaded:
            self._loaded[path] = self._load(path)
        return self._loaded[path]

    def readers(self, key: Key) -> tuple[list[Predictor], dict[str, AffectError], UsageError | None]:
        """What reads an item, what is refused, and why nothing else does."""
        found: list[Predictor] = []
        refused: dict[str, AffectError] = {}
        unfit: UsageError | None = None
        for name in tuple(self._named) if self._named and key.film else key.modalities:
            try:
                written = name == WRITTEN and key.film
                found.append(self.words() if written else self.get(name))
            except UsageError as error:
                unfit = error
                if name == WRITTEN and key.film:
                    refused[name] = error
            except bundles.LicenceError as error:
                if len(key.modalities) == 1:
                    raise
                refused[name] = error
        return found, refused, unfit
