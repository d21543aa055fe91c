"""A coder and its decoder: what a telephone, a messenger or a small file leaves of a sound.

mulaw and alaw are the fixed telephone line (G.711: 8 kHz, 64 kbit/s), amr the mobile phone (8 kHz), opus calls over the
internet, mp3 and aac files. All run in memory through FFmpeg. A codec that has few rates takes the nearest to the one
asked for. The delay of a coder is taken away, and the length is kept.
Reference: ITU-T Recommendation G.711, 1988.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import DataError, InputError, UnknownName
from ..modalities.speech import RATE_HZ
from . import Sound, fitted
from . import sound as checked

if TYPE_CHECKING:
    import av

CARD = {
    "title": "Codec",
    "reference": "itu1988g711",
    "takes": "speech",
    "extra": None,
    "worse": {"field": "bitrate_kbps", "values": [64.0, 32.0, 16.0, 12.0, 8.0, 6.0]},
}


@dataclass(frozen=True, slots=True)
class _Coder:
    """How FFmpeg calls it; `rates_kbps` it has; `delay` in samples at `rate_hz` that its container does not tell."""

    encoder: str
    container: str
    rate_hz: int
    samples: str
    rates_kbps: tuple[float, ...]
    delay: int = 0


_CODERS = {
    "alaw": _Coder("pcm_alaw", "wav", 8000, "s16", (64,)),
    "mulaw": _Coder("pcm_mulaw", "wav", 8000, "s16", (64,)),
    "amr": _Coder("libopencore_amrnb", "amr", 8000, "s16", (4.75, 5.15, 5.9, 6.7, 7.4, 7.95, 10.2, 12.2), delay=40),
    "opus": _Coder("libopus", "ogg", 16000, "flt", tuple(range(6, 129))),
    "mp3": _Coder("libmp3lame", "mp3", 16000, "fltp", (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)),
    "aac": _Coder("aac", "ipod", 16000, "fltp", tuple(range(8, 97))),
}
_SPARE = RATE_HZ // 10  # silence on both sides, so that a sound of one sample can be coded too


@dataclass(frozen=True, slots=True)
class Config:
    """Which coder.

    Args:
        codec: alaw, mulaw, amr, opus, mp3 or aac.
        bitrate_kbps: thousand bits per second; becomes the nearest that the codec has.

    Raises:
        UnknownName: no such codec.
        DataError: a rate that is not above 0.
    """

    codec: str = "opus"
    bitrate_kbps: float = 16.0

    def __post_init__(self) -> None:
        if self.codec not in _CODERS:
            raise UnknownName.among("a codec", self.codec, _CODERS)
        if not self.bitrate_kbps > 0:
            raise DataError("a bitrate_kbps above 0", f"{self.bitrate_kbps:g}", "16 is usual for speech")
        rates = _CODERS[self.codec].rates_kbps
        object.__setattr__(self, "bitrate_kbps", float(min(rates, key=lambda r: abs(r - self.bitrate_kbps))))


def apply(config: Config, sound: Sound, rng: np.random.Generator) -> Sound:
    """The sound (n,) coded and decoded, (n,).

    Raises:
        InputError: FFmpeg here has no such coder.
    """
    import soxr

    clean = checked(sound)
    coder = _CODERS[config.codec]
    given = soxr.resample(np.pad(clean, _SPARE), RATE_HZ, coder.rate_hz)
    rate_hz, found = _decoded(_coded(given, coder, config.bitrate_kbps))
    found = found[coder.delay * rate_hz // coder.rate_hz :]
    return fitted(soxr.resample(found, rate_hz, RATE_HZ)[_SPARE:], len(clean))


def toy() -> Config:
    return Config(codec="mulaw")


def _coded(sound: Sound, coder: _Coder, bitrate_kbps: float) -> io.BytesIO:
    """A file in memory."""
    import av

    file = io.BytesIO()
    with av.open(file, "w", format=coder.container) as out:
        try:
            stream: Any = out.add_stream(coder.encoder, rate=coder.rate_hz)
        except (ValueError, av.FFmpegError) as error:  # ValueError: it does not know the name
            fix = f"choose another of {', '.join(_CODERS)}"
            raise InputError(f"FFmpeg with the coder {coder.encoder}", "one without it", fix) from error
        stream.layout, stream.format = "mono", coder.samples
        stream.bit_rate = round(bitrate_kbps * 1000)
        for frame in _frames(sound, coder):
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    file.seek(0)
    return file


def _frames(sound: Sound, coder: _Coder) -> Iterator[av.AudioFrame]:
    import av

    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound[None]), format="flt", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = coder.rate_hz, 0, Fraction(1, coder.rate_hz)
    turn = av.AudioResampler(format=coder.samples, layout="mono", rate=coder.rate_hz)
    yield from turn.resample(frame)
    yield from turn.resample(None)


def _decoded(file: io.BytesIO) -> tuple[int, Sound]:
    """The rate in Hz, and the sound (n,) float32."""
    import av

    plain = av.AudioResampler(format="fltp", layout="mono")
    source: Any
    with av.open(file) as source:
        stream = source.streams.audio[0]
        found = [p.to_ndarray()[0] for frame in source.decode(stream) for p in plain.resample(frame)]
        return stream.rate, np.concatenate(found).astype(np.float32)
