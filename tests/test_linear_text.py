"""Hashed n-grams and the regressions on them: which n-grams there are, what is solved, languages told apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from affectkit import corpora, find
from affectkit.errors import UnknownName
from affectkit.nn.encoders import ngrams
from affectkit.runtime.predict import load
from affectkit.train import export, run

TEXTS = ["so happy now", "so sad", "a, b"]


def found(config: ngrams.Config, text: str) -> list[tuple[str, ...]]:
    """The n-grams of a text, as tokens, told from their places."""
    tokenizer = ngrams.train_tokenizer(config, TEXTS)
    encoded = tokenizer.encode(text)
    tokens = torch.tensor([[*encoded.ids, 0, 0]])  # two places of padding
    keys = ngrams.build(config).keys(tokens, torch.tensor([len(encoded.ids)]))
    made = []
    for order, (_, there) in enumerate(keys, 1):
        for end in torch.nonzero(there[0])[:, 0].tolist():
            made.append(tuple(encoded.tokens[end - order + 1 : end + 1]))
    return made


def test_n_grams_within_words_touch_borders_but_do_not_cross_them() -> None:
    text, most = "So  sad", 3
    padded = "▁so▁sad▁"
    wanted = [
        padded[i : i + order]
        for order in range(1, most + 1)
        for i in range(len(padded) - order + 1)
        if "▁" not in padded[i + 1 : i + order - 1]
    ]
    said = ["".join(g) for g in found(ngrams.Config(vocabulary=40, most=most), text)]
    assert sorted(said) == sorted(wanted)
    assert "o▁s" not in said
    assert "o▁s" in ["".join(g) for g in found(ngrams.Config(vocabulary=40, most=most, within=False), text)]


def test_a_text_is_the_sum_of_its_n_grams_by_the_root_of_their_number() -> None:
    encoder = ngrams.build(ngrams.Config(vocabulary=40, width=2, buckets=101, most=2)).eval()
    tokens, lengths = torch.tensor([[2, 5, 6, 2]]), torch.tensor([4])
    with torch.inference_mode():
        mean = encoder(tokens, lengths)[0].mean(0)
        rows = [
            encoder.table(key[0, i] % 101)
            for key, there in encoder.keys(tokens, lengths)
            for i in range(4)
            if there[0, i]
        ]
    assert len(rows) == 4 + 3
    torch.testing.assert_close(mean, torch.stack(rows).sum(0) / 7**0.5)


def test_what_is_said_again_counts_less() -> None:
    plain, damped = (ngrams.build(ngrams.Config(width=1, most=2, within=False, damped=d)) for d in (False, True))
    tokens, lengths = torch.tensor([[5, 6, 5, 5, 0, 0]]), torch.tensor([4])
    (_, once), (_, pairs) = plain.keys(tokens, lengths)
    (_, ones), (_, twos) = damped.keys(tokens, lengths)
    assert once[0].tolist() == [1, 1, 1, 1, 0, 0]
    of_three = (1 + np.log(3)) / 3
    np.testing.assert_allclose(ones[0], [of_three, 1, of_three, of_three, 0, 0], rtol=1e-6)
    torch.testing.assert_close(twos, pairs)  # 5-6, 6-5 and 5-5 are three pairs


def test_a_marked_row_is_its_n_grams_own() -> None:
    torch.manual_seed(0)
    encoder = ngrams.build(ngrams.Config(width=3, buckets=500, marked=True))
    keys = torch.randperm(100_000)[:500] + 7
    rows = encoder.place(keys)
    placed = rows >= 0
    assert placed.float().mean() > 0.78, "three choices fill most rows"
    assert len(torch.unique(rows[placed])) == int(placed.sum())
    assert placed[:100].float().mean() > 0.95, "those that come first have the first choice"
    with torch.inference_mode():
        said = encoder._rows(keys[None], torch.ones(1, 500))[0][0]
        torch.testing.assert_close(said[placed], encoder.table(rows[placed]), atol=0.1, rtol=0)
        strangers = encoder._rows(torch.arange(200_000, 210_000)[None], torch.ones(1, 10_000))[0][0]
    assert (strangers.abs().sum(1) > 0).float().mean() < 0.02, "others find nothing, but for marks that are alike"


def test_other_orders_and_languages_have_other_keys() -> None:
    encoder = ngrams.build(ngrams.Config(vocabulary=40, width=1, most=3, within=False))
    (one, _), (two, _), (three, _) = encoder.keys(torch.tensor([[5, 5, 5]]), torch.tensor([3]))
    assert len({int(one[0, 2]), int(two[0, 2]), int(three[0, 2])}) == 3
    told = [int(encoder.told(two, torch.tensor([i]))[0, 2]) for i in range(3)]
    assert len({*told, int(two[0, 2])}) == 4


@pytest.fixture(scope="module")
def languages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two invented languages in BRIGHTER's layout, in which the same word means joy in one and sadness in the other."""
    folder = tmp_path_factory.mktemp("corpora") / "brighter"
    rng = np.random.default_rng(0)
    names = find.load("taxonomies", "ekman").NAMES
    rows = {split: [] for split in ("train", "dev", "test")}
    for split, count in (("train", 150), ("dev", 60), ("test", 60)):
        for i in range(count):
            language = ("eng", "ron")[i % 2]
            joy = bool(rng.integers(0, 2))
            word = "gift" if joy == (language == "eng") else "pol"
            filler = " ".join(
                rng.choice({"eng": ["the", "with", "would"], "ron": ["și", "într", "pentru"]}[language], 3)
            )
            labels = dict.fromkeys(names, "0") | {"joy": str(int(joy)), "sadness": str(int(not joy))}
            empty = {"track": "a", "split_b": ""} | {f"{n}_int": "" for n in names}
            rows[split].append(
                {"id": f"{language}_{split}_{i}", "lang": language, "text": f"{filler} {word} {i}"} | labels | empty
            )
    for split, made in rows.items():
        corpora.write_csv(folder / f"{split}.csv.gz", made)
    corpora.write_csv(
        folder / "rater_votes.csv.gz",
        [{"lang": "eng", "source": "x", "id": "", "text": "", **dict.fromkeys(names, "0")}],
    )
    return folder.parent


