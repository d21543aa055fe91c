"""Essays, accounts of events, and tests for language models: known cases, and counts in the real files."""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest

from affectkit import corpora, find, hub
from affectkit.corpora import emobench, emotionbench, empathic_reactions, enisear, isear, kote, wrime
from affectkit.errors import DataError, UsageError
from affectkit.sample import Sample, target
from affectkit.task import Kind
from affectkit.taxonomies import empathy, plutchik
from reading import change, real

REAL = pytest.mark.skipif(not os.environ.get("AFFECTKIT_CORPORA"), reason="AFFECTKIT_CORPORA is not set")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def value(sample: Sample, task: str) -> object:
    (rating,) = sample.rated(task)
    return rating.value


# ---- enisear ---------------------------------------------------------------------------------------------------------


def test_enisear_counts_three_raters_and_not_their_majority(tmp_path: Path, rng: np.random.Generator) -> None:
    enisear.fake(tmp_path, rng)
    appraised = enisear.TASKS[1]
    for row, sample in zip(
        corpora.read_csv(tmp_path / "enisear_appraisal.csv.gz"), enisear.rows(tmp_path), strict=True
    ):
        votes = [sum(int(row[f"{c}_a{k}"]) for k in (1, 2, 3)) / 3 for c in enisear._COLUMNS.values()]
        assert target(appraised, sample.ratings)[0] == pytest.approx(votes)
        assert [r.rater for r in sample.rated(appraised.id)] == ["a1", "a2", "a3"]


def test_enisear_says_which_appraisal_is_no_yes_or_no(tmp_path: Path, rng: np.random.Generator) -> None:
    enisear.fake(tmp_path, rng)
    change(tmp_path / "enisear_appraisal.csv.gz", lambda rows: rows[2].update(Pleasant_a2="0.5"))
    with pytest.raises(DataError, match=r"^expected 0 or 1 for each appraisal of '3'; found '0\.5'; get the corpus"):
        list(enisear.rows(tmp_path))


def test_the_continuous_version_of_enisear_is_another_corpus(tmp_path: Path, rng: np.random.Generator) -> None:
    enisear.fake(tmp_path, rng, "official")
    file = tmp_path / "enISEAR_appraisal.tsv"
    change(file, lambda rows: [r.pop("Attention_a1") for r in rows], "\t")
    with pytest.raises(DataError, match=r"expected the column 'Attention_a1' in enISEAR_appraisal\.tsv; found Sent"):
        list(enisear.rows(tmp_path))


# ---- empathic reactions and its scheme -------------------------------------------------------------------------------


def test_empathic_reactions_keeps_persons_and_articles(tmp_path: Path, rng: np.random.Generator) -> None:
    empathic_reactions.fake(tmp_path, rng)
    samples = list(empathic_reactions.rows(tmp_path))
    assert set(Counter(s.groups["person"] for s in samples).values()) == {5}
    assert all(s.ratings[0].rater == s.groups["person"] for s in samples)  # each person rated their own feelings
    (task,) = empathic_reactions.TASKS
    first, row = samples[0], next(corpora.read_csv(tmp_path / "messages.csv.gz"))
    assert target(task, first.ratings)[0] == pytest.approx([(float(row[n]) - 4) / 3 for n in task.names])


def test_empathic_reactions_says_which_number_is_none(tmp_path: Path, rng: np.random.Generator) -> None:
    empathic_reactions.fake(tmp_path, rng)
    change(tmp_path / "messages.csv.gz", lambda rows: rows[1].update(distress=""))
    with pytest.raises(
        DataError, match=r"^expected two numbers for 'R_fake0_2'; found [\d.]+, ; get the corpus again$"
    ):
        list(empathic_reactions.rows(tmp_path))


def test_what_is_felt_of_neither_is_neutral_and_of_one_is_its_point() -> None:
    there = empathy.to_hub(np.array([[1.0, 1.0], [7.0, 1.0], [1.0, 7.0], [np.nan, 7.0], [np.nan, np.nan]]))
    neutral = hub.COARSE.index("neutral")
    assert there.coarse[0, neutral] == 1.0 and (there.vad[0] == 0.0).all()
    for row, name in ((1, "empathy"), (2, "distress"), (3, "distress")):
        assert there.vad[row] == pytest.approx(empathy.POINTS[name].vad)
        shares = {c: v for c, v in zip(hub.COARSE, there.coarse[row], strict=True) if v}
        assert shares == pytest.approx(dict(empathy.POINTS[name].coarse))
    assert np.isnan(there.vad[4]).all() and np.isnan(there.coarse[4]).all()


