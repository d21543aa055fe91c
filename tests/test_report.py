"""The report's page: valid, alone, harmless; its numbers against scikit-learn and textbook formulas."""

from __future__ import annotations

import dataclasses
import html
import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectkit.errors import MissingExtra, UsageError
from affectkit.prediction import Failure, Prediction, TaskPrediction
from affectkit.report import charts, counts, page, sections, write
from affectkit.report.content import Audited, Chapter, Content, Figure, Judged, shareable
from affectkit.report.tally import Tally
from affectkit.sample import Rating
from affectkit.task import Kind, Task, View
from pages import Page, alone

pytest.importorskip("matplotlib")

EVIL = "<script>alert('x')</script><img src=http://x.example/y onerror=z> & $a_1$ \x00 \ud800"
NAMES = ("anger", "joy", "sadness", "neutral")


def task(kind: Kind = Kind.SINGLE) -> Task:
    if kind is Kind.CONTINUOUS:
        return Task("vad", "dimensions", kind, "vad", ("valence", "arousal", "dominance"), range=(1.0, 5.0))
    return Task("mood", "emotion", kind, "", NAMES, view=View.EXPRESSED)


def judged(kind: Kind = Kind.SINGLE, n: int = 240, **changes: Any) -> Judged:
    """Synthetic answers, right about two times in three."""
    rng = np.random.default_rng(3)
    its = task(kind)
    ids = tuple(f"item{i}" for i in range(n))
    groups = {"speaker": np.asarray([f"s{i % 4}" for i in range(n)])}
    if kind is Kind.CONTINUOUS:
        truth = rng.uniform(-0.8, 0.8, (n, 3))
        scores = np.clip(truth + rng.normal(0, 0.2, (n, 3)), -1, 1)
        far = np.abs(truth - scores).mean(1) + rng.normal(0, 0.02, n)
        made = Judged(its, ids, truth, np.ones((n, 3), bool), scores, groups=groups, apart=far, unit="deviation")
        return dataclasses.replace(made, low=scores - 0.33, high=scores + 0.33, **changes)
    if kind is Kind.MULTI:
        truth = (rng.random((n, 4)) < 0.35).astype(float)
        scores = np.clip(0.3 * truth + rng.random((n, 4)) * 0.6, 0, 1)
        said = scores >= 0.5
    else:
        truth = np.eye(4)[rng.integers(0, 4, n)]
        scores = truth * 0.5 + rng.random((n, 4))
        scores /= scores.sum(1, keepdims=True)
        said = np.eye(4, dtype=bool)[scores.argmax(1)]
    top = np.where(said, scores, -1).argmax(1)
    right = np.where(said.any(1), truth[np.arange(n), top], np.nan)
    sure = np.where(said.any(1), np.clip(scores.max(1), 0, 1), np.nan)
    texts = tuple(f"text {i}" for i in range(n))
    made = Judged(its, ids, truth, np.ones((n, 4), bool), scores, said, sure, right, texts, groups)
    return dataclasses.replace(made, **{"thresholds": dict.fromkeys(NAMES, 0.5), "abstain": 0.4, **changes})


def chapter(its: Judged, **changes: Any) -> Chapter:
    figures = (
        Figure("macro_f1", 0.61234, 0.58, 0.65, 240, fresh=0.6, seeds=(0.611, 0.004)),
        Figure("first_label_accuracy", 0.7, 0.6, 0.8, 240),
        Figure("pearson.valence", 0.5, 0.4, 0.6, 240),
    )
    return dataclasses.replace(Chapter("Made up", {"split": "random"}, figures, its), **changes)


def content(**changes: Any) -> Content:
    made = Content(
        "a run",
        {"command": "affectkit train"},
        tuple(chapter(judged(kind)) for kind in (Kind.SINGLE, Kind.MULTI, Kind.CONTINUOUS)),
        audits=(Audited("Made up", "speakers apart", (("leak", "texts in test also in train", 12, 240),), ("x: y",)),),
        licences={"code": "Apache-2.0"},
        limits=("only four names",),
    )
    return dataclasses.replace(made, **changes)


