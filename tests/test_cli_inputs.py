"""What the command line reads: paths and texts told apart, bad rows kept apart, broken quotes never swallowing rows."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectkit.app import inputs
from affectkit.corpora._cells import parsed
from affectkit.errors import AffectError, DataError, InputError, MissingExtra, UsageError
from affectkit.runtime.predict import LONGEST_TEXT
from affectkit.sample import Media


def gathered(*arguments: object, column: str | None = None, text: bool = False, stdin: bytes = b"") -> inputs.Inputs:
    return inputs.gather([str(a) for a in arguments], text, column, io.BytesIO(stdin))


def read(*arguments: object, **given_: object) -> list[tuple[str, str]]:
    """(id, text or error sentence) of all items."""
    return [(item.id, said(item.media)) for item in gathered(*arguments, **given_)]  # type: ignore[arg-type]


def said(media: Media | AffectError) -> str:
    return f"! {media.message}" if isinstance(media, AffectError) else str(media.text)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


# ---- paths and texts -------------------------------------------------------------------------------------------------


def test_arguments_are_texts_unless_they_exist_as_paths(here: Path) -> None:
    (here / "a.txt").write_text("one\ntwo\n", encoding="utf-8")
    assert read("I can't believe we won!", "a.txt", "and/or so") == [
        ("text#1", "I can't believe we won!"),
        ("a.txt#1", "one"),
        ("a.txt#2", "two"),
        ("text#3", "and/or so"),
    ]
    assert read("a.txt", "-", text=True) == [("text#1", "a.txt"), ("text#2", "-")]
    assert read("", "x" * 5000)[0] == ("text#1", "")


@pytest.mark.parametrize("slip", ["no.csv", "No.TXT", "folder/file", "my texts.jsonl"])
def test_what_looks_like_a_path_and_is_none_is_an_error(slip: str) -> None:
    with pytest.raises(UsageError) as caught:
        gathered(slip)
    message = f"expected a file or folder at {slip}; found none; correct the path, or force a text with --text"
    assert caught.value.message == message
    assert read(slip, text=True) == [("text#1", slip)]


def test_a_file_of_an_unknown_kind_and_an_empty_folder_are_errors(here: Path) -> None:
    (here / "notes.md").write_text("x", encoding="utf-8")
    with pytest.raises(UsageError, match=r"found notes\.md; rename it, or give its lines to standard input"):
        gathered("notes.md")
    (here / "empty").mkdir()
    with pytest.raises(UsageError, match=r"expected files in empty that end in .*\.csv or .*; found none"):
        gathered("empty")


def test_a_folder_means_the_known_files_in_it_in_order(here: Path) -> None:
    for name in ("f/b.txt", "f/a.txt", "f/deep/c.csv", "f/ignored.md", "f/.hidden/d.txt"):
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_text("text\nz\n", encoding="utf-8")
    assert [id for id, _ in read("f")] == ["f/a.txt#1", "f/a.txt#2", "f/b.txt#1", "f/b.txt#2", "f/deep/c.csv#1"]


def test_standard_input_is_read_by_lines() -> None:
    lines = [("-#1", "one"), ("-#2", ""), ("-#3", "three")]
    assert read(stdin=b"one\n\nthree") == read("-", stdin=b"one\r\n\r\nthree\r\n") == lines


def test_no_argument_on_a_terminal_is_an_error() -> None:
    class Terminal(io.BytesIO):
        def isatty(self) -> bool:
            return True

    with pytest.raises(UsageError, match=r"a text, a file, a folder or standard input; found none"):
        inputs.gather([], False, None, Terminal())


# ---- lines -----------------------------------------------------------------------------------------------------------


def test_bad_lines_are_bad_items_and_the_others_go_on(here: Path) -> None:
    (here / "a.txt").write_bytes(b"\xef\xbb\xbfgood\nb\xffd\n" + b"x" * (1 << 20) + b"\n\xf0\x9f\x99\x82\nend")
    assert read("a.txt") == [
        ("a.txt#1", "good"),
        ("a.txt#2", "! expected UTF-8 in line 2 of a.txt; found byte 0xff at 1; save it as UTF-8"),
        (
            "a.txt#3",
            "! expected a text of at most 100,000 characters; found a line of 1,048,577 bytes; split it into several",
        ),
        ("a.txt#4", "🙂"),
        ("a.txt#5", "end"),
    ]


def test_the_longest_text_of_four_byte_characters_still_passes(here: Path) -> None:
    (here / "a.txt").write_text("🙂" * LONGEST_TEXT, encoding="utf-8")
    ((_, text),) = read("a.txt")
    assert len(text) == LONGEST_TEXT


def test_an_argument_that_is_no_utf8_is_a_bad_item() -> None:
    ((_, text),) = read("joy \udcff")
    assert text == "! expected UTF-8 in argument 1; found byte 0xff at 4; save it as UTF-8"


def test_json_lines_by_field(here: Path) -> None:
    lines = ['{"text": "one", "body": "uno"}', "", '"plain"', '{"body": "b"}', "{", '{"text": null}', '{"text": 3}']
    (here / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    found = dict(read("a.jsonl"))
    assert list(found) == [f"a.jsonl#{i}" for i in (1, 3, 4, 5, 6, 7)]
    assert (found["a.jsonl#1"], found["a.jsonl#3"]) == ("one", "plain")
    assert found["a.jsonl#4"].startswith("! expected the field 'text' in line 4 of a.jsonl; found body; ")
    assert found["a.jsonl#5"].startswith("! expected JSON in line 5 of a.jsonl; found ")
    assert found["a.jsonl#6"].startswith("! expected a text in line 6 of a.jsonl; found nothing; ")
    assert found["a.jsonl#7"].startswith("! expected a text in line 7 of a.jsonl; found 3; ")
    assert read("a.jsonl", column="body")[0] == ("a.jsonl#1", "uno")
    with pytest.raises(UsageError, match=r"the field 'txt' in a\.jsonl; found text, body; name one of them with --col"):
        gathered("a.jsonl", column="txt")


# ---- tables ----------------------------------------------------------------------------------------------------------


def test_tables_by_column(here: Path) -> None:
    (here / "a.csv").write_text('id,text,other\n1,"one, two\nthree",x\n\n2,"he said ""no""",y\n', encoding="utf-8")
    assert read("a.csv") == [("a.csv#1", "one, two\nthree"), ("a.csv#2", 'he said "no"')]
    assert read("a.csv", column="other") == [("a.csv#1", "x"), ("a.csv#2", "y")]
    (here / "a.tsv").write_text("review\nfirst, one\n", encoding="utf-8")
    assert read("a.tsv") == [("a.tsv#1", "first, one")]  # a table of one column needs no name
    with pytest.raises(UsageError) as caught:
        gathered("a.csv", column="review")
    assert caught.value.message == (
        "expected the column 'review' in a.csv; found id, text, other; name one of them with --column"
    )


