"""A cache in JSON is what was written, or is made anew."""

import pytest

from compare_gan_tf2.files import checked_json, from_checked_json

CONTENT = {
    "format": 3,
    "left_out": {"größe/ä\udcff.png": "it is cut"},
    "sizes": {"32": 4},
    "size": [32, 32],
    "none": None,
}


def test_content_comes_back():
    assert from_checked_json(checked_json(CONTENT)) == CONTENT
    assert from_checked_json(checked_json({"sides": {9: 1, 10: 2}})) == {"sides": {"9": 1, "10": 2}}


def test_any_damage_is_seen():
    text = checked_json(CONTENT)
    for bit in range(8 * len(text)):
        damaged = bytearray(text)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ValueError):
            from_checked_json(bytes(damaged))
    for other in (b"", b"[]", b"{}", b"3", text[:-1], text[: len(text) // 2], b"[" * 100000, b'{"format": 3}'):
        with pytest.raises(ValueError):
            from_checked_json(other)
