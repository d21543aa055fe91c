"""Faces, acted speech and music: known cases of their readers, and counts in the real files where these are at hand."""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest

from affectkit import corpora, find, hub
from affectkit.corpora import deam, emomusic, ferplus, ferplus_majority, ravdess
from affectkit.errors import DataError, MissingExtra
from affectkit.modalities import face, music, speech
from affectkit.sample import Media, Rating, Sample, target
from affectkit.task import Kind, View
from reading import change, real, splits

REAL = pytest.mark.skipif(not os.environ.get("AFFECTKIT_CORPORA"), reason="AFFECTKIT_CORPORA is not set")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def value(sample: Sample, task: str) -> object:
    (rating,) = sample.rated(task)
    return rating.value


# ---- FER+ ------------------------------------------------------------------------------------------------------------


def test_ferplus_must_hold_ten_anonymous_votes_with_unknown_and_not_a_face(tmp_path: Path) -> None:
    ferplus.fake(tmp_path, np.random.default_rng(0))
    votes = dict.fromkeys(ferplus._VOTES, 0) | {"happiness": 6, "surprise": 2, "unknown": 1, "NF": 1}
    change(tmp_path / "fer2013new.csv", lambda rows: rows[0].update({k: str(v) for k, v in votes.items()}))
    sample = next(iter(ferplus.rows(tmp_path)))
    assert sample.rated("ferplus") == (
        Rating("ferplus", "happiness", count=6),
        Rating("ferplus", "surprise", count=2),
        Rating("ferplus", None, count=1, note="unknown"),
        Rating("ferplus", None, count=1, note="not a face"),
    )
    assert all(r.rater is None and r.rule is None for r in sample.rated("ferplus"))
    plain = Sample(sample.id, {"face": Media(path="fer0000000.png")}, sample.ratings, split=sample.split)
    back = Sample.from_json(json.loads(json.dumps(plain.to_json())))
    assert back == plain
    shares, judged = target(ferplus.TASKS[0], back.ratings)
    assert dict(zip(ferplus.TASKS[0].names, shares.tolist(), strict=True)) == pytest.approx(
        dict.fromkeys(ferplus.NAMES, 0) | {"happiness": 6 / 8, "surprise": 2 / 8}  # of the eight who named one
    )
    assert judged.all()
    assert (ferplus.TASKS[0].kind, ferplus.TASKS[0].view) == (Kind.DISTRIBUTION, View.PERCEIVED)


@pytest.mark.parametrize("layout", ["compact", "official"])
def test_ferplus_every_picture_has_ten_votes_and_can_be_read(
    layout: str, tmp_path: Path, rng: np.random.Generator
) -> None:
    ferplus.fake(tmp_path, rng, layout)
    for sample in ferplus.rows(tmp_path):
        assert sum(r.count for r in sample.rated("ferplus")) == 10
        read = face.read(sample.media["face"])
        assert (read.shape, read.dtype) == ((48, 48, 3), np.uint8)
        assert not face.blank(sample.media["face"])


def test_ferplus_the_compact_pictures_are_the_official_ones_packed(tmp_path: Path) -> None:
    pictures = []
    for layout in ("compact", "official"):
        ferplus.fake(tmp_path / layout, np.random.default_rng(1), layout)
        pictures.append({s.id: face.read(s.media["face"]).astype(float) for s in ferplus.rows(tmp_path / layout)})
    compact, official = pictures
    assert compact.keys() == official.keys()
    apart = [np.corrcoef(compact[id].ravel(), official[id].ravel())[0, 1] for id in official]
    assert min(apart) > 0.9, "each goes with its own labels"


def test_ferplus_official_pixels_are_read_by_row(tmp_path: Path, rng: np.random.Generator) -> None:
    ferplus.fake(tmp_path, rng)
    for row, votes in zip(
        corpora.read_csv(tmp_path / "fer2013.csv"), corpora.read_csv(tmp_path / "fer2013new.csv"), strict=True
    ):
        if votes["Image name"] == "fer0000042.png":
            wanted = [int(p) for p in row["pixels"].split()]
    (sample,) = (s for s in ferplus.rows(tmp_path) if s.id == "fer0000042")
    assert face.read(sample.media["face"])[..., 1].ravel().tolist() == wanted


