"""Reads off arrays' shapes which networks they are of, and which options of a task make these (no TensorFlow)."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.style_weights import channels, names, systems
from compare_gan_tf2.style_weights.files import Source
from compare_gan_tf2.style_weights.names import Form

# Of the comparison within a batch, where nothing else is said.
_GROUP = 4
_SIDES = (8, 1024)


@dataclasses.dataclass(frozen=True)
class Description:
    """What arrays are of.

    Attributes:
        system: the original program.
        form: on which names and layouts depend.
        image_shape: (R, R, C).
        num_classes: of the labels; 0 without labels.
        options: of a task with these networks, by name; without those of its data.
        channels: of the maps, by side.
        problem: why no task has these networks; empty if one has.
        arrays: how many there are of each network.
    """

    system: systems.System
    form: Form
    image_shape: tuple[int, int, int]
    num_classes: int
    options: Mapping[str, Any]
    channels: Mapping[int, int]
    problem: str
    arrays: Mapping[str, int]


def describe(source: Source) -> Description:
    """What a source's generator and discriminator are.

    Raises:
        UserError: if the source is of no original that is read, or lacks arrays by whose shapes this is seen.
    """
    system = systems.recognized(source)
    side = _side(source, system)
    form = Form(system.name, side, _fused_scale(source, system))
    generator, discriminator = _Shapes(source, form, "generator"), _Shapes(source, form, "discriminator")
    found = _of_r3gan(generator) if system.name == "r3gan" else _of_styles(generator, discriminator)
    options: dict[str, Any] = {"gan": system.gan or "r3gan", "architecture": system.architecture, **found.options}
    if found.num_classes:
        options["conditional"] = True
    fitting = channels.fitting(system.architecture, found.channels)
    problem = found.problem
    if fitting is None:
        listed = ", ".join(f"{count} of {side}x{side}" for side, count in sorted(found.channels.items()))
        rule = "width and channel_base" if system.architecture == "stylegan2" else "width"
        problem = problem or f"no {rule} gives maps as many channels as these have ({listed})"
    return Description(
        system, form, (side, side, found.colors), found.num_classes, options | (fitting or {}) | _told(source, system),
        found.channels, problem, {name: len(arrays) for name, arrays in source.networks.items()},
    )  # fmt: skip


@dataclasses.dataclass(frozen=True)
class _Found:
    colors: int
    num_classes: int
    channels: Mapping[int, int]
    options: Mapping[str, Any]
    problem: str = ""


@dataclasses.dataclass(frozen=True)
class _Shapes:
    """Shapes of a network's arrays, by our names and in our layouts."""

    source: Source
    form: Form
    network: str

    @property
    def arrays(self) -> Mapping[str, np.ndarray]:
        return self.source.generator if self.network == "generator" else self.source.networks.get(self.network, {})

    def get(self, path: str, rank: int) -> tuple[int, ...]:
        """() where there is no such array."""
        place = names.places(self.form, self.network, {path: rank})[path]
        if place.name not in self.arrays:
            return ()
        value = np.broadcast_to(np.zeros((), np.uint8), np.shape(self.arrays[place.name]))
        try:
            found = place.layout.ours(value).shape
        except (ValueError, IndexError):
            found = ()
        if len(found) != rank:
            raise UserError(f"{self.source.origin}: {place.name} is {list(value.shape)}, which such an array never is")
        return found

    def need(self, path: str, rank: int) -> tuple[int, ...]:
        """UserError where there is no such array."""
        if not (found := self.get(path, rank)):
            name = names.places(self.form, self.network, {path: rank})[path].name
            raise UserError(f"{self.source.origin} hold no {name}, which the {self.network} needs")
        return found

    def count(self, path: str, rank: int) -> int:
        """How many arrays there are of a name with a number in it."""
        return next(number for number in range(1000) if not self.get(path.format(number), rank))


def _side(source: Source, system: systems.System) -> int:
    pattern = {
        "r3gan": r"MainLayers\.(\d+)\.", "stylegan2_pytorch": r"synthesis\.b(\d+)\.",
    }.get(system.name, r".*?(\d+)x\d+/")  # fmt: skip
    numbers = {int(found[1]) for name in source.generator if (found := re.match(pattern, name))}
    side = 4 << min(max(numbers), 20) if "MainLayers" in pattern else max(numbers, default=0)
    if not _SIDES[0] <= side <= _SIDES[1] or side & (side - 1):
        raise UserError(f"{source.origin} hold a generator of {side} pixels; sides are powers of 2 from 8 to 1024")
    return side


def _fused_scale(source: Source, system: systems.System) -> bool | str:
    if system.name == "pggan":
        return not any(name.endswith("/Conv0/weight") for name in source.generator)
    said = next((each["fused_scale"] for each in source.settings.values() if "fused_scale" in each), "auto")
    return said if isinstance(said, bool) else "auto"


