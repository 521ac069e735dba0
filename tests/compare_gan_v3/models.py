"""Trained models of compare_gan v3 for the tests: what they hold, in which files, and what they make of inputs."""

import functools

import numpy as np
import tensorflow as tf
from compare_gan_v3 import v3_graph
from compare_gan_v3.v3_graph import Setup

from compare_gan_tf2.gans.base import build
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import checkpoints

STEP = 1234
SETUPS = {
    "plain": Setup("dcgan", (28, 28, 1)),
    "average": Setup("dcgan", (28, 28, 1), average=True),
    "accumulators": Setup("dcgan", (28, 28, 1), accumulators=True),
    "conditional": Setup(
        "dcgan", (32, 32, 3), "conditional_batch_norm", 10, side="auto", accumulators=True, average=True
    ),
    "sndcgan": Setup("sndcgan", (32, 32, 3), side="right", average=True),
    "published": Setup("dcgan", (28, 28, 1), base=64),
}
PLAIN, AVERAGE, ACCUMULATORS = SETUPS["plain"], SETUPS["average"], SETUPS["accumulators"]


class Old:
    """A trained model of v3: what it holds, in which files, and what it makes of some inputs."""

    def __init__(self, setup, folder):
        self.setup = setup
        self.values = v3_graph.values(setup)
        self.z, self.labels, self.images = inputs = v3_graph.inputs(setup)
        self.generated, self.latest, self.prediction = v3_graph.run(setup, self.values, *inputs)
        self._folder = folder

    @functools.cached_property
    def checkpoint(self):
        return v3_graph.write_checkpoint(self.setup, self.values, self._folder / "training", STEP)

    @functools.cached_property
    def module(self):
        return v3_graph.write_module(self.setup, self.values, self._folder / "tfhub" / str(STEP))

    @functools.cached_property
    def npz(self):
        arrays = {f"{name}:0": value for name, value in self.values.items()}
        np.savez(self._folder / "weights.npz", global_step=STEP, **arrays)
        return self._folder / "weights.npz"

    def module_gives(self, *tags, **inputs):
        given = {name: tf.constant(value) for name, value in inputs.items() if value is not None}
        return tf.saved_model.load(str(self.module), tags=tags).signatures["default"](**given)


def options_of(setup, **changes):
    """Of a task whose networks are those of the setup."""
    options = {
        "reference": "v3",
        "dataset": "mnist" if setup.image_shape[2] == 1 else "cifar10",
        "architecture": setup.architecture,
        "width": setup.base / 64,
        "z_dim": setup.z_dim,
        "d_weight_normalization": "spectral",
        "spectral_side": setup.side,
        "training_steps": 2000,
    }
    if setup.num_classes:
        options |= {"conditional": True, "g_normalization": "conditional_batch", "d_conditioning": "none"}
    return Options.from_dict(options | changes)


def restored(folder, step):
    """The GAN of a checkpoint."""
    gan = build(checkpoints.options_of(folder, step))
    checkpoints.restore(folder, step, gan.tracked())
    return gan


def generated(generator, old):
    """Images of the old model's latents."""
    return generator(old.z, old.labels, training=False).numpy()


def as_moving(values):
    """Values with the accumulators turned into the statistics that v3 made of them."""
    settled = {}
    for name, value in values.items():
        layer, _, leaf = name.partition("/accu/")
        if leaf in ("accu_mean", "accu_variance"):
            settled[f"{layer}/{leaf.replace('accu', 'moving')}"] = value / values[f"{layer}/accu/accu_counter"]
        elif not leaf:
            settled[name] = value
    return settled


def evaluated(values):
    """Values with the average's in place of the latest ones."""
    shadows = {name: value for name, value in values.items() if name.endswith(v3_graph.SHADOW)}
    settled = {name: value for name, value in values.items() if name not in shadows}
    return settled | {name.removesuffix(v3_graph.SHADOW): value for name, value in shadows.items()}


def assert_same(ours, theirs):
    """Raises unless both hold the same float32 arrays, to the bit."""
    assert ours.keys() == theirs.keys()
    for name, value in theirs.items():
        assert ours[name].dtype == np.float32
        np.testing.assert_array_equal(ours[name], value, err_msg=name)
