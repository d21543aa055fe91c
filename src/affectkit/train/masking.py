"""Words hidden from an encoder, so that it learns a corpus's language before its labels: emotion words more often.

Reference: Devlin et al., BERT, NAACL 2019 (of the hidden tokens 80 % become [MASK], 10 % another one, 10 % stay); Sosea
and Caragea, eMLM, ACL 2021 (emotion words are hidden with a chance of their own, others so much less often that the
number of hidden words stays the same).
Differs from the published code: words are looked up in lower case; a text of nothing but emotion words has a defined
chance; hiding stops when the budget is reached, not one word later; pieces that mean "unknown" are never hidden.

Hiding is uniform where emotion words have the chance of all others. What is hidden is a pure function of seed, epoch
and row, whatever batch the row is in and however many processes there are.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from .. import find, hub
from ..errors import DataError, UnknownName
from ..sample import Batch
from .batch import Features
from .reading import Reader, Tokens

SEEN = -100
"""The label of a token that was not hidden: nothing is to be guessed there."""
LABELS = "hidden"
"""The key of the labels among a batch's inputs."""
_MASK, _UNKNOWN = "[MASK]", "[UNK]"
_NEUTRAL = 0.5  # a name with at least this share of neutral in the hub is no emotion word


class Masking(StrEnum):
    """Which words are hidden."""

    EMOTION = "emotion"
    UNIFORM = "uniform"
    NONE = "none"


def chosen(name: str) -> Masking:
    """The masking of that name.

    Raises:
        UnknownName: there is none.
    """
    try:
        return Masking(name)
    except ValueError as error:
        raise UnknownName.among("a masking", name, [str(m) for m in Masking]) from error


@dataclass(frozen=True)
class Pieces:
    """What hiding must know of a tokenizer, per piece.

    Args:
        text: the piece in lower case, without the mark of a piece that goes on with a word.
        goes_on: (pieces,) bool, whether it goes on with the word before it.
        special: (pieces,) bool, whether it is no text ([CLS], [UNK] ...) and never hidden.
        mask: the piece that stands for a hidden one.
    """

    text: tuple[str, ...]
    goes_on: NDArray[np.bool_]
    special: NDArray[np.bool_]
    mask: int


def pieces(tokenizer: Tokenizer) -> Pieces:
    """What hiding must know of a WordPiece tokenizer.

    Raises:
        DataError: it is of another kind, or has no piece for what is hidden.
    """
    form = json.loads(tokenizer.to_str())
    kind = form["model"]["type"]
    if kind != "WordPiece":
        raise DataError("a WordPiece tokenizer to hide whole words", kind, "use another encoder")
    mask = tokenizer.token_to_id(_MASK)
    if mask is None:
        raise DataError(f"a piece {_MASK} in the tokenizer", "none", "begin at a run that hid words")
    mark = form["model"]["continuing_subword_prefix"]
    none = {token["content"] for token in form["added_tokens"] if token["special"]} | {_UNKNOWN}
    listed = [str(tokenizer.id_to_token(i)) for i in range(tokenizer.get_vocab_size())]
    return Pieces(
        tuple(piece.removeprefix(mark).lower() for piece in listed),
        np.asarray([piece.startswith(mark) for piece in listed]),
        np.asarray([piece in none for piece in listed]),
        mask,
    )


def with_mask(reader: Reader) -> Reader:
    """The reader with a piece for what is hidden; a new one is the last, and starts as the unknown piece does."""
    if not isinstance(reader, Tokens) or reader.tokenizer.token_to_id(_MASK) is not None:
        return reader
    tokenizer = Tokenizer.from_str(reader.tokenizer.to_str())
    own = reader.rows or [[i] for i in range(tokenizer.get_vocab_size())]
    unknown = tokenizer.get_vocab()[_UNKNOWN]
    tokenizer.add_special_tokens([_MASK])
    return replace(reader, tokenizer=tokenizer, rows=[*own, own[unknown]])


def words(ids: NDArray[np.int64], known: Pieces) -> list[tuple[int, int]]:
    """(start, end) of the words in a text's token ids (t,); special pieces are in none and end the word before them."""
    found: list[tuple[int, int]] = []
    for place, i in enumerate(ids.tolist()):
        if known.special[i]:
            continue
        if known.goes_on[i] and found and found[-1][1] == place:
            found[-1] = (found[-1][0], place + 1)
        else:
            found.append((place, place + 1))
    return found


def chances(words: int, emotional: int, often: float = 0.5, budget: float = 0.15) -> tuple[float, float]:
    """The chance of an emotion word and that of another word to be hidden.

    `budget` is the share of all words to be hidden: what emotion words take of it, the others leave. Expected hidden
    words are max(budget * words, often * emotional); with `often` = `budget`, both chances are the budget.
    """
    others = words - emotional
    return often, max(0.0, budget * words - often * emotional) / others if others else 0.0


@dataclass(frozen=True)
class Hidden:
    """One text with words hidden.

    Args:
        tokens: (t,) int64, what the encoder is given.
        labels: (t,) int64, the true piece where one is hidden, else `SEEN`.
        words, emotional: how many words there are, and how many of them are emotion words.
        hidden, hidden_emotional: how many of these are hidden.
    """

    tokens: NDArray[np.int64]
    labels: NDArray[np.int64]
    words: int
    emotional: int
    hidden: int
    hidden_emotional: int


