"""Names that stand for a data set, for a place on the disk, or for both."""

import numpy as np
import pytest
from PIL import Image

from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.evaluation.images import _data_set
from compare_gan_tf2.options import Options


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    catalog._warn_once.cache_clear()
    for name in ("mnist", "photos", "fake", "deep/er"):
        (tmp_path / name).mkdir(parents=True)
        for number in range(8):
            Image.fromarray(np.full((8, 8, 3), number, np.uint8)).save(tmp_path / name / f"{number}.png")
    np.savez(tmp_path / "own.npz", images=np.zeros((4, 8, 8, 3), np.uint8))
    return tmp_path


@pytest.mark.parametrize("name", ["photos", "own.npz", "deep/er", "deep"])
def test_a_place_is_found_without_a_point_before_it_and_said(name, here, caplog):
    assert catalog.canonical(name) == str(here / name)
    assert [record.getMessage() for record in caplog.records] == [
        f"{name} is no data set's name, and taken for {here / name}"
    ]
    assert catalog.find(name).name == str(here / name)
    assert Options.unchecked({"dataset": name}).dataset == str(here / name)
    assert len(caplog.records) == 1


@pytest.mark.parametrize("name", ["mnist", "fake"])
def test_a_name_of_both_is_the_data_set_of_a_task_and_said(name, here, caplog):
    assert catalog.canonical(name) == name and catalog.find(name).name == name
    assert f"data set of that name, and not for {here / name}; write ./{name} for that" in caplog.text
    assert catalog.canonical(f"./{name}") == str(here / name)


@pytest.mark.parametrize("name", ["mnist", "fake"])
def test_a_name_of_both_is_refused_where_either_is_as_likely(name, here):
    with pytest.raises(UserError, match=f"{name} is the name of a data set, and also .*; write ./{name}"):
        _data_set(name, Places(here, here / "cache"))
    for place in (f"./{name}", here / name, "photos"):
        assert _data_set(place, Places(here, here / "cache")).evaluation_images == 8
    assert _data_set("cifar10", Places(here, here / "cache")).name == "cifar10"


def test_what_is_neither_is_refused(here):
    for name in ("foto", "notes.txt", ""):
        with pytest.raises(UserError, match="unknown data set"):
            catalog.find(name)
    (here / "notes.txt").write_text("no images")
    with pytest.raises(UserError, match="unknown data set"):
        catalog.find("notes.txt")
