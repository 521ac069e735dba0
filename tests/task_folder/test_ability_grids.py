"""Grids of abilities: inputs beside outputs and truths; real images by class, with names."""

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans import Ability, Stream, ability_inputs
from compare_gan_tf2.task_folder import grids
from compare_gan_tf2.task_folder.ability_grids import AbilityGrids, real_images


class Dataset:
    image_shape, largest_value, num_classes = (4, 4, 1), 255, 0


class Gan:
    """A stand-in: darkens images of "input"."""

    dataset, has_codes_like_prior = Dataset(), False

    def __init__(self, **sources):
        self.streams = {name: Stream(tf.TensorSpec([None, 4, 4, 1]), source=each) for name, each in sources.items()}

    def evaluated(self):
        return {}

    def abilities(self, nets):
        del nets
        return {
            "darken": Ability(lambda images: images * 0.5, ("input",), list(self.streams)[-1]),
            "encode": Ability(lambda images: tf.reduce_mean(images, [1, 2, 3]), ("input",)),
        }


@pytest.fixture
def read(monkeypatch):
    """Rows 0, 10, 20, ... as inputs; truths of 200."""

    def rows(dataset, streams, places, count):
        del dataset, places
        gray = {"input": np.arange(count) * 10, "target": np.full(count, 200)}
        return {name: (gray[name][:, None, None, None] * np.ones([1, 4, 4, 1])).astype(np.uint8) for name in streams}

    monkeypatch.setattr(ability_inputs, "read", rows)


@pytest.mark.parametrize(
    ("streams", "row"),
    [
        ({"input": ""}, [10, 5]),
        ({"input": "", "target": ""}, [10, 5, 200]),
        ({"input": "a", "target": "b"}, [10, 5]),  # whose rows do not belong together
    ],
)
def test_inputs_outputs_and_known_truths_stand_side_by_side(read, tmp_path, streams, row):
    drawn = AbilityGrids(Gan(**streams), Places(tmp_path, tmp_path)).drawn()
    assert list(drawn) == ["darken"]
    second = [int(drawn["darken"][0, 5 * (len(row) + i), 0]) for i in range(len(row))]
    assert second == row


class Editor(Gan):
    """Stand-in that gives images the shade of a class, half of it for a reconstruction."""

    def __init__(self, classes):
        super().__init__(images="")
        self.streams["labels"] = Stream(tf.TensorSpec([None], tf.int32))
        self.dataset = Dataset()
        self.dataset.num_classes = classes

    def abilities(self, nets):
        def edit(images, labels):
            return images * 0 + tf.cast(labels, tf.float32)[:, None, None, None] / 255

        return {
            "edit": Ability(edit, ("images", "labels"), "images"),
            "reconstruct": Ability(lambda images: images / 2, ("images",), "images"),
        }


def test_edits_stand_beside_the_image_and_its_reconstruction(monkeypatch, tmp_path):
    def rows(dataset, streams, places, count):
        del dataset, places
        assert list(streams) == ["images"]
        return {"images": (np.arange(count) * 10)[:, None, None, None] * np.ones([1, 4, 4, 1], np.uint8)}

    monkeypatch.setattr(ability_inputs, "read", rows)
    drawn = AbilityGrids(Editor(3), Places(tmp_path, tmp_path)).drawn()
    assert list(drawn) == ["reconstruct", "edit"] and drawn["edit"].shape == (8 * 5 - 1, 5 * 5 - 1, 1)
    assert drawn["edit"][5, ::5, 0].tolist() == [10, 5, 0, 1, 2]
    # Nothing says to which classes.
    assert list(AbilityGrids(Editor(0), Places(tmp_path, tmp_path)).drawn()) == ["reconstruct"]


def test_without_data_nothing_is_drawn_and_nothing_fails(monkeypatch, tmp_path, caplog):
    def missing(*arguments):
        raise UserError("there is no such data")

    monkeypatch.setattr(ability_inputs, "read", missing)
    drawer = AbilityGrids(Gan(input=""), Places(tmp_path, tmp_path))
    assert drawer.drawn() == drawer.drawn() == {} and caplog.text.count("no such data") == 1
    assert AbilityGrids(Gan(input=""), None).drawn() == {}


def test_real_images_stand_by_class_with_its_name():
    labels = np.array([1, 0, 1, 1, -1])
    images = np.full([5, 6, 6, 3], 0.4)
    made = real_images(images, labels, ("cat", "dog", "a class that none of the images has"), columns=2)
    assert made.shape[0] == 2 * 7 - 1 and made.shape[1] > 2 * 7 - 1 + 10
    names = made[:, : -(2 * 7 - 1)]
    assert names.min() < 100 and names[:, :3].min() == 255
    assert made[0, -1].tolist() == [255] * 3 and made[-1, -1].tolist() == [102] * 3  # of cats there is one
    assert real_images(images, labels, (), columns=4).shape == (6, 4 * 7 - 1, 3)
    assert np.array_equal(real_images(images, np.full(5, -1), ("cat",), columns=4), grids.grid(images[:4], 4))


def test_long_and_foreign_names_are_drawn_as_well_as_can_be():
    sheet = np.zeros([13, 6, 1], np.uint8)
    assert grids.named_rows(sheet, ["a" * 90, "猫"]).shape[0] == 13
