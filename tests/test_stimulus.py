"""Many people, one stimulus: figures against scipy and textbook formulas, delays, chance, bad traces, real CEAP."""

from __future__ import annotations

import csv
import json
import math
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from typer.testing import CliRunner, Result

from affectkit import corpora
from affectkit.analysis import stimulus
from affectkit.analysis.stimulus import Settings
from affectkit.app import cli, traces
from affectkit.corpora import ceap360vr
from affectkit.errors import DataError, UnknownName, UsageError
from affectkit.report import stimulus as report
from affectkit.sample import Series
from pages import Page, alone
from reading import real

Floats = NDArray[np.float64]
RATE_HZ = 10.0


def course(rng: np.random.Generator, m: int) -> Floats:
    """A smooth course by chance, of mean 0 and deviation 1."""
    made = np.convolve(rng.normal(0, 1, m + 40), np.hanning(41), mode="valid")[:m]
    return np.asarray((made - made.mean()) / made.std())


def people(rng: np.random.Generator, n: int = 6, m: int = 300, noise: float = 0.5) -> Floats:
    """Rows (n, m) that share a course."""
    shared = course(rng, m)
    return np.asarray([5 + shared + noise * course(rng, m) for _ in range(n)])


def series(rows: Floats, start_s: float = 0.0) -> dict[str, Series]:
    t_s = start_s + np.arange(rows.shape[1]) / RATE_HZ
    return {f"P{i}": Series(row[:, None].astype(np.float32), t_s) for i, row in enumerate(rows)}


def studied(rows: Floats, **changes: Any) -> stimulus.Stimulus:
    return stimulus.study("clip", series(rows), ("valence",), Settings(**{"rate_hz": RATE_HZ, "draws": 99} | changes))


def run(*given: object) -> Result:
    return CliRunner().invoke(cli.build(), [str(one) for one in given])


# ---- synchrony against other libraries -------------------------------------------------------------------------------


def test_synchrony_is_the_mean_of_scipys_correlations() -> None:
    stats = pytest.importorskip("scipy.stats")
    x = people(np.random.default_rng(0))
    pairs = [stats.pearsonr(a, b)[0] for a, b in combinations(x, 2)]
    rest = [stats.pearsonr(x[i], np.delete(x, i, 0).mean(0))[0] for i in range(len(x))]
    assert stimulus.between_pairs(x) == pytest.approx(np.mean(pairs), abs=1e-12)
    np.testing.assert_allclose(stimulus.with_rest(x), rest, atol=1e-12)
    (found,) = studied(x).courses
    assert found.pairs.value == pytest.approx(np.mean(pairs), abs=1e-6)  # traces are kept as float32
    assert found.rest == pytest.approx(np.mean(rest), abs=1e-6)
    assert found.pairs.low < found.pairs.value < found.pairs.high
    assert found.pairs_p == found.rest_p == 0.01, "no draw of 99 reaches it"


def test_curves_and_people_are_those_of_numpy() -> None:
    x = people(np.random.default_rng(1), n=7)
    (found,) = studied(x).courses
    np.testing.assert_allclose(found.mean, x.mean(0), atol=1e-5)
    np.testing.assert_allclose(found.deviation, x.std(0, ddof=1), atol=1e-5)
    np.testing.assert_allclose([found.low, found.high], np.percentile(x, [25, 75], axis=0), atol=1e-5)
    one, rest = x[2], np.delete(x, 2, 0).mean(0)
    covariance = np.cov(one, rest, ddof=0)
    ccc = 2 * covariance[0, 1] / (covariance[0, 0] + covariance[1, 1] + (one.mean() - rest.mean()) ** 2)
    assert found.people[2].ccc == pytest.approx(ccc, abs=1e-5)
    assert found.people[2].shift == pytest.approx(one.mean() - rest.mean(), abs=1e-5)
    assert found.people[2].r == pytest.approx(np.corrcoef(one, rest)[0, 1], abs=1e-5)


