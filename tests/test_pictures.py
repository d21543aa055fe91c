"""Faces from picture and video to prediction, on a toy that knows colours, and through the command line."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import affectkit
import portraits
import toys
import voices
import yunets
from affectkit.app import cli, table
from affectkit.app.commands import predict
from affectkit.detect import Face, _crop
from affectkit.errors import BundleError, UsageError
from affectkit.formats import csv as csv_format
from affectkit.formats import jsonl
from affectkit.prediction import Prediction
from affectkit.runtime import bundle, pictures
from affectkit.runtime.options import Options
from affectkit.runtime.predict import Predictor
from affectkit.sample import Media
from portraits import BLUE, GREEN, NAMES, RATE_HZ, RED, SAID


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    portraits.known(monkeypatch)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def made(**changes: Any) -> Predictor:
    return Predictor(bundle.Bundle(portraits.card(**changes), portraits.model()), 1)


@pytest.fixture
def toy() -> Predictor:
    return made()


def write(path: Path, picture: np.ndarray) -> Path:
    Image.fromarray(picture).save(path)
    return path


def labels(found: list[Prediction]) -> list[str]:
    return [one.tasks["face"].labels[0] for one in found]


def scores(found: Prediction) -> list[float]:
    return list((found.tasks["face"].scores or {}).values())


def crop(picture: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
    return _crop.cut(picture, Face(box), portraits.SIDE, 0.0)


THREE = [(GREEN, 40, 60, 40), (RED, 200, 50, 60), (BLUE, 110, 80, 24)]


# ---- pictures --------------------------------------------------------------------------------------------------------


def test_faces_of_a_picture_are_told_left_to_right(toy: Predictor) -> None:
    picture = portraits.picture(THREE)
    write(Path("photo.png"), picture)
    found = toy.predict("photo.png")
    assert [one.id for one in found] == [f"photo.png#face-{n}" for n in (1, 2, 3)]
    assert labels(found) == ["happiness", "sadness", "anger"]
    boxes = [one.track.box for one in found if one.track]
    assert [b[0] for b in boxes if b] == sorted(b[0] for b in boxes if b)
    for one, (_, x, y, tall) in zip(found, sorted(THREE, key=lambda face: face[1]), strict=True):
        assert one.track is not None and one.track.box is not None and one.track.kind == "face"
        wanted = (x - 0.4 * tall, y - tall / 2, x + 0.4 * tall, y + tall / 2)
        assert one.track.box == pytest.approx(wanted, abs=1.5) and {type(v) for v in one.track.box} == {int}
        assert scores(one) == pytest.approx(portraits.scores(crop(picture, one.track.box)), abs=1e-5)
        assert (one.start_s, one.end_s, one.input, one.relative_to) == (None, None, "photo.png", None)
        assert (one.bundles, one.modalities.used) == (("portraits@1",), ("face",))
    assert toy.predict("photo.png", segments=True) == found


def test_without_a_detector_a_picture_is_one_whole() -> None:
    picture = portraits.picture([(RED, 60, 60, 110)], 120, 120)
    (found,) = made(picture={"detector": None}).predict(Media(array=picture))
    assert (found.id, found.track, found.start_s) == ("media#1", None, None)
    assert scores(found) == pytest.approx(portraits.scores(crop(picture, (0, 0, 120, 120))), abs=1e-5)


def test_a_margin_is_kept_to() -> None:
    picture = portraits.picture(THREE)
    tight, wide = (made(picture={"margin": margin}).predict(Media(array=picture)) for margin in (0.0, 0.5))
    assert [one.track for one in wide] == [one.track for one in tight]
    assert all(scores(a)[0] > scores(b)[0] for a, b in zip(wide, tight, strict=True))  # more of the grey around it


def test_faces_are_numbered_row_by_row(toy: Predictor) -> None:
    # the middle row hangs by half a face, and its first face stands left of all above it
    rows = [[(70, 40), (130, 32), (200, 44)], [(30, 115), (110, 100), (190, 110)], [(50, 190), (150, 180)]]
    faces = [(RED, x, y, 50) for row in reversed(rows) for x, y in row]
    found = toy.predict(Media(array=portraits.picture(faces, 240, 240)))
    middles = [((b[0] + b[2]) / 2, (b[1] + b[3]) / 2) for one in found if one.track and (b := one.track.box)]
    np.testing.assert_allclose(middles, [place for row in rows for place in row], atol=1.5)


@pytest.mark.parametrize(
    ("boxes", "order"),
    [
        ([(40, 0, 70, 30), (0, 18, 30, 48)], [1, 0]),  # two fifths of the height are shared: one row
        ([(40, 0, 70, 30), (0, 19, 30, 49)], [0, 1]),  # less of it is: two rows
        ([(90, 0, 120, 30), (0, 30, 30, 60), (40, 15, 70, 45)], [1, 2, 0]),  # the third stands between the others
        ([(50, 0, 150, 100), (0, 60, 20, 80), (160, 10, 180, 30)], [1, 0, 2]),  # a large face beside small ones
        ([], []),
    ],
)
def test_a_row_goes_on_from_a_face_to_those_beside_it(boxes: list[Any], order: list[int]) -> None:
    faces = [Face(box) for box in boxes]
    assert pictures.in_rows(faces) == pictures.in_rows(faces[::-1]) == [faces[i] for i in order]


def grained(width: int, height: int) -> np.ndarray:
    picture = portraits.picture([], width, height)
    picture[::2] += 20
    return picture


def test_what_was_cut_out_already_is_the_face() -> None:
    picture = portraits.picture(THREE)
    (one,) = made().predict(Media(array=picture, box=(150, 10, 240, 110)))
    assert one.track is not None and one.track.box == (150, 10, 240, 110) and one.track.detected is None
    side = portraits.SIDE
    (small,) = made().predict(Media(array=grained(side, side)))  # no larger than what the network reads
    assert small.track is not None and small.track.box == (0, 0, side, side) and small.track.detected is None
    assert all(found.track and found.track.detected for found in made().predict(Media(array=picture)))
    for nothing in (portraits.picture([], side, side), grained(side, 4), grained(side + 1, side + 1), grained(1, 1)):
        (none,) = made().predict(Media(array=nothing))
        assert none.error is not None and none.error.kind == "nothing"


def test_a_row_tells_whether_a_face_was_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    cascade = made(picture={"detector": {"name": "cascade"}})
    told = {}
    for side in (16, 60):  # one is what the network reads, in the other a detector has looked
        path = write(Path(f"{side}.png"), grained(side, side))
        (one,) = cascade.predict(path)
        assert one.track is not None and one.track.box == (0, 0, side, side)
        told[one.track.detected] = "\n".join(line.plain for line in table.detail(one))
    assert list(told) == [None, False]
    assert "taken for one: none was detected" in told[False] and "taken for" not in told[None]

    class Unsure(portraits.Finder):
        def find(self, picture: np.ndarray) -> list[Face]:
            return [dataclasses.replace(face, score=None) for face in super().find(picture)]

    path = film("still.mp4", [[(RED, 120, 60, 56)]] * 5, rate_hz=5)
    for finder in (portraits.Finder, Unsure):
        monkeypatch.setattr(portraits, "Finder", finder)
        portraits.known(monkeypatch)
        (one,) = made().predict(path)
        assert one.track is not None and one.track.detected is (finder is not Unsure)


def test_a_row_tells_how_good_a_face_is_to_see(toy: Predictor) -> None:
    picture = portraits.picture(THREE)
    for one in toy.predict(Media(array=picture)):
        assert one.track is not None and one.track.box is not None and one.track.quality is not None
        left, top, right, bottom = one.track.box
        wanted = _crop.quality(picture[top:bottom, left:right], Face(one.track.box), picture.shape)
        assert one.track.quality == pytest.approx(wanted, abs=5e-4) and one.to_json()["track"]["quality"] > 0
    # of a video the mean over the frames, and of a segment over its own
    frames = [[(RED, 120, 60, 30 if i < 10 else 56)] for i in range(20)]
    path = str(film("grows.avi", frames, rate_hz=5))
    qualities = []
    for media in (Media(path=path), Media(path=path, start_s=0, end_s=2), Media(path=path, start_s=2, end_s=4)):
        (told,) = toy.predict(media)
        assert told.track is not None and told.track.quality is not None and told.track.detected
        qualities.append(told.track.quality)
    whole, first, last = qualities
    assert first < 0.9 * last and whole == pytest.approx((first + last) / 2, abs=0.03)


def test_an_array_is_a_picture(toy: Predictor) -> None:
    picture = portraits.picture(THREE)
    wanted = toy.predict(Media(array=picture))
    assert toy.predict(picture) == toy.predict([picture]) == wanted
    assert [one.id for one in toy.predict([picture, picture])][3] == "media#2#face-1"
    (unknown,) = affectkit.predict([picture])
    assert unknown.error is not None and unknown.error.message == (
        "expected a text or a file, to know what reads it; found an array; name a bundle, such as face"
    )
    (several,) = toy.predict(np.stack([picture, picture]))
    assert several.error is not None and several.error.message.endswith(
        "found uint8 (2, 120, 240, 3); scale it to 0..255"
    )
    (odd,) = toy.predict([[picture]])  # type: ignore[list-item]
    assert odd.error is not None and len(odd.error.message) < 200 and "found list [array(" in odd.error.message
    texts = affectkit.predict(np.array(["one.png", "two.png"]))
    assert [one.id for one in texts] == ["one.png", "two.png"], "an array of texts is several items"


def test_no_face_is_a_sentence_and_no_failure(toy: Predictor) -> None:
    write(Path("wall.png"), portraits.picture([]))
    (found,) = toy.predict("wall.png")
    assert found.error is not None and not found.failed
    assert (found.error.kind, found.error.message) == (
        "nothing",
        "expected a face in wall.png; found none; "
        "give a closer or larger picture, or take a bundle that reads whole pictures: --bundle photo",
    )


def test_many_faces_in_one_picture(toy: Predictor) -> None:
    many = [((RED, GREEN, BLUE)[(i + j) % 3], 12 + 20 * i, 12 + 22 * j, 18) for i in range(20) for j in range(10)]
    found = toy.predict(Media(array=portraits.picture(many, 410, 230)), batch_size=7)
    assert len(found) == 200 and [one.track.id for one in found if one.track] == list(range(1, 201))
    by_box = {one.track.box: one.tasks["face"].labels[0] for one in found if one.track}
    for colour, x, y, _ in many:
        (said,) = [s for b, s in by_box.items() if b and b[0] <= x <= b[2] and b[1] <= y <= b[3]]
        assert said == SAID[colour]


class Counted:
    """Counts the runs of a model."""

    def __init__(self, real: Any) -> None:
        self.real, self.heads, self.leading = real, real.heads, real.leading
        self.sizes: list[int] = []

    def run(self, padded: Any, lengths: Any) -> Any:
        self.sizes.append(len(padded))
        assert padded.dtype == np.uint8 and lengths.tolist() == [portraits.SIDE] * len(padded)
        return self.real.run(padded, lengths)


def test_faces_of_several_pictures_are_run_together(toy: Predictor) -> None:
    counted = Counted(toy._model)
    toy._model = counted  # type: ignore[assignment]
    media = [Media(array=portraits.picture(THREE[: 1 + i % 3])) for i in range(9)]
    together = toy.predict(media, batch_size=6)
    assert counted.sizes == [6, 6, 6]
    alone = [one for i, m in enumerate(media, 1) for one in toy.predict(m)]
    assert [scores(a) for a in together] == [scores(b) for b in alone]
    assert [one.id for one in together[:4]] == ["media#1#face-1", "media#2#face-1", "media#2#face-2", "media#3#face-1"]


def test_items_stream(toy: Predictor) -> None:
    taken = []

    def endless() -> Iterator[Media]:
        i = 0
        while True:
            taken.append(i)
            yield Media(array=portraits.picture(THREE[:1] if i % 2 else []))
            i += 1

    stream = toy.stream(endless(), affectkit.runtime.options.Options(batch_size=4))
    got = [next(stream) for _ in range(50)]
    assert [one.ok for one in got] == [False, True] * 25
    assert len(taken) < 50 + 2 * 4


def test_one_bad_picture_among_good_ones(toy: Predictor) -> None:
    write(Path("a.png"), portraits.picture(THREE))
    Path("b.png").write_bytes(Path("a.png").read_bytes()[:200])
    write(Path("c.png"), portraits.picture(THREE[:1]))
    found = toy.predict([Path("a.png"), Path("b.png"), Path("no.png"), "c.png", Media(text="hello"), 3])  # type: ignore[list-item]
    assert [one.ok for one in found] == [True] * 3 + [False, False, True, False, False]
    assert found[3].error is not None and "expected a whole picture at b.png; found " in found[3].error.message
    assert found[4].error is not None and "expected a file at no.png; found none" in found[4].error.message
    assert found[5].id == "c.png#face-1"


# ---- videos ----------------------------------------------------------------------------------------------------------


def walk(colour: tuple[int, int, int], start: float, end: float, count: int, tall: float = 36) -> list[Any]:
    return [(colour, x, 60, tall) for x in np.linspace(start, end, count).tolist()]


def film(name: str, frames: list[list[Any]], rate_hz: int = 10, ground: int = portraits.GREY) -> Path:
    return portraits.video(Path(name), (portraits.picture(f, ground=ground) for f in frames), rate_hz)


def test_a_face_that_moves_is_one_track(toy: Predictor) -> None:
    path = film("walk.mp4", [[face] for face in walk(RED, 30, 210, 30)])
    (found,) = toy.predict(path)
    assert found.id == "walk.mp4#face-1@0.0" and labels([found]) == ["anger"]
    assert (found.start_s, found.end_s) == (0.0, 3.0)
    assert found.track is not None and found.track.box == pytest.approx((16, 42, 44, 78), abs=3)
    (span,) = toy.predict(Media(path=str(path), start_s=1.0, end_s=2.1))
    assert span.start_s == 1.0 and span.end_s == pytest.approx(2.1, abs=0.101)
    assert span.track is not None and span.track.box is not None and span.track.box[0] == pytest.approx(78, abs=4)
    (part,) = toy.predict(Media(path=str(path), box=(20, 10, 240, 110)))
    assert part.track is not None and part.track.box is not None and part.track.box[1] == pytest.approx(42, abs=3)


def test_a_track_is_the_mean_of_its_frames_by_their_quality(toy: Predictor) -> None:
    frames = [[((220 - 20 * i, 30, 30 + 21 * i), 120, 60, 20 + 2 * i)] for i in range(10)]
    path = film("change.avi", frames, rate_hz=5)
    (found,) = toy.predict(path)
    from affectkit.modalities import _frames

    logits, weights = [], []
    for _, picture in _frames.frames(Media(path=str(path)), RATE_HZ):
        (face,) = portraits.Finder(portraits.Config()).find(picture)
        left, top, right, bottom = (int(v) for v in face.box)
        own = crop(picture, (left, top, right, bottom)).reshape(-1, 3).astype(float).mean(0)
        logits.append(own @ portraits.MATRIX + portraits.OFFSET)
        weights.append(_crop.quality(picture[top:bottom, left:right], face, picture.shape))
    assert len(logits) == 10 and len(set(weights)) > 5
    mean = np.average(logits, 0, weights)
    assert scores(found) == pytest.approx(np.exp(mean) / np.exp(mean).sum(), abs=1e-4)
    assert scores(found) != pytest.approx(np.exp(np.mean(logits, 0)) / np.exp(np.mean(logits, 0)).sum(), abs=1e-3)


def test_faces_that_cross_keep_their_numbers(toy: Predictor) -> None:
    right, left = walk(RED, 30, 210, 24, 50), walk(BLUE, 212, 28, 24, 50)
    found = toy.predict(film("cross.mp4", [[b, a] for a, b in zip(right, left, strict=True)]))
    assert [one.track.id for one in found if one.track] == [1, 2]
    assert labels(found) == ["anger", "sadness"]
    assert min(max(scores(one)) for one in found) > 0.9
    assert [(one.start_s, one.end_s) for one in found] == [(0.0, 2.4), (0.0, 2.4)]


@pytest.mark.parametrize(("lost", "tracks"), [(2, 1), (4, 2)])
def test_a_face_lost_for_some_frames(toy: Predictor, lost: int, tracks: int) -> None:
    frames = [[face] for face in walk(RED, 60, 100, 16)]
    frames[6 : 6 + lost] = [[]] * lost
    found = toy.predict(film("lost.mp4", frames, rate_hz=5))
    assert [one.track.id for one in found if one.track] == list(range(1, tracks + 1))
    assert found[0].start_s == 0.0 and found[-1].end_s == pytest.approx(3.2)
    if tracks == 2:
        assert [found[0].end_s, found[1].start_s] == pytest.approx([1.2, 2.0])


def test_a_cut_ends_tracks(toy: Predictor) -> None:
    first = [portraits.picture([(RED, 60, 60, 40)], ground=110)] * 10
    second = [portraits.picture([(BLUE, 60, 60, 40)], ground=200)] * 10
    found = toy.predict(portraits.video(Path("cut.mp4"), [*first, *second]))
    assert [(one.start_s, one.end_s) for one in found] == [(0.0, 1.0), (1.0, 2.0)]
    assert [one.id for one in found] == ["cut.mp4#face-1@0.0", "cut.mp4#face-2@1.0"]
    assert labels(found) == ["anger", "sadness"]


def test_what_is_seen_once_is_no_face(toy: Predictor) -> None:
    frames = [[face] for face in walk(RED, 60, 70, 10)]
    frames[5] = [*frames[5], (GREEN, 200, 60, 30)]
    found = toy.predict(film("flicker.mp4", frames, rate_hz=5))
    assert labels(found) == ["anger"]
    only: list[list[Any]] = [[] for _ in range(10)]
    only[5] = [(GREEN, 200, 60, 30)]
    (nothing,) = toy.predict(film("only.mp4", only, rate_hz=5))
    assert nothing.error is not None and nothing.error.kind == "nothing"
    assert nothing.error.message.startswith("expected a face in only.mp4; found none that stays in 10 frames; give a ")
    (none,) = toy.predict(film("none.mp4", [[]] * 4, rate_hz=5))
    assert none.error is not None and "found none in 4 frames" in none.error.message
    (one,) = toy.predict(film("one.mp4", [[(GREEN, 120, 60, 30)]], rate_hz=5))
    assert labels([one]) == ["happiness"] and (one.start_s, one.end_s) == (0.0, 0.2)


def test_segments_follow_the_expression(toy: Predictor) -> None:
    changing = [((RED if i < 20 else BLUE), 60 + i, 60, 40) for i in range(40)]
    steady = [(GREEN, 190, 60, 40)] * 40
    path = film("two.mp4", [[a, b] for a, b in zip(changing, steady, strict=True)])
    found = toy.predict(path, segments=True)
    told = [(one.track.id, one.start_s, one.end_s, one.tasks["face"].labels[0]) for one in found if one.track]
    assert [one for one in told if one[0] == 2] == [(2, 0.0, 4.0, "happiness")]
    of_first = [one for one in told if one[0] == 1]
    assert [s for _, s, _, _ in of_first][1:] == [e for _, _, e, _ in of_first][:-1]  # one after the other
    assert (of_first[0][1], of_first[-1][2]) == (0.0, 4.0)
    assert of_first[0][3] == "anger" and of_first[-1][3] == "sadness"
    change = next(s for _, s, _, label in of_first if label == "sadness")
    assert change == pytest.approx(2.0, abs=0.41)
    assert told == sorted(told, key=lambda one: (one[1], one[2])) and len({one.id for one in found}) == len(found)
    boxes = [one.track.box for one in found if one.track and one.track.id == 1]
    for one, box in zip(of_first, boxes, strict=True):
        assert box is not None and one[1] is not None and box[0] == pytest.approx(44 + 10 * one[1], abs=3)


def test_what_is_around_is_the_weighted_mean() -> None:
    rng = np.random.default_rng(0)
    t_s, values, weights = np.sort(rng.uniform(0, 5, 30)), rng.normal(0, 1, (30, 3)), rng.uniform(0.1, 1, 30)
    wanted = [np.average(values[near], 0, weights[near]) for near in (np.abs(t_s - t) <= 0.5 for t in t_s)]
    np.testing.assert_allclose(pictures.around(t_s, values, weights, 0.5), wanted)


def test_a_whole_video_without_a_detector() -> None:
    shots = [portraits.picture([], ground=40)] * 10 + [portraits.picture([], ground=220)] * 10
    path = portraits.video(Path("light.mp4"), shots)
    whole = made(picture={"detector": None})
    (found,) = whole.predict(path)
    assert (found.id, found.track, found.start_s, found.end_s) == ("light.mp4", None, None, None)
    stretches = whole.predict(path, segments=True)
    assert stretches[0].start_s == 0.0 and stretches[-1].end_s == 2.0 and {s.track for s in stretches} == {None}


def test_memory_is_flat_over_a_long_video(toy: Predictor) -> None:
    faces = walk(RED, 60, 180, 20) + walk(RED, 180, 60, 20)
    shots = [portraits.picture([face]) for face in faces]

    def peak(rounds: int) -> float:
        path = portraits.video(Path("long.mp4"), (shot for _ in range(rounds) for shot in shots), rate_hz=5)
        tracemalloc.start()
        found = toy.predict(path, segments=True)
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert len(found) == 1 and found[0].end_s == pytest.approx(rounds * len(shots) / 5)
        return size / 1e6

    peak(1)  # what is imported and kept on the first time
    short, long = peak(1), peak(4)
    # 120 frames more are 10 megabytes
    assert long - short < 1, (short, long)


class Sharp:
    """Finds red patches, and notes what it was asked: all of a frame, or near so many boxes."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.real = portraits.Finder(portraits.Config())

    def find(self, picture: np.ndarray) -> list[Face]:
        raise AssertionError("a frame is no picture")

    def watch(self, frame: Any, near: Any = ()) -> list[Face]:
        self.asked.append(len(near))
        found = self.real.find(frame.colour())
        return [face for face in found if not near or any(pictures._holds(box, face) for box in near)]


