"""`affectkit serve` under load, and under requests that are none.

    python bench/serve.py [--rate 200] [--clients 16] [--seconds 60] [--write]
    python bench/serve.py --fuzz [--requests 1000] [--write]

A server of its own process answers short texts of clients that each keep one connection. Requests begin at fixed times
whatever the server does, and what each takes is counted from when it should have begun: a slow answer is not hidden by
the requests that waited for it. Printed are milliseconds (median, 95th and 99th percentile), answers per second, what
was not answered, the server's peak memory, and its milliseconds of the processor per answer, which other programs on
the machine change least.

`--fuzz` sends malformed requests: half of them made by schemathesis from the server's own OpenAPI page (wrong values,
missing and foreign fields), the others bodies cut and changed by chance, among them files of sound, pictures and video.
It counts answers from 500 on and connections that broke, and says how much memory the server and the processes that
read its files have gained between the first fifth and the end. It fails where there are any of the former.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import io
import json
import math
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import common
from affectkit import corpora, find, store
from affectkit.runtime import bundle as bundles
from common import SEED, real

CORPUS = "goemotions"
BUNDLE = "text-en"
TEXTS = 2_000
PREDICT = "/v1/predict"
FAULT = 500
UNSENT = "0"

_START = ["-c", "from affectkit.app.cli import main; main()", "serve", "--port", "0"]
_WAIT_S = 60.0
_CLIENT_S = 30.0
_JSON = {"content-type": "application/json"}


@dataclass(frozen=True)
class Server:
    """A server that runs."""

    host: str
    port: int
    pid: int

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.host, self.port, timeout=_CLIENT_S)

    def mb(self, field: str) -> float:
        """Resident memory of it and of the processes it began: `VmRSS` now, `VmHWM` at their peaks, in MB.

        NaN where the system does not tell.
        """
        if not Path(f"/proc/{self.pid}/status").exists():
            return float("nan")
        return sum(_kb(pid, field) for pid in [self.pid, *_begun_by(self.pid)]) * 1024 / 1e6

    def busy_s(self) -> float:
        """Seconds of the processor so far, of all its threads; NaN where the system does not tell."""
        stat = Path(f"/proc/{self.pid}/stat")
        if not stat.exists():
            return float("nan")
        fields = stat.read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _begun_by(pid: int) -> list[int]:
    """The processes that a process began, by any of its threads."""
    found: list[int] = []
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # a thread that has just ended
            found += map(int, file.read_text(encoding="ascii").split())
    return found


def _kb(pid: int, field: str) -> int:
    """A field of a process's status; 0 where it has just ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{field}:")), 0)


@contextmanager
def running(names: Sequence[str]) -> Iterator[Server]:
    """A server of some bundles, of all that are shipped where none is named."""
    arguments = [part for name in names for part in ("--bundle", name)]
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen([sys.executable, *_START, *arguments], stderr=said)
        try:
            yield _started(process, said)
        finally:
            process.terminate()
            process.wait(timeout=_WAIT_S)


def _started(process: subprocess.Popen[bytes], said: Any) -> Server:
    until_s = time.monotonic() + _WAIT_S
    while time.monotonic() < until_s and process.poll() is None:
        said.seek(0)
        found = next((word for word in said.read().split() if word.startswith("http://")), None)
        if found is not None:
            address = urlsplit(found)
            server = Server(str(address.hostname), int(address.port or 0), process.pid)
            with contextlib.suppress(OSError):
                _ask(server.connect(), "GET", "/health", b"", {})
                return server
        time.sleep(0.1)
    said.seek(0)
    raise SystemExit(f"the server did not start:\n{said.read()}")


