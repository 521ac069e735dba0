"""The Landscape's four studies: their configurations, ranges and first settings; every one can be; no TensorFlow."""

import collections

import pytest

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options
from compare_gan_tf2.studies import rounds, searching, settings, study
from compare_gan_tf2.studies.study import Request
from compare_gan_tf2.task_folder import tasks

# Experiment -> configurations, trainings in all.
SIZES = {
    "landscape_loss": (12, 1584),
    "landscape_constraints": (14, 1848),
    "landscape_both": (22, 2904),
    "landscape_architecture": (28, 3696),
    "landscape_loss_small": (6, 96),
    "landscape_constraints_small": (7, 112),
    "landscape_both_small": (11, 176),
    "landscape_architecture_small": (8, 128),
}
LOCAL = {"triangles", "cifar10"}


@pytest.fixture(scope="module")
def plans(tmp_path_factory):
    """The plan of each study, as `compare_gan_study new` makes it."""
    found = {}
    for name in SIZES:
        workdir = tmp_path_factory.mktemp(name) / "study"
        searching.make(workdir, Request(source=name, threads=1))
        found[name] = rounds.plan_of(study.read(workdir))
    return found


def of(plan, setting):
    return Options.from_dict({**plan.fixed, **setting})


@pytest.mark.parametrize("name", SIZES)
def test_a_study_has_its_configurations_and_trainings(name, plans):
    plan, (configurations, trainings) = plans[name], SIZES[name]
    assert len(plan.spaces) == configurations
    each = len(plan.first) // configurations
    assert configurations * (each + plan.search.rounds * plan.search.batch) == trainings
    assert (plan.search.kind, plan.search.score) == ("gaussian_process", "fid")
    if not name.endswith("_small"):
        assert (each, plan.search.rounds, plan.search.batch) == (12, 12, 10)


@pytest.mark.parametrize("name", SIZES)
def test_all_first_settings_can_be_and_are_different(name, plans):
    plan = plans[name]
    options = [of(plan, each) for each in plan.first]
    assert len({settings.setting_key(each) for each in options}) == len(options)
    counts = collections.Counter(tuple(plan.own(space).items()) for space in plan.spaces for each in options
                                 if plan.own(space).items() <= each.to_dict().items())  # fmt: skip
    assert len(counts) == len(plan.spaces) and len({*counts.values()}) == 1


def test_published_studies_have_the_papers_data_and_length(plans):
    wanted = {("celeb_a_hq_128", 100_000), ("lsun_bedroom", 100_000)}
    for name in ("landscape_loss", "landscape_constraints", "landscape_both"):
        options = [of(plans[name], each) for each in plans[name].first]
        assert {(each.dataset, each.training_steps) for each in options} == wanted
        assert {(each.architecture, each.batch_size, each.reference) for each in options} == {("resnet5", 64, "v2")}
    options = [of(plans["landscape_architecture"], each) for each in plans["landscape_architecture"].first]
    assert {(each.dataset, each.training_steps) for each in options} == wanted | {("cifar10", 200_000)}
    assert {each.dataset for each in options if each.architecture == "resnet_cifar"} == {"cifar10"}
    assert {each.evaluation_samples for each in options if each.dataset == "lsun_bedroom"} == {10_000}


def test_small_studies_need_no_data_but_triangles_and_cifar10(plans):
    for name in SIZES:
        if name.endswith("_small"):
            assert {of(plans[name], each).dataset for each in plans[name].first} <= LOCAL
            whole = plans[name.removesuffix("_small")]
            for factor in ("loss", "penalty", "d_normalization", "d_weight_normalization"):
                values = [{getattr(of(plan, each), factor) for each in plan.first} for plan in (whole, plans[name])]
                assert values[0] == values[1], (name, factor)


def test_the_range_of_a_penalty_weight_is_its_penaltys(plans):
    ranges = {}
    for space in plans["landscape_constraints"].spaces:
        (weight,) = [each.range for each in space.parameters if each.name == "penalty_weight"] or [None]
        ranges[space.fixed["penalty"]] = weight and (weight.low, weight.high)
    assert ranges == {"none": None, "wgan_gp": (0.1, 100.0), "dragan": (0.1, 100.0), "l2": (1e-4, 10.0)}
    for space in plans["landscape_loss"].spaces:
        by_name = {each.name: each.range for each in space.parameters}
        assert (by_name["learning_rate"].low, by_name["learning_rate"].high) == (1e-5, 1e-2)
        assert by_name["disc_iters"].values == (1, 5)


def test_first_settings_are_the_literatures(plans):
    options = [of(plans["landscape_loss"], each) for each in plans["landscape_loss"].first]
    assert {each.g_learning_rate for each in options} == {2e-4, 1e-4, 1e-3}
    decays = {(0.5, 0.9, 5), (0.5, 0.999, 1), (0.5, 0.999, 5), (0.9, 0.999, 5)}
    assert {(each.beta1, each.beta2, each.disc_iters) for each in options} == decays
    penalized = [each for each in options if each.penalty == "wgan_gp"]
    # Every rate and every triple meets both weights.
    for met in ({(each.g_learning_rate, each.penalty_weight) for each in penalized},
                {(each.beta1, each.beta2, each.disc_iters, each.penalty_weight) for each in penalized}):  # fmt: skip
        assert len(met) == 2 * len({each[:-1] for each in met})


def test_set_chooses_configurations_or_changes_all(tmp_path):
    fixed = {"dataset": "lsun_bedroom", "width": 0.5}
    searching.make(tmp_path / "study", Request(source="landscape_loss", fixed=fixed, threads=1))
    plan = rounds.plan_of(study.read(tmp_path / "study"))
    assert len(plan.spaces) == 6 and {of(plan, each).dataset for each in plan.first} == {"lsun_bedroom"}
    assert {of(plan, each).width for each in plan.first} == {0.5}
    with pytest.raises(UserError, match="no configuration has loss=hinge"):
        searching.make(tmp_path / "other", Request(source="landscape_loss", fixed={"loss": "hinge"}))


def test_a_search_is_no_list_of_tasks():
    with pytest.raises(UserError, match="is a search.*compare_gan_study new WORKDIR --experiment landscape_loss"):
        tasks.plan("landscape_loss", 0, {})
