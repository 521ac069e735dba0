"""The prior keeps its latents for every purpose: tasks, scores and modules of earlier versions depend on them."""

import types

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.evaluation.generated_images import generated_images
from compare_gan_tf2.gans import base, standing_statistics
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime.draws import Seed
from compare_gan_tf2.runtime.prior import Prior

DISTRIBUTIONS = ("uniform", "normal", "truncated")
# First and last of 5 latents of length 3, by purpose and in the order of DISTRIBUTIONS; seed 7, step 6.
DRAWN = {
    "discriminator/0/z": ((-0.0286056995, 0.965161085), (-0.612180471, 0.144665286), (-0.0342271626, 1.75796223)),
    "discriminator/1/z": ((-0.456671715, 0.220515013), (1.4984690, 0.993855178), (-0.576751888, 0.266936123)),
    "generator/z": ((0.601480722, -0.0435590744), (0.241006181, 0.492866278), (0.796250105, -0.0521326214)),
}
STANDING = ((0.220458269, -0.970319033), (0.953354418, -0.450223386), (0.26686582, -1.78766012))
STANDING_LABELS = [2, 5, 2, 3]
SAMPLES = ((0.476064205, -0.769509792), (0.343279779, 2.07729268), (0.604371428, -1.11347795))
# First and last number of the second batch, by repeat; seed 42. Then its labels: the first three and the last.
EVALUATION = {
    0: ((0.850678205, -0.495078325), (0.0449756160, -0.0134057812), (1.31643581, -0.631906450)),
    1: ((-0.523967981, 0.371079922), (-0.421701074, -0.445457041), (-0.674689829, 0.459598869)),
}
EVALUATION_LABELS = {0: [0, 4, 9, 3], 1: [4, 7, 3, 7]}
# Of 5 latents of length 3 that a module draws, by truncation; seed 7.
MODULE = {
    0.0: ((0.494157553, -0.20698452), (1.98865342, 0.704023957), (1.69480157, 0.666622221)),
    0.5: ((0.247078776, -0.10349226), (0.474739313, 0.251507223), (0.474739313, 0.251507223)),
    1.5: ((0.494157553, -0.20698452), (1.35911918, 0.596699715), (1.35911918, 0.596699715)),
    5.0: ((0.494157553, -0.20698452), (1.98864841, 0.70402348), (1.69480157, 0.666622221)),
}

each_distribution = pytest.mark.parametrize("distribution", DISTRIBUTIONS)


def check(latents, golden, distribution):
    """Uniform latents are made without rounding; of the others the last bits depend on the kind of processor."""
    tolerance = 0 if distribution == "uniform" else 1e-6
    expected = np.float32(golden[DISTRIBUTIONS.index(distribution)])
    latents = np.asarray(latents)
    np.testing.assert_allclose([latents[0, 0], latents[-1, -1]], expected, rtol=tolerance, atol=tolerance)


@each_distribution
@pytest.mark.parametrize("purpose", DRAWN)
def test_a_training_keeps_its_latents(purpose, distribution):
    prior, own = (
        Prior.of(Options.from_dict({"z_distribution": distribution, "z_dim": 128}), 3),
        purpose.removesuffix("/z"),
    )
    check(prior.rows(5, own, Seed.of(7, 6)), DRAWN[purpose], distribution)
    check(tf.function(lambda step: prior.rows(5, own, Seed.of(7, step)))(6), DRAWN[purpose], distribution)


@each_distribution
def test_sheets_of_samples_keep_their_latents(distribution):
    gan = types.SimpleNamespace(prior=Prior(distribution, 3), options=types.SimpleNamespace(seed=7), num_classes=4)
    z, labels = base.sample_inputs(gan, 5)
    check(z, SAMPLES, distribution)
    assert labels.numpy().tolist() == [0, 1, 2, 3, 0]


