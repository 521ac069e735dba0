"""Archives as they are published go through TFDS's own builders, and every pixel comes back."""

import base64
import importlib.util
import shutil

import numpy as np
import pytest
import source_archives
import tensorflow as tf
import tensorflow_datasets as tfds
from slow_cases import slow_unless
from tensorflow_datasets.image_classification import mnist as tfds_mnist

from compare_gan_tf2.compat import tensorflow_io
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.datasets.images import ArrayImages
from compare_gan_tf2.errors import UserError

# Eight by eight pixels: the upper half (200, 40, 40), below (20, 180, 90) and (30, 60, 220); made by Pillow, lossless.
_WEBP = base64.b64decode(
    "UklGRj4AAABXRUJQVlA4TDEAAAAvB8ABABcgEEjEQhx1IIFAYhLRpFOKBROnceR/BTP/wT8FCLJtJjnJcf4OEf2fAG8sAA=="
)


def _sorted(images, labels):
    return sorted(
        (np.asarray(image).tobytes(), int(label))
        for image, label in zip(images, [0] * len(images) if labels is None else labels, strict=True)
    )


def _stored(builder, root, split):
    """What TFDS reads, (images, labels or None)."""
    examples = list(tfds.as_numpy(tfds.builder(builder, data_dir=str(root)).as_dataset(split=split)))
    labels = [each["label"] for each in examples] if "label" in examples[0] else None
    return [each["image"] for each in examples], labels


def _opened(entry, split, root, cache):
    """What the catalog reads, (images, labels)."""
    images = entry.open(split, catalog.Places(root, cache))
    if isinstance(images, ArrayImages):
        return list(images.images), images.labels()
    still = tf.zeros(2, tf.int32)
    read = [
        (images.prepared(encoded, still).numpy(), int(label))
        for encoded, label in images.stream(images.number).unbatch()
    ]
    return [image for image, _ in read], [label for _, label in read]


@pytest.fixture
def few_digits(monkeypatch):
    """TFDS insists on as many digits as there are."""
    monkeypatch.setattr(tfds_mnist, "_TRAIN_EXAMPLES", 6)
    monkeypatch.setattr(tfds_mnist, "_TEST_EXAMPLES", 4)


@pytest.mark.usefixtures("few_digits")
@pytest.mark.parametrize(
    ("name", "make"),
    # One of each kind of archive.
    slow_unless(
        lambda case: case[0] in ("cifar10", "mnist", "celeb_a_hq_128", "imagenet_resized_32"),
        [
            ("cifar10", source_archives.cifar),
            ("cifar100", lambda folder: source_archives.cifar(folder, hundred=True)),
            ("mnist", lambda folder: source_archives.mnist(folder / "mnist")),
            ("fashion_mnist", lambda folder: source_archives.mnist(folder / "fashion_mnist", seed=1)),
            ("celeb_a_hq_128", lambda folder: source_archives.celeb_a_hq(folder, 128)),
            ("imagenet_resized_32", lambda folder: source_archives.imagenet_resized(folder, 32)),
            ("imagenet_resized_64", lambda folder: source_archives.imagenet_resized(folder, 64)),
        ],
    ),
)
def test_what_needs_no_crop_comes_back_pixel_by_pixel(name, make, tmp_path):
    archives, root = tmp_path / "archives", tmp_path / "root"
    archives.mkdir()
    expected = make(archives)
    entry = catalog.find(name)
    entry.prepare(root, archives=archives, any_archive=True)
    assert entry.is_prepared(root)
    for split, (images, labels) in expected.items():
        assert _sorted(*_stored(entry.builder, root, split)) == _sorted(images, labels)
    for split in {entry.train_split, entry.evaluation_split} & set(expected):
        images, labels = _opened(entry, split, root, tmp_path / "cache")
        assert _sorted(images, labels) == _sorted(*expected[split])
    # Nothing but the data set remains: no links, nothing extracted.
    assert sorted(path.name for path in root.iterdir()) == sorted({"downloads", entry.builder.partition("/")[0]})
    assert not list((root / "downloads").iterdir())


def test_celeb_a_hq_is_split_as_the_catalogue_says(tmp_path):
    images, _ = source_archives.celeb_a_hq(tmp_path, 128)["train"]
    entry = catalog.find("celeb_a_hq_128")
    entry.prepare(tmp_path / "root", archives=tmp_path)
    train, _ = _opened(entry, entry.train_split, tmp_path / "root", tmp_path / "cache")
    held_out, labels = _opened(entry, entry.evaluation_split, tmp_path / "root", tmp_path / "cache")
    assert len(train) == 9 and len(held_out) == 1 and set(labels) == {-1}
    assert _sorted(train + held_out, None) == _sorted(images, None)


