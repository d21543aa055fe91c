"""The service by its answers: the form of predict --json, errors by their text, limits, tokens, names, streams."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import json
import os
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from fastapi.testclient import TestClient
from PIL import Image
from starlette.websockets import WebSocketDisconnect
from typer.testing import CliRunner

import affectkit
import portraits
import toys
import voices
from affectkit import find
from affectkit.app import cli
from affectkit.app.server import apart, application, predicting, refused, streaming, uploads
from affectkit.app.server.settings import MB, MOST_FILES, MOST_ITEMS, MOST_JSON_MB, Settings
from affectkit.errors import InputError, MissingExtra, UsageError
from affectkit.modalities import _frames
from affectkit.prediction import Prediction
from affectkit.runtime import predict as runtime
from affectkit.runtime import workers
from affectkit.runtime.jobs import Job
from affectkit.runtime.options import Item, Options
from affectkit.runtime.predict import Told
from affectkit.sample import Media

TOKEN = "open-sesame"


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("bundles")
    made = {name: folder / f"{name}.affect" for name in ("toy", "voices", "portraits")}
    toys.pack(made["toy"])
    voices.pack(made["voices"])
    portraits.pack(made["portraits"])
    return made


@pytest.fixture(scope="module")
def spool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("spool")


class Near:
    """Tells files as the process beside a thread does, in the thread itself, where drawn faces are known."""

    def __init__(self, job: Job, threads: int) -> None:
        self._tell = job.teller(threads)

    def tell(self, items: Iterable[Item]) -> list[Told]:
        return list(self._tell(items))

    def stop(self) -> None:
        """What runs in a thread cannot be stopped."""


@pytest.fixture(scope="module", autouse=True)
def in_here(spool: Path) -> Iterator[None]:
    """Temporary files of this module in a folder of their own, a detector that finds drawn faces, and no processes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(spool))
        patch.setattr(predicting, "Worker", Near)
        portraits.known(patch)
        yield


def serving(bundles: dict[str, Path], **settings: Any) -> Any:
    return application.build(Settings(bundles=tuple(map(str, bundles.values())), workers=2, **settings))


@pytest.fixture(scope="module")
def client(bundles: dict[str, Path]) -> Iterator[TestClient]:
    with TestClient(serving(bundles)) as made:
        yield made


@pytest.fixture(autouse=True)
def nothing_left(spool: Path) -> Iterator[None]:
    yield
    assert list(spool.iterdir()) == []


def wav(sound: Any = None, rate_hz: int = 16_000) -> bytes:
    out = io.BytesIO()
    soundfile.write(out, voices.voice(3, 0.9) if sound is None else sound, rate_hz, format="WAV")
    return out.getvalue()


def picture(faces: Any = ((portraits.RED, 60, 60, 60), (portraits.GREEN, 180, 60, 60))) -> bytes:
    out = io.BytesIO()
    Image.fromarray(portraits.picture(faces)).save(out, "PNG")
    return out.getvalue()


def message(answer: Any) -> str:
    said: str = answer.json()["error"]["message"]
    return said


def post(client: TestClient, body: Any, **options: Any) -> Any:
    kind = {"content-type": "application/json"}  # as plain ASCII, so that half a character can be sent
    return client.post("/v1/predict", content=json.dumps(body), params=options, headers=kind)


def upload(client: TestClient, *files: tuple[str, bytes], **options: Any) -> Any:
    return client.post("/v1/predict", files=[("file", one) for one in files], params=options)


# ---- texts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [{"text": "we won !"}, {"texts": ["we won !", "joy"]}, ["we won !", "joy", "bad"]])
def test_texts_are_answered_as_predict_answers_them(client: TestClient, bundles: dict[str, Path], body: Any) -> None:
    texts = body if isinstance(body, list) else body.get("texts") or [body["text"]]
    answer = post(client, body)
    assert answer.status_code == 200
    assert answer.json() == runtime.load(bundles["toy"]).predict(texts).to_json()
    assert [Prediction.from_json(one).ok for one in answer.json()] == [True] * len(texts)


def test_options_do_what_they_do_on_the_command_line(client: TestClient, bundles: dict[str, Path]) -> None:
    answer = post(client, {"text": "joy"}, top=2, taxonomy="ekman", threshold=0.5, bundle="toy")
    wanted = runtime.load(bundles["toy"]).predict(["joy"], top=2, taxonomy="ekman", threshold=0.5)
    assert answer.json() == wanted.to_json()
    assert len(answer.json()[0]["tasks"]["goemotions"]["scores"]) == 2


def test_a_bad_text_fails_alone(client: TestClient) -> None:
    good, blank, half, nul = post(client, ["joy", " ", "a\ud83d", "a\0b"]).json()
    assert good["error"] is None and good["tasks"]["goemotions"]["labels"][0] == "joy"
    assert blank["error"]["kind"] == "input" and blank["tasks"] == {}
    wanted = "expected a text of whole characters; found U+D83D at 1, which is half of one; send it as UTF-8"
    assert half["error"] == {"kind": "input", "message": wanted}
    assert (
        nul["error"]["message"] == "expected a text without NUL bytes; found one at character 1; save it as UTF-8 text"
    )


def test_many_texts_keep_their_order_among_many_clients(client: TestClient, bundles: dict[str, Path]) -> None:
    words = toys.NAMES
    texts = [[f"{words[(i + k) % len(words)]} {words[k % len(words)]}" for k in range(1 + 9 * i)] for i in range(12)]
    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(lambda its: post(client, its).json(), texts))
    predictor = runtime.load(bundles["toy"])
    for its, answer in zip(texts, found, strict=True):
        assert [one["input"] for one in answer] == its
        assert answer == predictor.predict(its).to_json()


