"""The text corpora's known cases, and their counts in the real files where these are at hand."""

from __future__ import annotations

import csv
import gzip
import os
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest

from affectkit import corpora
from affectkit.corpora import emobank, meld
from affectkit.errors import DataError, UnknownName, UsageError
from affectkit.sample import Sample, target
from affectkit.taxonomies import goemotions
from reading import change, real, splits

REAL = pytest.mark.skipif(not os.environ.get("AFFECTKIT_CORPORA"), reason="AFFECTKIT_CORPORA is not set")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def test_emobank_keeps_both_perspectives_beside_the_official_value(tmp_path: Path, rng: np.random.Generator) -> None:
    emobank.fake(tmp_path, rng)
    for sample in emobank.rows(tmp_path):
        official, writer, reader = (target(task, sample.ratings)[0] for task in emobank.TASKS[:3])
        votes = [sum(r.count for r in sample.rated(f"vad.{side}") if r.value) for side in ("writer", "reader")]
        # both means are rounded to a hundredth of the 1 to 5 scale in the files
        assert official == pytest.approx(np.average([writer, reader], axis=0, weights=votes), abs=0.0051 / 2)


def test_emobank_sets_careless_ratings_aside_but_keeps_their_number(tmp_path: Path, rng: np.random.Generator) -> None:
    emobank.fake(tmp_path, rng)
    first = next(iter(emobank.rows(tmp_path)))
    aside = [r for r in first.ratings if r.value is None]
    assert [(r.task, r.count, r.note) for r in aside] == [
        (task, 1, "1-1-1, set aside by the authors")
        for task in ("vad.writer", "vad.reader", "sentiment.writer", "sentiment.reader")
    ]


def test_emobanks_single_ratings_are_votes_for_the_sentiment_of_their_valence(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    emobank.fake(tmp_path, rng)
    voted = set()
    for sample in emobank.rows(tmp_path):
        for side in ("writer", "reader"):
            wanted: Counter[str] = Counter()
            for r in sample.rated(f"vad.{side}"):
                if isinstance(r.value, tuple):
                    wanted[("negative", "neutral", "positive")[int(np.sign(r.value[0] - 3)) + 1]] += r.count
            found = {r.value: r.count for r in sample.rated(f"sentiment.{side}") if r.value is not None}
            assert found == wanted
            voted |= set(wanted)
    assert voted == {"negative", "neutral", "positive"}


def test_emobank_says_which_number_is_wrong(tmp_path: Path, rng: np.random.Generator) -> None:
    emobank.fake(tmp_path, rng)
    change(tmp_path / "emobank.csv.gz", lambda rows: rows[1].update(A="high"))
    with pytest.raises(DataError, match=r"^expected three numbers from 1 to 5 for 'fake0_10_19'; found [\d.]+, high, "):
        list(emobank.rows(tmp_path))


@pytest.mark.parametrize("number", ["6", "nan", "0"])
def test_emobank_says_which_rating_is_off_the_scale(tmp_path: Path, rng: np.random.Generator, number: str) -> None:
    emobank.fake(tmp_path, rng)
    change(tmp_path / "individual_reader_ratings.csv.gz", lambda rows: rows[0].update(V=number))
    with pytest.raises(DataError, match=rf"numbers from 1 to 5 for 'fake0_0_9'; found {number}, \d, \d; get the"):
        list(emobank.rows(tmp_path))


def test_emobank_official_files_must_belong_together(tmp_path: Path, rng: np.random.Generator) -> None:
    emobank.fake(tmp_path, rng, "official")
    lines = (tmp_path / "meta.tsv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "meta.tsv").write_text("\n".join(lines[:-1]), encoding="utf-8")
    with pytest.raises(
        DataError, match="expected a document for the sentence 'fake8_890_899'; found none; the files may"
    ):
        list(emobank.rows(tmp_path))


def test_emobanks_first_release_has_no_split_and_is_refused(tmp_path: Path, rng: np.random.Generator) -> None:
    emobank.fake(tmp_path, rng, "official")
    change(tmp_path / "emobank.csv", lambda rows: [row.pop("split") for row in rows])
    with pytest.raises(
        DataError, match=r"expected the column 'split' in emobank\.csv; found id, V, A, D, text; this may"
    ):
        list(emobank.rows(tmp_path))


def test_meld_turns_have_the_whole_dialogue_so_far(tmp_path: Path, rng: np.random.Generator) -> None:
    meld.fake(tmp_path, rng)
    said: defaultdict[str, list[str]] = defaultdict(list)
    for sample in meld.rows(tmp_path):
        dialogue = sample.groups["dialogue"]
        assert list(sample.context) == said[dialogue]
        said[dialogue].append(sample.id)
    assert max(map(len, said.values())) > 2
    assert {"train-dia0", "dev-dia0", "test-dia0"} <= set(said)  # one number, three dialogues


def test_melds_control_characters_are_quotes(tmp_path: Path, rng: np.random.Generator) -> None:
    meld.fake(tmp_path, rng, "official")
    file = tmp_path / "train_sent_emo.csv"
    assert "it\x92s" in file.read_text(encoding="utf-8")

    def speak(rows: list[dict[str, str]]) -> None:
        rows[0].update(Utterance="\x93Caf\xe9\x94 \x96 it\x92s\x85 \x81ok", Speaker=" Rach\x92 ")

    change(file, speak)
    first, second, *_ = meld.rows(tmp_path)
    assert first.media["text"].text == "“Café” – it’s… ok"
    assert first.groups["speaker"] == "Rach’"
    assert str(second.media["text"].text).startswith("Well, it’s ")


def test_meld_nobody_could_choose_ambiguous(tmp_path: Path, rng: np.random.Generator) -> None:
    meld.fake(tmp_path, rng)
    sentiment = meld.TASKS[1]
    assert sentiment.names == ("negative", "neutral", "positive")
    rows = [target(sentiment, s.ratings)[0].tolist() for s in meld.rows(tmp_path)]
    assert {tuple(row) for row in rows} == {(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)}


def test_where_a_corpus_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AFFECTKIT_CORPORA", raising=False)
    with pytest.raises(
        UsageError, match=r"found AFFECTKIT_CORPORA is not set; set it to the folder that holds text/meld;"
    ):
        corpora.root("meld")
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tmp_path))
    with pytest.raises(UsageError, match="expected text/meld or meld in AFFECTKIT_CORPORA; found neither in "):
        corpora.root("meld")
    (tmp_path / "meld").mkdir()
    assert corpora.root("meld") == tmp_path / "meld"
    (tmp_path / "text" / "meld").mkdir(parents=True)
    assert corpora.root("meld") == tmp_path / "text" / "meld"
    with pytest.raises(UnknownName, match="found 'mled'; did you mean meld"):
        corpora.root("mled")


