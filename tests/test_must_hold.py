"""The hard cases the forms were made for: each is said in values, goes through JSON, and gives the truth it should."""

from __future__ import annotations

import json

import numpy as np
import pytest

from affectkit.prediction import Modalities, Prediction, TaskPrediction
from affectkit.sample import Link, Media, Rating, Sample, Series, target
from affectkit.task import Kind, Task, View


def through_json(sample: Sample) -> Sample:
    back = Sample.from_json(json.loads(json.dumps(sample.to_json())))
    assert back == sample
    return back


def truth(task: Task, sample: Sample) -> tuple[list[float], list[bool]]:
    """Targets and judged of one sample, after a trip of both through JSON."""
    again = Task.from_json(json.loads(json.dumps(task.to_json())))
    assert again == task
    values, judged = target(again, through_json(sample).ratings)
    return values.tolist(), judged.tolist()


def test_ferplus_ten_anonymous_votes_with_unknown_and_not_a_face() -> None:
    names = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")
    task = Task("ferplus", "emotion", Kind.DISTRIBUTION, "ferplus", names, view=View.PERCEIVED)
    face = Sample(
        "fer0000000",
        {"face": Media(path="fer0000000.png")},
        (
            Rating("ferplus", "happiness", count=6),
            Rating("ferplus", "surprise", count=2),
            Rating("ferplus", None, count=1, note="unknown"),
            Rating("ferplus", None, count=1, note="not a face"),
        ),
        split="train",
    )
    assert sum(r.count for r in face.rated("ferplus")) == 10
    values, judged = truth(task, face)
    assert values == pytest.approx([0, 6 / 8, 2 / 8, 0, 0, 0, 0, 0])  # of the eight who named an emotion
    assert all(judged)


def test_emobank_writer_and_reader_beside_the_official_value() -> None:
    dimensions = ("valence", "arousal", "dominance")
    official, writer, reader = (
        Task(id, "dimensions", Kind.CONTINUOUS, "vad", dimensions, (1, 5), view)
        for id, view in (("vad", None), ("vad.writer", View.EXPRESSED), ("vad.reader", View.PERCEIVED))
    )
    sentence = Sample(
        "110CYL068_1079_1110",
        {"text": Media(text="If I wasn't working here.")},
        (
            Rating("vad", (2.8, 3.1, 2.8), rater="consensus", rule="weighted mean of reader and writer"),
            Rating("vad.writer", (3.0, 3.0, 3.0), count=4),
            Rating("vad.writer", (3.0, 4.0, 3.0)),
            Rating("vad.reader", (2.0, 3.0, 2.0), count=2),
            Rating("vad.reader", (3.0, 3.0, 3.0), count=3),
        ),
        groups={"document": "110CYL068"},
        split="test",
    )
    assert truth(official, sentence)[0] == pytest.approx([-0.1, 0.05, -0.1])
    assert truth(writer, sentence)[0] == pytest.approx([0, 0.1, 0])  # (4 * 3 + 4) / 5 = 3.2
    assert truth(reader, sentence)[0] == pytest.approx([-0.2, 0, -0.2])  # (2 * 2 + 3 * 3) / 5 = 2.6


def test_emotiontalk_one_clip_judged_four_ways() -> None:
    names = ("angry", "disgusted", "fearful", "happy", "neutral", "sad", "surprised")
    shown = {"text": ("text",), "audio": ("speech",), "video": ("video",), "all": None}
    tasks = {
        way: Task(f"emotiontalk.{way}", "emotion", Kind.SINGLE, "emotiontalk", names, view=View.PERCEIVED, shown=seen)
        for way, seen in shown.items()
    }
    judged_as = {"text": "neutral", "audio": "angry", "video": "neutral", "all": "disgusted"}
    clip = Sample(
        "G00001_02_03",
        {"text": Media(text="好吧"), "speech": Media(path="a.wav"), "video": Media(path="a.mp4", stream=0)},
        tuple(
            Rating(tasks[way].id, name, rater="consensus", rule="majority of five") for way, name in judged_as.items()
        ),
    )
    for way, name in judged_as.items():
        assert truth(tasks[way], clip) == ([float(n == name) for n in names], [True] * 7)
    assert tasks["audio"].shown == ("speech",)
    assert tasks["all"].shown is None


def test_brighter_a_name_nobody_could_choose() -> None:
    names = ("anger", "disgust", "fear", "joy", "sadness", "surprise")
    task = Task("brighter", "emotion", Kind.MULTI, "ekman", names, view=View.PERCEIVED)
    english = tuple(n for n in names if n != "disgust")
    none_of_them = Sample(
        "eng_1",
        {"text": Media(text="The bus came.")},
        (Rating("brighter", frozenset(), rater="consensus", rule="at least two of five", judged=english),),
    )
    two = Sample(
        "eng_2",
        {"text": Media(text="Oh no!")},
        (Rating("brighter", frozenset({"fear", "surprise"}), rater="annotator 3", judged=english),),
    )
    can = [True, False, True, True, True, True]
    assert truth(task, none_of_them) == ([0.0] * 6, can)  # five times no, and nothing said of disgust
    assert truth(task, two) == ([0.0, 0.0, 1.0, 0.0, 0.0, 1.0], can)