@pytest.fixture(scope="module", autouse=True)
def quick() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counts, "FOLDS", 100)
        yield


@pytest.fixture(scope="module")
def whole(quick: None) -> str:
    return write.html(content())


# ---- the page --------------------------------------------------------------------------------------------------------


def test_the_page_is_valid_and_needs_nothing_from_elsewhere(whole: str) -> None:
    read = alone(whole)
    assert read.headings[:2] == ["a run", "mood on Made up"]
    assert {"Figures", "By name", "Confusion", "Calibration", "By speaker", "What went wrong"} <= set(read.headings)
    assert {"What is said together", "Said and true values", "Intervals", "Where people disagree"} <= set(read.headings)
    assert {"Audit of the splits", "Licences, limits, and what it is not for", "Not for"} <= set(read.headings)
    assert "Article 5(1)(f)" in read.text and "workplace or in educational institutions" in read.text
    drawn = {"names": 2, "matrices": 2, "calibration": 4, "values": 3, "groups": 5, "disagreement": 1}
    assert read.tags.count("svg") == sum(drawn.values())
    assert len(whole) < 400_000


def test_the_same_content_gives_the_same_page(whole: str) -> None:
    assert write.html(content()) == whole


def test_it_is_made_for_night_and_paper(whole: str) -> None:
    assert "prefers-color-scheme:dark" in whole and "@media print" in whole and "size:A4" in whole
    svg = "".join(re.findall(r"<svg.*?</svg>", whole, re.DOTALL))
    colours = set(re.findall(r"(?:fill|stroke): ([^;\"]+)", svg))
    assert colours <= {"none", "var(--ink)", "var(--quiet)", "var(--line)", "var(--accent)"}, colours
    assert "font-family" not in svg
    plain = charts.paper(whole)
    assert "var(" not in "".join(re.findall(r"<svg.*?</svg>", plain, re.DOTALL))


def test_hostile_text_does_no_harm() -> None:
    its = judged(Kind.MULTI)
    evil = Task(EVIL, "emotion", Kind.MULTI, "", (EVIL, *NAMES[1:]))
    its = dataclasses.replace(
        its,
        task=evil,
        ids=(EVIL,) * len(its.ids),
        texts=(EVIL,) * len(its.ids),
        groups={EVIL: np.asarray([f"{i % 2}{EVIL}" for i in range(len(its.ids))])},
        thresholds={},
    )
    read = alone(
        write.html(
            Content(
                EVIL,
                {EVIL: EVIL},
                (Chapter(EVIL, {EVIL: EVIL}, (Figure(EVIL, 0.5, 0.4, 0.6, 3),), its),),
                Tally.of([said(EVIL, [EVIL], start_s=0.0, end_s=1.0), said(EVIL, ["b"], start_s=1.0)]).spoken(),
                (EVIL,),
                {EVIL: 2},
                (Audited(EVIL, EVIL, ((EVIL, EVIL, 1, 2),), (EVIL,)),),
                {EVIL: EVIL},
                (EVIL,),
            )
        )
    )
    assert "<script>alert('x')</script>" in read.text, "shown as the text it is"
    assert "\x00" not in read.text and "\ud800" not in read.text


def test_what_is_empty_has_no_section() -> None:
    its = judged(n=12, groups={}, confidence=None, texts=None, abstain=None)
    read = alone(write.html(Content("small", {}, (chapter(its, stamp={}),))))
    assert {"Calibration", "By speaker", "Where people disagree", "Intervals", "Limits"} & set(read.headings) == {
        "Limits"
    }
    assert not {"Audit of the splits", "Items that failed", "Licences"} & set(read.headings)
    assert "Only ids: the items are not given here" in read.text
    perfect = dataclasses.replace(its, right=np.ones(12))
    assert "What went wrong" not in alone(write.html(Content("", {}, (chapter(perfect),)))).headings
    alone(write.html(Content("nothing", {})))


