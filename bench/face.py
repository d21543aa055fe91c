"""Speed and memory of a face bundle beside its peers, and of a video beside decoding alone, all in one run.

    python bench/face.py [--bundle face] [--rounds 5] [--video [FILE] | --clips FOLDER] [--height 1080] [--cores 2]
                         [--minutes 1,5] [--systems network] [--write]

Each system runs in a process of its own with one thread, on the same drawn faces of 224 x 224 pixels; rounds are
interleaved, so that what slows the machine for a while slows all. A ratio is taken within a round; its value is the
median over rounds. Making the network's input from the face (its size, its numbers) counts. Systems:

- the bundle: `affectkit.load(...).predict`, which looks for the face in the picture; and its network alone;
- networks of published sizes with random weights (speed does not depend on them) as ONNX in float32: the one that the
  package `fer` ships, rebuilt, since the package needs TensorFlow; EfficientNet-B0, as EmotiEffLib ships it; ResNet-50.

`--video` measures detection and recognition with tracks on a video against decoding every frame of it and keeping
nothing, both on so many cores and with threads where the decoder has them, and the memory of its first minute and of
five. Without a FILE the video has one drawn face that goes round; `--clips` makes it of a folder's videos, one after
the other, scaled to `--height`. What is drawn or scaled is encoded once and repeated. Reference: see `networks.py`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import common
from affectkit import find, store
from affectkit.detect import _drawn
from affectkit.errors import InputError, UsageError
from affectkit.runtime import bundle as bundles
from affectkit.runtime import predict
from affectkit.sample import Media
from common import SEED

Picture = NDArray[np.uint8]
Many = Callable[[Sequence[Picture]], object]

SIDE = 224
NAMES = 8
BATCH = 16
VIDEO_HZ = 30
ROUND_S = 10
"""The drawn face goes once round in so many seconds."""
SUFFIXES = (".mp4", ".mkv", ".mov", ".webm", ".avi")


@dataclass(frozen=True)
class Plan:
    """What a run does.

    Args:
        single: faces given one at a time; `batches`: batches of `BATCH` faces.
        warm: faces, and batches, run before the clock starts.
        lengths_s: of the beginnings of the video that are measured, the longest last.
        cores: that a video may use.
        height: of the video that is made, in pixels; one of clips is as wide as they are, a drawn one 16:9.
        face: the drawn face's side, as a share of that.
    """

    single: int = 100
    batches: int = 4
    warm: int = 3
    rounds: int = 5
    lengths_s: tuple[int, ...] = (60, 300)
    cores: int = 2
    height: int = 1080
    face: float = 0.25

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Plan:
        """From JSON."""
        return cls(**{**told, "lengths_s": tuple(told["lengths_s"])})


QUICK = Plan(4, 1, 1, 1, (2,), 1, 180, 0.5)
"""A run of seconds that shows that everything works; its numbers mean nothing."""


@dataclass(frozen=True)
class Job:
    """What a system needs to run: the bundle's file, the plan; of a video its file and how much of it is read."""

    bundle: str
    plan: Plan
    video: str = ""
    seconds: int = 0

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Job:
        """From JSON."""
        return cls(**{**told, "plan": Plan.of(told["plan"])})


# -- systems of faces: each gives a function for faces (224, 224, 3) --


def end_to_end(job: Job) -> Many:
    predictor = predict.load(job.bundle, threads=1)

    def many(faces: Sequence[Picture]) -> object:
        found = predictor.predict([Media(array=face) for face in faces], batch_size=BATCH)
        for one in found:
            if one.error is not None:
                raise UsageError("a bundle that finds a drawn face", one.error.message, "look at the bundle")
        return found

    return many


def network(job: Job) -> Many:
    """The bundle's network, given faces that are cut out."""
    opened = bundles.open(Path(job.bundle))
    session, modality = common.session(opened.model), str(opened.card["modality"])
    side, features = opened.card["picture"]["side"], opened.card.get("features")
    extract: Callable[[Picture], Any] = _itself
    if features is not None:
        settings = {name: value for name, value in features.items() if name != "name"}
        part = find.load("features", features["name"])
        config = part.Config(**settings)

        def extract(face: Picture) -> Any:
            return part.extract(config, face)

    def many(faces: Sequence[Picture]) -> object:
        rows = np.stack([extract(_sized(face, side)) for face in faces])
        lengths = np.full(len(rows), rows.shape[1], np.int64)
        return session.run(None, {modality: rows, f"{modality}.lengths": lengths})

    return many


