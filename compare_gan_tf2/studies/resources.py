"""What engines of many machines are to ask for; names are those of the systems."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Resources:
    """What a task gets, and where it is run.

    Attributes:
        cpus_per_task: processors; None for as many as the threads that a task computes with.
        gpus_per_task: GPUs.
        mem: memory, in the words of the system (16G for Slurm, 16Gi for Kubernetes); None for its default.
        time_limit: of a task, as Slurm writes times; None for the partition's.
        partition: of Slurm; None for the default.
        image: of the containers in Kubernetes, with this package in it.
        namespace: in Kubernetes; None for the user's.
        volume_claim: the persistent volume claim that has the study.
        mount_path: where containers see that.
        ray_address: of a Ray cluster; None for $RAY_ADDRESS, or this machine.
    """

    cpus_per_task: int | None = None
    gpus_per_task: int = 0
    mem: str | None = None
    time_limit: str | None = None
    partition: str | None = None
    image: str | None = None
    namespace: str | None = None
    volume_claim: str | None = None
    mount_path: str | None = None
    ray_address: str | None = None
