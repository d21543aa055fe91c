"""HUE: empathy and distress from a frozen sentence encoder beside lexicons, by the mean of a network and two machines.

Reference: Singh et al., Towards More Accurate Prediction of Human Empathy and Emotion in Text and Multi-turn
Conversations, arXiv 2407.18496, 2024. An essay becomes one row of numbers: what an encoder that is not trained says of
it, and what lexicons say of its words. Small networks and two kernel machines learn from these rows; the networks share
a vote.
Differs from the paper: one encoder, all-MiniLM-L6 unless another is set, and the means of all its layers, as the last
alone tells less; lexicons that may be passed on (VADER, and our own list, see `own_list`) instead of NRC's and MPQA's;
words are looked up in lower case and whole, and the features are scaled by the training part alone; kernel ridge
regression with a Gaussian and a Laplacian kernel instead of two support vector machines, with terms for the words
themselves; plain dropout, a split at random, and no weights for the ends of the scale. The released code trains on the
rows that it chooses epochs by: not here. The paper's data may not be passed on; Empathic Reactions are the essays that
they grew from, so that the figures to compare with are those of that corpus's own paper (a convolutional network, ten
folds over essays).
Known fault: within a training, what can be chosen is chosen on its own part; but which layers, kernels and weights are
offered at all was settled by comparing about sixty variants on folds of the same essays, so that the figures lean
upward. Folds over essays have each person in both parts; with persons kept whole the correlations are .04 lower.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor, nn

from .. import find, hub, settings, store
from ..errors import UsageError
from ..nn.model import Model, Scale
from ..task import Task
from ..train import batch as batching
from ..train import loop, mixture, reading, run, supervised
from ..train.batch import Features, Ragged
from ..train.mixture import Mixture

CARD = {
    "title": "HUE: frozen encoder and lexicons, three votes",
    "reference": "singh2024towards",
    "takes": "text",
    "extra": "train",
    "claims": [
        {
            "claim": "empathy from essays, ten folds: the corpus's own convolutional network",
            "corpus": "empathic_reactions",
            "metric": "pearson.empathy",
            "paper": 0.404,
            "reference": "buechel2018empathic",
        },
        {
            "claim": "distress from essays, ten folds: the corpus's own convolutional network",
            "corpus": "empathic_reactions",
            "metric": "pearson.distress",
            "paper": 0.444,
            "reference": "buechel2018empathic",
        },
    ],
    "recipe": [
        "train hue_empathy --on empathic_reactions --set split=group:person --set vader=true --out runs/hue_empathy",
        "crossvalidate hue_empathy --on empathic_reactions --set vader=true --by random,person",
    ],
}

_COARSE = len(hub.COARSE) + len(hub.VAD)
CHANNELS = _COARSE + 3
"""What lexicons say of a piece: our list's coarse shares and dimensions, VADER's value, and whether each has it."""
_SHAPES = ("gaussian", "laplacian")
_WORTH = ((0.0, 0.0), (0.0, 0.5), (0.3, 0.0), (0.3, 0.5))
"""Weights of the lexicons' kernel and of the words' own, beside 1 for the encoder's."""
_DECAYS = (0.3, 0.6, 1.2, 2.4)
_TRIED = 3000
"""Rows at random among which weights and decay are chosen, since trying all takes time by the cube of their number."""
_BLANK = "Ġ"
"""What stands for a blank in pieces of bytes."""
_PRIOR = 20.0
"""Texts without any emotion that every word is given beforehand in our list."""
_ROWS, _AT_ONCE = 32, 256
"""Texts that an encoder reads at once, and rows that are compared with all others at once."""


