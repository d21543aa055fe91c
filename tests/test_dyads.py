"""The protocols of OMG-Empathy: both tracks against the formulas of the challenge; personal against common models."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner, Result

from affectkit import corpora
from affectkit.analysis import dyads
from affectkit.app import cli
from affectkit.corpora import omg_empathy
from affectkit.errors import DataError
from affectkit.sample import Series

Floats = NDArray[np.float64]
Clip = tuple[int, int]
TRAIN, TEST = (2, 4, 5, 8), (3, 6, 7)
LAGS = 20


def run(*given: object) -> Result:
    return CliRunner().invoke(cli.build(), [str(one) for one in given])


def official(truth: Floats, said: Floats) -> float:
    """As the challenge's program has it: scipy's correlation, NaN taken as 0, deviations over n."""
    stats = pytest.importorskip("scipy.stats")
    rho = 0.0 if truth.std() == 0 or said.std() == 0 else stats.pearsonr(said, truth)[0]
    distance = (said.mean() - truth.mean()) ** 2
    return float(2 * rho * truth.std() * said.std() / (said.std() ** 2 + truth.std() ** 2 + distance))


@pytest.fixture
def clips() -> tuple[dict[Clip, Floats], dict[Clip, Floats]]:
    rng = np.random.default_rng(0)
    truth = {(who, story): rng.normal(0, 0.3, 50 + who).cumsum() for who in (1, 2, 10) for story in TEST}
    said = {clip: v + rng.normal(0, 1.0, len(v)) for clip, v in truth.items()}
    return truth, said


def test_both_tracks_are_means_of_the_challenges_concordance(
    clips: tuple[dict[Clip, Floats], dict[Clip, Floats]],
) -> None:
    truth, said = clips
    said[2, 6] = np.zeros(len(truth[2, 6]))
    found = dyads.table(truth, said)
    expected = np.asarray([[official(truth[w, s], said[w, s]) for s in TEST] for w in (1, 2, 10)])
    assert (found.listeners, found.stories) == ((1, 2, 10), TEST), "by number, not by name"
    np.testing.assert_allclose(found.ccc, expected, atol=1e-12)
    assert found.ccc[1, 1] == 0.0
    assert found.constant == ((2, 6),)
    np.testing.assert_allclose(found.by_listener, expected.mean(1))
    np.testing.assert_allclose(found.by_story, expected.mean(0))
    assert found.complete
    assert found.personalised == pytest.approx(found.generalised) == pytest.approx(expected.mean())
    sure = found.interval(folds=200)
    assert sure.low <= sure.value <= sure.high


def test_the_tracks_part_where_a_clip_is_absent(clips: tuple[dict[Clip, Floats], dict[Clip, Floats]]) -> None:
    truth, said = clips
    del said[1, 3]
    found = dyads.table(truth, said)
    assert not found.complete
    means = [np.mean([official(truth[w, s], said[w, s]) for s in TEST if (w, s) in said]) for w in (1, 2, 10)]
    assert found.personalised == pytest.approx(np.mean(means))
    assert found.personalised != pytest.approx(found.generalised, abs=1e-6)


def test_pooling_frames_would_be_another_figure(clips: tuple[dict[Clip, Floats], dict[Clip, Floats]]) -> None:
    truth, said = clips
    pooled = official(np.concatenate(list(truth.values())), np.concatenate([said[c] for c in truth]))
    assert abs(pooled - dyads.table(truth, said).personalised) > 0.02


def test_bad_clips_are_sentences() -> None:
    with pytest.raises(DataError) as length:
        dyads.table({(1, 3): np.arange(10.0)}, {(1, 3): np.arange(5.0)})
    assert str(length.value) == (
        "expected one value for each of 10 frames of Subject_1_Story_3; found 5; give a value for every frame"
    )
    with pytest.raises(DataError, match="expected predictions for clips of the truth; found none"):
        dyads.table({(1, 3): np.arange(10.0)}, {(1, 4): np.arange(10.0)})
    with pytest.raises(DataError, match="finite values of Subject_1_Story_3"):
        dyads.table({(1, 3): np.arange(3.0)}, {(1, 3): [0, np.nan, 1]})


def test_held_values_stand_for_their_share_of_frames() -> None:
    assert dyads.held([1, 2, 3], 6).tolist() == [1, 1, 2, 2, 3, 3]
    assert dyads.held([1, 2, 3, 4], 2).tolist() == [1, 3]
    assert len(dyads.held(np.arange(7), 250)) == 250


# ---- the card's claim: a personal model wins only where people differ ------------------------------------------------


def listeners(rng: np.random.Generator, differ: bool) -> tuple[dict[Clip, Floats], dict[Clip, Floats]]:
    """Stories' signals as rows of lags, and what ten listeners felt: each their own lagged filter, or all the same."""
    filters = [np.hanning(9) * (1 if i % 2 else -0.7) for i in range(10)]
    inputs, felt = {}, {}
    for story in range(1, 9):
        signal = np.convolve(rng.normal(0, 1, 260), np.hanning(7) / 3, mode="same")
        rows = np.lib.stride_tricks.sliding_window_view(signal, LAGS)  # (241, lags), oldest first
        for who in range(10):
            weight = np.zeros(LAGS)
            late = 1 + who if differ else 5
            weight[LAGS - late - 9 : LAGS - late] = filters[who] if differ else np.hanning(9)
            inputs[who + 1, story] = rows
            felt[who + 1, story] = np.tanh(0.3 * (rows @ weight)) + rng.normal(0, 0.6, len(rows))
    return inputs, felt


