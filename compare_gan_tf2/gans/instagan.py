"""InstaGAN: translates pictures with sets of instance masks, a few masks at a time (Mo et al. 2019)."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

import keras
import tensorflow as tf

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans import Ability, Outcome, Player, Rows, Stream, Term, Turn
from compare_gan_tf2.gans.base import BaseGan
from compare_gan_tf2.gans.cyclegan import DISCRIMINATORS, TRANSLATORS, by_epoch, distance, squared_distance
from compare_gan_tf2.gans.image_buffer import query

# Facts, read without importing this file.
MODEL = "model that translates what masks mark in images between two domains"
HAS_LOGITS = False
NETWORKS = ("set_translator", "set_judge")
HONORS = (
    "context_weight", "cycle_weight", "epoch_steps", "identity_weight", "image_buffer", "masks_at_once", "most_masks",
)  # fmt: skip
IMPLIES = {
    "architecture": "instagan", "batch_size": 1, "g_normalization": "none", "identity_weight": 1.0,
    "learning_rate_decay": 0.5, "loss": "none",
}  # fmt: skip
REQUIRES = {
    "accumulation_steps": (1, "vectors of spectral norm move from one use of a kernel to the next"),
    "conditional": (False, "it has networks without labels"),
    "d_normalization": ("none", "its discriminators have instance norm and spectral norm of their own"),
    "disc_iters": (1, "its discriminators move once for each group of masks"),
    "g_normalization": ("none", "its translators have instance norm of their own"),
    "reference": ("none", "compare_gan did not have it"),
}
ABILITIES = {
    "masks_ab": (("a", "masks_a"), ""), "masks_ba": (("b", "masks_b"), ""),
    "translate_ab": (("a", "masks_a"), "b"), "translate_ba": (("b", "masks_b"), "a"),
}  # fmt: skip


class Gan(BaseGan):
    """Pictures and their masks are translated together, masks_at_once of the masks at a time, the largest ones first.

    For each group of masks the translators are updated, then the discriminators, which see the pictures with all their
    masks; masks that are not translated yet are empty. The next group starts with the translated picture. The terms are
    least squares on patches, cycles, an identity loss on pictures of the target domain, and the difference outside of
    all masks before and after. Differences are over pictures and masks in [-1, 1]. Adam is in the form of PyTorch.
    """

    def setup(self) -> None:
        """Four players, pictures and masks of both domains, vectors of spectral norm, two buffers."""
        options, shape = self.options, self.dataset.image_shape
        if options.most_masks % options.masks_at_once:
            raise UserError(
                f"option most_masks is {options.most_masks}; it must be divisible by the masks_at_once of "
                f"{options.masks_at_once}"
            )
        for name in TRANSLATORS:
            build = functools.partial(self.build_set_translator, name)
            self.players[name] = Player(build, "g", self.generators_average())
        for name in DISCRIMINATORS:
            self.players[name] = Player(functools.partial(self.build_set_judge, name), "d")
            self.add_state(f"vectors/{name[-1]}", self.players[name].network.first_vectors)
        number = self.dataset.mask_count or None
        for domain in "ab":
            self.streams[domain] = Stream(tf.TensorSpec([None, *shape]), source=domain)
            masks = tf.TensorSpec([None, *shape[:2], number])
            self.streams[f"masks_{domain}"] = Stream(masks, source=domain, column="masks")
            if options.image_buffer:
                stored = [options.image_buffer, *shape[:2], shape[2] + options.most_masks]
                self.add_state(f"buffer/{domain}", tf.zeros(stored))
        if options.image_buffer:
            self.add_state("buffer/count", tf.zeros([], tf.int32))
        self.optimizers = {
            side: by_epoch(said, options.epoch_steps, options.training_steps) for side, said in self.optimizers.items()
        }

    def build_set_translator(self, name: str) -> keras.Model:
        """From one domain to the other."""
        made: keras.Model = self.architecture.set_translator(self.dataset.image_shape, self.options, name)
        return made

    def build_set_judge(self, name: str) -> keras.Model:
        """Of one domain."""
        made: keras.Model = self.architecture.set_judge(self.dataset.image_shape, self.options, name)
        return made

    def turns(self) -> list[Turn]:
        """For each group of masks both translators, then both discriminators."""
        turns = list[Turn]()
        handed = ("at_a", "at_b", "done_a", "done_b", "shown_a", "shown_b", "used_a", "used_b")
        for group in range(self.options.most_masks // self.options.masks_at_once):
            objective = functools.partial(self.g_first if group == 0 else self.g_next, group=group)
            turns += [
                Turn(
                    TRANSLATORS, objective, f"translators/{group}", "translators", handed, whole=True, after=self.show
                ),
                Turn(DISCRIMINATORS, self.d, f"discriminators/{group}", "translators", whole=True, after=self.keep),
            ]
        return turns

    def g_first(
        self,
        a: tf.Tensor,
        b: tf.Tensor,
        masks_a: tf.Tensor,
        masks_b: tf.Tensor,
        vectors_a: tf.Tensor,
        vectors_b: tf.Tensor,
        *,
        group: int,
    ) -> Outcome:
        """What the translators descend on with the first group of masks."""
        none = tf.zeros([*masks_a.shape[:3], 0])
        return self.translating((a, b), (masks_a, masks_b), (none, none), (vectors_a, vectors_b), group)

    def g_next(
        self,
        at_a: tf.Tensor,
        at_b: tf.Tensor,
        masks_a: tf.Tensor,
        masks_b: tf.Tensor,
        done_a: tf.Tensor,
        done_b: tf.Tensor,
        vectors_a: tf.Tensor,
        vectors_b: tf.Tensor,
        *,
        group: int,
    ) -> Outcome:
        """What they descend on with a later group, which starts with what the former one made."""
        return self.translating((at_a, at_b), (masks_a, masks_b), (done_a, done_b), (vectors_a, vectors_b), group)

    def translating(
        self,
        images: tuple[tf.Tensor, tf.Tensor],
        masks: tuple[tf.Tensor, tf.Tensor],
        done: tuple[tf.Tensor, tf.Tensor],
        vectors: tuple[tf.Tensor, tf.Tensor],
        group: int,
    ) -> Outcome:
        """The terms of one group, each pair being of a and of b.

        Args:
            images: [B, H, W, C] to start with.
            masks: [B, H, W, M], of the pictures as they were read.
            done: [B, H, W, D], translated masks of the earlier groups.
            vectors: of the discriminators of a and of b.
            group: its number, from 0.

        Returns:
            Terms, and rows: what the next group starts with ("at_"), the translated masks so far ("done_"), what the
            discriminators of a and of b may be shown ("shown_"), and their vectors ("used_").
        """
        options, found = self.options, dict[str, Term | Rows | tf.Tensor]()
        size = options.masks_at_once
        # What is made from a is of b.
        ways = zip("ab", "ba", ("ab", "ba"), TRANSLATORS, TRANSLATORS[::-1], strict=True)
        for i, (own, other, way, there, back) in enumerate(ways):
            image, part = images[i], self.chosen(masks[i])[..., group * size : (group + 1) * size]
            made, made_masks = self.players[there](image, part)
            again = self.players[back](made, made_masks)
            so_far = tf.concat([done[i], made_masks], -1)
            shown = tf.concat([made, self.filled_up(so_far)], -1)
            judged, used = self.judged(other, shown, vectors[1 - i])
            cycle = options.cycle_weight
            found |= {
                f"loss/g_{way}": squared_distance(judged, 1.0),
                f"loss/cycle_{own}": Term(apart(again, (image, part)), cycle),
                f"loss/context_{own}": Term(context(image, made, part, made_masks), cycle * options.context_weight),
                f"at_{own}": Rows(made), f"done_{own}": Rows(so_far), f"shown_{other}": Rows(shown),
                f"used_{other}": Rows(used),
            }  # fmt: skip
            if options.identity_weight:
                same = self.players[back](image, part)
                weight = cycle * options.identity_weight
                found[f"loss/identity_{own}"] = Term(apart(same, (image, part)), weight)
        return found

    def show(
        self,
        shown_a: tf.Tensor,
        shown_b: tf.Tensor,
        used_a: tf.Tensor,
        used_b: tf.Tensor,
        buffer_a: tf.Tensor | None = None,
        buffer_b: tf.Tensor | None = None,
        buffer_count: tf.Tensor | None = None,
    ) -> dict[str, Rows | tf.Tensor]:
        """What the discriminators are shown, out of buffers, and the vectors of spectral norm, of the first replica."""
        found: dict[str, Rows | tf.Tensor] = self.keep(used_a, used_b)
        if buffer_a is None or buffer_b is None or buffer_count is None:
            return found | {"shown_a": Rows(shown_a), "shown_b": Rows(shown_b)}
        shown_a, buffer_a, count = query(shown_a, buffer_a, buffer_count, "buffer_a")
        shown_b, buffer_b, _ = query(shown_b, buffer_b, buffer_count, "buffer_b")
        return found | {
            "shown_a": Rows(shown_a), "shown_b": Rows(shown_b),
            "buffer/a": buffer_a, "buffer/b": buffer_b, "buffer/count": count,
        }  # fmt: skip

    def keep(self, used_a: tf.Tensor, used_b: tf.Tensor) -> dict[str, Rows | tf.Tensor]:
        """Vectors of spectral norm after an update, those of the first replica."""
        return {
            f"vectors/{domain}": used[: self.vectors_size(domain)] for domain, used in (("a", used_a), ("b", used_b))
        }

    def vectors_size(self, domain: str) -> int:
        """Numbers of the vectors of a domain's discriminator."""
        return int(self.state[f"vectors/{domain}"].shape[0])

    def d(
        self,
        a: tf.Tensor,
        b: tf.Tensor,
        masks_a: tf.Tensor,
        masks_b: tf.Tensor,
        shown_a: tf.Tensor,
        shown_b: tf.Tensor,
        vectors_a: tf.Tensor,
        vectors_b: tf.Tensor,
    ) -> Outcome:
        """Each discriminator's half of the squared distances to 1 and 0, and its vectors."""
        found = dict[str, Term | Rows]()
        reals = (tf.concat([a, self.chosen(masks_a)], -1), tf.concat([b, self.chosen(masks_b)], -1))
        for domain, real, fake, vectors in zip("ab", reals, (shown_a, shown_b), (vectors_a, vectors_b), strict=True):
            colors = self.dataset.image_shape[2]
            sets = [each[..., colors:] for each in (real, fake)]
            last = self.players[f"discriminator_{domain}"].network.last_uses(vectors, sets)
            of_real, vectors = self.judged(domain, real, vectors, last)
            of_fake, vectors = self.judged(domain, fake, vectors, last)
            both = squared_distance(of_real, 1.0) + squared_distance(of_fake, 0.0)
            found[f"loss/d_{domain}"] = Term(0.5 * both, only=(f"discriminator_{domain}",))
            found[f"used_{domain}"] = Rows(vectors)
        return found

    def judged(
        self, domain: str, shown: tf.Tensor, vectors: tf.Tensor, last: Sequence[tf.Tensor] = ()
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """What a domain's discriminator says of pictures with masks as channels, and its vectors afterwards."""
        colors, judge = self.dataset.image_shape[2], self.players[f"discriminator_{domain}"]
        judged, used = judge(shown[..., :colors], shown[..., colors:], vectors, last=last)
        return judged, tf.stop_gradient(used)

    def chosen(self, masks: tf.Tensor) -> tf.Tensor:
        """The largest masks [B, H, W, most_masks] of [B, H, W, M], in this order; empty ones where there are fewer."""
        masks = self.filled_up(masks)
        order = tf.argsort(tf.reduce_mean(masks, [1, 2]), 1, "DESCENDING", stable=True)
        return tf.gather(masks, order[:, : self.options.most_masks], axis=3, batch_dims=1)

    def filled_up(self, masks: tf.Tensor) -> tf.Tensor:
        """With empty masks behind, up to most_masks."""
        missing = max(0, self.options.most_masks - masks.shape[-1])
        return tf.pad(masks, [[0, 0], [0, 0], [0, 0], [0, missing]])

    def abilities(self, nets: Mapping[str, keras.Model]) -> dict[str, Ability]:
        """To translate pictures with all their masks, and to give the masks of the translations."""
        found = dict[str, Ability]()
        for way in ("ab", "ba"):
            takes = (way[0], f"masks_{way[0]}")
            translate = functools.partial(self.translate, net=nets[f"generator_{way}"])
            found[f"translate_{way}"] = Ability(lambda *inputs, call=translate: call(*inputs)[0], takes, way[1])
            found[f"masks_{way}"] = Ability(lambda *inputs, call=translate: call(*inputs)[1], takes)
        return found

    def translate(self, images: tf.Tensor, masks: tf.Tensor, net: keras.Model) -> tuple[tf.Tensor, tf.Tensor]:
        """Pictures float32 [B, H, W, C] and masks [B, H, W, M] in [0, 1] as those of the other domain.

        Groups of masks one after the other, the largest first, each with the picture that the former left; masks come
        back in the order in which they were given.
        """
        order = tf.argsort(tf.reduce_mean(masks, [1, 2]), 1, "DESCENDING", stable=True)
        masks, done = tf.gather(masks, order, axis=3, batch_dims=1), list[tf.Tensor]()
        for start in range(0, masks.shape[-1], self.options.masks_at_once):
            part = masks[..., start : start + self.options.masks_at_once]
            made, drawn = net(images, part, training=False)
            # A group without any mask changes nothing.
            is_there = tf.reduce_any(part > 0.0, [1, 2, 3])[:, None, None, None] if start else True
            images, drawn = tf.where(is_there, made, images), tf.where(is_there, drawn, part)
            done.append(drawn)
        back = tf.argsort(order, 1)
        return images, tf.gather(tf.concat(done, -1), back, axis=3, batch_dims=1)


def apart(made: tuple[tf.Tensor, tf.Tensor], given: tuple[tf.Tensor, tf.Tensor]) -> tf.Tensor:
    """Mean absolute difference of pictures with masks, over the channels of both."""
    return distance(tf.concat(made, -1), tf.concat(given, -1))


def context(image: tf.Tensor, made: tf.Tensor, masks: tf.Tensor, made_masks: tf.Tensor) -> tf.Tensor:
    """Mean absolute difference of pictures where neither masks nor translated ones are; it also moves the latter."""
    covered = tf.minimum(tf.reduce_sum(tf.concat([masks, made_masks], -1), -1, keepdims=True), 1.0)
    return 2.0 * tf.reduce_mean((1.0 - covered) * tf.abs(image - made))
