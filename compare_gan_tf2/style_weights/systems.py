"""Which original a generator's arrays are of, and what its networks must have been told (no TensorFlow)."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Mapping
from typing import Any

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.style_weights.files import Source


@dataclasses.dataclass(frozen=True)
class System:
    """An original program.

    Attributes:
        name: as `names.Form` has it.
        title: in messages.
        architecture: ours.
        gan: our type that is trained so; "" if any type that takes the architecture will do.
    """

    name: str
    title: str
    architecture: str
    gan: str


SYSTEMS = {
    each.name: each
    for each in (
        System("pggan", "PGGAN", "pggan", "pggan"),
        System("stylegan", "StyleGAN", "stylegan", "stylegan"),
        System("stylegan2_growing", "StyleGAN2, configuration B to D (TensorFlow)", "stylegan2_growing", "stylegan"),
        System("stylegan2_tensorflow", "StyleGAN2 (TensorFlow)", "stylegan2", "stylegan2"),
        System("stylegan2_pytorch", "StyleGAN2 (PyTorch)", "stylegan2", "stylegan2"),
        System("r3gan", "R3GAN", "r3gan", ""),
    )
}
# Settings that our networks have one value of; other values make other functions of the same arrays.
_FIXED: dict[str, Any] = {
    "ExpansionFactor": 2, "ReceptiveField": 3, "KernelSize": 3, "ResamplingFilter": [1, 2, 1], "activation": "lrelu",
    "blur_filter": [1, 2, 1], "const_input_layer": True, "lr_multiplier": 0.01, "mapping_lrmul": 0.01,
    "mapping_nonlinearity": "lrelu", "nonlinearity": "lrelu", "normalize_latents": True,
    "resample_filter": [1, 3, 3, 1], "resample_kernel": [1, 3, 3, 1], "tanh_at_end": None, "use_instance_norm": True,
    "use_leakyrelu": True, "use_noise": True, "use_pixel_norm": False, "use_pixelnorm": True, "use_styles": True,
    "use_wscale": True,
}  # fmt: skip
# What the mapping of labels in TensorFlow's discriminator has in place of these.
_OF_LABELS = {"mapping_lrmul": 0.1}


def recognized(source: Source) -> System:
    """The original of a file's generator.

    Raises:
        UserError: if it is of none that is read, or one of its settings has a value that our networks do not.
    """
    names = source.generator.keys()
    system = SYSTEMS.get(_name_of(names))
    if system is None:
        what = "StyleGAN3" if _any(r"synthesis\.L\d+_", names) else "none that is read"
        known = ", ".join(each.title for each in SYSTEMS.values())
        raise UserError(f"{source.origin} hold a generator of {what}; known by their names are those of: {known}")
    if "G_mapping/LabelConcat/weight" in names and system.name == "stylegan2_tensorflow":
        raise UserError(
            f"{source.origin} hold a conditional StyleGAN2 of before ADA (G_mapping/LabelConcat), whose labels our "
            "stylegan2 has no place for: it embeds and compares them as ADA does"
        )
    for network, settings in source.settings.items():
        _refuse_other(source.origin, network, settings)
    return system


def _name_of(names: Collection[str]) -> str:
    if _any(r"MainLayers\.", names):
        return "r3gan"
    if _any(r"synthesis\.b\d+\.", names):
        return "stylegan2_pytorch"
    if _any(r".*/mod_weight$", names):
        return "stylegan2_growing" if _any(r".*ToRGB_lod", names) else "stylegan2_tensorflow"
    if _any(r".*/StyleMod/", names):
        return "stylegan"
    return "pggan" if _any(r"ToRGB_lod", names) else ""


def _any(pattern: str, names: Collection[str]) -> bool:
    return any(re.match(pattern, name) for name in names)


def _refuse_other(origin: str, network: str, settings: Mapping[str, Any]) -> None:
    fixed = _FIXED | (_OF_LABELS if network == "discriminator" else {})
    for name, ours in fixed.items():
        if name in settings and settings[name] != ours:
            raise UserError(
                f"{origin}: the {network} was made with {name}={settings[name]}, and ours is always {ours}; its images "
                "would not be the same"
            )
