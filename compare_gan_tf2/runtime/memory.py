"""How much memory there is, how much this process has had, and how much a traced step will need."""

from __future__ import annotations

import os
import pathlib
import re
import sys
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

_STATUS = pathlib.Path("/proc/self/statm")
_EVERY_SECONDS = 0.002
# Operations whose output is the memory of their first input.
_SAME = frozenset(
    {"EnsureShape", "ExpandDims", "Identity", "PreventGradient", "Reshape", "Snapshot", "Squeeze", "StopGradient"}
)
# Operations whose output may take the place of an input.
_IN_PLACE = frozenset({
    "Add", "AddN", "AddV2", "BiasAdd", "Cast", "ClipByValue", "Div", "Exp", "LeakyRelu", "LeakyReluGrad", "Log",
    "Log1p", "Maximum", "Minimum", "Mul", "Neg", "Relu", "ReluGrad", "Rsqrt", "RsqrtGrad", "Sigmoid", "SigmoidGrad",
    "Softplus", "SoftplusGrad", "Sqrt", "SqrtGrad", "Square", "SquaredDifference", "Sub", "Tanh", "TanhGrad",
})  # fmt: skip
# What takes no memory of its own: variables are counted by themselves, constants belong to the graph.
_FREE = frozenset({"Const", "Placeholder", "ReadVariableOp", "VarHandleOp"})


def peak_resident() -> int:
    """Bytes of this process's memory at its peak.

    Linux's getrusage would not do: a new process starts with the peak of the one that made it.
    """
    about = pathlib.Path("/proc/self/status")
    if about.is_file() and (found := re.search(r"^VmHWM:\s+(\d+) kB$", about.read_text(), re.MULTILINE)):
        return 1024 * int(found[1])
    import resource  # not on Windows

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def available() -> int:
    """Bytes that this process can still take: of the machine, and of its control group where that has a limit."""
    found = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    meminfo = pathlib.Path("/proc/meminfo")
    if meminfo.is_file():  # Linux, which also says how much of it is taken
        lines = dict(line.split(":", 1) for line in meminfo.read_text().splitlines())
        found = [1024 * int(lines["MemAvailable"].split()[0])]
    group = pathlib.Path("/sys/fs/cgroup")
    try:
        limit = int((group / "memory.max").read_text())  # the text "max" where there is none
        used = int((group / "memory.current").read_text())
        stats = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
        found.append(limit - used + int(stats["inactive_file"]))
    except (OSError, ValueError, KeyError):
        pass
    return min(found)


def most_during(call: Callable[[], Any]) -> int:
    """The most bytes that this process had in memory during a call; 0 where the system does not say."""
    if not _STATUS.is_file():
        return 0
    most, is_over = [_resident()], threading.Event()

    def watch() -> None:
        while not is_over.wait(_EVERY_SECONDS):
            most.append(max(most.pop(), _resident()))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        call()
    finally:
        is_over.set()
        watcher.join()
    return most[0]


def _resident() -> int:
    return int(_STATUS.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def planned(graph: Any) -> int:
    """Bytes of a traced function's tensors that are alive at once at most; variables are not among them.

    Operations are taken in the order in which they were made, an output lives until the last operation that reads it,
    and elementwise operations write over an input that nobody reads afterwards. TensorFlow computes what is ready, so
    that its own peak is another, and what kernels need for themselves comes on top.

    Args:
        graph: of a concrete function. Functions that it calls count by their outputs alone.
    """
    operations = graph.get_operations()
    buffers, reads = _buffers(operations), Counter[str]()
    for operation in operations:
        reads.update(buffers[each.name] for each in operation.inputs)
    sizes, alive, most = dict[str, int](), 0, 0
    for operation in operations:
        mine = [each for each in operation.outputs if buffers[each.name] == each.name]
        new = {each.name: 0 if operation.type in _FREE else _bytes(each) for each in mine}
        read = Counter(buffers[each.name] for each in operation.inputs)
        reads.subtract(read)
        dead = [each for each in read if reads[each] == 0 and each in sizes]
        if operation.type in _IN_PLACE:
            same = next((each for each in dead if sizes[each] == sum(new.values())), None)
            if same is not None:
                dead.remove(same)
                del sizes[same]
                alive -= sum(new.values())
        alive += sum(new.values())
        sizes |= new
        most = max(most, alive)
        # Also what nobody reads.
        for each in [*dead, *(buffer for buffer in new if reads[buffer] == 0)]:
            alive -= sizes.pop(each)
    return most


def _buffers(operations: list[Any]) -> dict[str, str]:
    """Of every tensor the one whose memory it is."""
    found = dict[str, str]()
    for operation in operations:
        for place, each in enumerate(operation.outputs):
            is_same = place == 0 and operation.type in _SAME and len(operation.inputs) > 0
            found[each.name] = found[operation.inputs[0].name] if is_same else each.name
    return found


def _bytes(tensor: Any) -> int:
    """Of a tensor; 0 where its shape is not known."""
    count = tensor.shape.num_elements() if tensor.shape.rank is not None else None
    return (count or 0) * tensor.dtype.size if tensor.dtype.is_numpy_compatible else 0