def _told(source: Source, system: systems.System) -> dict[str, Any]:
    """Options that only the originals' settings say."""
    if system.architecture != "stylegan2":
        return {}
    found: dict[str, Any] = {}
    clamps = {each["conv_clamp"] or 0.0 for each in source.settings.values() if "conv_clamp" in each}
    if len(clamps) > 1:
        raise UserError(f"{source.origin}: networks were made with conv_clamp of {sorted(clamps)}; ours have the same")
    if clamps:
        found["activation_clamp"] = float(clamps.pop())
    group = source.settings.get("discriminator", {}).get("mbstd_group_size", _GROUP)
    return found | ({} if group in (None, _GROUP) else {"deviation_group": int(group)})


def _of_styles(generator: _Shapes, discriminator: _Shapes) -> _Found:
    """Of all systems but R3GAN, which have maps of the same names."""
    form, sides = generator.form, [1 << power for power in range(3, generator.form.side.bit_length())]
    widths = {4: generator.need("b4.conv1/kernel", 4)[3]}
    widths |= {side: generator.need(f"b{side}.conv1/kernel", 4)[3] for side in sides}
    colors = generator.need(f"b{form.side}.torgb/kernel", 4)[3]
    if form.system == "pggan":
        said = {**generator.source.settings.get("generator", {}), **generator.source.settings.get("average", {})}
        outputs = discriminator.get("b4.out/bias", 1)
        classes = outputs[0] - 1 if outputs else int(said.get("label_size") or 0)
        return _Found(colors, classes, widths, {"z_dim": generator.need("b4.dense/kernel", 2)[0] - classes})
    inputs, length = generator.need("mapping.fc0/kernel", 2)
    classes, embedded = generator.get("mapping.embed/kernel", 2) or (0, 0)
    options: dict[str, Any] = {"z_dim": inputs - embedded, "mapping_layers": generator.count("mapping.fc{}/kernel", 2)}
    if length != options["z_dim"]:
        options["style_length"] = length
    if systems.SYSTEMS[form.system].architecture == "stylegan2":
        options |= _of_stylegan2(generator, discriminator, widths[4], classes)
    return _Found(colors, classes, widths, options)


def _of_stylegan2(generator: _Shapes, discriminator: _Shapes, width: int, classes: int) -> dict[str, Any]:
    side = generator.form.side
    options: dict[str, Any] = {"g_shortcuts": _shortcuts(generator, side, "b4.torgb/kernel")}
    if discriminator.arrays:
        options["d_shortcuts"] = _shortcuts(discriminator, side, "b4.fromrgb/kernel")
        options["deviation_features"] = discriminator.need("b4.conv/kernel", 4)[2] - width
        if classes:
            options["label_mapping_layers"] = discriminator.count("mapping.fc{}/kernel", 2)
    return options


def _shortcuts(network: _Shapes, side: int, of_skip: str) -> str:
    if network.get(f"b{side}.skip/kernel", 4):
        return "residual"
    return "skip" if network.get(of_skip, 4) else "original"


def _of_r3gan(generator: _Shapes) -> _Found:
    sides = [1 << power for power in range(2, generator.form.side.bit_length())]
    stages = {side: generator.count(f"g_s{side}_block{{}}/conv3/kernel", 4) for side in sides}
    widths = {side: generator.need(f"g_s{side}_block0/conv3/kernel", 4)[3] for side in sides}
    groups = {}
    for side in sides:
        of_group, inner = generator.need(f"g_s{side}_block0/conv2/kernel", 4)[2:]
        groups[side] = inner // of_group
    classes, embedded = generator.get("g_join/g_label/kernel", 2) or (0, 0)
    widest = max(widths.values())
    cardinality = groups[max(widths, key=lambda side: widths[side])]
    proportional = {side: cardinality * width // widest for side, width in widths.items()}
    options = {
        "z_dim": generator.need("g_start/linear/kernel", 2)[0] - embedded,
        "stage_blocks": stages[4],
        "cardinality": 0 if all(groups[side] == width // 8 for side, width in widths.items()) else cardinality,
    }
    problem = ""
    if len(set(stages.values())) > 1:
        problem = f"stages have {', '.join(map(str, stages.values()))} blocks, and stage_blocks is one number for all"
    elif options["cardinality"] and groups != proportional:
        problem = f"stages have {', '.join(map(str, groups.values()))} groups, and cardinality is one in proportion"
    elif embedded and embedded != options["z_dim"]:
        problem = f"labels are embedded in {embedded} numbers, and ours in as many as there are latents"
    colors = generator.need("g_to_rgb/kernel", 4)[3]
    return _Found(colors, classes, widths, options, problem)
