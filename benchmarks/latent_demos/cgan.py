"""CGAN, fully connected as in PyTorch-GAN: digits of the class that was asked for, by joint inputs alone."""

from __future__ import annotations

from benchmarks.latent_demos import Demo, Number

DEMO = Demo(
    "cgan",
    "A discriminator that judges images with their labels makes the generator keep to its own.",
    options={
        "architecture": "cgan_mlp",
        "batch_norm_epsilon": 0.8,
        "batch_size": 64,
        "dataset": "mnist",
        "first_update": "generator",
        "gan": "cgan",
        "loss": "least_squares_logits",
        "save_every_steps": 10_000,
        "training_steps": 10_000,
    },
    metrics="class_samples",
    numbers=(
        Number("class_accuracy", control="class_accuracy_shuffled", expected="at least .90", least=0.9),
        Number("class_diversity", expected="a single prototype per class has 0"),
    ),
    finding=".84 of the samples show the requested class, .06 less than expected (this was a guess: neither the paper "
    "nor PyTorch-GAN states a number). Two training steps equal those of PyTorch-GAN up to rounding (oracle case "
    "cgan_mlp). The digits that are hard to read have broken strokes",
)
