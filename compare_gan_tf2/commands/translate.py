"""Translates one picture, or all pictures in a folder, with an exported module.

compare_gan_translate MODULE IN OUT [--ability=NAME] [--resize] [--tile] [--overwrite] [--masks=PLACE]
                      [--mask_hole=black] [--to=NAME] [--seed=N] [--outputs=N] [--same_style] [--like=PICTURE]

MODULE is a folder, a .tar.gz file, a web address, or the folder of a task that exported one module. The first line of
output shows the direction: outlines -> filled; --ability selects one if the module has several. IN/x/a.jpg becomes
OUT/x/a.png. If a.jpg and a.png are both there, the outputs are a.jpg.png and a.png.png. A single picture becomes the
file OUT if that ends in .png, otherwise a file in the folder OUT.
Outputs have the size of their inputs, or a multiple of it if the module enlarges. A network with a fixed size needs
--resize, which scales pictures to this size and the outputs back. Pictures that need more memory than is free are
rejected; --tile translates them in overlapping tiles with faded seams, if the network allows it. Pictures are rotated
as their EXIF data say; transparency is kept.
Existing outputs are kept, so repeating the command writes only the missing ones; --overwrite writes all again.
Pictures that could not be translated are listed in OUT/left_out.csv, and the exit code is 1.
If the module takes latents beside a picture, such as styles, --outputs makes several outputs: a.s0.png, a.s1.png and so
on. --same_style uses the same latents for all pictures, --like the style of an example picture. --seed selects other
latents, and turns on other randomness, such as dropout.
Modules that fill holes need --masks, a folder of masks with the pictures' names or one mask for all, white in the hole;
all other pixels are kept. Modules that translate between several domains need --to, the name of a domain, or attributes
(--to=blond=1,young=0); attributes that are not named are kept. With the same options, a picture always gives the
same bytes, whatever other pictures are in the folder.
"""

from __future__ import annotations

import csv
import pathlib
from collections.abc import Iterator, Sequence
from typing import Any

from absl import flags

from compare_gan_tf2 import display
from compare_gan_tf2.commands import _run
from compare_gan_tf2.errors import UserError

FLAGS = flags.FlagValues()
flags.DEFINE_string(
    "ability", None, "which ability to use, such as translate_ab, if the module has several", flag_values=FLAGS
)
flags.DEFINE_bool(
    "resize", False, "scale pictures to the size that the network needs, and outputs back", flag_values=FLAGS
)
flags.DEFINE_bool("tile", False, "translate pictures in overlapping tiles, with faded seams", flag_values=FLAGS)
flags.DEFINE_integer(
    "tile_side", None, "side of a tile in pixels, for networks of any size; 512 by default", lower_bound=1,
    flag_values=FLAGS,
)  # fmt: skip
flags.DEFINE_string(
    "masks", None, "for modules that fill holes: folder of masks with the pictures' names, or one mask for all",
    flag_values=FLAGS,
)  # fmt: skip
flags.DEFINE_enum("mask_hole", "white", ["white", "black"], "color of the hole in masks", flag_values=FLAGS)
flags.DEFINE_string(
    "to", None, "target of the translation: the name of a domain, or attributes, NAME=1,NAME=0", flag_values=FLAGS
)
flags.DEFINE_bool("overwrite", False, "write existing outputs again", flag_values=FLAGS)
flags.DEFINE_integer(
    "seed", None, "seed of latents (0 by default) and of dropout (off by default)",
    lower_bound=0, upper_bound=2**31 - 1, flag_values=FLAGS,
)  # fmt: skip
flags.DEFINE_integer(
    "outputs", None, "number of outputs per picture, each with its own latents", lower_bound=1, flag_values=FLAGS
)
flags.DEFINE_bool("same_style", False, "use the same latents for all pictures", flag_values=FLAGS)
flags.DEFINE_string(
    "like",
    None,
    "for modules that can take a style from a picture: the picture whose style all outputs get",
    flag_values=FLAGS,
)
flags.DEFINE_string(
    "cache_dir", None, "folder where archives are unpacked; ~/.cache/compare_gan_tf2 by default", flag_values=FLAGS
)
_run.define_json(FLAGS)

LEFT_OUT = "left_out.csv"
# What names of pictures end in; other files are looked into.
_ENDINGS = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})


