"""A GAN type's life: trained, killed and taken up again, on two replicas, in half precision, exported.

Each training is in a fork of this process, which only imports TensorFlow: a device can be split only before it is used.
"""

import json
import os
import pathlib
import signal
import sys
import traceback

import numpy as np
import tensorflow as tf
from PIL import Image

from compare_gan_tf2 import api
from compare_gan_tf2.datasets import streams
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.hub_export import save
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime.distribution import create
from compare_gan_tf2.task_folder import checkpoints
from compare_gan_tf2.training.loop import train

MODULE, OUTPUTS = "whole/export/50", "outputs.npz"
# Steps: saved, killed after, and all.
_SAVED, _KILLED, _ALL = 20, 33, 50
_SHARED = {
    "batch_size": 4, "training_steps": _ALL, "save_every_steps": _SAVED, "ema_decay": 0.5, "held_out_share": 0.0,
    "z_dim": 4,
}  # fmt: skip
# Name -> side of the images, options.
TYPES = {
    "ali": (32, {"architecture": "ali", "width": 0.03, "initializer_stddev": 0.2}),
    "bigan": (8, {"architecture": "bigan_mlp", "width": 0.02, "initializer_stddev": 0.2}),
    "cyclegan": (16, {"width": 0.05, "translator_blocks": 1, "patch_layers": 1, "image_buffer": 5}),
    "stylegan2": (8, {"width": 0.01, "mapping_layers": 2}),
}
# What moves of a type beside networks and optimizers.
_STATES = {"cyclegan": ("buffer/a", "buffer/b"), "stylegan2": ("path_length/mean",)}
# By SGD: Adam turns the rounding of a gradient that is nearly zero into a step of its own size.
_SGD = {"g_optimizer": "sgd", "d_optimizer": "sgd", "g_learning_rate": 0.002, "d_learning_rate": 0.002}


# Steps after which two replicas are compared with one. On pictures of noise CycleGAN's ReLUs and absolute differences
# have kinks that rounding crosses at the third step (until then both agree to 2e-6, the first step to the bit), and
# ALI's maxout within fifty.
_ALIKE = {"ali": 4, "cyclegan": 2}


def whole_life(gan: str, place: str) -> None:
    """All of it in an empty folder; prints a word for each part that is as it should be."""
    side, own = TYPES[gan]
    work = pathlib.Path(place)
    _write_pictures(work / "pictures", side, is_pair=gan == "cyclegan")
    options = _SHARED | {"gan": gan, "dataset": str(work / "pictures"), "image_size": side} | own

    assert _apart(_train, options, work / "whole") == 0
    assert _apart(_train, options, work / "broken", killed_after=_KILLED) == -signal.SIGKILL
    assert checkpoints.steps(work / "broken") == [_SAVED]
    assert _apart(_train, options, work / "broken") == 0
    assert _apart(_compare_resumed, work, gan) == 0
    print("resumed")

    alike = _ALIKE.get(gan, _ALL)
    replicated = options | _SGD | {"training_steps": alike, "save_every_steps": min(alike, _SAVED)}
    assert _apart(_train, replicated, work / "two", replicas=2) == 0
    assert _apart(_train, replicated, work / "one") == 0
    assert _apart(_compare_replicas, work, alike) == 0
    print("replicated")

    assert _apart(_train, options | {"precision": "mixed_bfloat16"}, work / "half") == 0
    assert _apart(_compare_precisions, work) == 0
    print("halved")

    assert _apart(_export, work, options) == 0
    print("exported")


def _write_pictures(folder, side, is_pair):
    source = np.random.default_rng(0)
    for name, count in {"trainA": 7, "trainB": 6, "testA": 2, "testB": 2}.items() if is_pair else {"": 9}.items():
        (folder / name).mkdir(parents=True)
        for i in range(count):
            Image.fromarray(source.integers(0, 256, (side, side, 3), np.uint8)).save(folder / name / f"{i}.png")


