"""StarGAN on five attributes of faces, the authors' settings: a folder with attributes.csv, 128 pixels.

Choi et al. 2018. FOLDER has pictures and attributes.csv, such as CelebA's hair colors, gender and age; without one,
polygons of three hues stand for them. 200,000 updates of the discriminator, five for one of the translator.
"""

from __future__ import annotations

from typing import Any

RECIPE = {
    "data": "dataset=FOLDER image_size=128 exclusive=black_hair,blond_hair,brown_hair",
    "expected": (
        "no score stated for CelebA, only votes of people; on RaFD 2.12 % of expressions misclassified (not checked)"
    ),
    "hardware": "one GPU",
    "source": "Choi et al. 2018, section 5; yunjey/stargan",
}


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    options = {
        "dataset": "polygon_domains",
        "gan": "stargan_attributes",
        "random_flip": True,
        "save_every_steps": 4_000,
        "training_steps": 40_000,
        "translator_blocks": 6,
    }
    return [{**options, "seed": seed, "notes": RECIPE}]
