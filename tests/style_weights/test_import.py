"""Weights of original programs in our networks: the images that the originals made, and the same bits both ways."""

import json

import numpy as np
import pytest
import tensorflow as tf
from slow_cases import slow_unless
from style_weights.originals import case, described, networks, official

from compare_gan_tf2.commands import import_weights as command
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.options import Options
from compare_gan_tf2.style_weights import files, systems
from compare_gan_tf2.style_weights.describing import Description
from compare_gan_tf2.style_weights.names import Form
from compare_gan_tf2.style_weights.networks import fill
from compare_gan_tf2.style_weights.tasks import import_weights
from compare_gan_tf2.task_folder import checkpoints, tasks

TOLERANCE = 1e-5
CASES = (
    "pggan_16", "pggan_16_conditional", "sg2_forward_16_orig_skip_clamp", "sg2_forward_16_skip_resnet",
    "sg2_forward_32_cifar_conditional", "sg2_forward_8_resnet_orig_grey", "stylegan1_16",
    "stylegan1_16_conditional_fused",
)  # fmt: skip
# What a task of each system is like, small; the last is a program in TensorFlow of the one before it.
SMALL = {
    "pggan": Options(architecture="pggan", z_dim=6, width=0.01),
    "stylegan": Options(architecture="stylegan", z_dim=6, width=0.01, mapping_layers=2),
    "stylegan2_growing": Options(architecture="stylegan2_growing", z_dim=6, width=0.01, mapping_layers=2),
    "stylegan2_pytorch": Options(
        architecture="stylegan2", z_dim=6, width=0.01, mapping_layers=2, channel_base=4096, d_shortcuts="skip"
    ),
    "stylegan2_tensorflow": Options(
        architecture="stylegan2", z_dim=6, width=0.01, mapping_layers=3, style_length=5, g_shortcuts="residual"
    ),
    "r3gan": Options(architecture="r3gan", z_dim=6, width=0.02, stage_blocks=1),
}


@pytest.fixture
def data(tmp_path):
    """data(image_shape, classes) -> the path of images of random pixels."""

    def make(image_shape, classes=0):
        images = np.random.default_rng(0).integers(0, 256, (40, *image_shape), np.uint8)
        labels = {"labels": np.arange(40) % classes} if classes else {}
        np.savez(tmp_path / "data.npz", images=images, **labels)
        return str(tmp_path / "data.npz")

    return make


@pytest.mark.parametrize("name", slow_unless(lambda name: name == "pggan_16_conditional", CASES))
def test_networks_of_the_described_options_make_the_originals_images(name):
    original = case(name)
    description = described(original.arrays)
    assert not description.problem
    generator, discriminator = networks(description)
    source = files.read(original.arrays)
    fill(description.form, generator, source.networks["generator"])
    fill(description.form, discriminator, source.networks["discriminator"])
    found = generator(original.z, original.labels)
    np.testing.assert_allclose(found, original.images, atol=TOLERANCE)
    assert original.images.std() > 0.01


