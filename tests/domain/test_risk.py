"""The crisis check: what it must catch however disguised, what it must let pass, and how often everyday talk alarms it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.risk import everyday_flagged
from domain import risk, risk_lexicon_en, risk_lexicon_es, risk_reading
from tests.domain.sentences.caught import DANGER, catches
from tests.domain.sentences.fresh import HELD_OUT
from tests.domain.sentences.harmless import HELD_OUT_PASS, passes
from tests.domain.sentences.not_hidden import NOT_HIDDEN
from tests.properties import examples

EVERYDAY = Path(__file__).parent.parent.parent.parent / "shared" / "data" / "everyday.csv"


# Caught by no rule that would generalise: said without one word of death, method or self.
KNOWN_MISSED = {"It's all arranged. Saturday, the bridge, after my shift", "I don't belong in this world and I don't want to stay in it"} | {
    "I secretly hope the plane crashes when I fly",
    "thoughts of self termination won't leave me",
    "every time I see a bridge I think about going over the side",
    "I'm going to do something tonight and I won't be coming back",
}
FRESH = [(language, level, text) for part in HELD_OUT for language, entries in part.items() for level, text in entries]


def test_must_catch() -> None:
    found = [(text, level, risk.assess(text)) for _, level, text in catches()]
    assert [text for text, level, each in found if each is None or abs(each.level - level) > 1 or not each.reasons] == []


def test_held_out() -> None:
    assert {text for _, _, text in FRESH if risk.assess(text) is None} == KNOWN_MISSED


def test_guards_hide_no_true_risk() -> None:
    assert [text for text in NOT_HIDDEN if risk.assess(text) is None] == []


@pytest.mark.parametrize("text", [text for texts in DANGER.values() for text in texts])
def test_danger_from_or_to_others(text: str) -> None:
    found = risk.assess(text)
    assert found is not None and found.level == 4


def test_must_pass() -> None:
    assert [text for text in [text for _, text in passes()] + HELD_OUT_PASS if risk.assess(text) is not None] == []


def test_levels_mostly_exact() -> None:
    found = [(level, risk.assess(text)) for _, level, text in catches()]
    exact = sum(each is not None and each.level == level for level, each in found)
    assert exact >= 0.95 * len(found)


def test_lists_are_large_and_distinct() -> None:
    caught = [text for _, _, text in catches()]
    passed = [text for _, text in passes()]
    assert len(set(caught)) == len(caught) >= 220
    assert len(set(passed)) == len(passed) >= 150
    assert {(language, level) for language, level, _ in catches()} == {(language, level) for language in ("en", "es") for level in range(1, 7)}


@pytest.mark.skipif(not EVERYDAY.exists(), reason="the everyday comments are not part of the project")
def test_everyday_comments_raise_hardly_an_alarm() -> None:
    flagged, of = everyday_flagged(EVERYDAY)
    assert of > 5000
    assert flagged <= 0.01 * of


# --- Disguises -------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("SUICIDE", "suicide"),
        ("ｋｉｌｌ", "kill"),
        ("kíll mysélf", "kill myself"),
        ("ki\u200bll\u202e", "kill"),
        ("kі\u0304ll", "kill"),
        ("suісіdе", "suicide"),
        ("diiiiie", "diie"),
        ("𝓴𝓲𝓵𝓵", "kill"),
        ("ⓚⓘⓛⓛ", "kill"),
        ("ᴋɪʟʟ", "kill"),
        ("🅺🅸🅻🅻", "kill"),
        ("κill", "kill"),
        ("kiII", "ki11"),
        ("don’t", "don't"),
        ("i don ' t", "i dont"),
        ("k.i.l.l m.y.s.e.l.f", "kill myself"),
        ("k i l l  m y s e l f", "kill myself"),
        ("w a n t t o d i e", "want to die"),
        ("d-o-n-'-t", "dont"),
        ("1 2 3 4 5", "1 2 3 4 5"),
        ("plan b, a good one", "plan b, a good one"),
    ],
)
def test_normalise(written: str, meant: str) -> None:
    assert risk_reading.normalise(written) == meant


def sentences_in_plain_letters() -> list[str]:
    """Of the must-catch list, what is not disguised already: letters, apostrophes, commas and full stops, right spellings."""
    disguised = re.compile(r"\b\w\W+\w\W+\w\b|\d|my.self|myslef|ctb|kms|(\w)\1\1")
    texts = [text for _, _, text in catches()]
    return [text for text in texts if re.fullmatch(r"[^\W_][\w' ,.]+", text) and not disguised.search(text)]


PLAIN = sentences_in_plain_letters()


def leet(signs: str) -> Callable[[str], str]:
    """`a4 e3` -> every a as 4, every e as 3; but not a whole word as a number, and `!` only within a word."""
    table = str.maketrans({pair[0]: pair[1] for pair in signs.split()})
    back = str.maketrans({pair[1]: pair[0] for pair in signs.split() if pair[1].isdigit()})

    def disguise(text: str) -> str:
        text = re.sub(r"\b\d+\b", lambda match: match[0].translate(back), text.lower().translate(table))
        return re.sub(r"(?<![\w@$+|])!|!(?![\w@$+|])", "i", text)

    return disguise


def between_letters(separator: str) -> Callable[[str], str]:
    return lambda text: " ".join(separator.join(word) for word in text.split())


def letters_from(first: int) -> Callable[[str], str]:
    """Letters of another alphabet of Unicode, `first` being its a."""
    return lambda text: "".join(chr(first + ord(c) - ord("a")) if c.isascii() and c.islower() else c for c in text.lower())


DISGUISES: dict[str, Callable[[str], str]] = {
    "upper case": str.upper,
    "mixed case": lambda text: "".join(c.upper() if at % 2 else c.lower() for at, c in enumerate(text)),
    "leet 0134": leet("o0 i1 e3 a4"),
    "leet 013457": leet("o0 i1 e3 a4 s5 t7"),
    "leet l": leet("l1 e3 a4"),
    "leet 89": leet("b8 g9"),
    "leet signs": leet("a@ s$ i!"),
    "leet plus and bar": leet("t+ l|"),
    "spaces between letters": lambda text: " ".join(text.replace(" ", "  ")),
    "dots between letters": between_letters("."),
    "dashes between letters": between_letters("-"),
    "underscores between letters": between_letters("_"),
    "asterisks between letters": between_letters("*"),
    "emoji between letters": between_letters("🙂"),
    "skulls between letters": between_letters("💀"),
    "hearts between letters": between_letters("❤️"),
    "families between letters": between_letters("👩\u200d👧"),
    "emoji between words": lambda text: "🙂".join(text.split()),
    "zero width": "\u200b".join,
    "soft hyphens": "\u00ad".join,
    "backwards and forwards": lambda text: "\u202d" + text + "\u202c",
    "struck through": lambda text: "".join(c + "\u0336" for c in text),
    "accents dropped": lambda text: "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c)),
    "accents apart": lambda text: unicodedata.normalize("NFD", text),
    "apostrophes dropped": lambda text: text.replace("'", ""),
    "apostrophes as spaces": lambda text: text.replace("'", " "),
    "curly apostrophes": lambda text: text.replace("'", "’"),
    "cyrillic": lambda text: text.lower().translate(str.maketrans("aeopcxyi", "аеорсхуі")),
    "wide": letters_from(0xFF41),
    "bold": letters_from(0x1D41A),
    "circled": letters_from(0x24D0),
    "a line a word": lambda text: "\n".join(text.split()),
    "hard spaces": lambda text: text.replace(" ", "\u00a0"),
    "dots for spaces": lambda text: ".".join(text.split()),
    "pauses": lambda text: "... ".join(text.split()),
    "in brackets": lambda text: f"({text})",
    "in quotation marks": lambda text: f"“{text}”",
}
ORDINARY = "Today was a day like any other, we had rice and went for a walk along the river. "


@pytest.mark.parametrize("disguise", [*DISGUISES.values()], ids=DISGUISES)
def test_no_disguise_hides_a_sentence(disguise: Callable[[str], str]) -> None:
    assert len(PLAIN) >= 200
    assert [text for text in PLAIN if risk.assess(disguise(text)) is None] == []


@examples(100)
@given(st.sampled_from(PLAIN), st.lists(st.sampled_from(["upper case", "zero width", "struck through", "accents dropped", "curly apostrophes", "bold"]), max_size=4), st.data())
def test_no_mixture_of_disguises_hides_a_sentence(text: str, disguises: list[str], data: st.DataObject) -> None:
    words = text.split()
    spelled = data.draw(st.sampled_from([at for at, word in enumerate(words) if sum(map(str.isalpha, word)) > 2]))
    words[spelled] = data.draw(st.sampled_from([".", "-", "*", "🙂", "\u2060"])).join(words[spelled])
    text = data.draw(st.sampled_from([" ", "  ", "\n", "\t"])).join(words)
    for name in disguises:
        text = DISGUISES[name](text)
    assert risk.assess(text) is not None


@pytest.mark.parametrize(
    ("ordinary", "part"),
    [(ORDINARY, 0), (ORDINARY.replace(".", "!\n"), 1), ("Hoy comimos arroz y paseamos junto al río.\n\n", 2)],
    ids=["a paragraph", "lines", "Spanish paragraphs"],
)
def test_a_sentence_in_the_midst_of_a_long_text_is_found(ordinary: str, part: int) -> None:
    """A third of the sentences in each."""
    around = ordinary * (3500 // len(ordinary.encode()))
    assert risk.assess(around + around) is None
    assert [text for text in PLAIN[part::3] if risk.assess(f"{around}{text}. {around}") is None] == []


@pytest.mark.parametrize(
    "text", ["I want to\nkill\nmyself", "I want to kill\r\nmyself", "quiero\n quitarme\n la vida", "I. Want. To. Die.", "Quiero. Quitarme. La. Vida.", "I, want, to, die"]
)
def test_split_over_lines_and_marks(text: str) -> None:
    assert risk.assess(text) is not None
    assert risk.assess(f"{ORDINARY * 40}\n{text}\n\n{ORDINARY * 40}") is not None


@pytest.mark.parametrize(
    "text",
    [
        "i want to kill my self",
        "sui cide is on my mind",
        "i want to ki ll myself",
        "I want to k*ll myself",
        "i want to k**l myself",
        "thinking of su*cide",
        "#iwanttokillmyself",
        "quieromorirme",
        "i want to kiII myseIf",
        "l want to die",
        "i wannaaaa dieeeee",
    ],
)
def test_split_masked_and_run_together(text: str) -> None:
    assert risk.assess(text) is not None


def test_the_highest_level_counts_and_reasons_hold_no_words() -> None:
    found = risk.assess("I want to die. I tried to kill myself last night.")
    assert found is not None
    assert found.level == 6
    blocks = "\n".join([*risk_lexicon_en.RULES.values(), *risk_lexicon_es.RULES.values()])
    assert set(found.reasons) <= set(re.findall(r"^(\S[^:\n]*):", blocks, re.MULTILINE))
    assert {"wish to die", "attempt"} <= set(found.reasons)


@pytest.mark.parametrize(
    "text",
    [
        "I don't want to die. I want to kill myself.",
        "I'm not okay, I want to die",
        "no, no, no, quiero morir",
        "no puedo más, quiero morir",
        "I told my therapist no but yes, I want to kill myself",
        "years ago I was suicidal, now I want to die again",
        "He said \"I'm fine. I want to kill myself",
    ],
)
def test_what_takes_the_danger_out_of_one_thing_does_not_cover_another(text: str) -> None:
    assert risk.assess(text) is not None


@examples(100)
@given(st.one_of(st.text(max_size=400), st.lists(st.sampled_from([*sorted(risk_reading.SIGNS), ".", ",", '"', "'", "\n\n", "💀", "k*ll", "1"]), max_size=80).map(" ".join)))
def test_any_text_is_judged(text: str) -> None:
    found = risk.assess(text)
    assert found is None or (1 <= found.level <= 6 and found.reasons)
