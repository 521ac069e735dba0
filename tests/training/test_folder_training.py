"""A folder of images trains and is scored with nothing but its path."""

import pathlib

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.commands import generate_tasks, run_one_task


@pytest.mark.slow
def test_a_folder_of_jpegs_with_sub_folders_trains_a_conditional_gan(tmp_path, monkeypatch, capsys):
    draws = np.random.default_rng(0)
    for color, name in ((40, "dark"), (200, "bright")):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for i in range(12):
            picture = np.full((*draws.integers(40, 70, 2), 3), color, np.uint8) + draws.integers(0, 9, 3, np.uint8)
            (tmp_path / "photos" / name / f"{i}.jpg").write_bytes(tf.io.encode_jpeg(picture).numpy())
    (tmp_path / "photos/dark/cut.jpg").write_bytes((tmp_path / "photos/dark/0.jpg").read_bytes()[:200])
    monkeypatch.chdir(tmp_path)
    given = {
        "dataset": "./photos", "conditional": "true", "architecture": "dcgan", "width": 0.05, "batch_size": 8,
        "training_steps": 3, "save_every_steps": 3, "extractor": "pixels", "metrics": "fid",
        "d_conditioning": "projection",
    }  # fmt: skip
    settings = [f"--set={name}={value}" for name, value in given.items()]
    assert generate_tasks.main(["", "--workdir=study", "--experiment=cifar10_sndcgan", *settings]) == 0
    monkeypatch.chdir(pathlib.Path("/"))  # a path in a task holds anywhere
    study, cache = tmp_path / "study", tmp_path / "cache"
    assert run_one_task.main(["", f"--workdir={study}", "--task_num=0", f"--cache_dir={cache}"]) == 0
    row = (study / "0/scores.csv").read_text()
    assert str(tmp_path / "photos") in row and "real=24" in row
    assert (study / "0/export/3/saved_model.pb").is_file() and (study / "0/TRAIN_DONE").exists()
    said = capsys.readouterr()
    assert "fid_pixels" in said.out and "labels: 2 classes: bright, dark\n" in said.err