def test_ravdess_eight_nemo_six_and_indian_four_in_one_head() -> None:
    names = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised")
    head = Task("acted", "emotion", Kind.SINGLE, "ravdess", names, view=View.INTENDED)
    nemo = ("neutral", "happy", "sad", "angry", "fearful", "surprised")
    indian = ("neutral", "happy", "sad", "angry")
    clips = [
        Sample(id, {"speech": Media(path=f"{id}.wav")}, (Rating("acted", "sad", rater="actor", judged=could),))
        for id, could in (("ravdess-1", None), ("nemo-1", nemo), ("indian-1", indian))
    ]
    found = [truth(head, clip) for clip in clips]
    assert [values for values, _ in found] == [[float(n == "sad") for n in names]] * 3
    assert [judged for _, judged in found] == [[n in could for n in names] for could in (names, nemo, indian)]
    assert [sum(judged) for _, judged in found] == [8, 6, 4]


def test_ceap_traces_of_32_people_on_one_clip() -> None:
    task = Task("ceap", "dimensions", Kind.CONTINUOUS, "va", ("valence", "arousal"), (1, 9), View.FELT, grain="frame")  # type: ignore[arg-type]
    rng = np.random.default_rng(1)
    # the watches of 32 people tick ten times a second, but not at the same moments
    traces = [
        Series(rng.uniform(1, 9, (600 - i, 2)).astype(np.float32), np.arange(600 - i) / 10 + rng.uniform(0, 0.01))
        for i in range(32)
    ]
    clip = Sample(
        "V1",
        {"video": Media(path="V1.mp4", start_s=0.0, end_s=60.0)},
        tuple(Rating("ceap", trace, rater=f"P{i + 1}", start_s=0.0, end_s=60.0) for i, trace in enumerate(traces)),
    )
    back = through_json(clip)
    assert [r.rater for r in back.ratings] == [f"P{i + 1}" for i in range(32)]
    for rating, trace in zip(back.ratings, traces, strict=True):
        assert isinstance(rating.value, Series)
        assert rating.value.values.dtype == np.float32
        assert rating.value.t_s.dtype == np.float64
        np.testing.assert_array_equal(rating.value.t_s, trace.t_s)
        np.testing.assert_array_equal(rating.value.values, trace.values)
    expected = (np.mean([trace.values.astype(np.float64).mean(0) for trace in traces], axis=0) - 5) / 4
    assert truth(task, clip)[0] == pytest.approx(expected.tolist(), abs=1e-5)


def test_ecf_a_cause_in_an_earlier_turn() -> None:
    task = Task("ecf", "emotion", Kind.SINGLE, "ekman_neutral", ("joy", "surprise", "neutral"), view=View.EXPRESSED)
    turns = [
        Sample("dia1-utt1", {"text": Media(text="We won the lottery.")}, (Rating("ecf", "neutral"),)),
        Sample(
            "dia1-utt2",
            {"text": Media(text="You are joking!")},
            (Rating("ecf", "surprise"),),
            {"dialogue": "dia1"},
            context=("dia1-utt1",),
            links=(Link("cause", "dia1-utt1"), Link("cause", "dia1-utt2", start_s=0.5, end_s=1.25)),
        ),
    ]
    back = [through_json(turn) for turn in turns]
    causes = [link.other for link in back[1].links if link.kind == "cause"]
    assert causes == ["dia1-utt1", "dia1-utt2"]
    assert causes[0] in back[1].context
    assert back[1].links[1] == Link("cause", "dia1-utt2", 0.5, 1.25)
    assert truth(task, turns[1]) == ([0.0, 1.0, 0.0], [True] * 3)


def test_a_fused_video_prediction_with_a_missing_modality() -> None:
    said = TaskPrediction(
        "emotion",
        "ekman_neutral",
        Kind.SINGLE,
        View.PERCEIVED,
        scores={"joy": 0.7, "neutral": 0.3},
        labels=("joy",),
        confidence=0.64,
    )
    felt = TaskPrediction("dimensions", "vad", Kind.CONTINUOUS, View.PERCEIVED, values={"valence": 0.4})
    made = Prediction(
        "interview.mp4#12.0",
        "interview.mp4",
        {"fused": said, "vad": felt},
        start_s=12.0,
        end_s=13.5,
        modalities=Modalities(used=("face", "speech"), missing=("text",), disagreement=0.31),
        bundles=("face@1", "speech@1"),
    )
    data = json.loads(json.dumps(made.to_json()))
    assert Prediction.from_json(data) == made
    assert data["modalities"] == {"used": ["face", "speech"], "missing": ["text"], "disagreement": 0.31}
    # absent is null, never zero: no interval, no track, no dominance
    assert (data["tasks"]["vad"]["low"], data["tasks"]["vad"]["high"], data["track"]) == (None, None, None)
    assert data["tasks"]["vad"]["values"] == {"valence": 0.4}


def test_meld_with_causal_context() -> None:
    names = ("anger", "disgust", "fear", "joy", "sadness", "surprise", "neutral")
    task = Task("meld", "emotion", Kind.SINGLE, "ekman_neutral", names, view=View.EXPRESSED)
    said: list[str] = []
    dialogue = []
    for i, (speaker, emotion) in enumerate((("Ann", "neutral"), ("Bob", "joy"), ("Ann", "anger"))):
        id = f"train-dia0-utt{i}"
        dialogue.append(
            Sample(
                id,
                {"text": Media(text=f"turn {i}")},
                (Rating("meld", emotion, rater="consensus", rule="majority"),),
                {"speaker": speaker, "dialogue": "train-dia0"},
                "train",
                context=tuple(said),
            )
        )
        said.append(id)
    back = [through_json(turn) for turn in dialogue]
    # only what was said before, oldest first: a model that reads the context cannot see the future
    assert [turn.context for turn in back] == [(), tuple(said[:1]), tuple(said[:2])]
    place = {turn.id: i for i, turn in enumerate(back)}
    assert all(place[earlier] < i for i, turn in enumerate(back) for earlier in turn.context)
    assert truth(task, back[2])[0] == [float(n == "anger") for n in names]
