"""Reads .npz files of the originals' arrays: G/..., D/..., and Gs/... or G_ema/..., as `export_original.py` has it."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from zipfile import BadZipFile

import numpy as np

from compare_gan_tf2 import npz
from compare_gan_tf2.errors import UserError

# What stands before the names of a network's arrays -> the network.
NETWORKS = {"G": "generator", "Gs": "average", "G_ema": "average", "D": "discriminator"}
SETTINGS = "settings"
SCRIPT = pathlib.Path(__file__).with_name("export_original.py")
_PICKLES = (".pkl", ".pickle", ".pt", ".pth")
# A generator's arrays alone, without a network's name before them.
_ALONE = re.compile(
    r"(Model\.)?MainLayers\.\d|(G_)?(mapping|synthesis)[/.]|dlatent_avg$|lod$|\d+x\d+/|ToRGB_lod|(Model\.)?\w+Layer\."
)
_OF_V3 = ("generator/", "discriminator/")


@dataclasses.dataclass(frozen=True)
class Source:
    """What a file holds, or its arrays' heads.

    Attributes:
        origin: where it comes from, for messages.
        networks: {"generator", "average" or "discriminator": {the original's name: array}}; of a file that is only
            described the arrays hold no values.
        settings: what the original's programs were told, by network and name; empty where the file does not say.
    """

    origin: str
    networks: Mapping[str, Mapping[str, np.ndarray]]
    settings: Mapping[str, Mapping[str, Any]]

    @property
    def generator(self) -> Mapping[str, np.ndarray]:
        """The generator that is evaluated: the average if there is one."""
        return self.networks.get("average") or self.networks["generator"]


def refuse_pickle(path: str | os.PathLike) -> None:
    """Raises UserError for a pickle, which is code, with the line that makes arrays of it."""
    if pathlib.Path(path).suffix.lower() in _PICKLES:
        raise UserError(
            f"{path} is a pickle, which can run any code when it is read; make arrays of it with "
            f"`python {SCRIPT} {path} weights.npz` (it runs no code of the pickle) and import weights.npz"
        )


def is_official(source: str | os.PathLike | Mapping[str, np.ndarray]) -> bool:
    """Whether a source is of the originals by its names, and not of compare_gan v3."""
    if isinstance(source, Mapping):
        return _are_official(source)
    try:
        place = pathlib.Path(source).expanduser()
        return place.suffix == ".npz" and place.is_file() and _are_official(_heads(place))
    except (OSError, ValueError, BadZipFile, RuntimeError):  # whoever reads it says what is wrong
        return False


def read(source: str | os.PathLike | Mapping[str, np.ndarray], *, only_heads: bool = False) -> Source:
    """The arrays of an .npz file or of a mapping.

    Args:
        source: the file, or {name: array}.
        only_heads: whether shapes are enough; arrays without values are read much faster.

    Raises:
        UserError: if it cannot be read, or holds no generator, or names of no network.
    """
    if isinstance(source, Mapping):
        return _sorted_out("the weights", source)
    try:
        place = pathlib.Path(source).expanduser()
        arrays = _heads(place) | npz.read(place, {SETTINGS}) if only_heads else npz.read(place)
    except FileNotFoundError as error:
        raise UserError(f"no weights at {source}; {SCRIPT.name} writes them as .npz") from error
    except (OSError, ValueError, BadZipFile, RuntimeError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise UserError(f"{source} cannot be read as .npz of weights ({reason})") from error
    return _sorted_out(str(source), arrays)


def _are_official(names: Collection[str]) -> bool:
    if any(name.startswith(_OF_V3) for name in names):
        return False
    return any(name.partition("/")[0] in NETWORKS or _ALONE.match(name) for name in names)


def _heads(place: pathlib.Path) -> dict[str, np.ndarray]:
    """Arrays of the file's shapes and types that take no memory."""

    def all_of_them() -> Iterator[tuple[str, np.ndarray]]:
        with npz.opened(place) as archive:
            for member in archive.infolist():
                with archive.open(member) as file:
                    shape, _, dtype = npz.head(file)
                yield member.filename.removesuffix(".npy"), np.broadcast_to(np.zeros((), dtype), shape)

    return dict(all_of_them())


def _sorted_out(origin: str, arrays: Mapping[str, np.ndarray]) -> Source:
    networks: dict[str, dict[str, np.ndarray]] = {}
    spelled: dict[str, str] = {}
    strange = []
    for name, value in arrays.items():
        before, slash, rest = name.partition("/")
        if name == SETTINGS:
            continue
        if slash and before in NETWORKS:
            network, plain = NETWORKS[before], _plain(rest)
        elif _ALONE.match(name):
            network, before, plain = "average", "", _plain(name)
        else:
            strange.append(name)
            continue
        if spelled.setdefault(network, before) != before or plain in networks.get(network, {}):
            both = " and ".join(f"{each}/..." if each else "names without one" for each in (spelled[network], before))
            raise UserError(f"{origin} hold the {network} twice ({both}, {plain}); keep one of them")
        networks.setdefault(network, {})[plain] = value
    if strange:
        known = ", ".join(f"{each}/" for each in NETWORKS)
        raise UserError(
            f"{origin} hold {len(strange)} arrays of no network ({', '.join(sorted(strange)[:5])}); names begin with "
            f"{known}"
        )
    if not networks.keys() & {"generator", "average"}:
        raise UserError(f"{origin} hold no generator: no G/..., Gs/... or G_ema/...")
    return Source(origin, networks, _settings(origin, arrays.get(SETTINGS)))


def _plain(name: str) -> str:
    """A name as the networks themselves have it, whatever they are parts of."""
    name = name.removesuffix(":0").removeprefix("Model.")
    return re.sub(r"^(mapping|synthesis)/", r"G_\1/", name)


def _settings(origin: str, stored: np.ndarray | None) -> dict[str, dict[str, Any]]:
    """By network; nested settings by their own names alone."""
    if stored is None:
        return {}
    try:
        said = json.loads(str(np.asarray(stored).reshape(())))
        return {NETWORKS[name]: dict(_leaves(each)) for name, each in said.items()}
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise UserError(f"{origin} hold {SETTINGS} that are no JSON of G, D, Gs or G_ema ({error})") from error


def _leaves(said: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in said.items():
        if isinstance(value, Mapping):
            yield from _leaves(value)
        else:
            yield name, value