def repeated(samples: list[Sample], kind: str | None = None) -> int:
    """How many groups of a kind, or texts, lie in more than one split."""
    where = defaultdict(set)
    for sample in samples:
        where[sample.groups[kind] if kind else sample.media["text"].text].add(sample.split)
    return sum(len(s) > 1 for s in where.values())


@REAL
def test_real_goemotions() -> None:
    samples = real("goemotions")
    assert splits(samples) == {"train": 43_410, "dev": 5_426, "test": 5_427}
    chosen = [rating.value for sample in samples for rating in sample.ratings]
    assert {name for names in chosen if isinstance(names, frozenset) for name in names} == set(goemotions.NAMES)


@REAL
def test_real_emobank() -> None:
    samples = real("emobank")
    assert splits(samples) == {"train": 8_062, "dev": 1_000, "test": 1_000}
    assert len({s.groups["document"] for s in samples}) == 136
    assert (repeated(samples, "document"), repeated(samples)) == (126, 34)
    published = {}
    with gzip.open(corpora.root("emobank") / "emobank.csv.gz", "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            published[row["id"]] = row
    for task in emobank.TASKS[1:3]:
        side = task.id.removeprefix("vad.")
        given = [(s, published[s.id]) for s in samples]
        votes = [sum(r.count for r in s.rated(task.id) if r.value) for s, _ in given]
        assert votes == [int(row[f"{side}_N"]) for _, row in given]
        means = np.array([target(task, s.ratings)[0] for s, _ in given]) * 2 + 3
        # the published means are rounded to two digits; a 1-1-1 left in would move them by up to 2.4
        assert means == pytest.approx(
            np.array([[float(row[f"{side}_{d}"]) for d in "VAD"] for _, row in given]), abs=0.0051
        )

    voted: Counter[tuple[str, object]] = Counter()
    for sample in samples:
        for side in ("writer", "reader"):
            for r in sample.rated(f"sentiment.{side}"):
                voted[side, r.value] += r.count
    names = ("negative", "neutral", "positive")
    assert [[voted[side, n] for n in names] for side in ("writer", "reader")] == [
        [5_146, 37_586, 4_380],
        [6_802, 33_735, 5_963],
    ]


@REAL
def test_real_meld() -> None:
    samples = real("meld")
    assert splits(samples) == {"train": 9_989, "dev": 1_109, "test": 2_610}
    dialogues = {s.groups["dialogue"]: s.split for s in samples}
    assert Counter(dialogues.values()) == {"train": 1_038, "dev": 114, "test": 280}
    assert (repeated(samples, "dialogue"), repeated(samples, "episode"), repeated(samples, "speaker")) == (0, 156, 82)
    turns: dict[str, list[int]] = {d: [] for d in dialogues}
    for sample in samples:
        turns[sample.groups["dialogue"]].append(int(sample.id.rpartition("utt")[2]))
    assert sum(t != list(range(len(t))) for t in turns.values()) == 76
    both = Counter((s.rated("meld")[0].value, s.rated("meld.sentiment")[0].value) for s in samples)
    follows = {
        "joy": "positive",
        "neutral": "neutral",
        **dict.fromkeys(("anger", "disgust", "fear", "sadness"), "negative"),
    }
    assert {e: s for e, s in both if e != "surprise"} == follows
    assert (both["surprise", "positive"], both["surprise", "negative"]) == (780, 856)
