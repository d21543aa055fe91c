"""Speech emotion by a network of seventy thousand weights, on several corpora with different names at once.

Reference: Kounadis-Bastian et al., Wav2Small, 2024 (so few weights, there taught by large networks); Zhang et al.,
mixup, ICLR 2018; Park et al., SpecAugment, Interspeech 2019; Jaitly and Hinton, Vocal Tract Length Perturbation, 2013
(`warp`).
All corpora are told in the names of one scheme, and of each clip only the names that its speakers could be asked for
count. The weights at the end of the training are taken, whatever dev says. With a `teacher`, its words are learnt,
alone or beside the labels. Where the teacher is a published network (`nn/teachers.py`: a folder with config.json and
model.safetensors), what it says of valence, arousal and dominance is all that is learnt, by the concordance over the
whole set and beyond the ends of the scale, as in the paper; figures then tell how far the student agrees with it.
Differs from the paper: names in place of arousal, dominance and valence, since the corpora at hand have no such labels,
unless a published network tells them; the spectrogram is made in numpy and changed at random while learning, and the
teacher's word on a clip stays as it was; other teachers are runs of ours, and the student of the comparison has as many
weights as the later Wav2Small but reads the spectrogram that its teacher reads.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .. import corpora, find
from ..errors import UsageError
from ..features import log_mel
from ..nn.model import Model, Scale
from ..sample import Batch
from ..task import Kind, Task
from ..train import alike, loop, reading, supervised, teaching
from ..train import batch as batching
from ..train.mixture import Mixture
from ..train.run import Run, Stage

CARD = {
    "title": "Small speech network",
    "reference": "kounadis2024wav2small",
    "takes": "speech",
    "extra": "train",
    "metrics": ["balanced_accuracy"],
    "relative": "speaker",
    "card": {
        "window_s": 5.0,
        "hop_s": 2.5,
        "shortest_s": 0.3,
        "threads": 1,
        "dimensions_from": {"task": "emotion", "to": "vad"},
    },
    "claims": [],
    "recipe": [
        "train wav2small --on ravdess,nemo,indian_emospeech --set split=all --set folds=6 "
        "--set folds_by=fold --set folds_given=true --out runs/speech",
        "export runs/speech --name speech --version 1",
        "held runs/speech --by speaker --stamp runs/speech/speech.affect",
        "train wav2small --on ravdess,nemo,indian_emospeech --set split=given0:fold --set epochs=40 "
        "--out runs/speech-teacher",
        "train wav2small --on ravdess,nemo,indian_emospeech --set split=given0:fold --set epochs=30 --seeds 0,1,2 "
        "--set encoder=log_mel_cnn:channels=8+12+16+16+16+16,width=16 --out runs/speech-labels",
        "train wav2small --on ravdess,nemo,indian_emospeech --set split=given0:fold --set epochs=30 --seeds 0,1,2 "
        "--set encoder=log_mel_cnn:channels=8+12+16+16+16+16,width=16 --set teacher=runs/speech-teacher "
        "--set labels=0 --out runs/speech-taught",
        "evaluate runs/speech-taught runs/speech-labels --against runs/speech-labels --as taught",
    ],
}
chooses_nothing = True
"""Dev takes no part, so there may be none."""

Array = NDArray[np.float32]
_VOICE = "voice"
"""The target that tells whose voices a clip is made of, in shares."""
_WHOLE = "ccc:running=0.95"
"""The objective of numbers: over many batches, not over each."""
_REMEMBERED = 30
"""Clips of a voice that its running mean is over, about."""


@dataclass(frozen=True)
class Config(supervised.Plan):
    """The supervised plan for sound, and how clips are changed while they are learnt from.

    Args:
        longest: frames of a clip; of longer ones a part is taken at random.
        scheme: taxonomy whose names all corpora are told in.
        balance: a clip of a name counts (mean number of clips per name / its own) ** balance, within its corpus.
        smoothing: share of a label that is spread over all names.
        mixed: each clip is mixed with another one of its corpus, in shares drawn from Beta(mixed, mixed); 0 for none.
        tempo: clips are made up to this share slower or faster.
        warp: frequencies are made up to this share higher or lower, as by a shorter or longer throat.
        tilt: bel of a smooth curve over the bands that is added, as by another voice or microphone.
        noise: share of clips that get even noise, up to the level of their mean.
        masks: strips of time, and of bands, that are hidden.
        relative: share of the loss that is of outputs centred on the clip's own voice, as they are where enough of a
            voice is known; the rest is of outputs as they come.
        teacher: folders of runs, joined by "+", whose words are learnt, or of published networks, whose mean takes the
            place of all labels; "" for labels alone.
        labels: share that a label keeps beside a run's word; 0 learns from the runs alone.
    """

    encoder: str = "log_mel_cnn"
    head: str = "statistics"
    longest: int = 500
    epochs: int = 70
    batch_size: int = 48
    lr: float = 5e-3
    head_lr: float = 5e-3
    decay: float = 0.05
    clip: float = 5.0
    scheme: str = "ravdess"
    balance: float = 0.5
    smoothing: float = 0.05
    mixed: float = 0.3
    tempo: float = 0.25
    warp: float = 0.2
    tilt: float = 0.6
    noise: float = 0.5
    masks: int = 2
    relative: float = 0.5
    teacher: str = ""
    labels: float = 0.3


def read(config: Config, on: Sequence[str], tasks: Sequence[str] = ()) -> Mixture:
    """The corpora under one task: `emotion`, whose names are those of the scheme that any of them has.

    Of published teachers the task is what they say, `teaching.HEARD`.
    """
    if numbers := published(config):
        return teaching.heard(on, numbers)
    scheme = find.load("taxonomies", config.scheme).NAMES
    having = {n for c in on for t in corpora.tasks(c) if t.scheme == config.scheme for n in t.names}
    like = next(t for c in on for t in corpora.tasks(c) if t.scheme == config.scheme)
    names = tuple(n for n in scheme if n in having)
    task = Task("emotion", like.target, Kind.SINGLE, config.scheme, names, view=like.view)
    return alike.read(on, [task])


def reader(config: Config, train: Mixture) -> reading.Reader:
    """What turns clips into spectrograms."""
    return supervised.reader(config, train)


def build(config: Config, tasks: Sequence[Task], scales: Sequence[Scale], reader: reading.Reader) -> Model:
    """The network before training; names begin alike, since corpora of several names have no common prior."""
    even = [Scale((1.0,) * len(t.names), (0.0,) * len(t.names)) for t in tasks]
    return supervised.build(config, tasks, even, reader)


def teachers(config: Config) -> list[Run]:
    """The runs that teach, if any; what they learnt from counts as the student's source too."""
    return teaching.teachers(config.teacher) if config.teacher and not published(config) else []