@dataclass(frozen=True)
class Config(supervised.Plan):
    """The supervised plan, of which `head_lr` and what follows it are the network's, and the features.

    Args:
        words_from: a corpus on whose training part our own list is fitted; "" leaves it out.
        vader: use the VADER lexicon (package vaderSentiment).
        networks: how many share the networks' vote, each with its own beginning and its own best epoch.
        hidden: sizes of a network's layers.
        dropout: before each of them.
        dimensions_weight: what the objective of dimensions counts beside that of names.
    """

    longest: int = 256
    seen: int = 0
    epochs: int = 20
    batch_size: int = 64
    head_lr: float = 1e-3
    precision: str = "no"
    words_from: str = "goemotions"
    vader: bool = False
    networks: int = 5
    hidden: tuple[int, ...] = (256, 128)
    dropout: float = 0.5
    dimensions_weight: float = 1.0


class Hue(Model):
    """Tokens (n, t) and lengths (n,) to one (n, k) output per task: the mean of the votes; names have the network's.

    Buffers that are set by `fit` grow to the size of what is loaded: the machines keep all rows they learnt from.
    """

    def __init__(
        self,
        config: Config,
        encoder: nn.Module,
        tokenizer: Tokenizer,
        tasks: Sequence[Task],
        scales: Sequence[Scale],
    ) -> None:
        dense, pieces = encoder.depth * encoder.width, tokenizer.get_vocab_size()
        heads = [Together(dense + CHANNELS, len(t.names), config) for t in tasks]
        super().__init__(encoder, heads, [t.id for t in tasks], scales)
        self.dense, self.outputs = dense, tuple(len(t.names) for t in tasks)
        self.half = loop.precision(config) == "bf16"
        self.made_by = f"{config.encoder} {self.half}"
        self.scaled = tuple(i for i, task in enumerate(tasks) if task.scaled)
        self.register_buffer("goes_on", torch.from_numpy(_goes_on(tokenizer)))
        self.register_buffer("lexicon", torch.zeros(pieces, CHANNELS))
        self.register_buffer("rare", torch.zeros(pieces))
        self.register_buffer("mean", torch.zeros(self.dense + CHANNELS))
        self.register_buffer("spread", torch.ones(self.dense + CHANNELS))
        self.register_buffer("medians", torch.ones(2))
        self.register_buffer("support", torch.zeros(1, self.dense + CHANNELS))
        for i in self.scaled:
            k = len(tasks[i].names)
            self.register_buffer(f"alpha_{i}", torch.zeros(len(_SHAPES), 1, k))
            self.register_buffer(f"worth_{i}", torch.zeros(len(_SHAPES), k))
            self.register_buffer(f"words_{i}", torch.zeros(pieces, k))

    def _load_from_state_dict(self, state: Mapping[str, Tensor], prefix: str, *rest: Any) -> None:
        for name in ("support", *(f"alpha_{i}" for i in self.scaled)):
            if prefix + name in state:
                setattr(self, name, torch.empty_like(state[prefix + name]))
        super()._load_from_state_dict(state, prefix, *rest)

    def described(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """The rows (n, dense + CHANNELS) before scaling: the means of every layer's states, then of the lexicons."""
        there = (torch.arange(tokens.shape[1], device=tokens.device) < lengths[:, None]).float()
        n = lengths[:, None].float()
        layers = [(x.float() * there[:, :, None]).sum(1) / n for x in self.encoder.layers(tokens, lengths)]
        on = self.goes_on[tokens]
        on = torch.cat([torch.zeros_like(on[:, :1]), on[:, 1:]], 1)  # nothing is before the first
        follows = torch.cat([on[:, 1:], torch.zeros_like(on[:, :1])], 1)
        whole = there * (~on).float() * (~follows).float()
        words = (self.lexicon[tokens] * whole[:, :, None]).sum(1) / n
        return torch.cat([*layers, words], 1)

    def shares(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """How much each position (n, t) says as a word: log count times rarity, a text's pieces having length 1."""
        there = (torch.arange(tokens.shape[1], device=tokens.device) < lengths[:, None]).float()
        same = (tokens[:, :, None] == tokens[:, None, :]).float() * there[:, None, :]
        count = same.sum(2).clamp_min(1.0)
        value = (1 + count.log()) * self.rare[tokens] * there
        norm = (value.square() / count).sum(1, keepdim=True).clamp_min(1e-12).sqrt()
        return value / count / norm

    def forward(self, tokens: Tensor, lengths: Tensor) -> tuple[Tensor, ...]:
        return self.of_rows(self.described(tokens, lengths), tokens, lengths)

    def of_rows(self, described: Tensor, tokens: Tensor, lengths: Tensor) -> tuple[Tensor, ...]:
        """What `forward` gives, where the rows (n, dense + CHANNELS) before scaling are known."""
        rows = (described - self.mean) / self.spread
        share = self.shares(tokens, lengths)
        near = self.kernels(rows, self.support) if self.scaled else []
        made = []
        for i, head in enumerate(self.heads):
            y = head(rows)
            if i in self.scaled:
                alpha, worth = self.get_buffer(f"alpha_{i}"), self.get_buffer(f"worth_{i}")
                said = (self.get_buffer(f"words_{i}")[tokens] * share[:, :, None]).sum(1)
                for shape, (dense, lexical) in enumerate(near):
                    said = said + dense @ alpha[shape] + (lexical @ alpha[shape]) * worth[shape]
                y = (y + said) / (1 + len(_SHAPES))
            made.append(y * self.get_buffer(f"factor_{i}") + self.get_buffer(f"shift_{i}"))
        return tuple(made)

    @torch.inference_mode()
    def answers(self, features: Features) -> list[NDArray[np.float32]]:
        """The outputs for all rows of features, one (n, k) array per task; what the encoder says is in the cache.

        With `precision=bf16` the encoder is read in half precision here, so that they are nearly those of `forward`.
        """
        texts = _tokens(features)
        rows, made = _described(self, texts), [np.zeros((len(texts.lengths), k), np.float32) for k in self.outputs]
        for some in batching.in_order(texts.lengths, _AT_ONCE):
            found = self.of_rows(torch.from_numpy(rows[some]), *(torch.from_numpy(a) for a in texts.padded(some)))
            for whole, y in zip(made, found, strict=True):
                whole[some] = y.numpy()
        return made

    def kernels(self, rows: Tensor, others: Tensor) -> list[tuple[Tensor, Tensor]]:
        """For each shape, how alike scaled rows (n, d) and others (m, d) are: by the encoder and by the lexicons."""
        parts = [slice(self.dense), slice(self.dense, None)]
        far = [_squared(rows[:, p], others[:, p]) / self.medians[j] for j, p in enumerate(parts)]
        gaussian = [torch.exp(-d) for d in far]
        laplacian = [torch.exp(-(d + 1e-8).sqrt()) for d in far]
        return [(gaussian[0], gaussian[1]), (laplacian[0], laplacian[1])]


class Together(nn.Module):
    """Several networks that read the same rows (n, d): the mean (n, k) of what they say."""

    def __init__(self, inputs: int, outputs: int, config: Config) -> None:
        super().__init__()
        self.nets = nn.ModuleList(net(inputs, outputs, config) for _ in range(config.networks))

    def forward(self, rows: Tensor) -> Tensor:
        return torch.stack([one(rows) for one in self.nets]).mean(0)


class Nets(nn.Module):
    """One network per task, on finished rows (n, 1, d): what the loop trains."""

    def __init__(self, model: Hue, which: int) -> None:
        super().__init__()
        self.heads = nn.ModuleList(head.nets[which] for head in model.heads)
        self.scale = [(model.get_buffer(f"factor_{i}"), model.get_buffer(f"shift_{i}")) for i in range(len(self.heads))]

    def forward(self, rows: Tensor, lengths: Tensor) -> tuple[Tensor, ...]:
        pairs = zip(self.heads, self.scale, strict=True)
        return tuple(head(rows[:, 0]) * f.to(rows.device) + s.to(rows.device) for head, (f, s) in pairs)

    def parts(self) -> Mapping[str, list[nn.Parameter]]:
        """Parameters by part, as in `nn.model.Model`."""
        return {"encoder": [], "heads": list(self.heads.parameters())}


def net(inputs: int, outputs: int, config: Config) -> nn.Sequential:
    """Dropout, a linear layer, GELU, as often as there are sizes; then one more dropout and layer."""
    sizes = [inputs, *config.hidden]
    layers: list[nn.Module] = []
    for a, b in pairwise(sizes):
        layers += [nn.Dropout(config.dropout), nn.Linear(a, b), nn.GELU()]
    return nn.Sequential(*layers, nn.Dropout(config.dropout), nn.Linear(sizes[-1], outputs))


def reader(config: Config, train: Mixture) -> reading.Reader:
    """What turns media into features, learnt on the training part."""
    return supervised.reader(config, train)


def build(config: Config, tasks: Sequence[Task], scales: Sequence[Scale], reader: reading.Reader) -> Hue:
    """The network before it is fitted.

    Raises:
        UsageError: an encoder whose layers cannot be read one by one.
    """
    part, its = settings.part("encoders", config.encoder)
    encoder = part.build(its)
    if not isinstance(reader, reading.Tokens) or not hasattr(encoder, "layers"):
        raise UsageError("a text encoder that shows its layers", config.encoder, "--set encoder=minilm")
    if reader.rows is not None:
        encoder.vocabulary(reader.rows)
    return Hue(config, encoder, reader.tokenizer, tasks, scales)


def loss(config: Config, train: Mixture) -> loop.Loss:
    """The sum of the tasks' objectives: the networks'."""
    return supervised.objectives(train, dimensions_weight=config.dimensions_weight)


def fit(config: Config, model: Hue, stage: run.Stage) -> None:
    """Scale the rows, train the networks on them by the loop, and solve the machines; dev chooses the networks' epoch.

    What a machine needs beside its rows (weights of the kernels, decay) is what foretells each of `_TRIED` training
    texts best from the others of them.
    """
    (train, texts), (dev, dev_texts) = stage.train, stage.dev
    model.eval()
    model.lexicon.copy_(torch.from_numpy(lexicon(config, stage.reader, train)))
    model.rare.copy_(torch.from_numpy(_rarity(_tokens(texts), len(model.rare))))
    rows, dev_rows = (_described(model, _tokens(part)) for part in (texts, dev_texts))
    spread = rows.std(0)
    model.mean.copy_(torch.from_numpy(rows.mean(0)))
    model.spread.copy_(torch.from_numpy(np.where(spread > 1e-6, spread, 1.0)))
    scaled, dev_scaled = ((r - model.mean.numpy()) / model.spread.numpy() for r in (rows, dev_rows))
    for which in range(config.networks):
        _train_nets(config, model, which, stage, (train, scaled), (dev, dev_scaled))
    for i in model.scaled:
        _solve(model, i, train, scaled, _tokens(texts))
    weights = {k: v.detach().cpu().contiguous().clone() for k, v in model.state_dict().items()}
    with store.whole(stage.folder / loop.BEST) as aside:
        save_file(weights, aside)
    _join_logs(stage, [_folder(stage, which) for which in range(config.networks)])


def _join_logs(stage: run.Stage, folders: Sequence[Path]) -> None:
    """The networks' logs as one, each epoch the mean of theirs; their folders go."""
    logs = [(folder / "log.jsonl").read_text(encoding="utf-8").splitlines() for folder in folders]
    with store.whole(stage.folder / "log.jsonl") as aside, aside.open("w", encoding="utf-8") as opened:
        for lines in zip(*logs, strict=True):
            each = [json.loads(line) for line in lines]
            known = [e["monitor"] for e in each if e["monitor"] is not None]
            mean = {
                "monitor": float(np.mean(known)) if known else None,
                "loss": float(np.mean([e["loss"] for e in each])),
            }
            opened.write(json.dumps(each[0] | mean) + "\n")
    for folder in folders:
        shutil.rmtree(folder)


def _folder(stage: run.Stage, which: int) -> Path:
    return stage.folder / f"net-{which}"


def _train_nets(
    config: Config,
    model: Hue,
    which: int,
    stage: run.Stage,
    train: tuple[Mixture, NDArray[np.float32]],
    dev: tuple[Mixture, NDArray[np.float32]],
) -> None:
    nets, folder, seed = Nets(model, which), _folder(stage, which), stage.seed * config.networks + which
    folder.mkdir(exist_ok=True)
    features, dev_features = ({"text": Ragged(rows, np.arange(len(rows) + 1))} for _, rows in (train, dev))
    training = loop.start(nets, nets.parts(), config, seed, folder, -(-len(train[0]) // config.batch_size))
    loop.fit(training, train[0], features, loss(config, train[0]), supervised.monitor(dev[0], dev_features))
    loop.finish(training)
    nets.load_state_dict(load_file(folder / loop.BEST))
    model.heads.cpu().eval()


@torch.inference_mode()
def _solve(model: Hue, i: int, train: Mixture, scaled: NDArray[np.float32], texts: Ragged) -> None:
    """Put the machines of one task in; its outputs are in units of the training part's deviation."""
    task = train.tasks[i]
    told = train.judged[task.id].all(1)
    rows, pieces = torch.from_numpy(scaled), len(model.rare)
    model.support = rows
    parts = [slice(model.dense), slice(model.dense, None)]
    far = [_squared(rows[:, p], rows[:, p]) for p in parts]
    model.medians.copy_(torch.stack([d[d > 0].median() if (d > 0).any() else torch.tensor(1.0) for d in far]))
    bags = _bags(model, texts)
    words = (bags @ bags.T).toarray()
    factor, shift = (model.get_buffer(f"{name}_{i}").numpy() for name in ("factor", "shift"))
    y = ((train.targets[task.id] - shift) / factor)[told].astype(np.float64)
    alpha = np.zeros((len(_SHAPES), len(rows), y.shape[1]))
    worth, table = np.zeros((len(_SHAPES), y.shape[1])), np.zeros((pieces, y.shape[1]))
    tried = np.sort(np.random.default_rng(0).permutation(len(y))[:_TRIED])
    for shape, (dense, lexical) in enumerate(model.kernels(rows, rows)):
        own, lex = (k.numpy().astype(np.float64)[np.ix_(told, told)] for k in (dense, lexical))
        said = words[np.ix_(told, told)]
        few = [k[np.ix_(tried, tried)] for k in (own, lex, said)]
        found = [machine(few[0] + a * few[1] + b * few[2], y[tried]) for a, b in _WORTH]
        for column in range(y.shape[1]):
            best = int(np.argmax([scores[column] for scores, _ in found]))
            (a, b), decay = _WORTH[best], found[best][1][column]
            solved = np.linalg.solve(own + a * lex + b * said + decay * np.eye(len(y)), y[:, column])
            alpha[shape, told, column], worth[shape, column] = solved, a
            table[:, column] += b * (bags[np.flatnonzero(told)].T @ solved)
    model.get_buffer(f"worth_{i}").copy_(torch.from_numpy(worth))
    model.get_buffer(f"words_{i}").copy_(torch.from_numpy(table))
    setattr(model, f"alpha_{i}", torch.from_numpy(alpha.astype(np.float32)))


def machine(kernel: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How well kernel ridge regression foretells each column of y (n, k) with the best of `_DECAYS` for it.

    Returns the correlation (k,) with what is said of a row by a machine that was solved without it (which needs no
    second solving), and the decays (k,).
    """
    values, vectors = np.linalg.eigh(kernel)
    turned, squares = vectors.T @ y, vectors**2
    best, chosen = np.full(y.shape[1], -np.inf), np.full(y.shape[1], _DECAYS[0])
    for decay in _DECAYS:
        inverse = 1.0 / (np.maximum(values, 0.0) + decay)
        left_out = y - vectors @ (inverse[:, None] * turned) / (squares @ inverse)[:, None]
        for column in range(y.shape[1]):
            score = _correlation(left_out[:, column], y[:, column])
            if score > best[column]:
                best[column], chosen[column] = score, decay
    return best, chosen


def lexicon(config: Config, reader: reading.Reader, train: Mixture) -> NDArray[np.float32]:
    """(pieces, CHANNELS): what the lexicons say of each piece that is a word."""
    tokenizer = _tokenizer(reader)
    table = np.zeros((tokenizer.get_vocab_size(), CHANNELS), np.float32)
    if config.words_from:
        # in a split of our own, the corpus's official training part may hold what is tested here
        split = config.split if config.words_from in train.corpus else ""
        own = own_list(config.words_from, reader, split)
        table[:, :_COARSE] = own
        table[:, _COARSE] = own.any(1)
    if config.vader:
        written: dict[str, list[int]] = {}
        for piece in range(len(table)):
            written.setdefault(str(tokenizer.id_to_token(piece)).removeprefix(_BLANK).lower(), []).append(piece)
        for word, value in _vader():
            for piece in written.get(word, ()):
                table[piece, _COARSE + 1 :] = value, 1.0
    return table


def own_list(corpus: str, reader: reading.Reader, split: str = "") -> NDArray[np.float32]:
    """Our own list of emotion words: (pieces, 12) coarse shares and valence, arousal, dominance, as departures.

    How the mean point in the hub of the corpus's training texts that hold the word departs from that of all, drawn
    towards nought for words that few texts hold. `split` as `mixture.resplit` makes it; "" for the corpus's own.
    """
    whole = mixture.read([corpus])
    data = (mixture.resplit(whole, split) if split else whole).part("train")
    tokens = _tokens({"text": reader.features([m["text"] for m in data.media])})
    task, pieces = data.tasks[0], _tokenizer(reader).get_vocab_size()

    def make(file: Path) -> None:
        values = data.targets[task.id].astype(np.float64)
        if task.range is not None:  # to the scheme's own scale
            low, high = hub.scheme(task.scheme).range
            values = low + (values + 1) / 2 * (high - low)
        points = hub.scheme(task.scheme).to_hub(_columns(task, values))
        there = np.concatenate([points.coarse, points.vad], 1)
        with np.errstate(invalid="ignore"):
            apart = np.nan_to_num(there - np.nanmean(np.where(np.isfinite(there), there, np.nan), 0))
        found = np.zeros((pieces, _COARSE))
        texts = np.zeros(pieces)
        for row, ids in enumerate(_each(tokens)):
            held = np.unique(ids)
            found[held] += apart[row]
            texts[held] += 1
        with file.open("wb") as opened:
            np.save(opened, (found / (texts[:, None] + _PRIOR)).astype(np.float32), allow_pickle=False)

    made_of = (tokens.values.tobytes(), tokens.start.tobytes(), data.targets[task.id].tobytes(), task.scheme)
    return np.load(store.cached(store.key("hue own list", *made_of), ".npy", make), allow_pickle=False)


def further(config: Config) -> tuple[str, ...]:
    """The corpora beside those trained on whose labels go into the weights."""
    return (config.words_from,) if config.words_from else ()


def toy() -> Config:
    """A config that is fitted in seconds without any weights from outside."""
    return Config(**{**supervised.TOY, "hidden": (32,), "dropout": 0.1})


def _columns(task: Task, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values (n, k) of a task's names in the columns of its scheme."""
    names = hub.scheme(task.scheme).names
    whole = np.zeros((len(values), len(names)))
    whole[:, [names.index(n) for n in task.names]] = values
    return whole


def _vader() -> Iterator[tuple[str, float]]:
    """VADER's words with their mean rating, brought from -4 to 4 to [-1, 1]."""
    package = find.library("vaderSentiment", "the VADER lexicon", "test")
    for line in (Path(package.__path__[0]) / "vader_lexicon.txt").read_text(encoding="utf-8").splitlines():
        word, value, *_ = line.split("\t")
        yield word.lower(), float(value) / 4


def _goes_on(tokenizer: Tokenizer) -> NDArray[np.bool_]:
    """(pieces,) bool: whether a piece goes on with the word before it.

    Raises:
        UsageError: a tokenizer that marks neither what goes on nor where a word begins.
    """
    made = json.loads(tokenizer.to_str())
    pieces = [str(tokenizer.id_to_token(i)) for i in range(tokenizer.get_vocab_size())]
    if mark := made["model"].get("continuing_subword_prefix"):
        return np.asarray([p.startswith(mark) for p in pieces])
    if "ByteLevel" not in json.dumps(made["decoder"]):
        raise UsageError("pieces of words or of bytes", str(made["model"]["type"]), "--set encoder=minilm")
    # there a piece that begins a word begins with the blank before it, and signs need none
    return np.asarray([p[:1].isalnum() and not p.startswith(_BLANK) for p in pieces])


@torch.inference_mode()
def _described(model: Hue, texts: Ragged) -> NDArray[np.float32]:
    """The rows (n, d) of all texts; what the encoder says of a text is kept by the content of both."""
    weights = [v.detach().cpu().numpy().tobytes() for v in model.encoder.state_dict().values()]
    tables = (model.lexicon.numpy().tobytes(), model.goes_on.numpy().tobytes())
    made_by = store.key(Path(__file__), model.made_by, *weights, *tables)
    folder = store.cache_folder() / "hue"
    files = [_kept(folder, store.key(made_by, ids.tobytes())) for ids in _each(texts)]
    missing = np.asarray([i for i, file in enumerate(files) if not file.exists()], np.int64)
    for some in batching.in_order(texts.lengths[missing], _ROWS) if len(missing) else ():
        at = missing[some]
        with torch.autocast("cpu", torch.bfloat16, enabled=model.half):
            found = model.described(*(torch.from_numpy(a) for a in texts.padded(at))).float().numpy()
        for i, row in zip(at.tolist(), found, strict=True):
            store.write(files[i], row.tobytes())
    return np.stack([np.frombuffer(file.read_bytes(), np.float32) for file in files])


def _kept(folder: Path, key: str) -> Path:
    return folder / key[:2] / f"{key}.f32"


def _bags(model: Hue, texts: Ragged) -> Any:
    """(n, pieces) sparse: each text's pieces as `Hue.shares` weighs them."""
    sparse = find.library("scipy.sparse", "the method 'hue_empathy'", "train")
    rare: NDArray[np.float32] = model.rare.numpy()
    values, columns, start = [], [], [0]
    for ids in _each(texts):
        held, count = np.unique(ids, return_counts=True)
        value = (1 + np.log(count)) * rare[held]
        values.append(value / max(float(np.linalg.norm(value)), 1e-6))
        columns.append(held)
        start.append(start[-1] + len(held))
    return sparse.csr_matrix((np.concatenate(values), np.concatenate(columns), start), (len(start) - 1, len(rare)))


def _rarity(texts: Ragged, pieces: int) -> NDArray[np.float32]:
    """(pieces,) the log of how few training texts hold a piece; 0 for what fewer than two of them hold."""
    held = np.zeros(pieces)
    for ids in _each(texts):
        held[np.unique(ids)] += 1
    return np.where(held > 1, np.log(len(texts.lengths) / np.maximum(held, 1)), 0.0).astype(np.float32)


def _each(texts: Ragged) -> Iterator[NDArray[Any]]:
    return (texts.values[a:b] for a, b in pairwise(texts.start.tolist()))


def _tokens(features: Features) -> Ragged:
    (texts,) = features.values()
    return texts


def _tokenizer(reader: reading.Reader) -> Tokenizer:
    assert isinstance(reader, reading.Tokens)  # `build` refuses another
    return reader.tokenizer


def _squared(a: Tensor, b: Tensor) -> Tensor:
    """Squared distances (n, m) of rows, per number in a row."""
    far = a.square().sum(1)[:, None] + b.square().sum(1)[None, :] - 2 * a @ b.T
    return far.clamp_min(0.0) / a.shape[1]


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    a, b = a - a.mean(), b - b.mean()
    length = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / max(length, 1e-12)
