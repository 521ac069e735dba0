"""Pictures of exported modules: what is on them, the same bytes again, and one line for every mistake."""

import io
import pathlib

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from slow_cases import slow_unless

from compare_gan_tf2.commands import sample as command
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.gans.base import build
from compare_gan_tf2.hub_export import load as loading
from compare_gan_tf2.hub_export import sample, save
from compare_gan_tf2.options import Options
from compare_gan_tf2.task_folder import checkpoints, grids

TASKS = {
    "grey": {"dataset": "triangles", "width": 0.1, "z_dim": 8},
    "classes": {
        "dataset": "cifar10", "architecture": "dcgan", "width": 0.05, "z_dim": 8, "conditional": True,
        "g_normalization": "conditional_batch", "z_distribution": "normal",
    },
}  # fmt: skip


@pytest.fixture(scope="module", params=slow_unless(lambda name: name == "classes", TASKS))
def exported(request, tmp_path_factory):
    """An untrained task's module: its name, its archive, and itself."""
    folder = tmp_path_factory.mktemp(request.param)
    options = Options.from_dict(TASKS[request.param])
    gan = build(options, trains=False)
    for number, variable in enumerate(gan.generator.trainable_variables):
        variable.assign_add(0.2 * tf.random.stateless_normal(variable.shape, [number, 5]))
    checkpoints.save(folder / "task", 3, gan.evaluated_parts(), options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(save, "_check_elsewhere", lambda folder, probes: None)
        archive = save.export(folder / "task", output=folder / "module.tar.gz")
    return request.param, archive, loading.load(archive, cache_dir=folder / "cache")


class Fake:
    """A module without a network: its images show label and latents in their pixels."""

    def __init__(self, shape=(2, 3, 3), names=(), distribution="uniform"):
        self.z_dim, self.num_classes = tf.constant(4), tf.constant(len(names))
        self.z_distribution, self.image_shape = tf.constant(distribution), tf.constant(shape)
        self.class_names = tf.constant(names, tf.string)
        self.calls = []

    def __call__(self, z, labels=None):
        self.calls.append((int(tf.shape(z)[0]), None if labels is None else labels.numpy().tolist()))
        values = tf.concat([z, z * z, 1 - z], 1)[:, : int(tf.reduce_prod(self.image_shape))]
        values = tf.pad(values, [[0, 0], [0, int(tf.reduce_prod(self.image_shape)) - values.shape[1]]])
        if labels is not None:
            values = tf.cast(labels[:, tf.newaxis], tf.float32) / 100 + values / 10
        return tf.reshape(tf.clip_by_value(values, 0, 1), [-1, *self.image_shape.numpy()])

    def generate(self, n, seed=0, labels=-1, truncation=0.0):
        z = tf.random.stateless_uniform([n, 4], [seed, 0], -1.0, 1.0)
        if isinstance(labels, int):
            labels = tf.random.stateless_uniform([n], [seed, 1], 0, max(int(self.num_classes), 1), tf.int32)
        return self(z, tf.constant(labels)) if self.num_classes > 0 else self(z)


@pytest.fixture
def fakes(monkeypatch, tmp_path):
    """Modules that the command finds under their names, in a folder of its own."""
    there = {
        "plain": Fake(),
        "pets": Fake(names=("cat", "dog", "fish, gold")),
        "many": Fake(names=tuple(f"n{i}" for i in range(50))),
        "points": Fake(shape=(1, 1, 2), names=("a", "b")),
        "other": tf.Module(),
        "old": tf.Module(),
        "broken": Fake(distribution="normal"),
    }
    there["old"].prune = None
    there["broken"].generate = lambda *_, **__: tf.constant([[[[np.nan]]]])
    monkeypatch.setattr(loading, "load", lambda place, cache_dir=None: there[place])
    monkeypatch.chdir(tmp_path)
    return there


def _run(*words):
    return command.main(["compare_gan_sample", *map(str, words)])


def _picture(path):
    return tf.io.decode_image(pathlib.Path(path).read_bytes()).numpy()


def test_every_kind_comes_out_of_an_archive_in_the_same_bytes_twice(exported, tmp_path, monkeypatch, capsys):
    name, archive, module = exported
    monkeypatch.chdir(tmp_path)
    there = {(str(archive), "cache"): module}
    monkeypatch.setattr(loading, "load", lambda place, cache_dir: there[str(place), str(cache_dir)])
    side, colors = (28, 1) if name == "grey" else (32, 3)
    wanted = {
        "samples-grid.png": (["--count=6", "--columns=4"], (2, 4)),
        "samples-interpolation.png": (["--kind=interpolation", "--count=3", "--steps=5"], (3, 5)),
        "samples-files": (["--kind=files", "--count=3", "--seed=2"], None),
    }
    if name == "classes":
        wanted["samples-classes.png"] = (["--kind=classes", "--columns=2", "--labels=ship,0,cat"], (3, 2))
        wanted["one.png"] = (["--labels=cat", "--truncation=0.5", "--count=1", "--output=one.png"], (1, 1))
    for place, (words, cells) in wanted.items():
        contents = []
        for _ in range(2):
            assert _run(archive, "--cache_dir=cache", *words) == 0
            assert f"written: {place}" in capsys.readouterr().out
            files = sorted(pathlib.Path(place).iterdir()) if cells is None else [pathlib.Path(place)]
            contents.append([file.read_bytes() for file in files])
            for file in files:
                rows, columns = cells or (1, 1)
                assert _picture(file).shape == (rows * (side + 1) - 1, columns * (side + 1) - 1, colors)
                file.rename(tmp_path / "before")
        assert contents[0] == contents[1]
        assert [file.name for file in files] == (["00000.png", "00001.png", "00002.png"] if cells is None else [place])


def test_samples_are_those_of_generate(exported):
    name, _, module = exported
    labels = [4, 1] if name == "classes" else []
    given = {"labels": tf.constant([4, 1, 4, 1, 4])} if labels else {}
    ours = sample.samples(module, 5, seed=9, labels=labels, truncation=0.7)
    theirs = module.generate(5, seed=9, truncation=0.7, **given)
    np.testing.assert_array_equal(ours, theirs)
    assert ours.std(axis=0).max() > 1e-3, "the images must differ for their equality to mean something"
    np.testing.assert_array_equal(sample.samples(module, 5, seed=3), module.generate(5, seed=3))
    two = sample.samples(module, 70, seed=2**31 - 1)
    np.testing.assert_array_equal(two[64:], module.generate(6, seed=2**31 - 1 + 2**32))
    assert module.generate.experimental_get_tracing_count() == 1


def test_interpolations_lead_from_one_image_to_the_other_with_the_old_weights(exported):
    name, _, module = exported
    labels = [4, 1] if name == "classes" else []
    ways = sample.interpolation(module, 2, steps=3, seed=5, labels=labels)
    assert ways.shape[:2] == (2, 3)
    given = {"labels": tf.constant([4, 4, 1, 1])} if labels else {}
    ends = module.generate(4, seed=5, **given).numpy()
    np.testing.assert_allclose(ways[:, [0, 2]].reshape(ends.shape), ends, atol=1e-6)
    z = sample._latents(sample.facts(module).prior, 4, 5, 0.0)
    middle = (z[0::2] + z[1::2]) / (np.sqrt(2) if name == "classes" else 2)
    inputs = [tf.constant(middle, tf.float32)] + ([tf.constant(labels)] if labels else [])
    np.testing.assert_allclose(ways[:, 1], module(*inputs), atol=1e-6)


def test_normal_latents_keep_their_variance_on_the_way():
    seen = []

    class Listening(Fake):
        def __call__(self, z, labels=None):
            seen.append(z.numpy())
            return super().__call__(z, labels)

    sample.interpolation(Listening(shape=(2, 2, 1), distribution="normal"), 500, steps=4)
    deviations = np.concatenate(seen).reshape(500, 4, 4).std(axis=(0, 2))
    np.testing.assert_allclose(deviations, 1.0, atol=0.06)


def test_at_most_64_images_are_made_at_a_time_and_no_two_batches_are_alike():
    module = Fake(names=("a", "b", "c"))
    made = sample.samples(module, 150, labels=[2, 0])
    assert [size for size, _ in module.calls] == [64, 64, 22]
    assert sum((labels for _, labels in module.calls), []) == [2, 0] * 75
    assert len(np.unique(made.reshape(150, -1), axis=0)) == 150
    next_seed = sample.samples(module, 150, seed=1, labels=[2, 0])
    assert len(np.unique(np.concatenate([made, next_seed]).reshape(300, -1), axis=0)) == 300
    module.calls.clear()
    sample.interpolation(module, 10, steps=8)
    assert [size for size, _ in module.calls] == [64, 16]
    assert sum((labels for _, labels in module.calls), []) == list(np.repeat([0, 1, 2, 0, 1, 2, 0, 1, 2, 0], 8))


def test_rows_of_classes_have_the_same_latents_and_are_the_first_twenty():
    module = Fake(names=tuple(f"n{i}" for i in range(50)))
    sheet = sample.class_sheet(module, columns=3)
    assert sheet.shape == (20 * 3 - 1, 3 * 4 - 1, 3)
    assert [labels for _, labels in module.calls] == [[label] * 3 for label in range(20)]
    z = module.generate(3, seed=0, labels=tf.constant([7, 7, 7])).numpy()
    np.testing.assert_array_equal(sample.class_sheet(module, [7], columns=3), grids.grid(z, 3))


def test_labels_are_numbers_or_names():
    about = sample.facts(Fake(names=("cat", "dog", "fish, gold")))
    for text, labels in {"2": (2,), "dog": (1,), "dog, 0,cat": (1, 0, 0), "fish, gold": (2,)}.items():
        assert sample.parse_labels(text, about) == labels


def test_a_word_is_a_name_before_it_is_a_number_alone_and_among_others():
    about = sample.facts(Fake(names=("1", "2", "3", "1,2")))
    for text, labels in {"1": (0,), "2,1": (1, 0), "1,2": (3,), "0": (0,), "0,3": (0, 2), "1, 2": (0, 1)}.items():
        assert sample.parse_labels(text, about) == labels
    for text in ("4", "1,4", ""):
        with pytest.raises(UserError, match="no class"):
            sample.parse_labels(text, about)
    # Python's labels are numbers, whatever the names are.
    with pytest.raises(UserError, match="no class '4'"):
        sample.samples(Fake(names=("4", "5")), labels=[4])


def test_one_class_comes_as_a_folder_of_pictures(fakes, tmp_path):
    assert _run("pets", "--kind=files", "--labels=dog", "--count=70", "--output=dogs") == 0
    made = sorted((tmp_path / "dogs").iterdir())
    assert [file.name for file in made] == [f"{i:05}.png" for i in range(70)]
    expected = grids.to_uint8(sample.samples(Fake(names=("cat", "dog", "fish, gold")), 70, labels=[1]))
    np.testing.assert_array_equal([_picture(file) for file in made], expected)
    others = grids.to_uint8(sample.samples(Fake(names=("cat", "dog", "fish, gold")), 70, labels=[2]))
    assert (others != expected).any(axis=(1, 2, 3)).all()


def test_labels_may_be_an_array():
    module = Fake(names=("a", "b", "c"))
    expected = sample.samples(module, 5, labels=[2, 0])
    for kind in (np.int32, np.int64, np.uint8):
        np.testing.assert_array_equal(sample.samples(module, 5, labels=np.array([2, 0], kind)), expected)
        sheet = sample.class_sheet(module, np.array([2, 0], kind))
        np.testing.assert_array_equal(sheet, sample.class_sheet(module, [2, 0]))
        ways = sample.interpolation(module, 2, labels=np.array([2, 0], kind))
        np.testing.assert_array_equal(ways, sample.interpolation(module, 2, labels=[2, 0]))
    assert sample.samples(module, 5, labels=np.array([], np.int64)).shape == (5, 2, 3, 3)


def test_an_animation_goes_there_and_back(fakes, tmp_path):
    module = fakes["plain"]
    assert _run("plain", "--kind=interpolation", "--format=gif", "--count=6", "--columns=3", "--steps=5") == 0
    content = pathlib.Path("samples-interpolation.gif").read_bytes()
    with Image.open(io.BytesIO(content)) as gif:
        assert (gif.n_frames, gif.size, gif.info["loop"], gif.info["duration"]) == (8, (11, 5), 0, 100)
        frames = []
        for number in range(gif.n_frames):
            gif.seek(number)
            frames.append(np.asarray(gif.convert("RGB")))
    expected = sample.interpolation_frames(sample.interpolation(module, 6, steps=5), 3)
    np.testing.assert_array_equal(frames, expected)  # fewer than 256 colors: nothing is lost
    for back, there in ((5, 3), (6, 2), (7, 1)):
        np.testing.assert_array_equal(frames[back], frames[there])
    assert _run("plain", "--kind=interpolation", "--count=6", "--columns=3", "--steps=5", "--output=again.gif") == 0
    assert pathlib.Path("again.gif").read_bytes() == content


def test_greys_of_an_animation_are_exact_and_a_still_one_is_fine():
    frames = [np.full((4, 5, 1), grey, np.uint8) for grey in (0, 77, 200)]
    with Image.open(io.BytesIO(sample.encode_gif(frames))) as gif:
        assert gif.n_frames == 3
        for number, frame in enumerate(frames):
            gif.seek(number)
            np.testing.assert_array_equal(np.asarray(gif.convert("L")), frame[..., 0])
    with Image.open(io.BytesIO(sample.encode_gif(frames[:1]))) as gif:
        assert gif.size == (5, 4)


def test_points_of_the_plane_are_plotted(fakes):
    assert _run("points") == 0 and _picture("samples-grid.png").shape == (256, 256, 1)
    assert _run("points", "--kind=classes", "--columns=50") == 0
    assert _picture("samples-classes.png").shape == (256, 2 * 257 - 1, 1)
    assert _run("points", "--kind=interpolation") == 0
    assert _run("points", "--kind=interpolation", "--format=gif", "--steps=3") == 0


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], ["which module?"]),
        (["plain", "pets"], ["unexpected argument 'pets'"]),
        (["other"], ["not written by this version's compare_gan_export", "no generate"]),
        (["old"], ["no generate; compare_gan_import_weights takes over", "TensorFlow 1"]),
        (["plain", "--kind=classes"], ["trained without labels"]),
        (["plain", "--labels=0"], ["has no classes", "conditional=true"]),
        (["pets", "--labels=horse"], ["no class 'horse'", "0 (cat), 1 (dog), 2 (fish, gold)"]),
        (["pets", "--labels=3"], ["no class '3'", "0 (cat), 1 (dog), 2 (fish, gold)"]),
        (["pets", "--labels="], ["--labels is empty"]),
        (["pets", "--labels=0,-1"], ["no class '-1'"]),
        (["many", "--labels=x"], ["9 (n9), ... 49"]),
        (["plain", "--truncation=-1"], ["truncation"]),
        (["plain", "--truncation=nan"], ["truncation is nan"]),
        (["plain", "--count=0"], ["count"]),
        (["plain", "--columns=0"], ["columns"]),
        (["plain", "--seed=-1"], ["seed"]),
        (["plain", "--kind=film"], ["kind", "film"]),
        (["plain", "--kind=interpolation", "--steps=1"], ["steps"]),
        (["plain", "--kind=interpolation", "--columns=4"], ["--columns is for --format=gif"]),
        (["plain", "--steps=4"], ["--steps has no effect with --kind=grid"]),
        (["pets", "--kind=classes", "--count=4"], ["--count has no effect with --kind=classes"]),
        (["plain", "--format=gif"], ["for --kind=interpolation"]),
        (["plain", "--kind=files", "--format=gif"], ["for --kind=interpolation"]),
        (["plain", "--output=a.jpg"], ["has to end in .png"]),
        (["plain", "--output=a.png", "--format=gif"], ["has to end in .gif"]),
        (["plain", "--output=thesis.png"], ["is no picture"]),
        (["plain", "--output=thesis.png/a.png"], ["cannot write"]),
        (["plain", "--output=folder.png"], ["it is a folder"]),
        (["plain", "--output=~nobody-of-this-name/a.png"], ["nobody-of-this-name"]),
        (["plain", "--kind=files", "--output=folder.png"], ["there already"]),
        (["plain", "--kind=files", "--output=thesis.png/a"], ["cannot write"]),
        (["plain", "--aspect=wide"], ["--aspect is 'wide'", "4:3"]),
        (["plain", "--aspect=0:3"], ["0.01 to 100"]),
        (["plain", "--aspect=3:0"], ["0.01 to 100"]),
        (["plain", "--aspect=4:3", "--kind=interpolation"], ["--aspect has no effect", "grid and files"]),
        (["plain", "--aspect=4:3", "--inputs=folder.png"], ["--aspect does not work with --inputs"]),
        (["points", "--aspect=4:3"], ["points of the plane"]),
        (["points", "--kind=neighbors"], ["points in the plane"]),
        (["plain", "--dataset=mine"], ["dataset is an option of tasks", "to use your own pictures, give --inputs"]),
        (["broken"], ["not finite"]),
        (["points", "--kind=files"], ["points of the plane"]),
    ],
)
def test_mistakes_are_answered_in_one_line(words, expected, fakes, tmp_path, capsys):
    (tmp_path / "thesis.png").write_text("years of work")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "folder.png/mine.png").write_text("a photograph")
    before = sorted(tmp_path.rglob("*"))
    assert _run(*words) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and lines[0].startswith("error: "), lines
    assert all(word in lines[0] for word in expected), lines[0]
    assert sorted(tmp_path.rglob("*")) == before and (tmp_path / "thesis.png").read_text() == "years of work"


