"""LEIA: an encoder learns a corpus's texts with emotion words hidden from it, then its labels.

Reference: Aroyehun et al., LEIA: Linguistic Embeddings for the Identification of Affect, EPJ Data Science 12, 2023; the
way of hiding emotion words is that of Sosea and Caragea, eMLM, ACL 2021. First the encoder guesses hidden words from
what stands around them (`train/masking.py`), half of all emotion words and the fewer others; then it is fine-tuned.
Differs from the paper: MiniLM, not BERTweet; the texts of the corpora trained on, not six million posts of the Vent
app, and a few epochs, not 100,000 steps; the best epoch on dev is kept; emotion words are the names and synonyms of our
label schemes (and VADER's, if asked), since the paper's lexicon and its chance of an emotion word are not known to us
and eMLM's lexicon may not be passed on; several tasks at once, heads that read the mean over tokens. Vent is not to be
had, so that its five labels and its figures are not compared with. "Posts, users and time periods" become the setting
`split`: random, group:speaker, order:episode.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

from .. import store
from ..errors import UsageError
from ..nn.model import Model, Scale
from ..task import Task
from ..train import batch as batching
from ..train import loop, masking, reading, run, supervised
from ..train.batch import Features
from ..train.masking import Masking
from ..train.mixture import Mixture

CARD = {
    "title": "LEIA: emotion words hidden first, then fine-tuned",
    "reference": "aroyehun2023leia",
    "takes": "text",
    "extra": "train",
    "claims": [],
    "recipe": [
        "train leia --on meld --set masking=uniform --set vader=true --set encoder=minilm:layers=3 "
        "--set masked_epochs=1 --set epochs=2 --seeds 0,1,2,3,4 --out runs/leia-uniform",
        "train leia --on meld --set masking=emotion --set vader=true --set encoder=minilm:layers=3 "
        "--set masked_epochs=1 --set epochs=2 --seeds 0,1,2,3,4 --out runs/leia-emotion",
        "evaluate runs/leia-emotion runs/leia-uniform --against runs/leia-uniform",
        "compare runs/leia-emotion runs/leia-uniform --metric macro_f1,weighted_f1",
    ],
}


@dataclass(frozen=True)
class Config(supervised.Plan):
    """The supervised plan, and what goes before it.

    Args:
        masking: which words are hidden before the labels are learnt: "emotion", "uniform" or "none".
        masked_epochs, masked_lr: of that stage; its new layers learn at `head_lr`, all else is as in the plan.
        often: chance of an emotion word to be hidden.
        budget: share of all words to be hidden; with "uniform", the chance of each.
        schemes: label schemes whose names and synonyms are emotion words, joined by "+"; none means all.
        vader: add the words of the VADER lexicon (package vaderSentiment).
        dimensions_weight: what the objective of dimensions counts beside that of names.
    """

    masking: str = "emotion"
    masked_epochs: int = 3
    masked_lr: float = 1e-4
    often: float = 0.5
    budget: float = 0.15
    schemes: tuple[str, ...] = ()
    vader: bool = False
    dimensions_weight: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "masking", masking.chosen(self.masking))
        if self.masked_epochs < 1:
            raise UsageError("at least one epoch of hidden words", str(self.masked_epochs), "--set masking=none")
        for name in ("often", "budget"):
            if not 0.0 < getattr(self, name) < 1.0:
                raise UsageError(f"a share between 0 and 1 as {name}", f"{getattr(self, name):g}", "correct it")


class Guesser(nn.Module):
    """Tokens with words hidden to (n, 2): a text's summed cost in nats of guessing them, and how many there are.

    A layer, GELU and a norm, then the encoder's own token table, as in BERT.
    """

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        pieces, inside = encoder.table.shape
        self.dense = nn.Linear(encoder.width, inside)
        self.norm = nn.LayerNorm(inside, eps=1e-12)
        self.bias = nn.Parameter(torch.zeros(pieces))

    def forward(self, tokens: Tensor, lengths: Tensor, labels: Tensor, _: Tensor) -> tuple[Tensor, ...]:
        states = self.encoder(tokens, lengths)
        text, place = (labels != masking.SEEN).nonzero(as_tuple=True)
        guess = self.norm(F.gelu(self.dense(states[text, place])))
        scores = F.linear(guess, self.encoder.table, self.bias).float()
        cost = F.cross_entropy(scores, labels[text, place], reduction="none")
        sums = cost.new_zeros(len(tokens), 2).index_add(0, text, torch.stack([cost, torch.ones_like(cost)], 1))
        return (sums,)

    def parts(self) -> Mapping[str, list[nn.Parameter]]:
        """Parameters by part, as in `nn.model.Model`."""
        new = [*self.dense.parameters(), *self.norm.parameters(), self.bias]
        return {"encoder": list(self.encoder.parameters()), "heads": new}


def reader(config: Config, train: Mixture) -> reading.Reader:
    """What turns media into features, with a piece for what is hidden."""
    return masking.with_mask(supervised.reader(config, train))


def build(config: Config, tasks: Sequence[Task], scales: Sequence[Scale], reader: reading.Reader) -> Model:
    """The network before training."""
    return supervised.build(config, tasks, scales, reader)


def pretrain(config: Config, model: Model, stage: run.Stage) -> None:
    """Let the encoder guess hidden words, and put what it became into the model.

    The folder "masked" beside the seed's weights has the encoder, the words and a log with the cost per hidden token.
    """
    if config.masking is Masking.NONE:
        return
    folder = stage.folder / "masked"
    if not (folder / run.ENCODER).exists():
        _guess(config, copy.deepcopy(model.encoder), stage, folder)
    weights = load_file(folder / run.ENCODER)
    model.encoder.load_state_dict({k.removeprefix("encoder."): v for k, v in weights.items()})


def _guess(config: Config, encoder: nn.Module, stage: run.Stage, folder: Path) -> None:
    lexicon = masking.emotion_words(config.schemes, config.vader)
    store.write(folder / "words.txt", "".join(f"{word}\n" for word in sorted(lexicon)))
    often = {Masking.EMOTION: config.often, Masking.UNIFORM: config.budget}[Masking(config.masking)]
    tokenizer = getattr(stage.reader, "tokenizer", None)
    if tokenizer is None or not hasattr(encoder, "table"):
        raise UsageError("an encoder of text whose words can be hidden", config.encoder, "--set masking=none")
    hider = masking.Hider(masking.pieces(tokenizer), lexicon, often, config.budget, stage.seed)
    shared = {name: getattr(config, name) for name in ("batch_size", "head_lr", "decay", "warmup", "clip", "precision")}
    plan = loop.Plan(epochs=config.masked_epochs, lr=config.masked_lr, save_every_s=config.save_every_s, **shared)
    (_, texts), (_, dev) = stage.train, stage.dev
    lengths = batching.lengths(texts)
    guesser = Guesser(encoder)
    training = loop.start(guesser, guesser.parts(), plan, stage.seed, folder, -(-len(lengths) // plan.batch_size))
    world = training.accelerator
    score = _monitor(hider, dev, config.masked_epochs)
    for epoch in loop.epochs(training):
        training.model.train()
        for rows in batching.plan(lengths, plan.batch_size, stage.seed, epoch)[training.place :]:
            mine = batching.share(rows, world.process_index, world.num_processes)
            loop.step(training, likelihood, hider.batch(texts, mine, epoch))
        if not loop.keep_best(training, score(training.bare)):
            break
    world.wait_for_everyone()
    best = load_file(folder / "best.safetensors")
    if world.is_main_process:
        with store.whole(folder / run.ENCODER) as aside:
            save_file({k: v for k, v in best.items() if k.startswith("encoder.")}, aside)
    loop.finish(training)


def likelihood(
    outputs: tuple[Tensor, ...], targets: Mapping[str, Tensor], judged: Mapping[str, Tensor], weight: Tensor
) -> Tensor:
    """The mean cost of a hidden token over all texts of a batch, in nats; 0 where nothing is hidden."""
    cost, tokens = outputs[0].sum(0)
    return cost / tokens.clamp_min(1.0)


def _monitor(hider: masking.Hider, dev: Features, epoch: int) -> Callable[[nn.Module], float]:
    """Minus the mean cost of a hidden token of dev; `epoch` is one that training never comes to."""
    lengths = batching.lengths(dev)
    made = [hider.batch(dev, rows, epoch) for rows in batching.in_order(lengths, 64)]

    @torch.inference_mode()
    def score(model: nn.Module) -> float:
        model.eval()
        device = next(model.parameters()).device
        sums = torch.zeros(2)
        for one in made:
            arrays = [a for m in one.inputs for a in (one.inputs[m], one.lengths[m])]
            sums += model(*(torch.from_numpy(a).to(device) for a in arrays))[0].sum(0).cpu()
        return -float(sums[0] / sums[1].clamp_min(1.0))

    return score


def loss(config: Config, train: Mixture) -> loop.Loss:
    """The sum of the tasks' objectives."""
    return supervised.objectives(train, dimensions_weight=config.dimensions_weight)


def toy() -> Config:
    """A config that trains in seconds without any weights from outside."""
    return Config(**supervised.TOY, masked_epochs=10, masked_lr=3e-3)
