"""Trains a classifier as a feature extractor for scores, in the same way as the classifiers of the package.

On a data set without classes it learns by how many quarter turns (90 degrees) an image was rotated.

compare_gan_train_extractor --dataset=NAME --output=FILE.npz [--dataset_root=DIR] [--seed=N] [--epochs=N]
"""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Sequence

from absl import flags

from compare_gan_tf2.commands import _run
from compare_gan_tf2.errors import UserError

FLAGS = flags.FlagValues()
flags.DEFINE_string(
    "dataset", None, "prepared data set; if it has no classes, the classifier learns rotations", flag_values=FLAGS
)
flags.DEFINE_string("output", None, "file to write, ending in .npz", flag_values=FLAGS)
flags.DEFINE_string(
    "dataset_root",
    None,
    "folder of the prepared data sets; $TFDS_DATA_DIR or ~/tensorflow_datasets by default",
    flag_values=FLAGS,
)
flags.DEFINE_integer(
    "seed",
    0,
    "seed of initial weights, order and augmentation",
    lower_bound=0,
    upper_bound=2**31 - 1,
    flag_values=FLAGS,
)
flags.DEFINE_integer(
    "epochs",
    None,
    "epochs over the training split; by default as many as for the classifiers that come with the package",
    lower_bound=1,
    flag_values=FLAGS,
)
_run.define_json(FLAGS)


def _main(positional: list[str]) -> None:
    from compare_gan_tf2.datasets import catalog
    from compare_gan_tf2.datasets.places import places

    _run.no_arguments(positional)
    if not FLAGS.dataset:
        raise UserError(f"--dataset is missing; known: {', '.join(catalog.names())}")
    if not (FLAGS.output or "").endswith(".npz"):
        raise UserError("--output has to name the file to write, ending in .npz")
    dataset = catalog.find(FLAGS.dataset)
    if dataset.classifier != dataset.name and dataset.classifier in catalog.names():
        raise UserError(f"data set {dataset.name!r} uses the classifier of {dataset.classifier!r}; train that one")
    where = places(FLAGS.dataset_root)
    if not dataset.is_prepared(where.dataset_root):
        raise UserError(dataset.how_to_prepare(where.dataset_root))

    _run.start_tensorflow()
    import tensorflow as tf

    from compare_gan_tf2.extractors import classifier_training
    from compare_gan_tf2.files import require_writable

    output = pathlib.Path(FLAGS.output).expanduser()
    require_writable(output)
    tf.config.experimental.enable_op_determinism()
    weights = classifier_training.train(
        dataset, where, FLAGS.seed, FLAGS.epochs, report=lambda line: print(line, file=sys.stderr, flush=True)
    )
    weights.write(output)
    parameters = sum(array.size for array in weights.arrays.values())
    kind = "accuracy" if dataset.num_classes else "rotation accuracy"
    if FLAGS.json:
        said = {"kind": kind, "accuracy": weights.metadata["test_accuracy"], "parameters": parameters}
        print(_run.as_json(said | {"size": output.stat().st_size, "hash": weights.short_hash, "written": output}))
        return
    print(f"{kind}: {weights.metadata['test_accuracy']:.4f} on {weights.metadata['test_images']} test images")
    print(f"parameters: {parameters}")
    print(f"size: {output.stat().st_size} bytes")
    print(f"hash: {weights.short_hash}")
    print(f"written: {output}")


def main(argv: Sequence[str] | None = None) -> int:
    """The console script compare_gan_train_extractor."""
    return _run.run(__doc__ or "", FLAGS, _main, argv)
