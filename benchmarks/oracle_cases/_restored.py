"""What cases of systems that restore images share: the original's parameters as ours, what is compared of a step."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from benchmarks.oracle_cases import Case, Comparison
from benchmarks.oracle_cases._steps import Gradients

# Of the folder's README: losses and outputs, weights after a step, of which another processor may round more.
_RTOL, _ATOL_WEIGHTS = 1e-5, 3e-6
_FACTOR = 10.0  # on a case's own deviations of float32
# A leaky ReLU on the other side of its kink, by rounding alone, changes norms in front of it by some thousandths.
_RTOL_NORMS = 5e-3
_SHORT = 0.99  # of the rate: a step of Adam that is shorter had a gradient below 1e-6


class Parameters:
    """Parameters of one network of a case, in the order of the product's variables.

    Args:
        case: that has them.
        name: of the network there.
        shuffled: names, or beginnings of names, of modules whose outputs a pixel shuffle takes.
        flattened: names of linear layers behind a map that is flattened, with the channels of that map.
        drops_biases: whether biases of convolutions are left out, as of programs in which they never act.
    """

    def __init__(
        self,
        case: Case,
        name: str,
        *,
        shuffled: Iterable[str] = (),
        flattened: Mapping[str, int] | None = None,
        drops_biases: bool = False,
    ):
        self.case, self.name = case, name
        self._shuffled, self._flattened = tuple(shuffled), flattened or {}
        stored = case.below(f"init/{name}/")
        is_kernel = {each.rpartition(".")[0] for each, value in stored.items() if value.ndim == 4}
        self.names = [
            each
            for each in stored
            if not each.endswith(("running_mean", "running_var", "num_batches_tracked"))
            and not (drops_biases and each.endswith(".bias") and each.rpartition(".")[0] in is_kernel)
        ]

    def values(self, prefix: str) -> dict[str, np.ndarray]:
        """Those below a prefix ("init", "after1") as the product has them, by the original's names."""
        stored = self.case.below(f"{prefix}/{self.name}/")
        return {name: self._ours(name, stored[name]) for name in self.names if name in stored}

    def fill(self, network: Any) -> Any:
        """Gives a network the weights of the start."""
        values, variables = self.values("init"), network.trainable_variables
        assert len(values) == len(variables), f"{self.name}: {len(values)} and {len(variables)} parameters"
        for value, variable in zip(values.values(), variables, strict=True):
            variable.assign(value)
        return network

    def _ours(self, name: str, stored: np.ndarray) -> np.ndarray:
        module = name.rpartition(".")[0]
        if channels := self._flattened.get(module) if stored.ndim == 2 else None:
            units, inputs = stored.shape
            side = int(np.sqrt(inputs // channels))
            return stored.reshape(units, channels, side, side).transpose(2, 3, 1, 0).reshape(inputs, units)
        found = stored.transpose(2, 3, 1, 0) if stored.ndim == 4 else stored.T
        is_shuffled = any(module == each or module.startswith(f"{each}.") for each in self._shuffled)
        if not is_shuffled or found.shape[-1] < 4:
            return found
        # From PyTorch's (channel, row, column) of the shuffle to TensorFlow's (row, column, channel).
        apart = found.reshape(*found.shape[:-1], -1, 4)
        return np.swapaxes(apart, -1, -2).reshape(found.shape)


class Compared:
    """Compares what steps of a case gave.

    Args:
        case: that says what is allowed.
        comparison: collects.
        parameters: by the names of the product's players.
    """

    def __init__(self, case: Case, comparison: Comparison, parameters: Mapping[str, Parameters]):
        self._case, self._comparison, self._parameters = case, comparison, parameters
        self._left_out = {*case.said["without_gradient"]}

    def output(self, name: str, found: Any) -> None:
        """An output [B, H, W, C], or one of fewer axes; of the case's first rows if it has not all."""
        if self._case.is_reduced and name not in self._case.arrays:
            return
        stored = self._case.arrays[name]
        expected = stored.transpose(0, 2, 3, 1) if stored.ndim == 4 else stored
        found = np.asarray(found)[: len(expected)].reshape(expected.shape)
        self._comparison.close(name, found, expected, atol=self._deviation("arrays"))

    def losses(self, step: str, found: Mapping[str, float]) -> None:
        """Losses by the case's names; "A+B" is the sum of two."""
        for name, value in found.items():
            expected = sum(self._case.said["losses"][f"{step}/{each}"] for each in name.split("+"))
            self._comparison.close(f"{step}/{name}", value, expected, rtol=_RTOL, atol=1e-7)

    def norms(self, where: str, gradients: Gradients) -> None:
        """Norms of the gradients that an update got, by player; `where` is the case's name of the update."""
        expected = self._case.said["gradient_norms"][where]
        for player, found in gradients.items():
            parameters = self._parameters[player]
            for name, gradient in zip(parameters.names, found, strict=True):
                full = f"{parameters.name}/{name}"
                if full not in self._left_out and full in expected:
                    norm = 0.0 if gradient is None else np.linalg.norm(gradient)
                    self._comparison.close(f"{where}/{full}", norm, expected[full], rtol=_RTOL_NORMS, atol=1e-7)

    def weights(self, after: str, networks: Mapping[str, Any], rates: Mapping[str, float]) -> None:
        """Weights after a step, or what the case has of them in short.

        Of numbers with nearly no gradient Adam's first step is shorter than the rate, by how much is a matter of
        rounding: they may be off by the rate, either way.

        Args:
            after: the case's name of the point in time.
            networks: by player.
            rates: learning rates of their Adams.
        """
        sensitive, short = self._case.said["sensitive_to_rounding"], self._case.said.get("after_as_summary", {})
        for player, network in networks.items():
            parameters, rate = self._parameters[player], rates[player]
            stored, first, start = (parameters.values(prefix) for prefix in (after, "after1", "init"))
            for name, variable in zip(parameters.names, network.trainable_variables, strict=True):
                full, found = f"{parameters.name}/{name}", variable.numpy()
                if full in self._left_out:
                    continue
                if name in stored:
                    is_short = np.abs(first.get(name, stored[name]) - start[name]) < _SHORT * rate
                    allowed = np.where(is_short | (full in sensitive), 2.0 * rate, _ATOL_WEIGHTS)
                    self._comparison.close(f"{after}/{full}", found, stored[name], atol=allowed)
                elif about := short.get(f"{after}/{full}"):
                    change = np.linalg.norm(found - start[name])
                    self._comparison.close(
                        f"{after}/{full}", change, about["norm_of_change_from_init"], rtol=1e-3, atol=1e-6
                    )

    def _deviation(self, kind: str) -> float:
        """What the case says of float32: the largest of a kind."""
        said: Mapping[str, float] = self._case.said["float32_deviation"][kind]
        return _FACTOR * max(said.values())


def images(case: Case, name: str) -> np.ndarray:
    """Stored uint8 [B, C, H, W] as float32 [B, H, W, C] in [0, 1]."""
    return case.arrays[name].transpose(0, 2, 3, 1).astype(np.float32) / 255.0


def number(text: str, pattern: str) -> float:
    """The number that a pattern's group finds in a text."""
    found = re.search(pattern, text)
    assert found, f"{pattern!r} is not in {text!r}"
    return float(found[1])
