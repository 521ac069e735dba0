"""A training that pauses at a step and goes on another time is an unbroken one, to the bit."""

import json

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.commands import run_one_task
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import checkpoints, tasks
from compare_gan_tf2.task_folder.loss_log import JSONL
from compare_gan_tf2.task_folder.status import read_status
from compare_gan_tf2.training.kept_steps import KeptSteps
from compare_gan_tf2.training.loop import train

# The rate falls from step 11 on, and the moving average starts at once.
OPTIONS = Options.from_dict(
    {
        "dataset": "fake:mnist", "architecture": "mlp", "width": 0.05, "z_dim": 4, "batch_size": 4,
        "training_steps": 24, "save_every_steps": 8, "ema_decay": 0.9, "learning_rate_decay": 0.6,
    }
)  # fmt: skip


@pytest.fixture(scope="module")
def kept():
    """One trace for all trainings here."""
    return KeptSteps()


@pytest.fixture(scope="module")
def unbroken(kept, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unbroken")
    assert train(OPTIONS, folder, kept=kept)["state"] == "done"
    return folder


def _variables(folder, step):
    reader = tf.train.load_checkpoint(str(checkpoints.path(folder, step) / "weights"))
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}


def _measured(folder):
    return [json.loads(line) for line in (folder / JSONL).read_text().splitlines()]


def test_a_training_with_pauses_has_the_bits_of_an_unbroken_one(kept, unbroken, tmp_path):
    # Before the rate falls, on a checkpoint that is due, and while it falls.
    for until in (5, 8, 19):
        assert train(OPTIONS, tmp_path, kept=kept, until=until) == {"state": "paused", "step": until}
        assert read_status(tmp_path)["state"] == "paused"
        assert checkpoints.steps(tmp_path)[-1] == until
        assert checkpoints.is_interim(tmp_path, until) == (until != 8)
        assert not (tmp_path / "TRAIN_DONE").exists()
    assert train(OPTIONS, tmp_path, kept=kept)["state"] == "done"
    assert checkpoints.steps(tmp_path) == checkpoints.steps(unbroken) == [8, 16, 24]
    for step in (16, 24):
        ours, theirs = _variables(tmp_path, step), _variables(unbroken, step)
        assert ours.keys() == theirs.keys() and len(ours) > 10
        for name, value in theirs.items():
            np.testing.assert_array_equal(ours[name], value, err_msg=f"{name} at step {step}")
    assert _measured(tmp_path) == _measured(unbroken)


def test_what_is_past_the_step_stays_as_it_is(kept, unbroken, tmp_path):
    train(OPTIONS, tmp_path, kept=kept, until=8)
    before = (tmp_path / "status.json").stat().st_mtime_ns
    assert train(OPTIONS, tmp_path, kept=kept, until=4) == {"state": "paused", "step": 8}
    assert train(OPTIONS, tmp_path, kept=kept, until=8) == {"state": "paused", "step": 8}
    assert (tmp_path / "status.json").stat().st_mtime_ns == before
    assert train(OPTIONS, unbroken, kept=kept, until=8)["state"] == "done"


@pytest.mark.parametrize("until", [0, 25])
def test_a_training_pauses_at_one_of_its_steps(until, tmp_path):
    with pytest.raises(UserError, match=r"24 steps pauses at one of \[1, 24\]"):
        train(OPTIONS, tmp_path, until=until)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("flags", "line"),
    [
        (("--until=25",), "--until is 25; the task has 24 steps"),
        (("--until=8", "--command=eval"), "--until is for training; the command is eval"),
        (("--until=8", "--dry_run"), "--dry_run estimates the whole training"),
    ],
)
def test_the_command_says_where_it_cannot_pause(flags, line, tmp_path, capsys):
    tasks.write(tmp_path, [tasks.Task(0, "paused", OPTIONS)])
    command = ["run_one_task", f"--workdir={tmp_path}", "--task_num=0", *flags]
    assert run_one_task.main(command) == 2
    assert line in capsys.readouterr().err