@given(st.text())
def test_escaping_keeps_the_text(text: str) -> None:
    safe = page.text(text)
    assert not set("<>\"'") & set(safe) and html.unescape(safe) == page.clean(text)


@given(st.floats(-1e6, 1e6))
def test_a_number_is_told_to_three_digits(value: float) -> None:
    told = page.number(value)
    assert float(told.replace("\u2212", "-")) == pytest.approx(value, abs=5.001e-4)
    assert not re.fullmatch("\u22120*\\.?0*", told), "no minus zero"


def test_cells() -> None:
    assert [page.cell(c) for c in (None, float("nan"), 1234, 0.5, (0.25, -0.5), "<")] == [
        "–",
        "–",
        "1,234",
        "0.500",
        "0.250 to \u22120.500",
        "&lt;",
    ]
    assert page.table(("a",), []) == "" and page.part("a") == "" and page.facts({"a": ""}) == ""


# ---- numbers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Kind.SINGLE, Kind.MULTI])
def test_names_on_the_page_are_those_of_scikit_learn(kind: Kind) -> None:
    sklearn = pytest.importorskip("sklearn.metrics")
    its = judged(kind)
    assert its.said is not None
    each = sklearn.precision_recall_fscore_support(its.truth, its.said, average=None, zero_division=0)
    rows = Page(sections.by_name(its, "k")).rows("name", "true", "said")
    for i, name in enumerate(NAMES):
        precision, recall, f1, true = (column[i] for column in each)
        expected = [f"{true}", f"{its.said[:, i].sum()}", f"{precision:.3f}", f"{recall:.3f}", f"{f1:.3f}"]
        assert rows[name][:5] == expected and rows[name][-1] == "0.500"
        low, high = (float(v) for v in rows[name][5].split(" to "))
        assert low <= f1 <= high and 0 < high - low < 0.4
    assert list(rows) == sorted(rows, key=lambda n: -int(rows[n][0])), "the most frequent first"


def test_the_confusion_matrix_is_that_of_scikit_learn() -> None:
    sklearn = pytest.importorskip("sklearn.metrics")
    its = judged()
    assert its.said is not None
    names, shares = counts.together(its)
    expected = sklearn.confusion_matrix(its.truth.argmax(1), its.said.argmax(1), normalize="true")
    assert names == NAMES and np.allclose(shares, expected)
    svg = charts.matrix("k", names, shares, "said", "true")
    assert len(re.findall("fill-opacity|opacity: 0|opacity: 1", svg)) == (shares >= 0.005).sum()
    drawn = re.findall(r">(\.\d\d|1)</text>", svg)
    assert sorted(drawn) == sorted(f"{v:.2f}"[1:] for v in shares.ravel() if v >= 0.005)


def test_co_occurrence_leaves_out_what_never_occurs_or_nobody_judged() -> None:
    its = judged(Kind.MULTI)
    assert its.said is not None
    known = its.judged.copy()
    known[:, 0] = False
    names, shares = counts.together(dataclasses.replace(its, judged=known))
    assert names == NAMES[1:]
    for a in range(3):
        for b in range(3):
            true = its.truth[:, a + 1] == 1
            assert shares[a, b] == pytest.approx(its.said[true, b + 1].mean())


def test_groups_are_told_with_their_gap() -> None:
    sklearn = pytest.importorskip("sklearn.metrics")
    its = judged()
    assert its.said is not None
    ((metric, found),) = counts.groups(its, "speaker").items()
    for name, figure in found.each.items():
        rows = its.groups["speaker"] == name
        expected = sklearn.f1_score(its.truth[rows], its.said[rows], average="macro")
        assert figure.value == pytest.approx(expected) and figure.n == rows.sum() == 60
    made = Page(sections.groups(its, "speaker", "k"))
    gap = max(f.value for f in found.each.values()) - min(f.value for f in found.each.values())
    assert f"is {gap:.3f}; among groups of these sizes chance alone" in made.text and metric == "present_f1"
    lonely = dataclasses.replace(its, groups={"speaker": np.asarray(["a"] * 230 + ["b"] * 10)})
    assert sections.groups(lonely, "speaker", "k") == "", "one group alone is compared with nothing"


