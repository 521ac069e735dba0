"""Published settings of StyleGAN2, and what does not go with its options (without TensorFlow)."""

import pytest

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options, style_settings

OF_CIFAR = {"gan": "stylegan2", "dataset": "cifar10"}


def test_settings_follow_size_and_batch():
    cifar = Options.from_dict(OF_CIFAR | {"style_settings": "cifar"})
    assert (cifar.batch_size, cifar.r1_gamma, cifar.g_learning_rate, cifar.d_learning_rate) == (
        64,
        0.01,
        0.0025,
        0.0025,
    )
    assert (cifar.d_shortcuts, cifar.path_length_weight, cifar.style_mixing) == ("original", 0.0, 0.0)
    assert (cifar.mapping_layers, cifar.deviation_group, cifar.ema_kimg, cifar.ema_rampup) == (2, 32, 500.0, 0.05)
    auto = Options.from_dict(OF_CIFAR | {"style_settings": "auto"})
    assert (auto.batch_size, auto.r1_gamma, auto.ema_kimg) == (32, pytest.approx(0.0064), 10.0)
    assert auto.generator_weights == "average" and auto.d_shortcuts == "residual"
    # What is given stays, and what follows from it follows.
    smaller = auto.replace(batch_size=16, g_learning_rate=1e-3)
    assert (smaller.r1_gamma, smaller.g_learning_rate) == (pytest.approx(0.0128), 1e-3)
    assert Options.from_file(smaller.to_dict()).replace(batch_size=64).r1_gamma == pytest.approx(0.0032)
    e, f = (style_settings.implied(f"config_{name}", 1024) for name in "ef")
    assert {name: (e[name], f[name]) for name in e if e[name] != f[name]} == {
        "channel_base": (16384, 32768), "r1_gamma": (100.0, 10.0),
    }  # fmt: skip
    assert style_settings.implied("paper", 256)["r1_gamma"] == 1.0 and not style_settings.implied("none", 32)


def test_without_a_word_settings_are_those_of_the_rules():
    assert Options.from_dict(OF_CIFAR) == Options.from_dict(OF_CIFAR | {"style_settings": "auto"})
    by_decay = Options.from_dict(OF_CIFAR | {"ema_decay": 0.9})
    assert (by_decay.ema_decay, by_decay.ema_kimg, by_decay.ema_rampup) == (0.9, 0.0, 0.0)
    assert Options.from_dict(OF_CIFAR | {"style_settings": "none"}).r1_gamma == Options().r1_gamma


def test_labels_are_seen_in_a_way_of_its_own():
    options = Options.from_dict(OF_CIFAR | {"conditional": True, "fake_labels": "data"})
    assert (options.g_normalization, options.d_conditioning) == ("none", "projection")
    assert Options.from_file(options.to_dict()) == options


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"style_settings": "paper"}, "for images of 256, 512, 1024 pixels, and these are 32x32"),
        ({"deviation_group": 5}, "does not divide the batch_size of 32; set batch_size=30 or 35"),
        (
            {"truncation_psi": 0.5, "truncation_cutoff": 9},
            "truncation_cutoff is 9, but images of 32 pixels have 8 layers",
        ),
        ({"ema_decay": 0.9, "ema_kimg": 10}, "both say how fast the average follows"),
        ({"ema_kimg": 0.0, "ema_rampup": 0.05}, "it bounds ema_kimg, which is 0"),
        ({"conditional": True, "d_conditioning": "concatenation"}, "by a projection of its own"),
        ({"gan": "modular", "style_settings": "auto"}, "gan modular has no place for style_settings"),
        ({"gan": "modular", "truncation_psi": 0.5}, "gan modular has no place for truncation_psi"),
    ],
)
def test_what_does_not_fit_is_one_line(changes, words):
    with pytest.raises(UserError) as caught:
        Options.from_dict(OF_CIFAR | changes)
    assert words in str(caught.value)
