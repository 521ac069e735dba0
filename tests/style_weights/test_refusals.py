"""Official arrays that do not fit our networks or the task: each is named, and nothing changes or is written."""

import numpy as np
import pytest
from style_weights.originals import case, described, networks

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options
from compare_gan_tf2.style_weights import files
from compare_gan_tf2.style_weights.networks import fill
from compare_gan_tf2.style_weights.tasks import import_weights, new_options

CASE = "sg2_forward_8_resnet_orig_grey"
TAPS = np.outer([1, 3, 3, 1], [1, 3, 3, 1]) / 64


@pytest.fixture(scope="module")
def generator():
    """A generator of the case's sizes, with weights of its own."""
    return networks(described(case(CASE).arrays))[0]


def _without(name):
    return lambda values: {key: each for key, each in values.items() if key != name}


def _with(name, value):
    return lambda values: values | {name: np.asarray(value)}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (_without("mapping.w_avg"), "1 missing (mapping.w_avg)"),
        (_without("synthesis.b8.conv0.noise_const"), "1 missing (synthesis.b8.conv0.noise_const)"),
        (_with("synthesis.b16.conv0.bias", np.ones(3)), "1 left over (synthesis.b16.conv0.bias)"),
        (_with("mapping.w_avg", np.ones(13)), "mapping.w_avg is [13], and [12] here"),
        (_with("synthesis.b8.conv1.weight", np.ones((16, 3, 3, 16))), "is [16, 3, 3, 16], and [16, 16, 3, 3] here"),
        (_with("synthesis.b8.conv1.bias", np.full(16, np.nan)), "1 not finite (synthesis.b8.conv1.bias)"),
        (_with("synthesis.b8.conv1.bias", np.full(16, "x")), "1 not numbers (synthesis.b8.conv1.bias)"),
        (_with("synthesis.b8.resample_filter", np.ones((4, 4))), "of another filter than [1, 3, 3, 1]"),
        (_with("lod", 1.0), "show a smaller side (lod is 1)"),
    ],
)
def test_arrays_that_do_not_fit_are_named_and_nothing_changes(change, expected, generator):
    before = generator.center.numpy()
    values = change(dict(files.read(case(CASE).arrays).networks["generator"]))
    with pytest.raises(UserError) as error:
        fill(described(case(CASE).arrays).form, generator, values, "FILE")
    assert expected in str(error.value) and str(error.value).startswith("FILE")
    np.testing.assert_array_equal(generator.center, before)


def test_filters_that_every_module_has_are_taken(generator):
    values = dict(files.read(case(CASE).arrays).networks["generator"]) | {"lod": np.zeros(())}
    fill(described(case(CASE).arrays).form, generator, values | {"synthesis.b8.conv0.resample_filter": TAPS})
    np.testing.assert_array_equal(generator.center, values["mapping.w_avg"])


def test_options_that_make_other_networks_are_named_with_both_values(tmp_path):
    np.savez(tmp_path / "data.npz", images=np.zeros((40, 8, 8, 1), np.uint8))
    arrays = case(CASE).arrays
    right = new_options(described(arrays), {"dataset": str(tmp_path / "data.npz"), "held_out_share": 0}, "FILE")
    wrong = right.replace(z_dim=13, g_shortcuts="skip", width=0.5, activation_clamp=2.0)
    with pytest.raises(UserError) as error:
        import_weights(wrong, tmp_path / "0", arrays)
    assert str(error.value) == (
        "the weights hold other networks than the task's: z_dim is 13 and has to be 12; g_shortcuts is skip and has to "
        "be residual; activation_clamp is 2 and has to be 0; width is 0.5 and has to be 0.03125"
    )
    other = Options.from_dict({"dataset": right.dataset, "gan": "stylegan"})
    with pytest.raises(UserError, match="gan is stylegan and has to be stylegan2; architecture is stylegan and"):
        import_weights(other, tmp_path / "0", arrays)
    assert not (tmp_path / "0").exists()


def test_networks_that_no_task_has_are_refused_with_the_reason(tmp_path):
    arrays = case("r3gan_train_16").arrays
    with pytest.raises(UserError, match="of R3GAN that no task has: stages have 1, 2, 1 blocks"):
        new_options(described(arrays), {"dataset": "cifar10"}, "FILE")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"parts": ("discriminator",)}, "hold no discriminator"),
        ({"weights": "average"}, "hold no average of the generator"),
        ({"step": 30}, "step 30 is outside the task's"),
        ({"parts": ()}, "network '' is unknown"),
    ],
)
def test_what_is_asked_for_and_not_there(more, expected, tmp_path):
    np.savez(tmp_path / "data.npz", images=np.zeros((40, 8, 8, 1), np.uint8))
    arrays = {name: each for name, each in case(CASE).arrays.items() if name.startswith("G/")}
    given = {"dataset": str(tmp_path / "data.npz"), "held_out_share": 0, "training_steps": 20}
    options = new_options(described(arrays), given, "FILE")
    with pytest.raises(UserError, match=expected):
        import_weights(options, tmp_path / "0", arrays, **more)
    assert not (tmp_path / "0").exists()
