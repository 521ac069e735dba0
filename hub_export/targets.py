"""What a picture is to become, by name: a domain, or attributes, of modules that translate between several."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.errors import UserError

# Inputs of abilities that say what a picture is to become: one of several domains, or a number for each attribute.
TARGETS = ("target_labels", "target_attributes")
_CLASSIFY = "classify"
_VALUES = {"0": 0.0, "1": 1.0, "-1": 0.0, "false": 0.0, "true": 1.0}


class Wish:
    """What all pictures of a call are to become.

    Args:
        module: a loaded one.
        ability: that takes a target.
        text: the name of a domain, or its number; or names of attributes with values, "blond=1,young=0".

    Raises:
        UserError: for names or values that there are not.
    """

    def __init__(self, module: Any, ability: str, text: str):
        takes = json.loads(module.abilities.numpy())[ability]["takes"]
        self.input = next(name for name in TARGETS if name in takes)
        self._module, about = module, takes[self.input]
        names = [str(each) for each in about.get("names", ())]
        self._asked: dict[int, float] = {}
        self._domain = -1
        if self.input == TARGETS[0]:
            self._domain = _place(text.strip(), names, "domain")
        else:
            self._names = names or [str(place) for place in range(about["shape"][0])]
            self._asked = dict(_attribute(word, self._names) for word in text.split(","))

    def of_picture(self, inputs: np.ndarray) -> tf.Tensor:
        """The target [1] or [1, A] of a picture float32 [1, H, W, C] as its network takes it.

        Attributes that are not named stay as the module's own `classify` sees them in the picture; of those that
        exclude each other (option exclusive of the training) all others go where one is asked for.
        """
        if self.input == TARGETS[0]:
            return tf.constant([self._domain], tf.int32)
        found = np.zeros(len(self._names), np.float32)
        if len(self._asked) < len(self._names) and hasattr(self._module, _CLASSIFY):
            (seen,) = getattr(self._module, _CLASSIFY)(tf.constant(inputs)).numpy()
            found = (seen > 0.5).astype(np.float32)
        for group in self._groups():
            if any(self._asked.get(place) == 1.0 for place in group):
                found[list(group)] = 0.0
        for place, value in self._asked.items():
            found[place] = value
        return tf.constant(found[None])

    def _groups(self) -> list[list[int]]:
        """Attributes that exclude each other."""
        options = json.loads(self._module.options.numpy()) if hasattr(self._module, "options") else {}
        words = [word.strip() for word in str(options.get("exclusive", "")).split(",")]
        return [[self._names.index(word) for word in words if word in self._names]]


def names_of(about: Mapping[str, Any]) -> Sequence[str]:
    """Names of the domains or attributes that an ability takes as a target; () if they are not said."""
    found: Mapping[str, Any] = next((about["takes"][name] for name in TARGETS if name in about["takes"]), {})
    names: Sequence[str] = found.get("names", ())
    return names


def _place(word: str, names: Sequence[str], what: str) -> int:
    if word in names:
        return names.index(word)
    if word.isdecimal() and int(word) < len(names):
        return int(word)
    raise UserError(components.unknown(what, word, names) if names else f"the module does not name its {what}s")


def _attribute(text: str, names: Sequence[str]) -> tuple[int, float]:
    name, sign, value = (part.strip() for part in text.partition("="))
    if not sign or value.lower() not in _VALUES:
        raise UserError(f"--to has {text.strip()!r}; attributes are asked for as NAME=1 or NAME=0, with commas between")
    return _place(name, names, "attribute"), _VALUES[value.lower()]
