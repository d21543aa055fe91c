"""Signs of shouting as they are: a clip is one state of seven numbers, or of its level alone; nothing is learnt here.

Reference: Tuttösí et al., BERSting at the Screams, Computer Speech and Language 95, 2026.
Differs from the paper: it names no features; these are those of `features/shout.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from ...errors import UsageError
from ...features.shout import COLUMNS, OF_VOICE

CARD = {
    "title": "Signs of shouting",
    "reference": "tuttosi2026bersting",
    "takes": "speech",
    "features": "shout",
    "extra": "train",
    "form": "features (n, t, 8) float32, lengths (n,) int64 -> those columns that are chosen",
}


@dataclass(frozen=True)
class Config:
    """What is read.

    Args:
        voice: the seven numbers that no gain changes.
        level: how loud the sound is.
        gain_db: of an unknown gain, as in `features/shout.py`: to see what the level is worth without one.
        relative: tell the numbers in relation to the same speaker's other clips, which needs no labels.
    """

    voice: bool = True
    level: bool = False
    gain_db: float = 0.0
    relative: bool = False


def build(config: Config) -> Columns:
    """The encoder.

    Raises:
        UsageError: neither the voice nor the level is to be read.
    """
    if not (config.voice or config.level):
        raise UsageError("voice=true or level=true", "neither", "choose what is read")
    return Columns(0 if config.voice else OF_VOICE, len(COLUMNS) if config.level else OF_VOICE)


def toy() -> Config:
    return Config()


class Columns(nn.Module):
    """Those from `first` to before `last`."""

    def __init__(self, first: int, last: int) -> None:
        super().__init__()
        self.first, self.last = first, last
        self.width = last - first

    def forward(self, rows: Tensor, lengths: Tensor) -> Tensor:
        return rows[:, :, self.first : self.last]
