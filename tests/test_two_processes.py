"""A training on two processes is the same training: both work, and the weights are those of one process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from safetensors.torch import load_file

from affectkit import find
from affectkit.train import run, supervised

ON = ("goemotions", "emobank")
# no dropout, since each process draws its own; the share of rows a process sees changes with the number of processes
PLAN: dict[str, Any] = {
    **supervised.TOY,
    "encoder": "transformer:vocabulary=200,width=16,layers=1,heads=2,inner=32,longest=32,dropout=0",
    "head": "linear:dropout=0",
    "epochs": 2,
    "lr": 1e-3,  # Adam makes steps of this size of what rounding leaves of a gradient of nought
    "head_lr": 3e-3,
    "batch_size": 14,  # ten whole batches of the imitations' 140 training samples: nothing is left over
    "seen": 0,
}
SCRIPT = """
import json, sys
from pathlib import Path
from affectkit.train import loop, run

folder, plan, on = Path(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3].split(",")
seen, real = [], loop.step
def step(training, loss, batch):
    seen.append(list(batch.ids))
    real(training, loss, batch)
    world.update(rank=training.accelerator.process_index, processes=training.accelerator.num_processes)
world, norms = {}, []
loop.step = step
clip = loop.Accelerator.clip_grad_norm_
loop.Accelerator.clip_grad_norm_ = lambda *a: norms.append(float(clip(*a)))
done = run.train("finetune", plan, on, [], [0], folder, "x")
stored = run.outputs(done, 0, "dev")  # both find what the main process wrote
world |= {"batches": seen, "norms": norms, "minutes": done.minutes, "dev": [len(y) for y in stored.values()]}
(folder / f"process-{world['rank']}.json").write_text(json.dumps(world))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of one plan: `one` by this process, `two` by two."""
    made = tmp_path_factory.mktemp("two")
    for corpus in ON:
        find.load("corpora", corpus).fake(made / "corpora" / corpus, np.random.default_rng(0))
    (made / "train.py").write_text(SCRIPT, encoding="utf-8")
    env = {
        **os.environ,
        "AFFECTKIT_CORPORA": str(made / "corpora"),
        "ACCELERATE_USE_CPU": "true",
        "OMP_NUM_THREADS": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AFFECTKIT_CORPORA", str(made / "corpora"))
        norms: list[float] = []
        clip = Accelerator.clip_grad_norm_
        patch.setattr(Accelerator, "clip_grad_norm_", lambda *a: norms.append(float(clip(*a))))
        run.train("finetune", PLAN, ON, [], [0], made / "one", "x")
    (made / "norms.json").write_text(json.dumps(norms), encoding="utf-8")
    done = subprocess.run(
        [*launch, str(made / "train.py"), str(made / "two"), json.dumps(PLAN), ",".join(ON)],
        env=env,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return made


def worlds(folder: Path) -> list[dict[str, Any]]:
    return [json.loads((folder / "two" / f"process-{rank}.json").read_text(encoding="utf-8")) for rank in (0, 1)]


def test_both_processes_took_part(folder: Path) -> None:
    found = worlds(folder)
    assert [(w["rank"], w["processes"]) for w in found] == [(0, 2), (1, 2)]
    assert len(found[0]["batches"]) == len(found[1]["batches"]) == 2 * 10
    for epoch in (slice(0, 10), slice(10, 20)):
        own = [[i for batch in w["batches"][epoch] for i in batch] for w in found]
        assert len(own[0]) == len(own[1]) == 70
        assert len({*own[0], *own[1]}) == 140, "every sample once, in one process"


def test_the_weights_are_those_of_one_process(folder: Path) -> None:
    one, two = (load_file(folder / name / "seed-0" / "best.safetensors") for name in ("one", "two"))
    assert one.keys() == two.keys()
    for key in one:
        torch.testing.assert_close(two[key], one[key], atol=1e-4, rtol=0)


def test_gradients_are_as_long_as_those_of_one_process(folder: Path) -> None:
    """Adam would hide gradients of another length; clipping by their length does not."""
    one = json.loads((folder / "norms.json").read_text(encoding="utf-8"))
    assert len(one) == 20
    for w in worlds(folder):
        assert w["norms"] == pytest.approx(one, rel=1e-3)


def test_the_log_tells_the_whole_batchs_loss(folder: Path) -> None:
    one, two = (
        [json.loads(line) for line in (folder / name / "seed-0" / "log.jsonl").read_text().splitlines()]
        for name in ("one", "two")
    )
    assert len(two) == 2, "only the main process writes"
    for a, b in zip(one, two, strict=True):
        assert b["loss"] == pytest.approx(a["loss"], rel=1e-4)
        assert b["monitor"] == pytest.approx(a["monitor"], abs=1e-3)


def test_the_folder_is_like_one_processs(folder: Path) -> None:
    one, two = ({str(p.relative_to(folder / n)) for p in (folder / n).rglob("*")} for n in ("one", "two"))
    assert two - one == {"process-0.json", "process-1.json"}
    assert one <= two
    for w in worlds(folder):
        assert w["dev"] == [20, 20]
    opened = run.open_run(folder / "two")
    assert opened.seeds == (0,)
    assert opened.minutes > 0