def published(config: Config) -> list[teaching.Published]:
    """The published networks that teach, if any; they and what they learnt from count as the student's sources too."""
    return teaching.published(config.teacher)


def enrich(config: Config, data: Mixture) -> Mixture:
    """The mixture whose training part learns its labels, or shares of names between them and what runs say.

    A teacher's word is as sure as the teacher is, over the names that the clip's corpus has: a clip is then mixed,
    smoothed and weighed as one with a label.

    Raises:
        UsageError: no teacher has the task, or one has folds, whose words on a clip of one fold come from networks that
            have heard all others, those that judge the student too.
    """
    if not config.teacher or published(config):
        return data
    if of_folds := [r for r in teachers(config) if r.config.folds]:
        found = f"{of_folds[0].folder} with folds={of_folds[0].config.folds}"
        raise UsageError("teachers of one split", found, "train teacher and student with the same --set split=")
    targets = dict(data.targets)
    for task, said in teaching.words(data, teachers(config)).items():
        judged, rows = data.judged[task], data.split == "train"
        word = np.where(judged, np.exp(said - said.max(1, keepdims=True)), 0.0)
        word /= np.maximum(word.sum(1, keepdims=True), 1e-12)
        both = config.labels * targets[task] + (1 - config.labels) * word
        targets[task] = np.where(rows[:, None], both, targets[task]).astype(np.float32)
    return dataclasses.replace(data, targets=targets)


def loss(config: Config, train: Mixture) -> loop.Loss:
    """Cross-entropy against shares of names; of numbers, their concordance."""
    return supervised.objectives(train, "soft_ce", _WHOLE)


class Voices:
    """The running mean of each voice's outputs, and the loss of outputs centred on them.

    Args:
        plain: the loss of outputs as they come.
        voices, names: how many.
        share: of the loss of centred outputs.
    """

    def __init__(self, plain: loop.Loss, voices: int, names: int, share: float) -> None:
        self.plain, self.share = plain, share
        self.means = torch.zeros(voices, names)

    def __call__(
        self, outputs: tuple[Tensor, ...], targets: Mapping[str, Tensor], judged: Mapping[str, Tensor], weight: Tensor
    ) -> Tensor:
        """The loss of a batch; a clip that is mixed of two voices is centred on both, as far as they go in."""
        (out,), voice = outputs, targets[_VOICE]
        means = self.means.to(out.device)
        centred = out - voice @ means + means.mean(0)
        with torch.no_grad():
            mass = voice.sum(0)[:, None]
            here = voice.T @ out.float() / mass.clamp_min(1e-6)
            # as much of the new as it would have in a mean over about so many clips
            self.means = means.lerp(here, 1 - (1 - 1 / _REMEMBERED) ** mass).cpu()
        return torch.lerp(
            self.plain(outputs, targets, judged, weight), self.plain((centred,), targets, judged, weight), self.share
        )


