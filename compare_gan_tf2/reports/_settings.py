"""The options of many tasks, those of one setting understood once however many seeds it has."""

from __future__ import annotations

import dataclasses
import json
import pathlib
from collections.abc import Mapping
from typing import Any

from compare_gan_tf2.options import EVALUATION, Options, check_values
from compare_gan_tf2.studies import settings
from compare_gan_tf2.studies.settings import SEED
from compare_gan_tf2.task_folder import score_table, tasks

# Options that a row may have otherwise than its task: of the evaluation, and places, which another machine has
# elsewhere.
_MAY_DIFFER = {SEED, *EVALUATION, "keep_checkpoints", "label_file", "networks_from", "start_from", "text_vectors"}
# Those that rows of a task share with it.
SHARED = tuple(field.name for field in dataclasses.fields(Options) if field.name not in _MAY_DIFFER)


@dataclasses.dataclass(frozen=True)
class Setting:
    """What tasks share that are repeats of one another.

    Attributes:
        options: of the first of them.
        key: of `studies.settings.setting_key`.
        canonical: its canonical options.
        texts: of its options SHARED, as rows have them.
    """

    options: Options
    key: str
    canonical: Mapping[str, Any]
    texts: tuple[str, ...]


class Settings:
    """Reads task after task."""

    def __init__(self) -> None:
        self._known: dict[str, Setting] = {}
        # Equal values once: ten thousand settings of a hundred options each take little memory.
        self._values: dict[tuple[type, Any], Any] = {}

    def read(self, workdir: pathlib.Path, number: int) -> tuple[Setting, int]:
        """The setting of a task, and its seed.

        Raises:
            UserError: if the task's file cannot be understood.
        """
        found: list[tuple[Setting, int]] = []

        def options_of(values: Mapping[str, Any]) -> Options:
            text = json.dumps({name: value for name, value in values.items() if name != SEED})
            seed = values.get(SEED)
            if text not in self._known or type(seed) is not int:
                options = Options.from_file(values)
                setting = self._known.setdefault(text, self._setting(options))
                found.append((setting, options.seed))
            else:
                check_values({SEED: seed})
                found.append((self._known[text], seed))
            return found[0][0].options  # whose seed is the first task's

        tasks.read(workdir, number, options_of)
        return found[0]

    def _setting(self, options: Options) -> Setting:
        canonical = {
            name: self._values.setdefault((type(value), value), value)
            for name, value in settings.canonical(options).items()
        }
        texts = tuple(score_table.text(getattr(options, name)) for name in SHARED)
        return Setting(options, settings.setting_key(options), canonical, texts)
