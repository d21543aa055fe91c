"""Videos in which the truth is known: who speaks when, fused rows and their parts, formats, and files as people have
them."""

from __future__ import annotations

import json
import struct
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import films
import portraits
import toys
import voices
from affectkit import find
from affectkit.app import cli
from affectkit.prediction import Prediction
from affectkit.runtime import bundle, predict
from affectkit.runtime.options import Options
from affectkit.runtime.transcript import Transcript, Turn
from films import faces, film
from portraits import GREEN, RED

GLAD, CROSS = (GREEN,), (RED,)
ANGRY_VOICE = voices.voice(4, 1, 1)
WORDS = [{"start": 0.5, "end": 1.5, "text": "joy joy"}, {"start": 2.0, "end": 3.0, "text": "anger", "speaker": "Ann"}]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return films.shelf(tmp_path_factory.mktemp("shelf"))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, shelf: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    portraits.known(monkeypatch)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(bundle, "FOLDER", shelf)
    (tmp_path / "t.json").write_text(json.dumps(WORDS), encoding="utf-8")
    return tmp_path


def run(*arguments: object) -> Any:
    return CliRunner().invoke(cli.build(), ["predict", *(str(a) for a in arguments)])


def said(*arguments: object, code: int = 0) -> list[Prediction]:
    result = run(*arguments, "--jsonl")
    assert result.exit_code == code, result.output
    return [Prediction.from_json(json.loads(line)) for line in result.stdout.splitlines()]


def fused(*arguments: object) -> list[Prediction]:
    return [one for one in said(*arguments) if "emotion" in one.tasks and one.ok]


# ---- what is told ----------------------------------------------------------------------------------------------------


def test_all_that_is_in_a_video_is_told_together_and_then_alone(here: Path) -> None:
    film(here / "talk.mp4", faces(GLAD, 4), ANGRY_VOICE)
    found = said("talk.mp4", "--transcript", "t.json")
    assert [one.id for one in found] == [
        "talk.mp4",
        "talk.mp4#face-1@0.0",
        "talk.mp4#speech-1",
        "talk.mp4#text-1@0.5",
        "talk.mp4#text-2@2.0",
    ]
    whole, face, voice, *turns = found
    assert whole.modalities.used == ("face", "speech", "text") and whole.modalities.missing == ()
    assert whole.bundles == ("portraits@1", "toy@3", "voices@1") and whole.start_s is whole.end_s is None
    assert [one.modalities.used for one in found[1:]] == [("face",), ("speech",), ("text",), ("text",)]
    assert [turn.track and turn.track.id for turn in turns] == [1, "Ann"]
    assert [(turn.start_s, turn.end_s) for turn in turns] == [(0.5, 1.5), (2.0, 3.0)]
    # what each says is what its bundle says alone
    assert face.tasks == predict.load("face").predict("talk.mp4")[0].tasks
    assert voice.tasks == predict.load("speech").predict("talk.mp4")[0].tasks
    assert [t.tasks for t in turns] == [p.tasks for p in predict.load("text").predict(["joy joy", "anger"])]


def test_the_fused_prediction_goes_through_json_with_a_modality_missing(here: Path) -> None:
    film(here / "mute.mp4", faces(GLAD, 2))
    together, face, why = said("mute.mp4")
    assert (together.modalities.used, together.modalities.missing) == (("face",), ("speech",))
    assert together.modalities.disagreement is None and together.bundles == ("portraits@1",)
    assert Prediction.from_json(json.loads(json.dumps(together.to_json()))) == together
    # nothing is filled in for the voice: the face's answer is the answer, in the coarse names
    own = face.tasks["face"].scores
    assert own is not None and together.tasks["emotion"].scores is not None
    assert together.tasks["emotion"].scores["joy"] == pytest.approx(own["happiness"], abs=0.01)
    assert together.tasks["emotion"].confidence == pytest.approx(face.tasks["face"].confidence, abs=0.01)
    assert why.id == "mute.mp4#speech" and why.modalities.missing == ("speech",) and why.error is not None
    assert why.error.kind == "nothing"
    assert why.error.message.startswith("expected a stream of audio in mute.mp4, for speech; found none; ")


def test_a_glad_face_and_an_angry_voice_disagree_more_than_an_angry_face_does(here: Path) -> None:
    film(here / "mixed.mp4", faces(GLAD, 4), ANGRY_VOICE)
    film(here / "cross.mp4", faces(CROSS, 4), ANGRY_VOICE)
    mixed, cross = fused("mixed.mp4")[0].modalities.disagreement, fused("cross.mp4")[0].modalities.disagreement
    assert mixed is not None and cross is not None and 0 <= cross < 0.2 < 0.35 < mixed <= 1
    shown = " ".join(run("mixed.mp4").stdout.split())
    assert "while the voice sounds angry (anger" in shown and "the face looks happy (joy" in shown
    assert f"(by {mixed:.2f} of 1)" in shown