def test_texts_that_come_together_run_together(bundles: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predicting, "_COLLECT_S", 0.5)
    desk, sizes, real = predicting.Desk(predicting.Shelf([str(bundles["toy"])]), Settings()), [], []
    told = desk._told
    monkeypatch.setattr(
        desk, "_told", lambda s, items, o, strict: sizes.append(len(items)) or told(s, items, o, strict)
    )

    async def together() -> list[Any]:
        options = runtime.Options()
        return await asyncio.gather(*(desk.texts([word], None, options) for word in ("joy", "anger", "fear")))

    real = asyncio.run(together())
    desk.close()
    assert sizes == [3]
    assert [its[0][0].tasks["goemotions"].labels[0] for its in real] == ["joy", "anger", "fear"]


def test_a_request_does_not_fail_by_another_ones_text(
    bundles: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predicting, "_COLLECT_S", 0.5)
    desk = predicting.Desk(predicting.Shelf([str(bundles["toy"])]), Settings())
    told = desk._told

    def falls(served: Any, items: Any, options: Any, strict: bool) -> Any:
        if any(item.media.text == "poison" for item in items):
            raise RuntimeError("poisoned")
        return told(served, items, options, strict)

    monkeypatch.setattr(desk, "_told", falls)

    async def together() -> list[Any]:
        texts = (["joy"], ["poison"])
        return await asyncio.gather(*(desk.texts(t, None, runtime.Options()) for t in texts), return_exceptions=True)

    good, bad = asyncio.run(together())
    desk.close()
    assert good[0][0].tasks["goemotions"].labels[0] == "joy"
    assert str(bad) == "poisoned"


FORM = 'expected JSON of the form {"text": "..."}, {"texts": ["...", "..."]} or a list of texts; found '


@pytest.mark.parametrize(
    ("body", "status", "wanted"),
    [
        (b"{", 400, "expected a body of JSON in UTF-8; found Expecting property name"),
        (b"\xff\xfe\x00", 400, "expected a body of JSON in UTF-8; found"),
        (b"[" * 100_000, 400, "expected a body of JSON in UTF-8; found maximum recursion depth exceeded"),
        (b'{"txt": "a"}', 422, FORM + "'txt'; correct it; files go as a form with the part 'file'"),
        (b"{}", 422, FORM + "an empty object"),
        (b"3", 422, FORM + "int"),
        (b'["a", 3]', 422, FORM + "int as text 2"),
        (b'{"texts": null}', 422, FORM + "NoneType"),
        (b"[]", 422, FORM + "an empty list"),
        (
            json.dumps(["a"] * (MOST_ITEMS + 1)).encode(),
            413,
            "expected at most 10,000 texts; found 10,001; send them in",
        ),
    ],
)
def test_a_body_that_is_none_is_said_in_a_sentence(client: TestClient, body: bytes, status: int, wanted: str) -> None:
    answer = client.post("/v1/predict", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == status
    assert message(answer).startswith(wanted)


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({"bundle": "toi"}, "expected the name of a bundle that is served; found 'toi'; did you mean toy?"),
        ({"bundle": "../../etc/passwd"}, "expected the name of a bundle that is served; found '../../etc/passwd'"),
        ({"taxonomy": "../errors"}, "expected the name of a taxonomy; found '../errors'"),
        ({"top": 0}, "expected another top; found '0'; Input should be greater than or equal to 1"),
        ({"threshold": "nan"}, "expected another threshold; found 'nan'"),
        ({"segments": "maybe"}, "expected another segments; found 'maybe'"),
        ({"bundle": "toy", "segments": True}, "expected a bundle of what is in time, for --segments; found toy@3"),
    ],
)
def test_a_wrong_option_is_said_in_a_sentence(client: TestClient, options: dict[str, Any], wanted: str) -> None:
    answer = post(client, {"text": "joy"}, **options)
    assert answer.status_code == 422
    assert message(answer).startswith(wanted)


def test_other_requests_are_refused_in_three_parts(client: TestClient) -> None:
    plain = client.post("/v1/predict", content=b"joy", headers={"content-type": "text/plain"})
    wanted = "expected application/json or multipart/form-data; found 'text/plain'; set Content-Type"
    assert (plain.status_code, message(plain)) == (415, wanted)
    assert client.post("/v1/predict").status_code == 415
    there = client.get("/v1/nothing")
    assert (there.status_code, message(there)) == (404, "expected a path of this server; found /v1/nothing; see /docs")
    method = client.put("/v1/predict")
    assert method.status_code == 405 and message(method).startswith("expected a method that this path has; found PUT")


# ---- files -----------------------------------------------------------------------------------------------------------


def test_files_are_answered_by_what_they_are(client: TestClient, bundles: dict[str, Path], tmp_path: Path) -> None:
    voice, faces = upload(client, ("call.wav", wav())), upload(client, ("group.png", picture()))
    sound = runtime.load(bundles["voices"]).predict(
        Media(path=str(voices.write(tmp_path / "a.wav", voices.voice(3, 0.9))))
    )
    assert voice.json()[0]["tasks"] == sound.to_json()[0]["tasks"]
    assert [one["id"] for one in voice.json()] == ["call.wav"]
    assert [one["id"] for one in faces.json()] == ["group.png#face-1", "group.png#face-2"]
    assert [one["tasks"]["face"]["labels"] for one in faces.json()] == [["anger"], ["happiness"]]
    assert faces.json()[0]["track"]["box"] == [36, 30, 85, 91]
    text = upload(client, ("note.txt", b"joy"))
    assert text.json()[0]["tasks"]["goemotions"]["labels"][0] == "joy"


def test_several_files_and_segments(client: TestClient) -> None:
    answer = upload(client, ("a.wav", wav()), ("a.wav", wav(voices.noise(3))), ("b.png", picture()), segments=True)
    assert answer.status_code == 200
    found = answer.json()
    assert found[0]["id"].startswith("a.wav@") and found[0]["end_s"] > found[0]["start_s"]
    silent = next(one for one in found if one["id"] == "a.wav (2)")
    assert silent["error"]["kind"] == "nothing"
    assert silent["error"]["message"].startswith("expected speech in a.wav (2); found no speech in 3.00 s")
    assert found[-1]["id"] == "b.png#face-2"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../../etc/cron.d/x.wav", "x.wav"),
        ("..\\..\\x.wav", "x.wav"),
        ("/etc/passwd.wav", "passwd.wav"),
        ("a\0b.wav", "a\ufffdb.wav"),
        ("a" * 296 + ".wav", "a" * 80 + "….wav"),
        ("a\r\nb.wav", "a\ufffd\ufffdb.wav"),
        (".wav", "wav"),
        ("..", "upload"),
        ("", "upload"),
        ("a." + "b" * 300, "a." + "b" * 78 + "…"),
    ],
)
def test_names_are_shown_without_folders_or_what_cannot_be_printed(name: str, shown: str) -> None:
    assert uploads.shown(name) == shown


