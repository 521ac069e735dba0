"""Two tasks are one where nothing that is read differs."""

import pytest

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options
from compare_gan_tf2.studies import settings


def options(**given):
    return Options.from_dict({"dataset": "triangles", **given})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"penalty_weight": 1.0}, {"penalty_weight": 10.0}),
        ({"spectral_iterations": 1}, {"spectral_iterations": 3}),
        ({"ema_start_step": 0}, {"ema_start_step": 7}),
        ({"g_learning_rate": 0.3}, {"g_learning_rate": 0.1 + 0.2}),
        ({"g_learning_rate": "1e-4"}, {"g_learning_rate": 0.0001}),
        ({"penalty_weight": 1, "penalty": "r1"}, {"penalty_weight": 1.0, "penalty": "r1"}),
    ],
)
def test_what_nothing_reads_makes_no_difference(one, other):
    assert settings.key(options(**one)) == settings.key(options(**other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"penalty": "r1", "penalty_weight": 1.0}, {"penalty": "r1", "penalty_weight": 10.0}),
        ({"d_weight_normalization": "spectral"}, {"d_weight_normalization": "spectral", "spectral_iterations": 3}),
        ({"ema_decay": 0.9}, {"ema_decay": 0.9, "ema_start_step": 7}),
        ({"seed": 0}, {"seed": 1}),
        ({"evaluation_samples": 100}, {"evaluation_samples": 200}),
    ],
)
def test_what_is_read_makes_a_difference(one, other):
    assert settings.key(options(**one)) != settings.key(options(**other))
    assert (settings.setting_key(options(**one)) == settings.setting_key(options(**other))) == ("seed" in one)


def test_every_option_that_may_be_unread_is_an_option_with_its_default():
    plain = settings.canonical(options())
    for name in settings._IS_READ:
        assert plain[name] == getattr(Options, name)


def test_values_are_typed_and_short_and_a_mistake_names_its_place():
    found = settings.typed({"g_learning_rate": "0.30000000000000004", "disc_iters": "5", "conditional": "True"}, "x")
    assert found == {"g_learning_rate": 0.3, "disc_iters": 5, "conditional": True}
    for values, line in (
        ({"disc_iters": "many"}, r"--vary disc_iters=1,many: option disc_iters is 'many'; it must be a whole number"),
        ({"lss": "hinge"}, r"--vary disc_iters=1,many: unknown option 'lss', did you mean 'loss'"),
        ({"beta1": "1.5"}, r"--vary disc_iters=1,many: option beta1 is 1.5; allowed:"),
    ):
        with pytest.raises(UserError) as raised:
            settings.typed(values, "--vary disc_iters=1,many")
        assert str(raised.value).startswith(line)


def test_labels_have_three_digits_and_more_until_they_are_unique():
    names = ("g_learning_rate", "loss")
    tasks = {i: {"g_learning_rate": rate, "loss": "hinge"} for i, rate in enumerate((0.00012344, 0.00012345, 0.5))}
    assert settings.labels(tasks, names) == {
        0: "g_learning_rate=0.00012344 loss=hinge",
        1: "g_learning_rate=0.00012345 loss=hinge",
        2: "g_learning_rate=0.5 loss=hinge",
    }
    assert settings.labels({0: tasks[0], 1: tasks[0]}, names)[1] == "g_learning_rate=0.000123 loss=hinge"
    paths = {i: {"dataset": f"/a/very/long/place/{name}/of/images,\n"} for i, name in enumerate(("one", "two"))}
    assert settings.labels(paths, ("dataset",)) == {0: "dataset=…/one/of/images,", 1: "dataset=…/two/of/images,"}


def test_options_that_differ_come_in_their_order_with_the_seed_last():
    many = [options(seed=seed, z_dim=64 + seed, evaluation_samples=100 + seed) for seed in (1, 0)]
    assert settings.differing(map(settings.canonical, many)) == ("z_dim", "evaluation_samples", "seed")
