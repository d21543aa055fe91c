"""Speech without acting, acted speech of four more corpora, and the sound of conversations: known cases, bad files."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from affectkit import corpora, find
from affectkit.corpora import aesdd, berst, emotiontalk, esd, iemocap, meld, msp_podcast, urdu
from affectkit.errors import DataError
from affectkit.modalities import speech, text
from affectkit.sample import Media, Sample, target
from affectkit.task import Kind, View
from reading import change

TASKS = {task.id: task for part in (msp_podcast, berst) for task in part.TASKS}


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def value(sample: Sample, task: str) -> Any:
    (rating,) = sample.rated(task)
    return rating.value


def pitch_hz(media: Media) -> float:
    """Where the spectrum of a clip is highest."""
    sound = speech.read(media)
    return float(np.fft.rfftfreq(len(sound), 1 / 16_000)[np.abs(np.fft.rfft(sound)).argmax()])


def named(found: Iterable[Sample]) -> dict[str, Sample]:
    return {sample.id: sample for sample in found}


def without_media(found: Iterable[Sample]) -> list[tuple[Any, ...]]:
    return [(s.id, s.ratings, s.groups, s.split) for s in found]


@pytest.mark.parametrize("name", ["urdu", "aesdd", "esd", "berst", "msp_podcast"])
def test_the_sound_goes_with_the_emotion(name: str, tmp_path: Path, rng: np.random.Generator) -> None:
    """What a model learns from an imitation: clips of one label sound alike, clips of another do not."""
    part = find.load("corpora", name)
    part.fake(tmp_path, rng)
    heard = defaultdict(list)
    for sample in part.rows(tmp_path):
        label = value(sample, part.TASKS[0].id)
        quiet = value(sample, "berst.shout") != "shout" if sample.rated("berst.shout") else True
        if label is not None and quiet:
            heard[label].append(pitch_hz(sample.media["speech"]))
    spans = sorted((min(its), max(its)) for its in heard.values())
    assert len(spans) == len(part.TASKS[0].names)
    assert all(before[1] < after[0] for before, after in pairwise(spans))


# ---- URDU ------------------------------------------------------------------------------------------------------------


def test_urdu_names_tell_the_speaker_and_the_emotion_that_was_heard(tmp_path: Path, rng: np.random.Generator) -> None:
    urdu.fake(tmp_path, rng)
    (tmp_path / "Angry" / "SM4").mkdir()
    file = next((tmp_path / "Angry").glob("*.wav"))
    file.rename(tmp_path / "Angry" / "SM4" / "SM4_F48_A0100.wav")  # the README tells of folders for speakers
    found = named(urdu.rows(tmp_path))
    assert len(found) == 32
    assert found["SM4_F48_A0100"].groups == {"speaker": "SM4"}
    words = {"A": "angry", "H": "happy", "N": "neutral", "S": "sad"}
    assert all(value(s, "urdu") == words[id.split("_")[2][0]] for id, s in found.items())
    assert urdu.TASKS[0].view is View.PERCEIVED
    assert {s.split for s in found.values()} == {None}


@pytest.mark.parametrize("wrong", ["SM1_F1_H01.wav", "SX1_F1_A01.wav", "angry1.wav"])
def test_urdu_a_clip_in_another_folder_is_a_sentence(tmp_path: Path, rng: np.random.Generator, wrong: str) -> None:
    urdu.fake(tmp_path, rng)
    (tmp_path / "Angry" / wrong).write_bytes(b"")
    with pytest.raises(
        DataError, match=rf"^expected a name such as SM1_F10_A010 in Angry; found {wrong}; leave out what is not of the"
    ):
        list(urdu.rows(tmp_path))


# ---- AESDD -----------------------------------------------------------------------------------------------------------


def test_aesdd_takes_share_a_sentence_and_what_is_made_up_does_not(tmp_path: Path) -> None:
    for folder, name in (
        *(("fear", "f18 (5)"), ("fear", "f18 (5)b"), ("anger", "a18 (4)")),
        *(("sadness", "s20 (4)"), ("sadness", "s20 (5)"), ("sadness", "s05 (3)")),
    ):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / f"{name}.wav").write_bytes(b"RIFF")
    for folder in ("disgust", "happiness"):
        (tmp_path / folder).mkdir()
    found = named(aesdd.rows(tmp_path))
    assert "s05 (3)" not in found  # broken at the source
    sentences = {id: s.groups["sentence"] for id, s in found.items()}
    assert sentences["f18 (5)"] == sentences["f18 (5)b"] == sentences["a18 (4)"] == "18"
    assert sentences["s20 (4)"] != sentences["s20 (5)"]
    assert {id: (value(s, "aesdd"), s.rated("aesdd")[0].rater) for id, s in found.items()} == {
        "a18 (4)": ("angry", "4"),
        "f18 (5)": ("fearful", "5"),
        "f18 (5)b": ("fearful", "5"),
        "s20 (4)": ("sad", "4"),
        "s20 (5)": ("sad", "5"),
    }


def test_aesdd_a_clip_in_another_folder_is_a_sentence(tmp_path: Path, rng: np.random.Generator) -> None:
    aesdd.fake(tmp_path, rng)
    (tmp_path / "fear" / "h01 (1).wav").write_bytes(b"")
    with pytest.raises(DataError, match=r"^expected a name such as 'f03 \(4\)' in fear; found h01 \(1\)\.wav; leave"):
        list(aesdd.rows(tmp_path))


# ---- ESD -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "sentence", "split"),
    [
        (1, 1, "dev"),
        (370, 20, "dev"),
        (721, 21, "test"),
        (1_100, 50, "test"),
        (1_451, 51, "train"),
        (1_750, 350, "train"),
    ],
)
def test_esd_a_clips_number_tells_sentence_and_split(tmp_path: Path, number: int, sentence: int, split: str) -> None:
    file = tmp_path / "0011" / "Sad" / f"0011_{number:06}.wav"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"")
    (sample,) = esd.rows(tmp_path)
    assert sample.groups == {"language": "en", "speaker": "0011", "sentence": f"en-{sentence:03}"}
    assert sample.split == split
    assert set(sample.media) == {"speech"}  # no file with the words


def test_esd_words_are_read_in_every_encoding(tmp_path: Path, rng: np.random.Generator) -> None:
    esd.fake(tmp_path, rng)
    said = {s.groups["speaker"]: text.read(s.media["text"]) for s in esd.rows(tmp_path)}
    assert said["0001"].startswith("它们很美丽，第")
    assert said["0011"] == said["0012"]
    assert said["0011"].startswith("It’s sentence ")
    file = tmp_path / "0011" / "0011.txt"
    written = file.read_text(encoding="utf-8")
    for encoding in ("cp1252", "utf-8-sig", "utf-16-be"):
        mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
        file.write_bytes(mark + written.encode(encoding))
        assert {s.groups["speaker"]: text.read(s.media["text"]) for s in esd.rows(tmp_path)} == said


def test_esd_a_line_that_lacks_a_field_leaves_its_clip_without_words(tmp_path: Path, rng: np.random.Generator) -> None:
    esd.fake(tmp_path, rng)
    file = tmp_path / "0011" / "0011.txt"
    lines = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join(line.replace("\t", " ", 1) if n == 3 else line for n, line in enumerate(lines)), "utf-8")
    silent = {s.id for s in esd.rows(tmp_path) if "text" not in s.media}
    assert silent == {lines[3].split("\t")[0]}


def test_esd_with_folders_for_sets_reads_the_same(tmp_path: Path, rng: np.random.Generator) -> None:
    esd.fake(tmp_path, rng)
    before = without_media(esd.rows(tmp_path))
    for file in list(tmp_path.glob("*/*/*.wav")):
        folder = file.parent / "train"
        folder.mkdir(exist_ok=True)
        file.rename(folder / file.name)
    assert without_media(esd.rows(tmp_path)) == before
    assert Counter(s[3] for s in before) == {"dev": 15, "test": 15, "train": 30}


def test_esd_an_unknown_emotion_is_a_sentence(tmp_path: Path, rng: np.random.Generator) -> None:
    esd.fake(tmp_path, rng)
    (tmp_path / "0012" / "Sad").rename(tmp_path / "0012" / "Sadness")
    with pytest.raises(
        DataError,
        match=r"expected a name such as 0001/Angry/0001_000351\.wav; found 0012/Sadness/0012_001\d+\.wav; leave",
    ):
        list(esd.rows(tmp_path))


# ---- BERSt -----------------------------------------------------------------------------------------------------------


def test_berst_what_nobody_says_here_is_kept_in_its_own_words(tmp_path: Path, rng: np.random.Generator) -> None:
    berst.fake(tmp_path, rng)

    def say(rows: list[dict[str, str]]) -> None:
        rows[0].update(affect=" Anger ", shout_level="raised voice", phone_position=" Under  the bed ")
        rows[1].update(affect="bewildered", shout_level="SHOUT", script="Let’s MAKE a dax ?", user_id=" u7 ")
        rows[2].update(affect="sad", shout_level="")

    change(tmp_path / "berst-data" / "train" / "metadata.csv", say)
    first, second, third, *_ = berst.rows(tmp_path)
    assert value(first, "berst") == "anger"
    assert [(r.value, r.note) for r in first.rated("berst.shout")] == [(None, "raised voice")]
    assert first.groups["position"] == "Under  the bed"
    assert [(r.value, r.note, r.rater) for r in second.rated("berst")] == [(None, "bewildered", "u7")]
    assert (value(second, "berst.shout"), second.groups["sentence"]) == ("shout", "let s make a dax")
    assert second.media["text"].text == "Let’s MAKE a dax ?"
    assert (value(third, "berst"), third.rated("berst.shout")[0].note) == ("sadness", "empty")
    for task in ("berst", "berst.shout"):
        judged = [bool(target(TASKS[task], s.ratings)[1].any()) for s in (first, second, third)]
        assert judged == [value(s, task) is not None for s in (first, second, third)]


def test_berst_recordings_and_speakers_keep_to_one_split_and_phrases_do_not(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    berst.fake(tmp_path, rng)
    seen: defaultdict[tuple[str, str], set[str | None]] = defaultdict(set)
    for sample in berst.rows(tmp_path):
        for kind, id in sample.groups.items():
            seen[kind, id].add(sample.split)
    assert {len(its) for (kind, _), its in seen.items() if kind in ("speaker", "recording")} == {1}
    assert seen["sentence", "let s make a dax"] == {"train", "dev", "test"}


def test_berst_is_read_unpacked_and_with_paths_of_another_system(tmp_path: Path, rng: np.random.Generator) -> None:
    berst.fake(tmp_path, rng)
    before = [(s.id, Path(str(s.media["speech"].path)).name) for s in berst.rows(tmp_path)]
    for part in ("train", "validation", "test"):
        (tmp_path / "berst-data" / part).rename(tmp_path / part)
        file = tmp_path / part / "metadata.csv"
        change(file, lambda rows: [row.update(file_name=row["file_name"].replace("/", "\\")) for row in rows])
    after = list(berst.rows(tmp_path))
    assert [(s.id, Path(str(s.media["speech"].path)).name) for s in after] == before
    assert all(Path(str(s.media["speech"].path)).is_file() for s in after)
    assert before[0][0] == "shout_data_train-00/final/chunk0"


def test_berst_a_row_needs_its_file(tmp_path: Path, rng: np.random.Generator) -> None:
    berst.fake(tmp_path, rng)
    file = tmp_path / "berst-data" / "test" / "metadata.csv"
    change(file, lambda rows: rows[2].update(file_name="  "))
    with pytest.raises(
        DataError, match=r"^expected a sound file in file_name of test/metadata\.csv; found ''; get the corpus again$"
    ):
        list(berst.rows(tmp_path))
    change(file, lambda rows: [row.pop("shout_level") for row in rows])
    with pytest.raises(
        DataError, match=r"^expected the column 'shout_level' in metadata\.csv; found file_name, audio_id"
    ):
        list(berst.rows(tmp_path))


# ---- MSP-Podcast -----------------------------------------------------------------------------------------------------

_ALL = """MSP-PODCAST_0001_0008.wav; X; A:3.333333; V:4.000000; D:4.333333;
WORKER00000005; Angry; Angry,Annoyed,Dissapointed; A:5.000000; V:2.000000; D:6.000000;
WORKER00000007; Other-Curious; Other-Curious,Confused; A:3.000000; V:6.000000; D:4.000000;
WORKER00000009; Neutral; A:2.000000; V:4.000000; D:3.000000;

