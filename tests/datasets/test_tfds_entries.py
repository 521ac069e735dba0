"""The published data sets that TFDS stores: crop, resize, splits, and no more than fits into memory."""

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds

from compare_gan_tf2.datasets import _decoding, catalog, pipeline
from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.datasets.prepare import prepare
from compare_gan_tf2.errors import UserError

# Name of the entry -> TFDS's name and configuration, and the shapes of its images.
STORED = {
    "celeb_a": ("celeb_a", None, [(218, 178)]),
    "celeb_a_hq_128": ("celeb_a_hq", "128", [(128, 128)]),
    "lsun_bedroom": ("lsun", "bedroom", [(256, 341), (300, 100)]),
    "imagenet_64": ("imagenet2012", None, [(90, 131), (40, 33)]),
}
FILLING = {"bool": False, "int64": 0, "object": "x", "str": "x"}


def store(name, root, number=100):
    """Stores random images as TFDS would; split -> list of the images, as TFDS itself gives them back."""
    package, config, shapes = STORED[name]
    dataset = catalog.find(name)
    known = tfds.builder(dataset.builder, data_dir=str(root))
    features = known.info.features
    draws = np.random.default_rng(0)

    def filled(feature, i):
        if isinstance(feature, tfds.features.Image):
            return draws.integers(0, 256, (*shapes[i % len(shapes)], 3), np.uint8)
        if isinstance(feature, tfds.features.ClassLabel):
            return 999 - i
        if isinstance(feature, tfds.features.FeaturesDict):
            return {key: filled(inner, i) for key, inner in feature.items()}
        return FILLING[np.dtype(feature.np_dtype).name if feature.np_dtype is not str else "str"]

    splits = sorted({dataset.train_split.partition("[")[0], dataset.evaluation_split.partition("[")[0]})
    tfds.dataset_builders.store_as_tfds_dataset(
        name=package,
        version=str(known.version),
        features=features,
        split_datasets={
            split: tf.data.Dataset.from_generator(
                lambda: (filled(features, i) for i in range(number)), output_signature=features.get_tensor_spec()
            )
            for split in splits
        },
        config=config,
        data_dir=str(root),
        disable_shuffling=True,
    )
    stored = tfds.builder(dataset.builder, data_dir=str(root))
    return {split: [each["image"] for each in stored.as_dataset(split=split).as_numpy_iterator()] for split in splits}


@pytest.fixture(scope="module")
def bedrooms(tmp_path_factory):
    """A root with LSUN's bedrooms, a hundred, and these images."""
    root = tmp_path_factory.mktemp("bedrooms")
    return root, store("lsun_bedroom", root)["train"]


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    """A root with ImageNet, four images in each split, and those of its validation split."""
    root = tmp_path_factory.mktemp("photographs")
    return root, store("imagenet_64", root, 4)["validation"]


def resized(image, side):
    """Bilinear on the pixel grid of TensorFlow 1: output i stands at input i * scale, and nothing is smoothed."""

    def along(values, axis):
        size = values.shape[axis]
        at = np.arange(side) * (size / side)
        low = np.floor(at).astype(int)
        share = (at - low).reshape([-1 if i == axis else 1 for i in range(3)])
        high = np.minimum(low + 1, size - 1)
        return np.take(values, low, axis) * (1 - share) + np.take(values, high, axis) * share

    return along(along(image.astype(np.float64), 0), 1)


def test_celeb_a_is_the_middle_of_the_faces_resized_as_compare_gan_did(tmp_path):
    stored = store("celeb_a", tmp_path, 6)
    images, labels = pipeline.read(catalog.find("celeb_a"), "test", Places(tmp_path, tmp_path / "cache"))
    assert images.shape == (6, 64, 64, 3) and images.dtype == np.uint8 and set(labels) == {-1}
    for image, original in zip(images, stored["test"], strict=True):
        wanted = resized(original[29:189, 9:169], 64)
        assert np.abs(image - wanted).max() <= 0.5
        assert np.abs(image - resized(original[28:188, 9:169], 64)).max() > 10


