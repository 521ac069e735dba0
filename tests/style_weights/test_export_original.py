"""The script that makes arrays of official pickles, tried on pickles of the same forms that are made here."""

import collections
import json
import os
import pickle
import subprocess
import sys
import types

import numpy as np
import pytest
from style_weights.originals import case, described

from compare_gan_tf2.style_weights import describing, export_original, files


class _Module:
    """Modules that pickles name and that are gone when these are read."""

    def __init__(self, monkeypatch):
        self.monkeypatch = monkeypatch

    def make(self, name, **content):
        """A module with classes and functions that say they are of it."""
        module = types.ModuleType(name)
        for key, each in content.items():
            each.__module__, each.__qualname__, each.__name__ = name, key, key
            setattr(module, key, each)
        for end in (place for place, letter in enumerate(name) if letter == "."):
            if name[:end] not in sys.modules:
                self.monkeypatch.setitem(sys.modules, name[:end], types.ModuleType(name[:end]))
        self.monkeypatch.setitem(sys.modules, name, module)
        return module


@pytest.fixture
def modules(monkeypatch):
    """Makes modules, and `forget` removes them."""
    made = _Module(monkeypatch)
    made.forget = monkeypatch.undo
    return made


def _network_class():
    class Network:
        """Of the TensorFlow programs, as it is stored."""

        def __init__(self, name, variables, components=(), **told):
            self.stored = {
                "version": 4, "name": name, "static_kwargs": told, "components": dict(components),
                "build_module_src": "raise SystemExit('the source was run')", "build_func_name": "G",
                "variables": list(variables.items()),
            }  # fmt: skip

        def __getstate__(self):
            return self.stored

        def __setstate__(self, state):
            raise SystemExit("the class was run")

    return Network


def _of(arrays, prefix):
    return {name.removeprefix(prefix): each for name, each in arrays.items() if name.startswith(prefix)}


def _tensorflow(modules, path):
    """A pickle (G, D, Gs) of StyleGAN's form; gives the arrays."""
    network = modules.make("dnnlib.tflib.network", Network=_network_class()).Network
    easy = modules.make("dnnlib.util", EasyDict=type("EasyDict", (dict,), {})).EasyDict
    arrays = case("stylegan1_16").arrays
    of_g = _of(arrays, "G/")
    parts = {
        key: network(f"G_{key}", _of(of_g, f"G_{key}/"), fmap_max=12, fused_scale="auto")
        for key in ("synthesis", "mapping")
    }
    own = {name: each for name, each in of_g.items() if "/" not in name} | {"lod": np.float32(0.0)}
    g = network("G", own, easy(parts), label_size=0, func=print, dtype=np.float32(1.0))
    d = network("D", _of(arrays, "D/") | {"lod": np.zeros((), np.float32)}, mbstd_group_size=4)
    path.write_bytes(pickle.dumps((g, d, g), protocol=2))
    modules.forget()
    return arrays


