"""The way through the code is one-way: who may import whom."""

import ast

import pytest

# Package -> what of ours its files may import; prefixes of module names.
ALLOWED = {
    "losses": ("losses",),
    "penalties": ("penalties",),
    "normalizations": ("normalizations", "state"),
    "weight_normalizations": ("state",),
    "augmentations": ("augmentations",),
    "latents": (),
    "state": (),
    "replicas": (),
    "optimizers": (),
    "precision": (),
    "recomputation": (),
    "processor": (),
    "architectures": (
        "architectures", "components", "options", "errors", "precision", "processor", "recomputation", "state",
    ),
    "samples": (),
    "neighbours": ("neighbours", "samples"),
    "metrics": ("metrics", "neighbours", "samples"),
    "model_metrics": ("components", "datasets", "extractors", "model_metrics", "polygons", "progress", "samples"),
    "extractors": ("compat", "extractors", "datasets", "files", "errors", "processor", "progress"),
    "references": ("datasets", "extractors", "files", "progress", "samples"),
    "scoring": ("components", "datasets", "errors", "extractors", "options", "progress", "references", "samples"),
    "gans": (
        "gans", "architectures", "components", "datasets", "errors", "latents", "moving_average", "optimizers",
        "options", "penalties", "precision", "recomputation", "replicas", "state",
    ),
    "polygons": (),
    "options": ("components", "datasets", "errors", "old_names", "options", "refusals"),
    "old_weights": ("checkpoints", "claims", "errors", "files", "gans", "old_weights", "options"),
    "refusals": ("architectures", "datasets"),
    "experiments": ("components", "errors", "experiments", "files", "options", "results", "tasks"),
    "standing_statistics": ("gans", "latents", "state"),
    "old_names": ("components", "errors"),
    "components": ("errors",),
    "tasks": ("components", "errors", "files", "options"),
    "results": ("errors", "files"),
    "claims": ("errors",),
}  # fmt: skip


def _imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _ours(path):
    prefix = "compare_gan_tf2."
    return {name.removeprefix(prefix) for name in _imports(path) if name.startswith(prefix)}


@pytest.mark.parametrize("room", ALLOWED)
def test_a_room_opens_only_into_the_rooms_it_may(room, repository):
    package = repository / "compare_gan_tf2"
    files = [package / f"{room}.py"] if (package / f"{room}.py").exists() else list((package / room).glob("*.py"))
    assert files
    for path in files:
        for name in _ours(path):
            assert name.split(".")[0] in ALLOWED[room], f"{path.name} imports {name}"


def test_nobody_imports_the_commands_and_only_compat_works_around_others(repository):
    for folder in ("compare_gan_tf2", "datasets", "hub_export"):
        for path in (repository / folder).rglob("*.py"):
            if "commands" not in path.parts:
                assert not any(name.startswith("commands") for name in _ours(path)), path
            # The examples are what a stranger runs, who has nothing of ours.
            if not {"compat", "examples"} & set(path.relative_to(repository).parts):
                others = {name.split(".")[0] for name in _imports(path)}
                assert not others & {"tensorflow_gan", "tensorflow_hub", "pkg_resources"}, path


def test_the_mounted_folders_have_no_init(repository):
    assert not (repository / "datasets/__init__.py").exists() and not (repository / "hub_export/__init__.py").exists()