def hide(
    ids: NDArray[np.int64],
    known: Pieces,
    lexicon: frozenset[str],
    rng: np.random.Generator,
    often: float = 0.5,
    budget: float = 0.15,
) -> Hidden:
    """Hide whole words of a text, in an order of chance, until `budget` of its tokens (at least one) are hidden.

    Args:
        ids: (t,) token ids with their special ones; left as they are.
        lexicon: emotion words in lower case.
        often: chance of an emotion word to be hidden.
        budget: share of the words, and of the tokens, to be hidden.
    """
    spans = words(ids, known)
    strong = ["".join(known.text[i] for i in ids[a:b].tolist()) in lexicon for a, b in spans]
    emotion, other = chances(len(spans), sum(strong), often, budget)
    allowed = max(1, round(budget * len(ids)))
    labels = np.full(len(ids), SEEN, np.int64)
    taken: list[int] = []
    tokens_hidden = 0
    for word, luck in zip(rng.permutation(len(spans)).tolist(), rng.random(len(spans)).tolist(), strict=True):
        if tokens_hidden >= allowed:
            break
        if luck < (emotion if strong[word] else other):
            start, end = spans[word]
            labels[start:end] = ids[start:end]
            tokens_hidden += end - start
            taken.append(word)
    return Hidden(
        _replaced(ids, labels, known, rng), labels, len(spans), sum(strong), len(taken), sum(strong[w] for w in taken)
    )


def _replaced(
    ids: NDArray[np.int64], labels: NDArray[np.int64], known: Pieces, rng: np.random.Generator
) -> NDArray[np.int64]:
    """BERT's 80 / 10 / 10: the mask, any piece of text, or what was there."""
    tokens = np.array(ids, np.int64)
    places = np.flatnonzero(labels != SEEN)
    luck = rng.random(len(places))
    tokens[places[luck < 0.8]] = known.mask
    strange = places[(luck >= 0.8) & (luck < 0.9)]
    tokens[strange] = rng.choice(np.flatnonzero(~known.special), len(strange))
    return tokens


@dataclass(frozen=True)
class Hider:
    """Hides words in a part's texts.

    Args:
        known: the tokenizer's pieces.
        lexicon: emotion words in lower case.
        often: chance of an emotion word to be hidden; equal to `budget` for hiding that is uniform.
        budget: share of words to be hidden.
        seed: of all that chance decides.
    """

    known: Pieces
    lexicon: frozenset[str]
    often: float
    budget: float
    seed: int

    def text(self, features: Features, row: int, epoch: int) -> Hidden:
        """One text of the part with words hidden, as that epoch hides them."""
        (texts,) = features.values()
        ids = texts.values[texts.start[row] : texts.start[row + 1]].astype(np.int64)
        rng = np.random.default_rng((self.seed, epoch, row))
        return hide(ids, self.known, self.lexicon, rng, self.often, self.budget)

    def batch(self, features: Features, rows: NDArray[np.int64], epoch: int) -> Batch:
        """A batch of texts with words hidden; the labels travel among the inputs, padded with `SEEN`."""
        (modality,) = features
        found = [self.text(features, row, epoch) for row in rows.tolist()]
        lengths = np.asarray([len(h.tokens) for h in found], np.int64)
        tokens = np.zeros((len(found), int(lengths.max())), np.int64)
        labels = np.full(tokens.shape, SEEN, np.int64)
        for i, hidden in enumerate(found):
            tokens[i, : lengths[i]], labels[i, : lengths[i]] = hidden.tokens, hidden.labels
        return Batch(
            ids=tuple(str(row) for row in rows.tolist()),
            inputs={modality: tokens, LABELS: labels},
            lengths={modality: lengths, LABELS: lengths},
            targets={},
            judged={},
            weight=np.ones(len(found), np.float32),
        )


def emotion_words(schemes: Sequence[str] = (), vader: bool = False) -> frozenset[str]:
    """Single words, in lower case, that name an emotion: names and synonyms of label schemes.

    Args:
        schemes: names of taxonomies; none means all that have names. What is mostly neutral in the hub is left out.
        vader: add the words of the VADER lexicon (Hutto and Gilbert, 2014; MIT).

    Raises:
        MissingExtra: the package vaderSentiment is not installed.
    """
    found: set[str] = set()
    for name in schemes or find.names("taxonomies"):
        scheme = hub.scheme(name)
        if not scheme.by_item:  # the names of dimensions and facial actions are no emotions
            for label, column in scheme.index.items():
                point = scheme.points.get(scheme.names[column])
                if point is None or point.coarse.get("neutral", 0.0) < _NEUTRAL:
                    found.add(label)
    if vader:
        found |= _vader()
    return frozenset(word for word in found if word.isalpha() and len(word) > 1)


def _vader() -> set[str]:
    package = find.library("vaderSentiment", "the emotion words of VADER", "test")
    file = Path(package.__path__[0]) / "vader_lexicon.txt"
    return {line.split("\t")[0].lower() for line in file.read_text(encoding="utf-8").splitlines()}