def mini_xception(job: Job) -> Many:
    def put(face: Picture) -> NDArray[np.float32]:
        import cv2

        return (cv2.cvtColor(_sized(face, 64), cv2.COLOR_RGB2GRAY)[None] / np.float32(127.5) - 1).astype(np.float32)

    return _peer("mini-xception", (1, 64, 64), put)


def efficientnet_b0(job: Job) -> Many:
    return _peer("efficientnet-b0", (3, SIDE, SIDE), _coloured)


def resnet50(job: Job) -> Many:
    return _peer("resnet-50", (3, SIDE, SIDE), _coloured)


OURS, NETWORK = "affectkit", "network"
SYSTEMS: dict[str, Callable[[Job], Many]] = {
    OURS: end_to_end,
    NETWORK: network,
    "fer-rebuilt": mini_xception,
    "efficientnet-b0": efficientnet_b0,
    "resnet-50": resnet50,
}
SAID = {
    OURS: "the bundle, affectkit.load(...).predict, face looked for",
    NETWORK: "the bundle, its network alone, face cut out",
    "fer-rebuilt": "fer's mini-Xception at 64 px, rebuilt, random weights: ONNX, float32",
    "efficientnet-b0": "EfficientNet-B0 size at 224 px, random weights: ONNX, float32",
    "resnet-50": "ResNet-50 size at 224 px, random weights: ONNX, float32",
}
_MEAN, _SPREAD = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])


def _peer(name: str, shape: tuple[int, int, int], put: Callable[[Picture], NDArray[np.float32]]) -> Many:
    session = common.session(str(exported(name, shape)))
    return lambda faces: session.run(None, {"pictures": np.stack([put(face) for face in faces])})


def exported(name: str, shape: tuple[int, int, int]) -> Path:
    """A random network as ONNX in float32, from the cache."""
    import importlib.metadata

    def make(path: Path) -> None:
        import networks

        networks.export(name, NAMES, shape, SEED, path)

    versions = [importlib.metadata.version(library) for library in ("torch", "onnx", "onnxscript")]
    return store.cached(store.key("bench/face.py 1", json.dumps([name, NAMES, shape, versions])), ".onnx", make)


def _coloured(face: Picture) -> NDArray[np.float32]:
    return ((_sized(face, SIDE) / np.float32(255) - _MEAN) / _SPREAD).transpose(2, 0, 1)


def _sized(face: Picture, side: int) -> Picture:
    import cv2

    return face if face.shape[0] == side else np.asarray(cv2.resize(face, (side, side), interpolation=cv2.INTER_AREA))


def _itself(face: Picture) -> Picture:
    return face


def faces(plan: Plan) -> list[Picture]:
    """The same drawn faces for every system."""
    rng = np.random.default_rng(SEED)
    return [_drawn.face(SIDE, rng) for _ in range(plan.single + plan.batches * BATCH)]


def measure(name: str, job: Job) -> dict[str, Any]:
    """One system in one round: ms of each face, of the processor for one, ms per face of each batch, MB, s to load."""
    shown, plan = faces(job.plan), job.plan
    start = time.perf_counter()
    many = SYSTEMS[name](job)
    many(shown[:1])
    load_s = time.perf_counter() - start
    singles = [[face] for face in shown[: plan.single]]
    groups = [shown[plan.single + BATCH * i :][:BATCH] for i in range(plan.batches)]
    for face in singles[: plan.warm]:
        many(face)
    busy_s = time.process_time()
    one_ms = [common.ms(many, face) for face in singles]
    processor_ms = 1000 * (time.process_time() - busy_s) / len(singles)
    for group in groups[: min(plan.warm, 1)]:
        many(group)
    batch_ms = [common.ms(many, group) / len(group) for group in groups]
    found: dict[str, Any] = {"one_ms": one_ms, "processor_ms": processor_ms, "batch_ms": batch_ms}
    return {**found, "peak_mb": common.peak_mb(), "load_s": load_s}


# -- the video --


def decoding(job: Job) -> int:
    """Decode every frame, keep none; gives how many."""
    import av

    frames = 0
    with av.open(job.video) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"  # as the bundle's reading has it
        for frame in container.decode(stream):
            if frame.time is not None and frame.time >= job.seconds:
                break
            frames += 1
    return frames


