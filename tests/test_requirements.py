"""requirements.lock has what setup.py asks for: exact versions, each with hashes."""

import ast
import os
import re
import subprocess
import sys

import pytest
from packaging.requirements import Requirement


@pytest.fixture(scope="module")
def wanted(repository):
    """Requirements of an installation with the extra for tests."""
    calls = [node for node in ast.walk(ast.parse((repository / "setup.py").read_text())) if isinstance(node, ast.Call)]
    (call,) = (node for node in calls if getattr(node.func, "id", "") == "setup")
    given = {each.arg: each.value for each in call.keywords}
    texts = [*ast.literal_eval(given["install_requires"]), *ast.literal_eval(given["extras_require"])["test"]]
    return [Requirement(text) for text in texts]


@pytest.fixture(scope="module")
def locked(repository):
    """Blocks of the file, one a package and version: (requirement, hashes)."""
    text = (repository / "requirements.lock").read_text()
    blocks = re.split(r"\n(?=[a-z])", re.sub(r"^ *#.*\n", "", text, flags=re.MULTILINE).strip())
    return [(Requirement(block.split(" \\")[0]), re.findall("--hash=sha256:([0-9a-f]{64})", block)) for block in blocks]


def test_what_is_asked_for_is_locked_in_an_allowed_version(wanted, locked):
    versions = {}
    for requirement, _ in locked:
        (exact,) = requirement.specifier
        assert exact.operator == "=="
        versions.setdefault(requirement.name.replace("_", "-"), []).append(exact.version)
    for requirement in wanted:
        found = versions.get(requirement.name.replace("_", "-"), [])
        assert found and all(requirement.specifier.contains(version) for version in found), (
            f"{requirement}: locked is {found or 'nothing'}; run: bash bin/lock.sh"
        )


def test_every_package_has_hashes(locked):
    assert len(locked) > 40 and all(hashes for _, hashes in locked)


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_each_python_has_one_version_of_each_package(locked, python):
    environment = {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": "linux"}
    names = [each.name for each, _ in locked if each.marker is None or each.marker.evaluate(environment)]
    assert len(names) == len(set(names)) and {"tensorflow", "numpy", "pytest"} <= set(names)


@pytest.mark.parametrize("script", ["lock.sh", "quickstart.sh", "run_tests.sh"])
def test_wrong_words_for_a_script_are_one_line(repository, script):
    for words, line in (
        (["--python", "no-such-python", "--env", "/nonexistent/of this test"], "no-such-python is not a Python 3.11"),
        (["--python"], "--python needs a value"),
    ):
        done = subprocess.run(
            ["bash", repository / "bin" / script, *words], capture_output=True, text=True, check=False,
            env={**os.environ, "HOME": "/nonexistent"},
        )  # fmt: skip
        assert done.returncode == 2 and line in done.stderr.splitlines()[0], done.stderr
    assert subprocess.run(["bash", repository / "bin" / script, "--help"], capture_output=True).returncode == 0


@pytest.mark.parametrize(("version", "is_told"), [((3, 11, 3), True), ((3, 11, 4), False), ((3, 14, 0), True)])
def test_pythons_that_do_not_work_are_told_before_anything_is_made(repository, tmp_path, version, is_told):
    pretender = tmp_path / "python"
    pretender.write_text(
        f"#!/bin/sh\nexec {sys.executable} -c 'import sys; sys.version_info = {version}; exec(sys.argv[1])' \"$2\"\n"
    )
    pretender.chmod(0o755)
    done = subprocess.run(
        ["bash", repository / "bin/quickstart.sh", "--python", pretender, "--env", "/dev/null/environment"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0 and ("(3.11.4 or later), 3.12 or 3.13" in done.stderr) is is_told, done.stderr


def test_the_quickstart_prints_the_scores_once(repository):
    """The command that trains, scores and exports prints them; `--command=show` would print them again."""
    script = (repository / "bin/quickstart.sh").read_text(encoding="utf-8")
    assert script.count("--command=all") == 1 and "--command=show" not in script
    assert [f"{step}/4" in script for step in (1, 2, 3, 4)] == [True] * 4 and "/5" not in script
