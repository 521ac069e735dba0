"""SNDCGAN: what the others are compared with."""

from benchmarks.style_demos import on_cifar10

# Without a running average, which after so few steps would still be full of the initial weights.
DEMO = on_cifar10(
    "sndcgan",
    "Spectral norm, without styles.",
    {
        "architecture": "sndcgan", "beta1": 0.5, "beta2": 0.999, "d_weight_normalization": "spectral",
        "loss": "non_saturating", "random_flip": False, "z_dim": 128,
    },
    expected="about 33 after 800 steps",
    finding="all images are one of two patterns, yellow checks or pale blue, or lie between them",
)  # fmt: skip
