"""What the benchmarks share: processes apart, memory, medians, sessions with given threads, the form of results."""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from affectkit.errors import AffectError, MissingExtra, UnknownName
from affectkit.runtime import bundle as bundles

SEED = 7
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
"""Variables of the environment that say how many threads a library takes."""
OFFLINE = {"TRANSFORMERS_VERBOSITY": "error", "HF_HUB_OFFLINE": "1"}

Measured = Mapping[str, float]
"""A value with the smallest, the largest, and how many."""


def real() -> bool:
    """Whether corpora are at hand, so that what is measured on is people's own."""
    return bool(os.environ.get("AFFECTKIT_CORPORA"))


def apart(file: str, arguments: Sequence[str], threads: int, **more: str) -> dict[str, Any]:
    """The JSON that a benchmark's file prints in a process of its own, with so many threads."""
    environment = {**os.environ, **OFFLINE, **dict.fromkeys(THREADS, str(threads)), **more}
    done = subprocess.run([sys.executable, file, *arguments], env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments[:2])} failed:\n{done.stderr}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def in_turn(places: Sequence[Any], rounds: int) -> Iterator[Any]:
    """Every place in every round, each round beginning with the next one: nobody is always first."""
    for turn in range(rounds):
        begin = turn % max(len(places), 1)
        yield from (*places[begin:], *places[:begin])


def session(model: bytes | str, threads: int = 1) -> Any:
    """A model, as bytes or a file, in ONNX Runtime with so many threads."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def peak_mb() -> float:
    """This process's largest resident memory so far, MB.

    Linux's own VmHWM, where there is one: ru_maxrss would count the memory of the process that started this one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = [x for x in status.read_text(encoding="ascii").splitlines() if x.startswith("VmHWM:")]
        return int(line.split()[1]) * 1024 / 1e6
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 1e6 if sys.platform == "darwin" else most * 1024 / 1e6


def busy_s() -> float:
    """Seconds of the processor, of this process and those it waited for."""
    told = os.times()
    return told.user + told.system + told.children_user + told.children_system


def on_one_core() -> None:
    """Keep this process on one core, where the system can: libraries that count cores take one thread then."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def ms(call: Callable[[Any], object], given: object) -> float:
    """Milliseconds that a call takes."""
    start = time.perf_counter()
    call(given)
    return 1000 * (time.perf_counter() - start)


def over(values: Sequence[float]) -> dict[str, float]:
    """The median, the smallest, the largest, how many."""
    return {"value": statistics.median(values), "low": min(values), "high": max(values), "n": len(values)}


def over_rounds(
    rounds: Sequence[Mapping[str, Any]], of: Callable[[list[float]], float], field: str
) -> dict[str, float]:
    """A value over what was measured in all rounds; low and high are the smallest and the largest round's."""
    each = [of(one[field]) for one in rounds]
    every = [ms for one in rounds for ms in one[field]]
    return {"value": of(every), "low": min(each), "high": max(each), "n": len(every)}


def p95(values: list[float]) -> float:
    """The 95th percentile; the value itself where there is only one."""
    return statistics.quantiles(values, n=20, method="inclusive")[18] if len(values) > 1 else values[0]


def among(names: str, systems: Collection[str], what: str = "a system") -> list[str]:
    """The systems, or what else there is, asked for by commas; all where none is.

    Raises:
        UnknownName: one that there is not.
    """
    asked = names.split(",") if names else list(systems)
    for name in asked:
        if name not in systems:
            raise UnknownName.among(what, name, systems)
    return asked


def parser(description: str, bundle: str, rounds: int, systems: Collection[str], name: str) -> argparse.ArgumentParser:
    """The arguments that every benchmark takes; `name` is that of its results."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--bundle", default=bundle, help="a shipped bundle's name or a .affect file")
    made.add_argument("--rounds", type=int, default=rounds, help="how often each system is measured")
    made.add_argument("--systems", default="", help=f"some of {','.join(systems)}")
    made.add_argument("--quick", action="store_true", help="seconds instead of minutes; the numbers mean nothing")
    made.add_argument("--write", action="store_true", help=f"write {name}.json")
    made.add_argument("--results", type=Path, default=Path("results"), help="the folder it is written to")
    for hidden in ("--system", "--job"):
        made.add_argument(hidden, help=argparse.SUPPRESS)
    return made


def guarded(name: str, run: Callable[[], None], inside: bool) -> int:
    """Run, and say errors in a sentence; `inside` a system's own process, what is not installed is told as JSON."""
    try:
        run()
    except MissingExtra as error:
        if not inside:
            raise
        print(json.dumps({"left_out": error.message}))  # a peer that is not installed does not end the run
    except AffectError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def common_row(
    protocol: str, split: str, synthetic: bool, minutes: float, quick: bool, seeds: Sequence[int] = (SEED,)
) -> dict[str, Any]:
    """What all rows of a benchmark's results have in common."""
    return {
        "claim": None,
        "task": "speed",
        "protocol": protocol,
        "split": split,
        "audit": "a size for show, not for figures" if quick else None,
        "baseline": None,
        "paper": {},
        "verdict": "own",
        "synthetic": synthetic,
        "seeds": list(seeds),
        "minutes": round(minutes, 2),
    }


def result(corpus: str, command: str, bundle: Path, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The form of `results/`."""
    from affectkit.train import provenance

    card = bundles.read_card(bundle)
    return {
        "part": "bench",
        "corpus": corpus,
        "command": command,
        "commit": provenance.commit(),
        "hardware": provenance.hardware(),
        "bundle": f"{card['name']}@{card['version']}",
        "bundle_mb": round(bundle.stat().st_size / 1e6, 3),
        "rows": list(rows),
    }
