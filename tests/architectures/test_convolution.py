"""A change of size within a convolution is one beside it, up to second derivatives."""

import numpy as np
import pytest
import tensorflow as tf
from derivatives import assert_same

from compare_gan_tf2.architectures import _convolution


@pytest.mark.parametrize("sides", [(4, 6), (5, 4), (4, 5), (2, 1), (1, 1)])
@pytest.mark.parametrize("size", [1, 3])
def test_a_change_of_size_within_is_one_beside(sides, size):
    source = np.random.default_rng(0)
    x = tf.constant(source.normal(size=[2, *sides, 3]), tf.float32)
    kernel = tf.constant(source.normal(size=[size, size, 3, 4]), tf.float32)
    up, down = _convolution.convolve_unpooled, _convolution.convolve_pooled
    assert_same(up, lambda x, kernel: tf.nn.conv2d(_convolution.unpool(x), kernel, 1, "SAME"), x, kernel)
    bias = tf.constant(source.normal(size=[4]), tf.float32)
    assert_same(lambda x, bias: up(x, kernel, bias), lambda x, bias: up(x, kernel) + bias, x, bias)
    assert_same(down, lambda *both: _convolution.average_pool(tf.nn.conv2d(*both, 1, "SAME")), x, kernel)
