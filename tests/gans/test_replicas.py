"""Two replicas give what one gives, whatever of a step needs the whole batch."""

import pytest
from programs import run_program
from programs.replica_steps import SOFT, WHOLE_BATCH

# Of the default: a loss of the whole batch, with a penalty that has a state.
QUICK = (0,)


@pytest.mark.parametrize(
    "numbers", [QUICK, pytest.param(range(len(WHOLE_BATCH)), marks=pytest.mark.slow)], ids=["quick", "all"]
)
def test_two_replicas_give_what_one_gives_where_the_batch_must_be_seen_as_a_whole(numbers):
    printed = run_program("replica_steps", "objectives_of_the_whole_batch", *numbers)
    assert printed.split() == ["equal"] * len(numbers)


@pytest.mark.slow
def test_two_replicas_give_what_one_gives_with_soft_and_missing_labels():
    assert run_program("replica_steps", "soft_and_missing_labels").split() == ["equal"] * len(SOFT)


@pytest.mark.slow
def test_two_replicas_give_what_one_gives_of_two_domains_with_buffers():
    assert run_program("replica_steps", "two_domains").split() == ["equal"]


@pytest.mark.slow
def test_trainings_on_two_replicas_give_what_one_gives(tmp_path, triangles):
    assert run_program("replica_steps", "trainings", tmp_path, triangles).split() == ["equal"]
