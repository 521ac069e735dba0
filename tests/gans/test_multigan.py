"""MultiGAN: parameters as the reference had them, attention and compositing by hand, who moves when."""

import itertools
import math

import numpy as np
import pytest
import tensorflow as tf
from slow_cases import slow_unless

from compare_gan_tf2 import components
from compare_gan_tf2.architectures import multi_object
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans import standing_statistics
from compare_gan_tf2.gans.base import build, sample_inputs
from compare_gan_tf2.hub_export.load import load
from compare_gan_tf2.hub_export.save import export
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import draws, layer_state
from compare_gan_tf2.task_folder import checkpoints

BASE = {
    "gan": "multigan", "dataset": "mnist", "architecture": "dcgan", "width": 0.05, "z_dim": 6, "batch_size": 4,
    "relation_units": 5, "initializer_stddev": 0.2,
}  # fmt: skip
RELATED = {"relation_blocks": 2, "relation_heads": 2}
EVERYTHING = RELATED | {"background": "related", "aggregation": "alpha"}


def _generator(image_shape=(28, 28, 1), **extra):
    options = Options.from_dict(BASE | extra)
    architecture = components.load("architectures", options.architecture)
    return multi_object.MultiObjectGenerator(architecture.generator, image_shape, options)


def _latents(generator, batch=3, seed=0):
    return tf.random.stateless_uniform([batch, generator.z_dim], [seed, 1], -1, 1)


def _step(options):
    gan = build(options)
    source = np.random.default_rng(0)
    shape = (options.disc_iters, options.batch_size)
    images = tf.constant(source.integers(0, 256, (*shape, *gan.dataset.image_shape), np.uint8))
    before = {part: {name: each.numpy() for name, each in named.items()} for part, named in gan.tracked().items()}
    measured = gan.train_step(images, tf.zeros(shape, tf.int32), tf.constant(1, tf.int64))
    after = {part: {name: each.numpy() for name, each in named.items()} for part, named in gan.tracked().items()}
    return gan, measured, before, after


@pytest.mark.parametrize(
    ("image_shape", "extra", "count"),
    [
        ((64, 64, 1), {}, 4_837_249),
        ((64, 64, 3), RELATED | {"aggregation": "alpha", "background": "apart"}, 9_750_664),
        *slow_unless(
            lambda case: False,
            [
                ((64, 64, 1), {"relation_blocks": 1, "objects": 5}, 4_849_761),
                ((64, 64, 1), {"relation_blocks": 1, "relation_heads": 2}, 4_870_529),
                ((64, 64, 1), RELATED | {"relation_shared": True, "objects": 4}, 4_870_529),
                ((64, 64, 1), RELATED, 4_903_809),
                ((64, 64, 3), RELATED | {"aggregation": "implicit_alpha"}, 4_907_011),
                ((64, 64, 3), RELATED | {"aggregation": "alpha", "objects": 6}, 4_908_612),
                ((128, 128, 3), RELATED | {"aggregation": "alpha", "background": "related"}, 12_945_544),
            ],
        ),
    ],
)
def test_trainable_parameters_are_as_many_as_in_v2_whatever_the_number_of_objects(image_shape, extra, count):
    # In a graph that is never run: no weights.
    with tf.Graph().as_default():
        generator = _generator(image_shape, width=1, z_dim=64, relation_units=32, **extra)
        assert sum(math.prod(variable.shape) for variable in generator.trainable_variables) == count
        assert len(generator.named_variables()) == len(generator.variables)


def _layer_norm(x):
    return (x - x.mean(axis=-1, keepdims=True)) / np.sqrt(x.var(axis=-1, keepdims=True) + 1e-12)


