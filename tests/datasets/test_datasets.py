"""Data sets: what is stored is what is trained on, in an order that seed and step decide."""

import numpy as np
import pytest

from compare_gan_tf2.datasets import _polygons, catalog, pipeline, polygon_geometry
from compare_gan_tf2.datasets.images import ArrayImages
from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.datasets.prepare import prepare
from compare_gan_tf2.errors import UserError


def _batches(count, first_step=0, *, images=103, batch=10, per_step=1, seed=1):
    numbers = np.arange(images, dtype=np.uint8).reshape(-1, 1, 1, 1)
    labels = np.arange(images, dtype=np.int32)
    stream = pipeline.training_batches(
        ArrayImages(numbers, labels),
        labels,
        batch_size=batch,
        batches_per_step=per_step,
        seed=seed,
        first_step=first_step,
    )
    found = [(np.ravel(pictures), np.ravel(names)) for pictures, names in stream.take(count).as_numpy_iterator()]
    for pictures, names in found:
        np.testing.assert_array_equal(pictures, names)
    return np.concatenate([names for _, names in found])


def test_every_epoch_is_another_permutation_of_all_images():
    order = _batches(31)
    assert sorted(order[:103]) == sorted(order[103:206]) == sorted(order[206:309]) == list(range(103))
    assert not np.array_equal(order[:103], order[103:206])
    assert not np.array_equal(order[:103], np.arange(103))


def test_the_stream_can_begin_anywhere_and_depends_on_the_seed():
    np.testing.assert_array_equal(_batches(30)[170:], _batches(13, first_step=17))
    np.testing.assert_array_equal(_batches(8, per_step=3)[60:], _batches(6, first_step=2, per_step=3))
    assert not np.array_equal(_batches(5), _batches(5, seed=2))


def test_a_data_set_smaller_than_a_batch_goes_round():
    assert sorted(_batches(1, images=3, batch=6)) == [0, 0, 1, 1, 2, 2]
    assert list(_batches(2, images=1, batch=3)) == [0] * 6


@pytest.mark.parametrize("name", catalog.names())
def test_every_entry_is_complete_and_says_how_to_prepare_it(name, tmp_path):
    dataset = catalog.find(name)
    assert dataset.name == name and len(dataset.image_shape) == 3 and dataset.licence and dataset.title
    if dataset.classifier in catalog.names():
        judge = catalog.find(dataset.classifier)
        assert judge.classifier == judge.name and judge.image_shape == dataset.image_shape
    # A number of 0 is known when the files are read.
    assert 2 <= dataset.evaluation_samples <= (dataset.evaluation_images or dataset.evaluation_samples)
    if dataset.is_prepared(tmp_path):  # nothing is stored
        assert dataset.fingerprint(tmp_path) and not dataset.prepared_bytes
        return
    assert not dataset.is_prepared(tmp_path)
    for read in (
        lambda: pipeline.read(dataset, "train", Places(tmp_path, tmp_path)),
        lambda: dataset.fingerprint(tmp_path),
    ):
        with pytest.raises(UserError, match=f"prepare_datasets.sh {name} --dataset_root"):
            read()


def test_polygons_are_generated_once_and_split_as_in_the_paper(tmp_path, monkeypatch):
    monkeypatch.setattr(_polygons, "SPLITS", {"train": (0, 60), "test": (60, 70), "validation": (70, 80)})
    monkeypatch.setattr(_polygons, "_NUMBER", 80)
    assert prepare(["triangles", "polygons"], tmp_path) == {"triangles": "", "polygons": ""}
    triangles = catalog.find("triangles")
    images, labels = pipeline.read(triangles, "train", Places(tmp_path, tmp_path))
    assert images.shape == (60, 28, 28, 1) and images.dtype == np.uint8 and set(labels) == {-1}
    np.testing.assert_array_equal(images[..., 0], polygon_geometry.generate(3, 80, seed=0)[:60])
    floats = pipeline.to_float(images, triangles)
    assert floats.min() == 0.0 and floats.max() == 1.0
    _, labels = pipeline.read(catalog.find("polygons"), "train", Places(tmp_path, tmp_path))
    assert set(labels) == {0, 1, 2, 3}
    before = (tmp_path / "convex_polygons/triangles.npz").stat().st_mtime_ns
    prepare(["triangles"], tmp_path)
    assert (tmp_path / "convex_polygons/triangles.npz").stat().st_mtime_ns == before
    with pytest.raises(UserError, match="evaluation_samples to at most 10"):
        pipeline.read(triangles, "test", Places(tmp_path, tmp_path), 11)


def test_a_damaged_polygon_file_is_named_with_the_cure(tmp_path):
    dataset = catalog.find("triangles")
    path = tmp_path / "convex_polygons/triangles.npz"
    path.parent.mkdir()
    path.write_bytes(b"PK\x03\x04 half a file")
    for read in (
        lambda: pipeline.read(dataset, "train", Places(tmp_path, tmp_path)),
        lambda: dataset.fingerprint(tmp_path),
    ):
        with pytest.raises(UserError, match="triangles.npz cannot be read .* delete it"):
            read()


def test_a_place_that_cannot_be_written_is_a_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    outcome = prepare(["triangles"], tmp_path / "file")
    assert "cannot write" in outcome["triangles"]


def test_real_mnist_is_read_as_it_lies_and_in_the_same_order(real_data, tmp_path):
    mnist = catalog.find("mnist")
    assert mnist.is_prepared(real_data) and prepare(["mnist"], real_data) == {"mnist": ""}
    images, labels = pipeline.read(mnist, "test", Places(real_data, tmp_path / "cache"))
    assert images.shape == (10000, 28, 28, 1) and images.dtype == np.uint8 and images.max() == 255
    assert set(labels) == set(range(10)) and np.bincount(labels).min() > 800
    again, _ = pipeline.read(mnist, "test", Places(real_data, tmp_path / "cache"), 500)
    np.testing.assert_array_equal(images[:500], again)
    assert (
        mnist.fingerprint(real_data) == mnist.fingerprint(real_data) != catalog.find("cifar10").fingerprint(real_data)
    )


def test_a_damaged_tfds_folder_gives_one_line(tmp_path):
    folder = tmp_path / "mnist/3.0.1"
    folder.mkdir(parents=True)
    (folder / "dataset_info.json").write_text("{")
    with pytest.raises(UserError, match="cannot be read") as caught:
        pipeline.read(catalog.find("mnist"), "train", Places(tmp_path, tmp_path))
    assert "\n" not in str(caught.value)


def test_every_data_set_has_a_card(repository):
    text = (repository / "datasets/README.md").read_text(encoding="utf-8")
    assert [name for name in catalog.names() if f"`{name}`" not in text] == []
