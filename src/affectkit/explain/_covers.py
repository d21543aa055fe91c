"""An input cut into parts that can be covered; the file of `covers/` whose form fits is found by scanning.

A file of `covers/` gives `UNIT`, `fits(given)`, `parts(given, rate_hz, most)` and
`cover(given, rate_hz, parts) -> (covered (m,) bool -> the input with these parts covered)`, where `given` is what a
modality's `read` gives.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

from .. import find
from ..errors import DataError
from ..sample import Media
from . import covers
from ._values import Bools, Unit


@dataclass(frozen=True, slots=True)
class Cut:
    """An input in parts.

    Args:
        unit, parts: as in `Explanation`.
        given: the input as its modality reads it.
        without: covered (m,) bool -> the media with these parts covered.
    """

    unit: Unit
    parts: tuple[tuple[float, ...], ...]
    given: Any
    without: Callable[[Bools], Media]


def cut(modality: str, media: Media, most: int = 64, parts: Sequence[tuple[float, ...]] | None = None) -> Cut:
    """Read a media and cut it into at most `most` parts, or into the ones that are told.

    Raises:
        InputError: there is nothing in it, or it cannot be read.
        DataError: nothing is known to cover what the modality reads, or `most` is below 1.
    """
    if most < 1:
        raise DataError("at least one part", str(most), "64 is usual")
    given = find.load("modalities", modality).read(media)
    rate_hz = find.card("modalities", modality)["rate"]
    how = _fitting(given, modality)
    places = tuple(how.parts(given, rate_hz, most) if parts is None else parts)
    covered = how.cover(given, rate_hz, places)
    return Cut(how.UNIT, places, given, lambda mask: _media(media, covered(mask)))


def _fitting(given: Any, modality: str) -> ModuleType:
    forms = sorted(found.name for found in pkgutil.iter_modules(covers.__path__))
    for form in forms:
        how = importlib.import_module(f"{covers.__name__}.{form}")
        if how.fits(given):
            return how
    found = f"the {type(given).__name__} that {modality} reads"
    raise DataError(f"a {', a '.join(forms)} to cover", found, f"add a file to {covers.__name__}")


def _media(media: Media, changed: Any) -> Media:
    """The changed input in the place of the media's own; who says it, and after what, stays."""
    plain = replace(media, path=None, start_s=None, end_s=None, stream=None, box=None, array=None, text="-")
    if isinstance(changed, str):
        return replace(plain, text=changed)
    # what was in the box is all that is left of the picture: the box says that nothing is to be looked for in it
    box = None if media.box is None else (0, 0, changed.shape[1], changed.shape[0])
    return replace(plain, text=None, array=changed, box=box)
