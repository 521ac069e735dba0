"""The README's example works as it stands and is short."""

import re
import subprocess
import sys

import pytest

from compare_gan_tf2 import components
from compare_gan_tf2.datasets import prepare
from compare_gan_tf2.hub_export import save


@pytest.fixture
def example(repository):
    """The README's lines of Python."""
    (found,) = re.findall(r"```python\n(.*?)```", (repository / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    return found


@pytest.mark.usefixtures("cheap_scores")
def test_the_example_is_short_and_runs(example, triangles, tmp_path, monkeypatch, capsys):
    assert len(example.splitlines()) <= 15
    # Few steps of small networks on few triangles, and without a look at the module, which takes another process.
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").symlink_to(triangles)
    monkeypatch.setattr(prepare, "prepare", lambda names, root: None)
    monkeypatch.setattr(save, "_check_elsewhere", lambda folder, probes: None)
    for as_it_stands, less in (
        ('"width": 0.25', '"width": 0.05'),
        ('"training_steps": 20', '"training_steps": 2'),
        ('"save_every_steps": 10', '"save_every_steps": 1'),
        ('"evaluation_samples": 500', '"evaluation_samples": 64'),
    ):
        assert as_it_stands in example
        example = example.replace(as_it_stands, less)
    exec(example, {"__name__": "__main__"})
    assert "(16, 28, 28, 1)" in capsys.readouterr().out


@pytest.mark.slow
def test_the_example_runs_in_a_process_of_its_own_with_all_images(example, tmp_path):
    done = subprocess.run([sys.executable, "-c", example], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "(16, 28, 28, 1)" in done.stdout and "'state': 'done', 'step': 20" in done.stdout


def test_the_readme_counts_the_metrics_that_compare_gan_list_shows(repository):
    text = (repository / "README.md").read_text(encoding="utf-8")
    counts = r"(\d+) metrics \((\d+) for sets.*?, (\d+) for images.*?,\s+(\d+) for the\s+model"
    said = re.search(counts, text, re.DOTALL)
    numbers = [len(components.names(kind)) for kind in ("metrics", "paired_metrics", "model_metrics")]
    assert said and [int(each) for each in said.groups()] == [sum(numbers), *numbers]
