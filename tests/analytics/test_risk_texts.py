"""Files of labelled texts: what is read, and one clear line, without their words, for each thing that can be wrong."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from analytics import risk_texts
from analytics.risk_texts import BadTexts, read

ROWS: list[tuple[Any, Any]] = [(f"canary, crisis\n{n}", 1) for n in range(50)] + [(f'canary "everyday" {n}', 0) for n in range(100)]


def as_csv(path: Path, rows: Sequence[tuple[Any, ...]] = ROWS, head: tuple[str, ...] = ("text", "label")) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *rows])
    return path


def as_jsonl(path: Path, rows: list[tuple[Any, Any]] = ROWS) -> Path:
    path.write_text("".join(json.dumps({"text": text, "label": label, "more": 1}) + "\n" for text, label in rows))
    return path


def refused(path: Path, rate: float = 0.01) -> str:
    with pytest.raises(BadTexts) as found:
        read(path, rate)
    assert "canary" not in str(found.value)
    return str(found.value)


def test_either_form_is_read(tmp_path: Path) -> None:
    from_csv, from_jsonl = read(as_csv(tmp_path / "a.csv"), 0.01), read(as_jsonl(tmp_path / "a.jsonl"), 0.01)
    assert from_csv.texts == from_jsonl.texts == [text for text, _ in ROWS]
    assert from_csv.is_crisis == from_jsonl.is_crisis == [label == 1 for _, label in ROWS]
    assert from_csv.digest == sha256((tmp_path / "a.csv").read_bytes()).hexdigest()


def test_a_spreadsheet_s_file_is_read(tmp_path: Path) -> None:
    """A byte order mark, carriage returns, columns in another order and more of them."""
    path = as_csv(tmp_path / "a.csv", [(f" {label}", text, "x") for text, label in ROWS], ("label", "text", "id"))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert sum(read(path, 0.01).is_crisis) == 50


def test_a_repeated_text_counts_once(tmp_path: Path) -> None:
    found = read(as_csv(tmp_path / "a.csv", [*ROWS, ("CANARY,  crisis 7 ", 1), ROWS[60]]), 0.01)
    assert (len(found.texts), found.repeated) == (150, 2)
    assert refused(as_csv(tmp_path / "b.csv", [*ROWS, (ROWS[60][0], 1)])) == "b.csv: lines 112 and 202 are the same text under both labels"


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (("words", "label"), "a.csv: has no column text; the first line must name `text` and `label`"),
        (("a", "b"), "a.csv: has no column label and no column text; the first line must name `text` and `label`"),
    ],
)
def test_columns_must_be_named(tmp_path: Path, head: tuple[str, ...], said: str) -> None:
    assert refused(as_csv(tmp_path / "a.csv", head=head)) == said


def test_an_empty_file_has_no_columns(tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch()
    assert "has no column label and no column text" in refused(tmp_path / "a.csv")


@pytest.mark.parametrize("label", [2, "", "yes", "canary", "1.0", "-1"])
def test_a_label_is_1_or_0(tmp_path: Path, label: Any) -> None:
    assert refused(as_csv(tmp_path / "a.csv", [("canary", label), *ROWS])) == "a.csv, line 2: label must be 1 for a crisis or 0 for everyday"
    assert refused(as_jsonl(tmp_path / "a.jsonl", [("canary", label), *ROWS])) == "a.jsonl, line 1: label must be 1 for a crisis or 0 for everyday"


@pytest.mark.parametrize("label", [True, 1.0, None, [1], {"canary": 1}])
def test_a_label_of_json_is_1_or_0(tmp_path: Path, label: Any) -> None:
    assert refused(as_jsonl(tmp_path / "a.jsonl", [("canary", label)])) == "a.jsonl, line 1: label must be 1 for a crisis or 0 for everyday"


@pytest.mark.parametrize("text", ["", "  \n"])
def test_a_text_has_words(tmp_path: Path, text: str) -> None:
    assert "text must be words" in refused(as_csv(tmp_path / "a.csv", [(text, 1)]))
    assert "text must be words" in refused(as_jsonl(tmp_path / "a.jsonl", [(text, 1)]))


@pytest.mark.parametrize("line", ["canary", '{"text": "canary"}', '["canary", 1]', '{"text": "canary", "label": 1', '{"label": 1, "label2": 1}', "\x00"])
def test_a_line_of_jsonl_is_an_object(tmp_path: Path, line: str) -> None:
    (tmp_path / "a.jsonl").write_text(f"\n{line}\n")
    assert refused(tmp_path / "a.jsonl") == "a.jsonl, line 2: must be an object with `text` and `label`"
    (tmp_path / "b.jsonl").write_text('{"text": 5, "label": 1}')
    assert refused(tmp_path / "b.jsonl") == "b.jsonl, line 1: text must be words"


@pytest.mark.parametrize("content", ['text,label\n"canary', 'text,label\n"canary"canary,1\n', f"text,label\n{'canary' * 30_000},1\n", "text,label\ncanary\n"])
def test_a_csv_that_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.csv").write_text(content)
    assert refused(tmp_path / "a.csv").startswith("a.csv, line ")


def test_too_few_of_either(tmp_path: Path) -> None:
    assert refused(as_csv(tmp_path / "a.csv", ROWS[1:])) == "a.csv: holds 49 different crisis (label 1) texts, and 50 are needed at 0.01 false alarms"
    assert refused(as_csv(tmp_path / "a.csv", ROWS[:-1])) == "a.csv: holds 99 different everyday (label 0) texts, and 100 are needed at 0.01 false alarms"
    assert refused(as_csv(tmp_path / "a.csv"), 0.001) == "a.csv: holds 100 different everyday (label 0) texts, and 1000 are needed at 0.001 false alarms"
    assert len(read(as_csv(tmp_path / "a.csv", ROWS[:-50]), 0.1).texts) == 100


def test_another_encoding_another_file_none_at_all(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("text,label\ncafé,1\n".encode("latin-1"))
    assert refused(tmp_path / "a.csv") == "a.csv: is not UTF-8, from byte 14 on"
    (tmp_path / "a.xlsx").write_bytes(b"PK")
    assert refused(tmp_path / "a.xlsx") == "a.xlsx: must be a .csv or a .jsonl file"
    assert refused(tmp_path / "b.csv") == f"{tmp_path / 'b.csv'} cannot be read: No such file or directory"
    assert refused(tmp_path) == f"{tmp_path} cannot be read: Is a directory"


def test_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = as_csv(tmp_path / "a.csv")
    monkeypatch.setattr(risk_texts, "MOST_TEXTS", 149)
    assert refused(path) == "a.csv: holds more than 149 texts"
    monkeypatch.setattr(risk_texts, "MOST_BYTES", 2**10)
    assert refused(path) == "a.csv: is larger than 0 MiB"
