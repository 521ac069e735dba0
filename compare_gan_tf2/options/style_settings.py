"""Published settings of StyleGAN2, by the side of the images: what option style_settings brings (no TensorFlow).

Karras et al. 2020, table 1 (configurations E and F); Karras et al. 2020b, «Training Generative Adversarial Networks
with Limited Data», and its programs (auto, cifar, paper). Rates are those before the correction for lazy
regularization; r1_gamma is for images in [-1, 1].
"""

from __future__ import annotations

from typing import Any

NONE = "none"
# What StyleGAN2 has where nothing else is said.
_COMMON = {"z_dim": 512, "mapping_layers": 8, "style_mixing": 0.9, "path_length_weight": 2.0}
_SMALLER = {"z_dim": 512, "mapping_layers": 2, "style_mixing": 0.9, "path_length_weight": 2.0}
# Side -> batch, group, channel_base, rate, r1_gamma, thousands of images of the average.
_PAPER = {
    256: (64, 8, 16384, 0.0025, 1.0, 20.0),
    512: (64, 8, 32768, 0.0025, 0.5, 20.0),
    1024: (32, 4, 32768, 0.002, 2.0, 10.0),
}


def implied(settings: str, side: int, batch_size: int | None = None) -> dict[str, Any]:
    """Options that published settings bring for images of a side.

    Args:
        settings: a value of option style_settings.
        side: of the images, in pixels.
        batch_size: where it is given; auto takes weight, group and average of it.

    Returns:
        Values by the names of options; none where there are no such settings for the side, which `problem` says.
    """
    if settings in ("config_e", "config_f"):
        base, gamma = (16384, 100.0) if settings == "config_e" else (32768, 10.0)
        return _COMMON | _values(batch_size or 32, 4, base, 0.002, gamma, 10.0)
    if settings == "paper" and side in _PAPER:
        return _COMMON | _values(*_PAPER[side])
    if settings == "cifar":
        without = {"d_shortcuts": "original", "path_length_weight": 0.0, "style_mixing": 0.0}
        return _SMALLER | _values(64, 32, 32768, 0.0025, 0.01, 500.0, rampup=0.05) | without
    return auto(side, batch_size) if settings == "auto" else {}


def auto(side: int, batch_size: int | None = None, devices: int = 1) -> dict[str, Any]:
    """Settings by rules: R1 counts with the images' area, and less the larger the batch; see `implied`.

    Args:
        side: of the images.
        batch_size: where it is given.
        devices: that the published rules share the batch among.
    """
    size = batch_size or max(min(devices * min(4096 // side, 32), 64), devices)
    base, rate = (32768 if side >= 512 else 16384), (0.002 if side >= 1024 else 0.0025)
    gamma, group = 0.0002 * side * side / size, max(min(size // devices, 4), 1)
    return _SMALLER | _values(size, group, base, rate, gamma, size * 10 / 32, rampup=0.05)


def problem(options: Any, side: int) -> str:
    """What is wrong with a task's options of style-based networks; empty if nothing is.

    Args:
        options: all of them.
        side: of the images.
    """
    if options.style_settings == "paper" and side not in _PAPER:
        known = ", ".join(map(str, _PAPER))
        return (
            f"option style_settings is paper, which is for images of {known} pixels, and these are {side}x{side}; set "
            "style_settings=auto, or cifar"
        )
    batch = options.batch_size
    group = min(options.deviation_group, batch)
    if group and batch % group:
        return (
            f"option deviation_group is {options.deviation_group}, which does not divide the batch_size of {batch}; "
            f"set batch_size={batch - batch % group} or {batch - batch % group + group}, or deviation_group=0"
        )
    return ""


def cutoff_problem(options: Any, side: int) -> str:
    """What is wrong with option truncation_cutoff for images of a side; empty if nothing is."""
    layers = 2 * side.bit_length() - 4
    if options.truncation_cutoff <= layers:
        return ""
    return (
        f"option truncation_cutoff is {options.truncation_cutoff}, but images of {side} pixels have {layers} layers "
        "with a w"
    )


def _values(
    batch: int, group: int, base: int, rate: float, gamma: float, kimg: float, *, rampup: float = 0.0
) -> dict[str, Any]:
    return {
        "batch_size": batch, "channel_base": base, "d_learning_rate": rate, "deviation_group": group,
        "ema_kimg": kimg, "ema_rampup": rampup, "g_learning_rate": rate, "r1_gamma": gamma,
    }  # fmt: skip
