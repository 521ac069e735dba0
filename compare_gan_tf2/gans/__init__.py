"""GAN types: who is updated when, on which objective; the file's name is the type's name.

A file defines `Gan`, a `BaseGan`: `setup` says which players and streams it has, `turns` what a step is. The engine
(`engine.py`) makes a step of that: random numbers, microbatches, replicas, loss scales, layer state and averages are
its business alone. Objectives get what they need by the names of their parameters.

It may state these facts of itself, which are read without importing it:
    MODEL: what a model of this type is called, for people.
    NETWORKS: the functions of the architecture that it builds its networks with.
    HAS_STEPS: whether it is trained by steps; else `fit` is called once, and the only checkpoint is that of step 0.
    FROZEN: players that are another task's finished networks, which option networks_from names.
    HAS_LOGITS: whether its discriminator gives logits and its objective is an adversarial loss on them; else losses,
        penalties, augmentations and weight clipping are refused.
    AUGMENTS: whether, without a loss on logits, its discriminator sees images as option augmentation says.
    HAS_TARGET: whether, without a loss on logits, it aims at a value for real images that label_smoothing can lower.
    HONORS: options that only some types have a place for, and this one has.
    IMPLIES: defaults that it brings for other options.
    IMPLIES_OF_CONDITIONAL: further ones of conditional models.
    REQUIRES: option -> (the only value that it works with, the reason).
    PROJECTS_LABELS: whether it projects labels itself, onto the features of any architecture's discriminator.
    SCHEDULES_AUGMENTATION: whether it decides itself how often images are augmented, and not the augmentation.
    TELLS_CLASSES: whether its discriminator tells the classes of images, and so must not be shown them.
    READS_LABELS: whether it reads labels although its networks are shown none; its data set must have classes.
    LEAST_BATCH: how many images it must see at once.
    ABILITIES: what its trained models can do, {name: (streams that it takes, stream that it gives or "")}, as
        `BaseGan.abilities` has it of unconditional models. Of a type that reads one kind of data or another, those of
        all kinds; see `stated_abilities`.
    COMPARES_RECONSTRUCTIONS: of a type that can reconstruct images, whether its objective compares them with images.
    DRAWN: names of the streams among these that are drawn and not read: its random inputs.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from compare_gan_tf2.runtime.draws import Seed

# What an objective gives: scalars, or rows for later, by name.
Outcome = Mapping[str, "Term | Rows | tf.Tensor"]


def always(step: int) -> bool:
    """A turn's `when` of a turn that is taken in every step."""
    del step
    return True


@dataclasses.dataclass(frozen=True)
class Stream:
    """One named input of a step.

    Attributes:
        spec: [None, ...], one row of it for every row of the batch.
        draw: (count, purpose, seed) -> rows of the whole batch, for what is drawn in the step; None for what is read.
        source: name of what a stream that is read is a column of. Streams of one source are columns of the same rows:
            images and their labels, pairs, masks. "" is the data set of the task, "a" and "b" its parts where it has
            some, "labeled" its rows with a label, and "/2" an order of its own; see `datasets/streams.py`.
        column: of the source; "" is the name of the stream. See `Dataset.open_columns`.
        optional: of what is drawn: whether an ability may be called without it, and then gets None.
        made: of what is read: rows of its column as they are stored, uint8 or uint16 [B, H, W, C] -> the stream's rows
            of the same dtype, for one that is computed from pictures, such as smaller ones; None takes them as stored.
    """

    spec: tf.TensorSpec
    draw: Callable[[int, str, Seed], tf.Tensor] | None = None
    source: str = ""
    column: str = ""
    optional: bool = False
    made: Callable[[tf.Tensor], tf.Tensor] | None = None


@dataclasses.dataclass(frozen=True)
class Average:
    """A running average of a player's weights, taken once a step.

    weights <- decay weights + (1 - decay) latest. Moving statistics are averaged alike, so that they fit the averaged
    weights; other variables that are not trained (vectors of spectral norm) are copied.

    Attributes:
        decay: in [0, 1), 0 copies the latest weights; or decay(step) -> float32 scalar. Of a number 1 - decay is taken
            in float64, of a function's value in float32.
        averages_statistics: whether moving means and variances are averaged too, not copied.
        start: the average before the first step: "copy" of the initial weights, or "zero".
        takes: the weights "after" the step, or those "before" it.
    """

    decay: float | Callable[[tf.Tensor], tf.Tensor]
    averages_statistics: bool = True
    start: str = "copy"
    takes: str = "after"

    def __post_init__(self) -> None:
        _refuse_other("start of an average", self.start, ("copy", "zero"))
        _refuse_other("what an average takes", self.takes, ("after", "before"))


