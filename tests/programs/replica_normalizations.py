"""Normalizations on two replicas against one device: outputs, gradients and moving statistics."""

import functools

import numpy as np
import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.architectures._blocks import Linear
from compare_gan_tf2.runtime import distribution, layer_state
from compare_gan_tf2.weight_normalizations import none


def _made(name):
    normalize = functools.partial(none.WeightNormalization, side="left", iterations=1, seed=0)
    linear = functools.partial(Linear, initializer="glorot_normal", weight_normalization=normalize)
    layer = components.load("normalizations", name).Normalization(
        decay=0.9, epsilon=1e-3, linear=linear, self_modulation_units=4, reference="none", name="norm"
    )
    layer(tf.zeros([4, 2, 2, 3]), z=tf.zeros([4, 5]), labels=tf.zeros([4, 2]))
    random = np.random.RandomState(7)
    for variable in layer.trainable_variables:
        variable.assign(random.randn(*variable.shape))
    return layer


def _passes(layer, x, z, labels, w):
    found = []
    for number in (None, 0, 1):
        # None lets statistics decay, as in a step; the others average over batches.
        with layer_state.cumulative(number), tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x + float(number or 0), z=z, labels=labels, training=True)
            loss = tf.reduce_sum(w * y**3)
        found += [y, tape.gradient(loss, x)]
    return found


def passes(*names: str) -> None:
    """Training passes of these normalizations, in which statistics move."""
    random = np.random.RandomState(0)
    inputs = [random.randn(*shape).astype(np.float32) for shape in ((8, 2, 2, 3), (8, 5), (8, 2), (8, 2, 2, 3))]
    mirrored = distribution.create("mirrored", 2)
    for name in names:
        one = _made(name)
        expected = _passes(one, *map(tf.constant, inputs))
        with mirrored.scope():
            two = _made(name)
        ours = mirrored.run(tf.function(functools.partial(_share_of_passes, two, inputs)))
        for part, whole in zip(ours, expected, strict=True):
            joined = tf.concat(mirrored.experimental_local_results(part), 0)
            np.testing.assert_allclose(joined, whole, rtol=1e-4, atol=1e-4 * np.abs(whole).max(), err_msg=name)
        for each, same in zip(two.variables, one.variables, strict=True):
            for copy in mirrored.experimental_local_results(each.value):
                np.testing.assert_allclose(copy, same, rtol=1e-5, atol=1e-6, err_msg=each.path)
        print("equal", name)


def _share_of_passes(layer, inputs):
    start = 4 * tf.distribute.get_replica_context().replica_id_in_sync_group
    return _passes(layer, *(tf.constant(each)[start : start + 4] for each in inputs))
