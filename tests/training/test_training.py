"""Training as a user runs it: kill, resume, run again, disagree."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from compare_gan_tf2 import claims
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.evaluation.unscored import Asked, unscored
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.options import Options, notices
from compare_gan_tf2.runtime import distribution, preemption, profiling
from compare_gan_tf2.task_folder import checkpoints, grids, score_table, tasks
from compare_gan_tf2.task_folder.loss_log import JSONL
from compare_gan_tf2.task_folder.status import DONE_FILE, STATUS_FILE, Record, read_status
from compare_gan_tf2.task_folder.unwritten_measurements import UNWRITTEN_FILE
from compare_gan_tf2.training import steps
from compare_gan_tf2.training.kept_steps import KeptSteps
from compare_gan_tf2.training.loop import train


def _weights(folder, step):
    reader = tf.train.load_checkpoint(str(checkpoints.path(folder, step) / "weights"))
    return {key: reader.get_tensor(key) for key in reader.get_variable_to_shape_map()}


def _assert_equal_to_the_bit(ours, theirs):
    assert ours.keys() == theirs.keys() and len(ours) > 60
    for key, value in ours.items():
        if isinstance(value, np.ndarray | np.generic):
            np.testing.assert_array_equal(theirs[key], value, err_msg=key)


def _command(workdir, data):
    code = "import sys; from compare_gan_tf2.commands.run_one_task import main; sys.exit(main())"
    flags = ["--workdir", str(workdir), "--task_num=0", "--command=train", "--dataset_root", str(data)]
    return [sys.executable, "-c", code, *flags]


@pytest.fixture(scope="module")
def trained_once(tmp_path_factory, triangles, tiny):
    folder = tmp_path_factory.mktemp("trained") / "task"
    assert train(tiny, folder, dataset_root=triangles, profile=True) == {"state": "done", "step": 12}
    return folder


@pytest.fixture(scope="module")
def kept():
    """The traced step that trainings of one test and another share; `trained_once` has its own."""
    return KeptSteps()


@pytest.fixture
def trained(trained_once, tmp_path):
    """A finished training of the test's own, with a profile."""
    return pathlib.Path(shutil.copytree(trained_once, tmp_path / "trained"))


