"""Dropout: off in a trained network without seeds, and by keys of the whole batch's rows in training."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.architectures.dropout import Dropout
from compare_gan_tf2.runtime import draws
from compare_gan_tf2.runtime.draws import Seed, Share
from compare_gan_tf2.runtime.recomputation import Recomputed, recomputing
from compare_gan_tf2.runtime.row_seeds import seeded


def _ones(rows):
    return tf.ones([rows, 4, 4, 8])


def _seeds(*numbers):
    return tf.constant(numbers, tf.int64)


def test_without_a_seed_a_trained_network_drops_nothing():
    layer = Dropout(0.5, "drop")
    np.testing.assert_array_equal(layer(_ones(2)), _ones(2))
    with seeded(None):
        np.testing.assert_array_equal(layer(_ones(2)), _ones(2))
    np.testing.assert_array_equal(layer(_ones(2), training=True), _ones(2))  # outside of a training step


def test_a_row_is_dropped_by_its_seed_alone():
    layer, other = Dropout(0.25, "drop"), Dropout(0.25, "other")
    with seeded(_seeds(5, 6, 5)):
        together, of_other = layer(_ones(3)).numpy(), other(_ones(3)).numpy()
    with seeded(_seeds(6)):
        np.testing.assert_array_equal(layer(_ones(1))[0], together[1])
    np.testing.assert_array_equal(together[0], together[2])
    assert (together[0] != together[1]).any() and (together != of_other).any()
    np.testing.assert_allclose(np.unique(together), [0, 4 / 3], rtol=1e-6)


def test_the_share_that_is_dropped_is_the_rate():
    with seeded(tf.range(20, dtype=tf.int64)):
        kept = (Dropout(0.3, "drop")(tf.ones([20, 2000])).numpy() > 0).mean()
    assert kept == pytest.approx(0.7, abs=4 * np.sqrt(0.21 / 40_000))


def test_microbatches_change_nothing_and_every_call_drops_anew():
    layer, seed = Dropout(0.5, "drop"), Seed.of(3, 7)
    with draws.drawing(seed, "generator", Share()):
        first, second = (layer(_ones(4), training=True).numpy() for _ in range(2))
    parts = []
    for number in range(2):
        with draws.drawing(seed, "generator", Share(number, 2)):
            parts.append(layer(_ones(2), training=True).numpy())
    np.testing.assert_array_equal(np.concatenate(parts), first)
    assert (first != second).any()


def test_what_is_computed_again_for_a_gradient_drops_the_same():
    class Block(Recomputed):
        def __init__(self):
            super().__init__(name="block")
            self.drop, self.built = Dropout(0.5, "drop"), True

        def call(self, x, z=None, labels=None, training=False):
            return self.drop(x, training=training)

    block, x = Block(), tf.Variable(_ones(2))
    with draws.drawing(Seed.of(3, 7), "generator", Share()), recomputing(True), tf.GradientTape() as tape:
        total = tf.add_n([tf.reduce_sum(block(x, training=True) * weight) for weight in (1.0, 100.0)])
        gradient = tape.gradient(total, x).numpy()
    with draws.drawing(Seed.of(3, 7), "generator", Share()):
        first, second = (block(x, training=True).numpy() for _ in range(2))
    np.testing.assert_array_equal(gradient, first + 100 * second)
    assert isinstance(block, keras.layers.Layer)


def test_a_rate_of_one_is_refused():
    with pytest.raises(ValueError, match=r"in \[0, 1\)"):
        Dropout(1.0, "drop")
