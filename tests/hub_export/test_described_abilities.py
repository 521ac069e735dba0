"""What a module and its card say of abilities: which set becomes which, attributes by name, whose statistics."""

import types

import pytest
import tensorflow as tf

from compare_gan_tf2.gans import Ability, Stream, ability_inputs
from compare_gan_tf2.hub_export import _abilities, model_card

SPEC = tf.TensorSpec([None, 2, 2, 3])


def _dataset(folder, names=()):
    parts = {name: types.SimpleNamespace(name=f"{folder}/train{name.upper()}") for name in "ab"}
    return types.SimpleNamespace(parts=("a", "b"), part=parts.get, attribute_names=names)


def _about(takes, gives, streams, domain_names="", names=()):
    gan = types.SimpleNamespace(
        streams=streams, num_classes=0, dataset=_dataset("/x/set", names),
        options=types.SimpleNamespace(domain_names=domain_names),
    )  # fmt: skip
    return _abilities.Exported(gan, "translate", Ability(lambda *inputs: inputs[0] * 0.5, takes, gives)).about


@pytest.mark.parametrize(
    ("takes", "gives", "names", "direction"),
    [
        ("a", "b", "outlines, filled", "outlines -> filled"),
        ("b", "a", "outlines, filled", "filled -> outlines"),
        ("a", "b", "", "trainA -> trainB"),
        ("a", "a", "outlines,filled", None),
        ("images", "images", "", None),
    ],
)
def test_a_module_says_which_of_two_sets_becomes_which(takes, gives, names, direction):
    streams = {"a": Stream(SPEC, source="a"), "b": Stream(SPEC, source="b"), "images": Stream(SPEC)}
    about = _about((takes,), gives, streams, names)
    assert about.get("direction") == direction and list(about["takes"]) == [takes]


def test_a_module_has_the_names_of_attributes_in_their_order():
    streams = {"images": Stream(SPEC), "target": Stream(tf.TensorSpec([None, 2]), column="attributes")}
    about = _about(("images", "target"), "images", streams, names=("young", "blond"))
    assert about["takes"]["target"]["names"] == ["young", "blond"] and "names" not in about["takes"]["images"]
    streams = {"images": Stream(SPEC), "target_attributes": Stream(tf.TensorSpec([None, 2]), lambda *_: None)}
    about = _about(tuple(streams), "images", streams, names=("young", "blond"))
    assert about["takes"]["target_attributes"]["names"] == ["young", "blond"]


@pytest.mark.parametrize("statistics", ["moving", "per image"])
def test_the_card_says_way_names_and_statistics(statistics, monkeypatch):
    monkeypatch.setattr(ability_inputs, "statistics", lambda gan: statistics)
    picture = {"shape": [2, 2, 3], "dtype": "float32", "range": [0, 1]}
    names = {"shape": [2], "dtype": "float32", "range": None, "names": ["young", "<b>"]}
    about = {"takes": {"a": picture, "to": names}, "gives": {"b": picture}, "direction": "outlines -> filled"}
    card = model_card._abilities(None, {"abilities": {"translate_ab": about}})
    assert "| `module.translate_ab(a, to)`: outlines -&gt; filled |" in card
    assert "to float32 [B, 2] (young, &lt;b&gt;; each 0 or 1)" in card
    said = {"moving": "with the moving statistics of the training", "per image": "of its own image only"}
    assert said[statistics] in card and "without dropout" in card


@pytest.mark.parametrize(
    ("gan", "ability", "is_said"),
    [
        ("bigan", "reconstruct", True),
        ("bigan", "encode", False),
        ("aae", "reconstruct", False),
        ("ogan", "reconstruct", True),
    ],
)
def test_the_card_says_where_reconstructions_were_compared_with_nothing(gan, ability, is_said, monkeypatch):
    monkeypatch.setattr(ability_inputs, "statistics", lambda gan: "moving")
    picture = {"images": {"shape": [2, 2, 3], "dtype": "float32", "range": [0, 1]}}
    facts = {"options": {"gan": gan}, "abilities": {ability: {"takes": picture, "gives": picture}}}
    assert ("No term of the training compared" in model_card._abilities(None, facts)) == is_said
