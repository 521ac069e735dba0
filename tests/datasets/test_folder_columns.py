"""Sets that lie in one folder, and what lies beside pictures: joined by names, and refused by names."""

import csv
import types

import numpy as np
import pytest
from PIL import Image

from compare_gan_tf2.datasets import catalog, sources
from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.datasets.streams import Plan, Reading, StepRows
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options

RNG = np.random.default_rng(0)


def _stamped(height, width, number):
    """A picture whose red says the column, green the row and blue the number: what moves is seen."""
    rows, columns = np.mgrid[:height, :width]
    return np.stack([columns, rows, np.full_like(rows, number)], -1).astype(np.uint8)


def _write(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def _open(folder, wanted, tmp_path, **options):
    options = Options.from_dict({"dataset": str(folder), **options})
    dataset = catalog.of(options)
    return dataset, options, sources.open_sources(dataset, wanted, options, Places(tmp_path, tmp_path / "cache"))


def _rows(found, streams, count, source=""):
    readings = [Reading("d", source, streams, count)]
    batches = StepRows(found, Plan(lambda step: 0, lambda kind: readings), seed=1, first_step=0)
    return {name: rows.numpy() for name, rows in next(batches)["d"].items()}


PAIRS = {"": {"input": "input", "target": "target"}}


@pytest.mark.parametrize("layout", ["folders", "halves", "masks"])
def test_streams_that_belong_together_are_cropped_and_mirrored_alike(layout, tmp_path):
    folder, wanted = tmp_path / "set", PAIRS
    for number in range(8):
        picture = _stamped(12, 12 if layout == "halves" else 20, number)
        if layout == "folders":
            for side, ending in (("input", "png"), ("target", "bmp")):
                _write(folder / "train" / side / f"{number}.{ending}", picture)
                _write(folder / "test" / side / f"{number}.{ending}", picture)
        elif layout == "halves":
            _write(folder / f"{number}.png", np.concatenate([picture, picture], axis=1))
        else:
            _write(folder / f"{number}.png", picture)
            _write(folder / f"{number}_0.png", picture[..., 0])
            if number:
                _write(folder / f"{number}_1.png", np.full((12, 20), 7, np.uint8))
    if layout == "masks":
        wanted = {"": {"images": "images", "masks": "masks"}}
    # Twelve of a larger side, so that nothing is resized, and the window can lie anywhere; halves are mirrored alone.
    _, _, found = _open(folder, wanted, tmp_path, image_size=12, train_crop="random", random_flip=True)
    streams = tuple(wanted[""])
    rows = _rows(found, streams, 32)
    first, second = (rows[name] for name in streams)
    assert first.shape == (32, 12, 12, 3)
    assert len({tuple(picture[0, :, 0]) for picture in first}) > (1 if layout == "halves" else 8)
    if layout == "masks":
        assert second.shape == (32, 12, 12, 2)
        np.testing.assert_array_equal(second[..., 0], first[..., 0])
        np.testing.assert_array_equal(second[..., 1].max((1, 2)), np.where(first[:, 0, 0, 2], 7, 0))
    else:
        np.testing.assert_array_equal(first, second)


def test_rows_for_scores_belong_together_and_are_never_mirrored(tmp_path):
    folder = tmp_path / "set"
    for number in range(9):
        for side, ending in (("input", "png"), ("target", "bmp")):
            _write(folder / "train" / side / f"{number}.{ending}", _stamped(8, 8, number))
            _write(folder / "test" / side / f"{number}.{ending}", _stamped(8, 8, 100 + number))
    dataset, _, _ = _open(folder, PAIRS, tmp_path, random_flip=True)
    found = sources.stored_rows(dataset, PAIRS, Places(tmp_path, tmp_path / "cache"), count=7)[""]
    np.testing.assert_array_equal(found["input"], found["target"])
    assert len(set(found["input"][:, 0, 0, 2])) == 7 and found["input"][..., 2].min() >= 100
    np.testing.assert_array_equal(found["input"][:, 0, :, 0], [range(8)] * 7)


def _unpaired(folder, counts, side=8):
    for name, count in counts.items():
        for number in range(count):
            _write(folder / name / f"{name}{number}.png", RNG.integers(0, 256, (side, side, 3), np.uint8))
    return folder


def test_two_unpaired_sets_of_different_sizes_are_parts(tmp_path):
    folder = _unpaired(tmp_path / "set", {"trainA": 5, "trainB": 3, "testA": 2, "testB": 4})
    wanted = {"a": {"a": "images"}, "b": {"b": "images"}}
    dataset, _, found = _open(folder, wanted, tmp_path)
    assert dataset.parts == ("a", "b") and {name: source.number for name, source in found.items()} == {"a": 5, "b": 3}
    stored = sources.stored_rows(dataset, wanted, Places(tmp_path, tmp_path / "cache"))
    assert stored["a"]["a"].shape == (2, 8, 8, 3) and stored["b"]["b"].shape == (4, 8, 8, 3)
    ids = sources.identities(dataset, wanted, Places(tmp_path, tmp_path / "cache"))
    assert set(ids) == {"a", "b"} and ids["a"] != ids["b"]


def test_an_unpaired_set_of_equal_names_is_told_of_in_one_line(tmp_path, caplog):
    folder = tmp_path / "set"
    for number in range(3):
        _write(folder / "trainA" / f"{number}.png", _stamped(8, 8, number))
        _write(folder / "trainB" / f"{number}.bmp", _stamped(8, 8, number))
    dataset = catalog.find(str(folder))
    for part in "abab":
        dataset.part(part)
    (line,) = caplog.messages
    assert line.startswith(f"{folder}: trainA and trainB hold pictures of equal names, which are trained on without")


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ({"trainA": 3, "testA": 2}, "has no folder trainB; two unpaired sets lie in trainA and trainB"),
        ({"trainA": 3, "trainB": 1}, "set/trainB has one image and needs 2 or more"),
        ({"trainA": 3, "trainB": 3, "testB": 2}, "has no folder testA, and the other set has pictures to compare"),
        ({"one": 3, "two": 3}, "is one set of pictures, and the GAN type reads a set 'a'"),
    ],
)
def test_a_wrong_folder_of_two_sets_is_answered_in_one_line(counts, message, tmp_path):
    dataset = catalog.find(str(_unpaired(tmp_path / "set", counts)))
    with pytest.raises(UserError, match=message) as caught:
        dataset.part("a")
    assert "\n" not in str(caught.value)


