"""A process that takes training steps when it is told to; for `benchmarks.against_commit`, which runs it in two trees.

python _one_step.py OPTIONS

Uses nothing but TensorFlow and the package that PYTHONPATH finds, in whichever version: imports are tried by the names
of both. Prints a JSON line with the seconds of the first step, then one for every line that it reads: a number of steps
to take; an empty line ends it, with the peak of its memory.
"""

import importlib
import json
import os
import re
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

# Old names first: an editable install of this checkout would lend another tree the modules that it lacks.
BUILDERS = ("compare_gan_tf2.gans._gan", "compare_gan_tf2.gans.base")
STEPPERS = ("compare_gan_tf2.stepping", "compare_gan_tf2.training.steps")


def first_of(names):
    """The first module of these names that there is."""
    for name in names:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError:
            continue
    raise SystemExit(f"none of {', '.join(names)} is there")


def main():
    """Says what the first step took, then takes steps on request."""
    from compare_gan_tf2.options import Options

    options = Options.from_dict(json.loads(sys.argv[1]))
    strategy = tf.distribute.OneDeviceStrategy("/cpu:0")
    tf.config.experimental.enable_op_determinism()
    with strategy.scope():
        gan = first_of(BUILDERS).build(options)
    stepper = first_of(STEPPERS).Stepper(gan, strategy)
    shape = (options.disc_iters, options.batch_size)
    images = np.random.default_rng(0).integers(0, 256, (*shape, *gan.dataset.image_shape), np.uint8)
    batch = (tf.constant(images), tf.zeros(shape, tf.int32))
    if hasattr(gan, "batches_of"):  # of versions whose steps read streams by name
        batch = gan.batches_of(*batch)
    taken = 0

    def take(count):
        nonlocal taken
        start = time.perf_counter()
        stepper.run(iter([batch] * count), count, taken)
        taken += count
        return time.perf_counter() - start

    print(json.dumps({"first": take(1)}), flush=True)
    for line in sys.stdin:
        if not line.strip():
            break
        print(json.dumps({"seconds": take(int(line))}), flush=True)
    with open("/proc/self/status", encoding="ascii") as about:
        print(json.dumps({"peak": 1024 * int(re.search(r"VmHWM:\s+(\d+)", about.read())[1])}), flush=True)


if __name__ == "__main__":
    main()