def asked(frames: list[list[Any]], grounds: list[int] | None = None) -> list[int]:
    """What a finder is asked of a video of 5 frames per second."""
    reading = pictures.Pictures.of(bundle.Bundle(portraits.card(), portraits.model()))
    finder = Sharp()
    reading = dataclasses.replace(reading, finder=finder)
    shots = [portraits.picture(f, ground=g) for f, g in zip(frames, grounds or [120] * len(frames), strict=True)]
    path = portraits.video(Path("asked.mp4"), shots, rate_hz=5)
    media = Media(path=str(path))
    model = made()._model
    list(reading.parts([affectkit.runtime.options.Item("a", "a", media)], affectkit.runtime.options.Options(), model))
    return finder.asked


def test_all_of_a_frame_is_looked_at_once_a_second() -> None:
    still = [(RED, 60, 60, 40)]
    assert asked([still] * 12) == [0, 1, 1, 1, 1] * 2 + [0, 1]
    assert asked([[*still, (BLUE, 180, 60, 40)]] * 6) == [0, 2, 2, 2, 2, 0]
    assert asked([[]] * 4) == [0] * 4


def test_all_of_a_frame_is_looked_at_where_a_face_is_lost_and_at_a_cut() -> None:
    still, away = [(RED, 60, 60, 40)], [(RED, 200, 60, 40)]
    # missed near where it was, and found elsewhere at once; the lost one is waited for
    assert asked([still, still, away, away])[:4] == [0, 1, 1, 0]
    assert asked([still] * 4, [110, 110, 200, 200]) == [0, 1, 0, 1]
    # a face that comes is seen within a second
    comes = [still] * 2 + [[*still, *away]] * 9
    assert asked(comes) == [0, 1, 1, 1, 1, 0, 2, 2, 2, 2, 0]


