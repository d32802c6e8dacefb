"""The grammar of what achievements ask for."""

from __future__ import annotations

import json
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import requirements
from domain.requirements import Tally
from tests.properties import examples

leaves: st.SearchStrategy[dict[str, Any]] = st.builds(
    lambda kind, target: {"kind": kind, "of": "moods", "target": target}, st.sampled_from(["count", "distinct_days", "distinct_weeks", "streak"]), st.integers(1, 200)
)
nested = st.recursive(
    leaves, lambda parts: st.builds(lambda kind, each: {"kind": kind, "each": each}, st.sampled_from(["all", "any"]), st.lists(parts, min_size=1, max_size=4)), max_leaves=12
)
numbers = st.integers(0, 250)
tallies = st.builds(lambda count, days, streak, weeks: Tally(count + days, days, min(days, streak), min(days, weeks)), numbers, numbers, numbers, numbers)


def _depth(said: dict[str, Any]) -> int:
    return 1 + max(map(_depth, said["each"])) if "each" in said else 1


def _met(said: dict[str, Any], tally: Tally) -> bool:
    """What the words mean, plainly."""
    match said["kind"]:
        case "all":
            return all(_met(part, tally) for part in said["each"])
        case "any":
            return any(_met(part, tally) for part in said["each"])
    have = {"count": tally.count, "distinct_days": tally.days, "streak": tally.longest_streak, "distinct_weeks": tally.weeks}[said["kind"]]
    return have >= int(said["target"])


@examples(100)
@given(said=nested.filter(lambda said: _depth(said) <= 4), tally=tallies)
def test_met_means_what_the_words_say(said: dict[str, Any], tally: Tally) -> None:
    so_far = requirements.progress(requirements.parse(json.dumps(said)), {"moods": tally})
    assert so_far.met == _met(said, tally)
    assert (so_far.percent == 100) == so_far.met
    assert 0 <= so_far.current <= so_far.target


@examples(100)
@given(said=nested.filter(lambda said: _depth(said) <= 4), tally=tallies, more=st.tuples(numbers, numbers, numbers, numbers))
def test_doing_more_never_takes_anybody_back(said: dict[str, Any], tally: Tally, more: tuple[int, int, int, int]) -> None:
    requirement = requirements.parse(json.dumps(said))
    later = Tally(tally.count + more[0], tally.days + more[1], tally.longest_streak + more[2], tally.weeks + more[3])
    assert requirements.progress(requirement, {"moods": later}).percent >= requirements.progress(requirement, {"moods": tally}).percent


def test_an_any_within_an_all_keeps_its_weight_when_another_part_leads() -> None:
    requirement = requirements.parse(
        '{"kind": "all", "each": [{"kind": "any", "each": [{"kind": "count", "of": "moods", "target": 100}, {"kind": "streak", "of": "moods", "target": 10}]},'
        ' {"kind": "distinct_days", "of": "moods", "target": 100}]}'
    )
    shown = [requirements.progress(requirement, {"moods": Tally(count, 0, streak)}) for count, streak in ((50, 4), (50, 6))]
    assert [(each.current, each.target) for each in shown] == [(50, 200), (60, 200)]


def test_a_subject_nobody_has_touched_counts_nothing() -> None:
    assert requirements.progress(requirements.parse('{"kind": "count", "of": "moods", "target": 5}'), {}).current == 0


@pytest.mark.parametrize(
    "said",
    [
        "{}",
        "[]",
        "5",
        '{"kind": "count", "of": "moods"}',
        '{"kind": "count", "of": "moods", "target": 0}',
        '{"kind": "count", "of": "moods", "target": -1}',
        '{"kind": "count", "of": "moods", "target": 1000001}',
        '{"kind": "count", "of": "moods", "target": 1.5}',
        '{"kind": "count", "of": "moods", "target": "5"}',
        '{"kind": "count", "of": "moods", "target": true}',
        '{"kind": "count", "of": "chats", "target": 5}',
        '{"kind": "eval", "of": "moods", "target": 5}',
        '{"kind": "distinct_weeks", "of": "modules", "target": 5}',
        '{"kind": "streak", "of": "programs", "target": 5}',
        '{"kind": "distinct_days", "of": "quiet_hours", "target": 5}',
        '{"kind": "program"}',
        '{"kind": "program", "slug": "Mindful Days"}',
        '{"kind": "program", "slug": "mindful-days", "target": 1}',
        '{"kind": "count", "of": "moods", "target": 5, "more": 1}',
        '{"kind": "all", "each": []}',
        '{"kind": "all"}',
        '{"kind": "all", "each": [{"kind": "none"}]}',
        json.dumps({"kind": "any", "each": [{"kind": "count", "of": "moods", "target": 5}] * 11}),
        '{"kind": "all", "each": [' * 4 + '{"kind": "count", "of": "moods", "target": 5}' + "]}" * 4,
        '{"kind": "all", "each": [' * 5000 + '{"kind": "count", "of": "moods", "target": 5}' + "]}" * 5000,
    ],
)
def test_what_is_not_of_the_grammar_is_refused(said: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        requirements.parse(said)


def test_three_levels_around_a_leaf_are_allowed() -> None:
    requirements.parse('{"kind": "all", "each": [' * 3 + '{"kind": "count", "of": "moods", "target": 5}' + "]}" * 3)


@pytest.mark.parametrize("subject", get_args(requirements.Subject))
def test_every_subject_can_be_counted_and_is_described(subject: str) -> None:
    requirement = requirements.parse(json.dumps({"kind": "count", "of": subject, "target": 2}))
    assert requirements.subjects(requirement) == {subject}
    assert requirements.progress(requirement, {subject: Tally(1)}).current == 1
    assert f"\n    {subject} " in str(requirements.__doc__)


def test_a_program_is_done_or_not_and_weighs_one() -> None:
    requirement = requirements.parse('{"kind": "all", "each": [{"kind": "program", "slug": "mindful-days"}, {"kind": "count", "of": "moods", "target": 3}]}')
    assert requirements.subjects(requirement) == {"program:mindful-days", "moods"}
    assert requirements.progress(requirement, {"programs": Tally(5), "moods": Tally(1)}) == requirements.Progress(1, 4)
    assert requirements.progress(requirement, {"program:mindful-days": Tally(1), "moods": Tally(3)}).met
