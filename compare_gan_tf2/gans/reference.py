"""What the versions of compare_gan did otherwise, for reference=v1|v2|v3: parity and old weights.

- v3 gave the generator's update the last discriminator update's latents and images, and let the layers' state move in
  every forward pass but the one that both updates shared.
- v1 and v2 updated the generator after the first of the disc_iters updates, on its latents and images, judged real and
  generated images apart, and let all state move in every pass. (v1 updated the generator once more at the very
  beginning when disc_iters was above 1; that single update is not made here.)
- All of them copied the moving statistics to the averaged generator, left BEGAN's k without bounds, and rotated the
  last images of a batch; SSGAN's rotated generated images had the labels of the real ones.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from compare_gan_tf2.gans import Average, Outcome, Turn
from compare_gan_tf2.gans.adversarial import Batch
from compare_gan_tf2.runtime import layer_state

# The classes here go before a GAN type's own, which these stand for in the checks of types.
if TYPE_CHECKING:
    from compare_gan_tf2.gans.base import BaseGan as _AnyType
    from compare_gan_tf2.gans.modular import Gan as _AdversarialType
    from compare_gan_tf2.gans.ssgan import Gan as _RotatingType
else:
    _AnyType = _AdversarialType = _RotatingType = object


class _Version(_AnyType):
    """State moves in every pass; averages copy moving statistics."""

    def generators_average(self) -> Average | None:
        average = super().generators_average()
        return average and dataclasses.replace(average, averages_statistics=False)

    @contextlib.contextmanager
    def layer_state_rule(self, is_last: bool) -> Iterator[list[layer_state.Proposal]]:
        # All microbatches see the same vectors.
        with layer_state.assigning(), contextlib.nullcontext() if is_last else layer_state.frozen(first_only=True):
            yield []


class _AdversarialVersion(_Version, _AdversarialType):
    """The generator's turn, and the pass that it shares with one of the discriminator."""

    def turns(self) -> list[Turn]:
        turns = super().turns()
        own = next(turn for turn in turns if "generator" in turn.moves)
        of_d = [turn for turn in turns if "discriminator" in turn.moves]
        before = of_d[0] if self.options.reference in ("v1", "v2") else of_d[-1]
        own = dataclasses.replace(own, draws=self.generators_draws(before.draws), reads=before.draws)
        ordered = list[Turn]()
        for turn in turns:
            if "generator" in turn.moves:
                continue
            # v3 ran the generator once for both updates, so its state moves in the other one.
            is_shared = turn is before and self.options.reference == "v3" and self.options.latents == "reused"
            ordered.append(dataclasses.replace(turn, objective=self.d_with_shared_fakes) if is_shared else turn)
            if turn is before:
                ordered.append(own)
        return ordered

    def d_with_shared_fakes(
        self, images: tf.Tensor, z: tf.Tensor, labels: tf.Tensor | None = None, drawn_labels: tf.Tensor | None = None
    ) -> Outcome:
        batch = self.batch(images, z, labels, drawn_labels)
        with layer_state.frozen():
            fake = self.fakes(batch)
        return self.discriminator_objective(batch, fake)


class _Began(_AdversarialVersion):
    def bounded(self, k: tf.Tensor) -> tf.Tensor:
        return k


class _S3gan(_AdversarialVersion, _RotatingType):
    def chosen(self, size: int) -> list[int]:
        return list(range(size - self.rotated(size), size))


class _Ssgan(_S3gan):
    def labels_of_rotated_fakes(self, batch: Batch) -> tf.Tensor | None:
        return batch.labels


_OWN = {"began": _Began, "ssgan": _Ssgan, "s3gan": _S3gan, "vae": _Version}


def version_of(gan: type[Any]) -> type[Any]:
    """The class of a GAN type as compare_gan's versions had it; which version is an option."""
    name = gan.__module__.rpartition(".")[2]
    return type(f"CompareGan{name.capitalize()}", (_OWN.get(name, _AdversarialVersion), gan), {})
