"""What a folder of images means is said where it may be other than its owner thinks."""

import json

import numpy as np
import pytest
from PIL import Image

from compare_gan_tf2.datasets import _folder_listing, _own_output, catalog
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import tasks


def _write(folder, count=3, side=16, first=0):
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        Image.fromarray(np.full((side, side, 3), number, np.uint8)).save(folder / f"{number}.png")


def _remarks(folder):
    _folder_listing._KEPT.clear()
    return " | ".join(_folder_listing.of(folder).remarks)


def _study(folder):
    """What a task leaves in its folder."""
    for name in ("samples", "export/10", "checkpoints/00000010"):
        _write(folder / name, 2)
    (folder / "task.json").write_text(json.dumps({"format": 1, "task_num": 0, "options": {}}))
    (folder / "status.json").write_text(json.dumps({"state": "done", "step": 10}))
    (folder / "scores.csv").write_text("step\n")


@pytest.mark.parametrize("place", ["study/0", "0", "cat/deep/3", "train/x/0"])
def test_a_study_below_the_data_is_no_data_and_said(place, tmp_path):
    _write(tmp_path / "cat")
    _write(tmp_path / "dog")
    before = _folder_listing.of(tmp_path)
    _study(tmp_path / place)
    assert f"what this package wrote there is no data, and left out: in {place}" in _remarks(tmp_path)
    after = _folder_listing.of(tmp_path)
    assert (after.splits, after.class_names, after.digest) == (before.splits, before.class_names, before.digest)
    whole = _folder_listing.of(tmp_path, as_whole=True)
    assert len(whole.splits["all"]) == 6 and place in whole.remarks[0]
    # One part of a task's files is enough, as of a training by the library, or one that was moved.
    for gone in ("task.json", "scores.csv"):
        (tmp_path / place / gone).unlink()
        assert len(_folder_listing.of(tmp_path, as_whole=True).splits["all"]) == 6


def test_a_class_called_as_a_tasks_number_keeps_its_own_pictures(tmp_path):
    for number in range(3):
        _write(tmp_path / str(number))
    _study(tmp_path / "1")
    listing = _folder_listing.of(tmp_path)
    assert listing.class_names == ("0", "1", "2") and len(listing.splits["all"]) == 9


def test_modules_and_drawn_samples_are_no_data(tmp_path):
    _write(tmp_path, 4)
    _write(tmp_path / "model")
    (tmp_path / "model/saved_model.pb").write_bytes(b"")
    _write(tmp_path / "samples-files")
    for name in ("samples-grid.png", "samples-interpolation.gif"):
        (tmp_path / name).write_bytes((tmp_path / "0.png").read_bytes())
    assert _folder_listing.of(tmp_path).splits["all"] == ("0.png", "1.png", "2.png", "3.png")
    assert "left out: in ., model" in _remarks(tmp_path)
    # Named as data, it is.
    assert len(_folder_listing.of(tmp_path / "model", as_whole=True).splits["all"]) == 3
    assert len(_folder_listing.of(tmp_path / "samples-files").splits["all"]) == 3


@pytest.mark.parametrize("content", ["[]", "{}", '{"state": "Ohio"}', "no json", '{"a": ' * 2000])
def test_files_of_others_with_our_names_mean_nothing(content, tmp_path):
    for name in ("status.json", "data.json"):
        (tmp_path / name).write_text(content)
    _write(tmp_path / "samples")
    _write(tmp_path / "export")
    assert _own_output.among(tmp_path, {"status.json", "data.json", "samples", "export"}) == frozenset()
    assert _folder_listing.of(tmp_path).class_names == ("export", "samples") and not _remarks(tmp_path)


