"""Seeds of single rows: what makes a trained network's random layers, such as dropout, random at all.

Without them a trained network is a function of its inputs. With them every row has random numbers of its own, which
follow from its seed alone, so that they are the same whatever rows stand beside it.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import tensorflow as tf

from compare_gan_tf2.runtime.draws import Seed


class _Here(threading.local):
    seeds: tf.Tensor | None = None


_HERE = _Here()


@contextlib.contextmanager
def seeded(seeds: tf.Tensor | None) -> Iterator[None]:
    """Within the block random layers of a trained network are on.

    Args:
        seeds: int64 [B], one for every row that the network is called with; None leaves the layers off.
    """
    before = _HERE.seeds
    _HERE.seeds = seeds
    try:
        yield
    finally:
        _HERE.seeds = before


def are_given() -> bool:
    """Whether the caller is within `seeded` with seeds."""
    return _HERE.seeds is not None


def rows_of(distribution: str, name: str, shape: list[int]) -> tf.Tensor:
    """Random numbers for the rows that the seeds are of.

    Args:
        distribution: as of `draws.draw`.
        name: what the numbers are for; other names give independent ones.
        shape: of one row.

    Returns:
        float32 [B, *shape].
    """
    if _HERE.seeds is None:
        raise RuntimeError("rows_of is for layers within row_seeds.seeded")
    return tf.map_fn(
        lambda seed: Seed.of(0, seed).draw(distribution, name, shape), _HERE.seeds, fn_output_signature=tf.float32
    )
