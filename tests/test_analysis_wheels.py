"""Wheels from files: both layouts of an imitation, what is refused, and the real files by their golden values."""

from __future__ import annotations

import csv
import gzip
import io
import os
import random
import zipfile
from collections import defaultdict
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from affectkit.analysis import wheels
from affectkit.errors import DataError, UsageError
from affectkit.metrics import hit_rate, wheel_f1, wheel_f1_per_item

Table = list[list[str]]

LEVELS = ["level1", "level2", "level3"]
RUNS = [f"{column}_run{k}" for k in range(1, 9) for column in ("word", "synonym")]
TABLES: dict[str, Table] = {
    **{
        f"wheel{k}": [LEVELS, ["Good", "Glad", " Merry "], ["", "", "Don’t Care"], [f"Bad{k}", "Cross", "Furious"]]
        for k in range(1, 6)
    },
    "synonym": [
        RUNS,
        *(
            [cell for _ in range(8) for cell in (word, near)]
            for word, near in (("Merry", "gay, Blithe"), ("furious", "blithe, irate"), ("glad", "content"))
        ),
    ],
    "format": [["name", "format"], ["blithe", "blithely, blither"], ["merry", "merrier"], ["irate", ""]],
}


def write_csv(file: Path, table: Table) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(table)
    data = text.getvalue().encode()
    file.write_bytes(gzip.compress(data) if file.suffix == ".gz" else data)


def write_xlsx(file: Path, table: Table, shared: bool = True) -> None:
    """A minimal workbook of ECMA-376, with its first sheet second by name, empty cells left out."""
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    texts: list[str] = []
    lines = []
    for r, row in enumerate(table, start=1):
        cells = ""
        for c, cell in enumerate(row):
            address = f"{chr(ord('A') + c)}{r}"
            if cell and shared:
                texts.append(cell)
                cells += f'<c r="{address}" t="s"><v>{len(texts) - 1}</v></c>'
            elif cell:
                cells += f'<c r="{address}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
        lines.append(f'<row r="{r}">{cells}</row>')
    with zipfile.ZipFile(file, "w") as book:
        book.writestr(
            "xl/workbook.xml",
            f'<workbook {main} xmlns:r="{kind}"><sheets><sheet name="first" sheetId="1" r:id="rId2"/>'
            '<sheet name="second" sheetId="2" r:id="rId1"/></sheets></workbook>',
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="rId1" Type="{kind}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="rId2" Type="{kind}/worksheet" Target="/xl/worksheets/sheet2.xml"/></Relationships>',
        )
        book.writestr("xl/worksheets/sheet1.xml", f"<worksheet {main}><sheetData/></worksheet>")
        book.writestr(
            "xl/worksheets/sheet2.xml", f"<worksheet {main}><sheetData>{''.join(lines)}</sheetData></worksheet>"
        )
        if shared:
            items = "".join(f"<si><r><t>{escape(t[:1])}</t></r><r><t>{escape(t[1:])}</t></r></si>" for t in texts)
            book.writestr("xl/sharedStrings.xml", f"<sst {main}>{items}</sst>")


