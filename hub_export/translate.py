"""Translates a user's pictures with an exported module: whatever their sizes, upright, with their transparency."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import pathlib
from collections.abc import Collection
from typing import Any

import numpy as np
import tensorflow as tf
from PIL import Image, ImageOps

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.hub_export import apply, targets, tiles
from compare_gan_tf2.hub_export._abilities import ANY_SIZE
from compare_gan_tf2.runtime import memory
from compare_gan_tf2.task_folder.grids import encode_png, to_uint8

# What users give beside pictures, by the flag's name: the inputs that it is for, and what these are called.
_BESIDE = {"masks": (apply.MASK,), "to": targets.TARGETS}
_SAID = {"masks": "masks of holes (a folder of them, or one for all pictures)", "to": "a domain or attributes"}
# From so many pixels at once on, the memory for them is estimated, by squares of these sides.
_LARGE, _MEASURED = 1024 * 1024, (256, 512)
# Where a module that can read the latents of a translation off a picture does it: ability and output.
_ENCODERS = {
    "translate": ("encode", "mean"),
    "translate_ab": ("encode_b", "style"),
    "translate_ba": ("encode_a", "style"),
}


class UnreadableError(UserError):
    """A file is not a picture, or cannot be read as one."""


@dataclasses.dataclass(frozen=True)
class Translator:
    """An ability that turns one picture into another, of the same shape or of one so many times as large.

    Attributes:
        ability: what is called.
        multiple: what sides of pictures have to be divisible by; 0 where they have to be those of `ability.shape`.
        least: the smallest side.
        tiling: how pictures are cut into tiles; None if they are not.
    """

    ability: apply.PictureAbility
    multiple: int = 0
    least: int = 1
    tiling: tiles.Tiling | None = None

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

    def in_tiles(self, side: int | None = None) -> Translator:
        """The same, tile by tile; `side` of tiles in pixels, None chooses it; UserError as of `tiles.tiling_of`."""
        return dataclasses.replace(self, tiling=tiles.tiling_of(self.ability, self.multiple, self.least, side))

    def pixels_at_once(self, size: tuple[int, int]) -> int:
        """How many pixels of a picture (height, width) the network sees in one call."""
        sides = self.tiling.sides if self.tiling else self.ability.shape[:2]
        if self.multiple and self.tiling:
            return min(size[0], sides[0]) * min(size[1], sides[1])
        return size[0] * size[1] if self.multiple else sides[0] * sides[1]


def stated(module: Any) -> dict[str, Any]:
    """What a module says of its abilities."""
    found: dict[str, Any] = json.loads(module.abilities.numpy())
    return found


def translator_of(module: Any, name: str = "", given: Collection[str] = ()) -> Translator:
    """The ability of a name that turns a picture into one; without a name the only one.

    Args:
        module: a loaded one.
        name: of the ability.
        given: what there is beside each picture: "masks" of holes, or what it is "to" become.

    Raises:
        UserError: if there is none, which one is meant is open, or it takes something else than what is given.
    """
    besides = [each for flag in given for each in _BESIDE[flag]]
    chosen = name or _only(module, besides)
    _check_given(module, chosen, given)
    ability = apply.ability_of(module, chosen, besides=besides)
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


def _only(module: Any, besides: Collection[str]) -> str:
    """Name of the only ability that turns a picture into another one; cycles and copies are none."""
    kinds = ("translate", "upscale", "inpaint")
    found = [name for name in stated(module) if name.startswith(kinds)] if _says(module) else []
    ways = []
    for name in found:
        try:
            if apply.ability_of(module, name, besides=besides).pictures:
                ways.append(name)
        except UserError:  # it takes something else than one picture
            continue
    if len(ways) > 1:
        said = (f"{name} ({direction})" if (direction := _direction(module, name)) else name for name in ways)
        raise UserError(f"which way? The module has {' and '.join(said)}: give --ability")
    # One that lacks what is to be given is named all the same, for the line that says so.
    return next(iter([*ways, *(name for name in found if _needed(module, name))]), "")


def _needed(module: Any, name: str) -> str:
    """What an ability needs beside a picture, one of `_BESIDE`, or ""."""
    takes = stated(module).get(name, {}).get("takes", {}) if _says(module) else {}
    return next((flag for flag, inputs in _BESIDE.items() if {*inputs} & {*takes}), "")


def _check_given(module: Any, name: str, given: Collection[str]) -> None:
    """UserError where something is missing beside pictures, or nothing takes it."""
    needed = _needed(module, name)
    for flag in given:
        if flag != needed:
            said = f"ability {name} takes none" if name else "the module has none"
            raise UserError(f"--{flag} is for abilities that take {_SAID[flag]}, and {said}; leave it out")
    if needed and needed not in given:
        names = targets.names_of(stated(module)[name])
        known = f"; there are {', '.join(names)}" if names else ""
        raise UserError(f"ability {name} takes {_SAID[needed]} beside a picture: give --{needed}{known}")


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
        stored: uint8 [H, W, 3], colors as the file has them, also where it is transparent.
    """

    colors: np.ndarray
    alpha: np.ndarray | None
    stored: np.ndarray

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
        raise UnreadableError(f"not a readable picture: {error}") from error
    if not is_transparent:
        return Picture(whole, None, whole)
    alpha = whole[..., 3:]
    over = (whole[..., :3].astype(np.uint16) * alpha + 255 * (255 - alpha.astype(np.uint16)) + 127) // 255
    return Picture(over.astype(np.uint8), np.ascontiguousarray(alpha[..., 0]), whole[..., :3])


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
        raise UnreadableError(f"not a readable picture: {error}") from error
    return (width, height) if turned else (height, width)


