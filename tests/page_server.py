"""What the tests of the page share: a small server with canned answers, and drawn faces and sounds to give to it."""

from __future__ import annotations

import contextlib
import json
import math
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import soundfile
from numpy.typing import NDArray
from PIL import Image, ImageDraw

WEB = Path(__file__).parents[1] / "src" / "affectkit" / "app" / "web"
NAMES = ("happiness", "neutral", "surprise", "sadness", "anger", "fear", "disgust", "contempt")
LONG_S = 12.0
TOKEN = "open-sesame"
WIDTH, HEIGHT = 640, 360

# ---- drawn media -----------------------------------------------------------------------------------------------------

Place = tuple[float, float, float]
"""A face's centre in pixels and its height."""

PALE, DARK = ((243, 206, 173), (92, 58, 40)), ((150, 100, 70), (28, 24, 26))
"""Skin and hair."""


def face(drawing: ImageDraw.ImageDraw, place: Place, look: str, tones: Any, scale: float = 1.0) -> None:
    """A drawn face: `look` bends its mouth and brows."""
    (skin, hair), (x, y, tall) = tones, (scale * v for v in place)
    wide = 0.37 * tall

    def oval(left: float, top: float, right: float, bottom: float, fill: Any) -> None:
        drawing.ellipse([x + left * wide, y + top * tall, x + right * wide, y + bottom * tall], fill=fill)

    shirt = [x - 1.7 * wide, y + 0.52 * tall, x + 1.7 * wide, y + 1.5 * tall]
    drawing.rounded_rectangle(shirt, 0.5 * tall, fill=(84, 104, 150))
    oval(-0.38, 0.25, 0.38, 0.66, tuple(int(0.9 * c) for c in skin))
    oval(-1.12, -0.6, 1.12, 0.34, hair)
    oval(-1, -0.5, 1, 0.5, skin)
    drawing.chord([x - wide, y - 0.52 * tall, x + wide, y + 0.12 * tall], 190, 350, fill=hair)
    line = max(2, round(0.022 * tall))
    lift = {"surprise": 0.05, "happiness": 0.015, "sadness": 0.0}.get(look, 0.0)
    for side in (-1, 1):
        oval(side * 0.4 - 0.17, -0.13, side * 0.4 + 0.17, 0.0 + lift, (255, 255, 255))
        oval(side * 0.4 - 0.08, -0.1, side * 0.4 + 0.08, -0.02 + lift, (40, 36, 44))
        brow = y + (-0.19 - lift) * tall
        slope = 0.03 * tall if look == "sadness" else 0.0
        ends = [x + side * 0.2 * wide, brow - slope, x + side * 0.6 * wide, brow + slope]
        drawing.line(ends, fill=hair, width=line)
    drawing.line(
        [x, y - 0.02 * tall, x - 0.07 * wide, y + 0.12 * tall], fill=tuple(int(0.78 * c) for c in skin), width=line
    )
    mouth = [x - 0.42 * wide, y + 0.14 * tall, x + 0.42 * wide, y + 0.36 * tall]
    if look == "happiness":
        drawing.chord(mouth, 10, 170, fill=(150, 44, 54))
    elif look == "surprise":
        oval(-0.2, 0.2, 0.2, 0.38, (120, 40, 48))
    elif look == "sadness":
        drawing.arc([v + 0.12 * tall * (i % 2) for i, v in enumerate(mouth)], 200, 340, fill=(140, 60, 60), width=line)
    else:
        drawing.line([x - 0.3 * wide, y + 0.27 * tall, x + 0.3 * wide, y + 0.27 * tall], fill=(140, 60, 60), width=line)


def box(place: Place) -> list[int]:
    """(left, top, right, bottom) of a drawn face, in pixels."""
    x, y, tall = place
    return [round(x - 0.42 * tall), round(y - 0.54 * tall), round(x + 0.42 * tall), round(y + 0.52 * tall)]