def test_sets_of_other_sizes_need_a_word(tmp_path):
    folder = _unpaired(tmp_path / "set", {"trainA": 3})
    _unpaired(folder, {"trainB": 3}, side=16)
    with pytest.raises(UserError, match="trainA suit 8 x 8, and those of trainB 16 x 16; say .*: image_size=8"):
        catalog.find(str(folder)).part("b")
    assert catalog.of(Options.from_dict({"dataset": str(folder), "image_size": 16})).part("b").image_shape == (
        16,
        16,
        3,
    )
    (folder / "trainB").rename(folder / "elsewhere")
    (folder / "trainB").mkdir()
    with pytest.raises(UserError, match="trainB has no image in it"):
        catalog.find(str(folder)).part("a")


def _columns(folder, names, tmp_path):
    dataset = catalog.find(str(folder))
    return dataset.open_columns(names, dataset.train_split, Places(tmp_path, tmp_path / "cache"))


def test_pairs_that_do_not_fit_are_named(tmp_path):
    folder = tmp_path / "set"
    for number in range(3):
        _write(folder / "train" / "input" / f"{number}.png", _stamped(8, 8, number))
        _write(folder / "train" / "target" / f"{number}.jpg", _stamped(8, 8, number))
    _write(folder / "train" / "input" / "x.png", _stamped(8, 8, 1))
    with pytest.raises(UserError, match="1 do not fit: train/input/x.png has no partner in target"):
        _columns(folder, PAIRS[""], tmp_path)
    _write(folder / "train" / "target" / "x.png", _stamped(8, 9, 1))
    with pytest.raises(UserError, match="train/input/x.png has 8 x 8 pixels and its partner train/target/x.png 8 x 9"):
        _columns(folder, PAIRS[""], tmp_path)


def test_ordinary_pictures_are_not_cut_in_two(tmp_path):
    for number in range(8):
        _write(tmp_path / "set" / f"{number}.png", _stamped(8, 15 if number else 16, number))
    with pytest.raises(
        UserError, match="twice as wide as high; of 8 files 7 do not fit: 1.png has 8 x 15.*; and 2 more"
    ):
        _columns(tmp_path / "set", PAIRS[""], tmp_path)