def test_segments_follow_the_face_and_the_voice_has_a_say_only_where_it_speaks(here: Path) -> None:
    sound = np.concatenate([voices.noise(6), voices.voice(3, 1, 1), voices.noise(1)])
    film(here / "talk.mkv", faces([GREEN, RED], 5), sound)
    found = said("talk.mkv", "--segments")
    assert [one.id for one in found] == [f"talk.mkv@{one.start_s}" for one in found]
    assert found[0].start_s == 0 and found[-1].end_s == pytest.approx(10, abs=0.2)
    assert all(a.end_s == b.start_s for a, b in pairwise(found))
    for one in found:
        before = one.end_s is not None and one.end_s <= 5.5
        assert one.modalities.missing == (("speech",) if before else ())
        assert one.bundles == (("portraits@1",) if before else ("portraits@1", "voices@1"))
        assert (one.modalities.disagreement is None) == before
    named = [(one.start_s, one.tasks["emotion"].labels[0]) for one in found]
    assert named[0] == (0, "joy") and named[-1][1] == "anger"
    change = next(start_s for start_s, name in named if name == "anger")
    assert change == pytest.approx(5, abs=1)


def test_a_face_that_goes_has_no_say_after(here: Path) -> None:
    film(here / "gone.mp4", faces([GREEN, None, RED], 2), ANGRY_VOICE[: 2 * voices.RATE_HZ])
    found = said("gone.mp4", "--segments")
    spans = [(one.start_s, one.end_s) for one in found]
    assert all(end_s <= 2.5 or start_s >= 4 for start_s, end_s in spans if start_s is not None and end_s is not None)
    assert found[-1].modalities.used == ("face",)


def test_tracks_are_asked_for(here: Path) -> None:
    film(here / "talk.mp4", faces([GREEN, RED], 2), ANGRY_VOICE)
    plain = said("talk.mp4", "--segments", "--transcript", "t.json")
    assert {one.track for one in plain} == {None}
    found = said("talk.mp4", "--segments", "--tracks", "--transcript", "t.json")
    assert [one for one in found if one.track is None] == plain
    assert {f"{one.track.kind}-{one.track.id}" for one in found if one.track} == {
        "face-1",
        "speech-1",
        "text-1",
        "speaker-Ann",
    }
    starts = [one.start_s or 0.0 for one in found]
    assert starts == sorted(starts) and len({one.id for one in found}) == len(found)
    face = [one for one in found if one.track is not None and one.track.kind == "face"]
    assert [one.tasks["face"].labels[0] for one in (face[0], face[-1])] == ["happiness", "anger"]


def test_speakers_stay_apart(here: Path) -> None:
    film(here / "talk.mp4", faces(GLAD, 4), ANGRY_VOICE)
    lines = [f"SPEAKER talk 1 {a} 2.0 <NA> <NA> {who} <NA> <NA>" for a, who in ((0.0, "Ann"), (2.0, "Bob"))]
    (here / "who.rttm").write_text("\n".join(lines), encoding="utf-8")
    found = said("talk.mp4", "--speakers", "who.rttm")
    assert [one.id for one in found] == [
        "talk.mp4",
        "talk.mp4#face-1@0.0",
        "talk.mp4#speaker-Ann",
        "talk.mp4#speaker-Bob",
    ]


def test_a_recording_and_its_transcript(here: Path) -> None:
    voices.write(here / "call.wav", ANGRY_VOICE)
    found = said("call.wav", "--transcript", "t.json")
    assert [one.id for one in found] == ["call.wav", "call.wav#speech-1", "call.wav#text-1@0.5", "call.wav#text-2@2.0"]
    assert found[0].modalities.used == ("speech", "text")
    turns = Transcript((Turn(0.5, 1.5, "joy joy"), Turn(2.0, 3.0, "anger", "Ann")))
    assert predict.predict(here / "call.wav", transcript=turns)[0].tasks == found[0].tasks
    one = Options(transcript=turns)
    ids = [p.id for p in predict.stream(["call.wav"], "speech,text", one)]
    assert ids == [p.id for p in found]


def test_another_label_scheme_is_told_with_what_is_lost(here: Path) -> None:
    film(here / "talk.mp4", faces(GLAD, 2), ANGRY_VOICE[: 2 * voices.RATE_HZ])
    plain, other = fused("talk.mp4")[0], fused("talk.mp4", "--taxonomy", "sentiment")[0]
    task = other.tasks["emotion"]
    assert (task.scheme, task.confidence, task.converted_from) == ("sentiment", None, "plutchik_neutral")
    assert task.scores is not None and task.lost is not None and plain.tasks["emotion"].scores is not None
    assert task.scores["positive"] >= plain.tasks["emotion"].scores["joy"] - 1e-6
    assert other.tasks["vad"] == plain.tasks["vad"]
    assert len(fused("talk.mp4", "--top", "2")[0].tasks["emotion"].scores or ()) == 2


