"""The classification accuracy score, on two classes that are dark and bright."""

import dataclasses
import types

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.metrics import of_features
from compare_gan_tf2.model_metrics import classification_accuracy


@pytest.fixture
def make_conditional(make_model, monkeypatch):
    """A model of 8x8 images of two classes, a few hundred to train on, with a classifier that trains for two passes."""
    from compare_gan_tf2.datasets import catalog

    monkeypatch.setattr(classification_accuracy, "EPOCHS", 2)
    entry = catalog.find("mnist")
    fields = {"image_shape": (8, 8, 1), "class_names": ("dark", "bright"), "num_classes": 2}
    dataset = types.SimpleNamespace(**{**vars(entry), **fields})

    def noise(seed, labels):
        draws = np.random.default_rng(seed).uniform(0, 0.5, (len(labels), 8, 8, 1))
        return (draws + labels[:, None, None, None] / 2).astype(np.float32), labels

    labels = np.arange(600, dtype=np.int32) % 2
    splits = {"train": noise(1, labels), "evaluation": noise(2, labels[:200])}

    def make(generator, **options):
        model = make_model(generator, classes=2, image_shape=(8, 8, 1), splits=splits, **options)
        return dataclasses.replace(model, dataset=dataset, real=of_features(np.zeros((1, 1), np.float32)))

    return make


def exchange_classes(z, labels, training):
    """Images like the real ones of the other class."""
    assert training is False
    noise = tf.random.stateless_uniform([z.shape[0], 8, 8, 1], [1, 2], 0, 0.5)
    return noise + tf.cast(1 - labels, tf.float32)[:, None, None, None] / 2


@pytest.fixture
def trained_on(monkeypatch):
    """Training is pretended; the sizes of the sets it was given. Its accuracy is their number."""
    sizes = []

    def train(dataset, places, seed, epochs):
        training, evaluation = (
            dataset.open(split, places) for split in (dataset.train_split, dataset.evaluation_split)
        )
        images, labels = training.images, training.labels()
        assert images.dtype == np.uint8 and labels.dtype == np.int32 and set(labels) == {0, 1}
        assert len(images) == len(labels) and evaluation.number == 200
        sizes.append(len(images))
        assert epochs == 2
        return types.SimpleNamespace(metadata={"test_accuracy": float(len(sizes))})

    monkeypatch.setattr(classification_accuracy.classifier_training, "train", train)
    return sizes


@pytest.mark.slow
def test_the_classifier_learns_what_the_generator_shows_for_each_label(make_conditional):
    scores = classification_accuracy.metric(make_conditional(exchange_classes))
    assert set(scores) == {"cas", "cas_real"} == set(classification_accuracy.LOWER_IS_BETTER)
    assert scores["cas"] < 0.05 and scores["cas_real"] > 0.95


def test_the_classifier_after_real_images_is_trained_once_for_all_checkpoints(
    make_conditional, trained_on, monkeypatch
):
    monkeypatch.setattr(classification_accuracy, "LARGEST_SET", 300)
    model = make_conditional(exchange_classes)
    assert classification_accuracy.metric(model) == {"cas_real": 1.0, "cas": 2.0}
    assert classification_accuracy.metric(model) == {"cas_real": 1.0, "cas": 3.0}
    assert trained_on == [300, 300, 300]


def test_generated_images_come_with_their_labels_and_are_stored_in_the_data_sets_steps(make_conditional):
    model = make_conditional(
        lambda z, labels, training: tf.ones([z.shape[0], 8, 8, 1]) * (labels[:, None, None, None] == 1)
    )
    images, labels = classification_accuracy.generated_set(model, 150)
    np.testing.assert_array_equal(images[:, 0, 0, 0], labels)
    assert 50 < labels.sum() < 100
    stored = classification_accuracy._stored(
        np.array([0.0, 0.4 / 64, 0.6 / 64, 1.0 + 1e-7]), types.SimpleNamespace(largest_value=64)
    )
    assert stored.dtype == np.uint8 and stored.tolist() == [0, 0, 1, 64]


def test_images_that_are_not_finite_are_refused(make_conditional):
    with pytest.raises(ValueError, match="not finite"):
        classification_accuracy.accuracy_after(
            make_conditional(exchange_classes), np.full((4, 8, 8, 1), np.nan, np.float32), np.zeros(4, np.int32)
        )


def test_it_applies_to_conditional_models():
    def applies(conditional, num_classes):
        dataset, options = (
            types.SimpleNamespace(num_classes=num_classes),
            types.SimpleNamespace(conditional=conditional),
        )
        return classification_accuracy.applies(dataset, options)

    assert applies(True, 10) and not applies(False, 10)