def test_units_are_drawn_within_groups_only_where_they_lie_in_one() -> None:
    one = np.asarray(["a", "a", "b", "b"])
    assert counts._within(np.asarray([1, 2, 3, 3]), one)
    assert not counts._within(np.asarray([1, 2, 2, 3]), one), "a dialogue of two speakers"
    assert not counts._within(np.asarray([1, 1, 2, 2]), one), "the groups themselves"


def test_dimensions_are_told_by_their_intervals() -> None:
    its = judged(Kind.CONTINUOUS)
    assert its.low is not None and its.high is not None
    inside = ((its.low <= its.truth) & (its.truth <= its.high)).mean(0)
    rows = Page(sections.intervals(its)).rows("dimension", "truth inside")
    assert [rows[n][0] for n in its.task.names] == [f"{v:.3f}" for v in inside]
    assert {row[2] for row in rows.values()} == {"0.660"} and sections.by_name(its, "k") == ""


def test_disagreement_is_that_of_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    its = judged(Kind.CONTINUOUS)
    assert its.apart is not None
    wrong = np.abs(its.truth - its.scores).mean(1)
    assert np.allclose(counts.errors(its), wrong)
    rho = stats.spearmanr(its.apart, wrong).statistic
    assert f"Rank correlation over 240 items: {rho:.3f}." in Page(sections.disagreement(its, "k")).text
    found = counts.by_disagreement(its)
    assert sum(e.n for e in found) == 240 and [e.error for e in found] == sorted(e.error for e in found)
    assert np.average([e.error for e in found], weights=[e.n for e in found]) == pytest.approx(wrong.mean())
    few = dataclasses.replace(its, apart=np.where(np.arange(240) < 29, its.apart, np.nan))
    assert counts.by_disagreement(few) == [] and sections.disagreement(few, "k") == ""
    same = dataclasses.replace(its, apart=np.ones(240))
    assert counts.by_disagreement(same) == [], "raters who are always as far apart tell nothing"


def test_how_far_raters_are_apart() -> None:
    vote = [Rating("mood", name, count=n) for name, n in (("joy", 2), ("anger", 1), ("neutral", 1))]
    agreed = [Rating("mood", "joy", count=10), Rating("mood", "joy", rater="consensus", rule="majority")]
    found = counts.apart(task(), [vote, agreed, vote[:0], vote[1:2]])
    assert found[:2] == pytest.approx([1.5, 0]) and np.isnan(found[2:]).all(), "H(1/2, 1/4, 1/4) is 1.5 bits"
    marks = [Rating("vad", (1.0, 3.0, 5.0)), Rating("vad", (3.0, 3.0, 5.0))]
    expected = np.std([[1, 3, 5], [3, 3, 5]], axis=0, ddof=1).mean()
    assert counts.apart(task(Kind.CONTINUOUS), [marks]) == pytest.approx([expected])
    assert counts.unit(task(Kind.CONTINUOUS)) == "deviation of the raters, on the scale 1 to 5"
    assert counts.unit(task()) == "entropy of the votes, bits"


def test_a_consensus_borrows_the_raters_of_its_sister_tasks() -> None:
    own = task(Kind.CONTINUOUS)
    sister = dataclasses.replace(own, id="vad.reader")
    other = dataclasses.replace(own, id="far", range=(0.0, 1.0))
    mean = Rating("vad", (2.0, 3.0, 5.0), rater="consensus", rule="mean")
    read = [Rating("vad.reader", (1.0, 3.0, 5.0)), Rating("vad.reader", (3.0, 3.0, 5.0))]
    (found,) = counts.own_or_near(own, [[mean, *read, Rating("far", (0.0, 0.0, 0.0))]], [own, sister, other])
    assert [r.value for r in found] == [r.value for r in read] and {r.task for r in found} == {"vad"}
    (kept,) = counts.own_or_near(own, [[mean, Rating("vad", (2.0, 2.0, 2.0)), *read]], [own, sister])
    assert [r.value for r in kept] == [(2.0, 2.0, 2.0)]