def test_every_format_of_spans_holds_fused_segments_and_tracks(here: Path) -> None:
    film(here / "talk.mp4", faces([GREEN, RED], 2), ANGRY_VOICE)
    names = [name for name, card in find.cards("formats").items() if card.get("spans")]
    to = [part for name in [*names, "csv"] for part in ("--to", f"{name}=out.{name}")]
    found = said("talk.mp4", "--segments", "--tracks", "--transcript", "t.json", *to)
    for name in names:
        with (here / f"out.{name}").open("rb") as file:
            back = {
                (round(one.start_s or 0, 2), round(one.end_s or 0, 2)) for one in find.load("formats", name).read(file)
            }
        assert back == {(round(one.start_s or 0, 2), round(one.end_s or 0, 2)) for one in found}
    with (here / "out.csv").open("rb") as file:
        rows = list(find.load("formats", "csv").read(file))
    assert [(one.id, one.modalities, one.bundles, one.track) for one in rows] == [
        (one.id, one.modalities, one.bundles, one.track) for one in found
    ]
    tiers = (here / "out.elan").read_text(encoding="utf-8")
    for tier in ("emotion", "vad", "face@face:1", "speech@speech:1", "goemotions@text:1", "goemotions@Ann"):
        assert f'TIER_ID="{tier}"' in tiers
    assert "joy" in (here / "out.srt").read_text(encoding="utf-8").split("\n")[2]


# ---- files as people have them ---------------------------------------------------------------------------------------


def test_sound_that_begins_later_is_told_when_it_is_heard(here: Path) -> None:
    film(here / "late.mkv", faces(GLAD, 6), voices.voice(2, 1, 1), late_s=3.0)
    heard = [one for one in said("late.mkv", "--segments", "--tracks") if one.track and one.track.kind == "speech"]
    assert heard[0].start_s == pytest.approx(3, abs=0.3) and heard[-1].end_s == pytest.approx(5, abs=0.3)


def test_a_video_file_of_sound_alone(here: Path) -> None:
    film(here / "call.mp4", sound=ANGRY_VOICE)
    together, voice, why = said("call.mp4")
    assert together.modalities.used == ("speech",) and together.modalities.missing == ("face",)
    assert voice.id == "call.mp4#speech-1" and why.error is not None
    assert why.error.message.startswith("expected a stream of video in call.mp4, for face; found none; ")


def test_frames_that_come_unevenly_keep_the_clock(here: Path) -> None:
    times_s = [0.0, 0.3, 0.35, 0.9, 1.7, 1.75, 2.6, 3.0, 3.1, 3.8]
    frames = [portraits.picture([(GREEN if t < 2 else RED, 120.0, 60.0, 70.0)]) for t in times_s]
    film(here / "phone.mkv", frames, ANGRY_VOICE, times_s=times_s)
    face = [one for one in said("phone.mkv", "--segments", "--tracks") if one.track and one.track.kind == "face"]
    assert [one.tasks["face"].labels[0] for one in (face[0], face[-1])] == ["happiness", "anger"]
    change = next(one.start_s for one in face if one.tasks["face"].labels[0] == "anger")
    assert change == pytest.approx(2.6, abs=0.9) and 3.8 <= (face[-1].end_s or 0) <= 4.6 + 1e-6


def test_a_video_of_a_phone_held_upright(here: Path) -> None:
    path = film(here / "up.mp4", faces(GLAD, 2), ANGRY_VOICE[: 2 * voices.RATE_HZ])
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40  # the matrix lies behind ten words of the track's header
    data[at : at + 36] = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)
    path.write_bytes(data)
    together, face, _ = said("up.mp4")
    assert together.modalities.used == ("face", "speech")
    assert face.track is not None and face.track.box is not None
    left, top, right, bottom = face.track.box
    assert bottom <= 240 and right <= 120 and right - left > bottom - top  # an oval on its side


