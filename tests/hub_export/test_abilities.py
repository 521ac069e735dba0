"""Abilities of an exported module: a function and a signature each, inputs looked at, rows that are alone."""

import json
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.gans.base import build
from compare_gan_tf2.hub_export.load import load
from compare_gan_tf2.hub_export.save import export
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import checkpoints

SHAPE = [28, 28, 1]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """The module of a VAE whose copies are no flat grey."""
    from compare_gan_tf2.hub_export import save

    options = Options.from_dict(
        {"dataset": "fake:mnist", "gan": "vae", "architecture": "infogan", "width": 0.03, "z_dim": 4, "batch_size": 4}
        | {"training_steps": 2, "save_every_steps": 2}
    )
    folder, gan = tmp_path_factory.mktemp("vae"), build(options, trains=False)
    source = np.random.default_rng(3)
    for variable in (*gan.generator.trainable_variables, *gan.discriminator.trainable_variables):
        variable.assign(variable + 0.2 * source.normal(size=variable.shape))
    checkpoints.save(folder, 2, gan.evaluated_parts(), options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(save, "_check_elsewhere", save._check_here)
        return export(folder)


@pytest.fixture(scope="module")
def module(place):
    return load(place)


@pytest.fixture
def images():
    return np.random.default_rng(5).random([8, *SHAPE]).astype(np.float32)


def test_a_row_is_the_same_alone_and_in_a_batch_and_every_time(module, images):
    together = module.reconstruct(images).numpy()
    assert together.shape == (8, *SHAPE) and 0 <= together.min() < together.max() <= 1 and np.ptp(together, 0).max() > 0
    for i in range(8):
        np.testing.assert_array_equal(module.reconstruct(images[i : i + 1])[0], together[i])
    np.testing.assert_array_equal(module.reconstruct(images), together)
    codes = module.encode(images)
    assert set(codes) == {"mean", "deviation"} and codes["mean"].shape == (8, 4)
    np.testing.assert_array_equal(module.encode(images[2:3])["mean"][0], codes["mean"][2])
    assert module.reconstruct(images[:0]).shape == (0, *SHAPE)


def test_abilities_are_called_by_name_and_as_signatures(module, images):
    together = module.reconstruct(images)
    np.testing.assert_array_equal(module.reconstruct(images=tf.constant(images)), together)
    np.testing.assert_array_equal(module.reconstruct(images.astype(np.float64)), together)
    by_name = module.signatures["reconstruct"](images=tf.constant(images))
    np.testing.assert_array_equal(by_name["images"], together)
    assert set(module.signatures["encode"](images=tf.constant(images))) == {"mean", "deviation"}
    # What is generated of a code is what is copied by it.
    np.testing.assert_allclose(module(module.encode(images)["mean"]), together, atol=1e-5)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda images: images * 2 - 1, r"images are in \[0, 1\]"),
        (lambda images: (images * 255).astype(np.uint8), "least and the largest"),
        (lambda images: np.where(images > 0.9, np.nan, images).astype(np.float32), "nan"),
    ],
)
def test_pictures_outside_of_the_range_are_refused_with_what_was_seen(module, images, change, said):
    with pytest.raises(tf.errors.InvalidArgumentError, match=said) as caught:
        module.reconstruct(change(images))
    if "nan" not in said:
        assert f"{change(images).max():g}"[:4] in str(caught.value)


def test_card_and_facts_say_what_there_is(module, place):
    about = json.loads((place / "module.json").read_text())["abilities"]
    assert about == json.loads(module.abilities.numpy())
    picture = {"shape": SHAPE, "dtype": "float32", "range": [0, 1]}
    assert about["reconstruct"] == {"takes": {"images": picture}, "gives": {"images": picture}}
    assert about["encode"]["gives"]["mean"] == {"shape": [4], "dtype": "float32", "range": None}
    assert list(about) == ["generate", "encode", "reconstruct"]
    card = (place / "README.md").read_text()
    assert "| `module.reconstruct(images)` | images float32 [B, 28, 28, 1] in [0, 1] | images float32" in card


def test_the_same_model_is_left_alone(place):
    before = (place / "module.json").stat().st_mtime_ns
    assert export(place.parents[1]) == place and (place / "module.json").stat().st_mtime_ns == before


@pytest.mark.slow
def test_a_process_without_this_package_uses_every_ability(place, tmp_path):
    program = """
import sys, numpy, tensorflow_hub
module = tensorflow_hub.load(sys.argv[1])
images = numpy.full([2, 28, 28, 1], 0.25, numpy.float32)
print(module.generate(2).shape, module.reconstruct(images).shape, module.encode(images)["mean"].shape)
assert not [name for name in sys.modules if name.startswith("compare_gan_tf2")]
"""
    done = subprocess.run(
        [sys.executable, "-c", program, place], cwd=tmp_path, capture_output=True, text=True, env={"PATH": "/usr/bin"}
    )
    assert done.stdout == "(2, 28, 28, 1) (2, 28, 28, 1) (2, 4)\n", done.stderr[-2000:]
