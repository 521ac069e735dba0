"""Standing statistics: equal weights over batches, used by evaluation and export alike."""

import numpy as np
import pytest

from compare_gan_tf2.evaluation.task import evaluate
from compare_gan_tf2.gans import standing_statistics
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.hub_export.load import load
from compare_gan_tf2.hub_export.save import export
from compare_gan_tf2.runtime import draws
from compare_gan_tf2.task_folder import checkpoints
from compare_gan_tf2.training.loop import train

BATCHES = 3


@pytest.fixture
def options(tiny):
    return tiny.replace(standing_batches=BATCHES, g_weight_normalization="spectral", ema_decay=0.0)


def test_they_are_the_means_over_the_batches_of_what_training_measures(options):
    gan = build(options)
    variables = gan.networks()["generator"]
    for name in ("g_bn1/moving_mean", "g_bn1/moving_variance"):
        variables[name].assign(np.full(variables[name].shape, 7.0))
    before = {name: variable.numpy() for name, variable in variables.items()}
    standing_statistics.fill(gan)
    means, variances = [], []
    for number in range(BATCHES):
        shape = [options.batch_size, options.z_dim]
        z = draws.draw(options.z_distribution, "standing/z", shape, seed=options.seed, step=number)
        hidden = gan.generator.chain[0](z, training=False).numpy().astype(np.float64)
        means.append(hidden.mean(axis=0))
        variances.append(hidden.var(axis=0))
    np.testing.assert_allclose(variables["g_bn1/moving_mean"], np.mean(means, axis=0), atol=1e-5)
    np.testing.assert_allclose(variables["g_bn1/moving_variance"], np.mean(variances, axis=0), rtol=1e-3, atol=1e-6)
    for name, value in before.items():
        assert ("moving" in name) != np.array_equal(variables[name], value), name


def test_without_the_option_nothing_moves(tiny):
    gan = build(tiny)
    before = [variable.numpy() for variable in gan.networks()["average"].values()]
    standing_statistics.fill(gan)
    for variable, value in zip(gan.networks()["average"].values(), before, strict=True):
        np.testing.assert_array_equal(variable, value)


@pytest.mark.slow
def test_scores_say_so_and_the_exported_generator_has_them(options, tmp_path, triangles):
    train(options, tmp_path / "task", dataset_root=triangles)
    rows = evaluate(tmp_path / "task", dataset_root=triangles, cache_dir=tmp_path / "cache")
    assert all(f"statistics=standing over {BATCHES} batches" in row["protocol"] for row in rows)
    gan = build(options)
    checkpoints.restore(tmp_path / "task", 12, gan.networks(), partly=True)
    z = draws.draw("uniform", "test", [4, options.z_dim], seed=0, step=0)
    moving = gan.generator(z, training=False).numpy()
    standing_statistics.fill(gan)
    standing = gan.generator(z, training=False).numpy()
    assert np.abs(standing - moving).max() > 1e-4
    module = load(export(tmp_path / "task", step=12))
    np.testing.assert_allclose(module(z), standing, atol=1e-5)
