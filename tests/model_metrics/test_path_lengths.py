"""Perceptual path lengths: the authors' numbers, closed forms of linear models, controls, and what they apply to."""

import dataclasses
import pathlib

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.extractors import Extractor
from compare_gan_tf2.gans import Ability
from compare_gan_tf2.metrics import of_features
from compare_gan_tf2.model_metrics import _path_lengths, ppl_w_end, ppl_w_full, ppl_z_end, ppl_z_full
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import column_names

GOLDEN = pathlib.Path(__file__).resolve().parents[3] / "shared" / "oracle" / "style_based" / "style_formulas.npz"
SCALE = 0.01


@pytest.fixture(scope="module")
def golden():
    if not GOLDEN.is_file():
        pytest.skip("the authors' numbers are not here")
    return np.load(GOLDEN)


def test_directions_between_latents_are_the_authors(golden):
    a, b, t = (np.asarray(golden[f"slerp/{name}"], np.float64) for name in "abt")
    found = _path_lengths.on_sphere(a, b, t)
    np.testing.assert_allclose(found / np.linalg.norm(found, axis=1, keepdims=True), golden["slerp/out"], atol=1e-6)
    lengths = [np.linalg.norm(each, axis=1) for each in (a, b, found)]
    np.testing.assert_allclose(lengths[2], lengths[0] + (lengths[1] - lengths[0]) * t[:, 0], rtol=1e-12)


def test_the_mean_of_lengths_is_the_authors(golden):
    found = _path_lengths.trimmed_mean(np.asarray(golden["ppl/distances"], np.float64))
    np.testing.assert_allclose(found, golden["ppl/result"], rtol=1e-6)


def test_the_mean_leaves_out_what_is_beyond_both_percentiles_alone():
    values = np.arange(201.0)
    values[200] = 1e9
    assert _path_lengths.trimmed_mean(values) == np.arange(2.0, 199.0).mean()
    assert _path_lengths.trimmed_mean(np.ones(3)) == 1.0


class Styled:
    """w is `factor` times z, the same for both layers; an image's first row is half + the sum over layers of w / 100.

    Attributes:
        asked: the shapes of ws and of seeds that it was given.
    """

    def __init__(self, factor):
        self.factor, self.asked = factor, []

    def mapped(self, z, labels=None):
        w = self.factor * z
        w = w if labels is None else w + 2.0 * tf.cast(labels, tf.float32)[:, None]
        return tf.repeat(w[:, None], 2, axis=1)

    def synthesized(self, ws, seed):
        self.asked.append(seed)
        return _picture(tf.reduce_sum(ws, axis=1))

    def abilities(self, conditional=False):
        return {
            "generate": Ability(lambda *inputs: 1 / 0, ("z",), "images"),
            "map": Ability(self.mapped, ("z", "labels") if conditional else ("z",)),
            "synthesize": Ability(self.synthesized, ("ws", "seed")),
        }


def _picture(vectors):
    return 0.5 + SCALE * tf.tile(vectors[:, None, :, None], [1, 4, 1, 1])


def _extractor():
    """Twice the first row of pixels, as features."""
    forward = lambda images: (2 * images[:, 0, :, 0], np.zeros((len(images), 0), np.float32))  # noqa: E731
    return Extractor("rows", "rows", 0, (4, 6, 1), forward, batch_size=7)


@pytest.fixture
def model_of(make_model):
    def make(network, untrained=None, classes=0, count=1200):
        model = make_model(None, latent_size=6, image_shape=(4, 6, 1), z_distribution="normal", classes=classes)
        return dataclasses.replace(
            model,
            abilities=network.abilities(bool(classes)),
            untrained=lambda: (untrained or network).abilities(bool(classes)),
            extractor=_extractor,
            generated=of_features(np.zeros((count, 1), np.float32)),
        )

    return make


