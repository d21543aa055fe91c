"""Speed and memory of a speech bundle on one hour of sound beside decoding alone and its peers, all in one run.

    python bench/speech.py [--bundle speech] [--rounds 3] [--threads 1,2] [--write]

The hour is real clips of RAVDESS and nEMO with pauses between them, ten minutes of it again and again, as a WAV and as
an MP3 (M4A where there is no coder for it), 44.1 kHz, mono. Each system runs in a process of its own; rounds are
interleaved, so that what slows the machine for a while slows all. A ratio is taken within a round; its value is the
median over rounds. Systems:

- decoding alone: PyAV to mono 16 kHz, nothing kept; and `ffmpeg -f null`, where the program is there;
- the bundle: `affectkit predict --segments`, decoding and the search for speech included. Its windows overlap by half;
- openSMILE's eGeMAPS, and encoders of wav2vec2's base and large size with random weights (speed does not depend on
  them) as ONNX in float32. They are given 5 s windows of sound already decoded, without overlap, of a stretch of the
  hour; their time is that of the stretch times the hour over the stretch.

Beside it: the bundle's memory from one minute to three hours; and its milliseconds per 5 s on one thread.
Reference: Eyben et al. 2016 (eGeMAPS), Baevski et al. 2020 (wav2vec 2.0).
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import common
from affectkit import corpora, find, store
from affectkit.errors import MissingExtra, UsageError
from affectkit.modalities import speech
from affectkit.runtime import bundle as bundles
from affectkit.sample import Media
from common import SEED, over, real

CORPORA = ("ravdess", "nemo")
RATE_HZ = speech.RATE_HZ
FILE_HZ = 44_100
WINDOW_S = 5.0
BATCH = 8
"""Windows that the bundle runs at once."""

Sound = NDArray[np.float32]


@dataclass(frozen=True)
class Size:
    """Of a wav2vec2: numbers as in its Config; `stable` normalises before each layer, as the large one does."""

    layers: int
    width: int
    heads: int
    inner: int
    stable: bool


@dataclass(frozen=True)
class Plan:
    """What a run does.

    Args:
        whole_s: of the sound that every system reads, or is scaled to.
        piece_s: of it are different; then it begins again.
        clips: drawn for the piece.
        stretch_s: of the sound, for systems that are slow.
        memory_s: lengths for which the bundle's memory is measured.
        windows: of which the milliseconds are measured.
    """

    whole_s: int = 3600
    piece_s: int = 600
    clips: int = 200
    stretch_s: int = 100
    memory_s: tuple[int, ...] = (60, 600, 3600, 10_800)
    windows: int = 200
    rounds: int = 3
    threads: tuple[int, ...] = (1, 2)
    base: Size = Size(12, 768, 12, 3072, stable=False)
    large: Size = Size(24, 1024, 16, 4096, stable=True)

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Plan:
        """From JSON."""
        lists = {name: tuple(told[name]) for name in ("memory_s", "threads")}
        return cls(**{**told, **lists, "base": Size(**told["base"]), "large": Size(**told["large"])})


TINY = Size(1, 32, 2, 64, stable=False)
QUICK = Plan(20, 10, 3, 10, (10, 20), 4, 1, (1,), TINY, TINY)
"""A run of seconds that shows that everything works; its numbers mean nothing."""


@dataclass(frozen=True)
class Job:
    """What a system needs to run: the bundle's file, a sound file, the plan, how many threads."""

    bundle: str
    file: str
    plan: Plan
    threads: int

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Job:
        """From JSON."""
        return cls(**{**told, "plan": Plan.of(told["plan"])})


# -- systems: each gets ready, and gives what is measured; that gives how many seconds of sound it read --

Run = Callable[[], float]


def pyav(job: Job) -> Run:
    import av

    def run() -> float:
        samples = 0
        with av.open(job.file) as container:
            stream = container.streams.audio[0]
            stream.codec_context.thread_count = job.threads
            even = av.AudioResampler(format="flt", layout="mono", rate=RATE_HZ)
            for frame in _frames(container, stream):
                samples += sum(plain.samples for plain in even.resample(frame))
        return samples / RATE_HZ

    return run


def ffmpeg(job: Job) -> Run:
    program = shutil.which("ffmpeg")
    if program is None:
        raise MissingExtra("the program ffmpeg", "none", "install it, to have it measured")

    def run() -> float:
        threads = str(job.threads)
        command = [program, "-v", "error", "-nostdin", "-threads", threads, "-i", job.file, "-f", "null", "-"]
        subprocess.run(command, check=True)
        return job.plan.whole_s

    return run