# ---- the card --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"side": 0}, "a side of at least 1 px, a margin of at least 0 and a rate_hz above 0 in the card's `picture`"),
        ({"margin": -0.1}, "found side 16, margin -0.1, rate_hz 5; export the bundle again"),
        ({"rate_hz": 0}, "found side 16, margin 0, rate_hz 0; export the bundle again"),
        ({"side": None}, "found side None, margin 0, rate_hz 5; export the bundle again"),
        ({"side": "large"}, "`picture` with its side and detector in the card; found a fault in invalid literal"),
        ({"detector": {"least_px": 3}}, "found a fault in 'name'; export the bundle again"),
        ({"detector": {"name": "drawn", "odd": 1}}, "found a fault in Config.__init__() got an unexpected keyword"),
    ],
)
def test_a_card_that_cannot_be(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(BundleError) as caught:
        made(picture=changes)
    assert says in str(caught.value)


def test_features_take_the_place_of_the_crop(monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    from affectkit import find
    from affectkit.runtime.model import Model
    from affectkit.runtime.options import Item

    seen = []

    class Fed:
        heads = Model(bundle.Bundle(portraits.card(), portraits.model()), 1).heads

        def run(self, padded: Any, lengths: Any) -> Any:
            seen.append((padded, lengths))
            return {"emotion": np.zeros((len(padded), len(NAMES)))}

    def extract(config: Any, picture: np.ndarray) -> np.ndarray:
        return np.full((config.rows, 2), picture.shape[1], np.float32)

    part = SimpleNamespace(extract=extract, Config=lambda rows: SimpleNamespace(rows=rows))
    real = find.load
    monkeypatch.setattr(find, "load", lambda kind, name: real(kind, name) if name != "odd" else part)
    for side, wanted in ((16, 16), (None, 240)):
        card = portraits.card(features={"name": "odd", "rows": 3}, picture={"side": side, "detector": None})
        reading = pictures.Pictures.of(bundle.Bundle(card, b""))
        list(reading.parts([Item("a", "a", Media(array=portraits.picture([])))], Options(), Fed()))  # type: ignore[arg-type]
        padded, lengths = seen.pop()
        assert padded.dtype == np.float32 and padded.tolist() == [[[wanted] * 2] * 3] and lengths.tolist() == [3]


def test_another_detector_takes_the_place_of_the_bundles_own(toy: Predictor) -> None:
    picture = portraits.picture(THREE)
    found = toy.predict(Media(array=picture), detector="drawn:least_px=30")
    assert labels(found) == ["happiness", "anger"], "the blue one is 19 px wide"
    assert len(toy.predict(Media(array=picture))) == 3
    write(Path("photo.png"), picture)
    pack = portraits.pack(Path("faces.affect"))
    assert affectkit.predict("photo.png", pack, detector="drawn:least_px=30").to_json() == [
        one | {"id": f"photo.png#face-{i}", "input": "photo.png"} for i, one in enumerate(found.to_json(), 1)
    ]
    frames = [[(RED, 60, 60, 30), (GREEN, 160, 60, 60)]] * 5
    (large,) = toy.predict(film("two.mp4", frames, rate_hz=5), detector="drawn:least_px=40")
    assert labels([large]) == ["happiness"]


@pytest.mark.parametrize(
    ("detector", "says"),
    [
        ("cascad", "expected the name of a detector; found 'cascad'; did you mean cascade?"),
        ("cascade:bound=3", "expected the name of a setting; found 'bound'; did you mean bound_px?"),
        ("cascade:bound_px", "expected settings of the form name=value; found 'bound_px'; write name=3, for example"),
        ("cascade:bound_px=9", "bound_px and frame_px >= 20, step > 1 and agree >= 1; found 32, 9, 480, 1.1 and 3; "),
        ("voice", "expected a detector of faces; found voice, of spans; name another"),
        ("yunet:model=no.onnx", "expected the ONNX file of YuNet; found none at 'no.onnx'; give `model`, the path of"),
    ],
)
def test_a_detector_that_cannot_be_is_wrong_usage(toy: Predictor, detector: str, says: str, shelf: Path) -> None:
    write(Path("photo.png"), portraits.picture(THREE))
    with pytest.raises(UsageError) as caught:
        toy.predict("photo.png", detector=detector)
    assert says in str(caught.value)
    result = run("photo.png", "--detector", detector)
    assert result.exit_code == 2 and says in " ".join(result.stderr.split())


def test_yunet_with_a_file_of_ones_own(shelf: Path) -> None:
    scene = np.zeros((96, 160, 3), np.uint8)
    scene[40:48, 80:88] = 255
    write(Path("scene.png"), scene)
    file = yunets.network(Path("own.onnx"))
    result = run("scene.png", "--json", "--detector", f"yunet:model={file}")
    assert result.exit_code == 0, result.output
    (told,) = json.loads(result.stdout)
    assert told["track"]["box"] == [68, 28, 100, 60] and told["track"]["detected"] is True
    (none,) = json.loads(run("scene.png", "--json", "--detector", f"yunet:model={file},least_px=40").stdout)
    assert none["error"]["kind"] == "nothing"


def test_a_stopped_run_does_not_go_on_with_another_file_of_a_detector(shelf: Path) -> None:
    asked = Options(detector="yunet:model=own.onnx")
    keys = []
    for content in (b"one", b"other", b"one"):
        Path("own.onnx").write_bytes(content)
        keys.append(predict._command("key", asked, None, False))
    assert keys[0] == keys[2] != keys[1]
    Path("own.onnx").unlink()
    assert predict._command("key", asked, None, False) not in keys


def test_a_detector_is_for_bundles_that_look_for_faces(shelf: Path) -> None:
    with pytest.raises(UsageError) as caught:
        made(picture={"detector": None}).predict("x.png", detector="cascade")
    assert str(caught.value) == (
        "expected a bundle that looks for faces, for --detector; found portraits@1, which reads face; "
        "leave --detector out"
    )
    # of texts and sounds in a folder nothing is looked for, and they are read
    Path("all").mkdir()
    write(Path("all/a.png"), portraits.picture(THREE))
    Path("all/e.txt").write_text("joy\n", encoding="utf-8")
    found = run("all", "--jsonl", "--detector", "drawn:least_px=30")
    assert found.exit_code == 0 and len(found.stdout.splitlines()) == 3


def test_speakers_are_not_seen(toy: Predictor) -> None:
    with pytest.raises(UsageError) as caught:
        toy.predict("x.png", speakers=[("Ann", 0, 1)])
    assert str(caught.value) == (
        "expected a bundle that hears who speaks, for --speakers; found portraits@1, which reads face; "
        "leave --speakers out"
    )


# ---- the command line ------------------------------------------------------------------------------------------------


@pytest.fixture
def shelf(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("shelf")
    voices.pack(folder / "speech.affect")
    toys.pack(folder / "text.affect")
    portraits.pack(folder / "face.affect")
    monkeypatch.setattr(bundle, "FOLDER", folder)
    return folder


def run(*arguments: object) -> Any:
    return CliRunner().invoke(cli.build(), ["predict", *(str(a) for a in arguments)])


def test_boxes_go_through_json_and_csv(shelf: Path) -> None:
    write(Path("photo.png"), portraits.picture(THREE))
    result = run("photo.png", "--json", "--to", "csv=o.csv", "--to", "jsonl=o.jsonl")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert [one["track"]["id"] for one in told] == [1, 2, 3] and all(len(one["track"]["box"]) == 4 for one in told)
    wanted = [Prediction.from_json(one) for one in told]
    for part, name in ((csv_format, "o.csv"), (jsonl, "o.jsonl")):
        assert list(part.read(io.BytesIO(Path(name).read_bytes()))) == wanted
    with Path("o.csv").open(encoding="utf-8") as file:
        assert [row["track.box"] for row in csv.DictReader(file)] == [
            "|".join(map(str, one["track"]["box"])) for one in told
        ]


def test_a_folder_with_pictures_sound_and_text(shelf: Path) -> None:
    Path("all").mkdir()
    write(Path("all/a.png"), portraits.picture(THREE[:2]))
    write(Path("all/b.jpg"), portraits.picture([(GREEN, 120, 60, 80)]))
    Path("all/c.png").write_bytes(b"no picture")
    write(Path("all/d.bmp"), portraits.picture([]))
    Path("all/e.txt").write_text("joy\n", encoding="utf-8")
    voices.write(Path("all/f.wav"), voices.voice(3, 0))
    result = run("all", "--segments", "--jsonl")
    assert result.exit_code == 3 and result.stderr == "affectkit: 1 of 6 items failed; each says why\n"
    found = [Prediction.from_json(json.loads(line)) for line in result.stdout.splitlines()]
    kinds = [(Path(one.input).name, one.bundles, one.error and one.error.kind) for one in found]
    assert kinds[:3] == [("a.png", ("portraits@1",), None)] * 2 + [("b.jpg", ("portraits@1",), None)]
    assert kinds[3:5] == [("c.png", (), "input"), ("d.bmp", (), "nothing")]
    assert kinds[5] == ("e.txt", ("toy@3",), None) and kinds[6][:2] == ("f.wav", ("voices@1",))


def test_what_nobody_reads_is_one_bad_item_and_the_others_go_on(shelf: Path) -> None:
    Path("all").mkdir()
    write(Path("all/a.png"), portraits.picture(THREE[:1]))
    Path("all/b.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>', encoding="utf-8")
    Path("all/c.HEIC").write_bytes(b"\0\0\0\x18ftypheic" + bytes(99))
    for given in (["all"], ["all/a.png", "all/b.svg", "all/c.HEIC"]):
        result = run(*given, "--jsonl")
        assert result.exit_code == 3
        good, drawn, photo = (json.loads(line) for line in result.stdout.splitlines())
        assert good["error"] is None and "found an SVG drawing, which has no pixels" in drawn["error"]["message"]
        assert "found an HEIC picture, which Pillow does not read" in photo["error"]["message"]
    assert run("all/b.svg").exit_code == 1
    Path("odd.xyz").write_bytes(b"?")
    result = run("all/a.png", "odd.xyz")
    assert result.exit_code == 2 and ".png" in result.stderr and ".svg" not in result.stderr


def test_a_video_goes_to_all_that_read_it_unless_a_bundle_is_named(shelf: Path) -> None:
    film("talk.mp4", [[face] for face in walk(RED, 60, 70, 10)])
    result = run("talk.mp4", "--jsonl")
    assert result.exit_code == 0
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == [
        "talk.mp4",
        "talk.mp4#face-1@0.0",
        "talk.mp4#speech",
    ]
    result = run("talk.mp4", "--bundle", "face", "--jsonl")
    assert result.exit_code == 0 and json.loads(result.stdout)["id"] == "talk.mp4#face-1@0.0"


def test_the_table_tells_which_face_where(shelf: Path) -> None:
    write(Path("one.png"), portraits.picture([(GREEN, 120, 60, 80)]))
    shown = run("one.png").stdout.splitlines()
    assert shown[0].startswith("one.png  face 1 at 88, 20 to 15") and "happiness" in "".join(shown)
    film("talk.mp4", [[face] for face in walk(RED, 60, 70, 10)])
    assert "  0 to 1 s" in run("talk.mp4", "--bundle", "face").stdout.splitlines()[0]
    write(Path("three.png"), portraits.picture(THREE))
    rows = run("three.png").stdout.splitlines()
    assert [row.split()[0] for row in rows] == ["id", *(f"three.png#face-{n}" for n in (1, 2, 3))]


# ---- with the detector that ships ------------------------------------------------------------------------------------


def test_drawn_faces_through_the_cascade() -> None:
    from affectkit.detect import _drawn

    cascade = made(picture={"detector": {"name": "cascade"}})
    one = _drawn.face(120, np.random.default_rng(0))
    scene = np.full((200, 420, 3), 110, np.uint8)
    scene[40:160, 30:150] = scene[40:160, 260:380] = one
    found = cascade.predict(Media(array=scene))
    assert [one_.track.id for one_ in found if one_.track] == [1, 2]
    for each, left in zip(found, (30, 260), strict=True):
        assert each.track is not None and each.track.box is not None
        middle = (each.track.box[0] + each.track.box[2]) / 2
        assert left + 40 < middle < left + 80
    shots = [np.roll(scene, 3 * i, 1) for i in range(10)]
    followed = cascade.predict(portraits.video(Path("drawn.mp4"), shots, rate_hz=5))
    assert [p.id for p in followed] == ["drawn.mp4#face-1@0.0", "drawn.mp4#face-2@0.0"]
    assert {(p.start_s, p.end_s) for p in followed} == {(0.0, 2.0)}
