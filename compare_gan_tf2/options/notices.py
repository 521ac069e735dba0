"""What is said of options before a training begins: they are possible, and hardly meant."""

from __future__ import annotations

from collections.abc import Iterator

from compare_gan_tf2 import components
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.options import Options, growing

# The least batch that style-based networks were seen to learn with (NVlabs/stylegan2-ada-pytorch#172).
_LEAST_STYLE_BATCH = 8
# Images that a discriminator of such networks compares at most, where deviation_group does not say it.
_LARGEST_GROUP = 4


def lines(options: Options) -> Iterator[str]:
    """A line for each: penalties without weight, batches too small, and trainings that end before they have grown."""
    if options.penalty != "none" and not options.penalty_weight:
        yield f"penalty_weight is 0: penalty={options.penalty} has no effect"
    honored = components.facts("gans", options.gan)["HONORS"]
    if "r1_gamma" in honored and not options.r1_gamma:
        yield f"r1_gamma is 0: the discriminator of gan={options.gan} has no penalty, and may diverge"
    if "activation_clamp" in honored and options.precision == "mixed_float16" and not options.activation_clamp:
        yield "precision is mixed_float16 without activation_clamp; the authors of StyleGAN2 set activation_clamp=256"
    if "growing_from" in honored and options.growing_from:
        yield from _of_growing(options)
    elif "r1_gamma" in honored:
        compares = "style_mixing" in honored and not options.deviation_group
        yield from _of_batch(options.batch_size, "batch_size", compares=compares)


def _of_growing(options: Options) -> Iterator[str]:
    schedule = growing.schedule(options, catalog.of(options).image_shape[0])
    for level in schedule.levels:
        if level.first_step <= options.training_steps:
            yield from _of_batch(level.batch, f"the batch for images of {level.side} pixels")
    last, step = schedule.levels[-1], options.training_steps
    if schedule.lod(step) > 0:
        yield (
            f"the training ends at step {step} with images of {schedule.at(step).side} pixels at level of detail "
            f"{schedule.lod(step):.2f}; {last.side} pixels are reached at step {schedule.restarts[-1]}: set "
            "training_steps, growing_stable_kimg or growing_fade_kimg"
        )


def _of_batch(size: int, name: str, *, compares: bool = True) -> Iterator[str]:
    """Of a batch; `compares` is whether its images are compared in groups whose size is found by the batch."""
    if size < _LEAST_STYLE_BATCH:
        yield f"{name} is {size}: style-based networks may collapse below {_LEAST_STYLE_BATCH}"
    if compares and all(size % group for group in range(2, _LARGEST_GROUP + 1)):
        yield (
            f"{name} is {size}, which no number from 2 to {_LARGEST_GROUP} divides: the discriminator compares no "
            "images with each other; take an even number"
        )
