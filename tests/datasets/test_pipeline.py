"""The stream of batches: the same bits wherever images are kept, on however many hosts, and from any step on."""

import errno

import numpy as np
import pytest
import tensorflow as tf
from slow_cases import slow_unless

from compare_gan_tf2 import files
from compare_gan_tf2.datasets import _decoding, catalog, pipeline
from compare_gan_tf2.datasets.images import ArrayImages, EncodedImages
from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options

NUMBER = 40


class Bytes(EncodedImages):
    """4x4 grey images that say their number; encoded as it. The draw is in a corner where they vary."""

    image_shape = (4, 4, 1)
    number = NUMBER

    def __init__(self, varies=False):
        self.varies = varies

    def labels(self):
        return np.arange(NUMBER, dtype=np.int32)

    def identity(self):
        return "numbers"

    def fetch(self, indices):
        return np.array([bytes([index]) for index in indices], object)

    def prepared(self, encoded, draw):
        image = tf.reshape(tf.repeat(tf.io.decode_raw(encoded, tf.uint8), 16), [4, 4, 1])
        ramp = tf.reshape(tf.constant([0, 50, 100, 150], tf.uint8), [1, 4, 1])
        corner = tf.cast(draw[1] % 100, tf.uint8) if self.varies else tf.constant(0, tf.uint8)
        return image + ramp + tf.tensor_scatter_nd_update(tf.zeros([4, 4, 1], tf.uint8), [[3, 0, 0]], [corner])


def _taken(images, count=8, **changes):
    given = {"batch_size": 6, "batches_per_step": 2, "seed": 3, "first_step": 0, **changes}
    stream = pipeline.training_batches(images, images.labels(), **given)
    return [(pictures, labels) for pictures, labels in stream.take(count).as_numpy_iterator()]


def _equal(some, others):
    for (pictures, labels), (other_pictures, other_labels) in zip(some, others, strict=True):
        np.testing.assert_array_equal(pictures, other_pictures)
        np.testing.assert_array_equal(labels, other_labels)


@pytest.mark.parametrize("flip", [False, True])
def test_decoded_ahead_or_when_needed_the_batches_are_the_same(flip, tmp_path):
    encoded = Bytes()
    arrays = np.stack([encoded.prepared(tf.constant(bytes([i])), tf.zeros([2], tf.int32)) for i in range(NUMBER)])
    np.save(tmp_path / "images.npy", arrays)
    mapped = ArrayImages(np.load(tmp_path / "images.npy", mmap_mode="r"), encoded.labels())
    whole = _taken(encoded, flip=flip)
    assert whole[0][0].shape == (2, 6, 4, 4, 1) and whole[0][0].dtype == np.uint8 and whole[0][1].shape == (2, 6)
    _equal(whole, _taken(ArrayImages(arrays, encoded.labels()), flip=flip))
    _equal(whole, _taken(mapped, flip=flip))


def test_half_of_all_images_are_mirrored_and_others_in_every_epoch():
    batches = _taken(Bytes(), 70, flip=True)
    mirrored = np.concatenate([(pictures[..., 0, 0, 0] > pictures[..., 0, 3, 0]).ravel() for pictures, _ in batches])
    numbers = np.concatenate([labels.ravel() for _, labels in batches])
    assert 0.4 < mirrored.mean() < 0.6
    shares = [mirrored[numbers == number].mean() for number in range(NUMBER)]
    assert np.mean([0 < share < 1 for share in shares]) > 0.95
    assert not _taken(Bytes(), 1)[0][0][..., 0, 0, 0].max() > NUMBER


@pytest.mark.parametrize(
    ("hosts", "images"),
    [
        (3, Bytes(varies=True)),
        *slow_unless(lambda case: False, [(2, Bytes()), (2, Bytes(varies=True)), (3, Bytes())]),
    ],
)
def test_hosts_share_every_batch_without_loss_or_double(images, hosts):
    whole = _taken(images, flip=True)
    shares = [_taken(images, host=host, hosts=hosts, flip=True) for host in range(hosts)]
    joined = [
        (np.concatenate([share[i][0] for share in shares], 1), np.concatenate([share[i][1] for share in shares], 1))
        for i in range(len(whole))
    ]
    _equal(whole, joined)
    with pytest.raises(ValueError, match="among 4 hosts"):
        _taken(images, hosts=4)


def test_what_is_random_about_an_image_resumes_too():
    images = Bytes(varies=True)
    whole = _taken(images, 9, flip=True)
    _equal(whole[5:], _taken(images, 4, first_step=5, flip=True))
    corners = [pictures[..., 3, 0, 0].tobytes() for pictures, _ in whole]
    assert len(set(corners)) == len(corners)


def test_only_the_selected_images_are_drawn_and_all_of_them():
    selected = np.array([2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37])
    for images in (Bytes(), ArrayImages(np.zeros((NUMBER, 1, 1, 1), np.uint8), np.arange(NUMBER, dtype=np.int32))):
        labels = [labels for _, labels in _taken(images, 3, selected=selected)]
        assert all(sorted(each.ravel()) == list(selected) for each in labels)


def test_soft_labels_come_with_their_images():
    soft = np.random.default_rng(0).dirichlet(np.ones(5), NUMBER).astype(np.float32)
    hard, stream = (
        pipeline.training_batches(Bytes(), labels, batch_size=6, batches_per_step=1, seed=0, first_step=0)
        for labels in (np.arange(NUMBER, dtype=np.int32), soft)
    )
    for (_, numbers), (_, found) in zip(hard.take(3), stream.take(3), strict=True):
        np.testing.assert_array_equal(found, soft[numbers.numpy()])


