"""Finds components by name: the folder is the table, a component's name is its file's name.

Nothing here imports a component before it is asked for, so names and their one-line descriptions come without
TensorFlow. To add a component, add a file; its first docstring line is its entry in every list.
"""

from __future__ import annotations

import ast
import difflib
import functools
import importlib
import importlib.util
import pathlib
from collections.abc import Iterable
from types import ModuleType
from typing import Any

from compare_gan_tf2.errors import UserError

# Kind of component -> what a file of that kind defines; a file that does not define the first of it helps the others.
KINDS: dict[str, tuple[str, ...]] = {
    "architectures": ("generator", "discriminator"),
    "augmentations": ("augment", "ADAPTS"),
    "datasets": (),  # One of _DATA_SETS.
    "experiments": ("tasks",),
    "extractors": ("OPTIONS", "check", "has_logits", "load"),
    "gans": ("Gan",),
    "losses": ("discriminator", "generator", "GENERATOR_SEES_REAL", "WHOLE_BATCH"),
    "metrics": ("metric", "DEFAULT", "LEAST_SAMPLES", "LOWER_IS_BETTER", "NEEDS", "PROTOCOL"),
    "model_metrics": ("applies", "metric", "APPLIES_TO", "COST", "DEFAULT", "LOWER_IS_BETTER", "PROTOCOL"),
    "normalizations": ("Normalization",),
    "penalties": ("discriminator", "generator", "STATE"),
    "weight_normalizations": ("WeightNormalization",),
}
_SINGULAR = {
    "architectures": "architecture",
    "augmentations": "augmentation",
    "datasets": "data set",
    "experiments": "experiment",
    "extractors": "extractor",
    "gans": "GAN type",
    "losses": "loss",
    "metrics": "metric",
    "model_metrics": "metric",
    "normalizations": "normalisation",
    "penalties": "penalty",
    "weight_normalizations": "weight normalisation",
}
# A data set's file defines DATASET, or `named` for a family whose members have a second name (lsun/bedroom), or both.
_DATA_SETS = ("DATASET", "named")


def _folder(kind: str) -> pathlib.Path:
    if kind not in KINDS:
        raise UserError(unknown("kind of component", kind, KINDS))
    spec = importlib.util.find_spec(f"compare_gan_tf2.{kind}")
    if spec is None or not spec.submodule_search_locations:
        raise UserError(f"compare_gan_tf2.{kind} is not installed; run: pip install -e . in the checkout")
    return pathlib.Path(next(iter(spec.submodule_search_locations)))


@functools.cache
def names(kind: str) -> tuple[str, ...]:
    """Known names of a kind, sorted; nothing is imported."""
    entries = set(KINDS[kind][:1] or _DATA_SETS)
    paths = (path for path in _folder(kind).glob("*.py") if not path.stem.startswith("_"))
    return tuple(sorted(path.stem for path in paths if entries & _defined(path)))


def _defined(path: pathlib.Path) -> set[str]:
    """Names that a file defines at its top level, or imports there from another component."""
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.ImportFrom):
            found |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Assign):
            found |= {name.id for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return found


def description(kind: str, name: str) -> str:
    """The first line of a component's docstring, read without importing it."""
    source = (_folder(kind) / f"{name}.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]


def constant(kind: str, name: str, constant_name: str) -> Any:
    """A literal that a component's file assigns to a name at its top level, read without importing it.

    Raises:
        LookupError: if it assigns none.
    """
    tree = ast.parse((_folder(kind) / f"{name}.py").read_text(encoding="utf-8"))
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if any(isinstance(target, ast.Name) and target.id == constant_name for target in targets):
            return ast.literal_eval(node.value)  # type: ignore[attr-defined]
    raise LookupError(f"{kind}/{name}.py does not define {constant_name}")


def load(kind: str, name: str) -> ModuleType:
    """The module of a component.

    Raises:
        UserError: if there is none of that name; the message lists the known ones and the nearest.
    """
    if name not in names(kind):
        raise UserError(unknown(kind, name, names(kind)))
    return importlib.import_module(f"compare_gan_tf2.{kind}.{name}")


def unknown(what: str, name: object, known: Iterable[object]) -> str:
    """One line that says a name does not exist, which ones do, and which was probably meant."""
    names_of_all = sorted(map(str, known))
    given = str(name).lower()
    begin = [known_name for known_name in names_of_all if len(given) > 2 and known_name.startswith(given)]
    near = begin or difflib.get_close_matches(given, names_of_all, n=1)
    hint = f", did you mean {near[0]!r}?" if near else ";"
    return f"unknown {_SINGULAR.get(what, what)} {name!r}{hint} known: {', '.join(names_of_all)}"
