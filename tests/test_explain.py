"""Explanations: how inputs are covered, how far an answer can be believed, and `affectkit explain` on toy bundles."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from typer.testing import CliRunner

import affectkit
import portraits
import toys
import voices
from affectkit.app import cli, explained
from affectkit.detect import Face
from affectkit.errors import DataError, InputError, UnknownName
from affectkit.explain import Explanation, Predict, Unit, _heat, _values, cut, faithful, lime, occlusion
from affectkit.explain.covers import picture as of_picture
from affectkit.explain.covers import sound as of_sound
from affectkit.explain.covers import text as of_text
from affectkit.modalities import face
from affectkit.runtime.options import Item
from affectkit.sample import Media

WEIGHT = {"won": 0.4, "joy": 0.3, "we": 0.1, "the": 0.0, "lost": -0.2}


def words(text: str, most: int = 64) -> list[str]:
    return [text[int(start) : int(end)] for start, end in of_text.parts(text, None, most)]


def none_of(n: int) -> NDArray[np.bool_]:
    return np.zeros(n, bool)


def predict_by(modality: str, score: Callable[[Media], float]) -> Predict:
    return Predict(lambda media: np.array([[score(one)] for one in media]), modality, ("joy",))


def weighed(media: Media) -> float:
    return 0.5 + sum(WEIGHT.get(word, 0) for word in str(media.text).split())


# ---- words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("I don't like it!!!", ["I", "don't", "like", "it", "!!!"]),
        ("so well-made, 😀👍🏽", ["so", "well-made", ",", "😀👍🏽"]),
        ("我很高兴。", ["我", "很", "高", "兴", "。"]),
        ("मैं बहुत खुश हूँ।", ["मैं", "बहुत", "खुश", "हूँ", "।"]),
        ("“Nein”, sagte er_2", ["“", "Nein", "”,", "sagte", "er_2"]),
        ("love ❤️‍🔥 नमस्ते, ۔", ["love", "❤️‍🔥", "नमस्ते", ",", "۔"]),
        ("?", ["?"]),
    ],
)
def test_a_text_is_cut_into_its_words(text: str, wanted: list[str]) -> None:
    assert words(text) == wanted


def test_of_a_long_text_neighbours_go_together() -> None:
    text = " ".join(f"word{i}" for i in range(10))
    assert words(text, 4) == ["word0 word1 word2", "word3 word4 word5", "word6 word7 word8", "word9"]


@given(st.text(min_size=1, max_size=40).filter(lambda text: text.strip()), st.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_every_letter_and_sign_lies_in_one_word(text: str, most: int) -> None:
    parts = of_text.parts(text, None, most)
    assert 1 <= len(parts) <= most
    inside = [i for start, end in parts for i in range(int(start), int(end))]
    assert len(set(inside)) == len(inside)
    assert {i for i, letter in enumerate(text) if not letter.isspace()} <= set(inside)


@given(st.lists(st.sampled_from(["we", "won", "!", "the", "joy"]), min_size=1, max_size=8), st.data())
@settings(max_examples=40, deadline=None)
def test_covered_words_are_left_out_and_the_others_stay(said: list[str], data: st.DataObject) -> None:
    parts = cut("text", Media(text=" ".join(said)))
    covered = np.array(data.draw(st.lists(st.booleans(), min_size=len(said), max_size=len(said))))
    left = [word for word, gone in zip(said, covered, strict=True) if not gone]
    assert parts.without(covered).text == (" ".join(left) or "…")


def test_who_says_a_text_and_after_what_stays() -> None:
    media = Media(text="we  won", speaker="ann", before=(Media(text="and?"),))
    changed = cut("text", media).without(np.array([True, False]))
    assert changed == Media(text="won", speaker="ann", before=(Media(text="and?"),))


# ---- cells -----------------------------------------------------------------------------------------------------------


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 100))
@settings(max_examples=60, deadline=None)
def test_cells_lie_side_by_side_and_leave_nothing_out(height: int, width: int, most: int) -> None:
    cells = of_picture.parts(np.zeros((height, width, 3), np.uint8), None, most)
    assert 1 <= len(cells) <= most
    times = np.zeros((height, width), int)
    for left, top, right, bottom in cells:
        times[int(top) : int(bottom), int(left) : int(right)] += 1
    assert (times == 1).all()


def test_a_square_picture_has_square_cells() -> None:
    cells = np.array(of_picture.parts(np.zeros((48, 48, 3), np.uint8), None, 64))
    assert len(cells) == 64
    assert (cells[:, 2:] - cells[:, :2] == 6).all()


def test_covered_cells_lose_their_detail_and_keep_their_light() -> None:
    rng = np.random.default_rng(0)
    picture = rng.integers(60, 200, (64, 64, 3), np.uint8)
    parts = cut("face", Media(array=picture))
    covered = np.arange(64) == 27
    made = np.asarray(parts.without(covered).array)
    left, top, right, bottom = (int(side) for side in parts.parts[27])
    inside = made[top:bottom, left:right].astype(float)
    assert inside.std() < 0.1 * picture.std()
    assert abs(inside.mean() - picture.mean()) < 8
    made[top:bottom, left:right] = picture[top:bottom, left:right]
    np.testing.assert_array_equal(made, picture)
    np.testing.assert_array_equal(parts.without(none_of(64)).array, picture)


def test_only_what_lies_in_the_box_is_explained() -> None:
    picture = np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)
    parts = cut("face", Media(array=picture, box=(10, 5, 26, 21)))
    assert max(cell[2] for cell in parts.parts) == 16
    changed = parts.without(none_of(len(parts.parts)))
    assert changed.box == (0, 0, 16, 16)
    np.testing.assert_array_equal(changed.array, picture[5:21, 10:26])


# ---- stretches -------------------------------------------------------------------------------------------------------


def tone(seconds: float, quiet_s: float = 0.0) -> NDArray[np.float32]:
    t_s = np.arange(round(seconds * 16_000)) / 16_000
    sound = 0.5 * np.sin(2 * np.pi * 200 * t_s) * np.where(t_s < quiet_s, 0.01, 1)
    return sound.astype(np.float32)


def test_stretches_are_of_250_ms_or_longer_and_cover_all() -> None:
    assert of_sound.parts(tone(1.0), 16_000, 64) == ((0, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 1))
    assert of_sound.parts(tone(0.1), 16_000, 64) == ((0, 0.1),)
    long = np.array(of_sound.parts(tone(40), 16_000, 64))
    np.testing.assert_allclose(long[:, 1] - long[:, 0], 40 / 64)


def test_a_covered_stretch_is_as_faint_as_the_quietest_part() -> None:
    sound = tone(2.0, quiet_s=0.5)
    parts = cut("speech", Media(array=sound))
    made = np.asarray(parts.without(np.arange(8) == 4).array)
    inside = made[16_100:19_900].astype(np.float64)
    assert np.sqrt((inside**2).mean()) == pytest.approx(0.5 * 0.01 / np.sqrt(2), rel=0.1)
    np.testing.assert_array_equal(made[:16_000], sound[:16_000])
    np.testing.assert_array_equal(made[20_000:], sound[20_000:])


def test_what_is_covered_makes_no_click_at_either_end() -> None:
    steps = np.cos(2 * np.pi * 102 * np.arange(32_000) / 16_000)  # at its height where stretches meet
    sound = (0.3 + 0.5 * steps * (np.arange(32_000) >= 4000)).astype(np.float32)
    made = np.asarray(cut("speech", Media(array=sound)).without(np.isin(np.arange(8), (3, 4))).array)
    assert abs(sound[12_000] - 0.3) > 0.4
    assert np.abs(np.diff(made[11_000:21_000])).max() < 1.5 * np.abs(np.diff(sound[4_001:])).max()
    assert made[13_000:19_000] == pytest.approx(0.3)  # an offset stays


def test_of_a_sound_with_silence_what_is_covered_is_silent() -> None:
    sound = np.concatenate([np.zeros(4000, np.float32), tone(0.75)])
    made = np.asarray(cut("speech", Media(array=sound)).without(np.array([False, False, True, True])).array)
    assert not made[8_100:].any()
    assert made.any()


def test_the_sample_before_and_after_do_not_lengthen_a_sound() -> None:
    for n in (1, 7, 81, 4001):
        parts = cut("speech", Media(array=tone(1)[:n] + np.float32(0.1)))
        for covered in (none_of(len(parts.parts)), ~none_of(len(parts.parts))):
            made = np.asarray(parts.without(covered).array)
            assert made.shape == (n,)
            assert np.isfinite(made).all()


# ---- explainers ------------------------------------------------------------------------------------------------------


def test_what_two_words_say_alike_is_seen_only_when_both_are_covered() -> None:
    either = predict_by("text", lambda media: float(bool({"won", "joy"} & set(str(media.text).split()))))
    media = Media(text="we won the joy")
    assert not occlusion.explain(occlusion.Config(), either, media).effect.any()
    found = lime.explain(lime.Config(), either, media)
    assert min(found.effect[[1, 3]]) > 3 * np.abs(found.effect[[0, 2]]).max()
    assert found.effect[1] == pytest.approx(found.effect[3], rel=0.3)
    assert found.effect[1] > 0.05


def test_copies_of_a_large_picture_are_not_all_held_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_values, "_HEAVIEST", 1_000_000)
    asked: list[int] = []

    def scores(media: list[Media]) -> NDArray[np.float64]:
        asked.append(len(media))
        return np.array([[one.array.mean()] for one in media if one.array is not None])

    picture = np.random.default_rng(0).integers(0, 255, (300, 400, 3), np.uint8)  # 360 kB
    found = occlusion.explain(occlusion.Config(most=9), Predict(scores, "face", ("joy",)), Media(array=picture))
    assert len(found.parts) == 8
    assert asked == [1, 3, 3, 2]


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        (np.zeros((2, 2)), "expected scores (1, 1), a row for each input; found (2, 2)"),
        (np.array([[np.nan]]), "expected finite scores; found NaN or infinity"),
    ],
)
def test_a_function_that_predicts_nonsense_is_a_sentence(scores: NDArray[Any], said: str) -> None:
    with pytest.raises(DataError) as caught:
        Predict(lambda _: scores, "text", ("joy",))([Media(text="we")])
    assert str(caught.value) == f"{said}; correct the function that predicts"


def test_an_explanation_has_an_effect_for_each_part() -> None:
    with pytest.raises(DataError) as caught:
        Explanation(Unit.SECONDS, ((0, 1), (1, 2)), np.array([1.0, np.nan]), "joy", 0.5)
    assert str(caught.value) == (
        "expected a finite effect for each of 2 parts; found (2,), 1 of them finite; correct the explainer"
    )


def test_settings_that_are_no_use_are_a_sentence() -> None:
    with pytest.raises(DataError) as caught:
        lime.Config(width=0)
    assert str(caught.value).startswith("expected numbers above zero; found most 64, copies 512, width 0, ridge 0.0001")


# ---- faithful --------------------------------------------------------------------------------------------------------


def test_the_areas_of_a_sum_are_those_of_its_ordered_weights() -> None:
    media = Media(text="we won the joy lost")
    predict = predict_by("text", weighed)
    found = occlusion.explain(occlusion.Config(), predict, media)
    check = faithful(found, predict, media, np.random.default_rng(0), orders=400)
    whole, falling = 0.5 + 0.6, np.array([0.4, 0.3, 0.1, 0.0, -0.2])
    curve = whole - np.concatenate([[0], np.cumsum(falling)])
    back = 0.5 + np.concatenate([[0], np.cumsum(falling)])
    assert check.deletion == pytest.approx(((curve[1:] + curve[:-1]) / 2).mean())
    assert check.insertion == pytest.approx(((back[1:] + back[:-1]) / 2).mean())
    # in a random order each part is gone half of the time
    assert check.random_deletion == pytest.approx(0.5 + 0.6 / 2, abs=0.02)
    assert check.random_insertion == pytest.approx(0.5 + 0.6 / 2, abs=0.02)
    assert check.deletion_gain == check.random_deletion - check.deletion > 0.1
    assert check.insertion_gain == check.insertion - check.random_insertion > 0.1


def test_an_explanation_upside_down_is_worse_than_chance() -> None:
    media, predict = Media(text="we won the joy lost"), predict_by("text", weighed)
    right = occlusion.explain(occlusion.Config(), predict, media)
    wrong = Explanation(right.unit, right.parts, -right.effect, right.label, right.score)
    check = faithful(wrong, predict, media, np.random.default_rng(0))
    assert check.deletion_gain < 0
    assert check.insertion_gain < 0
    again = faithful(wrong, predict, media, np.random.default_rng(0))
    assert again == check


def test_a_curve_of_many_parts_is_asked_for_at_a_few_points() -> None:
    asked: list[str] = []

    def score(media: Media) -> float:
        asked.append(str(media.text))
        return 0.0

    media = Media(text=" ".join(["we"] * 60))
    told = Explanation(Unit.CHARACTERS, cut("text", media).parts, np.arange(60.0), "joy", 0.0)
    faithful(told, predict_by("text", score), media, np.random.default_rng(0), orders=1, steps=4)
    assert sorted(map(len, asked)) == sorted([179, 143, 107, 71, 35, 1] * 4)


def test_a_check_of_another_label_or_form_is_a_sentence() -> None:
    media, predict, rng = Media(text="we won"), predict_by("text", weighed), np.random.default_rng(0)
    told = occlusion.explain(occlusion.Config(), predict, media)
    with pytest.raises(UnknownName, match="expected the name of a label; found 'fear'; choose one of joy"):
        faithful(Explanation(told.unit, told.parts, told.effect, "fear", 0.5), predict, media, rng)
    with pytest.raises(DataError, match="expected an explanation in characters; found s; give the media that was"):
        faithful(Explanation(Unit.SECONDS, told.parts, told.effect, "joy", 0.5), predict, media, rng)
    with pytest.raises(DataError, match="expected at least one random order and one step; found 0 and 16"):
        faithful(told, predict, media, rng, orders=0)


# ---- heat ------------------------------------------------------------------------------------------------------------


def test_heat_lies_where_the_effect_is_in_colours_that_everybody_tells_apart() -> None:
    picture = np.full((40, 40, 3), 128, np.uint8)
    cells = of_picture.parts(picture, None, 4)
    told = Explanation(Unit.PIXELS, cells, np.array([0.4, 0.0, 0.0, -0.2]), "joy", 0.8)
    page = _heat.draw(picture, told).astype(int)
    side = (page.shape[1] - 60) // 2
    left, top = page.shape[1] - 20 - side, 74
    corners = [page[top + y, left + x] for y in (20, side - 20) for x in (20, side - 20)]
    strongest, nothing, also_nothing, against = corners
    assert strongest[0] - strongest[2] > 120  # orange
    assert 30 < against[2] - against[0] < 130  # blue, of half the strength
    assert (nothing == nothing[0]).all()
    assert (nothing == also_nothing).all()
    assert (page.min((0, 1)) < 80).all()  # what is written


def test_no_effect_at_all_is_drawn_too() -> None:
    picture = face.read(face.toy(np.random.default_rng(0)))
    told = Explanation(Unit.PIXELS, of_picture.parts(picture, None, 9), np.zeros(9), "joy", 0.8)
    assert _heat.draw(picture, told).dtype == np.uint8


# ---- the command -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toys.pack(tmp_path_factory.mktemp("explain") / "toy.affect")


def run(*arguments: object) -> Any:
    return CliRunner().invoke(cli.build(), ["explain", *map(str, arguments)])


def test_json_says_what_covering_each_word_does_to_the_prediction(toy: Path) -> None:
    result = run("we joy, the!", "--bundle", toy, "--json", "--threads", 1)
    assert result.exit_code == 0, result.output
    (told,) = json.loads(result.stdout)
    assert (told["label"], told["unit"], told["text"]) == ("joy", "characters", "we joy, the!")
    assert (told["id"], told["bundle"], told["explainer"]) == ("text#1", "toy@3", "occlusion")
    spans = [told["text"][slice(*part["at"])] for part in told["parts"]]
    assert spans == ["we", "joy", ",", "the", "!"]
    copies = ["we joy, the!", "joy, the!", "we , the!", "we joy the!", "we joy, !", "we joy, the"]
    scores = [(one.tasks["goemotions"].scores or {})["joy"] for one in affectkit.predict(copies, toy)]
    assert told["score"] == scores[0]
    assert [part["effect"] for part in told["parts"]] == pytest.approx([scores[0] - score for score in scores[1:]])
    assert max(told["parts"], key=lambda part: part["effect"])["at"] == [3, 6]


def test_a_label_of_another_task_is_explained_in_that_task(toy: Path) -> None:
    result = run("we joy", "--bundle", toy, "--label", "valence", "--json", "--by", "lime")
    (told,) = json.loads(result.stdout)
    assert told["label"] == "valence"
    (whole,) = affectkit.predict(["we joy"], toy)
    assert told["score"] == (whole.tasks["vad"].values or {})["valence"]


def test_words_are_plain_where_there_is_no_terminal_and_coloured_where_there_is(
    toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = run("we won joy", "--bundle", toy).stdout
    assert "\x1b" not in plain
    assert [line.split()[-1] for line in plain.splitlines()[3:]] == ["words", "we", "won", "joy"]
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-256color")
    coloured = run("we won joy", "--bundle", toy).stdout
    assert "48;2;" in coloured
    assert "━━━━━━━━" in coloured
    assert "+ speaks for joy, - against it" in coloured


def test_the_check_says_how_much_better_than_chance(toy: Path) -> None:
    given = ["we joy the a", "sadness is this", "the a not love"]
    result = run(*given, "--bundle", toy, "--check", "--json")
    told = json.loads(result.stdout)
    each = [one["check"] for one in told["explanations"]]
    for what in ("deletion", "insertion"):
        mean = np.mean([one[f"{what}_gain"] for one in each])
        gain = told["check"][what]["gain"]
        assert gain["value"] == pytest.approx(mean)
        assert min(one[f"{what}_gain"] for one in each) <= gain["low"] <= mean <= gain["high"]
        assert gain["value"] > 0
    lines = run(*given, "--bundle", toy, "--check").stdout.splitlines()
    assert lines[-1] == "3 inputs; above 0 the explanation names the right parts better than chance"
    assert lines[1].split()[0] == "deletion"
    assert " to " in lines[1]
    alone = run(given[0], "--bundle", toy, "--check").stdout.splitlines()
    assert alone[-1].startswith("1 input;")
    assert " to " not in alone[1]  # of one input there is no interval


def test_a_sound_is_explained_by_its_stretches(tmp_path: Path) -> None:
    bundle = voices.pack(tmp_path / "voices.affect")
    voices.write(tmp_path / "a.wav", voices.voice(2.0, 1.0))
    result = run(tmp_path / "a.wav", "--bundle", bundle, "--json", "--parts", 4)
    assert result.exit_code == 0, result.output
    (told,) = json.loads(result.stdout)
    assert told["unit"] == "s"
    assert [part["at"] for part in told["parts"]] == [[0, 0.5], [0.5, 1], [1, 1.5], [1.5, 2]]
    plain = run(tmp_path / "a.wav", "--bundle", bundle, "--parts", 4).stdout.splitlines()
    assert plain[3].split() == ["effect", "start_s", "end_s"]
    assert len(plain) == 8


def test_of_copies_in_which_nothing_is_left_no_label_has_a_score(tmp_path: Path) -> None:
    bundle = affectkit.load(voices.pack(tmp_path / "voices.affect"))
    predict = explained.predict_of(bundle)
    quiet = Media(array=np.zeros(32_000, np.float32))
    assert not predict([quiet]).any()
    with pytest.raises(InputError, match="expected a copy that can be read; found expected a sound"):
        predict([Media(text="no sound")])


def test_bad_items_are_told_and_the_others_go_on(toy: Path, tmp_path: Path) -> None:
    (tmp_path / "some.csv").write_text("text\nwe won\n \njoy\n", encoding="utf-8")
    result = run(tmp_path / "some.csv", "--bundle", toy, "--json")
    assert result.exit_code == 3
    assert len(json.loads(result.stdout)) == 2
    assert "some.csv#2: expected a text with a character that is not white space; found an empty one" in result.stderr
    assert run("  ", "--bundle", toy).exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--label", "joyy"), "expected the name of a label of the bundle; found 'joyy'; did you mean joy?"),
        (("--by", "shadow"), "found 'shadow'; choose one of lime, occlusion"),
        (("--to", "heat.jpg"), "expected a file for --to that ends in .png; found heat.jpg; rename it"),
        (("--to", "no/where.png"), "found no folder no; make the folder or correct the name"),
        (("--to", "heat.png"), "expected a picture for --to; found an explanation in characters; use --json"),
    ],
)
def test_wrong_usage_is_a_sentence(
    arguments: tuple[str, ...], said: str, toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("we won", "--bundle", toy, *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_picture_is_drawn_beside_its_file_and_never_over_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    media = face.toy(np.random.default_rng(0))
    Image.fromarray(face.read(media)).save(tmp_path / "a.png")
    media = Media(path=str(tmp_path / "a.png"))
    predict = predict_by("face", lambda one: float(face.read(one)[36:, 16:32].std() / 128))
    told = occlusion.explain(occlusion.Config(), predict, media)
    best = told.parts[int(told.order[0])]
    assert best[1] >= 30
    assert 12 <= best[0] <= 30
    found = explained.Explained(Item("a.png", "a.png", media), face.read(media), told, "occlusion", "face@1")
    explained.draw(found, tmp_path / "heat.png")
    with Image.open(tmp_path / "heat.png") as drawn:
        assert drawn.size[0] >= 800
    with pytest.raises(affectkit.AffectError, match="expected an output beside the input"):
        explained.draw(found, tmp_path / "a.png")
    explained.tell(found)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["effect", "left", "top", "right", "bottom"]
    assert [float(side) for side in lines[2].split()[1:]] == list(best)


class Leaning(portraits.Finder):
    """Says of each face that its eyes do not lie level."""

    def find(self, picture: portraits.Picture) -> list[Face]:
        found = []
        for one in super().find(picture):
            left, top, right, bottom = one.box
            x, y, wide = (left + right) / 2, (top + bottom) / 2, right - left
            found.append(Face(one.box, one.score, ((x - wide / 4, y - wide / 8), (x + wide / 4, y + wide / 8))))
        return found


def test_the_largest_face_is_explained_as_it_was_predicted_in_pixels_of_the_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portraits, "Finder", Leaning)
    portraits.known(monkeypatch)
    drawn = portraits.picture([(portraits.RED, 60, 60, 40), (portraits.GREEN, 160, 60, 90)])
    drawn[:50, 185:] = 0  # in the corner of its box, and no longer there once it is level
    Image.fromarray(drawn).save(tmp_path / "two.png")
    bundle = portraits.pack(tmp_path / "portraits.affect")
    _, large = affectkit.predict(str(tmp_path / "two.png"), bundle)
    assert large.track is not None and large.track.box is not None
    scores = large.tasks["face"].scores or {}
    (told,) = json.loads(run(tmp_path / "two.png", "--bundle", bundle, "--json").stdout)
    assert told["score"] == scores["happiness"]
    assert told["track"] == large.track.to_json() and told["track"]["id"] == 2 and told["track"]["detected"]
    box = large.track.box
    plain = affectkit.predict(Media(path=str(tmp_path / "two.png"), box=box), bundle)[0].tasks["face"].scores or {}
    assert abs(plain["happiness"] - scores["happiness"]) > 0.005  # what is not brought level is another picture
    cells = np.array([part["at"] for part in told["parts"]])
    assert (cells[:, :2].min(0) <= box[:2]).all() and (cells[:, 2:].max(0) >= box[2:]).all()
    assert (cells[:, :2].min(0) >= np.subtract(box[:2], 40)).all() and (cells[:, 2:].max(0) <= (240, 120)).all()
    best = max(told["parts"], key=lambda part: part["effect"])["at"]
    assert (drawn[best[1] : best[3], best[0] : best[2]] == portraits.GREEN).all(2).any()
    left, top, right, bottom = box
    said = run(tmp_path / "two.png", "--bundle", bundle).stdout
    where = f"face 2, from {left}, {top} to {right}, {bottom} px"
    assert f"Of the 2 found in the picture the largest is explained: {where}." in said
    assert f"face 2 at {left}, {top} to {right}, {bottom}  happiness" in said


def test_a_small_face_in_a_corner_is_explained_as_it_was_predicted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the network reads more pixels than there are around the face: what is there is not a face that was cut out already
    monkeypatch.setattr(portraits, "SIDE", 48)
    portraits.known(monkeypatch)
    drawn = np.full((220, 200, 3), portraits.GREY, np.uint8)
    drawn[192:216, 4:26] = portraits.GREEN
    Image.fromarray(drawn).save(tmp_path / "corner.png")
    bundle = portraits.pack(tmp_path / "portraits.affect", picture={"margin": 0.25})
    (whole,) = affectkit.predict(str(tmp_path / "corner.png"), bundle)
    assert whole.track is not None and whole.track.box == (4, 192, 26, 216)
    left, top, right, bottom = whole.track.box
    (told,) = json.loads(run(tmp_path / "corner.png", "--bundle", bundle, "--json").stdout)
    assert told["score"] == (whole.tasks["face"].scores or {})[told["label"]]
    cells = np.array([part["at"] for part in told["parts"]])
    assert (cells[:, :2].min(0) <= (left, top)).all() and (cells[:, 2:].max(0) >= (right, bottom)).all()


def test_a_detector_finds_the_face_that_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    portraits.known(monkeypatch)
    bundle = portraits.pack(tmp_path / "portraits.affect", picture={"detector": {"name": "cascade", "whole": False}})
    drawn = portraits.picture([(portraits.RED, 60, 60, 40), (portraits.GREEN, 160, 60, 90)])
    Image.fromarray(drawn).save(tmp_path / "two.png")
    assert run(tmp_path / "two.png", "--bundle", bundle).exit_code == 1, "the cascade sees no face in a patch of colour"
    result = run(tmp_path / "two.png", "--bundle", bundle, "--detector", "drawn", "--json")
    assert result.exit_code == 0, result.output
    (told,) = json.loads(result.stdout)
    _, large = affectkit.predict(str(tmp_path / "two.png"), bundle, detector="drawn")
    assert large.track is not None and told["track"] == large.track.to_json()
    assert told["score"] == (large.tasks["face"].scores or {})["happiness"]
    text = toys.pack(tmp_path / "text.affect")
    refused = run("joy", "--bundle", text, "--detector", "drawn")
    assert refused.exit_code == 2 and "expected a bundle that looks for faces, for --detector" in refused.stderr
    assert run("joy", "--bundle", f"{text},{bundle}", "--detector", "drawn").exit_code == 0
    assert run("joy", "--bundle", text, "--detector", "drawm").exit_code == 2


def test_places_of_a_picture_that_is_made_smaller_are_those_of_the_picture_itself() -> None:
    given = np.zeros((50, 100, 3), np.uint8)
    told = Explanation(Unit.PIXELS, ((0, 0, 50, 50), (50, 0, 100, 50)), np.zeros(2), "valence", 0.1)
    found = explained.Explained(Item("a", "a", Media(text="-")), given, told, "lime", "b@1", place=(10, 20, 210, 120))
    assert found.parts == ((10, 20, 110, 120), (110, 20, 210, 120))
    assert [part["at"] for part in found.to_json()["parts"]] == [[10, 20, 110, 120], [110, 20, 210, 120]]


def test_dimensions_that_follow_from_labels_can_be_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    portraits.known(monkeypatch)
    bundle = portraits.pack(tmp_path / "portraits.affect", dimensions_from={"task": "face", "to": "vad"})
    Image.fromarray(portraits.picture([(portraits.GREEN, 120, 60, 90)])).save(tmp_path / "one.png")
    (told,) = json.loads(run(tmp_path / "one.png", "--bundle", bundle, "--label", "valence", "--json").stdout)
    (whole,) = affectkit.predict(str(tmp_path / "one.png"), bundle)
    assert told["score"] == (whole.tasks["vad"].values or {})["valence"] > 0.2
    assert told["statements"][0]["text"] == f"The valence of the face is {told['score']:+.2f}."


def test_of_a_picture_without_a_face_one_sentence_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    portraits.known(monkeypatch)
    bundle = portraits.pack(tmp_path / "portraits.affect")
    for name in ("a.png", "b.png"):
        Image.fromarray(portraits.picture([])).save(tmp_path / name)
    none = run(tmp_path / "a.png", "--bundle", bundle)
    assert none.exit_code == 1
    (line,) = none.stderr.splitlines()
    assert f"a.png: expected a face in {tmp_path / 'a.png'}; found none; give a closer or larger picture" in line
    several = run(tmp_path / "a.png", tmp_path / "b.png", "--bundle", bundle, "--to", tmp_path / "h.png")
    assert several.exit_code == 2
    assert "expected one picture for --to; found several inputs; run the command once for each" in several.stderr
    assert "a.png" not in several.stderr  # nothing was tried


def test_a_large_picture_is_blurred_as_a_small_one_is() -> None:
    small = face.read(face.toy(np.random.default_rng(0)))
    large = np.asarray(Image.fromarray(small).resize((960, 960), Image.Resampling.BICUBIC))
    every = ~none_of(64)
    of_small, of_large = (np.asarray(cut("face", Media(array=one)).without(every).array) for one in (small, large))
    again = np.asarray(Image.fromarray(of_large).resize((48, 48), Image.Resampling.BOX))
    assert np.abs(again.astype(float) - of_small).mean() < 3
