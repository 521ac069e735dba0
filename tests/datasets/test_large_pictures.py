"""Folders of large pictures: read at full size, decoded part by part into the cache on the disk."""

import numpy as np
import pytest
from PIL import Image

from compare_gan_tf2.datasets import _decoding, catalog, pipeline
from compare_gan_tf2.datasets.images import BATCH, MOST_OF_BATCH, MOST_OF_PART, at_once
from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.options import Options

NUMBER = 5


@pytest.fixture(params=[256, pytest.param(1024, marks=pytest.mark.slow)])
def side(request):
    return request.param


@pytest.fixture
def folder(side, tmp_path):
    """Five square pictures whose rows and columns differ."""
    place = tmp_path / "large"
    place.mkdir()
    rows, columns = np.mgrid[:side, :side]
    for number in range(NUMBER):
        pixels = np.stack([rows + number, columns // 4, rows ^ columns], axis=2).astype(np.uint8)
        Image.fromarray(pixels).save(place / f"{number}.png", compress_level=1)
    return place


def _data(folder, side, kept="auto"):
    options = Options.from_dict({"dataset": str(folder), "image_size": side, "metrics": "fid"})
    places = Places(folder, folder.parent / "cache")
    return pipeline.training_data(catalog.of(options), options, places, kept)


def test_pictures_that_do_not_fit_into_memory_are_decoded_onto_the_disk_a_few_at_a_time(folder, side, monkeypatch):
    monkeypatch.setattr(_decoding, "_available_memory", lambda: NUMBER * side * side * 3)
    monkeypatch.setattr(_decoding, "MOST_OF_PART", 2 * side * side * 3)
    sizes, parts = [], _decoding.parts

    def noted(*arguments):
        for pictures, labels in parts(*arguments):
            sizes.append(len(pictures))
            yield pictures, labels

    monkeypatch.setattr(_decoding, "parts", noted)
    found = _data(folder, side)
    assert found.cached == "disk" and isinstance(found.images.images, np.memmap) and sizes == [2, 2, 1]
    for name, picture in zip(found.images.keys(), found.images.images, strict=True):
        with Image.open(folder / name) as stored:
            np.testing.assert_array_equal(picture, np.asarray(stored))
    again = _data(folder, side)
    assert again.cached == "disk" and len(sizes) == 3
    read = [
        next(iter(pipeline.training_batches(data.images, data.labels, batch_size=2, batches_per_step=1, seed=1,
                                            first_step=0)))[0].numpy()
        for data in (again, _data(folder, side, "none"))
    ]  # fmt: skip
    assert read[0].shape == (1, 2, side, side, 3)
    np.testing.assert_array_equal(*read)


def test_the_larger_images_are_the_fewer_are_handled_together():
    def together(side):
        return at_once((side, side, 3), BATCH, MOST_OF_BATCH), at_once((side, side, 3), 500, MOST_OF_PART)

    assert [together(side) for side in (64, 512, 1024)] == [(64, 500), (64, 500), (21, 170)]
    assert at_once((10**6, 10**6, 3), 64, MOST_OF_BATCH) == 1
