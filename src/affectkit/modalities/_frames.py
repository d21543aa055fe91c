"""Frames of a video as pictures, one after another in constant memory, from any file that FFmpeg decodes.

Not a modality itself: the leading underscore keeps it out of listings. Times are those the file gives, from the start
of its stream of pictures; a clock that starts again in the middle goes on where it was, and single frames that come too
late are left out. Of a file that ends early or is broken in places, what can be decoded is given. Pixels are taken to
be square.

A frame is brought into colours or greys, and made smaller, only when it is asked for. A frame that is not wanted, and
that no other is decoded from, is not decoded either: the same ones are given.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, UsageError
from ..sample import Media
from . import _picture
from ._picture import Picture

if TYPE_CHECKING:
    import av

SUFFIXES = (".mp4", ".mkv", ".mov", ".webm", ".avi", ".3gp", ".m4v", ".mpg", ".mpeg", ".wmv", ".flv", ".ogv")
"""Of files that hold a video; their sound is read by modalities of sound."""

_EARLY_S = 1e-6  # what rounding may take from a time
_AGAIN_S = 1.0  # a clock that goes back by more was started again
_USUAL_HZ = 25.0  # where a file does not tell how often its pictures come
_AGAIN = "get it again, or leave the item out"
_BEFORE_S = 1.0  # files are sought by when a frame is decoded, which may be before others that are shown earlier
_LARGEST_PX = 1 << 26  # of a frame, twice those of 8K; a small file can hold frames that fill the memory
_KEPT = 16  # steps of time of which it is known when they begin


class Shot:
    """One frame, brought into the form that is asked for; turned and cut as `frames` says."""

    def __init__(self, frame: av.VideoFrame, media: Media) -> None:
        self._frame, self._media = frame, media
        self._quarters = round(frame.rotation / 90)
        self._whole: Picture | None = None
        self._smaller: dict[tuple[int, str], NDArray[np.uint8]] = {}

    def colour(self) -> Picture:
        """(height, width, 3) uint8, sRGB; made once."""
        if self._whole is None:
            turned = np.rot90(self._frame.to_ndarray(format="rgb24"), self._quarters)
            self._whole = _picture.cut(np.ascontiguousarray(turned), self._media)
        return self._whole

    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        if self._media.box is not None:
            height, width, _ = self.colour().shape
            return height, width
        height, width = self._frame.height, self._frame.width
        return (width, height) if self._quarters % 2 else (height, width)

    def small(self, longest_px: int) -> Picture:
        """`colour`, its longer side at most so many pixels."""
        return self._scaled(longest_px, "rgb24")

    def grey(self, longest_px: int) -> NDArray[np.uint8]:
        """(height, width) uint8, from black to white, its longer side at most so many pixels."""
        return self._scaled(longest_px, "gray")

    def _scaled(self, longest_px: int, form: str) -> NDArray[np.uint8]:
        """Made once for each size and form."""
        if (longest_px, form) not in self._smaller:
            self._smaller[longest_px, form] = self._made(longest_px, form)
        return self._smaller[longest_px, form]

    def _made(self, longest_px: int, form: str) -> NDArray[np.uint8]:
        scale = min(1.0, longest_px / max(self.size()))
        if self._media.box is None:  # what decodes makes it smaller, too: no large picture is made
            wide, high = (max(1, round(side * scale)) for side in (self._frame.width, self._frame.height))
            made = self._frame.reformat(wide, high, form, interpolation="AREA").to_ndarray()
            return np.ascontiguousarray(np.rot90(made, self._quarters))
        import cv2

        height, width = (max(1, round(side * scale)) for side in self.size())
        part = cv2.resize(self.colour(), (width, height), interpolation=cv2.INTER_AREA)
        return np.asarray(part if form == "rgb24" else cv2.cvtColor(part, cv2.COLOR_RGB2GRAY), np.uint8)


def is_video(media: Media) -> bool:
    """Whether the path of a media has the suffix of a video; the file is not opened to find out."""
    return media.path is not None and Path(media.path).suffix.lower() in SUFFIXES


def frames(media: Media, rate_hz: float) -> Iterator[tuple[float, Picture]]:
    """Yield frames of a video: (seconds from the span's start, picture (height, width, 3) uint8, sRGB).

    The frames are turned as the file's rotation says, and `media.box` is cut out of each. Time is divided into steps of
    1 / `rate_hz`, and the first frame in each is given: all of them where the video has fewer.

    Args:
        media: the path, and where only a part is meant the span, the stream of pictures and the box.
        rate_hz: frames per second at most.

    Raises:
        UsageError: a rate that is not above 0.
        InputError: no path, no such file, no video, or no frame in the span.
    """
    for at_s, shot in shots(media, rate_hz):
        yield at_s, shot.colour()


def shots(media: Media, rate_hz: float) -> Iterator[tuple[float, Shot]]:
    """Yield the same as `frames`, each picture still to be made."""
    if not 0 < rate_hz < float("inf"):
        raise UsageError("a rate of frames above 0 Hz", f"{rate_hz:g}", "correct rate_hz")
    if media.path is None:
        found = "a text" if media.text is not None else "an array"
        raise InputError("the path of a video", found, "give its path as Media(path=...)")
    start_s, end_s = media.start_s or 0.0, media.end_s
    if start_s < 0 or (end_s is not None and end_s <= start_s):
        found = f"{start_s:g} to {'the end' if end_s is None else f'{end_s:g}'} s"
        raise InputError(f"a span of time in {media.path}", found, "correct start_s and end_s")
    last = -1
    for at_s, frame in _timed(media.path, media.stream or 0, start_s, rate_hz):
        if end_s is not None and at_s >= end_s:
            break
        step = int((at_s - start_s + _EARLY_S) * rate_hz) if at_s >= start_s - _EARLY_S else last
        if step > last:
            last = step
            yield max(at_s - start_s, 0.0), Shot(frame, media)
    if last < 0:
        raise InputError(f"a frame from {start_s:g} s on in {media.path}", "none", f"correct start_s, or {_AGAIN}")


def _timed(path: str, number: int, start_s: float, rate_hz: float = math.inf) -> Iterator[tuple[float, av.VideoFrame]]:
    """Decoded frames with their times in seconds from the start of the stream, in order, from before `start_s` on.

    Frames that are not the first in a step of 1 / `rate_hz` may be missing.
    """
    container, stream = _opened(path, number)
    with container:
        step_s = 1 / float(stream.average_rate or _USUAL_HZ)
        zero_s = float((stream.start_time or 0) * stream.time_base)
        if start_s > 0:
            _sought(container, stream, start_s)
        shift_s, last_s = 0.0, None
        for frame in _decoded(container, stream, _Steps(stream, zero_s + start_s, rate_hz)):
            at_s = frame.time
            if at_s is None:  # some kinds of files tell no times
                at_s = zero_s if last_s is None else last_s + step_s - shift_s + zero_s
            at_s += shift_s - zero_s
            if last_s is not None and at_s < last_s - _AGAIN_S:
                shift_s += last_s + step_s - at_s
                at_s = last_s + step_s
            if last_s is None or at_s > last_s:
                last_s = at_s
                yield at_s, frame


def _opened(path: str, number: int) -> tuple[Any, Any]:
    import av

    if not Path(path).is_file():
        raise InputError(f"a video at {path}", "none", "correct the path")
    if not Path(path).stat().st_size:
        raise InputError(f"a video at {path}", "an empty file", _AGAIN)
    try:
        container = av.open(path)
    except (av.FFmpegError, OSError) as error:
        said = error.strerror or str(error)
        raise InputError(f"a video at {path}", said, "convert it to MP4, or leave the item out") from error
    # the cover of a song is a stream of one picture
    streams = [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
    if number >= len(streams):
        container.close()
        found = f"{len(streams)} streams of pictures"
        raise InputError(f"the stream of pictures {number} in {path}", found, "correct `stream`, or leave the item out")
    width, height = streams[number].width or 0, streams[number].height or 0
    if width * height > _LARGEST_PX:
        container.close()
        need = f"frames of at most {_LARGEST_PX:,} pixels in {path}"
        raise InputError(need, f"{width} x {height}", "save it smaller, or leave the item out")
    streams[number].thread_type = "AUTO"
    return container, streams[number]


def _sought(container: Any, stream: Any, start_s: float) -> None:
    """Go to before `start_s`; where a file cannot do that, all is decoded from its start."""
    import av

    try:
        container.seek(
            int(max(start_s - _BEFORE_S, 0.0) / stream.time_base) + (stream.start_time or 0),
            stream=stream,
            backward=True,
        )
    except av.FFmpegError:
        container.seek(0)


class _Steps:
    """Tells which packets hold no first frame of a step of time; they come in the order in which they are decoded."""

    def __init__(self, stream: Any, zero_s: float, rate_hz: float) -> None:
        self._base_s, self._zero_s, self._rate_hz = float(stream.time_base), zero_s, rate_hz
        self._first: dict[int, float] = {}  # step -> time of the earliest of its frames so far
        self._last_s = -math.inf

    def late(self, packet: Any) -> bool:
        """Whether a frame of the packet's step, but before it, has been there."""
        if packet.pts is None or math.isinf(self._rate_hz):
            return False
        at_s = float(packet.pts) * self._base_s - self._zero_s
        if at_s < self._last_s - _AGAIN_S:  # the clock started again, and steps of the new one begin elsewhere
            self._rate_hz = math.inf
            return False
        self._last_s = at_s
        step = math.floor((at_s + _EARLY_S) * self._rate_hz)
        first_s = self._first.setdefault(step, at_s)
        self._first[step] = min(first_s, at_s)
        while len(self._first) > _KEPT:
            del self._first[next(iter(self._first))]
        return at_s > first_s


def _decoded(container: Any, stream: Any, steps: _Steps) -> Iterator[av.VideoFrame]:
    """The frames of a stream; what is broken is left out, and where no more can be read it ends."""
    import av

    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.FFmpegError):
            return
        # of frames that are not wanted, those are left out that others do not build on
        stream.codec_context.skip_frame = "NONREF" if steps.late(packet) else "DEFAULT"
        try:
            yield from packet.decode()
        except av.FFmpegError:
            continue
