"""Tables of one's own: what is guessed and told, what is refused, and splits that cut no group."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from affectkit import corpora, find
from affectkit.app import cli
from affectkit.corpora import _manifest, _split
from affectkit.errors import AffectError, DataError, MissingExtra, UnknownName, UsageError
from affectkit.sample import Media, Rating, Sample, target
from affectkit.task import Kind, Task, View
from affectkit.train import alike, figures, mixture, supervised

EMOTIONS = ("anger", "fear", "joy", "sadness")
Rows = Sequence[Mapping[str, Any]]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def table(name: str, rows: Rows, delimiter: str = ",") -> str:
    with Path(name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return name


def lines(name: str, rows: Rows) -> str:
    Path(name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return name


def simple(n: int = 40, **more: Any) -> list[dict[str, Any]]:
    """Rows with a text, a label and what `more` says: a value, or a function of the row's number."""
    return [
        {"text": f"it is {EMOTIONS[i % 4]} for the {i}. time", "label": EMOTIONS[i % 4]}
        | {k: v(i) if callable(v) else v for k, v in more.items()}
        for i in range(n)
    ]


def read(spec: str) -> tuple[tuple[Task, ...], list[Sample], str]:
    """Tasks, samples and all notices as one text."""
    return corpora.tasks(spec), list(corpora.samples(spec)), "\n".join(corpora.notices(spec))


def says(spec: str, kind: type[AffectError] = UsageError) -> str:
    with pytest.raises(kind) as caught:
        corpora.tasks(spec)
    return str(caught.value)


# ---- specs -----------------------------------------------------------------------------------------------------------


def test_a_spec_is_a_name_or_path_with_options() -> None:
    for spec, where, options in (
        ("meld", "meld", {}),
        ("brighter:language=ron+eng", "brighter", {"language": "ron+eng"}),
        ("a/b.csv:text=the text,label=x:y=z", "a/b.csv", {"text": "the text", "label": "x:y=z"}),
        ("C:\\data\\a.csv:text=t", "C:\\data\\a.csv", {"text": "t"}),
    ):
        assert corpora.parse(spec) == corpora.Spec(where, options)
    assert corpora.split("a.csv:text=t,label=l,meld,brighter:language=ron,goemotions") == [
        "a.csv:text=t,label=l",
        "meld",
        "brighter:language=ron",
        "goemotions",
    ]
    for wrong in (":text=t", "a.csv:text=t,label", "a.csv:text=t,text=u"):
        with pytest.raises(
            UsageError, match=r"options as NAME:key=value,key=value; found '.*'; write each option once"
        ):
            corpora.parse(wrong)


word = st.from_regex(r"[a-z_]{1,8}", fullmatch=True)
spec = st.tuples(word, st.dictionaries(word, st.from_regex(r"[a-z+. ]{1,8}", fullmatch=True), max_size=3))


@settings(deadline=None)
@given(st.lists(spec, min_size=1, max_size=4))
def test_joined_specs_come_apart_again(given: list[tuple[str, dict[str, str]]]) -> None:
    texts = [w + (":" if o else "") + ",".join(f"{k}={v}" for k, v in o.items()) for w, o in given]
    assert corpora.split(",".join(texts)) == texts
    assert [corpora.parse(text) for text in texts] == [corpora.Spec(w, o) for w, o in given]


def test_a_corpus_goes_before_a_path_of_its_name(here: Path) -> None:
    (here / "meld").mkdir()
    assert corpora.parse("meld").path is None
    assert corpora.parse("./meld").path == Path("meld")
    with pytest.raises(UnknownName, match="the name of a corpus; found 'mled'; did you mean meld"):
        corpora.tasks("mled")
    assert says("mled.csv") == (
        "expected a table or folder at mled.csv; found none; correct the path; it is relative to where you are"
    )


# ---- what is guessed and told ----------------------------------------------------------------------------------------


def test_a_plain_table_is_read_and_told() -> None:
    rows = simple(user_id=lambda i: f"u{i // 2}", note="x")
    ((task,), samples, told) = read(table("mine.csv", rows))
    assert task == Task("mine", "emotion", Kind.SINGLE, "ekman", EMOTIONS)
    assert [s.media["text"].text for s in samples] == [r["text"] for r in rows]
    assert [s.ratings for s in samples] == [
        (Rating("mine", r["label"], rater="consensus", rule="as given"),) for r in rows
    ]
    assert [s.id for s in samples[:2]] == ["mine.csv#1", "mine.csv#2"]
    assert samples[3].groups == {"user": "u1"}
    assert told.splitlines() == [
        "read as mine.csv:text=text,label=label,scheme=ekman,group=user_id (guessed: text, group, label, scheme)",
        "4 of the 6 names of ekman, without disgust, surprise",
        "split at random, seed 0, user_id and equal texts kept together (32 train / 4 dev / 4 test)",
    ]


def test_the_told_spec_needs_no_guess() -> None:
    spec = re.search(r"read as (\S+) ", "\n".join(corpora.notices(table("mine.csv", simple()))))
    assert spec is not None
    assert "guessed" not in "\n".join(corpora.notices(spec[1]))
    assert list(corpora.samples(spec[1])) == list(corpora.samples("mine.csv"))


