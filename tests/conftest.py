"""Tiny runs and their bundle, made once through the command line, that the tests of evaluation and export share."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

COMMIT = "0123456789ab"

if "PYTEST_XDIST_WORKER" in os.environ:  # as many workers as cores: one thread each, told before torch is imported
    os.environ.setdefault("OMP_NUM_THREADS", "1")


@dataclass(frozen=True)
class Tiny:
    """What the fixture `tiny` made; nothing in its folder is to be changed.

    Args:
        corpora: imitations of GoEmotions and EmoBank, for AFFECTKIT_CORPORA.
        fine: a run of `finetune` with seeds 0 and 1.
        student: a run of `distil_text` with seed 0, taught by `fine`.
        bundle: `student` exported.
        exact, small: its network as ONNX, float and int8.
        said: command -> (exit code, standard output).
    """

    corpora: Path
    fine: Path
    student: Path
    bundle: Path
    exact: bytes
    small: bytes
    said: Mapping[str, tuple[int, str]]


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Derived data does not go into the user's own folder, and tables are as wide as without a terminal."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COLUMNS", raising=False)
        patch.setenv("AFFECTKIT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tiny]:
    """A few seconds of training and the one export."""
    import numpy as np
    from typer.testing import CliRunner

    from affectkit import find
    from affectkit.app import cli
    from affectkit.train import onnx, provenance, supervised

    folder, on = tmp_path_factory.mktemp("tiny"), ("goemotions", "emobank")
    for corpus in on:
        find.load("corpora", corpus).fake(folder / "corpora" / corpus, np.random.default_rng(0))
    said: dict[str, tuple[int, str]] = {}
    kept: dict[str, bytes] = {}

    def run(name: str, *arguments: object) -> None:
        result = CliRunner().invoke(cli.build(), [str(a) for a in arguments])
        assert result.exit_code == 0, result.output
        said[name] = result.exit_code, result.stdout

    def keeping(name: str) -> Any:
        real = getattr(onnx, name)

        def made(*given: Any) -> bytes:
            kept[name] = real(*given)
            return kept[name]

        return made

    def settings(**changes: object) -> list[str]:
        return [f"--set={name}={value}" for name, value in {**supervised.TOY, **changes}.items()]

    fine, student, bundle = folder / "fine", folder / "student", folder / "student" / "tiny.affect"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AFFECTKIT_CORPORA", str(folder / "corpora"))
        patch.setattr(provenance, "commit", lambda: COMMIT)  # the tree may change while it is being worked on
        for name in ("export", "quantised"):
            patch.setattr(onnx, name, keeping(name))
        common = ("--on", ",".join(on))
        run("train", "train", "finetune", *common, *settings(epochs=3), "--seeds", "0,1", "--out", fine)
        run("distil", "train", "distil_text", *common, *settings(epochs=2, teacher=fine, start=fine), "--out", student)
        run("export", "export", student, "--name", "tiny")
    yield Tiny(folder / "corpora", fine, student, bundle, kept["export"], kept["quantised"], said)
