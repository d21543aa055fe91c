"""Networks of sound: Wav2Small by its listing, a MobileNet, Hugging Face encoders and published teachers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

from affectkit import find
from affectkit.errors import DataError, UnknownName, UsageError
from affectkit.nn import padding, teachers
from affectkit.nn.encoders import hugging_face, hugging_face_speech, mobile_cnn, wav2small
from affectkit.nn.heads import linear
from affectkit.train import loop, run
from affectkit.train.batch import Ragged

SIZES: dict[str, Any] = {
    "hidden_size": 16,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 24,
    "conv_dim": (8, 8, 8),
    "conv_kernel": (10, 3, 2),
    "conv_stride": (5, 2, 2),
    "num_feat_extract_layers": 3,
    "num_conv_pos_embeddings": 8,
    "num_conv_pos_embedding_groups": 2,
}
STABLE = {"do_stable_layer_norm": True}


def sounds(*lengths: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Noise of several lengths and levels, padded with zeros."""
    chance = torch.Generator().manual_seed(seed)
    made = torch.randn(len(lengths), max(lengths), generator=chance) * 0.1 * (1 + torch.arange(len(lengths)))[:, None]
    n = torch.tensor(lengths)
    return (made + 0.05) * padding.there(n, max(lengths)), n


def off_start(network: nn.Module) -> nn.Module:
    """The network with normalisation that has seen something."""
    chance = torch.Generator().manual_seed(3)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor in (module.running_mean, module.weight.data, module.bias.data):
                assert tensor is not None
                tensor.add_(torch.randn(tensor.shape, generator=chance) * 0.2)
    return network


# --- padding ---


def test_even_sounds_have_mean_nought_and_variance_one_over_their_own_samples() -> None:
    waves, lengths = sounds(50, 20)
    found = padding.even(waves, lengths)
    for row, wave, n in zip(found.numpy(), waves.double().numpy(), (50, 20), strict=True):
        np.testing.assert_allclose(row[:n], (wave[:n] - wave[:n].mean()) / np.sqrt(wave[:n].var() + 1e-7), atol=1e-5)
        assert not row[n:].any()
    assert not padding.even(torch.full((1, 9), 0.2), torch.tensor([9])).abs().gt(1e-3).any(), "silence stays silence"


def test_batch_norm_counts_what_is_there_alone() -> None:
    chance = torch.Generator().manual_seed(1)
    x = torch.randn(3, 4, 7, 5, generator=chance) * 2 + 1
    here = padding.there(torch.tensor([7, 3, 1]), 7)[:, None, :, None].float()
    own, plain = padding.BatchNorm(4).train(), nn.BatchNorm2d(4).train()
    # the library's own on the same positions in one row
    flat = torch.cat([x[0], x[1, :, :3], x[2, :, :1]], 1)[None]
    wanted = plain(flat)[0]
    found = own(torch.where(here > 0, x, torch.tensor(50.0)), here)
    torch.testing.assert_close(torch.cat([found[0], found[1, :, :3], found[2, :, :1]], 1), wanted, atol=1e-5, rtol=0)
    torch.testing.assert_close(own.running_mean, plain.running_mean)
    torch.testing.assert_close(own.running_var, plain.running_var)
    torch.testing.assert_close(own.eval()(x, here), plain.eval()(x))


@pytest.mark.parametrize("version", ["small", "72k", "mobile"])
def test_more_padding_changes_nothing_in_training_neither(version: str) -> None:
    if version == "mobile":
        build: Callable[[], nn.Module] = lambda: mobile_cnn.build(mobile_cnn.toy())  # noqa: E731
        x = torch.randn(2, 30, 16, generator=torch.Generator().manual_seed(0))
        lengths = torch.tensor([30, 11])
    else:
        build = lambda: wav2small.build(wav2small.Config(version))  # noqa: E731
        x, lengths = sounds(900, 300)
    found = []
    for more in (0, 64):
        torch.manual_seed(0)
        network = build().train()
        y = network(F.pad(x, (0, 0) * (x.ndim - 2) + (0, more)), lengths)
        own = padding.there(network.steps(lengths), y.shape[1])  # type: ignore[operator]
        y[own].square().sum().backward()
        slopes = torch.cat([p.grad.flatten() for p in network.parameters() if p.grad is not None])
        kept = torch.cat([b.flatten().float() for n, b in network.named_buffers() if "running" in n])
        found.append((y[own].detach(), slopes, kept))
    for first, second in zip(*found, strict=True):
        assert (first - second).norm() < 2e-3 * first.norm()


# --- wav2small ---