def test_ferplus_rows_without_a_name_and_repeated_names_are_left_out() -> None:
    # a name's number falls behind its row where a row without a name has no number of its own
    names = ["fer0000000.png", "", "fer0000001.png", "fer0000002.png", "", "fer0000005.png", "fer0000002.png"]
    assert ferplus._named(names) == {0, 2, 3, 5}
    first = ["fer0000000.png", "fer0000004.png", "fer0000002.png", "fer0000003.png", "fer0000004.png"]
    assert ferplus._named(first) == {0, 2, 3, 4}


@pytest.mark.parametrize(
    ("votes", "kept"),
    [
        ({"happiness": 6, "surprise": 3, "fear": 1}, {"happiness": 6, "surprise": 3}),
        ({"happiness": 5, "surprise": 4, "fear": 1}, {"happiness": 5, "surprise": 4}),  # of nine that count
        ({"happiness": 5, "surprise": 5}, None),
        ({"happiness": 3, "unknown": 6, "fear": 1}, None),
        ({"NF": 9, "fear": 1}, None),
        ({"happiness": 4, "surprise": 1, "fear": 1, "anger": 1, "unknown": 3}, {"happiness": 4}),
    ],
)
def test_ferplus_majority_is_of_the_votes_that_count(
    votes: dict[str, int], kept: dict[str, int] | None, tmp_path: Path, rng: np.random.Generator
) -> None:
    ferplus.fake(tmp_path, rng)
    its = dict.fromkeys(ferplus._VOTES, 0) | votes
    change(tmp_path / "fer2013new.csv", lambda rows: rows[0].update({k: str(v) for k, v in its.items()}))
    whole, found = (list(corpus.rows(tmp_path)) for corpus in (ferplus, ferplus_majority))
    first = whole[0].id
    named = {s.id: {r.value: r.count for r in s.ratings if r.value is not None} for s in found}
    assert named.get(first) == kept


@REAL
def test_ferplus_majority_has_the_faces_of_published_figures() -> None:
    assert splits(real("ferplus_majority")) == {"train": 25057, "dev": 3199, "test": 3153}


def test_ferplus_files_that_do_not_belong_together_are_told(tmp_path: Path, rng: np.random.Generator) -> None:
    ferplus.fake(tmp_path / "a", rng)
    change(tmp_path / "a" / "fer2013.csv", lambda rows: rows.pop())
    with pytest.raises(
        DataError,
        match=r"^expected the same Usage in row 91 of fer2013\.csv and fer2013new\.csv; found no row and PrivateTest",
    ):
        list(ferplus.rows(tmp_path / "a"))
    ferplus.fake(tmp_path / "b", rng, "compact")
    change(tmp_path / "b" / "labels.csv", lambda rows: rows.pop(3))
    with pytest.raises(
        DataError,
        match=r"expected a row of labels\.csv for fer0000003\.png; found fer0000004\.png; the files may be of",
    ):
        list(ferplus.rows(tmp_path / "b"))


@pytest.mark.parametrize(
    ("file", "column", "cell", "said"),
    [
        ("fer2013.csv", "emotion", "7", "expected an emotion from 0 to 6 for fer0000000.png; found '7'; get fer2013"),
        ("fer2013.csv", "pixels", "1 2 3", "expected 2304 pixels for fer0000000.png; found 3; get fer2013.csv again"),
        ("fer2013.csv", "pixels", "1 x", "expected pixels from 0 to 255 for fer0000000.png; found "),
        ("fer2013.csv", "pixels", "256", "expected pixels from 0 to 255 for fer0000000.png; found "),
        ("fer2013new.csv", "fear", "", "expected the number of votes for fear of fer0000000.png; found ''; mend it"),
    ],
)
def test_ferplus_cells_that_are_no_numbers_are_told(
    file: str, column: str, cell: str, said: str, tmp_path: Path, rng: np.random.Generator
) -> None:
    ferplus.fake(tmp_path, rng)
    change(tmp_path / file, lambda rows: rows[0].update({column: cell}))
    with pytest.raises(DataError) as caught:
        list(ferplus.rows(tmp_path))
    assert str(caught.value).startswith(said)


def test_ferplus_an_uncertain_label_of_fer2013_says_so(tmp_path: Path, rng: np.random.Generator) -> None:
    ferplus.fake(tmp_path, rng, "compact")
    change(
        tmp_path / "labels.csv",
        lambda rows: rows[1].update(fer2013_label="happiness", fer2013_label_uncertain="1"),
    )
    first, second, *_ = ferplus.rows(tmp_path)
    (sure,), (unsure,) = first.rated("fer2013"), second.rated("fer2013")
    assert (sure.note, unsure.value) == (None, "joy")  # FER2013's happiness is Ekman's joy
    assert unsure.note == "uncertain: equal pictures had two labels, or none was clearly the same"


