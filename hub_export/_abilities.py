"""Abilities of a model as functions of a module: their inputs are looked at, and rows go through one by one."""

from __future__ import annotations

import inspect
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf

from compare_gan_tf2 import components
from compare_gan_tf2.datasets.sources import ATTRIBUTES, LABELS, column_of, data_of
from compare_gan_tf2.gans import Ability, ability_inputs
from compare_gan_tf2.gans.base import BaseGan

GENERATE, LATENTS = "generate", "z"
# What follows an ability's name where pictures may be of any size.
ANY_SIZE = "_of_any_size"
# Of pictures in any of these an ability may be called; they have to be in [0, 1] all the same.
_OF_PIXELS = (tf.float32, tf.float64, tf.uint8)
# Of optional inputs, which are seeds.
_WHOLE_NUMBERS = (tf.int64, tf.int32)


def others(gan: BaseGan) -> dict[str, Ability]:
    """The abilities that a module has besides drawing images of latents, with the weights that it is about."""
    found = gan.abilities(gan.evaluated())
    return {name: ability for name, ability in found.items() if name != GENERATE or not draws_images(gan)}


def draws_images(gan: BaseGan) -> bool:
    """Whether a model generates images of latents and labels alone."""
    ability = gan.abilities(gan.evaluated()).get(GENERATE)
    return ability is not None and {*ability.takes} <= {LATENTS, LABELS}


