"""Pictures and videos with what was predicted of them drawn in, written beside the predictions.

One goes to a file, several to a folder under their own names; what is not written as it is (a GIF, a WebM) gets `.png`
or `.mp4` behind its name. A file is whole or not there, and no input is ever written over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import typer

from .. import find, store
from ..errors import UsageError
from ..modalities import _frames, face
from ..prediction import Prediction
from ..report import moving, overlay
from ..sample import Media

FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}
"""Suffix -> what Pillow writes."""
_ALL = (*FORMATS, moving.SUFFIX)
_QUALITY = 92
_READ = frozenset(str(one) for one in [*find.card("modalities", "face")["suffixes"], *_frames.SUFFIXES])
_TRIED = frozenset(str(one) for one in find.card("modalities", "face")["tried"])

Told = tuple[Prediction, ...]
"""What is said of one item."""


class Overlays:
    """Where overlays go.

    Args:
        out: a file that ends as a picture or .mp4 does, or a folder, which is made when it is not there and its name
            has no suffix.
        files: the inputs known beforehand; others may come from tables.

    Raises:
        UsageError: one file for several inputs, a picture for a video, or a place where an input lies.
    """

    def __init__(self, out: Path, files: Sequence[Path]) -> None:
        self._out, self._inputs = out, {file.resolve() for file in files}
        self._single = out.suffix.lower() in _ALL and not out.is_dir()
        self._names = [file.name for file in files]
        self._last: tuple[str, Told] = "", ()
        self.drawn = 0
        # a name with a suffix is meant as a file, unless there is such a folder
        if not self._single and (out.is_file() or (out.suffix and not out.is_dir())):
            fix = "choose another name, or make the folder first"
            raise UsageError(f"a folder, or a file that ends in {', '.join(_ALL)}", str(out), fix)
        pictures = [str(file) for file in files if _readable(str(file))]
        if self._single and len(pictures) > 1:
            raise self._several(len(pictures))
        for name in pictures:
            self._target(name)

    def keep(self, found: Iterable[Told]) -> Iterator[Told]:
        """Pass items on; the overlay of each is there before it is passed."""
        for its in found:
            # what is only tried was read if it did not fail
            known = its and not its[0].failed and _readable(its[0].input, _READ | _TRIED)
            if known and _there(its[0].input):
                self._draw(its[0].input, its)
            yield its
        places = "" if self._single else "in "
        typer.echo(
            f"affectkit: {self.drawn:,} input{'s' * (self.drawn != 1)} drawn {places}{self._out}"
            if self.drawn
            else f"affectkit: no picture or video among the inputs, nothing drawn in {self._out}",
            err=True,
        )

    def _draw(self, name: str, its: Told) -> None:
        again = name == self._last[0]  # several faces of one picture, each an item of its own
        its = (*self._last[1], *its) if again else its
        if self._single and self.drawn and not again:
            raise self._several(self.drawn + 1)
        self._last = name, its
        self.drawn += not again
        write(its, Path(name), self._target(name))

    def _target(self, name: str) -> Path:
        """Where the overlay of an input goes; its folders become part of the name where the name alone is not enough.

        It depends on the input alone, so that a run that goes on after a kill chooses the same.
        """
        file = Path(name)
        video = _is_video(file)
        kinds = (moving.SUFFIX,) if video else tuple(FORMATS)
        if self._single and self._out.suffix.lower() not in kinds:
            what = "video" if video else "picture"
            fix = f"choose a name that ends in {kinds[0]}, or a folder"
            raise UsageError(f"a {what} for the overlay of {file.name}", str(self._out), fix)
        end = "" if file.suffix.lower() in kinds else kinds[0]
        own = self._names.count(file.name) == 1
        shown = file.name if own else "-".join(part for part in file.parts if part not in (file.anchor, "..", "."))
        target = self._out if self._single else self._out / f"{shown}{end}"
        if target.resolve() in self._inputs | {file.resolve()}:
            raise UsageError("an overlay beside the input", f"{target} for both", "choose another name")
        return target

    def _several(self, count: int) -> UsageError:
        return UsageError("one input for one file", f"{count} for {self._out}", "name a folder: --overlay drawn")


def write(predictions: Sequence[Prediction], source: Path, target: Path) -> Path:
    """Draw predictions into a copy of their picture or video; the suffix of the target says the format.

    Raises:
        UsageError: of a picture, another suffix than .png, .jpg or .jpeg; of a video, another than .mp4.
        InputError: it cannot be read.
    """
    if _is_video(source):
        return moving.write(predictions, source, target)
    from PIL import Image

    format = FORMATS.get(target.suffix.lower())
    if format is None:
        raise UsageError(f"a picture that ends in {', '.join(FORMATS)}", target.name, "choose one of these")
    drawn = overlay.draw(face.read(Media(path=str(source))), predictions)
    with store.whole(target) as aside:
        Image.fromarray(drawn).save(aside, format, quality=_QUALITY)
    return target


def _readable(name: str, suffixes: frozenset[str] = _READ) -> bool:
    return Path(name).suffix.lower() in suffixes


def _is_video(file: Path) -> bool:
    return _frames.is_video(Media(path=str(file)))


def _there(name: str) -> bool:
    """Whether it is a file, and no text that only ends like one."""
    try:
        return Path(name).is_file()
    except (OSError, ValueError):  # longer than a name can be, or with a zero byte in it
        return False
