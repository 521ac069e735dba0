"""Loads an exported module from inside this package; elsewhere `hub.load` alone does it."""

from __future__ import annotations

import os
import pathlib
from typing import Any

from compare_gan_tf2.compat import tensorflow_hub
from compare_gan_tf2.errors import UserError


def load(path: str | os.PathLike) -> Any:
    """The module in a folder, as `hub.load` gives it.

    Raises:
        UserError: if there is none.
    """
    folder = pathlib.Path(path).expanduser()
    if not (folder / "saved_model.pb").is_file():
        raise UserError(
            f"{folder} holds no module (no saved_model.pb); compare_gan_run_one_task --command=export makes one"
        )
    return tensorflow_hub.load().load(str(folder))
