"""IcGAN on MNIST: a digit becomes another one, and keeps its slant."""

from __future__ import annotations

from benchmarks.latent_demos import Demo, Number

_NETWORKS = {
    "dataset": "mnist", "architecture": "infogan", "width": 0.5, "z_dim": 64, "z_distribution": "normal",
    "batch_size": 64,
}  # fmt: skip

DEMO = Demo(
    "icgan",
    "An edit shows the digit that was asked for, in the hand of the image.",
    stages={"generator": {**_NETWORKS, "gan": "matching_aware", "training_steps": 4000}},
    options={**_NETWORKS, "gan": "icgan", "networks_from": "{generator}", "training_steps": 3000},
    metrics="edits,reconstruction_ratio",
    numbers=(
        Number("edit_success", control="edit_success_unedited", expected=">= .90", least=0.9),
        Number("edit_slant_kept", control="edit_slant_kept_shuffled", expected=">= .4", least=0.4),
        Number("reconstruction_ratio", control="reconstruction_ratio_untrained", expected="<= .8", most=0.8),
    ),
    finding="edits keep the slant and the thickness of the digit, and a digit edited to its own class hardly changes",
)
