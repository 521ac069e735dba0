"""The README's example works as it stands and is short."""

import re
import subprocess
import sys


def test_the_example_runs(repository, tmp_path):
    (example,) = re.findall(r"```python\n(.*?)```", (repository / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(example.splitlines()) <= 30
    done = subprocess.run([sys.executable, "-c", example], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "(16, 28, 28, 1)" in done.stdout and "'state': 'done', 'step': 20" in done.stdout
