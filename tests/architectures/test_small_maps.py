"""The forms of small maps' convolutions are the library's convolutions, and are taken where they are faster."""

import math

import numpy as np
import pytest
import tensorflow as tf
from derivatives import assert_same
from slow_cases import slow_unless

from compare_gan_tf2.architectures import _convolution, _small_maps
from compare_gan_tf2.runtime import device

CASES = [
    ((4, 5), (3, 3), 1, 1), ((8, 9), (4, 4), 2, 1), ((5, 6), (5, 5), 2, 1), ((5, 6), (1, 1), 2, 1),
    ((4, 5), (2, 1), 1, 1), ((6, 7), (2, 5), 2, 1), ((4, 5), (3, 3), 1, 4), ((5, 6), (5, 5), 2, 2),
    ((3, 4), (6, 2), 1, 2), ((8, 9), (4, 4), 3, 2), ((4, 2), (4, 4), 2, 2), ((2, 4), (1, 2), 4, 4),
]  # fmt: skip
MORE_CASES = [
    ((7, 8), (4, 4), 2, 1), ((6, 7), (3, 3), 2, 1), ((6, 7), (1, 1), 1, 1), ((3, 4), (2, 2), 1, 1),
    ((4, 5), (1, 2), 1, 1), ((7, 8), (4, 4), 3, 1), ((4, 5), (3, 3), 1, 2), ((7, 8), (4, 4), 2, 4),
    ((5, 6), (3, 3), 2, 2), ((3, 4), (2, 2), 1, 2), ((3, 4), (7, 7), 1, 4), ((5, 6), (5, 5), 3, 4),
    ((1, 2), (3, 3), 1, 2), ((3, 4), (1, 2), 1, 4), ((5, 6), (7, 7), 2, 2), ((3, 1), (3, 3), 1, 4),
    ((5, 6), (2, 2), 3, 2),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sides", "sizes", "stride", "group"), slow_unless(lambda case: case in CASES, [*CASES, *MORE_CASES])
)
def test_all_derivatives_are_those_of_the_library(sides, sizes, stride, group):
    source = np.random.default_rng(0)
    x = tf.constant(source.normal(size=[4, *sides, 3]), tf.float32)
    kernel = tf.constant(source.normal(size=[*sizes, 3, 4]), tf.float32)

    def convolution(x, kernel):
        return tf.nn.conv2d(x, kernel, stride, "SAME")

    assert_same(_small_maps.convolve(stride, group), convolution, x, kernel)

    y = convolution(x, kernel)
    mine = _small_maps.convolve_transposed(sides, stride, group)
    assert_same(mine, lambda *both: _small_maps.transposed(*both, sides, stride), y, kernel)


@pytest.fixture
def on_cpu(monkeypatch):
    """One without AMX; also where the machine has a GPU."""
    monkeypatch.setattr(device, "is_alone", lambda: True)
    monkeypatch.setattr(device, "flags", frozenset)


@pytest.fixture
def on_tiles(monkeypatch, on_cpu):
    """One with AMX."""
    monkeypatch.setattr(device, "flags", lambda: frozenset({"avx512_bf16", "amx_bf16"}))


NARROW = [
    ((4, 2), 4, 2),
    ((4, 1), 3, 2),
    ((1, 1), 4, 2),
    ((1, 1), 5, 3),
    ((4, 3), 4, 3),
    ((3, 2), 1, 2),
    ((5, 3), 2, 3),
]


@pytest.mark.parametrize(("sides", "size", "stride"), NARROW)
def test_a_column_of_zeros_beside_it_changes_nothing(sides, size, stride, monkeypatch):
    source = np.random.default_rng(0)
    x = tf.constant(source.normal(size=[4, *sides, 3]), tf.float32)
    kernel = tf.constant(source.normal(size=[size, size, 3, 4]), tf.float32)

    def library(x, kernel):
        return tf.nn.conv2d(x, kernel, stride, "SAME")

    assert not _convolution._is_misread(sides[1], stride, tf.float32)
    monkeypatch.setattr(_convolution, "_is_misread", lambda columns, stride, dtype: 1 < stride >= columns)
    assert_same(lambda *both: _convolution.convolve(*both, stride), library, x, kernel)
    assert_same(
        lambda *both: _convolution.convolve_transposed(*both, sides, stride),
        lambda *both: _small_maps.transposed(*both, sides, stride),
        library(x, kernel),
        kernel,
    )