def followed(job: Job) -> int:
    """What the bundle says of the video; gives how many faces were followed."""
    predictor = predict.load(job.bundle, threads=job.plan.cores)
    found = predictor.predict(Media(path=job.video, end_s=float(job.seconds)))
    for one in found:
        if one.error is not None:
            raise UsageError("a video in which the bundle finds a face", one.error.message, "take another video")
    return len({one.track.id for one in found if one.track is not None})


DECODING = "decoding"
OF_VIDEO: dict[str, Callable[[Job], int]] = {DECODING: decoding, OURS: followed}
SAID_OF_VIDEO = {
    DECODING: "decoding alone: PyAV, every frame",
    OURS: "the bundle: detection, recognition, tracks, decoding counted",
}


def watch(name: str, job: Job) -> dict[str, float]:
    """One system on one video in one round: seconds by the clock and of the processor, MB at the peak, findings."""
    _on_cores(job.plan.cores)
    wall_s, busy_s = time.perf_counter(), common.busy_s()
    found = OF_VIDEO[name](job)
    wall_s, busy_s = time.perf_counter() - wall_s, common.busy_s() - busy_s
    return {"wall_s": wall_s, "processor_s": busy_s, "peak_mb": common.peak_mb(), "found": found}


def _on_cores(count: int) -> None:
    """Keep this process on so many cores, where the system can: libraries that count cores take as many threads."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-count:])


def drawn_video(plan: Plan) -> Path:
    """A face that goes round before a still ground, as H.264 at 30 frames per second; from the cache."""
    told = json.dumps([SEED, VIDEO_HZ, ROUND_S, plan.lengths_s[-1], plan.height, plan.face])
    return store.cached(store.key("bench/face.py video 2", told), ".mp4", lambda path: _made(_drawn_frames, plan, path))


def video_of(folder: Path, plan: Plan) -> Path:
    """A folder's videos one after the other, each stretched to the size of the first at the height asked for.

    Raises:
        InputError: no video there.
    """
    clips = sorted(file for file in folder.glob("*") if file.suffix.lower() in SUFFIXES)
    if not clips:
        raise InputError(f"videos in {folder}", "none", f"name a folder with {', '.join(SUFFIXES)}")
    each = [(file.name, file.stat().st_size) for file in clips]
    told = json.dumps([each, VIDEO_HZ, plan.lengths_s[-1], plan.height])
    key = store.key("bench/face.py clips 1", told)
    return store.cached(key, ".mp4", lambda path: _made(lambda plan: _clip_frames(clips, plan), plan, path))


def _made(frames: Callable[[Plan], Iterator[Any]], plan: Plan, path: Path) -> None:
    """Encode frames once, and write them again and again until the video is as long as the plan asks for."""
    import av

    once = path.with_name(f"once-{path.name}")
    with av.open(str(once), "w", format="mp4") as container:
        stream: Any = None
        for i, frame in enumerate(frames(plan)):
            if stream is None:
                codec = "libx264" if "libx264" in av.codecs_available else "mpeg4"
                stream = container.add_stream(codec, rate=VIDEO_HZ)
                stream.width, stream.height, stream.pix_fmt = frame.width, frame.height, "yuv420p"
                stream.options = {"preset": "veryfast"}
            frame.pts, frame.time_base = i, 1 / Fraction(VIDEO_HZ)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    _repeated(once, path, plan.lengths_s[-1])
    once.unlink()


def _repeated(once: Path, path: Path, seconds: int) -> None:
    """What a video holds, again and again without coding anything, until it is so long."""
    import av

    with av.open(str(once)) as given, av.open(str(path), "w", format="mp4") as container:
        its: Any = given.streams.video[0]
        packets: list[Any] = [(p.pts, p.dts, p.duration, p.is_keyframe, bytes(p)) for p in given.demux(its) if p.size]
        length = sum(duration for _, _, duration, _, _ in packets)
        stream = container.add_stream_from_template(its)
        for turn in range(max(1, -(-seconds * its.time_base.denominator // (length * its.time_base.numerator)))):
            for pts, dts, duration, is_keyframe, data in packets:
                packet: Any = av.Packet(data)
                packet.stream, packet.time_base, packet.duration = stream, its.time_base, duration
                packet.pts, packet.dts, packet.is_keyframe = pts + turn * length, dts + turn * length, is_keyframe
                container.mux(packet)


def _clip_frames(clips: Sequence[Path], plan: Plan) -> Iterator[Any]:
    import av

    wide = None
    for clip in clips:
        with av.open(str(clip)) as container:
            for frame in container.decode(video=0):
                wide = wide or 2 * round(frame.width * plan.height / frame.height / 2)  # even, as codecs want it
                yield frame.reformat(wide, plan.height, "yuv420p", interpolation="BICUBIC")


def _drawn_frames(plan: Plan) -> Iterator[Any]:
    import av

    rng = np.random.default_rng(SEED)
    width, side = 2 * round(plan.height * 8 / 9), round(plan.face * plan.height)
    face = _drawn.face(side, rng)
    y, x = np.mgrid[0 : plan.height, 0:width]
    ground = (90 + 40 * np.sin(x / 170) * np.cos(y / 110) + rng.normal(0, 3, x.shape)).astype(np.uint8)
    frame = np.repeat(ground[..., None], 3, 2)
    for i in range(min(plan.lengths_s[-1], ROUND_S) * VIDEO_HZ):
        turn = 2 * np.pi * i / (ROUND_S * VIDEO_HZ)
        left = round((width - side) * (0.5 + 0.45 * np.sin(turn)))
        top = round((plan.height - side) * (0.5 + 0.45 * np.cos(turn)))
        place = np.s_[top : top + side, left : left + side]
        behind = frame[place].copy()
        frame[place] = face
        yield av.VideoFrame.from_ndarray(frame, "rgb24")
        frame[place] = behind


# -- all systems, in turn --

Found = dict[str, list[dict[str, Any]]]


def rounds(names: Sequence[str], job: Job) -> tuple[Found, dict[str, str]]:
    """Name -> what was measured in each round; and name -> why a system was left out."""
    left_out: dict[str, str] = {}
    # once without keeping the numbers: what a system needs is made and cached, and its making enters no peak of memory
    tried = replace(job, plan=replace(job.plan, single=1, batches=1, warm=0))
    for name in names:
        said = _apart(["--system", name, "--job", _told(tried)])
        if "left_out" in said:
            left_out[name] = str(said["left_out"])
    found: Found = {name: [] for name in names if name not in left_out}
    for name in common.in_turn(list(found), job.plan.rounds):
        found[name].append(_apart(["--system", name, "--job", _told(job)]))
    return found, left_out


def video_rounds(job: Job) -> dict[tuple[str, int], list[dict[str, float]]]:
    """(name, seconds) -> what was measured in each round."""
    places = [(name, seconds) for seconds in job.plan.lengths_s for name in OF_VIDEO]
    found: dict[tuple[str, int], list[dict[str, float]]] = {place: [] for place in places}
    for place in common.in_turn(places, job.plan.rounds):
        its = replace(job, seconds=place[1])
        found[place].append(_apart(["--watch", place[0], "--job", _told(its)], job.plan.cores))
    return found


def _told(job: Job) -> str:
    return json.dumps(asdict(job))


def _apart(arguments: Sequence[str], threads: int = 1) -> dict[str, Any]:
    return common.apart(__file__, arguments, threads, OPENCV_FOR_THREADS_NUM=str(threads))


def summary(measured: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, dict[str, dict[str, float]]]:
    """System -> metric -> value over all rounds; low and high are the smallest and the largest round's."""
    over = common.over_rounds
    return {
        name: {
            "one_face_median_ms": over(its, statistics.median, "one_ms"),
            "one_face_p95_ms": over(its, common.p95, "one_ms"),
            "one_face_processor_ms": common.over([one["processor_ms"] for one in its]),
            "one_face_per_s": over(its, lambda ms: 1000 / statistics.fmean(ms), "one_ms"),
            f"batch_{BATCH}_ms_per_face": over(its, statistics.median, "batch_ms"),
            f"batch_{BATCH}_faces_per_s": over(its, lambda ms: 1000 / statistics.fmean(ms), "batch_ms"),
            "peak_mb": common.over([one["peak_mb"] for one in its]),
            "load_s": common.over([one["load_s"] for one in its]),
        }
        for name, its in measured.items()
    }


