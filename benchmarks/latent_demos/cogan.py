"""CoGAN on MNIST's digits and the edges of other digits: of the same latents come a digit and its own edges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.latent_demos import Demo, Number

if TYPE_CHECKING:
    import numpy as np

    from benchmarks.trained import Trained

_COUNT = 2000


def measure(trained: Trained) -> dict[str, float]:
    """Whether generated edges are those of the generated digit, beside those of another one."""
    import numpy as np

    from compare_gan_tf2.datasets.mnist_and_edges import edges
    from compare_gan_tf2.gans.base import sample_inputs

    z, _ = sample_inputs(trained.gan, _COUNT)
    a, b = (trained.call(trained.abilities[name].call, z.numpy()) for name in ("generate", "generate_b"))
    due = edges(np.round(255.0 * a).astype(np.uint8)) / 255.0
    judges = {domain: _judge(trained, domain) for domain in "ab"}
    of_a, of_b = judges["a"].extract(a)[1].argmax(axis=1), judges["b"].extract(b)[1].argmax(axis=1)
    other = np.roll(np.arange(_COUNT), 1)
    return {
        "iou": _overlap(b, due),
        "iou_mismatched": _overlap(b[other], due),
        "pixel_agreement": float(np.mean((b > 0.5) == (due > 0.5))),
        "pixel_agreement_black": float(np.mean(due <= 0.5)),
        "class_agreement": float(np.mean(of_a == of_b)),
        "class_agreement_mismatched": float(np.mean(of_a == of_b[other])),
    }


def _overlap(images: np.ndarray, others: np.ndarray) -> float:
    """Mean intersection over union of the pixels above 1/2 of images of the same row, [N, H, W, C]."""
    import numpy as np

    first, second = images > 0.5, others > 0.5
    both = np.sum(first & second, axis=(1, 2, 3))
    return float(np.mean(both / np.maximum(np.sum(first | second, axis=(1, 2, 3)), 1)))


def _judge(trained: Trained, domain: str) -> Any:
    """The classifier of a domain's images, trained once and kept where there is none."""
    from compare_gan_tf2.extractors import Request, classifier

    places = trained.places
    return classifier.load(Request(trained.dataset.part(domain), places.dataset_root, places.cache_dir))


DEMO = Demo(
    "cogan",
    "Digits and edges of the same latents belong together, though no pair was shown.",
    options={
        "dataset": "mnist_and_edges", "gan": "cogan", "architecture": "cogan", "width": 0.5, "z_dim": 100,
        "batch_size": 64, "training_steps": 5000,
    },
    numbers=(
        Number("iou", control="iou_mismatched", expected=">= .5 (unrelated images .143)", least=0.5),
        Number("class_agreement", control="class_agreement_mismatched", expected=">= .85", least=0.85),
        Number("pixel_agreement", control="pixel_agreement_black", published="about .95",
               expected="says nothing by itself: a black image has about .87"),
    ),
    measure=measure,
    minutes=25.0,  # for the authors' 5,000 steps
    finding="class agreement is .06 below the expected value after 5,000 steps, which was a guess: the "
    "paper states the agreement of pixels only. Networks are half as wide as published",
)  # fmt: skip
