"""Data sets made here: polygons of any number of corners, mixtures of Gaussians, images of several digits."""

import errno
import os
import types

import numpy as np
import pytest

from compare_gan_tf2 import files
from compare_gan_tf2.datasets import _multi_mnist, _polygons, _stored, catalog, pipeline, polygon_geometry
from compare_gan_tf2.datasets.images import ArrayImages
from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.task_folder.grids import scatter

MULTI_MNIST = tuple(f"multi_mnist_{kind}" for kind in ("uniform", "triplet", "rgb_occluded", "rgb_occluded_cifar10"))


@pytest.fixture
def few_polygons(monkeypatch):
    """Sets of 80 polygons."""
    monkeypatch.setattr(_polygons, "SPLITS", {"train": (0, 60), "test": (60, 70), "validation": (70, 80)})
    monkeypatch.setattr(_polygons, "_NUMBER", 80)


# Polygons


@pytest.mark.parametrize("family", ["polygons", "polygons_corrected"])
@pytest.mark.parametrize("corners", [3, 7, 18])
def test_polygons_of_any_number_of_corners_are_a_set_of_their_own(family, corners, tmp_path, few_polygons):
    dataset = catalog.find(f"{family}:{corners}")
    assert dataset.name == f"{family}:{corners}" and dataset.polygon_vertices == corners and dataset.num_classes == 0
    assert not dataset.is_prepared(tmp_path)
    dataset.prepare(tmp_path)
    assert [path.name for path in (tmp_path / "convex_polygons").iterdir()] == [f"{family}_{corners}.npz"]
    images, labels = dataset.arrays("train", tmp_path)
    assert images.shape == (60, 28, 28, 1) and images.dtype == np.uint8 and set(labels) == {-1}
    expected = polygon_geometry.generate(corners, 80, seed=0, corrected=family != "polygons")
    np.testing.assert_array_equal(images[..., 0], expected[:60])
    assert images.max() == dataset.largest_value == 64


@pytest.mark.parametrize("argument", ["2", "19", "0", "-3", "x", "", "07", "3.5", "٧", "9" * 400])
def test_another_number_of_corners_is_refused_with_the_range(argument):
    with pytest.raises(UserError, match="the number of corners is from 3 to 18"):
        catalog.find(f"polygons:{argument}")
    with pytest.raises(UserError, match="polygons_corrected:7"):
        catalog.find(f"polygons_corrected:{argument}")


def test_the_corrected_mix_has_labels_and_the_others_have_one_kind(tmp_path, few_polygons):
    mix = catalog.find("polygons_corrected")
    mix.prepare(tmp_path)
    _, labels = mix.arrays("train", tmp_path)
    assert set(labels) == {0, 1, 2, 3} and mix.polygon_vertices is None and mix.corrected
    for name, corners in (("triangles_corrected", 3), ("squares_corrected", 4)):
        dataset = catalog.find(name)
        dataset.prepare(tmp_path)
        images, _ = dataset.arrays("test", tmp_path)
        np.testing.assert_array_equal(
            images[..., 0], polygon_geometry.generate(corners, 80, seed=0, corrected=True)[60:70]
        )
        assert dataset.polygon_vertices == corners


def test_what_is_prepared_stays_and_its_fingerprint_is_that_of_its_contents(tmp_path, few_polygons, monkeypatch):
    dataset = catalog.find("triangles_corrected")
    dataset.prepare(tmp_path)
    (path,) = dataset.files(tmp_path)
    before, found = path.stat().st_mtime_ns, dataset.fingerprint(tmp_path)
    dataset.prepare(tmp_path)
    assert path.stat().st_mtime_ns == before
    dataset.prepare(tmp_path / "again")
    assert dataset.fingerprint(tmp_path / "again") == found
    monkeypatch.setattr(_polygons, "_SEED", 1)
    dataset.prepare(tmp_path / "other")
    assert dataset.fingerprint(tmp_path / "other") != found


class _FullDisk:
    """A file on a disk with room for so many bytes."""

    def __init__(self, path, mode, room):
        self._file, self._room = open(path, mode), room  # noqa: SIM115 (closed at the end of its block)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._file.close()

    def __getattr__(self, name):
        return getattr(self._file, name)

    def write(self, data):
        self._room -= len(data)
        if self._room < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self._file.write(data)


