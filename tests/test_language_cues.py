"""Evidence in sentences: every number is one of the statement's values, and every value was measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from typer.testing import CliRunner

import films
import portraits
import toys
import voices
from affectkit.app import cli
from affectkit.errors import DataError
from affectkit.features import prosody
from affectkit.language import cues, face, fused, voice, words
from affectkit.language.cues import Statement
from affectkit.runtime import bundle


def run(*arguments: object) -> Any:
    return CliRunner().invoke(cli.build(), ["explain", *(str(a) for a in arguments)])


# ---- statements ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "values", "strange"),
    [
        ("In 61 % (highest 0.93 at 0:12).", (61.4, 0.9349, 12.9), []),
        ("In 61 % (highest 0.93 at 0:12).", (61.4, 0.9349, 13.0), ["0:12"]),
        ("In 61 % (highest 0.93 at 0:12).", (61.6, 0.9349, 12.9), ["61"]),
        ("Louder (+4.2 dB).", (4.16,), []),
        ("Quieter (-4.2 dB).", (4.16,), ["-4.2"]),
        ("“Route 66” (+0.40) carries e5 and mp3.", (0.4,), []),
        ("They differ (by 0.50 of 1).", (0.5,), ["1"]),
        ("At 61:05.", (3665.2,), []),
    ],
)
def test_every_number_is_a_value_rounded_alike(text: str, values: tuple[float, ...], strange: list[str]) -> None:
    assert cues.untraced(text, values) == strange


def test_a_number_from_nowhere_is_refused() -> None:
    with pytest.raises(DataError, match=r"a value for each number in 'It is 7.'; found 7, but 8; add its value"):
        Statement("It is 7.", "a guess", (8.0,))


@given(st.floats(-1e4, 1e4, allow_nan=False), st.integers(0, 3))
def test_any_number_written_with_any_digits_is_found_again(value: float, places: int) -> None:
    assert cues.untraced(f"It is {value:.{places}f} dB.", (value,)) == []
    assert cues.untraced(f"It is {value:+.{places}f} dB.", (value,)) == []
    assert cues.untraced(f"It is {abs(value) + 2:.{places}f} dB.", (value,)) != []


def test_a_paragraph_is_its_statements_and_nothing_else() -> None:
    assert cues.paragraph([Statement("One.", "a"), Statement("It is 2.", "b", (2,))]) == "One. It is 2."


# ---- what is said ----------------------------------------------------------------------------------------------------


def test_a_face_is_told_by_the_share_of_its_frames() -> None:
    scores = np.asarray([[0.8, 0.2], [0.93, 0.07], [0.3, 0.7]])
    said = face.frames(("joy", "anger"), np.asarray([0.0, 72.6, 80.0]), scores)
    assert said.text == "The face reads as joy in 67 % of the 3 frames it is seen in (highest 0.93 at 1:12)."
    assert said.values == pytest.approx((200 / 3, 3, 0.93, 72.6))
    assert face.frames(("joy", "a2"), np.zeros(1), np.asarray([[0.1, 0.9]]), number=2).text.startswith(
        "The face 2 reads as “a2” in 100 %"
    )
    with pytest.raises(DataError, match=r"scores \(n, 1\) of frames; found \(0, 1\); leave out what was not seen"):
        face.frames(("joy",), np.zeros(0), np.zeros((0, 1)))


def test_light_is_said_only_where_it_is_poor() -> None:
    rng = np.random.default_rng(0)
    assert face.light(rng.integers(0, 256, (100, 100, 3)).astype(np.uint8)) == ()
    small, dark, flat = face.light(np.full((30, 40, 3), 26, np.uint8), at_s=12.0)
    assert small.text == "The face is small at 0:12 (its shorter side has 30 px)."
    assert dark.text == "The face is dark at 0:12 (mean grey 0.10, where white is 1)." and dark.values[0] < 0.2
    assert flat.text == "The face has little contrast at 0:12 (spread of the grey 0.00, where white is 1)."
    (bright, _) = face.light(np.full((60, 60, 3), 250, np.uint8))
    assert bright.values[0] == pytest.approx(250 / 255)


def test_quality_is_said_only_where_it_is_poor() -> None:
    assert face.seen(np.asarray([0.5, 0.9])) == ()
    (said,) = face.seen(np.asarray([0.1, 0.2, 0.9]))
    assert said.text == "The face is hard to see: the quality of its frames is 0.20 of 1 in the middle."


def test_words_carry_and_words_speak_against() -> None:
    for_it, against = words.carried([("we", 0.01), ("won 3", 0.42), ("tired", -0.2), ("joy", 0.3)], "joy")
    assert for_it.text == "“won 3” (+0.42) and “joy” (+0.30) speak for joy." and for_it.values == (0.42, 0.3)
    assert against.text == "“tired” (-0.20) speaks against joy."
    (none,) = words.carried([("we", 0.0)], "joy")
    assert none.text == "No single word carries joy: without any one it stays as it is."


def test_a_voice_is_told_beside_its_usual() -> None:
    usual = {"level_db": voice.Usual(-30.0, 1.0, 8)}
    said = cues.sounding(voice.phrases({"level_db": -25.8}, usual), "anger", 0.7, 12.0, 14.5)
    assert said.text == (
        "Where the voice reads most as anger (0.70, 0:12 to 0:14), it is louder (+4.2 dB) than this speaker's usual."
    )
    assert said.values == pytest.approx((0.7, 12.0, 14.5, 4.2))
    even = cues.sounding([], "anger", 0.7, 12.0, 14.5)
    assert even.text.endswith("it is as usual for this speaker.")


def test_agreement_stretches_cells_and_what_is_missing() -> None:
    said = [fused.Said("face", "joy", 0.8), fused.Said("speech", "anger", 0.6)]
    one = cues.agreement(said, 0.5)
    assert one.values == (0.8, 0.6, 0.5, 1.0) and one.text.startswith("The face looks happy (joy 0.80) while the voice")
    (heard,) = cues.stretches([(0, 0.25, 0.004), (0.25, 0.5, 0.2), (1, 1.25, 0.3)], "joy")
    assert heard.text == "What speaks most for joy is heard from 1.0 to 1.2 s (+0.30) and from 0.2 to 0.5 s (+0.20)."
    assert cues.stretches([(0, 0.25, 0.0)], "joy") == ()
    (seen,) = cues.cells([(0, 0, 8, 8, 0.1), (8, 0, 16, 8, 0.25)], "joy")
    assert seen.text == "The part of the picture from 8, 0 to 16, 8 px speaks most for joy (+0.25)."
    (gone,) = cues.missing({"text": "expected 3 “turns”; found none"})
    assert gone.text == 'Nothing is said of the text: “expected 3 "turns"; found none”.'


# ---- the command -----------------------------------------------------------------------------------------------------


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    portraits.known(monkeypatch)
    monkeypatch.setattr(bundle, "FOLDER", films.shelf(tmp_path / "shelf"))
    return tmp_path


def told(*arguments: object) -> tuple[dict[str, Any], list[Statement]]:
    """What --json gives; making each statement anew checks its numbers."""
    result = run(*arguments, "--json", "--parts", 4)
    assert result.exit_code == 0, result.output
    (one,) = json.loads(result.stdout)
    return one, [Statement(s["text"], s["source"], tuple(s["values"])) for s in one["statements"]]


def test_a_video_is_told_by_face_voice_and_words_and_by_what_is_missing(shelf: Path) -> None:
    (shelf / "t.json").write_text(json.dumps([{"start": 0.5, "end": 1.5, "text": "joy the we"}]), encoding="utf-8")
    shown = films.faces([portraits.GREEN, portraits.GREEN, portraits.RED, None])
    film = films.film(shelf / "v.mp4", shown, voices.voice(4, 1, 1))
    one, said = told(film, "--transcript", shelf / "t.json")
    assert one["unit"] == "s"  # its sound is explained below
    seen = next(s for s in said if s.source == "scores per frame")
    assert "The face reads as happiness in" in seen.text and seen.values[0] == pytest.approx(100 * 2 / 3, abs=8)
    assert next(s for s in said if "at 0:00, read as joy" in s.text).values[0] == 0.5
    assert said[0].source == "fused prediction" and "the face looks happy" in said[0].text.lower()


def test_of_a_video_without_sound_the_sentences_are_there(shelf: Path) -> None:
    film = films.film(shelf / "v.mp4", films.faces([portraits.RED]))
    one, said = told(film)
    assert "unit" not in one
    assert [s.source for s in said][-1] == "missing modalities" and "Nothing is said of the speech" in said[-1].text


def test_one_text_one_sound_one_picture(shelf: Path) -> None:
    _, said = told("we won joy", "--bundle", toys.pack(shelf / "toy.affect"))
    assert said[0].text.startswith("The text reads as ") and said[1].source == "covering of words"
    assert run("we won joy", "--bundle", shelf / "toy.affect").stdout.startswith(f"{cues.paragraph(said)}\n\n")
    voices.write(shelf / "a.wav", voices.voice(2.0, 1.0))
    one, said = told(shelf / "a.wav")
    assert said[0].text.startswith("The speech reads as ") and said[0].values == (one["score"],)
    Image.fromarray(portraits.picture([(portraits.GREEN, 120, 60, 70)])).save(shelf / "p.png")
    one, said = told(shelf / "p.png")
    assert said[0].text == f"The face reads as happiness ({one['score']:.2f})."
    assert said[-1].source == "covering of cells" and said[-1].values[-1] == max(p["effect"] for p in one["parts"])


def test_a_voice_that_gets_louder_is_said_to_be(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    t = np.arange(16000 * 8) / 16000
    hum = sum(np.sin(2 * np.pi * 150 * k * t) / k for k in range(1, 8)) * 0.05
    hum *= np.where(t >= 6, 2.0, 1.0) * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * t))
    frames = prosody.extract(prosody.Config(), hum.astype(np.float32))
    each = [prosody.measures(prosody.Config(), frames[100 * i : 100 * i + 100]) for i in range(7)]
    louder = [p for p in voice.phrases(each[6], voice.usual(each)) if p.word == "louder"]
    assert louder and louder[0].difference == pytest.approx(20 * np.log10(2), abs=0.5)
    said = cues.sounding(louder, "anger", 0.5, 6.0, 7.0)
    assert f"louder ({louder[0].difference:+.1f} dB)" in said.text


def test_a_check_of_several_modalities_tells_each(shelf: Path) -> None:
    folder = shelf / "some"
    folder.mkdir()
    (folder / "a.txt").write_text("we won joy\njoy the we\n", encoding="utf-8")
    voices.write(folder / "b.wav", voices.voice(2.0, 1.0))
    Image.fromarray(portraits.picture([(portraits.GREEN, 120, 60, 70)])).save(folder / "c.png")
    result = run(folder, "--check", "--parts", 4)
    assert result.exit_code == 0, result.output
    heads = [line for line in result.stdout.splitlines() if line.endswith(":")]
    assert sorted(heads) == ["face:", "speech:", "text:"]
    each = json.loads(run(folder, "--check", "--json", "--parts", 4).stdout)["check"]["by_modality"]
    assert {name: one["n"] for name, one in each.items()} == {"text": 2, "speech": 1, "face": 1}
    assert set(each["face"]) == {"n", "deletion", "insertion"}
