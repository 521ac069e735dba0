"""Weights and inputs defined by formulas, for which compare_gan v3's own numbers are known (tests/golden)."""

import math

import numpy as np


def noise(count, k):
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


def value(name, shape, k):
    """The float32 value of the k-th variable (sorted by name) of a network, by its name in compare_gan."""
    leaf = name.split("/")[-1]
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
    }
    return np.asarray(by_leaf[leaf](), np.float32)


def reference_name(network, variable):
    """compare_gan's name of one of our variables."""
    path = variable.path.removeprefix(f"{network.name}/")
    return f"{network.name}/{path.replace('/u_var', '/kernel/u_var')}"


def fill(network):
    """Sets every variable of a network to its formula; returns them by compare_gan's names."""
    by_name = {reference_name(network, variable): variable for variable in network.variables}
    for k, name in enumerate(sorted(by_name)):
        by_name[name].assign(value(name, tuple(by_name[name].shape), k))
    return by_name


def latents(batch, z_dim):
    """z float32 [batch, z_dim]."""
    return (1.5 * noise(batch * z_dim, 1001)).reshape(batch, z_dim).astype(np.float32)


def images(batch, height, width, colours):
    """float32 [batch, H, W, C] in [0, 1]."""
    b, i, j, c = np.meshgrid(range(batch), range(height), range(width), range(colours), indexing="ij")
    grain = noise(batch * height * width * colours, 2001).reshape(batch, height, width, colours)
    waves = 0.5 + 0.3 * np.sin(0.21 * i * (b + 1) + 0.13 * j + 1.7 * c)
    return np.clip(waves + 0.2 * grain, 0, 1).astype(np.float32)