@pytest.mark.parametrize(("version", "weights"), [("small", 10_806), ("72k", 67_395)])
def test_wav2small_has_the_published_number_of_weights(version: str, weights: int) -> None:
    encoder = wav2small.build(wav2small.Config(version))
    head = linear.build(linear.Config(encoder.width, 3))
    assert sum(p.numel() for part in (encoder, head) for p in part.parameters() if p.requires_grad) == weights
    fixed = {n: b.numel() for n, b in encoder.named_buffers() if n.startswith("front.")}
    assert fixed == {"front.transform": 4_224, "front.bands": 858}
    assert not [k for k in encoder.state_dict() if k.startswith("front.")]


def decibels(wave: np.ndarray) -> np.ndarray:
    """(frames, 26) of one whole sound, by numpy's Fourier transform, scipy's window and transformers' bands."""
    from scipy.signal import get_window
    from transformers.audio_utils import mel_filter_bank

    even = (wave - wave.mean()) / np.sqrt(wave.var() + 1e-7)
    frames = np.stack([even[i : i + 64] for i in range(0, len(even) - 63, 32)])
    power = np.abs(np.fft.rfft(frames * get_window("hann", 64, fftbins=True))) ** 2
    with np.errstate(all="ignore"):
        bands = mel_filter_bank(33, 26, 0.0, 8000.0, 16_000, norm="slaney", mel_scale="slaney")
    return np.asarray(10 * np.log10(np.maximum(power @ bands, 1e-10)))


@pytest.mark.filterwarnings("ignore:At least one mel filter")
def test_wav2small_hears_the_published_spectrum() -> None:
    waves, lengths = sounds(640, 333, 64)
    found, frames = wav2small.build(wav2small.Config()).front(waves, lengths)
    assert frames.tolist() == [19, 9, 1]
    for row, wave, n, many in zip(found.numpy(), waves.double().numpy(), lengths, frames, strict=True):
        np.testing.assert_allclose(row[:many], decibels(wave[:n]), atol=2e-2)


@pytest.mark.filterwarnings("ignore:At least one mel filter")
@pytest.mark.parametrize("version", ["small", "72k"])
def test_wav2small_is_the_published_listing(version: str) -> None:
    torch.manual_seed(0)
    network = off_start(wav2small.build(wav2small.Config(version))).eval()
    w = network.state_dict()
    waves, lengths = sounds(1600, 700)

    def block(x: Tensor, name: str) -> Tensor:
        x = F.conv2d(x, w[f"{name}.convolution.weight"], padding=1)
        norm = (w[f"{name}.norm.{k}"] for k in ("running_mean", "running_var", "weight", "bias"))
        return F.batch_norm(x, *norm).relu()

    with torch.inference_mode():
        found = network(waves, lengths)
        for row, wave, n in zip(found, waves, lengths, strict=True):
            x = torch.from_numpy(decibels(wave[:n].double().numpy())).float()[None, None]
            for i in range(3):
                x = block(x, f"early.{i}")
            x = F.max_pool2d(x, 3, stride=2, padding=1)
            for i in range(4):
                x = block(x, f"late.{i}")
            maps = [(w[f"pool.{n}.weight"], w[f"pool.{n}.bias"]) for n in ("value", "weigh")]
            if version == "small":
                value, share = (F.conv2d(x, *m)[0] for m in maps)  # (13, t, 13)
                pooled = (value * share.softmax(1)).sum(1)
                rows = [
                    torch.cat([pooled[c], pooled @ pooled[c]]) for c in range(13)
                ]  # each channel beside its products
                wanted = torch.cat(rows)
            else:
                frames = torch.stack([x[0, :, t].flatten() for t in range(x.shape[2])])
                value, share = (frames @ m[0].T + m[1] for m in maps)
                wanted = (value * share.softmax(0)).sum(0)
            torch.testing.assert_close(row, wanted[None], atol=1e-3, rtol=1e-3)


def test_wav2small_hears_neither_level_nor_offset_and_bears_silence() -> None:
    network = wav2small.build(wav2small.Config()).eval()
    waves, lengths = sounds(2000)
    with torch.inference_mode():
        torch.testing.assert_close(network(waves * 0.5 + 0.2, lengths), network(waves, lengths), atol=1e-2, rtol=1e-2)
        for short in (torch.zeros(1, 4000), torch.ones(1, 1)):
            assert torch.isfinite(network(short, torch.tensor([short.shape[1]]))).all()


def test_another_version_is_refused() -> None:
    with pytest.raises(UnknownName) as caught:
        wav2small.build(wav2small.Config("72kk"))
    assert str(caught.value) == "expected the name of a version of wav2small; found '72kk'; did you mean 72k?"


