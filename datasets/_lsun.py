"""LSUN, whose scenes and objects are entries of one kind (Yu et al. 2015)."""

from __future__ import annotations

from compare_gan_tf2 import components
from compare_gan_tf2.datasets._tfds import TfdsDataset
from compare_gan_tf2.errors import UserError

# Bytes of the training archive where they are known.
_ARCHIVES = {"bedroom": 45_922_737_680}
_SCENES = (
    "bedroom",
    "bridge",
    "church_outdoor",
    "classroom",
    "conference_room",
    "dining_room",
    "kitchen",
    "living_room",
    "restaurant",
    "tower",
)
_OBJECTS = (
    "airplane",
    "bicycle",
    "bird",
    "boat",
    "bottle",
    "bus",
    "car",
    "cat",
    "chair",
    "cow",
    "dining_table",
    "dog",
    "horse",
    "motorbike",
    "person",
    "potted_plant",
    "sheep",
    "sofa",
    "train",
    "tv-monitor",
)


def entry(category: str, name: str, title: str, evaluation_samples: int = 30000) -> TfdsDataset:
    """The middle 128x128 of the photographs of a category, not resized.

    Their short side has 256 pixels, so only the middle of a scene is seen; smaller images get a black frame. LSUN's own
    validation sets have 300 images, so the last hundredth of the training set is held out, as in compare_gan, whose
    hundredth had other images.

    Raises:
        UserError: if there is no such category.
    """
    known = (*_SCENES, *_OBJECTS)
    if category not in known:
        raise UserError(components.unknown("category of LSUN", category, known))
    return TfdsDataset(
        name=name,
        title=title,
        image_shape=(128, 128, 3),
        class_names=(),
        evaluation_samples=evaluation_samples,
        # Categories differ in size, and only this one's is on record.
        evaluation_images=30330 if category == "bedroom" else 0,
        licence="no explicit licence, free for research; https://www.yf.io/p/lsun",
        classifier=f"lsun_{category}",
        train_split="train[:99%]",
        evaluation_split="train[99%:]",
        builder=f"lsun/{category}",
        crop=128,
        download_bytes=_ARCHIVES.get(category, 0),
        prepared_bytes=_ARCHIVES.get(category, 0),
    )
