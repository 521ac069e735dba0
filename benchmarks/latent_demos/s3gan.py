"""S3GAN: labels of a tenth of the images, and guesses of the others, in place of none (Lucic et al. 2019)."""

from __future__ import annotations

from benchmarks.latent_demos import Demo, Number

DEMO = Demo(
    "s3gan",
    "A tenth of the labels makes better images than the self-supervised GAN of the same networks makes without any.",
    options={
        "architecture": "infogan",
        "batch_size": 64,
        "class_predictor": True,
        "conditional": True,
        "d_weight_normalization": "spectral",
        "dataset": "mnist",
        "g_normalization": "conditional_batch",
        "gan": "s3gan",
        "label_fraction": 0.1,
        "loss": "hinge",
        "rotated_batch_size": 64,
        "save_every_steps": 2500,
        "training_steps": 2500,
        "width": 0.5,
        "z_distribution": "normal",
    },
    seeds=(0, 1, 2),
    draws_labels=True,
    controls={
        # SSGAN, whose generator has the same batch norm without classes.
        "no_labels": {
            "class_predictor": None,
            "conditional": False,
            "g_normalization": "batch",
            "gan": "ssgan",
            "label_fraction": None,
        },
    },
    metrics="fid",
    numbers=(
        Number(
            "fid",
            control="no_labels/fid",
            published="7.6 against 20.6 of the published modules, ImageNet at 128 pixels, by Inception",
            expected="below the control's",
            most_more=0.0,
        ),
    ),
)