@pytest.mark.parametrize("name", ["../../x.wav", "a\0b.wav", "y" * 300 + ".wav", "$(reboot).wav", "-rf.WAV"])
def test_a_name_never_becomes_a_path(client: TestClient, spool: Path, name: str) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="' + name.encode() + b'"\r\n\r\n'
    body = head + b"no sound" + b"\r\n--x--\r\n"
    answer = client.post("/v1/predict", content=body, headers={"content-type": "multipart/form-data; boundary=x"})
    assert answer.status_code == 200
    (found,) = answer.json()
    assert found["id"] == uploads.shown(name)
    assert found["error"]["message"].startswith(f"expected a sound file at {uploads.shown(name)}; found")
    assert str(spool) not in answer.text and tempfile.gettempdir() not in answer.text
    assert not list(spool.parent.glob("x.wav"))


def test_files_lie_in_a_folder_of_their_own_while_they_are_read(
    client: TestClient, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, int]] = []
    real = predicting.Desk.uploads

    async def looked(self: Any, files: Any, *rest: Any) -> Any:
        for one in files:
            seen.append((one.path.relative_to(spool).as_posix(), one.path.parent.stat().st_mode & 0o777))
        return await real(self, files, *rest)

    monkeypatch.setattr(predicting.Desk, "uploads", looked)
    upload(client, ("secret.PNG", picture()))
    ((path, mode),) = seen
    folder, _, name = path.partition("/")
    assert folder.startswith("affectkit-") and mode == 0o700
    assert len(name) == len("0" * 32 + ".png") and name.endswith(".png") and "secret" not in path


@pytest.mark.parametrize(
    ("name", "content", "wanted"),
    [
        ("a.exe", b"MZ", "expected a file of a known kind in a.exe; found the suffix '.exe'; rename or convert it"),
        ("a", b"x", "expected a file of a known kind in a; found no suffix; rename or convert it"),
        ("a.wav", b"", "expected a sound file at a.wav; found an empty file; get it again, or leave the item out"),
        ("a.png", picture()[:99], "expected a whole picture at a.png; found"),
        ("a.png", b"cposix\nsystem\n(S'true'\ntR.", "expected a whole picture at a.png; found bytes of no known kind"),
        ("a.csv", b"path\n/etc/passwd\n", "expected"),
        ("a.jpg", b"<svg/>", "expected a whole picture at a.jpg; found"),
    ],
)
def test_a_file_that_is_none_has_its_error_within_the_answer(
    client: TestClient, name: str, content: bytes, wanted: str
) -> None:
    answer = upload(client, (name, content), ("b.png", picture()))
    assert answer.status_code == 200
    first, *rest = answer.json()
    assert first["error"]["message"].startswith(wanted) and first["tasks"] == {}
    assert len(rest) == 2 and rest[0]["error"] is None
    assert "root:" not in answer.text


def test_a_decompression_bomb_is_refused_by_its_size(client: TestClient) -> None:

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 20_000, 20_000, 1, 0, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(99))) + chunk(b"IEND", b"")
    (found,) = upload(client, ("bomb.png", bomb)).json()
    assert found["error"]["message"].startswith("expected at most 178,956,970 pixels in a picture at bomb.png; found 4")


def film(path: Path) -> bytes:
    """Two seconds of a red face, with a voice."""
    import av

    with av.open(str(path), "w") as container:
        pictures = container.add_stream("mpeg4", rate=10)
        pictures.width, pictures.height, pictures.pix_fmt, pictures.bit_rate = 240, 120, "yuv420p", 2_000_000
        sound = container.add_stream("aac", rate=16_000)
        sound.layout = "mono"
        for _ in range(20):
            frame = av.VideoFrame.from_ndarray(portraits.picture([(portraits.RED, 60, 60, 60)]), "rgb24")
            container.mux(pictures.encode(frame))
        container.mux(pictures.encode())
        samples = av.AudioFrame.from_ndarray(voices.voice(2, 0.9)[None], "fltp", "mono")
        samples.rate = 16_000
        container.mux(sound.encode(samples))
        container.mux(sound.encode())
    return path.read_bytes()


def test_of_a_video_all_bundles_tell_together_first(client: TestClient, tmp_path: Path) -> None:
    content = film(tmp_path / "x.mp4")
    found = upload(client, ("call.mp4", content)).json()
    assert found[0]["id"] == "call.mp4" and found[0]["modalities"]["used"] == ["face", "speech"]
    assert found[0]["bundles"] == ["portraits@1", "voices@1"] and found[0]["modalities"]["disagreement"] is not None
    assert {one["track"]["kind"] for one in found[1:]} == {"face", "speech"}
    one = upload(client, ("call.mp4", content), bundle="portraits").json()
    assert [p["bundles"] for p in one] == [["portraits@1"]]
    words = b"1\n00:00:00,000 --> 00:00:01,500\njoy joy\n"
    files = [("file", ("call.mp4", content)), ("transcript", ("t.srt", words))]
    both = client.post("/v1/predict", files=files, params={"segments": True}).json()
    assert "text" in both[0]["modalities"]["used"] and both[0]["start_s"] == 0
    assert {b for one in both for b in one["bundles"]} == {"portraits@1", "voices@1", "toy@3"}
    twice = client.post("/v1/predict", files=[*files, files[0]])
    assert twice.status_code == 422
    assert message(twice) == "expected one file with a transcript; found 2; send one request for each"


