"""What a score's value depends on beside the model: a value, its text in a row, and the way back (no TensorFlow)."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterable

_BETWEEN = "; "
_METRICS = "; metrics="
_NAMED = re.compile(r"([a-z][a-z0-9_]*)=(.*)", re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Protocol:
    """How scores were measured; two scores of one name may be compared if their protocols agree.

    `str` gives the text that a row of scores.csv holds, "data=mnist test 5c1f0a1b; real=10000; metrics=fid; kid
    (blocks of at most 1024)", and `parse` the value of any such text, whatever version wrote it:
    str(Protocol.parse(text)) == text.

    Attributes:
        facts: (name, value) of everything but the metrics, in the order of the text. A text that does not begin with a
            name, as the one of a row without scores, is a fact without one: ("", "not scored").
        metrics: what is said of each metric, its name first: "kid (blocks of at most 1024)".
    """

    facts: tuple[tuple[str, str], ...] = ()
    metrics: tuple[str, ...] = ()

    @classmethod
    def of(cls, metrics: Iterable[str] = (), **facts: object) -> Protocol:
        """A protocol of facts by name, and of what is said of each metric.

        It equals the one that is read from its text, also where a value (a place on the disk) looks like further facts.
        """
        made = cls(tuple((name, str(value)) for name, value in facts.items()), tuple(metrics))
        return cls.parse(str(made))

    @classmethod
    def parse(cls, text: str) -> Protocol:
        """The protocol that has this text."""
        return _parsed(text)

    def __str__(self) -> str:
        facts = _BETWEEN.join(f"{name}={value}" if name else value for name, value in self.facts)
        return facts + (_METRICS + _BETWEEN.join(self.metrics) if self.metrics else "")

    def fact(self, name: str) -> str:
        """The value of a fact; empty where the protocol, perhaps of an older version, does not say."""
        return dict(self.facts).get(name, "")

    @property
    def weights(self) -> str:
        """Which weights of the generator were scored, "average" or "latest"; empty if it does not say."""
        return self.fact("weights")

    def without_metrics(self) -> Protocol:
        """The facts alone, which have to be equal for scores of any name to be compared."""
        return dataclasses.replace(self, metrics=())

    def by_metric(self) -> dict[str, str]:
        """Name of a metric -> what is said of it."""
        return {said.partition(" ")[0]: said for said in self.metrics if said}

    def agrees_with(self, other: Protocol) -> bool:
        """Whether scores of one name may be compared: the same facts, and metrics of both described alike."""
        if self.facts != other.facts:
            return False
        ours, theirs = self.by_metric(), other.by_metric()
        return all(ours[name] == theirs[name] for name in ours.keys() & theirs.keys())

    def includes(self, other: Protocol) -> bool:
        """Whether all facts of another one are facts of this one too."""
        return set(other.facts) <= set(self.facts)

    def joined(self, newer: Protocol) -> Protocol:
        """The protocol of a row with the scores of both: the newer one's facts, and the metrics of both by name."""
        said = self.by_metric() | newer.by_metric()
        if not said:
            return newer
        return dataclasses.replace(newer, metrics=tuple(said[name] for name in sorted(said)))


@functools.lru_cache(maxsize=4096)
def _parsed(text: str) -> Protocol:
    before, there_are, listed = text.partition(_METRICS)
    facts: list[tuple[str, str]] = []
    for part in before.split(_BETWEEN) if before else ():
        named = _NAMED.fullmatch(part)
        if named:
            facts.append((named[1], named[2]))
        elif facts:  # of a value that has the separator in it, as a path may
            name, value = facts[-1]
            facts[-1] = (name, value + _BETWEEN + part)
        else:
            facts.append(("", part))
    return Protocol(tuple(facts), tuple(listed.split(_BETWEEN)) if there_are else ())
