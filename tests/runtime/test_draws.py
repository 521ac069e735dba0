"""Latents: the prior's support and moments, and numbers that depend on seed, purpose and step alone."""

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import draws
from compare_gan_tf2.runtime.prior import Prior


@pytest.mark.parametrize("name", ["normal", "truncated", "uniform"])
def test_a_prior_has_its_support_and_variance(name):
    # The variance of a normal distribution cut at two deviations is 1 - 4 phi(2) / (2 Phi(2) - 1).
    variance = {"normal": 1.0, "truncated": 0.7737, "uniform": 1 / 3}[name]
    z = draws.draw(name, "test", [20000, 4], seed=0, step=0).numpy()
    bounds = Prior(name, 4).bounds
    if bounds:
        assert bounds[0] <= z.min() < 0.98 * bounds[0] and 0.98 * bounds[1] < z.max() <= bounds[1]
    np.testing.assert_allclose(z.mean(), 0, atol=0.02)
    np.testing.assert_allclose(z.var(), variance, rtol=0.02)
    assert name == Options.from_dict({"z_distribution": name}).z_distribution


def test_numbers_depend_on_seed_purpose_and_step_alone():
    def drawn(**changes):
        given = {"distribution": "uniform", "purpose": "a", "shape": [3, 2], "seed": 1, "step": 2} | changes
        return draws.draw(**given).numpy()

    np.testing.assert_array_equal(drawn(), drawn())
    for change in ({"purpose": "b"}, {"seed": 2}, {"step": 3}):
        assert not np.array_equal(drawn(), drawn(**change))


@pytest.mark.parametrize("name", ["normal", "truncated", "uniform", "unit"])
def test_xla_draws_the_same_numbers(name):
    def drawn():
        return draws.draw(name, "test", [5, 7], seed=3, step=4)

    np.testing.assert_allclose(tf.function(drawn, jit_compile=True)(), drawn(), rtol=0, atol=1e-6)
