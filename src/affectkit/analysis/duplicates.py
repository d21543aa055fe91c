"""The same thing twice: equal and nearly equal texts and pictures, equal sounds, windows of one recording that overlap.

What is equal is found by a key of what is read: of a text its letters and digits, of anything else a hash of its
decoded numbers, so that a copy in another file format counts when nothing was lost. Nearly equal texts share most of
their runs of four characters: MinHash and bands of it find the pairs, the runs themselves decide. Nearly equal pictures
have difference hashes a few bits apart and small copies that correlate; mirrored or turned ones are not found.
Reference: Broder, On the Resemblance and Containment of Documents, 1997; Leskovec, Rajaraman and Ullman, Mining of
Massive Datasets, chapter 3.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import find
from ..modalities.text import letters
from ..sample import Media

Pairs = NDArray[np.int64]

ALIKE_TEXT = 0.8
"""Runs of characters that nearly equal texts share, of all that one of them has."""
ALIKE_PICTURE = 0.95
"""Correlation of small copies from which pictures are nearly equal."""

_RUN = 4  # characters
_HASHES, _ROWS = 128, 8  # in 16 bands: texts that share .8 of their runs meet in one with a chance of .95
_REACH = 64  # texts after it in a bucket that each is paired with: of very many alike, not all pairs are told
_SLACK = 0.15  # what the share of equal hashes may lack before the runs are counted: twice its deviation and more
_BITS, _SMALL = 10, 16  # of 64 bits that may differ; side of the small copy in pixels
_BLOCK = 2048  # pictures compared at once with all others


class Form(StrEnum):
    """What a modality's reader gives, as a noun."""

    TEXT = "text"
    PICTURE = "picture"
    SOUND = "sound"
    OTHER = "item"


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """What one medium holds.

    Args:
        form: what it is.
        key: equal for equal contents; None where comparing means nothing (a short text, silence, an empty picture).
        look: of a picture, see `look`; None where it was not asked for.
    """

    form: Form
    key: str | None
    look: tuple[NDArray[np.bool_], NDArray[np.float32]] | None = None


def read(modality: ModuleType, media: Media, looks: bool = True) -> Content:
    """The content of one medium, decoded block by block by its modality's `open`; without `looks`, no picture's look.

    Raises:
        AffectError: the medium cannot be read.
    """
    if media.text is not None:
        return Content(Form.TEXT, letters(media.text))
    form, seen, digest, levels = Form.OTHER, None, hashlib.blake2b(digest_size=16), set[float]()
    for number, block in enumerate(modality.open(media)):
        if isinstance(block, str):
            return Content(Form.TEXT, letters(block))
        array = np.ascontiguousarray(block)
        if not number:
            form = form_of(array)
            seen = look(array) if looks and form is Form.PICTURE else None
            digest.update(f"{array.dtype.str}{array.shape[1:]}".encode())
        digest.update(array.tobytes())
        if array.size and len(levels) < 2:
            levels |= {float(array.min()), float(array.max())}
    return Content(form, digest.hexdigest() if len(levels) > 1 else None, seen)


def form_of(array: NDArray[Any]) -> Form:
    """8-bit (height, width) or (height, width, 3) is a picture, floats (n,) or (n, 2) are a sound."""
    if array.dtype == np.uint8 and (array.ndim == 2 or (array.ndim == 3 and array.shape[2] == 3)):
        return Form.PICTURE
    mono_or_stereo = array.ndim == 1 or (array.ndim == 2 and array.shape[1] <= 2)
    return Form.SOUND if mono_or_stereo and array.dtype.kind == "f" else Form.OTHER


# ---- nearly equal texts ----------------------------------------------------------------------------------------------