def ridge(clips: list[Clip], inputs: dict[Clip, Floats], felt: dict[Clip, Floats]) -> Floats:
    """Weights of lags, from the normal equations."""
    x, y = (np.concatenate([of[clip] for clip in clips]) for of in (inputs, felt))
    return np.asarray(np.linalg.solve(x.T @ x + 1.0 * np.eye(LAGS), x.T @ y))


@pytest.mark.parametrize("differ", [True, False])
def test_a_personal_head_wins_only_where_listeners_differ(differ: bool) -> None:
    gaps = []
    for seed in range(3):
        inputs, felt = listeners(np.random.default_rng(seed), differ)
        test = [(who, story) for who in range(1, 11) for story in TEST]
        common = ridge([clip for clip in felt if clip[1] in TRAIN], inputs, felt)
        own = {w: ridge([(w, story) for story in TRAIN], inputs, felt) for w in range(1, 11)}
        truth = {clip: felt[clip] for clip in test}
        general = dyads.table(truth, {clip: inputs[clip] @ common for clip in test})
        personal = dyads.table(truth, {clip: inputs[clip] @ own[clip[0]] for clip in test})
        gaps.append(personal.personalised - general.personalised)
    if differ:
        assert min(gaps) > 0.2
    else:
        assert max(abs(gap) for gap in gaps) < 0.05
        assert np.mean(gaps) < 0.01, "less to learn from, and nothing to gain"


# ---- the corpus and the command --------------------------------------------------------------------------------------


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "omg_empathy"
    omg_empathy.fake(folder, np.random.default_rng(0))
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tmp_path))
    return folder


def test_parts_are_by_story_and_the_listeners_side_is_told(corpus: Path) -> None:
    found = list(omg_empathy.rows(corpus))
    stories = {s.split: {t.groups["story"] for t in found if t.split == s.split} for s in found}
    assert stories["train"] == {f"Story_{i}" for i in TRAIN}
    assert stories["dev"] == {"Story_1"}
    assert stories["test"] == {f"Story_{i}" for i in TEST}
    assert all(sum(s.split == part for s in found) == 10 * len(its) for part, its in stories.items())
    first = found[0]
    (rating,) = first.ratings
    assert (first.id, rating.rater) == ("Subject_1_Story_2", "Subject_1")
    assert first.media["face"].box == (1080, 0, 2560, 720)
    assert isinstance(rating.value, Series)
    assert rating.value.t_s[25] == 1.0
    import cv2

    film = cv2.VideoCapture(str(first.media["face"].path))
    assert (film.get(cv2.CAP_PROP_FRAME_WIDTH), film.get(cv2.CAP_PROP_FRAME_HEIGHT)) == (2560, 720)