def test_sheets_of_a_given_seed_have_the_same_latents_in_trainings_of_all_seeds():
    of_seed = [
        types.SimpleNamespace(prior=Prior("normal", 3), options=types.SimpleNamespace(seed=seed), num_classes=0)
        for seed in (7, 8)
    ]
    (one, _), (other, _) = (base.sample_inputs(gan, 5, seed=0) for gan in of_seed)
    np.testing.assert_array_equal(one, other)
    assert not np.array_equal(one, base.sample_inputs(of_seed[0], 5)[0])


class Listening:
    """A generator with moving statistics that notes what it is given."""

    def __init__(self):
        self.given = []

    def named_variables(self):
        return {"bn/moving_mean": None}

    def __call__(self, z, labels, training):
        tf.numpy_function(lambda *each: self.given.append(each), [z, labels], [])


@each_distribution
def test_standing_statistics_keep_their_latents(distribution):
    generator = Listening()
    options = types.SimpleNamespace(standing_batches=7, batch_size=5, seed=7)
    gan = types.SimpleNamespace(
        evaluated_generator=generator, options=options, prior=Prior(distribution, 3), num_classes=10
    )
    standing_statistics.fill(gan)
    z, labels = generator.given[6]
    check(z, STANDING, distribution)
    assert [*labels[:3], labels[-1]] == STANDING_LABELS


@each_distribution
@pytest.mark.parametrize("repeat", EVALUATION)
def test_an_evaluation_keeps_its_latents(repeat, distribution):
    def generate(z, labels):
        return tf.concat([z, tf.cast(labels[:, tf.newaxis], tf.float32)], 1)

    batches = generated_images(generate, Prior(distribution, 3), 10, (8, 8, 1), seed=42, repeat=repeat)
    (first, _), (second, labels) = next(batches), next(batches)
    assert first.shape == second.shape == (500, 4) and not np.array_equal(first, second)
    check(second[:, :3], EVALUATION[repeat], distribution)
    assert [*labels[:3], labels[-1]] == EVALUATION_LABELS[repeat]
    np.testing.assert_array_equal(second[:, 3], labels)


def test_an_evaluation_without_classes_has_no_labels():
    with_labels = next(generated_images(lambda z, labels: z, Prior("uniform", 3), 10, (8, 8, 1), seed=42))
    images, labels = next(generated_images(lambda z, labels: z, Prior("uniform", 3), 0, (8, 8, 1), seed=42))
    assert labels is None
    np.testing.assert_array_equal(images, with_labels[0])


def test_large_images_are_made_of_the_same_latents_a_few_at_a_time():
    def batches(side):
        return generated_images(lambda z, labels: z, Prior("uniform", 3), 10, (side, side, 3), seed=42)

    whole, large = batches(256), batches(1024)
    for _ in range(2):
        parts = [next(large) for _ in range(20)]
        assert {len(images) for images, _ in parts} == {25}
        for found, wanted in zip(zip(*parts, strict=True), next(whole), strict=True):
            np.testing.assert_array_equal(np.concatenate(found), wanted)


@each_distribution
@pytest.mark.parametrize("truncation", MODULE)
def test_a_module_keeps_its_latents(truncation, distribution):
    prior = Prior(distribution, 3)
    check(prior.draw_truncated(5, seed=7, truncation=truncation), MODULE[truncation], distribution)
    kinds = [tf.TensorSpec([], kind) for kind in (tf.int32, tf.int64, tf.float32)]

    @tf.function(input_signature=kinds)
    def drawn(count, seed, truncation):
        return prior.draw_truncated(count, seed=seed, truncation=truncation)

    check(drawn(5, 7, truncation), MODULE[truncation], distribution)
    assert drawn(0, 7, truncation).shape == (0, 3)


def test_its_spec_takes_what_it_draws():
    prior = Prior("normal", 3)
    assert prior.spec == tf.TensorSpec([None, 3], tf.float32, "z")
    assert prior.spec.is_compatible_with(prior.draw(5, "test", seed=0, step=0))
