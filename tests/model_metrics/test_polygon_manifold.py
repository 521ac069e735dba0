"""Precision and recall on the polygon manifold, on sets and generators whose scores are known."""

import types

import numpy as np
import pytest
import tensorflow as tf
from slow_cases import slow_unless

from compare_gan_tf2.datasets import polygon_geometry
from compare_gan_tf2.metrics import Samples
from compare_gan_tf2.model_metrics import TrainedModel, _polygon_projection, polygon_manifold


@pytest.fixture(autouse=True)
def short_searches(monkeypatch):
    """Enough for generators as simple as those here."""
    monkeypatch.setattr(polygon_manifold, "START_SAMPLES", 5_000)
    monkeypatch.setattr(polygon_manifold, "SEARCH_STEPS", 150)


def _images(num_vertices: int, count: int, seed: int) -> np.ndarray:
    return (polygon_geometry.generate(num_vertices, count, seed) / 64).astype(np.float32)[..., None]


def _samples(images: np.ndarray) -> Samples:
    count = len(images)
    empty = np.zeros((count, 1), np.float32)
    return Samples(images, empty, empty, np.full(count, -1, np.int32))


def _model(generator, real, generated, latent_size, bounds=(-1.0, 1.0), classes=None) -> TrainedModel:
    def draw_latents(count, purpose, batch=0):
        rng = np.random.default_rng([len(purpose), batch])
        labels = None if classes is None else rng.integers(0, classes, count).astype(np.int32)
        return rng.uniform(-1, 1, (count, latent_size)).astype(np.float32), labels

    return TrainedModel(
        generator=generator,
        discriminator=lambda images, labels, training: None,
        draw_latents=draw_latents,
        latent_bounds=bounds,
        dataset=types.SimpleNamespace(polygon_vertices=3),
        options=types.SimpleNamespace(),
        num_classes=classes or 0,
        real_images=lambda split: (real, np.full(len(real), -1, np.int32)),
        real=_samples(real),
        generated=_samples(generated),
        seed=0,
    )


def _true_triangles(latents, labels, training):
    """The data's own generator with its parameters as latents in [-1, 1], on a soft raster."""
    tf.debugging.assert_less_equal(tf.abs(latents), 1.0)
    uniform = (latents + 1) / 2
    degrees = 120.0 * np.arange(3, dtype=np.float32) + 10 + uniform[:, :3] * 110
    turn = 2 * np.pi * uniform[:, 3:]
    radians = (degrees - turn) * (np.pi / 180)
    vertices = 10.5 * tf.stack([tf.cos(radians), tf.sin(radians)], axis=-1)
    vertices += 14 - tf.reduce_mean(vertices, axis=1, keepdims=True)
    edges = tf.roll(vertices, -1, axis=1) - vertices
    normals = tf.stack([-edges[..., 1], edges[..., 0]], axis=-1) / tf.norm(edges, axis=-1, keepdims=True)
    depth = -tf.reduce_sum(normals * vertices, axis=-1)[..., None, None]
    centers = np.arange(28, dtype=np.float32) + np.float32(1 / 16)
    depth += normals[..., 0, None, None] * centers[:, None] + normals[..., 1, None, None] * centers
    darkness = tf.reduce_prod(tf.clip_by_value(depth + 0.5, 0.0, 1.0), axis=1)
    return 1 - darkness[..., None]


def test_it_applies_to_polygons_only():
    options = types.SimpleNamespace()
    assert polygon_manifold.applies(types.SimpleNamespace(polygon_vertices=3), options)
    assert not polygon_manifold.applies(types.SimpleNamespace(polygon_vertices=None), options)


@pytest.mark.parametrize("num_vertices", slow_unless(lambda n: n == 3, [3, 4]))
def test_fresh_polygons_are_precise_on_their_own_manifold(num_vertices):
    precision, median = polygon_manifold.precision(_images(num_vertices, 128, seed=123), num_vertices, seed=0)
    assert precision > 0.99
    assert median < 0.01


@pytest.mark.parametrize("num_vertices", slow_unless(lambda n: False, [3, 4, 7]))
def test_corrected_polygons_are_precise_on_the_same_manifold(num_vertices):
    images = polygon_geometry.generate(num_vertices, 1024, seed=123, corrected=True) / 64
    precision, median = polygon_manifold.precision(images, num_vertices, seed=0, turned=True)
    assert precision > 0.99
    assert median < 0.01


@pytest.mark.slow
def test_corrected_squares_are_far_from_triangles():
    images = polygon_geometry.generate(4, 512, seed=123, corrected=True) / 64
    precision, median = polygon_manifold.precision(images, 3, seed=0, turned=True)
    assert precision < 0.01
    assert 20 < median < 40


