"""The discriminator's accuracy, area under its curve and loss, on discriminators that are plain functions."""

import math
import types

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.evaluation.task import evaluate
from compare_gan_tf2.model_metrics import discriminator_accuracy
from compare_gan_tf2.model_metrics.discriminator_accuracy import accuracies, area_under_curve, mean_loss
from compare_gan_tf2.training.loop import train


def shades(*values):
    """Images of one shade each, and labels that there are none of."""
    images = np.array(values, np.float32)[:, None, None, None] * np.ones((1, 4, 4, 1), np.float32)
    return images, np.full(len(values), -1, np.int32)


def generate(z, labels, training):
    """Images of the shade of the first latent, from 0 to 1."""
    return tf.tile(z[:, :1, None, None] / 2 + 0.5, [1, 4, 4, 1])


def by_shade(images, labels, training):
    assert training is False
    return 4 * tf.reduce_mean(images, axis=[1, 2])[:, :1] - 2, images


def test_a_constant_discriminator(make_model):
    logit = math.log(0.3 / 0.7)

    def constant(images, labels, training):
        return tf.fill([images.shape[0], 1], logit), images

    model = make_model(generate, discriminator=constant, splits={"train": shades(0, 1), "evaluation": shades(0, 1, 1)})
    scores = discriminator_accuracy.metric(model)
    assert scores.keys() == discriminator_accuracy.LOWER_IS_BETTER.keys()
    loss = -math.log(0.3) - math.log(0.7)
    assert scores == pytest.approx(
        {
            "d_accuracy_train": 0.0,
            "d_accuracy_test": 0.0,
            "d_accuracy_fake": 1.0,
            "d_train_test_gap": 0.0,
            "d_auc": 0.5,
            "d_loss_train": loss,
            "d_loss_test": loss,
        }
    )


def test_shares_of_known_logits():
    train, test, fake = np.array([[1.0, 2], [3, -1]]), np.array([0.0, -1]), np.array([[-2.0, 0], [-1, 3]])
    assert accuracies(train, test, fake) == {
        "d_accuracy_train": 0.75,
        "d_accuracy_test": 0.5,
        "d_accuracy_fake": 0.5,
        "d_train_test_gap": 0.25,
    }
    assert accuracies(train, test, fake, threshold=2.5)["d_accuracy_fake"] == 0.75


@pytest.mark.parametrize("ties", [False, True])
def test_the_area_is_the_share_of_pairs_in_order(ties):
    rng = np.random.default_rng(0)
    real, fake = rng.normal(0.5, 1, 70), rng.normal(0, 1, (3, 40))
    if ties:
        real, fake = np.round(real), np.round(fake)
    difference = real[:, None] - fake.ravel()
    expected = np.mean((difference > 0) + 0.5 * (difference == 0))
    assert area_under_curve(real, fake) == pytest.approx(expected, abs=1e-12)
    assert area_under_curve(fake, real) == pytest.approx(1 - expected, abs=1e-12)


def test_logits_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="not finite"):
        area_under_curve(np.array([0.0, np.nan]), np.zeros(2))
    with pytest.raises(ValueError, match="not finite"):
        accuracies(np.zeros(2), np.array([np.inf]), np.zeros(2))


def test_real_images_are_shown_as_they_are_and_subsets_are_as_large_as_the_evaluation_split(make_model):
    # Two thirds of the held-out images are bright, all training images are; half of what is generated is.
    splits = {"train": shades(0.9, 0.7, 0.8), "evaluation": shades(*([0.9, 0.8, 0.1] * 100))}
    scores = discriminator_accuracy.metric(make_model(generate, discriminator=by_shade, splits=splits))
    assert scores["d_accuracy_train"] == 1
    assert scores["d_accuracy_test"] == pytest.approx(2 / 3)
    assert scores["d_train_test_gap"] == pytest.approx(1 / 3)
    assert scores["d_accuracy_fake"] == pytest.approx(0.5, abs=4 * 0.5 / math.sqrt(1500))
    # A held-out shade s is above a generated one with probability s.
    assert scores["d_auc"] == pytest.approx(0.6, abs=0.05)
    assert scores["d_loss_train"] < scores["d_loss_test"]


def test_all_five_subsets_count_and_the_batch_does_not(make_model, monkeypatch):
    splits = {"train": shades(*np.linspace(0, 1, 50)), "evaluation": shades(*np.linspace(0, 1, 30))}
    model = make_model(generate, discriminator=by_shade, splits=splits)
    scores = discriminator_accuracy.metric(model)
    # 150 draws: a share that one subset of 30 could not have.
    assert round(scores["d_accuracy_train"] * 150) == pytest.approx(scores["d_accuracy_train"] * 150, abs=1e-9)
    assert scores["d_accuracy_train"] * 30 % 1 > 0.01
    monkeypatch.setattr("compare_gan_tf2.model_metrics._batches.BATCH_SIZE", 7)
    assert discriminator_accuracy.metric(model) == pytest.approx(scores, rel=1e-6)
    other_batch = make_model(generate, discriminator=by_shade, splits=splits, batch_size=5)
    assert discriminator_accuracy.metric(other_batch) == pytest.approx(scores, rel=1e-6)


