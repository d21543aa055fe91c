"""Predictions drawn into their video: boxes that follow their faces, labels in their time, what is said together below.

A face was looked at a few times per second; between two of these frames its box moves evenly from the one to the other.
Where it was not seen for longer than `_GAP_S`, no box is drawn in between. A label holds as long as its prediction:
with segments it changes, without it is that of the whole. The strip below the picture tells what is said together, how
far the modalities differ (`language/fused.py`), and which are missing; where none of this is ever said, there is none.

Frames are decoded, drawn and coded one by one, each with its own time; sound is copied as it is, or coded as AAC where
an MP4 cannot hold it. The file is written aside and renamed.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .. import store
from ..errors import InputError, UsageError
from ..language import fused
from ..modalities import _frames
from ..prediction import Prediction
from ..sample import Media
from . import overlay
from .overlay import DIMENSIONS, INK, PLATE, Box, Picture

if TYPE_CHECKING:
    from av.container import OutputContainer

SUFFIX = ".mp4"
"""What is written."""

_MOST_HZ = 1000.0  # frames per second, of which each is drawn
_GAP_S = 1.0
_CLOCK = Fraction(1, 90_000)  # seconds of a tick of the pictures' clock
_QUALITY = "21"  # x264: good, and about as large as what phones record
_LINES = 4  # of the strip below
_NO_SOUND = ("pcm_", "flac", "vorbis", "wma", "amr_")  # beginnings of coders that players do not expect in an MP4


@dataclass(frozen=True, slots=True)
class Below:
    """The strip below the picture: so many lines of letters so high, in pixels."""

    text: int
    height: int

    @classmethod
    def of(cls, height: int, width: int) -> Below:
        text = max(12, round(max(height, width) / 46))
        return cls(text, -(-(_LINES * round(1.35 * text) + text) // 2) * 2)


def at(predictions: Sequence[Prediction], t_s: float) -> list[Prediction]:
    """What is drawn at a time: those that hold then, each face with the box it has then, faces that are not seen left
    out."""
    found: list[Prediction] = []
    for one in predictions:
        if one.failed or not _holds(one, t_s):
            continue
        track = one.track
        if track is None or track.box is None or track.course is None:
            found.append(one)
        elif (box := box_at(track.course, t_s)) is not None:
            found.append(replace(one, track=replace(track, box=box)))
    return found


def box_at(course: NDArray[np.float64], t_s: float) -> Box | None:
    """Where a followed face is at a time, between the frames it was seen in; None where it is not seen.

    Args:
        course: as in `Track`.
    """
    times = course[:, 0]
    step_s = float(np.median(np.diff(times))) if len(times) > 1 else _GAP_S
    after = int(np.searchsorted(times, t_s, "right"))
    # the last box holds until the frame after it would have been looked at, and so does the one before a gap
    if after == 0 or (after == len(times) and t_s >= times[-1] + step_s):
        return None
    if after == len(times):
        return _whole(course[-1, 2:])
    gap_s = float(times[after] - times[after - 1])
    if gap_s > _GAP_S:
        return _whole(course[after - 1, 2:]) if t_s < times[after - 1] + step_s else None
    share = (t_s - times[after - 1]) / gap_s
    return _whole(course[after - 1, 2:] * (1 - share) + course[after, 2:] * share)


def write(predictions: Sequence[Prediction], source: Path, target: Path) -> Path:
    """Draw what is predicted of a video into a copy of it.

    Args:
        predictions: of this video; see `runtime.predict`. Boxes follow their faces where `Track.course` is there.

    Raises:
        UsageError: another suffix than .mp4, or the video itself as the target.
        InputError: it cannot be read, or has no picture.
    """
    import av

    if target.suffix.lower() != SUFFIX:
        raise UsageError(f"a video that ends in {SUFFIX}", target.name, "choose this")
    if source.resolve() == target.resolve():
        raise UsageError("an overlay beside the input", f"{target} for both", "choose another name")
    pictures_s, sound_s = _starts(source)
    with store.whole(target) as aside:
        try:
            with av.open(str(aside), "w", format="mp4") as out:
                _copy(predictions, source, out, pictures_s, sound_s)
        except av.FFmpegError as error:
            said = error.strerror or str(error)
            raise InputError(f"a video at {source} that can be drawn in", said, "convert it to MP4 first") from error
    return target


def _copy(predictions: Sequence[Prediction], source: Path, out: OutputContainer, late_s: float, sound_s: float) -> None:
    shots = _frames.shots(Media(path=str(source)), _MOST_HZ)
    at_s, shot = next(shots)
    drawing = _Drawing(predictions, shot.colour().shape)
    stream: Any = out.add_stream("libx264", rate=25, options={"crf": _QUALITY, "preset": "veryfast"})
    stream.height, stream.width, stream.pix_fmt = drawing.height, drawing.width, "yuv420p"
    stream.codec_context.time_base = stream.time_base = _CLOCK
    sound = _sound(source, out, sound_s)
    due_s = next(sound)
    while True:
        while due_s <= at_s + late_s:
            due_s = next(sound)
        stream_frame = _coded(drawing.frame(shot.colour(), at_s + late_s), at_s + late_s)
        out.mux(stream.encode(stream_frame))
        following = next(shots, None)
        if following is None:
            break
        at_s, shot = following
    out.mux(stream.encode())
    while due_s < math.inf:
        due_s = next(sound)
    sound.close()


def _coded(picture: Picture, t_s: float) -> Any:
    import av

    frame = av.VideoFrame.from_ndarray(picture, "rgb24")
    frame.pts, frame.time_base = round(t_s / _CLOCK), _CLOCK
    return frame


# -- drawing --


class _Drawing:
    """Frames of one size with what is said at their time."""

    def __init__(self, predictions: Sequence[Prediction], shape: Sequence[int]) -> None:
        self._all = list(predictions)
        self._by = overlay.factor(shape[0], shape[1])
        self._shape = shape[0] * self._by, shape[1] * self._by
        # where nothing is ever said of the whole, no empty strip is added
        written = any(lines([one]) for one in self._all if not one.failed)
        self._below = Below.of(*self._shape) if written else Below(0, 0)
        self.height = -(-self._shape[0] // 2) * 2 + self._below.height
        self.width = -(-self._shape[1] // 2) * 2
        self._said: tuple[str, ...] | None = None
        self._strip: Picture | None = None

    def frame(self, picture: Picture, t_s: float) -> Picture:
        """(height, width, 3) uint8 with the strip below, where there is one."""
        now = at(self._all, t_s)
        boxed = [one for one in now if one.track is not None and one.track.box is not None]
        drawn = overlay.draw(picture, boxed, legend=False)
        made = np.zeros((self.height, self.width, 3), np.uint8)
        # frames of another size than the first are rare; what fits is shown
        high, wide = min(drawn.shape[0], self._shape[0]), min(drawn.shape[1], self._shape[1])
        made[:high, :wide] = drawn[:high, :wide]
        if self._below.height:
            made[-self._below.height :] = self._strip_of(lines(now))
        return made

    def _strip_of(self, said: tuple[str, ...]) -> Picture:
        """Made anew only when it says something else."""
        if self._strip is None or said != self._said:
            self._said, self._strip = said, _strip(said, self._below, self.width)
        return self._strip


def lines(now: Sequence[Prediction]) -> tuple[str, ...]:
    """What the strip says: what is said together, how the modalities agree, what is missing."""
    together = [one for one in now if one.track is None and one.ok]
    found: list[str] = []
    for one in together[:1]:
        named = [task for task in one.tasks.values() if task.values is None and not task.converted_from]
        numbers = [task for task in one.tasks.values() if task.values is not None]
        said = [overlay.verdict(task) for task in named[:1]]
        said += [
            f"{name} {value:+.2f}"
            for task in numbers[:1]
            for name, value in (task.values or {}).items()
            if name in DIMENSIONS
        ]
        used = f"{' + '.join(one.modalities.used)}: " if one.modalities.used else ""
        found.append(used + "   ".join(said))
        if len(one.modalities.used) > 1:
            found.append(fused.told(one, now))
    if not together:
        boxed = [one for one in now if one.track is None or one.track.box is None]
        for one in boxed:
            named = [task for task in one.tasks.values() if task.values is None]
            found += [f"{' + '.join(one.modalities.used)}: {overlay.verdict(task)}" for task in named[:1]]
    missing = dict.fromkeys(name for one in now for name in one.modalities.missing)
    if missing:
        found.append(f"missing: {', '.join(missing)}")
    return tuple(found)


def _strip(said: Sequence[str], below: Below, width: int) -> Picture:
    """(height, width, 3) uint8; what does not fit ends in three dots."""
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.load_default(below.text)
    image = Image.new("RGB", (width, below.height), PLATE)
    pen, room = ImageDraw.Draw(image), width - 2 * below.text
    rows = [row for text in said for row in _wrapped(text, lambda words: float(font.getlength(words)), room)]
    if len(rows) > _LINES:
        rows = [*rows[: _LINES - 1], f"{rows[_LINES - 1].rstrip()}…"]
    for number, row in enumerate(rows):
        pen.text((below.text, below.text // 2 + number * round(1.35 * below.text)), row, fill=INK, font=font)
    return np.asarray(image)


def _wrapped(text: str, length: Any, room: float) -> Iterator[str]:
    row = ""
    for word in text.split(" "):
        longer = f"{row} {word}" if row else word
        if row and length(longer) > room:
            yield row
            longer = word
        row = longer
    yield row


def _holds(one: Prediction, t_s: float) -> bool:
    return (one.start_s is None or one.start_s <= t_s) and (one.end_s is None or t_s < one.end_s)


def _whole(box: NDArray[np.float64]) -> Box:
    left, top, right, bottom = (round(float(edge)) for edge in box)
    return left, top, max(right, left + 1), max(bottom, top + 1)


# -- sound --


def _starts(source: Path) -> tuple[float, float]:
    """When pictures and sound begin, in seconds from the earlier of the two."""
    import av

    try:
        with av.open(str(source)) as container:
            first = {
                kind: float((s.start_time or 0) * s.time_base)
                for kind in ("audio", "video")
                for s in getattr(container.streams, kind)[:1]
                if s.time_base is not None
            }
    except (av.FFmpegError, OSError):
        return 0.0, 0.0  # who reads the frames says what is wrong
    zero_s = min(first.values(), default=0.0)
    # packets bear the file's own times: from these the zero is taken
    return first.get("video", zero_s) - zero_s, zero_s


def _sound(source: Path, out: OutputContainer, zero_s: float) -> Generator[float, None, None]:
    """Mux the sound as it is asked for: yields the time of the next packet, infinity after the last."""
    import av

    with av.open(str(source)) as container:
        if not container.streams.audio:
            yield from _ever()
        own = container.streams.audio[0]
        copied = not own.codec_context.name.startswith(_NO_SOUND)
        try:
            stream: Any = out.add_stream_from_template(own) if copied else None
        except (ValueError, av.FFmpegError):
            stream = None
        if stream is None:
            stream = out.add_stream("aac", rate=own.codec_context.sample_rate)
            copied = False
        shift = round(zero_s / own.time_base) if own.time_base else 0
        packets = container.demux(own)
        yield -math.inf
        while True:
            try:
                packet = next(packets)
            except (StopIteration, av.FFmpegError):
                break
            if copied:
                if packet.dts is None:
                    continue
                time_s = float((packet.dts - shift) * packet.time_base)
                yield time_s
                packet.dts -= shift
                packet.pts = packet.dts if packet.pts is None else packet.pts - shift
                packet.stream = stream
                out.mux(packet)
                continue
            try:
                frames = packet.decode()
            except av.FFmpegError:
                continue
            for frame in frames:
                if frame.pts is not None and frame.time_base is not None:
                    frame.pts -= shift
                    yield float(frame.pts * frame.time_base)
                out.mux(stream.encode(frame))
        if not copied:
            out.mux(stream.encode())
    yield from _ever()


def _ever() -> Iterator[float]:
    while True:
        yield math.inf
