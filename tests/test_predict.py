"""Prediction on a toy whose every number can be worked out by hand, and the batching beneath it."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import affectkit
import toys
from affectkit.errors import BundleError, InputError, UnknownName, UsageError
from affectkit.runtime import batch, bundle
from affectkit.runtime.predict import Item, Options, Predictor
from affectkit.runtime.session import Session, named
from affectkit.runtime.windows import Windows
from affectkit.sample import Media

CARD = toys.card()
NAMES = toys.NAMES
K = len(NAMES)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toys.pack(tmp_path_factory.mktemp("predict") / "toy.affect")


@pytest.fixture(scope="module")
def toy(path: Path) -> Predictor:
    return affectkit.load(path, threads=1)


def made(**changes: object) -> Predictor:
    """A predictor whose first task says something else."""
    first, second = toys.card()["tasks"]
    return Predictor(bundle.Bundle(toys.card(tasks=[first | changes, second]), toys.model(), toys.assets()), 1)


def by_hand(logits: np.ndarray) -> dict[str, float]:
    """Platt's formula, name by name."""
    its = CARD["tasks"][0]
    return {name: 1 / (1 + math.exp(-(its["slope"][i] * logits[i] + its["bias"][i]))) for i, name in enumerate(NAMES)}


# ---- what is said ----------------------------------------------------------------------------------------------------


def test_scores_labels_and_confidence_follow_the_card(toy: Predictor) -> None:
    (found,) = toy.predict("we won joy sadness")
    said, scores = found.tasks["goemotions"], by_hand(toys.logits("we won joy sadness"))
    assert said.scores == pytest.approx(scores, abs=2e-6)
    least = dict(zip(NAMES, CARD["tasks"][0]["thresholds"], strict=True))
    reached = sorted((name for name in NAMES if scores[name] >= least[name]), key=lambda name: -scores[name])
    assert 1 < len(reached) < K
    assert said.labels == tuple(reached)
    odds = scores[reached[0]] / (1 - scores[reached[0]])
    assert said.confidence == pytest.approx(1 / (1 + math.exp(-(0.8 * math.log(odds) + 0.1))), abs=2e-6)
    assert not said.abstain
    assert (found.bundles, found.modalities.used, found.error) == (("toy@3",), ("text",), None)


def test_dimensions_are_scaled_and_bounded_with_their_interval(toy: Predictor) -> None:
    (found,) = toy.predict(["the bad"])
    raw = toys.logits("the bad")[K:]
    said = found.tasks["vad"]
    for i, name in enumerate(toys.DIMENSIONS):
        value, half = min(1.0, max(-1.0, 1.5 * raw[i] + 0.1)), (0.3, 0.4, 0.95)[i]
        assert said.values is not None and said.low is not None and said.high is not None
        assert said.values[name] == pytest.approx(value, abs=2e-6)
        assert said.low[name] == pytest.approx(max(-1.0, value - half), abs=2e-6)
        assert said.high[name] == pytest.approx(min(1.0, value + half), abs=2e-6)
    assert said.low is not None and said.high is not None
    assert min(said.low.values()) == -1.0 or max(said.high.values()) == 1.0  # the bound was reached
    assert said.confidence is None and said.labels == () and said.scores is None


def test_below_the_abstain_point_the_answer_is_not_sure(toy: Predictor) -> None:
    (found,) = toy.predict("the the a")
    said = found.tasks["goemotions"]
    assert said.confidence is not None and said.confidence < 0.35
    assert said.abstain
    (never,) = made(abstain=None).predict("the the a")
    assert not never.tasks["goemotions"].abstain


def test_no_name_at_its_threshold_leaves_the_best_one(toy: Predictor) -> None:
    (found,) = made(thresholds=[0.99] * K).predict("joy")
    scores = by_hand(toys.logits("joy"))
    assert max(scores.values()) < 0.99
    assert found.tasks["goemotions"].labels == (max(scores, key=lambda name: scores[name]),)


def test_without_thresholds_a_half_decides() -> None:
    (found,) = made(thresholds=None).predict("joy joy")
    scores = by_hand(toys.logits("joy joy"))
    assert set(found.tasks["goemotions"].labels) == {name for name, score in scores.items() if score >= 0.5}


@pytest.mark.parametrize("kind", ["single", "distribution"])
def test_kinds_with_one_answer_share_out_one(kind: str) -> None:
    task = {**CARD["tasks"][0]["task"], "kind": kind}
    (found,) = made(task=task, activation="softmax", thresholds=None).predict("joy sadness")
    its, raw = CARD["tasks"][0], toys.logits("joy sadness")
    e = [math.exp(its["slope"][i] * raw[i] + its["bias"][i]) for i in range(K)]
    said = found.tasks["goemotions"]
    assert said.scores == pytest.approx({name: e[i] / sum(e) for i, name in enumerate(NAMES)}, abs=2e-6)
    assert said.labels == (NAMES[int(np.argmax(e))],)


