"""How long a training took is summed over the processes that trained."""

import pytest

from compare_gan_tf2.task_folder.training_time import TIME_FILE, TrainingTime, by_step


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def test_time_goes_on_from_the_checkpoint_that_a_training_goes_on_from(tmp_path):
    clock = Clock()
    first = TrainingTime(tmp_path, 0, clock)
    for step, now in ((10, 103.0), (20, 105.5), (30, 109.0)):
        clock.now = now
        first.write(step)
    clock.now = 1000.0
    second = TrainingTime(tmp_path, 20, clock)
    assert by_step(tmp_path) == {10: 3.0, 20: 5.5, 30: 9.0}
    clock.now = 1002.0
    second.write(30)
    assert by_step(tmp_path) == {10: 3.0, 20: 5.5, 30: 7.5}


@pytest.mark.parametrize("content", [None, "", "[]", '{"a": 1}', '{"10": "x"}', "\xff"])
def test_without_a_readable_file_nothing_is_known(tmp_path, content):
    if content is not None:
        (tmp_path / TIME_FILE).write_text(content, encoding="latin-1")
    assert by_step(tmp_path) == {}
