"""Splits of our own making: by chance, by groups that stay whole, by the order of time; and who may be compared."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectkit import find
from affectkit.errors import AffectError
from affectkit.sample import Media, Rating, Sample
from affectkit.task import Kind, Task
from affectkit.train import evaluate, export, figures, mixture, run, supervised
from affectkit.train.mixture import Mixture

TASK = Task("t", "emotion", Kind.SINGLE, "toy", ("joy", "anger"))
ORDER = {"train": 0, "dev": 1, "test": 2}


def table(groups: list[dict[str, str]], corpus: str = "toy") -> Mixture:
    samples = [
        (corpus, Sample(str(i), {"text": Media(text="x")}, (Rating("t", "joy"),), its, split="train"))
        for i, its in enumerate(groups)
    ]
    return mixture.table(samples, [TASK])


def counts(data: Mixture) -> list[int]:
    found = Counter(data.split.tolist())
    return [found[split] for split in ORDER]


def splits_of(data: Mixture, kind: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for group, split in zip(data.groups[kind].tolist(), data.split.tolist(), strict=True):
        found.setdefault(group, set()).add(split)
    return found


def test_by_chance_every_sample_goes_for_itself() -> None:
    data = table([{} for _ in range(200)])
    made = mixture.resplit(data, "random")
    assert counts(made) == [160, 20, 20]
    assert np.array_equal(made.split, mixture.resplit(data, "random").split)
    assert not np.array_equal(made.split, mixture.resplit(data, "random", seed=1).split)
    assert set(data.split) == {"train"}
    assert np.array_equal(made.ids, data.ids)


@given(st.lists(st.integers(0, 9), min_size=3, max_size=60).filter(lambda g: len(set(g)) >= 3), st.integers(0, 50))
def test_groups_stay_whole_and_every_part_has_some(groups: list[int], seed: int) -> None:
    data = table([{"speaker": f"s{g}"} for g in groups])
    for by in ("group:speaker", "order:speaker"):
        made = mixture.resplit(data, by, seed)
        assert all(len(splits) == 1 for splits in splits_of(made, "speaker").values())
        assert min(counts(made)) > 0 and sum(counts(made)) == len(groups)


def test_dev_joins_train_and_test_stays() -> None:
    data = table([{} for _ in range(6)])
    data = replace(data, split=np.asarray(["dev", "test", "train", "dev", "test", ""]))
    assert mixture.resplit(data, "joined").split.tolist() == ["train", "test", "train", "train", "test", ""]
    assert data.split.tolist() == ["dev", "test", "train", "dev", "test", ""]


def test_groups_are_drawn_and_near_the_shares() -> None:
    data = table([{"speaker": str(i // 5)} for i in range(500)])
    made = mixture.resplit(data, "group:speaker")
    assert counts(made) == [400, 50, 50]
    assert not np.array_equal(made.split, mixture.resplit(data, "group:speaker", seed=1).split)
    ranks = [ORDER[s] for s in made.split]
    assert ranks != sorted(ranks)


def test_in_order_the_latest_are_tested_and_numbers_count_as_numbers() -> None:
    episodes = [f"s{s}e{e}" for s in (10, 9, 1) for e in (12, 3)]
    data = table([{"episode": e} for e in episodes for _ in range(10)])
    made = mixture.resplit(data, "order:episode")
    found = {e: splits.pop() for e, splits in splits_of(made, "episode").items()}
    assert [found[e] for e in ("s1e3", "s1e12", "s9e3", "s9e12", "s10e3", "s10e12")] == [*["train"] * 4, "dev", "test"]
    assert np.array_equal(made.split, mixture.resplit(data, "order:episode", seed=5).split)


def test_no_time_of_training_lies_after_a_time_of_test() -> None:
    rng = np.random.default_rng(0)
    days = rng.integers(0, 40, 300)
    made = mixture.resplit(table([{"time": f"{d}"} for d in days]), "order:time")
    last, first = days[made.split == "train"].max(), days[made.split == "test"].min()
    assert last < days[made.split == "dev"].min() and days[made.split == "dev"].max() < first
    assert abs((made.split == "train").mean() - 0.8) < 0.05


def test_a_corpus_is_split_alike_alone_and_in_a_mixture() -> None:
    one, other = ([{"speaker": str(i // 4)} for i in range(n)] for n in (80, 120))
    rows = [*(("a", g) for g in one), *(("b", g) for g in other)]
    both = mixture.table(
        [(c, Sample(str(i), {"text": Media(text="x")}, (Rating("t", "joy"),), g)) for i, (c, g) in enumerate(rows)],
        [TASK],
    )
    for by in ("random", "group:speaker", "order:speaker"):
        whole = mixture.resplit(both, by)
        for corpus, groups in (("a", one), ("b", other)):
            alone = mixture.resplit(table(groups, corpus), by)
            assert np.array_equal(whole.split[whole.corpus == corpus], alone.split)
            assert counts(alone) == [int(n * len(groups)) for n in mixture.SHARES]


def test_groups_travel_with_their_samples() -> None:
    data = table([{"speaker": "a"}, {"speaker": "b", "song": "x"}, {}])
    assert {kind: ids.tolist() for kind, ids in data.groups.items()} == {
        "song": ["", "x", ""],
        "speaker": ["a", "b", ""],
    }
    taken = data.take(np.asarray([1, 0]))
    assert taken.groups["speaker"].tolist() == ["b", "a"] and taken.groups["song"].tolist() == ["x", ""]


@pytest.mark.parametrize(
    ("groups", "by", "message"),
    [
        (
            [{"speaker": "a"}] * 3,
            "group:speakr",
            "expected the name of a kind of group of these corpora; found 'speakr'; did you mean speaker?",
        ),
        (
            [{"speaker": "a"}] * 3,
            "speaker",
            "expected the name of a split; found 'speaker'; did you mean order:speaker or group:speaker?",
        ),
        (
            [{"speaker": "a"}] * 3,
            "group",
            "expected the name of a split; found 'group'; did you mean group:speaker?",
        ),
        (
            [{"speaker": "a"}] * 3,
            "random:speaker",
            "expected the name of a split; found 'random:speaker'; did you mean group:speaker or order:speaker "
            "or random?",
        ),
        (
            [{"speaker": "a"}, {}, {}],
            "order:speaker",
            "expected a speaker for every sample of toy; found 2 without; split by another kind",
        ),
        (
            [{"speaker": "a"}, {"speaker": "b"}, {"speaker": "b"}],
            "group:speaker",
            "expected at least 3 groups of toy to split by 'group:speaker'; found 2; split by another kind",
        ),
    ],
)
def test_what_cannot_be_split_is_refused(groups: list[dict[str, str]], by: str, message: str) -> None:
    with pytest.raises(AffectError) as caught:
        mixture.resplit(table(groups), by)
    assert str(caught.value) == message


# ---- in a run --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A folder where AFFECTKIT_CORPORA points, with an imitation of MELD and a run on its episodes in order."""
    made = tmp_path_factory.mktemp("resplit")
    find.load("corpora", "meld").fake(made / "corpora" / "meld", np.random.default_rng(0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AFFECTKIT_CORPORA", str(made / "corpora"))
        patch.setattr(figures, "FOLDS", 20)
        settings = {**supervised.TOY, "epochs": 1}
        for name, split in (("own", "order:episode"), ("official", "")):
            run.train("finetune", {**settings, "split": split}, ["meld"], (), (0, 1), made / name, "the command")
        yield made


def test_a_run_on_its_own_split_trains_tests_and_says_so(folder: Path) -> None:
    opened = run.open_run(folder / "own")
    data = opened.mixture()
    assert all(len(s) == 1 for s in splits_of(data, "episode").values())
    measured = evaluate.measure_run(folder / "own")
    rows = measured.rows["meld"]
    assert {row["split"] for row in rows} == {"our own: order:episode"}
    assert {row["metrics"]["accuracy"]["n"] for row in rows if row["variant"]["samples"] == figures.ALL} == {
        len(data.part("test"))
    }
    again = evaluate.measure_run(folder / "own", on=["meld"]).rows["meld"]
    assert [r["metrics"] for r in again] == [r["metrics"] for r in rows]
    official = evaluate.measure_run(folder / "official").rows["meld"]
    assert {row["split"] for row in official} == {find.card("corpora", "meld")["split"]}


def test_what_was_trained_on_another_split_is_not_mixed_in(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(AffectError) as caught:
        evaluate.measure_run(folder / "own", against=folder / "official")
    assert (
        str(caught.value) == "expected a run to compare with of the split 'order:episode'; found ''; train it on that"
    )
    settings = {**supervised.TOY, "epochs": 1}
    for part, setting in (("finetune", "start"), ("distil_text", "teacher")):
        changes = {**settings, setting: str(folder / "own")}
        with pytest.raises(AffectError) as caught:
            run.train(part, changes, ["meld"], (), (0,), tmp_path / "new", "the command")
        assert str(caught.value) == (
            f"expected the split of {folder / 'own'}, split=order:episode; found split=; --set split=order:episode"
        )
    with pytest.raises(AffectError) as caught:
        export.export(run.open_run(folder / "own"), "toy", tmp_path / "toy.affect")
    assert str(caught.value) == ("expected a run on the official split; found split=order:episode; train without it")
