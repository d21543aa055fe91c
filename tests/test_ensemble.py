"""Networks as one: a linear model beside another network in one bundle, and the end of a training averaged in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from affectkit.errors import UsageError
from affectkit.nn.model import Beside
from affectkit.runtime import bundle
from affectkit.train import ensemble, export, loop, onnx, run, supervised
from conftest import Tiny


def linear(tiny: Tiny, out: Path, monkeypatch: pytest.MonkeyPatch, **changes: object) -> run.Run:
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tiny.corpora))
    config = {"encoder": "ngrams:width=0,buckets=2048,most=2,within=false", "epochs": 1, "longest": 32, **changes}
    return run.train("linear_text", config, ["goemotions", "emobank"], [], [0], out, "a command")


def test_a_bundle_of_two_networks_says_what_both_say(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fine, other = run.open_run(tiny.fine), linear(tiny, tmp_path / "linear", monkeypatch, pieces=str(tiny.fine))
    done = export.export(fine, "both", tmp_path / "both.affect", beside=other)
    opened = bundle.open(done.path)
    shares = opened.card["beside"]["shares"]
    assert opened.card["beside"]["part"] == "linear_text"
    assert set(shares) == {"goemotions", "vad"} and set(shares.values()) <= set(ensemble.SHARES)
    dev = fine.mixture().part("dev")
    features = run.features(fine.reader(), dev)
    one, two = (run.fresh_outputs(r, 0, dev) for r in (fine, other))
    found = dict(zip(shares, onnx.outputs(opened.model, features, list(shares)), strict=True))
    for task in fine.tasks:
        mixed = one[task.id] * (1 - shares[task.id]) + two[task.id] * shares[task.id]
        assert np.corrcoef(found[task.id].ravel(), mixed.ravel())[0, 1] > 0.99  # int8 moves it a little
        best = max(supervised.monitored(task, one[task.id] * (1 - s) + two[task.id] * s, dev) for s in ensemble.SHARES)
        assert supervised.monitored(task, mixed, dev) == pytest.approx(best)


def test_each_task_has_its_own_share(tiny: Tiny) -> None:
    fine = run.open_run(tiny.fine)
    first, second = (run.model(fine, seed) for seed in (0, 1))
    tokens, lengths = torch.tensor([[2, 5, 7, 3]]), torch.tensor([4])
    with torch.inference_mode():
        both = Beside(first, second, (0.25, 1.0))(tokens, lengths)
        one, two = first(tokens, lengths), second(tokens, lengths)
    torch.testing.assert_close(both[0], 0.75 * one[0] + 0.25 * two[0])
    torch.testing.assert_close(both[1], two[1])


def test_another_tokenizer_is_refused(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = linear(tiny, tmp_path / "own", monkeypatch)
    with pytest.raises(UsageError, match=r"tokenizer of .*; train it on the same corpora with --set pieces="):
        export.export(run.open_run(tiny.fine), "both", tmp_path / "both.affect", beside=other)


def test_the_end_of_a_training_is_averaged_in(tiny: Tiny) -> None:
    fine = run.open_run(tiny.fine)
    best, last = (load_file(fine.seed_folder(0) / file) for file in (loop.BEST, loop.LAST))
    mean = run.soup(fine, [0], last=True).state_dict()
    for name, tensor in mean.items():
        torch.testing.assert_close(tensor, (best[name] + last[name]) / 2)
    alone = run.soup(fine, [0]).state_dict()
    assert all(torch.equal(alone[name], best[name]) for name in alone)
