"""Hashed n-grams of tokens: every n-gram has a row of one table, and a text is the sum of its n-grams' rows.

Reference: Joulin et al., Bag of Tricks for Efficient Text Classification, EACL 2017 (fastText); Weinberger et al.,
Feature Hashing for Large Scale Multitask Learning, ICML 2009 (the buckets); Daumé III, Frustratingly Easy Domain
Adaptation, ACL 2007 (`languages`: each n-gram counts once for all languages and once for the text's own, which is the
one that a small table of the same n-grams votes for). With characters as tokens, words need not be known; over a
network's own pieces it is the wide half of Cheng et al., Wide & Deep Learning for Recommender Systems, 2016.
With `marked`, a row belongs to one n-gram alone: it bears a mark of it, and others that fall into its bucket find
nothing and do not count; each has three rows to choose from (Azar et al., Balanced Allocations, 1999).
Differs from fastText: a text is divided by the square root of its n-grams' number, not by the number; the hash is
computed inside the network, so that a bundle needs no code of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
from torch import Tensor, nn
from torch.nn import functional as F

CARD = {
    "title": "Hashed n-grams",
    "reference": "joulin2017bag",
    "takes": "text",
    "extra": "train",
    "form": "tokens (n, t) int64, lengths (n,) int64 -> (n, t, width) float32",
}

_SPECIAL = ("[PAD]", "[UNK]", "▁")
_BORDER = 2  # id of "▁", which stands before, between and after words
_PRIME, _SALT = 1_000_003, 97_531
_CHOICES = 3
_ROOM = 2**31 - 1  # keys stay below it, so that a key times the prime fits into int64


@dataclass(frozen=True)
class Config:
    """Sizes.

    Args:
        vocabulary: most tokens of the tokenizer it learns.
        width: numbers per n-gram; with languages, the votes for each follow them in the states.
        buckets: rows of the table.
        most: tokens of the longest n-gram.
        within: n-grams hold at most their first and last token outside a word (characters); False crosses borders.
        damped: an n-gram met c times in a text counts 1 + log c times, not c times.
        marked: rows bear the mark of the n-gram they were given to (`place`); False shares them with whatever comes.
        languages: of so many, the text's own is found and its n-grams count apart; 0 leaves languages alone.
        shared: with languages, n-grams count for all of them together too.
        language_buckets: rows of the table that finds it, of n-grams of up to three tokens.
    """

    vocabulary: int = 4000
    width: int = 32
    buckets: int = 1 << 17
    most: int = 5
    within: bool = True
    damped: bool = False
    marked: bool = False
    languages: int = 0
    shared: bool = True
    language_buckets: int = 1 << 14


def build(config: Config) -> Ngrams:
    return Ngrams(config)


def train_tokenizer(config: Config, texts: Sequence[str]) -> Tokenizer:
    """Characters in lower case, with "▁" before, between and after words: the most frequent ones in texts."""
    normalise = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Lowercase(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
    )
    often: Counter[str] = Counter()
    for text in texts:
        often.update(normalise.normalize_str(text).replace(" ", ""))
    often.pop("▁", None)
    letters = sorted(often, key=lambda letter: (-often[letter], letter))[: config.vocabulary - len(_SPECIAL)]
    table = {token: i for i, token in enumerate([*_SPECIAL, *letters])}
    made = Tokenizer(models.WordLevel(table, unk_token="[UNK]"))
    made.normalizer = normalizers.Sequence([normalise, normalizers.Replace(" ", "▁")])
    made.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    made.add_special_tokens(list(_SPECIAL[:2]))
    made.post_processor = processors.TemplateProcessing(single="▁ $A ▁", special_tokens=[("▁", _BORDER)])
    return made


def toy() -> Config:
    return Config(vocabulary=50, width=16, buckets=97, most=3, within=False)


@dataclass(frozen=True)
class Grams:
    """Keys (n, t) int64 and what each counts (n, t), per order: of all n-grams, and of those that have a say.

    Args:
        votes: (n, t, languages) for the text's language; None where languages are left alone.
    """

    found: list[tuple[Tensor, Tensor]]
    counted: list[tuple[Tensor, Tensor]]
    votes: Tensor | None


class Ngrams(nn.Module):
    """(n, t) tokens and (n,) lengths to (n, t, width): at each place the sum over the n-grams that end there.

    Scaled so that the mean over a text's places is the sum over its n-grams by the square root of how many have a row.
    """

    mark: Tensor

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.width = config.width + config.languages
        self.table = nn.Embedding(config.buckets, config.width)
        nn.init.normal_(self.table.weight, std=0.01)  # what was never met says next to nothing
        if config.marked:
            self.register_buffer("mark", torch.zeros(config.buckets, dtype=torch.uint8))  # 0: nobody's
        if config.languages:
            self.language = nn.Embedding(config.language_buckets, config.languages)
            nn.init.normal_(self.language.weight, std=0.01)

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        own = self.grams(tokens, lengths)
        said = [self._rows(key, there) for key, there in own.counted]
        states = torch.stack([rows for rows, _ in said]).sum(0)
        number = torch.stack([held.sum(1) for _, held in said]).sum(0).clamp(min=1.0)  # (n,)
        states = states * number.rsqrt()[:, None, None]
        if own.votes is not None:
            plain = torch.stack([there.sum(1) for _, there in own.found]).sum(0).clamp(min=1.0)
            states = torch.cat([states, own.votes * plain.rsqrt()[:, None, None]], 2)
        return states * lengths[:, None, None]

    def grams(self, tokens: Tensor, lengths: Tensor) -> Grams:
        """The n-grams of texts, and what of them counts."""
        found = self.keys(tokens, lengths)
        if not self.config.languages:
            return Grams(found, found, None)
        votes = self.votes(found)
        spoken = votes.sum(1).argmax(1)
        own = [(self.told(key, spoken), there) for key, there in found]
        return Grams(found, [*found, *own] if self.config.shared else own, votes)

    def keys(self, tokens: Tensor, lengths: Tensor) -> list[tuple[Tensor, Tensor]]:
        """Per order: keys (n, t) int64 of the n-grams that end at each place, and what each counts, 0.0 for none."""
        place = torch.arange(tokens.shape[1], device=tokens.device)
        border = (tokens == _BORDER).float()
        key, inside = tokens, torch.zeros_like(border)  # borders between an n-gram's first and last token
        found = []
        for order in range(1, self.config.most + 1):
            if order > 1:
                key = torch.remainder(F.pad(key, (1, -1)) * _PRIME + tokens + order, _ROOM)
            if order > 2:
                inside = F.pad(inside + border, (1, -1))
            there = ((place >= order - 1) & (place < lengths[:, None])).float()
            there = there * (inside == 0).float() if self.config.within else there
            found.append((key, _damped(key, there) if self.config.damped else there))
        return found

    def votes(self, found: Sequence[tuple[Tensor, Tensor]]) -> Tensor:
        """(n, t, languages): what the n-grams of up to three tokens say of the language, where each ends."""
        size = self.config.language_buckets
        return torch.stack([self.language(torch.remainder(k, size)) * t[:, :, None] for k, t in found[:3]]).sum(0)

    def told(self, key: Tensor, language: Tensor) -> Tensor:
        """The keys (n, t) of the same n-grams in a language (n,)."""
        return torch.remainder(key * _PRIME + (language[:, None] + 1) * _SALT, _ROOM)

    def slots(self, key: Tensor) -> tuple[Tensor, ...]:
        """The rows in which an n-gram may stand: one, or three where rows are marked."""
        slots = [torch.remainder(key, self.config.buckets)]
        for _ in range(_CHOICES - 1 if self.config.marked else 0):
            key = torch.remainder(key * _PRIME + _SALT, _ROOM)
            slots.append(torch.remainder(key, self.config.buckets))
        return tuple(slots)

    def place(self, keys: Tensor) -> Tensor:
        """Give rows to n-grams (m,), the first ones first, and mark them; the row of each, -1 for those without."""
        own = torch.full_like(keys, -1)
        taken = torch.zeros(self.config.buckets, dtype=torch.bool)
        for slot in self.slots(keys):
            left = torch.nonzero(own < 0)[:, 0]
            order = torch.argsort(slot[left], stable=True)
            left, wanted = left[order], slot[left][order]
            ahead = torch.ones_like(wanted, dtype=torch.bool)
            ahead[1:] = wanted[1:] != wanted[:-1]  # of several for one row, the one that comes first
            fits = ahead & ~taken[wanted]
            own[left[fits]] = wanted[fits]
            taken[wanted[fits]] = True
        if self.config.marked:
            self.mark.zero_()
            self.mark[own[own >= 0]] = _mark(keys[own >= 0])
        return own

    def _rows(self, key: Tensor, there: Tensor) -> tuple[Tensor, Tensor]:
        """What the n-grams with these keys (n, t) say, (n, t, width), and which have a row, (n, t)."""
        said, held = [], []
        for slot in self.slots(key):
            own = there * (self.mark[slot] == _mark(key)).to(there.dtype) if self.config.marked else there
            said.append(self.table(slot) * own[:, :, None])
            held.append(own)
        return torch.stack(said).sum(0), torch.stack(held).sum(0)


def _damped(key: Tensor, there: Tensor) -> Tensor:
    """What each n-gram (n, t) counts so that those that are alike in a text count 1 + log of their number together."""
    alike = (key[:, :, None] == key[:, None, :]).to(there.dtype) * there[:, None, :]
    number = alike.sum(2).clamp(min=1.0)
    return there * (1 + number.log()) / number


def _mark(key: Tensor) -> Tensor:
    return (torch.remainder(key * 7919 + 1, _ROOM) % 255 + 1).to(torch.uint8)
