"""Videos written with FFmpeg: times, turns, spans and boxes against what was drawn, and files as people have them."""

from __future__ import annotations

import struct
import tracemalloc
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
import soundfile

from affectkit.errors import InputError, UsageError
from affectkit.modalities import _frames
from affectkit.sample import Media


def level(number: int) -> np.ndarray:
    """A grey picture, (48, 64, 3), that tells its number."""
    return np.full((48, 64, 3), 10 + 5 * (number % 48), np.uint8)


def number(picture: np.ndarray) -> int:
    return round((float(picture.mean()) - 10) / 5)


def written(
    file: Path,
    times_s: Sequence[float],
    codec: str = "mpeg4",
    draw: Callable[[int], np.ndarray] = level,
    between: int = 0,
    **how: Any,
) -> Media:
    """A video with one frame at each time, up to so many between two others that no frame is decoded from."""
    with av.open(str(file), "w", **how) as container:
        stream = container.add_stream(codec, rate=25)
        height, width = draw(0).shape[:2]
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = width, height, "yuv420p", 4_000_000
        stream.codec_context.max_b_frames = between
        stream.codec_context.time_base = stream.time_base = Fraction(1, 1000)
        for i, at_s in enumerate(times_s):
            frame = av.VideoFrame.from_ndarray(draw(i), format="rgb24")
            frame.pts, frame.time_base = round(at_s * 1000), Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return Media(path=str(file))


def told(media: Media, rate_hz: float) -> list[tuple[float, int]]:
    return [(round(at_s, 3), number(picture)) for at_s, picture in _frames.frames(media, rate_hz)]


def refused(media: Media, rate_hz: float = 5.0) -> str:
    with pytest.raises(InputError) as caught:
        list(_frames.frames(media, rate_hz))
    return str(caught.value)


EVEN = [i / 25 for i in range(40)]


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "avi", "mov"])
def test_each_frame_is_given_with_its_time(suffix: str, tmp_path: Path) -> None:
    media = written(tmp_path / f"a.{suffix}", EVEN)
    assert told(media, 25.0) == told(media, 1000.0) == [(round(t, 3), i) for i, t in enumerate(EVEN)]
    at_s, picture = next(_frames.frames(media, 25.0))
    assert (at_s, picture.dtype, picture.shape) == (0.0, np.uint8, (48, 64, 3))


@pytest.mark.parametrize("rate_hz", [5.0, 10.0, 3.0])
def test_there_are_so_many_per_second_at_most(rate_hz: float, tmp_path: Path) -> None:
    found = told(written(tmp_path / "a.mp4", EVEN), rate_hz)
    steps = [int(t * rate_hz + 1e-6) for t in EVEN]
    assert found == [(round(EVEN[i], 3), i) for i in range(len(EVEN)) if i == 0 or steps[i] != steps[i - 1]]
    assert len(found) == int(EVEN[-1] * rate_hz) + 1


def test_frames_that_come_unevenly_keep_their_times(tmp_path: Path) -> None:
    times_s = [0.0, 0.01, 0.05, 0.4, 0.41, 1.9, 2.0, 2.3]
    media = written(tmp_path / "a.mkv", times_s)
    assert told(media, 100.0) == [(t, i) for i, t in enumerate(times_s)]
    assert told(media, 5.0) == [(0.0, 0), (0.4, 3), (1.9, 5), (2.0, 6), (2.3, 7)]


@pytest.mark.parametrize(("start_s", "end_s"), [(0.4, None), (None, 0.5), (0.4, 1.0), (1.2, 99.0)])
def test_a_span_is_cut_out_and_told_from_its_start(start_s: float | None, end_s: float | None, tmp_path: Path) -> None:
    path = written(tmp_path / "a.mp4", EVEN).path
    low, high = start_s or 0.0, 9.9 if end_s is None else end_s
    wanted = [(round(t - low, 3), i) for i, t in enumerate(EVEN) if low <= t < high]
    assert told(Media(path=path, start_s=start_s, end_s=end_s), 25.0) == wanted


@pytest.mark.parametrize("rate_hz", [5.0, 3.0, 11.0])
@pytest.mark.parametrize("start_s", [0.0, 0.42, 2.42])
def test_frames_that_nobody_needs_are_not_decoded_and_the_same_are_given(
    rate_hz: float, start_s: float, tmp_path: Path
) -> None:
    path = str(written(tmp_path / "a.mp4", [i / 25 for i in range(100)], between=3).path)
    every = [(at_s, frame.pts) for at_s, frame in _frames._timed(path, 0, 0.0)]
    wanted: dict[int, tuple[float, int]] = {}
    for at_s, pts in every:
        if at_s >= start_s - 1e-6:
            wanted.setdefault(int((at_s - start_s + 1e-6) * rate_hz), (round(at_s - start_s, 3), pts))
    found = [
        (round(at_s, 3), shot._frame.pts) for at_s, shot in _frames.shots(Media(path=path, start_s=start_s), rate_hz)
    ]
    assert found == list(wanted.values())
    counts = [sum(1 for _ in _frames._timed(path, 0, start_s, hz)) for hz in (rate_hz, np.inf)]
    assert len(every) == 100 and counts[0] < 0.8 * counts[1], "more than half of the frames are between others"