def test_windows_are_stretches_of_the_same_traces() -> None:
    x = people(np.random.default_rng(2))
    x[:, 150:] = [5 + course(np.random.default_rng(90 + i), 150) for i in range(len(x))]  # they part half way
    (found,) = studied(x, window_s=10.0, step_s=5.0).courses
    assert [(w.start_s, w.end_s) for w in found.windows] == [(s, s + 9.9) for s in (0.0, 5.0, 10.0, 15.0, 20.0)]
    for w in found.windows:
        part = x[:, round(w.start_s * RATE_HZ) : round(w.end_s * RATE_HZ) + 1]
        expected = [np.corrcoef(a, b)[0, 1] for a, b in combinations(part, 2)]
        assert w.pairs == pytest.approx(np.mean(expected), abs=1e-5)
        assert w.p <= w.p_any
    assert found.windows[0].p_any <= 0.05 < found.windows[-1].p_any


def test_the_draws_that_are_quick_are_those_that_are_slow() -> None:
    x = people(np.random.default_rng(3), n=5, m=80)
    x[0, 10:60] = 4.0  # who rests in some windows
    asked = Settings(draws=20, seed=4)
    quick = stimulus._by_chance(x, 20, 7, asked)
    rng = np.random.default_rng(4)
    for draw in range(20):
        by = rng.integers(0, 80, (5, 1))
        turned = np.stack([np.roll(row, -int(b)) for row, b in zip(x, by[:, 0], strict=True)])
        assert quick[0][draw] == pytest.approx(stimulus.between_pairs(turned), abs=1e-9)
        assert quick[1][draw] == pytest.approx(np.mean(stimulus.with_rest(turned)), abs=1e-9)
        slow = [stimulus.between_pairs(turned[:, s : s + 20]) for s in range(0, 61, 7)]
        np.testing.assert_allclose(quick[2][draw], slow, atol=1e-9)


def test_people_with_nothing_in_common_are_not_called_alike() -> None:
    rng = np.random.default_rng(5)
    found = [studied(np.asarray([course(rng, 200) for _ in range(5)]), seed=s).courses[0].pairs_p for s in range(30)]
    assert np.mean(np.asarray(found) <= 0.1) < 0.3, "near a tenth by chance"
    assert 0.3 < np.mean(found) < 0.7


def test_nobody_is_paired_with_themselves_when_people_are_drawn_again() -> None:
    x = people(np.random.default_rng(6), n=3)
    r = np.asarray(np.corrcoef(x))
    ends = {r[i, j] for i, j in combinations(range(3), 2)}
    (found,) = studied(x, draws=400, level=0.999).courses
    assert found.pairs.high <= max(ends) + 1e-6, "a person drawn twice would add a correlation of 1"


# ---- delays ----------------------------------------------------------------------------------------------------------


@given(by=st.integers(-30, 30), seed=st.integers(0, 20))
def test_a_trace_that_is_moved_is_found_to_be_moved(by: int, seed: int) -> None:
    whole = course(np.random.default_rng(seed), 400)
    person, rest = whole[50 - by : 350 - by], whole[50:350]  # at t it says what the rest said `by` moments before
    late, r = stimulus.delay(person, rest, 40)
    assert late == by
    assert r == pytest.approx(1.0)


def test_the_delay_is_where_scipys_correlation_is_highest() -> None:
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(8)
    x = people(rng, n=2, m=120, noise=0.4)
    person, rest = np.roll(x[0], 4), x[1]
    all_of_them = {}
    for by in range(-12, 13):
        a, b = person[max(by, 0) : 120 + min(by, 0)], rest[max(-by, 0) : 120 + min(-by, 0)]
        all_of_them[by] = stats.pearsonr(a, b)[0]
    best = max(all_of_them, key=lambda by: all_of_them[by])
    late, r = stimulus.delay(person, rest, 12)
    assert abs(best) < 12
    assert late == best
    assert r == pytest.approx(all_of_them[best])


def test_no_peak_is_no_delay() -> None:
    up = np.arange(100.0)
    assert all(math.isnan(v) for v in stimulus.delay(up, -up, 10)), "never above 0"
    assert all(math.isnan(v) for v in stimulus.delay(np.ones(100), up, 10)), "who never moves"
    whole = course(np.random.default_rng(3), 400)
    late, _ = stimulus.delay(whole[80:300], whole[120:340], 10)
    assert math.isnan(late) or abs(late) < 10, "the end of what is looked at is no peak"


# ---- traces that are not as they should be ---------------------------------------------------------------------------