@pytest.mark.parametrize(
    ("sides", "size", "stride"),
    slow_unless(lambda case: case in NARROW[1:4], [*NARROW, ((4, 3), 4, 2), ((3, 4), 4, 3)]),
)
def test_maps_of_one_column_behind_a_stride_are_right_in_bfloat16(sides, size, stride):
    behind = [-(-side // stride) for side in sides]
    for convolution, shape in (
        (lambda x, kernel: _convolution.convolve(x, kernel, stride), [8, *sides, 64]),
        (lambda x, kernel: _convolution.convolve_transposed(x, kernel, sides, stride), [8, *behind, 256]),
    ):
        x, kernel = _drawn([shape, [size, size, 64, 256]])
        output = convolution(tf.cast(x, tf.bfloat16), kernel)
        _assert_close([tf.cast(output, tf.float32)], [convolution(x, kernel)], 0.06)
        _assert_close(
            _gradients(convolution, x, kernel, tf.bfloat16), _gradients(convolution, x, kernel, tf.float32), 0.06
        )


MANY = _small_maps._LEAST_CHANNELS
CHOICES = {
    "same": (lambda x, kernel: _convolution.convolve(x, kernel, 1), [2, 4, 6, MANY], [3, 3, MANY, 2]),
    "stride": (lambda x, kernel: _convolution.convolve(x, kernel, 2), [2, 9, 5, MANY], [4, 4, MANY, 2]),
    "transposed": (
        lambda x, kernel: _convolution.convolve_transposed(x, kernel, (7, 11), 2), [2, 4, 6, 2], [4, 4, MANY, 2],
    ),
    "unpooled": (_convolution.convolve_unpooled, [2, 4, 6, MANY], [3, 3, MANY, 2]),
    "pooled": (_convolution.convolve_pooled, [2, 4, 6, MANY], [3, 3, MANY, 2]),
}  # fmt: skip
LEAST = _small_maps._LEAST_CHANNELS_OF_A_GROUP
GROUPS = {
    "same": (lambda x, kernel: _convolution.convolve(x, kernel, 1), [8, 3, 4, LEAST], [3, 3, LEAST, 2]),
    "stride": (lambda x, kernel: _convolution.convolve(x, kernel, 2), [4, 5, 8, LEAST], [4, 4, LEAST, 2]),
    "transposed": (
        lambda x, kernel: _convolution.convolve_transposed(x, kernel, (5, 8), 2), [4, 3, 4, 2], [4, 4, LEAST, 2],
    ),
    "unpooled": (_convolution.convolve_unpooled, [4, 4, 4, LEAST], [3, 3, LEAST, 2]),
    "pooled": (_convolution.convolve_pooled, [4, 4, 6, LEAST], [3, 3, LEAST, 2]),
}  # fmt: skip


@pytest.mark.parametrize("choice", slow_unless(lambda choice: choice == "same", CHOICES))
@pytest.mark.usefixtures("on_cpu")
def test_what_is_chosen_in_bfloat16_has_the_gradients_of_float32(choice):
    convolution, *shapes = CHOICES[choice]
    x, kernel = _drawn(shapes)
    assert "Conv2DBackpropFilter" not in _kinds(convolution, *shapes, tf.bfloat16)
    assert "Conv2DBackpropFilter" in _kinds(convolution, *shapes, tf.float32)
    ours = _gradients(convolution, x, kernel, tf.bfloat16, knows_batch=False)
    _assert_close(ours, _gradients(convolution, x, kernel, tf.float32), 0.03)


@pytest.mark.parametrize(("size", "stride", "gap"), [(1, 1, 0), (2, 1, 1), (3, 1, 1), (4, 2, 2), (5, 2, 2), (7, 1, 3)])
def test_a_gap_is_no_wider_than_a_kernel_reaches(size, stride, gap):
    assert _small_maps._gap(size, stride) == gap


@pytest.mark.parametrize(
    ("choice", "dtype", "share"),
    slow_unless(
        lambda case: case[1] == tf.float32 or case[0] in ("same", "stride"),
        [(choice, *how) for choice in GROUPS for how in ((tf.float32, 1e-5), (tf.bfloat16, 0.03))],
    ),
)
def test_maps_side_by_side_have_the_gradients_of_maps_alone(choice, dtype, share, monkeypatch, on_tiles):
    convolution, *shapes = GROUPS[choice]
    x, kernel = _drawn(shapes)
    groups, put = [], _small_maps._side_by_side
    monkeypatch.setattr(
        _small_maps, "_side_by_side", lambda x, gap, group: (groups.append(group), put(x, gap, group))[1]
    )
    ours = _gradients(convolution, x, kernel, dtype)
    # The map, and what came back: for the output and the map's gradient, in float32 of strides for the kernel's too. Of
    # an unpooling convolution's four parts two have a kernel of one column.
    counts = {"same": 2, "unpooled": 4}.get(choice, 4 if dtype == tf.float32 else 2)
    assert groups == [math.gcd(x.shape[0], 16)] * counts
    library = dtype == tf.float32 and choice != "same"
    assert ("Conv2DBackpropFilter" in _kinds(convolution, *shapes, dtype)) == library
    groups.clear()
    monkeypatch.setattr(device, "flags", frozenset)
    theirs = _gradients(convolution, x, kernel, tf.float32)
    assert not groups
    _assert_close(ours, theirs, share)


@pytest.mark.parametrize(
    ("batch", "columns", "channels", "size", "stride", "dtype", "group"),
    [
        (64, 4, 512, 3, 1, tf.float32, 8), (64, 8, 256, 4, 2, tf.bfloat16, 16), (24, 4, 512, 3, 1, tf.bfloat16, 8),
        (4, 1, 512, 2, 1, tf.float32, 4), (6, 4, 512, 3, 1, tf.float32, 1), (None, 4, 512, 3, 1, tf.float32, 1),
        (64, 5, 512, 3, 1, tf.float32, 1), (64, 9, 512, 4, 2, tf.float32, 1), (64, 7, 512, 4, 2, tf.float32, 1),
        (64, 4, 511, 3, 1, tf.float32, 1), (64, 8, 255, 4, 2, tf.float32, 1), (64, 4, 512, 1, 1, tf.float32, 1),
        (64, 4, 512, 3, 1, tf.float16, 1),
    ],
)  # fmt: skip
def test_many_narrow_maps_of_many_channels_lie_side_by_side(
    batch, columns, channels, size, stride, dtype, group, monkeypatch, on_tiles
):
    asked = (batch, columns, channels, size, stride, dtype)
    assert _small_maps.group_size(*asked) == group
    monkeypatch.setattr(device, "is_alone", lambda: False)
    assert _small_maps.group_size(*asked) == 1
    monkeypatch.setattr(device, "is_alone", lambda: True)
    monkeypatch.setattr(device, "flags", lambda: frozenset({"avx512_bf16"}))
    assert _small_maps.group_size(*asked) == 1


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
    monkeypatch.setattr(device, "is_alone", lambda: False)
    convolution, *shapes = CHOICES["same"]
    assert "Conv2DBackpropFilter" in _kinds(convolution, *shapes, tf.bfloat16)


def _drawn(shapes):
    source = np.random.default_rng(0)
    return [tf.constant(source.normal(size=shape), tf.float32) for shape in shapes]


def _gradients(convolution, x, kernel, dtype, *, knows_batch=True):
    """Of a map and a kernel, computed in a dtype, by a graph that knows the number of maps or not."""
    batch = x.shape[0] if knows_batch else None

    @tf.function(input_signature=[tf.TensorSpec([batch, *x.shape[1:]])])
    def gradients(x):
        with tf.GradientTape() as tape:
            tape.watch([x, kernel])
            y = tf.reduce_sum(tf.square(tf.cast(convolution(tf.cast(x, dtype), kernel), tf.float32)))
        return tape.gradient(y, [x, kernel])

    return gradients(x)


def _assert_close(ours, theirs, share):
    for our, their in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(our, their, rtol=0, atol=share * np.abs(their).max())


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
