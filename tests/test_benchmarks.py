"""What the long benchmarks print, from rows made here."""

import functools
import json
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from oracles.reference_parity import Case

from benchmarks import input_pipeline, mnist_eight_gans, precision_fid
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.task_folder import score_table, tasks


@pytest.fixture(autouse=True)
def seeded():
    """Another test of this process may have switched determinism on, which asks for a seed."""
    tf.random.set_seed(1)


def test_the_table_of_eight_gans_is_over_the_seeds_that_are_there(tmp_path):
    planned = tasks.plan("mnist_eight_gans", 0, {})
    tasks.write(tmp_path, planned)
    assert len(planned) == 24 and [task.options.seed for task in planned] == [0] * 8 + [1] * 8 + [2] * 8
    # Equal updates of the generator, and the discriminator's as many.
    assert {task.options.training_steps for task in planned[8:]} == {1000}
    assert {task.options.disc_iters for task in planned} == {1}
    fids = {0: 8.0, 8: 10.0, 16: 15.0, 1: 4.0}
    for number, fid in fids.items():
        row = {"step": 1000, "status": "ok", "fid_classifier_x": fid, "protocol": "p"}
        score_table.add_row(tmp_path / str(number), row)
    score_table.add_row(tmp_path / "0", {"step": 4000, "status": "ok", "fid_classifier_x": 2.0, "protocol": "p"})
    lines = "\n".join(mnist_eight_gans.table(tmp_path, planned)).splitlines()
    assert len(lines) == 2 + 8
    assert lines[2] == f"| MM GAN | 0.0002 (v1: 5e-05) | 11.0 ± {np.std([8, 10, 15], ddof=1):.1f} | 3 | 2.0 |"
    assert lines[3] == "| NS GAN | 0.0002 (v1: 5e-05) | 4.0 | 1 |  |"
    assert lines[4] == "| LSGAN | 0.0002 |  | 0 |  |"


def test_precisions_agree_within_two_standard_errors_and_a_tenth(tmp_path):
    planned = tasks.plan("precision_fid", 0, {})
    tasks.write(tmp_path, planned)
    assert len(planned) == 18 and len({task.options for task in planned}) == 18
    # Mnist's means differ by less than a standard error, CIFAR-10's by little, but by many of its small ones.
    fids = {"mnist, infogan": ((10.0, 12.0, 14.0), (11.0, 12.0, 15.0)), "cifar10, dcgan": ((50.0, 50.1), (51.0, 51.1))}
    for name, both in fids.items():
        for precision, values in zip(("float32", "mixed_bfloat16"), both, strict=True):
            ours = [t for t in planned if t.notes["training"] == name and t.options.precision == precision]
            for task, fid in zip(ours, values, strict=False):
                # The sixth from behind does not count, the others deviate to nothing.
                for back, more in enumerate((0, -3, 3, -4, 4, 99)):
                    step = task.options.training_steps - 100 * back
                    row = {"step": step, "status": "ok", "fid_classifier_x": fid + more, "protocol": "weights=latest"}
                    score_table.add_row(tmp_path / str(task.number), row)
    for step in range(1600, 2001, 100):
        row = {"step": step, "status": "ok", "fid_classifier_x": 7.0, "protocol": "weights=average"}
        for folder in ("0", "1") if step != 1800 else ("0",):
            score_table.add_row(tmp_path / folder, row)
    lines = "\n".join(precision_fid.table(tmp_path, planned)).splitlines()
    assert len(lines) == 6 + 1 + 8
    assert lines[2].endswith("12.00 ± 2.00 (3 seeds) | 12.67 ± 2.08 (3 seeds) | +0.67 (+5.6%) | 1.67 | yes |")
    assert lines[3] == "| mnist, infogan | running average | 7.00 (1 seed) |  |  |  |  |"
    assert lines[4].endswith("50.05 ± 0.07 (2 seeds) | 51.05 ± 0.07 (2 seeds) | +1.00 (+2.0%) | 0.07 | no |")
    assert lines[8] == "mnist, infogan, latest, mixed_bfloat16: 11.0 12.0 15.0"
    assert lines[9] == "mnist, infogan, running average, float32: 7.0"


@pytest.mark.parametrize("module", [mnist_eight_gans, precision_fid])
def test_a_table_of_what_is_there_needs_tasks_and_the_right_ones(module, tmp_path):
    with pytest.raises(UserError, match="there is no task in .*nowhere"):
        module.main(["--workdir", str(tmp_path / "nowhere"), "--table"])
    assert not (tmp_path / "nowhere").exists()
    tasks.write(tmp_path, tasks.plan("quickstart", 0, {}))
    with pytest.raises(UserError, match="holds other tasks"):
        module.main(["--workdir", str(tmp_path), "--table"])


