"""The conversation corpora's known cases, and their counts in the real files where these are at hand."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest

from affectkit import corpora, find, hub
from affectkit.corpora import cped, dailydialog, ecf, emorynlp, emotiontalk, empathetic_dialogues, iemocap
from affectkit.errors import DataError, UnknownName
from affectkit.sample import Sample, target
from affectkit.task import View
from reading import real, splits

REAL = pytest.mark.skipif(not os.environ.get("AFFECTKIT_CORPORA"), reason="AFFECTKIT_CORPORA is not set")
TALKS = ("emorynlp", "ecf", "dailydialog", "iemocap", "cped", "emotiontalk", "empathetic_dialogues")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def swap(file: Path, old: str, new: str) -> None:
    """Put `new` in the place of the first `old` in a text file."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


# ---- what all keep ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TALKS)
def test_a_turn_knows_every_earlier_turn_of_its_dialogue_and_nothing_else(
    name: str, tmp_path: Path, rng: np.random.Generator
) -> None:
    part = find.load("corpora", name)
    part.fake(tmp_path, rng)
    said: defaultdict[str, list[str]] = defaultdict(list)
    for sample in part.rows(tmp_path):
        dialogue = sample.groups["dialogue"]
        if any(link.kind == "situation" for link in sample.links) or sample.id != dialogue:
            assert list(sample.context) == said[dialogue]
            said[dialogue].append(sample.id)
    assert max(map(len, said.values())) > 3


@pytest.mark.parametrize("name", TALKS)
def test_speakers_are_known(name: str, tmp_path: Path, rng: np.random.Generator) -> None:
    part = find.load("corpora", name)
    part.fake(tmp_path, rng)
    by_dialogue = defaultdict(set)
    for sample in part.rows(tmp_path):
        by_dialogue[sample.groups["dialogue"]].add(sample.groups["speaker"])
    assert max(map(len, by_dialogue.values())) >= 2


# ---- EmoryNLP --------------------------------------------------------------------------------------------------------


def test_emorynlp_ids_are_the_first_releases_and_several_may_speak(tmp_path: Path, rng: np.random.Generator) -> None:
    emorynlp.fake(tmp_path, rng)
    samples = list(emorynlp.rows(tmp_path))
    assert samples[0].id == "s01_e01_c01_u001"
    assert samples[0].groups["dialogue"] == "s01_e01_c01"
    spoken = {s.groups["speaker"] for s in samples}
    assert spoken == {"Ann Lee", "Bob Ray", "Cy's Friend", "Ann Lee, Bob Ray"}
    assert {s.rated("emorynlp")[0].value for s in samples} == set(emorynlp.TASKS[0].names)


# ---- ECF -------------------------------------------------------------------------------------------------------------


def test_ecf_causes_are_links_to_turns_of_the_same_conversation(tmp_path: Path) -> None:
    times = "Friends_S2E13: 00:00:01.000 - 00:00:02.000"
    lines = [
        *("7 3", "(2,1),(2,2),(3,2)"),
        f"1 | Ann | neutral | We won . | {times}",
        f"2 | Bob | surprise | You are joking ! | {times}",
        f"3 | Ann | joy | Not at all . | {times}",
    ]
    for split in ("train", "dev", "test"):
        body = "\n".join(lines).replace("7 3", f"{len(split)} 3")
        (tmp_path / f"{split}.txt").write_text(body, encoding="utf-8")
    first, second, third, *_ = ecf.rows(tmp_path)
    assert first.links == ()
    assert [(link.kind, link.other, link.start_s) for link in second.links] == [
        ("cause", "5-1", None),
        ("cause", "5-2", None),
    ]
    assert [link.other for link in third.links] == ["5-2"]
    assert third.context == ("5-1", "5-2")
    assert second.groups == {"dialogue": "5", "episode": "s02e13", "speaker": "Bob"}
    assert second.media["text"].text == "You are joking !"


def test_ecf_without_time_stamps_is_another_release(tmp_path: Path, rng: np.random.Generator) -> None:
    ecf.fake(tmp_path, rng, "official")
    file = tmp_path / "train.txt"
    lines = file.read_text(encoding="utf-8").splitlines()
    lines[3] = lines[3].rpartition(" | ")[0]
    file.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(
        DataError, match=r"^expected 5 fields between bars in line 4 of train\.txt; found 4; get the release with time"
    ):
        list(ecf.rows(tmp_path))


