"""A worker process whose tasks are not trained: each ends as <task>/behavior says.

Words: "fail TEXT", "user TEXT", "diverge"; "die N" kills the process at the first N attempts; "wait" goes on until the
file `go` is there; "vanish HOW" removes the folder, and goes on to write there, by HOW as trainings do ("files") or as
anybody does ("open"); nothing for a task that goes well.
"""

import os
import pathlib
import shutil
import signal
import sys
import time

sys.path[0] = str(pathlib.Path(__file__).parents[1])

from studies.conftest import finished, row, said  # noqa: E402

from compare_gan_tf2.errors import UserError  # noqa: E402
from compare_gan_tf2.files import replace_file  # noqa: E402
from compare_gan_tf2.studies.engines import _child  # noqa: E402


def _run(folder):
    with (folder / "ran").open("a") as file:
        print(os.getpid(), file=file)
    attempts = len((folder / "ran").read_text().split())
    path = folder / "behavior"
    word, _, text = (path.read_text() if path.exists() else "").partition(" ")
    print("hello from", folder.name)
    if word == "fail":
        raise RuntimeError(text)
    if word == "user":
        raise UserError(text)
    if word == "die" and attempts <= int(text):
        os.kill(os.getpid(), signal.SIGKILL)
    if word == "vanish":
        shutil.rmtree(folder)
        if text == "files":
            with replace_file(folder / "status.json") as file:
                file.write(b"{}")
        (folder / "status.json").write_text("{}")
    if word == "wait":
        try:
            while not (folder / "go").exists():
                time.sleep(0.02)
        except SystemExit:  # as a checkpoint takes a moment
            time.sleep(0.5)
            (folder / "left").touch()
            raise
    if word == "diverge":
        said(folder, "diverged", 33)
        row(folder, 33, "diverged")
    else:
        finished(folder)


def _made(order):
    if order["dataset_root"] == "none":
        raise UserError("no data here")
    return _run


if __name__ == "__main__":
    sys.exit(_child.serve(_made))
