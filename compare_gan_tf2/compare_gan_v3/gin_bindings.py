"""The bindings that compare_gan v3 knew, by its names, and what becomes of each: taken, or left with a reason."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from compare_gan_tf2.compare_gan_v3.gin_files import Binding, Reference
from compare_gan_tf2.components import unknown

_OF_GAN = (
    "conditional deprecated_split_disc_calls d_lr d_optimizer_fn ema_decay ema_start_step "
    "experimental_force_graph_unroll experimental_joint_gen_for_disc fit_label_distribution g_lr g_optimizer_fn "
    "g_use_ema"
)
_OF_LATENTS = "distribution_fn maxval minval stddev"
_OF_OPTIMIZERS = "learning_rate name use_locking"
# v3's name of a function or class -> its parameters. Before a class that several files had, the file's name stands.
_KNOWN = {
    "options": "architecture batch_size discriminator_normalization disc_iters gan_class lamba training_steps z_dim",
    "run_config": "iterations_per_loop keep_checkpoint_max save_checkpoints_steps single_core tf_random_seed",
    "dataset": "name seed",
    "replace_labels": "file_pattern",
    "train_imagenet_transform": "crop_method",
    "eval_imagenet_transform": "crop_method",
    "ModularGAN": _OF_GAN,
    "SSGAN": f"{_OF_GAN} rotated_batch_size self_supervision weight_rotation_loss_d weight_rotation_loss_g",
    "S3GAN": f"{_OF_GAN} project_y rotated_batch_fraction self_supervision use_predictor use_soft_labels use_soft_pred "
    "weight_class_loss weight_rotation_loss_d weight_rotation_loss_g",
    "loss": "fn",
    "penalty": "fn",
    "z": _OF_LATENTS,
    "eval_z": _OF_LATENTS,
    "G": "batch_norm_fn spectral_norm",
    "D": "batch_norm_fn layer_norm spectral_norm",
    "weights": "initializer stddev",
    "standardize_batch": "decay epsilon use_cross_replica_mean use_moving_averages",
    "self_modulated_batch_norm": "num_hidden",
    "conditional_batch_norm": "use_bias",
    "spectral_norm": "epsilon singular_value",
    "cross_replica_moments": "group_size parallel",
    "resnet_biggan.Generator": "blocks_with_attention ch embed_bias embed_y embed_y_dim embed_z hierarchical_z",
    "resnet_biggan.Discriminator": "blocks_with_attention ch project_y",
    "BigGanResNetBlock": "add_shortcut",
    "resnet_biggan_deep.Generator": "ch embed_y embed_y_dim experimental_fast_conv_to_rgb",
    "resnet_biggan_deep.Discriminator": "blocks_with_attention ch project_y",
    "resnet_cifar.Generator": "embed_y embed_z hierarchical_z",
    "resnet_cifar.Discriminator": "project_y",
    "AdamOptimizer": f"beta1 beta2 epsilon {_OF_OPTIMIZERS}",
    "GradientDescentOptimizer": _OF_OPTIMIZERS,
    "MomentumOptimizer": f"momentum use_nesterov {_OF_OPTIMIZERS}",
    "RMSPropOptimizer": f"centered decay epsilon momentum {_OF_OPTIMIZERS}",
}
# Names of v3's first releases.
_EARLIER = {"GPUModularGAN": "ModularGAN", "resnet5_biggan": "resnet_biggan"}
_NO_EFFECT = "it had no effect in compare_gan v3 either"
_ONE_SEED = "option seed (run_config.tf_random_seed) decides the order of the data and the latents, too"
# Why some are never taken.
_WHY = {
    "options.discriminator_normalization": _NO_EFFECT,
    "run_config.iterations_per_loop": "it is not an option of a task; give compare_gan_run_one_task --steps_per_call",
    "run_config.single_core": "it is not an option of a task; give compare_gan_run_one_task --strategy",
    "dataset.seed": _ONE_SEED,
    "weights.stddev": _NO_EFFECT,
    "standardize_batch.use_cross_replica_mean": "statistics are always over all replicas",
    "cross_replica_moments.group_size": "statistics are always over all replicas",
    "cross_replica_moments.parallel": "variances of replicas are always computed in one way",
    "BigGanResNetBlock.add_shortcut": "a block's shortcut follows from its place in the network",
}
_UNUSED = "it has no effect beside the other bindings"


@dataclasses.dataclass(frozen=True)
class Left:
    """A binding, or an import, that is not honored.

    Attributes:
        place: "file:line", or the words of the command line.
        said: the binding.
        why: one line.
    """

    place: str
    said: str
    why: str

    def __str__(self) -> str:
        return f"{self.place}: {self.said}: {self.why}"


def named(selector: str) -> str:
    """v3's name of a function or class, from one with any of its modules before it."""
    parts = [_EARLIER.get(part, part) for part in selector.split(".")]
    return ".".join(parts[-2:] if parts[-1] in ("Generator", "Discriminator") else parts[-1:])


class Bindings:
    """The bindings in effect, of which some are taken and the others left."""

    def __init__(self, bindings: Sequence[Binding]):
        self._of: dict[tuple[str, str, str], Binding] = {}
        for each in bindings:
            key = (each.scope, named(each.selector), each.parameter)
            self._of.pop(key, None)  # the later one is where it stands
            self._of[key] = each
        self._taken: set[tuple[str, str, str]] = set()
        self._why: dict[tuple[str, str, str], str] = {}

    def value(self, name: str, default: Any = None, scope: str = "") -> Any:
        """What is bound to "function.parameter" within a scope, the innermost first, or v3's default."""
        key = self._key(name, scope)
        if key is None:
            return default
        self._taken.add(key)
        return self._of[key].value

    def is_bound(self, name: str, scope: str = "") -> bool:
        """Whether there is a binding; it is not taken by asking."""
        return self._key(name, scope) is not None

    def place(self, name: str, scope: str = "") -> str:
        """The place of a binding; the name itself if there is none."""
        key = self._key(name, scope)
        return name if key is None else self._of[key].place

    def leave(self, name: str, why: str, scope: str = "") -> None:
        """Says why a binding is not honored; nothing if there is none."""
        key = self._key(name, scope)
        if key is not None:
            self._why[key] = why

    def left(self, imports: Mapping[str, str]) -> list[Left]:
        """What was not honored, in order."""
        found = [Left(place, f"import {module}", "modules are not imported") for place, module in imports.items()]
        for key, each in self._of.items():
            if key in self._why or key not in self._taken:
                found.append(Left(each.place, str(each), self._why.get(key) or _reason(*key)))
        return found

    def _key(self, name: str, scope: str) -> tuple[str, str, str] | None:
        function, _, parameter = name.rpartition(".")
        parts = scope.split("/") if scope else []
        scopes = ("/".join(parts[:count]) for count in range(len(parts), -1, -1))
        return next((key for each in scopes if (key := (each, function, parameter)) in self._of), None)


def _reason(scope: str, function: str, parameter: str) -> str:
    """Why nobody took a binding."""
    if function not in _KNOWN:
        return f"compare_gan v3: {unknown('name', function, _KNOWN)}"
    if parameter not in _KNOWN[function].split():
        return f"compare_gan v3: {unknown(f'parameter of {function}', parameter, _KNOWN[function].split())}"
    if scope:
        return f"no reference enters the scope {scope}"
    return _WHY.get(f"{function}.{parameter}", _UNUSED)


def referred(value: Any) -> Reference:
    """A value that is a reference; a plain name stands for one."""
    return value if isinstance(value, Reference) else Reference("", str(value), False)