def _refuse_deep(image: Image.Image) -> None:
    tile = getattr(image, "tile", None)
    raw = str(tile[0][3]) if tile else ""
    if image.mode.startswith(("I", "F")) or ";16" in raw:
        raise UserError("more than 8 bits a channel, which would be lost; save it with 8 bits")


def fits(translator: Translator, size: tuple[int, int]) -> bool:
    """Whether pictures (height, width) go through unscaled."""
    return bool(translator.multiple or translator.tiling) or size == translator.ability.shape[:2]


def seed_of(name: str, seed: int, number: int, *, same: bool) -> int:
    """A seed of a picture's latents, which depends on no other picture; `same` for all of them."""
    said = f"{seed} {number}" if same else f"{seed} {number} {name}"
    return int.from_bytes(hashlib.sha256(said.encode()).digest()[:4], "big") >> 1


def translated(
    translator: Translator,
    picture: Picture,
    *,
    seed: int = 0,
    drops: bool = False,
    z: np.ndarray | None = None,
    wish: targets.Wish | None = None,
) -> np.ndarray:
    """The output uint8 [H, W, C or C + 1] of a picture, `scale` times as large, with its transparency if it has some.

    A network of any size gets the picture mirrored at its right and lower edges up to the next multiple, and the
    output is cut back; of one fixed size the picture is scaled to it and the output scaled back.

    Args:
        translator: of `translator_of`.
        picture: of `read`.
        seed: of latents and dropout.
        drops: whether dropout is on, where there is some.
        z: latents float32 [1, z_dim], as of `latents_of`; None draws them.
        wish: what it is to become, of an ability that takes a target.

    Raises:
        UserError: if the output is not finite, or there is no memory for it.
    """
    height, width = picture.size
    given = random_inputs(translator, seed, drops, z)
    if wish is not None:
        small = scaled(channels_of(picture.colors, translator.ability.shape[2]), translator.ability.shape[:2])
        given[wish.input] = wish.of_picture(small[None].astype(np.float32) / 255)
    output = output_of(translator, picture.colors, given)
    large = (height * translator.scale, width * translator.scale)
    pixels = to_uint8(output)
    pixels = pixels if fits(translator, picture.size) else scaled(pixels, large)
    if picture.alpha is None:
        return pixels
    alpha = picture.alpha[..., None] if translator.scale == 1 else scaled(picture.alpha[..., None], large)
    return np.concatenate([pixels, alpha], axis=2)


def random_inputs(translator: Translator, seed: int, drops: bool, z: np.ndarray | None) -> dict[str, tf.Tensor]:
    """What an ability takes beside a picture; arguments as of `translated`."""
    ability, given = translator.ability, dict[str, tf.Tensor]()
    if ability.latents:
        given["z"] = ability.latents.draw_truncated(1, seed=seed, truncation=0.0) if z is None else tf.constant(z)
    if drops and ability.takes_seed:
        given["seed"] = tf.constant(seed, tf.int64)
    return given