def test_a_tuple_of_tensorflow_networks(modules, tmp_path):
    arrays = _tensorflow(modules, tmp_path / "net.pkl")
    done = subprocess.run(
        [sys.executable, files.SCRIPT, "net.pkl", "weights.npz"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "arrays: 50 of G, 21 of D, 50 of Gs; written to weights.npz\n"
    source = files.read(tmp_path / "weights.npz")
    assert source.settings["generator"] == {"label_size": 0, "dtype": 1.0}
    assert set(source.networks) == {"generator", "average", "discriminator"}
    for name, value in _of(arrays, "G/").items():
        np.testing.assert_array_equal(source.networks["average"][name], value)
    assert describing.describe(source).options == described(arrays).options


def _persistent(modules):
    """The decorator's function of the PyTorch programs; what it is called with is all that a pickle has."""

    def _reconstruct_persistent_obj(meta):
        raise SystemExit("the source was run")

    function = modules.make(
        "torch_utils.persistence", _reconstruct_persistent_obj=_reconstruct_persistent_obj
    )._reconstruct_persistent_obj

    class Stored:
        def __init__(self, state):
            self.state = state

        def __reduce__(self):
            meta = {"type": "class", "version": 6, "module_src": "import os", "class_name": "G", "state": self.state}
            return function, (meta,)

    return Stored


def _tree(values, told=()):
    """Parameters, buffers and modules of arrays by dotted names."""
    below = collections.defaultdict(dict)
    state = {"_parameters": {}, "_buffers": {"none": None}, "_modules": {}, "_init_kwargs": dict(told)}
    for name, value in values.items():
        first, dot, rest = name.partition(".")
        if dot:
            below[first][rest] = value
        else:
            state["_buffers" if first in ("w_avg", "noise_const") else "_parameters"][first] = value
    return state, below


def _pytorch(modules, path, arrays, told):
    """A pickle of a dictionary with G, D and G_ema; inner modules are of an ordinary class."""

    class Tensor:
        """Enough of one."""

        def __init__(self, value):
            self.value = value

        def __reduce__(self):
            return sys.modules["torch._utils"]._rebuild_tensor_v2, (self.value,)

    def _rebuild_tensor_v2(value):
        return _Rebuilt(value)

    modules.make("torch._utils", _rebuild_tensor_v2=_rebuild_tensor_v2)
    linear = modules.make("torch.nn.modules.linear", Linear=type("Linear", (), {})).Linear
    stored = _persistent(modules)

    def made(values, outermost):
        state, below = _tree({name: Tensor(v) if isinstance(v, np.ndarray) else v for name, v in values.items()}, told)
        state["_modules"] = {name: made(each, False) for name, each in below.items()}
        if outermost:
            return stored(state)
        module = linear()
        vars(module).update(state)
        return module

    content = {"G": made(_of(arrays, "G/"), True), "D": made(_of(arrays, "D/"), True), "training_set_kwargs": {}}
    path.write_bytes(pickle.dumps(content | {"G_ema": content["G"], "augment_pipe": None}))


class _Rebuilt:
    """What PyTorch makes of a stored tensor, as far as the script asks."""

    def __init__(self, value):
        self.value = value

    def detach(self):
        return self

    cpu = float = detach

    def is_floating_point(self):
        return self.value.dtype.kind == "f"

    def numpy(self):
        return self.value


def test_a_dictionary_of_pytorch_modules(modules, tmp_path, capsys):
    arrays = case("sg2_forward_16_orig_skip_clamp").arrays
    told = {
        "z_dim": 16,
        "synthesis_kwargs": {"conv_clamp": 1.5},
        "epilogue_kwargs": {"mbstd_group_size": 8},
        "act": {1, 2},
    }
    _pytorch(modules, tmp_path / "net.pkl", arrays, told)
    assert export_original.main([str(tmp_path / "net.pkl"), str(tmp_path / "weights.npz")]) == 0
    assert capsys.readouterr().out.startswith("arrays: 42 of G, 20 of D, 42 of G_ema; written to ")
    source = files.read(tmp_path / "weights.npz")
    for name, value in _of(arrays, "D/").items():
        np.testing.assert_array_equal(source.networks["discriminator"][name], value)
    both = {f"G_ema/{name}": each for name, each in source.networks["average"].items()}
    with np.load(tmp_path / "weights.npz") as written:
        settings = written[files.SETTINGS]
    options = described(
        both | {f"D/{n}": v for n, v in source.networks["discriminator"].items()} | {"settings": settings}
    ).options
    assert options == described(arrays).options | {"deviation_group": 8}


class _Harmful:
    def __reduce__(self):
        return os.system, ("touch harmed",)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (pickle.dumps({"G_ema": _Harmful()}), "its G_ema holds no arrays"),
        (pickle.dumps([1, 2]), "holds no (G, D, Gs), no network"),
        (pickle.dumps({"weights": 1}), "no dictionary with G_ema"),
        (b"\x80\x04nothing", "is no pickle that can be read"),
        (b"", "is no pickle that can be read"),
    ],
)
def test_what_is_no_network_is_refused_and_nothing_is_run(content, expected, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.pkl").write_bytes(content)
    assert export_original.main(["net.pkl", "weights.npz"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: net.pkl: it ") or error.startswith("error: net.pkl: its ")
    assert expected in error and error.count("\n") == 1
    assert [each.name for each in tmp_path.iterdir()] == ["net.pkl"]


def test_wrong_words_show_the_usage(capsys):
    assert export_original.main(["net.pkl"]) == 2
    assert capsys.readouterr().err.startswith("usage: python export_original.py ")
    assert export_original.main(["none.pkl", "weights.npz"]) == 2
    assert "none.pkl" in capsys.readouterr().err


def test_settings_are_plain_json():
    told = {"a": (1, np.float32(2.0)), "b": object(), "c": [object()], "d": {"e": None, "f": print}}
    assert json.loads(json.dumps(export_original._plain(told))) == {"a": [1, 2.0], "d": {"e": None}}
