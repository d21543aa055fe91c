"""BRIGHTER: 122,345 short texts in 32 languages, each with the emotions that people perceive in it.

Reference: Muhammad et al., BRIGHTER: BRIdging the Gap in Human-Annotated Textual Emotion Recognition Datasets for 28
Languages, ACL 2025, as given out for SemEval-2025 task 11; Amharic, Oromo, Somali and Tigrinya come from EthioEmo
(Belay et al., COLING 2025). The raters told which emotions the speaker may be feeling.
Task `brighter` is the published label, its `judged` the emotions that were asked about in that language (English knows
no disgust, Afrikaans no surprise). `brighter.intensity` has 0 (none) to 3 (high) per emotion where track B has it.
`brighter.votes` are the raters' own answers in seven languages (afr arq hin mar ron swe ukr): a name counts as chosen
at an intensity of 1 or more; what they were asked beside the six names (neutral) is left out. `brighter.language` is
the language that a text was gathered in, for models that are not told it.
Splits are those of track A; Indonesian, Javanese, Xhosa and Zulu come from track C and have no training part. Labels
that are empty in the files of track A (English test) are taken from the intensities, as 1 or more. Track B cuts some
languages otherwise: an intensity is attached by its text, and its note says where track B has it.
Known faults: 223 texts lie in more than one split (the group `also_in` names the later one, and
`brighter:also_in!=dev+test` leaves them out); where a text has both, label and intensity differ in 0.1 % of cells; 650
of the Romanian texts are in RED too (`red_ro:text!=@brighter`); the raters' files of other languages have another form
and are not read; a few votes belong to no published text.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from ..sample import SPLITS, Media, Rating, Sample
from ..task import Kind, Task, View
from ..taxonomies.ekman import NAMES
from . import layout, read_csv, write_csv
from ._groups import held_out, text_groups

if TYPE_CHECKING:
    import numpy as np

CARD = {
    "title": "BRIGHTER",
    "reference": "muhammad2025brighter",
    "url": "https://github.com/emotion-analysis-project/SemEval2025-Task11",
    "folder": "text/brighter",
    "modalities": ["text"],
    "languages": [
        "afr",
        "amh",
        "arq",
        "ary",
        "chn",
        "deu",
        "eng",
        "esp",
        "hau",
        "hin",
        "ibo",
        "ind",
        "jav",
        "kin",
        "mar",
        "orm",
        "pcm",
        "ptbr",
        "ptmz",
        "ron",
        "rus",
        "som",
        "sun",
        "swa",
        "swe",
        "tat",
        "tir",
        "ukr",
        "vmw",
        "xho",
        "yor",
        "zul",
    ],
    "licence": "CC BY 4.0",
    "split": "official, track A (65,094 / 10,369 / 46,882); 223 texts lie in more than one split",
    "groups": ["language", "text", "also_in"],
    "disjoint": [],
    "mean_over": "language",
    "limits": [
        "which emotions were asked about, how texts were gathered and how well raters agree differs between languages",
    ],
    "raters": "3 to 10 per text, anonymous; single answers are published in seven languages",
}

_SCALE = (0.0, 3.0)
TASKS = (
    Task("brighter", target="emotion", kind=Kind.MULTI, scheme="ekman", names=NAMES, view=View.PERCEIVED),
    Task(
        "brighter.intensity",
        target="intensity",
        kind=Kind.ORDINAL,
        scheme="ekman",
        names=NAMES,
        range=_SCALE,
        view=View.PERCEIVED,
    ),
    Task("brighter.votes", target="emotion", kind=Kind.MULTI, scheme="ekman", names=NAMES, view=View.PERCEIVED),
    Task("brighter.language", target="language", kind=Kind.SINGLE, scheme="", names=tuple(CARD["languages"])),
)
_RULE = "the authors' aggregate"
_DATA = "task-dataset/semeval-2025-task11-dataset"
_TRACK_A, _TRACK_B, _TRACK_C = (f"{_DATA}/track_{t}" for t in "abc")
_LAYOUTS = {
    "compact": (*(f"{split}.csv.gz" for split in SPLITS), "rater_votes.csv.gz"),
    "official": (_TRACK_A, _TRACK_B, _TRACK_C, "individual_labels"),
}
_WORDS = {
    "happy": "joy",
    "sad": "sadness",
    "bucurie": "joy",
    "tristete": "sadness",
    "furie": "anger",
    "frica": "fear",
    "surpriza": "surprise",
    "dezgust": "disgust",
}
"""How the raters' files name emotions otherwise (English and Romanian)."""
_MARKS = frozenset("0123-")
_COLUMNS = (*NAMES, *(f"{name}_int" for name in NAMES))

Cells = tuple[str, ...]
"""One cell per name: "0" to "3", or empty where nobody was asked."""
Ballot = tuple[frozenset[str], tuple[str, ...]]
"""The names a rater chose, and those they were asked about."""
Votes = Mapping[tuple[str, str], Counter[Ballot]]
"""Language and the text's id, or the text itself -> ballots."""