def ratios(measured: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, dict[str, float]]:
    """Peer by the bundle's network -> how many times slower: the median over rounds, the smallest, the largest."""
    found = {}
    for theirs in (name for name in measured if NETWORK in measured and name != NETWORK):
        for said, field in (("one face", "one_ms"), (f"batch of {BATCH}", "batch_ms")):
            pairs = zip(measured[theirs], measured[NETWORK], strict=True)
            each = [statistics.median(a[field]) / statistics.median(b[field]) for a, b in pairs]
            found[f"{theirs} / {NETWORK}, {said}"] = common.over(each)
    return found


def video_summary(
    measured: Mapping[tuple[str, int], Sequence[Mapping[str, float]]],
) -> dict[tuple[str, int], dict[str, dict[str, float]]]:
    """(name, seconds) -> metric -> value; ratios are to decoding as much of the video in the same round."""
    made: dict[tuple[str, int], dict[str, dict[str, float]]] = {}
    for (name, seconds), its in measured.items():
        made[name, seconds] = {field: common.over([one[field] for one in its]) for field in its[0]}
        if name != DECODING:
            alone = measured[DECODING, seconds]
            for metric, field in (("times_decoding", "wall_s"), ("times_decoding_processor", "processor_s")):
                each = [a[field] / b[field] for a, b in zip(its, alone, strict=True)]
                made[name, seconds][metric] = common.over(each)
    return made