@pytest.mark.slow
def test_starts_that_do_not_turn_miss_triangles_that_do():
    """Why corrected sets have starts of their own: a descent from the published ones ends in other orientations."""
    images = polygon_geometry.generate(3, 512, seed=123, corrected=True) / 64
    precision, _ = polygon_manifold.precision(images, 3, seed=0)
    assert precision < polygon_manifold.precision(images, 3, seed=0, turned=True)[0] == 1


def test_exact_triangles_lie_within_a_twentieth():
    assert _polygon_projection.distances(_images(3, 64, seed=11), 3, seed=0).max() < 0.05


def test_squares_are_far_from_triangles():
    precision, median = polygon_manifold.precision(_images(4, 64, seed=123), 3, seed=0)
    assert precision < 0.01
    assert 20 < median < 40


@pytest.mark.parametrize("seed", slow_unless(lambda seed: seed == 0, [0, 1, 2]))
def test_white_black_and_noise_are_rejected(seed):
    noise = np.random.default_rng(seed).uniform(size=(16, 28, 28))
    images = np.concatenate([np.ones((1, 28, 28)), np.zeros((1, 28, 28)), noise]).astype(np.float32)
    precision, median = polygon_manifold.precision(images, 3, seed)
    assert precision == 0
    assert median > 200


def test_a_blend_of_two_triangles_is_no_triangle():
    images = _images(3, 64, seed=5)
    precision, _ = polygon_manifold.precision((images[:32] + images[32:]) / 2, 3, seed=0)
    assert precision < 0.05


def test_the_distance_of_a_faint_error_is_the_error():
    images = _images(3, 64, seed=6)
    # Far from every triangle, so that no vertex can make up for it.
    images[:, 0, 0] -= 0.5
    distances = _polygon_projection.distances(images, 3, seed=0)
    np.testing.assert_allclose(distances, 0.25, atol=0.05)


def test_descent_never_loses_to_the_bank():
    darkness = 1 - _images(5, 24, seed=8).reshape(24, -1)
    starts = _polygon_projection._nearest_in_bank(darkness, 3, seed=0)
    from_bank = np.sum((_polygon_projection._raster_darkness(starts).astype(np.float64) - darkness) ** 2, axis=1)
    distances = _polygon_projection.distances(1 - darkness.reshape(24, 28, 28), 3, seed=0)
    assert np.all(distances <= from_bank)
    assert np.median(distances) < np.median(from_bank)


def test_a_polygon_of_the_bank_is_at_distance_zero():
    images = polygon_geometry.rasterise(polygon_geometry.draw_vertices(3, 64, seed=0)) / 64
    assert np.all(_polygon_projection.distances(images, 3, seed=0) == 0)


@pytest.mark.parametrize("num_vertices", slow_unless(lambda n: n == 5, [3, 4, 5]))
def test_descent_ends_at_convex_polygons_inside_the_image(num_vertices):
    noise = np.random.default_rng(0).uniform(size=(20, 784))
    others = _images(6, 20, seed=12).reshape(20, -1)
    # Dark at one border, so that vertices are drawn across it.
    bands = np.ones((3, 28, 28))
    bands[0, :3], bands[1, :, -4:], bands[2, 20:] = 0, 0, 0
    images = np.concatenate([np.ones((1, 784)), np.zeros((1, 784)), bands.reshape(3, -1), noise, others])
    darkness = 1 - images.astype(np.float32)
    starts = _polygon_projection._nearest_in_bank(darkness, num_vertices, seed=0)
    ends = _polygon_projection._descend(starts, darkness)
    edges = np.roll(ends, -1, axis=1) - ends
    following = np.roll(edges, -1, axis=1)
    assert np.all(edges[..., 0] * following[..., 1] > edges[..., 1] * following[..., 0])
    assert np.all(polygon_geometry.signed_area(ends) >= _polygon_projection.AREA_MIN)
    assert ends.min() >= 0 and ends.max() <= 28


@pytest.mark.parametrize("num_vertices", [3, 5])
def test_the_smooth_raster_is_close_to_the_exact_one_and_knows_its_derivatives(num_vertices):
    vertices = polygon_geometry.draw_vertices(num_vertices, 20, seed=4)
    darkness, jacobian = _polygon_projection.smooth_raster(vertices)
    exact = 1 - polygon_geometry.rasterise(vertices).reshape(20, -1) / 64
    assert np.max(np.sum((darkness - exact) ** 2, axis=1)) < 0.05
    shift = 2e-3
    numeric = np.empty_like(jacobian)
    for unknown in range(2 * num_vertices):
        move = np.zeros(2 * num_vertices)
        move[unknown] = shift
        ahead, behind = (
            _polygon_projection.smooth_raster(vertices + sign * move.reshape(num_vertices, 2))[0] for sign in (1, -1)
        )
        numeric[:, unknown] = (ahead - behind) / (2 * shift)
    # Not everywhere: the model has kinks where an edge's fading begins and ends.
    assert np.mean((numeric - jacobian) ** 2) < 1e-3 * np.mean(jacobian**2)


