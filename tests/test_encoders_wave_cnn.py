"""The spectrogram inside the network equals the one in numpy, and so do the networks on them."""

from __future__ import annotations

import numpy as np
import torch

from affectkit.features import log_mel
from affectkit.nn.encoders import log_mel_cnn, wave_cnn


def sounds() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    t_s = np.arange(24_000) / 16_000
    tone = 0.2 * np.sin(2 * np.pi * 220 * t_s) * np.sin(2 * np.pi * t_s)
    return [np.asarray(tone[:n] + rng.normal(0, 1e-3, n), np.float32) for n in (24_000, 9_000, 401, 120)]


def padded() -> tuple[torch.Tensor, torch.Tensor]:
    found = torch.zeros(4, 24_000)
    for row, sound in zip(found, sounds(), strict=True):
        row[: len(sound)] = torch.from_numpy(sound)
    return found, torch.tensor([len(s) for s in sounds()])


def test_the_spectrogram_is_that_of_numpy() -> None:
    config = log_mel.Config()
    made, frames = wave_cnn.LogMel(config)(*padded())
    for row, count, sound in zip(made, frames.tolist(), sounds(), strict=True):
        wanted = log_mel.extract(config, sound)
        assert count == len(wanted)
        np.testing.assert_allclose(row[:count], wanted, atol=1e-4)


def test_weights_learnt_on_log_mels_say_the_same_of_samples() -> None:
    torch.manual_seed(0)
    config = wave_cnn.Config()
    learnt = log_mel_cnn.build(config).eval()
    network = wave_cnn.build(config).eval()
    network.inner.load_state_dict(learnt.state_dict())
    with torch.inference_mode():
        states = network(*padded())
        for row, sound in zip(states, sounds(), strict=True):
            mels = torch.from_numpy(log_mel.extract(log_mel.Config(), sound))[None]
            alone = learnt(mels, torch.tensor([mels.shape[1]]))[0]
            count = int(network.steps(torch.tensor([len(sound)]))[0])
            np.testing.assert_allclose(row[:count], alone[:count], atol=1e-4)