@pytest.mark.parametrize("room", [0, 200, 4000])
def test_a_full_disk_is_one_line_and_leaves_nothing(room, tmp_path, few_polygons, monkeypatch):
    monkeypatch.setattr(files, "open", lambda path, mode: _FullDisk(path, mode, room), raising=False)
    dataset = catalog.find("triangles_corrected")
    with pytest.raises(UserError) as caught:
        dataset.prepare(tmp_path)
    assert str(caught.value) == (
        f"cannot write {tmp_path}/convex_polygons/triangles_corrected.npz: No space left on device"
    )
    assert not dataset.is_prepared(tmp_path) and list((tmp_path / "convex_polygons").iterdir()) == []


def test_a_disk_that_is_full_when_the_file_is_flushed_leaves_nothing(tmp_path, few_polygons, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match=r"cannot write .*squares_corrected.npz: No space left on device$"):
        catalog.find("squares_corrected").prepare(tmp_path)
    assert list((tmp_path / "convex_polygons").iterdir()) == []


def test_without_rights_it_is_said_before_the_work(tmp_path, monkeypatch):
    def generate(*arguments, **named):
        raise AssertionError("the work began")

    monkeypatch.setattr(polygon_geometry, "generate", generate)
    # The superuser, who may run the tests, has all rights.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(UserError, match=r"cannot write .*polygons_7.npz: no permission$"):
        catalog.find("polygons:7").prepare(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"cannot write .*polygons_7.npz: (Not a directory|File exists)$"):
        catalog.find("polygons:7").prepare(tmp_path / "file")


def test_rights_that_are_lost_on_the_way_are_one_line(tmp_path, few_polygons, monkeypatch):
    def refused(path, mode):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(files, "open", refused, raising=False)
    with pytest.raises(UserError, match=r"cannot write .*polygons_7.npz: Permission denied$"):
        catalog.find("polygons:7").prepare(tmp_path)


# Mixtures


@pytest.mark.parametrize(("name", "modes"), [("ring", 8), ("grid", 25)])
def test_a_mixture_has_equally_many_points_around_every_mode(name, modes, tmp_path):
    dataset = catalog.find(name)
    assert dataset.num_classes == len(dataset.modes) == modes and dataset.is_prepared(tmp_path)
    for split, number in (("train", 50000), ("test", 10000)):
        images, labels = dataset.arrays(split, tmp_path)
        assert images.shape == (number, 1, 1, 2) and images.dtype == np.uint16 and labels.dtype == np.int32
        assert np.bincount(labels).tolist() == [number // modes] * modes
        away = (dataset.points(images / dataset.largest_value) - np.array(dataset.modes)[labels]) / dataset.deviation
        np.testing.assert_allclose(away.mean(axis=0), 0, atol=4 / np.sqrt(number))
        np.testing.assert_allclose(np.cov(away.T), np.eye(2), atol=8 / np.sqrt(number))
        # A Rayleigh distribution's share within three deviations, give or take four standard errors.
        share = np.mean(np.linalg.norm(away, axis=1) <= 3)
        assert share == pytest.approx(1 - np.exp(-4.5), abs=4 * np.sqrt(0.0111 * 0.9889 / number))
    assert not np.array_equal(dataset.arrays("train", tmp_path)[0][:10000], images)
    np.testing.assert_array_equal(dataset.arrays("test", tmp_path)[0], images)
    assert list(tmp_path.iterdir()) == []


def test_all_modes_with_six_deviations_are_in_the_picture():
    for name in ("ring", "grid"):
        dataset = catalog.find(name)
        edge = np.abs(dataset.modes).max() + 6 * dataset.deviation
        assert edge <= dataset.half_width
        corners = np.array([[-edge, edge]])
        shares = 0.5 + corners / (2 * dataset.half_width)
        np.testing.assert_allclose(dataset.points(shares[:, None, None]), corners)
        # Steps of the whole numbers are far below the deviation.
        assert dataset.deviation / (2 * dataset.half_width / dataset.largest_value) > 200
    assert catalog.find("ring").fingerprint(None) != catalog.find("grid").fingerprint(None)
    radii = np.linalg.norm(catalog.find("ring").modes, axis=1)
    np.testing.assert_allclose(radii, 2)
    assert sorted(catalog.find("grid").modes)[0] == (-4.0, -4.0)


def test_a_mixture_is_read_as_numbers_from_0_to_1(tmp_path):
    dataset = catalog.find("ring")
    images, labels = pipeline.read(dataset, "test", Places(tmp_path, tmp_path), count=100)
    floats = pipeline.to_float(images, dataset)
    assert floats.dtype == np.float32 and 0 <= floats.min() < 0.15 and 0.85 < floats.max() <= 1 and len(labels) == 100


def test_points_are_plotted_upwards_and_to_the_right():
    points = np.array([[0.0, 0.0], [1.0, 0.5], [2.0, 9.0], [np.nan, 0.5]])[:, None, None]
    picture = scatter(points, side=21)
    assert picture.shape == (21, 21, 1) and picture.dtype == np.uint8
    dark = picture[..., 0] == 0
    assert dark[18:, :3].all() and dark[9:12, 18:].all() and dark[:3, 18:].all() and dark.sum() == 27


# Several digits


def _small_mnist():
    """Ten digits of each class; every pixel of digit i is i + 1, so that an image says what it was made of."""
    images = np.broadcast_to(np.arange(1, 101, dtype=np.uint8)[:, None, None, None], (100, 28, 28, 1))
    return images, (np.arange(100) % 10).astype(np.int32)


@pytest.fixture
def made_of_little(monkeypatch):
    """Sets of 60 and 10 images, made of a hundred even squares and of three even photographs."""
    photographs = np.broadcast_to(np.array([10, 20, 30], np.uint8)[:, None, None, None], (3, 32, 32, 3))

    def read(dataset, split, places, count=None):
        assert split in ("train", "test") and count is None
        return _small_mnist() if dataset.name == "mnist" else (photographs, np.zeros(3, np.int32))

    monkeypatch.setattr(pipeline, "read", read)
    monkeypatch.setattr(_multi_mnist.MultiMnistDataset, "check_ingredients", lambda self, root: None)
    monkeypatch.setattr(_multi_mnist, "NUMBERS", {"train": 60, "test": 10})
    monkeypatch.setattr(_multi_mnist, "_CHUNK", 7)


def _facts(dataset, root, split="train"):
    with np.load(root / f"multi_mnist/{dataset.name}-{split}.npz") as arrays:
        return types.SimpleNamespace(**{name: arrays[name].astype(int) for name in arrays.files})


@pytest.mark.parametrize("name", MULTI_MNIST)
def test_three_digits_make_an_image_of_64_pixels(name, tmp_path, made_of_little):
    dataset = catalog.find(name)
    assert not dataset.is_prepared(tmp_path)
    dataset.prepare(tmp_path)
    images, labels = dataset.arrays("train", tmp_path)
    assert images.shape == (60, 64, 64, 3 if "rgb" in name else 1) and images.dtype == np.uint8
    assert labels.dtype == np.int32 and labels.tolist() == [-1] * 60
    assert len(dataset.arrays("test", tmp_path)[0]) == 10
    facts = _facts(dataset, tmp_path)
    assert facts.digits.shape == (60, 3) and facts.offsets.shape == (60, 3, 2)
    assert facts.offsets.min() >= 0 and facts.offsets.max() == 36
    assert all(len(set(row)) == 1 for row in facts.digits) == (name == "multi_mnist_triplet")
    before = dataset.fingerprint(tmp_path)
    dataset.prepare(tmp_path / "again")
    assert dataset.fingerprint(tmp_path / "again") == before


@pytest.mark.parametrize("name", ["multi_mnist_uniform", "multi_mnist_triplet"])
def test_grey_digits_are_added_where_the_file_says(name, tmp_path, made_of_little):
    dataset = catalog.find(name)
    dataset.prepare(tmp_path)
    images, _ = dataset.arrays("train", tmp_path)
    facts = _facts(dataset, tmp_path)
    for image, digits, offsets in zip(images[..., 0].astype(int), facts.digits, facts.offsets, strict=True):
        # A square's shade is known modulo 10 by its class; where it lies alone the shade itself shows.
        layers = np.zeros((3, 64, 64), int)
        for layer, (row, column) in zip(layers, offsets, strict=True):
            layer[row : row + 28, column : column + 28] = 1
        alone = layers.sum(axis=0) == 1
        assert np.all(image[layers.sum(axis=0) == 0] == 0)
        for layer, digit in zip(layers, digits, strict=True):
            shades = set(image[alone & (layer == 1)])
            assert len(shades) <= 1 and all((shade - 1) % 10 == digit for shade in shades)


def test_sums_are_cut_off_at_white():
    digits = np.full((1, 3, 28, 28), 100, np.uint8)
    image = _multi_mnist.added(digits, np.array([[[0, 0], [0, 10], [0, 20]]]))
    assert image[0, 0, [5, 15, 25, 35, 45, 50], 0].tolist() == [100, 200, 255, 200, 100, 0]


def test_later_colours_hide_earlier_ones():
    images = np.full((1, 64, 64, 3), 40, np.uint8)
    digits = np.array([255, 255, 51], np.uint8)[None, :, None, None] * np.ones((1, 3, 28, 28), np.uint8)
    _multi_mnist.draw_over(images, digits, np.array([[[0, 0], [0, 10], [0, 20]]]), np.array([[2, 0, 1]]))
    seen = images[0, 0, [5, 15, 25, 40, 60]].tolist()
    # Of the last one, a fifth opaque, four fifths of what is behind stay.
    assert seen == [[0, 0, 255], [255, 0, 0], [204, 51, 0], [32, 83, 32], [40, 40, 40]]


def test_a_set_in_colours_has_every_colour_once(tmp_path, made_of_little):
    for name, black in (("multi_mnist_rgb_occluded", {0}), ("multi_mnist_rgb_occluded_cifar10", {10, 20, 30})):
        dataset = catalog.find(name)
        dataset.prepare(tmp_path)
        images, _ = dataset.arrays("train", tmp_path)
        facts = _facts(dataset, tmp_path)
        assert all(sorted(row) == [0, 1, 2] for row in facts.colours) and len(set(map(tuple, facts.colours))) == 6
        covered = np.zeros((60, 64, 64), bool)
        for number in range(3):
            covered[_multi_mnist._places(facts.offsets[:, number])] = True
        assert set(images[~covered].ravel()) == black
        for image, digits, offsets, colors in zip(images, facts.digits, facts.offsets, facts.colours, strict=True):
            layers = np.zeros((3, 64, 64), bool)
            for layer, (row, column) in zip(layers, offsets, strict=True):
                layer[row : row + 28, column : column + 28] = True
            for layer, digit, color in zip(layers, digits, colors, strict=True):
                seen = image[layer & (layers.sum(axis=0) == 1)].astype(int)
                others = np.delete(seen, color, axis=1)
                if black == {0}:
                    assert np.all(others == 0) and np.all((seen[:, color] - 1) % 10 == digit)
                else:
                    assert np.all(seen[:, [color]] > others)


def test_classes_are_equally_likely_whatever_their_share():
    labels = np.repeat([0, 1], [990, 10]).astype(np.int32)
    labels = np.concatenate([labels, np.arange(2, 10, dtype=np.int32)])
    classes = np.random.default_rng(0).integers(0, 10, (5000, 3))
    chosen = _multi_mnist._any_of_class(labels, classes, np.random.default_rng(1))
    np.testing.assert_array_equal(labels[chosen], classes)
    assert len(set(chosen[classes == 0])) > 600 and set(chosen[classes == 1]) == set(range(990, 1000))


def test_photographs_are_enlarged_as_tensorflow_does():
    import tensorflow as tf

    images = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), np.uint8)
    resized = tf.image.resize(images, (64, 64)).numpy()
    assert np.abs(_multi_mnist.enlarged(images) - resized).max() <= 0.5


def test_what_it_is_made_of_has_to_be_there(tmp_path):
    dataset = catalog.find("multi_mnist_rgb_occluded_cifar10")
    with pytest.raises(UserError) as caught:
        dataset.prepare(tmp_path)
    assert str(caught.value) == (
        f"data set 'multi_mnist_rgb_occluded_cifar10' is made of 'mnist', which is not prepared under {tmp_path}; "
        f"run: prepare_datasets.sh mnist multi_mnist_rgb_occluded_cifar10 --dataset_root {tmp_path}"
    )
    assert list(tmp_path.iterdir()) == []


def test_half_of_a_set_is_completed(tmp_path, made_of_little):
    dataset = catalog.find("multi_mnist_uniform")
    dataset.prepare(tmp_path)
    train, test = dataset.files(tmp_path)
    before = train.stat().st_mtime_ns
    test.unlink()
    assert not dataset.is_prepared(tmp_path)
    with pytest.raises(UserError, match="prepare_datasets.sh multi_mnist_uniform"):
        dataset.arrays("test", tmp_path)
    dataset.prepare(tmp_path)
    assert test.is_file() and train.stat().st_mtime_ns == before


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 half a file", b"not an archive at all"])
def test_a_damaged_file_is_named_with_the_cure(damage, tmp_path, made_of_little):
    dataset = catalog.find("multi_mnist_triplet")
    dataset.prepare(tmp_path)
    path = tmp_path / "multi_mnist/multi_mnist_triplet-test.npz"
    path.write_bytes(damage)
    for read in (lambda: dataset.arrays("test", tmp_path), lambda: dataset.fingerprint(tmp_path)):
        with pytest.raises(UserError, match="triplet-test.npz cannot be read .*; delete it and run: ") as caught:
            read()
        assert "\n" not in str(caught.value)


def test_a_flipped_byte_is_found(tmp_path, made_of_little):
    dataset = catalog.find("multi_mnist_triplet")
    dataset.prepare(tmp_path)
    path = tmp_path / "multi_mnist/multi_mnist_triplet-test.npz"
    content = bytearray(path.read_bytes())
    content[300] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(UserError, match="cannot be read"):
        dataset.arrays("test", tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", MULTI_MNIST)
def test_real_digits_are_where_the_file_says(name, tmp_path, real_data, monkeypatch):
    monkeypatch.setattr(_multi_mnist, "NUMBERS", {"train": 400, "test": 200})
    for part in ("mnist", "cifar10"):
        (tmp_path / part).symlink_to(real_data / part)
    dataset = catalog.find(name)
    dataset.prepare(tmp_path)
    digits, labels = pipeline.read(catalog.find("mnist"), "test", Places(tmp_path, tmp_path))
    facts = _facts(dataset, tmp_path, "test")
    images, _ = dataset.arrays("test", tmp_path)
    assert len(images) == 200 and np.abs(np.bincount(facts.digits.ravel(), minlength=10) / 600 - 0.1).max() < 0.06
    known = {digits[number, :, :, 0].tobytes(): labels[number] for number in range(len(digits))}
    if name.endswith("cifar10"):
        assert images.mean() > 60
        return
    found = 0
    for image, drawn, offsets in zip(images, facts.digits, facts.offsets, strict=True):
        row, column = offsets[-1]
        last = image[row : row + 28, column : column + 28].max(axis=2)
        # The digit drawn last is one of MNIST's, where no other shows beside it.
        if last.tobytes() in known:
            assert known[last.tobytes()] == drawn[-1]
            found += 1
    assert found > 5


def test_every_stored_set_knows_its_files():
    names = ("triangles", "squares", "polygons", "triangles_corrected", "squares_corrected", *MULTI_MNIST)
    entries = [catalog.find(name) for name in names]
    assert all(isinstance(entry, _stored.StoredDataset) and entry.prepared_bytes for entry in entries)


def test_a_set_opens_as_arrays(tmp_path, few_polygons):
    dataset = catalog.find("triangles_corrected")
    dataset.prepare(tmp_path)
    images = dataset.open("test", Places(tmp_path, tmp_path), training=True)
    assert isinstance(images, ArrayImages) and images.number == 10 and images.image_shape == (28, 28, 1)
