"""What a report shows of items that went wrong: texts, the file and span of sounds, small pictures."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from affectkit import corpora, find
from affectkit.app import report
from affectkit.modalities import face, speech, text
from affectkit.report import page, sections
from affectkit.report.content import Judged
from affectkit.sample import Media, Rating, Sample
from affectkit.train import mixture
from affectkit.train.figures import Said

(EMOTIONS,) = corpora.tasks("goemotions")
OWN = {"url": "", "licence": "", "groups": []}


def judged(modality: str, media: list[Media], card: dict[str, Any]) -> Judged:
    """Items that all went wrong."""
    k = len(EMOTIONS.names)
    rating = Rating("goemotions", frozenset({"joy"}), rater="consensus", rule="majority")
    samples = [Sample(f"i{i}", {modality: m}, (rating,), split="test") for i, m in enumerate(media)]
    part = mixture.table([("goemotions", s) for s in samples], (EMOTIONS,))
    scores = np.eye(k)[np.zeros(len(media), int)] * 0.9
    return report._judged(card, part, EMOTIONS, Said(scores, scores > 0.5, scores.max(1)))


@pytest.mark.parametrize(
    ("media", "said"),
    [
        (Media(path="/far/away/call.wav"), "call.wav"),
        (Media(path="/far/away/call.wav", start_s=3.0, end_s=5.25), "call.wav, 3.0 to 5.2 s"),
        (Media(path="call.wav", end_s=2.0), "call.wav, 0.0 to 2.0 s"),
        (Media(path="call.wav", start_s=1.5), "call.wav, 1.5 to the end"),
        (Media(array=np.ones(4, np.float32)), ""),
    ],
)
def test_a_sound_is_told_by_its_file_and_span(media: Media, said: str) -> None:
    assert speech.shown(media) == find.load("modalities", "music").shown(media) == said


def test_a_text_is_told_as_it_is_and_a_file_by_its_name() -> None:
    assert text.shown(Media(text="So  happy!")) == "So  happy!"
    assert text.shown(Media(path="/far/away/a.txt")) == "a.txt"
    assert face.shown(Media(path="/far/away/a.png")) == "a.png"


def test_equal_media_have_one_key_and_what_is_slight_has_none() -> None:
    rng = np.random.default_rng(0)
    grey, sound = rng.integers(0, 256, (8, 8), np.uint8), rng.normal(size=40).astype(np.float32)
    for part, array in ((face, grey), (speech, sound)):
        key = part.key(Media(array=array))
        assert key is not None and key == part.key(Media(array=array.copy()))
        assert key != part.key(Media(array=array[::-1]))
        assert part.key(Media(array=np.zeros_like(array))) is None
        assert part.key(Media(path="no/such.file")) is None
    assert (
        text.key(Media(text="I am so HAPPY today"))
        == text.key(Media(text="i am so happy: today!"))
        == "iamsohappytoday"
    )
    assert text.key(Media(text="thank you")) is None
    assert text.key(Media(path="a.txt")) is None


def test_a_picture_is_small_and_keeps_its_shape(tmp_path: Path) -> None:
    Image.fromarray(np.full((50, 300, 3), 90, np.uint8)).save(tmp_path / "a.png")
    small = Image.open(io.BytesIO(face.picture(Media(path=str(tmp_path / "a.png")))))
    assert (small.format, small.size) == ("PNG", (96, 16))
    assert np.asarray(small).tolist() == np.full((16, 96, 3), 90).tolist()


def test_pictures_that_went_wrong_stand_within_the_page() -> None:
    rng = np.random.default_rng(0)
    media = [Media(array=rng.integers(0, 256, (12, 12), np.uint8)) for _ in range(30)]
    its = judged("face", media, OWN)
    assert len(its.pictures) == sections.WORST
    made = sections.wrong(its)
    sources = re.findall(r'<img alt="" src="data:image/png;base64,([^"]+)">', made)
    assert len(sources) == sections.WORST
    first = np.asarray(Image.open(io.BytesIO(base64.b64decode(sources[0]))))
    assert (first[..., 0] == media[next(iter(its.pictures))].array).all()
    assert "http" not in made and ">picture</th>" in made


def test_sounds_that_went_wrong_are_named() -> None:
    media = [Media(path=f"talk{i}.wav", start_s=float(i), end_s=i + 2.0) for i in range(3)]
    made = sections.wrong(judged("speech", media, OWN))
    assert "talk1.wav, 1.0 to 3.0 s" in made and ">recording</th>" in made and "<img" not in made


@pytest.mark.parametrize("modality", ["face", "speech", "text"])
def test_what_may_not_be_passed_on_is_told_by_ids_alone(modality: str) -> None:
    part = find.load("modalities", modality)
    media = [part.toy(np.random.default_rng(i)) for i in range(3)]
    closed = {"url": "http://x.example", "licence": "research only", "groups": []}
    made = sections.wrong(judged(modality, media, closed))
    assert "Only ids: the items are not given here" in made and "<img" not in made


def test_a_picture_that_is_gone_leaves_its_cell_empty(tmp_path: Path) -> None:
    media = [Media(path=str(tmp_path / "gone.png")), Media(array=np.arange(64, dtype=np.uint8).reshape(8, 8))]
    its = judged("face", media, OWN)
    assert list(its.pictures) == [1]
    assert page.cell(None) in sections.wrong(its) and sections.wrong(its).count("<img") == 1