def trained(languages: Path, out: Path, monkeypatch: pytest.MonkeyPatch, **changes: object) -> run.Run:
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(languages))
    config = {
        "encoder": "ngrams:width=0,buckets=4096,most=4,marked=true,language_buckets=512",
        "epochs": 1,
        "cost": 10.0,
        **changes,
    }
    tasks = ["brighter", "brighter.language"]
    return run.train("linear_text", config, ["brighter"], tasks, [0], out, "a command")


def scored(done: run.Run) -> tuple[float, float]:
    """Accuracy of joy and of the language on test."""
    test = done.mixture().part("test")
    said = run.fresh_outputs(done, 0, test)
    joy = done.tasks[0].names.index("joy")
    right = (said["brighter"][:, joy] > 0) == (test.targets["brighter"][:, joy] > 0.5)
    spoken = said["brighter.language"].argmax(1) == test.targets["brighter.language"].argmax(1)
    return float(right.mean()), float(spoken.mean())


def test_a_word_may_mean_one_thing_in_one_language_and_another_in_the_next(
    languages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apart = trained(languages, tmp_path / "apart", monkeypatch, language_task="brighter.language")
    joy, language = scored(apart)
    assert language == 1.0
    assert joy > 0.95
    done = export.export(apart, "toy", tmp_path / "toy.affect")
    predictor = load(done.path)
    (head,) = [h for h in predictor._model.heads if h.task.id == "brighter"]
    assert head.apart is not None
    assert head.apart[1].shape == (32, 6)
    said = list(predictor.predict(["the with would gift 7", "și într pentru gift 7"]))
    assert [p.tasks["brighter"].labels[0] for p in said] == ["joy", "sadness"]
    assert [p.tasks["brighter.language"].labels for p in said] == [("eng",), ("ron",)]


def test_the_solution_is_scikit_learns(languages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The network says of texts what a regression on the same weighted terms says."""
    from sklearn.linear_model import LogisticRegression

    monkeypatch.setenv("AFFECTKIT_CORPORA", str(languages))
    config = {"encoder": "ngrams:width=0,buckets=4096,most=3", "epochs": 1, "cost": 2.0, "rare": 1, "tolerance": 1e-6}
    done = run.train("linear_text", config, ["brighter"], [], [0], tmp_path / "run", "a command")
    method, data = done.method, done.mixture()
    (ragged,) = run.features(done.reader(), data).values()
    found, rows = method._terms(run.model(done, 0).encoder, ragged, 1)
    assert len(np.unique(rows)) == len(rows) == found.shape[1]
    terms = found.toarray()
    train = np.flatnonzero(data.split == "train")
    met = (terms[train] > 0).sum(0)
    rarity = np.log((1 + len(train)) / (1 + met)) + 1
    rarity /= np.sqrt((rarity**2 * met).sum() / met.sum())
    joy = done.tasks[0].names.index("joy")
    y = data.targets["brighter"][:, joy] > 0.5
    fitted = LogisticRegression(C=2.0, class_weight="balanced", solver="liblinear", tol=1e-6).fit(
        (terms * rarity)[train], y[train]
    )
    wanted = fitted.decision_function(terms * rarity)
    said = run.fresh_outputs(done, 0, data)["brighter"][:, joy]
    np.testing.assert_allclose(said, wanted, atol=2e-2)


def test_a_language_task_that_is_not_trained_on_is_refused(
    languages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UnknownName, match=r"a task that is trained on; found 'brighter\.tongue'"):
        trained(languages, tmp_path / "none", monkeypatch, language_task="brighter.tongue")


def test_another_encoder_is_refused(languages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnknownName, match="found 'languages'"):
        trained(languages, tmp_path / "other", monkeypatch, encoder="transformer:vocabulary=50,layers=1")
