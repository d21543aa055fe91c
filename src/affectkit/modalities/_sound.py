"""Sound from any file that libsndfile or FFmpeg decodes: mono blocks at one rate, in constant memory.

Channels are averaged and the level is left as it is. Not a modality itself: the leading underscore keeps it out of
listings. An MP3 that tells its length and a WAV whose header promises more than there is are known to be cut off; an
MP3 without such a tag is not.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, UsageError
from ..sample import Media

if TYPE_CHECKING:
    import soundfile

Sound = NDArray[np.float32]

_AT_ONCE = 1 << 17  # samples per channel decoded at once: 3 s at 44.1 kHz
_SLACK_S = 0.1  # a coder's delay, by which what a file tells and what it holds may differ
_SLOWEST_HZ = 1000  # a file that claims fewer holds no voice, and would grow without bound at the rate that is read
_TAGS = (b"Xing", b"Info")  # in the first frame of an MP3: how many frames follow
_PROMISED = re.compile(r"^data : (\d+) \(should be (\d+)\)", re.MULTILINE)
_STREAMED = 0x7FFFF000  # from here on, a WAV's length says that nobody knew it beforehand
_AGAIN = "get it again, or leave the item out"


def blocks(media: Media, rate_hz: int) -> Iterator[Sound]:
    """The sound between `start_s` and `end_s` as blocks (n,) float32 at `rate_hz`, full scale 1.

    An array is (n,) or (n, channels), floats at `rate_hz`.

    Raises:
        InputError: a text, a file that is not there, empty, no sound or cut off, a number that is not finite, or no
            sample in the span.
    """
    where = media.path or "an array"
    start_s, end_s = media.start_s or 0.0, media.end_s
    if start_s < 0 or (end_s is not None and end_s <= start_s):
        found = f"{start_s:g} to {'the end' if end_s is None else f'{end_s:g}'} s"
        raise InputError(f"a span of time in {where}", found, "correct start_s and end_s")
    there = False
    own_hz, decoded = _decoded(media, rate_hz)
    if own_hz < _SLOWEST_HZ:
        raise InputError(f"at least {_SLOWEST_HZ:,} samples per second in {where}", f"{own_hz}", _AGAIN)
    cut = _cut(decoded, round(start_s * own_hz), None if end_s is None else round(end_s * own_hz))
    for block in _resampled(_mono(cut, own_hz, start_s, where), own_hz, rate_hz):
        there |= bool(len(block))
        if len(block):
            yield block
    if not there:
        raise InputError(f"sound from {start_s:g} s on in {where}", "none", "correct start_s, or leave the item out")


def blank(media: Media) -> bool:
    """Whether a sound in memory has no sample other than zero; a file is not opened to find out."""
    return media.array is not None and not np.any(media.array)


def key(media: Media) -> str | None:
    """What finds a sound in memory again; None for silence and for a file, which is not opened to find out."""
    if media.array is None or blank(media):
        return None
    return hashlib.blake2b(np.ascontiguousarray(media.array).tobytes(), digest_size=16).hexdigest()


def shown(media: Media) -> str:
    """The name of the file and the span of it: "call.wav, 3.0 to 5.2 s"; nothing of a sound in memory."""
    if media.path is None:
        return ""
    start_s, end_s = media.start_s or 0.0, media.end_s
    if not start_s and end_s is None:
        return Path(media.path).name
    return f"{Path(media.path).name}, {start_s:.1f} to {'the end' if end_s is None else f'{end_s:.1f} s'}"


def windows(found: Iterator[Sound], rate_hz: int, length_s: float, hop_s: float) -> Iterator[tuple[float, Sound]]:
    """Windows of a sound as it comes in: (seconds from its start, samples); the last is shorter where sound is left.

    Raises:
        UsageError: a length or hop of no sample, or a hop longer than the window, which would skip sound.
    """
    length, hop = round(length_s * rate_hz), round(hop_s * rate_hz)
    if not 0 < hop <= length:
        raise UsageError("windows with 0 < hop_s <= length_s", f"{hop_s:g} and {length_s:g} s", "correct them")
    held, first = np.zeros(0, np.float32), 0
    for block in found:
        held = np.concatenate([held, block])
        while len(held) >= length:
            yield first / rate_hz, held[:length]
            held, first = held[hop:], first + hop
    if len(held) > (length - hop if first else 0):  # else it was all in the window before
        yield first / rate_hz, held


def _cut(decoded: Iterator[Sound], start: int, end: int | None) -> Iterator[Sound]:
    """Blocks (n, channels) of the samples from `start` to before `end`."""
    at = 0
    for block in decoded:
        yield block[max(start - at, 0) : None if end is None else max(end - at, 0)]
        at += len(block)
        if end is not None and at >= end:
            return


def _mono(cut: Iterator[Sound], own_hz: int, start_s: float, where: str) -> Iterator[Sound]:
    """Blocks (n,): the mean of the channels."""
    at = 0
    for block in cut:
        good = np.isfinite(block)
        if not good.all():
            when = start_s + (at + int(good.all(1).argmin())) / own_hz
            raise InputError(f"finite samples in {where}", f"NaN or infinity at {when:.3f} s", "write it again as PCM")
        at += len(block)
        channels = block.shape[1]
        # a product takes a tenth of the time of a mean over rows of two
        yield block[:, 0] if channels == 1 else block @ np.full(channels, 1 / channels, np.float32)


def _resampled(mono: Iterator[Sound], own_hz: int, rate_hz: int) -> Iterator[Sound]:
    if own_hz == rate_hz:
        yield from mono
        return
    import soxr

    stream = soxr.ResampleStream(own_hz, rate_hz, 1, dtype="float32", quality="HQ")
    for block in mono:
        yield stream.resample_chunk(np.ascontiguousarray(block))
    yield stream.resample_chunk(np.zeros(0, np.float32), last=True)


def _decoded(media: Media, rate_hz: int) -> tuple[int, Iterator[Sound]]:
    """The rate in Hz, and blocks (n, channels) float32."""
    if media.text is not None:
        raise InputError("a sound, or the path of a sound file", "a text", "give its path as Media(path=...)")
    if media.array is not None:
        return rate_hz, iter([_checked(media.array, rate_hz)])
    import soundfile

    path = str(media.path)
    if not Path(path).is_file():
        raise InputError(f"a sound file at {path}", "none", "correct the path")
    if not Path(path).stat().st_size:
        raise InputError(f"a sound file at {path}", "an empty file", _AGAIN)
    if media.stream is None:
        try:
            file = soundfile.SoundFile(path)
        except (soundfile.LibsndfileError, TypeError):  # TypeError: a file without a header
            pass
        else:
            # else soundfile seeks after every block to where it is, and a coder such as MP3's then loses its thread
            file.seekable = lambda: False
            return file.samplerate, _of_libsndfile(file, path)
    return _of_ffmpeg(path, media.stream or 0)


def _checked(array: NDArray[Any], rate_hz: int) -> Sound:
    """An array as (n, channels) float32."""
    if array.ndim not in (1, 2) or not np.issubdtype(array.dtype, np.floating):
        raise InputError(
            f"floats (n,) or (n, channels) at {rate_hz:,} Hz, full scale 1",
            f"{array.dtype} {array.shape}",
            "scale whole numbers to -1..1",
        )
    return np.asarray(array[:, None] if array.ndim == 1 else array, np.float32)


def _of_libsndfile(file: soundfile.SoundFile, path: str) -> Iterator[Sound]:
    import soundfile

    told, rate_hz, got = _told(file, path), file.samplerate, 0
    with file:
        while True:
            try:
                block = file.read(_AT_ONCE, dtype="float32", always_2d=True)
            except soundfile.LibsndfileError as error:
                raise InputError(f"a whole file at {path}", f"{error} after {got / rate_hz:.2f} s", _AGAIN) from error
            if not len(block):
                break
            got += len(block)
            yield block
    if got < told - _SLACK_S * rate_hz:
        found = f"an end after {got / rate_hz:.2f} of {told / rate_hz:.2f} s"
        raise InputError(f"a whole file at {path}", found, _AGAIN)


def _told(file: soundfile.SoundFile, path: str) -> int:
    """How many samples a file says it has; 0 where it only guesses or does not know."""
    if promised := _PROMISED.search(file.extra_info):
        return 0 if int(promised[1]) >= _STREAMED else file.frames * int(promised[1]) // max(int(promised[2]), 1)
    with Path(path).open("rb") as raw:
        start = raw.read(10)
        if start[:3] == b"ID3":  # its length is written in four times seven bits
            raw.seek(10 + sum(byte << shift for byte, shift in zip(start[6:], (21, 14, 7, 0), strict=True)))
            start = b""
        start += raw.read(1 << 11)
    return file.frames if any(tag in start for tag in _TAGS) else 0


def _of_ffmpeg(path: str, number: int) -> tuple[int, Iterator[Sound]]:
    import av

    try:
        container = av.open(path)
    except (av.FFmpegError, OSError) as error:
        said = error.strerror or str(error)
        raise InputError(f"a sound file at {path}", said, "convert it to WAV or FLAC, or leave the item out") from error
    streams = container.streams.audio
    if number >= len(streams):
        container.close()
        found = f"{len(streams)} streams of sound"
        raise InputError(f"the stream of sound {number} in {path}", found, "correct `stream`, or leave the item out")
    return streams[number].rate, _frames(container, streams[number], path)


def _frames(container: Any, stream: Any, path: str) -> Iterator[Sound]:
    import av

    same: Any = av.AudioResampler(format="fltp")
    held: Any = av.AudioFifo()
    got, broken = 0, None
    with container:
        decoded = container.decode(stream)
        while broken is None:
            try:
                frame = next(decoded)
                for plain in same.resample(frame):
                    got += plain.samples
                    plain.pts = None
                    held.write(plain)
            except StopIteration:
                break
            except av.FFmpegError as error:
                broken = error
            if held.samples >= _AT_ONCE:  # frames are short, and what is done with each block takes its time
                yield held.read().to_ndarray().T
        if held.samples:
            yield held.read().to_ndarray().T
        if broken is not None:
            found = f"{broken.strerror} after {got / stream.rate:.2f} s"
            raise InputError(f"a whole file at {path}", found, _AGAIN) from broken
