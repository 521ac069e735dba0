"""The page about a GAN type of one's own: its two files, as printed there, train, score, export and translate."""

import os
import pathlib
import re
import subprocess
import sys

import numpy as np
from PIL import Image

CHECKOUT = pathlib.Path(__file__).resolve().parents[1]
# Shorter than on the page, and without a score that trains a feature extractor first.
SHORTER = {"2_000": "2", "500": "2", "0.25": "0.05", "fid,": ""}
LOADS = """
import sys, numpy as np, tensorflow_hub as hub
module = hub.load(sys.argv[1])
made = module.translate_ab(np.full([2, 32, 32, 3], 0.5, np.float32)).numpy()
assert made.shape == (2, 32, 32, 3) and 0.0 <= made.min() <= made.max() <= 1.0, made.shape
assert "compare_gan_tf2" not in sys.modules
"""


def test_both_files_of_the_page_work_as_they_are_printed(tmp_path):
    text = (CHECKOUT / "docs/own_gan_type.md").read_text(encoding="utf-8")
    of_type, program = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    for long, short in SHORTER.items():
        assert program.count(long) == 1
        program = program.replace(long, short)
    (tmp_path / "my_types").mkdir()
    (tmp_path / "my_types/simgan.py").write_text(of_type)
    (tmp_path / "refine.py").write_text(program)
    draws = np.random.default_rng(0)
    for name in ("trainA", "trainB", "testA", "testB"):
        (tmp_path / "drawings_and_photos" / name).mkdir(parents=True)
        for number in range(6):
            pixels = draws.integers(0, 256, (40, 36, 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / "drawings_and_photos" / name / f"{number}.png")

    def run(*words):
        env = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
        done = subprocess.run(
            [sys.executable, *map(str, words)], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "'l1_to_input'" in run("refine.py")
    assert list((tmp_path / "refined/samples").glob("step-*-translate_ab.png"))
    run("-c", LOADS, next((tmp_path / "refined/export").iterdir()))
