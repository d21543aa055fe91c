"""Known cases of BRIGHTER, XED, RED and their neighbours, choosing by groups, and the real files' counts."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectkit import corpora, find
from affectkit.corpora import _groups, brighter, red_ro, xed
from affectkit.errors import AffectError, DataError, UnknownName, UsageError
from affectkit.sample import Sample, target
from affectkit.taxonomies import ekman, plutchik
from affectkit.train import mixture
from reading import change, real, splits

REAL = pytest.mark.skipif(not os.environ.get("AFFECTKIT_CORPORA"), reason="AFFECTKIT_CORPORA is not set")
MINE = ("brighter", "xed", "red_ro", "mahaemotions", "emoevent", "emot_id", "multiemotions_it")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


@pytest.fixture
def fakes(tmp_path: Path, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in MINE:
        find.load("corpora", name).fake(tmp_path / name, rng)
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tmp_path))
    return tmp_path


def value(sample: Sample, task: str) -> frozenset[str]:
    found = sample.rated(task)[0].value
    assert isinstance(found, frozenset)
    return found


# --- what a language was asked about, intensities, votes ---


def test_brighter_english_knows_no_disgust(fakes: Path) -> None:
    disgust = brighter.TASKS[0].names.index("disgust")
    for sample in corpora.samples("brighter"):
        _, judged = target(brighter.TASKS[0], sample.ratings)
        assert judged[disgust] == (sample.groups["language"] != "eng")
        assert judged.sum() == 6 - (sample.groups["language"] == "eng")


def test_brighter_empty_labels_come_from_the_intensities(fakes: Path) -> None:
    def hide(rows: list[dict[str, str]]) -> None:
        for row in rows:
            if row["lang"] == "eng":
                row.update(dict.fromkeys(ekman.NAMES, ""))

    before = {s.id: value(s, "brighter") for s in corpora.samples("brighter:language=eng")}
    change(fakes / "brighter" / "test.csv.gz", hide)
    assert {s.id: value(s, "brighter") for s in corpora.samples("brighter:language=eng")} == before


def test_brighter_intensities_run_from_nought_to_three(fakes: Path) -> None:
    task = brighter.TASKS[1]
    seen = set()
    for sample in corpora.samples("brighter:language=eng"):
        scaled, judged = target(task, sample.ratings)
        levels = np.rint(3 * (scaled[judged] + 1) / 2)  # back from [-1, 1]
        assert {n for n, level in zip(np.asarray(task.names)[judged], levels, strict=True) if level} == value(
            sample, "brighter"
        )
        seen |= set(levels.tolist())
    assert seen == {0, 1, 2, 3}
    assert not [s for s in corpora.samples("brighter:language=zul") if s.rated(task.id)]


@pytest.mark.parametrize(
    ("marks", "ballots"),
    [
        ({"anger": "0-3", "joy": "12-"}, [({"joy"}, ("anger", "joy")), ({"joy"}, ("joy",)), ({"anger"}, ("anger",))]),
        ({"anger": "00", "surprise": "00"}, [(set(), ("anger", "surprise"))] * 2),
        ({"anger": "a", "joy": "a"}, []),  # another form of file
        ({"anger": "--"}, []),
        ({}, []),
    ],
)
def test_brighter_a_rater_chose_what_was_above_nought(
    marks: dict[str, str], ballots: list[tuple[set[str], tuple[str, ...]]]
) -> None:
    assert [(set(chosen), asked) for chosen, asked in brighter._ballots(marks)] == ballots


def test_brighter_votes_are_counted_and_keep_who_was_asked(fakes: Path) -> None:
    rated = [s for s in corpora.samples("brighter:language=ron") if s.rated("brighter.votes")]
    assert rated
    for sample in rated:  # one rater tells the label, one passes, one tells it stronger
        votes = sample.rated("brighter.votes")
        assert [(v.value, v.count, v.judged, v.rater) for v in votes] == [
            (value(sample, "brighter"), 2, ekman.NAMES, None)
        ]


def test_brighter_repeats_name_the_later_split(fakes: Path) -> None:
    where = defaultdict(list)
    for sample in corpora.samples("brighter"):
        where[sample.groups["text"]].append(sample)
    repeats = [of for of in where.values() if len(of) > 1]
    assert len(repeats) == 3
    for of in repeats:
        also = {s.split: s.groups.get("also_in") for s in of}
        assert also in ({"train": "test", "dev": "test", "test": None}, {"dev": "test", "test": None})
    kept = mixture.read(["brighter:also_in!=test"])
    assert len(kept) == 120 - 5
    assert len(set(kept.groups["text"].tolist())) == len(kept)


def test_brighter_says_which_line_is_wrong(fakes: Path) -> None:
    change(fakes / "brighter" / "dev.csv.gz", lambda rows: rows[2].update(joy="yes"))
    with pytest.raises(DataError, match=r"^expected 0, 1 or nothing as labels of 'eng_dev_track_a_00003'; found .*yes"):
        list(corpora.samples("brighter"))
    change(fakes / "brighter" / "dev.csv.gz", lambda rows: rows[2].update(joy="1", joy_int="4"))
    with pytest.raises(
        DataError, match=r"^expected 0 to 3 or nothing as intensities of 'eng_dev_track_a_00003'; found"
    ):
        list(corpora.samples("brighter"))


def test_xed_a_projected_line_could_not_be_neutral(fakes: Path) -> None:
    judged = {s.groups["origin"]: s.rated("xed")[0].judged for s in corpora.samples("xed")}
    assert judged == {"annotated": None, "projected": plutchik.NAMES}
    assert [value(s, "xed") for s in corpora.samples("xed:language=fi")][-10:] == [frozenset({"neutral"})] * 10


def test_xed_official_numbers_are_in_the_order_of_the_alphabet(tmp_path: Path, rng: np.random.Generator) -> None:
    xed.fake(tmp_path, rng, "official")
    every = "\n".join(f"line {n}\t{n}" for n in range(9))
    corpora.write(tmp_path / "Projections" / "de-projections.tsv", every + "\nold\t{'1', '8'}\nnone\t\nmany\t9\n")
    found = [value(s, "xed") for s in xed.rows(tmp_path) if s.groups["origin"] == "projected"]
    assert found == [*({n} for n in ("neutral", *sorted(plutchik.NAMES))), {"anger", "trust"}]


def test_xed_refuses_another_label(fakes: Path) -> None:
    change(fakes / "xed" / "xed_projected.csv.gz", lambda rows: rows[0].update(labels="joy,bliss"))
    with pytest.raises(
        DataError, match=r"^expected labels among joy, trust, .*; found joy,bliss; get the corpus again"
    ):
        list(corpora.samples("xed"))


def test_red_agreed_labels_follow_from_the_votes(fakes: Path) -> None:
    agreed, votes, _ = red_ro.TASKS
    published = {r["id"]: r["labels"] for r in corpora.read_csv(fakes / "red_ro" / "redv2.csv.gz")}
    for sample in corpora.samples("red_ro:version=v2"):
        shares, _ = target(votes, sample.ratings)
        assert shares * 3 == pytest.approx(np.rint(shares * 3), abs=1e-5)
        assert (target(agreed, sample.ratings)[0] == (shares > 0.5)).all()
        assert value(sample, "red_ro") == {n for n in published[sample.id.removeprefix("v2-")].split(",") if n}
    assert {s.id for s in corpora.samples("red_ro:also_in=test")} == {"v2-0"}  # tested in version 1


def test_red_says_which_line_is_wrong(tmp_path: Path, rng: np.random.Generator) -> None:
    red_ro.fake(tmp_path, rng)
    change(tmp_path / "redv1.csv.gz", lambda rows: rows[0].update(Emotion="Dor"))
    with pytest.raises(DataError, match=r"^expected Bucurie, .* or Tristete as Emotion; found 'Dor'; get it again"):
        list(red_ro.rows(tmp_path))
    change(tmp_path / "redv2.csv.gz", lambda rows: rows[4].update(votes_joy="01"))
    with pytest.raises(
        DataError, match=r"^expected three votes of 0 or 1 per emotion for '4'; found .*01; get it again"
    ):
        list(red_ro.rows(tmp_path))


def test_red_official_arrays_have_seven_marks_and_the_raw_text_is_not_read(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    red_ro.fake(tmp_path, rng, "official")
    file = tmp_path / "REDv2" / "data" / "train.json"
    items = json.loads(file.read_text(encoding="utf-8"))
    items[0] |= {"text": "with a name", "text_anonimized": "without"}
    file.write_text(json.dumps(items), encoding="utf-8")
    assert next(iter(red_ro.rows(tmp_path))).media["text"].text == "without"
    items[1]["annotator2"] = [1, 0]
    file.write_text(json.dumps(items), encoding="utf-8")
    with pytest.raises(DataError, match=r"^expected 7 marks of annotator2 for 1; found \[1, 0\]; get the corpus again"):
        list(red_ro.rows(tmp_path))


def test_mahaemotions_a_machine_labelled_train(fakes: Path) -> None:
    found = Counter((s.split, s.groups["origin"], s.ratings[0].rater) for s in corpora.samples("mahaemotions"))
    assert set(found) == {
        ("train", "machine", "gpt-4"),
        ("dev", "human", "consensus"),
        ("test", "human", "consensus"),
    }


def test_emoevent_others_are_neutral_and_lines_without_a_tweet_go(fakes: Path) -> None:
    told = {
        r["id"]: r["emotion"] for r in corpora.read_csv(fakes / "emoevent" / "emoevent.csv.gz") if r["lang"] == "es"
    }
    found = {s.id.removeprefix("es-"): s.ratings[0].value for s in corpora.samples("emoevent:language=es")}
    assert "" in told
    assert "others" in told.values()
    assert found == {id: "neutral" if e == "others" else e for id, e in told.items() if id}


def test_multiemotions_an_unrelated_comment_has_no_value(fakes: Path) -> None:
    samples = list(corpora.samples("multiemotions_it"))
    apart = [s for s in samples if s.ratings[0].value is None]
    assert {(len(s.ratings), r.note) for s in apart for r in s.ratings} == {(3, "not about the video or advertisement")}
    assert len(apart) == 6
    empty = samples[10]
    assert empty.rated("multiemotions_it")[0].judged == tuple(n for n in plutchik.NAMES if n != "fear")
    opinions = {s.rated("multiemotions_it.sentiment")[0].value for s in samples if s not in apart}
    assert opinions == {"negative", "neutral", "positive", "ambiguous"}


@pytest.mark.parametrize(
    ("name", "file", "row", "said"),
    [
        (
            "mahaemotions",
            "mahaemotions.csv.gz",
            {"label": "Envy"},
            r"^expected a label among happiness, .*; found 'Envy'; get",
        ),
        (
            "emoevent",
            "emoevent.csv.gz",
            {"emotion": "envy"},
            r"^expected an emotion of Ekman's or others for 'train0'; found 'envy'",
        ),
        ("emot_id", "emot_id.csv.gz", {"label": "iri"}, r"^expected a label among anger, .*; found 'iri'; get"),
        (
            "multiemotions_it",
            "multiemotions_it.csv.gz",
            {"unrelated": "0", "dyads": "LOVE - FUN"},
            r"^expected basic emotions or dyads in line 1; found fun; get",
        ),
        (
            "multiemotions_it",
            "multiemotions_it.csv.gz",
            {"unrelated": "0", "neut": "1", "pos": "1"},
            r"^expected neutral, positive or negative in line 1; found 1/1/0; get",
        ),
    ],
)
def test_a_strange_label_is_a_sentence(fakes: Path, name: str, file: str, row: dict[str, str], said: str) -> None:
    change(fakes / name / file, lambda rows: rows[0].update(row))
    with pytest.raises(DataError, match=said):
        list(corpora.samples(name))


# --- choosing by groups ---


def test_some_languages_can_be_chosen_or_left_out(fakes: Path) -> None:
    assert {s.groups["language"] for s in corpora.samples("brighter:language=ron+eng")} == {"ron", "eng"}
    assert {s.groups["language"] for s in corpora.samples("brighter:language!=ron+eng")} == {"zul"}
    both = list(corpora.samples("brighter:language=ron,split=dev"))
    assert len(both) == 10
    assert {(s.groups["language"], s.split) for s in both} == {("ron", "dev")}


def test_the_texts_of_another_corpus_can_be_left_out(fakes: Path) -> None:
    shared = next(iter(corpora.samples("red_ro"))).media["text"].text
    # case and punctuation do not make another text of it
    change(fakes / "brighter" / "test.csv.gz", lambda rows: rows[0].update(text=f"«{str(shared).upper()}»!!"))
    everything = list(corpora.samples("red_ro"))
    kept = list(corpora.samples("red_ro:text!=@brighter"))
    assert {s.id for s in everything} - {s.id for s in kept} == {"v2-0", "v1-test-1"}
    assert {s.id for s in corpora.samples("red_ro:text=@brighter")} == {"v2-0", "v1-test-1"}


def test_a_corpus_without_splits_is_put_into_one(fakes: Path) -> None:
    assert {s.split for s in corpora.samples("xed")} == {None}
    assert {s.split for s in corpora.samples("xed:split=train,origin=annotated")} == {"train"}
    data = mixture.read(["xed:split=train", "brighter:language=eng"])
    assert set(data.part("train").corpus.tolist()) == {"xed:split=train", "brighter:language=eng"}
    assert [t.id for t in data.tasks] == ["xed", "brighter"]
    assert corpora.card("brighter:language=eng")["title"] == "BRIGHTER"


def test_several_choices_are_taken_apart() -> None:
    specs = corpora.split("brighter:language=ron,also_in!=dev+test,xed:split=train,meld")
    assert specs == ["brighter:language=ron,also_in!=dev+test", "xed:split=train", "meld"]
    assert corpora.parse(specs[0]).options == {"language": "ron", "also_in!": "dev+test"}
    # keeping and leaving out must not share a results file
    assert corpora.parse("brighter:language=ron").short != corpora.parse("brighter:language!=ron").short
    assert corpora.parse("multiemotions_it:source=https://a/b?v=c").short == "multiemotions_it-https_a_b_v_c"


@pytest.mark.parametrize(
    ("spec", "kind", "said"),
    [
        (
            "brighter:languge=ron",
            UnknownName,
            "the name of a kind of group of brighter; found 'languge'; did you mean lang",
        ),
        ("brighter:language=rom", UnknownName, "the name of a language of brighter; found 'rom'; did you mean ron"),
        ("brighter:also_in!=tset", UnknownName, "the name of a also_in of brighter; found 'tset'; did you mean test"),
        ("brighter:split=tran", UnknownName, "the name of a split; found 'tran'; did you mean train"),
        (
            "brighter:split=train,language=zul",
            UsageError,
            "samples of brighter with split=train,language=zul; found none;",
        ),
        (
            "brighter:language=eng+",
            UsageError,
            r"ids joined by \+ after brighter:language=; found 'eng\+'; for example",
        ),
        ("red_ro:text!=@brihgter", UnknownName, "the name of a corpus; found 'brihgter'; did you mean brighter"),
        ("brighter:language!=@red_ro", UnknownName, "the name of a kind of group of red_ro; found 'language'; choose"),
        ("brighter:language", AffectError, "expected "),
    ],
)
def test_a_wrong_choice_is_a_sentence(fakes: Path, spec: str, kind: type[AffectError], said: str) -> None:
    with pytest.raises(kind, match=said):
        list(corpora.samples(spec))


@given(st.lists(st.sampled_from(("train", "dev", "test")), min_size=1, max_size=30), st.data())
def test_leaving_out_what_later_splits_repeat_leaves_no_repeat_between_splits(
    splits: list[str], data: st.DataObject
) -> None:
    texts = [data.draw(st.sampled_from(("a b", "A, b!", "c", "🙂", "🙃"))) for _ in splits]
    held = _groups.held_out(zip(texts, splits, strict=True))
    groups = [_groups.text_groups(t, s, held) for t, s in zip(texts, splits, strict=True)]
    where = defaultdict(set)
    for group, split in zip(groups, splits, strict=True):
        if "also_in" not in group:
            where[group["text"]].add(split)
    assert all(len(s) == 1 for s in where.values())
    assert set(where) == {g["text"] for g in groups}, "no text is lost altogether"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ce bucurie!", "ce bucurie", True),
        ("Ce bucurie", "Ce bucurii", False),
        ("é", "é", True),
        ("🙂", "🙃", False),
        ("हे की", "हे कि", False),  # a vowel sign is no punctuation
        ("!", "?", False),
        ("ce ♥️", "ce", True),
    ],
)
def test_what_makes_two_texts_one(one: str, other: str, same: bool) -> None:
    assert (_groups.text_key(one) == _groups.text_key(other)) == same


# --- the real files ---


def lines(name: str, file: str) -> list[dict[str, str]]:
    """The rows of a compact file, read without the package."""
    with gzip.open(corpora.root(name) / file, "rt", encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(io.StringIO(stream.read(), newline="")))


def cut(samples: list[Sample]) -> int:
    """How many texts lie in more than one split."""
    where = defaultdict(set)
    for sample in samples:
        where[sample.groups["text"]].add(sample.split)
    return sum(len(s) > 1 for s in where.values())


@pytest.fixture(scope="module")
def of_brighter() -> list[Sample]:
    return real("brighter")


@REAL
def test_real_brighter(of_brighter: list[Sample]) -> None:
    samples = of_brighter
    assert splits(samples) == {"train": 65_094, "dev": 10_369, "test": 46_882}
    languages = Counter(s.groups["language"] for s in samples)
    assert set(languages) == set(brighter.CARD["languages"])
    assert len(languages) == 32
    assert {s.groups["language"] for s in samples if s.split == "train"} == set(languages) - {
        "ind",
        "jav",
        "xho",
        "zul",
    }
    assert cut(samples) == 223
    asked = {s.groups["language"]: s.rated("brighter")[0].judged for s in samples}
    assert asked["eng"] == ("anger", "fear", "joy", "sadness", "surprise")
    assert asked["afr"] == ("anger", "disgust", "fear", "joy", "sadness")
    assert {lang for lang, names in asked.items() if names is not None} == {"afr", "eng"}
    rated = Counter(s.groups["language"] for s in samples if s.rated("brighter.votes"))
    assert set(rated) == {"afr", "arq", "hin", "mar", "ron", "swe", "ukr"}
    assert rated["ron"] == 2_479
    # a label of Swedish stands when two of three raters chose it, in all but a few cells
    same = []
    for sample in samples:
        if sample.groups["language"] == "swe" and sum(v.count for v in sample.rated("brighter.votes")) == 3:
            votes, _ = target(brighter.TASKS[2], sample.ratings)
            same += (target(brighter.TASKS[0], sample.ratings)[0] == (votes > 0.5)).tolist()
    assert np.mean(same) > 0.99
    red = {s.groups["text"] for s in real("red_ro")}
    assert len(red & {s.groups["text"] for s in samples if s.groups["language"] == "ron"}) == 650


@REAL
def test_real_brighter_labels_are_those_of_the_file(of_brighter: list[Sample]) -> None:
    samples = {s.id: s for s in of_brighter}
    for split in ("train", "dev", "test"):
        for row in lines("brighter", f"{split}.csv.gz"):
            if row["lang"] in ("ron", "eng", "afr"):
                assert value(samples[row["id"]], "brighter") == {n for n in ekman.NAMES if row[n] == "1"}
                levels = [row[f"{n}_int"] for n in ekman.NAMES]
                told = samples[row["id"]].rated("brighter.intensity")
                assert [r.value for r in told] == ([tuple(float(x or 0) for x in levels)] if any(levels) else [])


@REAL
def test_real_xed() -> None:
    samples = real("xed")
    found = Counter((s.groups["origin"], s.groups["language"]) for s in samples)
    assert (found["annotated", "en"], found["annotated", "fi"]) == (27_202, 25_243)
    # of 175,895 projected lines one has no text
    assert sum(n for (origin, _), n in found.items() if origin == "projected") == 175_894
    assert {language for _, language in found} == set(xed.CARD["languages"])
    labels = Counter(name for s in samples for name in value(s, "xed"))
    assert labels["neutral"] == 20_468
    assert (labels["anger"], labels["trust"], labels["disgust"]) == (52_864, 35_091, 26_248)


@REAL
def test_real_red() -> None:
    samples = real("red_ro")
    by = Counter((s.groups["version"], s.split) for s in samples)
    assert [by["v2", split] for split in ("train", "dev", "test")] == [4_088, 543, 818]
    assert [by["v1", split] for split in ("train", "dev", "test")] == [3_237, 405, 405]
    first = Counter(s.ratings[0].value for s in samples if s.groups["version"] == "v1")
    assert first == {"joy": 876, "anger": 807, "neutral": 805, "sadness": 781, "fear": 778}
    assert cut(samples) == 882
    published = {f"v2-{row['id']}": set(row["labels"].split(",")) for row in lines("red_ro", "redv2.csv.gz")}
    assert {s.id: value(s, "red_ro") for s in samples if s.groups["version"] == "v2"} == published
    assert {sum(r.count for r in s.rated("red_ro.votes")) for s in samples if s.groups["version"] == "v2"} == {3}


@REAL
def test_real_mahaemotions() -> None:
    samples = real("mahaemotions")
    assert splits(samples) == {"train": 11_998, "dev": 1_500, "test": 1_500}
    labels = Counter(s.ratings[0].value for s in samples)
    assert (labels["neutral"], labels["respect"], labels["sadness"]) == (4_984, 1_492 + 6, 637 + 5)
    assert cut(samples) == 116
    assert {s.split for s in samples if s.groups["origin"] == "machine"} == {"train"}


@REAL
def test_real_emoevent() -> None:
    samples = real("emoevent")
    by = Counter((s.groups["language"], s.split) for s in samples)
    # 30 lines of the Spanish test have no tweet
    assert by == {
        ("en", "train"): 5_112,
        ("en", "dev"): 744,
        ("en", "test"): 1_447,
        ("es", "train"): 5_723,
        ("es", "dev"): 844,
        ("es", "test"): 1_656 - 30,
    }
    assert len({s.groups["event"] for s in samples}) == 8
    assert cut(samples) == 17


@REAL
def test_real_emot_id() -> None:
    samples = real("emot_id")
    assert splits(samples) == {"train": 3_521, "dev": 440, "test": 440}
    labels = Counter(s.ratings[0].value for s in samples)
    assert labels == {"anger": 1_101, "happy": 1_017, "sadness": 997, "fear": 649, "love": 637}
    assert cut(samples) == 7


@REAL
def test_real_multiemotions() -> None:
    samples = real("multiemotions_it")
    assert Counter(s.groups["kind"] for s in samples) == dict.fromkeys(
        ("YouTube music video", "YouTube Ad", "Facebook Ad"), 1_080
    )
    assert len({s.groups["source"] for s in samples}) == 41
    assert sum(s.ratings[0].value is None for s in samples) == 175
    assert sum(s.ratings[0].judged is not None for s in samples) == 2
    opinions = Counter(r.value for s in samples for r in s.rated("multiemotions_it.sentiment"))
    assert opinions == {"positive": 1_917, "negative": 768, "neutral": 295, "ambiguous": 85, None: 175}
    # a dyad is said where both of its parts are, nearly always
    parts = find.load("taxonomies", "plutchik_dyads").PARTS
    said = [
        set(parts[dyad]) <= value(s, "multiemotions_it")
        for s in samples
        if s.ratings[0].value is not None
        for dyad in value(s, "multiemotions_it.dyads")
    ]
    assert np.mean(said) > 0.98
