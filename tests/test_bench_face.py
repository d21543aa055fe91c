"""The face benchmark's arithmetic by hand, the sizes of its networks as published, and a quick run on a toy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import av
import numpy as np
import pytest

import benches
import portraits
import toys
from affectkit.detect import cascade
from affectkit.errors import InputError, UsageError

FILE = benches.FOLDER / "face.py"


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    return benches.load("face")


def quick(bundle: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "AFFECTKIT_CACHE": str(folder / "cache")}
    command = [sys.executable, str(FILE), "--quick", "--bundle", str(bundle), *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder)


def once(one_ms: list[float], batch_ms: list[float]) -> dict[str, object]:
    return {"one_ms": one_ms, "processor_ms": 2.0, "batch_ms": batch_ms, "peak_mb": 100.0, "load_s": 1.0}


def watched(wall_s: float, peak_mb: float) -> dict[str, float]:
    return {"wall_s": wall_s, "processor_s": wall_s / 2, "peak_mb": peak_mb, "found": 1}


@pytest.mark.parametrize(
    ("name", "names", "side", "trained"),
    # as published: Arriaga's network for FER2013 (58,423 with 1,472 means and variances), Keras and torchvision
    [
        ("mini-xception", 7, 64, 58_423 - 1472),
        ("efficientnet-b0", 1000, 224, 5_288_548),
        ("resnet-50", 1000, 224, 25_557_032),
    ],
)
def test_networks_have_the_published_numbers_of_weights(name: str, names: int, side: int, trained: int) -> None:
    import torch

    network = benches.load("networks").BUILD[name](names).eval()
    assert sum(weights.numel() for weights in network.parameters()) == trained
    channels = next(network.parameters()).shape[1]
    with torch.no_grad():
        assert network(torch.zeros(1, channels, side, side)).shape == (1, names)


def test_values_are_over_all_rounds_and_ratios_within_each(bench: ModuleType) -> None:
    # the second round ran on a machine ten times slower, for both
    ours, theirs = [once([1, 3], [1]), once([10, 30], [10])], [once([8, 8], [3]), once([80, 80], [30])]
    made = bench.summary({bench.NETWORK: ours})[bench.NETWORK]
    assert made["one_face_median_ms"] == {"value": 6.5, "low": 2, "high": 20, "n": 4}
    assert made["one_face_per_s"]["value"] == pytest.approx(1000 / 11)
    ratios = bench.ratios({bench.NETWORK: ours, "resnet-50": theirs})
    assert ratios["resnet-50 / network, one face"] == {"value": 4, "low": 4, "high": 4, "n": 2}
    assert ratios["resnet-50 / network, batch of 16"]["value"] == 3
    assert bench.ratios({"resnet-50": theirs}) == {}


def test_a_video_is_held_against_decoding_as_much_of_it(bench: ModuleType) -> None:
    made = bench.video_summary(
        {
            (bench.DECODING, 20): [watched(1, 80), watched(10, 80)],
            (bench.DECODING, 60): [watched(3, 80), watched(30, 80)],
            (bench.OURS, 60): [watched(9, 120), watched(120, 140)],
        }
    )
    assert made[bench.OURS, 60]["times_decoding"] == {"value": 3.5, "low": 3, "high": 4, "n": 2}
    assert made[bench.OURS, 60]["peak_mb"] == {"value": 130, "low": 120, "high": 140, "n": 2}
    assert "times_decoding" not in made[bench.DECODING, 20]
    assert set(bench.SAID) == set(bench.SYSTEMS) and set(bench.SAID_OF_VIDEO) == set(bench.OF_VIDEO)


def test_nobody_is_always_first() -> None:
    common = benches.load("common")
    assert list(common.in_turn("abc", 3)) == list("abcbcacab")


def test_the_drawn_video_has_one_face_that_moves(
    bench: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFFECTKIT_CACHE", str(tmp_path))
    file = bench.drawn_video(bench.QUICK)
    with av.open(str(file)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(frames) == 60 and frames[0].shape == (180, 320, 3)
    finder = cascade.Finder(cascade.Config())
    lefts = [found[0].box[0] for frame in frames[::20] if len(found := finder.find(frame)) == 1]
    assert len(lefts) == 3 and lefts == sorted(lefts) and lefts[-1] - lefts[0] > 20
    assert bench.decoding(bench.Job("", bench.QUICK, str(file), 1)) == 30  # frames of the first second


def test_clips_become_one_video_that_is_long_enough(
    bench: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFFECTKIT_CACHE", str(tmp_path / "cache"))
    (tmp_path / "clips").mkdir()
    for i, (width, grey) in enumerate([(64, 40), (80, 200)]):
        shots = [np.full((48, width, 3), grey, np.uint8)] * 6
        portraits.video(tmp_path / "clips" / f"{i}.mp4", shots)
    file = bench.video_of(tmp_path / "clips", bench.QUICK)  # 0.4 s, again and again until 2 s
    with av.open(str(file)) as container:
        found = [(f.time, f.to_ndarray(format="gray").mean(), f.height, f.width) for f in container.decode(video=0)]
    assert [round(30 * at_s) for at_s, *_ in found] == list(range(60))
    assert {(height, width) for *_, height, width in found} == {(180, 240)}
    assert [level > 120 for _, level, _, _ in found] == ([False] * 6 + [True] * 6) * 5
    (tmp_path / "none").mkdir()
    with pytest.raises(InputError, match=r"expected videos in .*none; found none; name a folder with \.mp4"):
        bench.video_of(tmp_path / "none", bench.QUICK)


def test_lengths_are_read_in_minutes(bench: ModuleType) -> None:
    assert bench._seconds("5,1,.5") == (30, 60, 300)
    for said in ("", "a", "0", "1,-2"):
        with pytest.raises(UsageError, match=r"expected lengths in minutes, such as 1,5; found '.*'; correct --minu"):
            bench._seconds(said)


def test_a_quick_run_prints_tables_and_writes_results(tmp_path: Path) -> None:
    bundle = portraits.pack(tmp_path / "toy.affect", picture={"detector": {"name": "cascade"}})
    done = quick(bundle, tmp_path, "--systems", "network", "--video", "--write")
    assert done.returncode == 0, done.stderr
    assert "the numbers mean nothing" in done.stdout and "one drawn face that moves" in done.stdout
    made = json.loads((tmp_path / "results" / "bench.face.video.json").read_text(encoding="utf-8"))
    assert made["bundle"] == "portraits@1" and made["command"].endswith("--video --write")
    (network,) = [row for row in made["rows"] if row["variant"].get("system", "").endswith("face cut out")]
    assert network["metrics"]["one_face_median_ms"]["value"] > 0 and network["synthetic"] is True
    videos = {row["variant"]["video_s"]: row["metrics"] for row in made["rows"] if "video_s" in row["variant"]}
    assert set(videos) == {2} and videos[2]["found"]["value"] == 1
    assert videos[2]["times_decoding"]["value"] > 0 and 20 < videos[2]["peak_mb"]["value"] < 2000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--systems", "netwrk"), "expected the name of a system; found 'netwrk'; did you mean network"),
        ((), "expected a bundle that reads pictures; found"),
    ],
)
def test_what_cannot_be_measured_is_said_in_a_sentence(
    tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = quick(toys.pack(tmp_path / "text.affect"), tmp_path, *arguments)
    assert done.returncode == 2
    assert message in done.stderr