def test_ecf_a_head_line_must_say_how_many_turns_follow(tmp_path: Path, rng: np.random.Generator) -> None:
    ecf.fake(tmp_path, rng, "official")
    file = tmp_path / "dev.txt"
    file.write_text("Hello\n" + file.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(
        DataError, match=r"a conversation's number and length in line 1 of dev\.txt; found 'Hello'; mend it"
    ):
        list(ecf.rows(tmp_path))


# ---- DailyDialog -----------------------------------------------------------------------------------------------------


def test_dailydialog_numbers_are_the_published_ones(tmp_path: Path) -> None:
    words = ("no emotion", "anger", "disgust", "fear", "happiness", "sadness", "surprise")
    for folder in ("train", "validation", "test"):
        (tmp_path / folder).mkdir()
        text = "".join(f" {word} . __eou__" for word in words)
        (tmp_path / folder / f"dialogues_{folder}.txt").write_text(f"{text.strip()}\n", encoding="utf-8")
        (tmp_path / folder / f"dialogues_emotion_{folder}.txt").write_text("0 1 2 3 4 5 6 \n", encoding="utf-8")
    scheme = hub.scheme("ekman_neutral")
    samples = list(dailydialog.rows(tmp_path))
    assert len(samples) == 21
    for sample in samples:
        said = str(sample.media["text"].text).removesuffix(" .")
        assert sample.rated("dailydialog")[0].value == scheme.names[scheme.column(said)]
    assert [s.groups["speaker"][-1] for s in samples[:4]] == ["A", "B", "A", "B"]
    assert {s.split: s.groups["dialogue"] for s in samples} == {
        "train": "train-0",
        "dev": "validation-0",
        "test": "test-0",
    }


def test_dailydialog_every_turn_needs_its_label(tmp_path: Path, rng: np.random.Generator) -> None:
    dailydialog.fake(tmp_path, rng)
    swap(tmp_path / "train" / "dialogues_emotion_train.txt", " ", " 7 ")
    with pytest.raises(DataError, match=r"^expected \d numbers from 0 to 6 for train-0; found \d 7 .*; get the corpus"):
        list(dailydialog.rows(tmp_path))


# ---- IEMOCAP ---------------------------------------------------------------------------------------------------------

_EVALUATION = """% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]

[10.0000 - 12.0000]\tSes03M_script02_2_M000\txxx\t[2.5000, 3.5000, 2.5000]
C-E2:\tAnger; Frustration;\t()
C-E4:\tNeutral;\t()
C-E6:\tOther;\t(bored)
C-M3:\tFrustration;\t()
A-E2:\tval 2; act 4; dom  3;\t()
A-E4:\tval 3; act 3; dom  2;\t(tired)
A-M3:\tval 1; act 3; dom  ;\t()

[6.0000 - 9.0000]\tSes03M_script02_2_F000\texc\t[4.0000, 4.0000, 3.0000]
C-E2:\tExcited;\t()
A-E2:\tval 4; act 4; dom  3;\t()
"""
_WORDS = """Ses03M_script02_2_M000 [010.0000-012.0000]: I said no. [LAUGHTER]
Ses03M_script02_2_F000 [006.0000-009.0000]: What a day!
Ses03M_script02_2_FXX0 [013.0000-014.0000]: [BREATHING]
M: Mm-hmm.
"""


@pytest.fixture
def session(tmp_path: Path) -> Path:
    for number in (1, 3):
        for folder, text in (("EmoEvaluation", _EVALUATION), ("transcriptions", _WORDS)):
            file = tmp_path / f"Session{number}" / "dialog" / folder / f"Ses{number:02}M_script02_2.txt"
            file.parent.mkdir(parents=True)
            file.write_text(text.replace("Ses03", f"Ses{number:02}"), encoding="utf-8")
    (tmp_path / "Session3" / "dialog" / "EmoEvaluation" / "._Ses03M_script02_2.txt").write_bytes(b"\x00\x05")
    return tmp_path


def test_iemocap_turns_come_by_their_start_with_every_rater(session: Path) -> None:
    samples = list(iemocap.rows(session))
    assert len(samples) == 4
    first, second = samples[2:]
    assert (first.id, second.id) == ("Ses03M_script02_2_F000", "Ses03M_script02_2_M000")
    assert second.context == (first.id,)
    assert second.media["text"].text == "I said no. [LAUGHTER]"
    assert second.groups == {
        "dialogue": "Ses03M_script02_2",
        "script": "script02_2",
        "session": "Ses03",
        "speaker": "Ses03_M",
    }
    assert first.groups["speaker"] == "Ses03_F"
    assert {s.groups["script"] for s in samples} == {"script02_2"}  # one play in two sessions
    assert {r.rater for r in second.rated("iemocap.raters")} == {"E2", "E4", "E6"}
    assert [(r.value, r.note) for r in second.rated("iemocap")] == [(None, "no majority")]
    assert first.rated("iemocap")[0].value == "excited"
    (own,) = second.rated("iemocap.self")
    assert (own.value, own.rater) == ({"frustration": 1.0}, "Ses03_M")
    (unfinished,) = second.rated("iemocap.vad.self")
    assert (unfinished.value, unfinished.note) == (None, "incomplete")
    assert second.rated("iemocap.raters")[2].note == "bored"


def test_iemocap_truth_is_the_raters_mean(session: Path) -> None:
    tasks = {task.id: task for task in iemocap.TASKS}
    second = list(iemocap.rows(session))[3]
    shares, _ = target(tasks["iemocap.raters"], second.ratings)
    wanted = {"anger": 1 / 6, "frustration": 1 / 6, "neutral": 1 / 3, "other": 1 / 3}
    assert dict(zip(tasks["iemocap"].names, shares.tolist(), strict=True)) == pytest.approx(
        dict.fromkeys(tasks["iemocap"].names, 0.0) | wanted, abs=1e-6
    )
    official, raters = (target(tasks[f"iemocap.vad{s}"], second.ratings)[0] for s in ("", ".raters"))
    assert raters == pytest.approx(official)
    assert official * 2 + 3 == pytest.approx([2.5, 3.5, 2.5])
    assert not target(tasks["iemocap"], second.ratings)[1].any()
    assert tasks["iemocap.self"].view is View.FELT


def test_iemocap_a_rated_turn_needs_its_words(session: Path) -> None:
    swap(session / "Session3" / "dialog" / "transcriptions" / "Ses03M_script02_2.txt", "F000", "F009")
    with pytest.raises(
        DataError, match="expected the words of Ses03M_script02_2_F000; found none in transcriptions; get the corpus"
    ):
        list(iemocap.rows(session))


def test_iemocap_an_unknown_emotion_offers_the_nearest(session: Path) -> None:
    swap(session / "Session3" / "dialog" / "EmoEvaluation" / "Ses03M_script02_2.txt", "Excited", "Excitd")
    with pytest.raises(UnknownName, match="a label of iemocap; found 'Excitd'; did you mean excited"):
        list(iemocap.rows(session))


# ---- CPED ------------------------------------------------------------------------------------------------------------


def test_cped_spells_personality_and_takes_sentiment_from_the_corpus(tmp_path: Path, rng: np.random.Generator) -> None:
    cped.fake(tmp_path, rng)
    for row, sample in zip(corpora.read_csv(tmp_path / "cped_valid_test.csv.gz"), cped.rows(tmp_path), strict=True):
        letters = [row[t][0] for t in ("Neuroticism", "Extraversion", "Openness", "Agreeableness", "Conscientiousness")]
        assert sample.groups["personality"] == "".join(letters)
        assert sample.rated("cped.sentiment")[0].value == row["Sentiment"]
        made = hub.convert(row["Emotion"], "cped", "sentiment")
        assert made.scores[row["Sentiment"]] == 1.0


def test_cped_is_read_without_its_train_part(tmp_path: Path, rng: np.random.Generator) -> None:
    cped.fake(tmp_path, rng, "official")
    (tmp_path / "train_split.csv").unlink()
    assert {s.split for s in cped.rows(tmp_path)} == {"dev", "test"}


# ---- EmotionTalk -----------------------------------------------------------------------------------------------------


def test_emotiontalk_one_clip_has_four_judgements(tmp_path: Path, rng: np.random.Generator) -> None:
    emotiontalk.fake(tmp_path, rng)
    assert {task.id: task.shown for task in emotiontalk.TASKS} == {
        "emotiontalk.text": ("text",),
        "emotiontalk.audio": ("speech",),
        "emotiontalk.video": ("video",),
        "emotiontalk.all": ("text", "speech", "video"),
    }
    rows = {row["utterance_id"]: row for row in corpora.read_csv(tmp_path / "emotiontalk.csv.gz")}
    scheme, differ = hub.scheme("ekman_neutral"), 0
    for sample in emotiontalk.rows(tmp_path):
        for way, column in (("text", "label_text"), ("audio", "label_audio"), ("video", "label_video")):
            (rating,) = sample.rated(f"emotiontalk.{way}")
            assert rating.value == scheme.names[scheme.column(rows[sample.id][column])]
        differ += len({r.value for r in sample.ratings}) > 1
    assert differ > 10


def test_emotiontalk_turns_of_both_speakers_are_put_in_order(tmp_path: Path, rng: np.random.Generator) -> None:
    emotiontalk.fake(tmp_path, rng)
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    stored: defaultdict[str, list[int]] = defaultdict(list)
    for row in corpora.read_csv(tmp_path / "emotiontalk.csv.gz"):
        stored[row["dialogue_id"]].append(int(row["utterance_id"][-3:]))
    for sample in emotiontalk.rows(tmp_path):
        numbers[sample.groups["dialogue"]].append(int(sample.id[-3:]))
    assert all(n == sorted(n) for n in numbers.values())
    assert any(n != sorted(n) for n in stored.values())


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("[over/]还给他点[/over]饭。", "还给他点饭。"),
        ("[over/你]好[/over]", "你好"),
        ("嗯[over/呀[/over]", "嗯呀"),
        ("好[[/over][over/]吗[/over/]", "好吗"),
        ("[over/]好[over[/over]]的/over]吗[[/over]over]。", "好的吗。"),
        ("[laughing]对[interrupted]。", "[laughing]对[interrupted]。"),
    ],
)
def test_emotiontalk_marks_of_overlap_go_and_sounds_stay(tmp_path: Path, written: str, said: str) -> None:
    labels = dict.fromkeys(("label_text", "label_audio", "label_video", "label_mm"), "happy")
    row = {"utterance_id": "G00001_02_01_002", "text": written, **labels}
    corpora.write_csv(tmp_path / "emotiontalk.csv.gz", [row])
    (sample,) = emotiontalk.rows(tmp_path)
    assert sample.media["text"].text == said


