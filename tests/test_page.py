"""The page of `affectkit serve`, driven in a real Chromium: reading, timeline, live streams, errors, keyboard."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import page_server as served
from affectkit import find

playwright = pytest.importorskip(
    "playwright.sync_api", reason="the page is tested by Playwright, which is not installed"
)
pytest.importorskip("fastapi", reason="the page is tested on a server, and the extra serve is not installed")

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="the page is tested in Chromium, and there is none here")

SWITCHES = [
    "--no-sandbox",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
]
WAIT_MS = 60_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        found = started.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield found
        found.close()


@pytest.fixture(scope="module")
def app() -> Any:
    return served.fake()


@pytest.fixture(scope="module")
def address(app: Any) -> Iterator[str]:
    with served.serving(app) as url:
        yield url


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("media")
    made = {"film": served.film(folder / "talk.webm"), "sound": served.recording(folder / "voice.wav")}
    return made | {"picture": served.picture(folder / "two people.png")}


def opened(browser: Any, address: str, **how: Any) -> Any:
    context = browser.new_context(**({"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"} | how))
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    page.said = []
    page.on("console", lambda message: page.said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.goto(address)
    return page


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    """The page, freshly loaded; whatever it writes to the console as an error or warning fails the test."""
    found = opened(browser, address)
    yield found
    said = list(found.said)
    found.context.close()
    assert said == []


def text(page: Any, selector: str) -> str:
    return " ".join(page.locator(selector).inner_text().split())


def read(page: Any, words: str) -> None:
    page.fill("#text", words)
    page.click("#read")
    page.locator("#results:not([hidden]) .headline .label").wait_for()


# ---- reading ---------------------------------------------------------------------------------------------------------


def test_a_text_is_told_with_scores_values_evidence_and_licences(page: Any) -> None:
    read(page, "We won!")
    assert page.evaluate("document.activeElement.id") == "results"
    assert text(page, "#headline") == "happiness 84 % sure expressed, as people label it"
    assert text(page, "#scores li:first-child") == "happiness 90 %"
    assert page.locator("#scores li").count() == 7
    page.click("#scores button")
    assert page.locator("#scores li").count() == len(served.NAMES)
    assert "valence +0.68 +0.46 to +0.90" in text(page, "#values")
    evidence = text(page, "#evidence")
    assert "Missing nothing" in evidence and "text-en@2 (weights Apache-2.0; goemotions CC BY 4.0)" in evidence
    assert "happiness 84 %" in page.locator("#status").text_content()
    assert page.locator("#time").is_hidden()
    assert page.locator("[data-format=srt]").is_disabled(), "a text has no times"


def test_a_text_that_looks_like_markup_stays_a_text(page: Any) -> None:
    bad = "<img src=x onerror=document.title='changed'><b>bold</b>"
    read(page, bad)
    assert text(page, "blockquote") == bad
    assert page.locator("#stage b, #stage img").count() == 0 and page.title() == "affectkit"


def test_another_scheme_is_asked_of_the_server_and_says_what_was_lost(page: Any) -> None:
    read(page, "We won!")
    page.select_option("#taxonomy", "ekman")
    page.click("#tasks button:has-text('ekman')")
    assert text(page, "#headline .label") == "happiness"
    assert "from emotion, 1.5 bits lost" in text(page, "#evidence") and "left out: neutral" in text(page, "#evidence")
    assert "none is known for this scheme" in text(page, "#evidence")


def test_lines_are_read_one_by_one_and_the_bad_one_says_why(page: Any) -> None:
    page.check("#lines")
    read(page, "We won!\n\nI miss her.\n\t.")
    items = page.locator("#items button")
    assert items.all_inner_texts()[:2] == ["We won!", "I miss her."]
    items.nth(1).click()
    assert text(page, "#headline .label").startswith("sadness")
    page.uncheck("#lines")
    page.fill("#text", "   ")
    page.click("#read")
    page.locator("#failed").wait_for()
    assert text(page, "#failed") == "expected a text; found only blanks; fill it or leave it out"


def test_faces_of_a_picture_stand_in_boxes_where_they_are(page: Any, media: dict[str, Path]) -> None:
    page.set_input_files("#files", media["picture"])
    faces = page.locator(".face")
    faces.nth(1).wait_for()
    assert faces.nth(0).inner_text() == "face 1: happiness 60 %"
    shown, place = (page.locator(name).first.bounding_box() for name in (".frame img", ".face"))
    left, top, right, bottom = served.box(served.places(0)[0])
    scale = shown["width"] / served.WIDTH
    assert place["x"] - shown["x"] == pytest.approx(scale * left, abs=1.5)
    assert place["y"] - shown["y"] == pytest.approx(scale * top, abs=1.5)
    assert place["width"] == pytest.approx(scale * (right - left), abs=1.5)
    assert place["height"] == pytest.approx(scale * (bottom - top), abs=1.5)
    faces.nth(1).click()
    assert text(page, "#headline .label").startswith("neutral")
    assert faces.nth(1).get_attribute("aria-pressed") == "true"


# ---- time ------------------------------------------------------------------------------------------------------------


def time_s(page: Any) -> float:
    return float(page.evaluate("document.querySelector('.frame video, .frame audio').currentTime"))


def click_at(page: Any, selector: str, seconds: float) -> None:
    ruler, there = (page.locator(name).first.bounding_box() for name in (".ruler", selector))
    page.mouse.click(ruler["x"] + ruler["width"] * seconds / served.LONG_S, there["y"] + there["height"] / 2)


def moved(page: Any, seconds: float) -> None:
    page.wait_for_timeout(100)
    assert time_s(page) == pytest.approx(seconds, abs=0.1)


def test_a_click_on_lane_or_curve_seeks_and_playing_moves_the_cursor(
    page: Any, app: Any, media: dict[str, Path]
) -> None:
    page.set_input_files("#files", media["film"])
    page.locator(".segment").first.wait_for()
    assert app.state.heard[-1] == ("talk.webm", {"segments": "true", "tracks": "true"}, False)
    assert page.locator(".lanes button").all_inner_texts() == ["together", "speech", "face 1", "face 2"]
    page.locator("#tracks").scroll_into_view_if_needed()
    click_at(page, ".lane", 7.0)
    moved(page, 7.0)
    assert text(page, "#headline .label").startswith("surprise")
    assert "Missing speech, text" in text(page, "#evidence")
    assert text(page, "#caption") == "surprise 66 %"
    click_at(page, ".curves canvas", 3.0)
    moved(page, 3.0)
    assert "They disagree by 0.20 of 1: they differ a little" in text(page, "#evidence")
    place, ruler = (page.locator(name).bounding_box() for name in (".playhead", ".ruler"))
    assert place["x"] + place["width"] / 2 == pytest.approx(ruler["x"] + ruler["width"] * 3 / served.LONG_S, abs=2)
    assert page.locator(".face").count() == 2
    page.click("#play")
    page.locator("#play[aria-label=Pause]").wait_for()
    page.wait_for_timeout(500)
    page.click("#play")
    page.locator("#play[aria-label=Play]").wait_for()
    page.wait_for_timeout(100)
    went = page.locator(".playhead").bounding_box()["x"] - place["x"]
    assert went > 0 and went == pytest.approx(ruler["width"] * (time_s(page) - 3) / served.LONG_S, abs=4)
    page.click(".lanes button:has-text('face 2')")
    assert text(page, "#headline .label").startswith("neutral")
    click_at(page, ".ruler", 1.0)
    moved(page, 1.0)
    assert text(page, "#headline .label") == "nothing said", "the second face is not there yet"
    assert page.locator(".face").count() == 1


def test_the_keyboard_alone_reads_seeks_and_plays(page: Any, media: dict[str, Path]) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert page.locator(".skip").bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    for _ in range(9):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "text":
            break
    page.keyboard.type("We won!")
    page.keyboard.press("Control+Enter")
    page.locator("#headline .label").wait_for()
    page.set_input_files("#files", media["sound"])
    page.locator(".segment").first.wait_for()
    seen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.getAttribute('role') ?? document.activeElement.id"))
        if seen[-1] == "slider":
            break
    assert seen[-1] == "slider" and "play" in seen
    ring = page.evaluate(
        "getComputedStyle(document.activeElement).outlineStyle + getComputedStyle(document.activeElement).outlineWidth"
    )
    assert ring == "solid3px"
    ruler = page.locator(".ruler")
    for key, now in (
        ("ArrowRight", "1.0"),
        ("ArrowRight", "2.0"),
        ("ArrowLeft", "1.0"),
        ("End", "12.0"),
        ("Home", "0.0"),
        ("PageUp", "10.0"),
    ):
        page.keyboard.press(key)
        assert ruler.get_attribute("aria-valuenow") == now, key
    assert ruler.get_attribute("aria-valuetext") == "0:10.0 of 0:12.0, happiness 75 %"
    moved(page, 10.0)
    page.keyboard.press("Space")
    page.locator("#play[aria-label=Pause]").wait_for()
    page.keyboard.press("Space")
    page.locator("#play[aria-label=Play]").wait_for()


def test_every_tone_has_a_name_and_a_pattern_of_its_own(page: Any, media: dict[str, Path]) -> None:
    page.set_input_files("#files", media["film"])
    page.locator(".segment").first.wait_for()
    looks = {}
    for segment in page.locator(".segment").all():
        name = segment.locator("span").first.text_content()
        looks.setdefault(name, set()).add(segment.evaluate("e => getComputedStyle(e).backgroundImage"))
    assert set(looks) == {"neutral", "happiness", "surprise", "sadness"}
    assert all(len(found) == 1 for found in looks.values()), looks
    assert len(set().union(*looks.values())) == len(looks), "told apart without colours"
    assert text(page, "#legend").startswith("neutral happiness surprise sadness")
    dashes = page.locator("#curve-legend line").evaluate_all("all => all.map(e => e.getAttribute('stroke-dasharray'))")
    assert len(set(dashes)) == len(dashes) == 3


# ---- to keep ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["json", "csv", "srt", "vtt"])
def test_what_is_kept_is_read_back_by_the_formats_of_the_library(
    page: Any, media: dict[str, Path], format: str
) -> None:
    page.set_input_files("#files", media["film"])
    page.locator(".segment").first.wait_for()
    with page.expect_download() as waited:
        page.click(f"[data-format={format}]")
    assert waited.value.suggested_filename == f"talk.{format}"
    data = Path(waited.value.path()).read_bytes()
    found = list(find.load("formats", format).read(io.BytesIO(data)))
    truth = served.of_film("talk.webm", 0.25)
    spans = [(one["start_s"], one["end_s"], one["tasks"]["emotion"]["labels"][0]) for one in truth]
    label = "emotion"
    assert [(one.start_s, one.end_s, one.tasks[label].labels[0]) for one in found] == spans
    tracks = [None if one.track is None else (one.track.kind, one.track.id) for one in found]
    assert tracks == [one["track"] and (one["track"]["kind"], one["track"]["id"]) for one in truth]
    if format == "json":
        assert [one.to_json() for one in found] == truth
    if format == "csv":
        from affectkit.prediction import Prediction

        ours = io.BytesIO()
        find.load("formats", "csv").write([Prediction.from_json(one) for one in truth], ours)
        assert next(csv.reader(io.StringIO(data.decode()))) == next(csv.reader(io.StringIO(ours.getvalue().decode())))


def test_signs_in_names_come_back_from_subtitles(page: Any) -> None:
    names = ["joy, or not: 50 %", " -", "a\\b", "été <i>", "[x]?", "a\u2028b", "+1 · 2"]
    rows = [
        served.row(
            f"a>{i} ",
            "a.wav",
            {"x. y": served.emotion(name, 0.7, scores=None), "vad": served.vad(-0.25, 0.5)},
            (i, i + 0.0001),
            track={"kind": "speaker", "id": f"An:na {i}", "box": None},
        )
        for i, name in enumerate(names)
    ]
    for format in ("srt", "vtt"):
        call = "async ([format, rows]) => (await import('./formats.js')).write[format](rows)"
        data = page.evaluate(call, [format, rows]).encode()
        found = list(find.load("formats", format).read(io.BytesIO(data)))
        assert [next(iter(one.tasks.values())).labels[0] for one in found] == names
        assert [one.track.id for one in found] == [f"An:na {i}" for i in range(len(names))]
        assert [one.tasks["vad" if format == "vtt" else "dimensions"].values["valence"] for one in found] == [
            -0.25
        ] * len(names)
        if format == "vtt":
            assert [one.id for one in found] == [one["id"] for one in rows]


def test_the_report_on_paper_has_the_figures_the_table_and_the_limits(page: Any, media: dict[str, Path]) -> None:
    page.set_input_files("#files", media["film"])
    page.locator(".segment").first.wait_for()
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator("#table tbody tr").count() == len(served.of_film("", 1))
    assert page.locator("#table").is_visible() and page.locator("#evidence").is_visible()
    assert "Article 5(1)(f)" in text(page, "#limits")
    assert page.locator("#composer").is_hidden() and page.locator("#downloads").is_hidden()


# ---- live ------------------------------------------------------------------------------------------------------------


def test_the_microphone_streams_sound_and_what_was_told_stays(page: Any, app: Any) -> None:
    app.state.heard.clear()
    page.click("#microphone")
    page.locator(".segment").nth(1).wait_for()
    assert page.locator("#live").is_visible() and "Microphone" in text(page, "#live-text")
    assert app.state.heard[0] == {"modality": "speech", "rate_hz": 16_000, "form": "pcm_s16le"}
    page.keyboard.press("Escape")
    page.locator("#live").wait_for(state="hidden")
    assert {"end": True} in app.state.heard, "the server is told that it is all"
    assert page.locator("#play").is_visible() and page.locator(".segment").count() >= 1
    with page.expect_download() as waited:
        page.click("[data-format=json]")
    kept = json.loads(Path(waited.value.path()).read_text())
    assert [one["id"] for one in kept] == [f"live@{0.3 * i:.1f}" for i in range(len(kept))] and len(kept) >= 2


def test_the_camera_streams_pictures_and_boxes_follow(page: Any, app: Any) -> None:
    app.state.heard.clear()
    page.click("#camera")
    page.locator(".face").wait_for()
    assert app.state.heard[0] == {"modality": "face", "form": "jpeg"}
    assert app.state.heard[1] == b"\xff\xd8\xff", "a JPEG"
    assert re.fullmatch(r"face 1: (neutral|happiness) 64 %", page.locator(".face").inner_text())
    page.click("#stop")
    page.locator("#live").wait_for(state="hidden")
    assert page.locator(".frame video").count() == 1 and page.locator(".segment").count() >= 1


# ---- what goes wrong -------------------------------------------------------------------------------------------------


def test_errors_are_the_servers_own_sentences(browser: Any, address: str, tmp_path: Path) -> None:
    page = opened(browser, address)
    page.set_input_files("#files", {"name": "a.huge", "mimeType": "", "buffer": b"x"})
    page.locator("#problem").wait_for()
    assert text(page, "#problem p") == "expected at most 100 MB; found more; send less at once"
    assert page.locator("#problem").get_attribute("role") == "alert"
    page.keyboard.press("Escape")
    assert page.locator("#problem").is_hidden()
    page.set_input_files("#files", {"name": "a.xyz", "mimeType": "", "buffer": b"x"})
    page.locator("#failed").wait_for()
    assert text(page, "#failed").startswith("expected a file of a known kind; found the suffix '.xyz'")
    page.route("**/v1/predict*", lambda route: route.abort())
    page.click("#read")
    page.locator("#problem").wait_for()
    assert text(page, "#problem p").startswith("expected an answer of the server; found none")
    page.context.close()


def test_a_server_that_wants_a_token_gets_it(browser: Any) -> None:
    with served.serving(served.fake(token=served.TOKEN)) as url:
        page = opened(browser, url)
        page.locator("#token-dialog").wait_for()
        assert "Authorization: Bearer TOKEN" in text(page, "#token-why")
        page.keyboard.type("wrong")
        page.keyboard.press("Enter")
        page.locator("#token-dialog[open]").wait_for()
        page.fill("#token", served.TOKEN)
        page.keyboard.press("Enter")
        page.locator("#token-dialog").wait_for(state="hidden")
        read(page, "We won!")
        assert text(page, "#headline .label").startswith("happiness")
        page.click("#token-open")
        page.keyboard.press("Escape")
        assert page.locator("#token-dialog").is_hidden()
        page.context.close()


# ---- looks -----------------------------------------------------------------------------------------------------------

CONTRAST = """selectors => {
  const pen = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
  const rgba = colour => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data];
  };
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const found = rgba(getComputedStyle(e).backgroundColor);
      if (found[3] === 255) return found;
    }
    return [255, 255, 255, 255];
  };
  return selectors.map(selector => {
    const element = document.querySelector(selector);
    return [selector, rgba(getComputedStyle(element).color), behind(element)];
  });
}"""
TEXTS = [
    *(".lede", ".lede strong", "h1", ".models", "#read", "#microphone", ".tick", "#headline .label", "#headline .sure"),
    *(
        "#headline .faint",
        ".bars .name",
        "#scores .quiet",
        "#evidence dt",
        "#evidence dd",
        "#values th",
        "#values .faint",
    ),
    *(
        ".gutter[aria-pressed]",
        "#clock",
        ".segment.tone-0 span",
        ".segment.tone-1 span",
        ".segment.tone-2 span",
        "#limits p",
    ),
    *(
        ".foot p",
        "#moment [aria-pressed=true]",
        "#moment [aria-pressed=false]",
        "#legend span",
        ".top nav a",
        ".face span",
    ),
]


def luminance(colour: list[int]) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in colour[:3])]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_stand_out_from_what_is_behind_them(
    browser: Any, address: str, media: dict[str, Path], scheme: str
) -> None:
    page = opened(browser, address, color_scheme=scheme)
    page.set_input_files("#files", media["film"])
    page.locator(".segment").first.wait_for()
    page.click("#moment [data-moment=cursor]")
    page.locator(".face").first.wait_for()
    for selector, front, back in page.evaluate(CONTRAST, TEXTS):
        high, low = sorted((luminance(front), luminance(back)), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5, f"{selector}: {front} on {back} in {scheme}"
    page.context.close()


def test_a_phone_needs_no_scrolling_sideways(browser: Any, address: str, media: dict[str, Path]) -> None:
    page = opened(browser, address, viewport={"width": 390, "height": 844})
    page.set_input_files("#files", media["film"])
    page.locator(".segment").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    small = page.locator("#composer .button, .round").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect().height)"
    )
    assert min(small) >= 40, "a finger finds them"
    page.context.close()


def test_the_page_says_what_it_is_not_for_and_lets_nothing_else_in(page: Any) -> None:
    limits = text(page, "#limits")
    assert "Article 5(1)(f)" in limits and "workplace" in limits and "education" in limits
    assert "not what anybody feels inside" in page.inner_text(".lede")
    policy = page.locator("meta[http-equiv]").get_attribute("content")
    assert "unsafe" not in policy and "default-src 'none'" in policy and "http" not in policy
    for file in served.WEB.rglob("*"):
        if file.suffix in (".js", ".css", ".html") and "vendor" not in file.parts:
            source = file.read_text()
            assert not re.search(
                r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|style=\"|@import", source
            ), file
            assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", source), f"{file} needs nothing from elsewhere"
    assert "MIT License" in (served.WEB / "vendor" / "uplot" / "LICENSE").read_text()


# ---- the real server -------------------------------------------------------------------------------------------------


def test_the_real_server_answers_the_page(browser: Any) -> None:
    application = pytest.importorskip("affectkit.app.server.application")
    from affectkit.app.server.settings import Settings

    token = "a-long-token"
    with served.serving(application.build(Settings(token=token, bundles=("text-en",)))) as url:
        page = opened(browser, url)
        page.locator("#token-dialog").wait_for()
        page.fill("#token", token)
        page.keyboard.press("Enter")
        page.locator("#token-dialog").wait_for(state="hidden")
        read(page, "Thank you so much!")
        assert text(page, "#headline .label").startswith("gratitude")
        page.select_option("#taxonomy", "ekman")
        page.locator("#tasks button:has-text('ekman')").wait_for()
        assert text(page, "#headline .label") == "joy", "the scheme asked for is shown"
        page.set_input_files("#files", {"name": "../../a.xyz", "mimeType": "", "buffer": b"x"})
        page.locator("#failed, #problem").locator("visible=true").first.wait_for()
        assert ".xyz" in text(page, "#failed") + text(page, "#problem")
        page.context.close()


# ---- pictures for the docs -------------------------------------------------------------------------------------------


@pytest.mark.skipif(
    "AFFECTKIT_SCREENSHOTS" not in os.environ, reason="AFFECTKIT_SCREENSHOTS names no folder to write to"
)
def test_screenshots(browser: Any, tmp_path: Path) -> None:
    from PIL import Image

    folder = Path(os.environ["AFFECTKIT_SCREENSHOTS"])
    film = served.film(tmp_path / "talk.webm", 1.0, 10)

    def kept(page: Any, name: str, **how: Any) -> None:
        page.wait_for_timeout(800)
        taken = (
            Image.open(io.BytesIO(page.screenshot(**how)))
            .convert("RGB")
            .quantize(256, kmeans=1, dither=Image.Dither.NONE)
        )
        taken.save(folder / f"page-{name}.png", optimize=True)
        assert (folder / f"page-{name}.png").stat().st_size < 150_000

    with served.serving(served.fake(scale=1.0)) as url:
        for name, scheme, width, height in (
            ("video", "light", 1280, 1000),
            ("dark", "dark", 1280, 1000),
            ("phone", "light", 390, 844),
        ):
            page = opened(browser, url, color_scheme=scheme, viewport={"width": width, "height": height})
            if name == "phone":
                read(page, "We finally moved in, and the neighbours brought cake.")
            else:
                page.set_input_files("#files", film)
                page.locator(".segment").first.wait_for()
                page.locator(".ruler").focus()
                for _ in range(4):
                    page.keyboard.press("ArrowRight")
                page.locator("h1").focus()
            page.evaluate("document.activeElement.blur(); document.getElementById('results').scrollIntoView()")
            kept(page, name)
            page.context.close()
