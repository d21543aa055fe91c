"""Batches of similar length within a bounded buffer: little padding, flat memory, and the order given back.

A stream is read in chunks; the first is one batch, so that the first answer comes soon, and each next one is twice as
large up to a bound on items and on weight. Within a chunk the rows are sorted by length and padded per batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
Number = TypeVar("Number", np.float32, np.uint8)


def chunks(items: Iterable[T], weight: Callable[[T], int], first: int, most: int, heaviest: int) -> Iterator[list[T]]:
    """Consecutive items in lists of at most `first`, 2 * `first` ... `most`; each ends once it weighs `heaviest`."""
    chunk: list[T] = []
    weighs, size = 0, first
    for item in items:
        chunk.append(item)
        weighs += weight(item)
        if len(chunk) >= size or weighs >= heaviest:
            yield chunk
            chunk, weighs, size = [], 0, min(2 * size, most)
    if chunk:
        yield chunk


def by_length(lengths: Sequence[int], size: int) -> Iterator[NDArray[np.intp]]:
    """The numbers of the rows of each batch, at most `size`, rows of similar length together; every row once."""
    order = np.argsort(np.asarray(lengths, np.int64), kind="stable")
    return (order[i : i + size] for i in range(0, len(order), size))


def pad(rows: Sequence[NDArray[np.int32]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows (t_i,) as one array (n, longest) int64, 0 after each row's end, and the lengths (n,) int64."""
    lengths = np.asarray([len(row) for row in rows], np.int64)
    padded = np.zeros((len(rows), int(lengths.max(initial=0))), np.int64)
    for line, row in zip(padded, rows, strict=True):
        line[: len(row)] = row
    return padded, lengths


def stack(rows: Sequence[NDArray[Number]]) -> tuple[NDArray[Number], NDArray[np.int64]]:
    """Rows (t_i, ...) as one array (n, longest, ...), 0 after each row's end, and the lengths (n,) int64."""
    lengths = np.asarray([len(row) for row in rows], np.int64)
    padded = np.zeros((len(rows), int(lengths.max()), *rows[0].shape[1:]), rows[0].dtype)
    for place, row in zip(padded, rows, strict=True):
        place[: len(row)] = row
    return padded, lengths