@pytest.mark.parametrize("names", [("preview.png",), ("a.png", "b.png")])
def test_a_stray_picture_beside_classes_or_splits_is_named(names, tmp_path):
    for folder in ("cat", "dog"):
        _write(tmp_path / "classes" / folder)
        _write(tmp_path / "splits/train" / folder)
        _write(tmp_path / "splits/test" / folder)
        _write(tmp_path / "training/train" / folder)
    assert not _remarks(tmp_path / "classes") and not _remarks(tmp_path / "splits")
    for place in ("classes", "splits/train", "training"):
        for name in names:
            Image.new("RGB", (8, 8)).save(tmp_path / place / name)
    assert f"classes: {len(names)} of {6 + len(names)} images lie beside the folders cat, dog" in (
        _remarks(tmp_path / "classes")
    )
    assert f"({', '.join(names)})" in _remarks(tmp_path / "classes")
    assert "splits/train: " in _remarks(tmp_path / "splits") and names[0] in _remarks(tmp_path / "splits")
    assert f"lie beside the folders train and not in one ({names[0]}" in _remarks(tmp_path / "training")
    with pytest.raises(UserError, match=f"has no classes; .*{names[0]}"):
        Options.from_dict({"dataset": str(tmp_path / "classes"), "conditional": True})


def test_splits_taken_for_classes_and_classes_without_images_are_named(tmp_path):
    for folder in ("train", "unlabeled"):
        _write(tmp_path / "a" / folder)
    assert "the folders train, unlabeled are taken for classes, train too" in _remarks(tmp_path / "a")
    for folder in ("cat", "dog"):
        _write(tmp_path / "b" / folder)
    (tmp_path / "b/bird").mkdir()
    (tmp_path / "b/bird/notes.txt").write_text("to come")
    assert "folders without images are no classes: bird" in _remarks(tmp_path / "b")
    for folder in ("train/cat", "train/dog", "train/eel", "test/cat"):
        _write(tmp_path / "d" / folder)
    assert "test: no images of the classes dog, eel, which are trained on" in _remarks(tmp_path / "d")
    _write(tmp_path / "c", 5)
    _write(tmp_path / "c/more", 5)
    assert not _remarks(tmp_path / "c")


def _planned(folder, **options):
    _folder_listing._KEPT.clear()
    return tasks.plan("test", 0, {"dataset": str(folder), "evaluation_samples": "0", "metrics": "fid", **options})


def test_one_small_picture_does_not_decide_the_size_of_a_new_task(tmp_path, caplog):
    _write(tmp_path, 20, 128)
    _planned(tmp_path)
    assert "differ in size" not in caplog.text
    _write(tmp_path, 1, 16, first=99)
    with pytest.raises(UserError, match=r"from 16 \(99.png\) to 128 pixels .* become 16 x 16.*image_size=128 enlarges"):
        _planned(tmp_path)
    for size in (16, 128):
        caplog.clear()
        assert catalog.of(_planned(tmp_path, image_size=str(size))[0].options).image_shape == (size, size, 3)
        assert f"all become {size} x {size}" in caplog.text
    # A task that is there goes on as it began.
    assert catalog.of(Options.from_dict({"dataset": str(tmp_path)})).image_shape == (16, 16, 3)


def test_sizes_that_differ_little_are_said_alone(tmp_path, caplog):
    _write(tmp_path, 10, 100)
    _write(tmp_path, 10, 120, first=50)
    _planned(tmp_path)
    assert "shorter sides from 100" in caplog.text and "all become 64 x 64" in caplog.text


def test_more_samples_than_there_are_is_said_when_a_task_is_made(tmp_path, caplog):
    _write(tmp_path, 20)
    _planned(tmp_path, evaluation_samples="500")
    assert "only 20 images for evaluation_samples=500: scores use all of them" in caplog.text


def test_what_each_framing_loses_of_pictures_that_are_not_square_is_said(tmp_path, caplog):
    _write(tmp_path, 4, 64)
    _planned(tmp_path)
    assert "not square" not in caplog.text
    for number, (width, height) in enumerate(((128, 96), (100, 75), (64, 128)), 90):
        Image.fromarray(np.full((height, width, 3), number, np.uint8)).save(tmp_path / f"{number}.png")
    _planned(tmp_path, train_crop="random")
    line = next(line for line in caplog.text.splitlines() if "not square" in line)
    assert "3 of 7 images looked at are not square, as 90.png with 128 x 96 pixels" in line
    assert "middle cuts off 25% of its width" in line and "squeezes the width to 75%" in line
    assert line.endswith("train_crop is random")
