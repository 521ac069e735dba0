"""What a module says of its model, without the places of the disk that it was made on."""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
import tarfile
import zlib
from collections.abc import Mapping
from typing import Any

from compare_gan_tf2.datasets import catalog
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import parse_json
from compare_gan_tf2.gans.stated_abilities import stated
from compare_gan_tf2.hub_export import _archive
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import score_table

FACTS_FILE = "module.json"


def facts(options: Options, step: int, row: Mapping[str, str] | None) -> dict[str, Any]:
    """What module.json says of a module: step, options, scores, protocol, names of abilities.

    Of options that are places on the disk their last part is said; that modules of two places of one such name can be
    told from each other, there is a digest of them besides, "places".
    """
    scores = {name: float(row[name]) for name in score_table.score_columns([dict(row)]) if row[name]} if row else {}
    found = {"step": step, "options": public(options), "scores": scores, "protocol": row["protocol"] if row else ""}
    places = _places(options)
    found["abilities"] = {name: None for name in stated(options)}
    if places:
        found["places"] = hashlib.sha256(json.dumps(places, sort_keys=True).encode()).hexdigest()
    return found


def facts_of(target: pathlib.Path) -> dict[str, Any]:
    """What the module in a folder or archive says of itself, options it lacks at their defaults; or nothing."""
    try:
        found = parse_json(_archive.read_file(target, FACTS_FILE))
        given = dict(found["options"])
        # Of the last part of a path nobody knows where that was, and it must not be looked for here.
        dataset = given.pop("dataset")
        # What each takes and gives follows from the rest. Older modules do not say that they generate images.
        names = dict.fromkeys(found.get("abilities", ("generate",)))
        given.setdefault("evaluated_abilities", "generate")
        return dict(found) | {"abilities": names} | {"options": public(Options.unchecked(given)) | {"dataset": dataset}}
    except (
        OSError, ValueError, LookupError, TypeError, AttributeError, EOFError, tarfile.TarError, zlib.error, UserError,
    ):  # fmt: skip
        return {}


def is_same_model(there: Mapping[str, Any], ours: Mapping[str, Any]) -> bool:
    """Whether two modules' facts are of one checkpoint, whatever its scores."""
    return all(there.get(name) == ours.get(name) for name in ("options", "step", "places"))


def public(options: Options) -> dict[str, Any]:
    """All options by name, of places on the disk the last part alone."""
    return options.to_dict() | {name: os.path.basename(place) for name, place in _places(options).items()}


def without_places(text: str, options: Options) -> str:
    """A text with the places that options name shortened to their last part."""
    for place in _places(options).values():
        text = text.replace(place, os.path.basename(place))
    return text


def _places(options: Options) -> dict[str, str]:
    """Options that name a place on the disk."""
    names = ("label_file", "extractor_weights", "networks_from", "perceptual", "start_from", "text_vectors")
    found = {name: getattr(options, name) for name in names}
    found |= {"dataset": options.dataset} if catalog.is_path(options.dataset) else {}
    return {name: place.rstrip("/") for name, place in found.items() if os.path.basename(place.rstrip("/")) != place}
