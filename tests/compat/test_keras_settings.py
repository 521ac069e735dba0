"""What other work has set of Keras neither stops a command nor decides a number."""

import importlib
import json
import os
import subprocess
import sys
import types

import pytest

from compare_gan_tf2 import compat
from compare_gan_tf2.compat import keras_settings
from compare_gan_tf2.errors import UserError

OTHERS = {"floatx": "float64", "epsilon": 1e-3, "image_data_format": "channels_first", "dtype_policy": "mixed_bfloat16"}


def fake_keras(backend="tensorflow", **values):
    """A stand-in for Keras that knows settings and nothing else."""
    values = {**keras_settings._SETTINGS, **values}
    config = types.SimpleNamespace(backend=lambda: backend, values=values)
    for name in values:
        setattr(config, name, lambda name=name: values[name])
        setattr(config, f"set_{name}", lambda value, name=name: values.__setitem__(name, value))
    return types.SimpleNamespace(config=config)


def test_settings_of_others_are_changed_for_a_while_only_and_given_back_after_an_error(monkeypatch):
    keras = fake_keras(**OTHERS, max_epochs=1)
    monkeypatch.setitem(sys.modules, "keras", keras)
    before = dict(keras.config.values)

    @keras_settings.settled()
    def work(fails):
        assert keras.config.values == keras_settings._SETTINGS
        if fails:
            raise ArithmeticError

    work(fails=False)
    with pytest.raises(ArithmeticError):
        work(fails=True)
    assert keras.config.values == before
    keras_settings.settle()
    assert keras.config.values == keras_settings._SETTINGS


@pytest.mark.parametrize("backend", ["jax", "torch", "numpy"])
def test_keras_that_runs_on_another_backend_is_refused_in_one_line(backend, monkeypatch):
    monkeypatch.setitem(sys.modules, "keras", fake_keras(backend))
    for refused in (keras_settings.settle, lambda: importlib.reload(keras_settings)):
        with pytest.raises(UserError, match=f"'{backend}'.*KERAS_BACKEND=tensorflow") as caught:
            refused()
        assert "\n" not in str(caught.value)


def test_the_backend_is_chosen_before_keras_is_imported(monkeypatch):
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    keras_settings._choose_backend()
    assert os.environ["KERAS_BACKEND"] == "tensorflow"


@pytest.mark.parametrize(
    "error",
    [
        ValueError("Invalid `epsilon` configuration.\nReceived: epsilon=1"),
        IsADirectoryError(21, "Invalid `epsilon`: epsilon=1"),
        TypeError("Invalid `epsilon`: epsilon=1"),
    ],
)
def test_a_file_that_keras_refuses_is_named_by_commands_and_by_the_import_of_the_api(error, monkeypatch):
    class Broken:
        def find_spec(self, name, *_):
            if name == "keras":
                raise error

    monkeypatch.delitem(sys.modules, "keras", raising=False)
    for module in ("compare_gan_tf2.api", "compare_gan_tf2.compat.keras_start"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    # Found there, it would not be imported again.
    monkeypatch.delattr(compat, "keras_start", raising=False)
    monkeypatch.setenv("KERAS_HOME", "/some/where")
    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    for start in (keras_settings.settle, lambda: importlib.import_module("compare_gan_tf2.api")):
        with pytest.raises(UserError, match="does not start: .*Invalid `epsilon`.*epsilon=1; .*/some/where/keras.json"):
            start()


def test_kerass_own_functions_are_those_that_are_called():
    import keras

    keras.config.set_epsilon(1e-2)
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        with keras_settings.settled():
            assert keras.config.epsilon() == 1e-7
            assert keras.layers.Dense(1).compute_dtype == "float32"
        assert keras.config.epsilon() == 1e-2
        assert keras.config.dtype_policy().name == "mixed_bfloat16"
    finally:
        keras_settings.settle()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"backend": "jax", "floatx": "float16", "epsilon": 0.1, "image_data_format": "channels_first"}, None),
        ({"epsilon": 1}, "epsilon"),
        ([], "keras.json"),
    ],
)
def test_a_process_with_a_file_of_others(content, expected, tmp_path, repository):
    (tmp_path / "keras.json").write_text(json.dumps(content))
    code = (
        "import sys\nfrom absl import flags\nfrom compare_gan_tf2.commands import _run\n"
        "def main(_):\n    _run.start_tensorflow()\n    import keras\n"
        "    print(keras.config.backend(), keras.config.floatx(), keras.config.epsilon())\n"
        "sys.exit(_run.run('', flags.FlagValues(), main, ['command']))\n"
    )
    environment = {**os.environ, "KERAS_HOME": str(tmp_path), "KERAS_BACKEND": "torch"}
    environment.pop("TF_CPP_MIN_LOG_LEVEL", None)
    done = subprocess.run([sys.executable, "-c", code], cwd=repository, env=environment, capture_output=True, text=True)
    if expected is None:
        assert done.returncode == 0 and done.stdout.split() == ["tensorflow", "float32", "1e-07"], done.stderr
    else:
        assert done.returncode == 2 and done.stderr.count("\n") == 1 and expected in done.stderr, done.stderr