def test_a_threshold_given_takes_the_place_of_the_cards(toy: Predictor) -> None:
    scores = by_hand(toys.logits("joy anger"))
    for threshold in (0.0, 0.1, 0.6):
        (found,) = toy.predict("joy anger", threshold=threshold)
        reached = {name for name, score in scores.items() if score >= threshold}
        assert set(found.tasks["goemotions"].labels) == (reached or {max(scores, key=lambda name: scores[name])})


def test_top_gives_the_highest_scores_in_falling_order(toy: Predictor) -> None:
    (found,) = toy.predict("joy anger", top=3)
    scores = by_hand(toys.logits("joy anger"))
    best = sorted(scores, key=lambda name: -scores[name])[:3]
    assert list(found.tasks["goemotions"].scores or ()) == best
    assert len(found.tasks["vad"].values or ()) == 3  # dimensions are never left out
    assert found.tasks["goemotions"].labels == toy.predict("joy anger")[0].tasks["goemotions"].labels


# ---- other label schemes ---------------------------------------------------------------------------------------------


def test_a_taxonomy_is_added_with_what_was_lost(toy: Predictor) -> None:
    (found,) = toy.predict("gratitude", taxonomy="ekman", threshold=0.5)
    said, own = found.tasks["ekman"], found.tasks["goemotions"]
    converted = affectkit.convert(own.scores or {}, "goemotions", "ekman", "multi")
    assert said.scores == pytest.approx(dict(converted.scores), abs=1e-5)
    assert (said.scheme, said.converted_from, said.view) == ("ekman", "goemotions", own.view)
    assert said.lost is not None and said.lost["merged"]["joy"] and said.lost["bits"] > 0
    assert own.labels == ("gratitude",) and said.labels == ("joy",)
    assert said.confidence is None  # what was calibrated is another label
    assert list(found.tasks) == ["goemotions", "ekman", "vad"]


def test_a_label_without_a_place_leaves_no_label(toy: Predictor) -> None:
    (found,) = toy.predict("neutral", taxonomy="ekman", threshold=0.5)
    assert found.tasks["goemotions"].labels == ("neutral",)
    assert found.tasks["ekman"].labels == ()
    assert found.tasks["ekman"].lost is not None and found.tasks["ekman"].lost["dropped"] == {"neutral": 1.0}


def test_quadrants_come_from_the_signs_of_the_dimensions(toy: Predictor) -> None:
    for text in ("joy", "the bad", "we won", "not good", "anger", "sadness a"):
        (found,) = toy.predict(text, taxonomy="quadrants")
        values = found.tasks["vad"].values or {}
        expected = ("H" if values["valence"] > 0 else "L") + "V" + ("H" if values["arousal"] > 0 else "L") + "A"
        assert found.tasks["quadrants"].labels == (expected,)
        assert found.tasks["quadrants"].converted_from == "vad"


def test_names_can_become_dimensions_where_the_bundle_has_none() -> None:
    card = toys.card(tasks=toys.card()["tasks"][:1])
    predictor = Predictor(bundle.Bundle(card, toys.model(), toys.assets()), 1)
    (found,) = predictor.predict("joy", taxonomy="vad")
    said = found.tasks["vad"]
    converted = affectkit.convert(found.tasks["goemotions"].scores or {}, "goemotions", "vad", "multi")
    assert said.values == pytest.approx(dict(converted.scores), abs=1e-5)
    assert said.kind == "continuous" and said.low is None and said.converted_from == "goemotions"


def test_a_scheme_the_bundle_speaks_itself_is_not_added(toy: Predictor) -> None:
    (found,) = toy.predict("joy", taxonomy="vad")
    assert list(found.tasks) == ["goemotions", "vad"]
    assert found.tasks["vad"].converted_from is None


# ---- items -----------------------------------------------------------------------------------------------------------


