"""What tests run in a process of its own: functions of the modules here, by name."""

import pathlib
import subprocess
import sys

_HERE = pathlib.Path(__file__).parent


def run_program(module: str, function: str, *arguments) -> str:
    """Runs programs.<module>.<function>(*arguments as text) in a fresh process; gives what it prints.

    Raises:
        AssertionError: if it fails, with the end of its traceback.
    """
    code = f"import sys; from programs import {module}; {module}.{function}(*sys.argv[1:])"
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(_HERE.parent)!r}); {code}"]
    done = subprocess.run([*command, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout
