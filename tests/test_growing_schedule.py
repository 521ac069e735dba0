"""When networks grow, and what options about it are refused (no TensorFlow)."""

import dataclasses

import pytest

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options, growing

SMALL = {"gan": "pggan", "dataset": "fake:cifar10", "width": 0.02, "batch_size": 4}


def schedule(side=32, first=4, stable=24, fade=16, batches=None, rates=None):
    sides = growing.sides(first, side)
    return growing.schedule_of(
        side, first, stable=stable, fade=fade, batches=batches or dict.fromkeys(sides, 4),
        rates=rates or dict.fromkeys(sides, 1.0),
    )  # fmt: skip


def reference(images, side, first, stable, fade):
    """The level of detail as the published programs compute it."""
    length = stable + fade
    phase = images // length
    lod = side.bit_length() - first.bit_length() - phase
    if fade:
        lod -= max(images - phase * length - stable, 0) / fade
    return max(lod, 0.0)


@pytest.mark.parametrize("fade", [0, 10, 16])
@pytest.mark.parametrize("stable", [0, 24])
def test_every_step_has_the_published_level_of_detail_and_batch(stable, fade):
    if not stable + fade:
        pytest.skip("no such schedule")
    batches = {4: 8, 8: 4, 16: 4, 32: 2}
    found, images = schedule(stable=stable, fade=fade, batches=batches), 0
    restarts, before = [], None
    for step in range(1, 80):
        lod = reference(images, 32, 4, stable, fade)
        level = found.at(step)
        assert found.during(level)(step) and level.images_before(step) == images, step
        if (stable or level.level < 3) and (stable + fade) > 20:  # else sides would follow each other within a step
            assert found.lod(step) == pytest.approx(lod) and level.side == 32 >> int(lod), step
            now = (int(lod), -int(-lod // 1))
            restarts += [step] if before not in (None, now) else []
            before = now
        images += level.batch
        assert found.images_until(step) == images
    if stable and fade:
        assert list(found.restarts) == restarts
        assert [step for step in range(80) if found.restart()(step)] == restarts


def test_what_says_when_counts_its_steps():
    found = schedule()
    during = [dataclasses.replace(found.during(level), interval=n) for level in found.levels for n in (1, 2, 3)]
    for when in (found.restart(), *during):
        for step in range(60):
            assert when.until(step) == sum(when(each) for each in range(1, step + 1))


def test_texts_hold_from_their_side_on():
    found = growing.entries("8:128,32:64")
    assert [growing.held(found, side, 4) for side in (4, 8, 16, 32, 64)] == [4, 128, 128, 64, 64]
    options = Options.from_dict(SMALL | {"growing_batch_sizes": "8:8,32:2", "growing_rates": "16:1.5"})
    levels = growing.schedule(options, 32).levels
    assert [(each.side, each.batch, each.rate) for each in levels] == [(4, 4, 1), (8, 8, 1), (16, 8, 1.5), (32, 2, 1.5)]
    assert growing.images_seen(options, 3) == 12 and growing.images_seen(options.replace(growing_from=0), 3) == 12
    assert growing.images_seen(options, 10**6) == growing.schedule(options, 32).images_until(10**6)


def test_a_side_in_words():
    found = schedule(stable=24, fade=16)
    assert found.described(found.levels[1], 12) == (
        "8 x 8: steps 8 to 12 (the first 3 fade it in), 4 images each, 20 in all"
    )
    assert found.described(found.levels[0], 5) == "4 x 4: steps 1 to 5, 4 images each, 20 in all"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"growing_from": 12}, "growing_from is 12; for images of 32 x 32 it is 0.* or one of 4, 8, 16, 32"),
        ({"growing_from": 64}, "growing_from is 64"),
        ({"growing_batch_sizes": "4;8"}, "growing_batch_sizes is '4;8'; it is a list such as 4:128,32:64"),
        ({"growing_batch_sizes": "8:4,4:8"}, "each side once, the smallest first"),
        ({"growing_batch_sizes": "4:0"}, "whole numbers above 0"),
        ({"growing_batch_sizes": "4:1.5"}, "whole numbers above 0"),
        ({"growing_rates": "4:0"}, "growing_rates is '4:0'.* numbers above 0"),
        ({"growing_rates": "4:2", "learning_rate_decay": 0.5}, "set learning_rate_decay=0"),
        ({"growing_stable_kimg": 0, "growing_fade_kimg": 0}, "are both 0"),
        ({"gan": "modular", "growing_from": 4}, "gan modular has no place for growing_from"),
    ],
)
def test_what_cannot_be_is_refused(changes, message):
    with pytest.raises(UserError, match=message):
        Options.from_dict(SMALL | changes)


def test_levels_are_what_a_trace_depends_on():
    first, *_ = schedule().levels
    assert dataclasses.replace(first) == first and hash(first) == hash(dataclasses.replace(first))
