"""TF Hub 0.16.1 without pkg_resources.

`import tensorflow_hub` compares versions by `pkg_resources.parse_version`, and setuptools 82 removed pkg_resources
(tensorflow/hub#934). setup.py asks for an older setuptools, for the sake of plain imports; this module serves an
environment that has a newer one all the same. Drop both once a release of tensorflow-hub imports without pkg_resources.
"""

import importlib
import sys
import types
import warnings

from packaging import version

_MISSING = "pkg_resources"


def load():
    """Returns the module `tensorflow_hub`."""
    try:
        with warnings.catch_warnings():  # of setuptools before 82, to those who import it
            warnings.filterwarnings("ignore", message=f"{_MISSING} is deprecated")
            return importlib.import_module("tensorflow_hub")
    except ModuleNotFoundError as error:
        if error.name != _MISSING:
            raise
    stand_in = types.ModuleType(_MISSING)
    stand_in.parse_version = version.parse
    sys.modules[_MISSING] = stand_in
    try:
        return importlib.import_module("tensorflow_hub")
    finally:
        del sys.modules[_MISSING]
