"""The engine of Kubernetes: an Indexed Job, one pod a task, written out and created; this process does not wait for it.

A pod that is evicted is replaced, as often as that happens; its successor goes on from the last checkpoint. A task that
fails is tried again by itself (`backoffLimitPerIndex`), but not after a mistake of the user (exit code 2).
"""

from __future__ import annotations

import json
import pathlib
from typing import Any

from compare_gan_tf2.errors import UserError
from compare_gan_tf2.studies.engines import RunPlan, Summary
from compare_gan_tf2.studies.engines._cluster import absolute, asked, command, due, nothing_due, ranges, require
from compare_gan_tf2.studies.resources import Resources

# Of an Indexed Job, and pods of one at a time.
_MOST_TASKS, _MOST_PODS = 100_000, 10_000
_USER_ERROR = 2
# Longer than a checkpoint takes, which a pod saves when it is told to leave.
_GRACE_SECONDS = 120
_CONTAINER, _VOLUME = "task", "study"
_LABELS = {"app.kubernetes.io/name": "compare-gan-study"}
_NEEDED = ("image", "volume_claim", "mount_path")


def written(workdir: pathlib.Path, plan: RunPlan) -> str:
    """The manifest in JSON, for `kubectl create -f`; nothing is created."""
    numbers = due(workdir, plan)
    return json.dumps(manifest(workdir, plan, numbers), indent=2) if numbers else "nothing left to do"


def run(workdir: pathlib.Path, plan: RunPlan) -> Summary:
    """Creates the job for all tasks that are not done, and returns.

    Raises:
        UserError: if something that is needed is not given, kubectl is not here, or Kubernetes refuses.
    """
    numbers = due(workdir, plan)
    if not numbers:
        return nothing_due(workdir, plan)
    text = json.dumps(manifest(workdir, plan, numbers))
    require("kubectl", "Kubernetes")
    try:
        said = asked(["kubectl", "create", "-o", "name", "-f", "-"], text)
    except UserError as error:
        raise UserError(f"{error}; nothing was submitted") from error
    return Summary(submitted=(f"{said}: tasks {ranges(numbers)}",))


def manifest(workdir: pathlib.Path, plan: RunPlan, numbers: list[int]) -> dict[str, Any]:
    """The Indexed Job for some tasks of a study."""
    wanted = plan.resources
    _check(workdir, wanted, len(numbers))
    name = {"generateName": "compare-gan-study-", "labels": _LABELS}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": name | ({"namespace": wanted.namespace} if wanted.namespace else {}),
        "spec": {
            "completionMode": "Indexed",
            "completions": len(numbers),
            "parallelism": min(plan.jobs or len(numbers), len(numbers), _MOST_PODS),
            "backoffLimitPerIndex": plan.retries,
            "podReplacementPolicy": "Failed",
            "podFailurePolicy": {
                "rules": [
                    {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
                    {
                        "action": "FailIndex",
                        "onExitCodes": {"containerName": _CONTAINER, "operator": "In", "values": [_USER_ERROR]},
                    },
                ]
            },
            "template": {"metadata": {"labels": _LABELS}, "spec": _pod(workdir, plan, numbers)},
        },
    }


def _pod(workdir: pathlib.Path, plan: RunPlan, numbers: list[int]) -> dict[str, Any]:
    wanted = plan.resources
    amounts = {"cpu": str(wanted.cpus_per_task or plan.threads)} | ({"memory": wanted.mem} if wanted.mem else {})
    gpus = {"nvidia.com/gpu": str(wanted.gpus_per_task)} if wanted.gpus_per_task else {}
    return {
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": _GRACE_SECONDS,
        "containers": [
            {
                "name": _CONTAINER,
                "image": wanted.image,
                "command": [*command(workdir, plan, "python", 0), "--tasks", ranges(numbers)],
                "resources": {"requests": amounts | gpus, "limits": amounts | gpus},
                "volumeMounts": [{"name": _VOLUME, "mountPath": wanted.mount_path}],
            }
        ],
        "volumes": [{"name": _VOLUME, "persistentVolumeClaim": {"claimName": wanted.volume_claim}}],
    }


def _check(workdir: pathlib.Path, wanted: Resources, count: int) -> None:
    for name in _NEEDED:
        if not getattr(wanted, name):
            raise UserError(f"--engine kubernetes needs --{', --'.join(_NEEDED)}; --{name} is missing")
    if not absolute(workdir).is_relative_to(str(wanted.mount_path)):
        raise UserError(
            f"{absolute(workdir)} is not below --mount_path {wanted.mount_path}; pods have to see the study under the "
            "path that it has here"
        )
    if count > _MOST_TASKS:
        raise UserError(f"{count} tasks are left; an Indexed Job has at most {_MOST_TASKS}")
