"""Cases of oracle/image_to_image: networks of PyTorch's programs, matched with the product's layer by layer."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from benchmarks.oracle_cases import Case, Comparison, NotBuiltError
from benchmarks.oracle_cases._steps import Gradients
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.datasets.catalog import Dataset

# Of the folder's README, at most: losses, weights after a step, norms of gradients.
_RTOL, _ATOL_WEIGHTS, _RTOL_NORMS = 1e-5, 1e-6, 1e-4
_FACTOR = 10.0  # on a case's own deviations of float32


@dataclasses.dataclass(frozen=True)
class Original:
    """A case and its networks.

    Attributes:
        case: the case.
        names: the product's players -> what the names of the original's parameters begin with ("G/"), in the order of
            the layers; of several beginnings those of the first stand first.
        comparison: collects the differences.
        rate: of the optimizers.
        atol_weights: what weights after a step may differ by, at most, where their gradients are not nearly 0.
    """

    case: Case
    names: Mapping[str, tuple[str, ...]]
    comparison: Comparison
    rate: float = 2e-4
    atol_weights: float = _ATOL_WEIGHTS

    def filled(self, player: str, network: Any) -> Any:
        """A network with the case's weights at the start."""
        for (_, stored), variable in self.paired("init", player, network):
            variable.assign(self.value(stored))
        return network

    def paired(self, prefix: str, player: str, network: Any) -> list[tuple[tuple[str, np.ndarray], Any]]:
        """((the original's name, its array), the product's variable), without moving statistics."""
        stored = {
            begins + name: each
            for begins in self.names[player]
            for name, each in self.case.below(f"{prefix}/{begins}").items()
            if "running_" not in name
        }
        stored = self.in_order(stored)
        variables = list(network.trainable_variables)
        if len(stored) != len(variables):
            raise NotBuiltError(f"{player} has {len(variables)} variables, and the original {len(stored)}")
        return list(zip(stored.items(), variables, strict=True))

    def in_order(self, stored: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """A network's parameters in the order of the product's; as they are stored unless a case has another."""
        return stored

    def value(self, stored: np.ndarray) -> np.ndarray:
        """PyTorch's array as the product's variable has it."""
        if stored.ndim == 4:
            return stored.transpose(2, 3, 1, 0)
        return stored.transpose() if stored.ndim == 2 else stored

    def outputs(self, step: str, found: Mapping[str, Any]) -> None:
        """Outputs as [B, H, W, C] or [B, N] by the case's names; those that it does not store are left out."""
        atol = self.deviation("arrays")
        for name, stored in self.case.below(f"out/{step}/").items():
            if name in found:
                expected = stored.transpose(0, 2, 3, 1) if stored.ndim == 4 else stored
                self.comparison.close(f"out/{step}/{name}", found[name], expected, atol=atol)

    def losses(self, step: str, found: Mapping[str, float]) -> None:
        """Weighted terms by the case's names."""
        rtol = min(_RTOL, self.deviation("losses"))
        for name, each in found.items():
            self.comparison.close(f"{step}/{name}", each, self.case.said["losses"][f"{step}/{name}"], rtol=rtol)

    def norms(self, where: str, players: Mapping[str, Any], gradients: Gradients, *, scale: float = 1.0) -> None:
        """Norms of gradients, times a scale, just before an update."""
        norms = self.case.said["gradient_norms"][where]
        for player, found in gradients.items():
            names = [name for (name, _), _ in self.paired("init", player, players[player].network)]
            for of_original, gradient in zip(names, found, strict=True):
                if of_original in self.case.said["without_gradient"] or of_original not in norms:
                    continue
                norm = 0.0 if gradient is None else scale * np.linalg.norm(gradient)
                rtol = self.norms_tolerance(where)
                self.comparison.close(f"{where}/{of_original}", norm, norms[of_original], rtol=rtol)

    def norms_tolerance(self, where: str) -> float:
        """What norms before one update may differ by, relative."""
        del where
        return _RTOL_NORMS

    def weights(self, after: str, players: Mapping[str, Any], *, statistics: Collection[str] = ()) -> None:
        """Weights after steps, and moving means of some players."""
        deviation = self.deviation("weights_after", after)
        # Where gradients are nearly 0 their signs are those of rounding, and whole updates differ.
        whole, atol = max(self.rate, 1.1 * deviation / _FACTOR), min(self.atol_weights, deviation)
        sensitive = self.case.said.get("sensitive_to_rounding", [])
        for player, names in self.names.items():
            if not self.case.below(f"{after}/{names[0]}"):
                continue
            network = players[player].network
            for (of_original, stored), variable in self.paired(after, player, network):
                if of_original not in self.case.said["without_gradient"]:
                    allowed = whole if of_original in sensitive else atol
                    where = f"{after}/{of_original}"
                    self.comparison.close(where, variable.numpy(), self.value(stored), atol=allowed)
            if player in statistics:
                self._means(after, player, network)

    def _means(self, after: str, player: str, network: Any) -> None:
        (begins,) = self.names[player]
        stored = self.case.below(f"{after}/{begins}")
        means = {name: each for name, each in stored.items() if name.endswith("running_mean")}
        found = [each for path, each in network.named_variables().items() if path.endswith("moving_mean")]
        for (name, expected), variable in zip(means.items(), found, strict=True):
            where = f"{after}/{begins}{name}"
            self.comparison.close(where, variable.numpy(), expected, rtol=1e-5, atol=1e-6)

    def deviation(self, kind: str, step: str = "") -> float:
        """What the case says of float32, times 10: the largest of a kind, or of one step's weights."""
        said: Mapping[str, float] = self.case.said["float32_deviation"][kind]
        return _FACTOR * (said[step] if step in said else max(said.values()))


def steps(case: Case) -> list[str]:
    """Names of the steps, in order."""
    found = {name.split("/")[1] for name in case.arrays if name.startswith("input/")}
    return sorted(found, key=lambda name: int(re.sub(r"\D", "", name)))


def images(case: Case, step: str, name: str) -> np.ndarray:
    """An input float32 [B, H, W, C] in [0, 1]."""
    return case.arrays[f"input/{step}/{name}_u8"].transpose(0, 2, 3, 1).astype(np.float32) / 255.0


def dataset(case: Case, name: str) -> Dataset:
    """A data set of the shape of an input [B, C, H, W] of the case."""
    _, colors, height, width = next(each for key, each in case.arrays.items() if key.endswith(f"/{name}_u8")).shape
    return dataclasses.replace(catalog.find("cifar10"), image_shape=(height, width, colors))
