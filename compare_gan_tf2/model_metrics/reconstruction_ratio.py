"""Reconstruction error of real images, and its ratio to the error of mismatched pairs.

Donahue et al. (2017, section 4.2) call the mean distance of an image and its reconstruction EGr and set it against
EGr_b, of an image and the reconstruction of another one: 0.77 of it after 25 epochs of BiGAN on MNIST, 0.61 after 200.
The ratio of an untrained model is 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from compare_gan_tf2.model_metrics import TrainedModel, _abilities

DEFAULT = False
LOWER_IS_BETTER = {
    "reconstruction_error": True,
    "reconstruction_error_mismatched": None,
    "reconstruction_ratio": True,
    "reconstruction_ratio_untrained": None,
    "reconstruction_mse": True,
    "reconstruction_mse_untrained": None,
    "reconstruction_mse_mean_image": None,
    "reconstruction_mse_pca": None,
}
APPLIES_TO = "models that reconstruct images"
COST = "Reconstructs 10,000 images twice: seconds to a minute; principal components once a data set."
PROTOCOL = (
    f"first {_abilities.IMAGES} images of the evaluation split, pixels in [0, 1], as many principal components as "
    "latents have numbers, mean image and components of the first training images"
)
# Images that principal components are taken of, and pixels beyond which that would take minutes.
_OF_COMPONENTS, _MOST_PIXELS = 10_000, 4_096


def applies(dataset: Any, options: Any) -> bool:
    """Whether the model can reconstruct images."""
    del dataset
    return _abilities.has(options, "reconstruct")


def metric(model: TrainedModel) -> dict[str, float]:
    """Scores reconstructions of real images.

    Returns:
        reconstruction_error: mean over images of the L2 norm of image minus reconstruction, EGr.
        reconstruction_error_mismatched: the same with the reconstruction of another image, EGr_b.
        reconstruction_ratio: the first over the second; 1 where reconstructions have nothing to do with the images.
        reconstruction_mse: mean squared difference of pixels.
        ..._untrained: of the same networks before training; reconstruction_mse_mean_image, reconstruction_mse_pca: of
            the mean training image, and of as many principal components as latents have numbers.

    Raises:
        ValueError: if a pixel is not finite, or reconstructions have another shape.
    """
    images, labels = _abilities.real(model)
    found: dict[str, float] = {}
    for untrained in (False, True):
        rows = {"images": images, "labels": labels}
        made = next(iter(_abilities.called(model, "reconstruct", rows, untrained=untrained).values()))
        partners = _abilities.moved(len(images), _abilities.rng(model, "reconstruction_ratio"))
        own = scores(images, made, partners)
        names = ("reconstruction_ratio", "reconstruction_mse") if untrained else own
        found |= {f"{name}{'_untrained' * untrained}": own[name] for name in names}
    return found | _of_pixels(model, images)


def scores(images: np.ndarray, made: np.ndarray, partners: np.ndarray) -> dict[str, float]:
    """The four numbers of images and reconstructions, float [N, ...], beside those of other rows, int [N]."""
    if images.shape != made.shape:
        raise ValueError(f"reconstructions are {made.shape} of images {images.shape}")
    flat, other = (np.asarray(each, np.float64).reshape(len(each), -1) for each in (images, made))
    error = float(np.linalg.norm(flat - other, axis=1).mean())
    mismatched = float(np.linalg.norm(flat - other[partners], axis=1).mean())
    return {
        "reconstruction_error": error,
        "reconstruction_error_mismatched": mismatched,
        # Equal images all reconstructed exactly.
        "reconstruction_ratio": error / mismatched if mismatched else 1.0,
        "reconstruction_mse": float(np.mean(np.square(flat - other))),
    }


def linear_errors(training: np.ndarray, images: np.ndarray, components: int) -> tuple[float, float]:
    """Mean squared errors of the mean training image and of the principal components of training images.

    Args:
        training: float [M, F].
        images: float [N, F].
        components: how many; of fewer columns all.
    """
    mean = training.mean(axis=0, dtype=np.float64)
    centered, rest = np.asarray(training, np.float64) - mean, np.asarray(images, np.float64) - mean
    _, directions = np.linalg.eigh(centered.T @ centered)
    chosen = directions[:, ::-1][:, :components]
    return float(np.mean(np.square(rest))), float(np.mean(np.square(rest - rest @ chosen @ chosen.T)))


def _of_pixels(model: TrainedModel, images: np.ndarray) -> dict[str, float]:
    """The controls that need no model."""
    if images[0].size > _MOST_PIXELS:
        return {}
    components = int(model.draw_latents(1, "reconstruction_ratio")[0].shape[1])

    def compute() -> dict[str, np.ndarray]:
        training = model.real_images("train")[0][:_OF_COMPONENTS]
        known, asked = (each.reshape(len(each), -1) for each in (training, images))
        mean, linear = linear_errors(known, asked, components)
        return {"reconstruction_mse_mean_image": np.array(mean), "reconstruction_mse_pca": np.array(linear)}

    # Said in the name: all that this depends on beside the data.
    name = f"linear_reconstruction_{components}_{len(images)}"
    return {score: float(value) for score, value in model.real.derived(name, compute).items()}