def test_conditional_discriminators_get_the_labels_of_each_image(make_model):
    def of_class(z, labels, training):
        return tf.tile(tf.cast(labels, tf.float32)[:, None, None, None] / 4, [1, 4, 4, 1])

    def is_its_shade(images, labels, training):
        error = tf.abs(tf.reduce_mean(images, axis=[1, 2, 3]) - tf.cast(labels, tf.float32) / 4)
        return 0.1 - error[:, None], images

    images, _ = shades(0, 0.25, 0.5, 0.75)
    splits = {"train": (images, np.arange(4, dtype=np.int32)), "evaluation": (images, np.array([0, 1, 2, 0], np.int32))}
    model = make_model(of_class, discriminator=is_its_shade, classes=4, splits=splits)
    scores = discriminator_accuracy.metric(model)
    assert (scores["d_accuracy_train"], scores["d_accuracy_test"], scores["d_accuracy_fake"]) == (1, 0.75, 0)


def test_losses_without_a_zero_have_no_accuracy(make_model, monkeypatch):
    monkeypatch.setattr(discriminator_accuracy, "REPEATS", 1)
    splits = {"train": shades(0.2, 0.7), "evaluation": shades(0.3, 0.6)}
    has_none = set()
    for name in components.names("losses"):
        if name != "none":
            scores = discriminator_accuracy.metric(
                make_model(generate, discriminator=by_shade, splits=splits, loss=name)
            )
            assert math.isfinite(scores["d_auc"] + scores["d_loss_train"] + scores["d_loss_test"])
            if math.isnan(scores["d_accuracy_test"]):
                has_none.add(name)
    pairwise = {"average", "average_hinge", "average_least_squares", "hinge", "least_squares"}
    assert has_none == {"relativistic", "softmax", "wasserstein"} | {f"relativistic_{kind}" for kind in pairwise}


def test_least_squares_between_its_targets(make_model):
    def three_quarters(images, labels, training):
        return tf.fill([images.shape[0], 1], 0.4), images

    splits = {"train": shades(0.2), "evaluation": shades(0.3)}
    model = make_model(generate, discriminator=three_quarters, splits=splits, loss="least_squares_logits")
    assert discriminator_accuracy.metric(model)["d_accuracy_fake"] == 1


def test_means_over_images_ignore_the_batch_and_others_are_taken_in_batches():
    rng = np.random.default_rng(1)
    real, fake = rng.normal(size=(2, 11)), rng.normal(size=(2, 11))
    plain = components.load("losses", "non_saturating")
    expected = np.mean(np.log1p(np.exp(-real))) + np.mean(np.log1p(np.exp(fake)))
    assert mean_loss(plain, real, fake, 4) == pytest.approx(expected, rel=1e-12)
    smoothed = mean_loss(plain, real, fake, 4, real_target=0.9)
    assert smoothed == pytest.approx(expected + 0.1 * real.mean(), rel=1e-12)
    softmax = components.load("losses", "softmax")
    parts = [(row[start : start + 4], other[start : start + 4]) for row, other in zip(real, fake) for start in (0, 4)]  # noqa: B905
    each = [np.log(np.exp(x).sum() + np.exp(y).sum()) - x.mean() for x, y in parts]
    assert mean_loss(softmax, real, fake, 4) == pytest.approx(np.mean(each), rel=1e-12)
    assert math.isfinite(mean_loss(softmax, real, fake, 64))


def test_it_applies_where_logits_are_trained():
    def applies(**options):
        return discriminator_accuracy.applies(None, types.SimpleNamespace(**options))

    assert applies(loss="hinge", self_supervision="none") and applies(loss="hinge", self_supervision="rotation")
    assert not applies(loss="none", self_supervision="none")
    assert not applies(loss="hinge", self_supervision="rotation_only")


@pytest.mark.slow
def test_a_real_task_end_to_end(tmp_path, triangles, tiny, monkeypatch):
    monkeypatch.setattr(discriminator_accuracy, "REPEATS", 1)
    monkeypatch.setattr(discriminator_accuracy, "TRAIN_IMAGES", 500)
    options = tiny.replace(metrics="discriminator_accuracy", training_steps=4)
    train(options, tmp_path / "task", dataset_root=triangles)
    (row,) = evaluate(tmp_path / "task", dataset_root=triangles, cache_dir=tmp_path / "cache")
    for name in ("d_accuracy_train", "d_accuracy_test", "d_accuracy_fake", "d_auc"):
        assert 0 <= float(row[name]) <= 1
    assert float(row["d_loss_test"]) > 0
    assert "discriminator_accuracy (5 subsets" in row["protocol"]