def test_who_never_moves_is_named_and_counts_in_the_mean() -> None:
    x = people(np.random.default_rng(9))
    x[3] = 2.0
    found = studied(x)
    (c,) = found.courses
    assert c.constant == ("P3",)
    assert all(math.isnan(v) for v in (c.people[3].ccc, c.people[3].r, c.people[3].delay_s))
    moving = np.delete(x, 3, 0)
    assert c.pairs.n == len(moving)
    assert c.pairs.value == pytest.approx(stimulus.between_pairs(moving), abs=1e-6)
    np.testing.assert_allclose(c.mean, x.mean(0), atol=1e-5)
    plain = json.loads(json.dumps(report.plain(found), allow_nan=False))
    assert plain["dimensions"]["valence"]["people"][3]["ccc"] is None
    assert plain["dimensions"]["valence"]["constant"] == ["P3"]


def test_where_nobody_moves_nothing_is_told() -> None:
    (c,) = studied(np.full((4, 200), 5.0)).courses
    assert len(c.constant) == 4
    assert all(math.isnan(v) for v in (c.pairs.value, c.pairs_p, c.rest, c.rest_p, c.windows[0].pairs, c.windows[0].p))
    assert c.windows[0].people == 0


def test_other_clocks_are_brought_together() -> None:
    t_s = np.arange(0, 60, 0.125)
    line = {
        w: Series((2 + 0.1 * (t_s + at))[:, None].astype(np.float32), t_s + at)
        for w, at in (("a", 0.0), ("b", 0.05), ("c", 0.1))
    }
    found = stimulus.together("clip", line, ("valence",))
    assert found.rate_hz == pytest.approx(8.0)
    inside = (found.t_s >= 0.1) & (found.t_s <= t_s[-1])
    expected = np.broadcast_to(2 + 0.1 * found.t_s[inside], (3, inside.sum()))
    np.testing.assert_allclose(found.values[:, inside, 0], expected, atol=1e-5)


def test_a_gap_is_not_filled_and_who_has_little_is_left_out() -> None:
    rows = people(np.random.default_rng(11))
    held = series(rows)
    t_s = np.arange(300) / RATE_HZ
    gap = (t_s < 10) | (t_s > 12)
    held["P0"] = Series(held["P0"].values[gap], t_s[gap])
    held["P1"] = Series(held["P1"].values[:200], t_s[:200])
    held["P2"] = Series(held["P2"].values[:1], t_s[:1])
    found = stimulus.together("clip", held, ("valence",), RATE_HZ)
    assert found.people == ("P0", "P3", "P4", "P5")
    assert found.left_out == {"P2": "a single value", "P1": "values for 67% of the time"}
    assert not ((found.t_s > 10.05) & (found.t_s < 11.95)).any()
    assert (found.t_s < 10).any()


def test_several_values_at_one_moment_are_their_mean_in_any_order() -> None:
    t_s = np.asarray([3.0, 0, 1, 1, 2, *range(4, 20)])
    values = np.asarray([3.0, 0, 0, 2, 2, *range(4, 20)])
    given = {w: Series(values[:, None].astype(np.float32), t_s) for w in "ab"}
    found = stimulus.together("clip", given, ("valence",), 1.0)
    np.testing.assert_allclose(found.values[0, :, 0], np.arange(20))


def test_the_beginning_can_be_left_out() -> None:
    found = studied(people(np.random.default_rng(12)), skip_s=10.0)
    assert found.traces.t_s[0] == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda held: held.clear(), "expected at least two people with traces over most of 'clip'; found 0"),
        (lambda held: [held.pop(w) for w in list(held)[1:]], "found 1; choose another stimulus"),
        (
            lambda held: held.update(P0=Series(np.zeros((9, 2), np.float32), np.arange(9.0))),
            "expected 1 values (valence) a moment of 'clip'; found 2 from P0",
        ),
    ],
)
def test_too_little_is_a_sentence(change: Any, text: str) -> None:
    held = series(people(np.random.default_rng(0)))
    change(held)
    with pytest.raises(DataError) as caught:
        stimulus.study("clip", held, ("valence",))
    assert text in str(caught.value)