def test_without_the_tests_annotations_there_is_no_test_part(corpus: Path) -> None:
    for file in (corpus / "Annotations").glob("*.csv"):
        file.unlink()
    assert {s.split for s in omg_empathy.rows(corpus)} == {"train", "dev"}
    result = run("empathy", corpus / "OMG_Empathy2019/Validation/Annotations", "--split", "test")
    assert result.exit_code == 1
    assert "those of test lie in the folder Annotations" in result.output


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("Listener_1.csv", "valence\n0\n", "expected a name such as Subject_1_Story_2.csv; found Listener_1.csv"),
        ("Subject_1_Story_2.csv", "valence\n0.1\nx\n", "a number in row 2 of Subject_1_Story_2.csv; found 'x'"),
        ("Subject_1_Story_2.csv", "valence\nnan\n", "a number in row 1 of Subject_1_Story_2.csv; found 'nan'"),
        ("Subject_1_Story_2.csv", "felt\n0.1\n", "the column 'valence' in Subject_1_Story_2.csv; found felt"),
        ("Subject_1_Story_2.csv", "valence\n", "one value per frame in Subject_1_Story_2.csv; found none"),
    ],
)
def test_bad_annotations_are_sentences(corpus: Path, name: str, text: str, said: str) -> None:
    (corpus / "OMG_Empathy2019/Training/Annotations" / name).write_text(text)
    with pytest.raises(DataError) as caught:
        list(omg_empathy.rows(corpus))
    assert said in str(caught.value)


def test_predictions_are_scored_by_both_tracks(corpus: Path, tmp_path: Path) -> None:
    said, annotations = tmp_path / "said", corpus / "OMG_Empathy2019/Validation/Annotations"
    rng = np.random.default_rng(1)
    expected = []
    for who in range(1, 11):
        name = f"Subject_{who}_Story_1.csv"
        truth = np.loadtxt(annotations / name, skiprows=1)
        guess = np.round(truth + rng.normal(0, 0.3, len(truth)), 5)
        corpora.write_csv(said / name, [{"valence": v} for v in guess])
        expected.append(official(truth, guess))
    result = run("empathy", said, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    np.testing.assert_allclose([row[0] for row in found["ccc"]], expected, atol=1e-6)
    assert found["personalised"]["mean"]["value"] == pytest.approx(np.mean(expected), abs=1e-6)
    assert found["generalised"]["mean"]["value"] == pytest.approx(np.mean(expected), abs=1e-6)
    by_folder = json.loads(run("empathy", said, "--truth", annotations, "--json").stdout)
    np.testing.assert_allclose(by_folder["ccc"], found["ccc"], atol=1e-6)
    (said / "Subject_4_Story_1.csv").unlink()
    missing = run("empathy", said)
    assert missing.exit_code == 3
    assert "1 clips have no predictions: Subject_4_Story_1" in missing.output
    assert f"personalised track: {np.mean(expected[:3] + expected[4:]):.4f}" in missing.output


def test_another_rate_is_an_error_unless_values_are_held(corpus: Path, tmp_path: Path) -> None:
    said, annotations = tmp_path / "said", corpus / "OMG_Empathy2019/Validation/Annotations"
    truth = np.loadtxt(annotations / "Subject_2_Story_1.csv", skiprows=1)
    corpora.write_csv(said / "Subject_2_Story_1.csv", [{"valence": v} for v in truth[::5]])
    refused = run("empathy", said)
    assert refused.exit_code == 1
    assert "each of 250 frames of Subject_2_Story_1; found 50" in refused.output
    held = run("empathy", said, "--hold", "--json")
    assert held.exit_code == 3
    assert json.loads(held.stdout)["ccc"][0][0] == pytest.approx(official(truth, np.repeat(truth[::5], 5)), abs=1e-6)


def test_slips_are_sentences(corpus: Path, tmp_path: Path) -> None:
    assert "expected files such as Subject_1_Story_2.csv" in run("empathy", tmp_path / "none").output
    assert run("empathy", tmp_path, "--split", "valid").exit_code == 2