def test_what_cannot_be_written_as_a_spec_stays_as_it_was() -> None:
    rows = [{"text, or so": r["text"], "label": r["label"]} for r in simple()]
    assert corpora.settled(table("mine.csv", simple())) == "mine.csv:text=text,label=label,scheme=ekman"
    assert corpora.settled(table("odd.csv", rows)) == "odd.csv"
    assert corpora.settled("meld") == "meld"


def test_labels_are_found_by_case_and_synonym_and_renamed() -> None:
    rows = [
        {"comment": f"as {i}", "mood": m} for i, m in enumerate(["Joy", "SAD", "angry ", "happy", "wow", "fear"] * 4)
    ]
    Path("mine.json").write_text(json.dumps({"rename": {"wow": "surprise"}, "view": "felt", "licence": "CC0"}))
    ((task,), samples, told) = read(table("mine.csv", rows))
    said = [s.ratings[0].value for s in samples[:6]]
    assert said == ["joy", "sadness", "anger", "joy", "surprise", "fear"]
    assert (task.view, corpora.card("mine.csv")["licence"]) == (View.FELT, "CC0")
    assert "with the card mine.json" in told


def test_a_scheme_of_ones_own_keeps_its_names() -> None:
    rows = [{"text": f"t {i}", "label": ["Praise", "complaint", "praise "][i % 3]} for i in range(30)]
    assert says(table("mine.csv", rows)).endswith("or scheme=own to learn all as they are")
    (task,), samples, _ = read("mine.csv:scheme=own")
    assert (task.scheme, task.names) == ("own", ("complaint", "praise"))
    assert Counter(s.ratings[0].value for s in samples) == {"praise": 20, "complaint": 10}
    (task,), *_ = read("mine.csv:names=complaint+praise+question")
    assert (task.scheme, task.names) == ("own", ("complaint", "praise", "question"))


@pytest.mark.parametrize(
    "cell", [lambda a: f"{a}, joy", lambda a: f"{a}|joy", lambda a: f"['{a}', 'joy']", lambda a: f'["{a}","joy"]']
)
def test_several_labels_in_a_cell(cell: Any) -> None:
    rows = [*(r | {"label": cell(r["label"])} for r in simple()), {"text": "all alone", "label": "joy"}]
    (task,), samples, _ = read(table("mine.csv", rows))
    assert task.kind is Kind.MULTI
    assert samples[0].ratings[0].value == {"anger", "joy"}
    assert samples[-1].ratings[0].value == {"joy"}


def test_lists_and_an_empty_one() -> None:
    rows = [r | {"label": [r["label"]]} for r in simple(20)] + [{"text": "nothing at all", "label": []}]
    (task,), samples, _ = read(lines("mine.jsonl", rows))
    assert task.kind is Kind.MULTI
    assert samples[-1].ratings[0].value == frozenset()
    assert target(task, samples[-1].ratings)[1].all(), "none was chosen, all were judged"


def test_columns_of_yes_and_no_with_names_nobody_judged() -> None:
    rows = [
        {"text": f"t {i}", "anger": i % 2, "happiness": "true" if i % 3 else "no", "fear": "" if i < 5 else "1"}
        for i in range(20)
    ]
    (task,), samples, _ = read(table("mine.csv", rows))
    assert (task.kind, task.names) == (Kind.MULTI, ("anger", "fear", "joy"))
    for i in (0, 4, 7):
        values, judged = target(task, samples[i].ratings)
        assert judged.tolist() == [True, i >= 5, True]
        assert values.tolist() == [i % 2, float(i >= 5), float(i % 3 > 0)]
    assert read("mine.csv:labels=anger+happiness")[0][0].names == ("anger", "joy")


def test_exactly_one_yes_per_row_is_a_single_label() -> None:
    rows = [{"text": f"t {i}", **{e: int(e == EMOTIONS[i % 4]) for e in EMOTIONS}} for i in range(20)]
    (task,), samples, _ = read(table("mine.csv", rows))
    assert (task.kind, samples[5].ratings[0].value) == (Kind.SINGLE, "fear")
    assert read("mine.csv:labels=anger+fear+joy+sadness,kind=multi")[0][0].kind is Kind.MULTI


def test_votes_keep_their_numbers() -> None:
    votes = np.random.default_rng(0).multinomial(10, [0.1, 0.2, 0.3, 0.4], size=20)
    rows = [{"text": f"t {i}", **dict(zip(EMOTIONS, v.tolist(), strict=True))} for i, v in enumerate(votes)]
    (task,), samples, _ = read(table("mine.csv", rows))
    assert task.kind is Kind.DISTRIBUTION
    for sample, row in zip(samples, votes, strict=True):
        assert sum(r.count for r in sample.ratings) == 10
        assert all(r.rater is None for r in sample.ratings)
        np.testing.assert_allclose(target(task, sample.ratings)[0], row / 10, atol=1e-6)


def test_shares_of_votes() -> None:
    rows = [{"text": f"t {i}", "joy_share": 0.75, "fear_share": 0.25} for i in range(20)]
    (task,), samples, _ = read(table("mine.csv", rows))
    assert (task.kind, samples[0].ratings[0].value) == (Kind.DISTRIBUTION, {"joy": 0.75, "fear": 0.25})


