"""Every loss with and without gradient penalty, a hundred steps each, to check that training works on your machine."""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.task_folder.tasks import grid


def tasks(seed: int) -> list[dict[str, Any]]:
    """Eight tasks on triangles, a minute or less each."""
    return grid(
        dataset="triangles",
        architecture="infogan",
        width=0.25,
        z_dim=64,
        loss=["hinge", "least_squares", "non_saturating", "wasserstein"],
        penalty=["none", "wgan_gp"],
        penalty_weight=10.0,
        training_steps=100,
        save_every_steps=100,
        evaluation_samples=1000,
        seed=seed,
    )