def near_texts(keys: Sequence[str], least: float = ALIKE_TEXT) -> Pairs:
    """Pairs of distinct text keys that share at least `least` of their runs of four characters.

    Of a bucket with more than 64 keys each is paired with the 64 next in the order given, so that sorted keys find
    their likes and a thousand copies of one line do not make a million pairs.

    Args:
        keys: n keys as of `text.letters`.

    Returns:
        (m, 2) int64 places in `keys`, the smaller first, in order.

    Raises:
        MissingExtra: datasketch is not installed.
    """
    minhash = find.library("datasketch", "the search for nearly equal texts", "analysis").MinHash
    hashes = np.empty((len(keys), _HASHES), np.uint32)
    made = minhash.generator(map(_encoded, keys), num_perm=_HASHES, hashfunc=zlib.crc32)
    for row, one in zip(hashes, made, strict=True):
        row[:] = one.hashvalues
    pairs = _buckets(hashes)
    near = np.concatenate(
        [
            block[(hashes[block[:, 0]] == hashes[block[:, 1]]).mean(1) >= least - _SLACK]
            for block in np.array_split(pairs, len(pairs) // _BLOCK + 1)
        ]
    )
    return near[[resemblance(keys[a], keys[b]) >= least for a, b in near.tolist()]]


def resemblance(a: str, b: str) -> float:
    """Share of the runs of four characters of either text that both have, in [0, 1] (the Jaccard index)."""
    one, other = _runs(a), _runs(b)
    return len(one & other) / len(one | other)


def _runs(key: str) -> set[str]:
    return {key[i : i + _RUN] for i in range(max(1, len(key) - _RUN + 1))}


def _encoded(key: str) -> list[bytes]:
    return [run.encode("utf-8", "surrogatepass") for run in _runs(key)]


def _buckets(hashes: NDArray[np.uint32]) -> Pairs:
    """Pairs of rows that are equal in at least one band; rows of another band with its hash are sorted out later."""
    n = len(hashes)
    odd = np.random.default_rng(0).integers(0, 1 << 63, _ROWS, np.uint64) * np.uint64(2) + np.uint64(1)
    met = [np.empty(0, np.int64)]
    for start in range(0, _HASHES, _ROWS):
        code = hashes[:, start : start + _ROWS].astype(np.uint64) @ odd  # wraps around, as it should
        order = np.argsort(code, kind="stable")
        code = code[order]
        for step in range(1, _REACH + 1):
            here = np.flatnonzero(code[step:] == code[:-step])
            if not len(here):
                break
            met.append(order[here] * n + order[here + step])
    return np.stack(np.divmod(np.unique(np.concatenate(met)), max(n, 1)), axis=1)


# ---- nearly equal pictures -------------------------------------------------------------------------------------------


def look(picture: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """The 64 bits of a picture's difference hash, row by row, and its small copy (256,) of mean 0 and length 1."""
    from PIL import Image

    grey = Image.fromarray(picture).convert("L")
    fine = np.asarray(grey.resize((9, 8), Image.Resampling.LANCZOS))
    small = np.asarray(grey.resize((_SMALL, _SMALL), Image.Resampling.BOX), np.float32).ravel()
    small = small - small.mean()
    return (fine[:, 1:] > fine[:, :-1]).ravel(), small / max(float(np.linalg.norm(small)), 1e-6)


def near_pictures(bits: ArrayLike, small: ArrayLike, least: float = ALIKE_PICTURE) -> Pairs:
    """Pairs of pictures whose hashes differ in at most 10 of 64 bits and whose small copies correlate by `least`.

    Args:
        bits, small: (n, 64) bool and (n, 256) float32, as of `look`.

    Returns:
        (m, 2) int64 rows, the smaller first, in order.
    """
    signs = np.where(np.asarray(bits, bool), np.float32(1), np.float32(-1))  # their product is 64 less twice the bits
    copies = np.asarray(small, np.float32)
    met = [np.empty((0, 2), np.int64)]
    for start in range(0, len(signs), _BLOCK):
        first, second = np.nonzero(signs[start : start + _BLOCK] @ signs[start:].T >= 64 - 2 * _BITS)
        pairs = np.stack([first, second], axis=1)[first < second] + start
        met += [
            block[(copies[block[:, 0]] * copies[block[:, 1]]).sum(1) >= least]
            for block in np.array_split(pairs, len(pairs) // _BLOCK + 1)
        ]
    return np.concatenate(met)


# ---- windows of one recording ----------------------------------------------------------------------------------------


def overlapping(own: ArrayLike, others: ArrayLike) -> NDArray[np.bool_]:
    """Which windows share time with at least one of the others; those that only touch do not.

    Args:
        own, others: (n, 2) and (m, 2) start and end in seconds.

    Returns:
        (n,) bool.
    """
    a, b = (np.asarray(x, np.float64).reshape(-1, 2) for x in (own, others))
    b = b[np.argsort(b[:, 0], kind="stable")]
    latest = np.concatenate([[-np.inf], np.maximum.accumulate(b[:, 1])])  # end among the first k others
    return np.asarray(latest[np.searchsorted(b[:, 0], a[:, 1])] > a[:, 0])