def test_the_projection_is_the_textbooks() -> None:
    point = np.array([0.4, -0.2, 0.1])
    found = empathy.from_hub(hub.Points(np.full((1, 9), np.nan), point[None]))[0]
    for name, made in zip(empathy.NAMES, found, strict=True):
        own = np.array(empathy.POINTS[name].vad)
        along = float(np.clip(point @ own / np.linalg.norm(own) ** 2, 0, 1))
        assert made == pytest.approx(1 + 6 * along)


def test_sad_news_is_more_distress_than_empathy_and_love_the_reverse() -> None:
    sad = hub.convert("fear", "ekman", "empathy").scores
    love = hub.convert("love", "goemotions", "empathy").scores
    assert sad["distress"] > sad["empathy"] and love["empathy"] > love["distress"]


# ---- tests for language models ---------------------------------------------------------------------------------------


def test_emobench_offers_the_choices_of_its_own_question(tmp_path: Path, rng: np.random.Generator) -> None:
    emobench.fake(tmp_path, rng)
    samples = list(emobench.rows(tmp_path))
    for sample in samples:
        for rating in sample.ratings:
            assert isinstance(rating.value, frozenset) and rating.judged is not None
            assert len(rating.value) == 1 and rating.value < set(rating.judged)
            assert str(rating.note).startswith("subject: Ann")
    understanding = [s for s in samples if s.groups["part"] == "EU"]
    assert {len(s.ratings) for s in understanding} == {2}
    languages = defaultdict(set)
    for sample in samples:
        languages[sample.groups["question"]].add(sample.groups["language"])
    assert set(map(frozenset, languages.values())) == {frozenset({"en", "zh"})}


def test_emobench_says_which_answer_is_not_offered(tmp_path: Path, rng: np.random.Generator) -> None:
    emobench.fake(tmp_path, rng, "official")
    file = tmp_path / "EA.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines()
    lines[1] = json.dumps(json.loads(lines[1]) | {"label": "elsewhere"})
    file.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(DataError, match=r"^expected label among choices in EA\.jsonl, line 2; found 'elsewhere'; get"):
        list(emobench.rows(tmp_path))


def test_emotionbench_counts_its_situations_within_an_emotion(tmp_path: Path, rng: np.random.Generator) -> None:
    emotionbench.fake(tmp_path, rng, "official")
    samples = list(emotionbench.rows(tmp_path))
    assert samples[0].id == "anger-1" and samples[5].id == "anger-6" and samples[6].id == "anxiety-1"
    assert samples[0].groups == {"factor": "Anger: Factor 0"}
    assert {s.split for s in samples} == {None}


@pytest.mark.parametrize("name", ["emobench", "emotionbench"])
def test_tests_are_never_trained_on(
    name: str, tmp_path: Path, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = pytest.importorskip("affectkit.train.run")
    find.load("corpora", name).fake(tmp_path / name, rng)
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tmp_path))
    assert find.card("corpora", name)["use"] == "test"
    with pytest.raises(UsageError) as caught:
        run.train("finetune", {}, [name], (), (0,), tmp_path / "run", "the command")
    assert str(caught.value) == (
        f"expected a corpus to train on; found {name}, a test that models are measured with; "
        "train on another corpus, and evaluate on this one"
    )
    assert not (tmp_path / "run").exists()


# ---- isear, wrime, kote: official files that are not at hand ---------------------------------------------------------


def test_isear_takes_line_marks_out_and_keeps_silence_as_silence(tmp_path: Path, rng: np.random.Generator) -> None:
    isear.fake(tmp_path, rng)
    samples = {s.id: s for s in isear.rows(tmp_path)}
    assert "á" not in str(samples["11001-joy"].media["text"].text)
    assert str(samples["11001-joy"].media["text"].text).startswith('When I was, so to say, in "joy" for the ')
    (silent,) = samples["11004-fear"].ratings
    assert (silent.value, silent.note) == (None, "no account was given")
    assert not target(isear.TASKS[0], (silent,))[1].any()
    assert samples["11003-guilt"].groups == {"country": "3", "person": "11003"}


