"""Batches: lengths travel, an epoch is a pure function of its seed, and processes share without overlap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from affectkit.sample import Media, Rating, Sample
from affectkit.task import Kind, Task
from affectkit.train import batch, mixture

ROWS = st.lists(st.lists(st.integers(1, 99), min_size=1, max_size=9), min_size=1, max_size=12)


def ragged(rows: list[list[int]]) -> batch.Ragged:
    return batch.Ragged(np.concatenate([np.asarray(r, np.int32) for r in rows]), np.cumsum([0, *map(len, rows)]))


@given(ROWS, st.data())
def test_padding_adds_zeros_and_nothing_else(rows: list[list[int]], data: st.DataObject) -> None:
    taken = data.draw(st.lists(st.integers(0, len(rows) - 1), min_size=1, max_size=8))
    padded, lengths = ragged(rows).padded(np.asarray(taken))
    assert padded.dtype == lengths.dtype == np.int64
    assert padded.shape == (len(taken), max(len(rows[i]) for i in taken))
    for line, length, i in zip(padded, lengths, taken, strict=True):
        assert line[:length].tolist() == rows[i]
        assert not line[length:].any()


def test_arrays_with_channels_keep_their_type() -> None:
    values = np.arange(12, dtype=np.float32).reshape(6, 2)
    padded, lengths = batch.Ragged(values, np.asarray([0, 4, 6])).padded(np.asarray([1, 0]))
    assert padded.shape == (2, 4, 2)
    assert padded.dtype == np.float32
    assert lengths.tolist() == [2, 4]
    assert padded[0, :2].tolist() == [[8, 9], [10, 11]]


def test_long_texts_are_cut_and_keep_their_closing_token() -> None:
    tokenizer = Tokenizer(models.WordLevel({"[CLS]": 0, "[SEP]": 1, **{c: i + 2 for i, c in enumerate("abcdef")}}, "a"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    ends = [("[CLS]", 0), ("[SEP]", 1)]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    found = batch.tokenised(tokenizer, ["a b", "a b c d e f", "f e"], longest=5)
    rows = [found.values[a:b].tolist() for a, b in zip(found.start[:-1], found.start[1:], strict=True)]
    assert rows == [[0, 2, 3, 1], [0, 2, 3, 4, 1], [0, 7, 6, 1]]
    assert found.lengths.tolist() == [4, 5, 4]


@given(st.integers(1, 300), st.integers(1, 17), st.integers(0, 5), st.integers(0, 5))
def test_an_epoch_takes_every_row_once(n: int, size: int, seed: int, epoch: int) -> None:
    lengths = np.random.default_rng(n).integers(1, 40, n)
    made = batch.plan(lengths, size, seed, epoch)
    assert sorted(np.concatenate(made).tolist()) == list(range(n))
    assert sorted((len(r) for r in made), reverse=True) == [size] * (n // size) + ([n % size] if n % size else [])
    again = batch.plan(lengths, size, seed, epoch)
    assert all(np.array_equal(a, b) for a, b in zip(made, again, strict=True))


def test_epochs_and_seeds_differ_and_batches_hold_similar_lengths() -> None:
    lengths = np.random.default_rng(0).integers(1, 60, 2000)
    made = batch.plan(lengths, 20, 0, 0)
    for other in (batch.plan(lengths, 20, 0, 1), batch.plan(lengths, 20, 1, 0)):
        assert not np.array_equal(np.concatenate(made), np.concatenate(other))
    cells = sum(len(r) * lengths[r].max() for r in made)
    at_random = sum(20 * lengths[i : i + 20].max() for i in range(0, 2000, 20))
    assert cells < 1.1 * lengths.sum() < at_random
    means = np.asarray([lengths[r].mean() for r in made])
    assert abs(np.corrcoef(means[:-1], means[1:])[0, 1]) < 0.3, "batches come in no order of length"


def test_a_reading_pass_begins_with_the_longest() -> None:
    found = batch.in_order(np.asarray([3, 9, 1, 9, 5]), 2)
    assert [r.tolist() for r in found] == [[1, 3], [4, 0], [2]]


@given(st.integers(1, 40), st.integers(1, 5))
def test_processes_share_a_batch_in_equal_parts(n: int, processes: int) -> None:
    rows = np.random.default_rng(n).permutation(100)[:n]
    parts = [batch.share(rows, rank, processes) for rank in range(processes)]
    assert len({len(p) for p in parts}) == 1
    assert all(len(p) for p in parts)
    together = np.concatenate(parts).tolist()
    assert set(together) <= set(rows.tolist())
    if n >= processes:
        assert len(set(together)) == len(together) == n - n % processes


def test_a_batch_lines_up_rows_of_inputs_targets_and_weights() -> None:
    task = Task("t", "emotion", Kind.SINGLE, "toy", ("a", "b"))
    samples = [Sample(f"s{i}", {"text": Media(text="x")}, (Rating("t", "ab"[i % 2]),)) for i in range(4)]
    data = mixture.table([("toy", s) for s in samples], [task])
    features = {"text": ragged([[1], [2, 2], [3, 3, 3], [4]]), "other": ragged([[1] * 4, [1], [1], [1]])}
    assert batch.lengths(features).tolist() == [4, 2, 3, 1]
    made = batch.make(data, features, np.asarray([2, 0]))
    assert made.ids == ("s2", "s0")
    assert made.inputs["text"].tolist() == [[3, 3, 3], [1, 0, 0]]
    assert made.lengths["text"].tolist() == [3, 1]
    assert made.lengths["other"].tolist() == [1, 4]
    assert made.targets["t"].tolist() == [[1, 0], [1, 0]]
    assert made.judged["t"].all()
    assert made.weight.tolist() == [1, 1]


@pytest.mark.parametrize("processes", [1, 2])
def test_shares_of_an_epoch_are_the_epoch(processes: int) -> None:
    made = batch.plan(np.ones(24, np.int64), 6, 0, 0)
    rows = [batch.share(r, rank, processes) for r in made for rank in range(processes)]
    assert sorted(np.concatenate(rows).tolist()) == list(range(24))
