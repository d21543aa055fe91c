"""Corpora of faces: numbers by name, boxes, splits and groups as their makers describe them, errors by their text."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from affectkit import corpora, find, store
from affectkit.corpora import _faces, aff_wild2, affectnet, ck_plus, expw, fer2013, jaffe, raf_db
from affectkit.errors import DataError
from affectkit.modalities import face
from affectkit.sample import Rating, Sample, target
from affectkit.task import Kind, View
from reading import change

NAMES = ("fer2013", "affectnet", "raf_db", "ck_plus", "jaffe", "expw", "aff_wild2")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(6)


def value(sample: Sample, task: str) -> object:
    (rating,) = sample.rated(task)
    return rating.value


def by_id(samples: Iterable[Sample]) -> dict[str, Sample]:
    return {sample.id: sample for sample in samples}


def picture(file: Path) -> None:
    """A grey picture of 24 x 24 pixels."""
    packed = io.BytesIO()
    Image.new("L", (24, 24), 120).save(packed, {".jpg": "JPEG", ".png": "PNG", ".tiff": "TIFF"}[file.suffix])
    store.write(file, packed.getvalue())


@pytest.mark.parametrize("name", NAMES)
def test_every_picture_of_an_imitation_can_be_read_and_boxes_lie_in_it(
    name: str, tmp_path: Path, rng: np.random.Generator
) -> None:
    part = find.load("corpora", name)
    part.fake(tmp_path, rng)
    assert corpora.synthetic(tmp_path), "figures on it are marked so"
    for sample in part.rows(tmp_path):
        read = face.read(sample.media["face"])
        assert read.dtype == np.uint8
        assert read.std() > 5
        box = sample.media["face"].box
        if box is not None:
            with Image.open(sample.media["face"].path or "") as whole:
                assert (box[0] >= 0, box[1] >= 0, box[2] <= whole.width, box[3] <= whole.height) == (True,) * 4


def test_a_tenth_is_dev_by_a_hash_that_does_not_change() -> None:
    drawn = Counter(_faces.dev_or_train(f"face{i}") for i in range(20_000))
    assert drawn["dev"] / 20_000 == pytest.approx(0.1, abs=0.01)  # five standard deviations
    assert _faces.dev_or_train("video23") == "dev"
    assert _faces.dev_or_train("video1") == "train"


@pytest.mark.parametrize("cell", ["7", "-1", "1.5", "x", "", "nan"])
def test_a_number_without_a_name_is_told(cell: str) -> None:
    with pytest.raises(DataError, match=r"^expected an expression from 0 to 6 for a\.jpg; found ") as caught:
        _faces.numbered(fer2013.WORDS, cell, "a.jpg")
    assert str(caught.value) == f"expected an expression from 0 to 6 for a.jpg; found {cell!r}; get the labels again"


# ---- FER2013 ---------------------------------------------------------------------------------------------------------

FER2013 = {0: "anger", 1: "disgust", 2: "fear", 3: "joy", 4: "sadness", 5: "surprise", 6: "neutral"}


@pytest.mark.parametrize(("number", "name"), FER2013.items())
def test_fer2013_numbers_and_pixels(number: int, name: str, tmp_path: Path) -> None:
    pixels = np.random.default_rng(number).integers(0, 256, (48, 48))
    row = f'{number},"{" ".join(map(str, pixels.ravel()))}",PublicTest'
    store.write(tmp_path / "fer2013.csv", f"emotion,pixels,Usage\n{row}\n")
    (sample,) = fer2013.rows(tmp_path)
    assert value(sample, "fer2013") == name
    assert sample.split == "dev"
    assert (face.read(sample.media["face"]) == pixels[..., None]).all()


def test_fer2013_folders_have_the_same_labels_and_parts_by_the_names_of_files(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    for path in ("train/angry/Training_3.jpg", "test/happy/PublicTest_4.jpg", "test/happy/PrivateTest_5.jpg"):
        picture(tmp_path / path)
    picture(tmp_path / "validation/surprise/im0.png")
    found = {s.id: (value(s, "fer2013"), s.split) for s in fer2013.rows(tmp_path)}
    assert found == {
        "train/angry/Training_3": ("anger", "train"),
        "validation/surprise/im0": ("surprise", "dev"),
        "test/happy/PublicTest_4": ("joy", "dev"),
        "test/happy/PrivateTest_5": ("joy", "test"),
    }
    counts = []
    for form in ("official", "folders"):
        fer2013.fake(tmp_path / form, np.random.default_rng(1), form)
        counts.append(Counter((value(s, "fer2013"), s.split) for s in fer2013.rows(tmp_path / form)))
    assert counts[0] == counts[1]
    picture(tmp_path / "train/cheerful/a.jpg")
    with pytest.raises(
        DataError, match=r"expected folders angry, .*, neutral in train; found 'cheerful'; rename or remove it"
    ):
        list(fer2013.rows(tmp_path))


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("emotion", "7", r"^expected an expression from 0 to 6 for row 3 of fer2013\.csv; found '7'; get the labels"),
        ("Usage", "Test", r"^expected Training, PublicTest, PrivateTest for row 3 of fer2013\.csv; found 'Test'; get"),
        ("pixels", "1 2 3", r"^expected 2304 pixels in row 3 of fer2013\.csv; found 3; get the file again"),
        ("pixels", "1 x", r"^expected pixels from 0 to 255 in row 3 of fer2013\.csv; found .*'x'; get the file again"),
    ],
)
def test_fer2013_bad_rows_are_told(column: str, cell: str, said: str, tmp_path: Path, rng: np.random.Generator) -> None:
    fer2013.fake(tmp_path, rng)
    change(tmp_path / "fer2013.csv", lambda rows: rows[2].update({column: cell}))
    with pytest.raises(DataError, match=said):
        list(fer2013.rows(tmp_path))


# ---- AffectNet -------------------------------------------------------------------------------------------------------

AFFECTNET = ("neutral", "happiness", "sadness", "surprise", "fear", "disgust", "anger", "contempt")
HEADING = "subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,expression,valence,arousal"


def lists(folder: Path, train: Iterable[str], validation: Iterable[str] = ()) -> None:
    store.write(folder / "training.csv", "\n".join([HEADING, *train]) + "\n")
    store.write(folder / "validation.csv", "\n".join([HEADING, *validation]) + "\n")


@pytest.mark.parametrize(("number", "name"), list(enumerate(AFFECTNET)))
def test_affectnet_must_hold_a_line_with_box_name_valence_and_arousal(number: int, name: str, tmp_path: Path) -> None:
    lists(tmp_path, [f"689/a.b.jpg,30,40,100,90,1;2,{number},-0.5,0.25"])
    (sample,) = affectnet.rows(tmp_path)
    assert sample.id == "689/a.b"
    assert sample.media["face"].box == (30, 40, 130, 130)  # left, top, left + width, top + height
    assert sample.rated("affectnet") == (Rating("affectnet", name),)
    assert sample.rated("affectnet.seven") == (() if name == "contempt" else (Rating("affectnet.seven", name),))
    numbers, judged = target(affectnet.TASKS[2], sample.ratings)
    assert numbers.tolist() == [-0.5, 0.25]
    assert judged.all()


def test_affectnet_without_a_label_no_number_is_made_up_and_what_is_left_out_is_counted(tmp_path: Path) -> None:
    lists(
        tmp_path,
        ["1/none.jpg,0,0,9,9,1,8,0.1,0.2", "1/unsure.jpg,0,0,9,9,1,9,-2,-2", "1/no.jpg,NULL,NULL,NULL,NULL,,10,-2,-2"],
        ["1/joy.jpg,0,0,9,9,1,1,-2,-2", "1/unsure2.jpg,0,0,9,9,1,9,-2,-2"],
    )
    none, joy = affectnet.rows(tmp_path)
    assert none.ratings == (Rating("affectnet.va", (0.1, 0.2), note="none of the eight"),)
    assert [r.task for r in joy.ratings] == ["affectnet", "affectnet.seven"], "-2 is no valence"
    assert joy.split == "test"
    assert affectnet.left_out(tmp_path) == {"uncertain": 2, "no face": 1}


def test_affectnet_a_list_without_headings_and_pictures_in_their_folder(tmp_path: Path) -> None:
    where = tmp_path / "Manually_Annotated_file_lists"
    lists(where, ["1/a.jpg,0,0,9,9,1,1,0,0"])
    store.write(where / "validation.csv", "2/b.jpg,1,2,9,9,1,6,-0.5,0.5\n")
    picture(tmp_path / "Manually_Annotated_Images" / "2" / "b.jpg")
    b = by_id(affectnet.rows(tmp_path))["2/b"]
    assert (value(b, "affectnet"), b.split) == ("anger", "test")
    assert Path(b.media["face"].path or "").is_file()


def test_affectnet_arrays_have_the_same_numbers(tmp_path: Path) -> None:
    found = []
    for form in ("official", "arrays"):
        affectnet.fake(tmp_path / form, np.random.default_rng(2), form)
        samples = list(affectnet.rows(tmp_path / form))
        found.append([(s.split == "test", s.ratings) for s in samples])
        assert {s.media["face"].box is None for s in samples} == {form == "arrays"}
        assert affectnet.left_out(tmp_path / form) == {"uncertain": 10, "no face": 10}
    assert found[0] == found[1]


def test_affectnet_arrays_are_never_unpickled(tmp_path: Path, rng: np.random.Generator) -> None:
    affectnet.fake(tmp_path, rng, "arrays")
    told = tmp_path / "train_set" / "annotations"
    np.save(told / "3_exp.npy", np.array({"a": 1}, dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match=r"^expected one number in 3_exp\.npy; found .*allow_pickle=False; get the"):
        list(affectnet.rows(tmp_path))
    np.save(told / "3_exp.npy", np.array([1, 2]))
    with pytest.raises(DataError, match=r"^expected one number in 3_exp\.npy; found .*reshape"):
        list(affectnet.rows(tmp_path))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("1/a.jpg,0,0,9,9,1,11,0,0", r"^expected an expression from 0 to 10 for 1/a\.jpg; found '11'; get"),
        ("1/a.jpg,0,0,0,9,1,1,0,0", r"^expected a box with an inside for 1/a\.jpg; found left 0, top 0, right 0, bot"),
        ("1/a.jpg,NULL,0,9,9,1,1,0,0", r"^expected a number for face_x of 1/a\.jpg; found 'NULL'; get the labels"),
        ("1/a.jpg,0,0,9,9,1,1,0,", r"^expected a number for arousal of 1/a\.jpg; found ''; get the labels again"),
    ],
)
def test_affectnet_bad_lines_are_told(line: str, said: str, tmp_path: Path) -> None:
    lists(tmp_path, [line])
    with pytest.raises(DataError, match=said):
        list(affectnet.rows(tmp_path))


# ---- RAF-DB ----------------------------------------------------------------------------------------------------------

RAF_DB = {1: "surprise", 2: "fear", 3: "disgust", 4: "joy", 5: "sadness", 6: "anger", 7: "neutral"}


def test_raf_db_numbers_are_in_its_own_order(tmp_path: Path) -> None:
    store.write(
        tmp_path / "EmoLabel/list_patition_label.txt",
        "".join(f"{part}_{n:05}.jpg {n}\n" for part in ("train", "test") for n in RAF_DB),
    )
    samples = by_id(raf_db.rows(tmp_path))
    for part in ("train", "test"):
        assert {n: value(samples[f"basic/{part}_{n:05}"], "raf_db") for n in RAF_DB} == RAF_DB
    assert {s.split for id, s in samples.items() if "test" in id} == {"test"}
    assert {s.split for id, s in samples.items() if "train" in id} <= {"train", "dev"}
    assert Path(samples["basic/train_00001"].media["face"].path or "").parts[-2:] == ("original", "train_00001.jpg")


def test_raf_db_compound_expressions_are_two_names(tmp_path: Path, rng: np.random.Generator) -> None:
    raf_db.fake(tmp_path, rng)
    labels = "test_0001.jpg 1\ntest_0002.jpg 7\ntest_0003.jpg 11\n"
    store.write(tmp_path / "compound/EmoLabel/list_patition_label.txt", labels)
    samples = by_id(raf_db.rows(tmp_path))
    assert value(samples["compound/test_0001"], "raf_db.compound") == {"joy", "surprise"}
    assert value(samples["compound/test_0002"], "raf_db.compound") == {"fear", "anger"}
    (rating,) = samples["compound/test_0003"].ratings
    assert rating.value == {"disgust", "surprise"}
    assert rating.note == "disgustedly surprised"
    assert not any(s.rated("raf_db.compound") for id, s in samples.items() if id.startswith("basic"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("train_00001.jpg 0", r"^expected an expression from 1 to 7 for train_00001; found '0'; get the labels again"),
        ("train_00001.jpg", r"^expected a line such as 'train_00001\.jpg 5'; found 'train_00001\.jpg'; get the labels"),
        ("val_00001.jpg 1", r"^expected names that begin with train_ or test_; found 'val_00001'; get the labels"),
    ],
)
def test_raf_db_bad_lines_are_told(line: str, said: str, tmp_path: Path) -> None:
    store.write(tmp_path / "basic/EmoLabel/list_patition_label.txt", f"test_0001.jpg 1\n\n{line}\n")
    with pytest.raises(DataError, match=said):
        list(raf_db.rows(tmp_path))


# ---- CK+ -------------------------------------------------------------------------------------------------------------

CK_PLUS = ("neutral", "anger", "contempt", "disgust", "fear", "happiness", "sadness", "surprise")


def sequence(root: Path, where: str, number: int | None, units: str | None, pictures: int = 3) -> None:
    name = where.replace("/", "_")
    (root / "Emotion").mkdir(parents=True, exist_ok=True)
    for at in range(1, pictures + 1):
        picture(root / "cohn-kanade-images" / where / f"{name}_{at:08}.png")
    if number is not None:
        store.write(root / "Emotion" / where / f"{name}_{pictures:08}_emotion.txt", f"   {float(number):.7e}\n")
    if units is not None:
        store.write(root / "FACS" / where / f"{name}_{pictures:08}_facs.txt", units)


@pytest.mark.parametrize(("number", "name"), list(enumerate(CK_PLUS)))
def test_ck_plus_must_hold_a_neutral_first_and_a_labelled_last_picture(number: int, name: str, tmp_path: Path) -> None:
    sequence(tmp_path, "S005/001", number, None, pictures=11)
    first, last = ck_plus.rows(tmp_path)
    assert (first.id, last.id) == ("S005_001_00000001", "S005_001_00000011")
    assert (value(first, "ck_plus"), value(last, "ck_plus")) == ("neutral", name)
    assert first.groups == last.groups == {"person": "S005"}


def test_ck_plus_units_that_move_their_strengths_and_sequences_without_a_label(tmp_path: Path) -> None:
    units = "   1.2000000e+01   3.0000000e+00\n   2.5000000e+01   0.0000000e+00\n   6.3000000e+01   1.0000000e+00\n\n"
    sequence(tmp_path, "S010/001", None, units)
    sequence(tmp_path, "S010/002", None, None)
    sequence(tmp_path, "S010/003", 5, "")
    found = by_id(ck_plus.rows(tmp_path))
    assert set(found) == {f"S010_00{s}_0000000{p}" for s in (1, 3) for p in (1, 3)}, "nothing was said of 002"
    peak = found["S010_001_00000003"]
    assert peak.ratings == (Rating("ck_plus.units", frozenset({"AU12", "AU25"}), note="strengths: AU12 3"),)
    present, judged = target(ck_plus.TASKS[1], peak.ratings)
    assert present.sum() == 2
    assert judged.all()
    assert value(found["S010_003_00000003"], "ck_plus.units") == frozenset(), "coded, and none moves"


def test_ck_plus_the_archives_as_they_unpack(tmp_path: Path, rng: np.random.Generator) -> None:
    ck_plus.fake(tmp_path / "a", rng)
    moved = {"cohn-kanade-images": "extended-cohn-kanade-images", "Emotion": "Emotion_labels", "FACS": "FACS_labels"}
    for above in moved.values():
        (tmp_path / "b" / above).mkdir(parents=True)
    plain = {s.id: s.ratings for s in ck_plus.rows(tmp_path / "a")}
    for folder, above in moved.items():
        (tmp_path / "a" / folder).rename(tmp_path / "b" / above / folder)
    assert {s.id: s.ratings for s in ck_plus.rows(tmp_path / "b")} == plain
    assert len({s for s in plain if "ck_plus.units" in {r.task for r in plain[s]}}) == 28


@pytest.mark.parametrize(
    ("number", "units", "said"),
    [
        (8, None, r"^expected an expression from 0 to 7 for S005_001_00000003_emotion\.txt; found '8\.0000000e\+00'"),
        (1, "12\n", r"^expected a unit and its strength in S005_001_00000003_facs\.txt; found '12'; get"),
        (1, "12 9", r"^expected a unit and a strength from 0 to 5 in S005_001_0000.*; found '12 9'; get"),
    ],
)
def test_ck_plus_bad_files_are_told(number: int, units: str | None, said: str, tmp_path: Path) -> None:
    sequence(tmp_path, "S005/001", number, units)
    with pytest.raises(DataError, match=said):
        list(ck_plus.rows(tmp_path))


# ---- JAFFE -----------------------------------------------------------------------------------------------------------

TABLE = """The images are in TIFF. HAP is HAPPY.
# HAP SAD SUR ANG DIS PIC
1 5.00 5.00 5.00 5.00 5.00 KA-AN1
# HAP SAD SUR ANG DIS FEA PIC
1 1.00 2.00 3.00 4.00 5.00 1.50 KA-AN1
2 4.50 1.00 1.00 1.00 1.00 1.00 KM-HA2
# HAP SAD SUR ANG DIS FEA PIC
1 3.00 3.00 3.00 3.00 3.00 3.00 KM-NE1
"""


def test_jaffe_must_hold_what_was_posed_and_what_was_seen(tmp_path: Path) -> None:
    for name in ("KA.AN1.39", "KM.HA2.5", "KM.NE1.20", "KM.SU3.17"):
        picture(tmp_path / f"{name}.tiff")
    store.write(tmp_path / "README", TABLE)
    found = by_id(jaffe.rows(tmp_path))
    posed = {s.id: s.rated("jaffe") for s in found.values()}
    assert posed["KA.AN1.39"] == (Rating("jaffe", "anger", rater="KA"),)
    assert posed["KM.HA2.5"] == (Rating("jaffe", "joy", rater="KM"),)
    assert posed["KM.SU3.17"] == (Rating("jaffe", "surprise", rater="KM"),)
    assert {s.groups["person"] for s in found.values()} == {"KA", "KM"}
    seen = dict(zip(jaffe.TASKS[1].names, value(found["KA.AN1.39"], "jaffe.seen"), strict=True))  # type: ignore[call-overload]
    assert seen == {"joy": 1.0, "sadness": 2.0, "surprise": 3.0, "anger": 4.0, "disgust": 5.0, "fear": 1.5}
    assert [id for id, s in found.items() if s.rated("jaffe.seen")] == ["KA.AN1.39", "KM.HA2.5"], (
        "the first table with all"
    )
    assert (jaffe.TASKS[0].view, jaffe.TASKS[1].view) == (View.INTENDED, View.PERCEIVED)


def test_jaffe_without_its_table_what_was_posed_is_left(tmp_path: Path, rng: np.random.Generator) -> None:
    jaffe.fake(tmp_path / "jaffe", rng)
    (tmp_path / "jaffe" / "README").unlink()
    assert {r.task for s in jaffe.rows(tmp_path) for r in s.ratings} == {"jaffe"}


def test_jaffe_other_names_and_broken_lines_are_told(tmp_path: Path, rng: np.random.Generator) -> None:
    jaffe.fake(tmp_path, rng)
    table = (tmp_path / "README").read_text()
    store.write(tmp_path / "README", table + "43 1.0 1.0 x 1.0 1.0 1.0 KM-NE3\n")
    with pytest.raises(
        DataError, match=r"^expected a number, 6 means and a picture in a line of README; found '43 1\.0 .*-NE3'"
    ):
        list(jaffe.rows(tmp_path))
    store.write(tmp_path / "README", table)
    picture(tmp_path / "me.tiff")
    with pytest.raises(DataError, match=r"^expected a name such as KA\.AN1\.39\.tiff; found me\.tiff; leave out what"):
        list(jaffe.rows(tmp_path))


# ---- ExpW ------------------------------------------------------------------------------------------------------------

EXPW = {0: "anger", 1: "disgust", 2: "fear", 3: "joy", 4: "sadness", 5: "surprise", 6: "neutral"}


@pytest.mark.parametrize(("labels", "images"), [("label/label.lst", "image/origin"), ("label.lst", "origin")])
def test_expw_must_hold_several_faces_of_a_picture_each_with_its_box(labels: str, images: str, tmp_path: Path) -> None:
    lines = [f"angry_actor_1.jpg {face} 10 {20 * face} {20 * face + 15} 40 57.3 {face}" for face in EXPW]
    store.write(tmp_path / labels, "\n".join(lines) + "\n")
    (tmp_path / images).mkdir(parents=True)
    found = list(expw.rows(tmp_path))
    assert [s.id for s in found] == [f"angry_actor_1#{number}" for number in EXPW]
    assert [value(s, "expw") for s in found] == list(EXPW.values())
    # the file's order is top, left, right, bottom
    assert [s.media["face"].box for s in found] == [(20 * i, 10, 20 * i + 15, 40) for i in EXPW]
    assert {s.groups["source"] for s in found} == {"angry_actor_1.jpg"}
    assert {s.ratings[0].note for s in found} == {"detector's confidence 57.3"}
    assert {s.split for s in found} == {None}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("a.jpg 0 1 2 3 4 9.9", r"^expected picture, face, .* in line 2 of label\.lst; found 7 cells; get the labels"),
        ("a.jpg 0 1 9 3 4 9.9 1", r"^expected a box with an inside for line 2 of label\.lst; found left 9, top 1, rig"),
        ("a.jpg 0 1 x 3 4 9.9 1", r"^expected a number for the left side of line 2 of label\.lst; found 'x'; get the"),
        ("a.jpg 0 1 2 3 4 9.9 7", r"^expected an expression from 0 to 6 for line 2 of label\.lst; found '7'; get the"),
    ],
)
def test_expw_bad_lines_are_told(line: str, said: str, tmp_path: Path) -> None:
    store.write(tmp_path / "label/label.lst", f"b.jpg 0 1 2 3 4 9.9 1\n{line}\n")
    (tmp_path / "image/origin").mkdir(parents=True)
    with pytest.raises(DataError, match=said):
        list(expw.rows(tmp_path))


# ---- Aff-Wild2 -------------------------------------------------------------------------------------------------------

EXPRESSIONS = "Neutral,Anger,Disgust,Fear,Happiness,Sadness,Surprise,Other"
UNITS = "AU1,AU2,AU4,AU6,AU7,AU10,AU12,AU15,AU23,AU24,AU25,AU26"


def video(root: Path, set: str, part: str, name: str, lines: Iterable[str], frames: Iterable[int] = (1, 2, 3)) -> None:
    (root / "annotations/EXPR_Set/Train_Set").mkdir(parents=True, exist_ok=True)
    store.write(root / "annotations" / set / part / f"{name}.txt", "\n".join(lines) + "\n")
    for frame in frames:
        picture(root / "cropped_aligned" / name / f"{frame:05}.jpg")


def test_aff_wild2_must_hold_frames_with_what_three_sets_say_of_them(tmp_path: Path) -> None:
    frames = (1, 2, 4, 5)
    video(tmp_path, "EXPR_Set", "Train_Set", "a", [EXPRESSIONS, "4", "-1", "1", "7", "-1"], frames)
    video(tmp_path, "VA_Set", "Train_Set", "a", ["valence,arousal", "0.5,-0.25", "-5,-5", "0,0", "-5,0.1", "-5,-5"], ())
    units = [UNITS, "1,0,0,1,0,0,1,0,0,0,1,0", *[",".join(["-1"] * 12)] * 2, "1,-1" + 10 * ",0"]
    video(tmp_path, "AU_Set", "Train_Set", "a", units, ())
    found = by_id(aff_wild2.rows(tmp_path))
    assert set(found) == {"a/00001", "a/00004"}, "2 and 5: nothing said; 3: no picture"
    first, fourth = found.values()
    assert value(first, "aff_wild2") == "joy"
    assert target(aff_wild2.TASKS[1], first.ratings)[0].tolist() == [0.5, -0.25]
    assert value(first, "aff_wild2.units") == {"AU1", "AU6", "AU12", "AU25"}
    assert Path(first.media["face"].path or "").name == "00001.jpg"
    assert fourth.rated("aff_wild2") == (Rating("aff_wild2", None, note="other"),)
    assert not fourth.rated("aff_wild2.va"), "half a point is none"
    present, judged = target(aff_wild2.TASKS[2], fourth.ratings)
    assert (present.tolist(), judged.tolist()) == ([1.0] + [0.0] * 11, [True, False] + [True] * 10)


def test_aff_wild2_names_come_from_the_heading(tmp_path: Path) -> None:
    video(tmp_path, "EXPR_Set", "Train_Set", "a", ["Surprise,Neutral,Anger", "0", "1", "2"])
    assert [value(s, "aff_wild2") for s in aff_wild2.rows(tmp_path)] == ["surprise", "neutral", "anger"]


def test_aff_wild2_two_people_of_a_video_and_all_sets_stay_in_one_split(tmp_path: Path) -> None:
    video(tmp_path, "EXPR_Set", "Train_Set", "v1_left", [EXPRESSIONS, "0"])
    video(tmp_path, "EXPR_Set", "Train_Set", "v1_right", [EXPRESSIONS, "1"])
    video(tmp_path, "VA_Set", "Validation_Set", "v1_right", ["valence,arousal", "0,0"])
    video(tmp_path, "EXPR_Set", "Train_Set", "video23", [EXPRESSIONS, "0"])
    video(tmp_path, "EXPR_Set", "Train_Set", "video1", [EXPRESSIONS, "0"])
    video(tmp_path, "EXPR_Set", "Train_Set", "unseen", [EXPRESSIONS, "0"], ())
    found = {s.id: (s.groups["source"], s.split) for s in aff_wild2.rows(tmp_path)}
    assert found == {
        "v1_left/00001": ("v1", "test"),
        "v1_right/00001": ("v1", "test"),
        "video1/00001": ("video1", "train"),
        "video23/00001": ("video23", "dev"),
    }


def test_aff_wild2_nothing_is_read_before_it_is_asked_for(tmp_path: Path) -> None:
    video(tmp_path, "EXPR_Set", "Train_Set", "a", [EXPRESSIONS, "0", "1"])
    video(tmp_path, "EXPR_Set", "Train_Set", "b", [EXPRESSIONS, "broken"])
    rows = aff_wild2.rows(tmp_path)
    assert [next(rows).id, next(rows).id] == ["a/00001", "a/00002"]
    with pytest.raises(DataError, match=r"^expected a number for the expression of b\.txt; found 'broken'; get"):
        next(rows)


@pytest.mark.parametrize(
    ("set", "lines", "said"),
    [
        ("EXPR_Set", ["Neutral,Calm", "0"], r"^expected a heading of expressions in a\.txt; found Neutral,Calm; get"),
        ("EXPR_Set", [EXPRESSIONS, "8"], r"^expected an expression from 0 to 7 for a\.txt; found '8'; get the labels"),
        ("VA_Set", ["arousal", "0"], r"^expected the heading valence,arousal in a\.txt; found arousal; get the file"),
        ("VA_Set", ["valence,arousal", "0"], r"^expected 2 numbers per line in a\.txt; found 0; get the file again"),
        ("AU_Set", [UNITS, "2" + 11 * ",0"], r"^expected units of 0, 1 or -1 in a\.txt; found 2,0,0,0,0,0,0,0,0,0,0,"),
    ],
)
def test_aff_wild2_bad_files_are_told(set: str, lines: list[str], said: str, tmp_path: Path) -> None:
    video(tmp_path, set, "Train_Set", "a", lines)
    with pytest.raises(DataError, match=said):
        list(aff_wild2.rows(tmp_path))


def test_aff_wild2_a_video_in_both_sets_is_told(tmp_path: Path) -> None:
    for part in ("Train_Set", "Validation_Set"):
        video(tmp_path, "EXPR_Set", part, "a", [EXPRESSIONS, "0"])
    with pytest.raises(
        DataError, match=r"^expected each video in Train_Set or Validation_Set of EXPR_Set; found a in both; remove one"
    ):
        list(aff_wild2.rows(tmp_path))


# ---- all of them -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("fer2013", [Kind.SINGLE]),
        ("affectnet", [Kind.SINGLE, Kind.SINGLE, Kind.CONTINUOUS]),
        ("raf_db", [Kind.SINGLE, Kind.MULTI]),
        ("ck_plus", [Kind.SINGLE, Kind.MULTI]),
        ("jaffe", [Kind.SINGLE, Kind.CONTINUOUS]),
        ("expw", [Kind.SINGLE]),
        ("aff_wild2", [Kind.SINGLE, Kind.CONTINUOUS, Kind.MULTI]),
    ],
)
def test_the_main_task_is_one_expression(name: str, kinds: list[Kind]) -> None:
    assert [task.kind for task in find.load("corpora", name).TASKS] == kinds