# -- telling --


def lines(made: Mapping[str, Mapping[str, common.Measured]]) -> Iterator[str]:
    """The table of systems."""
    heads = f"{'one face ms':>12} {'p95':>8} {'busy ms':>8} {'/s':>8} {f'batch {BATCH} /s':>12}"
    yield f"{'':<70} {heads} {'peak MB':>8} {'load s':>7}"
    for name, metrics in made.items():
        m = {metric: said["value"] for metric, said in metrics.items()}
        yield (
            f"{SAID[name]:<70} {m['one_face_median_ms']:>12.2f} {m['one_face_p95_ms']:>8.2f} "
            f"{m['one_face_processor_ms']:>8.2f} {m['one_face_per_s']:>8.0f} {m[f'batch_{BATCH}_faces_per_s']:>12.0f} "
            f"{m['peak_mb']:>8.0f} {m['load_s']:>7.2f}"
        )


def video_lines(made: Mapping[tuple[str, int], Mapping[str, common.Measured]]) -> Iterator[str]:
    """The table of the video."""
    heads = f"{'video s':>7} {'seconds':>9} {'busy s':>9} {'x decoding':>10} {'busy':>7} {'peak MB':>8}"
    yield f"{'':<62} {heads}"
    for (name, seconds), metrics in made.items():
        m = {metric: said["value"] for metric, said in metrics.items()}
        ratio = [f"{m[key]:.2f}" if key in m else "" for key in ("times_decoding", "times_decoding_processor")]
        yield (
            f"{SAID_OF_VIDEO[name]:<62} {seconds:>7} {m['wall_s']:>9.2f} {m['processor_s']:>9.2f} "
            f"{ratio[0]:>10} {ratio[1]:>7} {m['peak_mb']:>8.0f}"
        )


def result(
    made: Mapping[str, Any],
    ratio: Mapping[str, Any],
    video: Mapping[tuple[str, int], Any],
    shown: str,
    job: Job,
    command: str,
    minutes: float,
    quick: bool,
) -> dict[str, Any]:
    """The form of `results/`: one row per system, one for the ratios, one per system and length of video."""
    plan = job.plan
    protocol = (
        f"one thread, {plan.rounds} interleaved rounds, each system in its own process; {plan.single} faces of {SIDE} "
        f"px one at a time and {plan.batches} batches of {BATCH}; value over all rounds, low and high the smallest and "
        "the largest round's"
    )
    same = common.common_row(protocol, "drawn faces", True, minutes, quick)
    rows = [{**same, "variant": {"system": SAID[name]}, "metrics": metrics} for name, metrics in made.items()]
    rows.append({**same, "variant": {"ratios": "how many times slower"}, "metrics": dict(ratio)})
    if video:
        same["protocol"] = (
            f"{plan.cores} cores, {plan.rounds} interleaved rounds, each system in its own process; median"
        )
        same |= {"split": shown, "synthetic": shown == DRAWN}
    rows += [
        {**same, "variant": {"system": SAID_OF_VIDEO[name], "video_s": seconds}, "metrics": metrics}
        for (name, seconds), metrics in video.items()
    ]
    return common.result("face", command, Path(job.bundle), rows)


