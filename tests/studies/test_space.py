"""The space of a search: ranges, conditions, and settings as a model sees them."""

import json

import numpy as np
import pytest

from compare_gan_tf2 import searches
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.studies import space
from compare_gan_tf2.studies.searches import Known, grid, known, load, names
from compare_gan_tf2.studies.trials import t_quantile
from compare_gan_tf2.tasks import choice, log_uniform, uniform

VALUES = {
    "dataset": "mnist",
    "beta1": uniform(0.0, 0.9),
    "disc_iters": log_uniform(1, 5),
    "learning_rate": log_uniform(1e-5, 1e-2),
    "penalty": choice("none", "wgan_gp", "dragan"),
    "penalty_weight": log_uniform(0.1, 100.0, when="penalty!=none"),
}
SPACE = space.of(VALUES, "a file")
NOTHING = Known([], np.zeros(0), np.zeros(0))


def test_ends_belong_to_ranges_and_whole_numbers_stay_in_them():
    low, high = SPACE.at([0.0] * 5), SPACE.at([1.0] * 5)
    assert low == {"beta1": 0.0, "disc_iters": 1, "learning_rate": 1e-5, "penalty": "none"}
    assert high == {
        "beta1": 0.9, "disc_iters": 5, "learning_rate": 0.01, "penalty": "dragan", "penalty_weight": 100.0
    }  # fmt: skip
    assert type(high["disc_iters"]) is int
    found = [SPACE.at(point)["disc_iters"] for point in np.random.default_rng(0).random((500, 5))]
    assert set(found) == {1, 2, 3, 4, 5}


def test_values_have_at_most_twelve_digits_and_one_name_may_stand_for_two_options():
    setting = SPACE.at(np.random.default_rng(1).random(5))
    assert len(repr(setting["learning_rate"]).partition("e")[0].lstrip("0.")) <= 13
    options = SPACE.options(setting)
    assert options.g_learning_rate == options.d_learning_rate == setting["learning_rate"]


def test_features_are_positions_unit_vectors_and_defaults():
    features = SPACE.features({"beta1": 0.45, "disc_iters": 5, "learning_rate": 10**-3.5, "penalty": "wgan_gp"})
    # penalty_weight, which is not there, has its default 1: a third of the way from 0.1 to 100.
    np.testing.assert_allclose(features, [0.5, 1, 0.5, 0, 0.5**0.5, 0, 1 / 3], atol=1e-12)
    np.testing.assert_array_equal(SPACE.groups, [0, 1, 2, 3, 3, 3, 4])
    # Two values of a choice are as far apart as the ends of a range.
    a, b = (SPACE.parameters[3].features(each) for each in ("none", "dragan"))
    assert np.linalg.norm(a - b) == pytest.approx(1.0)


def test_json_gives_the_space_back():
    assert space.from_json(json.loads(json.dumps(SPACE.to_json()))) == SPACE


def test_an_option_that_nothing_reads_makes_no_other_setting():
    free = space.of({**VALUES, "penalty_weight": uniform(1.0, 2.0)}, "a file")
    without = {"beta1": 0.5, "disc_iters": 1, "learning_rate": 1e-4, "penalty": "none"}
    keys = {space.key_of(free, without | {"penalty_weight": weight}) for weight in (1.0, 2.0)}
    assert len(keys) == 1 and None not in keys


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"beta1": uniform(0.9, 0.1)}, "a file, beta1: the range goes from 0.9 to 0.1"),
        ({"beta1": log_uniform(0.0, 0.5)}, "a file, beta1: log_uniform from 0; a logarithm needs more than 0"),
        ({"beta1": uniform(0.0, 1.5)}, "option beta1 is 1.5; allowed:"),
        ({"beta1": uniform("0.1", 0.5)}, "a file, beta1: the range ends at '0.1', which is no number"),
        ({"penalty": uniform(0, 1)}, "a file, penalty"),
        ({"penalty": choice()}, "a file, penalty: there is nothing to choose from"),
        ({"penalty": choice("none", "wgan_gb")}, "wgan_gb"),
        ({"betta1": uniform(0.0, 0.5)}, "betta1"),
        ({"penalty_weight": uniform(0.1, 1.0, when="penalty<none")}, "when='penalty<none' cannot be read; write it as"),
        ({"penalty_weight": uniform(0.1, 1.0, when="penality=none")}, "names option penality, which does not exist"),
        ({"beta1": uniform(0.1, 0.5, when="penalty_weight=1")}, "penalty_weight, which has a condition itself"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(changes, line):
    with pytest.raises(UserError) as error:
        space.of(VALUES | changes, "a file")
    assert line in str(error.value) and "\n" not in str(error.value)


def test_a_space_without_a_range_is_none():
    with pytest.raises(UserError, match="no option has a range"):
        space.of({"dataset": "mnist"}, "a file")


def test_the_grid_is_in_order_and_needs_values():
    values = {"dataset": "mnist", "beta1": choice(0.0, 0.5), "loss": choice("hinge", "wasserstein")}
    small = space.of(values, "a file")
    found = grid.propose(small, NOTHING, np.random.default_rng(0), 3, set())
    assert [tuple(each.values()) for each in found] == [(0.0, "hinge"), (0.0, "wasserstein"), (0.5, "hinge")]
    with pytest.raises(UserError, match="option beta1 has a range; give it a choice of values"):
        grid.propose(SPACE, NOTHING, np.random.default_rng(0), 3, set())


def test_random_draws_depend_on_the_seed_and_leave_out_what_was_tried():
    propose = load("random").propose
    first = propose(SPACE, NOTHING, np.random.default_rng(3), 5, set())
    assert first == propose(SPACE, NOTHING, np.random.default_rng(3), 5, set())
    tried = {space.key_of(SPACE, each) for each in first[:2]}
    assert propose(SPACE, NOTHING, np.random.default_rng(3), 5, tried)[:3] == first[2:]


def test_a_diverged_training_counts_as_the_worst_seen():
    found = known([{}, {}, {}], [[3.0, 5.0], [float("nan"), 1.0], [float("nan")]], lower_is_better=True)
    np.testing.assert_allclose(found.means, [-4.0, -3.0, -5.0])
    np.testing.assert_allclose(found.errors, [1.0, 2.0, 0.0])
    np.testing.assert_allclose(known([{}], [[float("inf")]], lower_is_better=False).means, [0.0])


def test_searches_say_what_they_are():
    assert names() == ("gaussian_process", "grid", "halving", "random")
    assert searches.halving().factor == 3
    with pytest.raises(UserError, match="rounds is 0; it has to be a whole number from 1 on"):
        searches.gaussian_process(rounds=0)
    with pytest.raises(UserError, match="fidd"):
        searches.random(score="fidd")


@pytest.mark.parametrize(("freedom", "quantile"), [(1, 12.7062), (2, 4.3027), (4, 2.7764), (9, 2.2622), (48, 2.0106)])
def test_the_quantiles_of_student(freedom, quantile):
    assert t_quantile(freedom) == pytest.approx(quantile, abs=6e-5)
