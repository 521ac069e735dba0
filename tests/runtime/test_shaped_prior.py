"""Priors that are shapes in the plane: where their points are, and that all who draw from them draw the same kind."""

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.runtime.codes import prior_of
from compare_gan_tf2.runtime.draws import Seed
from compare_gan_tf2.runtime.prior import Prior
from compare_gan_tf2.runtime.shaped_prior import Shape

SEED = Seed.of(7, 6)


def test_gaussians_stand_around_the_middle_and_point_to_it():
    shape, count = Shape.of_parts("gaussians", 4), 4000
    places = shape.places(count, "generator", SEED)
    for part, (x, y) in enumerate([(1, 0), (0, 1), (-1, 0), (0, -1)]):
        points = shape.points(tf.fill([count], part), places).numpy()
        np.testing.assert_allclose(points.mean(0), [1.4 * x, 1.4 * y], atol=0.04)
        np.testing.assert_allclose(points.std(0), [0.5, 0.05] if x else [0.05, 0.5], rtol=0.05)


def test_the_roll_winds_twice_around_the_middle_and_its_parts_follow_each_other():
    shape = Shape.of_parts("swiss_roll", 10)
    ends = tf.constant([[-1.0, 0.0], [0.9999999, 0.0]])
    first, last = shape.points(tf.constant([0, 9]), ends).numpy()
    np.testing.assert_allclose(first, [0, 0], atol=1e-6)
    np.testing.assert_allclose(last, [3, 0], atol=1e-4)  # two turns on
    # The end of a part is the start of the next one, 3 sqrt(.5) from the middle after five of ten.
    end, start = shape.points(tf.constant([4, 5]), tf.constant([[0.9999999, 0.0], [-1.0, 0.0]])).numpy()
    np.testing.assert_allclose(end, start, atol=1e-4)
    assert np.linalg.norm(start) == pytest.approx(3 * 0.5**0.5, rel=1e-5)
    z = shape.rows(5000, "generator", SEED).numpy()
    assert np.linalg.norm(z, axis=1).max() < 3 and np.mean(np.linalg.norm(z, axis=1) ** 2) == pytest.approx(
        4.5, rel=0.03
    )


@pytest.mark.parametrize("kind", ["gaussians", "swiss_roll"])
def test_points_are_of_all_parts_and_the_same_wherever_they_are_drawn(kind):
    shape = Shape.of_parts(kind, 3)
    assert prior_of(shape.distribution, 2) == shape and Shape.of_text("uniform") is None
    assert type(prior_of("normal", 2)) is Prior
    parts = shape.drawn_parts(3000, "generator", SEED)
    np.testing.assert_allclose(np.bincount(parts), 1000, atol=150)
    rows = shape.rows(3000, "generator", SEED)
    np.testing.assert_array_equal(rows, shape.points(parts, shape.places(3000, "generator", SEED)))
    np.testing.assert_array_equal(shape.draw(3000, "generator/z", seed=7, step=6), rows)
    z, labels = shape.draw_with_labels(5, "generator", 0, seed=7, step=6)
    assert labels is None and z.shape == (5, 2) and shape.bounds is None and not shape.is_normal.any()


@pytest.mark.parametrize("kind", ["gaussians", "swiss_roll"])
def test_a_truncation_keeps_points_near_the_middles_of_their_parts(kind):
    shape = Shape.of_parts(kind, 3)
    whole, near = (shape.draw_truncated(600, seed=1, truncation=bound).numpy() for bound in (0.0, 1e-3))
    middles = shape.points(tf.range(3), tf.zeros([3, 2])).numpy()
    distances = [np.linalg.norm(each[:, None] - middles, axis=2).min(1).max() for each in (whole, near)]
    assert distances[0] > 0.2 and distances[1] < 0.01
    assert len(np.unique(np.linalg.norm(near[:, None] - middles, axis=2).argmin(1))) == 3
