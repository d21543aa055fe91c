"""Tasks: what they refuse, their JSON, and defaults that name parts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectkit import find
from affectkit.errors import DataError
from affectkit.task import Grain, Kind, Task, View

NAMED = [k for k in Kind if k not in (Kind.CONTINUOUS, Kind.ORDINAL)]


def task(**changes: Any) -> Task:
    given = {"id": "t", "target": "emotion", "kind": Kind.SINGLE, "scheme": "ekman", "names": ("joy", "fear")}
    return Task(**{**given, **changes})


@st.composite
def tasks(draw: st.DrawFn) -> Task:
    kind = draw(st.sampled_from(Kind))
    low = draw(st.floats(-1e6, 1e6))
    scaled = kind not in NAMED
    return Task(
        id=draw(st.text(min_size=1)),
        target=draw(st.sampled_from(["emotion", "empathy", "action_units"])),
        kind=kind,
        scheme=draw(st.text(min_size=1)),
        names=tuple(draw(st.lists(st.text(min_size=1), min_size=0 if kind is Kind.OPEN else 1, unique=True))),
        range=(low, low + draw(st.floats(1, 1e6))) if scaled else None,
        view=draw(st.none() | st.sampled_from(View)),
        shown=draw(st.none() | st.lists(st.sampled_from(["text", "speech"]), unique=True).map(tuple)),
        grain=draw(st.sampled_from(Grain)),
    )


@settings(deadline=None)
@given(tasks())
def test_json_and_back(made: Task) -> None:
    back = Task.from_json(json.loads(json.dumps(made.to_json())))
    assert back == made
    assert hash(back) == hash(made)
    assert (type(back.kind), type(back.grain)) == (Kind, Grain)
    assert back.view is None or isinstance(back.view, View)


def test_plain_strings_and_lists_become_the_forms() -> None:
    made = task(kind="ordinal", names=["mild", "strong"], range=[1, 5], view="felt", shown=["text"], grain="frame")
    assert made.kind is Kind.ORDINAL
    assert (made.names, made.range, made.shown) == (("mild", "strong"), (1.0, 5.0), ("text",))
    assert (made.view, made.grain) == (View.FELT, Grain.FRAME)


def test_numbers_on_a_scale() -> None:
    assert {k for k in Kind if task(kind=k, range=None if k in NAMED else (0, 1)).scaled} == {
        Kind.CONTINUOUS,
        Kind.ORDINAL,
    }


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"names": ("joy", "fear", "joy")},
            "expected distinct names in task 't'; found joy twice; remove the repeats",
        ),
        ({"names": ()}, "expected at least one name in task 't'; found none; list the labels or dimensions"),
        ({"names": "joy"}, "expected several names in task 't'; found the text 'joy'; write ('joy',)"),
        ({"shown": "text"}, "expected several shown in task 't'; found the text 'text'; write ('text',)"),
        ({"range": (1, 5)}, "expected no range for the single task 't'; found (1.0, 5.0); correct `range`"),
        (
            {"kind": "continuous"},
            "expected a (low, high) range for the continuous task 't'; found None; correct `range`",
        ),
        (
            {"kind": "continuous", "range": (5, 1)},
            "expected finite low < high in the range of task 't'; found (5.0, 1.0); correct `range`",
        ),
        (
            {"kind": "continuous", "range": (0, float("inf"))},
            "expected finite low < high in the range of task 't'; found (0.0, inf); correct `range`",
        ),
        (
            {"kind": "continuous", "range": (0, float("nan"))},
            "expected finite low < high in the range of task 't'; found (0.0, nan); correct `range`",
        ),
        (
            {"kind": "double"},
            "expected the kind of task 't' among single, multi, distribution, continuous, ordinal, open; "
            "found 'double'; correct `kind`",
        ),
        (
            {"view": "guessed"},
            "expected the view of task 't' among expressed, intended, perceived, felt; found 'guessed'; correct `view`",
        ),
        (
            {"grain": "hour"},
            "expected the grain of task 't' among sample, segment, frame; found 'hour'; correct `grain`",
        ),
    ],
)
def test_bad_tasks_are_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError) as caught:
        task(**changes)
    assert str(caught.value) == said


def test_an_open_vocabulary_needs_no_names() -> None:
    assert task(kind="open", names=()).names == ()


@pytest.mark.parametrize("kind", Kind)
def test_defaults_name_parts_that_exist(kind: Kind) -> None:
    made = task(kind=kind, range=None if kind in NAMED else (0, 1)).defaults
    assert made.objective in find.names("objectives")
    assert set(made.metrics) <= set(find.names("metrics"))
    assert kind is Kind.OPEN or made.monitor in made.metrics
