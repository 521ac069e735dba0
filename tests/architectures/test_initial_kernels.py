"""Initial kernels as each version drew them."""

import numpy as np
import pytest

from compare_gan_tf2 import components
from compare_gan_tf2.options import Options


@pytest.mark.parametrize(
    ("architecture", "reference", "cut"),
    [("infogan", "v1", True), ("infogan", "v3", False), ("infogan", "none", False), ("sndcgan", "v2", False)],
)
def test_v1_and_v2_cut_convolutions_at_two_deviations_and_nothing_else(architecture, reference, cut):
    options = Options.from_dict({"architecture": architecture, "reference": reference, "width": 0.5})
    network = components.load("architectures", architecture).discriminator((28, 28, 1), options)
    largest = {name: np.abs(value).max() for name, value in network.named_variables().items() if "kernel" in name}
    assert (largest["d_conv2/kernel"] <= 0.04 + 1e-6) == cut
    assert max(value for name, value in largest.items() if "fc" in name) > 0.04


@pytest.mark.parametrize(("architecture", "blocks"), [("rrdb", 0.1 * 2.0**0.5), ("rrdb_patch", 3.0**-0.5)])
def test_dense_blocks_of_the_authors_begin_with_a_tenth_of_he_and_all_else_as_pytorch_does(architecture, blocks):
    options = Options.from_dict({"architecture": architecture, "gan": "esrgan", "translator_blocks": 1})
    network = components.load("architectures", architecture).upscaler((32, 32, 3), options)
    kernels = {name: value for name, value in network.named_variables().items() if name.endswith("/kernel")}
    dense = [name for name in kernels if "dense" in name]
    assert len(dense) == 15
    for name in (*dense, "hr/kernel"):
        value = np.asarray(kernels[name])
        found = value.std() * np.sqrt(np.prod(value.shape[:-1]))
        assert found == pytest.approx(blocks if name in dense else 3.0**-0.5, rel=0.03), name


def test_kernels_of_pytorch_gans_conditional_networks_start_as_pytorch_draws_them():
    options = Options.from_dict({"architecture": "cgan_mlp", "gan": "cgan", "dataset": "mnist"})
    for side in ("generator", "discriminator"):
        network = getattr(components.load("architectures", "cgan_mlp"), side)((28, 28, 1), options, 10)
        kernels = {name: np.asarray(value) for name, value in network.named_variables().items() if "fc" in name}
        for name, value in kernels.items():
            if name.endswith("kernel") and value.size > 10_000:
                bound = value.shape[0] ** -0.5
                assert 0.98 * bound < np.abs(value).max() <= bound, name
                assert value.std() == pytest.approx(bound * 3.0**-0.5, rel=0.03), name


def test_projections_of_texts_start_as_torch_draws_linear_layers_and_convolutions_normally():
    options = Options.from_dict({"gan": "text_to_image", "dataset": "polygon_caption", "text_units": 64})
    made, shape = components.load("architectures", "text_to_image"), (32, 32, 3)
    for network in (made.text_generator(shape, options, "generator"), made.text_discriminator(shape, options, "d")):
        kernels = {name: np.asarray(value) for name, value in network.named_variables().items()}
        assert 0.98 / 8 < np.abs(kernels["text/kernel"]).max() <= 1 / 8
        assert kernels["block0/conv2/kernel" if "block0/conv2/kernel" in kernels else "both/kernel"].std() == (
            pytest.approx(0.02, rel=0.03)
        )


def test_dualgans_convolutions_start_cut_at_two_deviations_and_its_other_kernels_do_not():
    options = Options.from_dict({"gan": "dualgan", "dataset": "polygon_outline"})
    made, shape = components.load("architectures", "dualgan"), (32, 32, 1)
    networks = (made.translator(shape, options, "generator_ab"), made.critic(shape, options, "discriminator_a"))
    for name, value in (each for network in networks for each in network.named_variables().items()):
        if name.endswith("kernel"):
            is_cut = "down" in name or "conv" in name
            assert (np.abs(value).max() <= 0.04 + 1e-6) == is_cut, name
