"""Speed and memory of a text bundle beside its peers, all in one run.

    python bench/text.py [--bundle text-en] [--rounds 5] [--write]

Each system runs in a process of its own with one thread, on the same sentences; rounds are interleaved, so that what
slows the machine for a while slows all. A ratio is taken within a round; its value is the median over rounds. Peers:

- a classifier of DistilRoBERTa's size with random weights (speed does not depend on them): Hugging Face pipeline in
  float32, ONNX in float32 and int8, quantised by the very function that makes our bundles. It reads the tokens of the
  bundle's own tokenizer, so that both networks see equally many (RoBERTa's vocabulary is the larger one);
- TF-IDF (words 1-2, characters 2-5 inside words) with 28 one-vs-rest logistic regressions, as one product of matrices;
- VADER, a lexicon with rules.

Reference: Sanh et al. 2019 (DistilBERT), Liu et al. 2019 (RoBERTa), Hutto and Gilbert 2014 (VADER).
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import affectkit
import common
from affectkit import corpora, find, store
from affectkit.errors import UsageError
from affectkit.runtime import bundle as bundles
from common import SEED, p95, real

CORPUS = "goemotions"
NAMES = 28
BATCH = 32
LONGEST = 128
ALONE = {"RAYON_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
"""What a system's process finds in its environment, beside what every benchmark's does."""

One = Callable[[str], object]
Many = Callable[[Sequence[str]], object]


@dataclass(frozen=True)
class Plan:
    """What a run does.

    Args:
        layers, width, heads, inner, vocabulary: the random classifier's size.
        single: sentences given one at a time; `batches`: batches of `BATCH` sentences.
        warm: sentences, and batches, run before the clock starts.
        training: comments that TF-IDF is fitted on; None takes all of the training part.
    """

    layers: int = 6
    width: int = 768
    heads: int = 12
    inner: int = 3072
    vocabulary: int = 50_265
    single: int = 300
    batches: int = 12
    warm: int = 3
    rounds: int = 5
    training: int | None = None


QUICK = Plan(layers=1, width=32, heads=2, inner=64, single=8, batches=1, warm=1, rounds=2, training=120)
"""A run of seconds that shows that everything works; its numbers mean nothing."""


@dataclass(frozen=True)
class Job:
    """What a system needs to run: the bundle's file, the plan, and where sentences lie."""

    bundle: str
    plan: Plan
    sentences: str

    def read(self) -> list[str]:
        return list(json.loads(Path(self.sentences).read_text(encoding="utf-8")))


# -- systems: each gives a function for one sentence and one for a batch --


def end_to_end(job: Job) -> tuple[One, Many]:
    predictor = affectkit.load(job.bundle, threads=1)
    return lambda text: predictor.predict(text), lambda texts: predictor.predict(texts, batch_size=BATCH)


def bare_session(job: Job) -> tuple[One, Many]:
    opened = bundles.open(Path(job.bundle))
    return _onnx(opened.model, _tokenizer(job), ("text", "text.lengths"))


def pipeline(job: Job) -> tuple[One, Many]:
    import torch
    import transformers

    torch.set_num_threads(1)
    cut = _tokenizer(job)
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=cut, model_max_length=LONGEST, pad_token=cut.id_to_token(0)
    )
    run = transformers.pipeline(
        "text-classification", model=_network(job.plan), tokenizer=tokenizer, device="cpu", top_k=None,
        function_to_apply="sigmoid",
    )  # fmt: skip
    return lambda text: run(text, truncation=True), lambda texts: run(list(texts), truncation=True, batch_size=BATCH)


def onnx_float(job: Job) -> tuple[One, Many]:
    return _peer(job, exported(job.plan))


def onnx_int8(job: Job) -> tuple[One, Many]:
    return _peer(job, quantised(job.plan))


def tf_idf(job: Job) -> tuple[One, Many]:
    import numpy as np

    words, letters, weights, bias = _tf_idf(job.plan)
    hstack = find.library("scipy.sparse", "bench/text.py", "analysis").hstack

    def many(texts: Sequence[str]) -> object:
        found = hstack([words.transform(texts), letters.transform(texts)]).tocsr() @ weights
        return 1 / (1 + np.exp(-(found + bias)))

    return lambda text: many([text]), many


