"""PGGAN of a quarter of the published width, from 4 to 32 pixels in a few minutes each."""

from benchmarks.style_demos import on_cifar10

DEMO = on_cifar10(
    "pggan",
    "Networks that grow.",
    {
        "gan": "pggan", "growing_batch_sizes": "4:128,16:64", "growing_fade_kimg": 15.0, "growing_stable_kimg": 15.0,
        "width": 0.25,
    },
    expected="above StyleGAN2's",
    finding="images are patches of the same green. The minutes are over soon after the last and largest side has faded "
    "in, which the discriminator then tells apart easily (`loss/drift` in its measurements.jsonl grows)",
)  # fmt: skip
