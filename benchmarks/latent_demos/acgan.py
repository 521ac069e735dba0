"""ACGAN: digits of the class that was asked for, which differ within a class."""

from __future__ import annotations

from benchmarks.latent_demos import Demo, Number

DEMO = Demo(
    "acgan",
    "Generated digits are of the classes asked for, without being the same picture.",
    options={
        "architecture": "infogan",
        "batch_size": 64,
        "d_normalization": "batch",
        "dataset": "mnist",
        # InfoGAN's of these networks: at 0.0002 the discriminator wins, and after 4,000 steps .69 are as asked.
        "g_learning_rate": 0.001,
        "gan": "acgan",
        "judge": "apart",
        "save_every_steps": 1000,
        "training_steps": 2000,
        "width": 0.5,
        "z_dim": 100,
        "z_distribution": "normal",
    },
    metrics="class_samples",
    numbers=(
        Number(
            "class_accuracy",
            control="class_accuracy_shuffled",
            published="none on MNIST; .101 on ImageNet at 128 pixels",
            expected="at least .97",
            least=0.97,
        ),
        Number(
            "class_diversity",
            published="none on MNIST",
            expected="at least .6; a single prototype per class has 0",
            least=0.6,
        ),
    ),
)
