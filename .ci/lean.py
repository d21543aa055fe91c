"""The lean job: the installed wheel without extras answers, is quick and light, and says what an extra would bring.

Run by `.ci/run` in an empty folder, by the interpreter of a fresh environment that refuses network calls.
"""

from __future__ import annotations

import array
import importlib.util
import itertools
import json
import math
import os
import pkgutil
import socket
import subprocess
import sys
import time
import unittest
import wave
from pathlib import Path

SENTENCE = "I can't believe we won!"
BUNDLE, SPEECH = "text-en", "speech"
IMPORT_S, PREDICT_S = 0.15, 1.0
WHEEL_MB = 30
EXTRAS = ("torch", "transformers", "accelerate", "scipy", "sklearn", "pandas", "pyarrow", "matplotlib")
HEAVY = ("torch", "transformers", "pandas", "scipy", "matplotlib", "cv2", "av")
TORCH_FLOORS = ("nn", "train", "methods")
COMMAND = str(Path(sys.executable).with_name("affectkit"))


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8")


def syllables(seconds: int = 40, rate_hz: int = 16_000) -> None:
    """Write voice.wav: overtones of a low voice in syllables, with pauses between words."""
    samples = array.array("h")
    for i in range(seconds * rate_hz):
        t_s = i / rate_hz
        loud = max(0.0, math.sin(6 * math.pi * t_s)) ** 0.5 if math.sin(2 * math.pi * t_s / 1.7) > -0.8 else 0.0
        tone = sum(math.sin(2 * math.pi * 130 * k * t_s) / k for k in range(1, 12)) if loud else 0.0
        samples.append(round(3000 * loud * tone) + i % 3 - 1)
    with wave.open("voice.wav", "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(samples.tobytes())


def quickest_s(*command: str, times: int) -> float:
    took = []
    for _ in range(times):
        start = time.perf_counter()
        run(*command)
        took.append(time.perf_counter() - start)
    return min(took)


class Installed(unittest.TestCase):
    def test_the_wheel_is_what_is_imported(self) -> None:
        spec = importlib.util.find_spec("affectkit")
        assert spec is not None and spec.origin is not None
        self.assertTrue(Path(spec.origin).resolve().is_relative_to(Path(sys.prefix).resolve()), spec.origin)
        self.assertEqual(list(Path.cwd().iterdir()), [])

    def test_the_wheel_is_small(self) -> None:
        self.assertLess(Path(os.environ["LEAN_WHEEL"]).stat().st_size / 1e6, WHEEL_MB)

    def test_no_extra_is_there(self) -> None:
        self.assertEqual([name for name in EXTRAS if importlib.util.find_spec(name)], [])

    def test_network_calls_are_refused(self) -> None:
        with self.assertRaisesRegex(OSError, "expected no network call"):
            socket.create_connection(("127.0.0.1", 9), timeout=1)

    def test_importing_is_quick(self) -> None:
        bare = quickest_s(sys.executable, "-c", "pass", times=7)
        self.assertLess(quickest_s(sys.executable, "-c", "import affectkit", times=7) - bare, IMPORT_S)

    def test_every_module_below_torch_imports(self) -> None:
        import affectkit

        found = [m.name for m in pkgutil.walk_packages(affectkit.__path__, "affectkit.") if not _torch(m.name)]
        self.assertGreater(len(found), 40)
        done = run(sys.executable, "-c", f"import importlib\nfor name in {found!r}: importlib.import_module(name)")
        self.assertEqual((done.returncode, done.stderr), (0, ""))


class Predicting(unittest.TestCase):
    def test_a_sentence_is_answered(self) -> None:
        done = run(COMMAND, "predict", SENTENCE, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        (said,) = json.loads(done.stdout)
        self.assertTrue(said["bundles"][0].startswith(f"{BUNDLE}@"), said["bundles"])
        names = [task for task in said["tasks"].values() if task.get("scores")]
        dimensions = [task for task in said["tasks"].values() if task.get("values")]
        self.assertEqual([len(task["scores"]) for task in names], [28])
        self.assertTrue(0 <= names[0]["confidence"] <= 1)
        self.assertEqual([set(task["values"]) for task in dimensions], [{"valence", "arousal", "dominance"}])

    def test_the_answer_is_quick(self) -> None:
        self.assertEqual(run(COMMAND, "predict", SENTENCE, "--json").returncode, 0)
        self.assertLess(quickest_s(COMMAND, "predict", SENTENCE, "--json", times=3), PREDICT_S)

    def test_nothing_heavy_is_loaded_for_it(self) -> None:
        code = (
            "import sys\nfrom affectkit.app import cli\n"
            f"sys.argv = ['affectkit', 'predict', {SENTENCE!r}, '--json']\n"
            "try: cli.main()\nexcept SystemExit as left: code = left.code or 0\nelse: code = 0\n"
            f"print([name for name in {HEAVY!r} if name in sys.modules], code, file=sys.stderr)"
        )
        self.assertEqual(run(sys.executable, "-c", code).stderr.splitlines()[-1:], ["[] 0"])

    def test_from_python(self) -> None:
        code = f"import affectkit; print(len(affectkit.predict([{SENTENCE!r}])[0].tasks['goemotions'].scores))"
        done = run(sys.executable, "-c", code)
        self.assertEqual((done.returncode, done.stdout.strip()), (0, "28"), done.stderr)

    def test_a_recording_is_answered(self) -> None:
        syllables()
        done = run(COMMAND, "predict", "voice.wav", "--segments", "--json", "--to", "srt=voice.srt")
        self.assertEqual(done.returncode, 0, done.stderr)
        said = json.loads(done.stdout)
        self.assertTrue(said[0]["bundles"][0].startswith(f"{SPEECH}@"), said[0]["bundles"])
        self.assertEqual({one["relative_to"] for one in said}, {"speaker"})
        self.assertTrue(all(a["end_s"] <= b["start_s"] for a, b in itertools.pairwise(said)))
        self.assertIn("-->", Path("voice.srt").read_text(encoding="utf-8"))


class Commands(unittest.TestCase):
    def holds(self, arguments: list[str], *texts: str) -> None:
        done = run(COMMAND, *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        for text in texts:
            self.assertIn(text, done.stdout)

    def test_list(self) -> None:
        self.holds(["list"], "metrics", "taxonomies")
        self.holds(["list", "metrics"], "macro_f1")
        self.holds(["list", "bundles"], BUNDLE)
        self.assertIn("emobank", run(COMMAND, "list", "corpora", "--json").stdout)

    def test_show(self) -> None:
        self.holds(["show", "finetune"], "Fine-tuned encoder")
        self.holds(["show", BUNDLE, "--json"], "licences")

    def test_convert(self) -> None:
        self.holds(["convert", "joy", "--from", "goemotions", "--to", "ekman"], "joy", "lost")

    def test_doctor(self) -> None:
        self.holds(["doctor"], "torch", "train")

    def lacks(self, arguments: list[str], extra: str) -> None:
        """One sentence that names the extra, and exit code 2."""
        done = run(COMMAND, *arguments)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertIn(f"pip install 'affectkit[{extra}]'", done.stderr)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)

    def test_training_needs_an_extra_and_says_so(self) -> None:
        self.lacks(["train", "finetune", "--on", "goemotions"], "train")

    def test_parquet_needs_an_extra_and_says_so(self) -> None:
        self.lacks(["predict", SENTENCE, "--to", "parquet=out.parquet"], "analysis")


def _torch(module: str) -> bool:
    return module.split(".")[1] in TORCH_FLOORS


if __name__ == "__main__":
    unittest.main(verbosity=1)
