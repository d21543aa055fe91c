"""Predictions: JSON and back, absent as null, one flat row."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectkit.errors import InputError, MissingExtra
from affectkit.prediction import Failure, Modalities, Prediction, Predictions, TaskPrediction, Track, flatten
from affectkit.task import Kind, View

NAME = st.text(min_size=1, max_size=8)
SHARE = st.floats(0, 1)
OPTIONAL_S = st.none() | st.floats(0, 1e5)


@st.composite
def task_predictions(draw: st.DrawFn) -> TaskPrediction:
    view = draw(st.none() | st.sampled_from(View))
    converted = draw(st.none() | NAME)
    shared: dict[str, Any] = {
        "target": draw(NAME),
        "scheme": draw(NAME),
        "view": view,
        "converted_from": converted,
        "lost": None if converted is None else {"bits": draw(SHARE)},
    }
    if draw(st.booleans()):
        values = draw(st.dictionaries(NAME, st.floats(-1, 1), min_size=1))
        band = draw(st.none() | st.just(values))
        return TaskPrediction(kind=Kind.CONTINUOUS, values=values, low=band, high=band, **shared)
    return TaskPrediction(
        kind=draw(st.sampled_from([k for k in Kind if k is not Kind.CONTINUOUS])),
        scores=draw(st.none() | st.dictionaries(NAME, SHARE)),
        labels=tuple(draw(st.lists(NAME, max_size=3))),
        confidence=draw(st.none() | SHARE),
        abstain=draw(st.booleans()),
        **shared,
    )


SEEN, FOUND = st.none() | SHARE, st.none() | st.booleans()


@st.composite
def predictions(draw: st.DrawFn) -> Prediction:
    box = st.none() | st.tuples(*[st.integers(0, 4000)] * 4)
    names = st.lists(NAME, max_size=3).map(tuple)
    return Prediction(
        id=draw(NAME),
        input=draw(st.text()),
        tasks=draw(st.dictionaries(NAME, task_predictions(), max_size=2)),
        start_s=draw(OPTIONAL_S),
        end_s=draw(OPTIONAL_S),
        track=draw(st.none() | st.builds(Track, st.just("face"), st.integers(0), box, quality=SEEN, detected=FOUND)),
        modalities=draw(st.builds(Modalities, names, names, st.none() | SHARE)),
        bundles=draw(names),
        relative_to=draw(st.none() | NAME),
        error=draw(st.none() | st.builds(Failure, NAME, st.text())),
    )


@settings(deadline=None)
@given(predictions())
def test_json_and_back(made: Prediction) -> None:
    assert Prediction.from_json(json.loads(json.dumps(made.to_json()))) == made


def test_the_json_is_the_form_that_was_fixed() -> None:
    said = """{"id": "interview.mp4#face-1@12.0", "input": "interview.mp4", "start_s": 12.0, "end_s": 13.5,
     "track": {"kind": "face", "id": 1, "box": [410, 96, 522, 230], "quality": 0.74, "detected": true},
     "modalities": {"used": ["face"], "missing": ["text"], "disagreement": 0.31},
     "bundles": ["face@1"], "relative_to": null,
     "tasks": {"ferplus": {"target": "emotion", "scheme": "ferplus", "view": "perceived", "kind": "distribution",
                           "scores": {"happiness": 0.81, "neutral": 0.12}, "labels": ["happiness"],
                           "confidence": 0.83, "abstain": false},
               "vad": {"target": "dimensions", "scheme": "vad", "view": "perceived", "kind": "continuous",
                       "values": {"valence": 0.62, "arousal": 0.20, "dominance": 0.10},
                       "low": {"valence": 0.3}, "high": {"valence": 0.9}}},
     "error": null}"""
    form = json.loads(said)
    back = Prediction.from_json(form)
    assert back.to_json() == form
    assert list(back.to_json()) == list(form)
    assert back.tasks["vad"].values == {"valence": 0.62, "arousal": 0.20, "dominance": 0.10}
    assert back.track == Track("face", 1, (410, 96, 522, 230), quality=0.74, detected=True)
    del form["track"]["quality"], form["track"]["detected"]
    assert Prediction.from_json(form).track == Track("face", 1, (410, 96, 522, 230)), "of before there were both"


def test_absent_is_null_and_a_failed_item_says_why() -> None:
    failure = Failure.of(InputError("a text", "an empty one", "leave the item out"))
    made = Prediction("a.csv#3", "", error=failure)
    assert not made.ok
    assert made.to_json() == {
        "id": "a.csv#3",
        "input": "",
        "start_s": None,
        "end_s": None,
        "track": None,
        "modalities": {"used": [], "missing": [], "disagreement": None},
        "bundles": [],
        "relative_to": None,
        "tasks": {},
        "error": {"kind": "input", "message": "expected a text; found an empty one; leave the item out"},
    }


@settings(deadline=None)
@given(predictions())
def test_a_flat_row_holds_no_nesting(made: Prediction) -> None:
    for value in flatten(made).values():
        assert value is None or isinstance(value, str | float | int | bool)


def test_flat_names_join_by_dots_and_lists_by_bars() -> None:
    single = TaskPrediction("emotion", "ekman", Kind.SINGLE, scores={"joy": 0.9, "fear": 0.1}, labels=("joy", "fear"))
    row = flatten(Prediction("1", "hi", {"m": single}, bundles=("text-en@1",)))
    assert row["tasks.m.scores.joy"] == 0.9
    assert row["tasks.m.labels"] == "joy|fear"
    assert row["bundles"] == "text-en@1"
    assert row["modalities.disagreement"] is None


def test_a_frame_has_a_row_per_prediction() -> None:
    pytest.importorskip("pandas")
    single = TaskPrediction("emotion", "ekman", Kind.SINGLE, scores={"joy": 0.9})
    frame = Predictions([Prediction("1", "hi", {"m": single}), Prediction("2", "")]).to_frame()
    assert list(frame["id"]) == ["1", "2"]
    assert frame["tasks.m.scores.joy"][0] == 0.9
    assert math.isnan(frame["tasks.m.scores.joy"][1])


def test_a_frame_without_pandas_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def without(name: str) -> Any:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr("importlib.import_module", without)
    with pytest.raises(MissingExtra) as caught:
        Predictions([]).to_frame()
    assert str(caught.value) == (
        "expected pandas for Predictions.to_frame; found it is not installed; pip install 'affectkit[analysis]'"
    )
