"""Steps that are kept from one task to the next give what a training of its own gives, to the bit."""

import numpy as np
import pytest
import tensorflow as tf
from slow_cases import slow_unless

from compare_gan_tf2 import components
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import checkpoints, loss_log
from compare_gan_tf2.training.kept_steps import KeptSteps
from compare_gan_tf2.training.loop import train
from compare_gan_tf2.training.untraced import FREE

TINY = {
    "dataset": "fake:mnist", "architecture": "mlp", "width": 0.05, "z_dim": 4, "batch_size": 4, "training_steps": 3,
    "save_every_steps": 3, "ema_decay": 0.5, "learning_rate_decay": 0.4,
}  # fmt: skip
AUTOENCODING = {"architecture": "infogan", "width": 0.03}
# The second step has other turns, and is one of a fade.
GROWING = {"architecture": "", "dataset": "fake:cifar10", "width": 0.01, "growing_stable_kimg": 0.003}
CASES = {
    "modular": {"penalty": "lecam", "d_weight_normalization": "spectral", "loss": "hinge"},
    "modular, half": {"precision": "mixed_float16", "augmentation": "adaptive"},
    "began": AUTOENCODING,
    "bigan": {"architecture": "bigan_mlp"},
    "ccgan": {"architecture": "ccgan"},
    "cogan": {"dataset": "fake:mnist_and_edges"},
    "bicyclegan": {"architecture": "bicyclegan", "dataset": "polygon_outline:20", "width": 0.03},
    "cogan_adaptation": {"dataset": "fake:mnist_and_edges"},
    "context_encoder": {"architecture": "context_encoder", "bottleneck_channels": 80},
    "discogan": {"architecture": "discogan", "dataset": "polygon_outline:20", "width": 0.03},
    "dualgan": {"architecture": "dualgan", "dataset": "polygon_outline:20", "width": 0.03},
    "ebgan": AUTOENCODING,
    "esrgan": {"architecture": "rrdb", "translator_blocks": 1},
    "lapgan": {"architecture": "lapgan", "width": 0.01},
    "pggan": GROWING,
    "stylegan": GROWING | {"mapping_layers": 2},
    "multigan": {"objects": 2},
    "munit": {"architecture": "munit", "dataset": "polygon_outline:20", "style_units": 4, "width": 0.03},
    "pix2pix": {"architecture": "unet", "dataset": "polygon_outline:20", "width": 0.03},
    "pixelda": {"architecture": "pixelda", "dataset": "polygon_on_photo:20", "translator_blocks": 1, "width": 0.03},
    "r3gan": {
        "architecture": "r3gan", "augmentation": "none", "dataset": "fake:cifar10", "learning_rate_decay": 0.0,
        "schedule_kimg": 0.02, "stage_blocks": 1, "width": 0.01,
    },
    "s3gan": {"conditional": True, "class_predictor": True, "rotated_batch_size": 4},
    "srgan": {"architecture": "srresnet", "translator_blocks": 1},
    "ssgan": {"rotated_batch_size": 4},
    "stargan": {"architecture": "stargan", "dataset": "polygon_domains:20", "disc_iters": 1, "width": 0.03},
    "stylegan2": {"architecture": "stylegan2", "dataset": "fake:cifar10", "width": 0.01},
    "unit": {"architecture": "munit", "dataset": "polygon_outline:20", "width": 0.03},
    "vae": AUTOENCODING,
}  # fmt: skip
# Two of its own images are not one data set; the types without steps take none; one needs another task; the steps of
# these trace for long, and a sibling's are looked at.
WITHOUT = {
    "baseline", "class_means", "cyclegan", "icgan", "instagan", "stargan_attributes", "text_to_image", "tlgan",
}  # fmt: skip
NAMES = [*CASES, *(name for name in components.names("gans") if name not in CASES and name not in WITHOUT)]


def _options(name, **changes):
    gan = name.partition(",")[0]
    values = TINY | {"gan": gan} | CASES.get(name, {}) | changes
    return Options.from_dict(values | {"architecture": values["architecture"] or gan})


def _variables(folder, step=3):
    reader = tf.train.load_checkpoint(str(checkpoints.path(folder, step) / "weights"))
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}


@pytest.mark.slow  # by default test_every_gan_type.py trains so, and tests/studies/test_worker.py
@pytest.mark.parametrize("name", NAMES)
def test_a_task_after_another_has_the_bits_of_one_alone(name, tmp_path):
    options = _options(name)
    before = options.replace(
        seed=5, g_learning_rate=0.02, d_learning_rate=0.01, beta1=0.3, training_steps=4, save_every_steps=2
    )
    kept = KeptSteps()
    train(before, tmp_path / "before", kept=kept)
    (first,) = kept._kept.values()
    train(options, tmp_path / "after", kept=kept)
    assert list(kept._kept.values()) == [first], "the second task was traced anew"
    train(options, tmp_path / "alone")
    after, alone = (_variables(tmp_path / each) for each in ("after", "alone"))
    assert after.keys() == alone.keys() and len(alone) > 10
    for key, value in alone.items():
        np.testing.assert_array_equal(after[key], value, err_msg=key)


def test_what_a_trace_depends_on_is_traced_anew_and_the_oldest_goes(tmp_path):
    kept = KeptSteps(most=2)
    how = {"steps_per_call": 1, "jit_compile": False}
    options = _options("modular")
    first, stepper = kept.take(options, **how)
    assert kept.take(options.replace(seed=3), **how) == (first, stepper)
    assert kept.take(options.replace(ema_decay=0.9), **how)[0] is not first
    assert kept.take(options, **how)[0] is first
    assert kept.take(options.replace(batch_size=8), **how)[0] is not first
    assert kept.take(options, **how)[0] is first
    assert kept.take(options, steps_per_call=2, jit_compile=False)[0] is not first and len(kept._kept) == 2


def test_what_is_free_is_an_option():
    assert Options().to_dict().keys() >= FREE


@pytest.mark.parametrize(
    "precision", slow_unless(lambda precision: precision == "float32", ["float32", "mixed_float16"])
)
def test_learning_rates_are_measured_and_norms_of_gradients_where_they_are_asked_for(precision, tmp_path):
    options = _options("modular", precision=precision, training_steps=10, save_every_steps=10)
    for name, asked in (("without", False), ("with", True)):
        train(options, tmp_path / name, gradient_norms=asked)
    (without,), (measured,) = (loss_log.measured(tmp_path / name) for name in ("without", "with"))
    norms = {name: value for name, value in measured.items() if name.startswith("gradient_norm/")}
    assert norms.keys() == {"gradient_norm/generator", "gradient_norm/discriminator"} and min(norms.values()) > 0
    assert {name: value for name, value in measured.items() if name not in norms} == without
    assert without["learning_rate/g"] == pytest.approx(options.g_learning_rate * 0.25) and "loss/penalty" in without
    with_norms, alone = _variables(tmp_path / "with", 10), _variables(tmp_path / "without", 10)
    for key, value in alone.items():
        np.testing.assert_array_equal(with_norms[key], value, err_msg=key)
