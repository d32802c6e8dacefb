"""What a diarist's features are called where they are told apart: few broad bands, so that many people share each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.batch.cohort import Cohort, quarter

Labels = NDArray[np.str_]

# A change of a mean by less than a quarter of a point is called steady: half a standard error of a month's mean, at the usual spread of daily moods
# of 0.8 with their usual autocorrelation, is about that.
STEADY = 0.25
UNKNOWN = "unknown"
OTHER = "other"

LOW, MIDDLE, HIGH = "below 2.5", "2.5 to 3.5", "above 3.5"
LOWER, SAME, HIGHER = "lower", "steady", "higher"

# The bands of each feature in order. Languages and quarters are as they come.
ORDER: dict[str, tuple[str, ...]] = {
    "mood_level": (LOW, MIDDLE, HIGH),
    "mood_change": (LOWER, SAME, HIGHER, UNKNOWN),
    "days_logged": ("7 to 29", "30 to 89", "90 and more"),
    "programs": ("none", "begun", "completed", UNKNOWN),
    "breathing": ("none", "1 to 9", "10 and more", UNKNOWN),
    "chats": ("none", "some", UNKNOWN),
    "language": (),
    "joined": (),
}


def bands(cohort: Cohort) -> dict[str, Labels]:
    """The bands of all diarists, in their order; `unknown` where there were too few days in a half of the window, or the use may not be counted."""
    of = cohort.diarists
    mood, change = cohort.numbers("mood_mean")[of], (cohort.numbers("second_half") - cohort.numbers("first_half"))[of]
    counted = cohort.table["counted"].to_numpy(zero_copy_only=False).astype(bool)[of]
    breathing = cohort.numbers("breathing")[of]
    begun, completed = _enrolments(cohort)
    chatted = np.bincount(cohort.unrolled("chats")[0], minlength=len(cohort)) > 0
    found = {
        "mood_level": np.select([mood < 2.5, mood <= 3.5], [LOW, MIDDLE], HIGH),
        "mood_change": np.select([np.isnan(change), change <= -STEADY, change < STEADY], [UNKNOWN, LOWER, SAME], HIGHER),
        "days_logged": np.asarray(ORDER["days_logged"])[np.searchsorted([30, 90], cohort.numbers("days")[of], side="right")],
        "programs": np.select([~counted, completed[of], begun[of]], [UNKNOWN, "completed", "begun"], "none"),
        "breathing": np.select([~counted, breathing >= 10, breathing >= 1], [UNKNOWN, "10 and more", "1 to 9"], "none"),
        "chats": np.select([~counted, chatted[of]], [UNKNOWN, "some"], "none"),
        "language": cohort.table["language"].to_numpy(zero_copy_only=False)[of],
        "joined": np.array([quarter(day) for day in cohort.table["joined"].to_pylist()], dtype="U8")[of],
    }
    return {name: np.asarray(values, dtype="U40") for name, values in found.items()}


def _enrolments(cohort: Cohort) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Who has begun a program in the window, and who has completed one in it."""
    person, programs = cohort.unrolled("programs")
    begun, completed = np.zeros(len(cohort), bool), np.zeros(len(cohort), bool)
    begun[person[programs["enrolled"] >= 0]] = True
    completed[person[programs["completed"] >= 0]] = True
    return begun, completed