def test_isear_in_utf_8_is_the_same(tmp_path: Path, rng: np.random.Generator) -> None:
    isear.fake(tmp_path, rng)
    before, file = list(isear.rows(tmp_path)), tmp_path / "isear.csv"
    file.write_text(file.read_bytes().decode("latin-1"), encoding="utf-8")
    assert list(isear.rows(tmp_path)) == before


def test_isear_exports_that_count_otherwise_are_refused(tmp_path: Path, rng: np.random.Generator) -> None:
    isear.fake(tmp_path, rng)
    file = tmp_path / "isear.csv"
    text = file.read_bytes().decode("latin-1")
    file.write_bytes(text.replace("|1|1|1|1|", "|1|1|1|0|", 1).encode("latin-1"))
    with pytest.raises(DataError, match=r"expected an emotion from 1 to 7 for the person '11001'; found '0'; some exp"):
        list(isear.rows(tmp_path))
    file.write_bytes(text.replace("|SIT|", "|TEXT|", 1).encode("latin-1"))
    with pytest.raises(
        DataError, match=r"expected the column 'SIT' in isear\.csv; found ID, CITY, .*; export the data"
    ):
        list(isear.rows(tmp_path))


def test_wrime_has_what_was_felt_beside_what_was_perceived(tmp_path: Path, rng: np.random.Generator) -> None:
    wrime.fake(tmp_path, rng)
    perceived, felt, sentiment, _ = wrime.TASKS
    for row, sample in zip(
        corpora.read_csv(tmp_path / "wrime-ver2.tsv", delimiter="\t"), wrime.rows(tmp_path), strict=True
    ):
        columns = [name.capitalize() for name in plutchik.NAMES]
        readers = [[int(row[f"Reader{k}_{c}"]) for c in columns] for k in (1, 2, 3)]
        assert target(perceived, sample.ratings)[0] == pytest.approx(np.mean(readers, axis=0) / 1.5 - 1, abs=1e-6)
        assert target(felt, sample.ratings)[0] == pytest.approx(
            np.array([int(row[f"Writer_{c}"]) for c in columns]) / 1.5 - 1, abs=1e-6
        )
        votes = Counter(int(row[f"Reader{k}_Sentiment"]) + 2 for k in (1, 2, 3))
        assert target(sentiment, sample.ratings)[0] == pytest.approx([votes[k] / 3 for k in range(5)])
        assert "\\n" not in str(sample.media["text"].text) and "\n" in str(sample.media["text"].text)
        assert sample.groups == {"month": row["Datetime"][:7].replace("/", "-"), "person": row["UserID"]}


def test_wrimes_first_version_has_no_sentiment(tmp_path: Path, rng: np.random.Generator) -> None:
    wrime.fake(tmp_path, rng)
    second = list(wrime.rows(tmp_path))
    (tmp_path / "wrime-ver2.tsv").rename(tmp_path / "wrime-ver1.tsv")
    file = tmp_path / "wrime-ver1.tsv"
    change(file, lambda rows: [[r.pop(f"{side}_Sentiment") for side in wrime._SIDES] for r in rows], "\t")
    first = list(wrime.rows(tmp_path))
    assert [s.rated("wrime") for s in first] == [s.rated("wrime") for s in second]
    assert not any(s.rated("wrime.sentiment") or s.rated("wrime.writer_sentiment") for s in first)


@pytest.mark.parametrize(
    ("column", "given", "says"),
    [
        ("Reader2_Anger", "4", r"intensities from 0 to 3 for '1-1'; found .*4.*; get the corpus again"),
        ("Writer_Sentiment", "+1", r"a sentiment from -2 to 2 for '1-1'; found '\+1'; get the corpus again"),
        ("Train/Dev/Test", "valid", r"a split among train, dev, test; found 'valid'; rename the split of '1-1'"),
    ],
)
def test_wrime_says_what_is_wrong(column: str, given: str, says: str, tmp_path: Path, rng: np.random.Generator) -> None:
    wrime.fake(tmp_path, rng)
    change(tmp_path / "wrime-ver2.tsv", lambda rows: rows[0].update({column: given}), "\t")
    with pytest.raises(DataError, match=f"expected {says}"):
        list(wrime.rows(tmp_path))