def test_emotiontalk_the_four_tables_must_belong_together(tmp_path: Path, rng: np.random.Generator) -> None:
    emotiontalk.fake(tmp_path, rng, "official")
    swap(tmp_path / "video.csv", "_001.mp4", "_901.mp4")
    with pytest.raises(
        DataError, match=r"^expected a label for G\d+_\d\d_\d\d_001 in video\.csv; found none; the files"
    ):
        list(emotiontalk.rows(tmp_path))


# ---- EmpatheticDialogues ---------------------------------------------------------------------------------------------


def test_empathetic_turns_are_linked_to_their_situation(tmp_path: Path, rng: np.random.Generator) -> None:
    empathetic_dialogues.fake(tmp_path, rng)
    samples = {s.id: s for s in empathetic_dialogues.rows(tmp_path)}
    situations = {id for id, s in samples.items() if s.rated("empathetic_dialogues")}
    assert len(situations) == 72
    for sample in samples.values():
        if sample.id in situations:
            assert not sample.links and not sample.context
            continue
        (link,) = sample.links
        told = samples[link.other]
        assert (link.kind, told.id) == ("situation", sample.groups["dialogue"])
        speaks = sample.groups["speaker"] == told.groups["speaker"]
        assert [r.value for r in sample.ratings] == ([told.ratings[0].value] if speaks else [])


