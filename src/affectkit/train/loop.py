"""The training loop, written once: verbs on Hugging Face Accelerate that methods compose.

`start`, `epochs`, `step`, `keep_best`, and `fit`, which strings them together for the usual case. Every random choice
is a pure function of the seed and the step, and learning rates of the step alone; so a run that was killed continues
exactly as it would have gone on, and nothing but tensors and a few numbers is kept in its checkpoint.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator, PartialState
from accelerate.state import AcceleratorState
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from .. import store
from ..sample import Batch
from . import batch as batching
from .batch import Features
from .mixture import Mixture

Loss = Callable[[tuple[Tensor, ...], Mapping[str, Tensor], Mapping[str, Tensor], Tensor], Tensor]
"""(outputs in the tasks' order, targets, judged, weight) -> scalar."""


BEST, LAST = "best.safetensors", "last.safetensors"
"""Weights of the epoch that was best on dev, and those at the end of the training."""


@dataclass(frozen=True)
class Plan:
    """How long, how fast, how careful.

    Args:
        epochs: passes over the training part; learning rates fall linearly to zero at the end of the last.
        batch_size: samples per step, over all processes together.
        lr, head_lr: peak learning rates of the encoder and of the heads.
        decay: weight decay on matrices.
        warmup: share of the steps in which rates rise.
        clip: largest gradient norm.
        patience: epochs without a better monitor before stopping; 0 never stops early.
        precision: "auto" (bf16 where the processor has it), "bf16", "fp16" or "no".
        save_every_s: seconds between checkpoints.
    """

    epochs: int = 3
    batch_size: int = 32
    lr: float = 1e-4
    head_lr: float = 5e-4
    decay: float = 0.01
    warmup: float = 0.06
    clip: float = 1.0
    patience: int = 0
    precision: str = "auto"
    save_every_s: float = 300.0


@dataclass
class Training:
    """A training in progress; the verbs below move it on."""

    plan: Plan
    seed: int
    folder: Path
    steps: int
    accelerator: Accelerator
    model: nn.Module
    optimizer: Any
    peaks: tuple[float, ...]
    epoch: int = 0
    place: int = 0  # batches already taken in this epoch
    done: int = 0  # optimiser steps in all
    best: float = -math.inf
    best_epoch: int = -1
    saved_at_s: float = field(default_factory=time.monotonic)
    total: float = 0.0

    @property
    def bare(self) -> nn.Module:
        """The model without what Accelerate wrapped around it."""
        found: nn.Module = self.accelerator.unwrap_model(self.model)
        return found


def precision(plan: Plan) -> str:
    """What "auto" means on this machine."""
    if plan.precision != "auto":
        return plan.precision
    if torch.cuda.is_available():
        return "bf16" if torch.cuda.is_bf16_supported() else "fp16"
    return "bf16" if torch.cpu._is_avx512_bf16_supported() else "no"


def start(
    model: nn.Module,
    parts: Mapping[str, list[nn.Parameter]],
    plan: Plan,
    seed: int,
    folder: Path,
    batches_per_epoch: int,
) -> Training:
    """Set up devices, optimiser and schedule; go on from `folder`'s checkpoint where there is one.

    `parts` are the model's parameters in two groups, "encoder" and "heads".
    """
    torch.manual_seed(seed)
    AcceleratorState._reset_state()  # else a second training in this process could not have another precision
    accelerator = Accelerator(mixed_precision=precision(plan), cpu=not torch.cuda.is_available())
    groups, peaks = [], []
    for name, lr in (("encoder", plan.lr), ("heads", plan.head_lr)):
        matrices = [p for p in parts[name] if p.ndim > 1]
        vectors = [p for p in parts[name] if p.ndim <= 1]
        groups += [{"params": matrices, "weight_decay": plan.decay}, {"params": vectors, "weight_decay": 0.0}]
        peaks += [lr, lr]
    optimizer = torch.optim.AdamW([g for g in groups if g["params"]], lr=plan.lr, fused=True)
    peaks = [p for p, g in zip(peaks, groups, strict=True) if g["params"]]
    wrapped, prepared = accelerator.prepare(model, optimizer)
    accelerator.unwrap_model(wrapped, keep_fp32_wrapper=False)  # only `step` computes in half precision
    training = Training(
        plan, seed, folder, plan.epochs * batches_per_epoch, accelerator, wrapped, prepared, tuple(peaks)
    )
    if (folder / "resume.safetensors").exists():
        _resume(training)
    return training


def epochs(training: Training) -> Iterator[int]:
    """Numbers of the epochs still to run."""
    while training.epoch < training.plan.epochs:
        yield training.epoch
        training.epoch += 1
        training.place = 0
        save(training)


def step(training: Training, loss: Loss, batch: Batch) -> None:
    """One optimiser step on one batch (this process's part of it), with this step's own random numbers and rate."""
    move(training, gradients(training, loss, batch))


def gradients(training: Training, loss: Loss, batch: Batch) -> Tensor:
    """The first half of a step: add the gradients on a batch, with this step's random numbers; the loss (scalar)."""
    accelerator = training.accelerator
    torch.manual_seed(_mix(training.seed, training.done, accelerator.process_index))
    device = accelerator.device
    inputs = [torch.from_numpy(a).to(device) for m in batch.inputs for a in (batch.inputs[m], batch.lengths[m])]
    targets = {t: torch.from_numpy(v).to(device) for t, v in batch.targets.items()}
    judged = {t: torch.from_numpy(v).to(device) for t, v in batch.judged.items()}
    with accelerator.autocast():
        outputs = training.model(*inputs)

    def whole(own: Tensor) -> Tensor:
        """The rows of all processes: objectives that are means over judged rows need the batch in one piece."""
        parts = list(accelerator.gather(own.detach()).chunk(accelerator.num_processes))
        parts[accelerator.process_index] = own
        return torch.cat(parts)

    cost = loss(
        tuple(whole(y) for y in outputs),
        {t: whole(v) for t, v in targets.items()},
        {t: whole(v) for t, v in judged.items()},
        whole(torch.from_numpy(batch.weight).to(device)),
    )
    accelerator.backward(cost * accelerator.num_processes)  # gradients are averaged over processes: this makes it a sum
    return cost.detach()


def move(training: Training, cost: Tensor) -> None:
    """The other half: clip the gradients, let the optimiser step at this step's rate, note the loss."""
    plan = training.plan
    for group, peak in zip(training.optimizer.param_groups, training.peaks, strict=True):
        group["lr"] = peak * rate(training.done / training.steps, plan.warmup)
    training.accelerator.clip_grad_norm_(training.model.parameters(), plan.clip)
    training.optimizer.step()
    training.optimizer.zero_grad(set_to_none=True)
    training.total += float(cost)
    training.done += 1
    training.place += 1
    if time.monotonic() - training.saved_at_s > plan.save_every_s:
        save(training)


def rate(progress: float, warmup: float) -> float:
    """Share of the peak rate at a share of the way: up in a straight line, then down to zero in another."""
    if progress < warmup:
        return progress / warmup
    return max(0.0, (1.0 - progress) / max(1e-9, 1.0 - warmup))


def keep_best(training: Training, value: float) -> bool:
    """Note this epoch's monitor, keep the weights if they are the best so far, say whether to go on.

    More is better, whatever is monitored: `supervised.monitor` turns a metric round of which less is better.
    """
    steps = max(1, training.place)
    value = -math.inf if math.isnan(value) else value  # such as a correlation with what is still constant
    if value > training.best or training.best_epoch < 0:
        training.best, training.best_epoch = value, training.epoch
        _write(training, training.folder / BEST, training.bare.state_dict(), {})
    if training.accelerator.is_main_process:
        monitor = value if math.isfinite(value) else None
        line = {"epoch": training.epoch, "monitor": monitor, "loss": training.total / steps, "steps": training.done}
        with (training.folder / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
    training.total = 0.0
    patience = training.plan.patience
    return not patience or training.epoch - training.best_epoch < patience


def keep_last(training: Training, value: float | None) -> None:
    """Note this epoch's monitor and keep its weights, whatever it says; None where nothing is monitored."""
    training.best, training.best_epoch = -math.inf, -1
    keep_best(training, math.nan if value is None else value)


def fit(
    training: Training, mixture: Mixture, features: Features, loss: Loss, score: Callable[[nn.Module], float]
) -> nn.Module:
    """Train to the end of the plan, or until dev stops rising; give the model back with its best epoch's weights."""
    world = training.accelerator
    size = training.plan.batch_size
    for epoch in epochs(training):
        training.model.train()
        rows = batching.plan(batching.lengths(features), size, training.seed, epoch)[training.place :]
        mine = [batching.share(r, world.process_index, world.num_processes) for r in rows]
        for batch in batching.batches(mixture, features, mine):
            step(training, loss, batch)
        if not keep_best(training, score(training.bare)):
            break
    _write(training, training.folder / LAST, training.bare.state_dict(), {})
    world.wait_for_everyone()
    model = training.bare
    model.load_state_dict(load_file(training.folder / BEST))
    return model


def finish(training: Training) -> None:
    """Drop the checkpoint, once all that was to be made of the training is stored; processes go on together."""
    if training.accelerator.is_main_process:
        (training.folder / "resume.safetensors").unlink(missing_ok=True)
    training.accelerator.wait_for_everyone()


def first() -> AbstractContextManager[None]:
    """The main process runs the block alone, the others after it: what it writes, they find."""
    alone: AbstractContextManager[None] = PartialState(cpu=not torch.cuda.is_available()).main_process_first()
    return alone


@torch.inference_mode()
def outputs(model: nn.Module, features: Features, size: int = 64) -> list[NDArray[np.float32]]:
    """The model's outputs for all rows, one (N, k) float32 array per task, in full precision.

    A model that has `answers(features)` gives them itself, such as one that keeps what is slow of them.
    """
    model.eval()
    made: list[NDArray[np.float32]] = []
    if not features:
        return made
    if hasattr(model, "answers"):
        return list(model.answers(features))
    device = next(model.parameters()).device
    lengths = batching.lengths(features)
    for rows in batching.in_order(lengths, size):
        found = model(*(torch.from_numpy(a).to(device) for f in features.values() for a in f.padded(rows)))
        if not made:
            made = [np.zeros((len(lengths), y.shape[1]), np.float32) for y in found]
        for whole, y in zip(made, found, strict=True):
            whole[rows] = y.float().cpu().numpy()
    return made


def save(training: Training) -> None:
    """Keep everything that a continuation needs, in one file written whole."""
    names = _names(training)
    tensors: dict[str, Tensor] = {f"model.{k}": v for k, v in training.bare.state_dict().items()}
    for parameter, state in training.optimizer.state.items():
        tensors |= {f"optimizer.{names[id(parameter)]}.{k}": torch.as_tensor(v) for k, v in state.items()}
    numbers = {k: getattr(training, k) for k in ("epoch", "place", "done", "best", "best_epoch", "total")}
    _write(training, training.folder / "resume.safetensors", tensors, {"state": json.dumps(numbers)})
    training.saved_at_s = time.monotonic()


def _resume(training: Training) -> None:
    file = training.folder / "resume.safetensors"
    with safe_open(file, framework="pt") as opened:
        numbers = json.loads(opened.metadata()["state"])
    tensors = load_file(file)
    training.bare.load_state_dict({k[6:]: v for k, v in tensors.items() if k.startswith("model.")})
    by_name = {name: key for key, name in _names(training).items()}
    parameters = {id(p): p for p in training.model.parameters()}
    for key, value in tensors.items():
        if key.startswith("optimizer."):
            name, slot = key.removeprefix("optimizer.").rsplit(".", 1)
            parameter = parameters[by_name[name]]
            training.optimizer.state[parameter][slot] = value.to(parameter.device)  # the fused step's number too
    for name, number in numbers.items():
        setattr(training, name, number)


def _names(training: Training) -> dict[int, str]:
    return {id(p): name for name, p in training.bare.named_parameters()}


def _write(training: Training, path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    if training.accelerator.is_main_process:
        with store.whole(path) as aside:
            save_file({k: v.detach().cpu().contiguous().clone() for k, v in tensors.items()}, aside, dict(metadata))


def _mix(*numbers: int) -> int:
    """One seed from several numbers, far apart for neighbours."""
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])


def total(parts: Sequence[Tensor]) -> Tensor:
    """Sum of several losses."""
    return torch.stack(list(parts)).sum()
