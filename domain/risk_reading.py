"""How `risk` reads: text as people type it, disguises undone, becomes a string with one sign a word, which patterns can be searched in.

Each step takes time linear in the text. Only words that the lexicon knows have a sign of their own; all others share one.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from domain import risk_lexicon as lexicon
from domain import risk_lexicon_en as english
from domain import risk_lexicon_es as spanish

STOP = "."
COMMA = ","
MANY = "1"  # a number of ten or more
_OTHER = "x"

# --- Letters ---------------------------------------------------------------------------------------------------------------------------------

_APOSTROPHES = {ord(c): "'" for c in "’‘`´ʼ′"} | {ord(c): '"' for c in "“”«»„‟＂"}
# Combining marks, zero-width, bidirectional, variation selectors, soft hyphen, fillers, tags.
_MARKS = re.compile(
    "[\u0300-\u036f\u20d0-\u20ff\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e01ef]+"
)
# Letters in boxes and circles have no decomposition, nor have those that flags are made of.
_LOOKALIKES = {ord(sign): latin for sign, latin in lexicon.LOOKALIKES.items()} | {first + n: chr(ord("a") + n) for first in (0x1F130, 0x1F150, 0x1F170, 0x1F1E6) for n in range(26)}
_EMOJI = {ord(sign): f" {word} " for sign, word in lexicon.EMOJI.items()}
_CAPITAL_I = re.compile("(?<=[a-z])I+")
_HELD_DOWN = re.compile(r"([a-z])\1{2,}")
_SPELLED_OUT = re.compile(r"(?<![a-z0-9$@|+!])[a-z0-9$@](?:(?!!)[^a-z0-9$@]{1,6}[a-z0-9$@](?![a-z0-9$@|+])){2,}")
_CONTRACTED = re.compile(r"\b(?:(i|you|we|they|he|she|it) ?'? (m|ve|ll|d|re)|(do|did|does|ca|wo|would|could|should|is|was|has|had|have|are)(n) ?'? (t))(?![a-z0-9$@|+!'*])")


def normalise(text: str) -> str:
    """Lower-case a-z as far as can be: accents, lookalikes, invisible characters and held letters gone, words spelled out put together, emoji as words."""
    text = _MARKS.sub("", unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)))
    # A capital I within a word may be meant for an l: as `1` it is read as both.
    text = _CAPITAL_I.sub(lambda match: "1" * len(match[0]), text).casefold().translate(_LOOKALIKES)
    text = _SPELLED_OUT.sub(_put_together, _HELD_DOWN.sub(r"\1\1", text))
    text = _CONTRACTED.sub(lambda match: "".join(filter(None, match.groups())), text)
    return text.translate(_EMOJI)


def _put_together(spelled: re.Match[str]) -> str:
    """`k.i.l.l m.y.s.e.l.f` -> `kill myself`: the commonest separator stands between letters, any other between words."""
    letters = re.findall("[a-z0-9$@]", spelled[0])
    between = re.findall("[^a-z0-9$@]+", spelled[0])
    if sum(letter.isalpha() for letter in letters) * 2 < len(letters):
        return spelled[0]
    usual = (Counter(gap for gap in between if "'" not in gap) or Counter(between)).most_common(1)[0][0]
    words = letters[0] + "".join(letter if gap == usual or "'" in gap else f" {letter}" for gap, letter in zip(between, letters[1:], strict=True))
    return " ".join(" ".join(_segment(word.translate(_LEET))) if word not in SIGNS and len(word) > 1 else word for word in words.split())


# --- Words -----------------------------------------------------------------------------------------------------------------------------------

_LEET = str.maketrans(lexicon.LEET)
# `1`, `!`, `|`, i and l are one letter where any of the disguised may be meant.
_LEET_BOTH = str.maketrans(lexicon.LEET | dict.fromkeys("1!|il", "1"))
_HELD_AT_END = re.compile(r"(.)\1$")
_TWICE = re.compile(r"(.)\1+")
_LONGEST_WORD = 14
_SHORTEST_RUN_TOGETHER = 8
_MAY_HOLD_UNKNOWN = 12


def _typos(word: str) -> set[str]:
    """Every string one slip away: a letter left out, doubled up, swapped with the next or mistyped."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    cuts = [(word[:n], word[n:]) for n in range(len(word) + 1)]
    slips = {a + b[1:] for a, b in cuts if b} | {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
    slips |= {a + c + b[1:] for a, b in cuts[1:] if b for c in letters} | {a + c + b for a, b in cuts[1:] for c in letters}
    return slips


def _masked(word: str) -> set[str]:
    """`k*ll`, `k**l`, …"""
    return {word[:n] + "*" * k + word[n + k :] for k in (1, 2, 3) for n in range(1, len(word) - k)}


def _skeletons(word: str) -> tuple[str, ...]:
    """Forms by which a disguised word is found, the nearest first: leet undone, doubled letters single."""
    return (word.translate(_LEET_BOTH), _TWICE.sub(r"\1", word), _TWICE.sub(r"\1", word.translate(_LEET_BOTH)))


def _vocabulary() -> tuple[dict[str, str], dict[str, str]]:
    """The sign of every word of the lexicon; and the same under every other spelling that stands for one of them."""
    words = set(" ".join(lexicon.GROUPS.values()).split())
    phrases = " ".join([*lexicon.PHRASES.values(), *english.RULES.values(), *spanish.RULES.values()])
    phrases = re.sub(r"^[^ \n][^:\n]*:", "", phrases, flags=re.MULTILINE)
    words |= set(re.findall(r"(?<![<@~\w])[a-z0-9]+(?![>\w])", phrases))
    spelt = {word: chr(0xE000 + n) for n, word in enumerate(sorted({word.rstrip("~") for word in words}))} | dict.fromkeys(lexicon.MANY.split(), MANY)
    misspelt: dict[str, str] = {}
    for word in sorted(words):
        slips = _typos(word.rstrip("~")) if word.endswith("~") else set()
        for slip in slips | (_masked(word.rstrip("~")) if word.rstrip("~") in lexicon.MASKED.split() else set()):
            misspelt.setdefault(slip, spelt[word.rstrip("~")])
    for form in range(3):
        for word in sorted(spelt, key=lambda word: (len(word), word)):
            misspelt.setdefault(_skeletons(word)[form], spelt[word])
    return spelt, misspelt


SIGNS, _MISSPELT = _vocabulary()
# The lengths of the lexicon's words by their first two letters: few are worth trying anywhere.
_LENGTHS: dict[str, list[int]] = {}
for _word in sorted(SIGNS):
    if 1 < len(_word) <= _LONGEST_WORD and len(_word) not in _LENGTHS.setdefault(_word[:2], []):
        _LENGTHS[_word[:2]].append(len(_word))


def _segment(letters: str) -> list[str]:
    """Letters without spaces cut into words of the lexicon: as few letters left over as can be, then as few words. What is left over stands in lumps."""
    # From the end: the cost of the rest and the length of its first word (0: a letter left over).
    left_over = 1 << 20
    cost = [0] * (len(letters) + 1)
    size = [0] * (len(letters) + 1)
    for at in range(len(letters) - 1, -1, -1):
        single = letters[at] in "iay"
        cost[at] = cost[at + 1] + (1 if single else left_over)
        size[at] = int(single)
        for length in _LENGTHS.get(letters[at : at + 2], ()):
            if at + length <= len(letters) and cost[at + length] < cost[at] and letters[at : at + length] in SIGNS:
                cost[at] = cost[at + length] + 1
                size[at] = length
    found, at, lump = [], 0, ""
    while at < len(letters):
        if size[at]:
            found += [lump, letters[at : at + size[at]]] if lump else [letters[at : at + size[at]]]
            lump = ""
        else:
            lump += letters[at]
        at += size[at] or 1
    return [*found, lump] if lump else found


def _signs_of(word: str) -> str:
    """The signs of one written word, mostly one."""
    if word in ("l", "|"):
        return SIGNS["i"]
    if word.isdigit():
        return MANY if len(word) > 1 else SIGNS.get(word) or SIGNS.get(word.translate(_LEET), _OTHER)
    bare = word.replace("'", "")
    forms = (bare, _HELD_AT_END.sub(r"\1", bare), *_skeletons(bare)[1 if bare.isalpha() else 0 :])
    for spellings, form in [(SIGNS, forms[0]), (SIGNS, forms[1]), *((_MISSPELT, form) for form in forms)]:
        if form in spellings:
            return spellings[form]
    parts = re.findall("[a-z0-9]+", bare)
    if len(parts) > 1:
        return _signs_of("".join(parts)) if max(map(len, parts)) == 1 else "".join(SIGNS.get(part, _OTHER) for part in parts)
    if len(bare) >= _SHORTEST_RUN_TOGETHER:
        pieces = _segment(bare.translate(_LEET))
        unknown = sum(len(piece) for piece in pieces if piece not in SIGNS)
        if not unknown or (len(bare) >= _MAY_HOLD_UNKNOWN and unknown * 5 <= len(bare)):
            return "".join(SIGNS.get(piece, _OTHER) for piece in pieces)
    return _OTHER


# --- Text ------------------------------------------------------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"(?P<word>(?:[a-z0-9$@|+]|(?<![a-z0-9])!(?=[a-z']))(?:['*!]{0,3}[a-z0-9$@|+])*)"
    r"|(?P<stop>[.!?;]+|\n *\n)|(?P<comma>[,:\u2013\u2014])|(?P<quote>[\"'])"
)
_SPLIT_IN_TWO = frozenset(lexicon.SPLIT_IN_TWO.split())
_SELF_SOMETHING = re.compile(r"[ -]?(?:" + "|".join(lexicon.GROUPS["reflexive"].split()) + r")\b")


