"""The originals' names of our networks' variables, with the layouts of their arrays (NumPy only).

Our names are those of `Network.named_variables`: "b8.conv0.affine/kernel", "d_s8_block1/conv1/bias".
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from compare_gan_tf2.style_weights import layouts
from compare_gan_tf2.style_weights.layouts import Layout

GENERATOR = "generator"
# Sides from which on StyleGAN's program joins doubling and convolution where it is left to it.
_FUSED_FROM = 128
_LEAVES = {"kernel": "weight", "bias": "bias"}


class Place(NamedTuple):
    """Where an original has a variable of ours.

    Attributes:
        name: the original's name of the array.
        layout: of the array.
    """

    name: str
    layout: Layout


@dataclasses.dataclass(frozen=True)
class Form:
    """What names and layouts depend on, beside the network.

    Attributes:
        system: "pggan", "stylegan", "stylegan2_growing" (configurations B to D), "stylegan2_tensorflow",
            "stylegan2_pytorch" or "r3gan".
        side: of the images.
        fused_scale: whether the kernels that double the sides are those of transposed convolutions: in StyleGAN True,
            False or "auto" (from 128 pixels on), in PGGAN's generator True or False; of no effect in other systems.
    """

    system: str
    side: int
    fused_scale: bool | str = "auto"


def places(form: Form, network: str, ranks: Mapping[str, int]) -> dict[str, Place]:
    """Where an original has our variables.

    Args:
        form: of the original.
        network: "generator" or "discriminator".
        ranks: of our variables' shapes, by our names.

    Returns:
        Places by our names, in the same order; the level of detail ("lod") of networks that grow is left out.
    """
    if form.system == "r3gan":
        return {path: _of_r3gan(network, path, rank, ranks) for path, rank in ranks.items()}
    rule = _RULES[form.system][network != GENERATOR]
    return {path: rule(form, path, rank) for path, rank in ranks.items() if path != "lod"}


def _parsed(path: str) -> tuple[int, str, str]:
    """Side, layer and leaf: (8, "conv0.affine", "kernel") of "b8.conv0.affine/kernel"; side 0 outside of blocks."""
    layer, _, leaf = path.rpartition("/")
    block = re.fullmatch(r"b(\d+)(?:\.(.+))?", layer)
    return (int(block[1]), block[2] or "", leaf) if block else (0, layer, leaf)


def _block(side: int) -> str:
    return f"{side}x{side}"


def _at(form: Form, what: str, side: int) -> str:
    """The layer of a side's colors: "ToRGB_lod2"."""
    return f"{what}_lod{form.side.bit_length() - side.bit_length()}"


def _doubling(side: int, layer: str) -> str:
    """A convolution of a generator of the TensorFlow programs."""
    return "4x4/Conv" if side == 4 else f"{_block(side)}/{'Conv0_up' if layer == 'conv0' else 'Conv1'}"


def _of_mapping(layer: str, leaf: str, embedding: str) -> Place:
    """A layer of a generator's mapping in the TensorFlow programs."""
    number = layer.removeprefix("mapping.fc")
    name = embedding if layer == "mapping.embed" else f"Dense{number}"
    return Place(f"G_mapping/{name}/{_LEAVES[leaf]}", layouts.SAME)


def _pggan_generator(form: Form, path: str, rank: int) -> Place:
    del rank
    side, layer, leaf = _parsed(path)
    if layer == "dense":
        return Place(f"4x4/Dense/{_LEAVES[leaf]}", layouts.FIRST_MAP if leaf == "kernel" else layouts.SAME)
    if layer == "torgb":
        return Place(f"{_at(form, 'ToRGB', side)}/{_LEAVES[leaf]}", layouts.SAME)
    name, layout = _doubling(side, layer), layouts.SAME
    if layer == "conv0" and not form.fused_scale:
        name = f"{_block(side)}/Conv0"
    elif layer == "conv0" and leaf == "kernel":
        layout = layouts.MIRRORED_SWAPPED
    return Place(f"{name}/{_LEAVES[leaf]}", layout)


