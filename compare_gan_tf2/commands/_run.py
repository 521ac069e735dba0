"""What every executable shares: flags in, one line and exit code 2 for a user's mistake."""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
import json
import logging
import math
import os
import pathlib
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TextIO

from absl import flags

import compare_gan_tf2
from compare_gan_tf2 import display, progress
from compare_gan_tf2.compat import tensorflow_start
from compare_gan_tf2.errors import UserError

_log = logging.getLogger(__name__)

USER_ERROR = 2
_INTERRUPTED = 130
_TERMINATED = 143
_FOLDERS = ("archives", "cache_dir", "dataset_root", "workdir")
# Flags that every command has.
_COMMON = "  --quiet: print results and errors only, without progress and warnings\n  --version: print the version"
# An option with its value: a word that begins with a name and has an equals sign behind it.
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
# Classes of a data set that are named.
_NAMED = 20


def run(
    usage: str, values: flags.FlagValues, main: Callable[[list[str]], int | None], argv: Sequence[str] | None = None
) -> int:
    """Parses argv into values, calls main with the positional arguments, and returns the exit code.

    absl's own app.run exits with 1 and prints the whole help for a mistyped flag; here a mistake is one line and 2.

    Args:
        usage: the module's docstring, shown by --help.
        values: the command's own flags, defined on their own FlagValues so that importing a command defines nothing
            globally.
        main: called with the positional arguments; may return an exit code.
        argv: the command line with the program's name first; sys.argv by default.
    """
    return answered(lambda: _parsed_and_done(usage, values, main, list(sys.argv if argv is None else argv)))


def _parsed_and_done(
    usage: str, values: flags.FlagValues, main: Callable[[list[str]], int | None], argv: list[str]
) -> int:
    values.unparse_flags()  # a second call in one process must not see the first one's flags
    if said_version(argv):
        return 0
    if any(word in ("--help", "-help", "-h") for word in argv[1:]):
        # absl heads the flags by the name of a module, which nobody needs to know.
        listed = values.get_help(include_special_flags=False).strip().partition("\n")[2]
        print(f"{usage.strip()}\n\nflags:\n{listed}\n\n{_COMMON}")
        return 0
    try:
        positional = values(_with_each_set(heard(argv), values))[1:]
    except flags.UnrecognizedFlagError as error:
        # Commands that score have a --set, too, of options of the evaluation alone.
        makes_tasks = "set" in values and "experiment" in values
        raise UserError(unknown_flag(error.flagname, argv, makes_tasks, list(values))) from None
    _check(values)
    return main(positional) or 0


def said_version(argv: Sequence[str]) -> bool:
    """Prints the version if --version asks for it."""
    if "--version" not in argv[1:]:
        return False
    print(f"compare_gan_tf2 {compare_gan_tf2.__version__}")
    return True


def heard(argv: Sequence[str]) -> list[str]:
    """The command line without --quiet, which every command has, and which is obeyed here."""
    if "--quiet" in argv[1:]:
        logging.getLogger().setLevel(logging.ERROR)
        progress.set_quiet(True)
    return [argv[0], *(word for word in argv[1:] if word != "--quiet")]


def _with_each_set(argv: Sequence[str], values: flags.FlagValues) -> list[str]:
    """The command line with a --set of its own for each of several option=value behind one, as in `--set a=1 b=2`."""
    if "set" not in values:
        return list(argv)
    found: list[str] = []
    # Whether the next word is the value of a --set, and whether it may be one more behind it.
    is_value = goes_on = False
    for place, word in enumerate(argv):
        if word == "--":
            return [*found, *argv[place:]]
        if goes_on and not is_value and _ASSIGNMENT.match(word):
            found += ["--set", word]
            continue
        goes_on = is_value or word.startswith(("--set=", "-set="))
        is_value = not is_value and word in ("--set", "-set")
        found.append(word)
    return found