def test_bad_rows_are_bad_items(here: Path) -> None:
    (here / "a.csv").write_bytes(b"id,text\n1\n2,b\xffd\n3,n\x00l\n4,\n5,fine\n")
    found = [text for _, text in read("a.csv")]
    assert found[0] == "! expected 2 cells in row 1 of a.csv; found 1; correct the row"
    assert found[1].startswith("! expected UTF-8 in row 2 of a.csv; found byte 0xff at 1")
    assert found[2:] == ["n\0l", "", "fine"]  # the predictor says what is wrong with these


def test_an_empty_table_has_no_rows(here: Path) -> None:
    (here / "a.csv").write_bytes(b"")
    with pytest.raises(InputError, match=r"expected rows in a\.csv; found an empty file"):
        gathered("a.csv")
    (here / "b.csv").write_bytes(b"text\n")
    assert read("b.csv") == []


QUOTE = "! expected a closing quote for the one opened in line {}; found {}; close it, or double it within the text"


@pytest.mark.parametrize(
    ("rows", "bad", "found"),
    [
        (['1,"open', "2,b", "3,c"], 0, "none before the end of the file"),
        (["1,a", "2,b", '3,"open'], 2, "none before the end of the file"),
        (["1,a", '2,"open', "3,c", '4,"fine"', "5,e"], 1, "one where no cell can end"),
        (['1,"open', *(f"{i},x" for i in range(2, 1500))], 0, "none in the next 1,000 lines"),
        (['1,"open', *(f"{i},{'x' * 70_000}" for i in range(2, 6))], 0, "none in the next 2 lines"),
    ],
)
def test_an_open_quote_costs_its_own_row_alone(here: Path, rows: list[str], bad: int, found: str) -> None:
    (here / "a.csv").write_text("id,text\n" + "\n".join(rows) + "\n", encoding="utf-8")
    texts = [text for _, text in read("a.csv")]
    assert len(texts) == len(rows)
    assert texts[bad] == QUOTE.format(bad + 2, found)
    assert [t for i, t in enumerate(texts) if i != bad] == [
        r.split(",")[1].strip('"') for i, r in enumerate(rows) if i != bad
    ]


