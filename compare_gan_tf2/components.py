"""Finds components by name: the folder is the table, a component's name is its file's name.

Nothing here imports a component before it is asked for, so names, their one-line descriptions and facts come without
TensorFlow. To add a component, add a file; its first docstring line is its entry in every list, and what the rest of
the package must know of it before it is imported are its facts: constants with literal values in that file.
"""

from __future__ import annotations

import ast
import difflib
import functools
import importlib
import importlib.util
import pathlib
import types
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any, get_args

from compare_gan_tf2.errors import UserError

# Kind of component -> what a file of that kind defines; a file that does not define the first of it helps the others.
KINDS: dict[str, tuple[str, ...]] = {
    "architectures": ("generator", "discriminator"),
    "augmentations": ("augment",),
    "datasets": (),  # One of _DATA_SETS.
    "experiments": ("tasks",),
    "extractors": ("OPTIONS", "check", "has_logits", "load"),
    "gans": ("Gan",),
    "losses": ("discriminator", "generator"),
    "metrics": ("metric", "PROTOCOL"),
    "model_metrics": ("applies", "metric", "APPLIES_TO", "COST", "PROTOCOL"),
    "normalizations": ("Normalization",),
    "paired_metrics": ("measure", "PROTOCOL"),
    "penalties": ("discriminator", "generator"),
    "weight_normalizations": ("WeightNormalization",),
}
# Kind of component -> its facts, explained in the docstring of the kind's folder: a type where every file states the
# fact, else the value that holds where a file does not state it.
FACTS: dict[str, dict[str, Any]] = {
    "architectures": {
        "ANY_SIZE_FROM": 0,
        "ATTENTION": {},
        "BLOCKS": {},
        "DISCRIMINATOR_NORMALIZES": True,
        "HONORS": (),
        "IMPLIES": {},
        "JOINS_LABELS": False,
        "NAMES_SIDES": False,
        "REFERENCE_LABELS": "none",
        "REFERENCE_SIDE": 0,
        "REFERENCE_VERSIONS": (),
        "REQUIRES": {},
        "SIDES": (),
        "SIDES_DIVISIBLE_BY": 1,
    },
    "augmentations": {"ADAPTS": bool, "HAS_PIPE": False, "INTERVAL": 1},
    "experiments": {"RECIPE": {}},
    "extractors": {"READS_FILE": False},
    "gans": {
        "ABILITIES": {"generate": (("z",), "images")},
        "AUGMENTS": False,
        "COMPARES_RECONSTRUCTIONS": True,
        "DRAWN": ("z", "seed"),
        "FROZEN": (),
        "HAS_LOGITS": True,
        "HAS_STEPS": True,
        "HAS_TARGET": False,
        "HONORS": (),
        "IMPLIES": {},
        "IMPLIES_OF_CONDITIONAL": {},
        "LEAST_BATCH": 1,
        "MODEL": "generative adversarial network",
        "NETWORKS": ("generator", "discriminator"),
        "PROJECTS_LABELS": False,
        "READS_LABELS": False,
        "REQUIRES": {},
        "SCHEDULES_AUGMENTATION": False,
        "TELLS_CLASSES": False,
    },
    "losses": {"GENERATOR_SEES_REAL": bool, "HAS_TARGET": bool, "THRESHOLD": float | None, "WHOLE_BATCH": bool},
    "metrics": {"DEFAULT": bool, "LEAST_SAMPLES": int, "LOWER_IS_BETTER": bool | dict, "NEEDS": tuple},
    "model_metrics": {"DEFAULT": bool, "LOWER_IS_BETTER": bool | dict},
    "paired_metrics": {
        "CHANNELS": (),
        "COLUMNS": (),
        "LEAST_SIDE": 1,
        "LOWER_IS_BETTER": bool | dict,
        "NEEDS": tuple,
        "READS_FILE": False,
    },
    "penalties": {"STATE": tuple, "WHOLE_BATCH": bool},
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
    "normalizations": "normalization",
    "paired_metrics": "paired metric",
    "penalties": "penalty",
    "weight_normalizations": "weight normalization",
}
# Networks that GAN types of image to image build, and those that restore images.
_TRANSLATORS = (
    "content_encoder", "domain_translator", "latent_translator", "noisy_translator", "set_translator", "translator",
)  # fmt: skip
_RESTORERS = ("context_filler", "hole_filler", "upscaler")
# What makes a file a component, where that is not the first of what its kind defines. An architecture's networks may be
# ones that only some GAN types build.
ENTRIES = {"architectures": (
    "generator", "growing_generator", "mixing_generator", "pyramid_generator", "style_generator",
    "text_generator", *_TRANSLATORS, *_RESTORERS,
)}  # fmt: skip
# Options beyond which an unknown one is not answered with all.
_MOST_LISTED = 40
# A data set's file defines DATASET, or `named` for a family whose members have a second name (lsun/bedroom), or both.
_DATA_SETS = ("DATASET", "named")


@functools.cache
def _files(kind: str) -> dict[str, pathlib.Path]:
    """The files that may be components of a kind, by name."""
    if kind not in KINDS:
        raise UserError(unknown("kind of component", kind, KINDS))
    spec = importlib.util.find_spec(f"compare_gan_tf2.{kind}")
    if spec is None or not spec.submodule_search_locations:
        raise UserError(f"compare_gan_tf2.{kind} is not installed; run: pip install -e . in the checkout")
    # The first folder on the package's path has precedence, as in Python's imports.
    folders = [pathlib.Path(place) for place in reversed(list(spec.submodule_search_locations))]
    paths = (path for folder in folders for path in folder.glob("*.py"))
    return {path.stem: path for path in paths if not path.stem.startswith("_")}


