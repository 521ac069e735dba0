"""LAPGAN on CIFAR-10, 8 -> 16 -> 32 pixels: what a level adds to real coarse images, and the chain of all levels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.latent_demos import Demo, Number

if TYPE_CHECKING:
    from benchmarks.trained import Trained

_COUNT = 10_000


def measure(trained: Trained) -> dict[str, float]:
    """Fréchet distance of real images from real coarse ones, enlarged: what the last level has to better."""
    from compare_gan_tf2.architectures.lapgan import enlarged, shrunk
    from compare_gan_tf2.extractors import Request, classifier
    from compare_gan_tf2.metrics import Samples
    from compare_gan_tf2.metrics.fid import distance

    places = trained.places
    judge = classifier.load(Request(trained.dataset, places.dataset_root, places.cache_dir))
    images, labels = trained.real(count=_COUNT)
    coarse = trained.call(lambda rows: enlarged(shrunk(rows)), images)
    sets = [Samples(each, *judge.extract(each), labels) for each in (images, coarse)]
    return {"enlarged_fid": distance(*sets)}


DEMO = Demo(
    "lapgan",
    "The last level adds what enlarged images lack.",
    options={
        "dataset": "cifar10", "gan": "lapgan", "conditional": True, "pyramid_levels": 2, "width": 0.25, "z_dim": 100,
        "batch_size": 64, "training_steps": 4000,
    },
    metrics="fid",
    numbers=(
        Number("refine/fid", control="enlarged_fid", expected="below half of enlarged real coarse images",
               most_times=0.5),
        Number("fid", control="refine/fid", published="log-likelihood only (-1799; GAN -3617)",
               expected="above the FID of the last level on real coarse images; the difference is what others lose"),
    ),
    measure=measure,
    finding="the last level makes sharp images of real coarse ones. The coarsest level, fully connected and a quarter "
    "as wide as published, has collapsed: its images look alike, and so do the images that all levels make together",
)  # fmt: skip
