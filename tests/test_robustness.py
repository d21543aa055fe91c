"""Robustness curves of a planted listener, which hears the pitch of a tone: what must be lost is known beforehand."""

from __future__ import annotations

import csv
import json
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from scipy import stats
from sklearn.metrics import f1_score, recall_score
from typer.testing import CliRunner

from affectkit import corpora
from affectkit.app import cli
from affectkit.augment import noise
from affectkit.errors import AffectError, InputError
from affectkit.modalities import speech
from affectkit.prediction import Failure, Prediction, TaskPrediction
from affectkit.runtime import predict
from affectkit.runtime.predict import Item
from affectkit.task import Task
from affectkit.train import figures, robustness
from affectkit.train.robustness import CLEAN, Curves, Measured

RATE_HZ = 16_000
PITCHES = {"anger": 400, "joy": 1000, "sadness": 3500}
HUM_HZ = 250  # what is left to hear where a tone is lost: nearest to anger
SPEAKERS = 24
FAINT = 1e-4  # the height below which the listener hears nothing


@pytest.fixture(autouse=True)
def few_folds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "FOLDS", 100)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The spec of a table of tones over a low hum: 24 speakers of test, two of train, one of dev say each emotion."""
    folder = tmp_path_factory.mktemp("clips")
    t_s = np.arange(RATE_HZ // 5) / RATE_HZ
    with (folder / "tones.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["file", "emotion", "valence", "speaker", "split"])
        for speaker in range(SPEAKERS + 3):
            for number, (emotion, pitch) in enumerate(PITCHES.items()):
                name = f"s{speaker:02}_{emotion}.wav"
                tone = 0.2 * np.sin(2 * np.pi * (pitch + speaker) * t_s) + 0.02 * np.sin(2 * np.pi * HUM_HZ * t_s)
                soundfile.write(folder / name, tone, RATE_HZ)
                split = "test" if speaker < SPEAKERS else "dev" if speaker == SPEAKERS + 2 else "train"
                rows.writerow([name, emotion, (number - 1) * 0.8, f"s{speaker:02}", split])
    what = "speech=file,label=emotion,scheme=ekman,values=valence,dimensions=own,range=-1..1"
    return f"{folder / 'tones.csv'}:{what},group=speaker,split=split,id=file"


class Listener:
    """Says the emotion whose pitch is nearest to the strongest one; cannot read what is faint."""

    spoken, modality = "listener@1", "speech"

    def __init__(self, tasks: tuple[Task, ...]) -> None:
        self.tasks = tasks
        self.heard: list[float] = []

    def stream(self, items: Iterable[Item]) -> Iterator[Prediction]:
        for item in items:
            try:
                yield self._one(item)
            except AffectError as error:
                yield Prediction(item.id, item.input, error=Failure.of(error))

    def _one(self, item: Item) -> Prediction:
        if isinstance(item.media, AffectError):
            raise item.media
        sound = speech.read(item.media)
        self.heard.append(float(sound[7]))
        if np.abs(sound).max() < FAINT:
            raise InputError("speech", "silence", "speak up")
        strongest = np.abs(np.fft.rfft(sound, RATE_HZ)).argmax()
        name = min(PITCHES, key=lambda n: abs(PITCHES[n] - strongest))
        told = {}
        for task in self.tasks:
            common = (task.target, task.scheme, task.kind, task.view)
            if task.scaled:
                value = {"anger": -0.8, "joy": 0.0, "sadness": 0.8}[name]
                told[task.id] = TaskPrediction(*common, values={"valence": value})
            else:
                scores = {n: 0.9 if n == name else 0.1 / (len(task.names) - 1) for n in task.names}
                told[task.id] = TaskPrediction(*common, scores=scores, labels=(name,), confidence=0.9)
        return Prediction(item.id, item.input, told)


@pytest.fixture
def listener(clips: str) -> Listener:
    return Listener(corpora.tasks(clips))


def curves_of(listener: Listener, clips: str, by: str, **given: Any) -> tuple[Curves, dict[str, Measured]]:
    """The curves, and those of the task of names by what their points are called."""
    found = robustness.measure(listener, clips, by, **given)
    named = next(task.id for task in listener.tasks if not task.scaled)
    return found, {str(one.point): one for one in found.measured if one.task == named}


def test_the_clean_figure_and_the_fall_beside_it(listener: Listener, clips: str) -> None:
    found, at = curves_of(listener, clips, "bandwidth:rate_hz=6000+1000")
    assert list(at) == [CLEAN, "bandwidth rate_hz=6000", "bandwidth rate_hz=1000"]
    assert at[CLEAN].figures["balanced_accuracy"].value == pytest.approx(
        recall_score(*truth_and_said({}), labels=names(listener), average="macro", zero_division=0)
    )
    # above 3 kHz nothing is left: sadness is heard as anger; above 500 Hz, so is joy
    for rate, lost in ((6000, {"sadness"}), (1000, {"sadness", "joy"})):
        one = at[f"bandwidth rate_hz={rate}"]
        right = 1 - len(lost) / 3
        scale = 3 / len(names(listener))  # names that nobody has count as never found
        assert one.figures["balanced_accuracy"].value == pytest.approx(right * scale)
        difference = one.differences["balanced_accuracy"]
        assert difference.value == pytest.approx((right - 1) * scale)
        assert difference.low <= difference.value <= difference.high < 0
        assert one.failed == 0
        truth, said = truth_and_said(dict.fromkeys(lost, "anger"))
        wanted = f1_score(truth, said, labels=names(listener), average="macro", zero_division=0)
        assert one.figures["macro_f1"].value == pytest.approx(wanted)
    assert at[CLEAN].differences == {}
    assert found.samples == "test, 72"
    assert "bootstrap by speaker (24)" in found.protocol


def names(listener: Listener) -> list[str]:
    return list(next(task for task in listener.tasks if not task.scaled).names)


def truth_and_said(heard_as: dict[str, str]) -> tuple[list[str], list[str]]:
    truth = [name for _ in range(SPEAKERS) for name in PITCHES]
    return truth, [heard_as.get(name, name) for name in truth]


def test_what_cannot_be_read_any_more_counts_as_wrong(listener: Listener, clips: str) -> None:
    _, at = curves_of(listener, clips, "gain:gain_db=-20+-120")
    assert at["gain gain_db=-20"].figures["balanced_accuracy"] == at[CLEAN].figures["balanced_accuracy"]
    lost = at["gain gain_db=-120"]
    assert (lost.failed, lost.n) == (72, 72)
    assert lost.figures["balanced_accuracy"].value == lost.figures["macro_f1"].value == 0
    assert lost.figures["ece"].value == 0  # a confidence of 0, and never right
    assert at[CLEAN].figures["ece"].value == pytest.approx(1 - 0.9)


def test_dimensions_have_their_correlation(listener: Listener, clips: str) -> None:
    found, _ = curves_of(listener, clips, "bandwidth:rate_hz=6000")
    dimensions = [one for one in found.measured if "ccc.valence" in one.figures]
    assert [str(one.point) for one in dimensions] == [CLEAN, "bandwidth rate_hz=6000"]
    assert dimensions[0].figures["ccc.valence"].value == pytest.approx(1.0)
    assert -1 <= dimensions[1].differences["ccc.valence"].value < 0


def test_macro_f1_under_noise_is_that_of_scikit_learn(listener: Listener, clips: str) -> None:
    by = "noise:kind=white,snr_db=-15"
    _, at = curves_of(listener, clips, by)
    said = []
    config = noise.Config(-15.0, "white")
    for sample in corpora.samples(clips):
        if sample.split == "test":
            chance = np.random.default_rng((0, zlib.crc32(sample.id.encode())))
            made = noise.apply(config, speech.read(sample.media["speech"]), chance)
            strongest = np.abs(np.fft.rfft(made, RATE_HZ)).argmax()
            said.append(min(PITCHES, key=lambda n: abs(PITCHES[n] - strongest)))
    truth, _ = truth_and_said({})
    wanted = f1_score(truth, said, labels=names(listener), average="macro", zero_division=0)
    assert at["noise kind=white snr_db=-15"].figures["macro_f1"].value == pytest.approx(wanted)


def test_an_item_meets_the_same_noise_at_every_ratio(listener: Listener, clips: str) -> None:
    curves_of(listener, clips, "noise:kind=white,snr_db=10+-10", limit=6, split="all")
    clean, soft, loud = np.asarray(listener.heard).reshape(3, -1)
    assert loud - clean == pytest.approx(10 * (soft - clean), rel=1e-3)  # 20 dB are ten times the height


def test_all_that_fits_is_measured_and_the_limit_holds(listener: Listener, clips: str) -> None:
    fitting = robustness.points("speech")
    assert {"noise", "room", "codec", "gain"} <= {point.part for point in fitting}
    assert "spec_mask" not in {point.part for point in fitting}
    assert len(set(fitting)) == len(fitting)
    found, at = curves_of(listener, clips, "clip", limit=10, seed=3)
    assert found.samples == "test, 10 of 72 drawn at random"
    assert {one.n for one in at.values()} == {10}
    again, _ = curves_of(listener, clips, "clip", limit=10, seed=3)
    assert again.rows() == found.rows()


def test_steps_that_come_to_the_same_are_measured_once() -> None:
    points = robustness.points("speech", "codec:codec=mulaw,codec")
    assert [str(p) for p in points if "mulaw" in p.curve] == ["codec codec=mulaw bitrate_kbps=64"]
    assert len([p for p in points if p.curve == "codec"]) > 3


def test_babble_is_made_of_the_training_part(clips: str, listener: Listener) -> None:
    data = robustness.alike.read([clips], listener.tasks)
    (point,) = robustness.points("speech", "noise:kind=babble,snr_db=0")
    config = robustness._with_others(point, data, "speech").config
    assert {Path(file).name[:3] for file in config.others} == {"s24", "s25"}
    kept = robustness.points("speech", "gain")[0]
    assert robustness._with_others(kept, data, "speech") is kept


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"by": "noize"}, "expected the name of an augmentation; found 'noize'; did you mean noise?"),
        ({"by": "noise:colour=red"}, "expected the name of a setting; found 'colour'; "),
        ({"by": "tilt"}, "expected an augmentation of speech; found tilt of log_mel; use bandwidth, clip, "),
        ({"by": "noise:snr_db=loud"}, "expected a value of type float for the setting 'snr_db'; found 'loud'; "),
        ({"by": "gain", "split": "eval"}, "expected samples of speech in the split 'eval' of "),
        ({"by": "gain", "limit": 0}, "expected a limit of at least 1; found 0; leave it out to take all"),
    ],
)
def test_what_cannot_be_measured_is_a_sentence(
    given: dict[str, Any], said: str, listener: Listener, clips: str
) -> None:
    with pytest.raises(AffectError) as caught:
        robustness.measure(listener, clips, **given)
    assert str(caught.value).replace("a augmentation", "an augmentation").startswith(said)


def test_a_bundle_of_texts_has_nothing_to_be_worse() -> None:
    with pytest.raises(AffectError) as caught:
        robustness.points("text")
    assert str(caught.value) == (
        "expected a bundle that reads what can be made worse; found one of text; choose one of speech"
    )


def test_a_corpus_that_cannot_be_read_at_all_is_a_sentence(
    listener: Listener, clips: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{__name__}.FAINT", 9.0)
    with pytest.raises(AffectError) as caught:
        robustness.measure(listener, clips, "gain")
    assert str(caught.value) == (
        f"expected a sample of {clips} that listener@1 can read; "
        "found expected speech; found silence; speak up; choose another corpus"
    )


# ---- the command -----------------------------------------------------------------------------------------------------


@pytest.fixture
def loaded(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predict, "load", lambda bundle: listener)


def run(*arguments: object) -> Any:
    return CliRunner().invoke(cli.build(), ["robustness", *(str(a) for a in arguments)])


def test_the_command_prints_a_table_and_writes_files(
    loaded: None, clips: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    csv_file, json_file = tmp_path / "curves.csv", tmp_path / "curves.json"
    files = ("--to", f"csv={csv_file}", "--to", f"json={json_file}")
    result = run("speech", "--on", clips, "--by", "bandwidth:rate_hz=6000,gain:gain_db=-120", *files)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].startswith("listener@1 on ")
    assert "(test, 72)" in lines[0]
    row = next(line for line in lines if line.startswith("bandwidth rate_hz=6000"))
    assert row.split()[2:7] == ["0.667", "(0.67", "to", "0.67)", "-0.333*"]
    assert next(line for line in lines if line.startswith("gain gain_db=-120")).split()[-1] == "72"
    with csv_file.open(encoding="utf-8", newline="") as file:
        cells = list(csv.DictReader(file))
    data = json.loads(json_file.read_text(encoding="utf-8"))
    assert sum(len(one["metrics"]) for one in data["rows"]) == len(cells)
    for one in data["rows"]:
        how = one["variant"]
        its = [c for c in cells if c["task"] == one["task"] and c["augmentation"] == how["augmentation"]]
        assert {c["metric"]: float(c["figure"]) for c in its} == {m: v["value"] for m, v in one["metrics"].items()}
        assert (one["baseline"] is None) == (how["augmentation"] == CLEAN or not one["metrics"])
    assert {c["difference"] for c in cells if c["augmentation"] == CLEAN} == {""}
    assert stats.rankdata([float(c["figure"]) for c in cells if c["metric"] == "macro_f1"]).tolist() == [3, 2, 1]


def test_the_command_prints_json_as_in_a_results_file(loaded: None, clips: str) -> None:
    result = run("speech", "--on", clips, "--by", "gain:gain_db=-6", "--limit", 9, "--json")
    data = json.loads(result.stdout)
    assert data["command"] == f"affectkit robustness speech --on {clips} --by gain:gain_db=-6 --limit 9"
    assert data["part"] == "listener@1"
    first, _, second, _ = data["rows"]
    assert first["variant"]["augmentation"] == CLEAN
    assert second["variant"]["gain_db"] == -6
    assert {d["name"] for d in second["baseline"]} == {CLEAN}
    assert all(d["difference"] == 0 and d["p"] == 1 for d in second["baseline"])


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("xlsx=a.xlsx", "expected the name of a form of a file of curves; found 'xlsx'; "),
        ("csv", "expected a file name in --to csv=FILE; found ''; make the folder or correct the name"),
        ("csv=/no/such/folder/a.csv", "expected a file name in --to csv=FILE; found '/no/such/folder/a.csv'; "),
    ],
)
def test_a_wrong_file_is_refused_before_anything_is_read(to: str, said: str) -> None:
    result = run("speech", "--on", "nowhere.csv", "--to", to)
    assert result.exit_code == 2
    assert said in result.stderr