@pytest.mark.parametrize(("name", "value"), [("window_s", 0.0), ("rate_hz", math.inf), ("draws", 0), ("skip_s", -1.0)])
def test_settings_that_make_no_sense_are_refused(name: str, value: Any) -> None:
    with pytest.raises(DataError, match="expected"):
        Settings(**{name: value})


# ---- tables and the command ------------------------------------------------------------------------------------------


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "mine.csv"
    rows = people(np.random.default_rng(20), n=4)
    told = [
        {"stimulus": clip, "person": f"P{i}", "t_s": f"{t / RATE_HZ:g}", "valence": f"{row[t] + shift:.5f}"}
        for clip, shift in (("dog", 0), ("sea", 1))
        for i, row in enumerate(rows)
        for t in range(300)
    ]
    corpora.write_csv(file, told)
    return file


def test_a_table_gives_the_same_as_the_arrays(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "curves.csv"
    result = run("stimulus", table, "--json", "--draws", 20, "--to", f"csv={out}")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert [one["stimulus"] for one in found["stimuli"]] == ["dog", "sea"]
    rows = people(np.random.default_rng(20), n=4)
    pairs = [np.corrcoef(a, b)[0, 1] for a, b in combinations(rows, 2)]
    for one in found["stimuli"]:
        assert one["dimensions"]["valence"]["synchrony"]["pairs"]["value"] == pytest.approx(np.mean(pairs), abs=1e-4)
    with out.open() as file:
        curve = [row for row in csv.DictReader(file) if row["stimulus"] == "sea"]
    assert len(curve) == 300
    np.testing.assert_allclose([float(row["mean"]) for row in curve], rows.mean(0) + 1, atol=1e-4)


def test_columns_can_be_told(table: Path) -> None:
    rows = list(corpora.read_csv(table))
    other = table.with_name("other.csv")
    new = {"stimulus": "what", "person": "whose", "t_s": "when", "valence": "felt"}
    corpora.write_csv(other, [{new[k]: v for k, v in row.items()} | {"age": 30} for row in rows])
    found = traces.read(f"{other}:stimulus=what,person=whose,time=when,values=felt")
    assert found.names == ("felt",)
    assert set(found.stimuli["dog"]) == {"P0", "P1", "P2", "P3"}
    with pytest.raises(UsageError) as missing:
        traces.read(str(other))
    assert "expected a column of the person in other.csv" in str(missing.value)
    assert f"write {other}:person=COLUMN" in str(missing.value)
    with pytest.raises(UnknownName, match="did you mean whose"):
        traces.read(f"{other}:person=whos,time=when")
    with pytest.raises(UnknownName, match="did you mean values"):
        traces.read(f"{other}:person=whose,time=when,value=felt")
    with pytest.raises(UsageError, match="found the table"):
        traces.read(str(table), "ceap360vr")


def test_rows_without_a_value_are_counted(table: Path) -> None:
    rows = list(corpora.read_csv(table))
    for row in rows[:3]:
        row["valence"] = ""
    corpora.write_csv(table, rows)
    assert "3 rows left out: no stimulus, person, time or value" in traces.read(str(table)).notes


def test_the_page_has_pictures_and_needs_nothing(table: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    file, picture = tmp_path / "page.html", tmp_path / "dog.svg"
    result = run("stimulus", table, "--draws", 9, "--to", f"html={file}")
    assert result.exit_code == 0, result.output
    text = file.read_text(encoding="utf-8")
    page = Page(text)
    alone(text)
    assert text.count("<svg") == 4, "the traces and the synchrony of two stimuli"
    assert [h for h in page.headings if h in ("dog", "sea")] == ["dog", "sea"]
    assert len(page.tables[1]) == 1 + 4, "a row per person"
    assert run("stimulus", table, "--stimulus", "dog", "--draws", 9, "--to", f"svg={picture}").exit_code == 0
    drawn = picture.read_text(encoding="utf-8")
    assert drawn.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert "var(--" not in drawn
    assert ">valence</text>" in drawn


@pytest.mark.parametrize(
    ("more", "text"),
    [
        (["--stimulus", "dgo"], "did you mean dog"),
        (["--to", "svg=x.svg"], "expected one stimulus for svg; found 2"),
        (["--to", "pdf=x.pdf"], "choose one of csv, html, svg"),
        (["--to", "csv=/nowhere/there/x.csv"], "as csv=FILE"),
    ],
)
def test_slips_are_sentences(table: Path, more: list[str], text: str) -> None:
    result = run("stimulus", table, *more)
    assert result.exit_code == 2
    assert text in result.output


def test_a_corpus_without_traces_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corpora_of = tmp_path / "emobank"
    from affectkit.corpora import emobank

    emobank.fake(corpora_of, np.random.default_rng(0))
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tmp_path))
    result = run("stimulus", "emobank")
    assert result.exit_code == 1
    assert "expected several people's values over time in emobank; found none" in result.output


