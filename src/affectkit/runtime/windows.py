"""Texts as windows of tokens: what is longer than the model reads at once is cut; each window has special tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import BundleError
from . import turns

_AT_ONCE = 256  # encodings keep strings and offsets beside the numbers; so few of them stay small


@dataclass(frozen=True, slots=True)
class Windows:
    """A bundle's tokenizer.

    Args:
        tokenizer: a `tokenizers.Tokenizer` that cuts at the longest window.
        special: how many special tokens each window holds.
        longest: tokens of a window, specials included.
    """

    tokenizer: Any
    special: int
    longest: int

    @classmethod
    def of(cls, tokenizer: bytes, longest: int) -> Windows:
        """From a tokenizer's JSON and the tokens of a window, specials included.

        Raises:
            BundleError: no tokenizer, or windows too short for a token of text.
        """
        from tokenizers import Tokenizer

        try:
            made = Tokenizer.from_str(tokenizer.decode("utf-8"))
        except Exception as error:  # the library raises plain Exception
            raise BundleError("a tokenizer that can be read", str(error), "export the bundle again") from error
        special = made.num_special_tokens_to_add(False)
        if longest <= special:
            raise BundleError(f"windows of more than {special} tokens", str(longest), "correct `longest` in the card")
        made.no_padding()
        made.enable_truncation(longest)
        return cls(made, special, longest)

    def cut(
        self, texts: Sequence[str], earlier: Sequence[Sequence[str]] = ()
    ) -> tuple[list[NDArray[np.int32]], NDArray[np.int64], NDArray[np.int64]]:
        """Windows (t_i,) of n texts; of each, (w,), the number of its text and its tokens of text, at least 1.

        Earlier turns, oldest first, go behind a text that leaves room for them in its one window.
        """
        rows: list[NDArray[np.int32]] = []
        owner: list[int] = []
        known = list(dict.fromkeys(text for turn in earlier for text in turn))
        ids = dict(zip(known, turns.pieces(self.tokenizer, known), strict=True)) if known else {}
        for start in range(0, len(texts), _AT_ONCE):
            found = self.tokenizer.encode_batch_fast(list(texts[start : start + _AT_ONCE]))
            for i, first in enumerate(found, start):
                if ids and not first.overflowing:
                    row = turns.joined(first.ids, [ids[text] for text in earlier[i]], self.longest)
                    rows.append(np.asarray(row, np.int32))
                    owner.append(i)
                    continue
                for window in (first, *first.overflowing):
                    rows.append(np.asarray(window.ids, np.int32))
                    owner.append(i)
        counts = np.asarray([max(len(row) - self.special, 1) for row in rows], np.int64)
        return rows, np.asarray(owner, np.int64), counts
