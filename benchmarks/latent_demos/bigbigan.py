"""BigBiGAN: features of an encoder that no label has trained, read off by a linear probe."""

from benchmarks.latent_demos import Demo, Number

DEMO = Demo(
    "bigbigan",
    "A linear probe reads digits off the encoder's features, and reconstructions resemble the images.",
    options={
        "architecture": "infogan",
        "batch_size": 64,
        "dataset": "mnist",
        "gan": "bigbigan",
        "g_learning_rate": 1e-4,
        "save_every_steps": 4000,
        "training_steps": 4000,
        "width": 0.5,
        "z_dim": 32,
    },
    metrics="encoding_probes,reconstruction_ratio",
    numbers=(
        Number(
            "encoding_linear_accuracy_features",
            control="encoding_linear_accuracy_untrained_features",
            published="ImageNet .55 to .61",
            expected=".96 or more",
            least=0.96,
        ),
        Number("encoding_linear_accuracy", control="encoding_linear_accuracy_pixels"),
        Number(
            "encoding_spread",
            control="encoding_spread_untrained",
            expected="above .3; near 0 all images have one code",
            least=0.3,
        ),
        Number("reconstruction_ratio", control="reconstruction_ratio_untrained", expected="below 1", most=0.95),
    ),
    finding="reconstructions are digits in strokes like the image's, often another digit. After 4,000 steps the "
    "encoder's features are no better for a linear probe than those of the untrained encoder, and .015 below the "
    "expected value. In the first half of the training the joint discriminator told pairs apart almost without error "
    "(`loss/d_real_xz` and `loss/d_fake_xz` in its measurements.jsonl are near 0), which may be why",
)
