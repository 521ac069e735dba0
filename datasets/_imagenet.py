"""ImageNet (ILSVRC 2012) with compare_gan v3's crops, and as its makers shrank it: what its entries share."""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.datasets._tfds import TfdsDataset

_CLASSES = tuple(map(str, range(1000)))
# The two archives, and what TFDS makes of them.
_DOWNLOAD, _PREPARED = 154_642_401_280, 155_840_000_000


def entry(name: str, title: str, side: int, **changes: Any) -> TfdsDataset:
    """Photographs of a thousand classes, side x side, color.

    Trained on random squares of half the area or more, scored with the middle square of the validation set; both
    resized as TensorFlow 1 did. Values are rounded to whole ones of 255, where compare_gan kept the fractions.
    """
    found: dict[str, Any] = {
        "name": name,
        "title": title,
        "image_shape": (side, side, 3),
        "class_names": _CLASSES,
        "evaluation_samples": 50000,
        "evaluation_images": 50000,
        "licence": "non-commercial research only, after registration; https://image-net.org/download.php",
        "classifier": f"imagenet_{side}",
        "evaluation_split": "validation",
        "builder": "imagenet2012",
        "crop": "middle",
        "train_crop": "distorted",
        "crops": True,
        "download_bytes": _DOWNLOAD,
        "prepared_bytes": _PREPARED,
    }
    return TfdsDataset(**found | changes)


def resized(side: int, download_bytes: int, prepared_bytes: int) -> TfdsDataset:
    """ImageNet as Chrabaszcz et al. (2017) shrank it to side x side; label k is another class than in `entry`."""
    name = f"imagenet_resized_{side}"
    return TfdsDataset(
        name=name,
        title=f"ImageNet shrunk to {side}x{side}",
        image_shape=(side, side, 3),
        class_names=_CLASSES,
        evaluation_samples=50000,
        evaluation_images=50000,
        licence="non-commercial research only; https://patrykchrabaszcz.github.io/Imagenet32",
        classifier=name,
        evaluation_split="validation",
        builder=f"imagenet_resized/{side}x{side}",
        download_bytes=download_bytes,
        prepared_bytes=prepared_bytes,
    )
