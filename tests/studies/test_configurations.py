"""Configurations of a study: each has a search of its own, which knows of nothing that was tried elsewhere."""

import collections

import pytest
from studies.searching import Trainer, begin, write

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options
from compare_gan_tf2.studies import rounds, searches, study
from compare_gan_tf2.studies.engines import RunPlan

TWO = """

def configurations():
    return [{"loss": "hinge"}, {"loss": "wasserstein", "beta1": 0.5}]


def tasks(seed):
    return [
        {"loss": "hinge", "beta1": 0.5, "g_learning_rate": 1e-3, "penalty": "none"},
        {"loss": "wasserstein", "g_learning_rate": 1e-3, "penalty": "none"},
    ]
"""


def options_of(workdir):
    return [
        Options.from_dict({**each.fixed, **setting}) for each in rounds.read_all(workdir) for setting in each.settings
    ]


def searched(workdir, path, trainer=None):
    begin(workdir, path)
    rounds.run(workdir, RunPlan(), (trainer or Trainer()).run, lambda line: None)
    return options_of(workdir)


def test_each_configuration_is_tried_equally_often(tmp_path):
    found = searched(tmp_path / "study", write(tmp_path / "two.py", more=TWO))
    counts = collections.Counter(each.loss for each in found)
    assert counts == {"hinge": 1 + 3 * 4, "wasserstein": 1 + 3 * 4}
    # An option that is fixed in one and has a range in the other.
    assert {each.beta1 for each in found if each.loss == "wasserstein"} == {0.5}
    assert len({each.beta1 for each in found if each.loss == "hinge"}) == 13


def test_a_search_knows_only_what_was_tried_in_its_own_configuration(tmp_path, monkeypatch):
    module, known_by = searches.load("random"), collections.defaultdict(list)
    propose = module.propose

    def watched(space, known, rng, count, tried):
        known_by[space.fixed["loss"]].append(sorted(known.means))
        return propose(space, known, rng, count, tried)

    monkeypatch.setattr(module, "propose", watched)

    def score(options):
        return options.g_learning_rate + (1000.0 if options.loss == "wasserstein" else 0.0)

    searched(tmp_path / "study", write(tmp_path / "two.py", more=TWO), Trainer(score=score))
    for loss, knowns in known_by.items():
        assert [len(means) for means in knowns] == [1, 5, 9]
        assert all((mean < -999.0) == (loss == "wasserstein") for means in knowns for mean in means)


def test_a_plan_is_read_as_it_was_written(tmp_path):
    begin(tmp_path / "study", write(tmp_path / "two.py", more=TWO))
    plan = rounds.plan_of(study.read(tmp_path / "study"))
    assert [space.fixed["loss"] for space in plan.spaces] == ["hinge", "wasserstein"]
    assert "loss" not in plan.fixed and plan.fixed["dataset"] == "triangles"
    assert [plan.own(space) for space in plan.spaces] == [
        {"loss": "hinge"},
        {"loss": "wasserstein", "beta1": 0.5},
    ]


@pytest.mark.parametrize(
    ("more", "search", "message"),
    [
        ("\ndef configurations():\n    return []\n", "random()", "must return a list of one or more dictionaries"),
        ("\ndef configurations():\n    return [{'los': 1}]\n", "random()", "configuration 0: .*los"),
        (
            TWO.replace('"loss": "hinge", "beta1"', '"loss": "minimax", "beta1"'),
            "random()",
            "its options match none of the configurations",
        ),
        (TWO, "halving(batch=4, factor=2, rounds=2)", "halving works with one space"),
        (
            "\ndef configurations():\n    return [{'gan': 'vae'}, {'loss': 'hinge'}]\n",
            "random()",
            "configuration 0: .*vae",
        ),
    ],
)
def test_mistakes_are_one_line(tmp_path, more, search, message):
    path = write(tmp_path / "wrong.py", search=search, more=more)
    with pytest.raises(UserError, match=message) as caught:
        begin(tmp_path / "study", path)
    assert "\n" not in str(caught.value) and not (tmp_path / "study" / "study.json").exists()
