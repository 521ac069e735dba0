"""Whole training runs of compare_gan v3 (Adam included), reproduced from formula weights and inputs."""

import json
import pathlib

import formula
import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2 import latents
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.gans import modular
from compare_gan_tf2.options import Options

CASES = json.loads((pathlib.Path(__file__).parents[1] / "golden/train_steps.json").read_text())
# float32 sums in another order; batch norm over four examples magnifies them step by step.
RTOL = 2e-4
OPTIONS = {
    "sndcgan_ns_sn_di1": {"architecture": "sndcgan", "d_weight_normalization": "spectral"},
    "dcgan_ls_dbn_di2": {"architecture": "dcgan", "loss": "least_squares", "d_normalization": "batch", "disc_iters": 2},
    "infogan_ns_di1": {"architecture": "infogan", "d_normalization": "batch"},
}


@pytest.mark.parametrize("name", CASES)
def test_losses_and_weights_follow_the_reference(name, monkeypatch):
    case = CASES[name]
    batch = case["config"]["bs"]
    options = Options.from_dict({"dataset": "cifar10", "batch_size": batch, "reference": "v3"} | OPTIONS[name])
    if name == "infogan_ns_di1":
        options = options.replace(dataset=_grey_or_colour(case))
    dataset = catalog.find(options.dataset)
    n = options.disc_iters
    turns = iter(range(100))

    def formula_latents(distribution, purpose, shape, **_):
        return formula.noise(int(np.prod(shape)), 6000 + next(turns)).reshape(shape).astype(np.float32)

    monkeypatch.setattr(latents, "draw", formula_latents)
    gan = modular.Gan(options, dataset)
    state = formula.fill(gan.generator) | formula.fill(gan.discriminator)
    before = {name: variable.numpy().ravel().astype(np.float64) for name, variable in state.items()}
    runs = case["runs"]
    for first in range(0, len(runs), n):
        pictures = np.stack([_images(batch, dataset, run) for run in range(first, first + n)])
        measured = gan.train_step(
            tf.constant(pictures * dataset.largest_value), tf.zeros([n, batch], tf.int32), tf.constant(first // n + 1)
        )
        last = runs[first + n - 1]
        np.testing.assert_allclose(measured["loss/d"], last["d_loss"], rtol=RTOL)
        np.testing.assert_allclose(measured["loss/g"], last["g_loss"], rtol=RTOL)
    assert set(case["final_vars"]) <= set(state) | {name for name in case["final_vars"] if "global_step" in name}
    for variable, statistics in case["final_vars"].items():
        # A bias before a batch norm has a gradient of pure rounding, which Adam turns into steps of its full rate.
        if not variable.endswith(("kernel", "gamma", "u_var", "moving_mean", "moving_variance")):
            continue
        ours = state[variable].numpy().astype(np.float64)
        assert abs(np.linalg.norm(ours) - statistics["l2"]) <= 2e-4 * statistics["l2"], variable
        way = np.subtract(statistics["first4"], before[variable][:4])
        missed = np.subtract(ours.ravel()[:4], statistics["first4"])
        assert np.linalg.norm(missed) <= 0.1 * np.linalg.norm(way) + 1e-7, variable


def _images(batch, dataset, run):
    shape = (batch, *dataset.image_shape)
    return (0.5 + 0.5 * formula.noise(int(np.prod(shape)), 5000 + run)).reshape(shape).astype(np.float32)


def _grey_or_colour(case):
    channels = case["final_vars"]["discriminator/d_conv1/kernel"]["shape"][2]
    return "mnist" if channels == 1 else "cifar10"
