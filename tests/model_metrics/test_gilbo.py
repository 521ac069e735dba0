"""GILBO: densities against quadrature, the encoder, its schedule, and generators that show or hide their latents."""

import dataclasses
import math

import numpy as np
import pytest
import tensorflow as tf
from slow_cases import slow_unless

from compare_gan_tf2.model_metrics import _gilbo, gilbo, gilbo_published
from compare_gan_tf2.model_metrics._distributions import Beta, Normal, family_for, log_prior


def columns(*values):
    return tuple(tf.constant([[value]], tf.float64) for value in values)


def density_on(grid, family, parameters):
    """Densities on a grid of latents."""
    return np.exp(family.log_density(parameters, tf.constant(grid[:, None])).numpy()[:, 0])


def test_the_uniform_beta_says_nothing_of_a_uniform_latent():
    z = tf.constant([[-1.0, -0.3, 0.0], [0.5, 0.999, 1.0]])
    ones = tf.ones([2, 3], tf.float64)
    density = Beta(-1.0, 1.0).log_density((ones, ones), z)
    assert np.all((density - log_prior("uniform", z, (-1.0, 1.0))).numpy() == 0)
    np.testing.assert_allclose(tf.reduce_sum(density, axis=1), -3 * math.log(2))


FAMILIES = {
    "beta": (Beta(-1.0, 1.0), columns(2.5, 1.25), columns(1.5, 4.0)),
    "truncated": (Beta(-2.0, 2.0), columns(30.0, 20.0), columns(3.0, 1.01)),
    "normal": (Normal(), columns(0.5, 0.7), columns(-1.0, 1.5)),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_densities_integrate_to_one_and_divergences_are_those_of_quadrature(name):
    family, one, other = FAMILIES[name]
    low, high = {"beta": (-1, 1), "truncated": (-2, 2), "normal": (-12, 12)}[name]
    edges = np.linspace(low, high, 400_001)
    grid, width = (edges[1:] + edges[:-1]) / 2, edges[1] - edges[0]
    p, q = density_on(grid, family, one), density_on(grid, family, other)
    assert p.sum() * width == pytest.approx(1, abs=1e-5)
    positive = (p > 0) & (q > 0)
    expected = np.sum(p[positive] * np.log(p[positive] / q[positive])) * width
    assert float(family.divergence(one, other)[0, 0]) == pytest.approx(expected, rel=1e-5)
    assert float(family.divergence(one, one)[0, 0]) == 0


@pytest.mark.parametrize("name", FAMILIES)
def test_samples_have_the_mean_of_the_density(name):
    family, one, _ = FAMILIES[name]
    parameters = tuple(tf.repeat(each, 40_000, axis=0) for each in one)
    drawn = family.sample(parameters, np.random.default_rng(0))
    low, high = {"beta": (-1, 1), "truncated": (-2, 2), "normal": (-12, 12)}[name]
    assert drawn.dtype == np.float32 and drawn.min() >= low and drawn.max() <= high
    grid = np.linspace(low, high, 100_001)
    p = density_on(grid, family, one)
    assert drawn.mean() == pytest.approx((grid * p).sum() / p.sum(), abs=0.02 * float(drawn.std()))


def test_priors_integrate_to_one():
    for name, bounds in (("uniform", (-1.0, 1.0)), ("normal", None), ("truncated", (-2.0, 2.0))):
        low, high = bounds or (-9.0, 9.0)
        edges = np.linspace(low, high, 100_001)
        density = np.exp(log_prior(name, tf.constant(((edges[1:] + edges[:-1]) / 2)[:, None]), bounds).numpy())
        assert density.sum() * (edges[1] - edges[0]) == pytest.approx(1, abs=1e-6)


def test_latents_on_the_bounds_have_a_finite_density():
    family = Beta(-1.0, 1.0)
    density = family.log_density(family.parameters(tf.fill([1, 4], 100.0)), tf.constant([[-1.0, 1.0]])).numpy()
    assert np.isfinite(density).all()
    # The reference's clipping: t = 2^-25 at the lower bound.
    alpha = 96.0
    expected = (alpha - 1) * (-25 * math.log(2)) - (2 * math.lgamma(alpha) - math.lgamma(2 * alpha)) - math.log(2)
    np.testing.assert_allclose(density, expected, rtol=1e-7)


def test_a_fresh_encoder_guesses_almost_the_prior():
    alpha, beta = family_for((-1.0, 1.0)).parameters(tf.zeros([1, 2]))
    np.testing.assert_allclose([alpha, beta], 1.0067, atol=1e-4)


@pytest.mark.parametrize(
    ("shape", "sides"),
    [
        ((28, 28, 1), [13, 5]),
        ((64, 64, 3), [31, 14]),
        pytest.param((128, 128, 3), [63, 30], marks=pytest.mark.slow),  # Takes more than a gigabyte.
        ((10, 10, 1), [4, 1]),
    ],
)
def test_the_encoder_is_the_published_one_up_to_128_pixels(shape, sides):
    network = _gilbo.encoder(shape, 5, seed=0)
    kernels = [variable.shape for variable in network.trainable_variables if len(variable.shape) > 1]
    flat = sides[1] ** 2 * 128
    assert kernels == [(4, 4, shape[-1], 64), (4, 4, 64, 128), (flat, 1024), (1024, 10)]
    maps = [layer.output.shape[1] for layer in network.layers if layer.name.startswith("conv2d")]
    assert maps == sides


def test_larger_images_get_further_convolutions():
    kernels = [variable.shape for variable in _gilbo.encoder((512, 256, 1), 5, seed=0).trainable_variables]
    assert kernels[:8:2] == [(4, 4, 1, 64), (4, 4, 64, 128), (4, 4, 128, 128), (4, 4, 128, 128)]
    assert kernels[8] == (30 * 14 * 128, 1024)


def test_the_schedule():
    schedule = _gilbo.Schedule()
    assert schedule.goes_on(-3.0) and (schedule.rate, schedule.threshold) == (2e-4, -2.0)
    # The gain over -3 counts by three quarters, at most one half.
    assert schedule.goes_on(1.0) and (schedule.rate, schedule.threshold) == (2e-4, 1.5)
    assert schedule.goes_on(1.4) and (schedule.rate, schedule.threshold) == (1e-4, 1.5)
    assert schedule.goes_on(1.6) and schedule.threshold == pytest.approx(1.75)
    assert schedule.goes_on(1.8) and schedule.threshold == pytest.approx(1.95)
    assert schedule.rate == 1e-4
    halvings = 0
    while schedule.goes_on(0.0):
        halvings += 1
    assert halvings == 13 and 5e-9 < schedule.rate < 1e-8
    assert not _gilbo.Schedule().goes_on(math.nan)


def show(z, labels, training):
    """Images whose halves are as bright as the two latents."""
    shades = tf.repeat(z / 4 + 0.5, 6, axis=1)[:, None, :, None]
    return tf.tile(tf.clip_by_value(shades, 0.0, 1.0), [1, 12, 1, 1])


def hide(z, labels, training):
    return tf.ones([z.shape[0], 12, 12, 1]) / 2


def splits():
    z = tf.random.stateless_uniform([100, 2], [1, 2], -1, 1)
    images = show(z, None, False).numpy(), np.full(100, -1, np.int32)
    return {"train": images, "evaluation": tuple(part[:50] for part in images)}


NAMES = {"gilbo", "gilbo_train_consistency", "gilbo_eval_consistency", "gilbo_self_consistency"}


@pytest.mark.parametrize(
    "z_distribution", slow_unless(lambda name: name == "uniform", ["uniform", "truncated", "normal"])
)
def test_latents_that_show_are_found(make_model, monkeypatch, z_distribution):
    monkeypatch.setattr(gilbo, "EFFORT", _gilbo.Effort(cycles=2, steps=60, evaluation_batches=20))
    scores = gilbo.metric(make_model(show, splits=splits(), z_distribution=z_distribution))
    assert set(scores) == NAMES == set(gilbo.LOWER_IS_BETTER)
    assert scores["gilbo"] > 0.7
    assert all(0 < scores[name] < 100 for name in NAMES - {"gilbo"})


def test_a_constant_image_tells_nothing(make_model, monkeypatch):
    monkeypatch.setattr(gilbo, "EFFORT", _gilbo.Effort(cycles=5, steps=10, evaluation_batches=20))
    scores = gilbo.metric(make_model(hide, splits=splits()))
    assert -0.5 < scores["gilbo"] < 0.02
    assert scores["gilbo_self_consistency"] == 0
    assert all(math.isfinite(scores[name]) for name in NAMES)


@pytest.fixture
def in_python():
    """Of a few steps tracing would be most of the work."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.mark.slow
@pytest.mark.usefixtures("in_python")
def test_the_same_seed_gives_the_same_scores_and_labels_reach_the_generator(make_model, monkeypatch):
    monkeypatch.setattr(gilbo_published, "EFFORT", _gilbo.Effort(cycles=1, steps=3, evaluation_batches=1))

    def labeled(z, labels, training):
        return show(z, None, training) * tf.cast(1 + labels % 2, tf.float32)[:, None, None, None] / 2

    def scores(seed):
        images = {split: (each[0], np.arange(len(each[0]), dtype=np.int32) % 3) for split, each in splits().items()}
        return gilbo_published.metric(make_model(labeled, classes=3, splits=images, seed=seed))

    first = scores(5)
    assert first == scores(5) != scores(6)
    assert set(first) == {"gilbo_published"} | {f"gilbo_published_{x}_consistency" for x in ("train", "eval", "self")}
    assert first.keys() == gilbo_published.LOWER_IS_BETTER.keys()


@pytest.mark.usefixtures("in_python")
def test_what_is_no_number_counts_as_zero(make_model, monkeypatch):
    monkeypatch.setattr(gilbo, "EFFORT", _gilbo.Effort(cycles=3, steps=2, evaluation_batches=3))
    nan = np.full((4, 12, 12, 1), np.nan, np.float32), np.full(4, -1, np.int32)
    scores = gilbo.metric(
        make_model(lambda z, labels, training: show(z * np.nan, None, False), splits={"train": nan, "evaluation": nan})
    )
    assert scores["gilbo"] == 0
    assert all(math.isnan(scores[f"gilbo_{kind}_consistency"]) for kind in ("train", "eval", "self"))


def test_long_work_is_announced(make_model, monkeypatch, capsys):
    monkeypatch.setattr(gilbo, "EFFORT", _gilbo.Effort(cycles=1, steps=110, evaluation_batches=10**7))
    monkeypatch.setattr(_gilbo._Encoding, "information", lambda encoding: 0.0)
    gilbo.metric(make_model(show, splits=splits(), batch_size=2))
    assert "gilbo will take about" in capsys.readouterr().err


def test_what_was_spent_is_in_the_protocol_and_nobody_pays_unasked():
    assert gilbo.EFFORT != gilbo_published.EFFORT
    for module in (gilbo, gilbo_published):
        assert not module.DEFAULT and str(module.EFFORT.steps) in module.PROTOCOL and module.applies(None, None)


def test_latents_in_parts_have_no_bound(make_model):
    model = dataclasses.replace(make_model(lambda z, labels, training: z), has_parts=True)
    with pytest.raises(ValueError, match="latents of one distribution, and these have parts"):
        gilbo.metric(model)
