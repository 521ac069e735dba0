"""Context Encoder on street views, the authors' settings: your own folder of photographs (Pathak et al. 2016).

Pictures of 128 pixels, the hole their middle half; 500 epochs of 14,900 pictures. Without a folder, polygons.
"""

from __future__ import annotations

from typing import Any

RECIPE = {
    "data": "dataset=hole:FOLDER image_size=128",
    "expected": "Paris StreetView, in the hole: mean L1 9.37 %, PSNR 18.58 dB (not checked)",
    "hardware": "one GPU",
    "source": "Pathak et al. 2016, table 1; pathak22/context-encoder",
}


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    options = {
        "dataset": "polygon_hole",
        "gan": "context_encoder",
        "bottleneck_channels": 4_000,
        "metrics": "default,hole",
        "random_flip": True,
        "save_every_steps": 11_650,
        "training_steps": 116_500,
    }
    return [{**options, "seed": seed, "notes": RECIPE}]
