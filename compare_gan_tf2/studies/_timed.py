"""A process that times tasks for `timing`: reads orders on its standard input, answers on its standard output.

Both are lines of JSON: first the threads, the places and whether modules are exported, then the options of a task each.
What is timed is the real thing, in a folder that goes afterwards: steps on the data, checkpoints, evaluations.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import json
import os
import pathlib
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from compare_gan_tf2.compat import tensorflow_start
from compare_gan_tf2.datasets import catalog, sources, streams
from compare_gan_tf2.datasets.catalog import Places
from compare_gan_tf2.datasets.places import places
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.evaluation import abilities
from compare_gan_tf2.options import Options
from compare_gan_tf2.studies.forecast import Timings, at
from compare_gan_tf2.task_folder import checkpoints, tasks

# Numbers of images whose evaluations are timed where there are more images, whose time is extrapolated from these.
_COUNTS = (512, 1024, 2048)
# Seconds of steps that are timed, after the first few, and the most of them.
_SECONDS, _MOST_STEPS, _WARM_STEPS = 3.0, 512, 2
_MEASURED_STEPS = 20
# Seconds of an evaluation that is not timed a second time.
_LONG = 20.0


def main() -> int:
    """What `timing` starts."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print is no answer

    def answer(**said: Any) -> None:
        print(json.dumps(said), file=answers, flush=True)

    order = json.loads(sys.stdin.readline())
    try:
        tensorflow_start.start()
        from compare_gan_tf2.runtime import device

        device.set_threads(order["threads"], order["threads"])
        _import_all()
        answer(ready=True)
        for line in sys.stdin:
            options = Options.from_dict(json.loads(line))
            answer(timings=dataclasses.asdict(_timed(options, order)))
    except UserError as error:
        answer(error=str(error))
        return 2
    return 0


def _import_all() -> None:
    """What a worker imports for its first task."""
    import compare_gan_tf2.evaluation.task
    import compare_gan_tf2.training.loop  # noqa: F401


def _timed(options: Options, order: dict[str, Any]) -> Timings:
    given = places(order["dataset_root"], order["cache_dir"])
    with tempfile.TemporaryDirectory() as scratch:
        folder, cache = pathlib.Path(scratch) / "0", pathlib.Path(scratch) / "cache"
        tasks.write(folder.parent, [tasks.Task(0, "timed", options)])
        _link(given.cache_dir, cache)
        where = Places(given.dataset_root, cache)
        found: dict[str, Any] = _of_training(options, folder, where)
        found |= _of_evaluation(options, folder, where, given)
        if order["export"]:
            found |= _of_export(folder)
        found["build"] += found.pop("build_evaluation")
        return Timings(**found)


def _link(kept: pathlib.Path, scratch: pathlib.Path) -> None:
    """A cache with all of another one but its references: extractors are not trained twice."""
    scratch.mkdir()
    # The trained classifier stays: a study needs it.
    (kept / "classifiers").mkdir(parents=True, exist_ok=True)
    for path in kept.iterdir():
        if path.name != "references":
            (scratch / path.name).symlink_to(path)


@contextlib.contextmanager
def _clock() -> Iterator[Callable[[], float]]:
    start = time.monotonic()
    yield lambda: time.monotonic() - start


def _of_training(options: Options, folder: pathlib.Path, where: Places) -> dict[str, float]:
    import tensorflow as tf

    from compare_gan_tf2.gans.base import build
    from compare_gan_tf2.runtime import distribution
    from compare_gan_tf2.task_folder.status import Record
    from compare_gan_tf2.training.steps import Stepper

    tf.config.experimental.enable_op_determinism()
    strategy, dataset = distribution.create("one_device"), catalog.of(options)
    if options.growing_from:  # steps of the whole side cost the most
        options = options.replace(growing_from=0)
    with _clock() as seconds:
        with strategy.scope():
            gan = build(options)
        opened = sources.open_sources(dataset, gan.engine.columns(), options, where, "none")
        again = seconds()
        if gan.has_steps:
            rows = streams.StepRows(opened, gan.engine.plan(), seed=options.seed, first_step=0)
            run = functools.partial(Stepper(gan, strategy).run, rows)
            measured = run(_WARM_STEPS, 0)[0]
        else:
            epochs = {name: streams.Epoch(source, options.seed) for name, source in opened.items()}
            for name, value in gan.fit(gan.evaluated(), epochs).items():
                gan.state[name].assign(value)
        built = seconds()
    step = _step_seconds(run) if gan.has_steps else 0.0
    before = _size(folder)
    with Record(folder, gan, 0, lambda: None, where) as record:
        with _clock() as seconds:
            record.save(1)
            first = seconds()
        after_first = _size(folder)
        with _clock() as seconds:
            record.save(2)
            save = seconds()
        after_second = _size(folder)
        if gan.has_steps:
            record.steps(2, [measured[-1]] * _MEASURED_STEPS)
    checkpoint = _size(checkpoints.path(folder, 2))
    written = after_second - after_first
    return {
        "build": built + max(0.0, first - save),
        "again": again,
        "step": step,
        "save": save,
        "checkpoint_bytes": checkpoint,
        "sample_bytes": max(0, written - checkpoint),
        "step_bytes": (_size(folder) - after_second) / _MEASURED_STEPS,
        "task_bytes": max(0, before + after_first - written),
    }