def test_empathetic_a_missing_emotion_is_no_emotion(tmp_path: Path, rng: np.random.Generator) -> None:
    empathetic_dialogues.fake(tmp_path, rng)
    rows = list(corpora.read_csv(tmp_path / "conversations.csv.gz"))
    rows[0]["emotion"] = ""
    corpora.write_csv(tmp_path / "conversations.csv.gz", rows)
    first = next(iter(empathetic_dialogues.rows(tmp_path)))
    assert [(r.value, r.note) for r in first.ratings] == [(None, "missing in the source")]


def test_empathetic_official_lines_are_no_csv(tmp_path: Path, rng: np.random.Generator) -> None:
    empathetic_dialogues.fake(tmp_path, rng, "official")
    file = tmp_path / "valid.csv"
    assert "I felt" in file.read_text(encoding="utf-8")
    swap(file, ",I felt ", ',"I felt_comma_ ')  # a lone quote, which a CSV reader would run on from
    first = next(s for s in empathetic_dialogues.rows(tmp_path) if s.split == "dev")
    assert str(first.media["text"].text).startswith('"I felt, ')
    lines = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join([lines[0], *lines[2:]]), encoding="utf-8")
    with pytest.raises(DataError, match=r"^expected turn 1 of hit:\d+_conv:\d+; found 2; get the corpus again$"):
        list(empathetic_dialogues.rows(tmp_path))


