"""Vectors of captions from a file of the user's, joined by the names of pictures or by the rows of splits."""

import numpy as np
import pytest
from PIL import Image

from compare_gan_tf2.datasets import catalog, sources
from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options

WANTED = {"": {"images": "images", "caption": "text_vectors"}}


def _options(dataset, file, **more):
    return Options.from_dict(
        {"dataset": str(dataset), "gan": "text_to_image", "text_vectors": str(file), "text_units": 3, "metrics": "fid"}
        | more
    )


def _rows(options, tmp_path, **more):
    return sources.stored_rows(catalog.of(options), WANTED, Places(tmp_path / "root", tmp_path / "cache"), **more)[""]


def test_rows_of_a_split_are_those_of_its_array(tmp_path):
    train, options = np.arange(60.0).reshape(20, 3), _options("polygon_caption:20", tmp_path / "v.npz")
    number = catalog.of(options).evaluation_images
    np.savez(tmp_path / "v.npz", train=train, test=-np.arange(3.0 * number).reshape(number, 3))
    found = _rows(options, tmp_path, count=2)
    assert found["caption"].dtype == np.float32
    np.testing.assert_array_equal(found["caption"], [[0, -1, -2], [-3, -4, -5]])
    np.testing.assert_array_equal(_rows(options, tmp_path, training=True)["caption"], train)
    # Rules and everything else are those of the data set.
    assert catalog.of(options).rules == catalog.find("polygon_caption:20").rules
    assert catalog.of(options).name == "polygon_caption:20"


@pytest.fixture
def folder(tmp_path):
    """A folder of pictures, each of one gray, 10 times its number."""
    for split, numbers in (("train", range(6)), ("test", (6, 7))):
        for number in numbers:
            place = tmp_path / "set" / split / f"{number}.png"
            place.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.full((8, 8, 3), 10 * number, np.uint8)).save(place)
    return tmp_path / "set"


@pytest.mark.parametrize("ending", ["", ".png"])
def test_vectors_are_joined_by_name_whatever_their_order(folder, tmp_path, ending):
    order = [5, 0, 7, 1, 6, 4, 3, 2]
    names = [f"{'test' if number > 5 else 'train'}/{number}{ending}" for number in order]
    np.savez(tmp_path / "v.npz", names=np.array(names), vectors=np.array(order)[:, None] * [1.0, 1.0, 1.0])
    options = _options(folder, tmp_path / "v.npz")
    for training, count in ((False, 2), (True, 6)):
        found = _rows(options, tmp_path, training=training)
        assert len(found["caption"]) == count
        np.testing.assert_array_equal(found["images"][:, 0, 0, 0], 10 * found["caption"][:, 0])


def test_a_task_notices_that_the_file_has_changed(folder, tmp_path):
    file, options = tmp_path / "v.npz", _options(folder, tmp_path / "v.npz")
    seen = set()
    for value in (0.0, 1.0):
        np.savez(file, train=np.full((6, 3), value), test=np.zeros((2, 3)))
        places = Places(tmp_path / "root", tmp_path / "cache")
        seen.add(sources.identities(catalog.of(options), WANTED, places)[""])
    assert len(seen) == 2


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        (None, "cannot be read"),
        ({"a": np.zeros(3)}, "has a and needs either names"),
        ({"test": np.zeros((2, 4))}, "vectors of 4 numbers, and text_units is 3; set text_units=4"),
        ({"test": np.zeros((5, 3))}, "has 5 rows for split test, which has 2 pictures"),
        ({"test": np.zeros(3)}, "not numbers [N, T]"),
        ({"test": np.full((2, 3), np.nan)}, "not finite"),
        ({"names": np.array(["test/6"]), "vectors": np.zeros((1, 3))}, "has no vector of test/7.png"),
        ({"names": np.array(["x", "x"]), "vectors": np.zeros((2, 3))}, "names x twice"),
        ({"names": np.array(["x"]), "vectors": np.zeros((2, 3))}, "has 1 names and 2 vectors"),
    ],
)
def test_what_does_not_fit_is_one_line(folder, tmp_path, arrays, said):
    if arrays is not None:
        np.savez(tmp_path / "v.npz", **arrays)
    with pytest.raises(UserError) as error:
        _rows(_options(folder, tmp_path / "v.npz"), tmp_path)
    assert said in str(error.value) and "\n" not in str(error.value)


def test_other_types_have_no_place_for_vectors():
    with pytest.raises(UserError, match="text_vectors"):
        Options.from_dict({"dataset": "polygon_caption:20", "gan": "modular", "text_vectors": "/v.npz"})