@pytest.mark.parametrize(("aspect", "sides"), [("3:1", (2, 6)), ("1:2", (6, 3)), ("1.5", (2, 3)), ("1", (3, 3))])
def test_pictures_have_the_aspect_that_is_asked_for(fakes, aspect, sides):
    assert _run("plain", f"--aspect={aspect}", "--count=1") == 0
    assert _run("plain", f"--aspect={aspect}", "--count=1", "--kind=files") == 0
    picture, (file,) = _picture("samples-grid.png"), pathlib.Path("samples-files").iterdir()
    assert picture.shape[:2] == sides
    np.testing.assert_array_equal(picture, _picture(file))
    as_it_is = grids.to_uint8(sample.samples(fakes["plain"], 1)[0])
    assert (sides == (2, 3)) == (picture.shape == as_it_is.shape and np.array_equal(picture, as_it_is))


def test_no_module_is_one_line_too(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert _run("nowhere") == 2
    assert "nowhere holds no module" in capsys.readouterr().err
    tf.saved_model.save(tf.Module(), "stranger")
    assert _run("stranger") == 2
    assert "not written by this version's compare_gan_export" in capsys.readouterr().err
    pathlib.Path("stranger/tfhub_module.pb").write_bytes(b"\x08\x03")
    assert _run("stranger") == 2
    assert "compare_gan_import_weights" in capsys.readouterr().err


def test_a_failure_leaves_nothing_behind_and_an_older_picture_is_replaced(fakes, tmp_path):
    (tmp_path / "samples-files").mkdir()

    def fail(*_, **__):
        raise UserError("no")

    assert _run("plain", "--count=2") == _run("plain", "--count=3") == 0
    assert _picture("samples-grid.png").shape == (2, 11, 3)
    fakes["plain"].generate = fail
    assert _run("plain", "--kind=files") == 2
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["samples-files", "samples-grid.png"]


def test_python_gets_the_same_answers_to_mistakes():
    module = Fake(names=("cat",))
    for call in (
        lambda: sample.samples(module, 0),
        lambda: sample.samples(module, labels=[1]),
        lambda: sample.samples(module, labels=[-1]),
        lambda: sample.samples(module, labels=[0.5]),
        lambda: sample.samples(module, seed=-1),
        lambda: sample.samples(module, seed=2**31),
        lambda: sample.samples(Fake(), labels=[0]),
        lambda: sample.interpolation(module, seed=-1),
        lambda: sample.class_sheet(module, seed=-1),
        lambda: sample.grid(module, columns=0),
        lambda: sample.class_sheet(module, truncation=-0.1),
        lambda: sample.interpolation(module, steps=1),
        lambda: sample.interpolation(module, 0),
        lambda: sample.interpolation_frames(np.zeros((2, 2, 4, 4, 1)), 0),
    ):
        with pytest.raises(UserError):
            call()