# ---- the real files --------------------------------------------------------------------------------------------------


def cut(samples: list[Sample], kind: str) -> int:
    """How many groups of a kind lie in more than one split."""
    where = defaultdict(set)
    for sample in samples:
        where[sample.groups[kind]].add(sample.split)
    return sum(len(s) > 1 for s in where.values())


def votes(samples: list[Sample], task: str) -> dict[object, int]:
    return dict(Counter(rating.value for sample in samples for rating in sample.rated(task)))


@REAL
def test_real_emorynlp() -> None:
    samples = real("emorynlp")
    assert splits(samples) == {"train": 7_551, "dev": 954, "test": 984}
    assert votes(samples, "emorynlp") == {
        "neutral": 3_095,
        "joyful": 2_099,
        "scared": 1_184,
        "mad": 968,
        "peaceful": 831,
        "powerful": 717,
        "sad": 595,
    }
    assert len({s.groups["dialogue"] for s in samples}) == 827
    assert [cut(samples, kind) for kind in ("dialogue", "episode", "speaker")] == [0, 0, 42]


@REAL
def test_real_ecf() -> None:
    samples = real("ecf")
    assert splits(samples) == {"train": 9_966, "dev": 1_087, "test": 2_566}
    causes = Counter(s.split for s in samples for _ in s.links)
    assert causes == {"train": 7_055, "dev": 866, "test": 1_873}
    place = {s.id: i for i, s in enumerate(samples)}
    pairs = [(place[s.id], place[link.other]) for s in samples for link in s.links]
    assert (sum(b > a for a, b in pairs), sum(b == a for a, b in pairs)) == (380, 4_892)
    assert sum(not s.links and s.rated("ecf")[0].value != "neutral" for s in samples) == 609
    assert [cut(samples, kind) for kind in ("dialogue", "episode", "speaker")] == [0, 152, 85]


@REAL
def test_real_cped() -> None:
    samples = real("cped")
    assert splits(samples) == {"dev": 11_137, "test": 27_438}
    found = votes(samples, "cped")
    assert (found["neutral"], found["anger"], found["depress"], found["grateful"]) == (11_117, 4_639, 4_238, 44)
    assert set(found) == set(find.load("taxonomies", "cped").NAMES)
    assert [cut(samples, kind) for kind in ("dialogue", "series")] == [0, 0]
    both = {(s.ratings[0].value, s.ratings[1].value) for s in samples}
    assert dict(both) == find.load("taxonomies", "cped").DIRECT["sentiment"]


@REAL
def test_real_emotiontalk() -> None:
    samples = real("emotiontalk")
    assert splits(samples) == {"train": 15_413, "dev": 1_908, "test": 1_929}
    found = votes(samples, "emotiontalk.all")
    assert found == {
        "neutral": 6_853,
        "anger": 3_698,
        "joy": 3_592,
        "surprise": 1_661,
        "disgust": 1_371,
        "sadness": 1_153,
        "fear": 922,
    }
    same = np.mean([s.rated("emotiontalk.text")[0].value == s.rated("emotiontalk.all")[0].value for s in samples])
    assert same == pytest.approx(0.423, abs=5e-4)
    assert [cut(samples, kind) for kind in ("group", "dialogue", "speaker")] == [0, 0, 2]
    assert not [s.id for s in samples if "over" in str(s.media["text"].text)]


@REAL
def test_real_empathetic_dialogues() -> None:
    samples = real("empathetic_dialogues")
    situations = [s for s in samples if s.rated("empathetic_dialogues")]
    assert splits(situations) == {"dev": 2_770, "test": 2_547}
    assert splits([s for s in samples if s.links]) == {"dev": 12_078, "test": 10_973}
    found = votes(situations, "empathetic_dialogues")
    assert found.pop(None) == 5
    assert set(found) == set(find.load("taxonomies", "empathetic").NAMES)
    assert [cut(samples, kind) for kind in ("dialogue", "speaker", "pair")] == [0, 0, 378]
