"""Task files, and what experiments are written with; the modules of the package use `task_folder.tasks` itself."""

from compare_gan_tf2.task_folder.tasks import (
    TASK_FILE,
    Task,
    choice,
    grid,
    log_uniform,
    numbers,
    plan,
    possible,
    random_search,
    read,
    uniform,
    write,
)

__all__ = [
    "TASK_FILE",
    "Task",
    "choice",
    "grid",
    "log_uniform",
    "numbers",
    "plan",
    "possible",
    "random_search",
    "read",
    "uniform",
    "write",
]
