"""Whose feature maps a task compares (option perceptual): remembered in its folder, and told in its rows."""

from __future__ import annotations

import json
import pathlib

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.files import read_json, replace_file

FILE = "feature_maps.json"
COLUMN = "perceptual_features"


def agree(folder: pathlib.Path, identity: str, *, writes: bool) -> None:
    """Remembers what gives the maps of a new task, and holds it to that.

    Raises:
        UserError: if the task began with others.
    """
    before = in_row(folder).get(COLUMN)
    if before is None:
        if writes:
            with replace_file(folder / FILE) as written:
                written.write((json.dumps({"id": identity}) + "\n").encode())
    elif before != identity:
        raise UserError(
            f"the task in {folder} began with feature maps of {before}, and option perceptual now gives those of "
            f"{identity}; put the weights back, or start anew in a new --workdir"
        )


def in_row(folder: pathlib.Path) -> dict[str, str]:
    """The column that a row of a task has for them; none of a task without."""
    try:
        return {COLUMN: str(dict(read_json(folder / FILE))["id"])}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise UserError(f"{folder / FILE} cannot be read ({error}); remove it to begin anew") from error