def vader(job: Job) -> tuple[One, Many]:
    sentiment = find.library("vaderSentiment.vaderSentiment", "the system vader of bench/text.py", "test")
    score = sentiment.SentimentIntensityAnalyzer().polarity_scores
    return score, lambda texts: [score(text) for text in texts]


OURS, SESSION = "affectkit", "session"
FLOAT_PIPELINE, FLOAT, INT8 = "distilroberta-pipeline", "distilroberta-onnx", "distilroberta-int8"
SYSTEMS: dict[str, Callable[[Job], tuple[One, Many]]] = {
    OURS: end_to_end,
    SESSION: bare_session,
    FLOAT_PIPELINE: pipeline,
    FLOAT: onnx_float,
    INT8: onnx_int8,
    "tf-idf": tf_idf,
    "vader": vader,
}
SAID = {
    OURS: "the bundle, affectkit.load(...).predict",
    SESSION: "the bundle, its tokenizer and bare ONNX session",
    FLOAT_PIPELINE: "DistilRoBERTa size, random weights: Hugging Face pipeline, float32",
    FLOAT: "DistilRoBERTa size, random weights: ONNX, float32",
    INT8: "DistilRoBERTa size, random weights: ONNX, int8",
    "tf-idf": "TF-IDF and 28 logistic regressions",
    "vader": "VADER",
}


def _peer(job: Job, model: Path) -> tuple[One, Many]:
    return _onnx(str(model), _tokenizer(job), ("tokens", "mask"))


def _tokenizer(job: Job) -> Any:
    """The bundle's tokenizer, for a network with at least as many pieces.

    Raises:
        UsageError: the bundle has more pieces than the peer.
    """
    from tokenizers import Tokenizer

    made = Tokenizer.from_str(bundles.open(Path(job.bundle)).assets[bundles.TOKENIZER].decode("utf-8"))
    if (pieces := made.get_vocab_size()) > job.plan.vocabulary:
        raise UsageError(f"a bundle of at most {job.plan.vocabulary} pieces", str(pieces), "raise Plan.vocabulary")
    return made


def _onnx(model: bytes | str, cut: Any, inputs: Sequence[str]) -> tuple[One, Many]:
    """A model, as bytes or a file, with its tokenizer; `inputs` of it among tokens, text, text.lengths and mask."""
    import numpy as np

    session = common.session(model)
    cut.no_padding()
    cut.enable_truncation(LONGEST)

    def many(texts: Sequence[str]) -> object:
        rows = [one.ids for one in cut.encode_batch_fast(list(texts))]
        lengths = np.asarray([len(row) for row in rows], np.int64)
        tokens = np.zeros((len(rows), int(lengths.max())), np.int64)
        for line, row in zip(tokens, rows, strict=True):
            line[: len(row)] = row
        given: dict[str, Any] = {"tokens": tokens, "text": tokens, "text.lengths": lengths}
        given["mask"] = (np.arange(tokens.shape[1]) < lengths[:, None]).astype(np.int64)
        return session.run(None, {name: given[name] for name in inputs})

    return lambda text: many([text]), many


# -- what peers need, made once and kept in the cache --


def exported(plan: Plan) -> Path:
    """The random classifier as ONNX in float32, from the cache."""
    return store.cached(_key(plan, "float32"), ".onnx", lambda path: _export(plan, path))


def quantised(plan: Plan) -> Path:
    """The same in int8, by the function that makes our bundles small."""

    def make(path: Path) -> None:
        from affectkit.train import onnx

        path.write_bytes(onnx.quantised(exported(plan).read_bytes()))

    return store.cached(_key(plan, "int8"), ".onnx", make)


def _key(plan: Plan, form: str) -> str:
    import importlib.metadata

    size = [plan.layers, plan.width, plan.heads, plan.inner, plan.vocabulary]
    versions = [importlib.metadata.version(name) for name in ("torch", "transformers", "onnx", "onnxruntime")]
    return store.key("bench/text.py 1", json.dumps([form, size, versions]))