class Exported:
    """One ability, traced for a module.

    Every row is computed by itself, so that it does not depend on the rows beside it, not even by its last bit: an
    image has the same outputs alone as in a batch of eight. What batch statistics a network has at test time are then
    those of the one image. An optional input is None unless it is given: one number for all rows, or one for each.

    Attributes:
        function: module.<name>(inputs...): a tensor, or several by name.
        signatures: by name, the same of exact shapes, which give tensors by name: <name> without the optional inputs,
            and <name>_with_<input> with them, where there are any.
        about: JSON-like: {"takes": {input: {"shape", "dtype", "range"}}, "gives": {output: the same}}; an optional
            input has "optional": True besides, and latents have their "distribution"; of attributes, and of classes
            that the generator is not told, also their "names" in order, and of a translation between two sets its
            "direction", "outlines -> filled".

    Args:
        gan: of the task.
        name: of the ability.
        ability: the ability.
        of_any_size: whether pictures may have other sizes than those of the task, where the architecture allows it.
    """

    def __init__(self, gan: BaseGan, name: str, ability: Ability, *, of_any_size: bool = False):
        self._ability, self._classes, self._of_any_size = ability, gan.num_classes, of_any_size
        self._specs = self._specs_of(gan, ability_inputs.given(ability, gan))
        every = self._specs_of(gan, ability_inputs.given(ability, gan, optional=True))
        self._optional = every[len(self._specs) :]
        assert [spec.name for spec in every] == list(ability.takes), "an optional input before one that is not"
        self._of_row = {False: self._traced(self._specs)} | ({True: self._traced(every)} if self._optional else {})
        self._output_specs = tf.nest.map_structure(
            lambda each: tf.TensorSpec(each.shape, each.dtype), self._of_row[False].structured_outputs
        )
        # Traced once: what it is called with, of whatever kind, is cast and handed to these.
        self._of_rows = {False: self._of_any_rows(self._specs)}
        if self._optional:
            self._of_rows[True] = self._of_any_rows(every)
        self.function = self._function()
        only = ability.gives if isinstance(ability.gives, str) and ability.gives else name
        self.signatures = {name: self._signature(only, self._specs)}
        if self._optional:
            self.signatures["_".join([name, "with", *(spec.name for spec in self._optional)])] = self._signature(
                only, every
            )
        outputs = self._output_specs if isinstance(self._output_specs, dict) else {only: self._output_specs}
        of_output = {only: ability.gives} if isinstance(ability.gives, str) else ability.gives
        takes = {spec.name: _said(spec.shape[1:], spec.dtype) | _names_of(gan, spec.name) for spec in every}
        if LATENTS in takes:
            takes[LATENTS]["distribution"] = gan.prior.distribution
        self.about: dict[str, Any] = {
            "takes": takes | {spec.name: {**takes[spec.name], "optional": True} for spec in self._optional},
            "gives": {
                output: _said(spec.shape, spec.dtype, bool(of_output.get(output))) for output, spec in outputs.items()
            },
        }
        if direction := _direction(gan, ability):
            self.about["direction"] = direction

    def _specs_of(self, gan: BaseGan, names: Sequence[str]) -> list[tf.TensorSpec]:
        specs = {name: gan.streams[name].spec for name in names}
        if self._of_any_size:
            specs = {
                name: tf.TensorSpec([None, None, None, spec.shape[3]], spec.dtype) if _is_picture(spec) else spec
                for name, spec in specs.items()
            }
        return [tf.TensorSpec(spec.shape, spec.dtype, name) for name, spec in specs.items()]

    def _traced(self, specs: Sequence[tf.TensorSpec]) -> Any:
        """The ability of one row."""
        missing = len(self._ability.takes) - len(specs)

        @tf.function(input_signature=[tf.TensorSpec(s.shape[1:], s.dtype, s.name) for s in specs], autograph=False)
        def of_row(*row: tf.Tensor) -> Any:
            outputs = self._ability.call(*(each[None] for each in row), *([None] * missing))
            return tf.nest.map_structure(lambda each: each[0], outputs)

        return of_row.get_concrete_function()

    def _of_any_rows(self, specs: Sequence[tf.TensorSpec]) -> Any:
        """The ability of rows [B, ...] in the dtypes of its streams and any sizes, which are looked at."""
        loose = [_loose(spec, spec.dtype) for spec in self._specs]
        loose += [tf.TensorSpec(None, spec.dtype, spec.name) for spec in specs[len(loose) :]]
        return tf.function(lambda *inputs: self._rows(inputs), loose, autograph=False).get_concrete_function()

    def _called(self, inputs: Sequence[Any]) -> Any:
        """Inputs [B, ...] of any kind that is taken -> outputs [B, ...]."""
        given = [each for each in inputs if each is not None]
        specs = zip(given, [*self._specs, *self._optional], strict=False)
        cast = [tf.cast(each, spec.dtype) for each, spec in specs]
        return self._of_rows[len(given) > len(self._specs)](*cast)

    def _rows(self, given: Sequence[tf.Tensor]) -> Any:
        """Inputs [B, ...], which are looked at -> outputs [B, ...]."""
        checked = [self._checked(each, spec) for each, spec in zip(given, self._specs, strict=False)]
        if has_optional := len(given) > len(self._specs):
            count = tf.shape(checked[0])[0]
            checked += [_for_each_row(each, count) for each in given[len(self._specs) :]]
        for other, spec in zip(checked[1:], [*self._specs, *self._optional][1:], strict=False):
            same = tf.equal(tf.shape(other)[0], tf.shape(checked[0])[0])
            with tf.control_dependencies([tf.debugging.Assert(same, [f"there is one of {spec.name} for each row"])]):
                checked[0] = tf.identity(checked[0])
        return tf.map_fn(
            lambda row: self._of_row[has_optional](*row),
            tuple(checked),
            fn_output_signature=self._output_specs,
            parallel_iterations=1,
        )

    def _checked(self, given: tf.Tensor, spec: tf.TensorSpec) -> tf.Tensor:
        found = tf.ensure_shape(given, spec.shape, name=spec.name)
        check = _range_check(found, spec, self._classes)
        with tf.control_dependencies(check):
            return tf.identity(found)

    def _function(self) -> Any:
        def call(*inputs: tf.Tensor) -> Any:
            return self._called(inputs)

        names = [spec.name for spec in self._specs]
        function = tf.function(_named(call, names, [spec.name for spec in self._optional]), autograph=False)
        for pixels in _OF_PIXELS:
            loose = [_loose(spec, pixels) for spec in self._specs]
            function.get_concrete_function(*loose)
            for whole in _WHOLE_NUMBERS if self._optional else ():
                given = [tf.TensorSpec(None, whole, spec.name) for spec in self._optional]
                function.get_concrete_function(*loose, *given)
        return function

    def _signature(self, only: str, specs: Sequence[tf.TensorSpec]) -> Any:
        def call(*inputs: tf.Tensor) -> dict[str, tf.Tensor]:
            outputs = self._called(inputs)
            return outputs if isinstance(outputs, dict) else {only: outputs}

        named = _named(call, [spec.name for spec in specs])
        return tf.function(named, autograph=False).get_concrete_function(*specs)


