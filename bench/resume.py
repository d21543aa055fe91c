"""Kill a batch again and again, and see whether anything is lost, doubled or other than in a run nobody disturbed.

    python bench/resume.py [--bundle text-en] [--rows 5000] [--kills 20] [--workers 2] [--write]

A table of synthetic sentences of 1 to 40 words, one row in twenty blank, is read with `affectkit predict --workers N`
to JSON lines and to Parquet, each once undisturbed and once killed with signal 9 at random moments: when as many rows
as were drawn are in the part, and up to half a second later; what one lot brought together is killed while it begins.
The last run is left to end. The two files are compared row for row, and byte for byte.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import common
from affectkit import find, store
from affectkit.runtime import bundle as bundles
from common import SEED

NAME = "bench.resume"
FORMATS = ("jsonl", "parquet")
WORDS = "I we they this that is was not never so very happy sad angry afraid proud thank love home".split()  # noqa: SIM905
CALL = "from affectkit.app.cli import main; main()"
BLANK = 20  # one row in so many
QUICK = (150, 2)  # rows, kills

_SOON_S = 0.5
_LOOK_S = 0.01


def table(path: Path, rows: int) -> Path:
    words = random.Random(SEED)
    said = ("" if i % BLANK == 0 else " ".join(words.choices(WORDS, k=words.randint(1, 40))) for i in range(rows))
    path.write_text("id,text\n" + "".join(f"{i},{line}\n" for i, line in enumerate(said)), encoding="utf-8")
    return path


def command(source: Path, out: Path, bundle: Path, workers: int) -> list[str]:
    to = f"{out.suffix[1:]}={out}"
    asked = ["predict", str(source), "--bundle", str(bundle), "--to", to, "--workers", str(workers)]
    return [sys.executable, "-c", CALL, *asked]


def there(part: Path) -> int:
    """Rows in a part so far."""
    return part.read_bytes().count(b"\n") if part.exists() else 0


def killed(run: Sequence[str], out: Path, moments: Sequence[int], chance: random.Random) -> int:
    """How many kills met a run at work; the last run is left to end."""
    part, kills = out.with_name(f"{out.name}.part"), 0
    for moment in moments:
        with subprocess.Popen(run, stderr=subprocess.DEVNULL) as running:
            while running.poll() is None and there(part) < moment:
                time.sleep(_LOOK_S)
            time.sleep(chance.uniform(0, _SOON_S))
            running.kill()
            kills += running.wait() == -signal.SIGKILL
        if out.exists():
            break
    subprocess.run(run, stderr=subprocess.DEVNULL, check=False)
    return kills


def rows_of(file: Path) -> list[dict[str, Any]]:
    with file.open("rb") as opened:
        return [one.to_json() for one in find.load("formats", file.suffix[1:]).read(opened)]


def compared(whole: Path, resumed: Path) -> dict[str, int]:
    """Rows lost, doubled, and other than they should be; and whether the bytes are the same."""
    wanted, found = rows_of(whole), rows_of(resumed)
    counts = Counter(row["id"] for row in found)
    return {
        "rows": len(wanted),
        "rows_lost": len({row["id"] for row in wanted} - set(counts)),
        "rows_doubled": sum(count - 1 for count in counts.values()),
        "rows_that_differ": sum(a != b for a, b in zip(wanted, found, strict=False)) + abs(len(wanted) - len(found)),
        "same_bytes": int(whole.read_bytes() == resumed.read_bytes()),
    }


def measure(folder: Path, bundle: Path, rows: int, kills: int, workers: int) -> dict[str, dict[str, float]]:
    """Format -> what the kills did."""
    source, chance = table(folder / "items.csv", rows), random.Random(SEED)
    found = {}
    for form in FORMATS:
        whole, resumed = folder / f"whole.{form}", folder / f"resumed.{form}"
        start = time.monotonic()
        subprocess.run(command(source, whole, bundle, workers), stderr=subprocess.DEVNULL, check=False)
        alone_s = time.monotonic() - start
        moments = sorted(chance.choices(range(rows), k=kills))
        start = time.monotonic()
        met = killed(command(source, resumed, bundle, workers), resumed, moments, chance)
        found[form] = {
            "kills": met,
            **compared(whole, resumed),
            "undisturbed_s": round(alone_s, 1),
            "with_kills_s": round(time.monotonic() - start, 1),
        }
        print(f"{form}: {json.dumps(found[form])}", flush=True)
    return found


def row(form: str, found: Mapping[str, float], workers: int, quick: bool) -> dict[str, Any]:
    minutes = (found["undisturbed_s"] + found["with_kills_s"]) / 60
    return {
        **common.common_row("kill -9 at random moments, then the same command again", "", True, minutes, quick),
        "task": "resume",
        "variant": {"format": form, "workers": workers},
        "metrics": {name: {"value": value, "low": None, "high": None, "n": 1} for name, value in found.items()},
    }


def main() -> None:
    made = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    made.add_argument("--bundle", default="text-en", help="a shipped bundle's name or a .affect file")
    made.add_argument("--rows", type=int, default=5000)
    made.add_argument("--kills", type=int, default=20)
    made.add_argument("--workers", type=int, default=2)
    made.add_argument("--quick", action="store_true", help="seconds instead of minutes; the numbers mean nothing")
    made.add_argument("--write", action="store_true", help=f"write {NAME}.json")
    made.add_argument("--results", type=Path, default=Path("results"), help="the folder it is written to")
    given = made.parse_args()
    bundle = bundles.find(given.bundle)
    rows, kills = QUICK if given.quick else (given.rows, given.kills)
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), bundle, rows, kills, given.workers)
    if given.write:
        its = [row(form, one, given.workers, given.quick) for form, one in found.items()]
        sizes = f"--rows {rows} --kills {kills} --workers {given.workers}"
        asked = f"python bench/resume.py --bundle {given.bundle} {sizes}"
        print(store.write_json(given.results / f"{NAME}.json", common.result("synthetic", asked, bundle, its)))
    if any(one["rows_lost"] or one["rows_doubled"] or one["rows_that_differ"] for one in found.values()):
        raise SystemExit("resume.py: rows differ")


if __name__ == "__main__":
    sys.exit(common.guarded("resume.py", main, inside=False))
