"""Acted speech: what the names of files tell, folds of whole speakers, bad files, and counts in the real corpora."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectkit import corpora, find, hub
from affectkit.corpora import (
    _acted,
    crema_d,
    emodb,
    emovo,
    indian_emospeech,
    nemo,
    ravdess,
    ravdess_song,
    savee,
    shemo,
    tess,
)
from affectkit.errors import DataError
from affectkit.modalities import speech
from affectkit.sample import Media, Rating, Sample
from affectkit.task import View
from reading import change, real, splits

ALL = (nemo, indian_emospeech, ravdess, ravdess_song, emodb, savee, tess, emovo, shemo)
WITH_FOLDS = (nemo, indian_emospeech, ravdess, ravdess_song, savee, emovo, crema_d)
HASH = "00da8563" + "0" * 48  # of a speaker of dev


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def folds(samples: list[Sample]) -> dict[str, Counter[str]]:
    """Fold -> clips of each of its speakers."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for s in samples:
        found[s.groups["fold"]][s.groups["speaker"]] += 1
    return dict(found)


def value(sample: Sample) -> object:
    return sample.ratings[0].value


# ---- all of them -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ALL, ids=lambda p: p.__name__.split(".")[-1])
def test_clips_can_be_heard_and_the_pitch_of_an_imitation_goes_with_the_emotion(
    part: Any, tmp_path: Path, rng: np.random.Generator
) -> None:
    part.fake(tmp_path, rng)
    samples = list(part.rows(tmp_path))
    names = part.TASKS[0].names
    assert {value(s) for s in samples} == set(names)
    for s in samples[::15]:
        heard = speech.read(s.media["speech"])
        assert heard.shape == (4000,) and heard.dtype == np.float32
        peak_hz = np.abs(np.fft.rfft(heard)).argmax() * 16_000 / len(heard)
        assert 100 <= peak_hz <= 100 * len(names) + 50


@pytest.mark.parametrize("part", WITH_FOLDS, ids=lambda p: p.__name__.split(".")[-1])
def test_no_fold_cuts_a_speaker(part: Any, tmp_path: Path, rng: np.random.Generator) -> None:
    part.fake(tmp_path, rng)
    of = defaultdict(set)
    for s in part.rows(tmp_path):
        of[s.groups["speaker"]].add(s.groups["fold"])
    assert {len(seen) for seen in of.values()} == {1}


@pytest.mark.parametrize(
    ("part", "file", "bad", "said"),
    [
        (nemo, "samples/WR0_surprised_{}.wav", "samples/XX0_surprised_64.wav", "WR0_surprised_64; found XX0_surprised"),
        (ravdess_song, "Actor_01/03-02-06-*.wav", "Actor_01/03-02-07-01-01-01-01.wav", "03-02-06-01-02-01-12; found"),
        (emodb, "wav/03???W?.wav", "wav/03a01Xa.wav", r"03a01Fa; found 03a01Xa\.wav; leave out"),
        (savee, "AudioData/DC/a??.wav", "AudioData/DC/b01.wav", "DC/sa08 or DC_sa08; found DC_b01; leave out"),
        (tess, "OAF_back_sad.wav", "OAF_back_bored.wav", r"OAF_back_angry; found OAF_back_bored\.wav; leave out"),
        (emovo, "f1/gio-f1-??.wav", "f1/gio-f1-b9.wav", r"gio-f2-b1; found gio-f1-b9\.wav; leave out"),
        (shemo, "female/F01S??.wav", "female/F01X01.wav", r"F01S07; found F01X01\.wav; leave out"),
    ],
)
def test_another_name_is_told(
    part: Any, file: str, bad: str, said: str, tmp_path: Path, rng: np.random.Generator
) -> None:
    layout = {"layout": "official"} if part is nemo else {}
    part.fake(tmp_path, rng, **layout)
    if part is nemo:
        change(tmp_path / "data.tsv", lambda rows: rows[0].update(file_id=Path(bad).name), "\t")
    else:
        next(tmp_path.glob(file)).rename(tmp_path / bad)
    with pytest.raises(DataError, match=f"^expected a name such as {said}"):
        list(part.rows(tmp_path))


@given(
    st.dictionaries(st.text("abcdef", min_size=1, max_size=4), st.integers(1, 60), min_size=1, max_size=40),
    st.integers(1, 8),
)
def test_speakers_are_dealt_evenly_whatever_their_order(clips: dict[str, int], many: int) -> None:
    found = _acted.dealt(clips, many)
    assert found == _acted.dealt(dict(reversed(clips.items())), many)
    assert set(found) == set(clips)
    load = Counter({str(k): 0 for k in range(many)})
    for speaker, fold in found.items():
        load[fold] += clips[speaker]
    # each was put on the least full, so no two folds are further apart than the largest speaker
    assert max(load.values()) - min(load[str(k)] for k in range(many)) <= max(clips.values())


# ---- one by one ------------------------------------------------------------------------------------------------------


