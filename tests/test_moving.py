"""Overlays of videos: boxes at the right places in decoded frames, times and sound kept, and what cannot be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from typer.testing import CliRunner

import films
import portraits
import voices
from affectkit.app import cli
from affectkit.errors import InputError, UsageError
from affectkit.prediction import Modalities, Prediction, TaskPrediction, Track
from affectkit.report import moving, overlay
from affectkit.task import Kind

WIDTH, HEIGHT = 400, 240
FACE = (100, 60, 160, 140)


def course(*rows: tuple[float, int]) -> Any:
    """A face at the time with its left edge there."""
    return np.asarray([[t, 1.0, left, 60, left + 60, 140] for t, left in rows], np.float64)


def said(label: str, **changes: Any) -> Prediction:
    task = TaskPrediction("emotion", "ekman", Kind.SINGLE, scores={label: 0.9}, labels=(label,), confidence=0.8)
    made = {
        "modalities": Modalities(("face",)),
        "track": Track("face", 1, FACE, course(*((i / 5, 100 + 10 * i) for i in range(11)))),
    }
    return Prediction("v.mp4", "v.mp4", {"face": task}, **(made | changes))


def grey(seconds: float = 2.0, width: int = WIDTH, height: int = HEIGHT) -> list[portraits.Picture]:
    return [np.full((height, width, 3), 120, np.uint8)] * round(seconds * films.RATE_HZ)


def decoded(path: Path) -> list[tuple[float, Any]]:
    with av.open(str(path)) as container:
        return [(float(f.time or 0), f.to_ndarray(format="rgb24")) for f in container.decode(video=0)]


def left_edge(frame: Any) -> int:
    """The first column that is not grey beside the face: the black edge of its line."""
    columns = np.flatnonzero((np.abs(frame[70:130].astype(int) - 120).max(2) > 40).mean(0) > 0.9)
    return int(columns.min())


# ---- where a face is ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("t_s", "left"),
    [(0.0, 100), (0.1, 110), (0.2, 120), (0.35, 120), (0.399, 120), (0.41, None), (2.9, None), (3.0, 300), (3.1, 310)],
)
def test_between_frames_a_box_moves_evenly_and_in_a_gap_there_is_none(t_s: float, left: int | None) -> None:
    path = course((0.0, 100), (0.2, 120), (3.0, 300), (3.2, 320), (3.4, 340))
    found = moving.box_at(path, t_s)
    assert (None if found is None else found[0]) == left


def test_the_last_box_holds_as_long_as_a_step() -> None:
    path = course((1.0, 100), (1.2, 100), (1.4, 130))
    assert moving.box_at(path, 0.99) is None
    assert moving.box_at(path, 1.59) == (130, 60, 190, 140)
    assert moving.box_at(path, 1.61) is None


def test_what_holds_is_what_is_drawn() -> None:
    first, second = said("joy", start_s=0.0, end_s=1.0), said("anger", start_s=1.0, end_s=2.0)
    assert [one.tasks["face"].labels for one in moving.at([first, second], 0.99)] == [("joy",)]
    (now,) = moving.at([first, second], 1.0)
    assert now.tasks["face"].labels == ("anger",)
    assert now.track is not None and now.track.box == (150, 60, 210, 140)


# ---- written ---------------------------------------------------------------------------------------------------------


def test_boxes_are_where_the_face_is_in_the_frames_that_players_show(tmp_path: Path) -> None:
    source = films.film(tmp_path / "v.mp4", grey())
    voice = said("joy", track=Track("speech", 1), modalities=Modalities(("speech",)))
    moving.write([said("joy"), voice], source, tmp_path / "out.mp4")
    frames = decoded(tmp_path / "out.mp4")
    assert len(frames) == len(decoded(source)) == 20
    for t_s, frame in frames:
        assert left_edge(frame) == pytest.approx(100 + 50 * t_s, abs=3)
    assert frames[0][1].shape == (HEIGHT + moving.Below.of(HEIGHT, WIDTH).height, WIDTH, 3)
    assert [t for t, _ in frames] == pytest.approx([t for t, _ in decoded(source)], abs=0.002)


def test_sound_and_times_are_kept_when_pictures_begin_earlier_and_come_unevenly(tmp_path: Path) -> None:
    times_s = [0.0, 0.1, 0.5, 0.6, 1.4]
    source = films.film(tmp_path / "v.mp4", grey(0.5), voices.voice(2, 1, 1), late_s=0.5, times_s=times_s)
    moving.write([said("joy")], source, tmp_path / "out.mp4")
    assert [t for t, _ in decoded(tmp_path / "out.mp4")] == pytest.approx(times_s, abs=0.002)
    with av.open(str(source)) as one, av.open(str(tmp_path / "out.mp4")) as other:
        kept, copied = ([bytes(p) for p in c.demux(audio=0) if p.size] for c in (one, other))
        assert kept == copied and len(kept) > 10
        starts = [float(c.streams.audio[0].start_time * c.streams.audio[0].time_base) for c in (one, other)]
    assert starts[0] == pytest.approx(starts[1], abs=0.03)


def test_sound_that_an_mp4_does_not_hold_is_coded_anew(tmp_path: Path) -> None:
    sound = voices.voice(2, 1, 1)
    with av.open(str(tmp_path / "v.mkv"), "w") as container:
        pictures, heard = container.add_stream("mpeg4", rate=10), container.add_stream("pcm_s16le", rate=16000)
        heard.layout = "mono"
        pictures.width, pictures.height, pictures.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for frame in grey():
            container.mux(pictures.encode(av.VideoFrame.from_ndarray(frame, "rgb24")))
        container.mux(pictures.encode())
        block = av.AudioFrame.from_ndarray((sound[None] * 32000).astype(np.int16), "s16", "mono")
        block.sample_rate = 16000
        container.mux(heard.encode(block))
        container.mux(heard.encode())
    moving.write([said("joy")], tmp_path / "v.mkv", tmp_path / "out.mp4")
    with av.open(str(tmp_path / "out.mp4")) as out:
        assert out.streams.audio[0].codec_context.name == "aac"
        back = np.concatenate([f.to_ndarray() for f in out.decode(audio=0)], 1)[0]
    assert len(back) / 16000 == pytest.approx(len(sound) / 16000, abs=0.15)
    assert np.abs(back).max() == pytest.approx(np.abs(sound).max(), rel=0.3)


def test_odd_and_small_pictures_get_even_sides_and_room_for_words(tmp_path: Path) -> None:
    source = films.film(tmp_path / "v.mp4", grey(0.5, 162, 90))
    moving.write([said("joy", track=None)], source, tmp_path / "out.mp4")
    height, width, _ = decoded(tmp_path / "out.mp4")[0][1].shape
    assert width == 2 * 162 and height % 2 == 0 and height > 180


def test_where_nothing_is_said_of_the_whole_there_is_no_strip(tmp_path: Path) -> None:
    source = films.film(tmp_path / "v.mp4", grey(0.3))
    moving.write([said("joy")], source, tmp_path / "out.mp4")
    assert decoded(tmp_path / "out.mp4")[0][1].shape == (HEIGHT, WIDTH, 3)


def test_the_strip_tells_what_is_said_together_and_how_far_they_differ() -> None:
    together = said("joy", track=None, modalities=Modalities(("face", "speech"), ("text",), 0.5))
    voice = said("anger", track=Track("speech", 1), modalities=Modalities(("speech",)))
    lines = moving.lines([together, said("joy"), voice])
    assert lines == (
        "face + speech: joy 0.90",
        "the face looks happy (joy 1.00) while the voice sounds angry (anger 1.00); "
        "they contradict each other (by 0.50 of 1)",
        "missing: text",
    )


def test_what_cannot_be_is_said(tmp_path: Path) -> None:
    source = films.film(tmp_path / "v.mp4", grey(0.3))
    with pytest.raises(UsageError, match=r"a video that ends in .mp4; found out.avi; choose this"):
        moving.write([], source, tmp_path / "out.avi")
    with pytest.raises(UsageError, match=r"an overlay beside the input; found .* for both; choose another name"):
        moving.write([], source, source)
    (tmp_path / "no.mp4").write_bytes(b"no video")
    with pytest.raises(InputError, match=r"a video at .*no.mp4; found .*; convert it"):
        moving.write([], tmp_path / "no.mp4", tmp_path / "out.mp4")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["no.mp4", "v.mp4"]  # nothing half-made is left


def test_the_command_line_draws_a_video(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    portraits.known(monkeypatch)
    frames = [portraits.picture([(portraits.GREEN, 60 + 8 * i, 60, 70)]) for i in range(15)]
    source = films.film(tmp_path / "v.mp4", frames)
    bundle, out = portraits.pack(tmp_path / "face.affect"), tmp_path / "out.mp4"
    run = CliRunner().invoke(
        cli.build(), ["predict", str(source), "--bundle", str(bundle), "--segments", "--overlay", str(out)]
    )
    assert run.exit_code == 0, run.output
    assert f"1 input drawn {out}" in run.output
    for i, (_, frame) in enumerate(decoded(out)[:12]):
        orange = np.abs(frame[:240].astype(int) - overlay.COLOURS[0]).max(2) < 70
        rows = np.flatnonzero(orange[60:190].sum(0) > 90)  # the upright lines of its box, twice as large
        assert rows.min() == pytest.approx(2 * (60 + 8 * i - 28), abs=8)
    wrong = CliRunner().invoke(
        cli.build(), ["predict", str(source), "--bundle", str(bundle), "--overlay", str(tmp_path / "x.png")]
    )
    assert "expected a video for the overlay of v.mp4" in wrong.output
