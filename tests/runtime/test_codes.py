"""Latents in parts: each drawn by a key of its own, joined and split again, and one part set while the rest stays."""

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.runtime.codes import Codes, Part, prior_of
from compare_gan_tf2.runtime.draws import Seed, Share
from compare_gan_tf2.runtime.prior import Prior

CODES = Codes.of_parts(
    Part("noise", "normal", 3, scale=0.1),
    Part("digit", "categorical", 4, copies=2),
    Part("style", "uniform", 2, scale=3.0),
)
SEED = Seed.of(7, 6)


@pytest.fixture(scope="module")
def z():
    return CODES.rows(20_000, "generator", SEED)


def test_every_part_has_its_distribution(z):
    assert z.shape == (20_000, CODES.length) == (20_000, 13) and z.dtype == tf.float32
    noise, digit, style = (each.numpy() for each in CODES.split(z).values())
    np.testing.assert_allclose([noise.mean(), noise.std()], [0, 0.1], atol=5 * 0.1 / np.sqrt(noise.size))
    assert set(np.unique(digit)) == {0, 1} and (digit[:, :4] == digit[:, 4:]).all() and (digit.sum(1) == 2).all()
    np.testing.assert_allclose(digit[:, :4].mean(0), 0.25, atol=5 * np.sqrt(0.25 * 0.75 / 20_000))
    assert -3 <= style.min() < -2.99 and 2.99 < style.max() < 3
    np.testing.assert_allclose(style.std(), 3 / np.sqrt(3), rtol=0.02)
    assert abs(np.corrcoef(np.concatenate([noise, digit[:, :3], style], 1).T) - np.eye(8))[:3, 3:].max() < 0.04


def test_join_undoes_split_and_takes_classes(z):
    parts = CODES.split(z[:50])
    np.testing.assert_array_equal(CODES.join(parts), z[:50])
    np.testing.assert_array_equal(CODES.join(parts | {"digit": CODES.classes(z[:50], "digit")}), z[:50])
    with pytest.raises(ValueError, match="need all their parts: style missing"):
        CODES.join({"noise": parts["noise"], "digit": parts["digit"]})
    with pytest.raises(ValueError, match="no part 'size'; their parts are noise, digit, style"):
        CODES.join(parts | {"size": parts["style"]})
    with pytest.raises(ValueError, match=r"part digit has shape \[B, 8\]"):
        CODES.join(parts | {"digit": parts["noise"]})


def test_shares_of_a_batch_are_its_rows_and_parts_are_streams_of_the_same_numbers(z):
    whole = CODES.rows(8, "generator", SEED)
    cut = [Share(number, 2).cut(CODES.rows(8, "generator", SEED)) for number in range(2)]
    np.testing.assert_array_equal(tf.concat(cut, 0), whole)
    for part in CODES.parts:
        np.testing.assert_array_equal(part.rows(8, "generator", SEED), CODES.split(whole)[part.name])
    np.testing.assert_array_equal(CODES.draw(8, "generator/z", seed=7, step=6), whole)
    np.testing.assert_array_equal(tf.function(lambda step: CODES.rows(8, "generator", Seed.of(7, step)))(6), whole)
    assert (CODES.rows(8, "other", SEED) != whole).numpy().any(0).all()


def test_another_part_changes_no_number_of_the_others():
    more = Codes.of_parts(Part("size", "uniform", 5), *CODES.parts)
    np.testing.assert_array_equal(more.rows(4, "g", SEED)[:, 5:], CODES.rows(4, "g", SEED))
    alike = Codes.of_parts(Part("one", "uniform", 2), Part("other", "uniform", 2)).rows(4, "g", SEED).numpy()
    assert (alike[:, :2] != alike[:, 2:]).all()


def test_one_part_is_set_and_the_rest_stays(z):
    few = z[:6]
    found = CODES.with_part(few, "digit", tf.constant([2]))
    assert CODES.classes(found, "digit").numpy().tolist() == [2] * 6
    for name in ("noise", "style"):
        np.testing.assert_array_equal(CODES.split(found)[name], CODES.split(few)[name])


def test_along_a_row_of_a_grid_one_part_varies_alone(z):
    digits = CODES.varied(z[:3], "digit", 3)
    assert digits.shape == (3, 3, 13)
    for row in range(3):
        assert CODES.classes(digits[row], "digit").numpy().tolist() == [0, 1, 2]
        np.testing.assert_array_equal(CODES.with_part(digits[row], "digit", tf.constant([1]))[0], digits[row, 1])
    styles = CODES.varied(z[:1], "style", 5, number=1).numpy()[0]
    np.testing.assert_allclose(styles[:, 12], [-3, -1.5, 0, 1.5, 3], atol=1e-6)
    assert (np.delete(styles, 12, axis=1) == np.delete(z[:1].numpy(), 12, axis=1)).all()


def test_a_grid_has_a_row_for_each_latent_or_for_each_number(z):
    np.testing.assert_array_equal(CODES.grid(z[:3], "digit", 4), CODES.varied(z[:3], "digit", 4))
    styles = CODES.grid(z[:3], "style", 5)
    assert styles.shape == (2, 5, 13)
    np.testing.assert_array_equal(styles[1], CODES.varied(z[:1], "style", 5, number=1)[0])


def test_a_module_draws_them_by_seed_with_and_without_truncation():
    made, again = (CODES.draw_truncated(500, seed=3, truncation=0.0).numpy() for _ in range(2))
    np.testing.assert_array_equal(made, again)
    noise, digit, style = (
        each.numpy() for each in CODES.split(CODES.draw_truncated(500, seed=3, truncation=0.5)).values()
    )
    assert 0.04 < abs(noise).max() <= 0.05 and 1.4 < abs(style).max() <= 1.5
    np.testing.assert_array_equal(digit, made[:, 3:11])
    assert (
        np.ptp(digit[:, :4].mean(0)) < 0.15
        and (CODES.draw_truncated(500, seed=4, truncation=0.0) != made).numpy().any()
    )


def test_the_text_of_a_prior_is_read_again():
    assert CODES.distribution == "noise normal 3 scale 0.1, digit categorical 4 copies 2, style uniform 2 scale 3.0"
    assert prior_of(CODES.distribution, 13) == CODES
    assert prior_of("truncated", 5) == Prior("truncated", 5)
    with pytest.raises(ValueError, match="'digit of ten' says of no part what it is"):
        prior_of("noise normal 3, digit of ten", 4)


def test_bounds_and_normal_numbers_are_those_of_the_parts():
    assert CODES.bounds is None
    assert Codes.of_parts(*CODES.parts[1:]).bounds == (-3.0, 3.0)
    np.testing.assert_array_equal(CODES.is_normal, [True] * 3 + [False] * 10)
    assert not Prior("uniform", 2).is_normal.any() and Prior("normal", 2).is_normal.all()


@pytest.mark.parametrize(
    ("part", "line"),
    [
        (("Digit", "categorical", 4), "lower-case"),
        (("digit", "categories", 4), "normal, truncated, uniform or categorical"),
        (("digit", "categorical", 1), "has size 1"),
        (("digit", "normal", 4, 2), "copies are for categorical"),
    ],
)
def test_a_part_that_cannot_be_is_refused(part, line):
    with pytest.raises(ValueError, match=line):
        Part(*part)
    with pytest.raises(ValueError, match="a name of its own"):
        Codes.of_parts(Part("one", "normal", 1), Part("one", "uniform", 1))
