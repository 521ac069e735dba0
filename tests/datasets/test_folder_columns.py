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
    options = Options.from_dict({"dataset": str(folder), "metrics": "fid", **options})
    dataset = catalog.of(options)
    return dataset, options, sources.open_sources(dataset, wanted, options, Places(tmp_path, tmp_path / "cache"))


def _rows(found, streams, count, source=""):
    readings = [Reading("d", source, streams, count)]
    batches = StepRows(found, Plan(lambda step: 0, lambda kind: readings), seed=1, first_step=0)
    return {name: rows.numpy() for name, rows in next(batches)["d"].items()}


def _names(pictures):
    names = pictures.keys()
    return list(map(str, names))


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


def _columns(folder, names, tmp_path, **options):
    dataset = catalog.of(Options.from_dict({"dataset": str(folder), "metrics": "fid", **options}))
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


def _pairs(folder, inputs, targets, ending="jpg"):
    for name in inputs:
        _write(folder / "train" / "input" / f"{name}.png", _stamped(8, 8, 1))
    for name in targets:
        _write(folder / "train" / "target" / f"{name}.{ending}", _stamped(8, 8, 1))
    return folder


def test_each_file_without_a_partner_is_named_and_matched_takes_the_rest(tmp_path, caplog):
    folder = _pairs(tmp_path / "set", ["a", "b", "c", "x"], ["a", "b", "c", "y"])
    both = "train/input/x.png has no partner in target; train/target/y.jpg has no partner in input"
    with pytest.raises(UserError, match=f"pairs=matched leaves out the others.*2 do not fit: {both}$"):
        _columns(folder, PAIRS[""], tmp_path)
    found = _columns(folder, PAIRS[""], tmp_path, pairs="matched")
    names = [[path.rpartition("/")[2][0] for path in _names(found.data[side])] for side in ("input", "target")]
    assert names[0] == names[1] and sorted(names[0]) == ["a", "b", "c"]
    assert [line for line in caplog.messages if both in line and "of 8 files 2 are left out" in line]


def test_two_files_of_one_stem_are_refused_also_where_the_rest_is_taken(tmp_path):
    folder = _pairs(tmp_path / "set", ["a", "b", "c"], ["a", "b", "c"])
    _write(folder / "train" / "input" / "a.bmp", _stamped(8, 8, 1))
    with pytest.raises(UserError, match="train/input/a.png and train/input/a.bmp have one name"):
        _columns(folder, PAIRS[""], tmp_path, pairs="matched")


@pytest.mark.parametrize(("order", "red"), [("input_target", 0), ("target_input", 12)])
def test_the_order_of_halves_is_an_option_and_the_cut_is_said(order, red, tmp_path, caplog):
    folder = tmp_path / "set"
    for number in range(3):
        _write(folder / f"{number}.png", _stamped(12, 24, number))
    _, _, found = _open(folder, PAIRS, tmp_path, image_size=12, pair_order=order)
    rows = _rows(found, ("input", "target"), 3)
    assert (rows["input"][:, 0, 0, 0] == red).all() and (rows["target"][:, 0, 0, 0] == 12 - red).all()
    np.testing.assert_array_equal(rows["input"][..., 2], rows["target"][..., 2])
    first, second = order.split("_")
    said = f"cut at its middle: 12 + 12; the left half is the {first}, the right half the {second} (pair_order={order})"
    assert len([line for line in caplog.messages if said in line]) == 1


def test_an_odd_width_is_refused_by_name(tmp_path):
    for number in range(3):
        _write(tmp_path / "set" / f"{number}.png", _stamped(8, 17 if number == 1 else 16, number))
    with pytest.raises(UserError, match="cut at its middle.* 1 do not fit: 1.png has 8 x 17 pixels"):
        _columns(tmp_path / "set", PAIRS[""], tmp_path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pairs": "matched"}, "option pairs is matched, and gan=modular reads no input and target"),
        (
            {"pair_order": "target_input"},
            "option pair_order is target_input, and gan=modular reads no input and target",
        ),
        ({"exclusive": "red,round"}, "option exclusive is red,round, and gan=modular reads no attributes"),
    ],
)
def test_options_about_what_is_not_read_are_refused(options, message, tmp_path):
    folder = _pictures(tmp_path / "set")
    with pytest.raises(UserError, match=message):
        _open(folder, {"": {"images": "images"}}, tmp_path, **options)
    with pytest.raises(UserError, match="are about a folder of images, and data set 'triangles' is none"):
        Options.from_dict({"dataset": "triangles", **options})


