"""A training goes on with the threads it began with, and says so where the machine rounds in another way."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.runtime import device
from compare_gan_tf2.task_folder import machine, threads

CODE = "import sys; from compare_gan_tf2.commands.{} import main; sys.exit(main())"


@pytest.fixture
def computer(monkeypatch):
    """A machine whose facts a test may change; `set` is what threads were asked for."""
    facts = {"model": "One", "flags": {"avx2", "avx512f", "ht"}, "threads": (4, 4), "set": []}

    def set_threads(*wanted):
        facts["set"].append(wanted)
        if facts.get("has_started"):
            return False
        facts["threads"] = wanted
        return True

    monkeypatch.setattr(device, "model", lambda: facts["model"])
    monkeypatch.setattr(device, "flags", lambda: frozenset(facts["flags"]))
    monkeypatch.setattr(device, "threads", lambda: facts["threads"])
    monkeypatch.setattr(device, "set_threads", set_threads)
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
    return facts


def _begun(folder, step=4):
    """The folder of a training that began on this machine and has a checkpoint."""
    machine.check(folder, jit_compile=False)
    checkpoint = folder / "checkpoints" / f"{step:08d}"
    checkpoint.mkdir(parents=True)
    (checkpoint / "options.json").touch()
    return folder


def test_a_training_that_goes_on_as_it_began_says_nothing(tmp_path, computer, caplog):
    folder = _begun(tmp_path)
    before = (folder / machine.MACHINE_FILE).read_bytes()
    assert json.loads(before)["instructions"] == ["avx2", "avx512f"]
    machine.take_threads(folder)
    machine.check(folder, jit_compile=False)
    assert not caplog.text and not computer["set"] and (folder / machine.MACHINE_FILE).read_bytes() == before


def test_the_threads_it_began_with_are_taken_again(tmp_path, computer, caplog):
    folder = _begun(tmp_path)
    computer["threads"] = (16, 8)
    machine.take_threads(folder)
    assert computer["threads"] == (4, 4)
    assert "4 threads within an operation" in caplog.text and "16 threads within an operation" in caplog.text
    caplog.clear()
    machine.check(folder, jit_compile=False)
    assert not caplog.text


def test_threads_that_cannot_be_had_are_warned_of_with_both_numbers(tmp_path, computer, caplog):
    folder = _begun(tmp_path)
    computer |= {"threads": (2, 4), "has_started": True}
    machine.take_threads(folder)
    assert not caplog.text
    machine.check(folder, jit_compile=False)
    (line,) = caplog.messages
    assert "began with 4 threads within an operation, and goes on with 2 threads within an operation:" in line


def test_another_processor_is_warned_of_with_what_it_lacks(tmp_path, computer, caplog):
    folder = _begun(tmp_path)
    computer |= {"model": "Two", "flags": {"avx2", "ht", "new"}}
    machine.check(folder, jit_compile=False)
    (line,) = caplog.messages
    assert "began with processor One, instructions avx512f, and goes on with processor Two, no further instr" in line


def test_onednn_and_xla_are_conditions_too(tmp_path, computer, caplog, monkeypatch):
    folder = _begun(tmp_path)
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    machine.check(folder, jit_compile=True)
    (line,) = caplog.messages
    assert "began with oneDNN, no XLA, and goes on with no oneDNN, XLA:" in line


def test_a_training_without_a_checkpoint_begins_anew_and_one_of_an_older_version_has_nothing_to_compare(
    tmp_path, computer, caplog
):
    machine.check(tmp_path, jit_compile=False)
    computer["threads"] = (2, 2)
    machine.take_threads(tmp_path)
    _begun(tmp_path)
    assert json.loads((tmp_path / machine.MACHINE_FILE).read_text())["intra_op_threads"] == 2
    (tmp_path / machine.MACHINE_FILE).write_text('{"processor": "One"}')
    machine.take_threads(tmp_path)
    machine.check(tmp_path, jit_compile=False)
    assert not caplog.text and not computer["set"]


@pytest.mark.parametrize("text", ["{", "[]", '{"intra_op_threads": "four"}'])
def test_a_damaged_file_is_named_with_the_cure(tmp_path, computer, text):
    folder = _begun(tmp_path)
    (folder / machine.MACHINE_FILE).write_text(text)
    for look in (machine.take_threads, lambda folder: machine.check(folder, jit_compile=False)):
        with pytest.raises(UserError, match=r"machine.json cannot be read .*; remove it to go on"):
            look(folder)


def test_threads_are_counted_as_tensorflow_takes_them(monkeypatch):
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "3")
    monkeypatch.setenv("TF_NUM_INTEROP_THREADS", "many")
    assert device.threads() == (3, len(os.sched_getaffinity(0)))


@pytest.mark.slow
def test_a_training_continues_to_the_same_bits_on_another_number_of_processors(tmp_path):
    """As in a job that a scheduler starts again with one processor in place of two."""

    def command(name, *words, threads="2"):
        env = {**os.environ, "TF_NUM_INTRAOP_THREADS": threads}
        done = subprocess.run(
            [sys.executable, "-c", CODE.format(name), *words], capture_output=True, text=True, env=env
        )
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    place = str(tmp_path)
    options = [
        f"--set={each}"
        for each in (
            "dataset=triangles", "width=0.1", "training_steps=40", "save_every_steps=20", "evaluation_samples=200",
            "metrics=fid",
        )
    ]  # fmt: skip
    command("prepare_datasets", "triangles", "--dataset_root", f"{place}/data")
    command("generate_tasks", f"--workdir={place}/study", "--experiment=test", *options)
    flags = [f"--workdir={place}/study", "--task_num=0", f"--dataset_root={place}/data", f"--cache_dir={place}/cache"]
    flags.append("--command=train")
    task = pathlib.Path(place, "study/0")
    last = task / "checkpoints/00000040"

    def again(threads):
        shutil.rmtree(last)
        (task / "TRAIN_DONE").unlink()
        (task / "status.json").write_text('{"state": "training", "step": 20}')
        said = command("run_one_task", *flags, threads=threads)
        return said, (last / "weights.data-00000-of-00001").read_bytes()

    assert "threads" not in command("run_one_task", *flags)
    weights = (last / "weights.data-00000-of-00001").read_bytes()
    said, continued = again("2")
    assert "threads" not in said and continued == weights
    said, continued = again("1")
    assert "2 threads within an operation" in said and "1 thread within an operation" in said
    assert continued == weights


def test_a_task_that_was_given_its_threads_begins_with_them(tmp_path, computer, caplog):
    threads.assign(tmp_path, 2)
    machine.take_threads(tmp_path)
    assert computer["set"] == [(2, 2)]
    _begun(tmp_path)
    kept = threads.read(tmp_path)
    assert (kept["intra_op_threads"], kept["assigned"], kept["processor"]) == (2, True, "One")
    computer["threads"] = (16, 8)
    machine.take_threads(tmp_path)
    machine.check(tmp_path, jit_compile=False)
    assert computer["set"] == [(2, 2), (2, 2)] and not caplog.text and threads.are_assigned(tmp_path)


def test_threads_that_came_too_late_are_told_and_what_was_used_is_kept(tmp_path, computer, caplog):
    threads.assign(tmp_path, 2)
    computer["has_started"] = True
    machine.take_threads(tmp_path)
    _begun(tmp_path)
    assert "begins with 4 threads within an operation, 4 threads for operations in parallel; the 2" in caplog.text
    assert threads.read(tmp_path)["intra_op_threads"] == 4


def test_a_training_that_saved_nothing_begins_anew_with_the_threads_of_this_machine(tmp_path, computer, caplog):
    machine.check(tmp_path, jit_compile=False)
    computer["threads"] = (16, 8)
    machine.take_threads(tmp_path)
    machine.check(tmp_path, jit_compile=False)
    assert not computer["set"] and not caplog.text and threads.read(tmp_path)["intra_op_threads"] == 16
