"""What `--dry_run` says of the memory of a step, phase by phase, and that it refuses what will not fit."""

import pytest

from compare_gan_tf2.commands import _estimate, run_one_task
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.options import Options
from compare_gan_tf2.runtime.distribution import create
from compare_gan_tf2.task_folder import tasks

GROWING = {
    "gan": "pggan", "dataset": "fake:cifar10", "width": 0.01, "z_dim": 3, "batch_size": 4, "training_steps": 12,
    "growing_from": 8, "growing_stable_kimg": 0.008, "growing_fade_kimg": 0.008, "growing_batch_sizes": "16:2",
}  # fmt: skip
MB = 1_000_000


class _Stepper:
    """Takes no steps; what it is asked is noted."""

    needed, taken = {}, []

    def __init__(self, gan, strategy):
        self._gan = gan

    def planned_memory(self, batches, first):
        return self.needed[self._gan.schedule.at(first + 1).side]

    def run(self, batches, count, first):
        self.taken.append(self._gan.schedule.at(first + 1).side)

    def too_large(self):
        return "the device's memory is too small"


def test_the_first_phase_that_will_not_fit_is_refused_before_it_is_tried(monkeypatch):
    monkeypatch.setattr(_estimate, "Stepper", _Stepper)
    monkeypatch.setattr(_estimate.memory, "available", lambda: 100 * MB)
    gan, strategy = build(Options.from_dict(GROWING), trains=False), create("one_device")
    monkeypatch.setattr(_Stepper, "needed", {8: 5 * MB, 16: 50 * MB, 32: 99 * MB})
    monkeypatch.setattr(_Stepper, "taken", [])
    phases = _estimate._phases(gan, strategy, 0, 12)
    assert [phase.steps for phase in phases] == [3, 7, 2]
    for phase, side, planned in zip(phases, (8, 16, 32), (5, 50, 99), strict=True):
        assert phase.said.startswith(f"phase {side} x {side}: steps ")
        assert f"about {planned} MB for the tensors of a step" in phase.said
    monkeypatch.setattr(_Stepper, "needed", {8: 5 * MB, 16: 101 * MB, 32: 99 * MB})
    monkeypatch.setattr(_Stepper, "taken", [])
    with pytest.raises(UserError) as caught:
        _estimate._phases(gan, strategy, 0, 12)
    line = str(caught.value)
    assert line.startswith(
        "phase 16 x 16: steps 4 to 10 (the first 2 fade it in), 2 images each, 14 in all: the device"
    )
    assert line.endswith("its tensors take about 101 MB, and 100 MB are free") and set(_Stepper.taken) == {8}


@pytest.mark.slow
@pytest.mark.parametrize("changes", [{}, {"growing_from": 0}])
def test_a_dry_run_says_the_memory_of_every_phase_and_writes_nothing_of_what_does_not_fit(
    changes, tmp_path, monkeypatch, capsys
):
    options = Options.from_dict(GROWING | {"extractor": "pixels", "metrics": "fid"} | changes)
    tasks.write(tmp_path, [tasks.Task(0, "test", options)])
    words = ["run_one_task", f"--workdir={tmp_path}", "--task_num=0", "--dry_run", f"--cache_dir={tmp_path / 'cache'}"]
    assert run_one_task.main(words) == 0
    said = [line for line in capsys.readouterr().out.splitlines() if "MB for the tensors of a step" in line]
    assert len(said) == (1 if changes else 3)
    assert all(line.startswith("memory: about " if changes else "phase ") for line in said)
    monkeypatch.setattr(_estimate.memory, "available", lambda: 1000)
    assert run_one_task.main(words) == 2
    line = capsys.readouterr().err
    assert "the device's memory is too small for this step" in line and "growing_batch_sizes" in line
    assert ("phase 8 x 8: steps 1 to 3" in line) != bool(changes)