def test_the_long_trainings_samples_are_put_together_once_all_are_there(tmp_path):
    planned = tasks.plan("mnist_eight_gans", 0, {})
    for number in range(8):
        assert not mnist_eight_gans.write_samples(tmp_path, planned)
        folder = tmp_path / f"{number}/samples"
        folder.mkdir(parents=True)
        sheet = tf.fill([20, 20, 1], tf.constant(10 * number, tf.uint8))
        (folder / "step-00004000.png").write_bytes(tf.io.encode_png(sheet).numpy())
    assert mnist_eight_gans.write_samples(tmp_path, planned)
    whole = tf.io.decode_png((tmp_path / "samples.png").read_bytes()).numpy()
    assert whole.shape == (64, 128, 1)
    assert [whole[32 * (n // 4), 32 * (n % 4), 0] for n in range(8)] == [10 * n for n in range(8)]


@pytest.mark.slow
def test_parity_says_what_is_over_or_cannot_be_compared(tmp_path, repository):
    command = [sys.executable, "-m", "tests.oracles.reference_parity"]
    run = functools.partial(subprocess.run, cwd=repository, capture_output=True, text=True, check=False)
    nothing = run([*command, str(tmp_path)])
    assert nothing.returncode == 2 and "no .npz file in" in nothing.stderr
    golden = json.loads((repository / "tests/golden/forward.json").read_text())["dcgan_32"]
    meta = {key: value for key, value in golden.items() if key != "arrays"}
    arrays = {
        "g_eval": np.asarray(Case(meta).outputs()["g_eval"]) + 1.0,
        "g_train": np.zeros(3),
        "d_eval_logit": np.zeros(1),
    }
    np.savez(tmp_path / "wrong.npz", meta_json=json.dumps(meta), d_train_logit=np.zeros(1), **arrays)
    np.savez(tmp_path / "unknown.npz", meta_json=json.dumps(meta | {"gin": {"something.else": 1}}))
    done = run([*command, str(tmp_path)])
    assert done.returncode == 1, done.stderr[-2000:]
    lines = done.stdout.splitlines()
    assert len(lines) == 2 and all("OVER" in line for line in lines)
    assert any("gin binding something.else is not known" in line for line in lines)


@pytest.mark.slow
@pytest.mark.parametrize("row", ["cifar10_memory", "faces_needed", "lsun_crop"])
def test_both_sides_of_the_input_pipeline_give_the_same_images(tmp_path, monkeypatch, row):
    monkeypatch.setattr(input_pipeline, "_QUICK", 12)
    entry, cache, others = input_pipeline.ROWS[row]
    places = input_pipeline.set_up(tmp_path, tmp_path, [entry], quick=True).places[entry]
    dataset = catalog.find(entry)
    streams = [
        input_pipeline.ours(dataset, places, cache),
        *(peer(dataset, tmp_path / "sets") for peer in others.values()),
    ]
    found = []
    for stream in streams:
        batches = list(stream.take(3).as_numpy_iterator())
        assert {(batch.dtype.name, batch.shape) for batch in batches} == {("float32", (64, *dataset.image_shape))}
        found.append(np.unique(np.rint(255 * np.concatenate(batches)).astype(np.uint8), axis=0))
    assert len(found[0]) == dataset.count(dataset.train_split, places) >= 10
    for other in found[1:]:
        np.testing.assert_array_equal(other, found[0])


@pytest.mark.slow
def test_the_input_pipelines_table_says_whether_the_head_room_is_there(capsys, monkeypatch):
    def step(architecture):
        while True:
            yield np.zeros(1)

    monkeypatch.setattr(input_pipeline, "_QUICK", 70)
    monkeypatch.setattr(input_pipeline, "training_steps", step)
    # Other tests are to go on without it.
    monkeypatch.setattr(tf.config.experimental, "enable_op_determinism", lambda: None)
    arguments = ["--quick", "--pairs", "2", "--seconds", "0.05", "--rows", "cifar10_needed,head_room"]
    assert input_pipeline.main(arguments) == 1
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("cifar10: made, 70 PNG of 32 x 32, ")
    assert {line.count("|") for line in out[2:]} == {10}
    assert [line.split(" |")[0] for line in out[4:]] == [
        "| cifar10_needed", "| head_room, cifar10_memory", "| head_room, cifar10_needed",
    ]  # fmt: skip
    assert out[5].endswith("| 5 | no |")
    monkeypatch.setattr(input_pipeline, "HEAD_ROOM", 1e-9)
    assert input_pipeline.main(arguments) == 0
    with pytest.raises(UserError, match="there is no row 'mnist'; known are cifar10_memory,"):
        input_pipeline.main(["--rows", "mnist"])
