"""A part of a user's own folder that is kept from training, by a hash of what is in the files."""

import json

import numpy as np
import pytest
from PIL import Image

from compare_gan_tf2.datasets import _folder_listing, _image_folder, catalog
from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import tasks

COUNT = 60


def _write(folder, numbers=range(COUNT)):
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        pixels = np.random.default_rng(number).integers(0, 256, (8, 8, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:03d}.png")


def _parts(folder, tmp_path, share=0.25, **more):
    """Names of the images that are trained on, and of those that are compared with."""
    _folder_listing._KEPT.clear()
    options = Options.from_dict({"dataset": str(folder), "held_out_share": share, "metrics": "fid", **more})
    entry, places = catalog.of(options), Places(tmp_path, tmp_path / "cache")
    found = []
    for split in (entry.train_split, entry.evaluation_split):
        images = entry.open(split, places)
        assert entry.count(split, places) == images.number
        found.append(set(images.keys().tolist()))
    return entry, *found


def test_parts_are_apart_and_decided_by_content_alone(tmp_path):
    _write(tmp_path / "a")
    entry, train, test = _parts(tmp_path / "a", tmp_path)
    assert not train & test and len(train | test) == COUNT and 5 < len(test) < 25
    assert entry.evaluation_split == "all[held out 0.25]" and entry.train_split == "all[all but 0.25]"
    # Other names, more images, and a larger share: an image stays on its side, and equal ones are on one.
    for number in range(COUNT):
        (tmp_path / "a" / f"{number:03d}.png").rename(tmp_path / "a" / f"x{COUNT - number:03d}.png")
    renamed = {f"x{COUNT - int(name[:3]):03d}.png" for name in test}
    assert _parts(tmp_path / "a", tmp_path)[2] == renamed
    _write(tmp_path / "a", range(100, 130))
    assert _parts(tmp_path / "a", tmp_path)[2] >= renamed
    assert _parts(tmp_path / "a", tmp_path, 0.4)[2] > _parts(tmp_path / "a", tmp_path)[2]
    for name in list(renamed)[:2] + ["x001.png"]:
        (tmp_path / "a" / f"copy-{name}").write_bytes((tmp_path / "a" / name).read_bytes())
    _, train, test = _parts(tmp_path / "a", tmp_path)
    for part in (train, test):
        assert all(name.removeprefix("copy-") in part for name in part)


def test_classes_and_a_single_folder_train_are_divided_too(tmp_path):
    for name in ("cat", "dog"):
        _write(tmp_path / "set/train" / name, range(30) if name == "cat" else range(30, 60))
    (tmp_path / "set/train/cat/999.png").write_text("no image")
    entry, train, test = _parts(tmp_path / "set", tmp_path, conditional=True)
    assert entry.class_names == ("cat", "dog") and len(train | test) == 60 and not train & test
    images = entry.open(entry.evaluation_split, Places(tmp_path, tmp_path / "cache"))
    assert [key.split("/")[1] for key in images.keys().tolist()] == [
        entry.class_names[label] for label in images.labels()
    ]


def test_each_share_is_a_set_of_its_own(tmp_path):
    _write(tmp_path / "a")
    places = Places(tmp_path, tmp_path / "cache")
    identities = {_parts(tmp_path / "a", tmp_path, share)[0].identity(places) for share in (0, 0.2, 0.3)}
    assert len(identities) == 3


def test_too_few_are_refused_and_so_is_a_set_that_has_its_own_part(tmp_path):
    _write(tmp_path / "a", range(5))
    options = Options.from_dict({"dataset": str(tmp_path / "a"), "held_out_share": 0.01, "metrics": "fid"})
    with pytest.raises(UserError, match=r"held_out_share is 0.01, which leaves 5 of 5 images .* and 0 to compare with"):
        catalog.of(options).count("all[held out 0.01]", Places(tmp_path, tmp_path / "cache"))
    for split in ("train", "test"):
        _write(tmp_path / "b" / split, range(4))
    for name in (str(tmp_path / "b"), "mnist"):
        with pytest.raises(UserError, match="held_out_share is 0.1, but only of a folder of images"):
            Options.from_dict({"dataset": name, "held_out_share": 0.1, "metrics": "fid"})


def test_new_tasks_hold_out_where_that_is_enough_and_old_ones_go_on_as_they_began(tmp_path, monkeypatch):
    _write(tmp_path / "photos", range(20))
    given = {"dataset": str(tmp_path / "photos"), "metrics": "fid"}
    assert Options.from_dict(given).held_out_share == 0
    monkeypatch.setattr(_image_folder, "_LEAST_HELD_OUT", 2)
    new = Options.from_dict(given)
    assert new.held_out_share == 0.1 and new.replace(seed=3).held_out_share == 0.1
    assert Options.from_dict({**given, "held_out_share": 0}).replace(seed=3).held_out_share == 0
    task, *_ = tasks.plan("test", 0, {**given, "evaluation_samples": "0"})
    tasks.write(tmp_path / "study", [task])
    assert tasks.read(tmp_path / "study", 0).options.held_out_share == 0.1
    file = tmp_path / "study/0/task.json"
    content = json.loads(file.read_text())
    del content["options"]["held_out_share"], content["sha256"]
    file.write_text(json.dumps(content))
    old = tasks.read(tmp_path / "study", 0).options
    assert old.held_out_share == 0 and old.replace(seed=3).held_out_share == 0
    assert catalog.of(old).train_split == catalog.of(old).evaluation_split == "all"


def test_what_is_scored_on_its_training_images_is_said(tmp_path, caplog):
    _write(tmp_path / "photos", range(20))
    given = {"dataset": str(tmp_path / "photos"), "metrics": "fid", "evaluation_samples": "0"}
    tasks.plan("test", 0, given)
    assert "scores compare with the images that are trained on" in caplog.text
    caplog.clear()
    tasks.plan("test", 0, {**given, "held_out_share": "0.3"})
    assert not caplog.records
