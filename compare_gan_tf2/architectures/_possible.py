"""What each architecture cannot build, said without building it (and without TensorFlow)."""

from __future__ import annotations

from typing import Any

from compare_gan_tf2.errors import UserError

_RESNET5_SIDES = [4 * 2**n for n in range(6)]


def problem(architecture: str, image_shape: tuple[int, int, int], options: Any, conditional: bool) -> str:
    """One line that says why the networks cannot be; empty if they can."""
    height, width, _ = image_shape
    images = f"the images are {height}x{width}"
    if architecture == "infogan":
        if height % 4 or width % 4:
            return f"architecture infogan needs sides divisible by 4, and {images}"
        if conditional and options.reference != "none":
            return f"compare_gan {options.reference} gave no labels to the generator infogan; set reference=none"
    if architecture == "sndcgan":
        if conditional and options.reference != "none":
            return f"compare_gan {options.reference} could not give labels to sndcgan; set reference=none"
        # compare_gan ignored one that was asked for, which a comparison must not.
        if options.d_normalization != "none" and options.reference == "none":
            return (
                "the discriminator of architecture sndcgan has no place for d_normalization="
                f"{options.d_normalization}; set d_normalization=none (kernels can be normalised: "
                "d_weight_normalization=spectral)"
            )
    if architecture == "resnet5" and (height != width or height not in _RESNET5_SIDES):
        return f"architecture resnet5 needs square images with sides among {_RESNET5_SIDES}, and {images}"
    if architecture == "resnet_cifar":
        if height % 8 or width % 8:
            return f"architecture resnet_cifar needs sides divisible by 8, and {images}"
        if (height, width) != (32, 32) and options.reference != "none":
            return (
                f"resnet_cifar of compare_gan {options.reference} made images of 32x32 only, and these are "
                f"{height}x{width}; set reference=none"
            )
    return ""


def check(architecture: str, image_shape: tuple[int, int, int], options: Any, conditional: bool) -> None:
    """Raises UserError with the problem if there is one."""
    line = problem(architecture, image_shape, options, conditional)
    if line:
        raise UserError(line)
