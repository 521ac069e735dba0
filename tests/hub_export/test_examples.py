"""The examples run as a newcomer runs them: without this package, with the small module that lies beside them."""

import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import types

import keras
import numpy as np
import pytest
import tensorflow as tf

from benchmarks import module_load

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "hub_export" / "examples"

# Runs a script as __main__ where our package cannot be imported.
ALONE = """
import runpy, sys
sys.modules["compare_gan_tf2"] = None
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
assert sys.modules.pop("compare_gan_tf2") is None
assert not [name for name in sys.modules if name.startswith("compare_gan_tf2")]
"""


@pytest.fixture(autouse=True)
def seeded():
    """Another test of this process may have switched determinism on, which asks for a seed."""
    tf.random.set_seed(1)


def test_the_small_module_is_small():
    assert (EXAMPLES / "triangles.tar.gz").stat().st_size < 1.5e6
    assert {path.name for path in EXAMPLES.iterdir() if path.name != "__pycache__"} == {
        "README.md", "draw", "load_and_sample.ipynb", "load_and_sample.py", "serve.py", "triangles.tar.gz",
        "triangles.tar.gz.sha256",
    }  # fmt: skip


@pytest.mark.slow  # the notebook has the same lines, and runs by default
def test_the_script_needs_nothing_of_this_package(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", ALONE, EXAMPLES / "load_and_sample.py"],
        cwd=tmp_path,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    for word in (
        "trained on triangles",
        "score fid",
        "protocol: data=triangles",
        "prediction: (64, 1)",
        "loss after 2 steps",
    ):
        assert word in done.stdout, done.stdout
    losses = [float(line.split()[-1]) for line in done.stdout.splitlines() if line.startswith("fine-tuning")]
    assert len(losses) == 3 and losses[0] > losses[1] > losses[2] > 0
    for name in ("grid", "interpolation"):
        picture = tf.io.decode_png((tmp_path / "load_and_sample_output" / f"{name}.png").read_bytes())
        assert picture.shape == (8 * 28, 8 * 28, 1)
        assert 0.02 < float(tf.reduce_mean(tf.cast(picture < 128, tf.float32))) < 0.5, "black triangles on white"


def _imported(name):
    """An example as a module."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def script():
    """The script as a module."""
    return _imported("load_and_sample")


def test_the_service_draws_pictures_and_refuses_labels_that_there_are_not(script, tmp_path):
    pytest.importorskip("flask")
    with tarfile.open(EXAMPLES / "triangles.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    asked = _imported("serve").service(str(tmp_path)).test_client().get
    first, again, other = (asked(f"/picture.png?seed={seed}") for seed in (3, 3, 4))
    assert first.status_code == 200 and first.mimetype == "image/png" and first.data == again.data != other.data
    picture = tf.io.decode_png(first.data).numpy()
    module = script.load(tmp_path)
    drawn = module.generate(1, 3)[0].numpy()
    assert picture.shape == (28, 28, 1) and np.abs(picture / 255 - drawn).max() <= 1 / 255
    assert asked("/picture.png?label=2").status_code == asked("/picture.png?seed=x").status_code == 400
    assert asked("/", follow_redirects=True).data == asked("/picture.png?seed=0").data


def test_the_module_is_a_layer_of_keras(tmp_path):
    """As docs/own_images.md says."""
    with tarfile.open(EXAMPLES / "triangles.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    layer = keras.layers.TFSMLayer(str(tmp_path), call_endpoint="__call__")
    assert layer(tf.zeros([2, 32])).shape == (2, 28, 28, 1)


@pytest.mark.parametrize("place", ["nowhere", "nowhere.tar.gz", "text.tar.gz"])
def test_the_script_says_in_one_line_that_it_cannot_load(place, script, tmp_path):
    (tmp_path / "text.tar.gz").write_text("no archive at all")
    with pytest.raises(SystemExit) as caught:
        script.main(str(tmp_path / place), str(tmp_path / "output"))
    assert caught.value.code.startswith(f"{tmp_path / place} cannot be loaded: ") and "\n" not in caught.value.code
    assert not (tmp_path / "output").exists()


@pytest.mark.slow
def test_the_benchmark_says_in_one_line_what_it_cannot_measure(tmp_path, monkeypatch, capsys):
    (tmp_path / "module").mkdir()
    (tmp_path / "module/saved_model.pb").write_bytes(b"no model")
    for words, line in (
        (["--runs=0"], "--runs is 0; it has to be 1 or more"),
        ([str(tmp_path / "nowhere")], "nowhere holds no module"),
        ([str(tmp_path / "module"), "--runs=1"], "module cannot be used: "),
    ):
        monkeypatch.setattr(sys, "argv", ["module_load", *words])
        with pytest.raises(SystemExit) as caught:
            module_load.main()
        assert caught.value.code == 2 and line in capsys.readouterr().err.splitlines()[-1]


def test_the_script_serves_a_module_with_classes(script):

    class Conditional(tf.Module):
        num_classes = tf.constant(3)
        z_dim = tf.constant(4)
        z_distribution = tf.constant("normal")

        def __call__(self, z, labels):
            return tf.reshape(tf.repeat(tf.cast(labels, tf.float32) / 2, 4), [-1, 2, 2, 1])

    ways = script.interpolate(Conditional(), rows=3, steps=4)
    assert ways.shape == (12, 2, 2, 1)
    assert ways[:, 0, 0, 0].numpy().tolist() == [0.0] * 4 + [0.5] * 4 + [1.0] * 4
    assert script.labels_of(Conditional(), 5)[0].numpy().tolist() == [0, 1, 2, 0, 1]
    picture = tf.io.decode_png(script.png(ways, 4))
    assert picture.shape == (6, 8, 1) and picture[:, :, 0].numpy()[:, 0].tolist() == [0, 0, 127, 127, 255, 255]


def test_the_notebook_is_valid_and_its_cells_run_in_order(monkeypatch, capsys):
    notebook = json.loads((EXAMPLES / "load_and_sample.ipynb").read_text(encoding="utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    cells = notebook["cells"]
    assert len({cell["id"] for cell in cells}) == len(cells)
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert {cell["cell_type"] for cell in cells} == {"code", "markdown"}
    shown = []
    _show_to(shown, monkeypatch)
    monkeypatch.chdir(EXAMPLES)
    names = {"__name__": "__main__"}
    for cell in code:
        exec("".join(cell["source"]), names)
    assert len(shown) == 4
    assert [tf.io.decode_png(data).shape for data in shown] == [
        (224, 224, 1), (4 * 28, 224, 1), (6 * 28, 224, 1), (2 * 28, 224, 1),
    ]  # fmt: skip
    printed = capsys.readouterr().out
    assert "trained on triangles" in printed and "loss after 2 steps" in printed
    assert "compare_gan_tf2" not in "".join(line for cell in code for line in cell["source"])


def _show_to(shown, monkeypatch):
    """Puts the bytes of displayed pictures into a list, whether IPython is installed or not."""
    display = types.ModuleType("IPython.display")
    display.Image = lambda data, **_: data
    display.display = shown.append
    package = types.ModuleType("IPython")
    package.display = display
    monkeypatch.setitem(sys.modules, "IPython", package)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
