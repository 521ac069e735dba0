"""BiGAN: encodings of real images that a generator turns back into nearly these images, without a loss of pixels."""

from __future__ import annotations

from benchmarks.latent_demos import Demo, Number

DEMO = Demo(
    "bigan",
    "An encoder that never saw a reconstruction undoes the generator.",
    options={
        "architecture": "bigan_mlp",
        "batch_size": 128,
        "dataset": "mnist",
        "evaluation_samples": 1_000,
        "gan": "bigan",
        "save_every_steps": 20_000,
        "training_steps": 20_000,
        "width": 0.5,
    },
    metrics="encoding_probes,reconstruction_ratio",
    numbers=(
        Number(
            "reconstruction_ratio",
            control="reconstruction_ratio_untrained",
            published=".77 after 25 epochs, .61 after 200, at twice the width",
            expected="at most .72",
            most=0.72,
        ),
        Number(
            "encoding_nn_accuracy",
            control="encoding_nn_accuracy_untrained",
            published=".954 after 25 epochs, .959 after 200, 50,000 images stored",
            expected="at least .94",
            least=0.94,
        ),
    ),
)
