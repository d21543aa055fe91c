"""`import affectkit` is quick and light: names arrive when they are first used."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

import affectkit

HEAVY = (
    "numpy",
    "onnxruntime",
    "torch",
    "transformers",
    "av",
    "cv2",
    "matplotlib",
    "pandas",
    "scipy",
    "tokenizers",
    "typer",
    "rich",
)
LIMIT_S = 0.15


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def quickest_s(code: str) -> float:
    """Wall time of the best of five fresh interpreters."""
    took = []
    for _ in range(5):
        start = time.perf_counter()
        run(code)
        took.append(time.perf_counter() - start)
    return min(took)


def test_importing_loads_nothing_heavy() -> None:
    code = f"import sys, affectkit; print([m for m in {HEAVY!r} if m in sys.modules])"
    assert run(code) == "[]"


def test_importing_the_values_loads_no_numpy() -> None:
    code = "import sys; from affectkit import Task, Rating, Sample, Prediction; print('numpy' in sys.modules)"
    assert run(code) == "False"


def test_importing_is_quick() -> None:
    assert quickest_s("import affectkit") - quickest_s("pass") < LIMIT_S


@pytest.mark.parametrize("name", affectkit.__all__)
def test_every_public_name_arrives(name: str) -> None:
    assert name in dir(affectkit)
    assert getattr(affectkit, name) is not None


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(
        AttributeError, match="module 'affectkit' has no attribute 'predictt'; it has __version__, find"
    ):
        _ = affectkit.predictt
