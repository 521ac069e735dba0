"""What a pipeline's Python functions know goes with the pipeline, and not before."""

import gc
import weakref

import numpy as np
import pytest
import tensorflow as tf

from compare_gan_tf2.compat import python_functions
from compare_gan_tf2.datasets import streams
from compare_gan_tf2.datasets.streams import Column, Epoch, Plan, Reading, Source, StepRows


class Rows:
    """Something large that a generator reads."""

    def read(self):
        yield from range(5)


def counting(rows):
    return tf.data.Dataset.from_generator(rows.read, output_signature=tf.TensorSpec([], tf.int64))


@pytest.mark.parametrize("further", [lambda dataset: dataset, lambda dataset: dataset.map(tf.identity).prefetch(1)])
def test_functions_are_there_as_long_as_an_iterator_over_their_pipeline(further):
    rows = Rows()
    gone = weakref.ref(rows)
    iterator = iter(further(python_functions.of_dataset(lambda rows=rows: counting(rows))))
    del rows
    gc.collect()
    assert [int(each) for each in iterator] == [0, 1, 2, 3, 4] and gone() is not None
    del iterator
    gc.collect()
    assert gone() is None


def test_functions_of_other_pipelines_stay():
    other = counting(Rows())
    python_functions.of_dataset(lambda: counting(Rows()))
    gc.collect()
    assert [int(each) for each in other] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("is_steady", [True, False])
def test_steps_leave_nothing_of_the_data_behind(monkeypatch, is_steady):
    # As of data that are too large to be copied into TensorFlow.
    monkeypatch.setattr(streams, "_MOST_COPIED", 0)
    data, reading = np.zeros([8, 1], np.float32), Reading("", "", ("rows",), 4)
    plan = Plan(lambda step: 0, lambda kind: [reading], steady=is_steady, last_step=8)
    rows = StepRows({"": Source("", {"rows": Column(data)}, 8)}, plan, seed=0, first_step=0)
    for _ in range(2):
        next(rows)
    gone = weakref.ref(data)
    del data, rows
    gc.collect()
    assert gone() is None


def test_an_epoch_leaves_nothing_of_the_data_behind(monkeypatch):
    monkeypatch.setattr(streams, "_MOST_COPIED", 0)
    data = np.zeros([8, 1], np.float32)
    rows = [*Epoch(Source("", {"rows": Column(data)}, 8), seed=0)]
    gone = weakref.ref(data)
    del data
    gc.collect()
    assert gone() is None and sum(len(each["rows"]) for each in rows) == 8
