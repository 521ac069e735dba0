"""Inception score: closed forms, TF-GAN, and the parts that papers average over."""

import numpy as np
import pytest
import tensorflow as tf
from oracles.reference import noise

from compare_gan_tf2.compat import tensorflow_gan
from compare_gan_tf2.metrics import Pair, of_features
from compare_gan_tf2.metrics.inception_score import inception_score, metric, split_scores


def test_equal_rows_score_one_and_equally_frequent_certain_classes_their_number():
    assert inception_score(np.tile(noise(10, 0), (30, 1))) == pytest.approx(1.0, abs=1e-12)
    # exp(-800) is 0 in float64: no class that nobody has may make it NaN.
    certain = np.tile(800.0 * np.eye(7, 9), (4, 1))
    assert inception_score(certain) == pytest.approx(7.0, rel=1e-12)


def test_known_values():
    assert inception_score(np.log([[0.9, 0.1], [0.1, 0.9]])) == pytest.approx(1.4449348, abs=1e-7)
    # TF-GAN's own test.
    logits = np.array([[1.0, 2] * 500 + [4], [4, 5] * 500 + [6]])
    assert inception_score(logits) == pytest.approx(1.00080878, abs=1e-8)
    # compare_gan v3 on TF 2.15.1.
    assert inception_score(3 * noise(1000, 4403).reshape(100, 10)) == pytest.approx(2.087775707244873, abs=1e-6)


def test_the_score_equals_tf_gan():
    logits = np.random.default_rng(0).normal(0, 4, (500, 30))
    theirs = tensorflow_gan.load().eval.classifier_score_from_logits(tf.constant(logits))
    assert inception_score(logits) == pytest.approx(float(theirs), rel=1e-9)


def test_a_shift_of_a_samples_logits_and_the_order_do_not_matter():
    source = np.random.default_rng(1)
    logits = source.normal(0, 3, (200, 12))
    value = inception_score(logits)
    assert inception_score(logits[::-1]) == pytest.approx(value, rel=1e-12)
    assert inception_score(logits[:, ::-1] + source.normal(0, 500, (200, 1))) == pytest.approx(value, rel=1e-9)
    assert 1.0 < value < 12.0


def test_the_parts_are_consecutive_and_near_equal():
    logits = np.random.default_rng(2).normal(0, 3, (103, 5)).astype(np.float32)
    parts = split_scores(logits, 10)
    borders = [0, 10, 20, 30, 41, 51, 61, 72, 82, 92, 103]
    assert list(parts) == [inception_score(logits[a:b]) for a, b in zip(borders, borders[1:], strict=False)]
    features = np.zeros((103, 1), np.float32)
    scores = metric(Pair(of_features(features), of_features(features, logits)))
    assert scores == {
        "inception_score": inception_score(logits),
        "inception_score_10_splits": parts.mean(),
        "inception_score_10_splits_standard_deviation": parts.std(),
    }


@pytest.mark.parametrize("broken", [np.zeros((5, 0)), np.zeros((0, 3)), [[np.nan, 1.0]], [[1.0, np.inf]]])
def test_no_classes_no_samples_and_numbers_that_are_not_finite_are_refused(broken):
    with pytest.raises(ValueError, match="no class scores|finite"):
        inception_score(broken)