def any_sizes(gan: BaseGan, about: Mapping[str, Any]) -> dict[str, int]:
    """What sides pictures of other sizes may have: {"multiple", "least"}; {} where no others go, or none is made.

    Args:
        gan: of the task.
        about: what `Exported` says of the ability.
    """
    facts = components.facts("architectures", gan.options.architecture)
    pictures = [[each for each in said.values() if each["range"]] for said in (about["takes"], about["gives"])]
    if not (facts["ANY_SIZE_FROM"] and all(pictures) and len(pictures[1]) == len(about["gives"])):
        return {}
    return {"multiple": facts["SIDES_DIVISIBLE_BY"], "least": facts["ANY_SIZE_FROM"]}


def _names_of(gan: BaseGan, stream: str) -> dict[str, Any]:
    """Names of the attributes that a stream holds, in its order, and of classes that the generator knows nothing of."""
    # What an ability is asked for by, which is drawn in training.
    if stream == "target_labels":
        return {"names": list(gan.dataset.class_names)}
    if stream == "target_attributes":
        return {"names": list(gan.dataset.attribute_names)}
    said = gan.streams[stream]
    column = column_of(stream, said.column, said.source)
    if column == LABELS and not gan.num_classes and said.spec.dtype.is_integer:
        return {"names": list(gan.dataset.class_names)}
    return {"names": list(data_of(gan.dataset, said.source).dataset.attribute_names)} if column == ATTRIBUTES else {}


def _direction(gan: BaseGan, ability: Ability) -> str:
    """What becomes what, "outlines -> filled", where an ability takes one of two sets and gives the other; else ""."""
    dataset, gives = gan.dataset, ability.gives
    if not (isinstance(gives, str) and gives and len(ability.takes) == 1):
        return ""
    sides = [gan.streams[name].source.partition("/")[0] for name in (ability.takes[0], gives)]
    if not set(sides) <= set(dataset.parts) or sides[0] == sides[1]:
        return ""
    given = [name.strip() for name in gan.options.domain_names.split(",")] if gan.options.domain_names else []
    names = dict(zip(dataset.parts, given, strict=True)) if given else {}
    return " -> ".join(names.get(side) or pathlib.PurePath(dataset.part(side).name).name for side in sides)


def _for_each_row(given: tf.Tensor, count: tf.Tensor) -> tf.Tensor:
    """An optional input of one number, for all rows, or of one for each: [B]."""
    flat = tf.reshape(given, [-1])
    return tf.cond(tf.equal(tf.rank(given), 0), lambda: tf.repeat(flat, count), lambda: flat)


def _named(function: Any, names: Sequence[str], optional: Sequence[str] = ()) -> Any:
    """A function of positional inputs that takes them by these names too; the optional ones are None by default."""
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [inspect.Parameter(name, kind) for name in names]
    parameters += [inspect.Parameter(name, kind, default=None) for name in optional]
    function.__signature__ = inspect.Signature(parameters)
    return function


def _is_picture(spec: tf.TensorSpec) -> bool:
    return bool(spec.shape.rank == 4 and spec.dtype.is_floating)


def _loose(spec: tf.TensorSpec, pixels: tf.DType) -> tf.TensorSpec:
    """Of any sizes: TensorFlow's own complaint about an unforeseen shape fills a page."""
    return tf.TensorSpec([None] * spec.shape.rank, pixels if _is_picture(spec) else spec.dtype, spec.name)


def _range_check(given: tf.Tensor, spec: tf.TensorSpec, classes: int) -> list[tf.Operation]:
    """What has to hold of an input's numbers."""
    if _is_picture(spec):
        low, high, said = 0.0, 1.0, f"{spec.name} are in [0, 1]"
    elif spec.dtype.is_integer and classes:
        low, high, said = 0, classes - 1, f"{spec.name} are 0 to {classes - 1}"
    else:
        return []
    fits = tf.reduce_all((given >= low) & (given <= high))
    seen = [f"{said}; the least and the largest given are", tf.reduce_min(given), "and", tf.reduce_max(given)]
    return [tf.debugging.Assert(fits, seen)]


def _said(shape: tf.TensorShape, dtype: tf.DType, is_compared: bool = True) -> dict[str, Any]:
    """Of one row: its shape, dtype, and the range of pixels; None where there is none."""
    is_picture = shape.rank == 3 and dtype.is_floating and is_compared
    return {"shape": shape.as_list(), "dtype": dtype.name, "range": [0, 1] if is_picture else None}
