"""The page of predictions: what stands in it, that it needs nothing from elsewhere, and that it can be read again."""

from __future__ import annotations

import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

import films
import portraits
import voices
from affectkit.app import cli
from affectkit.formats import html
from affectkit.prediction import Failure, Modalities, Prediction, TaskPrediction, Track
from affectkit.report import film
from affectkit.runtime import bundle
from affectkit.task import Kind


def said(label: str, start_s: float | None, end_s: float | None, **changes: object) -> Prediction:
    scores = {label: 0.8, "neutral": 0.2}
    task = TaskPrediction("emotion", "ekman_neutral", Kind.SINGLE, scores=scores, labels=(label,), confidence=0.7)
    made = {"track": Track("face", 1), "modalities": Modalities(("face",)), "bundles": ("face@1",)} | changes
    return Prediction(f"v.mp4@{start_s}", "some/v.mp4", {"emotion": task}, start_s, end_s, **made)  # type: ignore[arg-type]


def joint(label: str, start_s: float | None, end_s: float | None, **values: float) -> Prediction:
    one = said(label, start_s, end_s, track=None, modalities=Modalities(("face", "speech"), (), 0.5))
    vad = TaskPrediction("dimensions", "vad", Kind.CONTINUOUS, values=values)
    return Prediction(one.id, one.input, {**one.tasks, "vad": vad}, start_s, end_s, None, one.modalities, one.bundles)


FILM = [
    joint("joy", 0.0, 4.0, valence=0.5, arousal=0.0),
    joint("anger", 4.0, 8.0, valence=-0.5, arousal=1.0),
    said("joy", 0.0, 6.0),
    said("anger", 6.0, 8.0),
    Prediction(
        "v.mp4#text", "some/v.mp4", error=Failure("nothing", "no <words>"), modalities=Modalities((), ("text",))
    ),
]


class Parsed(HTMLParser):
    """Tags that are opened and closed, attributes that fetch something, and the text that is shown."""

    VOID = frozenset({"meta", "line", "rect", "path", "img", "br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []
        self.shown: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        self.fetched += [v or "" for k, v in attrs if k in ("src", "href") and not (v or "").startswith(("#", "data:"))]

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script"):
            self.shown.append(data)


def test_the_page_needs_nothing_from_elsewhere_and_its_tags_are_closed() -> None:
    made = film.html(FILM)
    page = Parsed(made)
    assert page.open == [] and page.fetched == []
    assert "<script" not in made and "url(" not in made
    shown = " ".join(page.shown)
    for part in (
        "v.mp4",
        "together",
        "face 1",
        "anger 0.80, neutral 0.20",
        "no <words>",
        "0:04 to 0:08",
        "Lie detection",
    ):
        assert part in shown, part


def test_curves_are_steps_at_their_times_and_values() -> None:
    made = film.html(FILM)
    curve = next(re.finditer(r'<path d="([^"]*)"[^>]*><title>together', made))[1]
    steps = [tuple(map(float, step)) for step in re.findall(r"M([\d.]+) ([\d.]+)H([\d.]+)", curve)]
    (left, up, middle), (again, down, right) = steps
    assert middle == again == pytest.approx((left + right) / 2)  # 4 s of 8 s
    zero = (up + down) / 2  # +0.5 and -0.5
    lines = {float(y) for y in re.findall(r'<line x1="96"[^>]* y1="([\d.]+)"', made)}
    assert zero in lines and up < zero < down
    assert (zero - up) * 2 == pytest.approx(zero - min(lines))


def test_a_value_of_zero_is_drawn_and_a_gap_is_not() -> None:
    made = film.html(
        [joint("joy", 0.0, 1.0, valence=0.0, arousal=0.0), joint("joy", 3.0, 4.0, valence=0.0, arousal=0.0)]
    )
    curve = next(re.finditer(r'<path d="([^"]*)"[^>]*><title>together', made))[1]
    assert curve.count("H") == 2 and "V" not in curve


def test_names_alone_are_placed_by_the_label_algebra() -> None:
    from affectkit import hub

    row = said("joy", 0.0, 1.0)
    scores = row.tasks["emotion"].scores
    assert scores is not None
    wanted = hub.convert(dict(scores), "ekman_neutral", "vad", Kind.SINGLE).scores["valence"]
    assert f"{wanted:.3f}" in film.html([row])


def test_of_a_whole_the_sentence_the_disagreement_and_a_hint_are_told() -> None:
    voice = said("anger", None, None, track=Track("speech", 1), modalities=Modalities(("speech",)))
    shown = " ".join(Parsed(film.html([joint("joy", None, None, valence=0.5), said("joy", None, None), voice])).shown)
    assert "The face looks happy (joy 0.80) while the voice sounds angry (anger 0.80); they contradict" in shown
    assert "0.50" in shown and "--segments --tracks" in shown


def test_evidence_and_licences_stand_where_they_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "FOLDER", tmp_path)
    portraits.pack(tmp_path / "face.affect")
    shipped = said("joy", 0.0, 1.0, bundles=("portraits@1", "own@3"))
    shown = " ".join(Parsed(film.html([shipped], {"some/v.mp4": ["It rests <on> this."]})).shown)
    assert "It rests <on> this." in shown
    assert "Apache-2.0" in shown and "A toy: it knows colours." in shown
    assert "own@3 a bundle of one's own: its card tells" in " ".join(shown.split())


def test_of_an_item_that_failed_it_is_told_why() -> None:
    shown = " ".join(Parsed(film.html([Prediction("b.csv#2", "b.csv", error=Failure("input", "no text"))])).shown)
    assert "1 failed" in shown and "b.csv#2: no text" in shown


def test_what_would_end_the_data_does_not_and_comes_back() -> None:
    nasty = Prediction("</script><b>", "<!--<script>", {"emotion": said("joy", 0, 1).tasks["emotion"]})
    file = io.BytesIO()
    html.write([nasty], file)
    assert Parsed(file.getvalue().decode()).open == []
    file.seek(0)
    assert list(html.read(file)) == [nasty]


def test_the_command_writes_a_page_of_a_video(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    portraits.known(monkeypatch)
    monkeypatch.setattr(bundle, "FOLDER", films.shelf(tmp_path / "shelf"))
    source = films.film(tmp_path / "v.mp4", films.faces([portraits.GREEN, portraits.RED]), voices.voice(2, 1, 1))
    out = tmp_path / "out.html"
    call = ["predict", str(source), "--segments", "--tracks", "--jsonl", "--to", f"html={out}"]
    result = CliRunner().invoke(cli.build(), call)
    assert result.exit_code == 0, result.output
    with out.open("rb") as file:
        back = [one.to_json() for one in html.read(file)]
    assert back == [json.loads(line) for line in result.stdout.splitlines()]
    shown = " ".join(Parsed(out.read_text(encoding="utf-8")).shown)
    assert "happiness" in shown and "anger" in shown and "speech 1" in shown