def test_ferplus_compact_needs_an_extra_and_says_so(
    tmp_path: Path, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    ferplus.fake(tmp_path, rng, "compact")
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    with pytest.raises(
        MissingExtra, match=r"pyarrow\.parquet for the compact layout of FER\+; found it is not installed"
    ):
        list(ferplus.rows(tmp_path))


@REAL
def test_ferplus_real_counts_and_the_567_repeats() -> None:
    samples = real("ferplus")
    assert splits(samples) == {"train": 28_558, "dev": 3_579, "test": 3_573}
    assert Counter(sum(r.count for r in s.rated("ferplus")) for s in samples) == {10: 35_709, 9: 1}
    labels = Counter(value(s, "fer2013") for s in samples)
    assert (labels["joy"], labels["neutral"], labels["fear"], labels["disgust"]) == (8_952, 6_160, 5_102, 546)
    # votes of one set to nothing, then one name with more than half of all votes: the README's `majority`
    majority: Counter[tuple[str | None, str]] = Counter()
    for s in samples:
        votes = {str(r.value or r.note): r.count for r in s.rated("ferplus") if r.count > 1}
        best = max(votes, key=lambda name: votes[name])
        if votes[best] * 2 > sum(r.count for r in s.rated("ferplus")):
            majority[s.split, best] += 1
    assert (majority["train", "neutral"], majority["dev", "happiness"], majority["test", "surprise"]) == (
        7494,
        847,
        341,
    )
    packed = defaultdict(list)
    for s in samples:
        assert s.media["face"].array is not None
        packed[s.media["face"].array.tobytes()].append(s.split)
    repeats = sum(sum(split != "train" for split in of) for of in packed.values() if "train" in of)
    assert repeats == 567  # equal pixels were packed into equal bytes


# ---- RAVDESS ---------------------------------------------------------------------------------------------------------


def test_ravdess_a_name_tells_all(tmp_path: Path) -> None:
    for actor in ("01", "12"):
        (tmp_path / f"Actor_{actor}").mkdir()
    file = tmp_path / "Actor_12" / "03-01-06-01-02-01-12.wav"
    for other in (file, file.with_name("03-02-06-01-02-01-12.wav"), file.with_name("02-01-06-01-02-01-12.mp4")):
        other.write_bytes(b"")
    (sample,) = ravdess.rows(tmp_path)  # neither song nor video
    assert sample == Sample(
        "03-01-06-01-02-01-12",
        {"speech": Media(path=str(file))},
        (Rating("ravdess", "fearful", rater="actor12"), Rating("ravdess.intensity", "normal", rater="actor12")),
        {"sentence": "dogs", "speaker": "actor12", "fold": "1"},
        "train",
    )


def test_ravdess_neutral_has_no_strength_and_the_view_is_the_actors(tmp_path: Path, rng: np.random.Generator) -> None:
    ravdess.fake(tmp_path, rng)
    samples = list(ravdess.rows(tmp_path))
    assert {bool(s.rated("ravdess.intensity")) for s in samples if value(s, "ravdess") == "neutral"} == {False}
    assert {bool(s.rated("ravdess.intensity")) for s in samples if value(s, "ravdess") != "neutral"} == {True}
    assert {task.view for task in ravdess.TASKS} == {View.INTENDED}
    assert all(r.rater == s.groups["speaker"] for s in samples for r in s.ratings)


@pytest.mark.parametrize("layout", ["compact", "official"])
def test_ravdess_clips_can_be_read(layout: str, tmp_path: Path, rng: np.random.Generator) -> None:
    ravdess.fake(tmp_path, rng, layout)
    for sample in list(ravdess.rows(tmp_path))[::20]:
        read = speech.read(sample.media["speech"])
        assert (len(read), read.dtype) == (4000, np.float32)


def test_ravdess_another_name_is_told(tmp_path: Path, rng: np.random.Generator) -> None:
    ravdess.fake(tmp_path, rng, "official")
    strange = next((tmp_path / "Actor_01").glob("*.wav"))
    strange.rename(strange.with_name("03-01-09-01-01-01-01.wav"))
    with pytest.raises(
        DataError,
        match=r"^expected a name such as 03-01-06-01-02-01-12; found 03-01-09-01-01-01-01\.wav; leave out what",
    ):
        list(ravdess.rows(tmp_path))


def test_calm_lies_between_neutral_and_joy() -> None:
    there = hub.scheme("ravdess").to_hub(np.eye(8)[[ravdess.NAMES.index("calm")]])
    shares = dict(zip(hub.COARSE, there.coarse[0].tolist(), strict=True))
    assert {name: share for name, share in shares.items() if share} == {"neutral": 0.5, "joy": 0.5}
    valence, arousal, _ = there.vad[0]
    assert valence > 0 > arousal


@REAL
def test_ravdess_real_counts_and_its_shared_sentences() -> None:
    samples = real("ravdess")
    assert splits(samples) == {"train": 960, "dev": 240, "test": 240}
    emotions = Counter(value(s, "ravdess") for s in samples)
    assert emotions == {name: 96 if name == "neutral" else 192 for name in ravdess.NAMES}
    assert Counter(r.value for s in samples for r in s.rated("ravdess.intensity")) == {"normal": 672, "strong": 672}
    of = {kind: defaultdict(set) for kind in ("speaker", "sentence")}
    for s in samples:
        for kind, seen in of.items():
            seen[s.groups[kind]].add(s.split)
    assert {len(seen) for seen in of["speaker"].values()} == {1} and len(of["speaker"]) == 24
    assert list(map(len, of["sentence"].values())) == [3, 3]
    # labels.csv tells the same in words, and its split is drawn by the same actors
    folder = corpora.root("ravdess")
    for row, s in zip(corpora.read_csv(folder / "labels.csv"), samples, strict=True):
        assert value(s, "ravdess") == {"surprise": "surprised"}.get(row["emotion_orig"], row["emotion_orig"])
        assert s.split == {"val": "dev"}.get(row["split"], row["split"])
        assert s.groups["sentence"] in row["statement"].lower() and s.groups["speaker"] == row["speaker"]
    assert len(speech.read(samples[0].media["speech"])) / 16_000 == pytest.approx(3.303, abs=2e-3)


# ---- DEAM and emoMusic -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", ["compact", "official"])
def test_deam_puts_2013_back_and_keeps_what_was_released(layout: str, tmp_path: Path, rng: np.random.Generator) -> None:
    deam.fake(tmp_path, rng, layout)
    samples = list(deam.rows(tmp_path))
    assert Counter(s.groups["block"] for s in samples) == {
        "mediaeval2013": 36,
        "mediaeval2014": 36,
        "mediaeval2015": 18,
    }
    for s in samples:
        mended, released = value(s, "deam"), value(s, "deam.released")
        assert isinstance(mended, tuple) and isinstance(released, tuple)
        exchanged = s.groups["block"] == "mediaeval2013"
        assert released == (mended[::-1] if exchanged else mended)
        (rating,) = s.rated("deam")
        assert (rating.note is not None) == exchanged
    scaled, _ = target(deam.TASKS[0], samples[0].ratings)
    mean = value(samples[0], "deam")
    assert isinstance(mean, tuple)
    assert scaled.tolist() == pytest.approx([(v - 5) / 4 for v in mean])


def test_deam_official_files_as_released(tmp_path: Path, rng: np.random.Generator) -> None:
    deam.fake(tmp_path, rng, "official")
    first, second = (tmp_path / file for file in deam._FILES)
    first.write_text(
        "song_id, valence_mean, valence_std, arousal_mean, arousal_std\n2,3.1,0.94,3,0.63\n1001,4,1.5,5.5,2\n"
    )
    second.write_text(
        "song_id, valence_mean, valence_std, valence_max_mean, arousal_mean, arousal_std\n2001,5,1,8,6,0.5\n"
    )
    (tmp_path / "split.csv").unlink()
    (tmp_path / "MEMD_audio" / "1001.mp3").unlink()
    old, new, last = deam.rows(tmp_path)
    assert (value(old, "deam"), value(old, "deam.spread")) == ((3.0, 3.1), (0.63, 0.94))
    assert value(old, "deam.released") == (3.1, 3.0)
    assert (value(new, "deam"), value(new, "deam.spread")) == ((4.0, 5.5), (1.5, 2.0))
    assert value(last, "deam") == (5.0, 6.0)
    assert {s.split for s in (old, new, last)} == {None}
    assert new.media == {}, "a song without its sound is still a song"
    assert len(music.read(last.media["music"])) == 4410


def test_deam_and_emomusic_say_what_is_wrong(tmp_path: Path, rng: np.random.Generator) -> None:
    for part, name in ((deam, "deam"), (emomusic, "emomusic")):
        part.fake(tmp_path / name, rng)
        change(tmp_path / name / "labels.csv", lambda rows: rows[0].update(arousal_mean="loud"))
        with pytest.raises(DataError, match=r"expected two numbers for the song '2'; found .*loud.*; get the corpus"):
            list(part.rows(tmp_path / name))
        change(tmp_path / name / "labels.csv", lambda rows: rows[0].update(arousal_mean="3", split="dev"))
        with pytest.raises(DataError, match="expected train, validation, test for the song 2; found 'dev'; correct"):
            list(part.rows(tmp_path / name))
    change(tmp_path / "deam" / "labels.csv", lambda rows: rows[0].update(split="test", song_id="3000"))
    with pytest.raises(DataError, match=r"^expected a song_id from 1 to 2058; found '3000'; get the corpus again$"):
        list(deam.rows(tmp_path / "deam"))
    emomusic.fake(tmp_path, rng, "official")
    change(tmp_path / emomusic._INFO, lambda rows: rows.pop(0))
    with pytest.raises(
        DataError, match=r"expected development or evaluation for song 2 in songs_info\.csv; found no row; get the"
    ):
        list(emomusic.rows(tmp_path))
    change(tmp_path / emomusic._STATIC, lambda rows: [row.pop("std_valence") for row in rows])
    with pytest.raises(
        DataError, match=r"^expected the column 'std_valence' in static_annotations\.csv; found song_id,"
    ):
        list(emomusic.rows(tmp_path))


def test_emomusic_official_sets_are_the_split_where_nobody_says_another(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    emomusic.fake(tmp_path, rng, "official")
    with_dev = splits(list(emomusic.rows(tmp_path)))
    (tmp_path / "split.csv").unlink()
    without = splits(list(emomusic.rows(tmp_path)))
    assert without == {"train": with_dev["train"] + with_dev["dev"], "test": with_dev["test"]}


@REAL
def test_deam_and_emomusic_real_and_one_inside_the_other() -> None:
    whole, part = real("deam"), real("emomusic")
    assert splits(whole) == {"train": 1_261, "dev": 271, "test": 270}
    assert splits(part) == {"train": 495, "dev": 124, "test": 125}
    assert Counter(s.groups["block"] for s in whole) == {
        "mediaeval2013": 744,
        "mediaeval2014": 1_000,
        "mediaeval2015": 58,
    }
    by_song = {s.groups["song"]: s for s in whole}
    assert {s.groups["song"] for s in part} == {s for s, w in by_song.items() if w.groups["block"] == "mediaeval2013"}

    def values(samples: list[Sample], task: str) -> np.ndarray:
        return np.array([value(s, task) for s in samples])

    shared = [by_song[s.groups["song"]] for s in part]
    own = values(part, "emomusic")
    mended, released = (np.corrcoef(values(shared, task).T, own.T)[:2, 2:] for task in ("deam", "deam.released"))
    assert (np.diag(mended) > 0.999).all()
    assert (np.diag(released) < 0.7).all() and (np.diag(released[::-1]) > 0.999).all(), "they are exchanged"
    spreads = np.corrcoef(values(shared, "deam.spread").T, values(part, "emomusic.spread").T)[:2, 2:]
    assert (np.diag(spreads) > 0.98).all() and (np.diag(spreads[::-1]) < 0.5).all(), "and so are their spreads"
    artists = defaultdict(set)
    for s in part:
        artists[s.groups["artist"]].add(s.split)
    assert (sum(len(seen) > 1 for seen in artists.values()), len(artists)) == (74, 411)
    assert not any(s.media for s in (*whole, *part)), "annotations without sound"


def test_what_is_heard_or_seen_can_be_chosen_by_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("deam", "ravdess"):
        find.load("corpora", name).fake(tmp_path / name, np.random.default_rng(0))
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tmp_path))
    assert len(list(corpora.samples("deam:block=mediaeval2015"))) == 18
    kept = {s.groups["speaker"] for s in corpora.samples("ravdess:speaker!=actor01,sentence=kids")}
    assert kept == {"actor02", "actor03", "actor06"}
