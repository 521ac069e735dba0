"""A folder whose images lie together, with a table of their labels."""

import numpy as np
import pytest
from PIL import Image

from compare_gan_tf2.datasets import _folder_listing, _labels, catalog
from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(6):
        Image.fromarray(np.full((8, 8, 3), 40 * number, np.uint8)).save(folder / f"{number}.png")
    return folder


def _table(place, *lines):
    _folder_listing._KEPT.clear()
    place.write_text("".join(f"{line}\n" for line in lines))


def _options(folder, **more):
    return Options.from_dict({"dataset": str(folder), "conditional": True, "metrics": "fid", **more})


def _labels_of(folder, tmp_path, **more):
    """Class of each image by its name, as trained on."""
    options = _options(folder, **more)
    entry = catalog.of(options)
    images = entry.open(entry.train_split, Places(tmp_path, tmp_path / "cache"))
    labels, _ = _labels.training_labels(images, entry, options)
    return entry.class_names, dict(zip(images.keys().tolist(), labels.tolist(), strict=True))


@pytest.mark.parametrize("by_option", [False, True])
@pytest.mark.parametrize(
    ("lines", "names", "expected"),
    [
        (["0.png,1", "1.png,0", "2.png,1"], ("0", "1"), [1, 0, 1]),
        (["file,label", "0.png,dog", "1.png,cat", "./2.png,dog"], ("cat", "dog"), [1, 0, 1]),
        (["0.png;cat", "1.png;-1", "2.png;9"], ("9", "cat"), [1, -1, 0]),
        (["0.png,2", "1.png,-1", "2.png,0"], ("0", "1", "2"), [2, -1, 0]),
    ],
)
def test_classes_come_from_the_table(lines, names, expected, by_option, photos, tmp_path):
    _table(tmp_path / "elsewhere.csv" if by_option else photos / "labels.csv", *lines)
    given = {"label_file": str(tmp_path / "elsewhere.csv")} if by_option else {}
    found, labels = _labels_of(photos, tmp_path, **given)
    assert found == names
    assert [labels[f"{number}.png"] for number in range(6)] == [*expected, -1, -1, -1]


def test_a_table_names_images_of_both_splits(tmp_path):
    for split in ("train", "test"):
        (tmp_path / "set" / split).mkdir(parents=True)
        for number in range(4):
            Image.new("RGB", (8, 8), (number, 0, 0)).save(tmp_path / "set" / split / f"{number}.png")
    lines = [f"{split}/{number}.png,{number % 2}" for split in ("train", "test") for number in range(4)]
    _table(tmp_path / "set/labels.csv", *lines)
    entry = catalog.of(_options(tmp_path / "set"))
    for split in ("train", "test"):
        images = entry.open(split, Places(tmp_path, tmp_path / "cache"))
        assert all(int(key[-5]) % 2 == label for key, label in zip(images.keys(), images.labels(), strict=True))


def test_other_labels_are_another_set_for_those_who_use_them_alone(photos, tmp_path):
    places = Places(tmp_path, tmp_path / "cache")

    def identities():
        return [catalog.of(_options(photos, conditional=conditional)).identity(places) for conditional in (False, True)]

    unlabeled = catalog.of(_options(photos, conditional=False)).identity(places)
    _table(photos / "labels.csv", "0.png,0", "1.png,1")
    first = identities()
    _table(photos / "labels.csv", "0.png,1", "1.png,0")
    second = identities()
    assert first[0] == second[0] == unlabeled and len({unlabeled, first[1], second[1]}) == 3
    assert not catalog.of(_options(photos, conditional=False)).num_classes


def test_images_without_a_label_are_counted(photos, tmp_path, caplog):
    _table(photos / "labels.csv", "0.png,0", "1.png,1", "1.jpg,1")
    _labels_of(photos, tmp_path)
    assert "labels.csv: 1 names are no images of the folder, '1.jpg' among them" in caplog.text
    assert f"4 of 6 training images of {photos} have no label" in caplog.text


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (["0.png,1", "0.png,2"], "0.png has two labels, 1 and 2"),
        (["zero.png,1"], "none of its names, 'zero.png' among them, is an image of the folder"),
        (["0.png,1.5"], r"the label of 0.png is \[1.5\]"),
        (["0.png,1,2"], r"the label of 0.png is \[1.0, 2.0\]"),
        (["0.png"], r"the label of 0.png is \[\]"),
        (["0.png,200000"], "the label of 0.png"),
    ],
)
def test_a_table_that_is_none_is_no_table_and_the_reason_is_given(lines, why, photos, tmp_path):
    _table(photos / "labels.csv", *lines)
    with pytest.raises(UserError, match=f"has no classes; .*labels.csv: {why}"):
        _options(photos)
    assert _options(photos, conditional=False).dataset == str(photos)
    _table(tmp_path / "other.csv", *lines)
    with pytest.raises(UserError, match=f"other.csv: {why}"):
        _options(photos, label_file=str(tmp_path / "other.csv"))


def test_a_table_beside_folders_of_classes_is_said_to_be_unused(photos, tmp_path):
    for name in ("cat", "dog"):
        (tmp_path / "set" / name).mkdir(parents=True)
        for number in range(3):
            Image.new("RGB", (8, 8), (number, 0, 0)).save(tmp_path / "set" / name / f"{number}.png")
    _table(tmp_path / "set/labels.csv", "cat/0.png,1")
    listing = _folder_listing.of(tmp_path / "set")
    assert listing.class_names == ("cat", "dog")
    assert "labels.csv is not used, for the folders are the classes" in " ".join(listing.remarks)
