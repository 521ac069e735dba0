"""BiGAN, ALI, CycleGAN and StyleGAN2 as their users have them: 50 steps, a kill, replicas, half precision, a module.

A module is used by a process of an environment that has TensorFlow and TensorFlow Hub alone. It is made once, in the
folder of temporary files.
"""

import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
from importlib import metadata

import pytest
from programs import run_program
from programs.killed_trainings import MODULE, OUTPUTS, TYPES

# Of the exporting process: other versions may round otherwise.
PACKAGES = [f"{name}=={metadata.version(name)}" for name in ("tensorflow", "tensorflow_hub")]
STRANGER = """
import importlib.util, sys
import numpy, tensorflow_hub
assert importlib.util.find_spec("compare_gan_tf2") is None
module, stored = tensorflow_hub.load(sys.argv[1]), numpy.load(sys.argv[2])
names = sorted({name.partition("/")[0] for name in stored.files})
for name in names:
    inputs = [stored[each] for each in stored.files if each.startswith(name + "/in/")]
    made = module(*inputs) if name == "generate" else getattr(module, name)(*inputs)
    numpy.testing.assert_array_equal(made, stored[name + "/out"], err_msg=name)
print(*names)
"""
ABILITIES = {
    "ali": "encode generate reconstruct", "bigan": "encode generate reconstruct",
    "cyclegan": "cycle translate_ab translate_ba", "stylegan2": "generate map mix synthesize truncate",
}  # fmt: skip


@pytest.fixture(scope="module")
def strangers_python():
    """Python of an environment that has TensorFlow and TensorFlow Hub alone."""
    versions = "-".join(each.partition("==")[2] for each in PACKAGES)
    place = pathlib.Path(tempfile.gettempdir()) / f"tensorflow_hub_alone-{platform.python_version()}-{versions}"
    if not place.is_dir():
        begun = place.with_name(f"{place.name}.{os.getpid()}")
        try:
            subprocess.run([sys.executable, "-m", "venv", begun], check=True)
            command = [begun / "bin/python", "-m", "pip", "install", "-q", "--no-compile", *PACKAGES]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                pytest.skip(f"pip cannot install TensorFlow: {done.stderr.strip().splitlines()[-1]}")
            begun.rename(place)
        finally:
            shutil.rmtree(begun, ignore_errors=True)
    return place / "bin/python"


@pytest.mark.slow
@pytest.mark.parametrize("gan", TYPES)
def test_a_type_lives_through_a_kill_replicas_half_precision_and_export(gan, tmp_path, strangers_python):
    said = run_program("killed_trainings", "whole_life", gan, tmp_path).split()
    assert said == ["resumed", "replicated", "halved", "exported"]
    command = [strangers_python, "-c", STRANGER, tmp_path / MODULE, tmp_path / OUTPUTS]
    environment = {"PATH": "/usr/bin", "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=environment)
    assert done.stdout.strip() == ABILITIES[gan], done.stderr[-3000:]
