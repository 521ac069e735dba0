"""Translates a user's pictures with an exported module: whatever their sizes, upright, with their transparency."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import pathlib
from typing import Any

import numpy as np
import tensorflow as tf
from PIL import Image, ImageOps

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.hub_export import apply
from compare_gan_tf2.hub_export._abilities import ANY_SIZE
from compare_gan_tf2.task_folder.grids import encode_png, to_uint8


@dataclasses.dataclass(frozen=True)
class Translator:
    """An ability that turns one picture into another, of the same shape or of one so many times as large.

    Attributes:
        ability: what is called.
        multiple: what sides of pictures have to be divisible by; 0 where they have to be those of `ability.shape`.
        least: the smallest side.
    """

    ability: apply.PictureAbility
    multiple: int = 0
    least: int = 1

    @property
    def scale(self) -> int:
        """How many times larger outputs are than inputs."""
        return self.ability.output_shape[0] // self.ability.shape[0]

    @property
    def direction(self) -> str:
        """What becomes what, in words."""
        return self.ability.direction or f"{self.ability.takes} -> {', '.join(self.gives)}"

    @property
    def gives(self) -> tuple[str, ...]:
        """Names of the outputs."""
        return tuple(stated(self.ability.module)[self.ability.name]["gives"])


def stated(module: Any) -> dict[str, Any]:
    """What a module says of its abilities."""
    found: dict[str, Any] = json.loads(module.abilities.numpy())
    return found


def translator_of(module: Any, name: str = "") -> Translator:
    """The ability of a name that turns a picture into one; without a name the only one.

    Raises:
        UserError: if there is none, or which one is meant is open.
    """
    ability = apply.ability_of(module, name or _only(module))
    if not ability.pictures:
        raise UserError(f"ability {ability.name} gives numbers and no picture; compare_gan_sample writes them")
    scales = {ability.output_shape[axis] / ability.shape[axis] for axis in (0, 1)}
    if len(scales) != 1 or not float(next(iter(scales))).is_integer():
        shapes = ("x".join(map(str, each)) for each in (ability.shape, ability.output_shape))
        raise UserError("ability {} makes of pictures of {} ones of {}".format(ability.name, *shapes))
    sizes = stated(module)[ability.name].get("any_size")
    if not sizes:
        return Translator(ability)
    call = getattr(module, ability.name + ANY_SIZE)
    return Translator(dataclasses.replace(ability, call=call), sizes["multiple"], sizes["least"])


def _only(module: Any) -> str:
    """Name of the only ability that turns a picture into another one; cycles and copies are none."""
    found = [name for name in stated(module) if name.startswith(("translate", "upscale"))] if _says(module) else []
    ways = []
    for name in found:
        try:
            if apply.ability_of(module, name).pictures:
                ways.append(name)
        except UserError:  # it takes something else than one picture
            continue
    if len(ways) > 1:
        said = (f"{name} ({direction})" if (direction := _direction(module, name)) else name for name in ways)
        raise UserError(f"which way? The module has {' and '.join(said)}: give --ability")
    return ways[0] if ways else ""


def _says(module: Any) -> bool:
    return hasattr(module, "abilities")


def _direction(module: Any, name: str) -> str:
    return str(stated(module)[name].get("direction", ""))


@dataclasses.dataclass(frozen=True, eq=False)
class Picture:
    """A picture as it was read, upright.

    Attributes:
        colors: uint8 [H, W, 3], over white where it is transparent.
        alpha: uint8 [H, W], or None of one without transparency.
    """

    colors: np.ndarray
    alpha: np.ndarray | None

    @property
    def size(self) -> tuple[int, int]:
        """(height, width)."""
        return self.colors.shape[0], self.colors.shape[1]


def read(path: pathlib.Path) -> Picture:
    """A picture of a file, turned as its EXIF data say.

    Raises:
        UserError: if it is none, is damaged, or has more than 8 bits a channel, which would be lost.
    """
    try:
        with Image.open(path) as image:
            _refuse_deep(image)
            upright = ImageOps.exif_transpose(image)
            is_transparent = upright.has_transparency_data
            whole = np.asarray(upright.convert("RGBA" if is_transparent else "RGB"))
    except UserError:
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UserError(f"no picture that can be read: {error}") from error
    if not is_transparent:
        return Picture(whole, None)
    alpha = whole[..., 3:]
    over = (whole[..., :3].astype(np.uint16) * alpha + 255 * (255 - alpha.astype(np.uint16)) + 127) // 255
    return Picture(over.astype(np.uint8), np.ascontiguousarray(alpha[..., 0]))


def size_of(path: pathlib.Path) -> tuple[int, int]:
    """(height, width) of an upright picture by its file's head; UserError as of `read`, as far as that tells."""
    try:
        with Image.open(path) as image:
            _refuse_deep(image)
            turned = image.getexif().get(0x0112, 1) >= 5
            width, height = image.size
    except UserError:
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UserError(f"no picture that can be read: {error}") from error
    return (width, height) if turned else (height, width)