def unknown_flag(name: str, argv: Sequence[str], sets_options: bool, known: Sequence[str]) -> str:
    """What is said of a flag that there is not: it may be an option of tasks.

    Args:
        name: the flag, without dashes.
        argv: the command line.
        sets_options: whether the command has a --set of all options.
        known: its flags, without dashes.
    """
    from compare_gan_tf2.options import Options

    if name in (field.name for field in dataclasses.fields(Options)):
        given = [word.partition("=")[2] for word in argv if word.lstrip("-").startswith(f"{name}=")]
        if sets_options:
            return f"{name} is an option and not a flag; write --set {name}={given[0] if given else 'VALUE'}"
        own = "; to use your own pictures, give --inputs" if name == "dataset" and "inputs" in known else ""
        return f"{name} is an option of tasks, which this command does not set; `compare_gan_generate_tasks` does{own}"
    near = difflib.get_close_matches(name, known, n=3)
    hint = f", did you mean {' or '.join(f'--{each}' for each in near)}?" if near else ";"
    return f"unknown flag --{name}{hint} --help shows all"


def answered(work: Callable[[], int | None]) -> int:
    """Calls `work` and returns the exit code: a user's mistake is a line and USER_ERROR, as are rights and full disks.

    What is printed meanwhile is made visible, and a notice to leave is answered as Ctrl-C is.
    """
    with contextlib.redirect_stdout(_Visible(sys.stdout)):
        return _answered(work)


def _answered(work: Callable[[], int | None]) -> int:
    tensorflow_start.silence()
    _show_warnings()
    progress.set_quiet(False)
    # A notice to leave gives back claims and removes what is half-written, as Ctrl-C does.
    before = signal.signal(signal.SIGTERM, _leave) if _is_main_thread() else None
    try:
        code = work() or 0
        # Here, where a full disk or a reader that has gone is answered.
        sys.stdout.flush()
        return code
    except (UserError, flags.Error) as error:
        said = str(error) if isinstance(error, UserError) else _plain(str(error))
        print(f"error: {display.line(said)}", file=sys.stderr)
        return USER_ERROR
    except BrokenPipeError:
        # The reader of a pipe (head, less) has seen enough; keep Python from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except SystemExit as error:
        if error.code == _TERMINATED:
            print("terminated; what was finished is kept, and the same command continues", file=sys.stderr)
        return int(error.code or 0)
    except OSError as error:
        # A full disk, missing rights: nothing that is finished is lost, and a stack trace would not help.
        said = f"{error.strerror or error}: {error.filename or 'while writing'}"
        print(f"error: {display.line(said)}", file=sys.stderr)
        return USER_ERROR
    except KeyboardInterrupt:
        print("interrupted; what was finished is kept, and the same command continues", file=sys.stderr)
        return _INTERRUPTED
    finally:
        if _is_main_thread():
            signal.signal(signal.SIGTERM, before)


def start_tensorflow() -> None:
    """Imports TensorFlow and Keras without their start-up lines; raises as `tensorflow_start.start`."""
    tensorflow_start.start()


def _check(values: flags.FlagValues) -> None:
    """Refuses flags that are given without a value, and files where folders are expected."""
    for name in values:
        flag = values[name]
        # As an unset variable of a shell leaves it; a default would be a surprise.
        if flag.present and flag.value == "":
            raise UserError(f"--{name} is empty; leave it out, or give: {flag.help}")
        if name in _FOLDERS and flag.value and (place := folder(flag.value)).exists() and not place.is_dir():
            raise UserError(f"--{name} is {place}, which is not a folder; it must be a {flag.help}")


def _plain(said: str) -> str:
    """What absl says of a flag, without Python's own words in it."""
    for pattern, words in (
        (r"invalid literal for int\(\) with base 10: .*", "it has to be a whole number"),
        (r"could not convert string to float: .*", "it has to be a number"),
        (r"\('Non-boolean argument to boolean flag', .*\)", "it is given without a value, or with true or false"),
        (r"^ERROR:: Unable to open flagfile: \[Errno \d+\] ", "--flagfile: "),
    ):
        said = re.sub(pattern, words, said, flags=re.DOTALL)
    return said