# ---- CEAP-360VR ------------------------------------------------------------------------------------------------------


def test_the_imitations_people_are_late_in_order(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    ceap360vr.fake(tmp_path, np.random.default_rng(0))
    (first, *_) = ceap360vr.rows(tmp_path)
    its = {r.rater: r.value for r in first.rated("ceap360vr") if isinstance(r.value, Series) and r.rater}
    found = stimulus.study(first.id, its, ("valence", "arousal"), Settings(draws=9, skip_s=2.0))
    late = [p.delay_s for p in found.courses[0].people]
    assert np.corrcoef(late, 0.3 * np.arange(6))[0, 1] > 0.95
    assert late[-1] - late[0] == pytest.approx(1.5, abs=0.7)


def test_bad_json_is_a_sentence(tmp_path: Path) -> None:
    ceap360vr.fake(tmp_path, np.random.default_rng(0), "official")
    file = tmp_path / "3_AnnotationData/Transformed/P1_Annotation_TransData.json"
    file.write_text(file.read_text()[:100])
    with pytest.raises(DataError, match=r"expected whole JSON in P1_Annotation_TransData\.json"):
        list(ceap360vr.rows(tmp_path))
    file.write_text('{"ContinuousAnnotation_TransData": [{"ParticipantID": "P1"}]}')
    with pytest.raises(DataError, match="a list under 'Video_Annotation_TransData'"):
        list(ceap360vr.rows(tmp_path))


def test_ceap360vr_as_it_is() -> None:
    found = real("ceap360vr")
    pandas = pytest.importorskip("pandas")
    folder = corpora.root("ceap360vr")
    assert [s.id for s in found] == [f"V{i}" for i in range(1, 9)]
    assert sum(len(s.rated("ceap360vr")) for s in found) == sum(len(s.rated("ceap360vr.sam")) for s in found) == 256
    labels = pandas.read_csv(folder / "labels.csv").set_index(["participant", "video"])
    lengths = 0
    for sample in found:
        for rating in sample.rated("ceap360vr"):
            assert isinstance(rating.value, Series)
            lengths += len(rating.value.t_s)
            row = labels.loc[(rating.rater, sample.id)]
            means = rating.value.values.astype(np.float64).mean(0)
            np.testing.assert_allclose(means, [row.valence_mean, row.arousal_mean], atol=2e-3)
        assert all(
            rating.value == tuple(labels.loc[(rating.rater, sample.id), ["sam_valence", "sam_arousal"]])
            for rating in sample.rated("ceap360vr.sam")
        )
    assert lengths == 127_948


def test_people_are_alike_in_the_real_zombie_clip() -> None:
    sample = next(s for s in real("ceap360vr") if s.id == "V3")
    pandas = pytest.importorskip("pandas")
    its = {r.rater: r.value for r in sample.rated("ceap360vr") if isinstance(r.value, Series) and r.rater}
    found = stimulus.study("V3", its, ("valence", "arousal"), Settings(draws=49, rate_hz=8.0))
    assert len(found.traces.people) == 32
    assert not found.traces.left_out
    frame = pandas.read_parquet(corpora.root("ceap360vr") / "continuous.parquet")
    frame = frame[frame.video == "V3"]
    grid = np.arange(0, 59.5, 0.125)
    for d, name in enumerate(("valence", "arousal")):
        x = np.stack([np.interp(grid, p.t, p[name]) for _, p in frame.groupby("participant", observed=True)])
        expected = np.nanmean(np.where(np.eye(32, dtype=bool), np.nan, pandas.DataFrame(x.T).corr().to_numpy()))
        assert found.courses[d].pairs.value == pytest.approx(expected, abs=0.01)
        assert found.courses[d].pairs_p == 0.02
