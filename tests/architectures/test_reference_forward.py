"""Forward passes of compare_gan v3 itself, reproduced from formula weights (some numbers of each tensor)."""

import json
import pathlib

import numpy as np
import pytest
from oracles.reference_parity import Case, relative_error
from slow_cases import slow_unless

CASES = json.loads((pathlib.Path(__file__).parents[1] / "golden/forward.json").read_text())
# Largest deviation, relative to the tensor's largest value; a tensor recorded as float16 has fewer digits.
LIMIT, LIMIT_FLOAT16 = 2e-5, 1e-3


# What takes longest to build, and is met in other shapes by the default.
_LONG = (
    "biggan_deep_32_ch16_cond", "infogan_28", "resnet5_64_ch16_plain", "resnet_cifar_32", "resnet_cifar_32_cond",
    "resnet_stl_48",
)  # fmt: skip


@pytest.mark.parametrize("name", slow_unless(lambda name: name not in _LONG, CASES))
def test_outputs_and_state_equal_the_reference(name):
    case = CASES[name]
    seen = Case(case).outputs()
    assert case["arrays"].keys() <= seen.keys()
    for key, golden in case["arrays"].items():
        ours = np.asarray(seen[key], np.float64)
        assert list(ours.shape) == golden["shape"], key
        assert abs(ours.sum() - golden["sum"]) <= 1e-3 * max(1.0, np.abs(ours).sum()), key
        deviation = np.abs(ours.ravel()[golden["at"]] - golden["values"]).max() / golden["largest"]
        assert deviation < (LIMIT_FLOAT16 if golden["float16"] else LIMIT), key


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_losses_and_gradient_norms_equal_the_reference(name):
    case = Case(CASES[name])
    losses, _ = case.losses_and_gradients()
    for loss, (d_loss, _, _, g_loss) in CASES[name]["joint_losses_d_dreal_dfake_g"].items():
        assert relative_error(losses[loss], [d_loss, g_loss]) < LIMIT, loss
    for error in case.gradient_errors(LIMIT):
        assert error.share <= 1, error