def test_odd_quotes_within_one_line_do_no_harm(here: Path) -> None:
    (here / "a.csv").write_text('id,text\n1,"so" good\n2,5" nails\n', encoding="utf-8")
    assert [text for _, text in read("a.csv")] == ["so good", '5" nails']


cells = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=20)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=12), st.sampled_from([",", "\t"]))
def test_what_the_standard_library_writes_is_read_back(rows: list[tuple[str, str]], delimiter: str) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    found = list(parsed(io.StringIO(file.getvalue(), newline=""), delimiter))
    assert found == [list(row) for row in rows]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text('ab," \n', max_size=12), max_size=12))
def test_no_line_is_ever_lost_or_read_twice(lines: list[str]) -> None:
    """Whatever the quotes: with lines marked, each mark comes out once, in a row or in the line that is refused."""
    content = [f"<{i}>{line}\n" for i, line in enumerate("".join(lines).split("\n"))]
    found = list(parsed(iter(content), ","))
    kept = "".join("".join(row) for row in found if isinstance(row, list))
    refused = [int(row.expected.rpartition(" ")[2]) for row in found if isinstance(row, InputError)]
    assert [kept.count(f"<{i}>") + refused.count(i + 1) for i in range(len(content))] == [1] * len(content)


def test_parquet_by_column(here: Path) -> None:
    import pyarrow
    import pyarrow.parquet

    table = pyarrow.table({"text": ["one", None, "three"], "n": [1, 2, 3]})
    pyarrow.parquet.write_table(table, here / "a.parquet")
    found = read("a.parquet")
    assert [found[0], found[2]] == [("a.parquet#1", "one"), ("a.parquet#3", "three")]
    assert found[1][1].startswith("! expected a text in row 2 of a.parquet; found nothing")
    with pytest.raises(UsageError, match=r"the column 'txt' in a\.parquet; found text, n;"):
        gathered("a.parquet", column="txt")
    (here / "b.parquet").write_bytes(b"no parquet at all")
    with pytest.raises(DataError, match=r"expected a Parquet file at b\.parquet; found "):
        gathered("b.parquet")


def test_parquet_without_its_library_names_the_extra(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "a.parquet").write_bytes(b"x")
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    with pytest.raises(MissingExtra) as caught:
        gathered("a.parquet")
    assert caught.value.message.endswith("it is not installed; pip install 'affectkit[analysis]'")
    assert caught.value.exit_code == 2


# ---- what stands for the content -------------------------------------------------------------------------------------


def test_the_key_follows_the_input(here: Path) -> None:
    (here / "a.txt").write_text("one\n", encoding="utf-8")
    key = gathered("a.txt").key
    assert key is not None and gathered("a.txt").key == key
    assert gathered("a.txt", column="b").key != key
    assert gathered("a.txt", "more").key != key
    (here / "a.txt").write_text("another\n", encoding="utf-8")
    assert gathered("a.txt").key != key
    assert gathered("-").key is None


def test_progress_counts_bytes(here: Path) -> None:
    (here / "a.txt").write_bytes(b"one\n" + b"x" * 500_000 + b"\nend")
    (here / "b.csv").write_bytes(b"text\none\ntwo\n")
    found = gathered("a.txt", "b.csv")
    assert found.progress.total == 500_008 + 13
    assert len(list(found)) == 5
    assert found.progress.done == found.progress.total
    assert gathered("-").progress.total is None
