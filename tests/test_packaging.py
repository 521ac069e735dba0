"""The wheel takes one top-level name only, brings the two mounted folders, and leaves other people's names alone."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest

CHECKOUT = pathlib.Path(__file__).resolve().parents[1]
SOURCES = ("setup.py", "pyproject.toml", "LICENSE", "NOTICE", "README.md", "bin", "compare_gan_tf2")
MOUNTED = ("datasets", "hub_export")
# As setup.py declares them.
COMMANDS = re.findall(r'"compare_gan_(\w+) = compare_gan_tf2\.commands\.', (CHECKOUT / "setup.py").read_text())


def python(*arguments, cwd, **environment):
    """Returns what `python *arguments` prints; fails with its standard error."""
    result = subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout.strip()


def modules(folder):
    return {path.name for path in (CHECKOUT / folder).glob("*.py")}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Path of a wheel, built without the network from a copy: setuptools builds inside the folder that it is given."""
    tree = tmp_path_factory.mktemp("tree")
    ignore = shutil.ignore_patterns("__pycache__")
    for name in (*SOURCES, *MOUNTED):
        source = CHECKOUT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=ignore)
        elif source.exists():
            shutil.copy(source, tree / name)
    out = tmp_path_factory.mktemp("wheel")
    python("-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", out, tree, cwd=out)
    (path,) = out.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def names(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_the_only_top_level_name_is_ours(names):
    top = {name.split("/")[0] for name in names}
    assert {name for name in top if not name.endswith((".dist-info", ".data"))} == {"compare_gan_tf2"}
    assert all(name.startswith("compare_gan_tf2-") for name in top - {"compare_gan_tf2"})


@pytest.mark.parametrize("folder", MOUNTED)
def test_the_mounted_folders_are_in_the_wheel_and_are_no_packages_of_their_own(names, folder):
    in_wheel = {name.rpartition("/")[2] for name in names if name.startswith(f"compare_gan_tf2/{folder}/")}
    assert modules(folder)
    assert in_wheel >= modules(folder)
    assert "__init__.py" not in in_wheel | modules(folder)


def test_the_wheel_has_every_module_and_data_file(names):
    package = CHECKOUT / "compare_gan_tf2"
    pages = [path for path in package.glob("reports/page/*.*") if path.suffix in (".html", ".css", ".js")]
    assert pages
    files = [*package.rglob("*.py"), *package.glob("extractors/weights/*.npz"), package / "py.typed", *pages]
    assert {path.relative_to(CHECKOUT).as_posix() for path in files} <= set(names)


def test_the_wheel_has_the_commands_and_the_licence(wheel, names):
    with zipfile.ZipFile(wheel) as archive:
        (entry_points,) = (name for name in names if name.endswith("entry_points.txt"))
        text = archive.read(entry_points).decode()
    for command in COMMANDS:
        assert f"compare_gan_{command} = compare_gan_tf2.commands." in text
        assert os.access(CHECKOUT / "bin" / f"compare_gan_{command}", os.X_OK)
    assert any(name.endswith(".data/scripts/prepare_datasets.sh") for name in names)
    assert {"LICENSE", "NOTICE"} <= {name.rpartition("/")[2] for name in names}


def test_an_index_shows_no_link_that_leads_nowhere(wheel, names):
    """Links and pictures of the checkout are absolute, or text."""
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        text = archive.read(metadata).decode()
    assert "# compare_gan_tf2" in text and "[google/compare_gan](https://" in text
    assert not re.findall(r"\]\((?!https?://)", text)
    for line in ("Author: ", "Keywords: ", "Project-URL: ", "Classifier: Programming Language :: Python :: 3.13"):
        assert f"\n{line}" in text


def test_the_sdist_has_docs_tests_and_benchmarks(tmp_path):
    """Made from a copy of few files, as MANIFEST.in says."""
    for name in (
        "setup.py",
        "pyproject.toml",
        "MANIFEST.in",
        "README.md",
        "LICENSE",
        "CITATION.cff",
        "requirements.lock",
    ):
        shutil.copy(CHECKOUT / name, tmp_path)
    kept = ("docs/scores.md", "docs/systems/aae.md", "docs/results/quickstart.png", "tests/test_packaging.py",
            "benchmarks/metrics.py", "bin/run_tests.sh", "datasets/mnist.py", "hub_export/save.py",
            "compare_gan_tf2/__init__.py", "compare_gan_tf2/py.typed")  # fmt: skip
    for name in kept:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CHECKOUT / name, tmp_path / name)
    code = "from setuptools import build_meta; print(build_meta.build_sdist('dist'))"
    archive = tmp_path / "dist" / python("-c", code, cwd=tmp_path).splitlines()[-1]
    with tarfile.open(archive) as members:
        names = {name.partition("/")[2] for name in members.getnames()}
    assert {*kept, "CITATION.cff", "requirements.lock"} <= names


def test_the_citation_has_the_version():
    version = re.search(r'^__version__ = "(.+)"$', (CHECKOUT / "compare_gan_tf2/__init__.py").read_text(), re.MULTILINE)
    assert f"\nversion: {version[1]}\n" in (CHECKOUT / "CITATION.cff").read_text()


def test_an_installed_wheel_serves_the_mounted_folders(wheel, tmp_path):
    site = tmp_path / "site packages"
    python("-m", "pip", "install", "--no-deps", "--no-index", "--target", site, wheel, cwd=tmp_path)
    code = (
        "import compare_gan_tf2 as package, compare_gan_tf2.datasets.catalog as catalog;"
        "import compare_gan_tf2.hub_export as hub_export;"
        "print(package.__file__, catalog.__file__, *hub_export.__path__, sep='\\n')"
    )
    printed = python("-c", code, cwd=tmp_path, PYTHONPATH=str(site)).splitlines()
    installed = ("__init__.py", "datasets/catalog.py", "hub_export")
    assert printed == [str(site / "compare_gan_tf2" / name) for name in installed]


def test_hugging_faces_datasets_is_found_from_the_checkout(tmp_path):
    other = tmp_path / "datasets" / "__init__.py"
    other.parent.mkdir()
    other.write_text("")
    code = "import datasets; print(datasets.__file__)"
    assert python("-c", code, cwd=CHECKOUT, PYTHONPATH=str(tmp_path)) == str(other)


def test_the_mounted_folders_are_found_from_the_checkout():
    code = "import compare_gan_tf2.datasets.catalog as c; print(c.__file__)"
    assert python("-c", code, cwd=CHECKOUT) == str(CHECKOUT / "datasets" / "catalog.py")