def test_a_shot_is_made_small_and_grey_as_it_is_shown(tmp_path: Path) -> None:
    def stripes(_: int) -> np.ndarray:
        drawn = np.zeros((48, 64, 3), np.uint8)
        drawn[:24, :, 0], drawn[24:, :32, 1], drawn[24:, 32:] = 200, 180, 250
        return drawn

    path = str(written(tmp_path / "a.mp4", EVEN[:2], draw=stripes).path)
    for box, height, width in ((None, 48, 64), ((0, 8, 64, 40), 32, 64)):
        _, shot = next(_frames.shots(Media(path=path, box=box), 5.0))
        colour = shot.colour()
        assert shot.size() == (height, width) == colour.shape[:2]
        blocks = colour.reshape(height // 4, 4, width // 4, 4, 3).astype(float).mean((1, 3))
        # ITU-R BT.601, as video has it
        grey = blocks @ [0.299, 0.587, 0.114]
        assert shot.small(16).shape == blocks.shape and shot.grey(16).shape == grey.shape
        inner = np.s_[1 : height // 8 - 1, 1:-1]
        assert np.abs(shot.small(16)[inner].astype(float) - blocks[inner]).mean() < 6
        assert np.abs(shot.grey(16)[inner].astype(float) - grey[inner]).mean() < 6
        assert shot.grey(999).shape == (height, width), "nothing is made larger"


def corners(_: int) -> np.ndarray:
    """Four colours, so that every turn is another picture."""
    drawn = np.zeros((48, 64, 3), np.uint8)
    drawn[:24, :32], drawn[:24, 32:], drawn[24:, :32], drawn[24:, 32:] = 250, 170, 90, 20
    return drawn


# ISO/IEC 14496-12: x' = a x + c y + tx, y' = b x + d y + ty, with y down
TURNS = [((0, 1, -1, 0), -1), ((0, -1, 1, 0), 1), ((-1, 0, 0, -1), 2), ((1, 0, 0, 1), 0)]


@pytest.mark.parametrize(("matrix", "quarters"), TURNS)
def test_a_frame_is_turned_as_the_phone_was_held(matrix: tuple[int, ...], quarters: int, tmp_path: Path) -> None:
    media = written(tmp_path / "a.mp4", EVEN[:3], draw=corners)
    data = bytearray(Path(str(media.path)).read_bytes())
    a, b, c, d = (value << 16 for value in matrix)
    at = data.index(b"tkhd") + 4 + 40  # the matrix lies behind ten words of the track's header
    data[at : at + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    Path(str(media.path)).write_bytes(data)
    _, picture = next(_frames.frames(media, 5.0))
    wanted = np.rot90(corners(0), quarters)
    assert picture.shape == wanted.shape and picture.flags.c_contiguous
    assert np.abs(picture.astype(int) - wanted).mean() < 6
    _, shot = next(_frames.shots(media, 5.0))
    assert shot.size() == picture.shape[:2]
    for small in (shot.small(64), shot.grey(64)[..., None]):
        assert np.abs(small.astype(int) - wanted).mean() < 6
    box = (2, 3, 20, 30)
    _, part = next(_frames.frames(Media(path=media.path, box=box), 5.0))
    np.testing.assert_array_equal(part, picture[3:30, 2:20])


def test_a_box_beyond_the_picture_is_a_sentence(tmp_path: Path) -> None:
    path = written(tmp_path / "a.mp4", EVEN[:3]).path
    said = refused(Media(path=path, box=(100, 0, 120, 20)))
    assert said.startswith("expected a box (left, top, right, bottom) inside the 64 x 48 pixels of ")


def test_a_clock_that_starts_again_goes_on(tmp_path: Path) -> None:
    parts = [written(tmp_path / f"{i}.mpg", EVEN, format="mpegts").path for i in range(2)]
    both = tmp_path / "both.mpg"
    both.write_bytes(b"".join(Path(str(part)).read_bytes() for part in parts))
    found = told(Media(path=str(both)), 25.0)
    times_s = [at_s for at_s, _ in found]
    assert times_s == sorted(set(times_s))
    assert len(found) == 80 and times_s[-1] == pytest.approx(79 / 25, abs=0.2)


def test_times_that_go_back_or_are_not_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    media = written(tmp_path / "a.mkv", EVEN[:2])
    times_s = [0.0, 0.04, 0.02, 0.08, 5.0, 0.0, 0.04, None, 0.12]
    late = [SimpleNamespace(time=t, number=i) for i, t in enumerate(times_s)]
    monkeypatch.setattr(_frames, "_decoded", lambda *_: iter(late))
    found = [(round(at_s, 3), frame.number) for at_s, frame in _frames._timed(str(media.path), 0, 0.0)]
    step_s = found[4][0] - 5.0  # of the stream's own rate
    assert [n for _, n in found] == [0, 1, 3, 4, 5, 6, 7, 8], "the one that came too late is left out"
    wanted = [0.0, 0.04, 0.08, 5.0, 5 + step_s, 5.04 + step_s, 5.04 + 2 * step_s, 5.12 + step_s]
    assert [t for t, _ in found] == pytest.approx(wanted, abs=2e-3)
    assert 0 < step_s <= 0.1


@pytest.mark.parametrize("suffix", ["mkv", "avi"])
def test_of_a_file_that_ends_early_what_is_there_is_given(suffix: str, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 200, (40, 48, 64, 3), np.uint8)
    media = written(tmp_path / f"a.{suffix}", EVEN, draw=lambda i: noise[i])
    data = Path(str(media.path)).read_bytes()
    Path(str(media.path)).write_bytes(data[: len(data) // 2])
    found = [at_s for at_s, _ in _frames.frames(media, 25.0)]
    assert 10 < len(found) < 30
    assert found == pytest.approx(EVEN[: len(found)], abs=1e-3)


def test_what_is_broken_in_the_middle_is_left_out(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 200, (40, 48, 64, 3), np.uint8)
    media = written(tmp_path / "a.mkv", EVEN, "ffv1", draw=lambda i: noise[i])
    data = bytearray(Path(str(media.path)).read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = bytes(3000)
    Path(str(media.path)).write_bytes(data)
    found = [at_s for at_s, _ in _frames.frames(media, 25.0)]
    assert 20 < len(found) <= 40 and found == sorted(set(found))


def test_files_that_are_no_videos_are_sentences(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "sound.wav", np.zeros(8000), 8000)
    (tmp_path / "empty.mp4").write_bytes(b"")
    (tmp_path / "words.mp4").write_bytes(b"hello, I am a text\n" * 99)
    path = {name: str(tmp_path / name) for name in ("sound.wav", "empty.mp4", "words.mp4", "absent.mp4")}
    assert refused(Media(path=path["sound.wav"])) == (
        f"expected the stream of pictures 0 in {path['sound.wav']}; found 0 streams of pictures; "
        "correct `stream`, or leave the item out"
    )
    assert refused(Media(path=path["empty.mp4"])) == (
        f"expected a video at {path['empty.mp4']}; found an empty file; get it again, or leave the item out"
    )
    said = refused(Media(path=path["words.mp4"]))
    assert said.startswith(f"expected a video at {path['words.mp4']}; found Invalid data found when processing input; ")
    assert said.endswith("convert it to MP4, or leave the item out")
    assert refused(Media(path=path["absent.mp4"])) == (
        f"expected a video at {path['absent.mp4']}; found none; correct the path"
    )
    assert refused(Media(text="a.mp4")).endswith("found a text; give its path as Media(path=...)")
    assert refused(Media(array=np.zeros(3))).endswith("found an array; give its path as Media(path=...)")


def test_spans_streams_and_rates_that_cannot_be_are_sentences(tmp_path: Path) -> None:
    path = str(written(tmp_path / "a.mp4", EVEN).path)
    assert refused(Media(path=path, start_s=9.0)) == (
        f"expected a frame from 9 s on in {path}; found none; correct start_s, or get it again, or leave the item out"
    )
    assert refused(Media(path=path, start_s=2.0, end_s=1.0)) == (
        f"expected a span of time in {path}; found 2 to 1 s; correct start_s and end_s"
    )
    assert f"expected the stream of pictures 1 in {path}; found 1 streams" in refused(Media(path=path, stream=1))
    for rate_hz in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(UsageError, match=r"expected a rate of frames above 0 Hz; found .*; correct rate_hz"):
            next(_frames.frames(Media(path=path), rate_hz))


@pytest.mark.parametrize(
    ("media", "is_one"),
    [
        (Media(path="a.mp4"), True),
        (Media(path="folder.mp4/A.MOV"), True),
        (Media(path="a.png"), False),
        (Media(path="a.gif"), False),
        (Media(path="mp4"), False),
        (Media(text="a.mp4"), False),
    ],
)
def test_a_video_is_told_by_its_suffix(media: Media, is_one: bool) -> None:
    assert _frames.is_video(media) is is_one


def test_frames_come_in_constant_memory(tmp_path: Path) -> None:
    large = np.zeros((480, 640, 3), np.uint8)
    media = written(tmp_path / "a.mp4", [i / 25 for i in range(100)], draw=lambda i: large)
    tracemalloc.start()
    count = sum(1 for _ in _frames.frames(media, 25.0))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 100
    assert most < 8 * large.nbytes, "a hundred frames at once would be a hundred times one"
