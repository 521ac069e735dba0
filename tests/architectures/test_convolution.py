"""The convolutions with gradients of their own are the library's, up to their second derivatives."""

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.architectures import _convolution


@pytest.mark.parametrize(
    ("side", "sizes", "stride"),
    [
        (4, (3, 3), 1), (8, (4, 4), 2), (7, (4, 4), 2), (5, (5, 5), 2), (6, (3, 3), 2), (5, (1, 1), 2), (6, (1, 1), 1),
        (3, (2, 2), 1), (4, (2, 1), 1), (4, (1, 2), 1), (7, (4, 4), 3), (6, (2, 5), 2),
    ],
)  # fmt: skip
def test_all_gradients_are_those_of_the_library(side, sizes, stride):
    source = np.random.default_rng(0)
    x = tf.constant(source.normal(size=[2, side, side + 1, 3]), tf.float32)
    kernel = tf.constant(source.normal(size=[*sizes, 3, 4]), tf.float32)

    def convolution(x, kernel):
        return tf.nn.conv2d(x, kernel, stride, "SAME")

    _assert_same(_convolution._by_matrices(stride), convolution, x, kernel)

    sides, y = x.shape[1:3], convolution(x, kernel)
    mine = _convolution._transposed_by_matrices(sides, stride)
    _assert_same(mine, lambda *both: _convolution._transposed(*both, sides, stride), y, kernel)


@pytest.mark.parametrize("sides", [(4, 6), (5, 4), (4, 5), (2, 1), (1, 1)])
@pytest.mark.parametrize("size", [1, 3])
def test_a_change_of_size_within_is_one_beside(sides, size):
    source = np.random.default_rng(0)
    x = tf.constant(source.normal(size=[2, *sides, 3]), tf.float32)
    kernel = tf.constant(source.normal(size=[size, size, 3, 4]), tf.float32)
    up, down = _convolution.convolve_unpooled, _convolution.convolve_pooled
    _assert_same(up, lambda x, kernel: tf.nn.conv2d(_convolution.unpool(x), kernel, 1, "SAME"), x, kernel)
    _assert_same(down, lambda *both: _convolution.average_pool(tf.nn.conv2d(*both, 1, "SAME")), x, kernel)


@pytest.fixture
def on_cpu(monkeypatch):
    """Also where the machine has a GPU."""
    monkeypatch.setattr(_convolution, "_is_on_cpu", lambda: True)


MANY = _convolution._LEAST_CHANNELS
CHOICES = {
    "same": (lambda x, kernel: _convolution.convolve(x, kernel, 1), [2, 4, 6, MANY], [3, 3, MANY, 2]),
    "stride": (lambda x, kernel: _convolution.convolve(x, kernel, 2), [2, 9, 5, MANY], [4, 4, MANY, 2]),
    "transposed": (
        lambda x, kernel: _convolution.convolve_transposed(x, kernel, (7, 11), 2), [2, 4, 6, 2], [4, 4, MANY, 2],
    ),
    "unpooled": (_convolution.convolve_unpooled, [2, 4, 6, MANY], [3, 3, MANY, 2]),
    "pooled": (_convolution.convolve_pooled, [2, 4, 6, MANY], [3, 3, MANY, 2]),
}  # fmt: skip


@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.usefixtures("on_cpu")
def test_what_is_chosen_in_bfloat16_has_the_gradients_of_float32(choice):
    convolution, *shapes = CHOICES[choice]
    source = np.random.default_rng(0)
    x, kernel = (tf.constant(source.normal(size=shape), tf.float32) for shape in shapes)
    half = tf.cast(x, tf.bfloat16)
    assert "Conv2DBackpropFilter" not in _kinds(convolution, *shapes, tf.bfloat16)
    assert "Conv2DBackpropFilter" in _kinds(convolution, *shapes, tf.float32)

    @tf.function(input_signature=[tf.TensorSpec([None, *x.shape[1:]], tf.bfloat16)])
    def gradients(x):
        with tf.GradientTape() as tape:
            tape.watch([x, kernel])
            y = tf.reduce_sum(tf.square(tf.cast(convolution(x, kernel), tf.float32)))
        return tape.gradient(y, [x, kernel])

    with tf.GradientTape() as tape:
        tape.watch([x, kernel])
        exact = tf.reduce_sum(tf.square(convolution(x, kernel)))
    for ours, theirs in zip(gradients(half), tape.gradient(exact, [x, kernel]), strict=True):
        np.testing.assert_allclose(tf.cast(ours, tf.float32), theirs, rtol=0, atol=0.03 * np.abs(theirs).max())


def _assert_same(mine, theirs, x, kernel):
    pairs = zip(_derivatives(mine, x, kernel), _derivatives(theirs, x, kernel), strict=True)
    for our, their in pairs:
        assert np.isfinite(their).all()
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


def _kinds(convolution, x, kernel, dtype):
    @tf.function
    def gradient(x, kernel):
        with tf.GradientTape() as tape:
            tape.watch(kernel)
            y = tf.reduce_sum(convolution(x, kernel))
        found = tape.gradient(y, kernel)
        assert found is not None
        return found

    graph = gradient.get_concrete_function(tf.zeros(x, dtype), tf.zeros(kernel, dtype)).graph
    return {each.type for each in graph.get_operations()}


@pytest.mark.parametrize(
    ("side", "channels", "stride", "dtype", "is_taken"),
    [
        (8, 256, 1, tf.bfloat16, True), (8, 256, 1, tf.float32, False), (9, 256, 1, tf.bfloat16, False),
        (8, 255, 1, tf.bfloat16, False), (16, 128, 2, tf.bfloat16, True), (17, 128, 2, tf.bfloat16, False),
        (16, 127, 2, tf.bfloat16, False), (16, 128, 2, tf.float32, False),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("on_cpu")
def test_it_is_taken_for_small_maps_of_many_channels_in_bfloat16_alone(side, channels, stride, dtype, is_taken):
    def plain(x, kernel):
        return _convolution.convolve(x, kernel, stride)

    def transposed(x, kernel):
        return _convolution.convolve_transposed(x, kernel, (side, side), stride)

    behind, kernel = -(-side // stride), [3, 3, channels, 2]
    for kinds in (
        _kinds(plain, [2, side, side, channels], kernel, dtype),
        _kinds(transposed, [2, behind, behind, 2], kernel, dtype),
    ):
        assert ("Conv2DBackpropFilter" not in kinds) == ("MatMul" in kinds) == is_taken


def test_it_is_not_taken_on_other_devices(monkeypatch):
    monkeypatch.setattr(_convolution, "_is_on_cpu", lambda: False)
    convolution, *shapes = CHOICES["same"]
    assert "Conv2DBackpropFilter" in _kinds(convolution, *shapes, tf.bfloat16)


def test_a_machine_without_a_gpu_is_taken_for_one():
    assert _convolution._is_on_cpu() == (not tf.config.list_physical_devices("GPU"))
