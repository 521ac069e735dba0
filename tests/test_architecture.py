"""The way through the code is one-way: every module has a floor, and imports go down or stay on it."""

import ast
import functools
import pathlib

import pytest

# From the lowest to the highest; a name is a module or a folder of the package.
FLOORS = (
    "__init__ claims components display errors files npz processes progress unfinished",
    "compat datasets options runtime",
    "architectures augmentations losses normalizations penalties weight_normalizations",
    "gans",
    "task_folder",
    "extractors hub_export metrics model_metrics paired_metrics training",
    "compare_gan_v3 evaluation style_weights",
    "studies",
    "reports",
    "api commands experiments searches tasks",
)
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names.split()}
PACKAGE = "compare_gan_tf2"
# setup.py makes them folders of the package; they lie beside it in a checkout.
MOUNTED = ("datasets", "hub_export")


def modules(root):
    """Every module of the package: (path, its name as a tuple of parts, without the package's own)."""
    found = [(path, path.relative_to(root / PACKAGE)) for path in (root / PACKAGE).rglob("*.py")]
    found += [(path, path.relative_to(root)) for folder in MOUNTED for path in (root / folder).rglob("*.py")]
    # The examples are what a stranger runs, who has nothing of ours.
    return [(path, name.with_suffix("").parts) for path, name in found if "examples" not in name.parts]


@functools.cache
def imports(path, name):
    """Absolute dotted names that a module imports anywhere in it, relative imports spelled out."""
    own, found = [PACKAGE, *name], []
    waiting = [ast.parse(path.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            # A package's own __init__ is one of its modules here, so one dot is its folder for it as for the others.
            start = ".".join(own[: -node.level]) if node.level else ""
            module = ".".join(filter(None, (start, node.module)))
            found += [f"{module}.{alias.name}" for alias in node.names]
        # Only statements hold imports: expressions, which most nodes are, are left out.
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(node, part, ())
            waiting += inner if isinstance(inner, list) else ()
    return found


def complaints(root):
    """One line for everything that is not as it should be."""
    for path, name in modules(root):
        if name[0] not in FLOOR:
            yield f"{name[0]} has no floor"
            continue
        for imported in imports(path, name):
            package, _, rest = imported.partition(".")
            if package != PACKAGE or not rest:
                continue
            parts = rest.split(".")
            floor = FLOOR.get(parts[0], 0)
            if floor > FLOOR[name[0]]:
                yield f"{'.'.join(name)} imports {rest}, which is {floor - FLOOR[name[0]]} floors above it"
            private = [part for part in parts if part.startswith("_") and not part.startswith("__")]
            if private and parts[0] != name[0]:
                yield f"{'.'.join(name)} imports {rest}, which is private to {parts[0]}"


def test_every_module_has_a_floor_and_imports_only_from_below_or_beside(repository):
    assert list(complaints(repository)) == []


@pytest.mark.parametrize(
    ("module", "line", "complaint"),
    [
        ("losses/sub/deep.py", "from compare_gan_tf2.gans import base", "losses.sub.deep imports gans.base"),
        ("losses/near.py", "from ..training import loop", "losses.near imports training.loop"),
        ("losses/near.py", "from .. import api", "losses.near imports api"),
        ("gans/__init__.py", "from ..training import loop", "gans.__init__ imports training.loop"),
        ("api.py", "from .gans._inside import it", "private to gans"),
        ("api.py", "def late():\n    from compare_gan_tf2.gans import _inside", "private to gans"),
        ("attic/__init__.py", "", "attic has no floor"),
    ],
)
def test_what_goes_up_or_is_private_is_seen(module, line, complaint, tmp_path):
    path = tmp_path / PACKAGE / pathlib.Path(module)
    path.parent.mkdir(parents=True)
    path.write_text(line + "\n")
    assert any(complaint in found for found in complaints(tmp_path))


def test_nobody_imports_the_commands_and_only_compat_works_around_others(repository):
    for path, name in modules(repository):
        names = set(imports(path, name))
        if name[0] != "commands":
            assert not any(each.startswith(f"{PACKAGE}.commands") for each in names), path
        if name[0] != "compat":
            others = {each.split(".")[0] for each in names}
            assert not others & {"tensorflow_gan", "tensorflow_hub", "pkg_resources"}, path


def test_the_mounted_folders_have_no_init(repository):
    assert not any((repository / folder / "__init__.py").exists() for folder in MOUNTED)