MSP-PODCAST_0153_0042_0001.wav; N; A:4.000000; V:4.000000; D:4.000000;
WORKER00000005; Neutral; Neutral; A:4.000000; V:4.000000; D:;
"""
_ROWS = [
    {
        "FileName": "MSP-PODCAST_0001_0008.wav",
        "EmoClass": "X",
        "EmoAct": "3.333333",
        "EmoVal": "4",
        "EmoDom": "4.333333",
    },
    {"FileName": "MSP-PODCAST_0153_0042_0001.wav", "EmoClass": "N", "EmoAct": "4", "EmoVal": "4", "EmoDom": "4"},
]


@pytest.fixture
def podcasts(tmp_path: Path) -> Path:
    """Two clips without sound, their raters in labels.txt and their sets in Partitions."""
    corpora.write_csv(tmp_path / "Labels" / "labels_consensus.csv", _ROWS)
    (tmp_path / "Labels" / "labels.txt").write_text(_ALL, encoding="utf-8")
    (tmp_path / "Partitions").mkdir()
    told = "Test2; MSP-PODCAST_0001_0008.wav\nMSP-PODCAST_0153_0042_0001.wav; Development\n"
    (tmp_path / "Partitions" / "partitions.txt").write_text(told, encoding="utf-8")
    return tmp_path


def shares(sample: Sample, task: str) -> Mapping[str, float]:
    values, _ = target(TASKS[task], sample.ratings)
    return {name: v for name, v in zip(TASKS[task].names, values.tolist(), strict=True) if v}


def test_msp_votes_are_shares_of_those_who_named_an_emotion(podcasts: Path) -> None:
    first, second = msp_podcast.rows(podcasts)
    assert shares(first, "msp_podcast.raters") == pytest.approx({"anger": 1 / 2, "neutral": 1 / 2})
    curious = first.rated("msp_podcast.raters")[1]
    assert (curious.value, curious.note, curious.rater) == (None, "Other-Curious", "WORKER00000007")
    third = 1 / 3
    wanted = {"anger": third, "annoyance": third, "disappointment": third, "confusion": third, "neutral": third}
    assert shares(first, "msp_podcast.all") == pytest.approx(wanted)
    assert [r.note for r in first.rated("msp_podcast.all")] == [None, "Other-Curious", None]
    assert [(r.value, r.note) for r in first.rated("msp_podcast")] == [(None, "no agreement")]
    assert value(second, "msp_podcast") == "neutral"
    assert (TASKS["msp_podcast.raters"].kind, TASKS["msp_podcast.all"].kind) == (Kind.DISTRIBUTION, Kind.MULTI)


def test_msp_the_published_numbers_are_the_raters_mean(podcasts: Path) -> None:
    first, second = msp_podcast.rows(podcasts)
    given = np.array([[2, 5, 6], [6, 3, 4], [4, 2, 3]], float)  # valence, arousal, dominance
    for task in ("msp_podcast.vad", "msp_podcast.vad.raters"):
        values, judged = target(TASKS[task], first.ratings)
        assert values == pytest.approx((given.mean(0) - 4) / 3, abs=1e-6)
        assert judged.all()
    (unfinished,) = second.rated("msp_podcast.vad.raters")
    assert (unfinished.value, unfinished.note) == (None, "incomplete")


def test_msp_sets_and_podcasts(podcasts: Path) -> None:
    first, second = msp_podcast.rows(podcasts)
    assert (first.split, second.split) == ("test", "dev")
    assert first.groups == {"podcast": "0001", "set": "Test2", "speaker": "unnamed of 0001"}
    assert second.groups == {"podcast": "0153", "set": "Development", "speaker": "unnamed of 0153"}
    assert (first.id, first.media) == ("MSP-PODCAST_0001_0008", {})  # no sound there, the votes can still be studied


def test_msp_every_form_of_the_raters_gives_the_same(tmp_path: Path, rng: np.random.Generator) -> None:
    msp_podcast.fake(tmp_path, rng)
    folder = tmp_path / "Labels"
    whole = list(msp_podcast.rows(tmp_path))
    assert all(len(s.rated("msp_podcast.raters")) == 3 for s in whole)
    rows = list(corpora.read_csv(folder / "labels_detailed.csv"))
    lines = [
        "{WorkerID}; {EmoClass_Major}; {EmoClass_Second}; A:{EmoAct}.000000; V:{EmoVal}.000000; D:{EmoDom}.000000;"
        "".format(**row)
        for row in rows
    ]
    detail = [{"FileName": row["FileName"], "EmoDetail": line} for row, line in zip(rows, lines, strict=True)]
    corpora.write_csv(folder / "labels_detailed.csv", detail)
    assert list(msp_podcast.rows(tmp_path)) == whole
    corpora.write_csv(
        folder / "labels_detailed.csv", [{"Workers" if k == "WorkerID" else k: v for k, v in r.items()} for r in rows]
    )
    assert list(msp_podcast.rows(tmp_path)) == whole
    (folder / "labels_detailed.csv").unlink()
    blocks: defaultdict[str, list[str]] = defaultdict(list)
    for row, line in zip(rows, lines, strict=True):
        blocks[row["FileName"]].append(line)
    told = "\n".join(
        "\n".join((f"{file}; N; A:4.000000; V:4.000000; D:4.000000;", *its, "")) for file, its in blocks.items()
    )
    (folder / "labels.txt").write_text(told, encoding="utf-8")
    assert list(msp_podcast.rows(tmp_path)) == whole
    (folder / "labels.txt").unlink()
    alone = list(msp_podcast.rows(tmp_path))
    assert {r.rater for s in alone for r in s.ratings} == {"consensus"}
    assert [s.rated("msp_podcast") for s in alone] == [s.rated("msp_podcast") for s in whole]


def test_msp_a_number_outside_the_scale_is_no_rating(podcasts: Path) -> None:
    change(podcasts / "Labels" / "labels_consensus.csv", lambda rows: rows[0].update(EmoDom="0.0"))
    first, _ = msp_podcast.rows(podcasts)
    (official,) = first.rated("msp_podcast.vad")
    assert (official.value, official.note) == (None, "not from 1 to 7")
    assert not target(TASKS["msp_podcast.vad"], [official])[1].any()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"FileName": "clip.wav"},
            r"expected a name such as MSP-PODCAST_0001_0008\.wav; found 'clip\.wav'; get the corpus",
        ),
        (
            {"EmoClass": "Q"},
            r"a class among N, H, U, S, A, D, F, C, X, O for MSP-PODCAST_0001_0008\.wav; found 'Q'; get",
        ),
        (
            {"Split_Set": "Holdout"},
            r"a set among Train, Validation, .*, Test3 for MSP-PODCAST_0001_0008\.wav; found 'Holdout'; get the corpus",
        ),
    ],
)
def test_msp_a_broken_table_is_one_sentence(podcasts: Path, changed: dict[str, str], said: str) -> None:
    change(podcasts / "Labels" / "labels_consensus.csv", lambda rows: [row.update(changed) for row in rows[:1] or rows])
    with pytest.raises(DataError, match=said):
        list(msp_podcast.rows(podcasts))


def test_msp_raters_in_another_form_are_one_sentence(podcasts: Path) -> None:
    (podcasts / "Labels" / "labels.txt").write_text(_ALL.replace(" A:2.000000; V:4.000000; D:3.000000;", ""), "utf-8")
    with pytest.raises(
        DataError,
        match=r"expected a rater's line such as WORKER00000001; .* in labels\.txt; found 'WORKER00000009; Neu",
    ):
        list(msp_podcast.rows(podcasts))
    detail = {"FileName": "MSP-PODCAST_0001_0008.wav", "WorkerID": "W1", "EmoClass_Major": "Sad", "EmoClass_Second": ""}
    corpora.write_csv(podcasts / "Labels" / "labels_detailed.csv", [detail])
    with pytest.raises(
        DataError,
        match=r"^expected the column 'EmoVal' in labels_detailed\.csv; found FileName, WorkerID, EmoClass_Major",
    ):
        list(msp_podcast.rows(podcasts))


# ---- the sound of conversations --------------------------------------------------------------------------------------


def test_iemocap_turns_have_their_sound_where_it_is(tmp_path: Path, rng: np.random.Generator) -> None:
    iemocap.fake(tmp_path, rng, sound=True)
    found = named(iemocap.rows(tmp_path))
    turn = "Ses01F_impro01_F000"
    file = tmp_path / "Session1" / "sentences" / "wav" / "Ses01F_impro01" / f"{turn}.wav"
    assert found[turn].media["speech"] == Media(path=str(file))
    for sample in found.values():
        label = value(sample, "iemocap")
        place = iemocap.TASKS[0].names.index(label) + 1 if label else None  # None: no majority
        assert place is None or pitch_hz(sample.media["speech"]) == pytest.approx(100 * place, abs=5)
    file.unlink()
    again = named(iemocap.rows(tmp_path))
    assert set(again[turn].media) == {"text"}
    assert {id: s for id, s in again.items() if id != turn} == {id: s for id, s in found.items() if id != turn}


@pytest.mark.parametrize("layout", ["compact", "official"])
def test_melds_sound_is_that_of_the_clips(tmp_path: Path, rng: np.random.Generator, layout: str) -> None:
    meld.fake(tmp_path, rng, layout, sound=True)
    found = list(meld.rows(tmp_path))
    assert all(set(s.media) == {"text", "speech"} for s in found)
    folders = {"train": "train_splits", "dev": "dev_splits_complete", "test": "output_repeated_splits_test"}
    first = next(s for s in found if s.split == "dev")
    assert first.media["speech"] == Media(path=str(tmp_path / folders["dev"] / "dia0_utt0.mp4"), stream=0)
    for sample in found[::9]:
        wanted = 100 * (meld.TASKS[0].names.index(value(sample, "meld")) + 1)
        assert pitch_hz(sample.media["speech"]) == pytest.approx(wanted, abs=10)
    for split, folder in folders.items():  # as the archives within the archive are unpacked by some
        (tmp_path / split).mkdir()
        (tmp_path / folder).rename(tmp_path / split / folder)
    moved = list(meld.rows(tmp_path))
    assert [Path(str(s.media["speech"].path)).parent.parent.name for s in moved] == [s.split for s in found]


def test_meld_a_missing_or_broken_clip_leaves_the_words(tmp_path: Path, rng: np.random.Generator) -> None:
    meld.fake(tmp_path, rng, sound=True)
    (tmp_path / "dev_splits_complete" / "dia0_utt1.mp4").unlink()
    change(tmp_path / "meld.csv.gz", lambda rows: rows[0].update(Dialogue_ID="125", Utterance_ID="3"))
    (tmp_path / "train_splits" / "dia125_utt3.mp4").write_bytes(b"broken")
    silent = {s.id for s in meld.rows(tmp_path) if "speech" not in s.media}
    assert silent == {"train-dia125-utt3", "dev-dia0-utt1"}


@pytest.mark.parametrize("layout", ["compact", "official"])
@pytest.mark.parametrize("folder", ["audio", "Audio", "."])
def test_emotiontalks_sound_lies_by_group_dialogue_and_speaker(
    tmp_path: Path, rng: np.random.Generator, layout: str, folder: str
) -> None:
    emotiontalk.fake(tmp_path, rng, layout, sound=True)
    for unpacked in sorted((tmp_path / "audio").glob("G*")):
        (tmp_path / folder).mkdir(exist_ok=True)
        unpacked.rename(tmp_path / folder / unpacked.name)
    found = list(emotiontalk.rows(tmp_path))
    assert all(set(s.media) == {"text", "speech"} for s in found)
    for sample in found[::7]:
        group, dialogue, speaker, _ = sample.id.split("_")
        file = Path(str(sample.media["speech"].path))
        wanted = Path(folder, group, f"{group}_{dialogue}", f"{group}_{dialogue}_{speaker}", f"{sample.id}.wav")
        assert file.relative_to(tmp_path) == wanted
    sounds = defaultdict(set)
    for sample in found:
        sounds[value(sample, "emotiontalk.audio")].add(round(pitch_hz(sample.media["speech"]) / 100))
    assert sorted(map(len, sounds.values())) == [1] * len(sounds)
    assert len(set.union(*sounds.values())) == len(sounds)


@pytest.mark.parametrize("name", ["iemocap", "meld", "emotiontalk"])
def test_without_sound_only_the_words_are_read(name: str, tmp_path: Path, rng: np.random.Generator) -> None:
    part = find.load("corpora", name)
    part.fake(tmp_path, rng)
    assert {m for sample in part.rows(tmp_path) for m in sample.media} == {"text"}
    assert find.card("corpora", name)["modalities"] == ["text", "speech"]
