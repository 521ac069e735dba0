"""What is said of options before a training begins: they are possible, and hardly meant."""

from __future__ import annotations

from collections.abc import Iterator

from compare_gan_tf2 import components
from compare_gan_tf2.options import Options

# The least batch that style-based networks were seen to learn with (NVlabs/stylegan2-ada-pytorch#172).
_LEAST_STYLE_BATCH = 8


def lines(options: Options) -> Iterator[str]:
    """A line for each: penalties without weight, and batches too small for style-based networks."""
    if options.penalty != "none" and not options.penalty_weight:
        yield f"penalty_weight is 0: penalty={options.penalty} has no effect"
    if "r1_gamma" not in components.facts("gans", options.gan)["HONORS"]:
        return
    if not options.r1_gamma:
        yield f"r1_gamma is 0: the discriminator of gan={options.gan} has no penalty, and may run away"
    if options.batch_size < _LEAST_STYLE_BATCH:
        yield f"batch_size is {options.batch_size}: style-based networks may collapse below {_LEAST_STYLE_BATCH}"
