"""Corpora of pictures that move the viewer and of people in context: known cases of their readers, and real counts."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from affectkit import corpora
from affectkit.corpora import artphoto, emoset, emotic, fi, oasis
from affectkit.errors import DataError
from affectkit.modalities import body, scene
from affectkit.sample import Rating, Sample, target
from affectkit.task import Kind, View
from affectkit.taxonomies import mikels
from reading import change, real, splits

REAL = pytest.mark.skipif(not os.environ.get("AFFECTKIT_CORPORA"), reason="AFFECTKIT_CORPORA is not set")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def said(call: Callable[[], Any]) -> str:
    with pytest.raises(DataError) as caught:
        call()
    return str(caught.value)


def value(sample: Sample, task: str) -> Any:
    (rating,) = sample.rated(task)
    return rating.value


# ---- OASIS -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", ["compact", "official"])
def test_oasis_brightness_goes_with_its_own_valence(layout: str, tmp_path: Path, rng: np.random.Generator) -> None:
    oasis.fake(tmp_path, rng, layout)
    found = list(oasis.rows(tmp_path))
    light = [scene.read(s.media["scene"])[:12].mean() for s in found]
    valence = [value(s, "oasis")[0] for s in found]
    assert np.corrcoef(light, valence)[0, 1] > 0.98, "each picture goes with its own row"
    assert len(found) == 108 - 6, "rows without a picture are left out"


def test_oasis_numbers_and_themes_are_those_of_the_row(tmp_path: Path, rng: np.random.Generator) -> None:
    oasis.fake(tmp_path, rng)
    cells = {
        "theme": "Animal carcass 12",
        "category": "Animal",
        "valence_mean": "1.75",
        "valence_sd": "0.5",
        "valence_n": "108",
        "arousal_mean": "4.25",
        "arousal_sd": "2.25",
        "arousal_n": "104",
    }
    change(tmp_path / "labels.csv", lambda rows: rows[0].update(cells))
    first = next(oasis.rows(tmp_path))
    assert first.ratings == (
        Rating("oasis", (1.75, 4.25), rater="consensus", rule="mean", note="108 and 104 raters"),
        Rating("oasis.spread", (0.5, 2.25), rater="consensus", rule="standard deviation", note="108 and 104 raters"),
    )
    assert first.groups == {"theme": "Animal carcass", "category": "Animal"}
    assert oasis.TASKS[0].view is View.FELT
    # 1..7 to -1..1: 4 is the middle, and three steps are one
    assert target(oasis.TASKS[0], first.ratings)[0].tolist() == pytest.approx([(1.75 - 4) / 3, 0.25 / 3])


def test_oasis_the_official_file_as_it_is_released(tmp_path: Path, rng: np.random.Generator) -> None:
    # no splits, spaces after names, and lines that end as on old Macintoshes
    oasis.fake(tmp_path, rng, "official")
    with_splits = {s.id: s for s in oasis.rows(tmp_path)}
    (tmp_path / "split.csv").unlink()
    data = (tmp_path / "OASIS.csv").read_bytes()
    (tmp_path / "OASIS.csv").write_bytes(data.replace(b",Scenery", b" ,Scenery").replace(b"\n", b"\r"))
    found = list(oasis.rows(tmp_path))
    assert splits(found) == {None: 102}
    assert [s.ratings for s in found] == [with_splits[s.id].ratings for s in found]
    assert [s.groups for s in found] == [with_splits[s.id].groups for s in found]


def test_oasis_what_does_not_belong_together_is_told(tmp_path: Path, rng: np.random.Generator) -> None:
    for name, cells, wanted in (
        (
            "number",
            {"arousal_sd": "high"},
            "expected numbers in valence_mean, arousal_mean, valence_sd, arousal_sd, valence_n, arousal_n of the "
            "picture I1; found ",
        ),
        ("split", {"split": "dev"}, "expected train, valid, test for the picture I1; found 'dev'; correct its split"),
        ("file", {"file": "I0.webp"}, "expected every file of labels.csv in images.zip; found "),
    ):
        oasis.fake(tmp_path / name, rng)
        change(tmp_path / name / "labels.csv", lambda rows: rows[0].update(cells))  # noqa: B023
        assert said(lambda: list(oasis.rows(tmp_path / name))).startswith(wanted)  # noqa: B023
    (tmp_path / "file" / "images.zip").write_bytes(b"PK no zip")
    assert said(lambda: list(oasis.rows(tmp_path / "file"))).startswith("expected a whole images.zip; found ")
    oasis.fake(tmp_path / "bare", rng, "official")
    shutil.rmtree(tmp_path / "bare" / "images")
    (tmp_path / "bare" / "images").mkdir()
    assert said(lambda: list(oasis.rows(tmp_path / "bare"))) == (
        f"expected the pictures of OASIS.csv in {tmp_path / 'bare' / 'images'}; found none; get the corpus again"
    )


@REAL
def test_oasis_real_counts() -> None:
    found = real("oasis")
    # 579 / 160 / 161 less the 62 that are not bundled
    assert splits(found) == {"train": 579 - 36, "dev": 160 - 26, "test": 161}
    assert len(found) == 838
    of_split = defaultdict(set)
    for sample in found:
        of_split[sample.groups["theme"]].add(sample.split)
    assert {len(s) for s in of_split.values()} == {1}
    assert set(Counter(s.groups["category"] for s in found)) == {"Person", "Scenery", "Object", "Animal"}
    (acorns,) = (s for s in found if s.id == "I1")
    assert value(acorns, "oasis") == pytest.approx((4.68627451, 2.346534653))
    assert {scene.read(s.media["scene"]).shape for s in found[::90]} == {(192, 240, 3)}
    values = np.array([target(task, s.ratings)[0] for s in found for task in oasis.TASKS])
    assert np.abs(values).max() <= 1


# ---- EMOTIC ----------------------------------------------------------------------------------------------------------


def cell(*names: str) -> np.ndarray:
    cells = np.empty((1, len(names)), object)
    cells[0, :] = names
    return cells


def person(box: list[float], said: list[tuple[str, ...]], felt: list[tuple[float, float, float]]) -> dict[str, Any]:
    return {
        "body_bbox": np.array([box], float),
        "annotations_categories": emotic._structs([{"categories": cell(*names)} for names in said]),
        "annotations_continuous": emotic._structs(
            [dict(zip(("valence", "arousal", "dominance"), f, strict=True)) for f in felt]
        ),
    }


def written(root: Path, train: list[dict[str, Any]], test: list[dict[str, Any]]) -> None:
    """An Annotations.mat by hand; val is as test."""
    scipy_io = pytest.importorskip("scipy.io")

    def picture(name: str, people: list[dict[str, Any]]) -> dict[str, Any]:
        return {"filename": name, "folder": "mscoco/images", "person": emotic._structs(people)}

    entries = {"train": [picture("a.jpg", train)], "val": [picture("b.jpg", test)], "test": [picture("c.jpg", test)]}
    root.mkdir(exist_ok=True)
    scipy_io.savemat(root / "Annotations.mat", {name: emotic._structs(e) for name, e in entries.items()})


NAN = float("nan")
TWO = [
    person([-5, 10.4, 20, 60], [("Doubt/Confusion", "Peace")], [(6, 3, 9)]),
    person([10, 10, 10, 30], [("Engagement",)], [(5, NAN, 5)]),
]
JUDGED = [person([1, 2, 30, 40], [("Peace",), ("Happiness", "Peace"), ("Fear",)], [(7, 2, 5), (8, 3, 6), (4, 4, NAN)])]


def test_emotic_people_boxes_and_raters_by_hand(tmp_path: Path) -> None:
    written(tmp_path, TWO, JUDGED)
    first, second, dev, test = emotic.rows(tmp_path)
    assert [s.id for s in (first, second, dev)] == [
        "mscoco/images/a.jpg#0",
        "mscoco/images/a.jpg#1",
        "mscoco/images/b.jpg#0",
    ]
    assert [s.split for s in (first, second, dev, test)] == ["train", "train", "dev", "test"]
    assert first.groups == {"source": "mscoco/images/a.jpg", "database": "mscoco"}
    # the box as it is given, in whole pixels; the scene is the same picture without one
    assert first.media["body"].box == (-5, 10, 20, 60)
    assert first.media["scene"].box is None
    assert first.media["scene"].path == first.media["body"].path == str(tmp_path / "mscoco/images/a.jpg")
    assert set(second.media) == {"scene"}, "a box without an inside has no body"
    # one rater in train; a dimension that is not a number is no rating
    assert first.ratings == (
        Rating("emotic", frozenset({"doubt/confusion", "peace"})),
        Rating("emotic.vad", (6.0, 3.0, 9.0)),
    )
    assert second.ratings == (Rating("emotic", frozenset({"engagement"})),)
    # several in dev and test, each on their own: shares of raters, and the mean of those who told all three
    assert [r.value for r in dev.rated("emotic")] == [{"peace"}, {"happiness", "peace"}, {"fear"}]
    shares = dict(zip(emotic.TASKS[0].names, target(emotic.TASKS[0], dev.ratings)[0].tolist(), strict=True))
    assert {n: round(v, 3) for n, v in shares.items() if v} == {"fear": 0.333, "happiness": 0.333, "peace": 0.667}
    means = target(emotic.TASKS[1], dev.ratings)[0]
    assert means.tolist() == pytest.approx([(m - 5.5) / 4.5 for m in (7.5, 2.5, 5.5)])
    assert all(r.rater is None and r.rule is None for s in (first, dev) for r in s.ratings)


def test_emotic_bodies_are_cut_from_their_scenes(tmp_path: Path, rng: np.random.Generator) -> None:
    emotic.fake(tmp_path, rng)
    found = list(emotic.rows(tmp_path))
    assert {s.split for s in found} == {"train", "dev", "test"}
    for sample in found[::7]:
        whole, box = scene.read(sample.media["scene"]), sample.media["body"].box
        assert box is not None
        left, top, right, bottom = box
        np.testing.assert_array_equal(body.read(sample.media["body"]), whole[top:bottom, max(left, 0) : right])


def test_emotic_the_tables_that_programs_make_of_it(tmp_path: Path) -> None:
    folder = tmp_path / "emotic_pre"
    row = {
        "Index": 0,
        "Folder": "framesdb/images",
        "Filename": "a.jpg",
        "Image Size": "[640, 480]",
        "BBox": "[86, 58, 564, 628]",
        "Categorical_Labels": "['Disconnection', 'Doubt/Confusion']",
        "Continuous_Labels": "[5, 3, 9]",
        "Gender": "Male",
        "Age": "Adult",
    }
    for split in ("train", "val", "test"):
        corpora.write_csv(folder / f"{split}.csv", [row | {"Filename": f"{split}.jpg"}])
    (tmp_path / "emotic").mkdir()
    train, dev, _ = emotic.rows(tmp_path)
    assert train.ratings == (
        Rating("emotic", frozenset({"disconnection", "doubt/confusion"})),
        Rating("emotic.vad", (5.0, 3.0, 9.0)),
    )
    assert [(r.rater, r.rule) for r in dev.ratings] == [
        ("consensus", "all that any rater chose"),
        ("consensus", "mean"),
    ]
    assert dev.media["body"].box == (86, 58, 564, 628)
    assert dev.media["body"].path == str(tmp_path / "emotic" / "framesdb/images/val.jpg")
    change(folder / "val.csv", lambda rows: rows[0].update(BBox="86 58"))
    assert said(lambda: list(emotic.rows(tmp_path))) == (
        "expected a list for BBox of framesdb/images/val.jpg; found '86 58'; make the tables again"
    )
    change(folder / "val.csv", lambda rows: rows[0].update(BBox="[1, 2, 3]"))
    assert said(lambda: list(emotic.rows(tmp_path))).startswith(
        "expected a box of four numbers for framesdb/images/val.jpg; found [1, 2, 3]; "
    )


def test_emotic_strange_entries_are_told(tmp_path: Path) -> None:
    scipy_io = pytest.importorskip("scipy.io")
    written(tmp_path / "a", [person([0, 0, 9, 9], [("Bliss",)], [(5, 5, 5)])], JUDGED)
    assert said(lambda: list(emotic.rows(tmp_path / "a"))).endswith(
        "for mscoco/images/a.jpg; found 'bliss'; get the corpus again"
    )
    written(tmp_path / "b", [{"body_bbox": np.zeros((1, 4))}], JUDGED)
    assert said(lambda: list(emotic.rows(tmp_path / "b"))) == (
        "expected folder, filename and person with body_bbox, annotations_categories and annotations_continuous in "
        "train of Annotations.mat; found KeyError('annotations_categories'); get the corpus again"
    )
    scipy_io.savemat(tmp_path / "b" / "Annotations.mat", {"train": np.zeros(2), "val": np.zeros(2)})
    assert said(lambda: list(emotic.rows(tmp_path / "b"))) == (
        "expected train, val, test in Annotations.mat; found train, val, without test; get the corpus again"
    )
    (tmp_path / "b" / "Annotations.mat").write_bytes(b"no MATLAB file\n" * 20)
    assert said(lambda: list(emotic.rows(tmp_path / "b"))).startswith("expected a MATLAB file Annotations.mat; found ")


# ---- EmoSet ----------------------------------------------------------------------------------------------------------


def annotated(root: Path, **given: Any) -> Path:
    """Give the first picture of train these annotations alone."""
    first = json.loads((root / "train.json").read_text())[0]
    (root / first[3]).write_text(json.dumps(given))
    return root


def test_emoset_attributes_that_are_missing_have_no_rating(tmp_path: Path, rng: np.random.Generator) -> None:
    emoset.fake(tmp_path, rng)
    annotated(tmp_path, brightness=1, facial_expression="happy", object=["object a", "object d"])
    sample = next(emoset.rows(tmp_path))
    assert [r.task for r in sample.ratings] == [
        "emoset",
        "emoset.brightness",
        "emoset.facial_expression",
        "emoset.object",
    ]
    assert value(sample, "emoset.brightness") == (1.0,)  # 1 is the level 1.0
    assert value(sample, "emoset.facial_expression") == "joy"
    assert value(sample, "emoset.object") == {"object a", "object d"}
    assert annotated(tmp_path) == tmp_path
    assert [r.task for r in next(emoset.rows(tmp_path)).ratings] == ["emoset"]


def test_emoset_names_come_from_the_file_in_its_order(tmp_path: Path, rng: np.random.Generator) -> None:
    emoset.fake(tmp_path, rng)
    tasks = {task.id: task for task in emoset.tasks(tmp_path)}
    assert [task.id for task in emoset.TASKS] == list(tasks)
    wanted = {"emoset.scene": Kind.SINGLE, "emoset.object": Kind.MULTI, "emoset.human_action": Kind.SINGLE}
    assert {id: tasks[id].kind for id in wanted} == wanted
    assert tasks["emoset.scene"].names == ("scene d", "scene c", "scene b", "scene a"), "by number, not by letter"
    rated = Counter[str]()
    for sample in emoset.rows(tmp_path):
        for id, task in tasks.items():  # the same ratings serve the open and the closed tasks
            row, judged = target(task, sample.ratings)
            rated[id] += int(judged.all())
            assert (
                not judged.any()
                or task.kind not in (Kind.SINGLE, Kind.MULTI)
                or row.sum()
                == len([r for r in sample.rated(id) for _ in ([r.value] if isinstance(r.value, str) else r.value)])
            )
    assert rated["emoset"] == 72
    assert min(rated.values()) > 0
    assert max(rated[id] for id in wanted) < 72


def test_emoset_emotions_are_in_mikels_order_and_pictures_are_theirs(tmp_path: Path, rng: np.random.Generator) -> None:
    emoset.fake(tmp_path, rng)
    assert emoset.TASKS[0].names[:5] == ("amusement", "awe", "contentment", "excitement", "anger")
    for sample in emoset.rows(tmp_path):
        assert f"/{value(sample, 'emoset')}/" in Path(str(sample.media["scene"].path)).as_posix()
        (level,) = value(sample, "emoset.brightness")
        assert scene.read(sample.media["scene"])[:12].mean() / 255 == pytest.approx(0.16 + 0.62 * level, abs=0.08)


def test_emoset_strange_files_are_told(tmp_path: Path, rng: np.random.Generator) -> None:
    emoset.fake(tmp_path, rng)
    for given, wanted in (
        ({"brightness": 1.2}, "expected a number from 0 to 1 for the brightness of amusement_00000; found 1.2; get"),
        ({"colorfulness": "much"}, "expected a number from 0 to 1 for the colorfulness of amusement_00000; found 'mu"),
        ({"scene": "sea"}, "expected a name of info.json for the scene of amusement_00000; found 'sea'; the files may"),
        ({"facial_expression": "calm"}, "expected one of anger, disgust, fear, joy, sadness, surprise for the facial_"),
    ):
        annotated(tmp_path, **given)
        assert said(lambda: list(emoset.rows(tmp_path))).startswith(wanted)
    annotated(tmp_path)
    train = json.loads((tmp_path / "train.json").read_text())
    for item, wanted in (
        (train[0][:3], "expected [emotion, id, picture, annotation] in train.json; found ['amusement', "),
        (["joy", *train[0][1:]], "expected one of amusement, awe, contentment, excitement, anger, disgust, fear, "),
        ([*train[0][:3], "annotation/no.json"], f"expected a file {tmp_path / 'annotation/no.json'}; found none; get"),
    ):
        (tmp_path / "train.json").write_text(json.dumps([item]))
        assert said(lambda: list(emoset.rows(tmp_path))).startswith(wanted)
    (tmp_path / "train.json").write_text("[")
    assert said(lambda: list(emoset.rows(tmp_path))).startswith(f"expected JSON in {tmp_path / 'train.json'}; found ")
    (tmp_path / "info.json").write_text('{"scene": {}}')
    assert said(lambda: emoset.tasks(tmp_path)) == (
        "expected label2idx of scene in info.json; found none; get the corpus again"
    )


# ---- FI --------------------------------------------------------------------------------------------------------------


def test_fi_votes_say_something_of_the_asked_emotion_alone(tmp_path: Path, rng: np.random.Generator) -> None:
    fi.fake(tmp_path, rng)
    shutil.rmtree(tmp_path / "agg")
    file = sorted((tmp_path / "awe").glob("*.jpg"))[0]
    lists = tmp_path / "agg"
    lists.mkdir()
    # two lines of one picture are added up; the same address under another emotion is another question
    (lists / "a.csv").write_text(f"awe,http://example.org/1/{file.name},1,2\nawe,http://example.org/2/gone.jpg,0,5\n")
    (lists / "b.csv").write_text(f"awe,http://example.org/1/{file.name},0,2\nfear,http://example.org/{file.name},5,0\n")
    found = {s.id: s for s in fi.rows(tmp_path)}
    assert len(found) == 40
    sample = found[f"awe/{file.stem}"]
    assert sample.rated("fi.votes") == (
        Rating("fi.votes", frozenset({"awe"}), count=4, judged=("awe",)),
        Rating("fi.votes", frozenset(), count=1, judged=("awe",)),
    )
    shares, judged = target(fi.TASKS[1], sample.ratings)
    assert dict(zip(mikels.NAMES, judged.tolist(), strict=True)) == {n: n == "awe" for n in mikels.NAMES}
    assert shares[mikels.NAMES.index("awe")] == pytest.approx(4 / 5)
    assert not any(s.rated("fi.votes") for id, s in found.items() if id != sample.id)


def test_fi_the_folder_is_the_emotion_and_lists_may_lack(tmp_path: Path, rng: np.random.Generator) -> None:
    fi.fake(tmp_path, rng)
    shutil.rmtree(tmp_path / "agg")
    found = list(fi.rows(tmp_path))
    assert Counter(value(s, "fi") for s in found) == dict.fromkeys(mikels.NAMES, 5)
    assert all(Path(str(s.media["scene"].path)).parent.name == value(s, "fi") for s in found)
    assert splits(found) == {None: 40}
    assert {len(s.ratings) for s in found} == {1}


@pytest.mark.parametrize("line", ["awe,http://example.org/a.jpg,1", "awe,http://example.org/a.jpg,1,many"])
def test_fi_a_broken_list_is_told(line: str, tmp_path: Path, rng: np.random.Generator) -> None:
    fi.fake(tmp_path, rng)
    (tmp_path / "agg" / "a.csv").write_text(f"awe,http://example.org/b.jpg,1,4\n{line}\n")
    assert said(lambda: list(fi.rows(tmp_path))) == (
        f"expected emotion, address and two numbers of workers in line 2 of a.csv; found {line}; get the list again"
    )


# ---- ArtPhoto --------------------------------------------------------------------------------------------------------


def test_artphoto_the_name_tells_the_emotion(tmp_path: Path, rng: np.random.Generator) -> None:
    artphoto.fake(tmp_path / "a", rng)
    found = list(artphoto.rows(tmp_path / "a"))
    assert Counter(value(s, "artphoto") for s in found) == dict.fromkeys(mikels.NAMES, 5)
    assert {value(s, "artphoto") for s in found if s.id.startswith(("content_", "sad_"))} == {"contentment", "sadness"}
    assert artphoto.TASKS[0].view is View.INTENDED
    # the same without the inner folder
    shutil.move(tmp_path / "a" / "testImages_artphoto", tmp_path / "b")
    assert [(s.id, s.ratings) for s in artphoto.rows(tmp_path / "b")] == [(s.id, s.ratings) for s in found]


def test_artphoto_another_name_is_told(tmp_path: Path, rng: np.random.Generator) -> None:
    artphoto.fake(tmp_path, rng)
    (tmp_path / "testImages_artphoto" / "happy_0001.jpg").write_bytes(b"")
    assert said(lambda: list(artphoto.rows(tmp_path))) == (
        f"expected one of {', '.join(mikels.NAMES)} before the _ of happy_0001.jpg; found 'happy'; rename the file"
    )
