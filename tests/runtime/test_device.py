"""What is said of the machine."""

import platform
import types

import pytest
import tensorflow as tf

from compare_gan_tf2.runtime import device


@pytest.mark.parametrize(("kinds", "alone"), [(["CPU"], True), (["CPU", "CPU"], True), (["CPU", "GPU"], False)])
def test_a_machine_with_an_accelerator_has_not_only_its_processor(monkeypatch, kinds, alone):
    devices = [types.SimpleNamespace(device_type=kind) for kind in kinds]
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda: devices)
    assert device.is_alone() == alone


@pytest.fixture
def about(monkeypatch, tmp_path):
    """What the system says of its processors, to be written."""
    monkeypatch.setattr(device, "_ABOUT", tmp_path / "cpuinfo")
    monkeypatch.setattr(platform, "processor", lambda: "another name")
    device._field.cache_clear()
    yield tmp_path / "cpuinfo"
    device._field.cache_clear()


def test_the_processor_is_described_by_its_first_core(about):
    core = "processor\t: {}\nmodel name\t: Some Processor {}\nflags\t\t: fpu amx_bf16 amx_tile\nbugs\t\t: none\n\n"
    about.write_text("".join(core.format(number, number) for number in range(2)))
    assert device.flags() == {"fpu", "amx_bf16", "amx_tile"} and device.model() == "Some Processor 0"


def test_what_is_not_said_of_the_processor_is_empty_or_asked_elsewhere(about):
    assert device.flags() == set() and device.model() == "another name"
    device._field.cache_clear()
    about.write_text("model name\t:\nflags\t\t: fpu\n")
    assert device.flags() == {"fpu"} and device.model() == "another name"