@dataclass(frozen=True, slots=True)
class _Row:
    id: str
    language: str
    split: str
    text: str
    labels: Cells
    levels: Cells
    split_b: str


def rows(root: Path) -> Iterator[Sample]:
    """Samples in the source's order, compact (train.csv.gz ..., rater_votes.csv.gz) or the official repository."""
    read, votes_of = {"compact": (_compact, _compact_votes), "official": (_official, _official_votes)}[
        layout(root, _LAYOUTS)
    ]
    held = held_out((row.text, row.split) for row in read(root, SPLITS[1:]))
    votes = votes_of(root)
    for row in read(root, SPLITS):
        ratings = [_label(row), Rating("brighter.language", row.language, rater="consensus", rule="the source's file")]
        if any(row.levels):
            ratings.append(_level(row))
        for (chosen, asked), count in votes.get((row.language, row.id), Counter()).items():
            ratings.append(Rating("brighter.votes", chosen, count=count, judged=asked))
        groups = {"language": row.language, **text_groups(row.text, row.split, held)}
        yield Sample(row.id, {"text": Media(text=row.text)}, tuple(ratings), groups, row.split)


def _label(row: _Row) -> Rating:
    # an empty label is taken from the intensity, where there is one
    cells = [label or (level and str(int(level != "0"))) for label, level in zip(row.labels, row.levels, strict=True)]
    if set(cells) - {"", "0", "1"}:
        raise DataError(f"0, 1 or nothing as labels of {row.id!r}", ", ".join(cells), "get the corpus again")
    asked = _asked(cells)
    chosen = frozenset(name for name, cell in zip(NAMES, cells, strict=True) if cell == "1")
    return Rating("brighter", chosen, rater="consensus", judged=asked, rule=_RULE)


def _level(row: _Row) -> Rating:
    if set(row.levels) - {"", "0", "1", "2", "3"}:
        raise DataError(f"0 to 3 or nothing as intensities of {row.id!r}", ", ".join(row.levels), "get it again")
    value = tuple(float(cell or 0) for cell in row.levels)
    note = f"{row.split_b} in track B" if row.split_b else None
    return Rating("brighter.intensity", value, rater="consensus", judged=_asked(row.levels), rule=_RULE, note=note)


def _asked(cells: Iterable[str]) -> tuple[str, ...] | None:
    """The names with a cell; None stands for all."""
    asked = tuple(name for name, cell in zip(NAMES, cells, strict=True) if cell)
    return None if asked == NAMES else asked


def _compact(root: Path, splits: Iterable[str]) -> Iterator[_Row]:
    need = ("id", "lang", "text", "split_b", *_COLUMNS)
    for split in splits:
        for row in read_csv(root / f"{split}.csv.gz", need=need):
            labels, levels = (tuple(row[name + end] for name in NAMES) for end in ("", "_int"))
            yield _Row(row["id"], row["lang"], split, row["text"], labels, levels, row["split_b"])


def _compact_votes(root: Path) -> Votes:
    found: defaultdict[tuple[str, str], Counter[Ballot]] = defaultdict(Counter)
    for row in read_csv(root / "rater_votes.csv.gz", need=("lang", "id", *NAMES)):
        if row["id"]:  # without one, no published text is the same
            found[row["lang"], row["id"]].update(_ballots({name: row[name] for name in NAMES}))
    return found


def _ballots(marks: Mapping[str, str]) -> Iterator[Ballot]:
    """One ballot per rater from name -> one mark per rater ("0" to "3", "-" for no answer)."""
    for i in range(max(map(len, marks.values()), default=0)):
        given = {name: of[i : i + 1] or "-" for name, of in marks.items()}
        if not set(given.values()) <= _MARKS:
            continue  # another form
        asked = tuple(name for name in NAMES if given.get(name, "-") != "-")
        if asked:
            yield frozenset(name for name in asked if given[name] != "0"), asked


def _official(root: Path, splits: Iterable[str]) -> Iterator[_Row]:
    own = {path.stem for split in SPLITS for path in _files(root / _TRACK_A / split)}
    levels: dict[tuple[str, str], tuple[Cells, str]] = {}
    for split in SPLITS:
        for path in _files(root / _TRACK_B / split):
            for row in read_csv(path, need=("text",)):
                levels[path.stem, row["text"]] = _cells(row), split
    for split in splits:
        others = [path for path in _files(root / _TRACK_C / split) if path.stem not in own]
        for path in sorted([*_files(root / _TRACK_A / split), *others], key=lambda p: p.stem):
            for row in read_csv(path, need=("id", "text")):
                its, split_b = levels.get((path.stem, row["text"]), (("",) * len(NAMES), ""))
                yield _Row(row["id"], path.stem, split, row["text"], _cells(row), its, split_b)


def _files(folder: Path) -> list[Path]:
    """A language's files; its code is the name (a stray copy, "ron_track1_test.csv", has a longer one)."""
    return [path for path in sorted(folder.glob("*.csv")) if path.stem.isalpha()]


def _cells(row: Mapping[str, str]) -> Cells:
    return tuple((row.get(name) or "").removesuffix(".0") for name in NAMES)