def test_masks_without_pictures_and_pictures_without_masks_are_named(tmp_path):
    for number in range(3):
        _write(tmp_path / "set" / "images" / f"{number}.png", _stamped(8, 8, number))
        _write(tmp_path / "set" / "masks" / f"{number + 1}.png", _stamped(8, 8, number)[..., 0])
    with pytest.raises(UserError, match="images/0.png has no mask; masks/3.png is the mask of no picture"):
        _columns(tmp_path / "set", ["images", "masks"], tmp_path)


def _table(path, rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)


def _pictures(folder, count=8):
    for number in range(count):
        _write(folder / f"{number}.png", _stamped(8, 8, number))
    return folder


def test_attributes_and_captions_are_joined_by_name(tmp_path):
    folder = _pictures(tmp_path / "set")
    lines = [
        [f"{number}.png", number % 2 or -1, "false" if number == 2 else "true"] for number in (3, 1, 2, 0, 7, 6, 5, 4)
    ]
    _table(folder / "attributes.csv", [["file", "red", "round"], *lines])
    _table(
        folder / "captions.csv",
        [["file", "caption"], *([f"{n}.png", f"number {n}, left"] for n in (2, 0, 3, 1, 4, 7, 5, 6))],
    )
    wanted = {"": {name: name for name in ("images", "attributes", "captions")}}
    dataset, _, found = _open(folder, wanted, tmp_path, random_flip=True)
    assert not found[""].flips  # captions name a side
    rows = _rows(found, tuple(wanted[""]), 8)
    number = rows["images"][:, 0, 0, 2]
    np.testing.assert_array_equal(rows["attributes"], np.stack([number % 2, number != 2], 1))
    assert list(rows["captions"]) == [b"number %d, left" % n for n in number]


def test_other_captions_are_other_rows(tmp_path):
    folder, wanted = _pictures(tmp_path / "set"), {"": {name: name for name in ("images", "captions")}}
    found = []
    for word in ("a", "b"):
        _table(folder / "captions.csv", [["file", "caption"], *([f"{n}.png", f"{word} {n}"] for n in range(8))])
        dataset = catalog.find(str(folder))
        found.append(sources.identities(dataset, wanted, Places(tmp_path, tmp_path / "cache"))[""])
    assert found[0] != found[1]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([[f"{n}.png", n % 2] for n in range(7)], "1 of 8 pictures are not named .7.png."),
        ([[f"{n}.png", n % 2] for n in range(8)] + [["9.png", 1]], "1 names are of no picture .9.png."),
        ([[f"{n}.png", 1] for n in range(8)], "attribute 'red' is 1 of all pictures, and teaches nothing"),
        ([[f"{n}.png", 2 * n] for n in range(8)], "red of 1.png is '2'; it is 0 or 1, -1 or 1, false or true"),
        ([["0.png", 1], ["0.png", 0]], "names 0.png twice"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(rows, message, tmp_path):
    folder = _pictures(tmp_path / "set")
    _table(folder / "attributes.csv", [["file", "red"], *rows])
    with pytest.raises(UserError, match=message):
        _columns(folder, ["images", "attributes"], tmp_path)


def test_labeled_rows_and_rows_of_another_class_are_read_by_name(tmp_path):
    folder = tmp_path / "set"
    for name, first in (("x", 0), ("y", 10)):
        for number in range(6):
            _write(folder / name / f"{number}.png", _stamped(8, 8, first + number))
    wanted = {
        "labeled": {"images": "images", "labels": "labels"},
        "": {"wrong": "images_of_another_class", "true": "labels"},
    }
    _, _, found = _open(folder, wanted, tmp_path, conditional=True, label_fraction=0.5)
    labeled = _rows(found, ("images", "labels"), 6, "labeled")
    assert found["labeled"].selected is not None and len(found["labeled"].selected) == 6
    assert len({tuple(picture[0, 0]) for picture in labeled["images"]}) == 6
    np.testing.assert_array_equal(labeled["labels"], labeled["images"][:, 0, 0, 2] // 10)


def test_what_a_set_lacks_is_named():
    with pytest.raises(UserError, match="'triangles' has images and no target"):
        catalog.find("triangles").open_columns(["images", "target"], "train", types.SimpleNamespace())
