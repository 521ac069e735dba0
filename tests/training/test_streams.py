"""A GAN type that reads two unpaired sets, one of them in a lazy turn, through training itself."""

import pytest
from programs import run_program


@pytest.mark.slow
def test_a_type_of_two_sets_resumes_to_the_bit_and_two_replicas_are_one(tmp_path):
    assert run_program("two_sets", "main", tmp_path).endswith("alike\n")