def _main(positional: list[str]) -> int:
    if len(positional) < 3:
        missing = ("MODULE", "IN", "OUT")[len(positional)]
        raise UserError(f"{missing} is missing: compare_gan_translate MODULE IN OUT; --help shows all")
    _run.no_arguments(positional[3:])
    place, target = (_run.folder(each) for each in positional[1:])
    pictures = _pictures(place)
    outputs = _places(place, target, pictures)
    _check_together()

    _run.start_tensorflow()
    from compare_gan_tf2.hub_export import filling, targets, translate
    from compare_gan_tf2.hub_export.load import load

    module = load(positional[0], cache_dir=_run.folder(FLAGS.cache_dir) if FLAGS.cache_dir else None)
    given = [flag for flag in ("masks", "to") if FLAGS[flag].value is not None]
    translator = translate.translator_of(module, FLAGS.ability or "", given)
    _check_random(translator)
    if FLAGS.tile:
        translator = translator.in_tiles(FLAGS.tile_side)
    wishes = dict[str, Any]()
    if FLAGS.like is not None:
        wishes["z"] = translate.latents_of(translator, _example())
    if FLAGS.to is not None:
        wishes["wish"] = targets.Wish(module, translator.ability.name, FLAGS.to)
    if not FLAGS.json:
        print(f"{translator.ability.name}: {display.line(translator.direction)}", flush=True)
    done, sound = _looked_at(translator, place, pictures)
    masks = filling.places(place, _run.folder(FLAGS.masks), sound) if FLAGS.masks is not None else {}
    _translate(translator, place, {path: outputs[path] for path in sound}, done, masks, wishes)
    return _tell(translator, place, target, pictures, done)


def _check_together() -> None:
    """UserError for flags of which one makes the other meaningless."""
    if FLAGS.tile and FLAGS.resize:
        raise UserError("--tile keeps the size of pictures and --resize changes it; give one of them")
    if FLAGS.tile_side is not None and not FLAGS.tile:
        raise UserError("--tile_side is about tiles; give --tile too")
    if FLAGS.mask_hole != "white" and FLAGS.masks is None:
        raise UserError("--mask_hole is about masks; give --masks too")
    for flag in ("outputs", "same_style"):
        if FLAGS.like is not None and FLAGS[flag].value:
            raise UserError(f"--like gives all pictures one style, so --{flag} has no effect; leave it out")


def _example() -> Any:
    """The picture of --like."""
    from compare_gan_tf2.hub_export import translate

    path = _run.folder(FLAGS.like)
    try:
        return translate.read(path)
    except UserError as error:
        raise UserError(f"--like: {path}: {error}") from error


class _Done:
    """What came of the pictures.

    Attributes:
        left_out: path of what was not translated -> the reason.
        unreadable: paths of those among them that are no pictures, as far as their contents say it.
        number: of translated pictures.
        kept: number of those whose outputs were there.
        constant: number of outputs of one color, of pictures of several.
        transparent: number of pictures with transparency.
        between: number of pixels of masks that were neither black nor white.
        remarks: path of a picture -> what is odd about its hole.
    """

    def __init__(self) -> None:
        self.left_out = dict[pathlib.Path, str]()
        self.unreadable = set[pathlib.Path]()
        self.number = self.kept = self.constant = self.transparent = self.between = 0
        self.remarks = dict[pathlib.Path, str]()


def _pictures(place: pathlib.Path) -> list[pathlib.Path]:
    """The file, or all files below the folder that are not hidden, sorted."""
    if not place.exists():
        raise UserError(f"{place} does not exist; IN is a folder of pictures, or a picture")
    if place.is_file():
        return [place]
    every = sorted(path for path in place.rglob("*") if path.is_file())
    found = [path for path in every if not any(part.startswith(".") for part in path.relative_to(place).parts)]
    if not found:
        raise UserError(f"there are no files in {place}")
    return found


