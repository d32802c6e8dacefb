"""The colours of charts by what they are for, for light and dark; the light ones stand in the picture, a style changes them where it is dark.

Series and mean are Okabe and Ito's blues and oranges (Color Universal Design, 2008), which all kinds of colour vision tell apart. The five levels of mood go from
lavender to green, and, as viridis does, steadily in lightness, ever further from the background: they are read without hue too, and a low day is quiet.
Whatever must be made out stands out 3 : 1 from the card, words 4.5 : 1 (WCAG 2.2, 1.4.11 and 1.4.3); `rule` and `empty` are there for the eye only.
"""

from __future__ import annotations

# Each light colour is of one role only: by it the picture's elements are told apart.
LIGHT = {
    "card": "#ffffff", "ink": "#1f2933", "muted": "#5a6675", "rule": "#e6eaef", "empty": "#eef1f5",
    "series": "#0072b2", "range": "#7f93a8", "mean": "#d55e00",
    "level1": "#a681d0", "level2": "#537bc7", "level3": "#00748f", "level4": "#006147", "level5": "#093517",
}  # fmt: skip
DARK = {
    "card": "#161a20", "ink": "#e8ecf1", "muted": "#a5b0bd", "rule": "#2a313a", "empty": "#20262e",
    "series": "#56b4e9", "range": "#64788c", "mean": "#e69f00",
    "level1": "#73599e", "level2": "#5783cb", "level3": "#45b0d5", "level4": "#50dacb", "level5": "#c3f98a",
}  # fmt: skip
ROLES = {colour: role for role, colour in LIGHT.items()}


def level(mood: float) -> str:
    """The role for a mean mood of 1–5: that of the nearest whole one, halves upwards."""
    return f"level{min(5, max(1, int(mood + 0.5)))}"
