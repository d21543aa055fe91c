"""Pictures of every mode against values worked out by hand; sound against analytic tones, and broken files as people
have them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from affectkit import find
from affectkit.errors import InputError, UsageError
from affectkit.modalities import _sound, face, music, speech
from affectkit.runtime import bundle
from affectkit.runtime.predict import predict
from affectkit.sample import Media

SOUNDS = pytest.mark.parametrize("name", ["speech", "music"])


def refused(call: Callable[[], Any]) -> str:
    with pytest.raises(InputError) as caught:
        call()
    return str(caught.value)


# ---- faces -----------------------------------------------------------------------------------------------------------


def saved(folder: Path, image: Image.Image, name: str, **how: Any) -> Media:
    image.save(folder / name, **how)
    return Media(path=str(folder / name))


GREY = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20
COLOUR = np.stack([GREY, 255 - GREY, GREY // 2], axis=-1)


def test_a_picture_is_colour_of_eight_bits(tmp_path: Path) -> None:
    read = face.read(saved(tmp_path, Image.fromarray(COLOUR), "a.png"))
    assert (read.dtype, read.shape) == (np.uint8, (3, 4, 3))
    np.testing.assert_array_equal(read, COLOUR)


def test_grey_becomes_three_equal_channels(tmp_path: Path) -> None:
    wanted = np.stack([GREY] * 3, axis=-1)
    for media in (saved(tmp_path, Image.fromarray(GREY), "a.png"), Media(array=GREY), Media(array=GREY[..., None])):
        np.testing.assert_array_equal(face.read(media), wanted)


def test_an_array_may_be_the_bytes_of_a_file(tmp_path: Path) -> None:
    media = saved(tmp_path, Image.fromarray(COLOUR), "a.webp", lossless=True)
    data = np.frombuffer(Path(str(media.path)).read_bytes(), np.uint8)
    np.testing.assert_array_equal(face.read(Media(array=data)), COLOUR)


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_sixteen_bits_become_eight(tmp_path: Path, suffix: str) -> None:
    deep = np.array([[0, 257, 128, 129, 65535, 32896]], np.uint16)
    read = face.read(saved(tmp_path, Image.fromarray(deep), f"a.{suffix}"))
    assert read[0, :, 0].tolist() == [0, 1, 0, 1, 255, 128]  # a 257th, rounded


def test_a_palette_becomes_its_colours(tmp_path: Path) -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 200, 100, 0])
    image.putpixel((1, 0), 1)
    for how, first in (({}, [10, 20, 30]), ({"transparency": 0}, [255, 255, 255])):
        assert face.read(saved(tmp_path, image, "a.png", **how))[0].tolist() == [first, [200, 100, 0]]


def test_what_is_transparent_lies_on_white(tmp_path: Path) -> None:
    clear = np.array([[[0, 0, 0, 0], [100, 0, 0, 255], [0, 0, 0, 51]]], np.uint8)
    media = saved(tmp_path, Image.fromarray(clear), "a.png")
    assert face.read(media)[0].tolist() == [[255] * 3, [100, 0, 0], [204] * 3]  # 1 - 51 / 255 of white is 204
    np.testing.assert_array_equal(face.read(media), face.read(Media(array=clear)))
    grey = Image.fromarray(np.array([[[0, 0], [50, 255]]], np.uint8))
    assert grey.mode == "LA"
    assert face.read(saved(tmp_path, grey, "b.png"))[0, :, 0].tolist() == [255, 50]


@pytest.mark.parametrize(("tag", "turned"), [(1, COLOUR), (3, COLOUR[::-1, ::-1]), (6, np.rot90(COLOUR, -1))])
def test_a_picture_is_turned_as_its_camera_was(tmp_path: Path, tag: int, turned: np.ndarray) -> None:
    exif = Image.Exif()
    exif[0x0112] = tag
    read = face.read(saved(tmp_path, Image.fromarray(COLOUR), "a.png", exif=exif))
    np.testing.assert_array_equal(read, turned)


def test_other_modes_and_animations(tmp_path: Path) -> None:
    plain = Image.fromarray(COLOUR)
    ink = face.read(saved(tmp_path, plain.convert("CMYK"), "a.tif"))
    assert np.abs(ink.astype(int) - COLOUR).max() <= 2
    other = Image.new("RGB", plain.size, (9, 9, 9))
    moving = saved(tmp_path, plain.quantize(16), "a.gif", save_all=True, append_images=[other])
    np.testing.assert_array_equal(face.read(moving), COLOUR)
    one = face.read(saved(tmp_path, Image.fromarray(GREY > 100), "b.png"))
    assert np.unique(one).tolist() == [0, 255]


def test_broken_pictures_are_sentences(tmp_path: Path) -> None:
    whole = saved(tmp_path, Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)), "a.jpg")
    data = Path(str(whole.path)).read_bytes()
    for name, content, found in (
        ("half.jpg", data[: len(data) // 2], "image file is truncated"),
        ("empty.png", b"", "bytes of no known kind"),
        ("words.png", b"hello, I am a text\n" * 9, "bytes of no known kind"),
        ("head.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, ""),
    ):
        (tmp_path / name).write_bytes(content)
        said = refused(lambda: face.read(Media(path=str(tmp_path / name))))  # noqa: B023
        assert said.startswith(f"expected a whole picture at {tmp_path / name}; found {found}")
        assert said.endswith("; get it again, or leave the item out")
    absent = str(tmp_path / "absent.png")
    said = refused(lambda: face.read(Media(path=absent)))
    assert said == f"expected a picture at {absent}; found none; correct the path"
    said = refused(lambda: face.read(saved(tmp_path, Image.fromarray(np.ones((2, 2), np.float32)), "a.tif")))
    assert "found pixels from 1 to 1, which are not 8 or 16 bits; get it again" in said


def test_what_is_no_picture_is_refused() -> None:
    assert refused(lambda: face.read(Media(text="a.png"))) == (
        "expected a picture, or the path of one; found a text; give its path as Media(path=...)"
    )
    for array in (np.zeros((2, 2)), np.zeros((2, 2, 2), np.uint8), np.zeros((0, 4), np.uint8), np.uint8(3)):
        said = refused(lambda: face.read(Media(array=np.asarray(array))))  # noqa: B023
        assert said.startswith("expected a picture (h, w) or (h, w, 3), or the bytes of one (n,), as uint8; found ")


def test_a_picture_of_one_colour_is_blank() -> None:
    assert face.blank(Media(array=np.full((4, 4), 7, np.uint8)))
    assert face.blank(Media(array=np.tile(np.array([1, 2, 3], np.uint8), (4, 4, 1))))
    assert not face.blank(Media(array=GREY))
    assert not face.blank(Media(path="a.png")), "a file is not opened to find out"


@settings(deadline=None, max_examples=40)
@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBP"]),
)
def test_any_bytes_are_a_picture_or_a_sentence(data: bytes, start: bytes) -> None:
    try:
        read = face.read(Media(array=np.frombuffer(start + data, np.uint8)))
    except InputError as error:
        assert "in an array" in str(error) or "at an array" in str(error)
    else:
        assert read.shape[2:] == (3,)


# ---- sound -----------------------------------------------------------------------------------------------------------


def tone(rate_hz: int, seconds: float = 1.0, pitch_hz: float = 440.0) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * pitch_hz * np.arange(round(rate_hz * seconds)) / rate_hz)


def encoded(file: Path, sound: np.ndarray, rate_hz: int, codec: str = "aac", **options: str) -> Media:
    """A file written by FFmpeg, of the kind its suffix names."""
    with av.open(str(file), "w", options=options) as container:
        stream = container.add_stream(codec, rate=rate_hz)
        frame = av.AudioFrame.from_ndarray(sound.astype(np.float32)[None], format="fltp", layout="mono")
        frame.sample_rate = rate_hz
        size = stream.codec_context.frame_size or 1152
        cut = av.AudioResampler(format=stream.format, layout="mono", rate=rate_hz, frame_size=size)
        for part in [*cut.resample(frame), *cut.resample(None)]:
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return Media(path=str(file))


@SOUNDS
@pytest.mark.parametrize("own_hz", [8_000, 16_000, 22_050, 44_100, 48_000])
def test_a_tone_stays_the_same_tone_at_the_modalitys_rate(name: str, own_hz: int, tmp_path: Path) -> None:
    part, rate_hz = find.load("modalities", name), find.card("modalities", name)["rate"]
    soundfile.write(tmp_path / "a.wav", tone(own_hz), own_hz, subtype="FLOAT")
    read = part.read(Media(path=str(tmp_path / "a.wav")))
    wanted = tone(rate_hz)
    assert (read.dtype, read.shape) == (np.float32, wanted.shape)
    inner = slice(rate_hz // 20, -rate_hz // 20)  # a filter has less to go by at both ends
    assert np.abs(read[inner] - wanted[inner]).max() < 1e-3


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3", "aiff"])
def test_kinds_of_files_that_libsndfile_reads(suffix: str, tmp_path: Path) -> None:
    soundfile.write(tmp_path / f"a.{suffix}", tone(16_000), 16_000)
    read = speech.read(Media(path=str(tmp_path / f"a.{suffix}")))
    assert len(read) == 16_000
    assert np.abs(read[800:-800] - tone(16_000)[800:-800]).max() < 0.05


@pytest.mark.parametrize(("suffix", "codec"), [("m4a", "aac"), ("mkv", "aac")])
def test_kinds_of_files_that_only_ffmpeg_reads(suffix: str, codec: str, tmp_path: Path) -> None:
    media = encoded(tmp_path / f"a.{suffix}", tone(16_000, 2.0), 16_000, codec)
    read = speech.read(media)
    assert len(read) == pytest.approx(32_000, abs=4096)  # a coder works in whole frames
    loud = np.abs(np.fft.rfft(read[8_000:24_000]))
    assert loud.argmax() == 440
    one = speech.read(Media(path=media.path, stream=0))
    np.testing.assert_array_equal(one, read)
    assert "expected the stream of sound 1 in" in refused(lambda: speech.read(Media(path=media.path, stream=1)))


def test_what_ffmpeg_decodes_in_short_frames_comes_in_long_blocks(tmp_path: Path) -> None:
    media = encoded(tmp_path / "a.m4a", tone(44_100, 10.0), 44_100, "aac")  # frames of 1,024 samples
    sizes = [len(block) for block in _sound.blocks(media, 44_100)]
    assert len(sizes) == 4 and all(1 << 17 <= size < (1 << 17) + 1024 for size in sizes[:-1])
    assert sum(sizes) == pytest.approx(441_000, abs=4096)


def test_channels_are_averaged(tmp_path: Path) -> None:
    left, right = tone(16_000), tone(16_000, pitch_hz=700.0)
    soundfile.write(tmp_path / "a.wav", np.stack([left, right], 1), 16_000, subtype="FLOAT")
    wanted = ((left + right) / 2).astype(np.float32)
    np.testing.assert_allclose(speech.read(Media(path=str(tmp_path / "a.wav"))), wanted, atol=1e-6)
    np.testing.assert_allclose(speech.read(Media(array=np.stack([left, right], 1))), wanted, atol=1e-6)


@pytest.mark.parametrize(("start_s", "end_s"), [(None, None), (0.25, None), (None, 0.5), (0.1, 0.35), (0.9, 7.0)])
def test_a_span_is_cut_out(start_s: float | None, end_s: float | None, tmp_path: Path) -> None:
    sound = np.random.default_rng(0).uniform(-0.5, 0.5, 16_000).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", sound, 16_000, subtype="FLOAT")
    wanted = sound[round((start_s or 0) * 16_000) : None if end_s is None else round(end_s * 16_000)]
    for given_ in ({"path": str(tmp_path / "a.wav")}, {"array": sound}):
        read = speech.read(Media(**given_, start_s=start_s, end_s=end_s))  # type: ignore[arg-type]
        np.testing.assert_array_equal(read, wanted)


def test_a_long_file_comes_in_blocks_and_is_the_same_as_at_once(tmp_path: Path) -> None:
    import soxr

    sound = np.random.default_rng(0).uniform(-0.5, 0.5, 44_100 * 10).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", sound, 44_100, subtype="FLOAT")
    blocks = list(speech.open(Media(path=str(tmp_path / "a.wav"))))
    assert len(blocks) > 3 and max(map(len, blocks)) < 60_000
    np.testing.assert_allclose(np.concatenate(blocks), soxr.resample(sound, 44_100, 16_000, "HQ"), atol=1e-6)


@SOUNDS
def test_silence_is_a_sound(name: str, tmp_path: Path) -> None:
    part, rate_hz = find.load("modalities", name), find.card("modalities", name)["rate"]
    soundfile.write(tmp_path / "a.wav", np.zeros(rate_hz), rate_hz)
    assert part.read(Media(path=str(tmp_path / "a.wav"))).tolist() == [0.0] * rate_hz
    assert part.blank(Media(array=np.zeros(9, np.float32)))
    assert not part.blank(part.toy(np.random.default_rng(0)))
    assert not part.blank(Media(path=str(tmp_path / "a.wav"))), "a file is not opened to find out"


def test_a_number_that_is_none_is_told_with_its_time(tmp_path: Path) -> None:
    sound = tone(16_000)
    sound[12_000] = np.nan
    soundfile.write(tmp_path / "a.wav", sound, 16_000, subtype="FLOAT")
    for media, where in (
        (Media(path=str(tmp_path / "a.wav")), str(tmp_path / "a.wav")),
        (Media(array=sound, start_s=0.5), "an array"),
    ):
        assert refused(lambda: speech.read(media)) == (  # noqa: B023
            f"expected finite samples in {where}; found NaN or infinity at 0.750 s; write it again as PCM"
        )
    assert len(speech.read(Media(array=sound, end_s=0.75))) == 12_000, "what is not read does no harm"


def test_files_that_are_no_sound_are_sentences(tmp_path: Path) -> None:
    for name, content, said in (
        ("empty.wav", b"", "expected a sound file at {}; found an empty file; get it again, or leave the item out"),
        ("words.wav", b"hello, I am a text\n" * 99, "expected a sound file at {}; found Invalid data found when"),
        ("head.wav", b"RIFF\0\0\0\0WAVE", "expected a sound file at {}; found "),
        ("words.raw", b"hello", "expected the stream of sound 0 in {}; found 0 streams of sound; correct `stream`"),
    ):
        (tmp_path / name).write_bytes(content)
        path = str(tmp_path / name)
        assert refused(lambda: speech.read(Media(path=path))).startswith(said.format(path))  # noqa: B023
    absent = str(tmp_path / "absent.wav")
    assert refused(lambda: speech.read(Media(path=absent))) == (
        f"expected a sound file at {absent}; found none; correct the path"
    )
    Image.fromarray(GREY).save(tmp_path / "a.png")
    assert f"in {tmp_path / 'a.png'}; found 0 streams of sound" in refused(
        lambda: speech.read(Media(path=str(tmp_path / "a.png")))
    )


@pytest.mark.parametrize("suffix", ["mp3", "wav", "flac", "m4a"])
@pytest.mark.filterwarnings("ignore")
def test_a_file_that_was_cut_off_is_a_sentence(suffix: str, tmp_path: Path) -> None:
    sound, file = np.random.default_rng(0).uniform(-0.5, 0.5, 44_100 * 4), tmp_path / f"a.{suffix}"
    if suffix == "m4a":
        encoded(file, sound, 44_100, movflags="+faststart")
    else:
        soundfile.write(file, sound, 44_100)
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2])
    said = refused(lambda: speech.read(Media(path=str(file))))
    assert said.startswith(f"expected a whole file at {file}; found ")
    assert said.endswith("; get it again, or leave the item out")
    if suffix in ("mp3", "wav"):
        assert "of 4.00 s" in said
        assert len(speech.read(Media(path=str(file), end_s=1.0))) == 16_000, "what is there can be read"


def test_a_length_that_is_only_guessed_is_no_fault(tmp_path: Path) -> None:
    # an MP3 without a tag, of two rates: its length is estimated from the first frames, six times too long
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 44_100 * 2)
    parts = []
    for bits in ("48000", "256000"):
        media = encoded(tmp_path / f"{bits}.mp3", noise, 44_100, "mp3", write_xing="0", id3v2_version="0", b=bits)
        parts.append(Path(str(media.path)).read_bytes())
    assert not any(tag in part for part in parts for tag in (b"Xing", b"Info"))
    (tmp_path / "a.mp3").write_bytes(parts[0] + parts[1])
    assert len(music.read(Media(path=str(tmp_path / "a.mp3")))) == pytest.approx(4 * 44_100, abs=8 * 1152)
    # a WAV written to a pipe, whose length nobody knew
    soundfile.write(tmp_path / "a.wav", tone(16_000), 16_000)
    data = bytearray((tmp_path / "a.wav").read_bytes())
    at = data.index(b"data") + 4
    data[4:8] = data[at : at + 4] = b"\xff" * 4
    (tmp_path / "a.wav").write_bytes(data)
    assert len(speech.read(Media(path=str(tmp_path / "a.wav")))) == 16_000


def test_a_tag_before_the_sound_does_not_hide_its_length(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.mp3", tone(44_100, 4.0), 44_100)
    data = (tmp_path / "a.mp3").read_bytes()
    cover = b"ID3\x04\0\0" + bytes([0, 0, 40, 16]) + bytes(40 * 128 + 16)  # 5,136 bytes, by seven bits
    (tmp_path / "a.mp3").write_bytes(cover + data[: len(data) // 2])
    assert "of 4.00 s" in refused(lambda: music.read(Media(path=str(tmp_path / "a.mp3"))))


def test_spans_and_arrays_that_cannot_be() -> None:
    sound = np.zeros(16_000, np.float32)
    assert refused(lambda: speech.read(Media(array=sound, start_s=2.0))) == (
        "expected sound from 2 s on in an array; found none; correct start_s, or leave the item out"
    )
    for start_s, end_s, found in ((-1.0, None, "-1 to the end s"), (0.5, 0.5, "0.5 to 0.5 s")):
        assert f"found {found}; correct start_s and end_s" in refused(
            lambda: speech.read(Media(array=sound, start_s=start_s, end_s=end_s))  # noqa: B023
        )
    assert refused(lambda: speech.read(Media(array=np.zeros(9, np.int16)))) == (
        "expected floats (n,) or (n, channels) at 16,000 Hz, full scale 1; found int16 (9,); "
        "scale whole numbers to -1..1"
    )
    assert "found none" in refused(lambda: music.read(Media(array=np.zeros(0, np.float32))))
    assert refused(lambda: music.read(Media(text="la"))) == (
        "expected a sound, or the path of a sound file; found a text; give its path as Media(path=...)"
    )


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=6),
    st.integers(1, 30),
    st.integers(1, 30),
)
def test_windows_hold_every_sample_where_it_belongs(sizes: list[int], length: int, hop: int) -> None:
    hop = min(hop, length)
    sound = np.arange(sum(sizes), dtype=np.float32)
    blocks = np.split(sound, np.cumsum(sizes)[:-1])
    found = list(_sound.windows(iter(blocks), 10, length / 10, hop / 10))
    assert [round(s * 10) for s, _ in found] == [hop * i for i in range(len(found))]
    for start_s, window in found:
        np.testing.assert_array_equal(window, sound[round(start_s * 10) :][:length])
    assert set(np.concatenate([w for _, w in found] or [[]]).tolist()) == set(sound.tolist())
    assert all(len(a) == length for (_, a), _ in pairwise(found)), "only the last may be shorter"
    last = [round(s * 10) + len(w) for s, w in found]
    assert len(set(last)) == len(last), "no window lies inside another"


def test_windows_that_skip_are_refused() -> None:
    media = speech.toy(np.random.default_rng(0))
    assert [(s, len(w)) for s, w in speech.window(media, 0.2, 0.2)] == [(0.0, 3200), (0.2, 3200), (0.4, 1600)]
    for length_s, hop_s in ((0.1, 0.2), (0.0, 0.0), (0.1, 0.0)):
        with pytest.raises(UsageError, match="expected windows with 0 < hop_s <= length_s; found"):
            list(speech.window(media, length_s, hop_s))


# ---- in prediction ---------------------------------------------------------------------------------------------------


def test_what_no_shipped_bundle_reads_fails_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = bundle.shipped()
    monkeypatch.setattr(bundle, "shipped", lambda: {name: path for name, path in there.items() if name != "face"})
    Image.new("L", (48, 48)).save(tmp_path / "a.png")
    picture, text = predict([Media(path=str(tmp_path / "a.png")), Media(text="We won!")], bundle=None)
    assert text.error is None and text.tasks
    assert picture.tasks == {} and picture.error is not None
    assert "expected a shipped bundle that reads face; found none" in picture.error.message
