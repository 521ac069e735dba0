"""Gin files as text says them: each binding with its place. Nothing that they name is imported or called.

The syntax is read by gin-config's own parser; its registry of Python functions is not used.
"""

from __future__ import annotations

import dataclasses
import pathlib
import re
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from compare_gan_tf2.errors import UserError

# Packages whose imports in a gin file only made names known, all of which are known here.
_KNOWN_PACKAGES = ("compare_gan", "gin", "tensorflow", "tensorflow_gan", "tensorflow_hub")


@dataclasses.dataclass(frozen=True)
class Reference:
    """@scope/name, or @scope/name() if it is called.

    Attributes:
        scope: the part before the last slash, "" if there is none.
        name: of a function or class, with as much of its modules as was written.
    """

    scope: str
    name: str
    is_called: bool

    def __str__(self) -> str:
        return f"@{self.scope + '/' if self.scope else ''}{self.name}{'()' if self.is_called else ''}"


@dataclasses.dataclass(frozen=True)
class Binding:
    """scope/selector.parameter = value.

    Attributes:
        place: "file:line", or the words of the command line.
        scope: "" for everywhere.
        selector: of a function or class, with as much of its modules as was written.
        parameter: its argument.
        value: Python's literals, and `Reference`s, macros replaced.
    """

    place: str
    scope: str
    selector: str
    parameter: str
    value: Any

    def __str__(self) -> str:
        value = str(self.value) if isinstance(self.value, Reference) else repr(self.value)
        return f"{self.scope + '/' if self.scope else ''}{self.selector}.{self.parameter} = {value}"


@dataclasses.dataclass(frozen=True)
class Config:
    """What gin files and further lines say.

    Attributes:
        bindings: in order; a later one replaces an earlier one of the same scope, selector and parameter.
        imports: modules of others, by their place; they may hold functions that the bindings are about.
    """

    bindings: Sequence[Binding]
    imports: Mapping[str, str]


@dataclasses.dataclass(frozen=True)
class _Macro:
    name: str


def read(files: Sequence[str], lines: Sequence[str] = ()) -> Config:
    """Reads gin files, with those that they include, and further lines, in order.

    Args:
        files: paths; an included one is looked for beside the file that includes it, then in the working directory.
        lines: bindings of the command line.

    Raises:
        UserError: if gin-config is not installed, a file cannot be read or is no gin file, or a macro is not defined;
            with the place.
    """
    reader = _Reader()
    for name in files:
        reader.read_file(pathlib.Path(name).expanduser(), ())
    for line in lines:
        reader.read_text(line, f"--binding {line!r}", None, ())
    return reader.config()


class _Reader:
    def __init__(self) -> None:
        try:
            from gin import config_parser
        except ImportError as error:
            raise UserError("gin files need gin-config: pip install 'compare_gan_tf2[gin]'") from error
        self._gin = config_parser
        self._bindings: list[Binding] = []
        self._macros: dict[str, Any] = {}
        self._imports: dict[str, str] = {}
        self._delegate = _delegate(config_parser.ParserDelegate)

    def config(self) -> Config:
        """All that was read, without macros."""
        made = [dataclasses.replace(each, value=self._plain(each.value, each.place, ())) for each in self._bindings]
        others = {
            place: module for place, module in self._imports.items() if module.split(".")[0] not in _KNOWN_PACKAGES
        }
        return Config(made, others)

    def read_file(self, path: pathlib.Path, within: tuple[pathlib.Path, ...]) -> None:
        """Reads one file; `within` are those that include it."""
        if path.resolve() in [each.resolve() for each in within]:
            raise UserError(f"{within[-1]} includes {path}, by which it is included itself")
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
            by = f", which {within[-1]} includes" if within else ""
            raise UserError(f"cannot read {path}{by}: {why}") from error
        self.read_text(text, str(path), path, (*within, path))

    def read_text(self, text: str, name: str, path: pathlib.Path | None, within: tuple[pathlib.Path, ...]) -> None:
        """Reads the text of a file, or a line of the command line, which has no path."""
        for statement in self._statements(text, name):
            place = name if path is None else f"{name}:{statement.location.line_num}"
            if isinstance(statement, self._gin.BindingStatement):
                self._bind(statement, place)
            elif isinstance(statement, self._gin.IncludeStatement):
                beside = path.parent / statement.filename if path else pathlib.Path(statement.filename)
                found = beside if beside.exists() or not path else pathlib.Path(statement.filename)
                self.read_file(found if found.exists() else beside, within)
            elif isinstance(statement, self._gin.ImportStatement):
                self._imports[place] = statement.module

    def _statements(self, text: str, name: str) -> Iterator[Any]:
        try:
            yield from self._gin.ConfigParser(text, self._delegate)
        except SyntaxError as error:
            # Where a value is a bare word, gin says first what Python's parser holds in memory.
            said = re.sub(r"^malformed node.*?> ", "", " ".join(str(error.msg).split()))
            raise UserError(f"{name}{_line(error.lineno)}: no gin: {said}") from error
        except tokenize.TokenError as error:
            said, (line, _) = error.args
            raise UserError(f"{name}{_line(line)}: no gin: {said}") from error
        except ValueError as error:
            raise UserError(f"{name}: no gin: {error}") from error

    def _bind(self, statement: Any, place: str) -> None:
        scope, selector, parameter, value = statement[:4]
        # A name without a parameter is a macro; macro.value is its old form, with the name as scope.
        if not parameter:
            self._macros[f"{scope}/{selector}" if scope else selector] = value
        elif selector == "macro" and parameter == "value":
            self._macros[scope] = value
        else:
            self._bindings.append(Binding(place, scope, selector, parameter, value))

    def _plain(self, value: Any, place: str, within: tuple[str, ...]) -> Any:
        """A value with the values of macros in place of these."""
        if isinstance(value, _Macro):
            if value.name in within:
                raise UserError(f"{place}: macro %{value.name} is defined by itself")
            if value.name not in self._macros:
                known = ", ".join(f"%{name}" for name in sorted(self._macros)) or "none"
                raise UserError(f"{place}: macro %{value.name} has no value; defined are: {known}")
            return self._plain(self._macros[value.name], place, (*within, value.name))
        if isinstance(value, dict):
            return {self._plain(k, place, within): self._plain(v, place, within) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self._plain(each, place, within) for each in value)
        return value


def _line(number: int | None) -> str:
    return f":{number}" if number else ""


def _delegate(base: type) -> Any:
    """What gin's parser asks for references and macros; `base` is its class, known when gin-config is there."""

    class Delegate(base):  # type: ignore[misc]
        def configurable_reference(self, name: str, evaluate: bool) -> Reference:
            scope, _, selector = name.rpartition("/")
            return Reference(scope, selector, evaluate)

        def macro(self, name: str) -> _Macro:
            return _Macro(name)

    return Delegate()
