"""Reading JSON Schema documents."""

from __future__ import annotations

from typing import Any


def references(node: Any) -> set[str]:
    """Every `$ref` there is."""
    if isinstance(node, dict):
        return {found for key, value in node.items() for found in ({value} if key == "$ref" else references(value))}
    return {found for value in node for found in references(value)} if isinstance(node, list) else set()
