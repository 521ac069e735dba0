"""compare_gan v3's networks as its own arguments describe them, and the formulas of its recorded weights and inputs.

The records (forward passes, parameter counts, training traces) were computed with the original; their arrays follow
from integer arithmetic, so that only results need to be kept.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from compare_gan_tf2 import components
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options, block_plans
from compare_gan_tf2.options._old_names import translate

# Channels that v3's argument `ch` stood for in the published networks.
_PUBLISHED = {"resnet5": 64, "biggan": 96, "biggan_deep": 128}
_NORMALIZATIONS = {
    "none": "none",
    "batch_norm": "batch",
    "conditional_batch_norm": "conditional_batch",
    "self_modulated_batch_norm": "self_modulated_batch",
}
# v3's own default of blocks_with_attention; at 32 pixels its generator has no such block and no attention.
_ATTENTION = {"generator": "B4", "discriminator": "B1"}
_GIN = {
    "standardize_batch.decay": "batch_norm_decay",
    "standardize_batch.epsilon": "batch_norm_epsilon",
    "spectral_norm.singular_value": "spectral_side",
    "self_modulated_batch_norm.num_hidden": "self_modulation_units",
}


def options_of(
    network: str,
    architecture: str,
    image_shape: Sequence[int],
    *,
    z_dim: int | None,
    num_classes: int,
    arguments: Mapping[str, Any],
    gin: Mapping[str, Any] | None = None,
) -> Options:
    """Today's options of a network that v3 built with these arguments, unchecked.

    Args:
        network: "generator" or "discriminator".
        architecture: v3's name or today's.
        image_shape: H, W, C.
        z_dim: length of the latents; any for a discriminator.
        num_classes: 0 for an unconditional network.
        arguments: v3's: bn (batch_norm_fn), sn (spectral_norm), layer_norm, and those of the constructor.
        gin: bindings beside them; v3's defaults where there is none.

    Raises:
        UserError: for an argument or binding that is not known here.
    """
    arguments, side = dict(arguments), network[0]
    architecture = translate("architecture", architecture)["architecture"]
    norm = _NORMALIZATIONS[arguments.pop("bn", None) or "none"]
    if arguments.pop("layer_norm", False):
        if norm != "none":
            raise UserError("batch norm and layer norm at once cannot be had here")
        # The others' discriminators took the argument and did nothing with it.
        norm = "layer" if architecture not in ("dcgan", "infogan", "sndcgan", "biggan_deep") else "none"
    values: dict[str, Any] = {
        "dataset": "cifar10",
        "reference": "v3",
        "architecture": architecture,
        "conditional": num_classes > 0,
        f"{side}_normalization": norm,
        f"{side}_weight_normalization": "spectral" if arguments.pop("sn", False) else "none",
        "batch_norm_decay": 0.999,
        "batch_norm_epsilon": 1e-3,
        "width": arguments.pop("ch", _PUBLISHED.get(architecture, 1)) / _PUBLISHED.get(architecture, 1),
    }
    if z_dim is not None:
        values["z_dim"] = z_dim
    elif architecture == "biggan":
        values["hierarchical_z"] = False
    if architecture == "biggan":
        wanted = arguments.pop("blocks_with_attention", _ATTENTION[network])
        there = [block.name for block in block_plans.blocks(architecture, image_shape[0], network)]
        values[f"{side}_attention"] = ",".join(name for name in wanted.split(",") if name in there) or "none"
    # Accepted by BigGAN-deep and without effect.
    arguments.pop("blocks_with_attention", None)
    if "project_y" in arguments:
        values["d_conditioning"] = "projection" if arguments.pop("project_y") else "none"
    if "experimental_fast_conv_to_rgb" in arguments:
        values["fast_conv_to_rgb"] = arguments.pop("experimental_fast_conv_to_rgb")
    for name in ("embed_y", "embed_y_dim", "embed_z", "embed_bias", "hierarchical_z"):
        if name in arguments:
            values[name] = arguments.pop(name)
    for name, value in (gin or {}).items():
        if name in _GIN:
            values[_GIN[name]] = value
        # Without them v3 kept accumulators, which an import makes moving averages.
        elif name != "standardize_batch.use_moving_averages":
            raise UserError(f"gin binding {name} is not known here; known: {', '.join(_GIN)}")
    if arguments:
        raise UserError(f"argument {next(iter(arguments))!r} of v3's {architecture} {network} is not known here")
    return Options.unchecked(values)


def build(network: str, options: Options, image_shape: Sequence[int], num_classes: int) -> keras.Model:
    """The network."""
    module = components.load("architectures", options.architecture)
    return getattr(module, network)(tuple(image_shape), options, num_classes)


def noise(count: int, k: int) -> np.ndarray:
    """float64 [count] in [-1, 1), by exact 32-bit integer arithmetic."""
    mask = np.uint64(0xFFFFFFFF)
    n = np.arange(count, dtype=np.uint64)
    h = (n * np.uint64(2654435761) + np.uint64(k + 1) * np.uint64(0x9E3779B1)) & mask
    h ^= h >> np.uint64(15)
    h = (h * np.uint64(2246822519)) & mask
    h ^= h >> np.uint64(13)
    h = (h * np.uint64(3266489917)) & mask
    h ^= h >> np.uint64(16)
    return h.astype(np.float64) / 2147483648.0 - 1.0


def value(name: str, shape: Sequence[int], k: int) -> np.ndarray:
    """The float32 value of the k-th variable (sorted by name) of a network, by its name in v3."""
    leaf = name.rpartition("/")[2]
    r = noise(math.prod(shape), k).reshape(shape)
    fan = shape[0] * shape[1] * shape[3] if "/g_dc" in name and len(shape) == 4 else math.prod(shape[:-1])
    by_leaf = {
        "kernel": lambda: math.sqrt(6.0 / fan) * r,
        "bias": lambda: 0.1 * r,
        "beta": lambda: 0.1 * r,
        "moving_mean": lambda: 0.1 * r,
        "gamma": lambda: 1 + 0.2 * r,
        "moving_variance": lambda: 1 + 0.5 * r,
        "u_var": lambda: r,
        "sigma": lambda: 0.7,
        "accu_mean": lambda: 0.2 * r,
        "accu_variance": lambda: 2 + r,
        "accu_counter": lambda: 2.0,
        "update_accus": lambda: 0,
    }
    return np.asarray(by_leaf[leaf](), np.float32)


def weights(variables: Sequence[tuple[str, Sequence[int]]]) -> dict[str, np.ndarray]:
    """{name: array} of all variables of a network by the formula, from their names and shapes."""
    ordered = sorted((name, tuple(shape)) for name, shape in variables)
    return {name: value(name, shape, k) for k, (name, shape) in enumerate(ordered)}


def latents(batch: int, z_dim: int) -> np.ndarray:
    """z float32 [batch, z_dim]."""
    return (1.5 * noise(batch * z_dim, 1001)).reshape(batch, z_dim).astype(np.float32)


def images(batch: int, height: int, width: int, colors: int) -> np.ndarray:
    """float32 [batch, H, W, C] in [0, 1]."""
    b, i, j, c = np.meshgrid(range(batch), range(height), range(width), range(colors), indexing="ij")
    grain = noise(batch * height * width * colors, 2001).reshape(batch, height, width, colors)
    waves = 0.5 + 0.3 * np.sin(0.21 * i * (b + 1) + 0.13 * j + 1.7 * c)
    return np.clip(waves + 0.2 * grain, 0, 1).astype(np.float32)


def labels(batch: int, num_classes: int) -> np.ndarray | None:
    """int32 [batch]; None without classes."""
    return np.array([(3 * b + 1) % num_classes for b in range(batch)], np.int32) if num_classes else None