def fit(config: Config, model: Model, stage: Stage) -> None:
    """Learn from changed clips to the end of the plan."""
    train, features = stage.train
    if train.tasks[0].scaled:  # numbers have no rare names, and nothing to be spread over
        config, learnt = dataclasses.replace(config, smoothing=0.0, relative=0.0), train
    else:
        learnt = dataclasses.replace(train, weight=_weights(config, train))
    cost = loss(config, train)
    if config.relative:
        voices, who = np.unique(train.groups["speaker"], return_inverse=True)
        learnt = learnt.with_targets({_VOICE: np.eye(len(voices), dtype=np.float32)[who]})
        cost = Voices(cost, len(voices), len(train.tasks[0].names), config.relative)
    per_epoch = -(-len(train) // config.batch_size)
    training = loop.start(model, model.parts(), config, stage.seed, stage.folder, per_epoch)
    score = supervised.monitor(*stage.dev) if len(stage.dev[0]) else None
    for epoch in loop.epochs(training):
        training.model.train()
        rows = batching.plan(batching.lengths(features), config.batch_size, stage.seed, epoch)[training.place :]
        for batch in batching.batches(learnt, features, rows):
            rng = np.random.default_rng((stage.seed, training.done))
            loop.step(training, cost, changed(config, batch, rng))
        loop.keep_last(training, score(training.bare) if score else None)
    loop.finish(training)


def toy() -> Config:
    """Settings with which it learns toy sounds in seconds; their pitch tells the name, so it is left alone."""
    small = "log_mel_cnn:mels=16,channels=4+8,steps=2+2,bands=2+2,width=16,dropout=0"
    quick = Config(encoder=small, epochs=20, batch_size=16, lr=1e-2, head_lr=1e-2, precision="no")
    return dataclasses.replace(quick, tempo=0.0, warp=0.0, tilt=0.0, noise=0.0, mixed=0.0, masks=0)


def changed(config: Config, batch: Batch, rng: np.random.Generator) -> Batch:
    """A batch of spectrograms with its clips changed at random, and its labels mixed as the clips are."""
    ((modality, clips),) = batch.inputs.items()
    lengths = batch.lengths[modality]
    clips, lengths = _cropped(clips, lengths, config.longest, rng)
    clips, lengths = _at_tempo(clips, lengths, config.tempo, rng)
    clips = _warped(clips, config.warp, rng)
    clips += _curves(len(clips), clips.shape[2], config.tilt, rng)[:, None]
    clips = _noisy(clips, config.noise, rng)
    targets = {
        t: v if t == _VOICE else _smoothed(v, batch.judged[t], config.smoothing) for t, v in batch.targets.items()
    }
    if config.mixed:
        clips, lengths, targets = _mixed(clips, lengths, targets, batch.judged, config.mixed, rng)
    clips = _masked(clips, lengths, config.masks, rng)
    clips *= np.arange(clips.shape[1])[None, :, None] < lengths[:, None, None]
    return dataclasses.replace(batch, inputs={modality: clips}, lengths={modality: lengths}, targets=targets)


def _weights(config: Config, train: Mixture) -> Array:
    targets = train.targets[train.tasks[0].id]
    label = targets.argmax(1)
    weight = np.ones(len(train), np.float32)
    for corpus in np.unique(train.corpus):
        rows = train.corpus == corpus
        counts = np.bincount(label[rows], minlength=targets.shape[1])
        mean = counts[counts > 0].mean()
        weight[rows] = (mean / np.maximum(counts, 1))[label[rows]] ** config.balance
    return weight


def _cropped(clips: Array, lengths: NDArray[np.int64], longest: int, rng: np.random.Generator) -> tuple[Array, Any]:
    if clips.shape[1] <= longest:
        return clips.copy(), lengths
    out = np.zeros((len(clips), longest, clips.shape[2]), np.float32)
    kept = np.minimum(lengths, longest)
    for line, clip, length, whole in zip(out, clips, kept, lengths, strict=True):
        start = rng.integers(0, whole - length + 1)
        line[:length] = clip[start : start + length]
    return out, kept


def _at_tempo(clips: Array, lengths: NDArray[np.int64], most: float, rng: np.random.Generator) -> tuple[Array, Any]:
    """All clips of a batch faster or slower by one factor, between frames by straight lines."""
    factor = np.exp(rng.uniform(-1, 1) * np.log1p(most))
    count = max(1, round(clips.shape[1] * factor))
    at = np.minimum(np.arange(count) / factor, clips.shape[1] - 1)
    low = at.astype(np.int64)
    share = (at - low).astype(np.float32)[None, :, None]
    high = np.minimum(low + 1, clips.shape[1] - 1)
    out = clips[:, low]
    out += (clips[:, high] - out) * share
    return out, np.clip(np.floor(lengths * factor), 1, count).astype(np.int64)


def _warped(clips: Array, most: float, rng: np.random.Generator) -> Array:
    """Each clip with its frequencies multiplied by a factor of its own, between bands by straight lines."""
    bands = clips.shape[2]
    factor = np.exp(rng.uniform(-1, 1, len(clips)) * np.log1p(most))
    centre_hz = log_mel.centres_hz(log_mel.Config(mels=bands))
    wanted_hz = centre_hz[None] / factor[:, None]
    at = np.interp(wanted_hz, centre_hz, np.arange(bands))  # above and below, the outermost band is repeated
    low = at.astype(np.int64)
    share = (at - low).astype(np.float32)[:, None]
    high = np.minimum(low + 1, bands - 1)
    below, above = (np.take_along_axis(clips, np.broadcast_to(b[:, None], clips.shape), 2) for b in (low, high))
    below += (above - below) * share
    return below


def _curves(n: int, bands: int, most: float, rng: np.random.Generator) -> Array:
    """(n, bands) smooth curves: cosines of half a wave to two waves over all bands, the longer the stronger."""
    at = (np.arange(bands) + 0.5) / bands
    made = np.zeros((n, bands))
    for half in range(1, 5):
        made += rng.uniform(-most, most, (n, 1)) / half * np.cos(np.pi * half * at)
    return made.astype(np.float32)


def _noisy(clips: Array, share: float, rng: np.random.Generator) -> Array:
    """Power added to every band of some clips: at most as much as the clip's mean, mostly far less."""
    n, t, bands = clips.shape
    level = np.where(rng.random(n) < share, rng.uniform(-4, -0.5, n), -9).astype(np.float32)
    slope = np.asarray(rng.uniform(-1, 1, (n, 1)), np.float32) * np.linspace(-1, 1, bands, dtype=np.float32)
    power: Array = np.power(10, level[:, None] + slope)  # (n, bands)
    grain = rng.standard_exponential((n, t, bands), np.float32)
    # what lies behind a clip's end is made zero again later
    louder: Array = np.log10(np.power(10, np.minimum(clips, 9)) + power[:, None] * grain)
    return louder.astype(np.float32)


def _smoothed(targets: Array, judged: NDArray[np.bool_], smoothing: float) -> Array:
    many = np.maximum(judged.sum(1, keepdims=True), 1)
    return (targets * (1 - smoothing) + smoothing * judged / many).astype(np.float32)


def _mixed(
    clips: Array,
    lengths: NDArray[np.int64],
    targets: Mapping[str, Array],
    judged: Mapping[str, NDArray[np.bool_]],
    beta: float,
    rng: np.random.Generator,
) -> tuple[Array, NDArray[np.int64], dict[str, Array]]:
    """Each clip with another of those judged by the same names, as far as the shorter one goes."""
    n = len(clips)
    partner = np.arange(n)
    names = np.concatenate(list(judged.values()), 1)
    for kind in np.unique(names, axis=0):
        rows = np.flatnonzero((names == kind).all(1))
        partner[rows] = rng.permutation(rows)
    share = rng.beta(beta, beta, n).astype(np.float32)
    share = np.maximum(share, 1 - share)
    other = share[:, None] * np.ones(clips.shape[1], np.float32)
    other[np.arange(clips.shape[1])[None] >= lengths[partner][:, None]] = 1
    out = clips * other[:, :, None] + clips[partner] * (1 - other)[:, :, None]
    its = {t: v * share[:, None] + v[partner] * (1 - share)[:, None] for t, v in targets.items()}
    return out, lengths, its


def _masked(clips: Array, lengths: NDArray[np.int64], masks: int, rng: np.random.Generator) -> Array:
    """Strips of time (up to a fifth) and of bands (up to an eighth) at the clip's mean."""
    n, _, bands = clips.shape
    for i in range(n):
        whole = int(lengths[i])
        mean = clips[i, :whole].mean()
        for _ in range(masks):
            width = int(rng.integers(0, max(1, whole // 8) + 1))
            start = int(rng.integers(0, whole - width + 1))
            clips[i, start : start + width] = mean
            high = int(rng.integers(0, bands // 8 + 1))
            low = int(rng.integers(0, bands - high + 1))
            clips[i, :, low : low + high] = mean
    return clips