def test_a_video_of_frames_that_fill_the_memory_is_refused(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_frames, "_LARGEST_PX", 240 * 120 - 1)
    (found,) = upload(client, ("bomb.mp4", film(tmp_path / "x.mp4")), bundle="portraits").json()
    wanted = (
        "expected frames of at most 28,799 pixels in bomb.mp4; found 240 x 120; save it smaller, or leave the item out"
    )
    assert found["error"] == {"kind": "input", "message": wanted}


@pytest.mark.parametrize("rate_hz", [1, 999])
def test_a_sound_that_would_grow_without_bound_is_refused(client: TestClient, rate_hz: int) -> None:
    made = bytearray(wav())
    made[24:28] = struct.pack("<I", rate_hz)
    (found,) = upload(client, ("bomb.wav", bytes(made))).json()
    wanted = f"expected at least 1,000 samples per second in bomb.wav; found {rate_hz}; get it again"
    assert found["error"]["message"].startswith(wanted)


def form(client: TestClient, body: bytes, kind: str = "multipart/form-data; boundary=x") -> Any:
    return client.post("/v1/predict", content=body, headers={"content-type": kind})


PART = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'


@pytest.mark.parametrize(
    ("body", "kind", "status", "wanted"),
    [
        (PART, "multipart/form-data", 400, "expected a boundary in the content type of a form; found none"),
        (
            PART + b"abc",
            "multipart/form-data; boundary=x",
            400,
            "a whole form of multipart/form-data; found one that ends",
        ),
        (b"garbage", "multipart/form-data; boundary=x", 400, "expected a whole form of multipart/form-data; found"),
        (b"", "multipart/form-data; boundary=x", 400, "expected a whole form of multipart/form-data; found"),
        (
            PART.replace(b'"file"', b'"evil"') + b"a\r\n--x--\r\n",
            "multipart/form-data; boundary=x",
            422,
            "expected parts 'file' and 'transcript' in the form; found 'evil'; leave it out",
        ),
        (
            PART.replace(b'"file"', b'"transcript"') + b"a\r\n--x--\r\n",
            "multipart/form-data; boundary=x",
            422,
            "expected at least one part 'file' in the form; found none; send a file as 'file'",
        ),
    ],
)
def test_a_form_that_is_none_is_refused(client: TestClient, body: bytes, kind: str, status: int, wanted: str) -> None:
    answer = form(client, body, kind)
    assert answer.status_code == status
    assert wanted in message(answer)


def test_too_many_files_are_refused(client: TestClient) -> None:
    answer = form(client, PART * 0 + b"".join(PART + b"a\r\n" for _ in range(MOST_FILES + 1)) + b"--x--\r\n")
    assert (answer.status_code, message(answer)) == (
        413,
        "expected at most 64 files; found more; send them in several requests",
    )


def test_a_transcript_that_is_none_is_refused(client: TestClient) -> None:
    files = [("file", ("a.wav", wav())), ("transcript", ("t.srt", b"nothing"))]
    answer = client.post("/v1/predict", files=files)
    assert answer.status_code == 422
    assert "t.srt" in message(answer) and tempfile.gettempdir() not in message(answer)


# ---- limits ----------------------------------------------------------------------------------------------------------


def test_what_is_too_large_is_cut_off_while_it_comes(bundles: dict[str, Path], spool: Path) -> None:
    stored: list[int] = []

    def endless() -> Iterator[bytes]:
        yield PART
        for _ in range(10_000):  # 10 GB
            stored.append(sum(p.stat().st_size for p in spool.rglob("*") if p.is_file()))
            yield bytes(MB)

    class Slowly:
        def __init__(self) -> None:
            self.headers = {"content-type": "multipart/form-data; boundary=x"}

        async def stream(self) -> Any:
            for chunk in endless():
                yield chunk

    async def receive() -> None:
        with uploads.folder() as folder:
            await uploads.form(Slowly(), folder, 3 * MB)

    with pytest.raises(refused.Refused, match=r"expected a request of at most 3 MB; found more after 3.0 MB") as error:
        asyncio.run(receive())
    assert error.value.status == 413
    assert len(stored) == 3 and max(stored) <= 3 * MB


def test_a_length_over_the_limit_is_refused_before_anything_is_read(bundles: dict[str, Path]) -> None:
    with TestClient(serving(bundles, most_mb=1)) as client:
        answer = upload(client, ("a.wav", bytes(2 * MB)))
        assert answer.status_code == 413 and answer.headers["connection"] == "close"
        assert (
            message(answer) == "expected a request of at most 1 MB; found 2.0 MB; send less at once, or raise --most-mb"
        )
        assert upload(client, ("a.wav", wav())).status_code == 200
    lied = {"content-type": "application/json", "content-length": "9" * 400}
    with TestClient(serving(bundles)) as client:
        assert client.post("/v1/predict", content=b"[]", headers=lied).status_code == 413
        answer = client.post(
            "/v1/predict", content=b" " * (MOST_JSON_MB * MB + 1), headers={"content-type": "application/json"}
        )
        assert answer.status_code == 413 and "at most 16 MB" in message(answer)