@functools.cache
def names(kind: str) -> tuple[str, ...]:
    """Known names of a kind, sorted; nothing is imported."""
    files = _files(kind)
    entries = set(ENTRIES.get(kind) or KINDS[kind][:1] or _DATA_SETS)
    return tuple(sorted(name for name, path in files.items() if entries & _defined(path)))


def _parsed(path: pathlib.Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def _defined(path: pathlib.Path) -> frozenset[str]:
    """Names that a file defines at its top level, or imports there from another component."""
    found: set[str] = set()
    for node in _parsed(path).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.ImportFrom):
            found |= {alias.asname or alias.name for alias in node.names}
        else:
            found |= {name.id for target in _targets(node) for name in ast.walk(target) if isinstance(name, ast.Name)}
    return frozenset(found)


def _targets(node: ast.stmt) -> list[ast.expr]:
    """What a statement assigns to; nothing for one that is no assignment."""
    if isinstance(node, ast.Assign):
        return node.targets
    return [node.target] if isinstance(node, ast.AnnAssign) else []


def description(kind: str, name: str) -> str:
    """The first line of a component's docstring, read without importing it."""
    return (ast.get_docstring(_parsed(_path(kind, name))) or "").partition("\n")[0]


def documentation(kind: str, name: str) -> str:
    """The docstrings of a component's file and of what it defines for its kind, without importing it."""
    module = _parsed(_path(kind, name))
    parts = [ast.get_docstring(module) or ""]
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in KINDS[kind]:
            said = ast.get_docstring(node)
            parts += [f"{node.name}: {said}"] if said else []
    return "\n\n".join(parts)


def defines(kind: str, name: str, wanted: str) -> bool:
    """Whether a component's file has a function, class or constant of a name, seen without importing it."""
    return wanted in _defined(_path(kind, name))


@functools.cache
def facts(kind: str, name: str) -> Mapping[str, Any]:
    """The facts of a component by name (`FACTS`), read without importing it; not to be changed.

    Raises:
        UserError: if there is no such component, or its file lacks a fact that every file of its kind states, or states
            one that is no literal, has another type, or has nearly the name of a fact.
    """
    path, known = _path(kind, name), FACTS.get(kind, {})
    found: dict[str, Any] = {}
    for fact, node in _constants(_parsed(path)):
        near = difflib.get_close_matches(fact, known, n=1, cutoff=0.8)
        if near and fact not in (*known, *KINDS[kind]):
            raise UserError(f"{path}: {fact} is no fact of {kind}, did you mean {near[0]}?")
        if fact in known:
            found[fact] = _literal(path, fact, node, known[fact])
    for fact, value in known.items():
        if fact not in found and _is_type(value):
            raise UserError(f"{path} does not state {fact}, as every file of {kind} must ({_words(value)})")
    return types.MappingProxyType({fact: found.get(fact, value) for fact, value in known.items()})


def rescan() -> None:
    """Forgets which files there are and what they say: after a folder was added to the `__path__` of a kind's package.

    So components can lie in a folder of one's own: `compare_gan_tf2.losses.__path__.append(folder)`.
    """
    for function in (_files, names, _defined, facts):
        function.cache_clear()


def _constants(module: ast.Module) -> Iterable[tuple[str, ast.expr]]:
    """Names in capitals that a module assigns to at its top level, and the expressions."""
    for node in module.body:
        for target in _targets(node):
            value = getattr(node, "value", None)
            if isinstance(target, ast.Name) and target.id.isupper() and value is not None:
                yield target.id, value


def _literal(path: pathlib.Path, fact: str, node: ast.expr, known: Any) -> Any:
    """The value of a fact, of the type of the one that is known, or of the type that is."""
    wanted = known if _is_type(known) else type(known)
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError):
        raise UserError(
            f"{path}: {fact} must be a literal, for it is read without importing the file; it is {ast.unparse(node)}"
        ) from None
    # Exactly, because True is an int, too.
    if type(value) not in (get_args(wanted) or (wanted,)):
        raise UserError(f"{path}: {fact} is {value!r}; it must be of type {_words(wanted)}")
    return value


def _is_type(value: Any) -> bool:
    return isinstance(value, type | types.UnionType)


def _words(wanted: Any) -> str:
    return wanted.__name__ if isinstance(wanted, type) else str(wanted)


def _path(kind: str, name: str) -> pathlib.Path:
    if name not in names(kind):
        raise UserError(unknown(kind, name, names(kind)))
    return _files(kind)[name]


def load(kind: str, name: str) -> ModuleType:
    """The module of a component.

    Raises:
        UserError: if there is none of that name; the message lists the known ones and the nearest.
    """
    _path(kind, name)
    return importlib.import_module(f"compare_gan_tf2.{kind}.{name}")


def unknown(what: str, name: object, known: Iterable[object]) -> str:
    """One line that says a name does not exist, which ones do, and the nearest one (of options the nearest three)."""
    names_of_all = sorted(map(str, known))
    given = str(name).lower()
    wanted = 3 if what == "option" else 1
    begin = [known_name for known_name in names_of_all if len(given) > 2 and known_name.startswith(given)]
    similar = difflib.get_close_matches(given, names_of_all, n=wanted, cutoff=0.45 if what == "option" else 0.6)
    near = list(dict.fromkeys((*begin, *similar)))[:wanted]
    hint = f", did you mean {' or '.join(map(repr, near))}?" if near else ";"
    if what == "option" and len(names_of_all) > _MOST_LISTED:
        return f"unknown option {name!r}{hint} `compare_gan_list options` shows all"
    return f"unknown {_SINGULAR.get(what, what)} {name!r}{hint} known: {', '.join(names_of_all)}"
