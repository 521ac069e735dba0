"""What a task is trained on, kept beside its checkpoints: a training must not go on with other data unnoticed."""

from __future__ import annotations

import hashlib
import json
import logging
import pathlib
from collections.abc import Mapping
from typing import Any

from compare_gan_tf2.datasets import label_files
from compare_gan_tf2.datasets.catalog import Dataset, Places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import add_to_digest, read_json, replace_file
from compare_gan_tf2.options import Options

_log = logging.getLogger(__name__)

DATA_FILE = "data.json"
_SOURCES = "sources"


def check(folder: pathlib.Path, dataset: Dataset, options: Options, places: Places) -> None:
    """Writes <folder>/data.json, or compares with what it says.

    Images that an earlier version knew by the times of their files are known by their content from now on.

    Args:
        folder: the task's own.
        dataset: as the options want it.
        options: of the task.
        places: where data sets are prepared, and the cache.

    Raises:
        UserError: if the data are others than when the task began, or are not there.
    """
    path, now = folder / DATA_FILE, _facts(dataset, options, places)
    try:
        before = read_json(path)
        is_former = before.get("images") in map(_digest, dataset.former_identities(places))
        if is_former:
            before["images"] = now["images"]
        if options.label_file and before.get("label_file") == _digest(""):
            # Earlier versions took brackets in the path for a pattern, and found no file to look at.
            _log.warning(
                "%s does not record the content of label_file at the start of the task; it is recorded from now on",
                path,
            )
            before["label_file"], is_former = now["label_file"], True
        changed = [name for name, value in now.items() if before.get(name) != value]
    except FileNotFoundError:
        _write(path, now)
        return
    except (OSError, ValueError, AttributeError) as error:
        raise UserError(f"{path} cannot be read ({error}); remove it to go on") from error
    if changed:
        raise UserError(
            f"data set {dataset.name!r} has changed since the task in {folder} began (different: "
            f"{', '.join(changed)}); use a new --workdir, or remove {path} to go on with these data"
        )

    if is_former:
        _write(path, {**before, **now})


def check_sources(folder: pathlib.Path, identities: Mapping[str, str], *, may_write: bool = True) -> None:
    """Adds what a task reads beside its plain images to <folder>/data.json, or compares with what it says of them.

    Args:
        folder: the task's own, with that file.
        identities: of `sources.identities`.
        may_write: whether this is the process that writes; others compare only what is there.

    Raises:
        UserError: if a source has other rows than when the task began.
    """
    if not identities:
        return
    path, now = folder / DATA_FILE, {name: _digest(text) for name, text in identities.items()}
    facts = read_json(path)
    before = facts.get(_SOURCES, {})
    if changed := [name for name, value in now.items() if before.get(name, value) != value]:
        said = ", ".join(repr(name) if name else "the data set itself" for name in changed)
        raise UserError(
            f"the examples of {said} have changed since the task in {folder} began; use a new --workdir, or remove "
            f"{path} to go on with these data"
        )
    if may_write and before != now:
        _write(path, {**facts, _SOURCES: now})


def _write(path: pathlib.Path, facts: dict[str, Any]) -> None:
    with replace_file(path) as file:
        file.write((json.dumps(facts, indent=2) + "\n").encode())


def _facts(dataset: Dataset, options: Options, places: Places) -> dict[str, Any]:
    files = label_files.paths(options.label_file, dataset.train_split) if options.label_file else []
    labels = "".join(f"{file} {_content(file)}\n" for file in files)
    return {
        "image_shape": list(dataset.image_shape),
        "class_names": _digest("\n".join(dataset.class_names)),
        "images": _digest(dataset.identity(places)),
        "label_file": _digest(labels),
    }


def _content(path: pathlib.Path) -> str:
    digest = hashlib.sha256()
    add_to_digest(digest, path)
    return digest.hexdigest()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:16]
