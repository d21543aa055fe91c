"""Measuring runs and bundles: both ways of reading one network agree, dev alone decides, files have their form."""

from __future__ import annotations

import dataclasses
import json
import shutil
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from affectkit import store
from affectkit.errors import DataError, UsageError
from affectkit.runtime import bundle
from affectkit.runtime.predict import Predictor
from affectkit.runtime.say import Head
from affectkit.sample import Media
from affectkit.train import calibrate, evaluate, export, figures, onnx, run
from affectkit.train.evaluate import Measured
from affectkit.train.mixture import Mixture
from conftest import Tiny

ON = ("goemotions", "emobank")


@pytest.fixture(autouse=True)
def quick(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tiny.corpora))
    monkeypatch.setattr(figures, "FOLDS", 100)


@pytest.fixture
def exact(tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The student as a bundle with its float network."""
    monkeypatch.setattr(onnx, "export", lambda *given: tiny.exact)
    monkeypatch.setattr(onnx, "quantised", lambda *given: tiny.small)
    monkeypatch.setattr(export, "COST", -1.0)
    return export.export(run.open_run(tiny.student), "exact", tmp_path / "exact.affect").path


def held(tiny: Tiny) -> Mixture:
    return run.open_run(tiny.student).mixture().part("test")


def values(measured: Measured, corpus: str, system: str | None = None) -> dict[str, float]:
    """Metric -> value of a system's row on all test samples."""
    (row,) = [
        r
        for r in measured.rows[corpus]
        if r["variant"]["samples"] == figures.ALL and system in (None, r["variant"]["system"])
    ]
    return {m: v["value"] for m, v in row["metrics"].items()}


# ---- one network, two readings ---------------------------------------------------------------------------------------


def test_a_float_bundle_has_the_figures_of_its_run(tiny: Tiny, exact: Path) -> None:
    of_run, of_bundle = evaluate.measure_run(tiny.student), evaluate.measure_bundle(str(exact), ON)
    for corpus in ON:
        one, other = values(of_run, corpus), values(of_bundle, corpus)
        assert one.keys() == other.keys()
        assert one == pytest.approx(other, abs=1e-3)
    assert (of_run.part, of_run.path, of_run.on) == ("distil_text", None, ON)
    assert (of_bundle.part, of_bundle.path, of_bundle.on) == ("exact", exact, ON)


def test_an_int8_bundle_says_nearly_the_same(tiny: Tiny, exact: Path) -> None:
    test = held(tiny)
    one, other = (evaluate.of_predictor(Predictor(bundle.open(p)), test) for p in (exact, tiny.bundle))
    for task, its in one.items():
        near = other[task].scores
        assert np.abs(its.scores - near).mean() < 0.02
        assert np.corrcoef(its.scores.ravel(), near.ravel())[0, 1] > 0.99
    assert not np.array_equal(one["vad"].scores, other["vad"].scores)  # they are two networks


def test_labels_are_what_the_heads_say_of_the_raw_outputs(tiny: Tiny) -> None:
    opened, trained, test = bundle.open(tiny.bundle), run.open_run(tiny.student), held(tiny)
    predictor = Predictor(opened)
    raw = onnx.outputs(opened.model, run.features(trained.reader(), test), [t.id for t in trained.tasks])
    texts = [str(m["text"].text) for m in test.media]
    predictions = predictor.predict(texts)
    found = evaluate.of_predictor(predictor, test)
    for entry, y in zip(opened.card["tasks"], raw, strict=True):
        head = Head.of(entry)
        task, scores = head.task, head.scores(y.astype(np.float64))
        # float32 sums depend on the neighbours in a batch, and predictions are rounded
        np.testing.assert_allclose(found[task.id].scores, scores, atol=5e-5)
        if task.scaled:
            assert found[task.id].said is None and found[task.id].confidence is None
            continue
        said, names = head.said(scores), np.asarray(task.names)
        np.testing.assert_array_equal(found[task.id].said, said)
        first = np.where(said, scores, -1).argmax(1)
        sure = found[task.id].confidence
        assert sure is not None
        np.testing.assert_allclose(sure, head.sure(scores[np.arange(len(scores)), first]), atol=1e-4)
        for prediction, row, best in zip(predictions, said, first, strict=True):
            assert set(prediction.tasks[task.id].labels) == set(names[row])
            assert prediction.tasks[task.id].labels[0] == names[best]


def test_a_sample_that_serving_refuses_ends_the_measurement(tiny: Tiny) -> None:
    test = held(tiny)
    media = [{"text": Media(text="a\0b")}, *test.media[1:]]
    with pytest.raises(DataError) as caught:
        evaluate.of_predictor(Predictor(bundle.open(tiny.bundle)), dataclasses.replace(test, media=media))
    assert str(caught.value).startswith(
        f"expected test samples that tiny@1 can read; found {test.ids[0]}: expected a text without NUL bytes"
    )


# ---- dev decides -----------------------------------------------------------------------------------------------------


def test_the_mean_of_seeds_is_calibrated_on_dev(tiny: Tiny) -> None:
    trained = run.open_run(tiny.fine)
    own = trained.mixture()
    dev, test = own.part("dev"), own.part("test")
    found = evaluate.of_run(trained, (0, 1), own, test)
    for task in trained.tasks:
        raw = {}
        for split in ("dev", "test"):
            with (
                np.load(tiny.fine / "seed-0" / f"outputs.{split}.npz") as a,
                np.load(tiny.fine / "seed-1" / f"outputs.{split}.npz") as b,
            ):
                raw[split] = (a[f"task.{task.id}"] + b[f"task.{task.id}"]) / 2
        head = Head.of(calibrate.entry(task, raw["dev"], dev.targets[task.id], dev.judged[task.id]))
        scores = head.scores(raw["test"].astype(np.float64))
        np.testing.assert_allclose(found[task.id].scores, scores, atol=1e-6)
        if not task.scaled:
            np.testing.assert_array_equal(found[task.id].said, head.said(scores))


def test_other_truth_on_test_changes_nothing_that_is_said(tiny: Tiny) -> None:
    trained = run.open_run(tiny.fine)
    own = trained.mixture()
    test = own.part("test")
    other = dataclasses.replace(test, targets={t: np.zeros_like(v) for t, v in test.targets.items()})
    one, two = (evaluate.of_run(trained, (0,), own, part) for part in (test, other))
    for task in ("goemotions", "vad"):
        np.testing.assert_array_equal(one[task].scores, two[task].scores)
    np.testing.assert_array_equal(one["goemotions"].said, two["goemotions"].said)
    np.testing.assert_array_equal(one["goemotions"].confidence, two["goemotions"].confidence)


# ---- systems and seeds -----------------------------------------------------------------------------------------------


def test_a_run_is_measured_by_seed_and_as_the_mean_of_its_seeds(tiny: Tiny) -> None:
    measured = evaluate.measure_run(tiny.fine)
    assert measured.on == tuple(measured.rows) == ON
    for rows in measured.rows.values():
        whole = [r for r in rows if r["variant"]["samples"] == figures.ALL]
        assert [(r["variant"]["system"], r["seeds"]) for r in whole] == [
            ("fine, seed 0", [0]),
            ("fine, seed 1", [1]),
            ("fine, mean output of seeds", [0, 1]),
            ("fine, mean of single seeds", [0, 1]),
        ]
        assert [r["baseline"] for r in whole] == [None] * 4
        assert all(r["minutes"] == run.open_run(tiny.fine).minutes for r in rows)
    (claimed, *_) = [r for r in measured.rows["goemotions"] if r["claim"]]
    assert claimed["paper"] == {"macro_f1": 0.46} and claimed["verdict"] == "gated"


def test_over_seeds_is_the_mean_and_deviation_of_the_seeds(tiny: Tiny) -> None:
    measured = evaluate.measure_run(tiny.fine)
    found = evaluate.over_seeds(measured)
    tasks = {"goemotions": "goemotions", "emobank": "vad"}
    expected = {}
    for corpus, task in tasks.items():
        zero, one = (values(measured, corpus, f"fine, seed {s}") for s in (0, 1))
        for metric in zero:
            pair = [zero[metric], one[metric]]
            expected[f"{corpus}.{task}.{metric}"] = (statistics.mean(pair), statistics.stdev(pair))
    assert found.keys() == expected.keys()
    for name, (mean, deviation) in expected.items():
        assert found[name] == pytest.approx((mean, deviation))
    assert any(deviation > 0 for _, deviation in found.values())
    assert evaluate.over_seeds(evaluate.measure_run(tiny.student)) == {}, "one seed says nothing of others"


def test_against_another_run_is_against_its_first_seed(tiny: Tiny) -> None:
    measured = evaluate.measure_bundle(str(tiny.bundle), ON, tiny.fine)
    base = evaluate.measure_run(tiny.fine)
    for corpus in ON:
        one, other = values(measured, corpus), values(base, corpus, "fine, seed 0")
        for row in measured.rows[corpus]:
            assert row["variant"]["system"] == "tiny@1" and row["seeds"] == []
            for d in row["baseline"]:
                assert d["name"] == "fine, seed 0"
                if row["variant"]["samples"] == figures.ALL:
                    assert d["difference"] == pytest.approx(one[d["metric"]] - other[d["metric"]])


def baselines(measured: Measured, corpus: str) -> dict[str, set[str]]:
    """System -> what it is compared with."""
    return {r["variant"]["system"]: {d["name"] for d in r["baseline"] or ()} for r in measured.rows[corpus]}


def with_seeds(tiny: Tiny, folder: Path, *seeds: int) -> Path:
    """The run `fine` again, as one of some of its seeds."""
    shutil.copytree(tiny.fine, folder)
    told = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    store.write_json(folder / "run.json", told | {"seeds": list(seeds)})
    return folder


def test_like_is_compared_with_like(tiny: Tiny, tmp_path: Path) -> None:
    """Its own copy differs by nothing, seed by seed and mean by mean; one that has a seed alone stands in with it."""
    same = evaluate.measure_run(tiny.fine, ["emobank"], with_seeds(tiny, tmp_path / "same", 0, 1))
    assert baselines(same, "emobank") == {
        "fine, seed 0": {"same, seed 0"},
        "fine, seed 1": {"same, seed 1"},
        "fine, mean output of seeds": {"same, mean of 2 seeds"},
        "fine, mean of single seeds": {"same, mean of single seeds"},
    }
    assert {d["difference"] for row in same.rows["emobank"] for d in row["baseline"]} == {0.0}
    less = evaluate.measure_run(tiny.fine, ["emobank"], with_seeds(tiny, tmp_path / "less", 1))
    assert baselines(less, "emobank") == {
        "fine, seed 0": {"less, seed 1"},
        "fine, seed 1": {"less, seed 1"},
        "fine, mean output of seeds": {"less, seed 1"},
        "fine, mean of single seeds": set(),
    }
    alone = evaluate.measure_run(tmp_path / "less", ["emobank"], tiny.fine)
    assert baselines(alone, "emobank") == {"less, seed 1": {"fine, seed 1"}}


def test_a_run_is_not_compared_with_itself(tiny: Tiny) -> None:
    assert {row["baseline"] for row in evaluate.measure_run(tiny.fine, ["emobank"], tiny.fine).rows["emobank"]} == {
        None
    }


# ---- other corpora than its own --------------------------------------------------------------------------------------


def test_a_run_is_measured_on_one_of_its_corpora_with_the_same_figures(tiny: Tiny) -> None:
    whole, part = evaluate.measure_run(tiny.fine), evaluate.measure_run(tiny.fine, ["emobank"])
    assert list(part.rows) == ["emobank"]
    for row, again in zip(whole.rows["emobank"], part.rows["emobank"], strict=True):
        # other rows in a batch, other roundings of float32
        assert {m: v["value"] for m, v in again["metrics"].items()} == pytest.approx(
            {m: v["value"] for m, v in row["metrics"].items()}, abs=1e-4
        )
    of_bundle = evaluate.measure_bundle(str(tiny.bundle), ["goemotions"], tiny.fine)
    assert list(of_bundle.rows) == ["goemotions"]
    assert of_bundle.rows["goemotions"][0]["baseline"][0]["name"] == "fine, seed 0"


def test_a_test_text_counts_as_seen_where_the_system_learnt_it(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table that is nothing but test holds texts of the training part of GoEmotions."""
    learnt = [str(m["text"].text) for m in run.open_run(tiny.fine).mixture().part("train").media[:5]]
    lines = [
        f'"{text}",{"joy" if i % 2 else "fear"},test'
        for i, text in enumerate((*learnt, "my own words of today", "another text to read"))
    ]
    (tmp_path / "mine.csv").write_text("\n".join(["text,label,split", *lines]) + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    mine = "mine.csv:text=text,label=label,split=split,scheme=goemotions"
    for measured in (evaluate.measure_run(tiny.student, [mine]), evaluate.measure_bundle(str(tiny.bundle), [mine])):
        (audit,) = {r["audit"] for r in measured.rows[mine]}
        assert audit.startswith("5 of 7 test texts also occur in train; split audit: no split to look at; ")


def test_the_same_ids_in_another_corpus_are_not_the_same_samples(tiny: Tiny) -> None:
    trained = run.open_run(tiny.student)
    own, test = trained.mixture(), held(tiny)
    turned = dataclasses.replace(test, media=test.media[::-1], corpus=np.full(len(test), "another"))
    one, other = (evaluate.of_run(trained, (0,), own, part) for part in (test, turned))
    for task, its in one.items():
        np.testing.assert_allclose(other[task].scores[::-1], its.scores, atol=1e-4)


def test_outputs_are_stored_for_all_tasks_where_only_one_is_measured(tiny: Tiny, tmp_path: Path) -> None:
    """As for a run on two corpora of which one has no test part."""
    shutil.copytree(tiny.student, tmp_path / "student")
    trained, test = run.open_run(tmp_path / "student"), held(tiny)
    (tmp_path / "student" / "seed-0" / "outputs.test.npz").unlink(missing_ok=True)
    found = run.outputs(trained, 0, "test", dataclasses.replace(test, tasks=test.tasks[:1]))
    assert list(found) == ["goemotions", "vad"]


def test_a_corpus_without_a_task_of_theirs_is_refused(tiny: Tiny) -> None:
    on = ["goemotions", "meld"]
    calls: tuple[Callable[[], Measured], ...] = (
        lambda: evaluate.measure_run(tiny.fine, on),
        lambda: evaluate.measure_bundle(str(tiny.bundle), on),
    )
    for call in calls:
        with pytest.raises(UsageError) as caught:
            call()
        assert str(caught.value) == (
            "expected a corpus with a task among goemotions (multi, goemotions), vad (continuous, vad); found meld "
            "with meld (single, ekman_neutral), meld.sentiment (single, sentiment); measure on another one"
        )


def test_a_run_without_a_finished_seed_is_refused(tiny: Tiny, tmp_path: Path) -> None:
    shutil.copy(tiny.fine / "run.json", tmp_path)
    for call in (
        lambda: evaluate.measure_run(tmp_path),
        lambda: evaluate.measure_run(tiny.student, against=tmp_path),
        lambda: export.export(run.open_run(tmp_path), "none", tmp_path / "none.affect"),
    ):
        with pytest.raises(UsageError) as caught:
            call()
        assert str(caught.value) == (
            f"expected a finished seed in {tmp_path}; found none; give the command that began it again"
        )


# ---- files -----------------------------------------------------------------------------------------------------------


def strict(path: Path) -> Any:
    def refused(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    return json.loads(path.read_text(encoding="utf-8"), parse_constant=refused)


def test_results_files_have_their_form(tiny: Tiny, tmp_path: Path) -> None:
    measured = evaluate.measure_run(tiny.student)
    paths = measured.write(tmp_path / "results", "affectkit evaluate student")
    assert paths == [tmp_path / "results" / f"distil_text.{corpus}.json" for corpus in ON]
    for corpus, path in zip(ON, paths, strict=True):
        data = strict(path)
        assert set(data) == {"part", "corpus", "command", "commit", "hardware", "rows"}
        assert (data["part"], data["corpus"], data["command"]) == ("distil_text", corpus, "affectkit evaluate student")
        assert "cores" in data["hardware"]
        assert data["rows"] == measured.rows[corpus] != []


def test_two_runs_of_one_part_join_corpus_by_corpus(tiny: Tiny) -> None:
    one, other = evaluate.measure_run(tiny.fine, ["goemotions"]), evaluate.measure_run(tiny.fine)
    both = one.joined(other)
    assert (both.part, both.on) == ("finetune", ON)
    assert both.rows["goemotions"] == one.rows["goemotions"] + other.rows["goemotions"]
    assert both.rows["emobank"] == other.rows["emobank"]


def test_lines_are_readable_and_hold_every_figure(tiny: Tiny) -> None:
    measured = evaluate.measure_run(tiny.fine, against=tiny.student)
    lines = measured.lines()
    rows = [row for rows in measured.rows.values() for row in rows]
    assert len(lines) == sum(len(row["metrics"]) + len(row["baseline"] or ()) for row in rows)
    row = measured.rows["emobank"][0]
    v = row["metrics"]["ccc.arousal"]
    assert (
        f"emobank vad, fine, seed 0, all test samples: ccc.arousal {v['value']:.4f} "
        f"({v['low']:.4f} to {v['high']:.4f}, n {v['n']})"
    ) in lines
    assert sum(" against student, seed 0" in line for line in lines) == 3 * 2 * (1 + 3)
    v = next(r for r in measured.rows["emobank"] if "single" in r["variant"]["system"])["metrics"]["ccc.arousal"]
    assert (
        f"emobank vad, fine, mean of single seeds, all test samples: ccc.arousal {v['value']:.4f} "
        f"({v['low']:.4f} to {v['high']:.4f}, n {v['n']}, deviation {v['deviation']:.4f})"
    ) in lines
    assert "goemotions: SYNTHETIC, an imitation and not the corpus" in measured.notes()


def test_a_run_has_no_card_to_stamp(tiny: Tiny) -> None:
    with pytest.raises(UsageError) as caught:
        evaluate.measure_run(tiny.student).stamp()
    assert str(caught.value) == "expected a bundle to stamp; found a run; export it, then evaluate the bundle"


def test_stamping_writes_the_figures_and_leaves_the_rest(tiny: Tiny, tmp_path: Path) -> None:
    copy = tmp_path / "tiny.affect"
    store.write(copy, tiny.bundle.read_bytes())
    measured = evaluate.measure_bundle(str(copy), ON)
    measured.stamp()
    before, after = bundle.open(tiny.bundle), bundle.open(copy)
    assert (after.model, after.assets) == (before.model, before.assets)
    assert {**after.card, "figures": []} == before.card
    stamped = {(f["task"], f["corpus"], f["metric"]): f for f in after.card["figures"]}
    assert len(stamped) == len(after.card["figures"])
    for corpus, task in (("goemotions", "goemotions"), ("emobank", "vad")):
        for metric, value in values(measured, corpus).items():
            figure = stamped.pop((task, corpus, metric))
            assert set(figure) == {"task", "corpus", "split", "metric", "value", "low", "high", "n"}
            assert (figure["split"], figure["value"]) == ("SYNTHETIC test", value)
    assert stamped == {}