def _places(place: pathlib.Path, target: pathlib.Path, pictures: Sequence[pathlib.Path]) -> dict[pathlib.Path, Any]:
    """Where the output of each picture goes, without the ending .png."""
    inside, outside = place.resolve(), target.resolve()
    if place.is_file():
        if target.suffix.lower() == ".png" and not target.is_dir():
            if inside == outside:
                raise UserError(f"{target} is the picture itself; give another place")
            return {place: target.with_suffix("")}
        if target.suffix and not target.is_dir():
            raise UserError(f"OUT is {target}; it must be a .png file or a folder")
        if inside == (outside / place.name).with_suffix(".png"):
            raise UserError(f"the output would be written over {place}; give another folder")
        return {place: target / place.stem}
    if outside == inside or inside in outside.parents:
        raise UserError(
            f"{target} is inside of {place}, so the outputs would become inputs the next time; give another folder"
        )
    if target.exists() and not target.is_dir():
        raise UserError(f"{target} is a file; because IN is a folder, OUT must be a folder, too")
    stems = [str(path.relative_to(place).with_suffix("")).lower() for path in pictures if _is_named_picture(path)]
    found = {}
    for path in pictures:
        short = path.relative_to(place).with_suffix("")
        is_alone = stems.count(str(short).lower()) < 2
        found[path] = target / (short if is_alone else path.relative_to(place))
    return found


def _is_named_picture(path: pathlib.Path) -> bool:
    return path.suffix.lower() in _ENDINGS


def _check_random(translator: Any) -> None:
    """UserError for flags about what is random, of an ability in which that is not."""
    ability = translator.ability
    for flag in ("outputs", "same_style"):
        if FLAGS[flag].value and ability.latents is None:
            raise UserError(f"--{flag} is for abilities that take latents, and {ability.name} takes none")
    if FLAGS.seed is not None and ability.latents is None and not ability.takes_seed:
        raise UserError(f"ability {ability.name} takes no seed: nothing is random in it")


def _looked_at(
    translator: Any, place: pathlib.Path, pictures: Sequence[pathlib.Path]
) -> tuple[_Done, list[pathlib.Path]]:
    """What says which files are left out and why, and the files that go through; UserError if some need --resize."""
    from compare_gan_tf2.hub_export import translate

    done, sound = _Done(), list[pathlib.Path]()
    sizes: dict[pathlib.Path, tuple[int, int]] = {}
    for path in pictures:
        try:
            size = sizes[path] = translate.size_of(path)
        except UserError as error:
            done.left_out[path] = str(error)
            if isinstance(error, translate.UnreadableError):
                done.unreadable.add(path)
            continue
        if not (FLAGS.resize or translate.fits(translator, size)):
            theirs, ours = (f"{width}x{height}" for height, width in (size, translator.ability.shape[:2]))
            raise UserError(
                f"{path} has {theirs} pixels (width x height), and the network of {translator.ability.name} accepts "
                f"only {ours}; --resize scales pictures to that, and the outputs back"
            )
        sound.append(path)
    if not sound:
        raise UserError(f"there is no picture in {place}: {next(iter(done.left_out.values()))}")
    _check_memory(translator, *max(sizes.items(), key=lambda each: translator.pixels_at_once(each[1])))
    return done, sound


def _check_memory(translator: Any, path: pathlib.Path, size: tuple[int, int]) -> None:
    """UserError if the largest picture needs more memory than is free."""
    from compare_gan_tf2.hub_export import translate
    from compare_gan_tf2.runtime import memory

    needed, free = translate.memory_for(translator, size), memory.available()
    if needed > free:
        way = "a smaller --tile_side needs less" if translator.tiling else "--tile translates it in parts"
        raise UserError(
            f"{path} has {size[1]}x{size[0]} pixels, which needs about {needed / 1e9:.1f} GB of memory, and "
            f"{free / 1e9:.1f} GB are free; {way}"
        )