@pytest.mark.slow
def test_a_killed_training_continues_to_the_bits_of_the_unbroken_one(tmp_path, triangles, tiny):
    options = tiny.replace(training_steps=300, save_every_steps=20, penalty="wgan_gp", disc_iters=2)
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    for workdir in (whole, broken):
        tasks.write(workdir, [tasks.Task(0, "test", options)])
    with subprocess.Popen(_command(broken, triangles), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 240
        while len(checkpoints.steps(broken / "0")) < 2:
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    killed_at = checkpoints.steps(broken / "0")[-1]
    assert killed_at < 300 and not (broken / "0" / DONE_FILE).exists()
    assert (broken / "0" / "train.claim").exists()
    continued, unbroken = _trained(broken, triangles), _trained(whole, triangles)
    assert continued == unbroken, f"killed at {killed_at}"
    assert len(continued) == 30
    _assert_equal_to_the_bit(_weights(whole / "0", 300), _weights(broken / "0", 300))


def _trained(workdir, triangles):
    """Trains to the end in a process of its own; gives the lines of measurements."""
    subprocess.run(_command(workdir, triangles), check=True, capture_output=True)
    assert read_status(workdir / "0") == {"state": "done", "step": 300}
    return (workdir / "0" / JSONL).read_text().splitlines()


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        pytest.param(
            {"gan": "began", "architecture": "infogan", "diversity_ratio": 1.0, "proportional_gain": 1.0},
            "k",
            marks=pytest.mark.slow,
        ),
        pytest.param({"penalty": "lecam"}, "penalty/weight", marks=pytest.mark.slow),
        pytest.param(
            {"augmentation": "adaptive", "augmentation_kimg": 0.1, "augmentation_target": 0.0},
            "augmentation/probability",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_what_a_training_keeps_beside_its_networks_is_continued_to_the_bit(tmp_path, triangles, tiny, changes, state):
    options, kept = tiny.replace(**changes), KeptSteps()
    train(options, tmp_path / "whole", dataset_root=triangles, kept=kept)
    shutil.copytree(tmp_path / "whole", tmp_path / "broken")
    for step in (8, 12):
        shutil.rmtree(checkpoints.path(tmp_path / "broken", step))
    (tmp_path / "broken" / DONE_FILE).unlink()
    (tmp_path / "broken" / STATUS_FILE).write_text(json.dumps({"state": "training", "step": 4}))
    train(options, tmp_path / "broken", dataset_root=triangles, kept=kept)
    whole, broken = (_weights(tmp_path / name, 12) for name in ("whole", "broken"))
    (found,) = [value for key, value in whole.items() if key.startswith("state/") and state.replace("/", ".S") in key]
    assert found != 0
    _assert_equal_to_the_bit(whole, broken)


def test_a_notice_to_leave_saves_first_and_the_rest_is_the_same_to_the_bit(
    trained, tmp_path, triangles, tiny, kept, monkeypatch, caplog
):
    left = tmp_path / "left"
    taken = steps.Stepper.run

    def and_notice(stepper, batches, count, first, **more):
        if first == 0:
            os.kill(os.getpid(), signal.SIGTERM)
        return taken(stepper, batches, min(count, 2), first, **more)

    monkeypatch.setattr(steps.Stepper, "run", and_notice)
    with pytest.raises(SystemExit) as ended:
        train(tiny, left, dataset_root=triangles, kept=kept)
    assert ended.value.code == 143 and not (left / "train.claim").exists()
    (step,) = checkpoints.steps(left)
    assert 0 < step < 4 and checkpoints.is_interim(left, step)
    assert read_status(left) == {"state": "training", "step": step}
    # An evaluation beside the training does not score it.
    assert unscored(left, Asked()) == []
    monkeypatch.undo()
    assert "continues" not in caplog.text
    train(tiny, left, dataset_root=triangles, kept=kept)
    assert checkpoints.steps(left) == [4, 8, 12] and f"continues at step {step}" in caplog.text
    _assert_equal_to_the_bit(_weights(trained, 12), _weights(left, 12))


@pytest.fixture(scope="module")
def small_gan():
    return build(Options.from_dict({"dataset": "triangles", "architecture": "mlp", "width": 0.1, "batch_size": 8}))


def test_a_line_of_measurements_has_what_only_some_steps_measured(tmp_path, small_gan):
    def measured(step):
        return {"loss/d": float(step)} | ({"loss/r1": 100.0 + step} if step % 16 == 1 else {})

    with Record(tmp_path, small_gan, 0, lambda: None) as record:
        record.steps(0, [measured(step) for step in range(1, 6)])
        record.steps(5, [measured(step) for step in range(6, 35)])
    lines = [json.loads(line) for line in (tmp_path / "measurements.jsonl").read_text().splitlines()]
    found = [(line["step"], line["loss/d"], line.get("loss/r1")) for line in lines]
    assert found == [(10, 10.0, 101.0), (20, 20.0, 117.0), (30, 30.0, None)]


@pytest.mark.parametrize("damage", [None, b"", b'{"step": 18', b"[]"])
def test_a_line_after_a_resume_has_what_was_measured_before_the_checkpoint(tmp_path, small_gan, damage):
    with Record(tmp_path, small_gan, 0, lambda: None) as record:
        record.steps(0, [{"loss/d": float(step)} for step in range(1, 17)])
        record.steps(16, [{"loss/d": 17.0, "loss/r1": 117.0}, {"loss/d": 18.0}])
        record.save_interim(18)
        record.steps(18, [{"loss/d": 19.0, "loss/r1": -1.0}])
    if damage is not None:
        (tmp_path / UNWRITTEN_FILE).write_bytes(damage)
    with Record(tmp_path, small_gan, 18, lambda: None) as record:
        record.steps(18, [{"loss/d": 19.0}, {"loss/d": 20.0}])
        record.save_interim(20)
    last = json.loads((tmp_path / "measurements.jsonl").read_text().splitlines()[-1])
    assert (last["step"], last["loss/d"], last.get("loss/r1")) == (20, 20.0, None if damage is not None else 117.0)
    assert not (tmp_path / UNWRITTEN_FILE).exists()


@pytest.mark.parametrize("moment", ["write_png", "save", "drop_interim", "prune", "save_interim", "diverged", "done"])
def test_who_loses_the_claim_while_it_saves_changes_nothing_from_then_on(tmp_path, small_gan, monkeypatch, moment):
    """Between any two things that a training writes: the other process may have come, finished, and gone."""

    def files():
        return {
            path: path.read_bytes()
            for path in tmp_path.rglob("*")
            if path.is_file() and "tensorboard" not in path.parts
        }

    def lose(step):
        (tmp_path / "train.claim").write_text(json.dumps({"token": "another", "host": "elsewhere", "pid": 1}))
        (tmp_path / STATUS_FILE).write_text('{"state": "done", "step": 8}\n')
        before.update(files())

    before = {}
    with claims.claim(tmp_path, "train") as still_held, Record(tmp_path, small_gan, 0, still_held) as record:
        record.save_interim(2)
        calls = {"save_interim": lambda: record.save_interim(4), "done": lambda: record.done(4)}
        calls["diverged"] = lambda: record.diverged(4, {"loss": float("nan")})
        if moment in calls:
            lose(4)
        else:
            owner = grids if moment == "write_png" else checkpoints
            whole = getattr(owner, moment)
            monkeypatch.setattr(owner, moment, lambda *given, **named: (lose(4), whole(*given, **named)))
        with pytest.raises(UserError, match="another process took over train"):
            calls.get(moment, lambda: record.save(4))()
    assert before and files() == before


def test_a_notice_that_comes_too_late_for_the_block_is_not_lost():
    with pytest.raises(SystemExit) as ended, preemption.notice() as came:
        assert not came()
        os.kill(os.getpid(), signal.SIGTERM)
        assert came()
    assert ended.value.code == 143 and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_interim_checkpoints_are_neither_kept_nor_scored_nor_counted(tmp_path, tiny):
    parts = {"x": {"w": tf.Variable(1.0)}}

    def save(step, **how):
        checkpoints.save(tmp_path, step, parts, tiny, **how)
        checkpoints.drop_interim(tmp_path)

    for step, interim in ((4, False), (5, True), (6, True)):
        save(step, interim=interim)
    assert checkpoints.steps(tmp_path) == [4, 6]
    status = {"state": "diverged", "step": 7, "options": tiny.to_dict()}
    (tmp_path / STATUS_FILE).write_text(json.dumps(status))
    assert unscored(tmp_path, Asked()) == [4]
    score_table.add_row(tmp_path, {"step": 4, "status": "ok", "protocol": ""})
    # Only interim ones are newer: the last that was asked for stays.
    assert checkpoints.prune(tmp_path, "1") == []
    save(8)
    assert checkpoints.steps(tmp_path) == [4, 8]


def test_a_profile_names_what_takes_longest(trained_once):
    lines = (trained_once / profiling.TABLE_FILE).read_text().splitlines()
    assert lines[0].split() == ["ms", "per", "step", "times", "operation"] and len(lines) > 10
    assert any("MatMul" in line for line in lines[1:10])
    assert list((trained_once / "tensorboard").rglob("*.xplane.pb"))


def test_a_finished_training_is_left_alone_and_other_options_are_refused(trained, triangles, tiny):
    status = read_status(trained)
    assert status == {"state": "done", "step": 12}
    assert checkpoints.steps(trained) == [4, 8, 12]
    assert sorted(path.name for path in (trained / "samples").iterdir())[-1] == "step-00000012.png"
    common = np.asarray(Image.open(trained / "samples" / "step-00000012-common.png"))
    assert common.shape == (28, 8 * 29 - 1), "a row that figures of reports show"
    written = {path: path.stat().st_mtime_ns for path in trained.rglob("*") if path.is_file()}
    assert train(tiny, trained, dataset_root=triangles) == status
    assert {path: path.stat().st_mtime_ns for path in trained.rglob("*") if path.is_file()} == written
    with pytest.raises(UserError, match="beta1 is 0.1, was 0.5, loss is 'hinge', was 'non_saturating'"):
        train(tiny.replace(loss="hinge", beta1=0.1), trained, dataset_root=triangles)


@pytest.mark.slow
def test_the_initial_networks_are_kept_if_asked_for_and_nothing_else_changes(tmp_path, triangles, tiny):
    options = tiny.replace(save_initial=True)
    train(options, tmp_path / "task", dataset_root=triangles)
    train(tiny, tmp_path / "plain", dataset_root=triangles)
    assert checkpoints.steps(tmp_path / "task") == [0, *checkpoints.steps(tmp_path / "plain")]
    _assert_equal_to_the_bit(*(_weights(tmp_path / name, tiny.training_steps) for name in ("task", "plain")))
    fresh, restored = build(options), build(options.replace(seed=5))
    checkpoints.restore(tmp_path / "task", 0, restored.tracked())
    for name, variable in fresh.networks()["generator"].items():
        np.testing.assert_array_equal(restored.networks()["generator"][name], variable)


def test_losses_and_samples_are_in_tensorboards_files(trained_once):
    (file,) = (trained_once / "tensorboard").glob("events.*")
    seen = {}
    for event in tf.compat.v1.train.summary_iterator(str(file)):
        for value in event.summary.value:
            seen.setdefault(value.tag, []).append((event.step, value.metadata.plugin_data.plugin_name))
    assert seen == {
        "learning_rate/d": [(10, "scalars")],
        "learning_rate/g": [(10, "scalars")],
        "loss/d": [(10, "scalars")],
        "loss/g": [(10, "scalars")],
        "samples": [(4, "images"), (8, "images"), (12, "images")],
    }


def test_every_variable_comes_back_from_a_checkpoint(trained_once, tiny):
    gan = build(tiny)
    count = sum(len(part) for part in gan.tracked().values())
    for variables in gan.tracked().values():
        for variable in variables.values():
            variable.assign(tf.cast(tf.fill(variable.shape, 7), variable.dtype))
    assert checkpoints.restore_newest(trained_once, gan.tracked()) == 12
    for part, variables in gan.tracked().items():
        for name, variable in variables.items():
            assert not np.all(variable.numpy() == 7), f"{part}/{name}"
    assert count > 60


def test_a_damaged_checkpoint_is_passed_over_and_all_damaged_is_an_error(trained, triangles, tiny, kept):
    expected = _weights(trained, 12)
    (trained / "status.json").unlink()
    data = checkpoints.path(trained, 12) / "weights.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:1000])
    train(tiny, trained, dataset_root=triangles, kept=kept)
    _assert_equal_to_the_bit(expected, _weights(trained, 12))
    (trained / "status.json").unlink()
    for step in checkpoints.steps(trained):
        (checkpoints.path(trained, step) / "weights.index").write_bytes(b"")
    with pytest.raises(UserError, match="can be read"):
        train(tiny, trained, dataset_root=triangles, kept=kept)


def test_losses_that_are_not_finite_stop_the_training_with_step_and_names(
    tmp_path, triangles, tiny, monkeypatch, caplog
):
    monkeypatch.setattr(notices, "lines", lambda _: ["hardly meant"])
    options = tiny.replace(g_learning_rate=1e30, d_learning_rate=1e30, loss="wasserstein", learning_rate_decay=0.0)
    status = train(options, tmp_path, dataset_root=triangles)
    assert status["state"] == "diverged" and 1 <= status["step"] <= 12 and status["not_finite"]
    assert "hardly meant" in caplog.text
    assert not (tmp_path / DONE_FILE).exists()
    assert train(options, tmp_path, dataset_root=triangles) == status
    with pytest.raises(UserError, match="diverged with other options: seed is 5, was 0"):
        train(options.replace(seed=5), tmp_path, dataset_root=triangles)
    assert all(step < status["step"] for step in checkpoints.steps(tmp_path))


def test_a_finished_training_whose_last_checkpoint_is_gone_is_taken_up_again(trained, triangles, tiny, kept):
    expected = _weights(trained, 12)
    shutil.rmtree(checkpoints.path(trained, 12))
    (trained / "checkpoints/.00000099.abcd1234").mkdir()
    assert train(tiny, trained, dataset_root=triangles, kept=kept)["state"] == "done"
    _assert_equal_to_the_bit(expected, _weights(trained, 12))
    assert sorted(path.name for path in (trained / "checkpoints").iterdir()) == ["00000004", "00000008", "00000012"]


@pytest.mark.parametrize("text", ["[]", "{}", '{"state": "lost", "step": 1}', '{"state": "diverged", "step": 1}', "{"])
def test_a_damaged_status_is_named(tmp_path, text):
    (tmp_path / STATUS_FILE).write_text(text)
    with pytest.raises(UserError, match="remove it to go on"):
        read_status(tmp_path)


def test_a_batch_that_replicas_cannot_share_and_missing_data_are_refused(tmp_path, tiny):
    halves = tiny.replace(batch_size=8, accumulation_steps=2)
    distribution.check_batch(halves, 4)
    with pytest.raises(UserError, match="batch_size is 8; it must be divisible by 6: 3 replicas with 2 accumulation"):
        distribution.check_batch(halves, 3)
    rotating = tiny.replace(gan="ssgan", batch_size=8, rotated_batch_size=8)
    distribution.check_batch(rotating, 2)
    with pytest.raises(UserError, match="rotated_batch_size is 8; with 4 replicas .* divisible by 16"):
        distribution.check_batch(rotating, 4)
    with pytest.raises(UserError, match="prepare_datasets.sh triangles"):
        train(tiny, tmp_path / "a", dataset_root=tmp_path)
    assert json.dumps(read_status(tmp_path / "a")) == "{}"
    with pytest.raises(UserError, match="mirrored"):
        distribution.create("mirrord")


def test_pruning_spares_the_unevaluated_the_newest_and_the_best(tmp_path, tiny):
    for step in (1, 2, 3, 4, 5):
        folder = checkpoints.path(tmp_path, step)
        folder.mkdir(parents=True)
        (folder / "options.json").write_text(json.dumps(tiny.to_dict()))
    assert checkpoints.prune(tmp_path, "1") == []
    for step, fid in ((1, 5.0), (2, 1.0), (3, 4.0), (5, 3.0)):
        score_table.add_row(tmp_path, {"step": step, "status": "ok", "fid_x": fid, "protocol": ""})
    assert checkpoints.prune(tmp_path, "all") == []
    assert checkpoints.prune(tmp_path, "1") == [1, 3]
    assert checkpoints.steps(tmp_path) == [2, 4, 5]
