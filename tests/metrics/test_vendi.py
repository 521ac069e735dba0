"""Vendi score: closed forms, both forms of the product, and vectors of length 0."""

import numpy as np
import pytest

from compare_gan_tf2.metrics import Pair, of_features
from compare_gan_tf2.metrics.vendi import metric, vendi_score


def test_copies_count_once_and_orthogonal_vectors_each():
    assert vendi_score(np.ones((9, 4))) == pytest.approx(1.0)
    assert vendi_score(np.eye(6, 8)) == pytest.approx(6.0)
    assert vendi_score(np.repeat(np.eye(3, 5), 7, axis=0)) == pytest.approx(3.0)
    # Opposite vectors have the same kernel matrix up to signs.
    assert vendi_score(np.array([[1.0, 2], [-1, -2]])) == pytest.approx(1.0)


def test_two_vectors_by_hand():
    # Eigenvalues of K / 2 are (1 +- c) / 2 with c the cosine.
    c = 0.6
    p = np.array([1 + c, 1 - c]) / 2
    assert vendi_score(np.array([[2.0, 0], [3 * c, 3 * 0.8]])) == pytest.approx(np.exp(-(p * np.log(p)).sum()))


@pytest.mark.parametrize("shape", [(40, 15), (15, 40), (20, 20)])
def test_the_score_equals_the_definition_for_few_and_many(shape):
    rows = np.random.default_rng(0).normal(size=shape) + 0.5
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    values = np.linalg.eigvalsh(unit @ unit.T / len(rows))
    values = values[values > 1e-12]
    assert vendi_score(rows) == pytest.approx(np.exp(-(values * np.log(values)).sum()), rel=1e-10)
    # Lengths and order do not matter.
    assert vendi_score(rows[::-1] * np.arange(1, len(rows) + 1)[:, None]) == pytest.approx(vendi_score(rows), rel=1e-9)


def test_vectors_of_length_zero_are_alike_and_unlike_all_others():
    assert vendi_score(np.zeros((5, 3))) == pytest.approx(1.0)
    rows = np.concatenate(
        [np.zeros((4, 3)), np.repeat([[1e-300, 0, 0]], 4, axis=0), np.repeat([[0, 1e300, 0]], 4, axis=0)]
    )
    assert vendi_score(rows) == pytest.approx(3.0)


def test_scores_are_of_both_sets_and_the_reals_is_kept():
    kept = []

    def keep(name, compute):
        kept.append(name)
        return compute()

    real, generated = np.eye(5, dtype=np.float32), np.ones((4, 5), np.float32)
    empty = np.zeros((5, 0), np.float32)
    samples = type(of_features(real))(np.zeros((0, 1, 1, 1)), real, empty, np.zeros(5, np.int32), keep)
    assert metric(Pair(samples, of_features(generated))) == pytest.approx({"vendi_score": 1.0, "vendi_score_real": 5.0})
    assert kept == ["vendi_score"]


@pytest.mark.parametrize("broken", [np.zeros((0, 3)), [[np.nan, 1.0]], [[np.inf, 1.0]]])
def test_no_samples_and_broken_ones_are_refused(broken):
    with pytest.raises(ValueError, match="no samples|finite"):
        vendi_score(broken)
