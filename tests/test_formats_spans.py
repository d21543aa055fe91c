"""Subtitles, tiers and turns: readers of other hands find what we wrote, and we read what other hands write."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectkit import find
from affectkit.app import outputs
from affectkit.errors import AffectError, DataError, InputError, UsageError
from affectkit.formats import _spans, _tiers, elan, rttm, srt, textgrid, vtt
from affectkit.prediction import Failure, Prediction, TaskPrediction, Track
from affectkit.task import Kind


def said(*labels: str, sure: float | None = None, unsure: bool = False) -> TaskPrediction:
    kind = Kind.MULTI if len(labels) > 1 else Kind.SINGLE
    return TaskPrediction("emotion", "", kind, labels=labels, confidence=sure, abstain=unsure)


def dims(**values: float) -> TaskPrediction:
    return TaskPrediction("dimensions", "", Kind.CONTINUOUS, values=values)


ANNA, BERT = Track("speaker", "Anna"), Track("speaker", 2)
MEAN = 'a "quoted" <b>&amp;</b> --> label, 50 %'
CALL = [
    Prediction("call.wav@0", "media/call.wav", {"e": said("happy", sure=0.81), "d": dims(valence=0.62, arousal=0.2)},
               0.0, 1.5, ANNA),
    Prediction("call.wav@1", "media/call.wav", {"e": said(MEAN, "calm", sure=0.34, unsure=True)}, 1.0, 2.25, BERT),
    Prediction("call.wav@2", "media/call.wav", {"e": said("joie", "été", sure=1.0)}, 1.5, 3.0, ANNA),
]  # fmt: skip


def made(part: Any, predictions: list[Prediction]) -> bytes:
    file = io.BytesIO()
    part.write(predictions, file)
    return file.getvalue()


def back(part: Any, data: bytes) -> list[Prediction]:
    return list(part.read(io.BytesIO(data)))


def written(folder: Path, name: str, data: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


# ---- texts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("task", "text"),
    [
        (said("happy", sure=0.81), "happy 81 %"),
        (said("joy", "pride", "awe", sure=0.5), "joy 50 %, pride, awe"),
        (said("joy", sure=0.34, unsure=True), "joy? 34 %"),
        (said("no emotion"), "no emotion"),
        (said(), "-"),
        (said(unsure=True), "-?"),
        (dims(valence=0.62, arousal=-0.2), "valence +0.62 arousal -0.20"),
        (said("a, b", "-", "50 %"), r"a\u{2c} b, \u{2d}, 50 \u{25}"),
    ],
)
def test_a_task_as_a_text_and_back(task: TaskPrediction, text: str) -> None:
    assert _spans.say(task) == text
    assert _spans.heard(text) == task


LABELS = st.lists(st.text(max_size=12), max_size=3, unique=True)
PER_CENT = st.none() | st.integers(0, 100)
TASKS = st.builds(
    lambda labels, sure, unsure: said(*labels, sure=sure / 100 if labels and sure is not None else None, unsure=unsure),
    LABELS,
    PER_CENT,
    st.booleans(),
) | st.dictionaries(st.text(max_size=8), st.integers(-100, 100), min_size=1, max_size=3).map(
    lambda values: TaskPrediction("dimensions", "", Kind.CONTINUOUS, values={n: v / 100 for n, v in values.items()})
)


@settings(max_examples=80, deadline=None)
@given(TASKS)
def test_any_task_comes_back_from_one_line_that_can_be_printed(task: TaskPrediction) -> None:
    text = _spans.say(task)
    assert text.isprintable() and "-->" not in text and text.strip()
    assert _spans.heard(text) == task


@settings(max_examples=30, deadline=None)
@given(
    st.dictionaries(st.text(max_size=8), TASKS, min_size=1, max_size=3),
    st.sampled_from(("speaker", "a")),
    st.text(max_size=8),
)
def test_any_labels_and_ids_come_back_from_every_format(tasks: dict[str, TaskPrediction], kind: str, name: str) -> None:
    one = Prediction("an id --> of\nlines", "call.wav", tasks, 0.5, 2.0, Track(kind, name))
    for part in (vtt, elan, textgrid):
        (found,) = back(part, made(part, [one]))
        assert (found.tasks, found.track, found.start_s, found.end_s) == (tasks, one.track, 0.5, 2.0)
    assert back(vtt, made(vtt, [one]))[0].id == one.id
    (found,) = back(srt, made(srt, [one]))
    assert (list(found.tasks.values()), found.track) == (list(tasks.values()), one.track)
    (found,) = back(rttm, made(rttm, [one]))
    first = next((task.labels[0] for task in tasks.values() if task.labels), None)
    assert found.track == one.track
    assert [task.labels[0] for task in found.tasks.values()] == ([] if first is None else [first])


def test_ids_stand_in_a_subtitle_only_where_they_tell_tasks_apart() -> None:
    assert _spans.line({"e": said("joy"), "d": dims(valence=0.1)}) == "joy · valence +0.10"
    both = {"ekman": said("joy"), "d": dims(valence=0.1), "sentiment": said("positive", sure=0.9)}
    assert _spans.line(both) == "ekman: joy · valence +0.10 · sentiment: positive 90 %"
    assert list(_spans.tasks(_spans.line(both))) == ["ekman", "dimensions", "sentiment"]
    with pytest.raises(DataError, match=r"each task once in a text; found emotion twice in 'a · b'; write the task's"):
        _spans.tasks("a · b")


# ---- what readers of other hands find --------------------------------------------------------------------------------


def test_srt_as_another_reader_finds_it() -> None:
    import srt as other

    found = list(other.parse(made(srt, CALL).decode()))
    assert [(c.index, c.start.total_seconds(), c.end.total_seconds()) for c in found] == [
        (1, 0.0, 1.5),
        (2, 1.0, 2.25),
        (3, 1.5, 3.0),
    ]
    assert found[0].content == "[Anna]: happy 81 % · valence +0.62 arousal +0.20"
    assert found[2].content == "[Anna]: joie 100 %, été"
    assert "<" not in found[1].content  # a player would take it for a tag
    hour = Prediction("x", "x", {"e": said("joy")}, 3661.0015, 3662.9996)
    assert made(srt, [hour]).startswith(b"1\n01:01:01,002 --> 01:01:03,000\n")


def test_vtt_as_another_reader_finds_it() -> None:
    import webvtt

    found = webvtt.from_string(made(vtt, CALL).decode())
    assert [(c.identifier, c.start, c.end, c.voice) for c in found] == [
        ("call.wav@0", "00:00:00.000", "00:00:01.500", "Anna"),
        ("call.wav@1", "00:00:01.000", "00:00:02.250", "2"),
        ("call.wav@2", "00:00:01.500", "00:00:03.000", "Anna"),
    ]
    assert found[0].text == "happy 81 % · valence +0.62 arousal +0.20"
    assert found[0].raw_text == "<v Anna><c.e>happy 81 %</c> · <c.d>valence +0.62 arousal +0.20</c>"


def test_elan_as_another_reader_finds_it(tmp_path: Path) -> None:
    import pympi

    written(tmp_path, "call.eaf", made(elan, CALL))
    found = pympi.Eaf(str(tmp_path / "call.eaf"))
    assert list(found.get_tier_names()) == ["e@Anna", "d@Anna", "e@2"]
    assert found.get_annotation_data_for_tier("e@Anna") == [
        (0, 1500, "happy 81 %"),
        (1500, 3000, "joie 100 %, été"),
    ]
    assert found.get_annotation_data_for_tier("d@Anna") == [(0, 1500, "valence +0.62 arousal +0.20")]
    ((start, end, text),) = found.get_annotation_data_for_tier("e@2")
    assert (start, end, _spans.heard(text).labels) == (1000, 2250, (MEAN, "calm"))
    assert found.get_parameters_for_tier("e@2")["PARTICIPANT"] == "2"
    (media,) = found.get_linked_files()
    assert media["RELATIVE_MEDIA_URL"] == media["MEDIA_URL"] == "./call.wav" and media["MIME_TYPE"].startswith("audio/")


def test_elan_slots_are_sorted_and_each_annotation_has_its_own() -> None:
    root = ET.fromstring(made(elan, CALL))
    slots = {s.get("TIME_SLOT_ID"): int(s.get("TIME_VALUE", "")) for s in root.iter("TIME_SLOT")}
    assert list(slots.values()) == sorted(slots.values()) and len(slots) == 8
    refs = [a.get(f"TIME_SLOT_REF{n}") for a in root.iter("ALIGNABLE_ANNOTATION") for n in (1, 2)]
    assert sorted(map(str, refs)) == sorted(map(str, slots))
    # the schema wants this order, and annotations numbered
    assert [child.tag for child in root] == ["HEADER", "TIME_ORDER", "TIER", "TIER", "TIER", "LINGUISTIC_TYPE"]
    assert [a.get("ANNOTATION_ID") for a in root.iter("ALIGNABLE_ANNOTATION")] == ["a1", "a2", "a3", "a4"]
    assert root.findtext("HEADER/PROPERTY") == "4"


def test_elan_as_another_writer_makes_it(tmp_path: Path) -> None:
    import pympi

    one = pympi.Eaf()
    one.add_tier("Emotion", part="Anna")
    one.add_annotation("Emotion", 250, 900, "angry & <loud>")
    one.add_annotation("Emotion", 900, 1000, "")  # left blank
    one.add_linguistic_type("note", constraints="Symbolic_Association", timealignable=False)
    one.add_tier("Note", ling="note", parent="Emotion")
    one.add_ref_annotation("Note", "Emotion", 300, "refers")
    one.add_linked_file("file:///media/call.wav", relpath="../media/call.wav", mimetype="audio/x-wav")
    one.to_file(str(tmp_path / "made.eaf"))
    (found,) = back(elan, (tmp_path / "made.eaf").read_bytes())
    assert found == Prediction("#1", "call.wav", {"Emotion": said("angry & <loud>")}, 0.25, 0.9)


@pytest.mark.parametrize("form", ["long_textgrid", "short_textgrid"])
def test_textgrid_there_and_back_through_another_hand(tmp_path: Path, form: Any) -> None:
    from praatio import textgrid as other

    path = written(tmp_path, "call.TextGrid", made(textgrid, CALL))
    grid = other.openTextgrid(str(path), includeEmptyIntervals=True, reportingMode="error")
    assert grid.tierNames == ("e@Anna", "d@Anna", "e@2")
    assert [tuple(one) for one in grid.getTier("d@Anna").entries] == [
        (0.0, 1.5, "valence +0.62 arousal +0.20"),
        (1.5, 3.0, ""),
    ]
    second = grid.getTier("e@2").entries
    assert [one[:2] for one in second] == [(0.0, 1.0), (1.0, 2.25), (2.25, 3.0)]
    grid.save(str(tmp_path / "again.TextGrid"), form, includeBlankSpaces=True)
    again = (tmp_path / "again.TextGrid").read_text(encoding="utf-8")
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        found = back(textgrid, again.encode(encoding))
        assert [one.tasks for one in found] == [one.tasks for one in CALL]
        assert [(one.start_s, one.end_s, one.track) for one in found] == [(p.start_s, p.end_s, p.track) for p in CALL]


def test_textgrid_quotes_and_points_of_another_writer(tmp_path: Path) -> None:
    from praatio import textgrid as other

    grid = other.Textgrid()
    grid.addTier(other.PointTier("clicks", [(0.5, "click")], 0, 2))
    grid.addTier(other.IntervalTier("mood", [(0.25, 1.125, 'he said "no" [sic]')], 0, 2))
    grid.save(str(tmp_path / "a.TextGrid"), "long_textgrid", includeBlankSpaces=True)
    (found,) = back(textgrid, (tmp_path / "a.TextGrid").read_bytes())
    assert found == Prediction("#1", "", {"mood": said('he said "no" [sic]')}, 0.25, 1.125)


def test_textgrid_short_form_as_praats_manual_has_it() -> None:
    short = 'File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n2.3 ! seconds\n<exists>\n3\n"IntervalTier"\n'
    short += (
        '"Mary"\n0\n2.3\n1\n0\n2.3\n""\n"IntervalTier" "John" 0 2.3 1 0 2.3 "calm"\n"TextTier"\n"bell"\n0\n2.3\n1\n'
    )
    short += '1.2\n"ding"\n'
    (found,) = back(textgrid, short.encode())
    assert (found.tasks, found.start_s, found.end_s) == ({"John": said("calm")}, 0.0, 2.3)


def test_what_overlaps_goes_into_a_second_tier() -> None:
    windows = [
        Prediction(str(n), "a.wav", {"e": said(label), "d": dims(valence=0.5)}, *span)
        for n, (label, span) in enumerate([("a", (0.0, 2.0)), ("b", (1.0, 3.0)), ("c", (1.0, 3.0)), ("d", (2.0, 4.0))])
    ]
    tiers, _ = _tiers.tiers(windows, elan.CARD)
    assert [tier.name for tier in tiers] == ["e", "d", "e #2", "d #2", "e #3", "d #3"]
    for tier in tiers:
        assert all(a.end <= b.start for a, b in zip(tier.segments, tier.segments[1:], strict=False))
    for part in (elan, textgrid):
        found = back(part, made(part, windows))
        assert [(one.tasks, one.start_s, one.end_s) for one in found] == [
            (one.tasks, one.start_s, one.end_s) for one in windows
        ]


def test_rttm_is_ten_fields_as_nist_has_them() -> None:
    data = made(rttm, [*CALL, Prediction("b", "my call.v2.mp3", {"d": dims(valence=0.1)}, 10.0, 10.5)])
    lines = [line.split(" ") for line in data.decode().splitlines()]
    assert all(len(fields) == 10 and fields[0] == "SPEAKER" and fields[5] == fields[9] == "<NA>" for fields in lines)
    files, channels, starts, lasts = ([fields[place] for fields in lines] for place in (1, 2, 3, 4))
    assert (files, set(channels)) == (["call", "call", "call", r"my\u{20}call.v2"], {"1"})
    assert (starts, lasts) == (["0.000", "1.000", "1.500", "10.000"], ["1.500", "1.250", "1.500", "0.500"])
    assert [fields[7] for fields in lines] == ["Anna", "2", "Anna", "<NA>"]
    assert (lines[0][6], lines[0][8], lines[3][6], lines[3][8]) == ("happy", "0.81", "<NA>", "<NA>")
    alone = made(rttm, [Prediction("x", "a/b.wav", {"e": said("joy-2 b")}, 1.0, 2.5)])
    assert alone == rb"SPEAKER b 1 1.000 1.500 <NA> joy\u{2d}2\u{20}b joy\u{2d}2\u{20}b <NA> <NA>" + b"\n"
    (found,) = back(rttm, alone)
    assert found == Prediction("b#1", "b", {"emotion": said("joy-2 b")}, 1.0, 2.5)


def test_rttm_keeps_two_inputs_of_one_name_apart() -> None:
    two = [Prediction(x, x, {"e": said("joy")}, 0.0, 1.0) for x in ("a/call.wav", "b/call.wav", "a/call.wav")]
    assert [one.input for one in back(rttm, made(rttm, two))] == ["call", "b/call.wav", "call"]


# ---- a diarisation of one's own --------------------------------------------------------------------------------------


def test_turns_of_a_diarisation(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "call.rttm",
        "\ufeff;; made by hand\r\n"
        "SPKR-INFO call 1 <NA> <NA> <NA> unknown Bert <NA> <NA>\r\n"
        "SPEAKER call 1 2.5 0.75 <NA> <NA> Bert 0.9 <NA>\r\n"
        "SPEAKER call 1 0.1 0.2 <NA> <NA> Anna <NA> <NA>\r\n\r\n"
        "SPEAKER call 1 9 0 <NA> <NA> Anna <NA> <NA>\r\n"
        "SPEAKER  call\t1 1e0 1.25 <NA> <NA> Anna <NA>\r\n",
    )
    assert rttm.turns(path) == [("Anna", 0.1, 0.3), ("Anna", 1.0, 2.25), ("Bert", 2.5, 3.25)]
    assert rttm.turns(str(path), "call") == rttm.turns(path)


LINE = "SPEAKER {file} 1 {start} {lasts} <NA> <NA> Anna <NA> <NA>\n"
GOOD = LINE.format(file="a", start=0, lasts=1)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "expected a file of RTTM at .*; found an empty file; get it again"),
        (GOOD + LINE.format(file="a", start=-1, lasts=1), "a number from 0 on in line 2 of .*; found '-1'; correct"),
        (GOOD + "\n" + LINE.format(file="a", start=1, lasts="nan"), "a number from 0 on in line 3 of .*; found 'nan'"),
        (LINE.format(file="a", start="1,5", lasts=1), "in line 1 of .*; found '1,5'; correct or remove the line"),
        (LINE.format(file="a b", start=0, lasts=1), "ten fields in line 1 of .*; found 11; write <NA>"),
        ("SPEAKER a 1 0 1\n", "ten fields in line 1 of .*; found 5; write <NA> for what is absent"),
        ("1\n00:00:01,000 --> 00:00:02,000\n", "a type such as SPEAKER in line 1 of .*; found '1'; correct or remove"),
        (";; nobody\n", "lines of the type SPEAKER in .*; found none; give a diarisation"),
        (GOOD + LINE.format(file="b", start=0, lasts=1), "one recording in .*; found a, b; name one of them"),
        (b"SPEAKER caf\xe9 1 0 1", "UTF-8 in .*; found byte 0xe9 at 11; save it as UTF-8"),
    ],
)
def test_a_bad_diarisation_is_refused_by_its_line(tmp_path: Path, text: str | bytes, error: str) -> None:
    with pytest.raises(AffectError, match=error):
        rttm.turns(written(tmp_path, "call.rttm", text))


def test_a_diarisation_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a file of RTTM at .*gone.rttm; found none; correct the path"):
        rttm.turns(tmp_path / "gone.rttm")
    with pytest.raises(UsageError, match=r"the recording c in .*; found a; name one of them"):
        rttm.turns(written(tmp_path, "a.rttm", GOOD), "c")


# ---- a transcript of one's own ---------------------------------------------------------------------------------------


def test_a_transcript_in_vtt(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "call.vtt",
        "\ufeffWEBVTT - a call\r\nKind: captions\r\n\r\nSTYLE\r\n::cue { color: red }\r\n\r\nNOTE\r\nby hand\r\n\r\n"
        "intro\r\n00:01.500 --> 00:03.000 align:start position:10%\r\n"
        "<v Anna Lee>We &amp; <i>they</i>\r\nwon!</v>\r\n\r\n"
        "1:00:04.000 --> 1:00:05.250\r\n<v.loud Bert>No &lt;way&gt;</v><v Anna Lee>Yes</v> (laughs)\r\n\r\n"
        "00:00:06.000 --> 00:00:07.000\r\n\r\n"
        "00:00:08.000 --> 00:00:09.000\r\nnobody <00:00:08.500><c>knows</c>\r\n",
    )
    assert vtt.transcript(path) == [
        (1.5, 3.0, "Anna Lee", "We & they won!"),
        (3604.0, 3605.25, "Bert", "No <way>"),
        (3604.0, 3605.25, "Anna Lee", "Yes"),
        (3604.0, 3605.25, None, "(laughs)"),
        (8.0, 9.0, None, "nobody knows"),
    ]


def test_a_transcript_in_srt(tmp_path: Path) -> None:
    import srt as other

    text = (
        '1\n00:00:01,500 --> 00:00:03,000\n<i>We</i> <font color="red">won</font>!\n{\\an8}- Really?\n\n'
        "2\n00:00:04,000 --> 00:00:05,250\nA line\n\nafter a blank one\n\n"
        "3\n00:00:06.000 --> 00:00:07.5\n[SPEAKER_01]: Yes & no\n\n4\n00:00:08,000 --> 00:00:09,000\n\n"
    )
    for given_text in (text, "\ufeff" + text.replace("\n", "\r\n")):
        assert srt.transcript(written(tmp_path, "call.srt", given_text)) == [
            (1.5, 3.0, None, "We won! - Really?"),
            (4.0, 5.25, None, "A line after a blank one"),
            (6.0, 7.5, "SPEAKER_01", "Yes & no"),
        ]
    own = [other.Subtitle(1, *(other.srt_timestamp_to_timedelta(t) for t in ("00:00:01,000", "00:00:02,345")), "Hello")]
    assert srt.transcript(written(tmp_path, "b.srt", other.compose(own))) == [(1.0, 2.345, None, "Hello")]


TIMES = "00:00:02.000 --> 00:00:01.000\nx\n"


@pytest.mark.parametrize(
    ("part", "text", "error"),
    [
        (srt, "", "a file of SubRip subtitles at .*; found an empty file"),
        (srt, "1\n" + TIMES, "an end after the start in line 2 of .*; found 2 to 1 s; correct the line"),
        (srt, "1\n00:00:61,000 --> 00:01:00,000\nx\n", "times such as .* in line 2 of .*; found '00:00:61,000"),
        (srt, "Hello\nworld\n", "times such as .*; found 'Hello'; give subtitles"),
        (srt, "1\n00:00:01,000 --> 00:00:02,000\nété\n".encode("latin-1"), "UTF-8 in .*; found byte 0xe9 at 32; save"),
        (vtt, " \n", "a file of WebVTT at .*; found an empty file"),
        (vtt, "WEBVTT\n\n" + TIMES, "an end after the start in line 3 of .*; found 2 to 1 s"),
        (vtt, "WEBVTTX\n", "WEBVTT in the first line of .*; found 'WEBVTTX'; give a file of WebVTT"),
        (vtt, "WEBVTT\n\nsoon --> later\nx\n", "in line 3 of .*; found 'soon --> later'; correct the line"),
        (vtt, "WEBVTT".encode("utf-16"), "UTF-8 in .*; found byte 0xff at 0; save it as UTF-8"),
    ],
)
def test_a_bad_transcript_is_refused_in_a_sentence(tmp_path: Path, part: Any, text: str | bytes, error: str) -> None:
    with pytest.raises(AffectError, match=error):
        part.transcript(written(tmp_path, "call.txt", text))


# ---- bad documents ---------------------------------------------------------------------------------------------------


EAF = '<ANNOTATION_DOCUMENT><TIME_ORDER><TIME_SLOT TIME_SLOT_ID="a" TIME_VALUE="{a}"/><TIME_SLOT TIME_SLOT_ID="b" '
EAF += 'TIME_VALUE="5"/></TIME_ORDER><TIER TIER_ID="e"><ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" '
EAF += 'TIME_SLOT_REF1="a" TIME_SLOT_REF2="{b}"><ANNOTATION_VALUE>x</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION>'
EAF += "</ANNOTATION></TIER></ANNOTATION_DOCUMENT>"
GRID = 'File type = "ooTextFile"\nObject class = "TextGrid"\n0 2 <exists> 1 "IntervalTier" "e" 0 2 '


@pytest.mark.parametrize(
    ("part", "data", "error"),
    [
        (elan, b"", "the XML of an ELAN document; found a fault: no element found"),
        (elan, b"<ANNOTATION_DOCUMENT><TIER>", "the XML of an ELAN document; found a fault: no element found: line 1"),
        (elan, b"<html/>", "an ANNOTATION_DOCUMENT of ELAN; found a html; give an .eaf file"),
        (
            elan,
            b'<?xml version="1.0" encoding="klingon"?><a/>',
            "the XML of an ELAN document; found a fault: .*encoding",
        ),
        (elan, EAF.format(a=9, b="b").encode(), "an end after the start of the annotation a1 .* e; found 9 to 5 ms"),
        (elan, EAF.format(a=1, b="c").encode(), "the time slots of the annotation a1 of the tier e; found no c; save"),
        (elan, EAF.format(a="x", b="b").encode(), "whole milliseconds in the time slot a; found 'x'; save it again"),
        (textgrid, b"", 'Object class = "TextGrid"; found neither; give a .TextGrid file'),
        (textgrid, b"ooBinaryFile\x08TextGrid", "a TextGrid as text; found a binary one; save it in Praat as a text"),
        (textgrid, b'"ooTextFile" "Pitch 1" 0 1', 'Object class = "TextGrid"; found .ooTextFile., .Pitch 1.'),
        (textgrid, (GRID + '1 2 0 "x"').encode(), "times that go forwards in the tier e; found 2 to 0 s; correct it"),
        (textgrid, (GRID + '2 0 2 "x" 1 2 "y"').encode(), "times that go forwards in the tier e; found 1 to 2 s"),
        (textgrid, (GRID + "2 0 2").encode(), "a string after 13 values of the TextGrid; found the end of the file"),
        (textgrid, (GRID + '"x"').encode(), "a number after 10 values of the TextGrid; found .x.; save it again"),
        (textgrid, (GRID + "1.5").encode(), "how many follow, in the TextGrid; found 1.5; save it again"),
        (textgrid, GRID.encode() + b"\xe9", "UTF-8 or UTF-16 in a TextGrid; found byte 0xe9 at .*; save it as UTF-8"),
        (vtt, b"", "WEBVTT in the first line of WebVTT; found ''"),
        (rttm, b"SPEAKER a 1 0\n", "ten fields in line 1 of RTTM; found 4"),
    ],
)
def test_a_bad_document_is_refused_in_a_sentence(part: Any, data: bytes, error: str) -> None:
    with pytest.raises(DataError, match=error):
        back(part, data)


def test_an_annotation_without_a_time_of_its_own_is_left_out() -> None:
    assert back(elan, EAF.format(a=1, b="b").replace('TIME_VALUE="1"', "").encode()) == []
    assert [one.start_s for one in back(elan, EAF.format(a=1, b="b").encode())] == [0.001]


# ---- the command line's outputs --------------------------------------------------------------------------------------


def test_files_of_spans_come_about_beside_others(tmp_path: Path) -> None:
    names = ["jsonl", *(name for name, card in find.cards("formats").items() if card.get("spans"))]
    files = outputs.Files([outputs.Target(name, tmp_path / f"call.{name}") for name in names], "command")
    failed = Prediction("b.wav", "b.wav", error=Failure("input", "why"))
    assert list(files.keep([*CALL, failed])) == [*CALL, failed]  # those of JSON lines keep what failed
    files.finish()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(f"call.{name}" for name in names)
    for name in names[1:]:
        assert (tmp_path / f"call.{name}").read_bytes() == made(find.load("formats", name), CALL)


def test_what_a_format_cannot_hold_is_known_at_the_first_item(tmp_path: Path) -> None:
    asked: list[int] = []

    def predictions() -> Any:
        for n in range(3):
            asked.append(n)
            yield Prediction(f"text#{n}", "text", {"e": said("joy")})

    files = outputs.Files([outputs.Target("srt", tmp_path / "a.srt")], "command")
    with pytest.raises(
        UsageError, match=re.escape("found text#0 without; ask for segments (--segments), or write CSV")
    ):
        list(files.keep(predictions()))
    assert asked == [0] and list(tmp_path.iterdir()) == []