def _orders(seed, epoch, count, number):
    """Places of the images in `count` epochs."""
    images = ArrayImages(np.zeros((number, 1, 1, 1), np.uint8), np.arange(number, dtype=np.int32))
    stream = pipeline.training_batches(
        images, images.labels(), batch_size=number, batches_per_step=1, seed=seed, first_step=epoch
    )
    return [labels.ravel() for _, labels in stream.take(count).as_numpy_iterator()]


def test_orders_of_epochs_and_seeds_have_nothing_in_common():
    orders = [order for which in ((0, 0, 3), (1, 0, 1), (2, 0, 1)) for order in _orders(*which, 60000)]
    places = [np.argsort(order) for order in orders]
    for i in range(len(orders)):
        for j in range(i):
            assert abs(np.corrcoef(places[i], places[j])[0, 1]) < 0.02
            # Images of one batch of 64 that are in one batch again: one in a thousand.
            together = np.mean(np.diff(places[j][orders[i]] // 64) == 0)
            assert together < 0.003
    assert all(abs(np.corrcoef(place, np.arange(60000))[0, 1]) < 0.02 for place in places)


@pytest.mark.parametrize("number", slow_unless(lambda number: number == 5, [2, 3, 5]))
def test_small_sets_come_in_all_orders(number):
    orders = [tuple(order) for seed in range(2) for order in _orders(seed, 0, 200, number)]
    shares = np.unique(orders, axis=0, return_counts=True)[1] / len(orders)
    assert len(shares) == {2: 2, 3: 6, 5: 120}[number] or number == 5 and len(shares) > 100
    assert shares.max() < {2: 0.6, 3: 0.25, 5: 0.03}[number]


@pytest.fixture
def small_cifar10(tmp_path):
    """CIFAR-10 in TFDS's folder, with thirty random images a split."""
    import tensorflow_datasets as tfds

    draws = np.random.default_rng(0)
    features = tfds.builder("cifar10", data_dir=str(tmp_path)).info.features

    def images():
        for i in range(30):
            yield {"id": f"{i}", "image": draws.integers(0, 256, (32, 32, 3), np.uint8), "label": i % 10}

    spec = features.get_tensor_spec()
    tfds.dataset_builders.store_as_tfds_dataset(
        name="cifar10",
        version="3.0.2",
        features=features,
        split_datasets={
            split: tf.data.Dataset.from_generator(images, output_signature=spec) for split in ("train", "test")
        },
        data_dir=str(tmp_path),
    )
    return Places(tmp_path, tmp_path / "cache")


def _data(places, cache="auto", **options):
    options = Options.from_dict({"dataset": "cifar10", "conditional": True, **options})
    return pipeline.training_data(catalog.of(options), options, places, cache)


def test_images_are_kept_where_there_is_room(small_cifar10, monkeypatch):
    size = 30 * 32 * 32 * 3
    kept = _data(small_cifar10)
    assert kept.cached == "memory"
    monkeypatch.setattr(_decoding, "_available_memory", lambda: size)
    on_disk = _data(small_cifar10)
    assert on_disk.cached == "disk" and isinstance(on_disk.images.images, np.memmap)
    (file,) = (path for path in (small_cifar10.cache_dir / "decoded").iterdir() if "labels" not in path.name)
    assert size < file.stat().st_size < size + 200
    written = file.stat().st_mtime_ns
    none = _data(small_cifar10, "none")
    assert none.cached == "none" and _data(small_cifar10).cached == "disk" and file.stat().st_mtime_ns == written
    for other in (on_disk, none):
        _equal(_taken(kept.images, 4), _taken(other.images, 4))
        np.testing.assert_array_equal(kept.labels, other.labels)
        np.testing.assert_array_equal(kept.images.keys(), other.images.keys())
    with pytest.raises(UserError, match="30 images of split train need"):
        monkeypatch.setattr(_decoding, "_available_memory", lambda: size - 1)
        _data(small_cifar10, "memory")
    content = file.read_bytes()
    flipped = content[:-1] + bytes([content[-1] ^ 4])
    for damage in (b"", b"no array", content[:-5], flipped):
        file.write_bytes(damage)
        again = _data(small_cifar10, "disk")
        np.testing.assert_array_equal(again.images.images, kept.images.images)
    file.unlink()
    free = _decoding.shutil.disk_usage(small_cifar10.cache_dir)._replace(free=size)
    monkeypatch.setattr(_decoding.shutil, "disk_usage", lambda path: free)
    assert _data(small_cifar10).cached == "none"
    free = free._replace(free=size - 1)
    with pytest.raises(UserError, match="and 0.0 GB are free; give another --cache_dir"):
        _data(small_cifar10, "disk")


def test_a_disk_that_fills_up_leaves_no_half_decoded_file(small_cifar10, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(UserError, match="No space left on device"):
        _data(small_cifar10, "disk")
    assert not list((small_cifar10.cache_dir / "decoded").iterdir())
    monkeypatch.undo()
    assert _data(small_cifar10, "disk").cached == "disk"


def test_few_labels_leave_the_images_and_their_order_alone(small_cifar10):
    everything = _data(small_cifar10)
    few = _data(small_cifar10, label_fraction=0.4, conditional=True)
    labeled = few.labels >= 0
    assert labeled.sum() == 20 and few.selected is None  # two of the three of each of ten classes
    np.testing.assert_array_equal(few.labels[labeled], everything.labels[labeled])
    alone = _data(small_cifar10, label_fraction=0.4, labelled_only=True)
    np.testing.assert_array_equal(alone.selected, np.flatnonzero(labeled))