def one(part: Any, root: Path, *files: str) -> Sample:
    """The only sample of a corpus of empty files."""
    for file in files:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_bytes(b"")
    found: list[Sample] = list(part.rows(root))
    assert len(found) == 1
    return found[0]


def test_nemo_a_name_tells_all(tmp_path: Path) -> None:
    (tmp_path / "data.tsv").write_text("file_id\temotion\tspeaker_id\nWR0_surprised_64.wav\tsurprised\t        WR0\n")
    assert one(nemo, tmp_path, "samples/WR0_surprised_64.wav") == Sample(
        "WR0_surprised_64",
        {"speech": Media(path=str(tmp_path / "samples/WR0_surprised_64.wav"))},
        (Rating("nemo", "surprised", rater="WR0"),),
        {"speaker": "WR0", "sentence": "64", "fold": "0"},
        "test",
    )


def test_indian_emospeech_reads_emotions_of_known_speakers_alone(tmp_path: Path) -> None:
    left_out = [
        f"{start}-{HASH}" for start in ("background-safe-None-1", "unknown-safe-calm-2", "go-glass break-calm-3")
    ]
    files = [f"House/{name}.wav" for name in (*left_out, f"bacho-safe-angry-4-d14a028c{'0' * 48}")]
    sample = one(indian_emospeech, tmp_path, f"webservice/bacho-safe-angry-1-{HASH}.wav", *files)
    assert sample.ratings == (Rating("indian_emospeech", "angry", rater="00da8563"),)
    assert (sample.groups, sample.split) == ({"speaker": "00da8563", "sentence": "bacho", "fold": "4"}, "dev")
    (tmp_path / "webservice" / "bacho.wav").write_bytes(b"")
    with pytest.raises(DataError, match=r"expected a name such as bacho-safe-angry-1562\d+- and .* found bacho;"):
        list(indian_emospeech.rows(tmp_path))


def test_ravdess_speech_and_song_in_one_folder_are_two_corpora(tmp_path: Path) -> None:
    files = ("Actor_01/03-01-05-02-01-01-01.wav", "Actor_01/03-02-01-01-01-01-01.wav")
    sung = one(ravdess_song, tmp_path, *files)
    assert sung.id == "03-02-01-01-01-01-01"
    assert [(r.task, r.value) for r in sung.ratings] == [("ravdess_song", "neutral")]
    (spoken,) = ravdess.rows(tmp_path)
    assert [(r.task, r.value) for r in spoken.ratings] == [("ravdess", "angry"), ("ravdess.intensity", "strong")]
    assert spoken.groups == sung.groups == {"speaker": "actor01", "sentence": "kids", "fold": "0"}
    assert ravdess_song.TASKS[0].names == ("neutral", "calm", "happy", "sad", "angry", "fearful")


def test_emodb_german_letters_and_boredom(tmp_path: Path) -> None:
    sample = one(emodb, tmp_path, "wav/15b10Lc.wav")
    assert sample.ratings == (Rating("emodb", "boredom", rater="15"),)
    assert (sample.groups, sample.split) == ({"speaker": "15", "sentence": "b10"}, None)
    words = {"W": "Wut", "L": "Langeweile", "E": "Ekel", "A": "Angst", "F": "Freude", "T": "Trauer", "N": "neutral"}
    scheme = hub.scheme("emodb")
    for letter, word in words.items():
        assert emodb._LETTERS[letter] == scheme.names[scheme.column(word)]
    there = scheme.to_hub(np.eye(7)[[emodb.TASKS[0].names.index("boredom")]])
    valence, arousal, _ = there.vad[0]
    assert hub.COARSE[int(there.coarse[0].argmax())] == "disgust"
    assert valence < 0 and arousal < 0


@pytest.mark.parametrize("file", ["AudioData/JE/su03.wav", "JE_su03.wav"])
def test_savee_in_folders_and_flat(file: str, tmp_path: Path) -> None:
    start = "AudioData/DC/a01.wav" if "/" in file else "DC_a01.wav"
    for name in (start, file):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    first, second = savee.rows(tmp_path)
    assert (first.id, second.id) == ("DC_a01", "JE_su03")
    assert second.ratings == (Rating("savee", "surprised", rater="JE"),)
    assert second.groups == {"speaker": "JE", "sentence": "su03", "fold": "0"}


def test_tess_mends_a_name_and_tells_which_surprise(tmp_path: Path) -> None:
    for file in ("OAF_angry/OAF_back_angry.wav", "OAF_neutral/OA_bite_neutral.wav", "YAF_ps/YAF_bite_ps.wav"):
        (tmp_path / file).parent.mkdir()
        (tmp_path / file).write_bytes(b"")
    found = {s.id: s for s in tess.rows(tmp_path)}
    assert list(found) == ["OAF_back_angry", "OAF_bite_neutral", "YAF_bite_ps"]
    assert found["OAF_bite_neutral"].groups == {"speaker": "OAF", "sentence": "bite"}
    assert found["YAF_bite_ps"].ratings == (Rating("tess", "surprised", rater="YAF", note="pleasant surprise"),)


