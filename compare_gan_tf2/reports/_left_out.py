"""What a report leaves out, counted by reason, with the first places of each."""

from __future__ import annotations

from collections.abc import Iterable

from compare_gan_tf2 import display

_MOST_PLACES = 5


class LeftOut:
    """Counts by reason."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._places: dict[str, dict[str, None]] = {}

    def add(self, what: str, place: object, why: str = "", count: int = 1) -> None:
        """One more thing that is left out.

        Args:
            what: is left out, and why, for all that are counted together: "rows that a copy cut".
            place: where it is: a file, a folder, or a task.
            why: what is wrong in this place, if that is another thing in others.
            count: how many things.
        """
        if not count:
            return
        self._counts[what] = self._counts.get(what, 0) + count
        places = self._places.setdefault(what, {})
        if len(places) <= _MOST_PLACES:
            places[display.line(f"{place}: {why}" if why else str(place))] = None

    def lines(self) -> Iterable[str]:
        """A line for each reason: "rows that a copy cut: 2 (study/3, study/7)"."""
        for what, count in self._counts.items():
            places = list(self._places[what])
            more = ", …" if len(places) > _MOST_PLACES else ""
            yield f"{what}: {count} ({', '.join(places[:_MOST_PLACES])}{more})"
