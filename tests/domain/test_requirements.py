"""The grammar of what achievements ask for."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import requirements
from domain.requirements import Tally
from tests.properties import examples

leaves: st.SearchStrategy[dict[str, Any]] = st.builds(
    lambda kind, target: {"kind": kind, "of": "moods", "target": target}, st.sampled_from(["count", "distinct_days", "streak"]), st.integers(1, 200)
)
nested = st.recursive(
    leaves, lambda parts: st.builds(lambda kind, each: {"kind": kind, "each": each}, st.sampled_from(["all", "any"]), st.lists(parts, min_size=1, max_size=4)), max_leaves=12
)
numbers = st.integers(0, 250)
tallies = st.builds(lambda count, days, streak: Tally(count + days, days, min(days, streak)), numbers, numbers, numbers)


def _depth(said: dict[str, Any]) -> int:
    return 1 + max(map(_depth, said["each"])) if "each" in said else 1


def _met(said: dict[str, Any], tally: Tally) -> bool:
    """What the words mean, plainly."""
    match said["kind"]:
        case "all":
            return all(_met(part, tally) for part in said["each"])
        case "any":
            return any(_met(part, tally) for part in said["each"])
    have = {"count": tally.count, "distinct_days": tally.days, "streak": tally.longest_streak}[said["kind"]]
    return have >= int(said["target"])


@examples(300)
@given(said=nested.filter(lambda said: _depth(said) <= 4), tally=tallies)
def test_met_means_what_the_words_say(said: dict[str, Any], tally: Tally) -> None:
    so_far = requirements.progress(requirements.parse(json.dumps(said)), {"moods": tally})
    assert so_far.met == _met(said, tally)
    assert (so_far.percent == 100) == so_far.met
    assert 0 <= so_far.current <= so_far.target


@examples(300)
@given(said=nested.filter(lambda said: _depth(said) <= 4), tally=tallies, more=st.tuples(numbers, numbers, numbers))
def test_doing_more_never_takes_anybody_back(said: dict[str, Any], tally: Tally, more: tuple[int, int, int]) -> None:
    requirement = requirements.parse(json.dumps(said))
    later = Tally(tally.count + more[0], tally.days + more[1], tally.longest_streak + more[2])
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
