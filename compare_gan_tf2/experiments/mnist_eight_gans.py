"""The eight GANs of "Are GANs Created Equal?" on MNIST, equal generator updates, three seeds; half-width InfoGAN.

compare_gan v1's defaults, but for these things, so that 1,000 to 4,000 steps instead of 15,625 compare equals:

- every update of the generator comes with one of the discriminator (v1's defaults had five for WGAN, WGAN GP and BEGAN;
  its narrow ranges one for all), and DRAGAN is without batch norm (as in the narrow ranges);
- BEGAN's autoencoder has batch norm (one of the narrow ranges' two values): without it, which is the default, it copies
  everything as black for thousands of steps;
- the learning rate is 2e-4 for the models whose default of 5e-5 shows next to nothing that early (their notes say so);
- batch norm's moving statistics decay by 0.9, not 0.999, of which a third would still be the initial value after 1,000
  steps, and its epsilon is 1e-5; layer state moves in a network's own update only, and BEGAN's k stays in [0, 1].

The command `python -m benchmarks.mnist_eight_gans` runs all and prints the table.
"""

from __future__ import annotations

from typing import Any

_SHARED = {
    "dataset": "mnist",
    "architecture": "infogan",
    "width": 0.5,
    "z_dim": 64,
    "batch_size": 64,
    # As in v1: real and generated images judged in calls of their own, one draw of latents for both updates.
    "judge": "apart",
    "latents": "reused",
}
_WITH_BATCH_NORM = {"d_normalization": "batch"}

# Name in the paper -> options; v1's learning rate, where 2e-4 stands in for it, is in _RAISED.
GANS: dict[str, dict[str, Any]] = {
    "MM GAN": {"loss": "minimax", "learning_rate": 2e-4, "beta1": 0.0, **_WITH_BATCH_NORM},
    "NS GAN": {"loss": "non_saturating", "learning_rate": 2e-4, "beta1": 0.0, **_WITH_BATCH_NORM},
    "LSGAN": {"loss": "least_squares", "learning_rate": 2e-4, **_WITH_BATCH_NORM},
    "WGAN": {"loss": "wasserstein", "weight_clipping": 0.01, "learning_rate": 2e-4, **_WITH_BATCH_NORM},
    "WGAN GP": {
        "loss": "wasserstein", "penalty": "wgan_gp", "penalty_weight": 10.0, "learning_rate": 1e-4,
        "latents": "fresh",
    },
    "DRAGAN": {"loss": "non_saturating", "penalty": "dragan_v1", "penalty_weight": 10.0, "learning_rate": 1e-4},
    "BEGAN": {
        "gan": "began", "diversity_ratio": 0.75, "proportional_gain": 0.001, "learning_rate": 1e-4,
        **_WITH_BATCH_NORM,
    },
    "VAE": {"gan": "vae", "learning_rate": 2e-4},
}  # fmt: skip
_RAISED = {"MM GAN": 5e-5, "NS GAN": 5e-5, "WGAN": 5e-5, "VAE": 5e-5}
SEEDS = 3
LONG, SHORT = 4000, 1000


def tasks(seed: int) -> list[dict[str, Any]]:
    """Eight tasks of 4,000 steps, then eight of 1,000 for each further seed; scored every 1,000 steps."""
    return [
        _SHARED
        | options
        | {
            "seed": seed + number,
            "training_steps": LONG if number == 0 else SHORT,
            "save_every_steps": SHORT,
            "notes": {"gan": name} | ({"v1_learning_rate": _RAISED[name]} if name in _RAISED else {}),
        }
        for number in range(SEEDS)
        for name, options in GANS.items()
    ]