def _related_by_hand(entities, weights, blocks, heads, shared):
    """The relational stage as the specification has it; entities [B, n, Z], weights by name."""

    def linear(x, name):
        return x @ weights[f"{name}/kernel"] + weights[f"{name}/bias"]

    for block in range(blocks):
        scope = f"generator_att_block{'' if shared else block}"
        outputs = []
        for head in range(heads):
            q, k, v = (_layer_norm(np.maximum(linear(entities, f"{scope}-head{head}/{x}_fc"), 0)) for x in "qkv")
            scores = np.exp(q @ k.transpose(0, 2, 1) / np.sqrt(q.shape[-1]))
            u = (scores / scores.sum(axis=-1, keepdims=True)) @ v
            for layer in ("e_fc1", "e_fc2"):
                u = np.maximum(linear(u, f"{scope}-head{head}/{layer}"), 0)
            outputs.append(_layer_norm(u + entities))
        if heads > 1:
            joined = np.concatenate(outputs, axis=-1)
            outputs = [_layer_norm(np.maximum(linear(joined, f"{scope}-aggregate_heads/a_fc1"), 0))]
        entities = outputs[0]
    return entities


@pytest.mark.parametrize(
    ("heads", "shared"), slow_unless(lambda case: case[0] != 2, [(1, False), (2, False), (3, True)])
)
def test_entities_relate_as_in_the_specification(heads, shared):
    generator = _generator(relation_blocks=2, relation_heads=heads, relation_shared=shared, background="related")
    weights = {}
    for name, variable in generator.named_variables().items():
        # Biases of their own, which start at 0.
        variable.assign(0.5 * tf.random.stateless_normal(variable.shape, [3, len(weights)]))
        weights[name] = np.asarray(variable, np.float64)
    entities = np.random.default_rng(1).uniform(-1, 1, (5, 4, 6))
    ours = generator._related(tf.constant(entities, tf.float32), False)
    expected = _related_by_hand(entities, weights, 2, heads, shared)
    # A layer norm of few numbers that are nearly equal magnifies roundings.
    np.testing.assert_allclose(ours, expected, rtol=1e-3, atol=1e-4)
    assert len({name.partition("/")[0] for name in weights if "-head" in name}) == (1 if shared else 2) * heads


def _over_by_hand(layers):
    """Alpha compositing as the specification has it; layers [n, ..., C + 1] from top to bottom."""
    color, opacity = layers[-1, ..., :-1], layers[-1, ..., -1:]
    for layer in layers[::-1]:
        a = layer[..., -1:]
        total = a + opacity * (1 - a)
        color, opacity = (layer[..., :-1] * a + color * opacity * (1 - a)) / total, total
    return color