def _step_seconds(run: Callable[[int, int], Any]) -> float:
    """Of one step, by the largest of several groups, each twice as long as the one before."""
    done, count, spent = _WARM_STEPS, 1, 0.0
    while True:
        with _clock() as seconds:
            run(count, done)
            last = seconds()
        done, spent = done + count, spent + last
        if spent >= _SECONDS or count >= _MOST_STEPS:
            return last / count
        count *= 2


def _of_evaluation(options: Options, folder: pathlib.Path, where: Places, given: Places) -> dict[str, Any]:
    """One evaluation of a checkpoint, from evaluations of fewer images where there are many."""
    from compare_gan_tf2.evaluation import real_statistics

    dataset = abilities.dataset_of(options, abilities.scored(options)[0])
    whole = _Evaluated(options, folder, where).scorer(options, dataset).count
    counts = _COUNTS if whole > max(_COUNTS) else (whole,)
    each = [_Evaluated(options.replace(evaluation_samples=count), folder, where).timings() for count in counts]

    def of_whole(name: str) -> float:
        return at(whole, counts, [found[name] for found in each])

    made = _Evaluated(options, folder, where).scorer(options, dataset)
    is_kept = real_statistics.is_kept(dataset, dataset.evaluation_split, whole, made.extractor, given)
    names = each[-1]["metrics"]
    size = _size(where.cache_dir / "references") / sum(counts) * whole
    return {
        "build_evaluation": of_whole("build"),
        "load": of_whole("load"),
        "reference": 0.0 if is_kept else of_whole("reference"),
        "draw": of_whole("draw"),
        "metrics": {name: at(whole, counts, [found["metrics"].get(name, 0.0) for found in each]) for name in names},
        "reference_bytes": 0 if is_kept else size,
    }


class _Evaluated:
    """Evaluations of one checkpoint that are timed part by part."""

    def __init__(self, options: Options, folder: pathlib.Path, where: Places):
        self._options, self._folder, self._places = options, folder, where
        self._seconds: dict[str, float] = {}

    def scorer(self, options: Options, dataset: Any) -> Any:
        """Of images, whose metrics say how long they take."""
        from compare_gan_tf2.evaluation.task import new_scorer

        made = new_scorer(options, dataset, self._places)
        made.metrics = [self._watched(module) for module in made.metrics]
        made.model_metrics = [self._watched(module) for module in made.model_metrics]
        return made

    def _watched(self, module: ModuleType) -> ModuleType:
        copy = ModuleType(module.__name__)
        vars(copy).update(vars(module))

        def metric(*given: Any) -> Any:
            with _clock() as seconds:
                try:
                    return module.metric(*given)
                finally:
                    name = module.__name__.rpartition(".")[2]
                    self._seconds[name] = self._seconds.get(name, 0.0) + seconds()

        vars(copy)["metric"] = metric
        return copy

    def timings(self) -> dict[str, Any]:
        """Seconds of what is done once for a worker, once for a study, and for each evaluation."""
        from compare_gan_tf2.evaluation.task import CheckpointScorer

        names = abilities.scored(self._options)
        dataset = abilities.dataset_of(self._options, names[0])
        with _clock() as seconds:
            assert self.scorer(self._options, dataset).real is not None
            first = seconds()
        with _clock() as seconds:
            made = self.scorer(self._options, dataset)
            assert made.real is not None
            load = seconds()
        of_checkpoint = CheckpointScorer(self._options, self._places, scorer_of=lambda *_: made)
        totals, parts = [], []
        for _ in range(2):
            self._seconds = {}
            with _clock() as seconds:
                for name in names:
                    of_checkpoint.score(self._folder, 2, name)
                totals.append(seconds())
            parts.append(self._seconds)
            if totals[0] > _LONG:  # beside which traces are nothing
                totals, parts = 2 * totals, 2 * parts
                break
        of_model = {module.__name__.rpartition(".")[2] for module in made.model_metrics}
        extra = {name: max(0.0, parts[0][name] - value) for name, value in parts[1].items()}
        traced = max(0.0, totals[0] - totals[1] - sum(extra.values()))
        return {
            "build": traced + sum(value for name, value in extra.items() if name in of_model),
            "load": load,
            # What metrics derive from real images is kept beside them.
            "reference": max(0.0, first - load) + sum(value for name, value in extra.items() if name not in of_model),
            "draw": max(0.0, totals[1] - sum(parts[1].values())),
            "metrics": parts[1],
        }


def _of_export(folder: pathlib.Path) -> dict[str, float]:
    from compare_gan_tf2.hub_export.save import export

    with _clock() as seconds:
        made = export(folder, step="last")
        return {"export": seconds(), "export_bytes": _size(made)}


def _size(folder: pathlib.Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
