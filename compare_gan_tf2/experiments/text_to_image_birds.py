"""Text to image on birds, GAN-INT-CLS, the authors' settings: a folder with captions.csv, 64 pixels.

Reed et al. 2016. FOLDER has classes of pictures and captions.csv; the authors' vectors of captions go by --set
text_vectors=FILE.npz, without which an encoder is trained first. 600 epochs of 8,855 pictures.
Without a folder, polygons with captions.
"""

from __future__ import annotations

from typing import Any

RECIPE = {
    "data": "dataset=FOLDER image_size=64",
    "expected": "CUB: Inception score 2.88 (as quoted by later papers; not checked)",
    "hardware": "one GPU",
    "source": "Reed et al. 2016, section 5; reedscot/icml2016",
}


def tasks(seed: int) -> list[dict[str, Any]]:
    """One task."""
    options = {
        "dataset": "polygon_caption",
        "gan": "text_to_image",
        "batch_size": 64,
        "halving_steps": 13_800,
        "interpolated_texts": 1.0,
        "metrics": "default,caption_retrieval",
        "save_every_steps": 8_300,
        "training_steps": 83_000,
        "wrong_images": 0.5,
    }
    return [{**options, "seed": seed, "notes": RECIPE}]
