"""R3GAN beyond the original's numbers: schedules, what updates read, networks at the start, grouped convolutions."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from derivatives import assert_same

from compare_gan_tf2.architectures import _grouped
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans import build, r3gan
from compare_gan_tf2.gans.schedules import Cosine
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime import draws

SMALL = {"gan": "r3gan", "dataset": "cifar10", "width": 0.01, "z_dim": 4, "batch_size": 4, "stage_blocks": 1,
         "augmentation": "none", "training_steps": 100}  # fmt: skip
DATA = dataclasses.replace(catalog.find("cifar10"), image_shape=(8, 8, 3))


def _gan(**changes):
    return build(Options.from_dict(SMALL | changes), DATA)


@pytest.fixture(scope="module")
def gan():
    return _gan(conditional=True)


def test_a_cosine_goes_from_its_first_to_its_last_value_and_stays_there():
    schedule = Cosine(2.0, 1.0, 100.0)
    seen = [0, 25, 50, 100, 1000]
    expected = [2.0, 1.0 + (1 + np.cos(np.pi / 4)) / 2, 1.5, 1.0, 1.0]
    np.testing.assert_allclose([schedule.at(each) for each in seen], expected, rtol=1e-12)
    np.testing.assert_allclose(schedule.tensor(tf.constant(seen, tf.int64)), expected, rtol=1e-6)
    # A half-life of few images of many still has digits.
    np.testing.assert_allclose(Cosine(0.0, 5e6, 2e7).tensor(tf.constant(64)), 5e6 * (np.pi * 64 / 4e7) ** 2, rtol=1e-5)


def test_the_generators_update_has_real_images_and_labels_of_its_own(gan):
    assert gan.engine.reads() == ["discriminator/0", "generator"]
    assert {name for _, named in gan.engine.columns().items() for name in named} == {"images", "labels"}
    assert gan.options.fake_labels == "data" and _gan().options.fake_labels == "uniform"


def test_rates_and_beta2_follow_the_schedule_of_the_whole_training_or_of_its_own_length(gan):
    first, last = (gan.engine.updates.numbers(step, (0, 1)) for step in (1, 101))
    np.testing.assert_allclose(first, [[2e-4, 0.0, 0.9]] * 2)
    np.testing.assert_allclose(last, [[5e-5, 0.0, 0.99]] * 2)
    longer = _gan(schedule_kimg=0.8, d_learning_rate=1e-3)
    np.testing.assert_allclose(longer.engine.updates.numbers(101, (0,)), [[0.000625, 0.0, 0.945]])
    assert gan.trace_facts == (400.0,) and longer.trace_facts == (800.0,)


def test_the_average_is_the_generator_at_first_and_then_forgets_ever_more_slowly(gan):
    decay = gan.players["generator"].average.decay
    assert float(decay(tf.constant(1, tf.int64))) == 0.0
    np.testing.assert_allclose(decay(tf.constant(101, tf.int64)), 0.5 ** (4 / 100), rtol=1e-6)
    assert gan.options.generator_weights == "average"
    assert float(_gan(ema_decay=0.9).players["generator"].average.decay(tf.constant(1))) == np.float32(0.9)
    assert _gan(final_ema_share=0).average is None


def test_networks_start_without_their_blocks(gan):
    z = tf.random.stateless_normal([3, 4], [0, 1])
    labels = tf.constant([1, 2, 3])
    # Linear in latents and label at every pixel: blocks begin as the identity.
    made = [gan.generator(factor * z, labels, training=True).numpy() for factor in (0.0, 1.0, 2.0)]
    np.testing.assert_allclose(made[2] - made[1], made[1] - made[0], atol=1e-5)
    assert np.abs(made[1] - made[0]).max() > 0.05 and np.abs(made[1] - 0.5).max() > 0.5
    clipped = gan.generator(z, labels).numpy()
    np.testing.assert_allclose(clipped, np.clip(made[1], 0, 1), atol=1e-6)


def test_penalties_are_the_slopes_before_images_are_augmented(gan, monkeypatch):
    images = tf.random.stateless_uniform([4, 8, 8, 3], [0, 2])
    kernels = [each for each in gan.discriminator.trainable_variables if each.path.endswith("conv3/kernel")]
    for number, kernel in enumerate(kernels):
        kernel.assign(tf.random.stateless_normal(kernel.shape, [number, 3]))
    monkeypatch.setattr(gan, "augmenting", lambda shown, half: 3.0 * shown)
    z, labels = tf.random.stateless_normal([4, 4], [0, 1]), tf.constant([0, 1, 2, 3])
    batch = gan.batch(images, z, labels, labels)
    with draws.drawing(draws.Seed.of(0, tf.constant(51, tf.int64)), "discriminator/0", draws.Share()):
        terms = gan.discriminator_objective(batch, gan.fakes(batch))
    with tf.GradientTape() as tape:
        tape.watch(images)
        logits, _ = gan.discriminator(3.0 * images, labels, training=True)
    squares = tf.reduce_sum(tf.square(tape.gradient(logits, images)), [1, 2, 3])
    np.testing.assert_allclose(terms["loss/r1"].value, tf.reduce_mean(squares) / 4, rtol=1e-5)
    # Half-way: gamma is between .05 and .005, and its half is the weight.
    np.testing.assert_allclose(terms["schedule/r1_gamma"].value, 0.0275, rtol=1e-6)
    np.testing.assert_allclose(terms["loss/r2"].weight, 0.01375, rtol=1e-6)


def test_the_probability_of_augmentation_is_the_schedules():
    gan = _gan(augmentation="ada", augmentation_pipe="color", augmentation_probability=0.1)
    assert not gan.state
    for step, expected in ((1, 0.1), (51, 0.325), (500, 0.55)):
        with draws.drawing(draws.Seed.of(0, tf.constant(step, tf.int64)), "generator", draws.Share()):
            np.testing.assert_allclose(gan.augmenting.probability(), expected, rtol=1e-6)


@pytest.mark.parametrize("groups", [2, 4])
def test_grouped_convolutions_are_those_of_the_groups_up_to_second_derivatives(groups):
    source = np.random.default_rng(0)
    x = tf.constant(source.normal(size=(2, 5, 5, 8)), tf.float32)
    kernel = tf.constant(source.normal(size=(3, 3, 8 // groups, 12)), tf.float32)
    both = (lambda x, k: _grouped.grouped(x, k, groups)), (lambda x, k: _grouped.apart(x, k, groups))
    assert_same(*both, x, kernel)


def test_without_gradients_of_its_own_tensorflow_convolves_group_by_group(monkeypatch):
    def refuse(**_):
        raise tf.errors.UnimplementedError(None, None, "no grouped convolution here")

    x, kernel = tf.ones([1, 3, 3, 4]), tf.ones([3, 3, 2, 4])
    with monkeypatch.context() as patch:
        patch.setattr(tf.raw_ops, "Conv2DBackpropInput", refuse)
        assert not _grouped.has_gradients.__wrapped__(tf.float32)
    monkeypatch.setattr(_grouped, "has_gradients", lambda dtype: False)
    convolved = []
    monkeypatch.setattr(_grouped, "apart", lambda *arguments: convolved.append(arguments) or tf.zeros([1, 3, 3, 4]))
    _grouped.grouped(x, kernel, 2)
    assert len(convolved) == 1


@pytest.mark.slow
@pytest.mark.parametrize(("side", "conditional", "counts"), [(32, True, (20_781_952, 21_280_512)),
                                                             (64, False, (22_429_824, 22_381_440))])  # fmt: skip
def test_the_published_networks_have_as_many_parameters(side, conditional, counts):
    data = dataclasses.replace(DATA, image_shape=(side, side, 3))
    gan = build(Options.from_dict({"gan": "r3gan", "dataset": "cifar10", "conditional": conditional,
                                   "final_ema_share": 0}), data)  # fmt: skip
    assert (gan.generator.count_params(), gan.discriminator.count_params()) == counts


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"dataset": "mnist"}, "architecture r3gan needs square images with sides among [8, 16, 32"),
        ({"penalty": "r1"}, "gan=r3gan needs penalty=r1_r2"),
        ({"d_weight_normalization": "spectral"}, "architecture=r3gan needs d_weight_normalization=none"),
        ({"g_normalization": "batch"}, "architecture=r3gan needs g_normalization=none"),
        ({"initializer": "orthogonal"}, "architecture=r3gan needs initializer=normal"),
        ({"learning_rate_decay": 0.5}, "gan=r3gan needs learning_rate_decay=0.0"),
        ({"gan": "modular", "schedule_kimg": 3}, "gan modular has no place for schedule_kimg"),
        ({"gan": "modular", "augmentation_probability": 0.5}, "augmentation=none has none"),
        ({"gan": "modular", "augmentation": "ada", "loss": "relativistic"}, "augmentation is ada, which steers"),
    ],
)
def test_what_does_not_go_with_it_is_refused(changes, words):
    given = {name: value for name, value in SMALL.items() if name != "stage_blocks"}
    with pytest.raises(UserError) as caught:
        Options.from_dict(given | {"architecture": "r3gan"} | changes)
    assert words in str(caught.value)


def test_a_wrong_number_of_groups_is_one_line():
    with pytest.raises(UserError, match="option cardinality is 3, and 16 channels cannot be cut into 3 groups"):
        _gan(cardinality=3)


def test_any_network_and_loss_can_be_trained_so():
    options = Options.from_dict({"gan": "r3gan", "architecture": "sndcgan", "dataset": "mnist", "loss": "hinge",
                                 "augmentation": "none"})  # fmt: skip
    assert (options.architecture, options.penalty, options.g_normalization) == ("sndcgan", "r1_r2", "batch")
    assert r3gan.IMPLIES["loss"] == "relativistic"
    Options.from_dict({"gan": "modular", "architecture": "sndcgan", "dataset": "mnist", "penalty": "r1_r2"})
