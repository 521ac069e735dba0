"""Steps of the product against numbers of the original programs, and the command that compares them."""

import json
import pathlib
import shutil
import sys

import numpy as np
import pytest
from slow_cases import slow_unless

from benchmarks import oracle_parity
from benchmarks.oracle_cases import Case, Comparison, compared
from compare_gan_tf2.gans import ali, bigan, cyclegan, stylegan2

GOLDEN = pathlib.Path(__file__).parent / "golden" / "oracle_parity"
NAMES = ("ali", "bigan", "cyclegan_resnet32", "sg2_train_16_mixing_random_noise")
FOLDERS = ("latent_systems", "image_to_image", "style_based")


@pytest.fixture
def command(monkeypatch, capsys):
    """command(folder) -> exit code, lines."""

    def run(folder):
        monkeypatch.setattr(sys, "argv", ["oracle_parity", str(folder)])
        code = oracle_parity.main()
        return code, capsys.readouterr().out.splitlines()

    return run


# CycleGAN and StyleGAN2 trace slowly.
@pytest.mark.parametrize("name", slow_unless(lambda name: not name.startswith(("cyclegan", "sg2")), NAMES))
def test_the_steps_are_the_originals(name):
    comparison = compared(Case.read(GOLDEN / f"{name}.json"))
    assert comparison.is_ok and comparison.count > 90, comparison.text


def test_the_scores_of_clusterings_are_the_definitions():
    comparison = compared(Case.read(GOLDEN / "cluster_scores.json"))
    assert comparison.is_ok and comparison.count > 70, comparison.text


# Case, the type's file, a sign in it, and what it is turned into.
SIGNS = [
    ("bigan", bigan, "tf.nn.softplus(-real)", "tf.nn.softplus(real)"),
    ("bigan", bigan, "tf.nn.softplus(-fake)", "tf.nn.softplus(fake)"),
    ("ali", ali, "mean + tf.exp", "mean - tf.exp"),
    ("cyclegan_resnet32", cyclegan, "Term(distance(ba(fake_b), a), cycle)", "Term(distance(ba(fake_b), a), -cycle)"),
    ("sg2_train_16_mixing_random_noise", stylegan2, "= self.options.r1_interval", "= -self.options.r1_interval"),
    ("sg2_train_16_mixing_random_noise", stylegan2, "weight = self.options.path", "weight = -self.options.path"),
]


@pytest.mark.parametrize(("name", "module", "right", "wrong"), slow_unless(lambda sign: sign[0] == "bigan", SIGNS))
def test_a_wrong_sign_in_a_types_file_fails_its_case(name, module, right, wrong, monkeypatch):
    source = pathlib.Path(module.__file__).read_text(encoding="utf-8")
    assert source.count(right) == 1
    broken = dict(vars(module))
    exec(compile(source.replace(right, wrong), module.__file__, "exec"), broken)
    monkeypatch.setattr(module, "Gan", broken["Gan"])
    assert not compared(Case.read(GOLDEN / f"{name}.json")).is_ok


def _copied(folder, name, **changes):
    said = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8")) | changes
    (folder / f"{name}.json").write_text(json.dumps(said), encoding="utf-8")
    shutil.copy(GOLDEN / f"{name}.npz", folder / f"{name}.npz")


def test_the_command_prints_a_line_per_case_and_fails_with_the_first_that_does(tmp_path, command):
    _copied(tmp_path, "bigan")
    _copied(tmp_path, "ali", system="a system of the future")
    (tmp_path / "notes.json").write_text("{}")
    code, lines = command(tmp_path)
    assert code == 0 and len(lines) == 2 and lines[0].startswith("bigan: ") and lines[0].endswith(" ok")
    assert lines[1] == "1 compared, 0 failed, 1 not built yet: ali (there is no a system of the future)"
    values = json.loads((GOLDEN / "bigan.json").read_text())["values"]
    (tmp_path / "bigan.npz").unlink()
    _copied(tmp_path, "bigan", values=values | {"step2/eg/loss": 0.7})
    code, lines = command(tmp_path)
    assert code == 1 and lines[0].endswith("at step2/eg/loss FAIL"), lines
    (tmp_path / "bigan.npz").write_bytes(b"no numbers")
    code, lines = command(tmp_path)
    assert code == 1 and lines[0].endswith(" FAIL") and lines[0].startswith("bigan: ")


def test_a_folder_without_a_case_fails(tmp_path, command):
    code, lines = command(tmp_path)
    assert code == 1 and lines == [f"{tmp_path} holds no case: no NAME.json with a NAME.npz beside it"]


def test_a_comparison_knows_the_largest_share_of_what_is_allowed():
    comparison = Comparison()
    assert not comparison.is_ok
    comparison.close("one", [1.0, 2.0], [1.0, 2.1], atol=0.2)
    comparison.close("two", 1.0, 1.001, rtol=0.1)
    assert comparison.is_ok and comparison.count == 3 and comparison.text == "largest error 1.0e-01 of 2.0e-01 at one"
    comparison.close("three", np.nan, 1.0, atol=1e9)
    assert not comparison.is_ok and comparison.text.endswith("at three")
    for worse in (lambda other: other.close("shape", [1.0], [[1.0]], atol=1.0),
                  lambda other: other.equal_names("names", {"a"}, {"a", "b"})):  # fmt: skip
        other = Comparison(count=1, share=0.0)
        worse(other)
        assert not other.is_ok


@pytest.mark.slow
@pytest.mark.parametrize("folder", FOLDERS)
def test_all_cases_that_are_there(folder, repository, command):
    place = repository.parent / "shared/oracle" / folder
    if not place.is_dir():
        pytest.skip("the originals' numbers are not beside the checkout")
    code, lines = command(place)
    assert code == 0 and any(line.endswith(" ok") for line in lines), lines
