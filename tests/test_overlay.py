"""Overlays: what is changed and what is not, words inside and apart from faces, contrast measured, files whole."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, features
from typer.testing import CliRunner

import portraits
import toys
from affectkit.app import cli, overlays
from affectkit.errors import DataError, UsageError
from affectkit.modalities import face
from affectkit.prediction import Failure, Prediction, TaskPrediction, Track
from affectkit.report import overlay
from affectkit.sample import Media
from affectkit.task import Kind

GREY = 130


def plain(height: int, width: int) -> NDArray[np.uint8]:
    return np.full((height, width, 3), GREY, np.uint8)


def told(number: int = 1, box: Any = None, input: str = "x.png", abstain: bool = False, **values: float) -> Prediction:
    scores = {"happiness": 0.81, "neutral": 0.12}
    tasks = {
        "ferplus": TaskPrediction(
            "emotion", "ferplus", Kind.DISTRIBUTION, scores=scores, labels=("happiness",), confidence=0.83,
            abstain=abstain,
        )
    }  # fmt: skip
    if values:
        tasks["vad"] = TaskPrediction("dimensions", "vad", Kind.CONTINUOUS, values=values)
    return Prediction(f"{input}#face-{number}", input, tasks, track=box and Track("face", number, box))


def is_plate(drawn: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return np.asarray((drawn == overlay.PLATE).all(2))


def luminance(colour: Any) -> float:
    """Relative luminance as WCAG 2.1 defines it."""
    c = np.asarray(colour) / 255
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(a: Any, b: Any) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


# ---- what is drawn ---------------------------------------------------------------------------------------------------


def test_the_edge_of_a_box_is_coloured_its_inside_and_the_far_corners_are_not() -> None:
    picture = plain(600, 800)
    drawn = overlay.draw(picture, [told(1, (300, 250, 420, 400))])
    assert (picture == GREY).all()  # the picture itself is left alone
    for y, x in ((250, 360), (399, 360), (325, 300), (325, 419)):
        assert tuple(drawn[y, x]) == overlay.COLOURS[0]
    assert (drawn[280:370, 330:390] == GREY).all()
    for corner in (drawn[:100, :100], drawn[:100, -100:], drawn[-100:, :100], drawn[-100:, -100:]):
        assert (corner == GREY).all()


def test_words_have_contrast_as_drawn_and_so_has_the_line_with_its_black_edges() -> None:
    drawn = overlay.draw(np.full((400, 600, 3), 60, np.uint8), [told(1, (200, 150, 300, 300))])
    rows, columns = np.nonzero(is_plate(drawn))
    plate = drawn[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].reshape(-1, 3)
    legible = np.mean([contrast(pixel, overlay.PLATE) >= 4.5 for pixel in plate])
    assert 0.03 < legible < 0.5  # letters: nothing else on the plate is bright
    assert contrast(overlay.INK, overlay.PLATE) >= 4.5
    for colour in overlay.COLOURS:
        assert contrast(colour, (0, 0, 0)) >= 3  # so that the two are seen on any ground
        assert contrast(colour, overlay.PLATE) >= 3


def test_what_is_not_sure_has_a_broken_line() -> None:
    box = (100, 150, 300, 350)
    whole, broken = (overlay.draw(plain(400, 600), [told(1, box, abstain=a)]) for a in (False, True))
    along = [(drawn[349, 100:300] == overlay.COLOURS[0]).all(1) for drawn in (whole, broken)]
    assert along[0].all()
    assert 0.3 < along[1].mean() < 0.7 and not (broken[349, 100:300] == GREY).all(1).any()


def test_plates_say_less_where_there_is_less_room() -> None:
    one = told(3, (0, 0, 10, 10), valence=0.6, arousal=-0.25)
    full, plainer, brief, name, bare = (level(one) for level in overlay._LEVELS)
    assert [row if isinstance(row, str) else (row.name, row.value) for row in full] == [
        *("3  happiness 0.81", "confidence 0.83", ("valence", 0.6), ("arousal", -0.25)),
    ]
    assert plainer == full  # it has no intervals that could be left out
    assert (brief, name, bare) == (["3  happiness 0.81"], ["3  happiness"], ["3"])
    unsure = told(3, (0, 0, 10, 10), abstain=True)
    assert [level(unsure)[0] for level in overlay._LEVELS[1:4]] == [
        *("3  not sure: happiness 0.81", "3  not sure: happiness 0.81", "3  not sure"),
    ]
    nothing = Prediction("x", "x", error=Failure("nothing", "expected a face; found none; take another"))
    assert overlay._all(nothing) == ["nothing to judge"]


def test_bars_begin_in_the_middle_and_end_at_the_value() -> None:
    look = overlay._look(400, 600, [])
    rows = overlay._all(told(1, None, valence=0.5, arousal=-1.0))[-2:]
    plate = overlay._plate(rows, look, (1, 2, 3))
    stripe, room, row = overlay._room(look)
    left, wide = stripe + room + overlay._start(look), overlay._BAR_LETTERS * look.text
    for i, (low, high) in enumerate(((0.5, 0.75), (0.0, 0.5))):  # shares of the bar: -1 is 0 and +1 is 1
        line = plate[round(room + row * (i + 0.5)) + 1, left : left + wide].mean(1) > 200
        filled = np.flatnonzero(line[2:-2]) + 2
        assert filled.min() == pytest.approx(max(low * wide, 2), abs=2)
        assert filled.max() == pytest.approx(high * wide, abs=2)


@given(
    st.integers(1, 900),
    st.integers(1, 900),
    st.lists(st.tuples(*[st.integers(-300, 1200)] * 4), max_size=4),
    st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_any_box_in_any_picture(height: int, width: int, boxes: list[Any], scene: bool) -> None:
    shown = [told(i + 1, (min(a, c), min(b, d), max(a, c), max(b, d))) for i, (a, b, c, d) in enumerate(boxes)]
    drawn = overlay.draw(plain(height, width), [*shown, *([told(9)] if scene else [])])
    by = overlay.factor(height, width)
    assert drawn.shape == (by * height, by * width, 3) and drawn.dtype == np.uint8
    assert max(drawn.shape) >= 320 and (by == 1 or (by - 1) * max(height, width) < 320)
    assert (drawn == GREY).all() == (not shown and not scene)


@pytest.mark.parametrize("box", [(0, 0, 90, 110), (710, 0, 800, 110), (0, 490, 90, 600), (710, 490, 800, 600)])
def test_a_face_at_a_border_keeps_its_whole_plate_in_the_picture(box: Any) -> None:
    look = overlay._look(600, 800, [box])
    rows = overlay._all(told(1, box, valence=0.1, arousal=0.2))
    size = overlay._size(rows, look)
    laid = overlay._place(rows, box, overlay._Faces.of([box]), [], look, (600, 800))
    x, y, right, bottom = laid.box
    assert (right - x, bottom - y) == (size[1], size[0]) and min(x, y) >= 0 and right <= 800 and bottom <= 600
    assert laid.covered == laid.edges == 0
    drawn = overlay.draw(plain(600, 800), [told(1, box, valence=0.1, arousal=0.2)])
    stripe = size[1] - overlay._room(look)[0]
    assert is_plate(drawn)[y : y + size[0], x : x + size[1]].sum() > 0.6 * size[0] * stripe


def test_plates_cover_no_other_face_where_there_is_room() -> None:
    boxes = [(x, y, x + 70, y + 90) for y in (40, 300, 560) for x in (20, 280, 540, 800)]
    drawn = overlay.draw(plain(700, 1000), [told(i + 1, box) for i, box in enumerate(boxes)])
    for left, top, right, bottom in boxes:
        assert (drawn[top + 6 : bottom - 6, left + 6 : right - 6] == GREY).all()


def hidden(drawn: NDArray[np.uint8], box: tuple[int, int, int, int]) -> bool:
    """Whether something lies between the brows and the mouth of a face, inside its line."""
    left, top, right, bottom = box
    high = bottom - top
    return bool((drawn[top + round(0.22 * high) : bottom - round(0.12 * high), left + 8 : right - 8] != GREY).any())


@pytest.mark.parametrize(
    ("shape", "boxes"),
    [
        ((600, 2048), [(x, 105, x + 225, 330) for x in (150, 640, 1170, 1690)]),
        ((200, 400), [(46, 50, 156, 158), (249, 50, 355, 158)]),
        ((256, 384), [(x, y, x + 97, y + 97) for y in (19, 149) for x in (16, 144, 273)]),
        ((400, 400), [(4, 4, 396, 396)]),
        ((300, 500), [(0, 0, 150, 150)]),
    ],
)
def test_no_plate_hides_eyes_or_mouth_its_own_face_no_more_than_another(
    shape: tuple[int, int], boxes: list[tuple[int, int, int, int]]
) -> None:
    shown = [told(i + 1, box, valence=0.1, arousal=0.2) for i, box in enumerate(boxes)]
    drawn = overlay.draw(plain(*shape), shown)
    assert not [box for box in boxes if hidden(drawn, box)]
    assert is_plate(drawn).any()


def test_the_plates_of_a_crowd_say_alike_at_one_side_of_their_boxes() -> None:
    boxes = [(x, y, x + 70, y + 70) for y in range(100, 800, 170) for x in range(40, 1500, 160)]
    shown = [told(i + 1, box, valence=0.1) for i, box in enumerate(boxes)]
    look = overlay._look(900, 1600, boxes)
    laid = overlay._crowd(shown, boxes, overlay._Faces.of(boxes), look, (900, 1600))
    assert [one.rows for one in laid] == [[f"{i + 1}  happiness 0.81"] for i in range(len(boxes))]
    assert {(one.box[0] - box[0], one.box[3] - box[1]) for one, box in zip(laid, boxes, strict=True)} == {(0, 0)}
    assert overlay._crowd(shown[:8], boxes[:8], overlay._Faces.of(boxes[:8]), look, (900, 1600)) == []


def test_where_a_crowd_has_numbers_alone_colours_are_labels_and_a_strip_says_which() -> None:
    boxes = [(x, y, x + 36, y + 36) for y in range(2, 380, 38) for x in range(2, 380, 38)]
    names = [("fear", "anger", "anger")[i % 3] for i in range(len(boxes))]
    tasks = {n: TaskPrediction("emotion", "ekman", Kind.SINGLE, scores={n: 0.9}, labels=(n,)) for n in set(names)}
    shown = [
        Prediction("x", "x", {"e": tasks[name]}, track=Track("face", i + 1, box))
        for i, (name, box) in enumerate(zip(names, boxes, strict=True))
    ]
    drawn = overlay.draw(plain(382, 382), shown)
    strip = drawn[382:]
    assert strip.shape[0] > 12
    for name, colour in zip(("anger", "fear"), overlay.COLOURS[:2], strict=True):  # the most frequent one first
        its = [box for box, other in zip(boxes, names, strict=True) if other == name]
        assert all(tuple(drawn[(top + bottom) // 2 + 4, right - 1]) == colour for _, top, right, bottom in its)
        assert (strip == colour).all(2).sum() > 50
    assert not (strip == overlay.COLOURS[2]).all(2).any()
    frame = overlay.draw(plain(382, 382), shown, legend=False)
    assert frame.shape == (382, 382, 3)
    assert tuple(frame[boxes[50][3] - 14, boxes[50][2] - 1]) == overlay.COLOURS[50 % 8]
    assert overlay._key([str(i) for i in range(9)]) == {
        **{str(i): overlay.COLOURS[i] for i in range(7)},
        "other labels": overlay.COLOURS[7],
    }
    many = overlay._key(["others", *(str(i) for i in range(9))])  # a label may be called so
    assert many["others"] == overlay.COLOURS[0] and many["other labels"] == overlay.COLOURS[7] and len(many) == 8


def test_an_interval_is_grey_in_its_bar_and_stands_in_figures_where_there_is_room() -> None:
    vad = TaskPrediction(
        "dimensions", "vad", Kind.CONTINUOUS, values={"valence": 0.5}, low={"valence": 0.0}, high={"valence": 1.0}
    )
    rows = overlay._all(Prediction("x", "x", {"vad": vad}))
    (bar,) = rows
    assert isinstance(bar, overlay._Bar)
    assert overlay._figures(bar) == "+0.50  90 %: +0.00 to +1.00"
    assert [overlay._figures(row) for row in overlay._without_spans(Prediction("x", "x", {"vad": vad}))] == ["+0.50"]  # type: ignore[arg-type]
    look = overlay._look(400, 600, [])
    plate = overlay._plate(rows, look, (1, 2, 3))
    stripe, room, row = overlay._room(look)
    left, wide = stripe + room + overlay._start(look), overlay._BAR_LETTERS * look.text
    grey = np.flatnonzero((plate[round(room + row / 2) + 1, left : left + wide] == overlay._GREY).all(1))
    assert (grey.min(), grey.max()) == pytest.approx((0.75 * wide, wide), abs=3)  # up to the middle the value is white


@pytest.mark.parametrize(("columns", "rows", "side"), [(20, 10, 60), (30, 20, 34)])
def test_hundreds_of_faces_are_quick_and_each_has_its_number(columns: int, rows: int, side: int) -> None:
    boxes = [(20 + x * 1880 // columns, 30 + y * 1040 // rows) for y in range(rows) for x in range(columns)]
    shown = [told(i + 1, (x, y, x + side, y + side * 5 // 4)) for i, (x, y) in enumerate(boxes)]
    start = time.perf_counter()
    drawn = overlay.draw(plain(1080, 1920), shown)
    assert time.perf_counter() - start < 3
    plates = is_plate(drawn)
    assert all(plates[max(y - side, 0) : y + 2 * side, max(x - side, 0) : x + 2 * side].any() for x, y in boxes)


def test_what_rectangles_share_is_counted_in_pixels() -> None:
    rng = np.random.default_rng(0)
    spans, boxes = (
        np.hstack([low, low + rng.integers(1, 30, (n, 2))]) for n in (7, 9) for low in [rng.integers(0, 40, (n, 2))]
    )
    ground = np.zeros((9, 80, 80), int)
    for one, (left, top, right, bottom) in zip(ground, boxes.tolist(), strict=True):
        one[top:bottom, left:right] = 1
    shared = [ground[:, top:bottom, left:right].sum() for left, top, right, bottom in spans.tolist()]
    assert overlay._overlap(spans, boxes).tolist() == shared
    assert overlay._overlap(spans, boxes[:0]).tolist() == [0] * 7


@pytest.mark.parametrize("side", [48, 500, 4000])
def test_words_grow_with_the_picture(side: int) -> None:
    drawn = overlay.draw(plain(side, side), [told(1, (side // 4, side // 4, side // 2, side // 2))])
    rows = np.flatnonzero(is_plate(drawn).any(1))
    assert len(rows) >= 2 * 12 and len(rows) / drawn.shape[0] >= 2 / 90


def test_what_failed_is_not_drawn_and_no_picture_is_said_to_be_none() -> None:
    failed = Prediction("x", "x", error=Failure("input", "expected a; found b; c"))
    assert (overlay.draw(plain(400, 400), [failed]) == GREY).all()
    message = r"expected a picture to draw in, uint8 \(h, w, 3\); found float64 \(4, 4\); read it by a modality"
    with pytest.raises(DataError, match=message):
        overlay.draw(np.zeros((4, 4)), [])


# ---- files -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(7)
    for name in ("a.png", "b.jpg", "c.gif", "more/a.png"):
        Path(name).parent.mkdir(exist_ok=True)
        array = face.toy(rng).array
        assert array is not None
        Image.fromarray(np.asarray(array)).resize((400, 400)).save(name)
    return tmp_path


BOX = (100, 100, 300, 300)


def items(*names: str) -> list[overlays.Told]:
    return [(told(1, BOX, name), told(2, (0, 0, 60, 60), name)) for name in names]


def test_several_pictures_go_to_a_folder_under_their_own_names(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["a.png", "b.jpg", "c.gif", "more/a.png"]
    drawn = overlays.Overlays(Path("out"), [Path(n) for n in names])
    passed = list(drawn.keep([*items(*names), (told(1, None, "only a text.png"),), (told(1, None, "x" * 5000),)]))
    assert len(passed) == 6 and passed[0] == items("a.png")[0]
    assert sorted(p.name for p in (folder / "out").iterdir()) == ["a.png", "b.jpg", "c.gif.png", "more-a.png"]
    with Image.open("out/b.jpg") as made, Image.open("out/c.gif.png") as other:
        assert (made.format, other.format) == ("JPEG", "PNG")
    expected = overlay.draw(face.read(Media(path="a.png")), items("a.png")[0])
    np.testing.assert_array_equal(face.read(Media(path="out/a.png")), expected)
    assert capsys.readouterr().err == "affectkit: 4 inputs drawn in out\n"


def test_faces_of_one_picture_that_come_one_by_one_are_drawn_together(folder: Path) -> None:
    one, two = items("a.png")[0]
    list(overlays.Overlays(Path("one.png"), [Path("a.png")]).keep([(one,), (two,)]))
    expected = overlay.draw(face.read(Media(path="a.png")), (one, two))
    np.testing.assert_array_equal(face.read(Media(path="one.png")), expected)


def test_what_is_turned_by_its_exif_is_drawn_as_it_is_shown(folder: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(plain(200, 400)).save("turned.jpg", exif=exif)
    overlays.write([told(1, (10, 150, 110, 250), "turned.jpg")], Path("turned.jpg"), Path("t.png"))
    assert face.read(Media(path="t.png")).shape == (400, 200, 3)


@pytest.mark.parametrize(
    ("out", "files", "message"),
    [
        ("o.png", ["a.png", "b.jpg"], "expected one input for one file; found 2 for o.png; name a folder"),
        ("a.png", ["a.png"], "expected an overlay beside the input; found a.png for both"),
        (".", ["a.png"], "expected an overlay beside the input; found a.png for both"),
        ("more", ["a.png", "more/a.png"], "expected an overlay beside the input; found more/a.png for both"),
        ("o.gif", ["a.png"], r"expected a folder, or a file that ends in .png, .jpg, .jpeg, .mp4; found o.gif"),
        ("o.svg", ["a.png"], r"found o.svg; choose another name, or make the folder first"),
    ],
)
def test_places_that_cannot_be(folder: Path, out: str, files: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        overlays.Overlays(Path(out), [Path(f) for f in files])


def test_a_second_picture_of_a_table_does_not_take_the_place_of_the_first(folder: Path) -> None:
    drawn = overlays.Overlays(Path("o.png"), [Path("list.csv")])
    with pytest.raises(UsageError, match=r"found 2 for o.png; name a folder"):
        list(drawn.keep(items("a.png", "b.jpg")))
    np.testing.assert_array_equal(
        face.read(Media(path="o.png")), overlay.draw(face.read(Media(path="a.png")), items("a.png")[0])
    )


def test_a_suffix_that_is_not_written_is_said(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"expected a picture that ends in .png, .jpg, .jpeg; found o.bmp"):
        overlays.write([], Path("a.png"), Path("o.bmp"))
    assert not Path("o.bmp").exists()


def test_the_command_line_draws_what_it_predicts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    portraits.known(monkeypatch)
    bundle = portraits.pack(folder / "portraits.affect")
    shown = {
        "p.png": portraits.picture([(portraits.GREEN, 60, 60, 40), (portraits.RED, 180, 60, 50)]),
        "q.png": portraits.picture([(portraits.BLUE, 120, 60, 60)]),
    }
    for name, picture in shown.items():
        Image.fromarray(picture).save(name)
    arguments = ["predict", *shown, "a.txt", "--bundle", str(bundle), "--jsonl", "--overlay", "drawn"]
    Path("a.txt").write_text("only a text\n", encoding="utf-8")
    done = CliRunner().invoke(cli.build(), arguments)
    assert "2 inputs drawn in drawn" in done.stderr
    found = [Prediction.from_json(json.loads(line)) for line in done.stdout.splitlines()]
    for name, picture in shown.items():
        its = [one for one in found if one.input == name]
        assert its and all(one.track and one.track.box for one in its)
        np.testing.assert_array_equal(face.read(Media(path=f"drawn/{name}")), overlay.draw(picture, its))
        assert (face.read(Media(path=name)) == picture).all()
    assert sorted(p.name for p in Path("drawn").iterdir()) == ["p.png", "q.png"]


def test_what_may_be_readable_is_drawn_where_it_was_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not features.check("avif"):
        pytest.skip("Pillow is built without AVIF")
    portraits.known(monkeypatch)
    bundle = portraits.pack(folder / "portraits.affect")
    Image.fromarray(portraits.picture([(portraits.GREEN, 60, 60, 40)])).save("p.avif", quality=100)
    Path("no.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>', encoding="utf-8")
    arguments = ["predict", "p.avif", "no.svg", "--bundle", str(bundle), "--jsonl", "--overlay"]
    for out, made in (("o.png", "o.png"), ("drawn", "drawn/p.avif.png")):
        done = CliRunner().invoke(cli.build(), [*arguments, out])
        assert done.exit_code == 3 and "affectkit: 1 input drawn" in done.stderr
        told, _ = (Prediction.from_json(json.loads(line)) for line in done.stdout.splitlines())
        expected = overlay.draw(face.read(Media(path="p.avif")), [told])
        np.testing.assert_array_equal(face.read(Media(path=made)), expected)


def test_the_command_line_says_when_there_is_no_picture(folder: Path) -> None:
    bundle = toys.pack(folder / "toy.affect")
    said = CliRunner().invoke(cli.build(), ["predict", "joy", "--bundle", str(bundle), "--json", "--overlay", "o.png"])
    assert said.exit_code == 0
    assert "affectkit: no picture or video among the inputs, nothing drawn in o.png" in said.stderr
    arguments = ["predict", "a.png", "b.jpg", "--bundle", str(bundle), "--overlay", "o.png"]
    refused = CliRunner().invoke(cli.build(), arguments)
    assert refused.exit_code == 2
    said_why = " ".join(refused.stderr.split())
    assert "expected one input for one file; found 2 for o.png; name a folder: --overlay drawn" in said_why
