"""Checkpoints and SavedModels are read from folders whose names TensorFlow takes for patterns."""

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.compare_gan_v3 import files
from compare_gan_tf2.compat import pattern_characters
from compare_gan_tf2.hub_export.load import load
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import checkpoints

NAMES = ["runs [v2]", "a*b", "what?", "back\\slash", "[0-9]", "plain"]


@pytest.mark.parametrize("name", NAMES)
def test_a_checkpoint_is_read_again(name, tmp_path):
    there = tf.Variable([1.0, 2.0])
    checkpoints.save(tmp_path / name, 3, {"part": {"w": there}}, Options())
    there.assign([0.0, 0.0])
    assert checkpoints.restore_newest(tmp_path / name, {"part": {"w": there}}) == 3
    np.testing.assert_array_equal(there.numpy(), [1.0, 2.0])
    prefix = checkpoints.path(tmp_path / name, 3) / "weights"
    assert any(np.array_equal(array, [1.0, 2.0]) for array in files._tensors(prefix).values())


@pytest.mark.parametrize("name", NAMES)
def test_a_module_is_loaded(name, tmp_path):
    module = tf.Module()
    module.twice = tf.function(lambda x: x * module.factor, input_signature=[tf.TensorSpec([], tf.float32)])
    module.factor = tf.Variable(2.0)
    tf.saved_model.save(module, str(tmp_path / name / "model"))
    with pattern_characters.avoided(tmp_path / name / "model") as place:
        assert tf.saved_model.load(place).twice(3.0) == 6.0
    assert (str(tmp_path / name / "model") == place) == (name == "plain")
    assert load(tmp_path / name / "model").twice(2.0) == 4.0


def test_a_relative_path_in_such_a_folder(tmp_path, monkeypatch):
    (tmp_path / "[x]/inner").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "[x]")
    assert pattern_characters.are_in("inner")
    with pattern_characters.avoided("inner") as place:
        assert not pattern_characters.are_in(place)
        open(f"{place}/file", "w").close()
    assert (tmp_path / "[x]/inner/file").is_file()
