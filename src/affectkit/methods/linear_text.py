"""Logistic regression on hashed n-grams: the classic text baseline, solved, and written into a network's table.

Reference: Joachims, Text Categorization with Support Vector Machines, ECML 1998 (linear models on weighted terms);
Wang and Manning, Baselines and Bigrams, ACL 2012; Daumé III, Frustratingly Easy Domain Adaptation, ACL 2007 (one model
for many languages: every n-gram counts for all languages together and once more for the text's own).
Every name is a logistic regression of its own with L2 weight decay on inverse document frequencies, every dimension a
ridge regression; the n-grams' weights become rows of `nn/encoders/ngrams.py`, so that a bundle is one small table.
Differs from the papers: n-grams are hashed, not listed; which regularisation is best is chosen on dev, each epoch being
one; languages are told apart by naive Bayes over n-grams of up to three characters (`language_task`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from .. import find, settings
from ..errors import UnknownName, UsageError
from ..nn.encoders.ngrams import Ngrams
from ..nn.heads import mean_over_time
from ..nn.model import Model, Scale
from ..task import Task
from ..train import batch as batching
from ..train import loop, reading, run, supervised
from ..train.mixture import Mixture

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

CARD = {
    "title": "Logistic regression on hashed n-grams",
    "reference": "wang2012baselines",
    "takes": "text",
    "extra": "train",
    "chance": False,
    "claims": [],
    "recipe": [
        "train linear_text --on 'brighter:also_in!=dev+test' --tasks brighter,brighter.language "
        "--set encoder=ngrams:width=0,buckets=565000,most=5,vocabulary=5000,language_buckets=16384,"
        "damped=true,marked=true,shared=false "
        "--set language_task=brighter.language --set cost=4 --set epochs=1 --set folds=5 "
        "--out runs/linear-bright",
        "export runs/linear-bright --name text-multi",
        "evaluate runs/linear-bright/text-multi.affect --on brighter --stamp",
    ],
}


@dataclass(frozen=True)
class Config(supervised.Plan):
    """The supervised plan, whose epochs are fits with ever less regularisation, and what is fitted.

    Args:
        cost: C of the first fit, the inverse of the regularisation.
        weaker: what C is multiplied with from one fit to the next.
        tolerance: how exactly each is solved.
        balanced: a name's cases count as much as the others, within each language.
        rare: n-grams met in fewer training texts than this get no weight.
        language_task: the task that says a text's language, whose n-grams then count apart; "" leaves languages alone.
        smoothing: cases that every n-gram is given in every language beforehand.
        pieces: folder of a run whose tokenizer it reads with, to stand beside it in a bundle; "" learns characters.
    """

    encoder: str = "ngrams:width=0"
    longest: int = 512
    epochs: int = 3
    cost: float = 1.0
    weaker: float = 2.0
    tolerance: float = 0.01
    balanced: bool = True
    rare: int = 2
    language_task: str = ""
    smoothing: float = 0.1
    pieces: str = ""


def reader(config: Config, train: Mixture) -> reading.Reader:
    """What turns the training part's media into features: learnt on it, or another run's."""
    if config.pieces:
        other = run.open_run(Path(config.pieces)).reader()
        if not isinstance(other, reading.Tokens):
            raise UsageError(f"a run on text in {config.pieces}", other.modality, "name another, or leave pieces out")
        return dataclasses.replace(other, longest=config.longest, rows=None)
    return supervised.reader(config, train)


def build(config: Config, tasks: Sequence[Task], scales: Sequence[Scale], reader: reading.Reader) -> Model:
    """The network: a table with a column per name, heads that read their own columns.

    Raises:
        UnknownName: `language_task` is no task that is trained on.
    """
    if config.language_task and config.language_task not in {t.id for t in tasks}:
        raise UnknownName.among("a task that is trained on", config.language_task, [t.id for t in tasks])
    names = [0 if t.id == config.language_task else len(t.names) for t in tasks]
    languages = sum(len(t.names) for t in tasks if t.id == config.language_task)
    part, its = settings.part("encoders", config.encoder)
    encoder = part.build(settings.apply(its, {"width": sum(names), "languages": languages}))
    first = np.cumsum([0, *names])
    starts = [sum(names) if t.id == config.language_task else int(first[i]) for i, t in enumerate(tasks)]
    heads = [Columns(start, len(t.names)) for start, t in zip(starts, tasks, strict=True)]
    return Model(encoder, heads, [t.id for t in tasks], scales)


class Columns(nn.Module):
    """A head without weights: the mean over time of its own columns of the states, and a bias."""

    def __init__(self, start: int, outputs: int) -> None:
        super().__init__()
        self.own = slice(start, start + outputs)
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, states: Tensor, lengths: Tensor) -> Tensor:
        return mean_over_time(states[:, :, self.own], lengths) + self.bias


def fit(config: Config, model: Model, stage: run.Stage) -> None:
    """Solve every name and dimension once per epoch, each time with less regularisation; dev keeps the best."""
    (train, features), dev = stage.train, stage.dev
    encoder = model.encoder
    if not isinstance(encoder, Ngrams):
        raise UsageError("the encoder ngrams", repr(config.encoder), "--set encoder=ngrams, with its own settings")
    (ragged,) = features.values()
    if config.language_task:
        _learn_languages(config, encoder, ragged, train.targets[config.language_task])
    terms, rows = _terms(encoder, ragged, config.rare)
    spoken = np.zeros(len(train), np.int64)
    if config.language_task:
        spoken = train.targets[config.language_task].argmax(1)
    met = np.bincount(terms.indices, minlength=terms.shape[1])
    rarity = np.log((1 + _reach(terms, spoken)) / (1 + met)) + 1
    rarity /= np.sqrt(np.average(rarity**2, weights=met))  # so that a text is about as long as a vector of unit length
    problem = Problem(terms.multiply(rarity[None]).tocsr(), rarity, rows, spoken)
    training = loop.start(model, model.parts(), config, stage.seed, stage.folder, 1)
    score = supervised.monitor(*dev)
    for epoch in loop.epochs(training):
        training.total = _solve(config, training.bare, problem, train, config.cost * config.weaker**epoch)
        if not loop.keep_best(training, score(training.bare)):
            break
    loop.finish(training)


@dataclass(frozen=True)
class Problem:
    """What is solved.

    Args:
        terms: weighted, (N, m).
        rarity: the weight of each term, (m,).
        rows: the row of the table that each term has, (m,).
        language: of each text, (N,); 0 where languages are left alone.
    """

    terms: csr_matrix
    rarity: NDArray[np.float64]
    rows: NDArray[np.int64]
    language: NDArray[np.int64]


@torch.inference_mode()
def _terms(encoder: Ngrams, ragged: batching.Ragged, rare: int) -> tuple[csr_matrix, NDArray[np.int64]]:
    """(N, m) float64: how often each n-gram is met, by the square root of the text's n-grams; and its row (m,).

    N-grams of fewer than `rare` texts are left out; where rows are marked, those too that find none, the rarest first.
    """
    from scipy.sparse import csr_matrix, diags

    texts, keys, values = [], [], []
    for part in batching.in_order(ragged.lengths, 256):
        tokens, lengths = (torch.from_numpy(a) for a in ragged.padded(part))
        for key, there in encoder.grams(tokens, lengths).counted:
            text, place = torch.nonzero(there, as_tuple=True)
            texts.append(part[text.numpy()].astype(np.int32))
            keys.append(key[text, place].numpy())
            values.append(there[text, place].numpy())
    if not encoder.config.marked:
        keys = [np.remainder(k, encoder.config.buckets) for k in keys]
    known, column = np.unique(np.concatenate(keys), return_inverse=True)
    where = (np.concatenate(texts), column)
    counts = csr_matrix((np.concatenate(values), where), (len(ragged.lengths), len(known)), dtype=np.float64)
    counts.sum_duplicates()
    met = np.bincount(counts.indices, minlength=len(known))
    often = np.argsort(-met, kind="stable")[: int((met >= rare).sum())]
    rows = encoder.place(torch.from_numpy(known[often])).numpy() if encoder.config.marked else known[often]
    kept = counts[:, often[rows >= 0]]
    number = np.asarray((kept if encoder.config.marked else counts).sum(1)).ravel()
    return (diags(1 / np.sqrt(np.maximum(number, 1.0))) @ kept).tocsr(), rows[rows >= 0]


def _solve(config: Config, model: Any, problem: Problem, train: Mixture, cost: float) -> float:
    """Put the solution at one cost into the network; the training loss, a mean over names and dimensions."""
    weights, losses, column = torch.zeros_like(model.encoder.table.weight), [], 0
    scales = supervised.scales(train)
    for i, task in enumerate(train.tasks):
        if task.id == config.language_task:
            continue
        truth, judged, scale = train.targets[task.id], train.judged[task.id], scales[i]
        for j in range(len(task.names)):
            told = judged[:, j]
            y = (truth[told, j] - scale.shift[j]) / scale.factor[j] if task.scaled else truth[told, j] >= 0.5
            if task.scaled:
                found, bias, loss = _dimension(problem.terms[told], y, cost)
            else:
                found, bias, loss = _name(config, problem.terms[told], y, problem.language[told], cost)
            with torch.no_grad():
                weights[problem.rows, column + j] = torch.from_numpy(found * problem.rarity).float()
                model.heads[i].bias[j] = bias - (0.0 if task.scaled else scale.shift[j])
            losses.append(loss)
        column += len(task.names)
    with torch.no_grad():
        model.encoder.table.weight.copy_(weights)
    return float(np.mean(losses))


def _dimension(terms: csr_matrix, y: NDArray[np.float32], cost: float) -> tuple[NDArray[np.float64], float, float]:
    """Weights, bias and squared error of a ridge regression."""
    linear = find.library("sklearn.linear_model", "the method 'linear_text'", "analysis")
    found = linear.Ridge(alpha=1 / cost, solver="lsqr").fit(terms, y)
    return found.coef_, float(found.intercept_), float(np.mean((found.predict(terms) - y) ** 2))


def _name(
    config: Config, terms: csr_matrix, y: NDArray[np.bool_], language: NDArray[np.int64], cost: float
) -> tuple[NDArray[np.float64], float, float]:
    """Weights, bias and cross-entropy in nats of a logistic regression; a bias alone for what all or none have."""
    if y.all() or not y.any():
        return np.zeros(terms.shape[1]), _SURE if y.any() else -_SURE, 0.0
    linear = find.library("sklearn.linear_model", "the method 'linear_text'", "analysis")
    found = linear.LogisticRegression(
        C=cost,
        solver="liblinear",
        tol=config.tolerance,
        random_state=0,
    ).fit(terms, y, sample_weight=_balance(y, language) if config.balanced else None)
    z = found.decision_function(terms)
    return found.coef_[0], float(found.intercept_[0]), float(np.mean(np.logaddexp(0, np.where(y, -z, z))))


def _reach(terms: csr_matrix, language: NDArray[np.int64]) -> NDArray[np.float64]:
    """How many texts there are in the languages that each term (m,) is met in."""
    from scipy.sparse import csr_matrix

    texts = np.bincount(language).astype(np.float64)
    one = csr_matrix((np.ones(len(language)), (language, np.arange(len(language)))), (len(texts), len(language)))
    return np.asarray(((one @ terms) > 0).T @ texts)


def _balance(y: NDArray[np.bool_], language: NDArray[np.int64]) -> NDArray[np.float64]:
    """The weight of each text (n,): within each language, cases and others weigh the same."""
    group = 2 * language + y
    count = np.bincount(group, minlength=2 * (int(language.max()) + 1))
    both = count[::2] + count[1::2]
    weight: NDArray[np.float64] = both[language] / (2 * count[group])
    return weight


def _learn_languages(config: Config, encoder: Ngrams, ragged: batching.Ragged, truth: NDArray[np.float32]) -> None:
    """Naive Bayes: each row's log share among a language's n-grams, less its mean over languages."""
    size = encoder.config.language_buckets
    count = np.full((size, truth.shape[1]), config.smoothing)
    for part in batching.in_order(ragged.lengths, 256):
        tokens, lengths = (torch.from_numpy(a) for a in ragged.padded(part))
        for key, there in encoder.keys(tokens, lengths)[:3]:
            text, place = torch.nonzero(there, as_tuple=True)
            rows = torch.remainder(key[text, place], size).numpy()
            np.add.at(count, (rows, truth[part[text.numpy()]].argmax(1)), 1.0)
    met = truth.any(0)
    share = np.log(count / count.sum(0))
    share -= share[:, met].mean(1, keepdims=True)
    share[:, ~met] = share.min()  # what training has no text of is never found
    with torch.no_grad():
        encoder.language.weight.copy_(torch.from_numpy(share).float())


_SURE = 8.0
"""Log odds of a name that all, or none, of the training texts have."""


def toy() -> Config:
    """Settings with which it learns a toy corpus in seconds."""
    return Config(encoder="ngrams:width=0,buckets=4096,most=4", epochs=3, batch_size=16, longest=64, precision="no")