def _official_votes(root: Path) -> Votes:
    """The raters' files with one line per text and emotion and one column per rater; those of another form are left."""
    ids: dict[tuple[str, str], str] = {}
    for row in _official(root, SPLITS):
        ids.setdefault((row.language, row.text), row.id)
    found: defaultdict[tuple[str, str], Counter[Ballot]] = defaultdict(Counter)
    for path in sorted((root / "individual_labels").glob("*/*.csv")):
        marks: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for line in read_csv(path):
            raters = [column for column in line if column and column.lower().startswith("annotator")]
            if "emotion" not in line or not raters:
                break
            text = line.get("text") or line.get("text_content") or ""
            said = line["emotion"].lower()
            name = _WORDS.get(said, said)
            if name in NAMES:
                given = ((line[rater] or "").removesuffix(".0") or "-" for rater in raters)
                marks[text][name] = marks[text].get(name, "") + "".join(given)
        language = path.parent.name
        for text, of in marks.items():
            if (language, text) in ids:
                found[language, ids[language, text]].update(_ballots(of))
    return found


def fake(root: Path, rng: np.random.Generator, layout: str = "compact") -> None:
    """Write a tiny synthetic imitation: three languages, one without disgust, one with votes, one without training."""
    made: list[dict[str, str]] = []
    for language, track, counts in (("eng", "a", (30, 10, 10)), ("ron", "a", (30, 10, 10)), ("zul", "c", (0, 10, 10))):
        names = [name for name in NAMES if (language, name) != ("eng", "disgust")]
        first: dict[str, str] | None = None  # it comes again in dev and test
        for split, count in zip(SPLITS, counts, strict=True):
            for i in range(count):
                drawn = rng.choice(4, size=len(names), p=(0.7, 0.1, 0.1, 0.1)).tolist()
                felt = " and ".join(name for name, level in zip(names, drawn, strict=True) if level) or "nothing"
                text = f"{felt} in {language}, {split} {i}"
                in_b = split if language == "eng" or (language == "ron" and split != "train") else ""
                levels = {f"{name}_int": str(level) if in_b else "" for name, level in zip(names, drawn, strict=True)}
                labels = {name: str(int(level > 0)) for name, level in zip(names, drawn, strict=True)}
                row = {"text": text, "track": track, "split_b": in_b} | dict.fromkeys(_COLUMNS, "") | labels | levels
                row = dict(first) if first and not i else row
                first = first or row
                made.append(row | {"id": f"{language}_{split}_track_{track}_{i + 1:05}", "lang": language})
    {"compact": _fake_compact, "official": _fake_official}[layout](root, made)


def _fake_compact(root: Path, made: list[dict[str, str]]) -> None:
    for split in SPLITS:
        write_csv(root / f"{split}.csv.gz", [m for m in made if f"_{split}_" in m["id"]])
    write_csv(
        root / "rater_votes.csv.gz",
        [{"lang": m["lang"], "source": "fake", "id": m["id"], "text": ""} | _fake_marks(m) for m in _fake_rated(made)],
    )


def _fake_official(root: Path, made: list[dict[str, str]]) -> None:
    for language, track in (("eng", _TRACK_A), ("ron", _TRACK_A), ("zul", _TRACK_C)):
        names = [name for name in NAMES if (language, name) != ("eng", "disgust")]
        for split in SPLITS:
            of = [m for m in made if m["id"].startswith(f"{language}_{split}_")]
            # the files of the English test give no labels
            hidden = (language, split) == ("eng", "test")
            labels = [{name: "" if hidden else m[name] for name in names} for m in of]
            levels = [{name: m[f"{name}_int"] for name in names} for m in of]
            told = [{"id": m["id"], "text": m["text"]} for m in of]
            if told:
                lines = [m | its for m, its in zip(told, labels, strict=True)]
                write_csv(root / track / split / f"{language}.csv", lines)
            lines = [t | its for m, t, its in zip(of, told, levels, strict=True) if m["split_b"] == split]
            if lines:
                write_csv(root / _TRACK_B / split / f"{language}.csv", lines)
    words = {name: word for word, name in _WORDS.items()}
    long = [
        {"text": m["text"], "emotion": words.get(name, name)}
        | {f"annotator_{j + 1}": mark.strip("-") for j, mark in enumerate(marks)}
        for m in _fake_rated(made)
        for name, marks in _fake_marks(m).items()
    ]
    write_csv(root / "individual_labels" / "ron" / "ron_individuals.csv", long)
    write_csv(root / "individual_labels" / "eng" / "eng.csv", [{"id": "1", "annotator": "7", "anger": "1"}])


def _fake_rated(made: list[dict[str, str]]) -> list[dict[str, str]]:
    return [m for m in made if m["lang"] == "ron" and not m["id"].endswith("_00001")]


def _fake_marks(row: Mapping[str, str]) -> dict[str, str]:
    """Three raters: one tells the label, one passes, one tells it stronger."""
    return {name: f"{row[name]}-{3 * int(row[name])}" for name in NAMES}
