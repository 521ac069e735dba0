"""A worker process of the local engine: reads orders on its standard input, answers on its standard output.

Both are lines of JSON. The first order has what the worker is made of, every further one the number of a task. When
the input ends, because the parent is gone too, the process leaves its task as it does after SIGTERM.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import pathlib
import queue
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any, NoReturn

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.studies import shared_folder
from compare_gan_tf2.studies.attempts import attempt, in_words

# What a shell says of a process that SIGTERM ended.
_TERMINATED = 143
_UNABLE = 2


def serve(make: Callable[[dict[str, Any]], Callable[[pathlib.Path], None]]) -> int:
    """Carries out orders until there are no more; gives the exit code.

    Args:
        make: from the first order what runs a task in a folder.
    """
    # What libraries print is for the log of the task, and not for the parent.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    orders: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
    is_busy = threading.Event()
    threading.Thread(target=_read, args=(orders, is_busy), daemon=True).start()

    def answer(event: str, **said: Any) -> None:
        print(json.dumps({"event": event, **said}), file=answers, flush=True)

    first = orders.get()
    if first is None:
        return 0
    workdir = pathlib.Path(first["workdir"])
    try:
        shared_folder.check(workdir)
        run = make(first)
    except Exception as error:
        answer("unable", line=in_words(error))
        return _UNABLE
    is_busy.clear()
    answer("ready")
    while order := orders.get():
        outcome = attempt(run, workdir / str(order["number"]), first.get("until"))
        is_busy.clear()
        answer("over", **dataclasses.asdict(outcome))
    return 0


def _read(orders: queue.SimpleQueue[dict[str, Any] | None], is_busy: threading.Event) -> None:
    for line in sys.stdin:
        is_busy.set()
        orders.put(json.loads(line))
    orders.put(None)
    if is_busy.is_set():
        os.kill(os.getpid(), signal.SIGTERM)


def _leave(number: int, frame: object) -> NoReturn:
    raise SystemExit(_TERMINATED)


def worker(order: dict[str, Any]) -> Callable[[pathlib.Path], None]:
    """What runs a task in its folder, from the first order; UserError if that says no threads or Keras cannot start."""
    from compare_gan_tf2.studies.worker import Worker

    if not isinstance(order.get("threads"), list):
        raise UserError("the first order says no threads")
    within, operations = order["threads"]
    return Worker(
        order["dataset_root"],
        order["cache_dir"],
        threads=(within, operations),
        export=bool(order["export"]),
        until=order.get("until"),
        watch_with=order.get("watch_with", ()),
        watch_dir=order.get("watch_dir"),
        gradient_norms=bool(order.get("gradient_norms")),
    ).run


def main() -> int:
    """What the local engine starts."""
    return serve(worker)
