"""The four studies of "The GAN Landscape" (Kurach et al. 2019, sections 3.1 to 3.3): what they search, and from where.

Each configuration, such as a loss with a penalty on one data set, has a search of its own: settings from the literature
first, then a Gaussian-process bandit. The paper gives their values and ranges (table 1), not which of the values go
together: here each learning rate comes with each (beta1, beta2, disc_iters), penalty weights in turns. Decays end at
0.999 and not at 1, with which Adam would never move.

The small studies have the same factors and the same form of search, on data that is made or downloaded in a minute:
narrow InfoGANs for 1,000 steps (or, where architectures are compared, narrow networks for CIFAR-10), fewer rounds.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from compare_gan_tf2 import searches
from compare_gan_tf2.tasks import choice, log_uniform, uniform

Options = Mapping[str, Any]

LOSSES = ("non_saturating", "least_squares", "wasserstein")
NORMALIZATIONS: dict[str, Options] = {
    "batch": {"d_normalization": "batch"},
    "layer": {"d_normalization": "layer"},
    "spectral": {"d_weight_normalization": "spectral"},
}
PENALTIES: dict[str, Options] = {
    "gradient": {"penalty": "wgan_gp", "penalty_weight": log_uniform(0.1, 100.0)},
    "dragan": {"penalty": "dragan", "penalty_weight": log_uniform(0.1, 100.0)},
    "l2": {"penalty": "l2", "penalty_weight": log_uniform(1e-4, 10.0)},
}
NOTHING: Options = {}

# LSUN was scored by as many images as the other sets, not by today's number.
DATA: tuple[Options, ...] = (
    {"dataset": "celeb_a_hq_128"},
    {"dataset": "lsun_bedroom", "evaluation_samples": 10000},
)

SEARCH = searches.gaussian_process(rounds=12, batch=10, score="fid")
SMALL_SEARCH = searches.gaussian_process(rounds=3, batch=4, score="fid")
# Settings from the literature that a small study begins with: each (beta1, beta2, disc_iters) at the first rate.
FEW = 4

_RATES = (2e-4, 1e-4, 1e-3)
_DECAYS_AND_UPDATES = ((0.5, 0.9, 5), (0.5, 0.999, 1), (0.5, 0.999, 5), (0.9, 0.999, 5))
_WEIGHTS = {"wgan_gp": (1.0, 10.0), "dragan": (1.0, 10.0), "l2": (0.01,)}
_RANGES: dict[str, Any] = {
    "learning_rate": log_uniform(1e-5, 1e-2),
    "beta1": uniform(0.0, 0.999),
    "beta2": uniform(0.0, 0.999),
    "disc_iters": choice(1, 5),
}
_PUBLISHED = {
    "architecture": "resnet5",
    "batch_size": 64,
    "z_dim": 128,
    "reference": "v2",
    "batch_norm_epsilon": 1e-5,
    "training_steps": 100_000,
    "save_every_steps": 20_000,
}
# Of the generator; epsilon was each network's own.
_BATCH_NORM = {"sndcgan": {"batch_norm_epsilon": 2e-5}}
_SMALL = {
    "dataset": "triangles",
    "architecture": "infogan",
    "width": 0.25,
    "batch_size": 64,
    "z_dim": 64,
    "training_steps": 1000,
    "save_every_steps": 1000,
}


def space() -> dict[str, Any]:
    """What all searches of a study of the published size share."""
    return _PUBLISHED | _RANGES


def small_space() -> dict[str, Any]:
    """What all searches of a small study share."""
    return _SMALL | _RANGES


def crossed(*factors: Sequence[Options]) -> list[dict[str, Any]]:
    """Configurations: every combination of one value of each factor, the last factor varying fastest."""
    return [{name: value for each in values for name, value in each.items()} for values in itertools.product(*factors)]


def losses() -> list[dict[str, Any]]:
    """Of section 3.1: three losses, each with the gradient penalty and with spectral norm."""
    return crossed([{"loss": each} for each in LOSSES], (PENALTIES["gradient"], NORMALIZATIONS["spectral"]))


def constraints() -> list[dict[str, Any]]:
    """Of section 3.2: no constraint on the discriminator, or one."""
    return crossed((NOTHING, *NORMALIZATIONS.values(), *PENALTIES.values()))


def both_constraints() -> list[dict[str, Any]]:
    """Of section 3.2: a normalization and a penalty at once, and each alone."""
    normalizations = (NORMALIZATIONS["layer"], NORMALIZATIONS["spectral"])
    together = crossed((NOTHING, *normalizations), (NOTHING, *PENALTIES.values()))
    return [each for each in together if each]


def architectures(names: Sequence[str]) -> list[dict[str, Any]]:
    """Of section 3.3: architectures without constraint, with spectral norm, with the gradient penalty, with both."""
    spectral, gradient = NORMALIZATIONS["spectral"], PENALTIES["gradient"]
    return crossed(
        [_BATCH_NORM.get(each, {}) | {"architecture": each} for each in names], (NOTHING, spectral), (NOTHING, gradient)
    )


def from_literature(configurations: Sequence[Options], count: int = 12) -> list[dict[str, Any]]:
    """The settings that a study begins with, the first `count` of twelve for each configuration."""
    return [each for configuration in configurations for each in _literature(configuration)[:count]]


def _literature(configuration: Options) -> list[dict[str, Any]]:
    fixed = {name: value for name, value in configuration.items() if name != "penalty_weight"}
    weights = _WEIGHTS.get(str(fixed.get("penalty")), ())
    return [
        fixed
        | {"learning_rate": rate, "beta1": beta1, "beta2": beta2, "disc_iters": updates}
        # In turns, so that each rate and each other value meets both.
        | ({"penalty_weight": weights[(row + column) % len(weights)]} if weights else {})
        for row, rate in enumerate(_RATES)
        for column, (beta1, beta2, updates) in enumerate(_DECAYS_AND_UPDATES)
    ]
