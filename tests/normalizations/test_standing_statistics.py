"""Standing statistics, and that statistics are of the global batch whatever the number of replicas."""

import numpy as np
import pytest
import tensorflow as tf
from programs import run_program

from compare_gan_tf2 import components
from compare_gan_tf2.runtime import layer_state

STANDARDIZING = [
    name
    for name in components.names("normalizations")
    if components.load("normalizations", name).Normalization.uses_batch_statistics
]


def _batches(number):
    random = np.random.RandomState(0)
    # Means that wander: an exponential decay would give the last ones more weight.
    return [random.randn(6, 2, 2, 3).astype(np.float32) * (1 + i) + 10 * i for i in range(number)]


@pytest.mark.parametrize("traced", [False, True])
@pytest.mark.parametrize("name", STANDARDIZING)
def test_every_batch_counts_the_same_and_the_past_not_at_all(make, name, traced):
    layer = make(name)
    labels, z = tf.one_hot([0, 1, 2, 0, 1, 2], 3), tf.zeros([6, 5])

    def one_pass(x, number):
        with layer_state.cumulative(number):
            return layer(x, z=z, labels=labels, training=True)

    batches = _batches(5)
    with layer_state.assigning():
        layer(batches[3], z=z, labels=labels, training=True)
    before = layer.moving_mean.numpy()
    run = tf.function(one_pass) if traced else one_pass
    for number, x in enumerate(batches):
        # By its own statistics, as in training.
        y = run(tf.constant(x), tf.constant(number, tf.int64) if traced else number)
        with layer_state.frozen():
            np.testing.assert_allclose(y, layer(x, z=z, labels=labels, training=True), atol=1e-5)
    assert not traced or run.experimental_get_tracing_count() == 1
    wide = [x.astype(np.float64) for x in batches]
    np.testing.assert_allclose(layer.moving_mean, np.mean([x.mean((0, 1, 2)) for x in wide], 0), rtol=1e-5)
    np.testing.assert_allclose(layer.moving_variance, np.mean([x.var((0, 1, 2)) for x in wide], 0), rtol=1e-5)
    assert not np.allclose(layer.moving_mean, before)


def test_afterwards_statistics_decay_again_and_frozen_ones_never_move(make):
    layer, (first, second) = make("batch", decay=0.75), _batches(2)
    with layer_state.frozen(), layer_state.cumulative(0):
        layer(first, training=True)
    np.testing.assert_array_equal(layer.moving_mean, np.zeros(3))
    with layer_state.cumulative(0):
        layer(first, training=False)
        np.testing.assert_array_equal(layer.moving_mean, np.zeros(3))
        with layer_state.cumulative(1):
            layer(first, training=True)
            np.testing.assert_allclose(layer.moving_mean, first.mean((0, 1, 2)) / 2, rtol=1e-5, atol=1e-6)
        layer(first, training=True)
    np.testing.assert_allclose(layer.moving_mean, first.mean((0, 1, 2)), rtol=1e-5, atol=1e-6)
    with layer_state.assigning():
        layer(second, training=True)
    expected = 0.75 * first.mean((0, 1, 2)) + 0.25 * second.mean((0, 1, 2))
    np.testing.assert_allclose(layer.moving_mean, expected, rtol=1e-5)


@pytest.mark.slow
def test_two_replicas_give_what_one_gives():
    names = [*STANDARDIZING, "layer", "instance"]
    printed = run_program("replica_normalizations", "passes", *names)
    assert printed.split() == [word for name in names for word in ("equal", name)]
