"""Configurations of a study: each has a search of its own, which knows of nothing that was tried elsewhere."""

import collections

import pytest
from studies.searching import Trainer, begin, write

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options
from compare_gan_tf2.studies import rounds, study
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


@pytest.mark.parametrize("search", ["random(rounds=3, batch=4)", "gaussian_process(rounds=2, batch=3)"])
def test_scores_of_one_configuration_change_nothing_in_another(tmp_path, search):
    path = write(tmp_path / "two.py", search=search, more=TWO)
    proposed = []
    for number, worst in enumerate((0.0, 500.0)):

        def score(options, worst=worst):
            return 100.0 * abs(options.beta1 - 0.3) + (
                worst * options.g_learning_rate if options.loss == "hinge" else 0
            )

        found = searched(tmp_path / str(number), path, Trainer(score=score))
        proposed.append([each for each in found if each.loss == "wasserstein"])
    assert proposed[0] == proposed[1]


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
        ("\ndef configurations():\n    return []\n", "random()", "must give a list of dictionaries"),
        ("\ndef configurations():\n    return [{'los': 1}]\n", "random()", "configuration 0: .*los"),
        (
            TWO.replace('"loss": "hinge", "beta1"', '"loss": "minimax", "beta1"'),
            "random()",
            "options of no configuration",
        ),
        (TWO, "halving(batch=4, factor=2, rounds=2)", "halving has one space"),
        (
            "\ndef configurations():\n    return [{'gan': 'vae'}, {'loss': 'hinge'}]\n",
            "random()",
            "configuration 0: none of its settings can be",
        ),
    ],
)
def test_mistakes_are_one_line(tmp_path, more, search, message):
    path = write(tmp_path / "wrong.py", search=search, more=more)
    with pytest.raises(UserError, match=message) as caught:
        begin(tmp_path / "study", path)
    assert "\n" not in str(caught.value) and not (tmp_path / "study" / "study.json").exists()