def test_a_new_task_of_an_original_has_its_images(tmp_path, data, capsys):
    original = case("sg2_forward_8_resnet_orig_grey")
    np.savez(tmp_path / "weights.npz", **original.arrays)
    words = ["", "--workdir", str(tmp_path / "study"), "--source", str(tmp_path / "weights.npz"), "--step=9"]
    sets = [f"dataset={data((8, 8, 1))}", "training_steps=20", "held_out_share=0", "ema_kimg=1"]
    assert command.main(words + [f"--set={each}" for each in sets]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["generator: 29 variables (latest weights)", "discriminator: 12 variables"]
    task = tasks.read(tmp_path / "study", 0)
    assert (task.options.g_shortcuts, task.options.d_shortcuts, task.options.z_dim) == ("residual", "original", 12)
    gan = build(task.options)
    checkpoints.restore(tmp_path / "study/0", 9, gan.tracked())
    for generator in (gan.generator, gan.average):
        np.testing.assert_allclose(generator(original.z), original.images, atol=TOLERANCE)
    logits = gan.discriminator(
        0.5 * tf.constant(original.numbers["in/real"].transpose(0, 2, 3, 1)) + 0.5, training=True
    )
    np.testing.assert_allclose(logits[0], original.numbers["out/d/logits_real"], rtol=1e-4, atol=1e-5)
    # A second import would be over a training.
    assert command.main(words + [f"--set={each}" for each in sets]) == 2
    assert "holds tasks already" in capsys.readouterr().err


@pytest.mark.slow
def test_the_average_alone_is_enough_and_is_said(tmp_path, data, capsys):
    original = case("stylegan1_16")
    arrays = {f"Gs/{name[2:]}": each for name, each in original.arrays.items() if name.startswith("G/")}
    np.savez(tmp_path / "weights.npz", **arrays)
    words = ["", "--workdir", str(tmp_path / "study"), "--source", str(tmp_path / "weights.npz")]
    sets = [f"dataset={data((16, 16, 3))}", "held_out_share=0", "ema_kimg=1"]
    assert command.main(words + [f"--set={each}" for each in sets]) == 0
    out = capsys.readouterr().out
    assert "(average weights)" in out and "discriminator: not in the source, so it has initial weights" in out
    options = tasks.read(tmp_path / "study", 0).options
    gan = build(options)
    checkpoints.restore(tmp_path / "study/0", options.training_steps, gan.tracked())
    for generator in (gan.generator, gan.average):
        np.testing.assert_allclose(generator(original.z), original.images, atol=TOLERANCE)


@pytest.mark.slow
@pytest.mark.parametrize(("weights", "expected"), [("auto", 1.0), ("average", 1.0), ("latest", 0.0)])
def test_who_has_both_gets_the_average_or_what_is_asked_for(weights, expected, tmp_path, data):
    original = case("pggan_16")
    both = dict(original.arrays)
    both |= {f"Gs/{name[2:]}": np.ones_like(each) for name, each in both.items() if name.startswith("G/")}
    both |= {name: np.zeros_like(each) for name, each in both.items() if name.startswith("G/")}
    options = Options.from_dict({**described(both).options, "dataset": data((16, 16, 3)), "held_out_share": 0})
    done = import_weights(options, tmp_path / "0", both, weights=weights)
    assert done.generator == ("latest" if weights == "latest" else "average")
    gan = build(options)
    checkpoints.restore(tmp_path / "0", done.step, gan.tracked())
    assert np.all(gan.average.named_variables()["b8.conv1/kernel"].numpy() == expected)
    assert np.all(gan.generator.named_variables()["b8.conv1/kernel"].numpy() == 0.0)


@pytest.mark.parametrize(
    ("system", "classes", "colors"),
    slow_unless(
        lambda each: each == ("stylegan2_tensorflow", 0, 1),
        [(system, classes, colors) for system in SMALL for classes, colors in ((0, 1), (4, 3))],
    ),
)
def test_our_networks_come_back_from_the_originals_names_and_layouts(system, classes, colors):
    form, shape = Form(system, 16, True), (16, 16, colors)
    options = SMALL[system].to_dict() | {"conditional": classes > 0}
    known = systems.SYSTEMS[system]
    generator, discriminator = networks(Description(known, form, shape, classes, options, {}, "", {}))
    rng = np.random.default_rng(1)
    for network in (generator, discriminator):
        for path, variable in network.named_variables().items():
            if path != "lod":
                variable.assign(rng.standard_normal(variable.shape))
    written = official(form, generator, "G") | official(form, discriminator, "D")
    variables = [path for each in (generator, discriminator) for path in each.named_variables() if path != "lod"]
    assert len(written) == len(variables)
    if system == "stylegan":
        written[files.SETTINGS] = np.array(json.dumps({"G": {"fused_scale": True}}))
    description = described(written)
    found = description.system.name, description.num_classes, description.image_shape
    assert found == (system, classes, shape)
    assert description.form == form or system not in ("pggan", "stylegan")
    assert not description.problem
    source = files.read(written)
    for network, other in zip((generator, discriminator), networks(description), strict=True):
        fill(description.form, other, source.networks[network.name])
        there = other.named_variables()
        for path, variable in network.named_variables().items():
            # 1 is taken off and added again, or 10 divided by.
            is_rounded = path.endswith("affine/bias") or (network is discriminator and path.startswith("mapping."))
            if path != "lod":
                np.testing.assert_allclose(there[path], variable, rtol=0.0, atol=3e-7 if is_rounded else 0.0)
