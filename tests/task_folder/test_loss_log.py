"""What was measured is still there when a training goes on."""

import json

import pytest

from compare_gan_tf2.task_folder.loss_log import JSONL, Measurements

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