@pytest.mark.parametrize(
    "name", slow_unless(lambda name: name == "stl10", ["celeb_a", "celeb_a_validation", "stl10", "clevr"])
)
def test_what_is_cropped_or_resized_is_stored_as_it_was(name, tmp_path):
    expected = getattr(source_archives, name.removesuffix("_validation"))(tmp_path)
    entry, root = catalog.find(name), tmp_path / "root"
    entry.prepare(root, archives=tmp_path, any_archive=True)
    for split, (images, labels) in expected.items():
        assert _sorted(*_stored(entry.builder, root, split)) == _sorted(images, labels)
    for split in (entry.train_split, entry.evaluation_split):
        images, _ = _opened(entry, split, root, tmp_path / "cache")
        assert {image.shape for image in images} == {entry.image_shape}
        assert split not in expected or len(images) == len(expected[split][0])


def test_imagenet_is_read_from_both_of_its_archives(tmp_path):
    expected = source_archives.imagenet2012(tmp_path)
    root = tmp_path / "root"
    entry = catalog.find("imagenet_64")
    entry.prepare(root, archives=tmp_path, any_archive=True)
    assert _sorted(*_stored("imagenet2012", root, "train")) == _sorted(*expected["train"])
    images, labels = _stored("imagenet2012", root, "validation")
    assert _sorted(images, None) == _sorted(*expected["validation"])
    # The published labels of the first four.
    names = tfds.builder("imagenet2012", data_dir=str(root)).info.features["label"].names
    assert sorted(names[label] for label in labels) == ["n01751748", "n02105855", "n04263257", "n09193705"]
    read, labels = _opened(entry, "train", root, tmp_path / "cache")
    assert len(read) == 6 and read[0].shape == (64, 64, 3) and sorted(labels) == [0, 0, 0, 1, 1, 1]


def test_one_of_imagenets_archives_is_not_enough(tmp_path):
    source_archives.imagenet2012(tmp_path)
    (tmp_path / "ILSVRC2012_img_val.tar").unlink()
    with pytest.raises(UserError, match=r"put ILSVRC2012_img_val.tar \(6.7 GB\) into .* \(https://image-net.org"):
        catalog.find("imagenet_64").prepare(tmp_path / "root", archives=tmp_path, any_archive=True)
    assert not (tmp_path / "root").exists()


@pytest.mark.parametrize("form", ["zip", pytest.param("folder", marks=pytest.mark.slow)])
def test_lsun_is_read_without_tensorflow_io(form, tmp_path):
    photographs = [source_archives.photograph(256, 300, seed) for seed in range(100)]
    values = [encoded for encoded, _ in photographs]
    for split, some in (("train", values), ("val", [values[0], _WEBP])):
        folder = tmp_path / f"bedroom_{split}_lmdb"
        source_archives.write_lmdb(folder, some)
        if form == "zip":
            source_archives.zip_folder(folder, folder.with_suffix(".zip"))
            shutil.rmtree(folder)
    entry, root = catalog.find("lsun_bedroom"), tmp_path / "root"
    entry.prepare(root, archives=tmp_path, any_archive=True)
    # TFDS keeps what LSUN has, also where it is no JPEG.
    builder = tfds.builder("lsun/bedroom", data_dir=str(root))
    decoders = {"image": tfds.decode.SkipDecoding()}
    for split, some in (("train", values), ("validation", [values[0], _WEBP])):
        stored = list(tfds.as_numpy(builder.as_dataset(split=split, decoders=decoders)))
        assert sorted(each["image"] for each in stored) == sorted(some)
        assert sorted(each["id"] for each in stored) == [b"%040x" % number for number in range(len(some))]
    opened = [_opened(entry, split, root, tmp_path / "cache")[0] for split in (entry.train_split, "train[99%:]")]
    assert len(opened[0]) + len(opened[1]) == 100
    middles = [pixels[64:192, 86:214] for _, pixels in photographs]
    assert _sorted([*opened[0], *opened[1]], None) == _sorted(middles, None)


def test_the_stand_in_for_tensorflow_io_is_seen_by_nobody_else():
    with tensorflow_io.stand_in():
        assert tfds.core.lazy_imports.tensorflow_io.IODataset.from_lmdb is tensorflow_io.from_lmdb
    if importlib.util.find_spec("tensorflow_io") is None:
        with pytest.raises(ImportError):
            _ = tfds.core.lazy_imports.tensorflow_io


def test_any_builder_of_tfds_is_prepared_from_files_of_the_names_that_it_registers(tmp_path):
    images, labels = source_archives.noise(5, 32, 32), np.arange(5)
    np.save(tmp_path / "cifar10.1_v4_data.npy", images)
    np.save(tmp_path / "cifar10.1_v4_labels.npy", labels)
    catalog.find("tfds:cifar10_1/v4").prepare(tmp_path / "root", archives=tmp_path, any_archive=True)
    assert _sorted(*_stored("cifar10_1/v4", tmp_path / "root", "test")) == _sorted(images, labels)