class Player:
    """A network, and what moves it.

    Attributes:
        network: built by `build`, which gives the same initial weights whenever it is called.
        side: name of the optimizer that moves it: "g" and "d" come from the options.
        average: says how its weights are averaged, or None.
        averaged: a network of the same build that holds the average, or None.
        frozen: whether it never moves: another task's finished network, of option networks_from. It is called in
            inference mode, and checkpoints do not hold it.
        taken_from: of a frozen one, the player's name in the other task; "" is its own name.
    """

    def __init__(
        self,
        build: Callable[[], keras.Model],
        side: str = "g",
        average: Average | None = None,
        *,
        frozen: bool = False,
        taken_from: str = "",
    ):
        self.network = build()
        self.side = side
        self.average = average
        self.averaged = build() if average else None
        self.frozen = frozen
        self.taken_from = taken_from
        if self.averaged is not None and average is not None and average.start == "zero":
            for variable in self.averaged.trainable_variables:
                variable.assign(variable * 0.0)

    def __call__(self, *inputs: Any, **more: Any) -> Any:
        """The network's outputs in training mode; in inference mode if it is frozen."""
        return self.network(*inputs, training=not self.frozen, **more)


@dataclasses.dataclass(frozen=True)
class Term:
    """One measured part of an objective; a bare scalar is Term(scalar).

    Attributes:
        value: float32 scalar, a mean over the rows unless `over` says otherwise. Measured as it is, without the weight.
        weight: factor in the objective; 0 only measures.
        only: players whose variables it reaches; () is all that the turn moves.
        over: how the whole batch's value comes from its microbatches and replicas: by their "mean" or "sum".
    """

    value: tf.Tensor
    weight: float | tf.Tensor = 1.0
    only: tuple[str, ...] = ()
    over: str = "mean"


@dataclasses.dataclass(frozen=True)
class Rows:
    """Rows [B, ...] that an objective hands to its turn's `after` and to later turns, without a gradient."""

    value: tf.Tensor


@dataclasses.dataclass(frozen=True)
class Turn:
    """One update; a step is a list of them, in order.

    Attributes:
        moves: players that it moves: all gradients first, then all updates. () moves nobody: what the objective says
            is measured and given to `after`.
        objective: gets, by the names of its parameters, streams, states, rows that an earlier turn handed on, and
            `step`; an underscore in a parameter stands for a slash in a name, a parameter with a default is optional.
            Gives terms and rows by name. None begins the optimizers of `moves` anew, with their counts.
        draws: purpose of its random numbers; turns of one purpose draw the same ones.
        reads: purpose whose rows of the data set it uses; by default that of `draws`.
        hands: names of the rows that later turns may ask for.
        rows: of its whole batch, over all replicas; 0 is batch_size.
        whole: whether its objective compares rows of the batch with each other, so that the batch is never cut into
            microbatches.
        starts: players whose layers it sets by what they make of its rows, without an optimizer; see
            `runtime.data_start`. Rows of its microbatches would be taken apart, so it is `whole`.
        optimizer: name of the optimizer for all that it moves; by default each player's side.
        when: when(step), whether it is taken in a step, counted from 1.
        gate: asked before the players move; gets terms, as the whole batch has them, by the names of its parameters,
            and gives bool scalars by players' names. One that may not move stays as it is, with its optimizer, and its
            rate counts the update all the same. Measured as "moves/PLAYER", 0 or 1.
        after: once an update, on the whole batch of all replicas, when the players have moved: gets states, `step`,
            and the terms and rows of its turn. What it gives under the name of a state is the state's new value, rows
            under a name in `hands` are handed on, all else is measured.
    """

    moves: tuple[str, ...]
    objective: Callable[..., Outcome] | None
    draws: str
    reads: str = ""
    hands: tuple[str, ...] = ()
    rows: int = 0
    whole: bool = False
    starts: tuple[str, ...] = ()
    optimizer: str = ""
    when: Callable[[int], bool] = always
    gate: Callable[..., Mapping[str, tf.Tensor]] | None = None
    after: Callable[..., Mapping[str, Any]] | None = None

    @property
    def reading(self) -> str:
        """The purpose whose rows of the data set it uses."""
        return self.reads or self.draws


