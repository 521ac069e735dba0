"""What was measured is still there when a training goes on."""

import json

import pytest

from compare_gan_tf2.task_folder.loss_log import JSONL, Measurements, measured

LINES = [json.dumps({"step": step, "d_loss": step / 7}) + "\n" for step in range(10, 210, 10)]


def _resumed(folder, content, step, more=()):
    """The lines after a training went on from a step and measured more."""
    path = folder / JSONL
    path.write_bytes(content)
    measurements = Measurements(folder, step)
    for number in more:
        measurements.write(number, {"d_loss": number / 7})
    measurements.close()
    return path.read_text().splitlines(keepends=True)


@pytest.mark.parametrize("bit", [0, 1, 3, 4, 7])
@pytest.mark.parametrize("position", [0, 4, 14, -1, -2])
def test_a_damaged_line_costs_no_other_line(tmp_path, caplog, bit, position):
    damaged = bytearray(LINES[4].encode())
    damaged[position] ^= 1 << bit
    content = "".join(LINES[:4]).encode() + bytes(damaged) + "".join(LINES[5:]).encode()
    found = _resumed(tmp_path, content, 200)
    lost = set(LINES) - set(found)
    assert lost <= {LINES[4], LINES[5] if position == -1 else LINES[4]}
    if len(found) < len(LINES):
        assert f"{tmp_path / JSONL}: line 5 is damaged" in caplog.text


def test_the_last_newline_may_be_missing(tmp_path):
    text = "".join(LINES).encode()
    glued = "".join(_resumed(tmp_path, text[:-1], 200, more=[210])).encode()
    assert len(glued.splitlines()) == 21 and glued.startswith(text)
    assert _resumed(tmp_path, glued, 210)[:20] == LINES


def test_what_comes_after_the_checkpoint_and_half_a_line_at_the_end_go_without_a_word(tmp_path, caplog):
    content = "".join(LINES).encode()[:-5]
    assert _resumed(tmp_path, content, 100) == LINES[:10] and not caplog.text
    assert _resumed(tmp_path, b"[" * 9000 + b"\n" + content, 30) == LINES[:3] and "line 1" in caplog.text


def test_tensorboard_has_each_step_once_after_a_kill(tmp_path):
    import tensorflow as tf

    first = Measurements(tmp_path, 0)
    for step in (10, 20, 30, 40):
        first.write(step, {"loss/d": step / 7})
    first.flush()  # and no end
    (path,) = (tmp_path / "tensorboard").iterdir()
    with path.open("ab") as file:
        file.write(b"\x99" + bytes(20))  # half a record
    again = Measurements(tmp_path, 20)
    for step in (30, 40, 50):
        again.write(step, {"loss/d": step / 7})
    again.close()
    steps = []
    for each in sorted((tmp_path / "tensorboard").iterdir()):
        records = [tf.compat.v1.Event.FromString(record.numpy()) for record in tf.data.TFRecordDataset(str(each))]
        steps += [event.step for event in records if event.summary.value]
    assert steps == [10, 20, 30, 40, 50]
    assert [line["step"] for line in measured(tmp_path, 40)] == [10, 20, 30, 40]
    first.close()
