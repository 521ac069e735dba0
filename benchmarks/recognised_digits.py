"""How many samples of an exported MNIST generator a classifier of another seed recognizes.

python -m benchmarks.recognised_digits MODULE JUDGE.npz [COUNT]

MODULE is an exported folder, JUDGE.npz the output of

    compare_gan_train_extractor --dataset mnist --seed 1 --output JUDGE.npz

with any seed but 0, the one of the classifier behind the scores. Prints the share of samples that the judge is more
than 0.9 sure of, and the share of each digit.
"""

from __future__ import annotations

import json
import pathlib
import sys

import numpy as np
import tensorflow as tf

from benchmarks._command import run
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.extractors import BATCH_SIZE, _network, _weights, in_batches
from compare_gan_tf2.hub_export.load import load
from compare_gan_tf2.runtime.prior import Prior

_SURE = 0.9


def recognized(module_folder: str, judge_file: str, count: int = 1000) -> tuple[float, np.ndarray]:
    """Share of samples the judge is more than 0.9 sure of, and shares [10] of the digits it sees in all samples."""
    mnist = catalog.find("mnist")
    judge = _network.network(mnist.image_shape, mnist.num_classes)
    _weights.read(pathlib.Path(judge_file), judge, "make it with compare_gan_train_extractor").assign(judge)
    module = load(module_folder)
    options = json.loads(module.options.numpy())
    prior = Prior(options["z_distribution"], options["z_dim"])
    z = prior.draw(count, "recognized digits", seed=0, step=0)
    _, logits = in_batches(_network.forward(judge, BATCH_SIZE), module(z).numpy())
    probabilities = tf.nn.softmax(logits).numpy()
    digits = np.bincount(probabilities.argmax(axis=1), minlength=10)
    return float(np.mean(probabilities.max(axis=1) > _SURE)), digits / count


def main() -> int:
    """Prints the two numbers for the module and judge on the command line."""
    if len(sys.argv) not in (3, 4):
        print(__doc__, file=sys.stderr)
        return 2
    sure, digits = recognized(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) == 4 else 1000)
    print(f"more than {_SURE} sure of {sure:.1%}")
    print("digits: " + ", ".join(f"{digit}: {share:.1%}" for digit, share in enumerate(digits)))
    return 0


if __name__ == "__main__":
    run(main)
