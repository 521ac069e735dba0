"""What cases of StyleGAN2 share: networks of their sizes, and names and layouts of their weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from compare_gan_tf2.architectures import stylegan2

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


def fill(network: Any, stored: Mapping[str, np.ndarray]) -> None:
    """Gives a network a case's weights, all of them."""
    by_name = {named(name): valued(name, value) for name, value in stored.items()}
    variables = network.named_variables()
    assert set(by_name) == set(variables), sorted(set(by_name) ^ set(variables))
    for name, value in by_name.items():
        variables[name].assign(value)


def named(stored: str) -> str:
    """The product's name of one of the case's: "synthesis.b8.conv0.affine.weight" is "b8.conv0.affine/kernel"."""
    layer, _, leaf = stored.removeprefix("synthesis.").rpartition(".")
    if leaf == "noise_const":
        return f"{layer}.noise/map"
    if leaf == "w_avg":
        return "center"
    return f"{layer}/{'kernel' if leaf == 'weight' else leaf}"


def valued(name: str, value: np.ndarray) -> np.ndarray:
    """An array in the product's layout."""
    if value.ndim == 4:
        return value.transpose(2, 3, 1, 0)
    if name.endswith("const") and value.ndim == 3:
        return value.transpose(1, 2, 0)
    if name.endswith("b4.fc.weight"):
        units = value.shape[0]
        return value.reshape(units, -1, 4, 4).transpose(2, 3, 1, 0).reshape(-1, units)
    return value.T if value.ndim == 2 and name.endswith("weight") else value


def nhwc(images: np.ndarray) -> np.ndarray:
    """Images or maps in the product's layout."""
    return np.ascontiguousarray(images.transpose(0, 2, 3, 1))