def test_a_stream_that_ends_early_is_told_as_far_as_it_goes(here: Path) -> None:
    whole = film(here / "whole.mkv", faces(GLAD, 6), voices.voice(6, 1, 1)).read_bytes()
    (here / "cut.mkv").write_bytes(whole[: len(whole) * 6 // 10])
    found = said("cut.mkv")
    assert "face" in found[0].modalities.used
    face = next(one for one in found if one.track is not None and one.track.kind == "face")
    assert face.end_s is not None and 0.5 < face.end_s < 5.9


def test_a_clock_that_starts_again_goes_on(here: Path) -> None:
    for i, colours in enumerate((GLAD, CROSS)):
        film(here / f"{i}.ts", faces(colours, 3))
    (here / "both.mpg").write_bytes(b"".join((here / f"{i}.ts").read_bytes() for i in range(2)))
    found = [one for one in said("both.mpg", "--segments") if one.ok]
    starts = [one.start_s or 0 for one in found]
    assert starts == sorted(starts) and found[-1].end_s == pytest.approx(6, abs=0.4)
    assert [one.tasks["emotion"].labels[0] for one in (found[0], found[-1])] == ["joy", "anger"]


def test_a_video_with_nothing_to_judge_says_so_once(here: Path) -> None:
    film(here / "empty.mp4", faces([None], 2), voices.noise(2))
    (nothing,) = said("empty.mp4")
    assert nothing.error is not None and nothing.error.kind == "nothing" and nothing.tasks == {}
    (here / "broken.mp4").write_bytes(b"no video at all" * 99)
    (broken,) = said("broken.mp4", code=1)
    assert broken.error is not None and "broken.mp4; found Invalid data" in broken.error.message


def test_a_transcript_of_another_recording_is_a_sentence_and_the_rest_goes_on(here: Path) -> None:
    film(here / "talk.mp4", faces(GLAD, 2), ANGRY_VOICE[: 2 * voices.RATE_HZ])
    (here / "long.json").write_text(json.dumps([*WORDS, {"start": 95, "end": 97, "text": "joy"}]), encoding="utf-8")
    found = said("talk.mp4", "--transcript", "long.json")
    assert found[0].modalities.used == ("face", "speech") and found[0].modalities.missing == ("text",)
    assert found[-1].id == "talk.mp4#text" and found[-1].error is not None
    assert found[-1].error.message.endswith(
        "s of talk.mp4; found 1 of 3 that begin later, the last at 95 s; give the transcript of this recording"
    )


def test_a_transcript_in_another_language_goes_to_who_reads_it_or_is_a_sentence(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film(here / "talk.mp4", faces(GLAD, 2), ANGRY_VOICE[: 2 * voices.RATE_HZ])
    rows = [{"start": 0.5, "end": 1.5, "text": "joy"}]
    (here / "de.json").write_text(json.dumps({"language": "de", "segments": rows}), encoding="utf-8")
    why = said("talk.mp4", "--transcript", "de.json")[-1]
    assert why.id == "talk.mp4#text" and why.error is not None
    assert why.error.message == (
        "expected a transcript in a language that a shipped bundle reads; found de; "
        "name a bundle for it, for example --bundle speech,my.affect"
    )
    assert said("talk.mp4", "--transcript", "de.json", "--bundle", "face,text")[0].modalities.used == ("face", "text")
    (here / "shelf").mkdir()
    monkeypatch.setattr(bundle, "FOLDER", films.shelf(here / "shelf"))
    toys.pack(here / "shelf" / "words-de.affect", name="german", languages=["deu"])
    assert said("talk.mp4", "--transcript", "de.json")[0].bundles == ("german@3", "portraits@1", "voices@1")


def test_a_film_in_which_nothing_is_found_is_not_explained(here: Path) -> None:
    film(here / "wall.mp4", faces([None], 1))
    result = CliRunner().invoke(cli.build(), ["explain", "wall.mp4"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "wall.mp4: expected a face in wall.mp4; found none in" in result.stderr


def test_wrong_usage_is_a_sentence(here: Path) -> None:
    film(here / "talk.mp4", faces(GLAD, 1), ANGRY_VOICE[: voices.RATE_HZ])
    film(here / "more.mp4", faces(GLAD, 1))
    (here / "none.txt").write_text("no transcript", encoding="utf-8")
    portraits.pack(here / "again.affect", name="again")
    for arguments, says in {
        (
            "talk.mp4",
            "more.mp4",
            "--transcript",
            "t.json",
        ): "expected one recording with --transcript; found 2 inputs; run",
        (
            "talk.mp4",
            "--transcript",
            "none.txt",
        ): "expected a transcript that ends in .srt, .vtt or .json; found none.txt",
        (
            "talk.mp4",
            "--bundle",
            "face,again.affect",
        ): "found portraits@1 and again@1, which both read face; name one of",
        (
            "talk.mp4",
            "--bundle",
            "face,speech",
            "--transcript",
            "t.json",
        ): "expected a bundle that reads texts, for --tr",
        ("talk.mp4", "--bundle", "face,nobody"): "expected the name of a bundle; found 'nobody'",
    }.items():
        result = run(*arguments)
        assert result.exit_code == 2 and says in result.stderr, (arguments, result.output)