def _stylegan_generator(form: Form, path: str, rank: int) -> Place:
    del rank
    side, layer, leaf = _parsed(path)
    if path == "center":
        return Place("dlatent_avg", layouts.SAME)
    if layer.startswith("mapping."):
        return _of_mapping(layer, leaf, "LabelConcat")
    if leaf == "const":
        return Place("G_synthesis/4x4/Const/const", layouts.NCHW)
    if layer == "torgb":
        return Place(f"G_synthesis/{_at(form, 'ToRGB', side)}/{_LEAVES[leaf]}", layouts.SAME)
    conv, _, part = layer.partition(".")
    if leaf == "noise":
        return Place(f"G_synthesis/noise{2 * side.bit_length() - 6 + (conv == 'conv1')}", layouts.NOISE)
    name = "4x4/Const" if conv == "const" else _doubling(side, conv)
    of_part = {
        "affine": f"StyleMod/{_LEAVES.get(leaf)}",
        "styled": "Noise/weight" if leaf == "noise_weight" else "bias",
    }
    is_mirrored = conv == "conv0" and not part and _is_fused(form, side)
    layout = layouts.MIRRORED if is_mirrored else layouts.SAME
    return Place(f"G_synthesis/{name}/{of_part.get(part, 'weight')}", layout)


def _is_fused(form: Form, side: int) -> bool:
    return side >= _FUSED_FROM if form.fused_scale == "auto" else bool(form.fused_scale)


def _stylegan2_generator(form: Form, path: str, rank: int) -> Place:
    """Of the TensorFlow programs of StyleGAN2 and ADA."""
    del rank
    side, layer, leaf = _parsed(path)
    grows = form.system == "stylegan2_growing"
    if path == "center":
        return Place("dlatent_avg", layouts.SAME)
    if layer.startswith("mapping."):
        return _of_mapping(layer, leaf, "LabelConcat" if grows else "LabelEmbed")
    if leaf == "const":
        return Place("G_synthesis/4x4/Const/const", layouts.NCHW)
    conv, _, part = layer.partition(".")
    if leaf == "map":
        return Place(f"G_synthesis/noise{2 * side.bit_length() - 6 - (conv == 'conv0')}", layouts.NOISE)
    if conv == "torgb":
        name = _at(form, "ToRGB", side) if grows else f"{_block(side)}/ToRGB"
    else:
        name = f"{_block(side)}/Skip" if conv == "skip" else _doubling(side, conv)
    if part == "affine":
        layout = layouts.PLUS_ONE if leaf == "bias" else layouts.SAME
        return Place(f"G_synthesis/{name}/mod_{_LEAVES[leaf]}", layout)
    layout = layouts.MIRRORED if conv in ("conv0", "skip") and leaf == "kernel" else layouts.SAME
    return Place(f"G_synthesis/{name}/{_LEAVES.get(leaf, leaf)}", layout)


def _discriminator(form: Form, path: str, rank: int) -> Place:
    """Of all TensorFlow programs."""
    del rank
    side, layer, leaf = _parsed(path)
    if layer == "mapping.embed":
        return Place(f"LabelEmbed/{_LEAVES[leaf]}", layouts.SAME)
    if layer.startswith("mapping."):
        return Place(f"Mapping{layer.removeprefix('mapping.fc')}/{_LEAVES[leaf]}", layouts.TIMES_TEN)
    fixed = {"conv": "4x4/Conv", "fc": "4x4/Dense0"}
    fixed["out"] = "4x4/Dense1" if form.system in ("pggan", "stylegan") else "Output"
    if layer in fixed:
        name = fixed[layer]
    elif layer == "fromrgb" and form.system != "stylegan2_tensorflow":
        name = _at(form, "FromRGB", side)
    else:
        here = {"conv0": "Conv0", "conv1": "Conv1_down", "fromrgb": "FromRGB", "skip": "Skip"}
        name = f"{_block(side)}/{here[layer]}"
    layout = layouts.FLAT_MAPS if layer == "fc" and leaf == "kernel" else layouts.SAME
    return Place(f"{name}/{_LEAVES[leaf]}", layout)


