"""Counts of people that may be shown: none under LEAST, and none that the total of its group would give away.

Cell suppression as statistical offices do it (Hundepool et al. 2012, Statistical Disclosure Control, ch. 4): a cell of fewer than LEAST people is
hidden; where that leaves one hidden cell in a group whose total is shown, the smallest shown one is hidden too, and so on until those hidden
together hold at least LEAST people or are all of the group.
"""

from __future__ import annotations

from collections.abc import Sequence

LEAST = 10


def shown(people: int, least: int = LEAST) -> bool:
    """Whether a figure that rests on so many people may be shown. Nobody is few, too."""
    return people >= least


def suppressed(people: Sequence[int], least: int = LEAST) -> list[bool]:
    """For the cells of one group whose total is shown, how many people each holds: which must be hidden.

    At least two are hidden if any is, and those hidden hold at least `least` people together, so that no difference tells one.
    """
    hidden = [count < least for count in people]
    if not any(hidden):
        return hidden
    for index in sorted(range(len(people)), key=lambda each: (people[each], each)):
        if sum(hidden) >= 2 and sum(count for count, is_hidden in zip(people, hidden, strict=True) if is_hidden) >= least:
            break
        hidden[index] = True
    return hidden
