"""Views of one item: agreement by the textbook's pairs, the nearest view, paired differences, what is left out."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from affectkit import corpora, find
from affectkit.analysis import modalities
from affectkit.app import cli
from affectkit.errors import DataError
from affectkit.sample import Rating
from affectkit.task import Kind, Task, View

NAMES = ("joy", "fear", "anger")


def task(id: str, *shown: str, kind: Kind = Kind.SINGLE) -> Task:
    scaled = kind is Kind.CONTINUOUS
    its = ("valence", "arousal") if scaled else NAMES
    return Task(id, "emotion", kind, "", its, (1, 5) if scaled else None, View.PERCEIVED, shown)


HEARD, SEEN, BOTH = task("heard", "speech"), task("seen", "video"), task("both", "speech", "video")
THREE = (HEARD, SEEN, BOTH)


def planted(n: int = 400) -> tuple[np.ndarray, list[list[Rating]]]:
    """Who sees agrees with who is given both in three of four items, who hears in one of two; chance comes on top."""
    rng = np.random.default_rng(0)
    both = rng.integers(0, 3, n)
    seen, heard = (np.where(rng.random(n) < share, both, rng.integers(0, 3, n)) for share in (0.75, 0.5))
    columns = np.stack([heard, seen, both], 1)
    return columns, [[Rating(t.id, NAMES[v]) for t, v in zip(THREE, row, strict=True)] for row in columns]


def pairwise(a: np.ndarray, b: np.ndarray) -> float:
    """Nominal alpha of two raters without a gap: 1 - observed / expected disagreement, over all pairs of values."""
    every = np.concatenate([a, b])
    unlike = sum(x != y for x, y in combinations(every.tolist(), 2)) / (len(every) * (len(every) - 1) / 2)
    return float(1 - np.mean(a != b) / unlike)


def test_views_are_tasks_of_one_question_shown_different_things() -> None:
    others = (
        Task("meant", "emotion", Kind.SINGLE, "", NAMES, view=View.INTENDED),
        Task("of all", "emotion", Kind.SINGLE, "", NAMES, view=View.PERCEIVED),
        task("vad", "speech", kind=Kind.CONTINUOUS),
    )
    assert modalities.questions((*THREE, *others)) == [THREE]
    assert modalities.questions((HEARD, task("heard again", "speech"))) == []


def test_pairs_are_the_textbooks_and_the_nearest_is_the_planted_one() -> None:
    columns, ratings = planted(120)
    found = modalities.views(ratings, THREE, folds=200)
    assert found.items == 120
    assert [(p.a, p.b) for p in found.pairs] == [("heard", "seen"), ("heard", "both"), ("seen", "both")]
    for pair, (a, b) in zip(found.pairs, combinations(columns.T, 2), strict=True):
        assert pair.alpha[""].value == pytest.approx(pairwise(a, b))
        assert pair.equal is not None and pair.equal.value == pytest.approx(np.mean(a == b))
        assert pair.alpha[""].low < pair.alpha[""].value < pair.alpha[""].high
    assert (found.whole, found.nearest) == ("both", "seen")
    (gap,) = found.lead.values()
    expected = found.pairs[2].alpha[""].value - found.pairs[1].alpha[""].value
    assert list(found.lead) == ["heard"]
    assert gap.value == pytest.approx(expected)


def test_a_planted_lead_is_found_and_equal_views_have_none() -> None:
    columns, ratings = planted()
    lead = modalities.views(ratings, THREE, folds=300).lead["heard"]
    assert lead.low > 0 and lead.p < 0.02
    twice = [[*its[1:], Rating("heard", NAMES[row[1]])] for its, row in zip(ratings, columns, strict=True)]
    (same,) = modalities.views(twice, THREE, folds=100).lead.values()
    assert (same.value, same.low, same.high, same.p) == (0, 0, 0, 1)


def test_the_order_of_items_is_no_matter_and_groups_are_drawn_whole() -> None:
    _, ratings = planted(200)
    order = np.random.default_rng(1).permutation(200)
    one, other = (modalities.views(its, THREE, folds=50) for its in (ratings, [ratings[i] for i in order]))
    assert [p.alpha[""].value for p in one.pairs] == pytest.approx([p.alpha[""].value for p in other.pairs])
    copies = [its for its in ratings for _ in range(5)]
    group = [i for i in range(200) for _ in range(5)]
    alone, whole = (modalities.views(copies, THREE, g, folds=300).pairs[2].alpha[""] for g in (None, group))
    assert whole.high - whole.low > 1.6 * (alone.high - alone.low)


def test_votes_give_their_most_frequent_name_and_ties_are_left_out() -> None:
    a, b = (task(id, shown, kind=Kind.DISTRIBUTION) for id, shown in (("a", "speech"), ("b", "video")))
    clear = [Rating("a", "joy", count=3), Rating("a", "fear"), Rating("b", "joy", count=2)]
    other = [Rating("a", "fear", count=3), Rating("b", "anger", count=2)]
    tie = [Rating("a", "joy"), Rating("a", "fear"), Rating("b", "joy")]
    nobody = [Rating("a", "joy"), Rating("b", None, note="unknown")]
    found = modalities.views([clear, other, tie, nobody], (a, b), folds=20)
    assert found.items == 2
    assert found.pairs[0].equal is not None and found.pairs[0].equal.value == 0.5
    assert found.whole is None and found.nearest is None and found.lead == {}


def test_numbers_agree_dimension_by_dimension() -> None:
    rng = np.random.default_rng(3)
    views = tuple(task(t.id, *(t.shown or ()), kind=Kind.CONTINUOUS) for t in THREE)
    true = rng.uniform(1, 5, (80, 2))
    near = np.clip(true + rng.normal(0, 0.3, true.shape), 1, 5)
    far = rng.uniform(1, 5, true.shape)
    ratings = [
        [Rating(t.id, tuple(v.tolist())) for t, v in zip(views, its, strict=True)]
        for its in zip(far, near, true, strict=True)
    ]
    found = modalities.views(ratings, views, folds=50)
    assert found.nearest == "seen"
    pair = found.pairs[2]
    assert pair.equal is None and list(pair.alpha) == ["valence", "arousal"]
    x, y = near[:, 0], true[:, 0]
    both = np.concatenate([x, y])
    # interval alpha of two raters: the squared differences within items over those of all pairs
    expected = 1 - np.mean((x - y) ** 2) / (2 * both.var(ddof=1))
    assert pair.alpha["valence"].value == pytest.approx(expected, rel=1e-5)


def test_too_little_is_one_sentence() -> None:
    _, ratings = planted(4)
    with pytest.raises(DataError, match="expected two views or more of one question; found 1; choose tasks with other"):
        modalities.views(ratings, THREE[:1])
    with pytest.raises(
        DataError, match="two items or more with a value in each of heard, seen, both; found 1; compare"
    ):
        modalities.views(ratings[:1], THREE)


def test_the_command_tells_views_of_a_corpus_without_single_votes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find.load("corpora", "emotiontalk").fake(tmp_path / "emotiontalk", np.random.default_rng(0))
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tmp_path))
    printed = CliRunner().invoke(cli.build(), ["agreement", "emotiontalk"])
    assert printed.exit_code == 0, printed.output
    assert "judged from different modalities: emotiontalk.text, emotiontalk.audio" in printed.stdout
    assert "nearest to emotiontalk.all: emotiontalk." in printed.stdout
    said = json.loads(CliRunner().invoke(cli.build(), ["agreement", "emotiontalk", "--json"]).stdout)
    samples = list(corpora.samples("emotiontalk"))
    assert said["tasks"] == [] and said["views"][0]["items"] == len(samples)
    pair = said["views"][0]["pairs"][0]
    labels = [[s.rated(f"emotiontalk.{way}")[0].value for s in samples] for way in ("text", "audio")]
    assert pair["equal"]["value"] == pytest.approx(np.mean([a == b for a, b in zip(*labels, strict=True)]))
    assert pair["alpha"]["names"]["low"] <= pair["alpha"]["names"]["value"] <= pair["alpha"]["names"]["high"]
    wrong = CliRunner().invoke(cli.build(), ["agreement", "emotiontalk", "--by", "dialog"])
    assert wrong.exit_code == 2
    assert "expected the name of a kind of group of emotiontalk; found 'dialog'; did you mean dialogue?" in wrong.stderr