@pytest.mark.parametrize("metric", [ppl_w_end, ppl_w_full])
def test_of_a_linear_model_a_length_is_the_mean_squared_way_between_latents(metric, model_of):
    """Features move by 2 x .01 x 2 layers x factor x (z1 - z0), whatever the place; |z1 - z0|² is 12 on average."""
    found = metric.metric(model_of(Styled(3.0), untrained=Styled(1.0)))
    name = metric.__name__.rpartition(".")[2]
    assert list(found) == [f"{name}_rows", f"{name}_wider_rows", f"{name}_untrained_rows"]
    expected = (4 * SCALE) ** 2 * 12
    assert found[f"{name}_rows"] == pytest.approx(9 * expected, rel=0.05)
    assert found[f"{name}_wider_rows"] == pytest.approx(found[f"{name}_rows"], rel=0.02)
    assert found[f"{name}_untrained_rows"] == pytest.approx(found[f"{name}_rows"] / 9, rel=0.05)


def test_lengths_in_z_are_of_ways_over_the_sphere(model_of):
    """Of latents in many directions the way is a quarter turn, (pi / 2)² |z|² of it, and the length changes besides."""
    found = {each: each.metric(model_of(Styled(1.0))) for each in (ppl_z_end, ppl_z_full)}
    z = np.random.default_rng(0).normal(size=(2, 20_000, 6))
    step = 1e-6
    ways = [_path_lengths.on_sphere(*z, np.full((20_000, 1), t)) for t in (0.0, step)]
    expected = (4 * SCALE / step) ** 2 * np.square(ways[1] - ways[0]).sum(axis=1).mean()
    assert found[ppl_z_end]["ppl_z_end_rows"] == pytest.approx(expected, rel=0.08)
    assert found[ppl_z_full]["ppl_z_full_rows"] == pytest.approx(expected, rel=0.08)
    assert found[ppl_z_full]["ppl_z_full_rows"] != found[ppl_z_end]["ppl_z_end_rows"]


def test_both_images_of_a_step_have_one_label_and_the_networks_own_noise(model_of):
    """Another label would move features by thousands."""
    network = Styled(1.0)
    found = ppl_w_end.metric(model_of(network, classes=3, count=300))
    assert found["ppl_w_end_rows"] == pytest.approx((4 * SCALE) ** 2 * 12, rel=0.15)
    assert network.asked and all(seed is None for seed in network.asked)


def test_a_model_without_w_is_asked_for_images(model_of):
    plain = {"generate": Ability(lambda z: _picture(2.0 * z), ("z",), "images")}
    model = dataclasses.replace(model_of(Styled(1.0)), abilities=plain, untrained=lambda: plain)
    styled = ppl_z_end.metric(model_of(Styled(1.0)))
    assert ppl_z_end.metric(model)["ppl_z_end_rows"] == pytest.approx(styled["ppl_z_end_rows"], rel=1e-3)


def test_they_apply_to_models_with_such_paths_alone():
    asked: dict[tuple[str, str], set[str]] = {
        ("stylegan2", "normal"): {"ppl_w_end", "ppl_w_full", "ppl_z_end", "ppl_z_full"},
        ("modular", "normal"): {"ppl_z_end", "ppl_z_full"},
        ("modular", "uniform"): set(),
    }
    for (gan, prior), names in asked.items():
        options = Options.from_dict({"dataset": "cifar10", "gan": gan, "z_distribution": prior})
        there = {each: components.load("model_metrics", each) for each in components.names("model_metrics")}
        assert {each for each, module in there.items() if each[:3] == "ppl" and module.applies(None, options)} == names


def test_columns_say_the_extractor_and_only_the_length_itself_is_a_score():
    assert column_names.score_of("ppl_w_end_classifier_cifar10_e4f80cd0") == "ppl_w_end"
    assert column_names.lower_is_better("ppl_z_full_inception_v3")
    assert column_names.score_of("ppl_w_end_untrained_rows") == "ppl_w_end_untrained"
    assert column_names.directions()["ppl_w_end_wider"] is None
    assert "ppl_w_end" in Options.from_dict({"dataset": "cifar10", "metrics": "ppl_w_end"}).metrics
