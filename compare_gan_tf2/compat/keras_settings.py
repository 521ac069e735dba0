"""Keras as this package needs it, whatever a `keras.json` or the environment says for other work.

Keras takes its backend, once and for all, when it is first imported: from $KERAS_BACKEND, or else from the file
`~/.keras/keras.json` ($KERAS_HOME). Importing this module before Keras chooses TensorFlow; importing it after Keras
came up with another backend is a UserError. The other settings can be changed at any time; weights and scores must not
depend on those that the user has for other work: `settle` changes them for the whole process, `settled` for a while.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import Any

from compare_gan_tf2.errors import UserError

_BACKEND, _VARIABLE = "tensorflow", "KERAS_BACKEND"
# By the names of keras.config's functions. The last two cut trainings short ($KERAS_MAX_EPOCHS and the like).
_SETTINGS = {
    "floatx": "float32",
    "epsilon": 1e-7,
    "image_data_format": "channels_last",
    "dtype_policy": "float32",
    "max_epochs": None,
    "max_steps_per_epoch": None,
}


def start() -> None:
    """Imports Keras and leaves its settings alone; raises as `settle` does."""
    _config()


def settle() -> None:
    """Gives Keras our settings for as long as the process lives.

    Raises:
        UserError: if Keras runs on another backend already, or cannot start with what is configured.
    """
    _set(_config(), _SETTINGS)


@contextlib.contextmanager
def settled() -> Iterator[None]:
    """Gives Keras our settings until the block, or the decorated function, is over; raises as `settle` does."""
    config = _config()
    before = {name: getattr(config, name)() for name in _SETTINGS}
    _set(config, _SETTINGS)
    try:
        yield
    finally:
        _set(config, before)


def _set(config: Any, settings: dict[str, Any]) -> None:
    for name, value in settings.items():
        getattr(config, f"set_{name}")(value)


def _config() -> Any:
    """The module keras.config."""
    _choose_backend()
    try:
        import keras
    except (AttributeError, OSError, RecursionError, TypeError, ValueError) as error:
        home = os.environ.get("KERAS_HOME", os.path.join("~", ".keras"))
        said = " ".join(str(error).split())
        raise UserError(
            f"Keras does not start: {said}; mend or remove {os.path.join(home, 'keras.json')}, and the environment's "
            "variables KERAS_*"
        ) from error
    return keras.config


def _choose_backend() -> None:
    keras = sys.modules.get("keras")
    if keras is None:
        os.environ[_VARIABLE] = _BACKEND
    elif (found := keras.config.backend()) != _BACKEND:
        raise UserError(
            f"Keras was imported with the backend {found!r}, and compare_gan_tf2 needs {_BACKEND!r}: set "
            f"{_VARIABLE}={_BACKEND}, or import compare_gan_tf2.api before keras"
        )


_choose_backend()
