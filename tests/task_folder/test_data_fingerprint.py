"""A training does not go on with other data than it began with."""

import json
import types

import pytest
import tensorflow as tf

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import checkpoints, data_fingerprint
from compare_gan_tf2.task_folder.data_fingerprint import DATA_FILE
from compare_gan_tf2.training.kept_steps import KeptSteps
from compare_gan_tf2.training.loop import train


def _write(folder, count, side=28):
    folder.mkdir(exist_ok=True)
    for number in range(count):
        image = tf.fill([side, side, 1], tf.cast(number, tf.uint8))
        (folder / f"{side}-{number:02d}.png").write_bytes(tf.io.encode_png(image).numpy())


def test_other_images_are_refused_by_name_and_checkpoints_left_alone(tmp_path, tiny):
    _write(tmp_path / "photos", 20)
    options = Options.from_dict(
        {"dataset": str(tmp_path / "photos"), "architecture": "mlp", "width": 0.05, "z_dim": 4, "batch_size": 4,
         "training_steps": 4, "save_every_steps": 2, "evaluation_samples": 10, "metrics": "fid"}
    )  # fmt: skip
    task, places = tmp_path / "task", {"cache_dir": tmp_path / "cache", "kept": KeptSteps()}
    train(options, task, **places)
    assert checkpoints.steps(task) == [2, 4] and (task / DATA_FILE).is_file()
    (task / "TRAIN_DONE").unlink()
    (task / "status.json").unlink()
    checkpoints.path(task, 4).rename(tmp_path / "aside")
    _write(tmp_path / "photos", 12, side=64)
    with pytest.raises(
        UserError, match=r"has changed since the task .* began \(different: image_shape, images\); use a new"
    ):
        train(options, task, **places)
    for path in (tmp_path / "photos").glob("64-*.png"):
        path.unlink()
    (tmp_path / "photos/28-00.png").write_bytes((tmp_path / "photos/28-01.png").read_bytes())
    with pytest.raises(UserError, match=r"began \(different: images\); use a new --workdir, or remove .*data.json"):
        train(options, task, **places)
    assert checkpoints.steps(task) == [2]
    (task / DATA_FILE).unlink()
    assert train(options, task, **places)["step"] == 4


@pytest.mark.parametrize("folder", ["plain", "run[1]", "labels [v2]"])
def test_other_labels_are_noticed_wherever_their_file_lies(folder, tmp_path, caplog):
    dataset = types.SimpleNamespace(
        name="faces",
        image_shape=(8, 8, 3),
        class_names=("a", "b"),
        train_split="train",
        identity=lambda places: "same",
        former_identities=lambda places: (),
    )
    labels = tmp_path / folder / "train.csv"
    labels.parent.mkdir()
    for option in (labels, labels.with_name("{split}.csv"), labels.with_name("*.csv")):
        task = tmp_path / f"task {option.name}"
        labels.write_text("0,1\n")
        options = Options.unchecked({"dataset": "mnist", "label_file": str(option)})
        data_fingerprint.check(task, dataset, options, tmp_path)
        data_fingerprint.check(task, dataset, options, tmp_path)
        labels.write_text("0,0\n")
        with pytest.raises(UserError, match=r"began \(different: label_file\); use a new --workdir"):
            data_fingerprint.check(task, dataset, options, tmp_path)
        # As versions did that took brackets for a pattern, and found no file.
        kept = json.loads((task / DATA_FILE).read_text())
        (task / DATA_FILE).write_text(json.dumps({**kept, "label_file": "e3b0c44298fc1c14"}))
        data_fingerprint.check(task, dataset, options, tmp_path)
        data_fingerprint.check(task, dataset, options, tmp_path)
        assert caplog.text.count("does not record the content of label_file at the start") == 1
        caplog.clear()
        labels.unlink()
        with pytest.raises(UserError, match="option label_file is .*: there is no such file"):
            data_fingerprint.check(task, dataset, options, tmp_path)
