"""A check for crisis: does a person's text, in English or Spanish, show risk of suicide, self-harm or violence, and how high?

It errs towards asking: a counselor reads what is flagged. It is no diagnosis, and its silence is no proof of safety.

How it works, each step linear in the text: `risk_reading` undoes disguises and gives one sign a word; the rules, regular expressions over those signs
with bounded gaps, are searched; each find is put to the guards (negated, quoted, about somebody else, a joke, an accident, long past and well now).

A rule's phrase is written of: `word`, `<group>`, `@phrase`, `( a b / c )`, `x?` optional, `<group>*` up to five, `~3` up to three words of any kind,
`^` and `$` a sentence's start and end, `#` a number of ten or more, `!a|<group>` not followed by.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from domain import risk_lexicon as lexicon
from domain import risk_lexicon_en as english
from domain import risk_lexicon_es as spanish
from domain.risk_reading import COMMA, MANY, SIGNS, STOP, readings


@dataclass(frozen=True, slots=True)
class Risk:
    """`level`: the highest question of the C-SSRS screener that the text answers with yes.

    1 wish to be dead, 2 suicidal thoughts, 3 method, 4 intent, 5 plan, 6 behaviour. Urges to hurt oneself count as 2, doing it as 6, danger from or to
    somebody else as 4. `reasons`: names of rules, never the person's words.
    """

    level: int
    reasons: tuple[str, ...]


def assess(text: str) -> Risk | None:
    """The risk that a text of up to some thousand bytes shows, or None. Pure; keeps nothing of the text."""
    found: dict[str, int] = {}
    for signs, quoted in readings(text):
        present = set(signs)
        # In the order of the rules: those of the highest level first.
        for number in sorted({number for sign in present for number in _BY_SIGN.get(sign, ())} | _ALWAYS):
            rule = _RULES[number]
            if rule.name in found or any(need.isdisjoint(present) for need in rule.needs):
                continue
            if any(not _harmless(signs, quoted, match, rule) for match in rule.pattern.finditer(signs)):
                found[rule.name] = rule.level
    return Risk(max(found.values()), tuple(found)) if found else None


def ready() -> None:
    """Compile all rules now, which takes a fifth of a second: a process that assesses texts does it before the first one."""
    for rule in _RULES:
        _ = rule.pattern


# --- Rules -----------------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Rule:
    name: str
    level: int
    language: str
    phrase: str
    # Of each of these sets at least one sign must be in the text: most rules are passed over by that alone.
    needs: tuple[frozenset[str], ...]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(self.phrase)


def _one_of(names: str) -> str:
    """Any one sign of `a|b|<group>`."""
    words: list[str] = []
    for name in names.split("|"):
        words += lexicon.GROUPS[name[1:-1]].replace("~", "").split() if name.startswith("<") else [name]
    return "".join(sorted({MANY if word == "#" else SIGNS[word] for word in words}))


def _expand(phrase: str) -> list[str]:
    parts: list[str] = []
    for part in phrase.split():
        parts += ["(", *_expand(lexicon.PHRASES[part[1:]]), ")"] if part.startswith("@") else [part]
    return parts


def _translate(phrase: str) -> tuple[str, list[frozenset[str]]]:
    """A phrase as a regular expression, and what it cannot do without."""
    pattern = ""
    # Of each open bracket the needs of each of its alternatives.
    open_: list[list[list[frozenset[str]]]] = [[[]]]
    for part in _expand(phrase):
        if part == "(":
            pattern += "(?:"
            open_.append([[]])
        elif part in (")", ")?"):
            pattern += part
            needs = _common(open_.pop())
            open_[-1][-1] += needs if part == ")" else []
        elif part == "/":
            pattern += "|"
            open_[-1].append([])
        elif part.startswith("~"):
            pattern += f"[^{STOP}]{{0,{part[1:]}}}"
        elif part == "^":
            pattern += rf"(?:^|(?<=\{STOP}))"
        elif part == "$":
            pattern += f"(?![^{STOP}{COMMA}])"
        elif part.startswith("!"):
            pattern += f"(?![{_one_of(part[1:])}])"
        else:
            repeat = "{0,5}" if part.endswith("*") else "?" if part.endswith("?") else ""
            allowed = _one_of(part.rstrip("*?"))
            pattern += f"[{allowed}]{repeat}"
            if not repeat:
                open_[-1][-1].append(frozenset(allowed))
    return (f"(?:{pattern})" if " / " in phrase else pattern), _common(open_[0])


def _common(alternatives: list[list[frozenset[str]]]) -> list[frozenset[str]]:
    """What several alternatives cannot do without together: of each its choosiest need, if each has one."""
    if len(alternatives) == 1:
        return alternatives[0]
    return [frozenset().union(*(min(needs, key=len) for needs in alternatives))] if all(alternatives) else []


def _rules() -> list[_Rule]:
    """Those of the highest level first."""
    found: list[_Rule] = []
    for language, rules in (("en", english.RULES), ("es", spanish.RULES)):
        for level, block in rules.items():
            for line in re.sub(r"\n +", " ", block.strip()).splitlines():
                name, _, phrase = line.partition(": ")
                pattern, needs = _translate(phrase)
                found.append(_Rule(name, level, language, pattern, tuple(needs)))
    return sorted(found, key=lambda rule: -rule.level)


_RULES = _rules()
# The rules by the signs of the choosiest of their needs; and those that need none.
_BY_SIGN: dict[str, list[int]] = {}
for _number, _rule in enumerate(_RULES):
    for _sign in min(_rule.needs, key=len, default=frozenset[str]()):
        _BY_SIGN.setdefault(_sign, []).append(_number)
_ALWAYS = frozenset(number for number, rule in enumerate(_RULES) if not rule.needs)

# --- Guards: what takes the danger out of a find ---------------------------------------------------------------------------------------------

# Words looked at on either side of a find.
_AROUND = 25


def _guard(phrase: str, *, at_end: bool = False) -> re.Pattern[str]:
    return re.compile(_translate(phrase)[0] + (r"\Z" if at_end else ""))


# A negator that is not itself negated ("can't stop thinking of"), then nothing but words that carry it on to the find.
_NEGATED = re.compile(
    f"(?<![{_one_of('<cant>|<negator>|if|why|reason|reasons')}])(?<![{_one_of('if|why')}][{_one_of('i')}])"
    f"{_translate('<negator> !<turns_negation> ( <negated_claim> ( i / that ) )?')[0]}[{_one_of('<carries_negation>')}]{{0,7}}\\Z"
)
# "I never wanted to die more than now" is none.
_NEVER_SO = _guard("( never / nunca ) ~5", at_end=True)
_MORE = _guard("~1 ( ( more / mas ) ( than / que ) / ( as / so ) ( much / badly ) / tanto )")
_FUN_AFTER = _guard("~1 ( of / from / de / por )? ~1 <fun>")

_FIRST_PERSON = _guard("( <i> / <yo_verbo> / <mata> )")
_SUBJECT = {language: re.compile(f"([{_one_of(others)}])|[{_one_of('<i>')}]") for language, others in (("en", "<third>"), ("es", "<tercera>"))}
_FICTION = _guard("<fiction>")
_TELLS = _guard("( <said> / <fiction> )")
_ASKED = re.compile(_translate("<asked> ~3 ( if / whether / about / si )")[0] + f"[^{STOP}{COMMA}{_one_of('<conjunctions>')}]{{0,6}}\\Z")
_YES = _guard("( ( said / told / answered / dije ) ( yes / si / him / her ) / lied / menti / yes )")

_LAUGH = _guard("<laugh>")
_HYPERBOLE = _guard("( ( makes / made / make / hace / hacen ) me / if i ~1 ( have / hear / see / get ) / <trivial> )")
_FUN = _guard("<fun>")
_HEAVY = _guard("<heavy>")

_TRAVEL = _guard("( <travel> / see you !on|in / hasta )")
_ACCIDENT = _guard("<accident>")
_PRESCRIBED = _guard("<prescribed>")
_ALL = _guard("( all / todas / todo )")
_STOPPED = _guard("( stopped / quit )")
_BY_RULE = {
    **dict.fromkeys(("no tomorrow", "no habra manana", "farewell", "despedida", "wish not to be here"), _TRAVEL),
    **dict.fromkeys(("self-harm", "means in hand", "autolesion", "wounds", "wish to hurt self", "deseo de hacerse dano"), _ACCIDENT),
    **dict.fromkeys(("overdose taken", "sobredosis"), _PRESCRIBED),
    **dict.fromkeys(("hurt by somebody", "threatened by somebody", "may hurt somebody", "may kill somebody", "puede matar a alguien"), _LAUGH),
}

# Years ago, "when I was 15", "back in 2010", "I used to"; days and months ago is not past.
_PAST = _guard(
    "( <years> ~1 ago / hace ~2 <years> / ( when / cuando ) ~1 ( was / era / tenia ) ~1 ( # / teenager / teen / kid / child / young / joven / adolescente / nino / nina )"
    " / ( in / en ) # )"
)
_USED_TO = _guard("( used to? / antes )", at_end=True)
_USED = _guard("( used / antes ) ~2", at_end=True)
_USED_WITHIN = _guard("used to")
_PRESENT = _guard("<present>")
_WELL = re.compile(f"(?<![{_one_of('not|dont')}])[{_one_of('<well>')}]")
_AGAIN = _guard("<again>")


@dataclass(frozen=True, slots=True)
class _Find:
    """What a rule found, and what stands around it."""

    rule: _Rule
    words: str
    before: str  # in the same sentence
    rest: str  # of the same sentence
    after: str  # beyond the sentence too
    teller: str  # before the quotation in which it stands, "" outside of one

    @property
    def sentence(self) -> str:
        return self.before + self.words + self.rest


def _harmless(signs: str, quoted: bytes, match: re.Match[str], rule: _Rule) -> bool:
    start, end = match.span()
    before = signs[max(0, start - _AROUND) : start].rpartition(STOP)[2]
    after = signs[end : end + _AROUND]
    teller = ""
    if quoted[start]:
        opened = max(quoted.rfind(0, max(0, start - _AROUND), start) + 1, start - len(before))
        teller = before[: opened - (start - len(before))]
    find = _Find(rule, match[0], before, after.partition(STOP)[0], after, teller)
    return _negated(find) or _excused(find) or _somebody_elses(find) or _joke(find) or _long_past(find)


def _negated(find: _Find) -> bool:
    negated = _NEGATED.search(find.before) and not (_NEVER_SO.search(find.before) and _MORE.match(find.rest))
    return bool(negated or _FUN_AFTER.match(find.rest) or (find.rule.name == "self-harm" and _STOPPED.search(find.words)))


def _excused(find: _Find) -> bool:
    """What this rule finds has a harmless cause close by: a journey, a kitchen knife, a doctor's order."""
    guard = _BY_RULE.get(find.rule.name)
    if guard is None:
        return False
    if guard is _ACCIDENT:
        return bool(guard.search(find.before[-3:] + find.words + find.rest[:5]) and not _AGAIN.search(find.rest[:5]))
    return bool(guard.search(find.sentence) and (guard is not _PRESCRIBED or _ALL.search(find.words)))