@pytest.mark.parametrize("names", ["outlines", "outlines,outlines", ",filled", "a,b,c"])
def test_domain_names_are_two_and_of_two_sets(names, tmp_path):
    folder = _unpaired(tmp_path / "set", {"trainA": 3, "trainB": 3})
    assert Options.from_dict(
        {"dataset": str(folder), "metrics": "fid", "domain_names": "outlines, filled"}
    ).domain_names
    with pytest.raises(UserError, match="it is two different names with a comma between them"):
        Options.from_dict({"dataset": str(folder), "metrics": "fid", "domain_names": names})
    with pytest.raises(UserError, match="'triangles' is one set of pictures; two lie in folders trainA and trainB"):
        Options.from_dict({"dataset": "triangles", "domain_names": "outlines,filled"})


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


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        ("0", "1", []),
        ("-1", "1", ["-1 is read as 0"]),
        ("False", "true", ["false is read as 0 and true is read as 1"]),
    ],
)
def test_values_of_attributes_are_read_in_three_forms_and_echoed(low, high, said, tmp_path, caplog):
    folder = _pictures(tmp_path / "set")
    _table(folder / "attributes.csv", [["file", "red"], *([f"{n}.png", high if n % 2 else low] for n in range(8))])
    found = _columns(folder, ["images", "attributes"], tmp_path)
    numbers = [int(path[0]) % 2 for path in _names(found.data["images"])]
    np.testing.assert_array_equal(found.data["attributes"][:, 0], numbers)
    assert [line.partition(": ")[2] for line in caplog.messages if "is read as" in line] == said


def test_attributes_keep_the_order_of_the_heading_and_a_set_without_has_none(tmp_path):
    folder = _pictures(tmp_path / "set")
    assert catalog.find(str(folder)).attribute_names == catalog.find("triangles").attribute_names == ()
    _table(folder / "attributes.csv", [["file", "young", "blond"], *([f"{n}.png", n % 2, n // 4] for n in range(8))])
    other = _pictures(tmp_path / "other")
    (folder / "attributes.csv").rename(other / "attributes.csv")
    assert catalog.find(str(other)).attribute_names == ("young", "blond")


@pytest.mark.parametrize(
    ("exclusive", "message"),
    [
        ("black,blond", ""),
        ("black,bold", "has no attribute 'bold'; its attributes are black, blond, smiling"),
        ("black", "option exclusive is 'black'; it takes two attributes or more"),
    ],
)
def test_attributes_that_exclude_each_other_are_known_and_those_that_do_not_are_counted(
    exclusive, message, tmp_path, caplog
):
    folder = _pictures(tmp_path / "set")
    values = [[1, 0], [0, 1], [1, 1], [0, 0]] * 2
    lines = [[f"{n}.png", *pair, n % 2] for n, pair in enumerate(values)]
    _table(folder / "attributes.csv", [["file", "black", "blond", "smiling"], *lines])
    wanted = ["images", "attributes"]
    if message:
        with pytest.raises(UserError, match=message):
            _columns(folder, wanted, tmp_path, exclusive=exclusive)
        return
    assert _columns(folder, wanted, tmp_path, exclusive=exclusive).number == 8
    assert "2 of 8 pictures have more than one of black, blond (2.png, 6.png)" in caplog.text


def test_fewer_than_two_domains_are_refused_with_the_folders_that_were_seen(tmp_path):
    for number in range(4):
        _write(tmp_path / "set" / "celeba" / "faces" / f"{number}.png", _stamped(8, 8, number))
    with pytest.raises(UserError, match="folders seen: celeba/faces; two or more are classes"):
        Options.from_dict({"dataset": str(tmp_path / "set"), "metrics": "fid", "conditional": True})
    wanted = {"": {"images": "images", "wrong": "images_of_another_class"}}
    with pytest.raises(UserError, match="all images are of one; .*folders seen: celeba/faces"):
        _open(tmp_path / "set", wanted, tmp_path)


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