def test_one_bad_item_never_ends_a_batch(toy: Predictor, tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("joy", encoding="utf-8")
    (tmp_path / "bad.txt").write_bytes(b"joy \xff")
    given = ["joy", "", " \t\n", "a\0b", "x" * 100_001, 7, Media(path=str(tmp_path / "no.txt")), "anger"]
    given += [Media(path=str(tmp_path / "good.txt")), Media(path=str(tmp_path / "bad.txt"))]
    given += [Item("row", "file", InputError("a", "b", "c"))]
    found = toy.predict(given)  # type: ignore[arg-type]
    says = [None if one.error is None else one.error.message for one in found]
    assert [i for i, one in enumerate(says) if one is None] == [0, 7, 8]
    assert says[1] == says[2]
    assert "a character that is not white space; found an empty one; leave the item out" in (says[1] or "")
    assert says[3] == "expected a text without NUL bytes; found one at character 1; save it as UTF-8 text"
    assert says[4] == "expected a text of at most 100,000 characters; found 100,001; split it"
    assert says[5] == "expected a str or a Media; found int 7; leave it out or convert it"
    assert "a file that can be read; found No such file" in (says[6] or "")
    assert "UTF-8 in" in (says[9] or "") and "byte 0xff at 4" in (says[9] or "")
    assert says[10] == "expected a; found b; c"
    assert found[10].id == "row" and found[0].id == "text#1" and found[7].id == "text#8"
    assert found[8].tasks == found[0].tasks
    assert all(one.tasks == {} and one.bundles == () and one.modalities.used == () for one in found if not one.ok)
    assert len(found[4].input) < 1000  # a refused text is not repeated whole


def test_a_single_bad_item_is_a_prediction_with_an_error_too(toy: Predictor) -> None:
    (found,) = toy.predict("")
    assert found.error is not None and found.error.kind == "input"


def test_emoji_alone_are_scored(toy: Predictor) -> None:
    (found,) = toy.predict("🙂")
    assert found.tasks["goemotions"].scores == pytest.approx(by_hand(toys.logits("🙂")), abs=2e-6)


def test_the_longest_text_allowed_is_read_in_windows(toy: Predictor) -> None:
    (found,) = toy.predict("joy " * 24_999 + "joy!")
    assert found.ok and found.tasks["goemotions"].labels[0] == "joy"


def test_windows_are_averaged_by_their_tokens(toy: Predictor) -> None:
    words = ["joy"] * 6 + ["anger", "the"] * 3 + ["sadness", "a"]
    inside = toys.LONGEST - 2
    windows = [words[i : i + inside] for i in range(0, len(words), inside)]
    assert [len(w) for w in windows] == [6, 6, 2]
    mean = sum(toys.logits(" ".join(w)) * len(w) for w in windows) / len(words)
    (found,) = toy.predict(" ".join(words))
    assert found.tasks["goemotions"].scores == pytest.approx(by_hand(mean), abs=2e-6)


texts = st.lists(st.sampled_from(toys.WORDS), min_size=1, max_size=30).map(" ".join)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.one_of(texts, st.just("")), max_size=20), st.integers(1, 7))
def test_neighbours_order_and_batch_size_do_not_matter(toy: Predictor, given_: list[str], size: int) -> None:
    together = toy.predict(given_, batch_size=size)
    assert [one.input for one in together] == given_
    assert [one.id for one in together] == [f"text#{i + 1}" for i in range(len(given_))]
    for one, text in zip(together, given_, strict=True):
        (alone,) = toy.predict(text)
        assert one.ok == alone.ok == bool(text)
        for name, task in one.tasks.items():
            assert task.labels == alone.tasks[name].labels
            other = alone.tasks[name]
            assert (task.scores or task.values) == pytest.approx(other.scores or other.values, abs=3e-6)


def test_a_stream_is_read_no_further_than_a_bounded_buffer(toy: Predictor) -> None:
    read = 0

    def endless() -> object:
        nonlocal read
        while True:
            read += 1
            yield "joy"

    found = toy.stream(endless(), Options(batch_size=4))  # type: ignore[arg-type]
    next(found)
    assert read == 4  # the first answer waits for one batch only
    for _ in range(2_000):
        next(found)
    assert read <= 2_001 + 64 * 4


# ---- the library's doors ---------------------------------------------------------------------------------------------


