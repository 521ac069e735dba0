"""How far a tensor of ours is from one of compare_gan v3, and how far it may be."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

# Most that a tensor's own spread may excuse, and most that a saturated network's outputs may.
MOST, MOST_SATURATED = 1e-3, 2e-2
# Gradients of saturated networks are rounding; below this norm they count as nothing.
SMALLEST = 1e-6
NETWORKS = ("generator", "discriminator")
# The reference's kernels are as far from ours as other ones are, but not the same way.
_SPREADS = 2.0
_SATURATED = 1e-2


@dataclasses.dataclass(frozen=True)
class Error:
    """How far one tensor is off, and how far it may be.

    Attributes:
        key: the tensor's.
        error: relative to the tensor's largest value; inf where it cannot be compared.
        limit: what the error may be.
        most: what the limit may become if the tensor differs as much by other kernels.
        spread: how much it does; None if that was not measured.
    """

    key: str
    error: float
    limit: float
    most: float = 0.0
    spread: float | None = None

    @property
    def share(self) -> float:
        """The error in units of its limit; above 1 is too far."""
        return self.error / self.limit if np.isfinite(self.error) else np.inf

    def judged_by(self, spread: float) -> Error:
        """The same error with the limit that its spread justifies."""
        limit = max(self.limit, min(_SPREADS * spread, self.most))
        return dataclasses.replace(self, limit=limit, spread=spread)


def relative_error(ours: Any, theirs: Any, smallest: float = 0.0) -> float:
    """The largest difference relative to the largest value, or to `smallest` if larger; inf for other shapes."""
    ours, theirs = np.asarray(ours, np.float64), np.asarray(theirs, np.float64)
    if ours.shape != theirs.shape:
        return np.inf
    largest = max(float(np.abs(theirs).max(initial=0.0)), smallest)
    difference = float(np.abs(ours - theirs).max(initial=0.0))
    return difference / largest if largest else difference


def is_saturated(seen: dict[str, Any], network: str) -> bool:
    """Whether half of what a network's sigmoid gave is next to 0 or 1; `seen` are a case's outputs."""
    keys = {"generator": ("g_eval", "g_train"), "discriminator": ("d_eval_prob", "d_train_prob")}[network]
    values = np.concatenate([np.ravel(seen[key]) for key in keys])
    return bool(np.mean(np.minimum(values, 1.0 - values) < _SATURATED) >= 0.5)


def with_spreads(errors: list[Error], ours: dict[str, Any], others: list[dict[str, Any]]) -> list[Error]:
    """A case's errors, those over their limit judged by how far what others give is from ours, by key."""
    judged = []
    for error in errors:
        key = error.key.partition(" ")[0]
        if error.share > 1:
            smallest = SMALLEST if key.startswith("grad_") else 0.0
            error = error.judged_by(max(relative_error(each[key], ours[key], smallest) for each in others))
        judged.append(error)
    return judged
