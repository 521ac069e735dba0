"""What several tests share."""

import ctypes
import dataclasses
import gc
import os
import pathlib
import resource
import sys
import types

import pytest

# Before anything imports TensorFlow.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# Tracing makes millions of objects that live on: a look at all of them every 700 takes long.
gc.set_threshold(50_000, 20, 20)

REPOSITORY = pathlib.Path(__file__).parents[1]
# Bytes; below, a search for what a file left takes time for nothing.
ENOUGH_TO_COLLECT = 1_400_000_000
# Images per call of a network that scores; 500, as for users, would be filling for the most part.
FEW_IMAGES = 64
_classifiers = {}  # extractors of shipped weights, by data set
# These take longest. They begin first, so that at the end no process waits for one of them in the other.
LONGEST = (
    "test_every_gan_type.py",
    "hub_export/test_publishing.py",
    "gans/test_engine.py",
    "test_golden_workdirs.py",
    "evaluation/test_task.py",
    "compare_gan_v3/test_import.py",
    "gans/test_modular.py",
    "training/test_training.py",
    "studies/test_local_engine.py",
)


def pytest_collection_modifyitems(items):
    """Orders files by how long they take; their tests keep their order."""
    place = {REPOSITORY / "tests" / name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path, len(place)))


def _resident_bytes():
    """What this process has in memory; a lot where that cannot be asked."""
    statm = pathlib.Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * resource.getpagesize() if statm.exists() else ENOUGH_TO_COLLECT + 1


def pytest_collection_finish():
    """Operations of graphs do not remember where they were made: an eighth of a trace's time, for texts of errors."""
    if ops := sys.modules.get("tensorflow.python.framework.ops"):
        here = ops.tf_stack.extract_stack()
        ops.tf_stack = types.SimpleNamespace(extract_stack=lambda stacklevel: here)


@pytest.fixture(scope="module", autouse=True)
def graphs_end_with_their_file():
    """What a file's tests have traced goes with it, as what a training has traced does."""
    if "tensorflow" in sys.modules and not gc.get_freeze_count():
        # Imports stay: garbage is looked for among what tests make, which takes half the time.
        gc.collect()
        gc.freeze()
    yield
    if "tensorflow" in sys.modules and _resident_bytes() > ENOUGH_TO_COLLECT:
        from compare_gan_tf2.compat import custom_gradients

        custom_gradients.release()
        gc.collect()
        # What is free goes back to the system: a process sees many files, and two of them share a small machine.
        if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "malloc_trim"):
            libc.malloc_trim(0)


@pytest.fixture(scope="session")
def repository():
    """The checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def real_data():
    """A folder with MNIST and CIFAR-10 prepared for TFDS: $COMPARE_GAN_TEST_DATA, or beside the checkout."""
    folder = pathlib.Path(os.environ.get("COMPARE_GAN_TEST_DATA", REPOSITORY.parent / "shared/data/tfds"))
    if not folder.is_dir():
        pytest.skip("no prepared MNIST and CIFAR-10; COMPARE_GAN_TEST_DATA can name them")
    return folder


@pytest.fixture(scope="session")
def triangles(tmp_path_factory):
    """A dataset_root with a real but small set of triangles: 2,000 to train on, 600 to test."""
    import numpy as np

    from compare_gan_tf2.datasets import _polygons, polygon_geometry

    root = tmp_path_factory.mktemp("data")
    folder = root / "convex_polygons"
    folder.mkdir()
    images = np.zeros((_polygons.SPLITS["test"][1], 28, 28), np.uint8)
    images[:2000] = polygon_geometry.generate(3, 2000, seed=1)
    for start in range(2000, 60000, 2000):
        images[start : start + 2000] = images[:2000]
    images[60000:60600] = polygon_geometry.generate(3, 600, seed=2)
    np.savez(folder / "triangles.npz", x=images, y=np.full(len(images), 3, np.int8))
    return root


@pytest.fixture(scope="session")
def tiny():
    """Options of a task that trains in seconds."""
    from compare_gan_tf2.options import Options

    return Options.from_dict(
        {
            "dataset": "triangles",
            "architecture": "mlp",
            "width": 0.1,
            "z_dim": 8,
            "batch_size": 8,
            "training_steps": 12,
            "save_every_steps": 4,
            "d_weight_normalization": "spectral",
            "ema_decay": 0.9,
            "learning_rate_decay": 0.4,
            "evaluation_samples": 64,
            "metrics": "fid,kid",
        }
    )


@pytest.fixture(scope="module")
def cheap_scores():
    """Shipped classifiers are read and traced once in a process, and networks that score see 64 images at a time."""
    from compare_gan_tf2.evaluation import generated_images
    from compare_gan_tf2.extractors import classifier

    load = classifier.load

    def loaded(request):
        return dataclasses.replace(load(request), batch_size=FEW_IMAGES)

    def kept(request):
        name = request.dataset.classifier
        if request.weights or not (classifier.SHIPPED / f"{name}.npz").is_file():
            return loaded(request)
        if name not in _classifiers:
            _classifiers[name] = loaded(request)
        return _classifiers[name]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(classifier, "load", kept)
        patch.setattr(classifier, "BATCH_SIZE", FEW_IMAGES)
        patch.setattr(generated_images, "BATCH_SIZE", FEW_IMAGES)
        yield
