"""Drawn faces with synthetic voices as videos, and a shelf with the toy bundles of faces, voices and texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

import portraits
import toys
import voices

RATE_HZ = 10


def shelf(folder: Path) -> Path:
    """The three bundles under the names face, speech and text."""
    portraits.pack(folder / "face.affect")
    voices.pack(folder / "speech.affect")
    toys.pack(folder / "text.affect")
    return folder


def faces(colours: Sequence[tuple[int, int, int] | None], seconds: float = 1.0) -> list[portraits.Picture]:
    """Frames with one face, so many seconds in each colour; None shows none."""
    frames = []
    for colour in colours:
        drawn = [] if colour is None else [(colour, 120.0, 60.0, 70.0)]
        frames += [portraits.picture(drawn)] * round(seconds * RATE_HZ)
    return frames


def film(
    path: Path,
    frames: Iterable[portraits.Picture] = (),
    sound: NDArray[np.float32] | None = None,
    late_s: float = 0.0,
    times_s: Sequence[float] | None = None,
) -> Path:
    """A video of frames and sound.

    Args:
        late_s: by how much the sound begins after the pictures.
        times_s: of the frames; none takes ten per second.
    """
    frames = list(frames)
    with av.open(str(path), "w") as container:
        pictures = container.add_stream("mpeg4", rate=25) if frames else None
        heard = container.add_stream("aac", rate=voices.RATE_HZ, layout="mono") if sound is not None else None
        if pictures is not None:
            pictures.height, pictures.width = frames[0].shape[:2]
            pictures.pix_fmt, pictures.bit_rate = "yuv420p", 4_000_000
            pictures.codec_context.time_base = pictures.time_base = Fraction(1, 1000)
            for i, frame in enumerate(frames):
                made = av.VideoFrame.from_ndarray(frame, "rgb24")
                at_s = i / RATE_HZ if times_s is None else times_s[i]
                made.pts, made.time_base = round(at_s * 1000), Fraction(1, 1000)
                container.mux(pictures.encode(made))
            container.mux(pictures.encode())
        if heard is not None and sound is not None:
            block = av.AudioFrame.from_ndarray(sound[None], "fltp", "mono")
            block.sample_rate, block.time_base = voices.RATE_HZ, Fraction(1, voices.RATE_HZ)
            block.pts = round(late_s * voices.RATE_HZ)
            container.mux(heard.encode(block))
            container.mux(heard.encode())
    return path