def test_predict_takes_a_bundle_by_path_or_the_shipped_one(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = affectkit.predict(["joy", ""], bundle=path)
    monkeypatch.setattr(bundle, "FOLDER", path.parent)
    assert affectkit.predict(["joy", ""], bundle="toy") == named
    assert affectkit.predict(["joy", ""]) == named
    assert affectkit.predict(["", "joy"])[1].tasks == named[0].tasks  # a bad item first needs no bundle
    assert affectkit.predict([]) == []
    assert isinstance(named, affectkit.Predictions)
    (array,) = affectkit.predict(Media(array=np.zeros(3)))
    assert array.error is not None and "found an array; name a bundle, such as face" in array.error.message
    (strange,) = affectkit.predict(Media(path="x.xyz"))
    assert strange.error is not None and "found the suffix '.xyz'" in strange.error.message


def test_commercial_use_is_refused_in_a_sentence(tmp_path: Path) -> None:
    closed = toys.pack(
        tmp_path / "nc.affect", licences={"weights": "MIT", "data": {"goemotions": "MIT", "emobank": "CC BY-NC 4.0"}}
    )
    with pytest.raises(bundle.LicenceError, match=r"found CC BY-NC 4\.0 \(emobank\)"):
        affectkit.load(closed, commercial_only=True)
    assert affectkit.load(closed).card["name"] == "toy"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"top": 0}, "a top of at least 1; found 0"),
        ({"batch_size": 0}, "a batch size of at least 1; found 0"),
        ({"threshold": 1.5}, r"a threshold in \[0, 1\]; found 1.5"),
        ({"threshold": float("nan")}, r"a threshold in \[0, 1\]; found nan"),
    ],
)
def test_options_out_of_range(options: dict[str, float], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        Options(**options)  # type: ignore[arg-type]


def test_an_unknown_taxonomy_offers_the_nearest(toy: Predictor) -> None:
    with pytest.raises(UnknownName, match=r"the name of a taxonomy; found 'ekmann'; did you mean ekman"):
        toy.predict("joy", taxonomy="ekmann")


# ---- bundles whose hashes hold but whose parts do not fit ------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"slope": [1.0]}, r"28 numbers in slope of task 'goemotions'; found \(1,\)"),
        ({"thresholds": [0.5] * 3}, r"28 numbers in thresholds of task 'goemotions'; found \(3,\)"),
        ({"activation": "tanh"}, "a complete task in the card; found a fault in 'tanh'"),
        ({"output": "other"}, "each output of the model among goemotions, vad; found other"),
    ],
)
def test_a_card_that_does_not_fit_is_refused(changes: dict[str, object], says: str) -> None:
    with pytest.raises(BundleError, match=says):
        made(**changes)


def test_a_model_with_other_columns_is_refused() -> None:
    narrow = toys.model(columns=K + 2)
    with pytest.raises(BundleError, match="3 columns of vad; found 2; export the bundle again"):
        Predictor(bundle.Bundle(toys.card(), narrow, toys.assets()), 1).predict("joy")


def test_no_model_and_no_tokenizer_are_refused() -> None:
    with pytest.raises(BundleError, match="a model that ONNX Runtime can load"):
        Session(b"no model", ["goemotions"])
    with pytest.raises(BundleError, match="a tokenizer that can be read"):
        Windows.of(b"{}", 8)
    with pytest.raises(BundleError, match="windows of more than 2 tokens; found 2"):
        Windows.of(toys.tokenizer(), 2)


def test_what_the_runtime_would_only_warn_of_fails() -> None:
    session = Session(toys.model(), ["goemotions", "vad"], 1)
    tokens, lengths = np.ones((2, 3), np.int64), np.array([3, 2])
    assert session.run(named("text", tokens, lengths))["vad"].shape == (2, 3)
    with pytest.raises(BundleError, match=r"vad of shape \['t', 3\]; found \[2, 3\]; export the model again"):
        Session(toys.model(axis="t"), ["goemotions", "vad"], 1).run(named("text", tokens, lengths))
    with pytest.raises(BundleError, match=r"lengths of shape \['n'\]; found \[1\]"):
        session.run(named("text", tokens, np.array([3])))
    with pytest.raises(BundleError, match="finite numbers in goemotions; found some that are not"):
        session.run(named("text", tokens, np.array([0, 0])))  # a mean over nothing


# ---- batching --------------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 50)), st.integers(1, 5), st.integers(0, 4), st.integers(1, 200))
def test_chunks_keep_order_and_bounds(items: list[int], first: int, doublings: int, heaviest: int) -> None:
    most = first * 2**doublings
    found = list(batch.chunks(items, lambda item: item, first, most, heaviest))
    assert [item for chunk in found for item in chunk] == items
    for i, chunk in enumerate(found):
        assert 0 < len(chunk) <= min(most, first * 2**i)
        assert sum(chunk[:-1]) < heaviest  # only the last item may pass the bound


@given(st.lists(st.integers(1, 100), max_size=60), st.integers(1, 9))
def test_batches_by_length_hold_every_row_once_and_pad_least(lengths: list[int], size: int) -> None:
    found = [part.tolist() for part in batch.by_length(lengths, size)]
    assert sorted(i for part in found for i in part) == list(range(len(lengths)))
    assert all(len(part) == size for part in found[:-1]) and all(len(part) <= size for part in found)
    longest = [max(lengths[i] for i in part) for part in found]
    shortest = [min(lengths[i] for i in part) for part in found]
    assert all(long <= short for long, short in zip(longest, shortest[1:], strict=False))


def test_padding_is_zero_after_each_rows_end() -> None:
    padded, lengths = batch.pad([np.array([5, 6], np.int32), np.array([7], np.int32), np.array([], np.int32)])
    assert padded.tolist() == [[5, 6], [7, 0], [0, 0]]
    assert lengths.tolist() == [2, 1, 0]
    assert padded.dtype == lengths.dtype == np.int64
