"""Self-attention, BigGAN's blocks and where latents and labels enter; their numbers equal the reference's elsewhere."""

import functools

import numpy as np
import pytest
import tensorflow as tf
from slow_cases import slow_unless

from compare_gan_tf2 import components
from compare_gan_tf2.architectures._attention import NonLocalBlock, _largest
from compare_gan_tf2.architectures._blocks import Layers
from compare_gan_tf2.architectures._resnet import Block, Bottleneck
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.normalizations.conditional_batch import Normalization as ConditionalBatchNorm
from compare_gan_tf2.options import Options, block_plans

SMALL = {"dataset": "cifar10", "width": 0.05, "z_dim": 8}
# Divisible by the parts of a BigGAN of any size up to 128 pixels.
DIVISIBLE = {"z_dim": 60}
WITH_BLOCKS = {
    "resnet_cifar": (32, 32, 3), "resnet_stl": (48, 48, 3), "resnet5": (32, 32, 3), "resnet30": (64, 64, 3),
    "biggan": (64, 64, 3), "biggan_deep": (64, 64, 3),
}  # fmt: skip
BUILT_FAST = ("resnet_cifar", "biggan")


def _build(network, architecture, shape, classes=0, **changes):
    options = Options.unchecked(SMALL | {"architecture": architecture, "conditional": classes > 0} | changes)
    return getattr(components.load("architectures", architecture), network)(shape, options, classes)


def _names(architecture, side, network):
    return [block.name for block in block_plans.blocks(architecture, side, network)]


def _blocks(network):
    return [link for link in network.chain if isinstance(link, Block | Bottleneck)]


@pytest.fixture(scope="module")
def plain():
    """Networks without attention, each built once: call with "generator" or "discriminator", and an architecture."""

    @functools.cache
    def built(network, architecture):
        without = {f"{network[0]}_attention": "none"}
        return _build(network, architecture, WITH_BLOCKS[architecture], **DIVISIBLE, **without)

    return built


