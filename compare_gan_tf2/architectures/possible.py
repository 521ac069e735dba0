"""What each architecture cannot build, said without building it (and without TensorFlow)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from compare_gan_tf2.errors import UserError

_RESNET5_SIDES = [4 * 2**n for n in range(6)]
_BIGGAN_SIDES = [32, 64, 128, 256, 512]
# Architectures of the ResNet kind -> (the sides their images may have, in words, the check; compare_gan's only side).
_SIDES: dict[str, tuple[str, Callable[[int, int], bool], int | None]] = {
    "resnet_cifar": ("sides divisible by 8", lambda h, w: h % 8 == w % 8 == 0, 32),
    "resnet_stl": ("sides divisible by 8", lambda h, w: h % 8 == w % 8 == 0, 48),
    "resnet30": ("sides divisible by 32", lambda h, w: h % 32 == w % 32 == 0, 128),
    "resnet5": (f"square images with sides among {_RESNET5_SIDES}", lambda h, w: h == w and h in _RESNET5_SIDES, None),
    "biggan": (f"square images with sides among {_BIGGAN_SIDES}", lambda h, w: h == w and h in _BIGGAN_SIDES, None),
    "biggan_deep": (
        f"square images with sides among {_BIGGAN_SIDES}",
        lambda h, w: h == w and h in _BIGGAN_SIDES,
        None,
    ),
}
_BIGGANS = ("biggan", "biggan_deep")
# Network options -> the architectures that have a place for them.
_HONOURED = {
    "embed_y": (*_BIGGANS, "resnet_cifar"),
    "embed_z": ("biggan", "resnet_cifar"),
    "hierarchical_z": ("biggan", "resnet_cifar"),
    "fast_conv_to_rgb": ("biggan_deep",),
    "gradient_checkpointing": tuple(_SIDES),
}
# Those of compare_gan's architectures that could project labels.
_PROJECTED = (*_BIGGANS, "resnet_cifar")
# Where the published networks have self-attention: side -> block, of generator and discriminator.
_ATTENTION = {
    ("biggan", "generator"): {64: "B4", 128: "B4", 256: "B5", 512: "B4"},
    ("biggan", "discriminator"): {32: "B1", 64: "B1", 128: "B1", 256: "B2", 512: "B3"},
    ("biggan_deep", "generator"): {64: "B8", 128: "B8", 256: "B8", 512: "B8"},
    ("biggan_deep", "discriminator"): {128: "B2", 256: "B4", 512: "B6"},
}


def blocks(architecture: str, side: int, network: str) -> tuple[str, ...]:
    """Names of a network's residual blocks in order; none for networks without such blocks."""
    doublings = (side // 4).bit_length() - 1
    if architecture == "resnet30":
        named = [[f"B_{group}_{i}" for i in range(5)] + [f"B_{group}_up"] for group in range(6)]
        return tuple(name for group in named for name in group)[:-1]
    first, count = {
        ("resnet_cifar", "generator"): (1, 3),
        ("resnet_cifar", "discriminator"): (1, 4),
        ("resnet_stl", "generator"): (1, 3),
        ("resnet_stl", "discriminator"): (0, 5),
        ("resnet5", "generator"): (1, 5),
        ("resnet5", "discriminator"): (0, 6),
        ("biggan", "generator"): (1, doublings),
        ("biggan", "discriminator"): (1, doublings + 1),
        # At 32 pixels the generator ends with a block that does not double, the discriminator with one that halves.
        ("biggan_deep", "generator"): (1, max(2 * doublings, 7)),
        ("biggan_deep", "discriminator"): (1, max(2 * doublings, 7)),
    }.get((architecture, network), (0, 0))
    return tuple(f"B{number}" for number in range(first, first + count))


def _sides_behind(architecture: str, side: int, network: str) -> list[int]:
    """The (shorter) side of the map behind each of a network's `blocks`."""
    names, sides, now = blocks(architecture, side, network), [], side
    # Which of the blocks change the size.
    rescaling: dict[tuple[str, str], list[bool]] = {
        ("resnet_cifar", "generator"): [True] * 3,
        ("resnet_cifar", "discriminator"): [True, True, False, False],
        ("resnet_stl", "generator"): [True] * 3,
        ("resnet_stl", "discriminator"): [True] * 4 + [False],
        ("resnet5", "generator"): [number < (side // 4).bit_length() - 1 for number in range(5)],
        ("resnet5", "discriminator"): [True] * 6,
        ("resnet30", network): [name.endswith("up") for name in names],
        ("biggan", "generator"): [True] * len(names),
        ("biggan", "discriminator"): [True] * (len(names) - 1) + [False],
        ("biggan_deep", "generator"): [number % 2 == 1 for number in range(len(names))],
        ("biggan_deep", "discriminator"): [number % 2 == 0 for number in range(len(names))],
    }
    changes = rescaling[architecture, network]
    if network == "generator":
        now = side // 2 ** sum(changes)
    for changed in changes:
        if changed:
            now = 2 * now if network == "generator" else -(-now // 2)
        sides.append(now)
    return sides


def attention(architecture: str, image_shape: tuple[int, int, int], network: str, wanted: str) -> tuple[str, ...]:
    """Names of the blocks with self-attention behind them, as option g_attention or d_attention asks for it."""
    if wanted == "default":
        block = _ATTENTION.get((architecture, network), {}).get(image_shape[0])
        return (block,) if block else ()
    return () if wanted == "none" else tuple(wanted.split(","))


def problem(architecture: str, image_shape: tuple[int, int, int], options: Any, conditional: bool) -> str:
    """One line that says why the networks cannot be; empty if they can."""
    lines = (
        _size_problem(architecture, image_shape, options),
        _embedding_problem(architecture, image_shape, options),
        _attention_problem(architecture, image_shape, options),
        _label_problem(architecture, options) if conditional else "",
    )
    return next(filter(None, lines), "")


def check(architecture: str, image_shape: tuple[int, int, int], options: Any, conditional: bool) -> None:
    """Raises UserError with the problem if there is one."""
    line = problem(architecture, image_shape, options, conditional)
    if line:
        raise UserError(line)


def _size_problem(architecture: str, image_shape: tuple[int, int, int], options: Any) -> str:
    height, width, _ = image_shape
    images = f"the images are {height}x{width}"
    if architecture == "mlp" and options.reference != "none":
        return f"compare_gan {options.reference} had no architecture mlp; set reference=none"
    if architecture == "infogan" and (height % 4 or width % 4):
        return f"architecture infogan needs sides divisible by 4, and {images}"
    # compare_gan ignored one that was asked for, which a comparison must not.
    if architecture == "sndcgan" and options.d_normalization != "none" and options.reference == "none":
        return (
            "the discriminator of architecture sndcgan has no place for d_normalization="
            f"{options.d_normalization}; set d_normalization=none (kernels can be normalised: "
            "d_weight_normalization=spectral)"
        )
    if architecture not in _SIDES:
        return ""
    in_words, is_possible, only = _SIDES[architecture]
    if not is_possible(height, width):
        return f"architecture {architecture} needs {in_words}, and {images}"
    if only and (height, width) != (only, only) and options.reference != "none":
        return (
            f"{architecture} of compare_gan {options.reference} made images of {only}x{only} only, and these are "
            f"{height}x{width}; set reference=none"
        )
    if architecture in _BIGGANS and options.reference in ("v1", "v2"):
        return f"compare_gan {options.reference} had no architecture {architecture}; set reference=v3 or none"
    return ""


def _embedding_problem(architecture: str, image_shape: tuple[int, int, int], options: Any) -> str:
    for name, those in _HONOURED.items():
        if getattr(options, name) and architecture not in those:
            return f"architecture {architecture} has no place for {name}; those that have: {', '.join(those)}"
    if options.hierarchical_z:
        parts = 1 + len(blocks(architecture, image_shape[0], "generator"))
        if options.z_dim % parts:
            nearest = max(1, round(options.z_dim / parts)) * parts
            return (
                f"hierarchical_z cuts the latents into {parts} parts for {architecture} at {image_shape[0]} pixels, "
                f"and z_dim is {options.z_dim}; set z_dim={nearest}, or hierarchical_z=false"
            )
        if options.g_normalization not in ("conditional_batch", "self_modulated_batch") and options.reference == "none":
            return (
                "hierarchical_z gives parts of the latents to the blocks, but g_normalization="
                f"{options.g_normalization} does not look at them; set g_normalization=self_modulated_batch (or "
                "conditional_batch with conditional=true), or hierarchical_z=false"
            )
    return ""


def _attention_problem(architecture: str, image_shape: tuple[int, int, int], options: Any) -> str:
    for network, option in (("generator", "g_attention"), ("discriminator", "d_attention")):
        wanted = getattr(options, option)
        there = blocks(architecture, image_shape[0], network)
        if wanted in ("default", "none"):
            continue
        if not there:
            return f"architecture {architecture} has no blocks that self-attention could follow; set {option}=none"
        sides = dict(zip(there, _sides_behind(architecture, min(image_shape[:2]), network), strict=True))
        for name in wanted.split(","):
            if name not in there:
                return (
                    f"option {option} names block {name!r}, but the {network} of {architecture} at {image_shape[0]} "
                    f"pixels has {', '.join(there)}; or default, or none"
                )
            if sides[name] < 2:
                return (
                    f"option {option} names block {name!r}, but self-attention needs a map of at least 2x2 pixels, and "
                    f"behind that one it is {sides[name]}x{sides[name]}"
                )
    return ""


def _label_problem(architecture: str, options: Any) -> str:
    if options.reference == "none":
        return ""
    if architecture == "infogan":
        return f"compare_gan {options.reference} gave no labels to the generator infogan; set reference=none"
    if architecture == "sndcgan":
        return f"compare_gan {options.reference} could not give labels to sndcgan; set reference=none"
    # S3GAN's projection is its own, on any discriminator's features.
    if options.d_conditioning == "projection" and architecture not in _PROJECTED and options.gan != "s3gan":
        return (
            f"compare_gan {options.reference} had no projection in {architecture}; set d_conditioning=none, or "
            "reference=none"
        )
    return ""
