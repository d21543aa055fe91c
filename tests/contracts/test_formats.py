"""Every format keeps exactly what its CARD says, through a file and back."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from affectkit import find
from affectkit.errors import DataError, MissingExtra, UsageError
from affectkit.prediction import Failure, Modalities, Prediction, TaskPrediction, Track
from affectkit.task import Kind, View

NAMES = find.names("formats")
TIMED = [name for name, card in find.cards("formats").items() if card.get("spans")]
"""Formats that hold only what has a start and an end."""

NAMED = TaskPrediction(
    "emotion",
    "ekman",
    Kind.MULTI,
    View.EXPRESSED,
    scores={"joy": 0.75, "anger": 0.0},
    labels=("joy", "anger"),
    confidence=0.5,
    abstain=True,
)
NUMBERS = TaskPrediction(
    "dimensions",
    "vad",
    Kind.CONTINUOUS,
    values={"valence": -0.25, "arousal": 0.0},
    low={"valence": -1.0, "arousal": -0.5},
    high={"valence": 0.5, "arousal": 0.5},
)
CONVERTED = TaskPrediction(
    "emotion",
    "sentiment",
    Kind.SINGLE,
    scores={"positive": 1.0},
    labels=(),
    converted_from="ekman",
    lost={"merged": {"positive": ["joy", "surprise"]}, "dropped": {}, "mass": 0.0, "bits": 1.5},
)
PREDICTIONS = [
    Prediction("a.csv#1", "a.csv", {"ekman": NAMED, "vad.reader": NUMBERS}, bundles=("text@1", "face@2")),
    Prediction("a.csv#2", "a.csv", error=Failure("input", 'expected a "text";\nfound, none')),
    Prediction(
        "v.mp4#face-1@12.0",
        'né, "so"\n🙂',
        {"ekman": NAMED, "sentiment": CONVERTED},
        start_s=0.0,
        end_s=1.5,
        track=Track("face", 1, (410, 96, 522, 230), quality=0.625, detected=True),
        modalities=Modalities(("face",), ("text", "speech"), 0.25),
        bundles=("face@1",),
        relative_to="speaker",
    ),
    Prediction("v.mp4#2", "v.mp4", {"vad.reader": NUMBERS}, track=Track("speaker", 2)),
]
SPANNED = [
    Prediction("call.wav@0", "call.wav", {"ekman": NAMED, "vad.reader": NUMBERS}, 0.0, 1.5, Track("speaker", 1)),
    Prediction("call.wav@1.5", "call.wav", {"ekman": NAMED, "sentiment": CONVERTED}, 1.5, 3661.25, bundles=("a@1",)),
    Prediction(
        "call.wav@2",
        "call.wav",
        {"vad.reader": NUMBERS},
        2.0,
        3.125,
        Track("face", 12, (1, 2, 3, 4), quality=0.5, detected=False),
    ),
]
"""What any format of spans can hold: one input, by time."""
FAILED = Prediction("other.wav", "other.wav", error=Failure("input", "why"))


def given(name: str) -> list[Prediction]:
    return SPANNED if name in TIMED else PREDICTIONS


def kept(prediction: Prediction, card: dict[str, Any]) -> dict[str, Any]:
    """The prediction's JSON without what the card says is lost; "tasks.x" is x of every task.

    Where their ids are lost, the tasks are a list.
    """
    data: dict[str, Any] = json.loads(json.dumps(prediction.to_json()))
    if card["keeps"] != ["all"]:
        top = {path.split(".")[0] for path in card["keeps"]}
        data = {name: value for name, value in data.items() if name in top}
        inner = {path.split(".")[1] for path in card["keeps"] if path.startswith("tasks.")}
        if "tasks" in data and inner:
            data["tasks"] = {t: {f: v for f, v in its.items() if f in inner} for t, its in data["tasks"].items()}
    for path in card.get("loses", ()):
        first, _, rest = path.partition(".")
        for its in data.get("tasks", {}).values() if first == "tasks" else (data,):
            its.pop(rest or first, None)
        if first == "track" and data.get("track"):
            data["track"].pop(rest)
    if "tasks.id" in card.get("loses", ()):
        data["tasks"] = list(data["tasks"].values())
    return data


def made(name: str, predictions: list[Prediction]) -> bytes:
    file = io.BytesIO()
    find.load("formats", name).write(predictions, file)
    assert not file.closed  # whoever opened it closes it
    return file.getvalue()


@pytest.mark.parametrize("name", NAMES)
def test_the_card_says_what_is_needed(name: str) -> None:
    card = find.card("formats", name)
    assert card["title"] and card["suffix"].startswith(".")
    assert card["passes"] in (1, 2)
    fields = {*Prediction("i", "i").to_json(), *(f"tasks.{field}" for field in NAMED.to_json() | NUMBERS.to_json())}
    fields |= {"all", "tasks.converted_from", "tasks.lost", "tasks.id"}
    fields |= {f"track.{field}" for field in Track("face", 1).to_json()}
    assert card["keeps"] and set(card["keeps"]) <= fields
    assert set(card.get("loses", ())) <= fields
    assert ("needs" in card) == ("extra" in card)
    assert ("step_s" in card) == (name in TIMED) and card.get("inputs", 1) == 1


@pytest.mark.parametrize("name", NAMES)
def test_round_trip_of_what_the_card_says_is_kept(name: str) -> None:
    card = find.card("formats", name)
    back = list(find.load("formats", name).read(io.BytesIO(made(name, given(name)))))
    assert [kept(one, card) for one in back] == [kept(one, card) for one in given(name)]


@pytest.mark.parametrize("name", NAMES)
def test_no_prediction_at_all(name: str) -> None:
    assert list(find.load("formats", name).read(io.BytesIO(made(name, [])))) == []


@pytest.mark.parametrize("name", NAMES)
def test_writing_is_repeatable(name: str) -> None:
    assert made(name, given(name)) == made(name, given(name))


@pytest.mark.parametrize("name", NAMES)
def test_a_file_name_that_is_no_utf8_can_be_written(name: str) -> None:
    strange = Prediction("\udcff.txt#1", "\udcff.txt", {"ekman": NAMED}, 0.0, 1.0)
    (back,) = find.load("formats", name).read(io.BytesIO(made(name, [strange])))
    if {"all", "id"} & set(find.card("formats", name)["keeps"]):
        assert back.id in ("\udcff.txt#1", "\\udcff.txt#1")
    else:
        assert (back.start_s, back.end_s) == (0.0, 1.0)


@pytest.mark.parametrize("name", TIMED)
def test_times_are_kept_to_the_step_of_the_card(name: str) -> None:
    step_s = find.card("formats", name)["step_s"]
    times = [(1 / 3, 2 / 3), (0.7, 0.7 + step_s / 100), (7200.123456, 7200.999999)]
    several = [Prediction(str(n), "call.wav", {"ekman": NAMED}, *span) for n, span in enumerate(times)]
    back = list(find.load("formats", name).read(io.BytesIO(made(name, several))))
    found = [(one.start_s or 0.0, one.end_s or 0.0) for one in back]
    assert all(end > start for start, end in found)  # a span lasts at least a step
    for (start_s, end_s), (start, end) in zip(sorted(times), sorted(found), strict=True):
        assert start == pytest.approx(start_s, abs=0.501 * step_s) and end == pytest.approx(end_s, abs=1.001 * step_s)


@pytest.mark.parametrize("name", TIMED)
def test_what_failed_or_says_nothing_is_left_out(name: str) -> None:
    silent = Prediction("silence.wav", "silence.wav")
    assert made(name, [FAILED, *SPANNED, silent]) == made(name, SPANNED)


@pytest.mark.parametrize("name", TIMED)
def test_a_prediction_without_a_span_is_refused_in_a_sentence(name: str) -> None:
    whole = Prediction("call.wav", "call.wav", {"ekman": NAMED})
    with pytest.raises(UsageError, match=r"a start and an end of each .*; found call.wav without; ask for segments"):
        made(name, [whole])


@pytest.mark.parametrize("name", TIMED)
@pytest.mark.parametrize("span", [(2.0, 1.0), (1.0, 1.0), (-1.0, 1.0), (float("nan"), 1.0), (0.0, float("inf"))])
def test_a_span_that_is_none_is_refused_in_a_sentence(name: str, span: tuple[float, float]) -> None:
    with pytest.raises(DataError, match=r"ends after its start; found .* s in x; correct start_s and end_s"):
        made(name, [Prediction("x", "call.wav", {"ekman": NAMED}, *span)])


@pytest.mark.parametrize("name", TIMED)
def test_a_second_input_is_refused_or_kept_apart_as_the_card_says(name: str) -> None:
    two = [SPANNED[0], Prediction("b.wav@0", "b.wav", {"ekman": NAMED}, 0.0, 1.0)]
    if "inputs" in find.card("formats", name):
        with pytest.raises(UsageError, match=r"one input in a file of .*; found call.wav and b.wav; give one input"):
            made(name, two)
    else:
        back = list(find.load("formats", name).read(io.BytesIO(made(name, two))))
        assert [one.input for one in back] == ["call", "b"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("content", [b'{"this": "is"}\nsomething,else\n', b"a,b\n1,2\n", b"[1]", b"\x00\xff"])
def test_something_else_is_refused_in_a_sentence(name: str, content: bytes) -> None:
    with pytest.raises(DataError, match=r"; found .*; "):
        list(find.load("formats", name).read(io.BytesIO(content)))


@pytest.mark.parametrize("name", [name for name in NAMES if "needs" in find.card("formats", name)])
def test_a_missing_library_names_its_extra(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    card = find.card("formats", name)

    def gone(library: str, needed_by: str, extra: str) -> None:
        raise MissingExtra.of(needed_by, library, extra)

    monkeypatch.setattr(find, "library", gone)
    with pytest.raises(MissingExtra, match=rf"pip install 'affectkit\[{card['extra']}\]'"):
        made(name, given(name))


def test_json_lines_are_the_objects_of_the_json_list() -> None:
    lines = [json.loads(line) for line in made("jsonl", PREDICTIONS).splitlines()]
    assert lines == json.loads(made("json", PREDICTIONS)) == json.loads(json.dumps([p.to_json() for p in PREDICTIONS]))


def test_csv_columns_are_named_by_their_place_and_absent_is_empty() -> None:
    import csv

    rows = list(csv.DictReader(io.StringIO(made("csv", PREDICTIONS).decode(), newline="")))
    assert rows[0]["tasks.ekman.scores.joy"] == "0.75" and rows[0]["tasks.ekman.scores.anger"] == "0.0"
    assert rows[0]["tasks.ekman.labels"] == "joy|anger" and rows[0]["tasks.vad.reader.values.valence"] == "-0.25"
    assert rows[1]["tasks.ekman.scores.joy"] == "" and rows[1]["error.message"] == 'expected a "text";\nfound, none'
    assert rows[2]["track.box"] == "410|96|522|230" and rows[2]["input"] == 'né, "so"\n🙂'
    assert len(rows) == 4


def test_parquet_columns_have_types() -> None:
    import pyarrow.parquet

    schema = pyarrow.parquet.ParquetFile(io.BytesIO(made("parquet", PREDICTIONS))).schema_arrow
    types = {name: str(schema.field(name).type) for name in schema.names}
    assert types["tasks.ekman.scores.joy"] == types["start_s"] == types["tasks.vad.reader.low.valence"] == "double"
    assert types["track.quality"] == "double" and types["track.detected"] == "bool"
    assert types["tasks.ekman.abstain"] == "bool" and types["track.id"] == types["id"] == "string"
