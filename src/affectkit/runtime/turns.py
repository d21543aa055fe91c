"""A turn and what was said before it as one row of tokens: the turn first, then the earlier turns, oldest first.

    [CLS] the turn [SEP] the oldest [SEP] ... the newest [SEP]

The turn stands first, so that its place does not depend on what was said before, and a turn with nothing before it
reads as any text does. Earlier turns get the room that the turn leaves, the newest first: what does not fit falls off
the oldest end. Nothing that comes later is ever seen. Training and serving call the same functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import AffectError, UsageError
from ..sample import Media


@dataclass(frozen=True, slots=True)
class Turns:
    """How much of a conversation is read with a turn.

    Args:
        before: earlier turns read with each turn; 0 reads the turn alone.
        speakers: write the speaker's name before what he or she says, where it is known.

    Raises:
        UsageError: fewer than 0 turns.
    """

    before: int = 0
    speakers: bool = False

    def __post_init__(self) -> None:
        if self.before < 0:
            raise UsageError("at least 0 earlier turns", str(self.before), "--set context=0 reads a turn alone")

    @classmethod
    def of(cls, card: Mapping[str, Any]) -> Turns:
        """As a bundle's card has it; one that does not speak of turns reads a text alone."""
        return cls(**card.get("turns", {}))

    def to_json(self) -> dict[str, Any]:
        return {"before": self.before, "speakers": self.speakers}

    def said(self, media: Media, text: str) -> str:
        """A turn's text, with its speaker where that is wanted and known."""
        return f"{media.speaker}: {text}" if self.speakers and media.speaker else text

    def earlier(self, media: Media, read: Callable[[Media], str]) -> list[str]:
        """The texts of the earlier turns that are read, oldest first; what cannot be read is left out."""
        found = []
        for turn in media.before[-self.before :] if self.before else ():
            try:
                found.append(self.said(turn, read(turn)))
            except AffectError:  # an empty earlier turn is no fault of this one
                continue
        return found


ALONE = Turns()
"""A text is read without what was said before."""


def pieces(tokenizer: Any, texts: Sequence[str]) -> list[list[int]]:
    """The token ids of texts without special tokens; of a text that the tokenizer cuts, all its windows."""
    found = tokenizer.encode_batch(list(texts), add_special_tokens=False)
    return [[i for window in (one, *one.overflowing) for i in window.ids] for one in found]


def joined(turn: Sequence[int], earlier: Sequence[Sequence[int]], longest: int) -> list[int]:
    """A turn's ids with its special tokens, then each earlier turn's closed by the token that closes the turn.

    At most `longest` in all; what is too much falls off the oldest end of the earlier turns.
    """
    closing = turn[-1]
    after = [i for ids in earlier for i in (*ids, closing)]
    return [*turn, *after[max(0, len(after) - (longest - len(turn))) :]] if len(turn) < longest else list(turn)


def closes(tokenizer: Any) -> None:
    """Do nothing when a tokenizer ends every text with a special token, which can stand between turns.

    Raises:
        UsageError: it does not.
    """
    mask = tokenizer.encode("a").special_tokens_mask
    if not mask or not mask[-1]:
        raise UsageError(
            "a tokenizer that closes a text with a special token", "one that does not", "read turns alone: context=0"
        )
