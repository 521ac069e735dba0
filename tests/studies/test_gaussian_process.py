"""The Gaussian-process bandit: what it chooses, and that a search with it can be killed."""

import sys

import numpy as np
import pytest
from studies.searching import Trainer, begin, fid, write
from studies.test_rounds import proposed, search

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.studies import space
from compare_gan_tf2.studies.searches import gaussian_process, known
from compare_gan_tf2.task_folder import tasks
from compare_gan_tf2.tasks import choice, log_uniform, uniform

SPACE = space.of(
    {
        "dataset": "mnist",
        "beta1": uniform(0.0, 0.9),
        "g_learning_rate": log_uniform(1e-5, 1e-2),
        "loss": choice("hinge", "least_squares", "wasserstein"),
    },
    "a file",
)


@pytest.fixture(autouse=True)
def _fewer_candidates(monkeypatch):
    """It looks at fewer settings than a user's search does, which takes a fraction of the time."""
    monkeypatch.setattr(gaussian_process, "_EVERYWHERE", 300)
    monkeypatch.setattr(gaussian_process, "_NEAR", 40)


def _drawn(count, seed=0):
    rng = np.random.default_rng(seed)
    return [SPACE.at(rng.random(3)) for _ in range(count)]


def _chosen(score, count=5, there=30):
    """Settings that are chosen when a formula's values of some are known."""
    settings = _drawn(there)
    found = known(settings, [[score(each)] for each in settings], lower_is_better=True)
    return gaussian_process.propose(SPACE, found, np.random.default_rng(1), count, set())


def test_it_chooses_where_the_score_is_best():
    def score(setting):
        return (setting["beta1"] - 0.3) ** 2 + (0.0 if setting["loss"] == "hinge" else 1.0)

    chosen = _chosen(score)
    assert [each["loss"] for each in chosen].count("hinge") >= 4
    assert np.mean([abs(each["beta1"] - 0.3) for each in chosen]) < 0.15


def test_one_batch_is_not_one_place():
    chosen = np.stack([SPACE.features(each) for each in _chosen(lambda setting: setting["beta1"], there=4)])
    distances = np.linalg.norm(chosen[:, None] - chosen[None], axis=-1)
    assert distances[np.triu_indices(5, 1)].min() > 0.05


def test_what_is_chosen_counts_as_known_for_the_rest_of_its_batch():
    known_features, nothing_between = np.array([[0.0], [1.0]]), np.array([0.0, 0.0])
    candidates = np.array([[0.5], [0.51], [0.25]])
    chosen = gaussian_process.choose(known_features, nothing_between, np.zeros(2), candidates, np.array([0]), 2)
    assert chosen == [0, 2], "the neighbor of the first one says nothing new"


@pytest.mark.parametrize("value", [7.0, float("nan")])
def test_a_score_that_never_varies_does_not_stop_it(value):
    chosen = _chosen(lambda setting: value)
    assert len(chosen) == 5 and np.isfinite([SPACE.features(each) for each in chosen]).all()


def test_seeds_that_disagree_count_less():
    """A mean that is a little better, of seeds that spread, is trusted less than one that is sure."""
    features = np.array([[0.1], [0.5], [0.9]])
    means = np.array([0.0, 0.0, 1.0])
    groups, candidates = np.array([0]), np.array([[0.3], [0.9]])
    sure = gaussian_process._fitted(features, means, np.zeros(3), candidates, groups)
    unsure = gaussian_process._fitted(features, means, np.array([0.0, 0.0, 9.0]), candidates, groups)
    assert sure[0][1] > 0.5 > unsure[0][1]
    assert unsure[1][1, 1] > sure[1][1, 1]


def test_it_depends_on_the_seed_and_what_is_known_alone_and_repeats_nothing():
    settings = _drawn(12)
    found = known(settings, [[each["beta1"]] for each in settings], lower_is_better=True)
    tried = {space.key_of(SPACE, each) for each in settings}
    first, again = (gaussian_process.propose(SPACE, found, np.random.default_rng(5), 6, tried) for _ in range(2))
    assert first == again
    keys = {space.key_of(SPACE, each) for each in first}
    assert len(keys) == 6 and not keys & tried


@pytest.mark.slow  # by default another search is killed in test_rounds.py
def test_a_search_that_was_killed_twice_proposes_what_an_unbroken_one_does(tmp_path):
    file = write(tmp_path / "looking.py", "gaussian_process(rounds=4, batch=5)")
    diverges = {"diverges": lambda options: options.beta1 > 0.8}
    begin(tmp_path / "unbroken", file)
    search(tmp_path / "unbroken", Trainer(**diverges))
    begin(tmp_path / "killed", file)
    for after in (7, 4):
        with pytest.raises(KeyboardInterrupt):
            search(tmp_path / "killed", Trainer(dies_after=after, backwards=True, **diverges))
    search(tmp_path / "killed", Trainer(backwards=True, **diverges))
    rounds = proposed(tmp_path / "unbroken")
    assert proposed(tmp_path / "killed") == rounds and [len(each) for each in rounds] == [5, 5, 5, 5]
    options = [tasks.read(tmp_path / "unbroken", number).options for number in range(20)]
    # It looks where the formula is good.
    assert np.median([fid(each) for each in options[15:]]) < np.median([fid(each) for each in options[:5]])


def test_without_the_library_a_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_probability", None)
    gaussian_process._fit.cache_clear()
    with pytest.raises(UserError, match=r"needs TensorFlow Probability .*pip install 'compare_gan_tf2\[search\]'"):
        _chosen(lambda setting: setting["beta1"])
    gaussian_process._fit.cache_clear()