_WORD_BY_WORD = re.compile(r"(?<![a-z0-9'])(?:[a-z0-9']++(?:[.,;!?]|\n *\n)[ \n.,;!?]*+){2,}")
_MARKS_BETWEEN = re.compile(r"[.,;!?\n]+")


def readings(text: str) -> list[tuple[str, bytes]]:
    """One sign a word, and for each whether it stands in quotation marks; a second reading where single words stand between marks ("I. want. to. die")."""
    text = normalise(text)
    unmarked = _WORD_BY_WORD.sub(lambda match: _MARKS_BETWEEN.sub(" ", match[0]), text)
    return [_read(text)] if unmarked == text else [_read(text), _read(unmarked)]


def _read(text: str) -> tuple[str, bytes]:
    signs: list[str] = []
    quoted = bytearray()
    known: dict[str, str] = {}
    previous, inside = "", False
    for match in _TOKEN.finditer(text):
        kind, token = match.lastgroup, match[0]
        if kind == "word":
            # "ki ll", "my self"; but "my self-esteem".
            if previous and previous + token in _SPLIT_IN_TWO and not _SELF_SOMETHING.match(text, match.end()):
                del quoted[len(quoted) - len(signs.pop()) :]
                token = previous + token
            if token not in known:
                known[token] = _signs_of(token)
            signs.append(known[token])
            previous = token
        elif kind == "quote":
            inside, previous = not inside, ""
            continue
        else:
            following = text[match.end() : match.end() + 1]
            # A dot between letters is a disguise, three dots are a pause.
            if kind == "stop" and (token.startswith("..") or (not token.isspace() and following and following not in " \n\"')")):
                continue
            signs.append(STOP if kind == "stop" else COMMA)
            previous = ""
            # A quotation mark without its other half reaches no further than its sentence.
            inside = inside and kind != "stop"
        quoted.extend([inside] * len(signs[-1]))
    return "".join(signs), bytes(quoted)
