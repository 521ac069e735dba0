"""Sheets of captions: a row of pictures for each, of modules that make pictures of captions."""

import json

import numpy as np
import pytest
import tensorflow as tf
from hub_export.test_translate import _read

from compare_gan_tf2.commands import sample as command
from compare_gan_tf2.hub_export import load as loading


class Painter(tf.Module):
    """A module whose pictures have the first number of a caption in red, and of latents in green."""

    def __init__(self, length=24, dtype="uint8"):
        super().__init__()
        takes = {
            "z": {"shape": [2], "dtype": "float32", "range": None, "distribution": "uniform"},
            "caption": {"shape": [length], "dtype": dtype, "range": None},
        }
        gives = {"generate": {"shape": [4, 4, 3], "dtype": "float32", "range": [0, 1]}}
        self.abilities = tf.Variable(json.dumps({"generate": {"takes": takes, "gives": gives}}))
        self.options = tf.Variable(json.dumps({"dataset": "polygon_caption:20", "gan": "text_to_image"}))
        self.given = []

    def generate(self, z, caption):
        self.given.append(caption.numpy())
        red = tf.cast(caption[:, 0], tf.float32) / 255.0
        colors = tf.stack([red, 0.5 + 0.5 * z[:, 0], 0.0 * red], 1)
        return tf.broadcast_to(colors[:, None, None], [len(z), 4, 4, 3])


@pytest.fixture
def sample(monkeypatch, tmp_path, capsys):
    """Calls the command in a folder of its own; gives exit code, lines printed and lines of errors."""
    monkeypatch.chdir(tmp_path)

    def called(module, *words):
        monkeypatch.setattr(loading, "load", lambda place, cache_dir=None: module)
        code = command.main(["compare_gan_sample", "module", "--kind=captions", *words])
        said = capsys.readouterr()
        return code, said.out.splitlines(), [line for line in said.err.splitlines() if line.startswith("error: ")]

    return called


def test_a_row_shows_a_caption_and_pictures_of_one_column_have_the_same_latents(sample, tmp_path):
    (tmp_path / "said.txt").write_text("a red square\n\nblue\n", encoding="utf-8")
    code, lines, _ = sample(Painter(), "--captions=said.txt", "--columns=3")
    assert code == 0 and lines == ["written: samples-captions.png"]
    pictures = _read(tmp_path / "samples-captions.png")[:, -14:]
    assert pictures.shape == (9, 14, 3)
    assert (pictures[:4, :4, 0] == ord("a")).all() and (pictures[5:, 5:9, 0] == ord("b")).all()
    np.testing.assert_array_equal(pictures[:4, ..., 1], pictures[5:, ..., 1])
    assert len({int(pictures[0, left, 1]) for left in (0, 5, 10)}) == 3
    assert (_read(tmp_path / "samples-captions.png")[:, :-14] < 128).any()  # what the captions say
    again = Painter()
    assert sample(again, "--captions=a red square", "--output=one.png", "--seed=1")[0] == 0
    assert bytes(again.given[0][0]) == b"a red square".ljust(24, b"\0") and len(again.given[0]) == 8


@pytest.mark.slow
def test_captions_are_those_of_the_test_split_if_none_are_given(sample):
    module = Painter(length=48)
    code, _, errors = sample(module, "--count=3")
    assert code == 0, errors
    said = [bytes(each[0]).rstrip(b"\0").decode() for each in module.given]
    assert len(set(said)) == 3 and all(text.startswith("a ") for text in said)


def test_a_module_of_vectors_takes_those_of_a_file(sample, tmp_path):
    np.savez(tmp_path / "v.npz", vectors=np.array([[255.0, 0, 0], [0, 0, 0]]), names=np.array(["one", "two"]))
    module = Painter(3, "float32")
    assert sample(module, "--captions=v.npz", "--columns=2")[0] == 0
    assert [each.tolist() for each in module.given] == [[[255.0, 0, 0]] * 2, [[0.0, 0, 0]] * 2]


@pytest.mark.parametrize(
    ("module", "words", "said"),
    [
        (Painter(), (f"--captions={'a' * 25}",), "the module reads 24 characters"),
        (Painter(), ("--captions= ",), "there is no caption in ' '"),
        (Painter(), ("--labels=1",), "--labels has no effect with --kind=captions"),
        (Painter(), ("--kind=grid", "--captions=a"), "--captions has no effect with --kind=grid"),
        (Painter(), ("--kind=grid",), "the module makes images of captions, and not of latents alone; --kind=captions"),
        (Painter(3, "float32"), (), "--captions names an .npz file"),
        (Painter(3, "float32"), ("--captions=a",), "--captions is an .npz file with vectors"),
        (Painter(3, "float32"), ("--captions=v.npz",), "has vectors of shape [1, 2], and the module takes [N, 3]"),
        (tf.Module(), (), "the module makes no pictures of captions; its abilities are: none"),
    ],
)
def test_mistakes_are_one_line(sample, tmp_path, module, words, said):
    np.savez(tmp_path / "v.npz", vectors=np.zeros((1, 2)))
    code, _, (error,) = sample(module, *words)
    assert code == 2 and said in error and not (tmp_path / "samples-captions.png").exists()
