"""How the parity tool judges what only rounding decides."""

import numpy as np
import pytest
from oracles import kernel_spread, reference_parity
from oracles.deviations import MOST, MOST_SATURATED, Error, is_saturated, with_spreads

OURS = {"grad_l2_norm_g_loss_ns": np.array([1.0, 2.0]), "g_eval": np.array([0.0, 1.0])}


def others(spread):
    return [{key: value + each for key, value in OURS.items()} for each in (0.0, spread)]


@pytest.mark.parametrize(
    ("key", "error", "spread", "is_over"),
    [
        ("g_eval", 1e-5, 0.0, False),  # within the limit that holds for all
        ("g_eval", 1e-4, 1e-6, True),  # a fault of ours: other kernels give the same
        ("g_eval", 1e-4, 6e-5, False),
        ("g_eval", 1.9e-2, 1e-2, False),
        ("g_eval", 2.1e-2, 1.0, True),  # more than rounding may excuse
        ("grad_l2_norm_g_loss_ns (nudged; 1.2e-03 exactly)", 9e-4, 2e-3, False),
        ("grad_l2_norm_g_loss_ns", 1.1e-3, 1.0, True),
    ],
)
def test_an_error_is_excused_by_what_other_kernels_make_of_ours_and_no_more(key, error, spread, is_over):
    most = MOST if key.startswith("grad") else MOST_SATURATED
    (judged,) = with_spreads([Error(key, error, 2e-5, most)], OURS, others(spread))
    assert (judged.share > 1) == is_over
    assert (judged.spread is None) == (error <= 2e-5)
    share, line = reference_parity._line("case", [Error("x", 1e-6, 2e-5), judged])
    assert ("OVER" in line) == is_over == (share > 1)
    assert ("own spread" in line) == (judged.spread is not None) and f"{error:.2e}" in line


def test_a_network_is_saturated_when_half_its_sigmoid_is_at_the_ends():
    middle, ends = np.full(4, 0.5), np.array([0.001, 0.999])
    assert is_saturated({"g_eval": middle, "g_train": np.tile(ends, 2)}, "generator")
    assert not is_saturated({"d_eval_prob": middle, "d_train_prob": ends}, "discriminator")


def test_only_cases_that_a_spread_could_excuse_are_computed_again(tmp_path, monkeypatch):
    found = {
        "good": [Error("g_eval", 1e-6, 2e-5, MOST)],
        "rounding": [Error("g_eval", 1e-4, 2e-5, MOST)],
        "wrong": [Error("g_eval", 1e-4, 2e-5, MOST), Error("d_eval_logit", np.inf, 2e-5, MOST)],
    }
    for name in found:
        (tmp_path / f"{name}.npz").touch()
    asked = []
    monkeypatch.setattr(reference_parity, "_read_case", lambda path: (path.stem, {}))
    monkeypatch.setattr(reference_parity, "case_errors", lambda name, _: found[name])

    def measured(_, names):
        asked.append(names)
        return dict.fromkeys(names, others(1e-4))

    monkeypatch.setattr(kernel_spread, "measure", measured)
    monkeypatch.setattr(reference_parity, "Case", lambda name: type("Case", (), {"values": lambda self: OURS})())
    judged = reference_parity._compare(reference_parity._files(tmp_path, None))
    assert asked == [["rounding"]]
    assert {name: max(error.share for error in errors) <= 1 for name, errors in judged.items()} == {
        "good": True, "rounding": True, "wrong": False
    }  # fmt: skip
