"""A split for data that have none: 80 / 10 / 10 at random, with groups and equal texts kept whole.

Rows that share a group, or the same words, are one block, and blocks that share a row are one. Blocks come in the order
of a hash of their content and a seed, so that the order of the rows does not matter and nothing is drawn anew when some
are added; each goes to the first of test and dev that still has room for all of it, else to train.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence

from ..errors import DataError

SHARE = 0.1
"""The share of rows that goes to test, and to dev."""


def blocks(keys: Sequence[Sequence[str]]) -> list[int]:
    """The block of each row: the number of its first row; rows that share one of their keys are in one block."""
    parent = list(range(len(keys)))

    def top(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    first: dict[str, int] = {}
    for row, its in enumerate(keys):
        for key in its:
            one, other = top(first.setdefault(key, row)), top(row)
            parent[max(one, other)] = min(one, other)
    return [top(row) for row in range(len(keys))]


def draw(keys: Sequence[Sequence[str]], parts: Sequence[str], seed: int, what: str) -> list[str]:
    """The part of each row: `SHARE` of the rows for each of `parts` but the last, which takes the rest.

    Args:
        keys: what each row may share with others: its groups, its text; at least one.
        parts: names of the parts, at least two.
        seed: another seed, another draw.
        what: the table and its groups, for the error.

    Raises:
        DataError: fewer blocks than parts.
    """
    block = blocks(keys)
    size = Counter(block)
    if len(size) < len(parts):
        raise DataError(
            f"at least {len(parts)} blocks of rows in {what}, for {', '.join(parts)}",
            f"{len(size)} once rows with a group or text in common are kept together",
            "name fewer groups, or a split column with split=COLUMN",
        )
    least: defaultdict[int, str] = defaultdict(lambda: "g")  # a hash is written with the digits up to f
    for row, its in enumerate(keys):
        least[block[row]] = min(least[block[row]], *(_hash(seed, key) for key in its))
    order = sorted(size, key=lambda b: (least[b], b))
    room = dict.fromkeys(parts[:-1], max(1, round(SHARE * len(keys))))
    chosen = {}
    for one in order:
        fits = next((p for p in parts[:-1] if size[one] <= room[p]), parts[-1])
        chosen[one] = fits
        if fits in room:
            room[fits] -= size[one]
    for part in parts:  # where all blocks are large, the smallest of the part that has most
        if part not in chosen.values():
            most = Counter(chosen.values()).most_common(1)[0][0]
            chosen[min((b for b in order if chosen[b] == most), key=lambda b: size[b])] = part
    return [chosen[b] for b in block]


def _hash(seed: int, key: str) -> str:
    return hashlib.sha256(f"{seed}\0{key}".encode("utf-8", "surrogatepass")).hexdigest()