def test_a_mobile_network_is_small_and_halves_time_as_it_goes() -> None:
    network = mobile_cnn.build(mobile_cnn.Config()).eval()
    assert sum(p.numel() for p in network.parameters()) < 100_000
    lengths = torch.tensor([100, 8, 9, 1])
    with torch.inference_mode():
        states = network(torch.randn(4, 100, 64), lengths)
    assert network.steps(lengths).tolist() == [13, 1, 2, 1]
    assert states.shape == (4, 13, 128)


# --- Hugging Face ---


def models() -> Iterator[tuple[str, Any]]:
    import transformers as t

    yield "wav2vec2", t.Wav2Vec2Model(t.Wav2Vec2Config(**SIZES))
    stable = {"feat_extract_norm": "layer", "do_stable_layer_norm": True, "conv_bias": True}
    yield "wav2vec2-large", t.Wav2Vec2Model(t.Wav2Vec2Config(**SIZES, **stable))
    yield "hubert", t.HubertModel(t.HubertConfig(**SIZES))
    yield "wavlm", t.WavLMModel(t.WavLMConfig(**SIZES))


@pytest.mark.parametrize("which", ["wav2vec2", "wav2vec2-large", "hubert", "wavlm"])
def test_each_sound_is_heard_as_the_library_hears_it_alone(which: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = dict(models())[which].eval()
    model.save_pretrained(tmp_path)
    waves, lengths = sounds(900, 400, 120)
    build, path = hugging_face_speech.build, str(tmp_path)
    last, mean = (build(hugging_face_speech.Config(path, mean=m)).eval() for m in (False, True))
    many = last.steps(lengths).tolist()
    with torch.inference_mode():
        found = last(waves, lengths), mean(waves, lengths)
        for i, n in enumerate(lengths.tolist()):
            own = waves[i : i + 1, :n]
            even = (own - own.mean()) / (own.var(unbiased=False) + 1e-7).sqrt()
            wanted = model(even, output_hidden_states=True)
            layers = torch.stack(wanted.hidden_states[1:])
            assert wanted.last_hidden_state.shape[1] == many[i]
            torch.testing.assert_close(found[0][i, : many[i]], wanted.last_hidden_state[0], atol=1e-4, rtol=1e-3)
            torch.testing.assert_close(found[1][i, : many[i]], layers.mean(0)[0], atol=1e-4, rtol=1e-3)


def test_what_is_frozen_does_not_learn(tmp_path: Path) -> None:
    config = hugging_face_speech.write_toy(tmp_path)

    def still(frozen: int) -> set[str]:
        encoder = hugging_face_speech.build(hugging_face_speech.Config(config.path, frozen=frozen))
        return {name for name, p in encoder.named_parameters() if not p.requires_grad}

    assert still(-1) == set()
    assert {n.split(".")[0] for n in still(0)} == {"convolutions"}
    one = still(1) - still(0)
    assert any(n.startswith("model.encoder.layers.0.") for n in one)
    assert any(n.startswith("model.feature_projection.") for n in one)
    assert not any(n.startswith("model.encoder.layers.1.") for n in one)
    assert any(n.startswith("model.encoder.layers.1.") for n in still(2))


def test_sounds_are_evened_unless_the_model_says_otherwise(tmp_path: Path) -> None:
    config = hugging_face_speech.write_toy(tmp_path)
    waves, lengths = sounds(800)

    def heard(factor: float) -> Tensor:
        with torch.inference_mode():
            states: Tensor = hugging_face_speech.build(config).eval()(waves * factor, lengths)
            return states

    torch.testing.assert_close(heard(1.0), heard(2.0), atol=1e-3, rtol=1e-3)
    assert hugging_face_speech.build(config).evened
    (tmp_path / "preprocessor_config.json").write_text(json.dumps({"do_normalize": False}))
    assert not hugging_face_speech.build(config).evened


def test_models_that_do_not_serve_are_refused_in_a_sentence(tmp_path: Path) -> None:
    hugging_face.write_toy(tmp_path / "text")
    hugging_face_speech.write_toy(tmp_path / "part")
    hugging_face_speech.write_toy(tmp_path / "bare")
    weights = load_file(tmp_path / "part" / "model.safetensors")
    weights.pop("encoder.layers.1.attention.k_proj.weight")
    save_file(weights, tmp_path / "part" / "model.safetensors", {"format": "pt"})
    (tmp_path / "bare" / "model.safetensors").unlink()
    for path, kind, sentence in (
        ("", UsageError, "expected a folder or name for the encoder 'hugging_face_speech'; found none; --set path="),
        ("no-such", UsageError, "expected the model 'no-such' on this machine; found no such folder or cached model; "),
        (tmp_path / "text", UsageError, "found 'bert'; name a wav2vec2, HuBERT, WavLM"),
        (tmp_path / "part", DataError, "found no encoder.layers.1.attention.k_proj.weight; get the model again"),
        (tmp_path / "bare", DataError, "; save the weights as safetensors"),
    ):
        with pytest.raises(kind) as caught:
            hugging_face_speech.build(hugging_face_speech.Config(str(path)))
        assert sentence in str(caught.value)


def test_finetune_takes_what_its_encoder_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find.load("corpora", "ravdess").fake(tmp_path / "corpora" / "ravdess", np.random.default_rng(0))
    monkeypatch.setenv("AFFECTKIT_CORPORA", str(tmp_path / "corpora"))
    path = hugging_face_speech.write_toy(tmp_path / "model").path
    changes = {"encoder": f"hugging_face_speech:path={path}", "epochs": 1, "precision": "no", "batch_size": 32}
    done = run.train("finetune", changes, ["ravdess"], (), (0,), tmp_path / "run", "the command")
    assert done.reader().modality == "speech"
    dev = done.mixture().part("dev")
    (task,) = done.tasks
    assert run.outputs(done, 0, "dev", dev)[task.id].shape == (len(dev), len(task.names))


# --- teachers ---


def dawn(folder: Path) -> dict[str, Tensor]:
    """A folder as audEERING published theirs, with few random weights."""
    import transformers as t

    config = t.Wav2Vec2Config(**SIZES, feat_extract_norm="layer", do_stable_layer_norm=True, conv_bias=True)
    weights = {f"wav2vec2.{k}": v for k, v in t.Wav2Vec2Model(config).state_dict().items()}
    weights |= {"classifier.dense.weight": torch.randn(16, 16), "classifier.dense.bias": torch.randn(16)}
    weights |= {"classifier.out_proj.weight": torch.randn(3, 16), "classifier.out_proj.bias": torch.randn(3) * 5}
    return written(folder, weights, config.to_dict())


def odyssey(folder: Path) -> dict[str, Tensor]:
    """A folder as the challenge's baseline was published, with few random weights and the old names of torch."""
    import transformers as t

    model = t.WavLMModel(t.WavLMConfig(**SIZES, feat_extract_norm="layer", **STABLE))
    weights = {f"ssl_model.{k}": v for k, v in model.state_dict().items()}
    for new, old in (("original0", "weight_g"), ("original1", "weight_v")):
        conv = "ssl_model.encoder.pos_conv_embed.conv."
        weights[conv + old] = weights.pop(f"{conv}parametrizations.weight.{new}")
    weights |= {"pool_model.sap_linear.weight": torch.randn(16, 16), "pool_model.sap_linear.bias": torch.randn(16)}
    weights |= {"pool_model.attention": torch.randn(16, 1)}
    weights |= {"ser_model.fc.0.0.weight": torch.randn(16, 32), "ser_model.fc.0.0.bias": torch.randn(16)}
    weights |= {"ser_model.fc.0.1.weight": torch.randn(16), "ser_model.fc.0.1.bias": torch.randn(16)}
    weights |= {"ser_model.out.0.weight": torch.randn(3, 16), "ser_model.out.0.bias": torch.randn(3) * 5}
    return written(folder, weights, {"model_type": "ser", "num_classes": 3, "mean": -0.01, "std": 0.09})


def written(folder: Path, weights: dict[str, Tensor], config: dict[str, Any]) -> dict[str, Tensor]:
    folder.mkdir()
    save_file({k: v.contiguous() for k, v in weights.items()}, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(config))
    return weights


def asked(teacher: nn.Module, waves: Tensor, lengths: Tensor) -> np.ndarray:
    rows = [wave[:n].numpy() for wave, n in zip(waves, lengths.tolist(), strict=True)]
    start = np.concatenate([[0], np.cumsum(lengths.numpy())])
    (found,) = loop.outputs(teacher, {"speech": Ragged(np.concatenate(rows), start)})
    return np.asarray(found)


def test_a_dawn_teacher_is_a_mean_a_tangent_and_three_names(tmp_path: Path) -> None:
    import transformers as t

    torch.manual_seed(0)
    w = dawn(tmp_path / "dawn")
    teacher = teachers.load(tmp_path / "dawn")
    waves, lengths = sounds(700, 300)
    found = asked(teacher, waves, lengths)
    bare = t.Wav2Vec2Model(t.Wav2Vec2Config(**SIZES, feat_extract_norm="layer", conv_bias=True, **STABLE)).eval()
    bare.load_state_dict({k.removeprefix("wav2vec2."): v for k, v in w.items() if k.startswith("wav2vec2.")})
    for row, wave, n in zip(found, waves, lengths, strict=True):
        own = wave[None, :n] - wave[:n].mean()
        with torch.inference_mode():
            x = bare(own / ((own * own).mean() + 1e-7).sqrt()).last_hidden_state.mean(1)
            x = (x @ w["classifier.dense.weight"].T + w["classifier.dense.bias"]).tanh()
            x = x @ w["classifier.out_proj.weight"].T + w["classifier.out_proj.bias"]
        np.testing.assert_allclose(row, x[0].numpy(), atol=1e-3)
    assert np.abs(found).max() > 1.5, "not clipped"
    assert not any(p.requires_grad for p in teacher.parameters())
    assert teachers.NAMES == ("arousal", "dominance", "valence")


def test_an_odyssey_teacher_is_attentive_statistics_and_three_names(tmp_path: Path) -> None:
    import transformers as t

    torch.manual_seed(0)
    w = odyssey(tmp_path / "odyssey")
    waves, lengths = sounds(700, 300)
    found = asked(teachers.load(tmp_path / "odyssey"), waves, lengths)
    bare = t.WavLMModel(t.WavLMConfig(**SIZES, feat_extract_norm="layer", **STABLE)).eval()
    named = {k.removeprefix("ssl_model."): v for k, v in w.items() if k.startswith("ssl_model.")}
    conv = "encoder.pos_conv_embed.conv."
    for old, new in (("weight_g", "original0"), ("weight_v", "original1")):
        named[f"{conv}parametrizations.weight.{new}"] = named.pop(conv + old)
    bare.load_state_dict(named)
    for row, wave, n in zip(found, waves, lengths, strict=True):
        with torch.inference_mode():
            x = bare((wave[None, :n] + 0.01) / (0.09 + 1e-6)).last_hidden_state[0]
            look = (x @ w["pool_model.sap_linear.weight"].T + w["pool_model.sap_linear.bias"]).tanh()
            share = (look @ w["pool_model.attention"]).softmax(0)
            mean = (x * share).sum(0)
            pooled = torch.cat([mean, ((x**2 * share).sum(0) - mean**2).clamp(min=1e-5).sqrt()])
            h = w["ser_model.fc.0.0.weight"] @ pooled + w["ser_model.fc.0.0.bias"]
            h = F.layer_norm(h, (16,), w["ser_model.fc.0.1.weight"], w["ser_model.fc.0.1.bias"]).relu()
            wanted = w["ser_model.out.0.weight"] @ h + w["ser_model.out.0.bias"]
        np.testing.assert_allclose(row, wanted.numpy(), atol=1e-3)


def test_a_teacher_that_is_not_whole_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        teachers.load(tmp_path)
    assert str(caught.value) == (
        f"expected config.json in {tmp_path}; found no such file; name a folder with a published model"
    )
    weights, file = dawn(tmp_path / "dawn"), tmp_path / "dawn" / "model.safetensors"

    def said(kept: dict[str, Tensor], kind: type[Exception]) -> str:
        save_file(kept, file)
        with pytest.raises(kind) as refused:
            teachers.load(file.parent)
        return str(refused.value)

    less = {k: v for k, v in weights.items() if k != "wav2vec2.encoder.layers.0.attention.k_proj.bias"}
    assert "found none named model.encoder.layers.0.attention.k_proj.bias; name the" in said(less, DataError)
    more = weights | {"classifier.third.weight": torch.zeros(2)}
    assert "found classifier.third.weight too; name the folder of the whole model" in said(more, DataError)
    wide = weights | {"classifier.out_proj.bias": torch.zeros(4)}
    assert "expected out.bias (3,) in " in said(wide, DataError)
    other = {"bert.weight": torch.zeros(2)}
    assert "expected weights named wav2vec2.* and classifier.* or ssl_model.* and" in said(other, UsageError)
    odyssey(tmp_path / "odyssey")
    (tmp_path / "odyssey" / "config.json").write_text("{}")
    with pytest.raises(DataError) as caught_too:
        teachers.load(tmp_path / "odyssey")
    assert str(caught_too.value) == "expected 'mean' in config.json; found none; take the published file as it is"
    file.write_bytes(b"no tensors")
    with pytest.raises(DataError, match=r"expected a whole model in .* get it again"):
        teachers.load(file.parent)