@dataclasses.dataclass(frozen=True)
class Optimizer:
    """How players of one side are moved; the engine makes one instance, with a count of its own, for each player.

    Attributes:
        kind: "adam", "momentum", "rmsprop" or "sgd"; see `gans/optimizers.py`.
        rate: learning rate at the start, or rate(updates, step) for the update that so many of this instance came
            before, in this step.
        decay: share of the training, at its end, over which the rate falls linearly to 0.
        beta1: Adam's decay of the first moment, and that of kind momentum; or a function as `rate` is one.
        beta2: Adam's decay of the second moment, likewise.
        square_decay: RMSProp's decay of the running mean square.
        square_start: what the running mean square starts at: 1 in TensorFlow 1, 0 in Keras and PyTorch.
        epsilon: what is added to the root of the second moment, of RMSProp below the root; None is 1e-8 of Adam and
            1e-10 of RMSProp.
        epsilon_outside: whether RMSProp's epsilon is added to the root, as Keras 2 and PyTorch do it.
        corrects_epsilon: whether Adam's epsilon is added behind the correction of the moments' bias, as PyTorch does
            it, and not before it, as TensorFlow does.
        l2: this times the weights is added to their gradient.
        l2_of: l2_of(path), whether that is done to a variable of this path; None is all.
        gradient_norm: a player's gradient that is longer, all its variables together, is shortened to this; 0 leaves it
            as it is. Done before l2 is added.
        variable_norm: likewise of each variable's gradient by itself.
        historical: factor on the squared distance of the weights from the average of their own past; see
            `historical_averaging`.
        unreached: what happens to variables that an objective does not reach. "counted" leaves them alone, and counts
            the update, as TensorFlow 1 did; "zero" takes a gradient of 0, which moves them by their momentum.
        weight_bound: weights are clipped to [-weight_bound, weight_bound] after each update; 0 leaves them alone.
    """

    kind: str
    rate: float | Callable[[int, int], float]
    decay: float = 0.0
    beta1: float | Callable[[int, int], float] = 0.9
    beta2: float | Callable[[int, int], float] = 0.999
    square_decay: float = 0.9
    square_start: float = 1.0
    epsilon: float | None = None
    epsilon_outside: bool = False
    corrects_epsilon: bool = False
    l2: float = 0.0
    l2_of: Callable[[str], bool] | None = None
    gradient_norm: float = 0.0
    variable_norm: float = 0.0
    historical: float = 0.0
    unreached: str = "counted"
    weight_bound: float = 0.0

    def __post_init__(self) -> None:
        _refuse_other("optimizer", self.kind, ("adam", "momentum", "rmsprop", "sgd"))
        _refuse_other("what becomes of unreached variables", self.unreached, ("counted", "zero"))
        if self.decay and callable(self.rate):
            raise ValueError("a rate that is a function says itself how it decays")

    def is_steady(self) -> bool:
        """Whether rate and betas are numbers, or functions that a step's number alone cannot be asked for."""
        return not any(callable(each) for each in (self.rate, self.beta1, self.beta2))


@dataclasses.dataclass(frozen=True)
class Ability:
    """What a trained model can do: what evaluation, grids, exports and cards are made of.

    Attributes:
        call: (one tensor [B, ...] for each of `takes`, in order) -> a tensor [B, ...], or several by name. In inference
            mode, a row of the outputs a function of the same row of the inputs alone.
        takes: names of the streams that it is called with: ("z", "labels"), ("images",); optional ones come last, as
            the seed of `random_inputs.seeds`.
        gives: name of the stream that the output is to be compared with, or of each output's by its name; "" for codes,
            scores, classes.
    """

    call: Callable[..., tf.Tensor | dict[str, tf.Tensor]]
    takes: tuple[str, ...]
    gives: str | Mapping[str, str] = ""


def _refuse_other(what: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ValueError(f"{what} is {' or '.join(map(repr, known))}, and not {value!r}")


def __getattr__(name: str) -> Any:
    """BaseGan and build, which need TensorFlow, when they are asked for."""
    if name in ("BaseGan", "build"):
        from compare_gan_tf2.gans import base

        return getattr(base, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