def ours(job: Job) -> Run:
    from affectkit.runtime import predict

    predictor = predict.load(job.bundle, threads=job.threads)

    def run() -> float:
        for found in predictor.stream(Media(path=job.file), predict.Options(segments=True)):
            if found.error is not None:
                raise UsageError("a sound in which the bundle finds speech", found.error.message, "look at the bundle")
        return _seconds(job.file)

    return run


def egemaps(job: Job) -> Run:
    part = find.load("features", "egemaps")
    config, windows = part.Config(), stretch(job)
    part.extract(config, windows[0])  # openSMILE is set up at its first use

    def run() -> float:
        for window in windows:
            part.extract(config, window)
        return len(windows) * WINDOW_S

    return run


def base(job: Job) -> Run:
    return _encoder(job, job.plan.base)


def large(job: Job) -> Run:
    return _encoder(job, job.plan.large)


DECODING, OURS = "pyav", "affectkit"
SYSTEMS: dict[str, Callable[[Job], Run]] = {
    DECODING: pyav,
    "ffmpeg": ffmpeg,
    OURS: ours,
    "egemaps": egemaps,
    "wav2vec2-base": base,
    "wav2vec2-large": large,
}
SAID = {
    DECODING: "decoding alone: PyAV to mono 16 kHz",
    "ffmpeg": "decoding alone: ffmpeg -f null",
    OURS: "the bundle, affectkit predict --segments",
    "egemaps": "openSMILE eGeMAPS, of a stretch, decoding not counted",
    "wav2vec2-base": "wav2vec2-base size, random weights: ONNX, float32, likewise",
    "wav2vec2-large": "wav2vec2-large size, random weights: ONNX, float32, likewise",
}
OF_FILES = (DECODING, "ffmpeg", OURS)
"""Systems that read the file; the others are given windows, which are the same for every file."""


def _frames(container: Any, stream: Any) -> Iterator[Any]:
    """All frames, and None, which makes a resampler give what it holds."""
    yield from container.decode(stream)
    yield None


def _seconds(file: str) -> float:
    import av

    with av.open(file) as container:
        return float((container.duration or 0) / av.time_base)


def _encoder(job: Job, size: Size) -> Run:
    session = common.session(str(exported(size)), job.threads)
    windows = stretch(job)
    session.run(None, {"sound": windows[0][None]})  # its memory is laid out at its first use

    def run() -> float:
        for window in windows:
            session.run(None, {"sound": window[None]})
        return len(windows) * WINDOW_S

    return run


def exported(size: Size) -> Path:
    """The random encoder as ONNX in float32, for one window; from the cache."""
    import importlib.metadata

    versions = [importlib.metadata.version(name) for name in ("torch", "transformers", "onnx")]
    key = store.key("bench/speech.py 1", json.dumps([asdict(size), versions]))
    return store.cached(key, ".onnx", lambda path: _export(size, path))