def room(faces: Mapping[Place, tuple[str, Any]], scale: float = 1.0) -> Image.Image:
    """Drawn faces in a drawn room, WIDTH x HEIGHT times `scale`."""
    made = Image.new("RGB", (round(2 * scale * WIDTH), round(2 * scale * HEIGHT)), (214, 221, 228))
    drawing = ImageDraw.Draw(made)
    drawing.rectangle([0, 0.74 * made.height, made.width, made.height], fill=(188, 172, 156))
    window = [0.4 * made.width, 0.08 * made.height, 0.6 * made.width, 0.5 * made.height]
    drawing.rounded_rectangle(window, 12, fill=(236, 243, 250), outline=(168, 178, 190), width=6)
    for place, (look, tones) in faces.items():
        face(drawing, place, look, tones, 2 * scale)
    return made.resize((made.width // 2, made.height // 2), Image.Resampling.LANCZOS)


def places(t_s: float) -> tuple[Place, Place]:
    """Where the two faces of the film are."""
    return (200 + 8 * math.sin(t_s), 170 + 4 * math.sin(2.1 * t_s), 170), (470, 185 + 4 * math.cos(t_s), 150)


def look(t_s: float) -> str:
    """The first face's expression in the film, which the canned answers tell."""
    return next(name for start_s, name in reversed(STRETCHES) if start_s <= t_s)


STRETCHES = ((0.0, "neutral"), (2.5, "happiness"), (6.0, "surprise"), (8.0, "happiness"), (10.5, "neutral"))


def picture(path: Path) -> Path:
    first, second = places(0)
    room({first: ("happiness", PALE), second: ("neutral", DARK)}).save(path)
    return path


def sound(seconds: float = LONG_S, rate_hz: int = 16_000) -> NDArray[np.float32]:
    """(n,) syllables of two tones with pauses."""
    t_s = np.arange(round(seconds * rate_hz)) / rate_hz
    loud = np.clip(np.sin(2 * np.pi * 2.3 * t_s), 0, None) * (np.sin(2 * np.pi * t_s / 3.1) > -0.7)
    loud *= 0.5 + 0.5 * np.sin(2 * np.pi * t_s / 7.3)
    tones = sum(np.sin(2 * np.pi * 140 * k * t_s) / k for k in range(1, 7))
    return (0.25 * loud * tones).astype(np.float32)


def recording(path: Path, seconds: float = LONG_S) -> Path:
    soundfile.write(path, sound(seconds), 16_000)
    return path


def film(path: Path, scale: float = 0.25, rate_hz: int = 5) -> Path:
    """Two drawn faces for LONG_S with sound, as WebM, which every browser plays."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libvpx", rate=Fraction(rate_hz))
        video.width, video.height, video.pix_fmt = round(WIDTH * scale), round(HEIGHT * scale), "yuv420p"
        video.options = {"deadline": "realtime", "cpu-used": "8", "g": str(rate_hz)}
        voice = container.add_stream("libopus", rate=48_000, layout="mono")
        for number in range(round(LONG_S * rate_hz)):
            t_s = number / rate_hz
            first, second = places(t_s)
            drawn = room({first: (look(t_s), PALE), second: ("neutral", DARK)}, scale)
            container.mux(video.encode(av.VideoFrame.from_ndarray(np.asarray(drawn), "rgb24")))
        container.mux(video.encode())
        heard = av.AudioFrame.from_ndarray(np.repeat(sound(), 3)[None], "flt", "mono")
        heard.sample_rate = 48_000
        container.mux(voice.encode(heard))
        container.mux(voice.encode())
    return path


# ---- canned answers --------------------------------------------------------------------------------------------------


def emotion(label: str, share: float, **changes: Any) -> dict[str, Any]:
    """A task of names with `share` on the label and the rest spread over the others, falling."""
    others = [name for name in NAMES if name != label]
    weights = [0.5**i for i in range(len(others))]
    scores = {label: share} | {n: (1 - share) * w / sum(weights) for n, w in zip(others, weights, strict=True)}
    made = {"target": "emotion", "scheme": "ferplus", "view": "perceived", "kind": "distribution", "scores": scores}
    return made | {"labels": [label], "confidence": round(share - 0.06, 2), "abstain": share < 0.4} | changes


def vad(valence: float, arousal: float) -> dict[str, Any]:
    values = {"valence": valence, "arousal": arousal, "dominance": 0.1}
    low, high = ({name: round(v + by, 3) for name, v in values.items()} for by in (-0.22, 0.22))
    made = {"target": "dimensions", "scheme": "vad", "view": "perceived", "kind": "continuous", "values": values}
    return made | {"low": low, "high": high}


def row(id: str, name: str, tasks: Any, span: Any = (None, None), **changes: Any) -> dict[str, Any]:
    start_s, end_s = span
    made = {"id": id, "input": name, "start_s": start_s, "end_s": end_s, "track": None}
    made |= {"modalities": {"used": ["text"], "missing": [], "disagreement": None}, "bundles": ["text-en@2"]}
    return made | {"relative_to": None, "tasks": tasks, "error": None} | changes


FEEL = {"neutral": (0.05, -0.1), "happiness": (0.68, 0.32), "surprise": (0.24, 0.66), "sadness": (-0.5, -0.3)}


def _spoken(used: list[str], missing: list[str], disagreement: float | None, bundles: list[str]) -> dict[str, Any]:
    modalities = {"used": used, "missing": missing, "disagreement": disagreement}
    return {"modalities": modalities, "bundles": bundles}


def of_film(name: str, scale: float) -> list[dict[str, Any]]:
    """Fused segments, then those of the voice and of each face."""
    ends = [start_s for start_s, _ in STRETCHES[1:]] + [LONG_S]
    spans = [(start_s, end_s, label) for (start_s, label), end_s in zip(STRETCHES, ends, strict=True)]
    found = []
    for i, (start_s, end_s, label) in enumerate(spans):
        tasks = {"emotion": emotion(label, 0.62 + 0.05 * i), "vad": vad(*FEEL[label])}
        both = i != 2
        used = ["face", "speech"] if both else ["face"]
        missing, apart = (["text"], 0.12 + 0.08 * i) if both else (["speech", "text"], None)
        bundles = ["face@1", "speech@1"] if both else ["face@1"]
        found.append(row(f"{name}@{start_s}", name, tasks, (start_s, end_s), **_spoken(used, missing, apart, bundles)))
    for start_s, end_s, label in ((0.3, 4.1, "neutral"), (4.1, 6.0, "happiness"), (8.2, 12.0, "happiness")):
        tasks = {"emotion": emotion(label, 0.58), "vad": vad(FEEL[label][0] * 0.7, FEEL[label][1] + 0.1)}
        spoken = _spoken(["speech"], [], None, ["speech@1"])
        found.append(row(f"{name}#voice@{start_s}", name, tasks, (start_s, end_s), **spoken))
    for id, its in ((1, spans), (2, [(3.0, 7.5, "neutral"), (7.5, 12.0, "sadness")])):
        for start_s, end_s, label in its:
            where = [round(scale * v) for v in box(places(start_s)[id - 1])]
            track = {"kind": "face", "id": id, "box": where, "quality": 0.7, "detected": True}
            tasks = {"emotion": emotion(label, 0.71), "vad": vad(*FEEL[label])}
            spoken = _spoken(["face"], [], None, ["face@1"])
            id_ = f"{name}#face-{id}@{start_s}"
            found.append(row(id_, name, tasks, (start_s, end_s), track=track, **spoken))
    return found


def of_sound(name: str) -> list[dict[str, Any]]:
    spans = ((0.0, 3.5, "neutral", 0.66), (3.5, 8.0, "sadness", 0.38), (8.0, LONG_S, "happiness", 0.81))
    spoken = _spoken(["speech"], [], None, ["speech@1"]) | {"relative_to": "speaker"}
    return [
        row(f"{name}@{a}", name, {"emotion": emotion(label, share), "vad": vad(*FEEL[label])}, (a, b), **spoken)
        for a, b, label, share in spans
    ]


def of_picture(name: str) -> list[dict[str, Any]]:
    found = []
    for id, (place, label) in enumerate(zip(places(0), ("happiness", "neutral"), strict=True), 1):
        track = {"kind": "face", "id": id, "box": box(place), "quality": 0.8, "detected": True}
        tasks = {"emotion": emotion(label, 0.86 - 0.2 * id), "vad": vad(*FEEL[label])}
        found.append(row(f"{name}#face-{id}", name, tasks, track=track, **_spoken(["face"], [], None, ["face@1"])))
    return found


def of_text(number: int, text: str, taxonomy: str | None) -> dict[str, Any]:
    if not text.strip():
        message = "expected a text; found only blanks; fill it or leave it out"
        return row(f"text#{number}", text, {}, error={"kind": "input", "message": message}, **_spoken([], [], None, []))
    sad = "miss" in text
    tasks = {"emotion": emotion("sadness" if sad else "happiness", 0.9, view="expressed")}
    tasks["vad"] = vad(*FEEL["sadness" if sad else "happiness"])
    if taxonomy:
        lost = {"merged": {"joy": ["happiness", "amusement"]}, "dropped": {"neutral": 1.0}, "bits": 1.5}
        more = {"scheme": taxonomy, "confidence": None, "converted_from": "emotion", "lost": lost}
        tasks |= {taxonomy: emotion("sadness" if sad else "happiness", 0.97, **more)}
    return row(f"text#{number}", text, tasks)


MODELS = [
    {
        "name": name,
        "version": version,
        "modality": modality,
        "tasks": [{"id": "emotion", "scheme": "ferplus", "names": NAMES}],
        "licences": {"code": "Apache-2.0", "weights": "Apache-2.0", "data": {corpus: licence}},
        "figures": [],
        "size_bytes": 800_000,
    }
    for name, version, modality, corpus, licence in (
        ("text-en", 2, "text", "goemotions", "CC BY 4.0"),
        ("speech", 1, "speech", "crema_d", "ODbL 1.0"),
        ("face", 1, "face", "ferplus", "MIT"),
    )
]


def fake(token: str | None = None, scale: float = 0.25) -> Any:
    """The page with the routes of `affectkit serve` and canned answers; `heard` of its state tells what came."""
    from fastapi import FastAPI, Request, WebSocket
    from fastapi.responses import JSONResponse
    from fastapi.staticfiles import StaticFiles

    app = FastAPI()
    app.state.heard = []

    def refused(status: int, kind: str, message: str) -> Any:
        return JSONResponse({"error": {"kind": kind, "message": message}}, status)

    def barred(request: Any) -> Any:
        if token is None or request.headers.get("authorization") == f"Bearer {token}":
            return None
        return refused(
            401, "token", "expected the token of this server; found none; send it as Authorization: Bearer TOKEN"
        )

    async def predict(request: Request) -> Any:
        if (bar := barred(request)) is not None:
            return bar
        taxonomy = request.query_params.get("taxonomy")
        if request.headers["content-type"].startswith("application/json"):
            said = await request.json()
            texts = said.get("texts") or [said["text"]]
            return JSONResponse([of_text(i, text, taxonomy) for i, text in enumerate(texts, 1)])
        form = await request.form()
        name = str(form["file"].filename)  # type: ignore[union-attr]
        app.state.heard.append((name, dict(request.query_params), "transcript" in form))
        told = {".webm": lambda: of_film(name, scale), ".wav": lambda: of_sound(name), ".png": lambda: of_picture(name)}
        suffix = Path(name).suffix
        if suffix in told:
            return JSONResponse(told[suffix]())
        if suffix == ".huge":
            return refused(413, "size", "expected at most 100 MB; found more; send less at once")
        message = f"expected a file of a known kind; found the suffix {suffix!r}; name a bundle, or give its text"
        return JSONResponse(
            [row(name, name, {}, error={"kind": "input", "message": message}, **_spoken([], [], None, []))]
        )

    async def models(request: Request) -> Any:
        return barred(request) or JSONResponse(MODELS)

    async def taxonomies(request: Request) -> Any:
        return barred(request) or JSONResponse(["ekman", "goemotions", "plutchik"])

    async def stream(live: WebSocket) -> None:
        await live.accept()
        first = json.loads(await live.receive_text())
        app.state.heard.append(first)
        sizes: list[int] = []
        while True:
            message = await live.receive()
            if message["type"] == "websocket.disconnect":
                return
            if message.get("text"):
                app.state.heard.append(json.loads(message["text"]))
                await live.close(1000)
                return
            sizes.append(len(message["bytes"]))
            number = len(sizes)
            if first["modality"] == "face":
                app.state.heard.append(message["bytes"][:3])
                track = {"kind": "face", "id": 1, "box": [160, 90, 320, 300], "quality": 0.9, "detected": True}
                more = _spoken(["face"], [], None, ["face@1"]) | {"track": track}
                t_s = number / 5
            elif number % 3:
                continue
            else:
                more, t_s = _spoken(["speech"], [], None, ["speech@1"]), number / 10 - 0.3
            label = ("neutral", "happiness")[number // 6 % 2]
            tasks = {"emotion": emotion(label, 0.7), "vad": vad(*FEEL[label])}
            end_s = None if first["modality"] == "face" else t_s + 0.6
            await live.send_text(json.dumps([row(f"live@{t_s:.1f}", "live", tasks, (t_s, end_s), **more)]))

    for work in (predict, stream, models, taxonomies):  # values, where this module's annotations are texts
        work.__annotations__ = {"live": WebSocket} if work is stream else {"request": Request}
    app.post("/v1/predict")(predict)
    app.get("/v1/models")(models)
    app.get("/v1/taxonomies")(taxonomies)
    app.websocket("/v1/stream")(stream)
    app.mount("/", StaticFiles(directory=WEB, html=True))
    return app


@contextlib.contextmanager
def serving(app: Any) -> Iterator[str]:
    """The address at which an application is served, on a free port, as long as the context lasts."""
    import uvicorn

    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server ended before it began"
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    finally:
        server.should_exit = True
        thread.join(10)