def _network(plan: Plan) -> Any:
    import torch
    import transformers

    torch.manual_seed(SEED)
    config = transformers.RobertaConfig(
        vocab_size=plan.vocabulary,
        hidden_size=plan.width,
        num_hidden_layers=plan.layers,
        num_attention_heads=plan.heads,
        intermediate_size=plan.inner,
        max_position_embeddings=514,
        type_vocab_size=1,
        pad_token_id=0,  # as our bundles pad
        num_labels=NAMES,
    )
    return transformers.RobertaForSequenceClassification(config).eval()


def _export(plan: Plan, path: Path) -> None:
    import torch

    class Logits(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.inner = _network(plan)

        def forward(self, tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            logits: torch.Tensor = self.inner(input_ids=tokens, attention_mask=mask).logits
            return logits

    n, t = torch.export.Dim("n", min=1, max=4096), torch.export.Dim("t", min=1, max=LONGEST)
    example = torch.randint(1, plan.vocabulary, (2, 7), generator=torch.Generator().manual_seed(SEED))
    with torch.no_grad():
        torch.onnx.export(
            Logits().eval(),
            (example, torch.ones_like(example)),
            str(path),
            dynamo=True,
            dynamic_shapes=({0: n, 1: t}, {0: n, 1: t}),
            input_names=["tokens", "mask"],
            output_names=["logits"],
            external_data=False,
            verbose=False,
        )


def _tf_idf(plan: Plan) -> tuple[Any, Any, Any, Any]:
    """Vectorizers of words and characters, weights (features, names), bias (names,); fitted once, kept as arrays."""
    import numpy as np

    learn = find.library("sklearn.feature_extraction.text", "bench/text.py", "analysis").TfidfVectorizer
    regression = find.library("sklearn.linear_model", "bench/text.py", "analysis").LogisticRegression
    texts, labels = _training(plan)

    def vectorizer(form: str, longest: tuple[int, int], vocabulary: Sequence[str] | None = None) -> Any:
        known = None if vocabulary is None else {term: i for i, term in enumerate(vocabulary)}
        return learn(analyzer=form, ngram_range=longest, sublinear_tf=True, vocabulary=known, min_df=2)

    def forms() -> Iterator[tuple[str, str, tuple[int, int]]]:
        yield "words", "word", (1, 2)
        yield "letters", "char_wb", (2, 5)

    def make(path: Path) -> None:
        from scipy.sparse import hstack

        kept: dict[str, Any] = {}
        columns = []
        for name, form, longest in forms():
            made = vectorizer(form, longest)
            columns.append(made.fit_transform(texts))
            terms = json.dumps(made.get_feature_names_out().tolist()).encode()
            kept |= {f"{name}_terms": np.frombuffer(terms, np.uint8), f"{name}_idf": made.idf_}
        features = hstack(columns).tocsr()
        weights, bias = np.zeros((features.shape[1], NAMES)), np.full(NAMES, -9.0)
        for k in range(NAMES):
            if 0 < labels[:, k].sum() < len(labels):
                one = regression(C=4.0, solver="liblinear").fit(features, labels[:, k])
                weights[:, k], bias[k] = one.coef_[0], one.intercept_[0]
        with path.open("wb") as file:
            np.savez(file, weights=weights.astype(np.float32), bias=bias, **kept)

    key = store.key("bench/text.py tf-idf 1", json.dumps([texts, labels.tolist()]))
    with np.load(store.cached(key, ".npz", make)) as kept:
        made = []
        for name, form, longest in forms():
            one = vectorizer(form, longest, json.loads(kept[f"{name}_terms"].tobytes()))
            one.idf_ = kept[f"{name}_idf"]
            made.append(one)
        return *made, kept["weights"], kept["bias"]


def _training(plan: Plan) -> tuple[list[str], Any]:
    """Texts and labels (n, names) to fit TF-IDF on: GoEmotions' training part, else synthetic sentences."""
    import numpy as np

    if real():
        task = corpora.tasks(CORPUS)[0]
        pairs = [
            (s.media["text"].text or "", [n in (s.ratings[0].value or ()) for n in task.names])  # type: ignore[operator]
            for s in corpora.samples(CORPUS)
            if s.split == "train"
        ][: plan.training]
        return [text for text, _ in pairs], np.asarray([row for _, row in pairs], np.int64)
    texts = synthetic(plan.training or 2000, SEED + 1)
    return texts, np.random.default_rng(SEED).integers(0, 2, (len(texts), NAMES))


def sentences(plan: Plan) -> list[str]:
    """The same sentences for every system: a fixed draw from GoEmotions' test part, else synthetic ones."""
    import numpy as np

    need = plan.single + plan.batches * BATCH
    if not real():
        return synthetic(need, SEED)
    found = [s.media["text"].text or "" for s in corpora.samples(CORPUS) if s.split == "test"]
    return [found[i] for i in np.random.default_rng(SEED).permutation(len(found))[:need]]


def synthetic(n: int, seed: int) -> list[str]:
    """Made-up sentences of three to twenty words, as long as comments are."""
    import numpy as np

    words = (
        "I you we they it was is so not very happy sad angry proud afraid today when the game won lost and never ! ?"
    )
    rng, known = np.random.default_rng(seed), words.split()
    return [" ".join(known[i] for i in rng.integers(0, len(known), rng.integers(3, 21))) for _ in range(n)]


# -- one system, in a process of its own --


def measure(name: str, job: Job) -> dict[str, Any]:
    """One system in one round: ms of each sentence, ms per sentence of each batch, MB at the peak, s to load."""
    texts, plan = job.read(), job.plan
    start = time.perf_counter()
    one, many = SYSTEMS[name](job)
    one(texts[0])
    load_s = time.perf_counter() - start
    singles = texts[: plan.single]
    groups = [texts[plan.single + BATCH * i :][:BATCH] for i in range(plan.batches)]
    for text in singles[: plan.warm]:
        one(text)
    one_ms = [common.ms(one, text) for text in singles]
    for group in groups[: plan.warm]:
        many(group)
    batch_ms = [common.ms(many, group) / len(group) for group in groups]
    return {"one_ms": one_ms, "batch_ms": batch_ms, "peak_mb": common.peak_mb(), "load_s": load_s}


# -- all systems, in turn --


def rounds(names: list[str], job: Job) -> tuple[dict[str, list[dict[str, Any]]], dict[str, str]]:
    """Name -> what was measured in each round; and name -> why a system was left out."""
    found: dict[str, list[dict[str, Any]]] = {}
    left_out: dict[str, str] = {}
    # once without keeping the numbers: what a system needs is made and cached, and its making enters no peak of memory
    tried = replace(job, plan=replace(job.plan, single=1, batches=1, warm=0))
    for name in names:
        said = _apart(["--system", name, "--job", json.dumps(asdict(tried))])
        if "left_out" in said:
            left_out[name] = said["left_out"]
    for name in common.in_turn([name for name in names if name not in left_out], job.plan.rounds):
        found.setdefault(name, []).append(_apart(["--system", name, "--job", json.dumps(asdict(job))]))
    return {name: found[name] for name in names if name in found}, left_out


def _apart(arguments: Sequence[str]) -> dict[str, Any]:
    """The JSON that this file prints in a process of its own, with one thread."""
    return common.apart(__file__, arguments, 1, **ALONE)


def summary(measured: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, dict[str, dict[str, float]]]:
    """System -> metric -> value over all rounds; low and high are the smallest and the largest round's."""

    over = common.over_rounds
    return {
        name: {
            "one_sentence_median_ms": over(rounds, statistics.median, "one_ms"),
            "one_sentence_p95_ms": over(rounds, p95, "one_ms"),
            "one_sentence_per_s": over(rounds, lambda ms: 1000 / statistics.fmean(ms), "one_ms"),
            f"batch_{BATCH}_ms_per_sentence": over(rounds, statistics.median, "batch_ms"),
            f"batch_{BATCH}_sentences_per_s": over(rounds, lambda ms: 1000 / statistics.fmean(ms), "batch_ms"),
            "peak_mb": common.over([one["peak_mb"] for one in rounds]),
            "load_s": common.over([one["load_s"] for one in rounds]),
        }
        for name, rounds in measured.items()
    }


def ratios(measured: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, dict[str, float]]:
    """What by what -> how many times slower: the median over rounds, the smallest and the largest round."""
    found = {}
    for ours in (SESSION, OURS):
        for theirs in (INT8, FLOAT, FLOAT_PIPELINE):
            if ours not in measured or theirs not in measured:
                continue
            for said, field in (("one sentence", "one_ms"), (f"batch of {BATCH}", "batch_ms")):
                each = [
                    statistics.median(a[field]) / statistics.median(b[field])
                    for a, b in zip(measured[theirs], measured[ours], strict=True)
                ]
                found[f"{theirs} / {ours}, {said}"] = common.over(each)
    return found


# -- telling --


def lines(made: Mapping[str, Mapping[str, Mapping[str, float]]]) -> Iterator[str]:
    """The table of systems."""
    heads = f"{'one sentence ms':>15} {'p95':>8} {'/s':>8} {f'batch {BATCH} /s':>12} {'peak MB':>8} {'load s':>7}"
    yield f"{'':<68} {heads}"
    for name, metrics in made.items():
        m = {metric: said["value"] for metric, said in metrics.items()}
        yield (
            f"{SAID[name]:<68} {m['one_sentence_median_ms']:>15.2f} {m['one_sentence_p95_ms']:>8.2f} "
            f"{m['one_sentence_per_s']:>8.0f} {m[f'batch_{BATCH}_sentences_per_s']:>12.0f} "
            f"{m['peak_mb']:>8.0f} {m['load_s']:>7.2f}"
        )


def result(
    made: Mapping[str, Any], ratio: Mapping[str, Any], job: Job, command: str, minutes: float, quick: bool
) -> dict[str, Any]:
    """The form of `results/`: one row per system and one for the ratios."""
    plan = job.plan
    same = common.common_row(
        f"one thread, {plan.rounds} interleaved rounds, each system in its own process; {plan.single} "
        f"sentences one at a time and {plan.batches} batches of {BATCH}; value over all rounds, low and high the "
        "smallest and the largest round's",
        f"{CORPUS} test, a fixed draw" if real() else "synthetic sentences",
        not real(),
        minutes,
        quick,
    )
    rows = [{**same, "variant": {"system": SAID[name]}, "metrics": metrics} for name, metrics in made.items()]
    rows.append({**same, "variant": {"ratios": "how many times slower"}, "metrics": dict(ratio)})
    return common.result("text", command, Path(job.bundle), rows)


def run(options: argparse.Namespace) -> None:
    plan = QUICK if options.quick else Plan(rounds=options.rounds)
    names = common.among(options.systems, SYSTEMS)
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        texts = store.write_json(Path(folder) / "sentences.json", sentences(plan))
        job = Job(str(bundles.find(options.bundle).resolve()), plan, str(texts))
        measured, left_out = rounds(names, job)
    made, ratio = summary(measured), ratios(measured)
    source = f"{CORPUS} test" if real() else "synthetic, because AFFECTKIT_CORPORA is not set"
    print(f"sentences: {source}; rounds: {plan.rounds}")
    if options.quick:
        print("quick: a tiny network in place of DistilRoBERTa's size; the numbers mean nothing")
    for line in lines(made):
        print(line)
    for name, why in left_out.items():
        print(f"left out: {name}: {why}")
    if ratio:
        print("\nhow many times slower (smallest and largest round)")
    for said, r in ratio.items():
        print(f"{said:<60} {r['value']:>6.2f} ({r['low']:.2f} to {r['high']:.2f})")
    if options.write:
        command = " ".join(["python bench/text.py", *(["--quick"] if options.quick else [f"--rounds {plan.rounds}"])])
        command += f" --bundle {options.bundle}" if options.bundle != BUNDLE else ""
        minutes = (time.perf_counter() - start) / 60
        path = options.results / "bench.text.json"
        store.write_json(path, result(made, ratio, job, f"{command} --write", minutes, options.quick))
        print(f"wrote {path}")


BUNDLE = "text-en"


def main() -> int:
    said = "Speed and memory of a text bundle beside its peers, in one run."
    options = common.parser(said, BUNDLE, Plan.rounds, SYSTEMS, "bench.text").parse_args()

    def work() -> None:
        if options.system:
            given = json.loads(options.job)
            print(json.dumps(measure(options.system, Job(**{**given, "plan": Plan(**given["plan"])}))))
        else:
            run(options)

    return common.guarded("bench/text.py", work, bool(options.system))


if __name__ == "__main__":
    raise SystemExit(main())
