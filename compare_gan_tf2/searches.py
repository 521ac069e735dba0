"""What a study file says of a search: `search = searches.gaussian_process(rounds=12, batch=10, score="fid")`.

from compare_gan_tf2 import searches
from compare_gan_tf2.tasks import choice, log_uniform

search = searches.gaussian_process(rounds=12, batch=10)


def space():
    return {
        "dataset": "polygons",
        "g_learning_rate": log_uniform(1e-5, 1e-2),
        "penalty": choice("none", "wgan_gp"),
        "penalty_weight": log_uniform(0.1, 100.0, when="penalty!=none"),
    }


def tasks(seed):  # if there are settings to begin with
    return [{"g_learning_rate": 2e-4, "penalty": "none"}]

With `configurations()`, which gives a list of such dictionaries, there is a search of its own for each of them, over
`space()` with its options.
"""

from __future__ import annotations

from compare_gan_tf2.studies.searches import Search


def random(rounds: int = 12, batch: int = 10, score: str = "fid", seed: int = 0) -> Search:
    """Settings at random: `rounds` times `batch` of them."""
    return Search("random", rounds, batch, score, seed)


def grid(score: str = "fid") -> Search:
    """All combinations of the values of choices."""
    return Search("grid", 1, 1_000_000, score)


def gaussian_process(rounds: int = 12, batch: int = 10, score: str = "fid", seed: int = 0) -> Search:
    """The bandit of the Landscape paper: each round proposes the batch from which most is expected, or not known."""
    return Search("gaussian_process", rounds, batch, score, seed)


def halving(batch: int = 27, factor: int = 3, rounds: int = 4, score: str = "fid", seed: int = 0) -> Search:
    """Successive halving: `batch` settings at random, trained to 1 / factor^(rounds - 1) of their training_steps.

    One of `factor` goes on to a length `factor` times as great, and so on to the end.
    """
    return Search("halving", rounds, batch, score, seed, factor)
