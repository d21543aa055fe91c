"""A small transformer encoder of our own: post-norm blocks as in BERT, one matrix for queries, keys and values.

Reference: Vaswani et al., Attention Is All You Need, 2017; Devlin et al., BERT, 2019 (layer order, GELU, learned
positions). Differs from BERT: no token types; embeddings may be factorised (Lan et al., ALBERT, 2020); padding is told
by lengths, never by a special token. A BERT checkpoint's weights fit it (`from_bert`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from torch import Tensor, nn
from torch.nn import functional as F

from ..pieces import renewed

CARD = {
    "title": "Small transformer",
    "reference": "vaswani2017attention",
    "takes": "text",
    "extra": "train",
    "form": "tokens (n, t) int64, lengths (n,) int64 -> (n, t, width) float32",
}


@dataclass(frozen=True)
class Config:
    """Sizes; `embedding` below `width` factorises the token table into (vocabulary, embedding) x (embedding, width)."""

    vocabulary: int = 1000
    width: int = 384
    layers: int = 6
    heads: int = 12
    inner: int = 1536
    longest: int = 512
    embedding: int = 0
    dropout: float = 0.1


def build(config: Config) -> Transformer:
    return Transformer(config)


def train_tokenizer(config: Config, texts: Sequence[str]) -> Tokenizer:
    """A WordPiece tokenizer of at most `config.vocabulary` pieces learnt from texts: the token table's rows."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    normalise, split = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    count = Counter(w for text in texts for w, _ in split.pre_tokenize_str(normalise.normalize_str(text)))
    often: Counter[str] = Counter()
    for word, times in count.items():
        often.update(dict.fromkeys(word, times))
    letters = sorted(often, key=lambda letter: (-often[letter], letter))[: config.vocabulary // 3]
    # the trainer numbers letters in an order of chance and keeps them all, unless it is given them as special tokens
    first = [*special, *letters, *(f"##{letter}" for letter in letters)]
    learnt = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    learnt.normalizer, learnt.pre_tokenizer = normalise, split
    trainer = trainers.WordPieceTrainer(
        vocab_size=config.vocabulary, special_tokens=first, limit_alphabet=0, show_progress=False
    )
    learnt.train_from_iterator(texts, trainer)
    made = Tokenizer(models.WordPiece(learnt.get_vocab(), unk_token="[UNK]"))
    made.normalizer, made.pre_tokenizer = normalise, split
    made.add_special_tokens(special)
    ends = [(t, made.token_to_id(t)) for t in ("[CLS]", "[SEP]")]
    made.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    return made


def toy() -> Config:
    return Config(vocabulary=50, width=16, layers=2, heads=2, inner=32, longest=64, dropout=0.0)


class Transformer(nn.Module):
    """(n, t) tokens and (n,) lengths to (n, t, width) states; positions past a row's length mean nothing."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.width = config.width
        inside = config.embedding or config.width
        self.token = nn.Embedding(config.vocabulary, inside)
        self.widen = nn.Linear(inside, config.width, bias=False) if config.embedding else nn.Identity()
        self.position = nn.Embedding(config.longest, config.width)
        self.norm = nn.LayerNorm(config.width, eps=1e-12)
        self.dropout = nn.Dropout(config.dropout)
        self.blocks = nn.ModuleList(Block(config) for _ in range(config.layers))
        for table in (self.token, self.position):
            nn.init.normal_(table.weight, std=0.02)

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        return self.layers(tokens, lengths)[-1]

    def layers(self, tokens: Tensor, lengths: Tensor) -> list[Tensor]:
        """States (n, t, width) of the embeddings and of every block."""
        place = torch.arange(tokens.shape[1], device=tokens.device)
        x = self.widen(self.token(tokens)) + self.position(place)
        made = [self.dropout(self.norm(x))]
        # (n, 1, 1, t): nothing for keys that exist, and for padding enough to leave it no share in half precision too
        absent = (place >= lengths[:, None]).to(x.dtype)[:, None, None, :] * -1e4
        for block in self.blocks:
            made.append(block(made[-1], absent))
        return made

    @property
    def depth(self) -> int:
        """How many states `layers` gives."""
        return 1 + len(self.blocks)

    @property
    def table(self) -> Tensor:
        """The token table, (pieces, embedding) float32."""
        return self.token.weight

    def narrowed(self, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Another transformer's tensors with as many inner units as this one has: in each block those that weigh most.

        A unit weighs the product of its norms in the two layers, what it can add to its block's output.
        """
        found = dict(weights)
        for i in range(len(self.blocks)):
            up, bias, down = (f"blocks.{i}.{name}" for name in ("up.weight", "up.bias", "down.weight"))
            weigh = found[up].norm(dim=1) * found[down].norm(dim=0)
            kept = weigh.topk(min(self.config.inner, len(weigh))).indices.sort().values
            found |= {up: found[up][kept], bias: found[bias][kept], down: found[down][:, kept]}
        return found

    def vocabulary(self, rows: Sequence[Sequence[int]]) -> None:
        """Put a new token table in: row i becomes the mean of the present rows `rows[i]`."""
        self.token = renewed(self.token.weight, rows)


class Block(nn.Module):
    """Self-attention and a two-layer network, each added to its input and normalised after."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.heads = config.heads
        self.p = config.dropout
        self.qkv = nn.Linear(config.width, 3 * config.width)
        self.out = nn.Linear(config.width, config.width)
        self.norm = nn.LayerNorm(config.width, eps=1e-12)
        self.up = nn.Linear(config.width, config.inner)
        self.down = nn.Linear(config.inner, config.width)
        self.last_norm = nn.LayerNorm(config.width, eps=1e-12)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, absent: Tensor) -> Tensor:
        n, t, width = x.shape
        q, k, v = (
            y.view(n, t, self.heads, -1).transpose(1, 2) for y in self.qkv(x).chunk(3, dim=2)
        )  # each (n, h, t, d)
        # written out, since torch's fused attention exports to three times the nodes
        share = (q @ (k * (width // self.heads) ** -0.5).transpose(2, 3) + absent).softmax(3)
        mixed = F.dropout(share, self.p, self.training) @ v
        x = self.norm(x + self.dropout(self.out(mixed.transpose(1, 2).reshape(n, t, width))))
        return self.last_norm(x + self.dropout(self.down(F.gelu(self.up(x)))))


def from_bert(weights: Mapping[str, Tensor], config: Config) -> dict[str, Tensor]:
    """A BERT checkpoint's tensors under this encoder's names; fewer `config.layers` are taken evenly.

    Token type 0, which every single text has, is added into the positions.
    """
    w = {k.removeprefix("bert.").removeprefix("model."): v.float() for k, v in weights.items()}
    table = "embeddings.{}_embeddings.weight"
    state = {
        "token.weight": w[table.format("word")],
        "position.weight": w[table.format("position")] + w[table.format("token_type")][0],
        "norm.weight": w["embeddings.LayerNorm.weight"],
        "norm.bias": w["embeddings.LayerNorm.bias"],
    }
    have = 1 + max(int(k.split(".")[2]) for k in w if k.startswith("encoder.layer."))
    names = {
        "out": "attention.output.dense",
        "norm": "attention.output.LayerNorm",
        "up": "intermediate.dense",
        "down": "output.dense",
        "last_norm": "output.LayerNorm",
    }
    for i in range(config.layers):
        old, new = f"encoder.layer.{i * have // config.layers}.", f"blocks.{i}."
        for part in ("weight", "bias"):
            state[f"{new}qkv.{part}"] = torch.cat(
                [w[f"{old}attention.self.{n}.{part}"] for n in ("query", "key", "value")]
            )
            state |= {f"{new}{mine}.{part}": w[f"{old}{theirs}.{part}"] for mine, theirs in names.items()}
    return state
