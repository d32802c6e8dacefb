"""The table of people: a row for each diarist under a pseudonym, in which nobody stands alone.

Every combination of values in it is held by at least ten people (k-anonymity: Sweeney 2002, with k = 10, over all columns, as any of them could be
known of somebody). To get there, values are replaced by `other`, from the last column to the first, for as many people as must be (local
suppression: Hundepool et al. 2012, ch. 3). Two rules keep it from being compared with the counts of each value, which are published too: a value whose
count is hidden there stands nowhere here, and of any other value, either nobody's or at least ten people's are replaced. If fewer than ten people
are left over at the very end, the smallest of the other combinations is replaced with them.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from analytics.batch.bands import OTHER, Labels
from core.disclosure import LEAST, suppressed

# What is told of each diarist, the most worth keeping first.
COLUMNS = ("mood_level", "days_logged", "mood_change", "programs", "breathing", "chats", "language", "joined")


def merged(labels: Labels) -> Labels:
    """The labels, those whose count must be hidden as `other`: one cell that holds at least ten people, or all there are."""
    values, counts = np.unique(labels, return_counts=True)
    hidden = np.isin(labels, values[suppressed(counts.tolist())])
    return np.where(hidden, OTHER, labels)


def concealed(columns: Mapping[str, Labels]) -> dict[str, Labels]:
    """The columns, of the same people, with as much replaced by `other` as the rules ask for. Fewer than ten people: no rows at all."""
    true = {name: merged(labels) for name, labels in columns.items()}
    n = len(next(iter(true.values())))
    if n < LEAST:
        return {name: labels[:0] for name, labels in true.items()}
    # How many of its first columns each person keeps. Who keeps as many, and has the same there, is of one class.
    kept = np.full(n, len(true))
    prefixes = [np.zeros(n, int)]
    for labels in true.values():
        _, values = np.unique(labels, return_inverse=True)
        prefixes.append(np.unique(prefixes[-1] * n + values, return_inverse=True)[1])
    for depth, labels in reversed(list(enumerate(true.values(), 1))):
        sizes = np.bincount(prefixes[depth][kept == depth], minlength=n)
        kept[(kept == depth) & (sizes[prefixes[depth]] < LEAST)] -= 1
        for value in np.unique(labels[kept < depth]):
            while value != OTHER and np.count_nonzero((labels == value) & (kept < depth)) < LEAST:
                kept[_smallest(kept, prefixes, (labels == value) & (kept >= depth))] = depth - 1
    if 0 < np.count_nonzero(kept == 0) < LEAST:
        kept[_smallest(kept, prefixes, kept > 0)] = 0
    return {name: np.where(kept >= depth, labels, OTHER) for depth, (name, labels) in enumerate(true.items(), 1)}


def _smallest(kept: NDArray[np.int_], prefixes: list[NDArray[np.int_]], among: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The people of the smallest class among these; the first of those that are as small."""
    classes = kept * len(kept) + np.stack(prefixes)[kept, np.arange(len(kept))]
    found, sizes = np.unique(classes[among], return_counts=True)
    of_smallest: NDArray[np.bool_] = classes == found[np.argmin(sizes)]
    return of_smallest