def test_kote_numbers_are_the_schemes_names(tmp_path: Path, rng: np.random.Generator) -> None:
    kote.fake(tmp_path, rng)
    file = tmp_path / "val.tsv"
    file.write_text('id\ttext\tlabels\n77\t"헐 ""대박"""\t24\n78\t오\t0,6,43\n', encoding="utf-8")
    none, several = (s for s in kote.rows(tmp_path) if s.split == "dev")
    assert none.media["text"].text == '헐 "대박"' and value(none, "kote") == {"neutral"}
    assert value(several, "kote") == {"complaint", "anger", "relief"}
    scheme = hub.scheme("kote")
    assert [scheme.column(k) for k in ("불평/불만", "없음", "안심/신뢰")] == [0, 24, 43]
    assert (len(kote.NAMES), kote.TASKS[0].kind) == (44, Kind.MULTI)


@pytest.mark.parametrize("line", ["9\t아", "9\t아\t44", "9\t아\t", "9\t아\t-1"])
def test_kote_says_which_line_is_wrong(line: str, tmp_path: Path, rng: np.random.Generator) -> None:
    kote.fake(tmp_path, rng)
    (tmp_path / "test.tsv").write_text(line + "\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        list(kote.rows(tmp_path))
    assert str(caught.value) == (
        "expected an id, a text and numbers from 0 to 43 in test.tsv; "
        f"found {', '.join(line.split(chr(9)))}; get the corpus again"
    )


# ---- real files ------------------------------------------------------------------------------------------------------


@REAL
def test_real_enisear() -> None:
    samples = real("enisear")
    assert Counter(value(s, "enisear") for s in samples) == dict.fromkeys(enisear.TASKS[0].names, 143)
    assert len({s.media["text"].text for s in samples}) == 999
    table = list(corpora.read_csv(corpora.root("enisear") / "enisear_appraisal.csv.gz"))
    majority = np.array([[int(row[f"{c}_majority"]) for c in enisear._COLUMNS.values()] for row in table])
    shares = np.array([target(enisear.TASKS[1], s.ratings)[0] for s in samples])
    assert ((shares > 0.5) == majority.astype(bool)).all()  # so nothing is lost by leaving it out


@REAL
def test_real_empathic_reactions() -> None:
    samples = real("empathic_reactions")
    assert len(samples) == 1_860
    assert Counter(Counter(s.groups["person"] for s in samples).values()) == {5: 372}
    assert len({s.groups["article"] for s in samples}) == 417
    values = np.array([value(s, "empathic_reactions") for s in samples])
    assert values.min(0).tolist() == [1, 1] and values.max(0).tolist() == [7, 7]
    assert values.mean(0) == pytest.approx([3.6999, 3.7311], abs=1e-4)
    assert len({s.media["text"].text for s in samples}) == 1_859


@REAL
def test_real_emobench() -> None:
    samples = real("emobench")
    assert Counter((s.groups["part"], s.groups["language"]) for s in samples) == {
        (part, language): 200 for part in ("EU", "EA") for language in ("en", "zh")
    }
    offered = Counter((r.task, len(r.judged or ())) for s in samples for r in s.ratings)
    causes = {("emobench.cause", 4): 279, ("emobench.cause", 6): 120, ("emobench.cause", 7): 1}
    assert offered == {("emobench.emotion", 6): 400, ("emobench.action", 4): 400} | causes
    assert len({s.groups["question"] for s in samples}) == 400


@REAL
def test_real_emotionbench() -> None:
    samples = real("emotionbench")
    assert Counter(value(s, "emotionbench") for s in samples) == {
        "guilt": 102,
        "anger": 88,
        "fear": 59,
        "embarrassment": 52,
        "anxiety": 45,
        "depression": 30,
        "jealousy": 27,
        "frustration": 25,
    }
    assert len({s.groups["factor"] for s in samples}) == 36
    assert len({s.media["text"].text for s in samples}) == 425