def test_self_attention_equals_its_formula_and_starts_as_the_identity():
    block = NonLocalBlock(Layers(Options(initializer_stddev=0.5), "generator"), "non_local_block", 16)
    x = tf.random.stateless_normal([2, 4, 6, 16], [0, 1])
    np.testing.assert_array_equal(block(x), x)
    block.sigma.assign(0.7)
    parts = {each.path.removeprefix("non_local_block/"): each.numpy() for each in block.weights}
    assert {name: value.shape for name, value in parts.items()} == {
        "sigma": (), "conv2d_theta/kernel": (1, 1, 16, 2), "conv2d_phi/kernel": (1, 1, 16, 2),
        "conv2d_g/kernel": (1, 1, 16, 8), "conv2d_attn_g/kernel": (1, 1, 8, 16),
    }  # fmt: skip

    for i in range(2):
        pixels = x.numpy()[i]
        queries = (pixels @ parts["conv2d_theta/kernel"][0, 0]).reshape(24, 2)
        keys = (pixels @ parts["conv2d_phi/kernel"][0, 0]).reshape(2, 2, 3, 2, 2).max(axis=(1, 3)).reshape(6, 2)
        values = (pixels @ parts["conv2d_g/kernel"][0, 0]).reshape(2, 2, 3, 2, 8).max(axis=(1, 3)).reshape(6, 8)
        weights = np.exp(queries @ keys.T)
        seen = weights / weights.sum(axis=1, keepdims=True) @ values @ parts["conv2d_attn_g/kernel"][0, 0]
        np.testing.assert_allclose(block(x)[i], pixels + 0.7 * seen.reshape(4, 6, 16), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("dtype", [tf.float32, tf.bfloat16], ids=lambda dtype: dtype.name)
def test_the_largest_of_squares_and_its_gradient_are_those_of_the_library(dtype):
    source = np.random.default_rng(0)  # few values: many equals
    x, back = (tf.constant(source.integers(0, 3, shape), dtype) for shape in ((2, 5, 7, 3), (2, 2, 3, 3)))

    def both(function):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function(x)
        return y, tape.gradient(y, x, back)

    for ours, theirs in zip(both(_largest), both(lambda x: tf.nn.max_pool2d(x, 2, 2, "VALID")), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("architecture", slow_unless(lambda name: name in BUILT_FAST, WITH_BLOCKS))
def test_attention_can_follow_any_block_and_mistakes_name_the_blocks(architecture, plain):
    shape = WITH_BLOCKS[architecture]
    for network in ("generator", "discriminator"):
        option = f"{network[0]}_attention"
        without = plain(network, architecture)
        there = _names(architecture, shape[0], network)
        assert [block.name for block in _blocks(without)] == there
        wanted = f"{there[0]},{there[1]}"
        attentive = _build(network, architecture, shape, **DIVISIBLE, **{option: wanted})
        names = [link.name for link in attentive.chain if isinstance(link, NonLocalBlock)]
        assert names == ["non_local_block", "non_local_block_1"]
        assert len(attentive.named_variables()) == len(without.named_variables()) + 10
        with pytest.raises(UserError, match=f"{option} names block 'B99'.*{there[-1]}"):
            _build(network, architecture, shape, **DIVISIBLE, **{option: f"{there[0]},B99"})


@pytest.mark.parametrize("side", slow_unless(lambda side: side == 32, [32, 64, 128, 256, 512]))
@pytest.mark.parametrize("architecture", slow_unless(lambda name: name == "biggan", ["biggan", "biggan_deep"]))
def test_sizes_and_attention_of_every_published_network(architecture, side):
    attended = {"biggan": {64: 64, 128: 64, 256: 128, 512: 64}, "biggan_deep": dict.fromkeys((64, 128, 256, 512), 64)}
    judged = {
        "biggan": {32: 16, 64: 32, 128: 64, 256: 64, 512: 64}, "biggan_deep": dict.fromkeys((128, 256, 512), 64),
    }  # fmt: skip
    with tf.Graph().as_default():
        z_dim = 4 * (1 + len(_names(architecture, side, "generator")))
        generator = _build("generator", architecture, (side, side, 1), width=0.01, z_dim=z_dim)
        images = generator(tf.zeros([2, z_dim]))
        assert images.shape == (2, side, side, 1)
        logits, features = _build("discriminator", architecture, (side, side, 1), width=0.01, z_dim=z_dim)(images)
        assert logits.shape == (2, 1) and features.shape.rank == 2
    for network, expected in (("generator", attended), ("discriminator", judged)):
        names = block_plans.attention(architecture, side, network, "default")
        blocks = _names(architecture, side, network)
        found = [_side_after(architecture, network, side, blocks.index(name)) for name in names]
        assert found == ([expected[architecture][side]] if side in expected[architecture] else [])


def _side_after(architecture, network, side, index):
    """Side of the map behind a block, from the tables in the specification."""
    if architecture == "biggan":
        return 4 * 2 ** (index + 1) if network == "generator" else side // 2 ** (index + 1)
    return 4 * 2 ** ((index + 1) // 2) if network == "generator" else side // 2 ** (index // 2 + 1)


@pytest.mark.parametrize("architecture", slow_unless(lambda name: name in BUILT_FAST, WITH_BLOCKS))
def test_the_sides_behind_blocks_are_known_without_building(architecture, plain, monkeypatch):
    shape = WITH_BLOCKS[architecture]
    for network, given in (("generator", [1, 60]), ("discriminator", [1, *shape])):
        seen = []
        for block in _blocks(plain(network, architecture)):
            monkeypatch.setattr(block, "call", _recorded(block.call, seen))
        plain(network, architecture)(tf.zeros(given))
        assert seen == block_plans.sides_behind(architecture, shape[0], network)


def _recorded(call, seen):
    def recorded(x, z=None, labels=None, training=False):
        y = call(x, z=z, labels=labels, training=training)
        seen.append(y.shape[1])
        return y

    return recorded


def test_attention_on_a_single_pixel_is_refused():
    with pytest.raises(UserError, match="2x2 pixels, and behind that one it is 1x1"):
        Options.from_dict(SMALL | {"architecture": "resnet5", "d_attention": "B4"})


def test_a_length_of_0_is_that_of_the_latents():
    generator = _build("generator", "biggan", (32, 32, 3), 10, embed_y_dim=0)
    assert generator.named_variables()["embed_y/kernel"].shape == (10, 8)


def test_each_block_sees_its_own_part_of_the_latents():
    generator = _build("generator", "biggan", (32, 32, 3), z_dim=8, initializer_stddev=0.5)
    z = tf.random.stateless_normal([2, 8], [0, 2])
    seen = []
    for block in _blocks(generator):
        block.norm1.call = _spy(block.norm1.call, seen)
    generator(z)
    for number, part in enumerate(seen, 1):
        np.testing.assert_array_equal(part, z[:, 2 * number : 2 * number + 2])
    assert len(seen) == 3


def _spy(call, seen):
    def spied(x, z=None, labels=None, training=False):
        seen.append(z)
        return call(x, z=z, labels=labels, training=training)

    return spied


@pytest.mark.parametrize(
    ("architecture", "length"),
    [("biggan", 2 + 128), pytest.param("biggan_deep", 8 + 128, marks=pytest.mark.slow)],
)
def test_conditional_gains_start_at_one_and_in_reference_mode_near_zero(architecture, length):
    z, labels = tf.random.stateless_normal([200, 8], [0, 3]), tf.range(200) % 10
    for reference, start in (("none", 1.0), ("v3", 0.0)):
        generator = _build("generator", architecture, (32, 32, 3), 10, reference=reference)
        gains = []
        for block in _blocks(generator):
            stages = [block.norm1, block.norm2] if isinstance(block, Block) else [stage.norm for stage in block.stages]
            for norm in stages:
                assert isinstance(norm, ConditionalBatchNorm)
                assert norm.gain.kernel.shape[0] == length
                # Of a standardized input x the output is gain * x + offset; without labels' vector the gain is exact.
                x = tf.random.stateless_normal([200, 2, 2, norm.gain.kernel.shape[1]], [0, 4])
                blank = norm(x, labels=tf.zeros([200, length]), training=True) - start * norm.standardize(x, True)
                np.testing.assert_allclose(blank, tf.zeros_like(blank), atol=1e-6)
                vector = tf.random.stateless_normal([200, length], [0, 5])
                modulated = norm(x, labels=vector, training=True) - norm.offset(vector)[:, None, None, :]
                plain = norm.standardize(x, True)
                gains.append(float(tf.reduce_sum(modulated * plain) / tf.reduce_sum(plain * plain)))
        assert abs(np.mean(gains) - start) < 0.05, np.mean(gains)
        assert generator(z, labels).shape == (200, 32, 32, 3)


def test_labels_reach_a_joined_generator_whatever_its_norm():
    options = SMALL | {"architecture": "biggan_deep", "conditional": True, "g_normalization": "batch"}
    Options.from_dict(options)
    generator = _build("generator", "biggan_deep", (32, 32, 3), 10, g_normalization="batch", initializer="orthogonal")
    z = tf.random.stateless_normal([2, 8], [0, 3])
    assert not np.allclose(generator(z, tf.constant([1, 2])), generator(z, tf.constant([3, 2])))
    assert generator.named_variables()["fc_noise/kernel"].shape[0] == 8 + 128


def test_bottlenecks_keep_their_channels_by_a_shortcut_without_weights():
    make = Layers(Options(), "discriminator")
    x = tf.random.stateless_normal([1, 4, 4, 8], [0, 1])
    for inputs, channels, scale in ((8, 8, "same"), (8, 4, "up"), (8, 12, "down")):
        block = Bottleneck(make, "B1", inputs, channels, scale)
        block(x)
        for weight in block.weights:
            if "conv4" in weight.path:
                weight.assign(tf.zeros_like(weight))
        y, old = block(x), min(inputs, channels)
        kept = {"same": x, "up": None, "down": tf.nn.avg_pool2d(x, 2, 2, "SAME")}[scale]
        if kept is None:
            np.testing.assert_array_equal(y[:, ::2, ::2], x[..., :old])
            assert not np.any(y[:, 1::2]) and not np.any(y[:, :, 1::2])
        else:
            np.testing.assert_allclose(y[..., :old], kept, rtol=1e-6)
        assert ("shortcut/add_channels/kernel" in "".join(each.path for each in block.weights)) == (channels > inputs)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"architecture": "biggan", "dataset": "mnist"}, "square images with sides among .32, 64.*28x28"),
        ({"architecture": "biggan", "z_dim": 126}, "into 4 parts.*z_dim is 126; set z_dim=128"),
        ({"architecture": "biggan", "g_normalization": "batch"}, "hierarchical_z.*g_normalization=batch does not look"),
        ({"architecture": "biggan", "reference": "v2"}, "v2 had no architecture biggan"),
        ({"architecture": "resnet5", "hierarchical_z": True}, "resnet5 has no place for hierarchical_z; .*biggan"),
        ({"architecture": "biggan", "fast_conv_to_rgb": True}, "fast_conv_to_rgb.*biggan_deep"),
        ({"architecture": "dcgan", "d_attention": "B1"}, "dcgan has no blocks"),
        (
            {"architecture": "dcgan", "reference": "v3", "conditional": True, "d_conditioning": "projection"},
            "v3 had no projection in dcgan",
        ),
        ({"architecture": "resnet_stl", "reference": "v3"}, "48x48 only"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(values, message):
    with pytest.raises(UserError, match=message):
        Options.from_dict({"dataset": "cifar10"} | values)


def test_the_options_an_architecture_brings_yield_to_those_given():
    brought = Options.from_dict({"dataset": "cifar10", "architecture": "biggan"})
    assert (brought.hierarchical_z, brought.embed_y, brought.embed_y_dim) == (True, True, 128)
    assert brought.g_normalization == "self_modulated_batch"
    assert brought.replace(conditional=True).g_normalization == "conditional_batch"
    plain = brought.replace(architecture="resnet_cifar")
    assert (plain.hierarchical_z, plain.embed_y, plain.g_normalization, plain.embed_bias) == (
        False,
        False,
        "batch",
        True,
    )
    given = Options.from_dict({"dataset": "cifar10", "architecture": "biggan", "hierarchical_z": False})
    assert not given.hierarchical_z
    assert (
        Options.from_dict({"dataset": "cifar10", "architecture": "biggan", "reference": "v3"}).d_conditioning
        == "projection"
    )
