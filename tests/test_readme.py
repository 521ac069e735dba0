"""The README's example works as it stands and is short."""

import re
import subprocess
import sys

from compare_gan_tf2 import components


def test_the_example_runs(repository, tmp_path):
    (example,) = re.findall(r"```python\n(.*?)```", (repository / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(example.splitlines()) <= 30
    done = subprocess.run([sys.executable, "-c", example], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "(16, 28, 28, 1)" in done.stdout and "'state': 'done', 'step': 20" in done.stdout


def test_the_readme_counts_the_metrics_that_compare_gan_list_shows(repository):
    text = (repository / "README.md").read_text(encoding="utf-8")
    said = re.search(r"(\d+) metrics \((\d+) of sets.*?, (\d+) of images.*?,\s+(\d+) of the model\)", text, re.DOTALL)
    numbers = [len(components.names(kind)) for kind in ("metrics", "paired_metrics", "model_metrics")]
    assert said and [int(each) for each in said.groups()] == [sum(numbers), *numbers]