def output_of(
    translator: Translator, colors: np.ndarray, beside: dict[str, tf.Tensor], mask: np.ndarray | None = None
) -> np.ndarray:
    """What the network makes of a picture, float32 [scale H, scale W, C]; of one that does not fit, of its own size.

    Args:
        translator: of `translator_of`.
        colors: uint8 [H, W, 3].
        beside: other inputs of the ability, but for a mask.
        mask: float32 [h, w, 1] of the network's size, 1 in the hole; None if the ability takes none.

    Raises:
        UserError: as of `translated`.
    """
    ability, size = translator.ability, (colors.shape[0], colors.shape[1])
    pixels = channels_of(colors, ability.shape[2])
    inputs = _padded(translator, pixels) if fits(translator, size) else scaled(pixels, ability.shape[:2])
    given = beside if mask is None else beside | {apply.MASK: tf.constant(mask[None])}

    def called(part: np.ndarray) -> np.ndarray:
        try:
            made = ability.call(**{ability.takes: tf.constant(part[None])}, **given)
        except tf.errors.ResourceExhaustedError:
            raise UserError("there is no memory for it; --tile translates it in parts") from None
        output: np.ndarray = (made[ability.pictures[0]] if isinstance(made, dict) else made).numpy()[0]
        if not np.isfinite(output).all():
            raise UserError("the output has numbers that are not finite")
        return output

    floats = inputs.astype(np.float32) / 255
    tiling = translator.tiling
    output = called(floats) if tiling is None else tiles.tiled(called, floats, tiling, translator.scale)
    return output[: size[0] * translator.scale, : size[1] * translator.scale] if fits(translator, size) else output


def memory_for(translator: Translator, size: tuple[int, int]) -> int:
    """About how many bytes the network needs for a picture (height, width).

    It is found by two small pictures. 0 stands for little, and for what is not known: of accelerators, and where the
    system does not say what a process has.
    """
    pixels = translator.pixels_at_once(size)
    if not translator.multiple or pixels < _LARGE or tf.config.list_physical_devices("GPU"):
        return 0
    whole = dataclasses.replace(translator, tiling=None)
    given = random_inputs(whole, 0, False, None)

    def call(side: int) -> None:
        output_of(whole, np.full((side, side, 3), 128, np.uint8), given)

    call(_MEASURED[0] // 4)
    less, more = (memory.most_during(lambda side=side: call(side)) for side in _MEASURED)  # type: ignore[misc]
    each = (more - less) / (_MEASURED[1] ** 2 - _MEASURED[0] ** 2)
    return max(0, round(each * pixels))


def latents_of(translator: Translator, picture: Picture) -> np.ndarray:
    """The latents float32 [1, z_dim] that an encoder of the module reads off an example, for outputs in its style.

    Raises:
        UserError: if it has none that does.
    """
    module, name = translator.ability.module, translator.ability.name
    encoder, output = _ENCODERS.get(name, ("", ""))
    if translator.ability.latents is None or encoder not in stated(module):
        raise UserError(f"the module reads no style for {name} off a picture; those of munit and bicyclegan do")
    ability = apply.ability_of(module, encoder)
    pixels = scaled(channels_of(picture.colors, ability.shape[2]), ability.shape[:2])
    found: np.ndarray = ability.call(tf.constant(pixels[None].astype(np.float32) / 255))[output].numpy()
    return found


def encoded(pixels: np.ndarray) -> bytes:
    """A PNG file of pixels uint8 [H, W, 1 to 4]."""
    return encode_png(pixels)


def is_constant(pixels: np.ndarray) -> bool:
    """Whether all pixels have the same color."""
    colors = pixels[..., : 3 if pixels.shape[2] > 2 else 1]
    return bool((colors == colors[:1, :1]).all())


def channels_of(colors: np.ndarray, channels: int) -> np.ndarray:
    """uint8 [H, W, 3] as the module takes it; gray by BT.601's luma, as everywhere."""
    if channels == 3:
        return colors
    return np.asarray(Image.fromarray(colors).convert("L"))[..., None]


def _padded(translator: Translator, pixels: np.ndarray) -> np.ndarray:
    if not (translator.multiple or translator.tiling):
        return pixels
    least = [translator.least] * 2 if translator.multiple else translator.ability.shape[:2]
    multiple = translator.multiple or 1
    more = [-(-max(each, side) // multiple) * multiple for each, side in zip(least, pixels.shape[:2], strict=True)]
    after = [(0, new - old) for new, old in zip(more, pixels.shape[:2], strict=True)]
    return np.pad(pixels, [*after, (0, 0)], mode="reflect")


def scaled(pixels: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """uint8 [H, W, C] in another size (height, width), by Lanczos' kernel, without aliases."""
    parts = [
        np.asarray(Image.fromarray(pixels[..., channel]).resize((size[1], size[0]), Image.Resampling.LANCZOS))
        for channel in range(pixels.shape[2])
    ]
    return np.stack(parts, axis=2)
