"""Blocks that are computed twice give what blocks whose activations are kept give."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from slow_cases import slow_unless
from tensorflow.python.eager import context

from compare_gan_tf2.architectures._attention import NonLocalBlock
from compare_gan_tf2.architectures._blocks import Layers
from compare_gan_tf2.architectures._resnet import Block, Bottleneck
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import distribution, recomputation
from compare_gan_tf2.training.steps import Stepper

SMALL = {
    "dataset": "cifar10", "width": 0.02, "z_dim": 4, "batch_size": 4, "g_optimizer": "sgd", "d_optimizer": "sgd",
    "d_weight_normalization": "spectral", "g_weight_normalization": "spectral", "initializer_stddev": 0.1,
}  # fmt: skip
BIGGAN = {
    "architecture": "biggan", "conditional": True, "g_normalization": "conditional_batch", "loss": "hinge",
    "g_attention": "B1", "d_attention": "B1", "hierarchical_z": False,
}  # fmt: skip


def _gan(changes, strategy, wanted):
    with strategy.scope():
        return build(Options.from_dict(SMALL | changes | {"gradient_checkpointing": wanted}))


def _batch(gan):
    source, shape = np.random.default_rng(1), [gan.options.disc_iters, gan.options.batch_size]
    return tf.constant(source.integers(0, 256, (*shape, 32, 32, 3), np.uint8)), tf.constant(
        source.integers(0, 10, shape, np.int32)
    )


def _after_two_steps(changes, wanted):
    strategy = distribution.create("one_device")
    gan = _gan(changes, strategy, wanted)
    before = {name: variable.numpy() for name, variable in gan.networks()["discriminator"].items()}
    measured, _ = Stepper(gan, strategy).run(iter([gan.batches_of(*_batch(gan))] * 2), 2, 0)
    after = {f"{part}/{name}": v.numpy() for part, named in gan.tracked().items() for name, v in named.items()}
    assert not recomputation._WANTED.here
    moved = [name for name, value in before.items() if np.any(value != after[f"discriminator/{name}"])]
    assert any("u_var" in name for name in moved) and any("kernel" in name for name in moved)
    return np.array([[*row.values()] for row in measured]), after


def _layer(kind):
    make = Layers(Options.from_dict(SMALL | {"architecture": "biggan_deep"}), "generator")
    layer = {
        "block": lambda: Block(make, "B1", 4, "down"),
        "bottleneck": lambda: Bottleneck(make, "B1", 4, 8, "down"),
        "attention": lambda: NonLocalBlock(make, "attention", 4),
    }[kind]()
    layer(tf.zeros([1, 8, 8, 4]), z=tf.zeros([1, 3]), labels=tf.zeros([1, 3]))
    for number, variable in enumerate(layer.trainable_variables):
        variable.assign(0.5 * tf.random.stateless_normal(variable.shape, [number, 7]))
    return layer


@pytest.mark.parametrize("kind", ["block", "bottleneck", "attention"])
def test_a_layer_has_the_same_gradients_and_none_of_them_twice(kind):
    layer, x, z = _layer(kind), *(tf.random.stateless_normal(shape, [1, 2]) for shape in ([2, 8, 8, 4], [2, 3]))

    def gradients(wanted):
        with recomputation.recomputing(wanted), tf.GradientTape() as tape:
            tape.watch([x, z])
            # As BigGAN-deep does: latents and labels are one tensor.
            loss = tf.reduce_sum(tf.square(layer(x, z=z, labels=z, training=False)))
            return tape.gradient(loss, [x, z, *layer.trainable_variables])

    for again, kept in zip(gradients(True), gradients(False), strict=True):
        assert (again is None) == (kept is None)
        if kept is not None:
            np.testing.assert_allclose(again, kept, rtol=0, atol=1e-5 * np.abs(kept).max() + 1e-7)


@pytest.mark.parametrize(
    ("kind", "compiler"),
    slow_unless(
        lambda case: case == ("attention", "grappler"),
        itertools.product(("block", "bottleneck", "attention"), ("grappler", "xla")),
    ),
)
def test_compilers_do_not_find_that_both_times_are_the_same(kind, compiler):
    tf.random.set_seed(0)  # a look at compiled code draws inputs, which needs one where another test has determinism on
    layer, x, z = _layer(kind), *(tf.random.stateless_normal(shape, [1, 2]) for shape in ([2, 8, 8, 4], [2, 3]))

    def products(wanted):
        def gradient(x):
            with recomputation.recomputing(wanted), tf.GradientTape() as tape:
                tape.watch(x)
                loss = tf.reduce_sum(tf.square(layer(x, z=z, training=False)))
                found = tape.gradient(loss, layer.trainable_variables)
                return [each for each in found if each is not None]

        if compiler == "xla":
            compiled = tf.function(gradient, jit_compile=True).experimental_get_compiler_ir(x)(stage="optimized_hlo")
            return compiled.count("convolution(") + compiled.count("dot(")
        context.enable_run_metadata()
        tf.function(gradient)(x)
        graphs = context.export_run_metadata().function_graphs
        context.disable_run_metadata()
        nodes = [node.op for graph in graphs for node in graph.post_optimization_graph.node]
        return sum("Conv2D" in each for each in nodes)

    assert products(True) > products(False) > 0


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param(BIGGAN | {"disc_iters": 2}, marks=pytest.mark.slow),
        # Its gradient penalty takes derivatives of derivatives.
        pytest.param(
            {"architecture": "resnet_cifar", "penalty": "wgan_gp", "loss": "wasserstein"}, marks=pytest.mark.slow
        ),
        pytest.param({"architecture": "resnet_cifar", "accumulation_steps": 2}, marks=pytest.mark.slow),
    ],
    ids=["biggan", "wgan_gp", "pieces"],
)
def test_a_step_is_the_same_to_the_bit(changes):
    kept, twice = (_after_two_steps(changes, wanted) for wanted in (False, True))
    np.testing.assert_array_equal(twice[0], kept[0])
    for name, value in kept[1].items():
        np.testing.assert_array_equal(twice[1][name], value, err_msg=name)


@pytest.mark.slow
def test_only_what_is_outside_the_blocks_is_kept_for_the_gradient():
    def kept(wanted):
        gan = _gan({"architecture": "resnet_cifar"}, tf.distribute.get_strategy(), wanted)
        step = tf.function(gan.train_step).get_concrete_function(*_batch(gan), tf.constant(1, tf.int64))
        operations = step.graph.get_operations()
        first = [each.type for each in operations].index("ReluGrad")
        forward = [each for each in operations[:first] if each.type == "Relu"]
        return sum("ReluGrad" in {use.type for use in each.outputs[0].consumers()} for each in forward)

    # The discriminator's four blocks have two activations each, the first of which, of the images, has no gradient;
    # one more is behind them.
    assert kept(wanted=False) == 8 and kept(wanted=True) == 1


@pytest.mark.parametrize("architecture", ["resnet_cifar", "resnet_stl", "resnet5", "resnet30", "biggan", "biggan_deep"])
def test_networks_of_blocks_allow_it(architecture):
    dataset = "celeb_a_hq_128" if architecture == "resnet30" else "cifar10"
    options = Options.from_dict({"dataset": dataset, "architecture": architecture, "gradient_checkpointing": True})
    assert options.gradient_checkpointing and not options.refusals()


def test_networks_without_blocks_refuse_it():
    with pytest.raises(
        UserError, match="dcgan has no place for gradient_checkpointing; those that have: biggan, .*resnet_cifar"
    ):
        Options.from_dict({"dataset": "cifar10", "architecture": "dcgan", "gradient_checkpointing": True})
