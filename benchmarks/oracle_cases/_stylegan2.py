"""What cases of StyleGAN2 share: networks of their sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from compare_gan_tf2.architectures import stylegan2
from compare_gan_tf2.style_weights.names import Form

# The case's names of the ways in which sizes are joined, and the product's.
_SHORTCUTS = {"orig": "original", "resnet": "residual", "skip": "skip"}


def channels(config: Mapping[str, Any]) -> Callable[[int], int]:
    """Channels of maps by their side."""
    return lambda side: min(config["channel_base"] // side, config["channel_max"])


def generator(config: Mapping[str, Any], colors: int, noise: str) -> stylegan2.StyleGenerator:
    """The generator of a case's sizes; noise is "constant" or "random"."""
    side = config["resolution"]
    return stylegan2.StyleGenerator(
        (side, side, colors), channels(config), z_dim=config["z_dim"], style_length=config["w_dim"],
        mapping_layers=config["mapping_layers"], seed="", center_decay=config["w_avg_beta"], noise=noise,
        num_classes=config["c_dim"], shortcuts=_SHORTCUTS[config["g_architecture"]], clamp=config["conv_clamp"] or 0.0,
    )  # fmt: skip


def discriminator(config: Mapping[str, Any], colors: int) -> stylegan2.StyleDiscriminator:
    """The discriminator of a case's sizes."""
    side = config["resolution"]
    return stylegan2.StyleDiscriminator(
        (side, side, colors), channels(config), seed="", group=config["mbstd_group_size"],
        deviations=config.get("mbstd_num_channels", 1), num_classes=config["c_dim"],
        mapping_layers=config["d_mapping_layers"], shortcuts=_SHORTCUTS[config["d_architecture"]],
        clamp=config["conv_clamp"] or 0.0,
    )  # fmt: skip


def form(config: Mapping[str, Any]) -> Form:
    """Of a case's names and layouts."""
    return Form("stylegan2_pytorch", config["resolution"])


def nhwc(images: np.ndarray) -> np.ndarray:
    """Images or maps in the product's layout."""
    return np.ascontiguousarray(images.transpose(0, 2, 3, 1))