def test_images_with_and_without_a_channel_score_alike_and_repeatably():
    images = _images(3, 12, seed=9) * np.float32(0.9)
    with_channel = _polygon_projection.distances(images, 3, seed=2)
    assert with_channel.dtype == np.float64 and with_channel.shape == (12,)
    np.testing.assert_array_equal(_polygon_projection.distances(images[..., 0], 3, seed=2), with_channel)


def test_an_image_with_a_hole_in_its_numbers_is_not_a_triangle():
    images = _images(3, 3, seed=9)
    images[1, 4, 4] = np.nan
    distances = _polygon_projection.distances(images, 3, seed=0)
    assert np.isnan(distances).tolist() == [False, True, False]


def test_other_sizes_and_too_few_vertices_are_refused():
    with pytest.raises(ValueError, match="shape"):
        polygon_manifold.precision(np.ones((2, 32, 32, 1), np.float32), 3, seed=0)
    with pytest.raises(ValueError, match="num_vertices"):
        polygon_manifold.precision(np.ones((2, 28, 28, 1), np.float32), 2, seed=0)


def test_the_true_generator_scores_one():
    model = _model(_true_triangles, real=_images(3, 24, seed=21), generated=_images(3, 24, seed=22), latent_size=4)
    scores = polygon_manifold.metric(model)
    assert set(scores) == {"polygon_precision", "polygon_median_distance", "polygon_recall", "polygon_f1"}
    assert scores.keys() == polygon_manifold.LOWER_IS_BETTER.keys()
    assert scores["polygon_precision"] == 1
    assert scores["polygon_recall"] > 0.95
    assert scores["polygon_f1"] == pytest.approx(2 * scores["polygon_recall"] / (1 + scores["polygon_recall"]))


def test_a_lookup_generator_recalls_what_it_holds():
    held = _images(3, 500, seed=31)
    table = tf.constant(held)

    def lookup(latents, labels, training):
        return tf.gather(table, tf.cast((latents[:, 0] + 1) * 249.99, tf.int32))

    real = np.concatenate([held[:30], _images(3, 30, seed=32)])
    nearest = [np.min(np.sum((held - image) ** 2, axis=(1, 2, 3))) for image in real]
    model = _model(lookup, real=real, generated=held[:64], latent_size=1)
    assert polygon_manifold.recall(model) == np.mean(np.array(nearest) <= polygon_manifold.DELTA)


@pytest.mark.parametrize("corrected", [False, True])
def test_the_data_set_says_where_the_search_starts(corrected, monkeypatch):
    held = _images(3, 8, seed=31)
    seen = []
    monkeypatch.setattr(polygon_manifold, "recall", lambda model: 1.0)
    monkeypatch.setattr(
        _polygon_projection,
        "distances",
        lambda images, n, seed, *, turned: seen.append(turned) or np.zeros(len(images)),
    )
    model = _model(None, real=held, generated=held, latent_size=1)
    model.dataset.corrected = corrected
    assert polygon_manifold.metric(model)["polygon_precision"] == 1 and seen == [corrected]


def _constant_shade(latents, labels, training):
    """Every pixel is half as bright as the latent."""
    return tf.tile(latents[:, :, None, None] / 2, [1, 28, 28, 1])


def test_the_search_stays_within_the_bounds_of_the_prior():
    white = np.ones((2, 28, 28, 1), np.float32)
    bounded = _model(_constant_shade, real=white, generated=white, latent_size=1)
    unbounded = _model(_constant_shade, real=white, generated=white, latent_size=1, bounds=None)
    assert polygon_manifold.recall(bounded) == 0
    assert polygon_manifold.recall(unbounded) == 1


def test_no_precision_and_no_recall_make_no_f1():
    white = np.ones((2, 28, 28, 1), np.float32)
    scores = polygon_manifold.metric(_model(_constant_shade, real=white, generated=white, latent_size=1))
    assert scores["polygon_precision"] == scores["polygon_recall"] == scores["polygon_f1"] == 0


def test_a_conditional_search_keeps_the_label_of_its_start():
    def two_shades(latents, labels, training):
        tf.debugging.assert_equal(labels.dtype, tf.int32)
        shade = tf.cast(labels, tf.float32)[:, None] * 0.5 + (latents + 1) / 10
        return tf.tile(shade[:, :, None, None], [1, 28, 28, 1])

    # Label 0 reaches shades 0 to 0.2, label 1 those of 0.5 to 0.7.
    shades = np.array([0.05, 0.1, 0.3, 0.55, 0.65, 0.9], np.float32)
    real = np.broadcast_to(shades[:, None, None, None], (6, 28, 28, 1))
    model = _model(two_shades, real=real, generated=real, latent_size=1, classes=2)
    assert polygon_manifold.recall(model) == pytest.approx(4 / 6)