def _pytorch_generator(form: Form, path: str, rank: int) -> Place:
    if path == "center":
        return Place("mapping.w_avg", layouts.SAME)
    if path.endswith(".noise/map"):
        return Place(f"synthesis.{path.removesuffix('.noise/map')}.noise_const", layouts.SAME)
    place = _pytorch_discriminator(form, path, rank)
    return place if path.startswith("mapping.") else place._replace(name=f"synthesis.{place.name}")


def _pytorch_discriminator(form: Form, path: str, rank: int) -> Place:
    del form
    layer, _, leaf = path.rpartition("/")
    by_rank = {2: layouts.TRANSPOSED, 3: layouts.CHW, 4: layouts.OIHW}
    layout = layouts.FLAT_MAPS_TRANSPOSED if path == "b4.fc/kernel" else by_rank.get(rank, layouts.SAME)
    return Place(f"{layer}.{_LEAVES.get(leaf, leaf)}", layout)


def _of_r3gan(network: str, path: str, rank: int, ranks: Mapping[str, int]) -> Place:
    """Stages are counted from the network's input on, layers of a stage with its transition."""
    is_generator = network == GENERATOR
    plain = {
        "d_from_rgb": "ExtractionLayer.Layer", "d_label": "EmbeddingLayer", "g_join/g_label": "EmbeddingLayer",
        "g_to_rgb": "AggregationLayer.Layer",
    }  # fmt: skip
    layout = {2: layouts.TRANSPOSED, 3: layouts.CHW, 4: layouts.OIHW}.get(rank, layouts.SAME)
    layer, _, leaf = path.rpartition("/")
    if layer in plain:
        return Place(f"{plain[layer]}.weight", layout)
    sides = {int(found[1]) for each in ranks if (found := re.match(r"[dg]_s(\d+)_", each))}
    blocks = {int(found[1]) for each in ranks if (found := re.match(r"d_s4_block(\d+)/", each))}
    first = "MainLayers.0.Layers.0." if is_generator else f"MainLayers.{len(sides) - 1}.Layers.{len(blocks)}."
    ends = {"d_head/kernel": "LinearLayer.weight", "d_sums/basis": "Basis.weight", "g_start/basis": "Basis",
            "g_start/linear/kernel": "LinearLayer.weight"}  # fmt: skip
    if path in ends:
        return Place(first + ends[path], layouts.DEPTHWISE if path == "d_sums/basis" else layout)
    within = re.match(r"[dg]_s(\d+)_([a-z]+\d*)", path)
    assert within, path
    side, what = within.groups()
    stage = int(side).bit_length() - 3
    stage = stage if is_generator else len(sides) - 1 - stage
    if what == "conv":
        before = 0 if is_generator else len({each.partition("/")[0] for each in ranks if f"_s{side}_block" in each})
        return Place(f"MainLayers.{stage}.Layers.{before}.LinearLayer.Layer.weight", layout)
    number, conv = int(what.removeprefix("block")) + is_generator, layer[-1]
    end = f"NonLinearity{conv}.Bias" if leaf == "bias" else f"LinearLayer{conv}.Layer.weight"
    return Place(f"MainLayers.{stage}.Layers.{number}.{end}", layout)


_Rule = Callable[[Form, str, int], Place]
# Of each system: the generator's rule, and the discriminator's.
_RULES: dict[str, tuple[_Rule, _Rule]] = {
    "pggan": (_pggan_generator, _discriminator),
    "stylegan": (_stylegan_generator, _discriminator),
    "stylegan2_growing": (_stylegan2_generator, _discriminator),
    "stylegan2_pytorch": (_pytorch_generator, _pytorch_discriminator),
    "stylegan2_tensorflow": (_stylegan2_generator, _discriminator),
}
