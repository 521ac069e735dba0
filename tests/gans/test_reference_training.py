"""Whole training runs of compare_gan v3 (Adam included), reproduced from formula weights and inputs."""

import json
import pathlib

import numpy as np
import pytest
from oracles import reference
from oracles.reference_parity import replay
from slow_cases import slow_unless

from compare_gan_tf2.compare_gan_v3 import networks

CASES = json.loads((pathlib.Path(__file__).parents[1] / "golden/train_steps.json").read_text())


@pytest.mark.parametrize("name", slow_unless(lambda name: name.startswith("infogan"), CASES))
def test_losses_and_weights_follow_the_reference(name):
    case = CASES[name]
    gan, errors = replay(name, case)
    assert len(errors) == len(case["runs"]) + len(case["runs"]) // gan.options.disc_iters
    for error in errors:
        assert error.share <= 1, error
    after, before = {}, {}
    for network in (gan.generator, gan.discriminator):
        mine = networks.weights(gan.options.architecture, network)
        after |= mine
        before |= reference.weights([(key, value.shape) for key, value in mine.items()])
    assert set(case["final_vars"]) <= set(after)
    for variable, statistics in case["final_vars"].items():
        # A bias before a batch norm has a gradient of pure rounding, which Adam turns into steps of its full rate.
        if not variable.endswith(("kernel", "gamma", "u_var", "moving_mean", "moving_variance")):
            continue
        ours = after[variable].astype(np.float64)
        assert abs(np.linalg.norm(ours) - statistics["l2"]) <= 2e-4 * statistics["l2"], variable
        way = np.subtract(statistics["first4"], before[variable].ravel()[:4])
        missed = np.subtract(ours.ravel()[:4], statistics["first4"])
        assert np.linalg.norm(missed) <= 0.1 * np.linalg.norm(way) + 1e-7, variable
