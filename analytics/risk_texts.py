"""Labelled texts to learn crisis risk from, read from a file and checked. No message of an error holds anything of a text."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

import msgspec

# For so much, training takes two minutes of CPU and 2 GiB.
MOST_BYTES = 16 * 2**20
MOST_TEXTS = 50_000
MOST_CHARACTERS = 131_072  # of one cell of a CSV file
# Of crisis texts and of everyday ones.
LEAST_EACH = 50


class BadTexts(ValueError):
    """The file is not what is asked for; the message is for whoever named it."""


@dataclass(frozen=True)
class Texts:
    """Each text once. `repeated`: how many more stood in the file; `digest`: SHA-256 of the file, to know it again by."""

    texts: list[str]
    is_crisis: list[bool]
    repeated: int
    digest: str


def read(path: Path, false_alarms: float) -> Texts:
    """A CSV file with the columns `text` and `label`, or a JSONL file of such objects; label 1 is a crisis, 0 is everyday. Other columns are passed over.

    Raises BadTexts, also for too few texts to tell a share of `false_alarms`.
    """
    raw = _content(path)
    try:
        content = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadTexts(f"{path.name}: is not UTF-8, from byte {error.start} on") from None
    seen: dict[str, tuple[str, bool, int]] = {}
    repeated = 0
    for line, text, label in _rows(path, content):
        if not isinstance(text, str) or not text.strip():
            raise BadTexts(f"{path.name}, line {line}: text must be words")
        if label not in (0, 1, "0", "1") or isinstance(label, (bool, float)):
            raise BadTexts(f"{path.name}, line {line}: label must be 1 for a crisis or 0 for everyday")
        is_crisis = int(label) == 1
        key = " ".join(text.casefold().split())
        if key not in seen:
            seen[key] = (text, is_crisis, line)
        elif seen[key][1] is is_crisis:
            repeated += 1
        else:
            raise BadTexts(f"{path.name}: lines {seen[key][2]} and {line} are the same text under both labels")
        if len(seen) > MOST_TEXTS:
            raise BadTexts(f"{path.name}: holds more than {MOST_TEXTS:,} texts")
    found = Texts([text for text, _, _ in seen.values()], [is_crisis for _, is_crisis, _ in seen.values()], repeated, hashlib.sha256(raw).hexdigest())
    crisis = sum(found.is_crisis)
    for what, have, need in (("crisis (label 1)", crisis, LEAST_EACH), ("everyday (label 0)", len(seen) - crisis, max(LEAST_EACH, ceil(1 / false_alarms)))):
        if have < need:
            raise BadTexts(f"{path.name}: holds {have} different {what} texts, and {need} are needed at {false_alarms:.3g} false alarms")
    return found


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadTexts(f"{path} cannot be read: {error.strerror}") from None
    if len(raw) > MOST_BYTES:
        raise BadTexts(f"{path.name}: is larger than {MOST_BYTES // 2**20} MiB")
    return raw


def _rows(path: Path, content: str) -> Iterator[tuple[int, Any, Any]]:
    """Number of the line, text, label."""
    if path.suffix == ".csv":
        return _from_csv(path.name, content)
    if path.suffix == ".jsonl":
        return _from_jsonl(path.name, content)
    raise BadTexts(f"{path.name}: must be a .csv or a .jsonl file")


def _from_csv(name: str, content: str) -> Iterator[tuple[int, Any, Any]]:
    csv.field_size_limit(MOST_CHARACTERS)  # the process's, and whoever read another kind of file before may have raised it
    rows = csv.DictReader(io.StringIO(content, newline=""), strict=True)
    try:
        missing = {"text", "label"} - set(rows.fieldnames or ())
        if missing:
            raise BadTexts(f"{name}: has no column {' and no column '.join(sorted(missing))}; the first line must name `text` and `label`")
        for row in rows:
            label = row["label"]
            yield rows.line_num, row["text"], label.strip() if label is not None else None
    except csv.Error as error:
        # Its messages speak of commas and limits, never of what stands there.
        raise BadTexts(f"{name}, line {rows.line_num}: {error}") from None


def _from_jsonl(name: str, content: str) -> Iterator[tuple[int, Any, Any]]:
    for number, line in enumerate(content.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = msgspec.json.decode(line)
        except msgspec.DecodeError:
            row = None
        if not isinstance(row, dict) or not {"text", "label"} <= row.keys():
            raise BadTexts(f"{name}, line {number}: must be an object with `text` and `label`")
        yield number, row["text"], row["label"]
