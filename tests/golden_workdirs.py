"""Writes the small study that `tests/golden/workdirs` holds: python tests/golden_workdirs.py FOLDER.

It is run with the code of today and with that of the commit that the stored study was made with, so it may use nothing
but what users of either have: `compare_gan_tf2.api`, `compare_gan_tf2.tasks` and files of a task by their names.
"""

import contextlib
import json
import math
import os
import pathlib
import shutil
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

import compare_gan_tf2
from compare_gan_tf2 import api, tasks

EXPERIMENT = "golden"
STEPS = (10, 20)
DATA, MODULE_IMAGES = "data", "module_images.npz"
# Number of the task whose module is exported.
EXPORTED = 0
_IMAGES = 8

_SHARED = {
    "dataset": "polygons",
    "z_dim": 8,
    "batch_size": 8,
    "training_steps": STEPS[-1],
    "save_every_steps": STEPS[0],
    "initializer_stddev": 0.1,
    "g_learning_rate": 0.002,
    "d_learning_rate": 0.002,
    "evaluation_samples": 64,
    "metrics": "fid,kid",
}
TASKS = {
    "modular": {
        "architecture": "dcgan", "width": 0.03, "conditional": True, "g_normalization": "conditional_batch",
        "d_weight_normalization": "spectral", "loss": "hinge", "augmentation": "none", "ema_decay": 0.8,
        "learning_rate_decay": 0.4, "seed": 1,
    },
    "began": {"gan": "began", "width": 0.03, "proportional_gain": 0.1, "seed": 2},
    "vae": {
        "gan": "vae", "width": 0.03, "d_normalization": "batch", "disc_iters": 2, "extractor": "pixels", "seed": 3,
    },
    "ssgan": {
        "gan": "ssgan", "self_supervision": "rotation", "conditional": False, "architecture": "sndcgan", "width": 0.03,
        "initializer_stddev": 0.2, "z_distribution": "normal", "rotated_batch_size": 8, "g_rotation_weight": 1.0,
        "d_optimizer": "rmsprop", "extractor": "random_convolution", "seed": 4,
    },
}  # fmt: skip


def write(folder):
    """Writes data, four trained and scored tasks, the module of the first, and images that this module makes."""
    folder = pathlib.Path(folder)
    write_data(folder / DATA)
    planned = [
        tasks.Task(number, EXPERIMENT, api.Options.from_dict(_SHARED | own), {"name": name})
        for number, (name, own) in enumerate(TASKS.items())
    ]
    tasks.write(folder, planned)
    with tempfile.TemporaryDirectory() as cache:
        places = {"dataset_root": folder / DATA, "cache_dir": cache}
        for task in planned:
            own = folder / str(task.number)
            api.train(task.options, own, **places)
            api.evaluate(own, **places)
            # Its files are named after the machine and the time, and nothing reads them.
            shutil.rmtree(own / "tensorboard", ignore_errors=True)
    module = api.export(folder / str(EXPORTED), step="last")
    z, labels = inputs(json.loads((module / "module.json").read_text())["options"]["z_dim"])
    np.savez(folder / MODULE_IMAGES, z=z, labels=labels, images=images_of(api.load(module), z, labels))


def inputs(z_dim):
    """Latents float32 [8, z_dim] in [-1, 1) and labels int32 [8] of the four classes, the same on every machine."""
    z = np.random.PCG64(5).random_raw((_IMAGES, z_dim)) >> np.uint64(40)
    return (z * 2.0**-23 - 1.0).astype(np.float32), np.arange(_IMAGES, dtype=np.int32) % 4


def images_of(module, z, labels):
    """What a loaded module makes of latents and labels."""
    return module(tf.constant(z), tf.constant(labels)).numpy()


def write_data(root):
    """A data set «polygons» of 300 images to train on, 200 times each, and 100 to score with.

    They are no images of the data set's generator, which may change.
    """
    training, testing = 300, 100
    source = np.random.PCG64(6)
    corners = 3 + np.arange(training + testing) % 4
    images = np.stack([_polygon(count, source.random_raw(4)) for count in corners])
    # Copies one behind the other, for compression finds nothing that is farther away.
    which = np.concatenate([np.arange(60000) // 200, training + np.minimum(np.arange(10000), testing - 1)])
    path = pathlib.Path(root) / "convex_polygons" / "polygons.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, x=images[which], y=corners[which].astype(np.int8))


def _polygon(corners, words):
    """A regular polygon uint8 [28, 28] with values to 64, placed, sized and turned by four random words."""
    row, column, size, turn = (int(word >> np.uint64(40)) / 2**24 for word in words)
    sides = (np.arange(28 * 8) + 0.5) / 8
    y, x = sides[:, None] - 10 - 8 * row, sides[None, :] - 10 - 8 * column
    inside = np.ones((28 * 8, 28 * 8), bool)
    for number in range(corners):
        # Rounded, so that the last digits of a machine's cosine decide nothing.
        angle = 2 * math.pi * (number + turn) / corners
        inside &= round(math.cos(angle), 4) * x + round(math.sin(angle), 4) * y < round(4 + 5 * size, 4)
    return inside.reshape(28, 8, 28, 8).sum(axis=(1, 3)).astype(np.uint8)


if __name__ == "__main__":
    with contextlib.redirect_stdout(sys.stderr):
        write(sys.argv[1])
    print(pathlib.Path(compare_gan_tf2.__file__).parents[1])