def _apart(act, *arguments, **more):
    """Exit code of a fork that does something; negative if it was killed."""
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    code = 1
    try:
        act(*arguments, **more)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _train(options, folder, killed_after=0, replicas=1):
    if killed_after:
        _die_after(killed_after)
    if replicas > 1:
        devices = tf.config.list_physical_devices("CPU")
        tf.config.set_logical_device_configuration(devices[0], [tf.config.LogicalDeviceConfiguration()] * replicas)
    strategy = create("mirrored", replicas) if replicas > 1 else None
    train(Options.from_dict(options), folder, cache_dir=folder.parent / "cache", strategy=strategy)


def _die_after(steps):
    """Has this process killed when a step asks for its rows after so many others have."""
    next_rows, asked = streams.StepRows.__next__, iter(range(steps))

    def rows_or_death(self):
        if next(asked, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
        return next_rows(self)

    streams.StepRows.__next__ = rows_or_death


def _values(folder, step=_ALL):
    reader = tf.train.load_checkpoint(str(checkpoints.path(folder, step) / "weights"))
    found = {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}
    return {name: value for name, value in found.items() if isinstance(value, np.ndarray | np.generic)}


def _compare_resumed(work, gan):
    unbroken, resumed = _values(work / "whole"), _values(work / "broken")
    assert unbroken.keys() == resumed.keys() and len(unbroken) > 20
    for name, value in unbroken.items():
        np.testing.assert_array_equal(resumed[name], value, err_msg=name)
    lines = [(work / name / "measurements.jsonl").read_text() for name in ("whole", "broken")]
    assert lines[0] == lines[1] and lines[0].count("\n") == _ALL // 10
    before = _values(work / "whole", _SAVED)
    for state in _STATES.get(gan, ()):
        name = next(name for name in before if state.replace("/", ".S") in name)
        assert np.any(before[name] != unbroken[name]), state


def _compare_replicas(work, steps):
    one, two = _values(work / "one", steps), _values(work / "two", steps)
    assert one.keys() == two.keys()
    for name, value in one.items():
        np.testing.assert_allclose(two[name], value, rtol=0, atol=2e-3 * max(np.abs(value).max(), 1e-2), err_msg=name)
    if steps > _SAVED:
        before = _values(work / "one", _SAVED)
        assert sum(np.any(before[name] != value) for name, value in one.items()) > len(one) // 2


def _compare_precisions(work):
    whole, half = _values(work / "whole"), _values(work / "half")
    assert whole.keys() == half.keys() and all(np.isfinite(value).all() for value in half.values())
    first, last = (json.loads((work / "half/measurements.jsonl").read_text().splitlines()[i]) for i in (0, -1))
    of_whole = json.loads((work / "whole/measurements.jsonl").read_text().splitlines()[0])
    assert last["step"] == _ALL and first != of_whole
    losses = [name for name in of_whole if name.startswith("loss/")]
    np.testing.assert_allclose(*([of[name] for name in losses] for of in (first, of_whole)), rtol=0.1, atol=0.05)


def _export(work, options):
    """Exports the unbroken training, and keeps what each ability gives for some inputs."""
    save._check_elsewhere = save._check_here
    place = api.export(work / "whole", step="last")
    assert place == work / MODULE
    module = api.load(place)
    gan = build(Options.from_dict(options))
    checkpoints.restore_newest(work / "whole", gan.tracked())
    source, kept = np.random.default_rng(2), {}
    for name, ability in gan.abilities(gan.evaluated()).items():
        # A seed, which is no number in [0, 1), may be left away.
        taken = [each for each in ability.takes if gan.streams[each].spec.dtype == tf.float32]
        inputs = {each: source.random([3, *gan.streams[each].spec.shape[1:]]).astype(np.float32) for each in taken}
        function = module if name == "generate" else getattr(module, name)
        outputs = function(*inputs.values())
        np.testing.assert_allclose(outputs, ability.call(*map(tf.constant, inputs.values())), atol=2e-5, err_msg=name)
        kept |= {f"{name}/in/{each}": value for each, value in inputs.items()} | {f"{name}/out": outputs.numpy()}
    np.savez(work / OUTPUTS, **kept)
