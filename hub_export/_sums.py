"""The checksums beside a module's files, and what in its folder is not the module's."""

from __future__ import annotations

import hashlib
import logging
import pathlib
import re

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import add_to_digest

_log = logging.getLogger(__name__)

SUMS_FILE = "SHA256SUMS"
CARD_FILE = "README.md"
_COMPUTING = ("saved_model.pb", "module.json", "variables/", "assets/")
_GRAPH_OR_WEIGHTS = re.compile(r"saved_model\.pb|variables/variables\.(index|data-.*)")


def digest(path: pathlib.Path) -> str:
    """A file's SHA-256 in hexadecimal; UserError if it cannot be read."""
    found = hashlib.sha256()
    add_to_digest(found, path)
    return found.hexdigest()


def write(folder: pathlib.Path) -> None:
    """Writes SHA256SUMS of all files below a folder, in the form that `sha256sum --check` reads."""
    lines = [f"{digest(folder / name)}  {name}\n" for name in sorted(_files(folder) - {SUMS_FILE})]
    (folder / SUMS_FILE).write_text("".join(lines), encoding="utf-8")


def failure(folder: pathlib.Path, *, all_files: bool = False) -> str:
    """What is wrong with a module's files by its SHA256SUMS, or "" if nothing is; without that file nothing is known.

    Args:
        folder: of the module.
        all_files: whether pictures count too; otherwise only what the module computes with. The card never does:
            people edit it.
    """
    try:
        if (folder / SUMS_FILE).exists() and (names := unlisted(folder)):
            return f"{SUMS_FILE} does not list {names[0]}"
        for name, expected in _listed(folder).items():
            if name == CARD_FILE or not (all_files or name.startswith(_COMPUTING)):
                continue
            if not (folder / name).is_file():
                return f"{name} is missing"
            if digest(folder / name) != expected:
                return f"{name} has another checksum than {SUMS_FILE} says"
    except UserError as error:
        return str(error)
    return ""


def unlisted(folder: pathlib.Path) -> list[str]:
    """Names of a module's graph and weights that its SHA256SUMS does not list: all where that file is missing."""
    return sorted(name for name in _files(folder) - _listed(folder).keys() if _GRAPH_OR_WEIGHTS.fullmatch(name))


def check(folder: pathlib.Path) -> None:
    """Raises UserError if what a module computes with is not what its checksums say; warns of a module without any."""
    if not (folder / SUMS_FILE).exists() and (folder / "module.json").exists():
        _log.warning("the module in %s has lost its %s: whether its files are damaged is not known", folder, SUMS_FILE)
    if found := failure(folder):
        raise UserError(f"the module in {folder} is damaged: {found}")


def users_own(folder: pathlib.Path) -> list[str]:
    """Names of what in a module's folder somebody else put there: files that SHA256SUMS does not list, an edited card.

    A folder without SHA256SUMS has nothing that is known to be the module's.
    """
    listed = _listed(folder)
    others = _files(folder) - listed.keys() - {SUMS_FILE}
    if CARD_FILE in listed and (folder / CARD_FILE).is_file() and digest(folder / CARD_FILE) != listed[CARD_FILE]:
        others.add(CARD_FILE)
    ours = {name.partition("/")[0] for name in listed}
    return sorted({name if name.partition("/")[0] in ours else name.partition("/")[0] for name in others})


def _listed(folder: pathlib.Path) -> dict[str, str]:
    """Name -> checksum."""
    try:
        text = (folder / SUMS_FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UserError(f"{folder / SUMS_FILE} is not a list of checksums") from error
    lines = [line.partition("  ") for line in text.splitlines() if line]
    return {name: expected.lower() for expected, _, name in lines}


def _files(folder: pathlib.Path) -> set[str]:
    """All that is below a folder but folders, links among them, by names as in SHA256SUMS."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()}