def _export(size: Size, path: Path) -> None:
    import torch
    import transformers

    class States(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            torch.manual_seed(SEED)
            config = transformers.Wav2Vec2Config(
                hidden_size=size.width,
                num_hidden_layers=size.layers,
                num_attention_heads=size.heads,
                intermediate_size=size.inner,
                do_stable_layer_norm=size.stable,
                feat_extract_norm="layer" if size.stable else "group",
                conv_bias=size.stable,
            )
            self.inner = transformers.Wav2Vec2Model(config).eval()

        def forward(self, sound: torch.Tensor) -> torch.Tensor:
            states: torch.Tensor = self.inner(sound).last_hidden_state
            return states

    with torch.no_grad():
        torch.onnx.export(
            States().eval(),
            (torch.zeros(1, round(WINDOW_S * RATE_HZ)),),
            str(path),
            dynamo=True,
            input_names=["sound"],
            output_names=["states"],
            external_data=False,
            verbose=False,
        )


# -- the sound --


def piece(plan: Plan) -> Sound:
    """(n,) at 16 kHz: clips in a fixed random order with pauses of 0.3 to 2 s of faint noise between them."""
    rng = np.random.default_rng(SEED)
    if real():
        media = [s.media["speech"] for name in CORPORA for s in corpora.samples(name) if "speech" in s.media]
        clips = [speech.read(media[i]) for i in rng.permutation(len(media))[: plan.clips]]
    else:
        clips = [np.tile(speech.read(speech.toy(rng)), rng.integers(2, 8)) for _ in range(plan.clips)]
    need = plan.piece_s * RATE_HZ
    parts: list[Sound] = []
    while sum(map(len, parts)) < need:
        pause = rng.normal(0, 1e-4, round(rng.uniform(0.3, 2) * RATE_HZ)).astype(np.float32)
        parts += [clips[len(parts) // 2 % len(clips)], pause]
    return np.clip(np.concatenate(parts)[:need], -1, 1)


def stretch(job: Job) -> list[Sound]:
    """Windows (n,) of the beginning of the file."""
    sound = speech.read(Media(path=job.file, end_s=float(job.plan.stretch_s)))
    size = round(WINDOW_S * RATE_HZ)
    return [sound[i : i + size] for i in range(0, len(sound) - size + 1, size)]


def write(path: Path, codec: str, sound: Sound, seconds: int) -> Path:
    """The sound again and again, `seconds` long, at 44.1 kHz, by PyAV."""
    import av

    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=FILE_HZ, layout="mono")
        even = av.AudioResampler(format=stream.codec_context.format, layout="mono", rate=FILE_HZ)

        def put(frame: Any) -> None:
            for plain in even.resample(frame):
                container.mux(stream.encode(plain))

        for start in range(0, seconds * RATE_HZ, RATE_HZ):
            frame = av.AudioFrame.from_ndarray(sound[None, start % len(sound) :][:, :RATE_HZ], "flt", "mono")
            frame.sample_rate, frame.pts = RATE_HZ, start
            put(frame)
        put(None)
        container.mux(stream.encode(None))
    return path


def files(plan: Plan, folder: Path, sound: Sound) -> dict[str, Path]:
    """The hour by kind of file."""
    import av

    squeezed = ("mp3", "libmp3lame") if "libmp3lame" in av.codecs_available else ("m4a", "aac")
    kinds = (("wav", "pcm_s16le"), squeezed)
    return {suffix: write(folder / f"whole.{suffix}", codec, sound, plan.whole_s) for suffix, codec in kinds}


# -- one system, in a process of its own --


def measure(name: str, job: Job) -> dict[str, float]:
    """One system in one round: seconds for the whole sound, by the clock and of the processor; MB at the peak."""
    run = SYSTEMS[name](job)
    wall_s, busy_s = time.perf_counter(), common.busy_s()
    read_s = run()
    wall_s, busy_s = time.perf_counter() - wall_s, common.busy_s() - busy_s
    times = job.plan.whole_s / read_s if name not in OF_FILES else 1.0
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
    return {
        "wall_s": wall_s * times,
        "processor_s": busy_s * times,
        "peak_mb": children or common.peak_mb(),
        "read_s": read_s,
    }


def each_window(job: Job) -> dict[str, list[float]]:
    """Milliseconds per 5 s of sound: features, the network (one window, and several at once), both."""
    from affectkit.runtime import batch
    from affectkit.runtime.model import Model
    from affectkit.runtime.sounds import Sounds

    opened = bundles.open(Path(job.bundle))
    sounds, model = Sounds.of(opened), Model(opened, job.threads)
    some = stretch(replace(job, plan=replace(job.plan, stretch_s=round(job.plan.windows * WINDOW_S))))
    for window in some[:BATCH]:
        model.run(*batch.stack([sounds.features(window)]))
    found: dict[str, list[float]] = {"features_ms": [], "network_ms": [], "both_ms": [], "both_at_once_ms": []}
    for window in some:
        start = time.perf_counter()
        features = sounds.features(window)
        middle = time.perf_counter()
        model.run(*batch.stack([features]))
        end = time.perf_counter()
        spent = (middle - start, end - middle, end - start)
        for name, s in zip(("features_ms", "network_ms", "both_ms"), spent, strict=True):
            found[name].append(1000 * s)
    for i in range(0, len(some), BATCH):
        start = time.perf_counter()
        model.run(*batch.stack([sounds.features(window) for window in some[i : i + BATCH]]))
        found["both_at_once_ms"].append(1000 * (time.perf_counter() - start) / len(some[i : i + BATCH]))
    return found


# -- all systems, in turn --

Place = tuple[str, str, int]
"""A system, the kind of file it read ("" for windows), its threads."""


def places(names: Sequence[str], kinds: Sequence[str], threads: Sequence[int]) -> list[Place]:
    """What is measured, in the order of the table."""
    return [(name, kind, n) for n in threads for name in names for kind in (kinds if name in OF_FILES else ("",))]


def rounds(names: list[str], job: Job, kinds: Mapping[str, Path]) -> tuple[dict[Place, list[Any]], dict[str, str]]:
    """Place -> what was measured in each round; and name -> why a system was left out."""
    left_out: dict[str, str] = {}
    for name in names:  # what a system needs is made and cached, and its making enters no peak of memory
        said = _apart(["--ready", name, "--job", _told(job)], 1)
        if "left_out" in said:
            left_out[name] = str(said["left_out"])
    wanted = places([n for n in names if n not in left_out], list(kinds), job.plan.threads)
    found: dict[Place, list[Any]] = {place: [] for place in wanted}
    for place in common.in_turn(wanted, job.plan.rounds):
        name, kind, threads = place
        its = replace(job, file=str(kinds[kind] if kind else job.file), threads=threads)
        found[place].append(_apart(["--system", name, "--job", _told(its)], threads))
    return found, left_out


def memory(job: Job, folder: Path, sound: Sound) -> dict[int, dict[str, float]]:
    """Seconds of a sound -> what the bundle needed for it on one thread; the file is there only so long."""
    found = {}
    for seconds in job.plan.memory_s:
        file = write(folder / "long.wav", "pcm_s16le", sound, seconds)
        its = replace(job, file=str(file), threads=1)
        found[seconds] = _apart(["--system", OURS, "--job", _told(its)], 1)
        file.unlink()
    return found


def _told(job: Job) -> str:
    return json.dumps(asdict(job))


def _apart(arguments: Sequence[str], threads: int) -> dict[str, Any]:
    """The JSON that this file prints in a process of its own, with so many threads."""
    return common.apart(__file__, arguments, threads)


def summary(measured: Mapping[Place, Sequence[Mapping[str, float]]], whole_s: float) -> dict[Place, dict[str, Any]]:
    """Place -> metric -> the median over rounds, the smallest and the largest, and how many.

    A ratio is to PyAV's decoding of the same file in the same round; for windows, of the first kind of file.
    """
    kinds = [kind for name, kind, _ in measured if name == DECODING]
    made: dict[Place, dict[str, Any]] = {}
    for place, its in measured.items():
        name, kind, threads = place
        made[place] = {
            "wall_s": over([one["wall_s"] for one in its]),
            "processor_s": over([one["processor_s"] for one in its]),
            "times_real_time": over([whole_s / one["wall_s"] for one in its]),
            "peak_mb": over([one["peak_mb"] for one in its]),
        }
        alone = measured.get((DECODING, kind or (kinds[0] if kinds else ""), threads))
        if alone is not None and name != DECODING:
            ratios = [a["wall_s"] / b["wall_s"] for a, b in zip(its, alone, strict=True)]
            made[place]["times_decoding"] = over(ratios)
    return made


# -- telling --


def lines(made: Mapping[Place, Mapping[str, Mapping[str, float]]]) -> Iterator[str]:
    """The table of systems."""
    heads = f"{'threads':>7} {'seconds':>9} {'busy s':>9} {'x real time':>11} {'x decoding':>10} {'peak MB':>8}"
    yield f"{'':<62} {'file':<4} {heads}"
    for (name, kind, threads), metrics in made.items():
        m = {metric: said["value"] for metric, said in metrics.items()}
        ratio = f"{m['times_decoding']:.2f}" if "times_decoding" in m else ""
        yield (
            f"{SAID[name]:<62} {kind:<4} {threads:>7} {m['wall_s']:>9.2f} {m['processor_s']:>9.2f} "
            f"{m['times_real_time']:>11.0f} {ratio:>10} {m['peak_mb']:>8.0f}"
        )


def result(
    made: Mapping[Place, Any],
    lengths: Mapping[int, Mapping[str, float]],
    window: Mapping[str, Any],
    job: Job,
    command: str,
    minutes: float,
    quick: bool,
) -> dict[str, Any]:
    """The form of `results/`: one row per system, file and threads, one per length, one for a window."""
    plan = job.plan
    same = common.common_row(
        f"{plan.whole_s} s of sound, {plan.rounds} interleaved rounds, each system in its own process; "
        f"median, smallest and largest round; eGeMAPS and wav2vec2 of {plan.stretch_s} s, scaled",
        " and ".join(CORPORA) + ", a fixed draw, with pauses" if real() else "a synthetic voice with pauses",
        not real(),
        minutes,
        quick,
    )
    rows = [
        {**same, "variant": {"system": SAID[name], "file": kind or None, "threads": n}, "metrics": metrics}
        for (name, kind, n), metrics in made.items()
    ]
    for seconds, its in lengths.items():
        metrics = {name: over([its[name]]) for name in ("wall_s", "peak_mb")}
        rows.append({**same, "variant": {"system": SAID[OURS], "file": "wav", "seconds": seconds}, "metrics": metrics})
    rows.append({**same, "variant": {"per": "5 s of sound, one thread"}, "metrics": dict(window)})
    return common.result("speech", command, Path(job.bundle), rows)


def run(options: argparse.Namespace) -> None:
    threads = tuple(int(n) for n in options.threads.split(","))
    plan = QUICK if options.quick else Plan(rounds=options.rounds, threads=threads)
    names = common.among(options.systems, SYSTEMS)
    bundle = str(bundles.find(options.bundle).resolve())
    if (reads := bundles.read_card(Path(bundle))["modality"]) != "speech":
        raise UsageError("a bundle that reads speech", f"{options.bundle}, which reads {reads}", "name another")
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        sound = piece(plan)
        kinds = files(plan, Path(folder), sound)
        job = Job(bundle, str(next(iter(kinds.values()))), plan, 1)
        measured, left_out = rounds(names, job, kinds)
        lengths = memory(job, Path(folder), sound) if OURS in names else {}
        spent = _apart(["--windows", "--job", _told(job)], 1) if OURS in names else {}
    made, window = summary(measured, plan.whole_s), {name: over(ms) for name, ms in spent.items()}
    source = " and ".join(CORPORA) if real() else "a synthetic voice, because AFFECTKIT_CORPORA is not set"
    print(f"sound: {source}; {plan.whole_s} s; rounds: {plan.rounds}")
    if options.quick:
        print("quick: a short sound and tiny networks; the numbers mean nothing")
    for line in lines(made):
        print(line)
    print(f"eGeMAPS and wav2vec2 were given {plan.stretch_s} s; their seconds are scaled to the whole sound")
    for name, why in left_out.items():
        print(f"left out: {name}: {why}")
    if lengths:
        print(f"\n{'the bundle, a WAV of':<24} {'seconds':>9} {'peak MB':>8}")
    for seconds, its in lengths.items():
        print(f"{f'{seconds / 60:g} minutes':<24} {its['wall_s']:>9.2f} {its['peak_mb']:>8.0f}")
    if window:
        print("\nmilliseconds per 5 s of sound, one thread (smallest and largest)")
    for name, said in window.items():
        print(f"{WINDOWS[name]:<40} {said['value']:>6.2f} ({said['low']:.2f} to {said['high']:.2f})")
    if options.write:
        told = ["--quick"] if options.quick else [f"--rounds {plan.rounds} --threads {options.threads}"]
        command = " ".join(["python bench/speech.py", *told])
        command += f" --bundle {options.bundle}" if options.bundle != BUNDLE else ""
        minutes = (time.perf_counter() - start) / 60
        path = options.results / "bench.speech.json"
        store.write_json(path, result(made, lengths, window, job, f"{command} --write", minutes, options.quick))
        print(f"wrote {path}")


BUNDLE = "speech"
WINDOWS = {
    "features_ms": "features",
    "network_ms": "the network, one window at a time",
    "both_ms": "both, one window at a time",
    "both_at_once_ms": f"both, {BATCH} windows at once",
}


def main() -> int:
    said = "Speed and memory of a speech bundle on an hour of sound."
    parser = common.parser(said, BUNDLE, Plan.rounds, SYSTEMS, "bench.speech")
    parser.add_argument("--threads", default="1,2", help="numbers of threads, the same for every system")
    parser.add_argument("--ready", help=argparse.SUPPRESS)
    parser.add_argument("--windows", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()

    def work() -> None:
        if options.job is None:
            run(options)
        elif options.windows:
            print(json.dumps(each_window(Job.of(json.loads(options.job)))))
        elif options.ready:
            SYSTEMS[options.ready](Job.of(json.loads(options.job)))
            print("{}")
        else:
            print(json.dumps(measure(options.system, Job.of(json.loads(options.job)))))

    return common.guarded("bench/speech.py", work, options.job is not None)


if __name__ == "__main__":
    raise SystemExit(main())