def _ask(to: http.client.HTTPConnection, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> int:
    to.request(method, path, body, dict(headers))
    answer = to.getresponse()
    answer.read()
    return answer.status


def short_texts(n: int) -> list[str]:
    """Comments of GoEmotions' test part, else synthetic sentences."""
    if real():
        found = [s.media["text"].text or "" for s in corpora.samples(CORPUS) if s.split == "test"]
        return random.Random(SEED).sample(found, n)
    known = "I you we they it was is so not very happy sad angry proud afraid today when the game won lost !"
    words, rng = known.split(), random.Random(SEED)
    return [" ".join(rng.choices(words, k=rng.randint(3, 20))) for _ in range(n)]


# -- load --


def load(server: Server, texts: Sequence[str], rate_hz: float, clients: int, seconds: float) -> dict[str, Any]:
    """ms of each answer, statuses, and how long it all took."""
    took_ms: list[float] = []
    statuses: Counter[str] = Counter()
    lock, begin_s, busy_s = threading.Lock(), time.monotonic() + 0.5, server.busy_s()

    def client(number: int) -> None:
        connection, step_s = server.connect(), clients / rate_hz
        own: list[float] = []
        said: Counter[str] = Counter()
        for k in range(int(seconds / step_s)):
            due_s = begin_s + (k + number / clients) * step_s
            time.sleep(max(due_s - time.monotonic(), 0.0))
            body = json.dumps({"text": texts[(k * clients + number) % len(texts)]}).encode()
            try:
                status = str(_ask(connection, "POST", PREDICT, body, _JSON))
            except (OSError, http.client.HTTPException) as error:
                status, connection = type(error).__name__, server.connect()
            said[status] += 1
            own.append(1000 * (time.monotonic() - due_s))
        with lock:
            took_ms.extend(own)
            statuses.update(said)

    threads = [threading.Thread(target=client, args=(i,)) for i in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    busy_s, seconds = server.busy_s() - busy_s, time.monotonic() - begin_s
    return {"ms": took_ms, "statuses": dict(statuses), "seconds": seconds, "busy_s": busy_s}


def summary(found: Mapping[str, Any], peak_mb: float) -> dict[str, dict[str, float]]:
    """The figures of a run."""
    cuts = statistics.quantiles(found["ms"], n=100, method="inclusive")
    n, good = len(found["ms"]), found["statuses"].get("200", 0)
    values = {"median_ms": cuts[49], "p95_ms": cuts[94], "p99_ms": cuts[98], "answers_per_s": good / found["seconds"]}
    values |= {"busy_ms_per_answer": 1000 * found["busy_s"] / n, "not_answered": n - good, "peak_mb": peak_mb}
    return {name: {"value": value, "low": value, "high": value, "n": n} for name, value in values.items()}


# -- what is no request --


def fuzz(server: Server, requests: int) -> dict[str, Any]:
    """Statuses, those from 500 on with what was sent, and memory gained in MB."""
    statuses: Counter[str] = Counter()
    faults: list[str] = []
    early_mb = float("nan")
    for number, send in enumerate(_malformed(server, requests)):
        try:
            status, what = send()
        except (OSError, http.client.HTTPException) as error:
            status, what = FAULT, f"{type(error).__name__}: {error}"
        statuses[str(status)] += 1
        if status >= FAULT:
            faults.append(what)
        if number == requests // 5:
            early_mb = server.mb("VmRSS")
    gained_mb = server.mb("VmRSS") - early_mb
    return {"statuses": dict(statuses), "faults": faults, "gained_mb": gained_mb, "peak_mb": server.mb("VmHWM")}


def fuzzed(found: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """The figures of such a run: how often each status was answered, faults, and memory where the system tells it."""
    statuses = {status: times for status, times in found["statuses"].items() if status != UNSENT}
    values = {"faults": len(found["faults"]), "gained_mb": found["gained_mb"], "peak_mb": found["peak_mb"]}
    values |= {f"answers.{status}": times for status, times in sorted(statuses.items())}
    n = sum(statuses.values())
    return {name: {"value": v, "low": v, "high": v, "n": n} for name, v in values.items() if not math.isnan(v)}


def _malformed(server: Server, requests: int) -> Iterator[Callable[[], tuple[int, str]]]:
    """Both kinds in turn, so that memory of the first fifth has seen both."""
    rng = random.Random(SEED)
    by_schema, seeds = _by_schema(server, requests - requests // 2), list(_media())
    for number in range(requests):
        made = next(by_schema, None) if number % 2 else None
        yield made if made is not None else _by_chance(server, rng, seeds)


def _by_schema(server: Server, n: int) -> Iterator[Callable[[], tuple[int, str]]]:
    """Requests that schemathesis makes from the OpenAPI page, right and wrong ones."""
    schemathesis = find.library("schemathesis", "bench/serve.py --fuzz", "test")
    hypothesis = find.library("hypothesis", "bench/serve.py --fuzz", "test")
    address = f"http://{server.host}:{server.port}"
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json")
    operations = [found.ok() for found in schema.get_all_operations()]
    modes, cases = schemathesis.GenerationMode, []
    for operation in operations:
        # most of what there is to get wrong is in what takes a body
        share = n if PREDICT in operation.path else max(n // 20, 1)
        for mode in (modes.NEGATIVE, modes.POSITIVE):
            with contextlib.suppress(hypothesis.errors.HypothesisException):
                cases += _drawn(hypothesis, operation.as_strategy(generation_mode=mode), share // 2)
    random.Random(SEED).shuffle(cases)
    for case in cases[:n]:
        yield lambda case=case: _called(case, address)


def _called(case: Any, address: str) -> tuple[int, str]:
    import requests

    try:
        answer = case.call(base_url=address, timeout=_CLIENT_S)
    except requests.exceptions.RequestException as error:
        if isinstance(error, requests.exceptions.InvalidHeader | requests.exceptions.InvalidURL):
            return int(UNSENT), ""  # what no client can send at all
        raise http.client.HTTPException(str(error)) from error
    return answer.status_code, f"{case.method} {case.path} {case.query} {str(case.body)[:200]}"


def _drawn(hypothesis: Any, strategy: Any, n: int) -> list[Any]:
    found: list[Any] = []
    checks = list(hypothesis.HealthCheck)

    @hypothesis.seed(SEED)
    @hypothesis.settings(
        max_examples=n, database=None, deadline=None, suppress_health_check=checks, phases=["generate"]
    )
    @hypothesis.given(strategy)
    def draw(case: Any) -> None:
        found.append(case)

    with contextlib.suppress(TypeError):
        draw()
    return found


def _by_chance(server: Server, rng: random.Random, seeds: Sequence[tuple[str, bytes]]) -> Callable[[], tuple[int, str]]:
    """A form with a changed file, a form that is changed itself, or changed JSON."""
    name, content = rng.choice(seeds)
    kind, headers = rng.choice(["file", "file", "form", "json"]), dict(_JSON)
    if kind == "json":
        body = _changed(json.dumps({"texts": ["we won!", "\ud83d", "a" * rng.randint(0, 5_000)]}).encode(), rng)
    else:
        if kind == "file":
            content, suffix = (
                _changed(content, rng),
                rng.choice([Path(name).suffix, *(Path(n).suffix for n, _ in seeds)]),
            )
            name = rng.choice(["a", "../../a", "a\0b", "a" * 300, "ä\u202e", "", '"; name="file']) + suffix
        head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
        body = head + content + b"\r\n--x--\r\n"
        body = _changed(body, rng) if kind == "form" else body
        headers = {"content-type": "multipart/form-data; boundary=x"}
    path = PREDICT + rng.choice(["", "?segments=true", "?top=3&taxonomy=ekman", "?bundle=..%2f..", "?threshold=nan"])
    return lambda: (_ask(server.connect(), "POST", path, body, headers), f"{path} {kind} {name!r}")


def _changed(data: bytes, rng: random.Random) -> bytes:
    """Bytes flipped, cut off, doubled, left out or put in."""
    made = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(made)) if made else 0
        what = rng.randrange(6)
        if what == 0 and made:
            made[at] ^= 1 << rng.randrange(8)
        elif what == 1:
            del made[at:]
        elif what == 2:
            made[at:at] = rng.randbytes(rng.randint(1, 64))
        elif what == 3:
            del made[at : at + rng.randint(1, 64)]
        elif what == 4 and made:
            made[at : at + 4] = rng.choice([b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\x80\0\0\0"])
        else:
            made += made[at : at + 4_096]
    return bytes(made)


def _media() -> Iterator[tuple[str, bytes]]:
    """Small files of sound, pictures, video and text that are whole."""
    import av
    import numpy as np
    import soundfile
    from PIL import Image

    rng = np.random.default_rng(SEED)
    t_s = np.arange(32_000) / 16_000
    sound = np.sin(2 * np.pi * 150 * t_s) * np.clip(np.sin(2 * np.pi * 3 * t_s), 0, 1) * 0.3
    for form in ("WAV", "FLAC", "OGG", "MP3"):
        out = io.BytesIO()
        soundfile.write(out, sound, 16_000, format=form)
        yield f"a.{form.lower()}", out.getvalue()
    picture = Image.fromarray(rng.integers(0, 255, (64, 80, 3), np.uint8))
    for form in ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"):
        out = io.BytesIO()
        picture.save(out, form)
        yield f"a.{form.lower()}", out.getvalue()
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 80, 64, "yuv420p"
        for _ in range(10):
            frame = av.VideoFrame.from_ndarray(rng.integers(0, 255, (64, 80, 3), np.uint8), "rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    yield "a.mp4", out.getvalue()
    yield "a.txt", "We won! 🙂".encode()


# -- the command --


def main() -> int:
    made = argparse.ArgumentParser(description="affectkit serve under load, and under requests that are none.")
    made.add_argument("--bundle", action="append", help="what is served; repeatable; all shipped bundles by default")
    made.add_argument("--rate", type=float, default=200.0, help="requests per second")
    made.add_argument("--clients", type=int, default=16, help="connections at once")
    made.add_argument("--seconds", type=float, default=60.0, help="how long")
    made.add_argument("--fuzz", action="store_true", help="send malformed requests instead")
    made.add_argument("--requests", type=int, default=1_000, help="how many of those")
    made.add_argument("--write", action="store_true", help="write bench.serve.json, or bench.serve.fuzz.json")
    made.add_argument("--results", type=Path, default=Path("results"), help="the folder it is written to")
    options = made.parse_args()
    return common.guarded("bench/serve.py", lambda: run(options), inside=False)


def run(options: argparse.Namespace) -> None:
    with running(options.bundle or ()) as server:
        if options.fuzz:
            run_fuzz(server, options)
        else:
            run_load(server, options)


def run_fuzz(server: Server, options: argparse.Namespace) -> None:
    begun_s = time.monotonic()
    found = fuzz(server, options.requests)
    print(f"statuses: {found['statuses']}\nmemory gained: {found['gained_mb']:.1f} MB")
    for fault in found["faults"]:
        print(f"  {fault}")
    if options.write:
        protocol = f"{options.requests:,} malformed requests, one after the other"
        command = f"--fuzz --requests {options.requests}"
        its = Written("bench.serve.fuzz", protocol, command, fuzzed(found), True, options.requests < 1_000)
        write(its, begun_s, options)
    if found["faults"]:
        raise SystemExit(f"{len(found['faults'])} requests were answered by a fault or not at all")


def run_load(server: Server, options: argparse.Namespace) -> None:
    texts = short_texts(TEXTS)
    load(server, texts, options.rate, options.clients, 2.0)  # what is loaded when it is first asked for
    begun_s = time.monotonic()
    found = load(server, texts, options.rate, options.clients, options.seconds)
    metrics = summary(found, server.mb("VmHWM"))
    source = CORPUS if real() else "synthetic, because AFFECTKIT_CORPORA is not set"
    print(f"{options.rate:g} requests per second of {options.clients} clients, {options.seconds:g} s; texts: {source}")
    for name, its in metrics.items():
        print(f"  {name:<20}{its['value']:>10.1f}")
    print(f"  statuses            {found['statuses']}")
    if options.write:
        protocol = f"{options.rate:g} short texts per second, {options.clients} connections, {options.seconds:g} s"
        command = f"--rate {options.rate:g} --clients {options.clients} --seconds {options.seconds:g}"
        its = Written("bench.serve", protocol, command, metrics, not real(), options.seconds < 60)
        write(its, begun_s, options)


@dataclass(frozen=True, slots=True)
class Written:
    """What is written to a results file: its name, what was done, by which options, and the figures."""

    name: str
    protocol: str
    options: str
    metrics: Mapping[str, Any]
    synthetic: bool
    quick: bool


def write(made: Written, begun_s: float, options: argparse.Namespace) -> None:
    minutes = (time.monotonic() - begun_s) / 60
    split = "none" if options.fuzz else "test"
    row = common.common_row(made.protocol, split, made.synthetic, minutes, made.quick)
    task = "malformed requests" if options.fuzz else row["task"]
    row |= {"task": task, "variant": {"system": "affectkit serve"}, "metrics": made.metrics}
    first = bundles.find((options.bundle or [BUNDLE])[0])
    corpus = "synthetic" if made.synthetic else CORPUS
    command = f"python bench/serve.py {made.options} --write"
    store.write_json(options.results / f"{made.name}.json", common.result(corpus, command, first, [row]))


if __name__ == "__main__":
    raise SystemExit(main())
