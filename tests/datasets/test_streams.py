"""What a step reads by purpose and stream: places that are counted, orders of their own, draws that are shared."""

import types

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.datasets.images import ArrayImages
from compare_gan_tf2.datasets.streams import Column, Plan, Reading, Source, StepRows, of_another_class
from compare_gan_tf2.gans import Stream, Turn
from compare_gan_tf2.gans.engine import Engine


def _source(name, number, **more):
    rows = Column(np.arange(number, dtype=np.int32))
    return Source(name, {"rows": rows, "again": rows}, number, **more)


def _taken(sources, readings, count, *, first_step=0, seed=3, **more):
    plan = Plan(lambda step: 0, lambda kind: readings)
    batches = StepRows({each.name: each for each in sources}, plan, seed=seed, first_step=first_step, **more)
    return [{p: {n: v.numpy() for n, v in found.items()} for p, found in next(batches).items()} for _ in range(count)]


def test_every_source_has_epochs_and_an_order_of_its_own():
    sources = [_source("a", 6), _source("b", 9), _source("b/2", 9)]
    readings = [
        Reading("d", each.name, (name,), 3) for each, name in zip(sources, ("rows", "again", "rows"), strict=True)
    ]
    readings[2] = Reading("g", "b/2", ("rows",), 3)
    steps = _taken(sources, readings, 6)
    a = np.concatenate([step["d"]["rows"] for step in steps]).reshape(3, 6)
    b = np.concatenate([step["d"]["again"] for step in steps]).reshape(2, 9)
    second = np.concatenate([step["g"]["rows"] for step in steps]).reshape(2, 9)
    for epochs in (a, b, second):
        assert all(sorted(epoch) == list(range(len(epoch))) for epoch in epochs)
        assert (epochs[0] != epochs[1]).any()
    assert (b != second).any() and (b[0][b[0] < 6] != a[0]).any()


def test_a_start_after_some_steps_gives_what_the_unbroken_run_reads_then():
    sources, readings = (
        [_source("a", 7), _source("b", 5)],
        [Reading("d", "a", ("rows",), 2), Reading("g", "b", ("again",), 3)],
    )
    whole, later = _taken(sources, readings, 9), _taken(sources, readings, 4, first_step=5)
    for expected, found in zip(whole[5:], later, strict=True):
        np.testing.assert_array_equal(found["d"]["rows"], expected["d"]["rows"])
        np.testing.assert_array_equal(found["g"]["again"], expected["g"]["again"])


