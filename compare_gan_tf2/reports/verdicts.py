"""An answer in words: plain sentences that say no more than the numbers do.

Nothing is escaped here: names of options and their values stand as they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from compare_gan_tf2.reports.records import Answer, Column, Comparison, Factor, Group, Interval
from compare_gan_tf2.reports.statistics.comparing import BETTER, LEVEL, TIE, UNDECIDED, WORSE

# So many are named in a sentence; more are counted.
_MOST_NAMED = 4
_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def sentences(answer: Answer) -> tuple[str, ...]:
    """The verdict in words, the most important first."""
    if not any(group.count for group in answer.groups):
        return (f"No {answer.column.short} to compare yet.", *_of_endings(answer))
    if answer.column.lower_is_better is None:
        return (f"Neither a low nor a high {answer.column.short} is better, so nothing is compared.",)
    found = [*_of_factors(answer), *_of_best(answer), *_with_failures(answer), *_of_endings(answer)]
    return tuple(found)


def _of_factors(answer: Answer) -> list[str]:
    """A sentence for each factor, those with something decided first."""
    decided: list[str] = []
    rest: list[str] = []
    for factor in answer.factors:
        text = of_factor(factor, answer.column)
        if text:
            leads = [each for each in factor.comparisons if factor.values[0] in (each.a, each.b)]
            (decided if any(each.verdict in (BETTER, WORSE) for each in leads) else rest).append(text)
    return decided + rest


def of_factor(factor: Factor, column: Column) -> str:
    """Which value of a factor leads, and whether it is better than each other one; "" if nothing was compared.

    Args:
        factor: with comparisons.
        column: the score that they are of.
    """
    known = [each for each in factor.comparisons if each.p is not None]
    if not known:
        return ""
    leader = factor.values[0]
    if len(factor.values) == 2:
        return f"Of {factor.name}, {_of_two(known[0], column, len(known))}."
    parts = list(_of_leader(leader, [each for each in known if leader in (each.a, each.b)], column, len(known)))
    if not parts:
        return ""
    return f"Of the {len(factor.values)} values of {factor.name}, {leader} leads: {'; '.join(parts)}."


def _of_two(each: Comparison, column: Column, tests: int) -> str:
    if each.verdict == TIE:
        return f"{each.a} and {each.b} are equal in {_every(each)}"
    if each.verdict == UNDECIDED:
        return f"{each.a} leads, {_undecided([each], tests)}"
    first, second = (each.a, each.b) if each.verdict == BETTER else (each.b, each.a)
    return f"{first} is better than {second}: {column.short} {_difference(each, column)}, {_amount(each)}"


def _of_leader(leader: str, known: Sequence[Comparison], column: Column, tests: int) -> Iterator[str]:
    """What the comparisons of the value that leads say."""
    verdicts = [(each, _seen_from(leader, each)) for each in known]
    for verdict in (BETTER, WORSE):
        these = [each for each, said in verdicts if said == verdict]
        named = [
            f"{_other(leader, each)} ({column.short} {_difference(each, column)}, {_amount(each)})" for each in these
        ]
        if named:
            yield f"{verdict} than {_listed(named)}"
    equal = [_other(leader, each) for each, said in verdicts if said == TIE]
    if equal:
        yield f"equal to {_listed(equal)}"
    undecided = [each for each, said in verdicts if said == UNDECIDED]
    enough = [each for each in undecided if (each.floor or 0.0) <= LEVEL]
    for these in (enough, [each for each in undecided if each not in enough]):
        if these:
            yield _undecided(these, tests, [_other(leader, each) for each in these])


def _seen_from(leader: str, each: Comparison) -> str:
    if each.a == leader:
        return each.verdict
    return {BETTER: WORSE, WORSE: BETTER}.get(each.verdict, each.verdict)


def _other(leader: str, each: Comparison) -> str:
    return each.b if each.a == leader else each.a


def _undecided(these: Sequence[Comparison], tests: int, names: Sequence[str] = ()) -> str:
    """Why nothing is decided: too few for any p, or too small an effect, and how many would do.

    Args:
        these: comparisons, all of them with a floor of p above the level, or none.
        tests: how many of the factor p is corrected for.
        names: of what the leader is undecided against, if that is not clear.
    """
    against = f" against {_listed(names)}" if names else ""
    first = max(these, key=lambda each: each.floor or 0.0)
    floor = first.floor or 0.0
    if floor > LEVEL:
        verb = "cannot give p below"
        return f"undecided{against}: {_amount(first, in_words=True)} {verb} {probability(floor)}"
    if len({_amount(each) for each in these}) > 1:
        least, most = min(_count(each) for each in these), max(_count(each) for each in these)
        text = f"undecided{against} at {least} to {most} {'pairs' if first.is_paired else 'values each'}"
    else:
        text = f"undecided{against} at {_amount(first)}"
    if min(1.0, floor * tests) > LEVEL:
        text += f", which cannot give p below {probability(floor)}, {probability(floor * tests)} as corrected"
    needed = [each.needed for each in these]
    if all(number is None for number in needed):
        return text
    known = [number for number in needed if number is not None]
    unit = "pairs" if first.is_paired else "values each"
    if len(these) == 1:
        return f"{text}; about {_rounded(known[0])} {unit} would decide"
    return f"{text}; about {_rounded(min(known))} {unit} would decide the clearest of these"


def _rounded(count: int) -> str:
    """A count that is an estimate: with two digits from a hundred on."""
    return str(count) if count < 100 else f"{-(-count // 10) * 10:,}"


def _difference(each: Comparison, column: Column) -> str:
    """ "9.2 lower, 6.1 to 12.4": by how much the better one is better."""
    difference = each.difference or 0.0
    way = "lower" if column.lower_is_better else "higher"
    opposite = "higher" if column.lower_is_better else "lower"
    if each.interval is None:
        return f"{number(abs(difference), abs(difference))} {way}"
    ends = sorted((each.interval.low, each.interval.high), key=lambda end: end * difference)
    size = _half_width(each.interval) or abs(difference)
    less, more = (math.copysign(1, difference) * end for end in ends)
    seen = number(abs(difference), size)
    if less < 0:
        return f"{seen} {way}, {number(-less, size)} {opposite} to {number(more, size)} {way}"
    return f"{seen} {way}, {number(less, size)} to {number(more, size)}"


def _count(each: Comparison) -> int:
    return each.pairs if each.is_paired else min(each.count_a, each.count_b)


def _amount(each: Comparison, in_words: bool = False) -> str:
    """ "20 pairs", or "5 values against 5"."""
    if each.is_paired:
        return counted(each.pairs, "pair", in_words)
    return f"{counted(each.count_a, 'value', in_words)} against {_number_word(each.count_b, in_words)}"


def _every(each: Comparison) -> str:
    return f"all {counted(each.pairs, 'pair')}" if each.is_paired else "all their values"


def _of_best(answer: Answer) -> Iterator[str]:
    """The best setting with its mean, and against how many others that is decided."""
    best = answer.groups[0]
    if best.rank is None or best.mean is None:
        return
    text = f"{answer.column.short} {_mean(best)} ({counted(best.count, unit(best, answer.factors))})"
    if not best.label:
        yield f"The only setting: {text}."
        return
    equal = [group for group in answer.groups if group.rank == best.rank]
    if len(equal) > 1:
        yield f"Best settings, all equal: {_listed([group.label for group in equal])}, {text}."
    else:
        yield f"Best setting: {best.label}, {text}."
    # With one factor, its own sentence has said it.
    if len(answer.factors) > 1 and answer.settings:
        yield from _of_settings(answer.settings)


def _of_settings(settings: Sequence[Comparison]) -> Iterator[str]:
    better = sum(each.verdict == BETTER for each in settings)
    equal = sum(each.verdict == TIE for each in settings)
    undecided = len(settings) - better - equal
    parts = [f"better than {better:,}"] * (better > 0) + [f"equal to {equal:,}"] * (equal > 0)
    parts += [f"undecided against {undecided:,}"] * (undecided > 0)
    yield f"Compared with {counted(len(settings), 'other setting')}, the best one is {_listed(parts)}."


def _mean(group: Group) -> str:
    """ "12.1, 10.9 to 13.5"."""
    mean = group.mean or 0.0
    if group.interval is None:
        return number(mean, abs(mean))
    if group.interval.low == group.interval.high:
        return f"{number(mean, abs(mean))}, all equal"
    size = _half_width(group.interval)
    return f"{number(mean, size)}, {number(group.interval.low, size)} to {number(group.interval.high, size)}"


def unit(group: Group, factors: Iterable[Factor]) -> str:
    """What a group has several of: seeds, or any scores where it joins several settings."""
    joins = any(len(factor.values) > 1 and factor.name not in group.options for factor in factors)
    return "score" if joins else "seed"


def _with_failures(answer: Answer) -> Iterator[str]:
    """Where the verdict is another one with failures ranked last."""
    changed = [
        f"{factor.name} {each.a} is {_with(each.verdict_with_failures)} {each.b}"
        for factor in answer.factors
        for each in factor.comparisons
        if each.verdict_with_failures != each.verdict
    ]
    if len(answer.factors) != 1:
        changed += [
            f"{each.a} is {_with(each.verdict_with_failures)} {each.b}"
            for each in answer.settings
            if each.verdict_with_failures != each.verdict
        ]
    if changed:
        yield f"With trainings that diverged or failed ranked last, {_listed(changed)}."


def _with(verdict: str) -> str:
    return {BETTER: "better than", WORSE: "worse than", TIE: "equal to"}.get(verdict, "undecided against")


def _of_endings(answer: Answer) -> Iterator[str]:
    """How many trainings diverged, failed, or collapsed, and of which settings."""
    total = sum(len(group.numbers) for group in answer.groups)
    for name, verb in (("diverged", "diverged"), ("failed", "failed"), ("collapsed", "collapsed")):
        counts = [(group, getattr(group, name)) for group in answer.groups if getattr(group, name)]
        if not counts:
            continue
        counts.sort(key=lambda each: -each[1])
        named = [f"{group.label} {count} of {len(group.numbers)}" for group, count in counts if group.label]
        of = f": {_listed(named)}" if named else ""
        yield f"{sum(count for _, count in counts):,} of {counted(total, 'training')} {verb}{of}."
    best = answer.groups[0] if answer.groups else None
    if best is not None and best.rank is not None and best.collapsed and len(answer.groups) > 1:
        yield (
            f"Caution: the samples of the best setting collapsed in {best.collapsed} of "
            f"{counted(len(best.numbers), 'training')}."
        )


def _listed(names: Sequence[str]) -> str:
    """ "a, b and c", or "a, b, c, d and 3 more"."""
    shown = list(names[:_MOST_NAMED])
    if len(names) > _MOST_NAMED:
        shown.append(f"{len(names) - _MOST_NAMED:,} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _half_width(interval: Interval) -> float:
    return (interval.high - interval.low) / 2


def number(value: float, size: float) -> str:
    """A value with as many decimals as something of this size needs to have two digits."""
    if not size or not math.isfinite(size):
        return f"{value:.3g}"
    decimals = 1 - math.floor(math.log10(abs(size)))
    if decimals > 6:
        return f"{value:.3g}"
    return f"{value:,.{max(0, decimals)}f}"


def probability(value: float) -> str:
    """A probability with two digits and no zero before its point: .25, .10, .031, .0079."""
    if value >= 0.995:
        return "1"
    if value < 0.0001:
        return ".0001"
    decimals = 1 - math.floor(math.log10(value))
    # Halves go up, as .0625 to .063.
    text = f"{value * (1 + 1e-9):.{decimals}f}"
    if decimals > 2:
        text = text.rstrip("0")
    return text.removeprefix("0")


def counted(count: int, noun: str, in_words: bool = False) -> str:
    """ "1 pair", "3 pairs", or "three pairs"."""
    return f"{_number_word(count, in_words)} {noun}{'' if count == 1 else 's'}"


def _number_word(count: int, in_words: bool) -> str:
    return _SMALL[count] if in_words and count < len(_SMALL) else f"{count:,}"
