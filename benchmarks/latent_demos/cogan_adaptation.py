"""CoGAN for domain adaptation: labels of MNIST's digits tell the classes of other digits' edges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.latent_demos import Demo, Number

if TYPE_CHECKING:
    from benchmarks.trained import Trained


def measure(trained: Trained) -> dict[str, float]:
    """Accuracy in [0, 1] on evaluation images of the domain with labels, and of the one without."""
    import numpy as np

    from compare_gan_tf2.datasets import pipeline

    found = {}
    for domain, name in (("a", "classify"), ("b", "classify_b")):
        part = trained.dataset.part(domain)
        images, labels = pipeline.read(part, part.evaluation_split, trained.places)
        seen = trained.call(trained.abilities[name].call, pipeline.to_float(images, part)).argmax(axis=1)
        found[f"accuracy_{domain}"] = float(np.mean(seen == labels))
    return found


DEMO = Demo(
    "cogan_adaptation",
    "Labels of digits tell the classes of edges, of which no label is read.",
    options={
        "dataset": "mnist_and_edges", "gan": "cogan_adaptation", "architecture": "cogan", "width": 0.5, "z_dim": 100,
        "batch_size": 64, "training_steps": 5000,
    },
    # Features of generated pairs may differ: only the layers in common are left.
    controls={"apart": {"feature_distance_weight": 0.0}},
    numbers=(
        Number("accuracy_b", control="apart/accuracy_b", published="MNIST to USPS .912 +- .008, after 10,000 steps",
               expected="above the control", least_more=0.0),
        Number("accuracy_a", control="apart/accuracy_a", expected=">= .97", least=0.97),
    ),
    measure=measure,
    minutes=25.0,  # for the authors' 5,000 steps
)  # fmt: skip