def test_layers_are_composed_as_in_the_specification():
    layers = np.random.default_rng(0).uniform(0.001, 1, (3, 2, 4, 5, 4))
    parts = [tf.constant(layer, tf.float32) for layer in layers]
    np.testing.assert_allclose(multi_object.alpha(parts), _over_by_hand(layers), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(multi_object.sum_clip(parts), np.clip(layers.sum(axis=0), 0, 1), rtol=1e-6)
    faint = layers * np.random.default_rng(1).choice([0.09, 1.0], (3, 2, 4, 5, 1))
    seen = [(layer.max(axis=-1, keepdims=True) > 0.1).astype(float) for layer in faint]
    expected = seen[0] * faint[0] + (1 - seen[0]) * (seen[1] * faint[1] + (1 - seen[1]) * faint[2])
    parts = [tf.constant(layer, tf.float32) for layer in faint]
    np.testing.assert_allclose(multi_object.implicit_alpha(parts), expected, rtol=1e-6)


@pytest.mark.parametrize(("reference", "expected"), [("none", [2.0, -3.0, 4.0, 0.0]), ("v2", [2.0, -3.0, 0.0, 0.0])])
def test_a_sum_above_1_gets_the_gradient_that_lowers_it_and_in_v2_none(reference, expected):
    generator = _generator(objects=2, reference=reference)
    layers = tf.reshape([[0.25, 0.5, 0.75, 1.0], [0.25, 0.25, 0.5, 0.5]], [2, 1, 1, 4, 1])
    wanted = tf.reshape([2.0, -3.0, 4.0, -5.0], [1, 1, 4, 1])
    with tf.GradientTape() as tape:
        tape.watch(layers)
        image = generator.composed(tf.unstack(layers))
        objective = tf.reduce_sum(wanted * image)
    np.testing.assert_array_equal(np.ravel(image), [0.5, 0.75, 1.0, 1.0])
    np.testing.assert_array_equal(np.reshape(tape.gradient(objective, layers), [2, 4]), [expected, expected])


def test_where_nothing_is_opaque_the_lowest_colour_is_seen_and_gradients_are_finite():
    layers = tf.concat([tf.fill([3, 2, 2, 2, 3], 0.25), tf.zeros([3, 2, 2, 2, 1])], axis=-1)
    with tf.GradientTape() as tape:
        tape.watch(layers)
        image = multi_object.alpha(tf.unstack(layers))
    np.testing.assert_allclose(image, 0.25)
    assert np.all(np.isfinite(tape.gradient(image, layers)))


def test_all_objects_are_made_by_one_network_and_the_background_by_another():
    generator = _generator(objects=3, background="apart", aggregation="alpha", relation_blocks=0)
    z = _latents(generator)
    layers = generator.layers_of(z)
    assert generator.z_dim == 4 * 6 and len(layers) == 4
    for number in range(3):
        expected = generator.object_generator(z[:, 6 * number : 6 * number + 6])
        np.testing.assert_allclose(layers[number], expected, rtol=1e-5)
    expected = generator.background_generator(z[:, 18:])[..., :1]
    np.testing.assert_allclose(layers[3][..., :1], expected, rtol=1e-5)
    np.testing.assert_array_equal(layers[3][..., 1:], 1.0)
    np.testing.assert_allclose(generator(z), multi_object.alpha(layers), rtol=1e-5)
    weights = generator.named_variables()
    kernels = [name for name in weights if name.endswith("kernel") and not name.startswith("background")]
    assert kernels and not any(
        np.allclose(weights[name], weights[f"background_generator/generator/{name}"]) for name in kernels
    )


def _permuted(z, order, length=6):
    parts = tf.split(z, z.shape[1] // length, axis=1)
    return tf.concat([parts[number] for number in order], axis=1)


def test_the_order_of_objects_matters_to_alpha_only():
    for aggregation, matters in (("sum_clip", False), ("alpha", True)):
        generator = _generator(aggregation=aggregation, relation_blocks=1, relation_heads=2)
        z = _latents(generator)
        difference = np.abs(generator(z) - generator(_permuted(z, [2, 0, 1]))).max()
        assert (difference > 1e-3) == matters and (matters or difference < 1e-4)
    top = tf.concat([tf.fill([1, 2, 2, 1], 0.75), tf.ones([1, 2, 2, 1])], axis=-1)
    below = tf.concat([tf.fill([1, 2, 2, 1], 0.25), tf.fill([1, 2, 2, 1], 0.5)], axis=-1)
    np.testing.assert_allclose(multi_object.alpha([top, below, below]), 0.75)
    np.testing.assert_allclose(multi_object.alpha([below, top]), 0.5 * 0.25 + 0.5 * 0.75)


def test_a_background_is_related_to_the_objects_or_not():
    for background, is_seen in (("apart", False), ("related", True)):
        generator = _generator(background=background, relation_blocks=1)
        z = _latents(generator)
        other = tf.concat([z[:, :-6], -z[:, -6:]], axis=1)
        layers, changed = generator.layers_of(z), generator.layers_of(other)
        assert (np.abs(layers[0] - changed[0]).max() > 1e-4) == is_seen
        assert np.abs(layers[-1] - changed[-1]).max() > 1e-4


# Each aggregation and each background once.
@pytest.mark.parametrize(
    ("aggregation", "background"),
    slow_unless(
        lambda case: case in (("alpha", "related"), ("implicit_alpha", "apart"), ("sum_clip", "none")),
        itertools.product(("alpha", "implicit_alpha", "sum_clip"), ("apart", "none", "related")),
    ),
)
def test_images_are_between_0_and_1_and_every_part_gets_a_gradient(aggregation, background):
    extra = {"initializer_stddev": 0.5, "aggregation": aggregation, "background": background}
    generator = _generator(**RELATED | extra)
    z = _latents(generator, batch=8)
    with tf.GradientTape() as tape:
        images = generator(z, training=True)
        objective = tf.reduce_mean(tf.square(images))
    assert images.shape == (8, 28, 28, 1) and images.dtype == tf.float32
    assert np.min(images) >= 0 and np.max(images) <= 1
    gradients = tape.gradient(objective, generator.trainable_variables)
    for variable, gradient in zip(generator.trainable_variables, gradients, strict=True):
        assert np.all(np.isfinite(gradient)), variable.path
        assert variable.name != "kernel" or np.any(gradient != 0), variable.path


@pytest.mark.parametrize(
    "extra",
    slow_unless(lambda extra: "disc_iters" in extra, [
        {"architecture": "infogan", "penalty": "wgan_gp", "loss": "wasserstein", "d_normalization": "batch"},
        RELATED | {"aggregation": "alpha", "background": "apart", "disc_iters": 2},
        RELATED | {"relation_shared": True, "aggregation": "implicit_alpha", "g_weight_normalization": "spectral"},
        EVERYTHING | {"reference": "v2", "d_weight_normalization": "spectral"},
        {"architecture": "resnet_cifar", "dataset": "cifar10", "aggregation": "alpha", "relation_blocks": 1},
        {"g_normalization": "self_modulated_batch", "background": "related"},
    ]),
)  # fmt: skip
def test_a_step_is_finite_and_moves_every_kernel_of_both_networks_and_of_the_average(extra):
    gan, measured, before, after = _step(Options.from_dict(BASE | {"ema_decay": 0.5} | extra))
    assert set(measured) == set(gan.measurements)
    assert all(np.isfinite(value) for value in measured.values())
    for part in ("generator", "discriminator", "average"):
        kernels = [name for name in before[part] if name.endswith("kernel")]
        still = [name for name in kernels if np.array_equal(before[part][name], after[part][name])]
        assert kernels and not still, (part, still)
    for name in (name for name in after["generator"] if name.endswith("kernel")):
        expected = (before["generator"][name] + after["generator"][name]) / 2
        np.testing.assert_allclose(after["average"][name], expected, rtol=1e-4, atol=1e-6, err_msg=name)


def _iterated(kernel, vector, times):
    matrix = kernel.reshape(-1, kernel.shape[-1])
    for _ in range(times):
        v = matrix.T @ vector
        vector = matrix @ (v / np.linalg.norm(v))
        vector /= np.linalg.norm(vector)
    return vector


@pytest.mark.slow
def test_vectors_move_once_in_a_step_and_every_use_sees_the_same_kernel():
    options = Options.from_dict(BASE | EVERYTHING | {"g_weight_normalization": "spectral", "relation_shared": True})
    _, _, before, after = _step(options)
    vectors = [name for name in before["generator"] if name.endswith("u_var")]
    assert len(vectors) == 2 * 5 + 1 + 2 * 5
    for name in vectors:
        kernel = before["generator"][name.replace("u_var", "kernel")]
        expected = _iterated(kernel, before["generator"][name], 1)
        np.testing.assert_allclose(after["generator"][name], expected, rtol=2e-4, atol=1e-5, err_msg=name)
    generator = _generator(g_weight_normalization="spectral", g_normalization="instance")
    z = tf.tile(_latents(generator)[:, :6], [1, 3])
    first, *others = generator.layers_of(z, training=True)
    for other in others:
        np.testing.assert_allclose(other, first, rtol=1e-5)


def test_in_reference_mode_vectors_move_with_every_object():
    extra = {"architecture": "resnet_cifar", "g_weight_normalization": "spectral", "reference": "v3"}
    generator = _generator((32, 32, 3), dataset="cifar10", **extra)
    kernel, vector = (np.asarray(generator.named_variables()[f"fc_noise/{leaf}"]) for leaf in ("kernel", "u_var"))
    with layer_state.assigning():
        generator(_latents(generator), training=True)
    moved = generator.named_variables()["fc_noise/u_var"]
    np.testing.assert_allclose(moved, _iterated(kernel, vector, 3), rtol=2e-4, atol=1e-5)


def test_statistics_move_with_every_object_and_those_that_stand_count_each_alike():
    generator = _generator()
    fc = generator.object_generator.chain[0]
    # Of the seed's 4 positions, which batch norm does not tell apart.
    means = [
        np.asarray(fc(part, training=False)).reshape(-1, 26).mean(axis=0)
        for part in tf.split(_latents(generator), 3, 1)
    ]
    with layer_state.assigning():
        generator(_latents(generator), training=True)
    expected = 0.1 * (0.81 * means[0] + 0.9 * means[1] + means[2])
    np.testing.assert_allclose(generator.named_variables()["g_bn1/moving_mean"], expected, rtol=1e-4, atol=1e-6)

    gan = build(Options.from_dict(BASE | {"standing_batches": 2, "background": "apart"}))
    standing_statistics.fill(gan)
    hidden, below = [], []
    for number in range(2):
        z = draws.draw("uniform", "standing/z", [4, 24], seed=0, step=number)
        hidden.append(gan.generator.object_generator.chain[0](tf.reshape(z[:, :18], [-1, 6]), training=False))
        below.append(gan.generator.background_generator.chain[0](z[:, 18:], training=False))
    weights = gan.networks()["generator"]
    for prefix, found in (("", hidden), ("background_generator/generator/", below)):
        mean = np.reshape(found, [-1, 26]).mean(axis=0)
        np.testing.assert_allclose(weights[f"{prefix}g_bn1/moving_mean"], mean, rtol=1e-4, atol=1e-6)


@pytest.mark.slow  # test_every_gan_type compares a module with its training by default
def test_the_exported_image_is_the_same(tmp_path):
    options = Options.from_dict(BASE | EVERYTHING | {"ema_decay": 0.5, "relation_blocks": 1})
    gan, *_ = _step(options)
    checkpoints.save(tmp_path, 3, gan.tracked(), options)
    restored = build(options)
    checkpoints.restore(tmp_path, 3, restored.tracked())
    z, _ = sample_inputs(gan, 5)
    assert z.shape == (5, 24)
    ours = gan.evaluated_generator(z).numpy()
    np.testing.assert_array_equal(restored.evaluated_generator(z), ours)
    assert ours.std(axis=0).max() > 1e-3, "the images must differ for their equality to mean something"
    folder = export(tmp_path)
    module = load(folder)
    np.testing.assert_allclose(module(z), ours, atol=1e-5)
    np.testing.assert_allclose(module.signatures["default"](z=z)["generated"], ours, atol=1e-5)
    assert "tf.random.uniform([16, 24]" in (folder / "README.md").read_text()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"objects": 5}, "set objects=3"),
        ({"gan": "began", "background": "apart"}, "set background=none"),
        ({"gan": "multigan", "conditional": True, "dataset": "mnist"}, "no labels"),
        ({"gan": "multigan", "loss": "none"}, "no gradient"),
        ({"gan": "multigan", "aggregation": "mean"}, "implicit_alpha"),
        ({"gan": "multigan", "relation_heads": 0}, "relation_heads is 0"),
    ],
)
def test_what_cannot_be_is_refused_with_the_cure(given, words):
    with pytest.raises(UserError) as caught:
        Options.from_dict(given)
    assert words in str(caught.value)
