"""A user's own images: folders and .npz files."""

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.datasets import pipeline
from compare_gan_tf2.datasets.catalog import Places
from compare_gan_tf2.datasets.image_files import open_images
from compare_gan_tf2.errors import UserError

RNG = np.random.default_rng(0)


def _write(path, image):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(tf.io.encode_png(image).numpy())


def _places(tmp_path):
    return Places(tmp_path / "root", tmp_path / "cache")


def _read(place):
    places = _places(place.parent)
    dataset = open_images(place, places)
    parts = list(pipeline.chunks(dataset, "all", places))
    return dataset, *(np.concatenate(each) for each in zip(*parts, strict=True))


def test_a_folder_is_read_with_its_sub_folders_in_one_random_order(tmp_path):
    pictures = RNG.integers(0, 256, (30, 6, 5, 3), np.uint8)
    for number, picture in enumerate(pictures):
        _write(tmp_path / f"{number % 3}" / f"{number:02d}.PNG", picture)
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / ".hidden.png").write_text("no image")
    (tmp_path / ".ipynb_checkpoints").mkdir()
    (tmp_path / ".ipynb_checkpoints/a.png").write_text("no image")
    dataset, images, labels = _read(tmp_path)
    assert dataset.image_shape == (6, 5, 3) and dataset.evaluation_images == 30 and not dataset.num_classes
    key = lambda array: sorted(picture.tobytes() for picture in array)  # noqa: E731
    assert key(images) == key(pictures) and (labels == -1).all()
    by_path = [pictures[number] for folder in range(3) for number in range(folder, 30, 3)]
    assert not np.array_equal(images, by_path)
    np.testing.assert_array_equal(images, _read(tmp_path)[1])
    places = _places(tmp_path.parent)
    _write(tmp_path / "0/00.PNG", pictures[1])
    assert open_images(tmp_path, places).identity(places) != dataset.identity(places)


@pytest.mark.parametrize(("names", "shape"), [(("images", "labels"), (8, 4, 4, 3)), (("x", "y"), (8, 4, 4))])
def test_an_npz_file_may_hold_labels_and_grey_images(tmp_path, names, shape):
    images, labels = RNG.integers(0, 256, shape, np.uint8), np.arange(8) % 3
    np.savez(tmp_path / "set.npz", **dict(zip(names, (images, labels), strict=True)))
    dataset, found, found_labels = _read(tmp_path / "set.npz")
    assert dataset.num_classes == 3 and found.shape == (8, 4, 4, 3 if len(shape) == 4 else 1)
    order = [next(i for i in range(8) if np.array_equal(np.squeeze(each), images[i])) for each in found]
    assert sorted(order) == list(range(8))
    np.testing.assert_array_equal(found_labels, labels[order])


def test_floats_are_rounded_as_writing_them_would(tmp_path):
    np.savez(tmp_path / "set.npz", np.full((2, 3, 3, 1), 100.4 / 255))
    dataset, stored, _ = _read(tmp_path / "set.npz")
    assert (stored == 100).all()
    ((floats, _),) = dataset.floats(2, 5)
    np.testing.assert_allclose(floats, 100.4 / 255, rtol=1e-6)


@pytest.mark.parametrize(
    ("arrays", "line"),
    [
        ({"pictures": np.zeros((2, 3, 3), np.uint8)}, "holds no images; they are looked for under images, x"),
        ({"x": np.zeros((2, 3, 3, 4), np.uint8)}, r"shape \[2, 3, 3, 4\]"),
        ({"x": np.full((2, 3, 3), 7.0)}, r"uint8, or float in \[0, 1\]"),
        ({"x": np.full((2, 3, 3), np.nan)}, r"uint8, or float in \[0, 1\]"),
        ({"x": np.zeros((2, 3, 3), np.uint8), "y": np.zeros(3, int)}, "one whole number per image"),
        ({"x": np.zeros((2, 3, 3), np.uint8), "y": np.array([0, 3 * 10**9])}, "labels .* reach from 0 to 3000000000"),
        ({"x": np.zeros((2, 3, 3), np.uint8), "y": np.array([0, -2])}, "labels .* reach from -2 to 0"),
    ],
)
def test_what_an_npz_file_may_not_hold(tmp_path, arrays, line):
    np.savez(tmp_path / "set.npz", **arrays)
    with pytest.raises(UserError, match=line):
        open_images(tmp_path / "set.npz", _places(tmp_path))


def test_places_without_images(tmp_path):
    (tmp_path / "set").mkdir()
    with pytest.raises(UserError, match="no image in"):
        open_images(tmp_path / "set", _places(tmp_path))
    with pytest.raises(UserError, match="neither a folder of images nor an .npz file"):
        open_images(tmp_path / "missing", _places(tmp_path))
    (tmp_path / "set/b.png").write_bytes(b"no image")
    with pytest.raises(UserError, match=r"no image in .* of 1 files; b.png: no image"):
        open_images(tmp_path / "set", _places(tmp_path))


def test_what_is_gone_cannot_be_prepared(tmp_path):
    np.savez(tmp_path / "set.npz", images=np.zeros((2, 4, 4, 3), np.uint8))
    dataset = open_images(tmp_path / "set.npz", _places(tmp_path))
    dataset.prepare(tmp_path)
    (tmp_path / "set.npz").unlink()
    with pytest.raises(UserError, match="set.npz does not exist"):
        dataset.prepare(tmp_path)


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (
            np.linspace(-1, 1, 24).reshape(2, 2, 2, 3),
            r"float64 \[2, 2, 2, 3\], from -1 to 1; .* \(images \+ 1\) / 2",
        ),
        (np.full((2, 3, 3), 254.5, np.float32), r"float32 .*, from 254.5 to 254.5; .* images.astype\(numpy.uint8\)"),
        (np.arange(8).reshape(2, 2, 2), r"int64 \[2, 2, 2\], from 0 to 7; of images in \[0, 255\]"),
        (np.full((2, 3, 3), 65535, np.uint16), "uint16 .*, from 65535 to 65535$"),
        (np.full((2, 3, 3), -3.5), "from -3.5 to -3.5$"),
        (np.ones((2, 3, 3), bool), "these are bool"),
        (np.full((2, 3, 3), 1j), "complex128 .*, which are no pixels"),
        (np.full((2, 3, 3), "a"), "which are no pixels"),
    ],
)
def test_a_refusal_of_pixels_says_what_they_are(images, words, tmp_path):
    np.savez(tmp_path / "set.npz", images=images)
    with pytest.raises(UserError, match=words):
        open_images(tmp_path / "set.npz", Places(tmp_path, tmp_path))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_pixels_that_are_not_finite_are_counted_and_the_first_is_named(value, tmp_path):
    images = np.full((5, 3, 3, 1), 0.5, np.float32)
    images[2, 1, 0, 0] = images[4, 2, 2, 0] = value
    np.savez(tmp_path / "set.npz", images=images)
    with pytest.raises(UserError, match=rf"2 of them not finite; the first of them is {value} at \[2, 1, 0, 0\]"):
        open_images(tmp_path / "set.npz", Places(tmp_path, tmp_path))


def test_a_file_without_images_says_what_it_holds(tmp_path):
    np.savez(tmp_path / "set.npz", pixels=np.zeros((2, 3, 3)), classes=np.zeros(2))
    with pytest.raises(UserError, match="looked for under images, x, samples, arr_0, and there is pixels, classes"):
        open_images(tmp_path / "set.npz", Places(tmp_path, tmp_path))
