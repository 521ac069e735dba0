"""A module of StyleGAN2 that is exported for real: w, noise by seed, and a projection through both networks."""

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.datasets.places import Places
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.hub_export import projection, styles
from compare_gan_tf2.hub_export.load import load
from compare_gan_tf2.hub_export.save import export
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import checkpoints
from compare_gan_tf2.task_folder.ability_grids import AbilityGrids

SMALL = {
    "gan": "stylegan2", "dataset": "cifar10", "width": 0.01, "z_dim": 4, "batch_size": 8, "mapping_layers": 2,
    "training_steps": 2, "save_every_steps": 2,
}  # fmt: skip


@pytest.mark.slow
def test_a_module_maps_synthesizes_and_can_be_projected_into(tmp_path):
    gan = build(Options.from_dict(SMALL))
    network, source = gan.evaluated()["generator"], np.random.default_rng(1)
    network.center.assign(source.normal(size=network.center.shape))
    for variable in network.trainable_variables:
        if "noise_strength" in variable.path:
            variable.assign(variable + 0.3)
    sheets = AbilityGrids(gan, None).drawn()
    assert sheets["mixing"].shape == (5 * 33 - 1, 7 * 33 - 1, 3) and sheets["truncation"].shape[0] == 6 * 33 - 1
    checkpoints.save(tmp_path / "task", 2, gan.tracked(), gan.options)
    module = load(export(tmp_path / "task"))
    styled = styles.Styled(module, "x")
    assert (styled.layers, styled.length) == (network.styles, 4)
    z = tf.random.stateless_normal([3, 4], [0, 1])
    ws = styled.mapped(z.numpy())
    np.testing.assert_allclose(styled.images(ws), module(z), atol=1e-5)
    np.testing.assert_allclose(styled.center(), network.center.numpy(), atol=1e-6)
    noisy = module.synthesize(ws, tf.constant(3, tf.int64)).numpy()
    assert np.abs(noisy - styled.images(ws)).max() > 1e-3
    np.testing.assert_array_equal(noisy, module.synthesize(ws, tf.constant([3, 3, 3], tf.int64)))
    features, compared = projection.features_of(module, Places(tmp_path, tmp_path))
    assert features is not None and "classifier of CIFAR-10" in compared
    projector = projection.Projector(styled, features, iterations=30, samples=64)
    found = projector.projected(projector.control())
    assert found.distance < 0.7
