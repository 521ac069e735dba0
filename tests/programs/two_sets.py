"""Trains a GAN type that reads two unpaired sets: whole, resumed, on two replicas; says whether all end alike.

Usage: two_sets.py WORK_FOLDER
"""

import pathlib
import shutil
import sys

import numpy as np
import tensorflow as tf
from PIL import Image

from compare_gan_tf2 import components, gans
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime.distribution import create
from compare_gan_tf2.task_folder import checkpoints
from compare_gan_tf2.task_folder.status import DONE_FILE, STATUS_FILE
from compare_gan_tf2.training.loop import train

TYPE = '''"""Reads two sets, one of them also in a lazy turn."""

import tensorflow as tf

from compare_gan_tf2.gans import Stream, Term, Turn, modular


def _every_second(step):
    return step % 2 == 1


class Gan(modular.Gan):
    """The modular GAN on set a, whose discriminator is held down on set b."""

    def setup(self):
        super().setup()
        spec = self.streams["images"].spec
        self.streams["images"] = Stream(spec, source="a", column="images")
        self.streams["b"] = Stream(spec, source="b")

    def turns(self):
        lazy = Turn(("discriminator",), self.held_down, "lazy", when=_every_second)
        return [*super().turns(), lazy]

    def held_down(self, b):
        return {"loss/b": Term(tf.reduce_mean(tf.square(self.discriminator(b, training=True)[0])))}
'''


def _folder(place):
    draws = np.random.default_rng(0)
    for name, count in (("trainA", 7), ("trainB", 5), ("testA", 2), ("testB", 2)):
        (place / name).mkdir(parents=True)
        for number in range(count):
            Image.fromarray(draws.integers(0, 256, (8, 8, 3), np.uint8)).save(place / name / f"{number}.png")


def _values(folder, step):
    reader = tf.train.load_checkpoint(str(checkpoints.path(folder, step) / "weights"))
    found = {key: reader.get_tensor(key) for key in reader.get_variable_to_shape_map()}
    return {key: value for key, value in found.items() if isinstance(value, np.ndarray | np.generic)}


def main(place):
    """The three trainings, in an empty folder."""
    place = pathlib.Path(place)
    devices = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(devices[0], [tf.config.LogicalDeviceConfiguration()] * 2)
    (place / "types").mkdir()
    (place / "types" / "two_sets.py").write_text(TYPE)
    gans.__path__.append(str(place / "types"))
    components.rescan()
    _folder(place / "set")
    options = Options.from_dict(
        {
            "gan": "two_sets", "dataset": str(place / "set"), "architecture": "infogan", "width": 0.03, "z_dim": 4,
            "batch_size": 4, "training_steps": 4, "save_every_steps": 2, "random_flip": True, "initializer_stddev": 0.3,
            "g_optimizer": "sgd", "d_optimizer": "sgd", "g_normalization": "none", "d_normalization": "none",
            "g_learning_rate": 0.02, "d_learning_rate": 0.02,
        }
    )  # fmt: skip
    train(options, place / "whole", cache_dir=place / "cache")
    whole = _values(place / "whole", 4)
    shutil.copytree(place / "whole", place / "resumed")
    for name in (DONE_FILE, STATUS_FILE):
        (place / "resumed" / name).unlink()
    shutil.rmtree(checkpoints.path(place / "resumed", 4))
    train(options, place / "resumed", cache_dir=place / "cache")
    resumed = _values(place / "resumed", 4)
    assert all(np.array_equal(resumed[name], value) for name, value in whole.items()), "not the same bits"
    assert any((value != _values(place / "whole", 2)[name]).any() for name, value in whole.items())
    train(options, place / "replicas", cache_dir=place / "cache", strategy=create("mirrored", 2))
    for name, value in _values(place / "replicas", 4).items():
        np.testing.assert_allclose(value, whole[name], rtol=2e-5, atol=2e-6, err_msg=name)
    print("alike")


if __name__ == "__main__":
    main(sys.argv[1])