def test_emovo_italian_letters_and_emobox_folds(tmp_path: Path, rng: np.random.Generator) -> None:
    emovo.fake(tmp_path, rng)
    samples = list(emovo.rows(tmp_path))
    assert {fold: list(speakers) for fold, speakers in folds(samples).items()} == {
        "0": ["f2"], "1": ["m3"], "2": ["m2"], "3": ["f3"], "4": ["f1"], "5": ["m1"],
    }  # fmt: skip
    words = {"gio": "happy", "tri": "sad", "rab": "angry", "pau": "fearful", "sor": "surprised"}
    assert all(value(s) == words.get(s.id[:3], value(s)) for s in samples)


def test_shemo_is_what_listeners_heard(tmp_path: Path) -> None:
    (tmp_path / "male").mkdir()
    sample = one(shemo, tmp_path, "female/F01F07.wav")
    assert sample.ratings == (Rating("shemo", "fearful", rater="consensus", rule="majority"),)
    assert (sample.groups, shemo.TASKS[0].view) == ({"speaker": "F01"}, View.PERCEIVED)
    assert {p.TASKS[0].view for p in ALL if p is not shemo} == {View.INTENDED}


def test_crema_d_blocks_are_those_of_emo_superb() -> None:
    sizes = Counter(crema_d._FOLDS.values())
    assert sizes == {"0": 18, "1": 18, "2": 19, "3": 18, "4": 18}
    assert sorted(crema_d._FOLDS) == [str(actor) for actor in range(1001, 1092)]
    assert [crema_d._FOLDS[a] for a in ("1037", "1018", "1091", "1060", "1019")] == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("name", ["emodb", "tess", "shemo", "crema_d"])
def test_where_emobox_shares_speakers_the_card_says_so(name: str) -> None:
    assert any("EmoBox's fold" in limit for limit in find.card("corpora", name)["limits"])


# ---- the real files --------------------------------------------------------------------------------------------------


def test_nemo_real_counts_and_three_folds() -> None:
    samples = real("nemo")
    assert len(samples) == 3_732 and splits(samples) == {"train": 2_384, "dev": 449, "test": 899}
    labels = {"happy": 626, "sad": 640, "angry": 623, "fearful": 615, "neutral": 674, "surprised": 554}
    assert Counter(map(value, samples)) == labels
    table = {Path(r["path"]).stem: r for r in corpora.read_csv(corpora.root("nemo") / "labels.csv")}
    women = {r["speaker"] for r in table.values() if r["gender"] == "female"}
    for speakers in folds(samples).values():
        assert len(speakers) == 3 and 0 < len(women & set(speakers)) < 3
    for fold in ("0", "1", "2"):
        said = defaultdict(set)
        for s in samples:
            if s.groups["fold"] == fold:
                said[value(s)].add(s.groups["speaker"])
        assert len(said) == 6 and min(map(len, said.values())) >= 2
    for s in samples:  # the table says in words what was read from names
        row = table[s.id]
        assert (s.groups["speaker"], int(s.groups["sentence"])) == (row["speaker"], int(row["statement_id"][1:]))
        assert {"fearful": "fear", "surprised": "surprise"}.get(str(value(s)), value(s)) == row["emotion"]
        assert s.split == {"val": "dev"}.get(row["split"], row["split"])
    heard = speech.read(samples[0].media["speech"])
    assert len(heard) / 16_000 == pytest.approx(float(table[samples[0].id]["duration_s"]), abs=2e-3)


def test_indian_emospeech_real_counts_and_six_folds() -> None:
    samples = real("indian_emospeech")
    assert len(samples) == 920 and splits(samples) == {"train": 552, "dev": 184, "test": 184}
    assert Counter(map(value, samples)) == dict.fromkeys(indian_emospeech.NAMES, 230)
    table = {Path(r["src_path"]).stem: r for r in corpora.read_csv(corpora.root("indian_emospeech") / "labels.csv")}
    same = defaultdict(set)
    for s in samples:
        row = table[s.id]
        same[s.groups["speaker"]].add(row["speaker"])
        assert s.groups["sentence"] == row["statement_id"] and s.split == {"val": "dev"}.get(row["split"], row["split"])
        assert value(s) == row["emotion_orig"]
    assert len(same) == 95 and {len(names) for names in same.values()} == {1}, "eight digits tell speakers apart"
    sizes = {fold: speakers.total() for fold, speakers in folds(samples).items()}
    assert sizes == {"0": 138, "1": 138, "2": 138, "3": 138, "4": 184, "5": 184}


def test_ravdess_real_folds_are_those_of_the_table() -> None:
    samples = real("ravdess")
    for row, s in zip(corpora.read_csv(corpora.root("ravdess") / "labels.csv"), samples, strict=True):
        assert s.groups["fold"] == row["fold"]
    assert {fold: len(speakers) for fold, speakers in folds(samples).items()} == dict.fromkeys("012345", 4)


def test_crema_d_real_blocks() -> None:
    sizes = {fold: len(speakers) for fold, speakers in folds(real("crema_d")).items()}
    assert sizes == {"0": 18, "1": 18, "2": 19, "3": 18, "4": 18}
