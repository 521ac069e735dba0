"""A gin configuration of compare_gan v3 as options of a task, with v3's defaults where it says nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from compare_gan_tf2.compare_gan_v3.gin_bindings import Bindings, Left, named, referred
from compare_gan_tf2.compare_gan_v3.gin_files import Config
from compare_gan_tf2.components import unknown
from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options, block_plans, check_values, parse

_REQUIRED = (
    "dataset.name",
    "options.architecture",
    "options.batch_size",
    "options.gan_class",
    "options.training_steps",
)
# v3's name -> the option that says the same, and v3's default; None where ours is the same.
_SAME: dict[str, tuple[str, Any]] = {
    "dataset.name": ("dataset", None),
    "options.architecture": ("architecture", None),
    "options.batch_size": ("batch_size", None),
    "options.disc_iters": ("disc_iters", 1),
    "options.lamba": ("penalty_weight", 1.0),
    "options.training_steps": ("training_steps", None),
    "options.z_dim": ("z_dim", 128),
    "replace_labels.file_pattern": ("label_file", None),
    "run_config.save_checkpoints_steps": ("save_every_steps", 5000),
    "run_config.tf_random_seed": ("seed", None),
    "self_modulated_batch_norm.num_hidden": ("self_modulation_units", 32),
    "spectral_norm.singular_value": ("spectral_side", "left"),
    "standardize_batch.decay": ("batch_norm_decay", 0.999),
    "standardize_batch.epsilon": ("batch_norm_epsilon", 1e-3),
    "weights.initializer": ("initializer", "normal"),
}
_GANS = {"ModularGAN": "modular", "SSGAN": "ssgan", "S3GAN": "s3gan"}
_LOSSES = {name: name for name in ("hinge", "least_squares", "non_saturating", "wasserstein")}
_PENALTIES = {
    "dragan_penalty": "dragan",
    "l2_penalty": "l2",
    "no_penalty": "none",
    "wgangp_penalty": "wgan_gp",
}
_NORMALIZATIONS = {
    "None": "none",
    "no_batch_norm": "none",
    "batch_norm": "batch",
    "conditional_batch_norm": "conditional_batch",
    "self_modulated_batch_norm": "self_modulated_batch",
}
_OPTIMIZERS = {
    "AdamOptimizer": "adam",
    "GradientDescentOptimizer": "sgd",
    "MomentumOptimizer": "momentum",
    "RMSPropOptimizer": "rmsprop",
}
# Parameter of an optimizer -> the option that says the same, and TensorFlow 1's default.
_MOMENTS: dict[str, dict[str, tuple[str, Any]]] = {
    "AdamOptimizer": {"beta1": ("beta1", 0.9), "beta2": ("beta2", 0.999)},
    "MomentumOptimizer": {"momentum": ("beta1", None)},
}
# Parameters of optimizers that have one value here.
_CONSTANTS: dict[str, dict[str, Any]] = {
    "AdamOptimizer": {"epsilon": 1e-8},
    "MomentumOptimizer": {"use_nesterov": False},
    "RMSPropOptimizer": {"decay": 0.9, "momentum": 0.0, "epsilon": 1e-10, "centered": False},
}
_DISTRIBUTIONS = {
    "normal": "normal",
    "random_normal": "normal",
    "random_uniform": "uniform",
    "truncated_normal": "truncated",
    "uniform": "uniform",
}
# Channels that v3's argument `ch` stood for in the published networks.
_CHANNELS = {"biggan": 96, "biggan_deep": 128}
_FILES = {"biggan": "resnet_biggan", "biggan_deep": "resnet_biggan_deep", "resnet_cifar": "resnet_cifar"}
# Options that are arguments of v3's generators, and their defaults there.
_OF_GENERATORS: dict[str, dict[str, Any]] = {
    "biggan": {"embed_bias": False, "embed_y": True, "embed_y_dim": 128, "embed_z": False, "hierarchical_z": True},
    "biggan_deep": {"embed_y": True, "embed_y_dim": 128},
    "resnet_cifar": {"embed_y": False, "embed_z": False, "hierarchical_z": False},
}
# v3 measured batch norm's statistics on so many generated images.
_STANDING_IMAGES = 204_800
_LATENTS_ARE_FIXED = "latents are uniform on [-1, 1], or normal with deviation 1"


@dataclasses.dataclass(frozen=True)
class Translated:
    """What became of a configuration.

    Attributes:
        options: of the task.
        left: what is not honored, in order.
    """

    options: Options
    left: Sequence[Left]


def translate(config: Config, changes: Mapping[str, Any]) -> Translated:
    """The options that train as compare_gan v3 did with this configuration: with reference=v3, and v3's defaults.

    Args:
        config: what gin files say.
        changes: options by name, above all.

    Raises:
        UserError: for what v3 did not take either, with its place, and for options that cannot be combined.
    """
    made = _Translation(Bindings(config.bindings))
    options = Options.from_dict(made.values() | parse(changes))
    return Translated(options, made.bindings.left(config.imports))


class _Translation:
    """One configuration; `found` has the options so far."""

    def __init__(self, bindings: Bindings):
        self.bindings = bindings
        self.found: dict[str, Any] = {}

    def values(self) -> dict[str, Any]:
        """The options, those that are v3's defaults included."""
        missing = [name for name in _REQUIRED if not self.bindings.is_bound(name)]
        if missing:
            raise UserError(f"nothing is bound to {' and '.join(missing)}, which compare_gan v3 needs")
        self.found["reference"] = "v3"
        for name, (option, default) in _SAME.items():
            self._put(name, option, self.bindings.value(name, default))
        self._loss()
        self._gan()
        self._normalizations()
        self._latents()
        self._architecture()
        self._images()
        return self.found

    def _put(self, name: str, option: str, value: Any) -> None:
        """Sets an option to what is bound to a name; None leaves ours."""
        if value is None:
            return
        try:
            read = parse({option: value if isinstance(value, str | int | float) else str(value)})
            check_values(read)
            if option == "dataset":
                catalog.find(read[option])
        except UserError as error:
            raise UserError(f"{self.bindings.place(name)}: {name} = {value}: {error}") from error
        self.found |= read

    def _one_of(self, name: str, known: Mapping[str, str], default: str, scope: str = "") -> str:
        """What a reference to one of v3's functions stands for here."""
        function = named(referred(self.bindings.value(name, default, scope)).name)
        if function not in known:
            where = self.bindings.place(name, scope)
            raise UserError(f"{where}: {name}: {unknown('function of compare_gan v3', function, known)}")
        return known[function]

    def _loss(self) -> None:
        self.found["loss"] = self._one_of("loss.fn", _LOSSES, "non_saturating")
        self.found["penalty"] = self._one_of("penalty.fn", _PENALTIES, "no_penalty")

    def _gan(self) -> None:
        """Class, labels, optimizers, average."""
        reference = referred(self.bindings.value("options.gan_class"))
        self.kind, self.scope = named(reference.name), reference.scope
        self.found["gan"] = self._one_of("options.gan_class", _GANS, "")
        self.found["conditional"] = bool(self._of_gan("conditional", False))
        self.found["fake_labels"] = "data" if self._of_gan("fit_label_distribution", False) else "uniform"
        self.found["judge"] = "apart" if self._of_gan("deprecated_split_disc_calls", False) else "together"
        # With a graph for all updates each of them had images and latents of its own.
        self.found["latents"] = "fresh" if self._of_gan("experimental_force_graph_unroll", False) else "reused"
        if self._of_gan("experimental_joint_gen_for_disc", False):
            self._leave_of_gan(
                "experimental_joint_gen_for_disc", "each update of the discriminator has a call of the generator"
            )
        rate = self._of_gan("g_lr", 2e-4)
        own = self._of_gan("d_lr", None)
        self._put(self._owner("g_lr"), "g_learning_rate", rate)
        self._put(self._owner("d_lr"), "d_learning_rate", rate if own is None else own)
        if self._of_gan("g_use_ema", False):
            self._put(self._owner("ema_decay"), "ema_decay", self._of_gan("ema_decay", 0.9999))
            self._put(self._owner("ema_start_step"), "ema_start_step", self._of_gan("ema_start_step", 40_000))
        self._optimizers()
        {"SSGAN": self._ssgan, "S3GAN": self._s3gan}.get(self.kind, lambda: None)()

    def _owner(self, parameter: str) -> str:
        """The name by which a parameter of the GAN is bound: its own class goes before ModularGAN."""
        own = f"{self.kind}.{parameter}"
        return own if self.bindings.is_bound(own, self.scope) else f"ModularGAN.{parameter}"

    def _of_gan(self, parameter: str, default: Any) -> Any:
        return self.bindings.value(self._owner(parameter), default, self.scope)

    def _leave_of_gan(self, parameter: str, why: str) -> None:
        self.bindings.leave(self._owner(parameter), why, self.scope)

    def _optimizers(self) -> None:
        of_g = referred(self._of_gan("g_optimizer_fn", "AdamOptimizer"))
        named_d = self._of_gan("d_optimizer_fn", None)
        of_d = of_g if named_d is None else referred(named_d)
        for side, reference in (("g", of_g), ("d", of_d)):
            kind = named(reference.name)
            if kind not in _OPTIMIZERS:
                raise UserError(
                    f"{self.bindings.place(self._owner(f'{side}_optimizer_fn'), self.scope)}: "
                    f"{unknown('optimizer', kind, _OPTIMIZERS)}"
                )
            self.found[f"{side}_optimizer"] = _OPTIMIZERS[kind]
            self._moments(kind, reference.scope)

    def _moments(self, kind: str, scope: str) -> None:
        """Constants of an optimizer; both networks have the same."""
        for parameter, (option, default) in _MOMENTS.get(kind, {}).items():
            name = f"{kind}.{parameter}"
            value, before = self.bindings.value(name, default, scope), self.found.get(option)
            if value is None:
                raise UserError(f"nothing is bound to {name}, which compare_gan v3 needs")
            if before is not None and before != value:
                self.bindings.leave(name, f"both networks have the same {option}, {before}", scope)
            else:
                self._put(name, option, value)
        for parameter, value in _CONSTANTS.get(kind, {}).items():
            self._fixed(f"{kind}.{parameter}", value, scope)
        self.bindings.leave(f"{kind}.learning_rate", "rates are those of g_lr and d_lr, as in compare_gan v3", scope)

    def _fixed(self, name: str, only: Any, scope: str = "", why: str = "") -> None:
        """A binding that can be honored only if it says what is so here anyway."""
        if self.bindings.value(name, only, scope) != only:
            self.bindings.leave(name, why or f"it is {only} here", scope)

    def _ssgan(self) -> None:
        self._rotation("rotation_gan")
        size = self._of_gan("rotated_batch_size", None)
        if size is None:
            raise UserError("nothing is bound to SSGAN.rotated_batch_size, which compare_gan v3 needs")
        self._put(self._owner("rotated_batch_size"), "rotated_batch_size", size)

    def _s3gan(self) -> None:
        self._rotation("rotation")
        fraction = self._of_gan("rotated_batch_fraction", None)
        if not isinstance(fraction, int) or fraction < 1:
            raise UserError("S3GAN.rotated_batch_fraction must be bound to a whole number, 1 or more")
        self._put("S3GAN.rotated_batch_fraction", "rotated_batch_size", self.found["batch_size"] // fraction // 4 * 4)
        self.found["class_predictor"] = bool(self._of_gan("use_predictor", False))
        soft = bool(self._of_gan("use_soft_pred", False))
        self.found["soft_predictions"] = soft and self.found["class_predictor"]
        self._put(self._owner("weight_class_loss"), "class_weight", self._of_gan("weight_class_loss", 1.0))
        if not self._of_gan("project_y", False):
            self._leave_of_gan("project_y", "S3GAN projects labels here; without labels it is SSGAN")
        if self._of_gan("use_soft_labels", False) != catalog.find(self.found["dataset"]).soft_labels:
            self._leave_of_gan("use_soft_labels", "whether labels are soft follows from the data set")

    def _rotation(self, default: str) -> None:
        wanted = str(self._of_gan("self_supervision", default))
        kinds = {"rotation": "rotation", "rotation_gan": "rotation", "rotation_only": "rotation_only"}
        self.found["self_supervision"] = kinds.get(wanted, "none")
        for side, weight in (("d", 1.0), ("g", 0.2)):
            name = f"weight_rotation_loss_{side}"
            self._put(self._owner(name), f"{side}_rotation_weight", self._of_gan(name, weight))

    def _normalizations(self) -> None:
        for network in "GD":
            side = network.lower()
            name = f"{network}.batch_norm_fn"
            self.found[f"{side}_normalization"] = self._one_of(name, _NORMALIZATIONS, "None")
            is_spectral = self.bindings.value(f"{network}.spectral_norm", False)
            self.found[f"{side}_weight_normalization"] = "spectral" if is_spectral else "none"
        if self.bindings.value("D.layer_norm", False):
            if self.found["d_normalization"] == "none":
                self.found["d_normalization"] = "layer"
            else:
                self.bindings.leave("D.layer_norm", "it cannot follow another normalization")
        self._fixed("conditional_batch_norm.use_bias", False)
        self._fixed("spectral_norm.epsilon", 1e-12)
        if not self.bindings.value("standardize_batch.use_moving_averages", True):
            self.found["standing_batches"] = max(1, _STANDING_IMAGES // self.found["batch_size"])

    def _latents(self) -> None:
        drawn = {side: self._one_of(f"{side}.distribution_fn", _DISTRIBUTIONS, "uniform") for side in ("z", "eval_z")}
        self.found["z_distribution"] = drawn["z"]
        for side, distribution in drawn.items():
            fixed = {"minval": -1.0, "maxval": 1.0} if distribution == "uniform" else {"stddev": 1.0}
            for parameter, value in fixed.items():
                self._fixed(f"{side}.{parameter}", value, why=_LATENTS_ARE_FIXED)
        if drawn["z"] != drawn["eval_z"]:
            why = (
                f"compare_gan v3 would have scored with {drawn['eval_z']} latents; here they are those of the training"
            )
            bound = self.bindings.is_bound("eval_z.distribution_fn")
            self.bindings.leave(f"{'eval_z' if bound else 'z'}.distribution_fn", why)

    def _architecture(self) -> None:
        """What the classes of the networks were given."""
        architecture = self.found["architecture"]
        default = architecture in _CHANNELS
        if architecture not in _FILES:
            return
        g, d = (f"{_FILES[architecture]}.{network}" for network in ("Generator", "Discriminator"))
        for parameter, value in _OF_GENERATORS[architecture].items():
            self._put(f"{g}.{parameter}", parameter, self.bindings.value(f"{g}.{parameter}", value))
        projects = self.bindings.value(f"{d}.project_y", default)
        if self.found["conditional"]:
            self.found["d_conditioning"] = "projection" if projects else "none"
        if architecture == "biggan_deep":
            rgb = self.bindings.value(f"{g}.experimental_fast_conv_to_rgb", False)
            self.found["fast_conv_to_rgb"] = bool(rgb)
            self.bindings.leave(f"{d}.blocks_with_attention", "it had no effect in compare_gan v3 either")
        if default:
            self._width(g, d, _CHANNELS[architecture])
        if architecture == "biggan":
            self._attention("g", f"{g}.blocks_with_attention", "generator", "B4")
            self._attention("d", f"{d}.blocks_with_attention", "discriminator", "B1")
        if self.found["gan"] == "s3gan":
            self._one_projection(f"{d}.project_y", bool(projects))

    def _one_projection(self, name: str, projects: bool) -> None:
        """S3GAN has a projection of its own here, in place of the architecture's."""
        self.found["d_conditioning"] = "projection"
        if projects and self._of_gan("project_y", False):
            self.bindings.leave(name, "compare_gan v3 projected labels twice; here S3GAN alone does")

    def _width(self, g: str, d: str, published: int) -> None:
        channels = {network: self.bindings.value(f"{network}.ch", published) for network in (g, d)}
        known = isinstance(channels[g], int | float)
        self._put(f"{g}.ch", "width", channels[g] / published if known else channels[g])
        if channels[g] != channels[d]:
            bound = d if self.bindings.is_bound(f"{d}.ch") else g
            self.bindings.leave(f"{bound}.ch", f"both networks have the width of the generator's ch, {channels[g]}")

    def _attention(self, side: str, name: str, network: str, default: str) -> None:
        """v3 attended behind the named blocks that were there, whatever the size of the images."""
        height = catalog.find(self.found["dataset"]).image_shape[0]
        there = [block.name for block in block_plans.blocks("biggan", height, network)]
        wanted = [block.strip() for block in str(self.bindings.value(name, default)).split(",")]
        found = tuple(block for block in wanted if block in there)
        is_ours = found == block_plans.attention("biggan", height, network, "default")
        self.found[f"{side}_attention"] = "default" if is_ours else ",".join(found) or "none"

    def _images(self) -> None:
        """Crops, and how many checkpoints are kept."""
        if "imagenet" in self.found["dataset"]:
            self._put("train_imagenet_transform.crop_method", "train_crop", self._crop("train", None))
            if self._crop("eval", "middle") != "middle":
                self.bindings.leave(
                    "eval_imagenet_transform.crop_method", "images to compare with are cut from the middle"
                )
        kept = self.bindings.value("run_config.keep_checkpoint_max", None)
        self._put("run_config.keep_checkpoint_max", "keep_checkpoints", str(kept) if kept else None)

    def _crop(self, split: str, default: str | None) -> Any:
        return self.bindings.value(f"{split}_imagenet_transform.crop_method", default)
