"""Files of this package that somebody else wrote to."""

import json

import pytest

from compare_gan_tf2.datasets import places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import parse_json, read_json
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import data_fingerprint, tasks
from compare_gan_tf2.task_folder.status import read_status


@pytest.mark.parametrize("depth", [60, 1000, 100_000])
@pytest.mark.parametrize("parts", [("[", "]"), ('{"options": ', "}")])
def test_what_is_nested_too_deep_is_no_json_of_ours(depth, parts, tmp_path):
    text = parts[0] * depth + "0" + parts[1] * depth
    with pytest.raises(ValueError, match="lie in one another more than 50 deep"):
        parse_json(text)
    (tmp_path / "0").mkdir()
    for name in ("task.json", "status.json", "data.json"):
        (tmp_path / "0" / name).write_text(text)
    with pytest.raises(UserError, match="task.json is not a task file"):
        tasks.read(tmp_path, 0)
    with pytest.raises(UserError, match="status.json cannot be read"):
        read_status(tmp_path / "0")
    with pytest.raises(UserError, match="data.json cannot be read"):
        data_fingerprint.check(tmp_path / "0", _Data(), Options(), tmp_path)


class _Data:
    name, image_shape, class_names, train_split = "faces", (8, 8, 3), (), "train"

    def identity(self, places):
        return "the same"

    def former_identities(self, places):
        return ()


@pytest.mark.parametrize("value", [{"a": [1, {"b": None}]}, [], "text", [[[[1]]]]])
def test_other_json_is_read(value, tmp_path):
    (tmp_path / "file").write_text(json.dumps(value))
    assert read_json(tmp_path / "file") == value


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"{", b""])
def test_what_is_no_json_is_a_value_error(content, tmp_path):
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(ValueError):  # noqa: PT011
        read_json(tmp_path / "file")


def test_an_empty_variable_names_no_folder(monkeypatch):
    monkeypatch.delenv("TFDS_DATA_DIR", raising=False)
    usual = places.default_root()
    monkeypatch.setenv("TFDS_DATA_DIR", "")
    assert places.default_root() == usual and usual.name == "tensorflow_datasets"
