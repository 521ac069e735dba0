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
