"""Faults of a step that a look at one update finds: each step is compared with what a hand computes."""

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.gans.base import build
from compare_gan_tf2.options import Options

# Small fully connected networks with plain gradient descent: an update is the gradient, times the rate.
RATE = 0.1
BASE = {
    "dataset": "mnist", "architecture": "mlp", "width": 0.05, "z_dim": 4, "batch_size": 4, "initializer_stddev": 0.3,
    "g_normalization": "none", "g_optimizer": "sgd", "d_optimizer": "sgd", "g_learning_rate": RATE,
    "d_learning_rate": RATE, "learning_rate_decay": 0.0, "ema_decay": 0.0,
}  # fmt: skip
WHITE, BLACK = 255, 0


def _values(gan, network):
    return {name: variable.numpy() for name, variable in gan.networks()[network].items()}


def _take_step(gan, images, number=1):
    """One generator step on images uint8 [disc_iters, B, H, W, C] without labels; gives measurements by name."""
    labels = tf.fill(images.shape[:2], -1)
    measured = gan.train_step(tf.constant(images), labels, tf.constant(number, tf.int64))
    return {name: float(value) for name, value in measured.items()}


def _images(options, seed=0):
    shape = (options.disc_iters, options.batch_size, 28, 28, 1)
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def _after_a_step(**changes):
    """(weights before, after, measurements) of both networks; the first two by network and name."""
    options = Options.from_dict(BASE | changes)
    gan = build(options)
    networks = ("generator", "discriminator")
    before = {network: _values(gan, network) for network in networks}
    measured = _take_step(gan, _images(options))
    return before, {network: _values(gan, network) for network in networks}, measured


@pytest.mark.parametrize("weight", [0.0, 1.0, 10.0])
def test_the_discriminators_penalty_counts_by_its_weight(weight):
    before, plain, _ = _after_a_step()
    _, penalized, measured = _after_a_step(penalty="l2", penalty_weight=weight)
    kernels = {name: each for name, each in before["discriminator"].items() if name.endswith("kernel")}
    assert len(kernels) == 4
    # The penalty is the mean over kernels of |w|^2 / 2, so its gradient is w over their number.
    expected = np.mean([np.sum(np.square(kernel, dtype=np.float64)) / 2 for kernel in kernels.values()])
    assert measured["loss/penalty"] == pytest.approx(expected, rel=1e-5)
    for name, value in plain["discriminator"].items():
        change = -RATE * weight * kernels[name] / len(kernels) if name in kernels else 0.0
        np.testing.assert_allclose(penalized["discriminator"][name], value + change, rtol=0, atol=1e-6, err_msg=name)


@pytest.mark.parametrize("weight", [0.0, 1.0, 10.0])
def test_the_generators_penalty_counts_by_its_weight(weight):
    before, plain, _ = _after_a_step()
    _, penalized, measured = _after_a_step(penalty="orthogonal", penalty_weight=weight)
    for name, value in plain["discriminator"].items():
        np.testing.assert_array_equal(penalized["discriminator"][name], value, err_msg=name)
    found = 0.0
    for name, value in plain["generator"].items():
        change = 0.0
        if name.endswith("kernel"):
            # |W^T W * (1 - I)|^2 has the gradient 4 W (W^T W * (1 - I)).
            kernel = before["generator"][name].astype(np.float64)
            products = kernel.T @ kernel
            np.fill_diagonal(products, 0.0)
            found += np.sum(np.square(products))
            change = -RATE * weight * 4.0 * kernel @ products
            assert weight == 0 or np.abs(change).max() > 1e-3
        scale = max(1.0, np.abs(change).max())
        np.testing.assert_allclose(penalized["generator"][name], value + change, rtol=0, atol=1e-5 * scale)
    assert measured["loss/g_penalty"] == pytest.approx(found, rel=1e-4)


def test_the_average_begins_with_the_step_that_the_options_name():
    decay, start = 0.75, 3
    options = Options.from_dict(
        BASE | {"ema_decay": decay, "ema_start_step": start, "g_normalization": "batch", "g_learning_rate": 1.0}
    )
    gan = build(options)
    expected = None
    for number in range(1, start + 2):
        _take_step(gan, _images(options, seed=number), number)
        latest, average = _values(gan, "generator"), _values(gan, "average")
        if number < start:
            expected = latest
        else:
            expected = {name: decay * expected[name] + (1 - decay) * latest[name] for name in latest}
            assert not np.allclose(average["g_fc4/kernel"], latest["g_fc4/kernel"], atol=1e-5)
        for name, value in expected.items():
            np.testing.assert_allclose(average[name], value, rtol=1e-5, atol=1e-6, err_msg=f"step {number}: {name}")


def _brightness_discriminator(gan, white_logit):
    """Weights that give white images this logit and black ones -0.0016 of it."""
    for name, variable in gan.networks()["discriminator"].items():
        is_last = name == "d_fc4/kernel"
        value = (white_logit if is_last else 1.0) / variable.shape[0] if name.endswith("kernel") else 0.0
        variable.assign(tf.fill(variable.shape, value))


@pytest.mark.parametrize(
    ("white_logit", "shades", "rises"),
    [
        # A small logit has a whole sign: the mean of the signs is 1, beyond the target, that of the logits is not.
        (0.3, [WHITE, WHITE, WHITE, WHITE], True),
        # A large one has no more than that: the mean of the signs is 1/2, below the target, that of the logits is not.
        (10.0, [WHITE, BLACK, WHITE, WHITE], False),
    ],
)
def test_adaptive_augmentation_goes_by_the_signs_of_the_logits(white_logit, shades, rises):
    kimg, target = 4000.0, 0.6
    options = Options.from_dict(
        BASE | {"augmentation": "adaptive", "augmentation_target": target, "augmentation_kimg": kimg,
                "d_learning_rate": 1e-9}
    )  # fmt: skip
    gan = build(options)
    step = options.batch_size / (1000 * kimg)
    white = np.full((1, 4, 28, 28, 1), WHITE, np.uint8)
    _brightness_discriminator(gan, 10.0)
    for number in (1, 2):
        measured = _take_step(gan, white, number)
        assert measured["augmentation/probability"] == pytest.approx(number * step)
    _brightness_discriminator(gan, white_logit)
    images = np.broadcast_to(np.array(shades, np.uint8)[None, :, None, None, None], white.shape)
    measured = _take_step(gan, images, 3)
    assert measured["augmentation/probability"] == pytest.approx((3 if rises else 1) * step)
