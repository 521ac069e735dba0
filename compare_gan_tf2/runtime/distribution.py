"""Where a training runs: one device, several of a machine, several machines, or a TPU; all of them synchronously.

There is no parameter server: its workers' updates arrive in an order of chance, and what chance decided cannot be
compared.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterable, Iterator
from typing import Any

import tensorflow as tf

from compare_gan_tf2.components import unknown
from compare_gan_tf2.errors import UserError
from compare_gan_tf2.options import Options

STRATEGIES = ("mirrored", "multi_worker", "one_device", "tpu")
CLUSTERS = ("auto", "kubernetes", "slurm", "tf_config")
# Kubernetes: how many pods an indexed job has, and what they are called, with {} for the index, as in "gan-{}.gan".
_PODS, _POD_NAME, _POD_PORT = "COMPARE_GAN_PODS", "COMPARE_GAN_POD_NAME", 8470


def create(name: str, replicas: int = 0, *, cluster: str = "auto", tpu: str = "local") -> tf.distribute.Strategy:
    """A strategy of tf.distribute; to be made before anything else is done with TensorFlow.

    Args:
        name: "one_device": the first GPU, or the CPU; "mirrored": all GPUs, or logical devices of the CPU;
            "multi_worker": all GPUs, or the CPU, of every worker; "tpu": all cores.
        replicas: how many devices "mirrored" uses; 0 is all GPUs.
        cluster: who tells the workers of "multi_worker" of each other: the variable TF_CONFIG, Slurm, Kubernetes; or
            "auto", the first of these that seems to be there.
        tpu: name or address of the TPU; "local" on the TPU's own machine.

    Raises:
        UserError: if the name is unknown, there are fewer devices, or the workers or the TPU cannot be found.
    """
    if name not in STRATEGIES:
        raise UserError(unknown("strategy", name, STRATEGIES))
    if name != "mirrored" and replicas:
        raise UserError(f"a number of replicas is for strategy mirrored; strategy {name} takes what is there")
    if name == "tpu":
        return _tpu(tpu)
    # Physical devices first: asking for logical ones starts TensorFlow, after which the CPU cannot be split any more.
    gpus = let_memory_grow()
    if name == "one_device":
        return tf.distribute.OneDeviceStrategy("/gpu:0" if gpus else "/cpu:0")
    if name == "multi_worker":
        return _multi_worker(cluster)
    devices = tf.config.list_logical_devices("GPU") if gpus else _split_cpu(replicas)
    wanted = replicas or len(devices)
    if wanted > len(devices):
        raise UserError(f"strategy mirrored with {wanted} replicas, and the number of devices here is {len(devices)}")
    return tf.distribute.MirroredStrategy([device.name for device in devices[:wanted]])


def check_batch(options: Options, replicas: int) -> None:
    """Raises UserError unless so many replicas can share the batch, each microbatch of it."""
    shares = replicas * options.accumulation_steps
    if options.batch_size % shares:
        raise UserError(
            f"option batch_size is {options.batch_size}; it must be divisible by {shares}: {replicas} replicas "
            f"with {options.accumulation_steps} accumulation_steps"
        )
    if options.self_supervision != "none" and options.rotated_batch_size % (4 * shares):
        raise UserError(
            f"option rotated_batch_size is {options.rotated_batch_size}; with {replicas} replicas and "
            f"{options.accumulation_steps} accumulation_steps it must be divisible by {4 * shares}"
        )


def check_turns(turns: Iterable[Any], options: Options, replicas: int) -> None:
    """Raises UserError unless so many replicas can share the rows of turns that have another number of them."""
    for turn in turns:
        shares = replicas * (1 if turn.whole else options.accumulation_steps)
        if turn.rows % shares:
            raise UserError(
                f"the update {turn.draws!r} of GAN type {options.gan} takes {turn.rows} rows; they must be divisible "
                f"by {shares}: {replicas} replicas with {shares // replicas} microbatches"
            )


def let_memory_grow() -> list:
    """The GPUs, from whose memory TensorFlow takes from now on what it needs, and not all."""
    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        with contextlib.suppress(RuntimeError):  # already in use: then as it is
            tf.config.experimental.set_memory_growth(gpu, True)
    return list(gpus)


@contextlib.contextmanager
def together(strategy: tf.distribute.Strategy) -> Iterator[None]:
    """Around what all workers do together: UserError if another one is gone, or cannot be reached."""
    try:
        yield
    except tf.errors.OpError as error:
        if workers(strategy)[1] == 1:
            raise
        reason = error.message.partition("\n")[0]
        found = "" if reason.endswith(":") else f" ({reason})"  # a heading says nothing
        raise UserError(
            f"another worker is gone, or cannot be reached{found}; start all workers again with the same command: they "
            "continue from the last checkpoint"
        ) from error


def workers(strategy: tf.distribute.Strategy) -> tuple[int, int]:
    """Number of this worker, from 0, and how many there are; (0, 1) of all strategies but "multi_worker".

    Worker 0 is the chief: it alone writes.
    """
    resolver = strategy.cluster_resolver
    if not isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy) or resolver is None:
        return 0, 1
    jobs = resolver.cluster_spec().as_dict()
    chiefs = len(jobs.get("chief", []))
    return resolver.task_id + (chiefs if resolver.task_type == "worker" else 0), chiefs + len(jobs.get("worker", []))


def describe(strategy: tf.distribute.Strategy) -> str:
    """One line for a person: how many devices of what kind, and whether a GPU was expected and is not seen."""
    number, count = workers(strategy)
    replicas = strategy.num_replicas_in_sync
    device = strategy.extended.worker_devices[0]
    kind = tf.DeviceSpec.from_string(device).device_type
    text = f"{replicas} device{'s' * (replicas > 1)} ({kind})"
    if count > 1:
        text += f", worker {number} of {count}"
    if kind == "CPU" and os.path.exists("/proc/driver/nvidia") and "CUDA_VISIBLE_DEVICES" not in os.environ:
        text += "; there is an NVIDIA driver, but TensorFlow sees no GPU: pip install 'compare_gan_tf2[gpu]'"
    return text


def _multi_worker(cluster: str) -> tf.distribute.Strategy:
    if cluster not in CLUSTERS:
        raise UserError(unknown("cluster", cluster, CLUSTERS))
    try:
        resolver = _resolver(cluster)
        spec, kind = resolver.cluster_spec().as_dict(), resolver.task_type
    except (ValueError, KeyError, TypeError, RuntimeError, ImportError, OSError) as error:
        raise UserError(f"the workers of the cluster cannot be found: {error}") from error
    if kind not in ("chief", "worker") or not set(spec) <= {"chief", "worker", "evaluator"}:
        raise UserError(
            f"this task of the cluster is {kind!r}, and its jobs are {', '.join(sorted(spec)) or 'none'}; strategy "
            "multi_worker needs TF_CONFIG (or Slurm, or Kubernetes) with job worker, and chief if need be. An "
            "evaluator is a process of its own: --command=eval --watch"
        )
    there = spec.get(kind, [])
    if resolver.task_id not in range(len(there)):
        raise UserError(
            f"this task of the cluster is {kind} {resolver.task_id}, counted from 0, and there are: {there}"
        )
    # Rings, which unlike NCCL need no GPUs; there TensorFlow chooses NCCL.
    has_gpus = bool(tf.config.list_physical_devices("GPU"))
    kinds = tf.distribute.experimental.CommunicationImplementation
    options = tf.distribute.experimental.CommunicationOptions(implementation=kinds.AUTO if has_gpus else kinds.RING)
    addresses = [*spec.get("chief", []), *spec.get("worker", [])]
    if len(addresses) > 1:
        print(f"waiting until all workers are there: {', '.join(addresses)}", flush=True)
    try:
        with _signals_as_before():
            return tf.distribute.MultiWorkerMirroredStrategy(cluster_resolver=resolver, communication_options=options)
    except RuntimeError as error:
        raise UserError(f"strategy multi_worker cannot start: {error}") from error
    except tf.errors.OpError as error:
        raise UserError(f"the workers {spec} do not answer: {error.message.partition(chr(10))[0]}") from error


@contextlib.contextmanager
def _signals_as_before() -> Iterator[None]:
    """Around the meeting of workers, or of a TPU: within it SIGINT ends the process, afterwards all is as before.

    TensorFlow takes SIGTERM for itself there, and then nobody hears of it; Python cannot answer while it waits.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            if handler is not None:
                signal.signal(number, handler)


