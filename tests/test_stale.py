"""Generated files hold what parts, results and bundles say; every named work is cited; paths in documents exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from affectkit import find, store
from affectkit.app.commands import tables as command
from affectkit.errors import DataError, UsageError
from affectkit.report import citations, tables

ROOT = Path(__file__).parents[1]
GENERATED = ("PAPERS.md", "CORPORA.md", "MODELS.md", "README.md")
SCREEN_LINES = 60

FIGURE = {"task": "t", "corpus": "goemotions", "split": "test", "metric": "macro_f1", "value": 0.5434, "n": 5427}
CARD: dict[str, Any] = {
    "name": "toy",
    "version": 3,
    "part": "finetune",
    "title": "Toy",
    "languages": ["en"],
    "trained_on": ["goemotions"],
    "licences": {"code": "Apache-2.0", "weights": "CC BY-SA 4.0", "data": {"goemotions": "CC BY 4.0"}},
    "figures": [FIGURE | {"low": 0.5, "high": 0.5678}],
    "limits": ["A toy | no more."],
}
TOY = tables.Shipped(CARD, 12_345_678)
CLAIM = find.card("methods", "finetune")["claims"][0]


def result(part: str = "finetune", **changes: Any) -> dict[str, Any]:
    """A results file with one row that answers the claim of `finetune`."""
    row = {
        "claim": CLAIM["claim"],
        "split": "official test",
        "variant": {"system": "seed 0"},
        "metrics": {CLAIM["metric"]: {"value": 0.512, "low": 0.49, "high": 0.53, "n": 10}},
        "verdict": "reproduced",
    }
    return {"part": part, "corpus": CLAIM["corpus"], "rows": [row | changes]}


def works() -> dict[str, citations.Work]:
    return citations.read((ROOT / tables.BIBLIOGRAPHY).read_text(encoding="utf-8"))


def row_of(text: str, holding: str) -> list[str]:
    """The cells of the one table row that holds a text."""
    (line,) = [line for line in text.splitlines() if line.startswith("|") and holding in line]
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


# -- the files of this repository --


@pytest.mark.parametrize("name", GENERATED)
def test_a_generated_file_is_not_stale(name: str) -> None:
    assert name not in tables.stale(ROOT, command.shipped()), f"{name} is stale: run `{tables.COMMAND}`"


def test_all_generated_files_are_watched() -> None:
    assert set(tables.files(ROOT, [])) == set(GENERATED)


@pytest.mark.parametrize(
    ("kind", "name"),
    [(k, n) for k in find.KINDS for n in find.names(k) if "reference" in find.card(k, n)],
)
def test_every_reference_is_cited(kind: str, name: str) -> None:
    assert find.card(kind, name)["reference"] in works()


def test_the_bibliography_is_in_order() -> None:
    assert list(works()) == sorted(works())


def test_the_readme_is_one_screen() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= SCREEN_LINES


def test_every_path_in_the_readme_exists() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^):#]+)\)", text)
    named = re.findall(r"`([\w./-]+(?:/|\.py|\.md|\.txt))`", text)
    assert len(links) > 4
    assert len(named) > 15
    package = ROOT / "src" / "affectkit"
    assert [path for path in links if not (ROOT / path).exists()] == []
    assert [path for path in named if not (ROOT / path).exists() and not (package / path).exists()] == []


def test_every_link_in_the_documents_exists() -> None:
    files = [*(ROOT / "docs").glob("*.md"), ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
    assert len(files) > 5
    missing = [
        (file.name, link)
        for file in files
        for link in re.findall(r"\]\(([^):#]+)\)", file.read_text(encoding="utf-8"))
        if not (file.parent / link).exists()
    ]
    assert missing == []


# -- how they are made --


def test_a_claim_is_quoted_with_its_interval_and_verdict() -> None:
    cells = row_of(tables.papers(works(), [result()]), CLAIM["claim"])
    assert cells[3] == "macro_f1 0.460"
    assert cells[4] == "0.512 (0.490 to 0.530), reproduced<br>seed 0"
    assert cells[5] == "GoEmotions: official test"


def test_the_figures_of_a_bundle_count_for_the_part_that_made_it() -> None:
    assert "0.512" in row_of(tables.papers(works(), [result("toy")], [TOY]), CLAIM["claim"])[4]
    assert row_of(tables.papers(works(), [result("toy")]), CLAIM["claim"])[4] == "not measured yet"


def test_of_seeds_and_their_mean_the_mean_is_quoted_not_what_they_say_together() -> None:
    one = result(seeds=[0])
    mean = {"value": 0.6, "low": 0.5, "high": 0.7, "n": 10}
    together = {"value": 0.65, "low": 0.6, "high": 0.7, "n": 10}
    one["rows"] += result(seeds=[0, 1], variant={"system": "ensemble"}, metrics={CLAIM["metric"]: together})["rows"]
    one["rows"] += result(seeds=[1])["rows"]
    cell = row_of(tables.papers(works(), [one]), CLAIM["claim"])[4]
    assert cell == "0.650 (0.600 to 0.700), reproduced<br>ensemble", "with more seeds"
    mean["deviation"] = 0.05
    one["rows"] += result(seeds=[0, 1], variant={"system": "mean"}, metrics={CLAIM["metric"]: mean})["rows"]
    assert row_of(tables.papers(works(), [one]), CLAIM["claim"])[4] == "0.600 (0.500 to 0.700), reproduced<br>mean"


def test_an_imitation_answers_no_claim() -> None:
    """Whatever its row says."""
    cells = row_of(tables.papers(works(), [result(synthetic=True)]), CLAIM["claim"])
    assert cells[4:] == ["not measured on the corpus itself, on SYNTHETIC data only", "GoEmotions"]
    both = [result(synthetic=True), result()]
    assert "0.512" in row_of(tables.papers(works(), both), CLAIM["claim"])[4]


def test_a_gated_claim_says_so() -> None:
    gated = result(metrics={}, verdict="gated", variant={})
    assert row_of(tables.papers(works(), [gated]), CLAIM["claim"])[4] == "needs a gated corpus"


def test_a_row_on_something_else_answers_no_claim() -> None:
    assert row_of(tables.papers(works(), [result(claim=None)]), CLAIM["claim"])[4] == "not measured yet"


def test_every_corpus_and_view_is_listed() -> None:
    text = tables.corpora()
    for name in find.names("corpora"):
        cells = row_of(text, f" `{name}` ")
        assert cells[3] == find.card("corpora", name)["licence"]
    assert "`vad.reader`: dimensions, continuous, valence, arousal, dominance 1 to 5; view: perceived" in text


def test_a_bundle_is_listed_with_size_figures_and_licences() -> None:
    cells = row_of(tables.models([TOY]), "`toy@3`")
    assert cells[1] == "12.3 MB"
    assert cells[2] == "t: macro_f1 0.543 (0.500 to 0.568) on goemotions test, n = 5,427"
    assert cells[3] == "code Apache-2.0<br>weights CC BY-SA 4.0<br>data: goemotions CC BY 4.0"
    assert "- Limit: A toy | no more." in tables.models([TOY])
    assert "No bundle is shipped yet." in tables.models([])


def test_a_figure_has_that_without_duplicates_beside_it() -> None:
    plain, balanced = (FIGURE | {"split": split, "low": 0.5, "high": 0.6} for split in ("test", "test, balanced"))
    shipped = tables.Shipped(CARD | {"figures": [plain, balanced]}, 1)

    def row(system: str, samples: str, value: float, n: int = 5000) -> dict[str, Any]:
        metrics = {"macro_f1": {"value": value, "low": 0.4, "high": 0.5, "n": n}}
        return {"task": "t", "variant": {"system": system, "samples": samples}, "metrics": metrics}

    new = "texts not in train"
    rows = [row("toy@3", "all", 0.1), row("toy@3", new, 0.42), row("toy@3, balanced", new, 0.43), row("toy@2", new, 0)]
    told = tables.models([shipped], [{"part": "toy", "corpus": "goemotions", "rows": rows}])
    common = "- Measured: t: macro_f1 0.543 (0.500 to 0.600) on goemotions test"
    assert f"{common}, n = 5,427; 0.420 (0.400 to 0.500) on the 5,000 texts not in train\n" in told
    assert f"{common}, balanced, n = 5,427; 0.430 (0.400 to 0.500) on the 5,000 texts not in train\n" in told
    same = [row("toy@3", new, 0.5434, 5427)]  # nothing was left out
    assert f"{common}, n = 5,427\n" in tables.models([shipped], [{"part": "toy", "corpus": "goemotions", "rows": same}])


def test_the_table_has_the_methods_own_metric_and_nothing_of_an_option() -> None:
    """`distil_face` has accuracy first, tasks of shares macro F1."""
    task = {"id": "t", "target": "emotion", "kind": "distribution", "scheme": "ferplus", "names": ["a", "b"]}
    figures = [FIGURE | {"metric": m} for m in ("accuracy", "kl", "macro_f1", "brier")]
    figures += [f | {"split": "test, balanced"} for f in figures]
    card = CARD | {"part": "distil_face", "tasks": [{"task": task}], "figures": figures}
    cells = row_of(tables.models_table([tables.Shipped(card, 1)]), "`toy@3`")
    assert [line.split()[1] for line in cells[2].split("<br>")] == ["accuracy", "macro_f1"]
    assert "balanced" not in cells[2]


def test_what_has_no_language_says_nothing_of_it() -> None:
    assert "- Languages: en\n" in tables.models([TOY])
    assert "Languages" not in tables.models([tables.Shipped(CARD | {"languages": []}, 1)])


def test_a_bar_in_a_cell_does_not_end_it() -> None:
    assert tables.table(("a",), [("x | y\nz",)]).splitlines()[-1] == "| x \\| y z |"


def test_the_readme_gets_the_same_table_and_keeps_the_rest() -> None:
    readme = f"before\n{tables.START}\nold\n{tables.END}\nafter\n"
    made = tables.with_models(readme, [TOY])
    assert made.startswith("before\n")
    assert made.endswith(f"{tables.END}\nafter\n")
    assert tables.models_table([TOY]) in made
    assert "old" not in made
    assert tables.with_models(made, [TOY]) == made


def test_a_readme_without_its_marks_is_refused() -> None:
    with pytest.raises(DataError, match=r"in README\.md; found not both, each once; put them where the table belongs"):
        tables.with_models("no marks", [])


# -- the command --


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    store.write(tmp_path / tables.BIBLIOGRAPHY, (ROOT / tables.BIBLIOGRAPHY).read_bytes())
    store.write(tmp_path / "README.md", f"{tables.START}\n{tables.END}\n")
    return tmp_path


def test_the_command_writes_what_check_then_finds_fresh(repository: Path) -> None:
    with pytest.raises(DataError) as caught:
        command.command(check=True, root=repository)
    assert str(caught.value) == (
        "expected PAPERS.md, CORPORA.md, MODELS.md, README.md as the parts, results and bundles have it; "
        "found a stale text; run affectkit tables"
    )
    command.command(root=repository)
    command.command(check=True, root=repository)
    store.write(repository / "CORPORA.md", "edited by hand\n")
    with pytest.raises(DataError, match=r"expected CORPORA\.md as the parts"):
        command.command(check=True, root=repository)


def test_new_results_make_papers_stale(repository: Path) -> None:
    command.command(root=repository)
    store.write_json(repository / "results" / "finetune.goemotions.json", result())
    assert tables.stale(repository, command.shipped()) == ["PAPERS.md"]


def test_a_folder_without_a_bibliography_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"found none; run affectkit tables at the root of the repository"):
        tables.files(tmp_path, [])


@pytest.mark.parametrize(
    ("text", "found"), [("{", "Expecting"), ("[]", "other content"), ('{"part": 1}', "other content")]
)
def test_a_broken_results_file_is_refused(tmp_path: Path, text: str, found: str) -> None:
    store.write(tmp_path / "x.json", text)
    with pytest.raises(DataError, match=rf"in x\.json; found {found}.*; measure it again"):
        tables.results(tmp_path)


# -- citations --

ENTRY = """@article{who2000what,
  author = {Who, A. and Else, B. and Third, C.},
  title = {On {BERT}},
  year = {2000},
}
"""


def test_a_work_is_named_in_a_line() -> None:
    assert citations.read(ENTRY)["who2000what"].line == "Who et al. 2000, On BERT"
    two = ENTRY.replace(" and Third, C.", "")
    assert citations.read(two)["who2000what"].line == "Who and Else 2000, On BERT"
    accents = ENTRY.replace("Who, A.", r"{\"O}hm{\'a}n {\~N}, A.").replace("On {", "On -- {")
    line = citations.read(accents)["who2000what"].line
    assert line == "Öhmán Ñ et al. 2000, On – BERT"
    assert sorted([line, "Zoe", "pauli", "Noe"], key=citations.in_order) == ["Noe", line, "pauli", "Zoe"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ENTRY + ENTRY, "expected each key once in references.bib; found 'who2000what' twice; remove one"),
        (ENTRY.replace("  year = {2000},\n", ""), "in the entry 'who2000what'; found no year; complete it"),
        (ENTRY + "@book{x, title={y}}\n", "found 1 of 2 that can be read; write them as their neighbours are"),
    ],
)
def test_a_broken_bibliography_is_refused(text: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        citations.read(text)
    assert message in str(caught.value)


def test_a_work_nobody_entered_names_the_part_that_needs_it() -> None:
    with pytest.raises(
        DataError, match=r"expected an entry 'x1' in references\.bib, named by corpora/y; found none; add"
    ):
        citations.one({}, "x1", "corpora/y")