def _refuse_deep(image: Image.Image) -> None:
    tile = getattr(image, "tile", None)
    raw = str(tile[0][3]) if tile else ""
    if image.mode.startswith(("I", "F")) or ";16" in raw:
        raise UserError("more than 8 bits a channel, which would be lost; save it with 8 bits")


def fits(translator: Translator, size: tuple[int, int]) -> bool:
    """Whether pictures (height, width) go through unscaled."""
    return bool(translator.multiple) or size == translator.ability.shape[:2]


def seed_of(name: str, seed: int, number: int, *, same: bool) -> int:
    """A seed of a picture's latents, which depends on no other picture; `same` for all of them."""
    said = f"{seed} {number}" if same else f"{seed} {number} {name}"
    return int.from_bytes(hashlib.sha256(said.encode()).digest()[:4], "big") >> 1


def translated(translator: Translator, picture: Picture, *, seed: int = 0, drops: bool = False) -> np.ndarray:
    """The output uint8 [H, W, C or C + 1] of a picture, `scale` times as large, with its transparency if it has some.

    A network of any size gets the picture mirrored at its right and lower edges up to the next multiple, and the
    output is cut back; of one fixed size the picture is scaled to it and the output scaled back.

    Args:
        translator: of `translator_of`.
        picture: of `read`.
        seed: of latents and dropout.
        drops: whether dropout is on, where there is some.

    Raises:
        UserError: if the output is not finite.
    """
    ability, (height, width) = translator.ability, picture.size
    colors = _channels(picture.colors, ability.shape[2])
    inputs = _padded(translator, colors) if fits(translator, picture.size) else _scaled(colors, ability.shape[:2])
    given: dict[str, tf.Tensor] = {ability.takes: tf.constant(inputs[None].astype(np.float32) / 255)}
    if ability.latents:
        given["z"] = ability.latents.draw_truncated(1, seed=seed, truncation=0.0)
    if drops and ability.takes_seed:
        given["seed"] = tf.constant(seed, tf.int64)
    made = ability.call(**given)
    output = (made[ability.pictures[0]] if isinstance(made, dict) else made).numpy()[0]
    if not np.isfinite(output).all():
        raise UserError("the output has numbers that are not finite")
    large = (height * translator.scale, width * translator.scale)
    pixels = to_uint8(output)
    pixels = pixels[: large[0], : large[1]] if fits(translator, picture.size) else _scaled(pixels, large)
    if picture.alpha is None:
        return pixels
    alpha = picture.alpha[..., None] if translator.scale == 1 else _scaled(picture.alpha[..., None], large)
    return np.concatenate([pixels, alpha], axis=2)


def encoded(pixels: np.ndarray) -> bytes:
    """A PNG file of pixels uint8 [H, W, 1 to 4]."""
    return encode_png(pixels)


def is_constant(pixels: np.ndarray) -> bool:
    """Whether all pixels have the same color."""
    colors = pixels[..., : 3 if pixels.shape[2] > 2 else 1]
    return bool((colors == colors[:1, :1]).all())


def _channels(colors: np.ndarray, channels: int) -> np.ndarray:
    """uint8 [H, W, 3] as the module takes it; gray by BT.601's luma, as everywhere."""
    if channels == 3:
        return colors
    return np.asarray(Image.fromarray(colors).convert("L"))[..., None]


def _padded(translator: Translator, pixels: np.ndarray) -> np.ndarray:
    if not translator.multiple:
        return pixels
    sides = [max(translator.least, side) for side in pixels.shape[:2]]
    more = [-(-side // translator.multiple) * translator.multiple for side in sides]
    after = [(0, new - old) for new, old in zip(more, pixels.shape[:2], strict=True)]
    return np.pad(pixels, [*after, (0, 0)], mode="reflect")


def _scaled(pixels: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """uint8 [H, W, C] in another size (height, width), by Lanczos' kernel, without aliases."""
    parts = [
        np.asarray(Image.fromarray(pixels[..., channel]).resize((size[1], size[0]), Image.Resampling.LANCZOS))
        for channel in range(pixels.shape[2])
    ]
    return np.stack(parts, axis=2)
