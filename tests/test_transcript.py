"""Transcripts as people have them: subtitles, and JSON as Whisper, whisper.cpp and hands write it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from affectkit.errors import AffectError, UsageError
from affectkit.runtime import transcript
from affectkit.runtime.transcript import Transcript, Turn

TURNS = (Turn(0.5, 2.0, "We won!", "Ann"), Turn(2.5, 4.0, "Is it good?"))


def written(folder: Path, content: Any, name: str = "t.json") -> Path:
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / name).write_text(text, encoding="utf-8", errors="surrogateescape")
    return folder / name


ROWS = [
    {"start": 0.5, "end": 2, "text": " We  won! ", "speaker": "Ann"},
    {"start": 2.5, "end": 4.0, "text": "Is it good?"},
]
SAID = {
    "a list": ROWS,
    "with units": [{**{f"{k}_s" if k in ("start", "end") else k: v for k, v in row.items()}} for row in ROWS],
    "back to front": ROWS[::-1],
    "blank turns": [{"start": 0, "end": 0, "text": "  "}, *ROWS],
    "whisper": {"text": "We won! Is it good?", "segments": [{"id": 0, "tokens": [1], **row} for row in ROWS]},
    "whisper.cpp": {
        "transcription": [
            {"offsets": {"from": 500, "to": 2000}, "text": "We won!", "speaker": "Ann"},
            {"offsets": {"from": 2500, "to": 4000}, "text": "Is it good?"},
        ]
    },
}


@pytest.mark.parametrize("name", SAID)
def test_json_of_several_hands_is_one_transcript(name: str, tmp_path: Path) -> None:
    assert transcript.read(written(tmp_path, SAID[name])) == Transcript(TURNS)


def test_subtitles_are_read_by_their_formats(tmp_path: Path) -> None:
    srt = "1\n00:00:00,500 --> 00:00:02,000\n[Ann]: We won!\n\n2\n00:00:02,500 --> 00:00:04,000\nIs it good?\n"
    vtt = "WEBVTT\n\n00:00.500 --> 00:02.000\n<v Ann>We won!\n\n00:02.500 --> 00:04.000\nIs it good?\n"
    for name, text in (("t.srt", srt), ("T.VTT", vtt)):
        assert transcript.read(written(tmp_path, text, name)) == Transcript(TURNS)


def test_the_language_is_kept_and_compared_in_either_code(tmp_path: Path) -> None:
    assert transcript.read(written(tmp_path, {"language": "de", "segments": ROWS})).language == "de"
    assert transcript.same("de", ["eng", "deu"]) and transcript.same("en-GB", ["en"])
    assert transcript.same("eng", ["en"]) and not transcript.same("fr", ["en", "deu"])


BAD = {
    "no JSON": ("{", "expected JSON in "),
    "a number": (7, "expected a list of turns, or one under segments or transcription, in "),
    "no list": ({"text": "all"}, "found dict; give the transcript of the recording"),
    "no turn": ([], "expected turns with a text in "),
    "only blanks": ([{"start": 0, "end": 1, "text": " "}], "found none; give the transcript of the recording"),
    "no text": ([{"start": 0, "end": 1}], "expected a text, a start and an end in turn 1 of "),
    "no start": ([*ROWS, {"end": 1, "text": "a"}], "expected a start and an end in seconds in turn 3 of "),
    "no number": ([{"start": "0:01", "end": 2, "text": "a"}], "found '0:01'; add what is missing"),
    "not finite": ([{"start": float("nan"), "end": 2, "text": "a"}], "found nan; add what is missing"),
    "ends first": ([{"start": 3, "end": 2, "text": "a"}], "found 3 to 2 s; correct its times"),
    "no UTF-8": ("\udcff", "expected JSON in "),
    "empty": (" ", "found an empty file; get it again, or leave it out"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_transcript_that_is_none_is_a_sentence(name: str, tmp_path: Path) -> None:
    content, says = BAD[name]
    with pytest.raises(AffectError) as caught:
        transcript.read(written(tmp_path, content))
    assert says in str(caught.value)


def test_other_files_are_no_transcripts(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"expected a transcript that ends in .srt, .vtt or .json; found .*words.txt"):
        transcript.read(written(tmp_path, "We won!", "words.txt"))
    with pytest.raises(AffectError, match=r"expected a transcript at .*none.json; found none; correct"):
        transcript.read(tmp_path / "none.json")
    with pytest.raises(AffectError, match=r"expected times such as .* in .*t.srt; found 'We won!'; give subtitles"):
        transcript.read(written(tmp_path, "We won!", "t.srt"))
    with pytest.raises(UsageError, match="expected a turn that ends after it starts"):
        Turn(2, 1, "a")
    with pytest.raises(UsageError, match="expected a text in the turn at 1 s"):
        Turn(1, 2, " ")