def test_lsun_is_cropped_and_not_resized_and_small_images_get_a_frame(bedrooms, tmp_path):
    root, stored = bedrooms
    entry, places = catalog.find("lsun_bedroom"), Places(root, tmp_path / "cache")
    train, _ = pipeline.read(entry, entry.train_split, places)
    held_out, _ = pipeline.read(entry, entry.evaluation_split, places)
    assert train.shape == (99, 128, 128, 3) and held_out.shape == (1, 128, 128, 3)
    np.testing.assert_array_equal(train[0], stored[0][64:192, 106:234])
    np.testing.assert_array_equal(held_out[0, :, 14:114], stored[99][86:214])
    assert not held_out[0, :, :14].any() and not held_out[0, :, 114:].any()


def test_celeb_a_hq_holds_a_tenth_out(tmp_path):
    stored = store("celeb_a_hq_128", tmp_path, 20)["train"]
    faces = catalog.find("celeb_a_hq_128")
    train, _ = pipeline.read(faces, faces.train_split, Places(tmp_path, tmp_path / "cache"))
    held_out, _ = pipeline.read(faces, faces.evaluation_split, Places(tmp_path, tmp_path / "cache"))
    np.testing.assert_array_equal(np.concatenate([train, held_out]), stored)
    assert len(held_out) == 2
    before = faces.fingerprint(tmp_path)
    assert "celeb_a_hq-train.tfrecord" in before
    assert before == faces.fingerprint(tmp_path)


@pytest.mark.parametrize("name", ["imagenet_64", "imagenet_128"])
def test_imagenet_is_the_middle_square_with_its_label(name, photographs, tmp_path):
    root, stored = photographs
    entry = catalog.find(name)
    images, labels = pipeline.read(entry, entry.evaluation_split, Places(root, tmp_path / "cache"))
    assert entry.num_classes == 1000 and list(labels) == [999, 998, 997, 996]
    squares = [image[:, 20:110] if image.shape[0] == 90 else image[3:36] for image in stored]
    for image, square in zip(images, squares, strict=True):
        assert np.abs(image - resized(square, entry.image_shape[0])).max() <= 0.5001


def test_the_fingerprint_knows_the_crop(photographs):
    assert "crop:middle" in catalog.find("imagenet_64").fingerprint(photographs[0])


def test_what_does_not_fit_into_memory_is_refused_before_it_is_read(bedrooms, tmp_path, monkeypatch):
    dataset, places = catalog.find("lsun_bedroom"), Places(bedrooms[0], tmp_path / "cache")
    needed = 99 * 128 * 128 * 3
    monkeypatch.setattr(_decoding, "_available_memory", lambda: needed - 1)
    with pytest.raises(UserError, match=r"99 images of split train.* need 0\.0 GB .* 0\.0 GB are avail") as caught:
        pipeline.read(dataset, dataset.train_split, places)
    assert "\n" not in str(caught.value)
    monkeypatch.setattr(_decoding, "_available_memory", lambda: needed)
    assert len(pipeline.read(dataset, dataset.train_split, places)[0]) == 99


def test_available_memory_is_what_this_machine_has():
    assert 10**8 < _decoding._available_memory() < 10**14


def test_random_images_need_nothing_and_are_always_the_same(tmp_path):
    fake = catalog.find("fake")
    assert fake.is_prepared(tmp_path / "nowhere") and prepare(["fake"], tmp_path) == {"fake": ""}
    images, labels = pipeline.read(fake, "train", Places(tmp_path, tmp_path / "cache"))
    again, _ = pipeline.read(fake, "test", Places(tmp_path, tmp_path / "cache"))
    assert images.shape == (100, 64, 64, 1) and images.dtype == np.uint8 and set(labels) == {-1}
    np.testing.assert_array_equal(images, again)
    assert abs(images.mean() - 127.5) < 1 and images.min() == 0 and images.max() == 255
    assert fake.fingerprint(tmp_path) and not list(tmp_path.iterdir())