def test_votes_or_intensities_must_be_said() -> None:
    rows = [{"text": f"t {i}", "anger": i % 4, "joy": i % 3} for i in range(20)]
    assert says(table("mine.csv", rows)) == (
        "expected anger, joy to be votes or to be intensities in mine.csv; found numbers up to 3; "
        "write --on mine.csv:votes=anger+joy, or values=anger+joy,range=0..3"
    )
    (task,), samples, _ = read("mine.csv:values=anger+joy,range=0..3,kind=ordinal")
    assert (task.kind, task.scheme, task.names, task.range) == (Kind.ORDINAL, "own", ("anger", "joy"), (0, 3))
    np.testing.assert_allclose(target(task, samples[7].ratings)[0], [2 * 3 / 3 - 1, 2 * 1 / 3 - 1], atol=1e-6)


def test_dimensions_in_the_order_of_their_scheme() -> None:
    rows = [{"text": f"t {i}", "Arousal": 1 + i % 5, "pleasure": 5 - i % 5, "n": i} for i in range(20)]
    (task,), samples, told = read(table("mine.csv", rows))
    assert task == Task("mine", "dimensions", Kind.CONTINUOUS, "vad", ("valence", "arousal"), (1.0, 5.0))
    assert samples[1].ratings[0].value == (4.0, 2.0)
    assert "values=Arousal+pleasure,range=1..5,dimensions=vad (guessed: text, values, dimensions, range)" in told


def test_names_and_dimensions_are_two_tasks_and_one_is_enough() -> None:
    rows = simple(valence=lambda i: "" if i == 3 else i % 2, arousal=lambda i: "" if i in (2, 3) else 1)
    rows[5]["label"] = ""
    named, dimensions = corpora.tasks(table("mine.csv", rows))
    assert (named.id, dimensions.id, dimensions.names) == ("mine", "mine.vad", ("valence", "arousal"))
    samples = list(corpora.samples("mine.csv"))
    assert [[r.task for r in samples[i].ratings] for i in (0, 3, 5)] == [["mine", "mine.vad"], ["mine"], ["mine.vad"]]
    assert target(dimensions, samples[2].ratings)[1].tolist() == [True, False]


def test_turns_of_a_dialogue_have_those_before_as_context() -> None:
    rows = simple(60, dialogue=lambda i: f"d{i % 12}", Speaker=lambda i: f"s{i % 30}")
    _, samples, _ = read(table("mine.csv", rows))
    assert samples[0].groups == {"speaker": "s0", "dialogue": "d0"}
    assert samples[24].context == ("mine.csv#1", "mine.csv#13")
    splits = {s.id: s.split for s in samples}
    assert all(splits[id] == s.split for s in samples for id in s.context)


# ---- files -----------------------------------------------------------------------------------------------------------


def plain_rows(samples: Sequence[Sample]) -> list[tuple[Any, Any]]:
    return [(s.media["text"].text, s.ratings[0].value) for s in samples]


def test_every_text_format_says_the_same(here: Path) -> None:
    rows = simple()
    wanted = [(r["text"], r["label"]) for r in rows]
    table("a.csv", rows)
    table("b.csv", rows, ";")
    table("c.tsv", rows, "\t")
    lines("d.jsonl", rows)
    (here / "e.json").write_text(json.dumps(rows))
    for name in ("a.csv", "c.tsv", "d.jsonl"):
        (here / f"z{name}.gz").write_bytes(gzip.compress((here / name).read_bytes()))
    (here / "bom.csv").write_bytes(b"\xef\xbb\xbf" + (here / "a.csv").read_bytes())
    for name in ("a.csv", "b.csv", "c.tsv", "d.jsonl", "e.json", "za.csv.gz", "zc.tsv.gz", "zd.jsonl.gz", "bom.csv"):
        assert plain_rows(list(corpora.samples(name))) == wanted, name
    assert "b.csv: cells are parted by semicolons" in corpora.notices("b.csv")
    assert corpora.tasks("za.csv.gz")[0].id == "za"


def test_a_folder_has_its_splits_from_its_names() -> None:
    Path("data").mkdir()
    for part, name in (("train", "train"), ("dev", "my-validation"), ("test", "test-00000-of-00001")):
        table(f"data/{name}.csv", [r | {"text": f"{part} {r['text']}"} for r in simple()])
    _, samples, told = read("data")
    assert all(str(s.media["text"].text).startswith(f"{s.split} ") for s in samples)
    assert "split as given (40 train / 40 dev / 40 test)" in told
    table("data/more.csv", simple())
    assert says("data", DataError) == (
        "expected train, dev or test in the name of every table in data; found more.csv; rename it or move it"
    )


def features(names: Sequence[str]) -> dict[str, Any]:
    return {
        "text": {"dtype": "string", "_type": "Value"},
        "label": {"feature": {"names": list(names), "_type": "ClassLabel"}, "_type": "List"},
    }


