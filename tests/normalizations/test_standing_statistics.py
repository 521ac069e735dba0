"""Standing statistics, and that statistics are of the global batch whatever the number of replicas."""

import pathlib
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

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


REPLICAS = """
import functools, sys
import numpy as np, tensorflow as tf
from compare_gan_tf2 import components
from compare_gan_tf2.runtime import distribution, layer_state
from compare_gan_tf2.architectures._blocks import Linear
from compare_gan_tf2.weight_normalizations import none

def made(name):
    normalize = functools.partial(none.WeightNormalization, side="left", iterations=1, seed=0)
    linear = functools.partial(Linear, initializer="glorot_normal", weight_normalization=normalize)
    module = components.load("normalizations", name)
    layer = module.Normalization(decay=0.9, epsilon=1e-3, linear=linear, self_modulation_units=4, reference="none",
        name="norm")
    layer(tf.zeros([4, 2, 2, 3]), z=tf.zeros([4, 5]), labels=tf.zeros([4, 2]))
    random = np.random.RandomState(7)
    for variable in layer.trainable_variables:
        variable.assign(random.randn(*variable.shape))
    return layer

def passes(layer, x, z, labels, w):
    found = []
    for number in (None, 0, 1):
        with layer_state.cumulative(number):
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = layer(x + float(number or 0), z=z, labels=labels, training=True)
                loss = tf.reduce_sum(w * y ** 3)
        found += [y, tape.gradient(loss, x)]
    return found

random = np.random.RandomState(0)
inputs = [random.randn(*shape).astype(np.float32) for shape in ((8, 2, 2, 3), (8, 5), (8, 2), (8, 2, 2, 3))]
mirrored = distribution.create("mirrored", 2)
for name in sys.argv[1:]:
    one = made(name)
    expected = passes(one, *map(tf.constant, inputs))
    with mirrored.scope():
        two = made(name)

    @tf.function
    def shares():
        index = tf.distribute.get_replica_context().replica_id_in_sync_group
        return passes(two, *(tf.constant(each)[index * 4 : index * 4 + 4] for each in inputs))

    ours = mirrored.run(shares)
    for part, whole in zip(ours, expected, strict=True):
        joined = tf.concat(mirrored.experimental_local_results(part), 0)
        np.testing.assert_allclose(joined, whole, rtol=1e-4, atol=1e-4 * np.abs(whole).max(), err_msg=name)
    for each, same in zip(two.variables, one.variables, strict=True):
        for copy in mirrored.experimental_local_results(each.value):
            np.testing.assert_allclose(copy, same, rtol=1e-5, atol=1e-6, err_msg=each.path)
    print("equal", name)
"""


def test_two_replicas_give_what_one_gives(repository):
    names = [*STANDARDIZING, "layer", "instance"]
    done = subprocess.run(
        [sys.executable, "-c", REPLICAS, *names],
        capture_output=True,
        text=True,
        check=False,
        cwd=pathlib.Path(repository),
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.split() == [word for name in names for word in ("equal", name)]