def test_the_surest_wrong_ones_come_first() -> None:
    its = judged()
    assert its.right is not None and its.confidence is not None and its.texts is not None
    rows = counts.worst(its, 1000)
    assert sorted(rows) == np.flatnonzero(its.right == 0).tolist()
    sure = its.confidence[rows]
    assert (np.diff(sure) <= 0).all()
    table = Page(sections.wrong(its)).rows("id", "text", "true", "said", "confidence")
    assert len(table) == sections.WORST == 20
    i = rows[0]
    expected = [its.texts[i], NAMES[its.truth[i].argmax()], NAMES[its.scores[i].argmax()], f"{sure[0]:.3f}"]
    assert table[its.ids[i]] == expected
    far = judged(Kind.CONTINUOUS)
    assert counts.worst(far, 3) == np.argsort(-np.abs(far.truth - far.scores).mean(1))[:3].tolist()


def test_figures_are_told_as_they_are_given() -> None:
    made = Page(sections.figures(chapter(judged())))
    rows = made.rows("figure", "value", "95 % interval", "n", "not in train", "mean of seeds", "deviation")
    assert rows["Macro F1"] == ["0.612", "0.580 to 0.650", "240", "0.600", "0.611", "0.004"]
    assert rows["First label accuracy"] == ["0.700", "0.600 to 0.800", "240", "–", "–", "–"]
    assert "Pearson correlation, valence" in rows
    shown = [f.name for f in sections.first(chapter(judged()))]
    assert shown == ["macro_f1", "first_label_accuracy"]


@pytest.mark.parametrize(
    ("licence", "may"),
    [
        ("CC BY 4.0", True),
        ("CC BY-NC-SA 4.0", True),
        ("GPL-3.0", True),
        ("Apache-2.0", True),
        ("CC BY-NC-ND 4.0", False),
        ("GPL-3.0; research use only", False),
        ("on request, for research only", False),
        ("unknown", False),
        ("", False),
    ],
)
def test_texts_are_shown_only_under_licences_that_let_them(licence: str, may: bool) -> None:
    assert shareable(licence) is may


# ---- predictions without a truth -------------------------------------------------------------------------------------


def said(task: str, labels: list[str], sure: float | None = 0.5, **changes: Any) -> Prediction:
    told = TaskPrediction("emotion", "", Kind.MULTI, None, dict.fromkeys(labels, 0.9), tuple(labels), sure)
    start, end = changes.get("start_s"), changes.get("end_s", 2.0)
    return Prediction("i", changes.get("input", "a.wav"), {task: told}, start, None if start is None else end)


def values(valence: float, arousal: float, start_s: float | None = None) -> Prediction:
    told = TaskPrediction(
        "dimensions", "vad", Kind.CONTINUOUS, values={"valence": valence, "arousal": arousal}, confidence=None
    )
    return Prediction("i", "a.wav", {"vad": told}, start_s, None if start_s is None else start_s + 1)


