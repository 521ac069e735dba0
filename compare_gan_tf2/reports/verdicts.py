"""An answer in words: plain sentences that say no more than the numbers do.

Nothing is escaped here: names of options and their values stand as they are.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence

from compare_gan_tf2.reports.records import Answer, Column, Comparison, Factor, Group, Interval
from compare_gan_tf2.reports.statistics import exact_tests
from compare_gan_tf2.reports.statistics.comparing import BETTER, LEVEL, TIE, UNDECIDED, WORSE
from compare_gan_tf2.studies import settings

# So many are named in a sentence; more are counted.
_MOST_NAMED = 4
# Of numbers in the texts of values.
_DIGITS = range(3, 18)


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
    return " ".join([f"Of the {len(factor.values)} values of {factor.name}, {leader} leads.", *parts])


def _of_two(each: Comparison, column: Column, tests: int) -> str:
    if each.verdict == TIE:
        return f"{each.a} and {each.b} are equal in {_every(each)}"
    if each.verdict == UNDECIDED:
        is_possible = (each.floor or 0.0) <= LEVEL
        return f"{each.a} leads{', but ' if is_possible else '; '}{_undecided([each], tests, [each.b], False)}"
    first, second = (each.a, each.b) if each.verdict == BETTER else (each.b, each.a)
    return f"{first} is better than {second}: its {column.short} is {_difference(each, column, BETTER)}"


def _of_leader(leader: str, known: Sequence[Comparison], column: Column, tests: int) -> Iterator[str]:
    """What the comparisons of the value that leads say, a sentence each."""
    verdicts = [(each, _seen_from(leader, each)) for each in known]
    for verdict in (BETTER, WORSE):
        these = [each for each, said in verdicts if said == verdict]
        named = [
            f"{verdict} than {_other(leader, each)}: its {column.short} is {_difference(each, column, verdict)}"
            for each in these[:_MOST_NAMED]
        ]
        if len(these) > _MOST_NAMED:
            named.append(f"{verdict} than {len(these) - _MOST_NAMED:,} more")
        if named:
            yield f"It is {'; '.join(named)}."
    equal = [_other(leader, each) for each, said in verdicts if said == TIE]
    if equal:
        yield f"It is equal to {_listed(equal)}."
    undecided = [each for each, said in verdicts if said == UNDECIDED]
    enough = [each for each in undecided if (each.floor or 0.0) <= LEVEL]
    for these in (enough, [each for each in undecided if each not in enough]):
        if these:
            said = _undecided(these, tests, [_other(leader, each) for each in these], True)
            yield f"{said[0].upper()}{said[1:]}."


def _seen_from(leader: str, each: Comparison) -> str:
    if each.a == leader:
        return each.verdict
    return {BETTER: WORSE, WORSE: BETTER}.get(each.verdict, each.verdict)


def _other(leader: str, each: Comparison) -> str:
    return each.b if each.a == leader else each.a


def _undecided(these: Sequence[Comparison], tests: int, names: Sequence[str], has_others: bool) -> str:
    """Why nothing is decided: too few for any p, or too small an effect, and how many would do.

    Args:
        these: comparisons, all of them with a floor of p above the level, or none.
        tests: how many of the factor p is corrected for.
        names: of what the leader is compared with.
        has_others: whether the factor has further values.
    """
    first = max(these, key=lambda each: each.floor or 0.0)
    floor = first.floor or 0.0
    if floor > LEVEL:
        so = f"it cannot be separated from {_listed(names)}" if has_others else "nothing can be decided"
        return f"with {_amount(first)}, p is at least {probability(floor)}, so {so}; {_enough(first, tests)}"
    counts = sorted({_count(each) for each in these})
    unit = "pair" if first.is_paired else "seed"
    amount = _amount(first) if len({_amount(each) for each in these}) == 1 else f"{counts[0]} to {counts[-1]} {unit}s"
    text = f"{amount} do not separate it from {_listed(names)}"
    if min(1.0, floor * tests) > LEVEL:
        return (
            f"{text}: p is at least {probability(floor)}, and {probability(min(1.0, floor * tests))} after correction "
            f"for {tests} comparisons; {_enough(first, tests)}"
        )
    known = [each.needed for each in these if each.needed is not None]
    if not known:
        return text
    what = "this difference" if len(these) == 1 else "the clearest difference"
    each_ = "" if first.is_paired else " each"
    return f"{text}; {what} would need about {_rounded(min(known))} {unit}s{each_}"


def _enough(each: Comparison, tests: int) -> str:
    """How many pairs or seeds are the fewest with which p can fall to the level, after its correction."""
    floor_of = exact_tests.pairs_floor if each.is_paired else lambda count: exact_tests.samples_floor(count, count)
    fewest = next(count for count in itertools.count(1) if floor_of(count) * tests <= LEVEL)
    if fewest <= _count(each):  # were it not for zeros and ties
        return "use more seeds"
    return f"{fewest} pairs are needed, so use more seeds" if each.is_paired else f"use {fewest} seeds"


def _rounded(count: int) -> str:
    """A count that is an estimate: with two digits from a hundred on."""
    return str(count) if count < 100 else f"{-(-count // 10) * 10:,}"


def _difference(each: Comparison, column: Column, verdict: str) -> str:
    """ "lower by 9.2 (95 % interval 6.1 to 12.4; 20 pairs)": by how much the better, or worse, one is so."""
    difference = each.difference or 0.0
    way, opposite = ("lower", "higher") if column.lower_is_better == (verdict == BETTER) else ("higher", "lower")
    if each.interval is None:
        return f"{way} by {number(abs(difference), abs(difference))} ({_amount(each)})"
    ends = sorted((each.interval.low, each.interval.high), key=lambda end: end * difference)
    size = _half_width(each.interval) or abs(difference)
    less, more = (math.copysign(1, difference) * end for end in ends)
    between = f"{number(less, size)} to {number(more, size)}"
    if less < 0:
        between = f"{number(-less, size)} {opposite} to {number(more, size)} {way}"
    confidence = f"{100 * each.interval.confidence:g} % interval"
    return f"{way} by {number(abs(difference), size)} ({confidence} {between}; {_amount(each)})"


def _count(each: Comparison) -> int:
    return each.pairs if each.is_paired else min(each.count_a, each.count_b)


def _amount(each: Comparison) -> str:
    """ "20 pairs", "5 seeds each", or "5 and 4 seeds"; what is not paired are the seeds of the only option."""
    if each.is_paired:
        return counted(each.pairs, "pair")
    if each.count_a == each.count_b:
        return f"{counted(each.count_a, 'seed')} each"
    return f"{each.count_a:,} and {counted(each.count_b, 'seed')}"


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
        if _is_without_a_leader(best, answer.factors):
            text = f"{text[:-1]}; a value that leads on average need not be part of the best single setting)"
        yield f"Best setting: {best.label}, {text}."
    # With one factor, its own sentence has said it.
    if len(answer.factors) > 1 and answer.settings:
        yield from _of_settings(answer.settings)


def _of_settings(others: Sequence[Comparison]) -> Iterator[str]:
    """How many of the other settings the best one is better than."""
    count = len(others)
    worse = sum(each.verdict == BETTER for each in others)
    equal = sum(each.verdict == TIE for each in others)
    if count == 1:
        said = {BETTER: "is shown to be worse than", TIE: "is equal to"}.get(others[0].verdict, "")
        yield f"The other setting {said or 'is not shown to be worse than'} the best one."
        return
    if equal == count:
        yield f"All {count:,} other settings are equal to the best one."
        return
    if worse == count:
        who = f"All {count:,} other settings are"
    elif worse:
        who = f"{worse:,} of the {count:,} other settings {'is' if worse == 1 else 'are'}"
    else:
        who = f"None of the {count:,} other settings is"
    more = f"; {equal:,} {'is' if equal == 1 else 'are'} equal to it" if equal else ""
    yield f"{who} shown to be worse than the best one{more}."


def _is_without_a_leader(best: Group, factors: Iterable[Factor]) -> bool:
    """Whether a value that was said to lead, or to be better, is not part of the best setting."""
    for factor in factors:
        said = [each for each in factor.comparisons if each.p is not None and each.verdict != TIE]
        if said and factor.name in best.options:
            value = best.options[factor.name]
            if factor.values[0] not in {settings.shown(value, digits) for digits in _DIGITS}:
                return True
    return False


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
    return {BETTER: "better than", WORSE: "worse than", TIE: "equal to"}.get(verdict, "not shown to differ from")


def _of_endings(answer: Answer) -> Iterator[str]:
    """How many trainings diverged, failed, or collapsed, and of which settings."""
    total = sum(len(group.numbers) for group in answer.groups)
    for name, verb in (("diverged", "diverged"), ("failed", "failed"), ("collapsed", "collapsed")):
        counts = [(group, getattr(group, name)) for group in answer.groups if getattr(group, name)]
        if not counts:
            continue
        counts.sort(key=lambda each: -each[1])
        number_of = sum(count for _, count in counts)
        yield f"{number_of:,} of {counted(total, 'training')} {verb}{_of_which(counts)}."
    best = answer.groups[0] if answer.groups else None
    if best is not None and best.rank is not None and best.collapsed and len(answer.groups) > 1:
        yield (
            f"Caution: the samples of the best setting collapsed in {best.collapsed} of "
            f"{counted(len(best.numbers), 'training')}."
        )


def _of_which(counts: Sequence[tuple[Group, int]]) -> str:
    """ ", all with loss=a (3 of its 5)", or ": 3 of the 5 with loss=a and 1 of the 5 with loss=b"."""
    named = [(group.label, count, len(group.numbers)) for group, count in counts if group.label]
    if not named:
        return ""
    if len(named) == 1:
        label, count, whole = named[0]
        return f", {'all ' * (count > 1)}with {label} ({count} of its {whole})"
    return f": {_listed([f'{count} of the {whole} with {label}' for label, count, whole in named])}"


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


def counted(count: int, noun: str) -> str:
    """ "1 pair", or "3 pairs"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