def run(options: argparse.Namespace) -> None:
    plan = QUICK if options.quick else Plan(rounds=options.rounds, cores=options.cores, height=options.height)
    if options.minutes and not options.quick:
        plan = replace(plan, lengths_s=_seconds(options.minutes))
    names = common.among(options.systems, SYSTEMS)
    bundle = bundles.find(options.bundle).resolve()
    if "picture" not in (card := bundles.read_card(bundle)):
        raise UsageError(
            "a bundle that reads pictures", f"{options.bundle}, which reads {card['modality']}", "name another"
        )
    start = time.perf_counter()
    job = Job(str(bundle), plan)
    if options.video and not Path(options.video).is_file():
        raise UsageError(f"a video at {options.video}", "none", "correct the path, or leave it out to have one drawn")
    shown = ""
    if options.clips is not None:
        job, shown = replace(job, video=str(video_of(options.clips, plan))), f"clips of {options.clips.name}"
    elif options.video:
        job, shown = replace(job, video=str(Path(options.video).resolve())), Path(options.video).name
    elif options.video is not None:
        job, shown = replace(job, video=str(drawn_video(plan))), DRAWN
    measured, left_out = rounds(names, job)
    made, ratio = summary(measured), ratios(measured)
    print(f"drawn faces of {SIDE} px; rounds: {plan.rounds}")
    if options.quick:
        print("quick: a few faces and a small video; the numbers mean nothing")
    for line in lines(made):
        print(line)
    for name, why in left_out.items():
        print(f"left out: {name}: {why}")
    if ratio:
        print("\nhow many times slower (smallest and largest round)")
    for said, r in ratio.items():
        print(f"{said:<60} {r['value']:>7.2f} ({r['low']:.2f} to {r['high']:.2f})")
    video = video_summary(video_rounds(job)) if job.video else {}
    if video:
        made_here = "" if options.video else f", {plan.height} px high, {VIDEO_HZ} frames/s"
        print(f"\nvideo: {shown}{made_here}; cores: {plan.cores}; the machine's load: {_load()}")
        for line in video_lines(video):
            print(line)
    if options.write:
        command = " ".join(["python bench/face.py", *(["--quick"] if options.quick else [f"--rounds {plan.rounds}"])])
        command += f" --bundle {options.bundle}" if options.bundle != BUNDLE else ""
        command += f" --systems {options.systems}" if options.systems else ""
        if shown:
            source = f"--clips {options.clips.name}" if options.clips else f"--video {options.video}".rstrip()
            minutes_ = ",".join(f"{s / 60:g}" for s in plan.lengths_s)
            size = "" if options.video else f" --height {plan.height}"
            command += f" {source}" + ("" if options.quick else f"{size} --cores {plan.cores} --minutes {minutes_}")
        minutes = (time.perf_counter() - start) / 60
        # the film stands apart, so that it can be measured without all peers again
        path = options.results / f"bench.face{'.video' if video else ''}.json"
        store.write_json(path, result(made, ratio, video, shown, job, f"{command} --write", minutes, options.quick))
        print(f"wrote {path}")


def _seconds(minutes: str) -> tuple[int, ...]:
    """What `--minutes` names, the longest last.

    Raises:
        UsageError: no lengths.
    """
    try:
        found = sorted(round(60 * float(one)) for one in minutes.split(","))
    except ValueError:
        found = []
    if not found or found[0] < 1:
        raise UsageError("lengths in minutes, such as 1,5", repr(minutes), "correct --minutes")
    return tuple(found)


def _load() -> str:
    """How many processes wanted to run in the last minute, where the system tells it."""
    return f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores" if hasattr(os, "getloadavg") else "not known"


BUNDLE, DRAWN = "face", "one drawn face that moves"


def main() -> int:
    said = "Speed and memory of a face bundle beside its peers, and of a video, in one run."
    parser = common.parser(said, BUNDLE, Plan.rounds, SYSTEMS, "bench.face")
    parser.add_argument(
        "--video", nargs="?", const="", metavar="FILE", help="measure a video; without FILE a drawn one"
    )
    parser.add_argument("--clips", type=Path, metavar="FOLDER", help="measure a video made of a folder's videos")
    parser.add_argument("--height", type=int, default=Plan.height, help="pixels of the video that is made")
    parser.add_argument("--cores", type=int, default=Plan.cores, help="cores that a video may use")
    parser.add_argument("--minutes", default="", help="of the beginnings of the video that are measured: 1,5")
    parser.add_argument("--watch", help=argparse.SUPPRESS)
    options = parser.parse_args()

    def work() -> None:
        if options.job is None:
            run(options)
        elif options.watch:
            print(json.dumps(watch(options.watch, Job.of(json.loads(options.job)))))
        else:
            print(json.dumps(measure(options.system, Job.of(json.loads(options.job)))))

    return common.guarded("bench/face.py", work, options.job is not None)


if __name__ == "__main__":
    raise SystemExit(main())