def _somebody_elses(find: _Find) -> bool:
    """Another one's words, a story, a question put by somebody, or another one's trouble. Who is quoted stands before: "I said" is one's own word."""
    if _TELLS.search(find.teller) and (_last_subject_is_other(find.teller, find.rule.language) or _FICTION.search(find.teller)):
        return True
    if _ASKED.search(find.before) and not _YES.search(find.after):
        return True
    if _FIRST_PERSON.search(find.words):
        return False
    told_of = not _SUBJECT[find.rule.language].search(find.before[-8:]) and _FICTION.search(find.sentence)
    return bool(told_of or _last_subject_is_other(find.before, find.rule.language))


def _joke(find: _Find) -> bool:
    """The laugh may come after a full stop or as an emoji; life itself as the cause is no joke."""
    return bool(_LAUGH.search(find.before + find.after[:10]) and (_HYPERBOLE.search(find.before) or _FUN.search(find.sentence)) and not _HEAVY.search(find.sentence))


def _long_past(find: _Find) -> bool:
    """Told as long past, and well now."""
    told_as_past = _PAST.search(find.before) or _USED.search(find.before) or _USED_WITHIN.search(find.words) or (_PAST.search(find.rest) and not _PRESENT.search(find.words))
    if not told_as_past or (_PRESENT.search(find.before[-4:] + find.words) and not _USED_TO.search(find.before)):
        return False
    return bool(_WELL.search(find.before + find.after) and not _AGAIN.search(find.sentence))


def _last_subject_is_other(before: str, language: str) -> bool:
    subjects = list(_SUBJECT[language].finditer(before[-8:]))
    return bool(subjects and subjects[-1][1])