def test_another_seed_is_another_order_crop_and_mirror():
    pictures = Column(ArrayImages(np.arange(32, dtype=np.uint8).reshape(8, 1, 4, 1), np.full(8, -1, np.int32)))
    source = Source("", {"images": pictures, "rows": Column(np.arange(8))}, 8, flips=True)
    readings = [Reading("d", "", ("images", "rows"), 32)]
    (one,), (same,), (other,) = (_taken([source], readings, 1, seed=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one["d"]["images"], same["d"]["images"])
    assert (one["d"]["rows"] != other["d"]["rows"]).any()
    mirrored = [each["d"]["images"][:, 0, 0, 0] % 4 == 3 for each in (one, other)]
    assert (mirrored[0] != mirrored[1]).any()


def test_a_selected_row_is_the_only_kind_that_is_drawn():
    source = _source("", 9, selected=np.array([1, 4, 8]))
    (step,) = _taken([source], [Reading("d", "", ("rows",), 6)], 1)
    assert sorted(step["d"]["rows"]) == [1, 1, 4, 4, 8, 8]


def _engine(turns, streams, batch_size=8):
    options = types.SimpleNamespace(batch_size=batch_size, training_steps=10, precision="float32")
    return Engine(
        types.SimpleNamespace(
            turns=lambda: turns, players={}, streams=streams, state={}, options=options, optimizers={}
        )
    )


def test_a_step_reads_each_source_once_for_a_purpose_and_smaller_turns_get_the_first_rows():
    spec = tf.TensorSpec([None, 2, 2, 1])
    streams = {"a": Stream(spec, source="a"), "b": Stream(spec, source="b"), "labels": Stream(spec, source="b")}
    turns = [
        Turn((), lambda a, b: {}, "d"),
        Turn((), lambda b, labels: {}, "g", reads="d"),
        Turn((), lambda a: {}, "path", reads="d", rows=4, when=lambda step: step % 2 == 0),
        Turn((), lambda a: {}, "r1"),
    ]
    engine = _engine(turns, streams)
    every = [Reading("d", "a", ("a",), 8), Reading("d", "b", ("b", "labels"), 8), Reading("r1", "a", ("a",), 8)]
    assert engine.readings(engine.due(1)) == every
    smaller = Reading("d[:4]", "a", ("a",), 4, "d")
    assert engine.readings(engine.due(2)) == [every[0], smaller, *every[1:]]
    assert engine.columns() == {"a": {"a": "images"}, "b": {"b": "images", "labels": "labels"}}
    # Rows that an earlier reading has are not read again.
    assert [engine.plan().rows_before(name, 5) for name in "ab"] == [64, 32]


def test_the_place_of_a_lazy_reading_is_counted_and_a_later_start_continues():
    every, lazy = Reading("d", "", ("rows",), 2), Reading("r1", "", ("rows",), 4)
    plan = Plan(lambda step: step % 3 == 1, lambda kind: [every, lazy] if kind else [every], steady=False, last_step=12)
    sources = {"": _source("", 10)}

    def flat(first_step):
        batches = StepRows(sources, plan, seed=3, first_step=first_step)
        steps = [next(batches) for _ in range(first_step, 12)]
        return [np.concatenate([step[p]["rows"].numpy() for p in sorted(step)]) for step in steps]

    whole = flat(0)
    assert [len(rows) for rows in whole] == [6, 2, 2] * 4
    # Forty rows, one after the other: four epochs of ten.
    assert all(sorted(epoch) == list(range(10)) for epoch in np.concatenate(whole).reshape(4, 10))
    for start in (1, 5):
        np.testing.assert_array_equal(np.concatenate(flat(start)), np.concatenate(whole[start:]))


def test_hosts_share_readings_of_any_size_and_smaller_ones_are_the_first_rows_of_the_whole():
    readings = [
        Reading("d", "", ("rows",), 6),
        Reading("d[:2]", "", ("again",), 2, "d"),
        Reading("g", "", ("rows",), 4),
    ]
    whole = _taken([_source("", 20)], readings, 4)
    parts = [_taken([_source("", 20)], readings, 4, host=host, hosts=2) for host in range(2)]
    for step, *shares in zip(whole, *parts, strict=True):
        for purpose, streams in step.items():
            for name, rows in streams.items():
                np.testing.assert_array_equal(np.concatenate([share[purpose][name] for share in shares]), rows)
        np.testing.assert_array_equal(step["d[:2]"]["again"], step["d"]["rows"][:2])
    assert all(sorted(np.concatenate([w["d"]["rows"], w["g"]["rows"]])) for w in whole)
    drawn = np.concatenate([np.concatenate([step["d"]["rows"], step["g"]["rows"]]) for step in whole])
    assert all(sorted(epoch) == list(range(20)) for epoch in drawn.reshape(2, 20))


def test_columns_of_one_source_share_the_mirror_and_others_do_not():
    ramp = (
        np.zeros((8, 2, 4, 1), np.uint8)
        + np.arange(4, dtype=np.uint8)[:, None]
        + 10 * np.arange(8, dtype=np.uint8)[:, None, None, None]
    )
    pictures = Column(ArrayImages(ramp, np.full(8, -1, np.int32)))
    source = Source("", {"input": pictures, "target": pictures, "rows": Column(np.arange(8))}, 8, flips=True)
    (step,) = _taken([source], [Reading("d", "", ("input", "target", "rows"), 64)], 1)
    np.testing.assert_array_equal(step["d"]["input"], step["d"]["target"])
    mirrored = step["d"]["input"][:, 0, 0, 0] % 10 == 3
    assert 20 < mirrored.sum() < 44
    np.testing.assert_array_equal(step["d"]["input"][:, 0, 1, 0] // 10, step["d"]["rows"])


@pytest.mark.parametrize("selected", [None, np.array([0, 1, 4, 5, 6])])
def test_a_row_of_another_class_is_any_of_them(selected):
    labels = np.array([0, 1, 1, 1, 2, 2, 0, 1], np.int32)
    rows = np.arange(8) if selected is None else selected
    other = of_another_class(labels, selected)
    row = np.repeat(rows, 200)
    draws = tf.random.stateless_uniform([len(row), 2], (1, 2), -(2**31), 2**31 - 1, tf.int32)
    found = other(tf.constant(row), draws).numpy()
    assert (labels[found] != labels[row]).all()
    for each in rows:
        assert set(found[row == each]) == {other for other in rows if labels[other] != labels[each]}
