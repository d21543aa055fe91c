"""The benchmark's arithmetic by hand, and a quick run of what needs no training library."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import benches
import toys

FILE = benches.FOLDER / "text.py"


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    return benches.load("text")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return toys.pack(tmp_path_factory.mktemp("bundle") / "toy.affect")


def once(one_ms: list[float], batch_ms: list[float], peak_mb: float = 100.0) -> dict[str, object]:
    return {"one_ms": one_ms, "batch_ms": batch_ms, "peak_mb": peak_mb, "load_s": 1.0}


def quick(bundle: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k != "AFFECTKIT_CORPORA"}
    environment |= {"AFFECTKIT_CACHE": str(folder / "cache")}
    command = [sys.executable, str(FILE), "--quick", "--bundle", str(bundle), *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder)


def test_a_value_is_over_all_rounds_and_its_span_over_each(bench: ModuleType) -> None:
    made = bench.summary({"x": [once([1, 2, 3], [4]), once([5, 6, 100], [8], 300.0)]})["x"]
    assert made["one_sentence_median_ms"] == {"value": 4, "low": 2, "high": 6, "n": 6}
    assert made["one_sentence_per_s"]["value"] == pytest.approx(1000 * 6 / 117)
    assert made["batch_32_sentences_per_s"]["value"] == pytest.approx(1000 / 6)
    assert made["peak_mb"] == {"value": 200, "low": 100, "high": 300, "n": 2}


def test_p95_is_numpys_percentile(bench: ModuleType) -> None:
    values = np.random.default_rng(7).random(97).tolist()
    assert bench.p95(values) == pytest.approx(np.percentile(values, 95))
    assert bench.p95([3.0]) == 3.0


def test_a_ratio_is_taken_within_a_round(bench: ModuleType) -> None:
    # the second round ran on a machine ten times slower, for both
    ours = [once([2], [1]), once([20], [10]), once([2], [1])]
    theirs = [once([8], [2]), once([80], [20]), once([9], [2])]
    made = bench.ratios({bench.SESSION: ours, bench.INT8: theirs})
    assert set(made) == {"distilroberta-int8 / session, one sentence", "distilroberta-int8 / session, batch of 32"}
    assert made["distilroberta-int8 / session, one sentence"] == {"value": 4, "low": 4, "high": 4.5, "n": 3}
    assert made["distilroberta-int8 / session, batch of 32"]["value"] == 2


def test_every_system_is_told(bench: ModuleType) -> None:
    assert set(bench.SAID) == set(bench.SYSTEMS)


def test_synthetic_sentences_are_repeatable_and_differ(bench: ModuleType) -> None:
    assert bench.synthetic(50, 1) == bench.synthetic(50, 1)
    assert bench.synthetic(50, 1) != bench.synthetic(50, 2)
    lengths = [len(s.split()) for s in bench.synthetic(500, 1)]
    assert (min(lengths), max(lengths)) == (3, 20)


def test_the_bare_session_gives_what_the_network_gives(bench: ModuleType, bundle: Path) -> None:
    one, many = bench.bare_session(bench.Job(str(bundle), bench.QUICK, ""))
    wanted = toys.logits("we won !")
    assert np.allclose(np.concatenate(one("we won !"), 1)[0], wanted, atol=1e-5)
    assert np.allclose(np.concatenate(many(["joy", "we won !"]), 1)[1], wanted, atol=1e-5)


def test_tf_idf_kept_as_arrays_equals_scikit_learn(
    bench: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier

    monkeypatch.setenv("AFFECTKIT_CACHE", str(tmp_path))
    monkeypatch.delenv("AFFECTKIT_CORPORA", raising=False)
    texts, labels = bench._training(bench.QUICK)
    forms = [
        TfidfVectorizer(analyzer=form, ngram_range=n, sublinear_tf=True, min_df=2).fit(texts)
        for form, n in (("word", (1, 2)), ("char_wb", (2, 5)))
    ]
    new = bench.synthetic(5, 99)
    fitted = OneVsRestClassifier(LogisticRegression(C=4.0, solver="liblinear")).fit(
        hstack([f.transform(texts) for f in forms]).tocsr(), labels
    )
    wanted = fitted.predict_proba(hstack([f.transform(new) for f in forms]).tocsr())
    for _ in range(2):  # made, then from the cache
        _, many = bench.tf_idf(bench.Job("", bench.QUICK, ""))
        assert np.allclose(many(new), wanted, atol=1e-4)


def test_a_quick_run_prints_a_table_and_writes_results(bundle: Path, tmp_path: Path) -> None:
    done = quick(bundle, tmp_path, "--systems", "session,affectkit", "--write")
    assert done.returncode == 0, done.stderr
    assert "sentences: synthetic, because AFFECTKIT_CORPORA is not set" in done.stdout
    assert "the numbers mean nothing" in done.stdout
    made = json.loads((tmp_path / "results" / "bench.text.json").read_text(encoding="utf-8"))
    assert {"part", "corpus", "command", "commit", "hardware", "rows"} <= set(made)
    assert made["bundle"] == "toy@3"
    systems = {row["variant"].get("system"): row for row in made["rows"]}
    assert {"the bundle, affectkit.load(...).predict", "the bundle, its tokenizer and bare ONNX session"} < set(systems)
    for row in made["rows"]:
        assert row["synthetic"] is True
    for name in filter(None, systems):
        assert systems[name]["metrics"]["one_sentence_median_ms"]["value"] > 0
        assert 20 < systems[name]["metrics"]["peak_mb"]["value"] < 2000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--systems", "sesion"), "expected the name of a system; found 'sesion'; did you mean session"),
        (("--bundle", "nowhere.affect"), "expected a .affect file at nowhere.affect; found no such file"),
    ],
)
def test_a_wrong_name_is_said_in_a_sentence(
    bundle: Path, tmp_path: Path, arguments: tuple[str, str], message: str
) -> None:
    done = quick(bundle, tmp_path, *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
