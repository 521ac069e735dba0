"""What is said of the machine."""

import pathlib

import tensorflow as tf

from compare_gan_tf2 import processor


def test_a_machine_without_a_gpu_has_only_its_processor():
    assert processor.is_alone() == (not tf.config.list_physical_devices("GPU"))


def test_the_processor_is_described_by_its_first_core(monkeypatch, tmp_path):
    about = tmp_path / "cpuinfo"
    cores = "processor\t: {}\nmodel name\t: Some Processor {}\nflags\t\t: fpu amx_bf16 amx_tile\nbugs\t\t: none\n\n"
    about.write_text("".join(cores.format(core, core) for core in range(2)))
    for path, flags, model in (
        (about, {"fpu", "amx_bf16", "amx_tile"}, "Some Processor 0"), (pathlib.Path("/nowhere"), set(), None),
    ):  # fmt: skip
        monkeypatch.setattr(processor, "_ABOUT", path)
        processor._field.cache_clear()
        assert processor.flags() == flags
        assert model is None or processor.model() == model
    processor._field.cache_clear()