def _resolver(cluster: str) -> Any:
    known = tf.distribute.cluster_resolver
    if cluster == "auto":
        hints = {"tf_config": "TF_CONFIG", "slurm": "SLURM_STEP_NUM_TASKS", "kubernetes": "JOB_COMPLETION_INDEX"}
        cluster = next((name for name, variable in hints.items() if variable in os.environ), "tf_config")
    if cluster == "slurm":
        # It would share GPUs out among a node's tasks, too late, and fail where there are none: one for each, on paper.
        tasks = int(os.environ["SLURM_STEP_NUM_TASKS"])
        return known.SlurmClusterResolver(gpus_per_node=tasks, gpus_per_task=1, auto_set_gpu=False)
    if cluster == "tf_config":
        return known.TFConfigClusterResolver()
    # An indexed job with a headless service, whose pods have names that are known beforehand. TensorFlow's own resolver
    # orders pods by name, the tenth before the second, and does not say which one this is.
    index, pods, name = (os.environ.get(key, "") for key in ("JOB_COMPLETION_INDEX", _PODS, _POD_NAME))
    if not index.isdecimal() or not pods.isdecimal() or "{}" not in name:
        raise ValueError(
            f"on Kubernetes run an indexed job, and set {_PODS} to the number of its pods and {_POD_NAME} to their "
            "names, as in gan-{}.gan"
        )
    addresses = [f"{name.format(number)}:{_POD_PORT}" for number in range(int(pods))]
    spec = tf.train.ClusterSpec({"worker": addresses})
    return known.SimpleClusterResolver(spec, task_type="worker", task_id=int(index), rpc_layer="grpc")


def _tpu(name: str) -> tf.distribute.Strategy:
    try:
        resolver = tf.distribute.cluster_resolver.TPUClusterResolver(tpu=name)
        if name != "local":
            print(f"waiting for the TPU {name}", flush=True)
        with _signals_as_before():
            if name != "local":
                tf.config.experimental_connect_to_cluster(resolver)
            tf.tpu.experimental.initialize_tpu_system(resolver)
        return tf.distribute.TPUStrategy(resolver)
    except (ValueError, RuntimeError, ImportError, OSError, tf.errors.OpError) as error:
        reason = str(error).strip().partition("\n")[0].partition(". ")[0]  # the rest is TensorFlow's inside
        raise UserError(f"TPU {name!r} cannot be used: {reason}") from error


def _split_cpu(replicas: int) -> list:
    """Logical devices of the CPU; they can be made only before TensorFlow has started to use it."""
    if replicas > 1:
        try:
            configuration = [tf.config.LogicalDeviceConfiguration()] * replicas
            tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], configuration)
        except RuntimeError:
            pass  # already initialized: what there is decides, and the caller says if it is too little
    return tf.config.list_logical_devices("CPU")
