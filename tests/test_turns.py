"""Conversations: what was said before is read behind a turn, nothing later is, and serving reads as training did."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from typer.testing import CliRunner

import toys
from affectkit import corpora, find
from affectkit.app import cli, inputs
from affectkit.corpora import meld
from affectkit.errors import DataError, InputError, UsageError
from affectkit.runtime import bundle, turns
from affectkit.runtime.predict import Predictor
from affectkit.runtime.turns import Turns
from affectkit.runtime.windows import Windows
from affectkit.sample import Media, Rating, Sample
from affectkit.task import Kind, Task
from affectkit.train import mixture, reading, run, supervised
from affectkit.train.reading import Tokens

IDS = st.lists(st.integers(4, 99), max_size=12)
CLS, SEP = 2, 3
TASK = Task("toy", "emotion", Kind.SINGLE, "sentiment", ("negative", "positive"))
CONTEXT = {"context": 3, "longest": 24}


# ---- the row of tokens -----------------------------------------------------------------------------------------------


@given(IDS, st.lists(IDS, max_size=6), st.integers(2, 60))
def test_a_row_is_the_turn_and_then_the_newest_end_of_what_was_said(
    own: list[int], earlier: list[list[int]], longest: int
) -> None:
    whole = [CLS, *own[: longest - 2], SEP]  # as `tokenised` cuts it
    row = turns.joined(whole, earlier, longest)
    after = [i for ids in earlier for i in (*ids, SEP)]
    assert row[: len(whole)] == whole
    assert len(row) == min(longest, len(whole) + len(after))
    kept = row[len(whole) :]
    assert kept == after[len(after) - len(kept) :]  # the oldest fall out first


def words(longest: int = 24, **given_: Any) -> Tokens:
    """A reader of whole words, with every word of the toys in its table."""
    known = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *"abcdefgh", *(f"w{i}" for i in range(40)), "Ann", "Bob", ":"]
    made = Tokenizer(models.WordLevel({w: i for i, w in enumerate(known)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation()])
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", CLS), ("[SEP]", SEP)]
    )
    return Tokens("text", made, longest, None, Turns(**given_))


def text_of(reader: Tokens, media: list[Media]) -> list[str]:
    found = reader.features(media)
    rows = [found.values[a:b] for a, b in zip(found.start[:-1], found.start[1:], strict=True)]
    return [" ".join(str(reader.tokenizer.id_to_token(int(i))) for i in row) for row in rows]


def turn(text: str, *before: str) -> Media:
    return Media(text=text, before=tuple(Media(text=b) for b in before))


def test_the_turn_is_first_and_the_oldest_comes_before_the_newest() -> None:
    reader = words(before=2)
    assert text_of(reader, [turn("a b", "c", "d e", "f"), turn("a")]) == [
        "[CLS] a b [SEP] d e [SEP] f [SEP]",
        "[CLS] a [SEP]",
    ]


def test_without_context_earlier_turns_are_not_read() -> None:
    plain = words()
    assert text_of(plain, [turn("a b", "c", "d")]) == ["[CLS] a b [SEP]"]


def test_what_does_not_fit_falls_off_the_oldest_end() -> None:
    given_ = [turn("a b", "c d e", "f g h")]
    assert text_of(words(10, before=5), given_) == ["[CLS] a b [SEP] e [SEP] f g h [SEP]"]
    assert text_of(words(8, before=5), given_) == ["[CLS] a b [SEP] f g h [SEP]"]
    assert text_of(words(6, before=5), given_) == ["[CLS] a b [SEP] h [SEP]"]
    assert text_of(words(4, before=5), given_) == ["[CLS] a b [SEP]"]
    assert text_of(words(4, before=5), [turn("a b c d", "e")]) == ["[CLS] a b [SEP]"]


def test_speakers_are_written_where_they_are_known() -> None:
    said = (Media(text="a", speaker="Ann"), Media(text="b"))
    own = Media(text="c", speaker="Bob", before=said)
    assert text_of(words(before=2, speakers=True), [own]) == ["[CLS] Bob : c [SEP] Ann : a [SEP] b [SEP]"]
    assert text_of(words(before=2), [own]) == ["[CLS] c [SEP] a [SEP] b [SEP]"]


def test_an_empty_earlier_turn_is_left_out() -> None:
    assert text_of(words(before=3), [turn("a", "b", " ", "c")]) == ["[CLS] a [SEP] b [SEP] c [SEP]"]


def test_fewer_than_no_turns_are_refused() -> None:
    with pytest.raises(UsageError) as caught:
        assert supervised.Plan(context=-1).turns
    assert str(caught.value) == "expected at least 0 earlier turns; found -1; --set context=0 reads a turn alone"


def test_a_tokenizer_that_closes_nothing_cannot_part_turns() -> None:
    class Open:
        CARD: ClassVar = {"takes": "text"}

        @staticmethod
        def tokenizer(config: Any) -> Tokenizer:
            return Tokenizer(models.WordLevel({"a": 0, "[UNK]": 1}, unk_token="[UNK]"))

    with pytest.raises(UsageError) as caught:
        reading.learn(Open, None, [Media(text="a")], 8, 0, Turns(before=1))  # type: ignore[arg-type]
    assert str(caught.value) == (
        "expected a tokenizer that closes a text with a special token; found one that does not; "
        "read turns alone: context=0"
    )
    assert isinstance(reading.learn(Open, None, [Media(text="a")], 8, 0), Tokens)  # type: ignore[arg-type]


# ---- from samples ----------------------------------------------------------------------------------------------------


def talk(*said: str) -> list[tuple[str, Sample]]:
    """One dialogue of a toy corpus, its turns numbered from 0."""
    ids = [f"dia-{i}" for i in range(len(said))]
    return [
        (
            "toy",
            Sample(
                ids[i],
                {"text": Media(text=text)},
                (Rating("toy", "positive"),),
                {"dialogue": "dia", "speaker": ("Ann", "Bob")[i % 2]},
                "train",
                tuple(ids[:i]),
            ),
        )
        for i, text in enumerate(said)
    ]


def test_a_later_turn_changes_nothing() -> None:
    reader = words(before=9, speakers=True)
    said = ["a", "b", "c", "d", "e"]
    whole = mixture.table(talk(*said), [TASK])
    rows = text_of(reader, [m["text"] for m in whole.media])
    for last in range(1, len(said)):
        changed = mixture.table(talk(*said[:last], *("h" for _ in said[last:])), [TASK])
        assert text_of(reader, [m["text"] for m in changed.media])[:last] == rows[:last]
        short = mixture.table(talk(*said[:last]), [TASK])
        assert text_of(reader, [m["text"] for m in short.media]) == rows[:last]
    assert rows[2] == "[CLS] Ann : c [SEP] Ann : a [SEP] Bob : b [SEP]"


def test_no_dialogue_of_meld_reaches_into_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    meld.fake(tmp_path / "meld", np.random.default_rng(3))
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tmp_path))
    data, samples = mixture.read(["meld"]), {s.id: s for s in corpora.samples("meld")}
    dialogues = {(s.groups["dialogue"], str(s.media["text"].text)) for s in samples.values()}
    lengths = []
    for id, media in zip(data.ids.tolist(), data.media, strict=True):
        own = samples[id]
        earlier = media["text"].before
        assert [m.text for m in earlier] == [samples[c].media["text"].text for c in own.context]
        assert [m.speaker for m in earlier] == [samples[c].groups["speaker"] for c in own.context]
        assert {(own.groups["dialogue"], m.text) for m in earlier} <= dialogues
        assert not any(m.before for m in earlier)
        lengths.append(len(earlier))
    assert lengths.count(0) == len({s.groups["dialogue"] for s in samples.values()})
    assert max(lengths) >= 4


def test_a_missing_earlier_turn_is_an_error() -> None:
    with pytest.raises(DataError) as caught:
        mixture.table(talk("a", "b", "c")[1:], [TASK])
    assert str(caught.value) == "expected the turn 'dia-0' before 'dia-1'; found none in toy; keep dialogues whole"


def test_a_media_with_earlier_turns_through_json() -> None:
    own = Media(text="a", speaker="Ann", before=(Media(text="b", speaker="Bob"), Media(text="c")))
    assert Media.from_json(json.loads(json.dumps(own.to_json()))) == own
    assert Media(text="a").to_json() == {"path": None, "text": "a", "start_s": None, "end_s": None, "stream": None}
    with pytest.raises(DataError, match=r"expected a Media for each earlier turn; found \('b',\); write Media\(text"):
        Media(text="a", before=("b",))  # type: ignore[arg-type]


# ---- serving ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("longest", [6, 9, 16])
def test_windows_are_the_rows_of_training(longest: int) -> None:
    reader = words(longest, before=3)
    media = [turn("a b", "c d e", "f g", "h"), turn("a"), turn("a b c", "d"), turn("a", "b " * 40, "c")]
    assert all(len(str(m.text).split()) <= longest - 2 for m in media)
    served = Windows.of(reader.tokenizer.to_str().encode(), longest)
    earlier = [reader.turns.earlier(m, find.load("modalities", "text").read) for m in media]
    rows, owner, _ = served.cut([str(m.text) for m in media], earlier)
    assert owner.tolist() == [0, 1, 2, 3]
    found = reader.features(media)
    for row, a, b in zip(rows, found.start[:-1], found.start[1:], strict=True):
        assert row.tolist() == found.values[a:b].tolist()


def test_a_text_of_several_windows_leaves_no_room() -> None:
    served = Windows.of(words().tokenizer.to_str().encode(), 6)
    alone = served.cut(["a b c d e f g"])
    with_turns = served.cut(["a b c d e f g"], [["h"]])
    assert [r.tolist() for r in alone[0]] == [r.tolist() for r in with_turns[0]]
    assert len(alone[0]) == 2


def predictor(tmp_path: Path, **changes: Any) -> Predictor:
    file = bundle.pack(tmp_path / "toy.affect", toys.card(**changes), toys.model(), toys.assets())
    return Predictor(bundle.open(file), threads=1)


def test_a_bundle_reads_earlier_turns_only_when_its_card_says_so(tmp_path: Path) -> None:
    alone, both = turn("the good"), turn("the good", "joy")
    plain = predictor(tmp_path)
    a, b = plain.predict([alone, both])
    assert a.tasks["goemotions"].scores == b.tasks["goemotions"].scores
    reading_one = predictor(tmp_path, turns={"before": 1, "speakers": False})
    c, d, e = reading_one.predict([alone, both, turn("the good", "anger", "joy")])
    assert c.tasks["goemotions"].scores == a.tasks["goemotions"].scores  # nothing before: as any text
    assert d.tasks["goemotions"].scores == e.tasks["goemotions"].scores  # one turn, the newest
    # by hand: the mean over [CLS] the good [SEP] joy [SEP], of the toy's table
    ids = [toys.VOCABULARY.index(w) for w in ("[CLS]", "the", "good", "[SEP]", "joy", "[SEP]")]
    raw = toys.table()[ids].mean(0)[: len(toys.TASKS[0].names)]
    entry = toys.card()["tasks"][0]
    wanted = 1 / (1 + np.exp(-(raw * np.asarray(entry["slope"]) + np.asarray(entry["bias"]))))
    assert list((d.tasks["goemotions"].scores or {}).values()) == pytest.approx(wanted.tolist(), abs=1e-5)


def test_a_broken_earlier_turn_does_not_spoil_the_next(tmp_path: Path) -> None:
    reader = predictor(tmp_path, turns={"before": 2, "speakers": False})
    good, bad = reader.predict([turn("the good", "joy"), turn("the good", "joy", "\0")])
    assert bad.ok
    assert good.tasks["goemotions"].scores == bad.tasks["goemotions"].scores


# ---- files -----------------------------------------------------------------------------------------------------------

ROWS = [("1", "Ann", "a"), ("1", "Bob", "b"), ("1", "Ann", "c"), ("2", "Bob", "d"), ("", "", "e"), ("2", "", "f")]


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet"])
def test_rows_of_one_dialogue_are_each_others_earlier_turns(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"talk{suffix}"
    columns = ("dialogue", "speaker", "text")
    if suffix == ".jsonl":
        lines = [json.dumps({k: v for k, v in zip(columns, row, strict=True) if v}) for row in ROWS]
        file.write_text("\n".join(lines), encoding="utf-8")
    elif suffix == ".parquet":
        pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
        made = {c: [row[i] or None for row in ROWS] for i, c in enumerate(columns)}
        parquet.write_table(pyarrow.table(made), file)
    else:
        mark = {".csv": ",", ".tsv": "\t"}[suffix]
        file.write_text("\n".join(mark.join(row) for row in (columns, *ROWS)), encoding="utf-8")
    media = [item.media for item in inputs.gather([str(file)], False, None)]
    assert all(isinstance(m, Media) for m in media)
    found = [(m.text, [(b.speaker, b.text) for b in m.before]) for m in media if isinstance(m, Media)]
    assert found == [
        ("a", []),
        ("b", [("Ann", "a")]),
        ("c", [("Ann", "a"), ("Bob", "b")]),
        ("d", []),
        ("e", []),
        ("f", []),  # another dialogue, or none, came between
    ]


def test_a_bad_row_is_no_earlier_turn(tmp_path: Path) -> None:
    file = tmp_path / "talk.jsonl"
    rows = [{"dialogue": 1, "text": "a"}, {"dialogue": 1, "text": None}, {"dialogue": 1, "text": "b"}]
    rows.append({"dialogue": [1], "text": "c"})
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    first, bad, third, odd = (item.media for item in inputs.gather([str(file)], False, None))
    assert isinstance(first, Media) and isinstance(bad, InputError) and isinstance(odd, InputError)
    assert isinstance(third, Media)
    assert [b.text for b in third.before] == ["a"]
    assert odd.message.startswith("expected a text or number as dialogue and speaker in line 4 of ")


def test_a_row_keeps_only_so_many_earlier_turns(tmp_path: Path) -> None:
    file = tmp_path / "talk.csv"
    file.write_text("dialogue,text\n" + "".join(f"1,turn {i}\n" for i in range(50)), encoding="utf-8")
    *_, last = (item.media for item in inputs.gather([str(file)], False, None))
    assert isinstance(last, Media)
    assert [b.text for b in last.before] == [f"turn {i}" for i in range(49 - inputs.MOST_TURNS, 49)]


# ---- the whole way ---------------------------------------------------------------------------------------------------


def told_by_the_turn_before(folder: Path, rng: np.random.Generator) -> None:
    """An imitation of MELD in which only the turn before tells a turn's emotion; the first of a dialogue is neutral."""
    rows: list[dict[str, object]] = []
    for split, dialogues in (("train", 40), ("dev", 16), ("test", 4)):
        for dialogue in range(dialogues):
            shown = "neutral"
            for number in range(5):
                after = meld.TASKS[0].names[rng.integers(0, 3)]
                said = f"then {after}" if number < 4 else "the end"
                place = {"split": split, "Dialogue_ID": dialogue, "Utterance_ID": number, "Speaker": "Ann"}
                rated = {"Utterance": said, "Emotion": shown, "Sentiment": "neutral", "Season": 1, "Episode": 1}
                rows.append(place | rated)
                shown = after
    corpora.write_csv(folder / "meld.csv.gz", rows)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("turns")
    told_by_the_turn_before(folder / "corpora" / "meld", np.random.default_rng(0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AFFECTKIT_CORPORA", str(folder / "corpora"))
        settings = {**supervised.TOY, "epochs": 10, "head": "attentive"}
        runs = {
            name: run.train("finetune", settings | more, ["meld"], (), (0,), folder / name, "the command")
            for name, more in (("alone", {"context": 0}), ("turns", CONTEXT))
        }
        yield runs


def accuracy(trained_: run.Run) -> float:
    dev = trained_.mixture().part("dev")
    said = run.outputs(trained_, 0, "dev", dev)["meld"]
    return float((said.argmax(1) == dev.targets["meld"].argmax(1)).mean())


def test_only_a_reader_of_turns_learns_what_the_turn_before_tells(trained: dict[str, run.Run]) -> None:
    assert accuracy(trained["turns"]) > 0.9
    assert accuracy(trained["alone"]) < 0.75


def test_the_run_reopens_with_its_turns(trained: dict[str, run.Run]) -> None:
    opened = run.open_run(trained["turns"].folder)
    assert opened.config.turns == Turns(3, False)
    dev = opened.mixture().part("dev")
    (again,) = run.fresh_outputs(opened, 0, dev).values()
    np.testing.assert_allclose(run.outputs(opened, 0, "dev", dev)["meld"], again, atol=1e-6)


def test_the_bundle_says_what_the_network_says_of_a_conversation_file(
    trained: dict[str, run.Run], tmp_path: Path
) -> None:
    done = trained["turns"]
    file = tmp_path / "talk.affect"
    result = CliRunner().invoke(cli.build(), ["export", str(done.folder), "--name", "talk", "--out", str(file)])
    assert result.exit_code == 0, result.output
    card = bundle.read_card(file)
    assert card["turns"] == {"before": 3, "speakers": False}
    limit = "irony and quotation are not seen; of a conversation, 3 earlier turns if 24 tokens hold them"
    assert limit in card["limits"]
    dev = done.mixture().part("dev")
    rows = [{"dialogue": i.rpartition("-")[0], "text": m["text"].text} for i, m in zip(dev.ids, dev.media, strict=True)]
    talk_file = tmp_path / "talk.jsonl"
    talk_file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    said = CliRunner().invoke(cli.build(), ["predict", str(talk_file), "--bundle", str(file), "--jsonl"])
    assert said.exit_code == 0, said.output
    labels = [json.loads(line)["tasks"]["meld"]["labels"][0] for line in said.stdout.splitlines()]
    wanted = [dev.tasks[0].names[i] for i in run.outputs(done, 0, "dev", dev)["meld"].argmax(1)]
    assert np.mean([a == b for a, b in zip(labels, wanted, strict=True)]) > 0.98  # int8 may move one that is close