def test_what_takes_too_long_is_refused_and_its_file_cut_to_nothing(
    bundles: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    at_end, path, over = threading.Event(), [], threading.Event()

    def slow(shelf: Any, asked: Any) -> Any:
        path.append(Path(asked.media.path))
        with path[0].open("rb", buffering=0) as file:
            while file.seek(0) == 0 and file.read(1):  # as a decoder that goes on until the end
                time.sleep(0.01)
        at_end.set()
        over.wait(5)
        return (Prediction("x", "x"),)

    monkeypatch.setattr(apart, "told", slow)
    with TestClient(serving(bundles, timeout_s=0.3)) as client:
        answer = upload(client, ("a.wav", wav()))
        assert (answer.status_code, answer.json()["error"]["kind"]) == (408, "time")
        assert message(answer).startswith("expected a request that takes at most 0.3 s to be answered; found one that")
        assert at_end.wait(5) and not path[0].exists()
        over.set()


def test_when_too_many_wait_the_next_one_is_told_so(bundles: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predicting, "_MOST_WAITING_TEXTS", 0)
    monkeypatch.setattr(predicting, "_MOST_WAITING_FILES", -2)
    with TestClient(serving(bundles)) as client:
        for answer in (post(client, ["joy"]), upload(client, ("a.wav", wav()))):
            assert answer.status_code == 429 and answer.headers["retry-after"] == "1"
            wanted = "expected room for one more request; found too many that wait; try again in a second"
            assert message(answer) == wanted


def test_a_fault_of_the_server_is_a_sentence_and_stays_in_the_log(
    bundles: dict[str, Path], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def falls(*_: Any) -> Any:
        raise RuntimeError("secret")

    monkeypatch.setattr(predicting.Desk, "_told", falls)
    with TestClient(serving(bundles)) as client:
        answer = post(client, ["joy"])
        assert (answer.status_code, message(answer)) == (
            500,
            "expected an answer; found a fault of the server; report it with what its log says",
        )
        assert "secret" not in answer.text and "secret" in caplog.text
        assert 'affectkit_requests_total{route="/v1/predict",status="500"} 1.0' in client.get("/metrics").text


# ---- processes -------------------------------------------------------------------------------------------------------


class Cursed(apart.Reading):
    """Two files are more than a decoder can bear; defined here so that a process can import it."""

    def teller(self, threads: int | None = None) -> Callable[[Iterable[Item]], Iterator[Told]]:
        tell = apart.Reading(names=self.names).teller(threads)

        def told(items: Iterable[Item]) -> Iterator[Told]:
            for item in items:
                if item.id == "hangs.wav" and isinstance(item.media, Media):
                    Path(f"{item.media.path}.pid").write_text(f"{os.getpid()}\n", encoding="ascii")
                    while True:  # whatever becomes of the file
                        time.sleep(0.1)
                if item.id == "kills.wav" and isinstance(item.media, Media):
                    os.kill(os.getpid(), signal.SIGKILL)
                (said,) = tell([item])
                yield tuple(dataclasses.replace(one, id=str(os.getpid())) for one in said)

        return told


def test_a_decoder_that_hangs_is_killed_and_one_that_breaks_is_an_error(
    bundles: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predicting, "Worker", workers.Worker)
    monkeypatch.setattr(predicting, "Reading", Cursed)
    settings = Settings(bundles=(str(bundles["voices"]),), workers=1)
    desk = predicting.Desk(predicting.Shelf(settings.bundles), settings)
    (tmp_path / "x.wav").write_bytes(wav())

    async def told(name: str) -> Prediction:
        ((found,),) = await desk.uploads([uploads.Upload(name, tmp_path / "x.wav")], None, Options())
        return found

    async def hung() -> int:
        said, asked = tmp_path / "x.wav.pid", asyncio.create_task(told("hangs.wav"))
        async with asyncio.timeout(60):
            while not (said.exists() and said.read_text(encoding="ascii").endswith("\n")):
                await asyncio.sleep(0.01)
        asked.cancel()  # as a request that takes too long is
        with pytest.raises(asyncio.CancelledError):
            await asked
        return int(said.read_text(encoding="ascii"))

    async def all_of_them() -> list[Prediction]:
        pid = await hung()
        found = [await told("a.wav")]  # there is but one thread: it is free again
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
        return [*found, await told("b.wav"), await told("kills.wav"), await told("c.wav")]

    try:
        first, second, killed, last = asyncio.run(all_of_them())
    finally:
        desk.close()
    (wanted,) = runtime.load(bundles["voices"]).predict(Media(path=str(tmp_path / "x.wav")))
    assert first.tasks == last.tasks == wanted.tasks and first.ok
    assert first.id == second.id != last.id, "a process stays for the next file, unless it was killed"
    assert killed.error is not None and killed.error.message == (
        "expected a worker that lives through kills.wav; found one that was ended by SIGKILL; "
        "it may need more memory than there is: give it alone, or leave it out"
    )


def test_a_fault_in_a_process_is_a_sentence_and_stays_in_the_log(
    bundles: dict[str, Path], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def falls(*_: Any) -> Any:
        raise RuntimeError("secret")

    monkeypatch.setattr(apart, "told", falls)
    with TestClient(serving(bundles)) as client:
        answer = upload(client, ("a.wav", wav()))
        assert answer.status_code == 500 and message(answer).startswith("expected an answer; found a fault of the")
        assert "secret" not in answer.text and "RuntimeError: secret" in caplog.text


def test_a_turn_that_is_over_begins_nothing() -> None:
    def begin() -> workers.Worker:
        raise AssertionError("a process begins")

    turn = apart.Turn(deque(), begin)
    turn.stop()
    with pytest.raises(workers.WorkerError, match="expected a request that waits; found one that has ended; send it"):
        turn.tell(apart.Asked("a.wav", "a.wav", Media(path="a.wav"), ("voices",)))


# ---- token -----------------------------------------------------------------------------------------------------------


def test_a_token_is_demanded(bundles: dict[str, Path]) -> None:
    with TestClient(serving({"toy": bundles["toy"]}, token=TOKEN)) as client:
        for answer in (post(client, ["joy"]), client.get("/v1/models"), client.get("/metrics")):
            assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"
            wanted = "expected the token of this server; found none; send it as Authorization: Bearer TOKEN"
            assert message(answer) == wanted
        wrong = client.get("/v1/models", headers={"authorization": "Bearer opensesame"})
        assert wrong.status_code == 401 and "found another" in message(wrong)
        right = {"authorization": f"bearer {TOKEN}"}
        assert client.post("/v1/predict", json=["joy"], headers=right).status_code == 200
        assert client.get("/metrics", headers=right).status_code == 200
        assert client.get("/health").status_code == 200  # for what watches over it


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({"host": "0.0.0.0"}, "expected a token for a host beyond this machine; found the host 0.0.0.0, which other"),
        ({"host": "::"}, "expected a token for a host beyond this machine; found the host ::"),
        ({"host": "example.org"}, "expected a token for a host beyond this machine"),
        ({"token": "short"}, "expected a token of at least 8 ASCII letters, digits or signs, without spaces; found"),
        ({"token": "with space"}, "expected a token of at least 8 ASCII letters"),
        ({"most_mb": 0}, "expected a size above 0; found 0; give a higher one, or leave it out"),
        ({"timeout_s": float("nan")}, "expected a time above 0; found nan"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, Any], wanted: str) -> None:
    with pytest.raises(UsageError) as error:
        Settings(**settings)
    assert str(error.value).startswith(wanted)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.2"])
def test_this_machine_needs_no_token(host: str) -> None:
    assert Settings(host).token is None
    assert Settings("0.0.0.0", TOKEN).host == "0.0.0.0"


# ---- what is told ----------------------------------------------------------------------------------------------------


def test_models_are_told(client: TestClient, bundles: dict[str, Path]) -> None:
    found = {one["name"]: one for one in client.get("/v1/models").json()}
    assert set(found) == {"toy", "voices", "portraits"}
    toy = found["toy"]
    assert (toy["version"], toy["modality"], toy["default"]) == (3, "text", True)
    assert toy["size_bytes"] == bundles["toy"].stat().st_size
    assert toy["licences"]["weights"] == "CC BY-SA 4.0" and toy["figures"][0]["value"] == 0.5
    assert [task["id"] for task in toy["tasks"]] == ["goemotions", "vad"]
    assert toy["tasks"][0]["names"] == list(toys.NAMES)


def test_health_and_headers(client: TestClient) -> None:
    answer = client.get("/health")
    assert answer.json() == {"status": "ok", "version": affectkit.__version__, "models": 3}
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'self'" in answer.headers["content-security-policy"]


def test_metrics_count_what_happened(bundles: dict[str, Path]) -> None:
    with TestClient(serving(bundles)) as client:
        post(client, ["joy", "bad"])
        post(client, [])
        upload(client, ("a.wav", wav()), ("a.exe", b""))
        client.get("/v1/one")
        client.get("/v1/two")
        found = client.get("/metrics").text
    for line in (
        'affectkit_requests_total{route="/v1/predict",status="200"} 2.0',
        'affectkit_requests_total{route="/v1/predict",status="422"} 1.0',
        'affectkit_items_total{modality="text"} 2.0',
        'affectkit_items_total{modality="speech"} 1.0',
        'affectkit_items_total{modality="none"} 1.0',
        'affectkit_seconds_count{route="/v1/predict"} 3.0',
        "affectkit_in_flight 1.0",
        "affectkit_streams 0.0",
    ):
        assert line in found.splitlines(), line
    assert "/v1/one" not in found  # a path of a client makes no series


def test_the_openapi_page_is_valid_and_told_without_other_sites(client: TestClient) -> None:
    from jsonschema import Draft202012Validator

    found = client.get("/openapi.json").json()
    assert found["openapi"].startswith("3.1.") and found["info"]["version"] == affectkit.__version__
    assert {"/v1/predict", "/v1/models", "/health", "/metrics"} <= set(found["paths"])
    every = [its for methods in found["paths"].values() for its in methods.values()]
    assert len({its["operationId"] for its in every}) == len(every)
    for its in every:
        assert its["summary"] and its["responses"]
        bodies = [its.get("requestBody", {}), *its["responses"].values()]
        schemas = [its["schema"] for body in bodies for its in body.get("content", {}).values()]
        for schema in (*schemas, *(one["schema"] for one in its.get("parameters", ()))):
            Draft202012Validator.check_schema(schema)
            assert "$ref" not in json.dumps(schema)
    its = found["paths"]["/v1/predict"]["post"]
    assert set(its["requestBody"]["content"]) == {"application/json", "multipart/form-data"}
    assert set(its["responses"]) == {"200", *(str(s) for s in (400, 401, 408, 413, 415, 422, 429, 500))}
    docs = client.get("/docs")
    assert docs.headers["content-type"].startswith("text/html")
    assert "POST /v1/predict" in docs.text and "//" not in docs.text.replace("<!doctype html>", "")
    assert "<script" not in docs.text and "people at work" in docs.text


def test_answers_fit_what_is_documented(client: TestClient) -> None:
    import jsonschema

    whole = client.get("/openapi.json").json()
    schema = whole["paths"]["/v1/predict"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    for answer in (post(client, ["joy", ""], taxonomy="ekman"), upload(client, ("a.png", picture()))):
        jsonschema.validate(answer.json(), schema)


def test_the_page_or_a_sentence_stands_at_the_root(
    bundles: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = tmp_path / "web"
    monkeypatch.setattr(application, "WEB", web)
    with TestClient(serving({"toy": bundles["toy"]})) as client:
        assert client.get("/").text == "affectkit answers here; the page is not installed. What it answers: /docs\n"
    web.mkdir()
    (web / "index.html").write_text("<title>page</title>", encoding="utf-8")
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    with TestClient(serving({"toy": bundles["toy"]})) as client:
        assert client.get("/").text == "<title>page</title>"
        assert client.get("/..%2fsecret.txt").status_code == 404
        assert post(client, ["joy"]).status_code == 200


# ---- streams ---------------------------------------------------------------------------------------------------------

SPEECH = {"modality": "speech", "rate_hz": 16_000, "form": "pcm_s16le"}
FACE = {"modality": "face", "form": "jpeg"}


def said(socket: Any) -> Any:
    return json.loads(socket.receive_text())


def test_a_microphone_is_answered_window_by_window(client: TestClient, bundles: dict[str, Path]) -> None:
    sound = np.round(voices.voice(8, 0.9) * 32767).astype("<i2")
    with client.websocket_connect("/v1/stream") as socket:
        socket.send_text(json.dumps(SPEECH))
        data = sound.tobytes()
        for at in range(0, len(data), 3_001):  # no block ends where a sample does
            socket.send_bytes(data[at : at + 3_001])
        socket.send_text('{"end": true}')
        found = [said(socket) for _ in range(4)]
        with pytest.raises(WebSocketDisconnect) as gone:
            socket.receive_text()
    assert gone.value.code == 1000
    spans = [(one["start_s"], one["end_s"]) for (one,) in found]
    assert spans == [(0.0, 2.5), (0.0, 5.0), (2.5, 7.5), (5.0, 8.0)]
    predictor = runtime.load(bundles["voices"])
    for (start_s, end_s), (one,) in zip(spans, found, strict=True):
        cut = sound[round(start_s * 16_000) : round(end_s * 16_000)].astype(np.float32) / 32768
        (wanted,) = predictor.predict(Media(array=cut))
        assert one["tasks"] == wanted.to_json()["tasks"] != {}
        assert one["id"] == f"stream@{start_s}" and one["modalities"]["used"] == ["speech"]


def test_another_rate_is_resampled(client: TestClient) -> None:
    sound = voices.voice(3, 0.9).astype("<f4")
    with client.websocket_connect("/v1/stream") as socket:
        socket.send_text(json.dumps({"modality": "speech", "rate_hz": 32_000, "form": "pcm_f32le"}))
        socket.send_bytes(np.repeat(sound, 2).tobytes())
        socket.send_text('{"end": true}')
        assert [(one["start_s"], one["end_s"]) for (one,) in (said(socket), said(socket))] == [(0.0, 2.5), (0.0, 3.0)]


@pytest.mark.parametrize(("level", "word"), [(0.0, "silence"), (2e-3, "none of it")])
def test_silence_says_so(client: TestClient, level: float, word: str) -> None:
    with client.websocket_connect("/v1/stream") as socket:
        socket.send_text(json.dumps(SPEECH))
        socket.send_bytes((voices.noise(3, level=level) * 32767).astype("<i2").tobytes())
        ((one,),) = [said(socket)]
    assert one["error"] == {
        "kind": "nothing",
        "message": f"expected speech from 0 to 2.5 s; found {word}; speak, or look to the microphone",
    }


def test_faces_are_followed_from_picture_to_picture(client: TestClient) -> None:
    with client.websocket_connect("/v1/stream") as socket:
        socket.send_text(json.dumps(FACE))
        socket.send_bytes(picture(((portraits.RED, 60, 60, 60), (portraits.GREEN, 180, 60, 60))))
        first = said(socket)
        socket.send_bytes(picture(((portraits.GREEN, 176, 60, 60),)))
        second = said(socket)
        socket.send_bytes(picture(()))
        (nobody,) = said(socket)
        socket.send_bytes(b"no picture")
        (broken,) = said(socket)
    assert [one["track"]["id"] for one in first] == [1, 2]
    assert [one["track"]["id"] for one in second] == [2]  # alone it would be the first
    assert second[0]["tasks"]["face"]["labels"] == ["happiness"]
    assert second[0]["start_s"] >= first[0]["start_s"]
    assert nobody["error"]["kind"] == "nothing"
    assert broken["error"]["message"].startswith("expected a whole picture at an array; found bytes of no known kind")


@pytest.mark.parametrize(
    ("first", "wanted"),
    [
        ("no json", 'expected JSON such as {"modality": "speech"'),
        ("[1]", 'expected JSON such as {"modality": "speech"'),
        (
            json.dumps({**SPEECH, "form": "mp3"}),
            "expected form among pcm_s16le, pcm_f32le; found 'mp3'; send it in one",
        ),
        (json.dumps({**SPEECH, "form": []}), "expected form among pcm_s16le, pcm_f32le; found []"),
        (
            json.dumps({**SPEECH, "rate_hz": 1}),
            "expected rate_hz from 4,000 to 192,000; found 1; give the rate of your",
        ),
        (json.dumps({**SPEECH, "rate_hz": "x"}), "expected rate_hz from 4,000 to 192,000; found 'x'"),
        (
            json.dumps({**SPEECH, "modality": "eeg"}),
            "expected a bundle that reads eeg; found only ones for face, speech",
        ),
        (
            json.dumps({"modality": "text", "form": "jpeg"}),
            "expected a bundle of sound or pictures for a stream; found",
        ),
        (json.dumps({**SPEECH, "bundle": "voice"}), "expected the name of a bundle that is served; found 'voice'"),
        (json.dumps({**SPEECH, "taxonomy": "nope"}), "expected the name of a taxonomy; found 'nope'"),
        (json.dumps({**SPEECH, "top": "x"}), "expected top as a number, taxonomy as a name, threshold as a share"),
        (json.dumps({**SPEECH, "path": "/etc"}), "expected modality, rate_hz, form, token, bundle, top, taxonomy, thr"),
        (json.dumps({**SPEECH, "token": 3}), "expected a text as token; found int"),
    ],
)
def test_a_first_message_that_is_none_is_refused(client: TestClient, first: str, wanted: str) -> None:
    with client.websocket_connect("/v1/stream") as socket:
        socket.send_text(first)
        found = said(socket)
        assert found["error"]["message"].startswith(wanted)
        with pytest.raises(WebSocketDisconnect) as gone:
            socket.receive_text()
    assert gone.value.code == 1008
    assert gone.value.reason == found["error"]["message"][: len(gone.value.reason)] != ""


def test_a_stream_wants_the_token_and_no_page_from_elsewhere(bundles: dict[str, Path]) -> None:
    with TestClient(serving(bundles, token=TOKEN)) as client:
        for token in (None, "opensesame"):
            with client.websocket_connect("/v1/stream") as socket:
                socket.send_text(json.dumps({**FACE, **({"token": token} if token else {})}))
                assert said(socket)["error"]["kind"] == "token"
        for first, headers in (({**FACE, "token": TOKEN}, {}), (FACE, {"authorization": f"Bearer {TOKEN}"})):
            with client.websocket_connect("/v1/stream", headers=headers) as socket:
                socket.send_text(json.dumps(first))
                socket.send_bytes(picture())
                assert len(said(socket)) == 2
        with client.websocket_connect("/v1/stream", headers={"origin": "https://evil.example"}) as socket:
            assert said(socket)["error"]["message"].startswith(
                "expected a page of this server; found one from elsewhere"
            )
        with client.websocket_connect("/v1/stream", headers={"origin": "http://testserver"}) as socket:
            socket.send_text(json.dumps({**FACE, "token": TOKEN}))
            socket.send_bytes(picture())
            assert len(said(socket)) == 2


@pytest.mark.parametrize(
    ("text", "data", "wanted"),
    [
        ("hello", None, 'expected binary messages, or {"end": true}; found another text; correct it'),
        (None, bytes(streaming.MOST_MESSAGE + 1), "expected messages of at most 4,000,000 bytes; found 4,000,001"),
        (None, np.full(9, np.nan, "<f4").tobytes(), "expected finite samples; found NaN or infinity; send plain PCM"),
    ],
)
def test_a_message_that_cannot_be_ends_the_stream(
    client: TestClient, text: str | None, data: bytes | None, wanted: str
) -> None:
    with client.websocket_connect("/v1/stream") as socket:
        socket.send_text(json.dumps({**SPEECH, "form": "pcm_f32le"}))
        socket.send_text(text) if text is not None else socket.send_bytes(data or b"")
        assert said(socket)["error"]["message"].startswith(wanted)


def test_who_sends_nothing_is_dropped_with_a_sentence(bundles: dict[str, Path]) -> None:
    with TestClient(serving(bundles, timeout_s=0.2)) as client, client.websocket_connect("/v1/stream") as socket:
        socket.send_text(json.dumps(FACE))
        wanted = "expected something within 0.2 s; found nothing; connect again when there is something to send"
        assert said(socket)["error"]["message"] == wanted


class Deaf:
    """A client that sends pictures and takes no answers."""

    def __init__(self) -> None:
        self.closed: tuple[int, str] | None = None
        self._first = True

    async def receive(self) -> dict[str, Any]:
        if self._first:
            self._first = False
            return {"type": "websocket.receive", "text": json.dumps(FACE)}
        await asyncio.sleep(0.001)
        return {"type": "websocket.receive", "bytes": picture(())}

    async def send_text(self, text: str) -> None:
        await asyncio.sleep(60)

    async def close(self, code: int, reason: str) -> None:
        self.closed = code, reason


def test_who_does_not_read_is_dropped_with_a_sentence(bundles: dict[str, Path]) -> None:
    desk, deaf = predicting.Desk(predicting.Shelf([str(bundles["portraits"])]), Settings()), Deaf()
    begun_s = time.monotonic()
    asyncio.run(streaming.Stream(deaf, desk, lambda _: True, 5, lambda _: None, send_s=0.1).run())
    desk.close()
    assert time.monotonic() - begun_s < 3
    assert deaf.closed == (
        1008,
        "expected a client that takes its answers within 0.1 s; found one that does not; read them as they come",
    )


def test_only_the_newest_picture_waits_and_sound_waits_within_a_bound(bundles: dict[str, Path]) -> None:
    shelf = predicting.Shelf([str(path) for path in bundles.values()])
    options = runtime.Options()
    camera = streaming.Camera(shelf.named("portraits"), FACE, options)
    camera.take(picture(((portraits.RED, 60, 60, 60),)))
    camera.take(picture(((portraits.BLUE, 60, 60, 60),)))
    job = camera.job(False)
    assert job is not None and camera.job(False) is None
    assert job(shelf.predictor(shelf.named("portraits")))[0].tasks["face"].labels == ("sadness",)
    microphone = streaming.Microphone(shelf.named("voices"), SPEECH, options)
    seconds = 0
    while not microphone.full:
        microphone.take(bytes(2 * 16_000))
        seconds += 1
    assert seconds == 33  # 2.5 s for the next window and 30 s that wait
    while microphone.full:
        assert microphone.job(False) is not None
    assert len(microphone._held) <= 33 * 16_000


# ---- the command -----------------------------------------------------------------------------------------------------


def run(*arguments: object) -> Any:
    return CliRunner().invoke(cli.build(), ["serve", *map(str, arguments)])


def test_the_command_says_what_is_wrong_before_it_starts(bundles: dict[str, Path]) -> None:
    beyond = run("--host", "0.0.0.0", "--bundle", bundles["toy"])
    assert beyond.exit_code == 2
    assert "affectkit: expected a token for a host beyond this machine; found the host 0.0.0.0" in beyond.stderr
    gone = run("--bundle", "nowhere.affect")
    assert gone.exit_code == 2 and "expected a .affect file at nowhere.affect; found no such file" in gone.stderr
    twice = run("--bundle", bundles["toy"], "--bundle", bundles["toy"])
    assert twice.exit_code == 2 and "expected bundles of different names; found 'toy' twice" in twice.stderr


def test_a_taken_port_is_said_in_a_sentence(bundles: dict[str, Path]) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        found = run("--port", port, "--bundle", bundles["toy"])
    assert found.exit_code == 2
    assert (
        f"expected a free port of this machine; found Address already in use at 127.0.0.1, port {port}" in found.stderr
    )


def test_without_the_extra_one_sentence_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str, needed_by: str, extra: str) -> Any:
        raise MissingExtra.of(needed_by, name, extra)

    monkeypatch.setattr(find, "library", missing)
    found = run()
    assert found.exit_code == 2
    wanted = (
        "affectkit: expected uvicorn for affectkit serve; found it is not installed; pip install 'affectkit[serve]'"
    )
    assert found.stderr.strip() == wanted


def test_the_server_is_imported_without_its_extra() -> None:
    code = (
        "import sys, affectkit.app.server.application, affectkit.app.server.streaming, affectkit.app.commands.serve\n"
        "print([m for m in ('fastapi', 'starlette', 'uvicorn', 'prometheus_client', 'pydantic') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_errors_keep_their_parts() -> None:
    error = refused.Refused(429, "a", "b", "c")
    assert (error.kind, error.message) == ("busy", "expected a; found b; c")
    again = error.__reduce__()
    assert again[0](*again[1]).status == 429  # type: ignore[call-arg]
    assert refused.told(InputError("a", "b", "c")).status == 400
    assert refused.as_json(["\ud83d", "é"]) == b'["\\ud83d","\xc3\xa9"]'
