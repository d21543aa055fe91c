"""Batches of similar length, the same whatever the number of processes; lengths travel with the padding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from ..sample import Batch
from .mixture import Mixture

_POOL = 64  # batches sorted by length together: long enough to pad little, short enough to stay mixed


@dataclass(frozen=True)
class Ragged:
    """Rows of different length in one array: row i is values[start[i] : start[i + 1]], (length, ...) of numbers."""

    values: NDArray[Any]
    start: NDArray[np.int64]

    @property
    def lengths(self) -> NDArray[np.int64]:
        return np.diff(self.start)

    def padded(self, rows: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """(n, longest, ...), zeros after each row's end (whole numbers as int64), and the lengths (n,)."""
        lengths = self.lengths[rows]
        kind = np.int64 if self.values.dtype.kind == "i" else self.values.dtype
        out = np.zeros((len(rows), int(lengths.max()), *self.values.shape[1:]), kind)
        for line, row in zip(out, rows, strict=True):
            piece = self.values[self.start[row] : self.start[row + 1]]
            line[: len(piece)] = piece
        return out, lengths


Features = Mapping[str, Ragged]
"""modality -> its ragged rows, all with the same samples in the same order."""


def tokenised(tokenizer: Tokenizer, texts: Sequence[str], longest: int) -> Ragged:
    """Texts as token ids with their special tokens, cut at `longest` tokens (the closing special token stays)."""
    rows: list[list[int]] = []
    for i in range(0, len(texts), 4096):
        for found in tokenizer.encode_batch(list(texts[i : i + 4096])):
            ids = found.ids
            rows.append(ids if len(ids) <= longest else [*ids[: longest - 1], ids[-1]])
    start = np.concatenate([[0], np.cumsum([len(r) for r in rows])])
    return Ragged(np.concatenate([np.asarray(r, np.int32) for r in rows]), start)


def plan(lengths: NDArray[np.int64], size: int, seed: int, epoch: int) -> list[NDArray[np.int64]]:
    """Rows of each batch of an epoch: a pure function of its arguments, so a resumed run meets the same batches."""
    rng = np.random.default_rng((seed, epoch))
    rows = rng.permutation(len(lengths))
    pools = [rows[i : i + size * _POOL] for i in range(0, len(rows), size * _POOL)]
    sorted_rows = np.concatenate([p[np.argsort(lengths[p], kind="stable")] for p in pools])
    made = [sorted_rows[i : i + size] for i in range(0, len(rows), size)]
    return [made[i] for i in rng.permutation(len(made))]


def in_order(lengths: NDArray[np.int64], size: int) -> list[NDArray[np.int64]]:
    """Rows of each batch for a pass that only reads: the longest first, so that too little memory shows at once."""
    rows = np.argsort(-lengths, kind="stable")
    return [rows[i : i + size] for i in range(0, len(rows), size)]


def share(rows: NDArray[np.int64], rank: int, processes: int) -> NDArray[np.int64]:
    """One process's part of a batch: all are equally long, so that their losses weigh the same.

    The last rows of an uneven batch are left out; a batch smaller than the number of processes is repeated.
    """
    if len(rows) < processes:
        rows = np.resize(rows, processes)
    return rows[: len(rows) // processes * processes][rank::processes]


def lengths(features: Features) -> NDArray[np.int64]:
    """(N,) what a row costs: its longest modality."""
    return np.max([f.lengths for f in features.values()], axis=0)


def make(mixture: Mixture, features: Features, rows: NDArray[np.int64]) -> Batch:
    """One batch of a mixture."""
    padded = {m: f.padded(rows) for m, f in features.items()}
    return Batch(
        ids=tuple(mixture.ids[rows]),
        inputs={m: p for m, (p, _) in padded.items()},
        lengths={m: n for m, (_, n) in padded.items()},
        targets={t: v[rows] for t, v in mixture.targets.items()},
        judged={t: v[rows] for t, v in mixture.judged.items()},
        weight=mixture.weight[rows],
    )


def batches(mixture: Mixture, features: Features, rows: list[NDArray[np.int64]]) -> Iterator[Batch]:
    return (make(mixture, features, r) for r in rows)