def test_what_datasets_saves_is_read_with_the_names_of_its_numbers(here: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    for split in ("train", "test"):
        folder = here / "saved" / split
        folder.mkdir(parents=True)
        rows = simple()
        made = arrow.table({"text": [f"{split} {r['text']}" for r in rows], "label": [[i % 4] for i in range(40)]})
        (folder / "dataset_info.json").write_text(json.dumps({"features": features(EMOTIONS)}))
        (folder / "state.json").write_text('{"_split": null}')
        with (
            arrow.OSFile(str(folder / "data-00000-of-00001.arrow"), "wb") as file,
            arrow.ipc.new_stream(file, made.schema) as writer,
        ):
            writer.write_table(made)
    (here / "saved" / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    (task,), samples, told = read("saved")
    assert (task.kind, task.names) == (Kind.MULTI, EMOTIONS)
    by_id = {s.id: s for s in samples}
    assert by_id["test/data-00000-of-00001.arrow#2"].ratings[0].value == {"fear"}
    assert Counter(s.split for s in samples) == {"train": 36, "dev": 4, "test": 40}
    assert "dev taken from train at random, seed 0" in told


def test_parquet_with_names_in_its_metadata(here: Path) -> None:
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    made = arrow.table({"text": [r["text"] for r in simple()], "label": [i % 4 for i in range(40)]})
    info = {"info": {"features": {"label": {"names": EMOTIONS, "_type": "ClassLabel"}}}}
    parquet.write_table(made.replace_schema_metadata({"huggingface": json.dumps(info)}), here / "mine.parquet")
    assert plain_rows(list(corpora.samples("mine.parquet"))) == [(r["text"], r["label"]) for r in simple()]
    (here / "broken.parquet").write_bytes(b"PAR1 no more")
    assert says("broken.parquet", DataError).startswith("expected a Parquet file at broken.parquet; found ")


def test_without_pyarrow_the_extra_is_named(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str, needed_by: str, extra: str) -> Any:
        raise MissingExtra.of(needed_by, name, extra)

    monkeypatch.setattr(find, "library", absent)
    (here / "mine.arrow").write_bytes(b"")
    assert says("mine.arrow", MissingExtra) == (
        "expected pyarrow.ipc for reading mine.arrow; found it is not installed; pip install 'affectkit[analysis]'"
    )


def test_columns_of_paths(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cards = find.cards("modalities") | {"sound": {"suffixes": [".wav"], "form": "float32"}}
    real = find.names
    monkeypatch.setattr(find, "names", lambda kind: sorted(cards) if kind == "modalities" else real(kind))
    monkeypatch.setattr(find, "cards", lambda kind: cards if kind == "modalities" else real_cards[kind])
    real_cards = {"taxonomies": {n: find.card("taxonomies", n) for n in find.names("taxonomies")}}
    (here / "clips").mkdir()
    rows = simple(30, wav=lambda i: f"clips/{i}.wav", begin=lambda i: i / 2)
    for row in rows[:-1]:
        (here / row["wav"]).write_bytes(b"RIFF")
    table("clips.csv", rows)
    _, samples, told = read("clips.csv:sound=wav,start_s=begin")
    assert samples[3].media == {"sound": Media(path="clips/3.wav", start_s=1.5)}
    assert "left out 1 row with a file that is not there: clips.csv#30 (clips/29.wav)" in told
    _, samples, _ = read("clips.csv:file=wav,text=text")
    assert set(samples[0].media) == {"sound", "text"}
    assert says("clips.csv:sond=wav", UnknownName).endswith("found 'sond'; did you mean sound or seed or kind?")


def test_texts_in_files_are_compared_like_others(here: Path) -> None:
    for i in range(12):
        (here / f"{i}.txt").write_text(f"The same words, {i // 2}!" if i % 2 else f"the SAME words {i // 2}")
    table("files.csv", [{"at": f"{i}.txt", "emotion": EMOTIONS[i % 2]} for i in range(12)])
    samples = list(corpora.samples("files.csv:file=at"))
    assert samples[1].media["text"].text == "The same words, 0!"
    assert all(samples[i].split == samples[i + 1].split for i in range(0, 12, 2))


# ---- splits ----------------------------------------------------------------------------------------------------------


def joined(keys: Sequence[Sequence[str]]) -> set[frozenset[int]]:
    """Rows that share keys, by going from row to row until nothing is added."""
    found = set()
    for start in range(len(keys)):
        together, more = {start}, True
        while more:
            words = {k for row in together for k in keys[row]}
            grown = {row for row, its in enumerate(keys) if words & set(its)}
            more, together = grown > together, together | grown
        found.add(frozenset(together))
    return found


rows_of_keys = st.lists(st.lists(st.sampled_from("abcdefghijklmno"), min_size=1, max_size=2), min_size=1, max_size=30)


@settings(deadline=None)
@given(rows_of_keys, st.integers(0, 3), st.randoms())
def test_no_block_is_ever_cut_and_the_order_of_rows_does_not_matter(
    keys: list[list[str]], seed: int, shuffling: Any
) -> None:
    blocks = joined(keys)
    by_number: defaultdict[int, set[int]] = defaultdict(set)
    for row, block in enumerate(_split.blocks(keys)):
        by_number[block].add(row)
    assert {frozenset(b) for b in by_number.values()} == blocks
    parts = ("test", "dev", "train")
    if len(blocks) < 3:
        with pytest.raises(DataError, match=r"at least 3 blocks of rows in t, for test, dev, train; found"):
            _split.draw(keys, parts, seed, "t")
        return
    drawn = _split.draw(keys, parts, seed, "t")
    assert set(drawn) == set(parts)
    assert all(len({drawn[row] for row in block}) == 1 for block in blocks)
    order = list(range(len(keys)))
    shuffling.shuffle(order)
    again = _split.draw([keys[i] for i in order], parts, seed, "t")
    assert again == [drawn[i] for i in order]


def test_a_random_split_has_its_shares_and_its_seed() -> None:
    spec = table("mine.csv", simple(1000, user=lambda i: f"u{i % 200}"))
    splits = {seed: [s.split for s in corpora.samples(f"{spec}:seed={seed}")] for seed in (0, 1)}
    assert all(Counter(s) == {"train": 800, "dev": 100, "test": 100} for s in splits.values())
    assert splits[0] != splits[1]
    of_user: defaultdict[str, set[str | None]] = defaultdict(set)
    for sample in corpora.samples(spec):
        of_user[sample.groups["user"]].add(sample.split)
    assert {len(s) for s in of_user.values()} == {1}


def test_groups_that_leave_nothing_to_split_are_refused() -> None:
    table("mine.csv", simple(user=lambda i: f"u{i % 2}"))
    assert says("mine.csv:group=user", DataError) == (
        "expected at least 3 blocks of rows in mine.csv by user and equal texts, for test, dev, train; found 2 once "
        "rows with a group or text in common are kept together; name fewer groups, or a split column with split=COLUMN"
    )


def test_given_splits_folds_and_one_word() -> None:
    table(
        "mine.csv", simple(split=lambda i: ["Training", "val", "TEST"][i % 3], cv=lambda i: i % 10, u=lambda i: i % 20)
    )
    _, samples, told = read("mine.csv:group=u")
    assert [s.split for s in samples[:3]] == ["train", "dev", "test"]
    assert "split as given (14 train / 13 dev / 13 test)\nthe split cuts 20 of 20 groups in u" in told
    _, samples, told = read("mine.csv:split=cv")
    assert Counter(s.split for s in samples) == {"train": 32, "dev": 4, "test": 4}
    assert (samples[9].split, samples[8].split) == ("test", "dev")
    assert "of the folds in cv, 9 is test and 8 is dev" in told
    assert {s.split for s in corpora.samples("mine.csv:split=test")} == {"test"}
    table("mine.csv", simple(part=lambda i: "abc"[i % 3]))
    assert says("mine.csv:seed=1,split=part") == (
        "expected train, dev and test, or at least 3 folds by number, in the column part in mine.csv; found 'a', "
        "'b', 'c'; write --on mine.csv:seed=1,split=COLUMN, or without it for a random split"
    )


def test_numbers_with_a_point_and_a_zero_are_whole() -> None:
    rows = simple(label=lambda i: "" if i == 7 else f"{i % 2}.0")  # as written where a cell is empty
    assert {s.ratings[0].value for s in corpora.samples(table("f.csv", rows) + ":names=joy+anger")} == {"joy", "anger"}


def test_an_empty_column_of_splits_is_none() -> None:
    table("mine.csv", simple(split=lambda i: ""))
    assert "split at random" in read("mine.csv")[2]


def test_a_table_is_read_once_until_it_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    read_one = _manifest.read

    def counted(asked_for: corpora.Spec) -> _manifest.Manifest:
        asked.append(asked_for.where)
        return read_one(asked_for)

    monkeypatch.setattr(_manifest, "read", counted)
    table("once.csv", simple())
    assert [len(read("once.csv")[1]) for _ in range(3)] == [40, 40, 40] and len(asked) == 1
    table("once.csv", simple(20))
    assert len(read("once.csv")[1]) == 20 and len(asked) == 2
    Path("once.json").write_text('{"scheme": "own"}', encoding="utf-8")
    assert read("once.csv")[0][0].scheme == "own" and len(asked) == 3


# ---- bad input -------------------------------------------------------------------------------------------------------


def test_unknown_labels_are_counted_and_the_nearest_offered() -> None:
    rows = simple(100)
    for i in (3, 5, 9):
        rows[i]["label"] = "hapy"
    rows[4]["label"] = "xyz"
    (task,), samples, told = read(table("mine.csv", rows))
    assert (len(samples), task.names) == (96, EMOTIONS)
    assert "left out 4 rows with a label that ekman lacks: 'hapy' (3 times, nearest joy), 'xyz' (1 time)" in told
    for row in rows[:20]:
        row["label"] = "hapy"
    assert says(table("mine.csv", rows)) == (
        "expected labels of one scheme in mine.csv; found some that even the nearest, ekman, lacks: "
        "'hapy' (20 times, nearest joy); write --on mine.csv:scheme=ekman to leave these out, scheme=NAME, "
        "or scheme=own to learn all as they are"
    )
    assert len(list(corpora.samples("mine.csv:scheme=ekman"))) == 80
    assert says("mine.csv:scheme=ekmann", UnknownName).startswith(
        "expected the name of a taxonomy; found 'ekmann'; did"
    )


def test_more_bad_rows_than_good_ones_end_it() -> None:
    table("mine.csv", [{"text": f"t {i}", "label": "joy" if i < 4 else "fear" if i < 8 else "blue"} for i in range(20)])
    assert says("mine.csv:scheme=ekman", DataError) == (
        "expected rows in mine.csv most of which can be read; found 12 of 20 that cannot: 12 rows with a label that "
        "ekman lacks: 'blue' (12 times); correct them, or say what the columns mean"
    )


def test_mixed_scales_name_their_rows() -> None:
    rows = [{"text": f"t {i}", "valence": 1 + i % 5, "arousal": 3} for i in range(30)]
    rows[16]["valence"], rows[20]["valence"] = 63, "high"
    assert says(table("mine.csv", rows)) == (
        "expected the scale of valence, arousal in mine.csv; found numbers from 1 to 63; "
        "write --on mine.csv:range=0..100"
    )
    _, samples, told = read("mine.csv:range=1..5")
    assert len(samples) == 28
    assert "left out 1 row with a number outside 1..5 in valence: mine.csv#17 (63)" in told
    assert "left out 1 row with no number in valence: mine.csv#21 ('high')" in told
    assert says("mine.csv:range=5..1") == (
        "expected the ends of the range as LOW..HIGH; found '5..1'; for example range=1..5"
    )
    assert says("mine.csv:range=1-5") == ("expected the option range of mine.csv as LOW..HIGH; found '1-5'; correct it")


def test_rows_that_cannot_be_read_are_named_and_the_rest_is(here: Path) -> None:
    rows = simple(30, id=lambda i: f"r{i}")
    rows[2]["id"], rows[3]["text"], rows[4]["label"] = "r1", " ", ""
    table("mine.csv", rows)
    with (here / "mine.csv").open("ab") as file:
        file.write(b'it is joy,joy\n"it is joy for me,joy,r99\nit is f\xffar,fear,r98\n')
    _, samples, told = read("mine.csv")
    assert len(samples) == 27
    for line in (
        "1 row with an id that another row has: mine.csv#3 (r1, as in mine.csv#2)",
        "1 row with no text: mine.csv#4 (an empty one)",
        "1 row with no label: mine.csv#5 (an empty cell)",
        "1 row with not 3 cells: mine.csv#31 (2)",
        "1 row with broken: mine.csv#32",
        "1 row with no UTF-8: mine.csv#33 (byte 0xff)",
    ):
        assert f"left out {line}" in told, line
    lines("mine.jsonl", rows)
    with (here / "mine.jsonl").open("a") as file:
        file.write('{"text": \n[1]\n')
    told = "\n".join(corpora.notices("mine.jsonl"))
    assert "left out 1 row with no JSON: mine.jsonl#31" in told
    assert "left out 1 row with no object: mine.jsonl#32 (list)" in told


def test_columns_and_options_that_are_not_there_offer_the_nearest() -> None:
    table("mine.csv", simple())
    assert says("mine.csv:text=txt", UnknownName) == (
        "expected the name of a column of mine.csv; found 'txt'; did you mean text?"
    )
    assert says("mine.csv:lable=label", UnknownName).startswith(
        "expected the name of an option of mine.csv; found 'lable'; did you mean table or label or labels?"
    )
    assert says("mine.csv:kind=singel", UnknownName).endswith("found 'singel'; did you mean single?")
    assert says("mine.csv:view=fellt", UnknownName).endswith("found 'fellt'; did you mean felt?")


def test_what_cannot_be_guessed_is_asked() -> None:
    rows = [{"comment": f"some words {i}", "tweet": f"more words {i}", "label": EMOTIONS[i % 2]} for i in range(20)]
    assert says(table("a.csv", rows)) == (
        "expected one column of texts in a.csv; found comment, tweet; write --on a.csv:text=comment"
    )
    rows = [{"text": f"w {i}", "emotion": EMOTIONS[i % 2], "sentiment": "positive"} for i in range(20)]
    assert says(table("b.csv", rows) + ":seed=1") == (
        "expected one column of labels in b.csv; found emotion, sentiment; write --on b.csv:seed=1,label=emotion"
    )
    rows = [{"text": f"w {i}", "label": i % 6} for i in range(20)]
    assert says(table("c.csv", rows)) == (
        "expected names in label in c.csv; found whole numbers up to 5; write --on c.csv:names= with the name of each "
        "number from 0 on, joined by +; or values=label,range=0..5"
    )
    assert "anger" in corpora.tasks("c.csv:names=sadness+joy+fear+anger+surprise+disgust")[0].names
    assert next(corpora.samples("c.csv:names=sadness+joy+fear+anger+surprise+disgust")).ratings[0].value == "sadness"
    rows = [{"text": f"w {i}", "sentiment": i % 3 - 1} for i in range(20)]
    assert says(table("s.csv", rows)) == (
        "expected names in sentiment in s.csv; found whole numbers from -1 to 1; write --on s.csv:values=sentiment,"
        "range=-1..1; or scheme=NAME of one that counts so, or rename them in a card"
    )
    assert corpora.tasks("s.csv:values=sentiment,range=-1..1")[0].range == (-1.0, 1.0)
    assert next(corpora.samples("s.csv:scheme=sentiment7")).ratings[0].value == "slightly negative"
    assert "whole numbers from -1 to 1" in says("s.csv:names=negative+neutral+positive"), "they count from 0"
    Path("s.json").write_text('{"rename": {"-1": "negative", "0": "neutral", "1": "positive"}}', encoding="utf-8")
    assert corpora.tasks("s.csv")[0].names == ("negative", "neutral", "positive")
    assert says(table("d.csv", [{"n": 1, "m": 2}])) == (
        "expected a column of texts or of files in d.csv; found n, m; "
        "write --on d.csv:text=COLUMN, or file=COLUMN for paths"
    )
    assert says(table("e.csv", [{"text": "w", "m": 2}])).startswith(
        "expected a column of labels, or one per label in e.csv; found m; write --on e.csv:label=COLUMN, or labels="
    )


def test_files_that_hold_no_table(here: Path) -> None:
    for name, content, wanted in (
        ("a.csv", b"", "expected a header line in a.csv; found an empty file; name the columns in the first line"),
        ("b.csv", b"text,label\n", "expected rows in b.csv; found none; check that it is the right file"),
        ("c.csv", "text,label\nx,joy\n".encode("utf-16"), "expected UTF-8 in c.csv; found UTF-16; save it as UTF-8"),
        (
            "d.csv",
            b"text,text\nx,joy\n",
            "expected each column of d.csv under a name of its own, in UTF-8; found 'text' twice; "
            "correct the first line",
        ),
        ("e.jsonl", b"\n", "expected rows in e.jsonl; found none; check that it is the right file"),
        ("f.json", b"[", "expected JSON in f.json; found Expecting value: line 1 column 2 (char 1); correct it"),
        ("g.csv.gz", b"\x1f\x8bno", "expected a whole gzip file at g.csv.gz; found "),
    ):
        (here / name).write_bytes(content)
        assert says(name, DataError).startswith(wanted)
    (here / "h.xlsx").write_bytes(b"PK")
    assert re.fullmatch(
        r"expected a table that ends in \.arrow, .*\.tsv\.gz; found h\.xlsx; save it as one of these", says("h.xlsx")
    )


def test_a_folder_of_something_else(here: Path) -> None:
    (here / "goemotions").mkdir()
    assert says("./goemotions", DataError) == (
        "expected one kind of tables in goemotions (.csv, .jsonl, .parquet, .arrow ...); found an empty folder; "
        "for the public corpus write --on goemotions and set AFFECTKIT_CORPORA"
    )
    (here / "two").mkdir()
    table("two/a.csv", simple())
    lines("two/a.jsonl", simple())
    assert says("two", DataError).endswith("found .csv and .jsonl side by side; name one table")


def test_cards(here: Path) -> None:
    table("data.csv", [{"q": f"some words {i}", "m": EMOTIONS[i % 4]} for i in range(20)])
    (here / "card.json").write_text(json.dumps({"table": "data.csv", "text": "q", "label": "m", "task": "mood"}))
    assert corpora.tasks("card.json")[0].id == "mood"
    assert corpora.tasks("card.json:task=other")[0].id == "other"
    (here / "alone.json").write_text('{"text": "q"}')
    assert says("alone.json") == (
        'expected one table beside alone.json; found none; name it in the card: "table": "mine.csv"'
    )
    (here / "data.json").write_text('{"text": "q", "lable": "m"}')
    assert says("data.csv", UnknownName).startswith("expected the name of an option of data.json; found 'lable'")
    (here / "data.json").write_text('{"colour": "blue"}')
    assert corpora.tasks("data.csv:text=q,label=m")[0].names == EMOTIONS, "a file of another purpose is no card"


# ---- training and measuring ------------------------------------------------------------------------------------------


def ekman(id: str, names: tuple[str, ...], kind: Kind = Kind.SINGLE) -> Task:
    return Task(id, "emotion", kind, "ekman", names)


def test_another_table_counts_for_the_task_of_its_scheme() -> None:
    own, learnt = ekman("mine", ("anger", "fear", "joy")), ekman("seven", ("disgust", "joy", "anger"))
    samples = [
        Sample(n, {"text": Media(text=n)}, (Rating("mine", n, rater="x"),), split="test")
        for n in ("anger", "fear", "joy")
    ]
    data = mixture.table([("t.csv", s) for s in samples], [own])
    found = alike.under(data, {"t.csv": alike.matched([own], [learnt])})
    assert found.tasks == (learnt,)
    assert found.targets["seven"].tolist() == [[0, 0, 1], [0, 0, 0], [0, 1, 0]]
    assert found.judged["seven"].tolist() == [[False, True, True], [False] * 3, [False, True, True]]
    several = ekman("seven", learnt.names, Kind.MULTI)
    assert alike.under(data, {"t.csv": [(own, several)]}).judged["seven"].tolist() == [[False, True, True]] * 3
    assert alike.under(data, {"t.csv": [(own, own)]}) is data


def test_which_tasks_stand_for_which() -> None:
    single, multi = ekman("a", EMOTIONS), ekman("b", EMOTIONS, Kind.MULTI)
    vad = Task("c", "dimensions", Kind.CONTINUOUS, "vad", ("valence",), (0, 1))
    assert alike.matched([multi], [single]) == []
    assert alike.matched([single, vad], [multi]) == [(single, multi)]
    assert alike.matched([single, multi], [single, multi]) == [(single, single), (multi, multi)]
    wide = Task("v", "dimensions", Kind.CONTINUOUS, "vad", ("valence", "arousal"), (1, 9))
    assert alike.matched([single, vad], [wide]) == [(vad, wide)]


def call(*arguments: object) -> Any:
    return CliRunner().invoke(cli.build(), [str(a) for a in arguments])


def test_train_on_a_table_and_measure_on_another(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "FOLDS", 50)
    table("mine.csv", [r | {"words": r.pop("text")} for r in simple(60)])
    settings = [f"--set={k}={v}" for k, v in {**supervised.TOY, "epochs": 1}.items()]
    made = call("train", "finetune", "--on", "mine.csv:text=words,label=label", *settings, "--out", "run")
    assert made.exit_code == 0, made.output
    assert made.stderr.splitlines()[0] == (
        "mine.csv: read as mine.csv:text=words,label=label,scheme=ekman (guessed: scheme)"
    )
    assert json.loads((here / "run" / "run.json").read_text())["on"] == ["mine.csv:text=words,label=label,scheme=ekman"]
    lines("other.jsonl", simple(20, label=lambda i: ["happy", "angry"][i % 2]))
    found = call("evaluate", "run", "--on", "other.jsonl:split=test")
    assert found.exit_code == 0, found.output
    row = json.loads((here / "results" / "finetune.other.json").read_text())["rows"][0]
    assert (row["task"], row["metrics"]["accuracy"]["n"]) == ("mine", 20)
    assert row["split"] == "as given (0 train / 0 dev / 20 test)"
    table("vad.csv", [{"text": f"w {i}", "valence": i % 2, "arousal": 1 - i % 2} for i in range(20)])
    refused = call("evaluate", "run", "--on", "vad.csv")
    assert refused.exit_code == 2
    assert refused.stderr.splitlines()[-1] == (
        "affectkit: expected a corpus with a task among mine (single, ekman); found vad.csv with vad (continuous, "
        "vad); measure on another one"
    )
    table("mine.csv", [{"words": r["text"], "label": ["joy", "fear"][i % 2]} for i, r in enumerate(simple(60))])
    changed = call("evaluate", "run")
    assert changed.exit_code == 1
    assert changed.stderr.endswith("found other names or kinds; train again\n")


def test_two_tables_of_one_name_are_refused(here: Path) -> None:
    (here / "sub").mkdir()
    table("mine.csv", simple())
    table("sub/mine.csv", simple())
    refused = call("train", "finetune", "--on", "mine.csv,sub/mine.csv")
    assert refused.exit_code == 2
    assert refused.stderr == (
        "affectkit: expected a name of its own for everything in --on; found 'mine' twice; rename one of the tables\n"
    )


def test_a_table_is_no_text(here: Path) -> None:
    table("mine.csv", simple())
    with pytest.raises(AffectError) as caught:
        find.load("modalities", "text").read(Media(path="mine.csv"))
    assert str(caught.value) == (
        "expected a file that is one text; found the table mine.csv; give its rows as texts, or name it to the "
        "command line: affectkit predict FILE --column NAME"
    )


# ---- several raters --------------------------------------------------------------------------------------------------


def judgements(**more: Any) -> list[dict[str, Any]]:
    """Twelve clips, each judged by three people, of whom the third says joy of everything."""
    return [
        {
            "clip": f"c{i}",
            "who": who,
            "text": f"clip {i} of the table",
            "emotion": "joy" if i % 2 or who == "ann" else "fear",
            **more,
        }
        for i in range(12)
        for who in ("eve", "bob", "ann")
    ]


def test_rows_of_one_id_are_judgements_of_one_item() -> None:
    (task,), samples, _ = read(table("votes.csv", judgements()) + ":id=clip,rater=who")
    assert [s.id for s in samples] == [f"c{i}" for i in range(12)]
    said = {(s.id, r.rater): r.value for s in samples for r in s.ratings}
    assert said == {(f"c{i}", who): "joy" if i % 2 or who == "ann" else "fear" for i in range(12) for who in WHO}
    assert {(r.task, r.rule, r.count) for s in samples for r in s.ratings} == {(task.id, None, 1)}


WHO = ("eve", "bob", "ann")


def test_a_judgement_without_a_name_is_an_anonymous_vote() -> None:
    rows = judgements()
    rows[1]["who"] = rows[2]["who"] = ""
    _, samples, _ = read(table("votes.csv", rows) + ":id=clip,rater=who")
    assert [r.rater for r in samples[0].ratings] == ["eve", None, None]


def test_what_cannot_be_a_judgement_of_the_same_item_is_left_out_and_named() -> None:
    rows = judgements()
    rows[1]["who"] = "eve"
    rows[5]["text"] = "quite another clip"
    _, samples, told = read(table("votes.csv", rows) + ":id=clip,rater=who")
    assert [len(s.ratings) for s in samples] == [2, 2, *[3] * 10]
    assert "left out 1 row with a rater who had judged the item already: votes.csv#2 (c0, as in votes.csv#1)" in told
    assert (
        "left out 1 row with another text, file, group or part than its item: votes.csv#6 (c1, as in votes.csv#4)"
        in told
    )


def test_raters_need_to_know_which_item_they_judge() -> None:
    expected = "expected a column that says which item a rater judged in votes.csv; found none that is called so; write"
    assert says(table("votes.csv", judgements()) + ":rater=who").startswith(expected)


def test_the_agreement_of_a_table_is_that_of_its_raters() -> None:
    spec = table("votes.csv", judgements()) + ":id=clip,rater=who"
    result = CliRunner().invoke(cli.build(), ["agreement", spec, "--json"])
    assert result.exit_code == 0, result.output
    (told,) = json.loads(result.stdout)["tasks"]
    assert (told["items"], told["votes"], told["raters"]) == (12, 36, 3)
    # six items with 3 joy, six with 2 fear and 1 joy: 24 votes for joy, 12 for fear
    observed = 6 * (2 * 1 + 1 * 2) / 2
    expected = 2 * 24 * 12 / 35
    assert told["figures"]["alpha_nominal"]["value"] == pytest.approx(1 - observed / expected)
