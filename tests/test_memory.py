"""One process trains, scores and loads one task after the other, and keeps nothing of those that are over."""

import gc

import keras
import pytest
import tensorflow as tf

from compare_gan_tf2 import api
from compare_gan_tf2.compat import custom_gradients

TINY = {
    "dataset": "fake:mnist", "architecture": "mlp", "width": 0.05, "z_dim": 4, "batch_size": 4, "training_steps": 2,
    "save_every_steps": 2, "ema_decay": 0.5, "evaluation_samples": 16, "extractor": "pixels", "metrics": "kid",
}  # fmt: skip
KINDS = (tf.Graph, tf.Variable, tf.Operation, keras.Model)


@pytest.fixture
def checked_here(monkeypatch):
    """Exports are looked at in this process, where it can be seen what that leaves."""
    from compare_gan_tf2.hub_export import save

    monkeypatch.setattr(save, "_check_elsewhere", save._check_here)


def _counts():
    gc.collect()
    there = gc.get_objects()
    return {kind.__name__: sum(issubclass(type(each), kind) for each in there) for kind in KINDS}


@pytest.mark.parametrize("is_exported", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_what_a_task_needed_is_gone_when_it_is_over(is_exported, tmp_path, checked_here):
    found = []
    for number in range(3):
        folder = tmp_path / str(number)
        api.train(api.Options.from_dict(TINY | {"seed": number}), folder)
        api.evaluate(folder, cache_dir=tmp_path / "cache")
        if is_exported:
            module = api.load(api.export(folder))
            module.generate(2, seed=1)
            del module
        found.append(_counts())
    # The first makes what stays for the process: kernels of the draws, the extractor.
    assert found[2] == found[1], found


def test_a_custom_gradient_is_there_for_as_long_as_its_graph():
    @tf.custom_gradient
    def doubled(x):
        return 2.0 * x, lambda upstream: 5.0 * upstream

    inner = tf.function(doubled)

    @tf.function
    def slope(x):
        # Through a call of a traced function the gradient is found by its name.
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = inner(x) ** 2
            first = tape.gradient(y, x)
        return first, outer.gradient(first, x)

    slope(tf.constant(1.0))
    custom_gradients.release()
    gc.collect()
    # y = (2 x)^2, with 5 in the place of the slope 2: 2 (2 x) 5, whose slope is 2 * 5 * 5.
    assert [float(each) for each in slope(tf.constant(3.0))] == [60.0, 50.0]
    # Traced anew, from graphs that were there before.
    again = tf.function(slope.python_function)
    assert [float(each) for each in again(tf.constant(3.0))] == [60.0, 50.0]