class _Visible:
    """Standard output on which names of files and classes are read and not obeyed, whatever encoding it has."""

    def __init__(self, stream: TextIO):
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        encoding = self._stream.encoding or "utf-8"
        shown = display.visible(text, keep="\n\t").encode(encoding, "backslashreplace").decode(encoding)
        return self._stream.write(shown)


class _OneLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return display.line(super().format(record))


def _show_warnings() -> None:
    """Prints what the package warns of, a line each, unless the process has its own way of logging."""
    handler = logging.StreamHandler()
    handler.setFormatter(_OneLine("%(levelname)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    if logging.getLogger().level == logging.ERROR:  # of an earlier call with --quiet
        logging.getLogger().setLevel(logging.WARNING)


def no_arguments(positional: Sequence[str]) -> None:
    """Refuses words that belong to no flag; a forgotten -- is the usual cause."""
    if positional:
        raise UserError(f"unexpected argument {positional[0]!r}; every option is written --name=value")


def required(values: flags.FlagValues, *names: str) -> None:
    """Refuses a command line without one of these flags."""
    for name in names:
        if values[name].value in (None, ""):
            raise UserError(f"--{name} is missing: {values[name].help}")


def define_set(values: flags.FlagValues, said: str) -> None:
    """Adds --set to a command's flags.

    Args:
        values: the flags.
        said: what it is for; how several options are set is added.
    """
    flags.DEFINE_multi_string("set", [], said, flag_values=values)
    # In place of what absl adds to the help of such a flag.
    values["set"].help = f"{said}; to set several options: --set a=1 b=2"


def define_json(values: flags.FlagValues) -> None:
    """Adds --json to a command's flags."""
    flags.DEFINE_bool("json", False, "print the results as one line of JSON, for programs", flag_values=values)


def as_json(result: Any) -> str:
    """One line of JSON; numbers that are not finite are null, and places are text."""
    return json.dumps(_plain_values(result))


def _plain_values(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain_values(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain_values(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)


def assignments(words: Sequence[str]) -> dict[str, str]:
    """What --set says, by option; UserError for what is no option=value, or given twice."""
    given: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise UserError(f"--set {word!r} is not of the form option=value")
        if name in given:
            raise UserError(f"--set {name}=... is given twice")
        given[name] = value
    return given


def warn_of_unprepared(every: Iterable[Any], dataset_root: str | None) -> None:
    """Warns, a line each, of data sets that tasks need and that are not there; they may be prepared later or elsewhere.

    Args:
        every: the tasks' options.
        dataset_root: as the command line has it.
    """
    from compare_gan_tf2.datasets import catalog
    from compare_gan_tf2.datasets.places import places

    root = places(dataset_root).dataset_root
    lines: dict[str, None] = {}
    for options in {each.dataset: each for each in every}.values():
        dataset = catalog.of(options)
        if not dataset.is_prepared(root):
            lines[dataset.how_to_prepare(root)] = None
    for line in lines:
        _log.warning("before you run the tasks: %s", line)


def folder(text: str) -> pathlib.Path:
    """A folder given on the command line."""
    if "\0" in text:
        raise UserError(f"no folder {text}")
    try:
        return pathlib.Path(text).expanduser()
    except RuntimeError as error:
        raise UserError(f"no folder {text}: {error}") from error


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def _leave(number: int, frame: object) -> None:
    raise SystemExit(_TERMINATED)


def classes(dataset: Any) -> str:
    """How many classes a data set has, and the first ones by name: "3 classes: cat, dog, owl"."""
    if not dataset.num_classes:
        return "without classes"
    names = ", ".join(display.visible(name) for name in dataset.class_names[:_NAMED])
    more = f", ... {display.visible(dataset.class_names[-1])}" if dataset.num_classes > _NAMED else ""
    return f"{dataset.num_classes} classes: {names}{more}"