def write(folder: Path, layout: str, tables: dict[str, Table] | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in {**TABLES, **(tables or {})}.items():
        if layout == "compact":
            write_csv(folder / f"{name}.csv.gz", table)
        elif name == "format":
            write_csv(folder / "format.csv", table)
        else:
            write_xlsx(folder / f"{name}.xlsx", table, shared=name != "wheel1")
    return folder


@pytest.mark.parametrize("layout", ["compact", "official"])
def test_both_layouts_are_read(layout: str, tmp_path: Path) -> None:
    found = wheels.mer_unibench(write(tmp_path, layout))
    assert [wheel.name for wheel in found] == [f"wheel{k}" for k in range(1, 6)]
    second = found[1]
    assert second.paths["merry"] == ("good", "glad")
    assert second.place("Furious") == "bad2"
    assert second.place("merrier") == "good"
    assert second.place("blithely") == "bad2", "of merry and furious the first by the alphabet"
    assert second.place("irate ") == "bad2"
    assert second.place("content") is None, "a synonym without a row in the format table is unknown"
    assert second.place("glad") == "good"
    assert second.place("merriest") is None, "no rule of endings"


def test_ones_own_wheel_is_read_with_forms_and_endings(tmp_path: Path) -> None:
    for name in ("mine.csv", "mine.csv.gz", "mine.xlsx"):
        file = tmp_path / name
        (write_xlsx if file.suffix == ".xlsx" else write_csv)(
            file, [LEVELS, ["Good", "Glad", "Merry"], ["", "", "Gay"]]
        )
        wheel = wheels.read(file, {"Blithe": ["merry"]})
        assert wheel.name == "mine"
        assert [wheel.find(w) for w in ("merry", "blithe", "merrier", "blithely", "sad")] == [*["merry"] * 4, None]


def test_a_word_in_two_branches_and_a_circle_are_refused(tmp_path: Path) -> None:
    write_csv(tmp_path / "two.csv", [LEVELS, ["a", "b", "c"], ["d", "e", "c"]])
    with pytest.raises(
        DataError, match="each word in one branch of the wheel two; found a > b > c and d > e > c; leave"
    ):
        wheels.read(tmp_path / "two.csv")
    write_csv(tmp_path / "ring.csv", [LEVELS, ["a", "b", "c"], ["b", "a", "d"]])
    with pytest.raises(DataError, match=r"no word below itself in the wheel ring; found (a > b > a|b > a > b); take"):
        wheels.read(tmp_path / "ring.csv")
    with pytest.raises(DataError, match="no word below itself in the wheel wheel3"):
        wheels.mer_unibench(write(tmp_path / "mer", "compact", {"wheel3": [LEVELS, ["a", "b", "c"], ["b", "a", "d"]]}))


@pytest.mark.parametrize("layout", ["compact", "official"])
def test_a_missing_sheet_is_one_sentence(layout: str, tmp_path: Path) -> None:
    folder = write(tmp_path, layout)
    next(folder.glob("wheel4.*")).unlink()
    with pytest.raises(DataError, match=r"wheel4.csv.gz or wheel4.xlsx or wheel4.csv in .*; found format.*; point to"):
        wheels.mer_unibench(folder)
    with pytest.raises(DataError, match=r"found no such folder; point to the folder of the wheels"):
        wheels.mer_unibench(tmp_path / "absent")


def test_a_workbook_without_a_sheet_or_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "mine.xlsx"
    text = "expected a sheet in the workbook mine.xlsx; found none; save it again as .xlsx or .csv"
    with zipfile.ZipFile(file, "w") as book:
        book.writestr("xl/_rels/workbook.xml.rels", "<Relationships/>")
        book.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(DataError) as none:
        wheels.read(file)
    file.write_bytes(b"level1,level2,level3\n")
    with pytest.raises(DataError) as other:
        wheels.read(file)
    assert str(none.value) == str(other.value) == text


def test_another_version_of_the_files_is_one_sentence(tmp_path: Path) -> None:
    folder = write(tmp_path / "a", "compact", {"wheel2": [["core", "level2", "level3"], ["a", "b", "c"]]})
    with pytest.raises(
        DataError, match=r"the column 'level1' in wheel2.csv.gz; found core, level2, level3; this may be"
    ):
        wheels.mer_unibench(folder)
    folder = write(tmp_path / "b", "compact", {"synonym": [RUNS, ["zork", "x"] * 8]})
    with pytest.raises(
        DataError, match=r"words of the wheels in synonym.csv.gz; found 'zork'; use files of one version"
    ):
        wheels.mer_unibench(folder)
    folder = write(tmp_path / "c", "compact", {"format": []})
    with pytest.raises(DataError, match=r"the column 'name' in format.csv.gz; found an empty table"):
        wheels.mer_unibench(folder)


def test_the_folder_is_found_below_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / wheels.FOLDER, "compact")
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tmp_path))
    assert len(wheels.mer_unibench()) == 5
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tmp_path / "text"))
    with pytest.raises(
        UsageError, match=r"text/emotion_wheel in AFFECTKIT_CORPORA; found none in .*; get it from MERTools"
    ):
        wheels.mer_unibench()
    monkeypatch.delenv("AFFECTKIT_CORPORA")
    with pytest.raises(
        UsageError, match=r"AFFECTKIT_CORPORA is not set; set it to the folder that holds text/emotion_w"
    ):
        wheels.mer_unibench()


REAL = Path(os.environ.get("AFFECTKIT_CORPORA", "")) / wheels.FOLDER
HAVE = bool(os.environ.get("AFFECTKIT_CORPORA")) and (REAL / "wheel5.csv.gz").is_file()
NEEDS_FILES = pytest.mark.skipif(not HAVE, reason="the files of MER-UniBench are not below AFFECTKIT_CORPORA")
GOLDEN = {
    "happy joyful happier happiness": ["happy", "happy", "joyful", "joy", "powerful"],
    "angry": ["mad", "angry", "mad", "anger", "mad"],
    "worried anxious": ["scared", "fearful", "scared", "fear", "scared"],
    "surprise": ["surprised", "surprised", "powerful", "fear", None],
    "disgust": ["disgusted", "disgusted", None, "disgust", None],
    "excited": ["surprised", "happy", "joyful", "genius", "joyful"],
    "frustrated": ["sad", "sad", "mad", "sad", "mad"],
    "neutral": [None] * 5,
}


@NEEDS_FILES
def test_the_golden_values_of_mer_unibench_hold() -> None:
    found = wheels.mer_unibench(REAL)
    for words, places in GOLDEN.items():
        for word in words.split():
            assert [wheel.place(word) for wheel in found] == places, word
    assert len({word for wheel in found for word in wheel.paths}) == 253
    assert {len(wheel.forms) for wheel in found} == {7386}  # the number that the published code tells
    cores = [{core for core, _ in wheel.paths.values()} for wheel in found]
    assert cores[1] == {"fearful", "angry", "disgusted", "sad", "surprised", "happy", "bad"}
    assert cores[2] == cores[4] == {"mad", "scared", "joyful", "powerful", "peaceful", "sad"}


def grouped(k: int, level: int) -> dict[str, str]:
    """Form -> place on wheel k by the published steps, written out a second time."""

    def table(name: str) -> list[dict[str, str]]:
        with gzip.open(REAL / f"{name}.csv.gz", "rt", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    synonyms = defaultdict(list)
    for row in table("synonym"):
        for run in range(1, 9):
            word = row[f"word_run{run}"].strip().lower()
            for other in [word, *row[f"synonym_run{run}"].split(",")]:
                synonyms[other.strip().lower()].append(word)
    tree: dict[str, dict[str, list[str]]] = {}
    one = two = ""
    for row in table(f"wheel{k}"):
        one, two = row["level1"].strip().lower() or one, row["level2"].strip().lower() or two
        tree.setdefault(one, {}).setdefault(two, []).append(row["level3"].strip().lower())
    place = {}
    for one, groups in tree.items():
        place[one] = (one, sorted(groups)[0])[level - 1]
        for two, words in groups.items():
            for word in (two, *words):
                place[word] = (one, two)[level - 1]
    found = {}
    for row in table("format"):
        for form in (row["name"], *(f.strip() for f in row["format"].split(","))):
            found.setdefault(form, []).extend(synonyms[row["name"]])
    firsts = {
        form: next((place[w] for w in sorted(words) if w in place), None) for form, words in found.items() if form
    }
    return {form: first for form, first in firsts.items() if first is not None}


@NEEDS_FILES
@pytest.mark.parametrize("level", [1, 2])
def test_every_form_and_every_metric_equal_the_published_steps_written_out_again(level: int) -> None:
    found = wheels.mer_unibench(REAL)
    again = [grouped(k, level) for k in range(1, 6)]
    for wheel, places in zip(found, again, strict=True):
        assert {f: p for f in wheel.forms if (p := wheel.place(f, level)) is not None} == places
    draw = random.Random(level)
    forms = sorted(found[0].forms)
    truth, said = ([set(draw.sample(forms, draw.randint(0, 4))) for _ in range(300)] for _ in range(2))
    said = [s | set(list(t)[:1]) if draw.random() < 0.5 else s for t, s in zip(truth, said, strict=True)]
    corpus, hits, items = [], [], defaultdict(list)
    for places in again:
        precision, recall, hit = [], [], []
        for i, (t, s) in enumerate(zip(truth, said, strict=True)):
            true, claimed = ({places[w] for w in side if w in places} for side in (t, s))
            if true:
                common = len(true & claimed)
                precision.append(common / len(claimed) if claimed else 0)
                recall.append(common / len(true))
                hit.append(common > 0)
                items[i].append(2 * common / (len(true) + len(claimed)))
        p, r = sum(precision) / len(precision), sum(recall) / len(recall)
        corpus.append(2 * p * r / (p + r))
        hits.append(sum(hit) / len(hit))
    assert wheel_f1.score(truth, said, wheels=found, level=level) == pytest.approx(sum(corpus) / 5, abs=1e-12)
    assert hit_rate.score(truth, said, wheels=found, level=level) == pytest.approx(sum(hits) / 5, abs=1e-12)
    per_item = [sum(v) / len(v) for v in items.values()]
    assert wheel_f1_per_item.score(truth, said, wheels=found, level=level) == pytest.approx(
        sum(per_item) / len(per_item), abs=1e-12
    )


@NEEDS_FILES
def test_the_unit_values_of_the_reward_hold() -> None:
    found = wheel_f1_per_item.per_item(
        [{"happy"}] * 2, [{"joyful"}, {"joyful", "sad"}], wheels=wheels.mer_unibench(REAL)
    )
    assert found == pytest.approx([1, 2 / 3])


@NEEDS_FILES
def test_our_own_wheel_knows_most_words_of_the_five() -> None:
    from affectkit.taxonomies.wheel import WHEEL

    words = {word for wheel in wheels.mer_unibench(REAL) for word in wheel.paths}
    assert sum(WHEEL.find(word) is not None for word in words) >= 0.8 * len(words)
