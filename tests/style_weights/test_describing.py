"""What is read off shapes of official arrays: systems, options, names; and what is refused. Nothing is built."""

import json

import numpy as np
import pytest
from style_weights.originals import GOLDEN, SHARED, case, described

from compare_gan_tf2.commands import import_weights as command
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.style_weights import channels, describing, files, names
from compare_gan_tf2.style_weights.names import Form

PAPER = [2**power for power in range(2, 11)]


def of_base(base, largest, most=512):
    """Channels as the originals say them, by a base and a bound."""
    return {side: min(base // side, most) for side in PAPER if side <= largest}


@pytest.mark.parametrize(
    ("architecture", "found", "options"),
    [
        ("stylegan2", of_base(32768, 1024), {"width": 1.0, "channel_base": 32768}),
        ("stylegan2", of_base(16384, 1024), {"width": 1.0, "channel_base": 16384}),
        ("stylegan2", of_base(16384, 256), {"width": 1.0, "channel_base": 16384}),
        ("stylegan2", of_base(32768, 32), {"width": 1.0, "channel_base": 32768}),
        ("stylegan2", of_base(8192, 256, 256), {"width": 0.5, "channel_base": 16384}),
        ("stylegan2", of_base(64 * 128, 128, 64), {"width": 0.125, "channel_base": 65536}),
        ("stylegan2", of_base(1024, 64), {"width": 0.5, "channel_base": 2048}),
        ("stylegan2", of_base(100, 32), {"width": 1.0, "channel_base": 100}),
        ("stylegan2", {4: 16, 8: 17}, None),
        ("pggan", of_base(16384, 1024), {"width": 1.0}),
        ("stylegan", of_base(8192, 128, 256), {"width": 0.5}),
        ("stylegan2_growing", {4: 12, 8: 12, 16: 8}, None),
        ("r3gan", {4: 768, 8: 768, 16: 768, 32: 768, 64: 384, 128: 192, 256: 96}, {"width": 1.0}),
        ("r3gan", {4: 1536, 8: 1536, 16: 1536, 32: 1536}, {"width": 2.0}),
        ("r3gan", {4: 24, 8: 16, 16: 16}, None),
    ],
)
def test_options_that_give_published_and_other_channels(architecture, found, options):
    assert channels.fitting(architecture, found) == options


@pytest.mark.parametrize(
    ("name", "options"),
    [
        (
            "sg2_forward_16_orig_skip_clamp",
            {"gan": "stylegan2", "z_dim": 16, "style_length": 20, "mapping_layers": 3, "g_shortcuts": "original",
             "d_shortcuts": "skip", "deviation_features": 2, "activation_clamp": 1.5},
        ),
        (
            "sg2_train_16_cifar_conditional",
            {"gan": "stylegan2", "conditional": True, "label_mapping_layers": 2, "d_shortcuts": "original"},
        ),
        ("pggan_16_conditional", {"gan": "pggan", "z_dim": 12, "conditional": True, "width": 12 / 512}),
        ("stylegan1_16", {"gan": "stylegan", "architecture": "stylegan", "z_dim": 12, "mapping_layers": 3}),
        ("r3gan_train_16", {"gan": "r3gan", "z_dim": 16, "cardinality": 4}),
    ],
)  # fmt: skip
def test_options_are_read_off_shapes(name, options):
    found = described(case(name).arrays)
    assert options.items() <= found.options.items()
    assert found.image_shape == (16, 16, 3)
    assert found.problem.startswith("stages have 1, 2, 1 blocks") == (name == "r3gan_train_16")


def test_names_of_the_tensorflow_program_of_the_second_version():
    ranks = {
        "center": 1, "mapping.embed/kernel": 2, "mapping.fc7/bias": 1, "b4/const": 3, "b4.conv1/kernel": 4,
        "b4.conv1.noise/map": 2, "b4.torgb/kernel": 4, "b4.torgb.affine/bias": 1, "b64.conv0/kernel": 4,
        "b64.conv0.noise/map": 2, "b64.conv1.noise/map": 2, "b64.conv1/noise_strength": 0,
        "b64.conv1.affine/kernel": 2, "b64.skip/kernel": 4,
    }  # fmt: skip
    places = names.places(Form("stylegan2_tensorflow", 64), "generator", ranks)
    assert [place.name for place in places.values()] == [
        "dlatent_avg", "G_mapping/LabelEmbed/weight", "G_mapping/Dense7/bias", "G_synthesis/4x4/Const/const",
        "G_synthesis/4x4/Conv/weight", "G_synthesis/noise0", "G_synthesis/4x4/ToRGB/weight",
        "G_synthesis/4x4/ToRGB/mod_bias", "G_synthesis/64x64/Conv0_up/weight", "G_synthesis/noise7",
        "G_synthesis/noise8", "G_synthesis/64x64/Conv1/noise_strength", "G_synthesis/64x64/Conv1/mod_weight",
        "G_synthesis/64x64/Skip/weight",
    ]  # fmt: skip
    ranks = {
        "b64.fromrgb/kernel": 4, "b64.conv0/bias": 1, "b64.conv1/kernel": 4, "b64.skip/kernel": 4,
        "b4.conv/kernel": 4, "b4.fc/kernel": 2, "b4.out/bias": 1, "mapping.embed/bias": 1, "mapping.fc0/kernel": 2,
    }  # fmt: skip
    places = names.places(Form("stylegan2_tensorflow", 64), "discriminator", ranks)
    assert [place.name for place in places.values()] == [
        "64x64/FromRGB/weight", "64x64/Conv0/bias", "64x64/Conv1_down/weight", "64x64/Skip/weight", "4x4/Conv/weight",
        "4x4/Dense0/weight", "Output/bias", "LabelEmbed/bias", "Mapping0/weight",
    ]  # fmt: skip


def test_kernels_of_stylegan_are_mirrored_where_its_program_joins_layers():
    layouts = {}
    for scale in ("auto", True, False):
        for side in (64, 128):
            form, path = Form("stylegan", 256, scale), f"b{side}.conv0/kernel"
            value = names.places(form, "generator", {path: 4})[path].layout.ours(np.arange(9.0).reshape(3, 3, 1, 1))
            layouts[scale, side] = value[0, 0, 0, 0]
    mirrored = {key for key, first in layouts.items() if first == 8.0}
    assert mirrored == {("auto", 128), (True, 64), (True, 128)}


def _renamed(arrays, before, after):
    return {name.replace(before, after): value for name, value in arrays.items()}


def _told(arrays, **settings):
    return arrays | {files.SETTINGS: np.array(json.dumps({"G": settings}))}


@pytest.mark.parametrize(
    ("name", "change", "expected"),
    [
        ("pggan_16_conditional", lambda each: {}, "hold no generator"),
        (
            "pggan_16_conditional",
            lambda each: _renamed(each, "G/", "H/"),
            "arrays of no network (H/16x16/Conv0_up/bias",
        ),
        (
            "pggan_16_conditional",
            lambda each: _renamed(each, "ToRGB", "Colors"),
            "hold a generator of none that is read",
        ),
        (
            "pggan_16_conditional",
            lambda each: {**each, "Gs/lod": np.zeros(()), "G_ema/lod": np.zeros(())},
            "hold the average twice (Gs/... and G_ema/..., lod)",
        ),
        (
            "stylegan1_16",
            lambda each: {"G_ema/synthesis.L0_36_512.weight": np.ones(3)},
            "hold a generator of StyleGAN3; known by their names",
        ),
        (
            "stylegan1_16",
            lambda each: _told(each, use_instance_norm=False),
            "use_instance_norm=False, and ours is",
        ),
        ("stylegan1_16", lambda each: each | {files.SETTINGS: np.array("{")}, "hold settings that are no JSON"),
        (
            "stylegan1_16",
            lambda each: each | {"G/G_mapping/Dense0/weight": np.ones(3)},
            "G_mapping/Dense0/weight is [3], which such an array never is",
        ),
        (
            "stylegan1_16",
            lambda each: {key: value for key, value in each.items() if key != "G/G_synthesis/4x4/Conv/weight"},
            "hold no G_synthesis/4x4/Conv/weight, which the generator needs",
        ),
        (
            "stylegan1_16",
            lambda each: _renamed(each, "16x16", "12x12"),
            "of 12 pixels; sides are powers of 2",
        ),
    ],
)
def test_what_is_no_original_is_refused(name, change, expected):
    with pytest.raises(UserError) as error:
        described(change(case(name).arrays))
    assert expected in str(error.value)


def test_a_conditional_network_of_before_ada_is_refused():
    arrays = {
        "Gs/G_synthesis/8x8/Conv1/mod_weight": np.ones((4, 4)),
        "Gs/G_mapping/LabelConcat/weight": np.ones((3, 4)),
    }
    with pytest.raises(UserError, match="a conditional StyleGAN2 of before ADA"):
        described(arrays)


def test_names_without_a_network_are_an_average_and_names_of_components_are_known():
    original = case("stylegan1_16").arrays
    alone = {name[2:]: value for name, value in original.items() if name.startswith("G/")}
    assert described(alone).arrays == {"average": 49}
    short = {
        name.replace("G_synthesis", "synthesis").replace("G_mapping", "mapping"): each for name, each in alone.items()
    }
    assert files.read(short).networks == files.read(alone).networks
    assert files.is_official(alone) and not files.is_official({"generator/fc/kernel": np.ones(1)})


def test_the_command_describes_a_file_without_its_values(tmp_path, capsys):
    original = case("sg2_forward_8_resnet_orig_grey")
    np.savez(tmp_path / "weights.npz", **{f"G_ema/{k[2:]}": v for k, v in original.arrays.items() if k[:2] == "G/"})
    assert command.main(["", f"--describe={tmp_path / 'weights.npz'}"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["StyleGAN2 (PyTorch): images 8x8x1", "arrays: 29 of the average"]
    assert lines[2].startswith("no discriminator: can be scored")
    assert "gan=stylegan2 architecture=stylegan2 z_dim=12" in " ".join(lines)
    assert command.main(["", f"--describe={tmp_path / 'weights.npz'}", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["image_shape"] == [8, 8, 1] and said["options"]["mapping_layers"] == 2 and said["problem"] == ""


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--describe={place}/net.pkl"], "export_original.py {place}/net.pkl weights.npz` (it runs no code of"),
        (["--workdir={place}", "--source={place}/net.pkl"], "is a pickle, which can run any code"),
        (["--describe={place}/none.npz"], "no weights at {place}/none.npz; export_original.py writes them"),
        (["--describe={place}/broken.npz"], "broken.npz cannot be read as .npz of weights"),
        (["--describe={place}/weights.npz", "--workdir=x"], "--describe stands alone"),
        (["--workdir={place}/new", "--source={place}/weights.npz"], "--set dataset=NAME of images 8x8x1"),
        (
            ["--workdir={place}/new", "--source={place}/weights.npz", "--set=dataset=cifar10"],
            "images 8x8x1, and data set cifar10 has images 32x32x3",
        ),
        (
            ["--workdir={place}/new", "--task_num=0", "--source={place}/weights.npz", "--set=dataset=mnist"],
            "--set is only for a new task",
        ),
    ],
)
def test_mistakes_at_the_command_are_one_line(words, expected, tmp_path, capsys):
    np.savez(tmp_path / "weights.npz", **case("sg2_forward_8_resnet_orig_grey").arrays)
    (tmp_path / "broken.npz").write_bytes(b"no archive")
    assert command.main(["", *(word.format(place=tmp_path) for word in words)]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and expected.format(place=tmp_path) in error
    assert not (tmp_path / "new").exists()


@pytest.mark.slow
def test_every_case_that_is_there_is_described():
    for folder in (GOLDEN, SHARED):
        for place in folder.glob("*.npz"):
            with np.load(place, allow_pickle=False) as stored:
                arrays = {f"G/{name[2:]}": stored[name] for name in stored.files if name.startswith("g/")}
            if files.is_official(arrays):
                assert describing.describe(files.read(arrays)).image_shape[2] in (1, 3)