def _translate(
    translator: Any,
    place: pathlib.Path,
    outputs: dict[pathlib.Path, Any],
    done: _Done,
    masks: dict[pathlib.Path, pathlib.Path],
    wishes: dict[str, Any],
) -> None:
    """Writes what is missing; `wishes` are what `translate.translated` takes for all pictures alike."""
    from compare_gan_tf2.files import replace_file
    from compare_gan_tf2.hub_export import translate
    from compare_gan_tf2.progress import Progress

    with Progress("translating", len(outputs), unit="picture") as progress:
        for count, (path, where) in enumerate(outputs.items(), 1):
            missing = [(number, file) for number, file in _files(where) if FLAGS.overwrite or not file.exists()]
            done.kept += not missing
            try:
                picture = translate.read(path) if missing else None
                for number, file in missing:
                    name = path.relative_to(place).as_posix() if path != place else path.name
                    seed = translate.seed_of(name, FLAGS.seed or 0, number, same=FLAGS.same_style)
                    assert picture is not None
                    drops = FLAGS.seed is not None
                    if path in masks:
                        made = _filled(translator, path, picture, masks[path], done, seed=seed, drops=drops)
                    else:
                        made = translate.translated(translator, picture, seed=seed, drops=drops, **wishes)
                    file.parent.mkdir(parents=True, exist_ok=True)
                    with replace_file(file) as stream:
                        stream.write(translate.encoded(made))
                    done.constant += translate.is_constant(made) and not translate.is_constant(picture.colors)
                if picture is not None:
                    done.number += 1
                    done.transparent += picture.alpha is not None
            except UserError as error:
                done.left_out[path] = str(error)
            progress.advance(count)


def _filled(
    translator: Any, path: pathlib.Path, picture: Any, mask_file: pathlib.Path, done: _Done, *, seed: int, drops: bool
) -> Any:
    """A picture with its hole filled, uint8 [H, W, C]; notes what is odd about the hole."""
    from compare_gan_tf2.hub_export import filling

    mask = filling.read(mask_file, picture.size, hole_is_black=FLAGS.mask_hole == "black")
    made, unreached = filling.filled(translator, picture, mask, seed=seed, drops=drops)
    done.between += mask.between
    remark = mask.remark
    if unreached:
        of_hole = f"{unreached} of {int(mask.hole.sum())} pixels of its hole"
        remark = f"{of_hole} were not filled, because the network was trained on smaller holes"
    if remark:
        done.remarks[path] = remark
    return made


def _files(where: pathlib.Path) -> Iterator[tuple[int, pathlib.Path]]:
    """Number and file of each output of a picture."""
    if FLAGS.outputs is None:
        yield 0, where.with_name(f"{where.name}.png")
    for number in range(FLAGS.outputs or 0):
        yield number, where.with_name(f"{where.name}.s{number}.png")


def _tell(
    translator: Any, place: pathlib.Path, target: pathlib.Path, pictures: Sequence[pathlib.Path], done: _Done
) -> int:
    """Writes what was left out, says what came of the pictures, and returns the exit code."""
    names = {_short(path, place): why for path, why in done.left_out.items()}
    listed = (target if place.is_dir() else target.parent) / LEFT_OUT
    if place.is_dir():
        _list(listed, names)
    has_pictures = any(_is_named_picture(path) or path not in done.unreadable for path in done.left_out)
    if FLAGS.json:
        said: dict[str, Any] = {"ability": translator.ability.name, "direction": translator.direction}
        said |= {"translated": done.number, "kept": done.kept, "left_out": names, "constant": done.constant}
        if FLAGS.masks is not None:
            said |= {"holes": {_short(path, place): why for path, why in done.remarks.items()}}
            said["mask_pixels_between"] = done.between
        print(_run.as_json(said | {"transparent": done.transparent, "written": target}))
        return int(has_pictures)
    for name, why in names.items():
        print(f"left out: {display.line(f'{name}: {why}')}")
    for path, why in done.remarks.items():
        print(display.line(f"{_short(path, place)}: {why}"))
    parts = [f"translated {done.number} of {len(pictures)}"]
    if done.kept:
        parts.append(f"{done.kept} there already")
    if names:
        parts.append(f"{len(names)} left out" + (f": {listed}" if place.is_dir() else ""))
    if done.transparent:
        parts.append(f"transparency of {done.transparent} carried over")
    if done.constant:
        parts.append(f"{done.constant} outputs of one color")
    if done.between:
        parts.append(f"{done.between} mask pixels were neither black nor white (128 and above count as white)")
    print(", ".join(parts))
    return int(has_pictures)


def _short(path: pathlib.Path, place: pathlib.Path) -> str:
    """A picture's path below IN."""
    return (path.relative_to(place) if path != place else path).as_posix()


def _list(path: pathlib.Path, names: dict[str, str]) -> None:
    """Writes a table of what was left out; none if nothing was."""
    if not names:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("file", "why"), *names.items()])


def main(argv: Sequence[str] | None = None) -> int:
    """The console script compare_gan_translate."""
    return _run.run(__doc__ or "", FLAGS, _main, argv)
