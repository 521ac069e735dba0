"""The convolution with a gradient of its own is the library's, up to its second derivatives."""

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.architectures import _convolution


@pytest.mark.parametrize(("side", "size", "stride"), [(4, 3, 1), (8, 4, 2), (7, 4, 2), (5, 5, 2), (6, 1, 1), (3, 2, 1)])
def test_all_gradients_are_those_of_the_library(side, size, stride):
    source = np.random.default_rng(0)
    x = tf.constant(source.normal(size=[2, side, side + 1, 3]), tf.float32)
    kernel = tf.constant(source.normal(size=[size, size, 3, 4]), tf.float32)

    _assert_same(_convolution._by_matrices(stride), lambda *both: tf.nn.conv2d(*both, stride, "SAME"), x, kernel)


@pytest.mark.parametrize("sides", [(4, 6), (5, 4), (4, 5), (2, 1), (1, 1)])
@pytest.mark.parametrize("size", [1, 3])
def test_a_change_of_size_within_is_one_beside(sides, size):
    source = np.random.default_rng(0)
    x = tf.constant(source.normal(size=[2, *sides, 3]), tf.float32)
    kernel = tf.constant(source.normal(size=[size, size, 3, 4]), tf.float32)
    up, down = _convolution.convolve_unpooled, _convolution.convolve_pooled
    _assert_same(up, lambda x, kernel: tf.nn.conv2d(_convolution.unpool(x), kernel, 1, "SAME"), x, kernel)
    _assert_same(down, lambda *both: _convolution.average_pool(tf.nn.conv2d(*both, 1, "SAME")), x, kernel)


def _assert_same(mine, theirs, x, kernel):
    pairs = zip(_derivatives(mine, x, kernel), _derivatives(theirs, x, kernel), strict=True)
    for our, their in pairs:
        np.testing.assert_allclose(our, their, rtol=0, atol=1e-4 * np.abs(their).max())


def _derivatives(convolution, x, kernel):
    """The output, its gradients, and gradients of these."""
    with tf.GradientTape(persistent=True) as outer:
        outer.watch([x, kernel])
        with tf.GradientTape() as inner:
            inner.watch([x, kernel])
            y = convolution(x, kernel)
            loss = tf.reduce_sum(tf.sin(y))
        first = inner.gradient(loss, [x, kernel])
        slope = tf.reduce_sum(tf.square(first[0])) + tf.reduce_sum(tf.square(first[1]))
    return [y, *first, *outer.gradient(slope, [x, kernel])]


def test_it_is_taken_for_small_maps_of_many_channels_in_bfloat16_alone():
    def kinds(channels, side, dtype):
        @tf.function
        def gradient(x, kernel):
            with tf.GradientTape() as tape:
                tape.watch(kernel)
                y = tf.reduce_sum(_convolution.convolve(x, kernel, 1))
            return tape.gradient(y, kernel)

        arguments = tf.zeros([2, side, side, channels], dtype), tf.zeros([3, 3, channels, 2], dtype)
        return {each.type for each in gradient.get_concrete_function(*arguments).graph.get_operations()}

    assert "Conv2DBackpropFilter" not in kinds(256, 8, tf.bfloat16)
    for others in ((256, 8, tf.float32), (256, 9, tf.bfloat16), (255, 8, tf.bfloat16)):
        assert "Conv2DBackpropFilter" in kinds(*others)