def test_what_is_said_is_counted() -> None:
    rng = np.random.default_rng(5)
    chosen = [[NAMES[j] for j in rng.permutation(4)[: rng.integers(0, 3)]] for _ in range(60)]
    stream = [said("mood", labels, 0.25 if labels else None) for labels in chosen]
    failed = Prediction("x", "b.wav", error=Failure("input", "expected sound; found none; look"))
    tally = Tally.of([*stream, failed, failed])
    (spoken,) = tally.spoken()
    assert (tally.items, tally.failed, dict(tally.errors)) == (62, 2, {"input: expected sound; found none; look": 2})
    assert (spoken.n, spoken.silent) == (60, sum(not labels for labels in chosen))
    assert spoken.any == {n: k for n in NAMES if (k := sum(n in labels for labels in chosen))}
    assert len(spoken.confidence) == 60 - spoken.silent
    read = alone(write.html(Content("p", {}, spoken=tally.spoken(), errors=tally.errors)))
    rows = read.rows("label", "items", "share", "as the first label")
    for name, many in spoken.any.items():
        first = sum(labels[:1] == [name] for labels in chosen)
        assert rows[name] == [f"{many}", f"{many / 60:.3f}", f"{first}"]
    assert read.rows("why", "items") == {"input: expected sound; found none; look": ["2"]}
    assert {"Labels", "Confidence", "Items that failed"} <= set(read.headings) and "Over time" not in read.headings


def test_dimensions_and_times_are_drawn() -> None:
    rng = np.random.default_rng(6)
    points = rng.uniform(-1, 1, (40, 2))
    timed = [values(v, a, float(i)) for i, (v, a) in enumerate(points.tolist())]
    timed += [said("mood", [NAMES[i % 3]], start_s=float(i), end_s=i + 1.0) for i in range(9)]
    read = alone(write.html(Content("p", {}, spoken=Tally.of(timed).spoken())))
    rows = read.rows("dimension", "mean", "median")
    low, high = (f"{v:.3f}".replace("-", "\u2212") for v in np.quantile(points[:, 1], [0.1, 0.9]))
    assert rows["arousal"][2:] == [f"{low} to {high}", "40"]
    assert read.headings.count("Over time") == 2 and "40 items: darker where more of them lie." in read.text
    assert "a.wav: 40 predictions over time." in read.text and "a.wav: 9 predictions over time." in read.text


# ---- files -----------------------------------------------------------------------------------------------------------


def test_wrong_files_are_refused_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        write.check(tmp_path / "report.pdf", pdf=False)
    assert "expected a report that ends in .html; found report.pdf; choose another name" in str(caught.value)
    with pytest.raises(UsageError) as caught:
        write.check(tmp_path / "none" / "report.html", pdf=False)
    assert "found no folder" in str(caught.value)


def program(folder: Path, name: str, script: str) -> None:
    """A program of that name that runs a shell script."""
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


def test_a_pdf_needs_a_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(write.NoRenderer) as caught:
        write.save(Content("p", {}), tmp_path / "r.html", pdf=True)
    assert str(caught.value) == (
        "expected one of chromium, chromium-browser, google-chrome, weasyprint for --pdf; found none; "
        "install weasyprint or chromium"
    )
    assert list(tmp_path.iterdir()) == [] and caught.value.exit_code == 2


def test_a_pdf_is_made_of_plain_colours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shell = Path(shutil.which("cp") or "").parent
    monkeypatch.setenv("PATH", f"{tmp_path}:{shell}")
    program(tmp_path, "weasyprint", 'cp "$1" "$2"')
    monkeypatch.setattr(write, "PROGRAMS", {"weasyprint": write.PROGRAMS["weasyprint"]})
    files = write.save(content(chapters=(chapter(judged()),)), tmp_path / "r.html", pdf=True)
    assert files == [tmp_path / "r.html", tmp_path / "r.pdf"]
    assert "fill: var(--accent)" in files[0].read_text(encoding="utf-8")
    assert "fill: var(" not in files[1].read_text(encoding="utf-8")
    program(tmp_path, "weasyprint", "echo no fonts here >&2; exit 3")
    with pytest.raises(write.NoRenderer) as caught:
        write.printed("<html></html>", tmp_path / "s.pdf")
    assert "found no fonts here; print the page from a browser instead" in str(caught.value)


def test_a_missing_library_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtra) as caught:
        write.html(content())
    assert str(caught.value) == (
        "expected matplotlib for a report's charts; found it is not installed; pip install 'affectkit[analysis]'"
    )
