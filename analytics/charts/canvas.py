"""A card to draw on, in its own pixels from the top left; matplotlib writes it as SVG, and `svg` makes that fit for light and dark, and for reading aloud."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from threading import Lock
from typing import Any, Literal
from xml.etree import ElementTree as ET

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from analytics.charts.palette import DARK, LIGHT, ROLES

Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]

WIDTH = 480
_FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Helvetica Neue', Arial, sans-serif"
_SVG = "{http://www.w3.org/2000/svg}"
_ANCHORS = {"start": "left", "middle": "center", "end": "right"}
_KEPT_STYLES = ("opacity", "fill", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin", "stroke-dasharray", "font-size", "font-weight", "text-anchor")
# What XML 1.0 cannot hold (its section 2.2).
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# A step of a path as matplotlib writes it.
_STEP = re.compile("([A-Za-z])([^A-Za-z]*)")
# matplotlib's settings belong to the process: one picture at a time is written with ours.
_writing = Lock()


class Canvas:
    """Lengths are in pixels of the card, which is WIDTH wide; colours are roles of the palette. What is drawn later lies above."""

    def __init__(self, height: float) -> None:
        self.height = height
        # At 72 dots an inch a point is a pixel.
        self._figure = Figure(figsize=(WIDTH / 72, height / 72), dpi=72)
        self._figure.patch.set_visible(False)
        self._axes = self._figure.add_axes((0, 0, 1, 1))
        self._axes.set_xlim(0, WIDTH)
        self._axes.set_ylim(height, 0)
        self._axes.axis("off")
        self._said: list[str] = []

    def text(self, x: float, y: float, said: str, *, role: str = "muted", size: float = 11, anchor: Anchor = "start", bold: bool = False) -> None:
        """One line of text on the base line `y`."""
        # matplotlib gets a number instead: it would read $…$ as mathematics and look for each letter in its own fonts.
        self._axes.text(x, y, str(len(self._said)), fontsize=size, color=LIGHT[role], ha=_ANCHORS[anchor], va="baseline", fontweight="bold" if bold else "normal")
        self._said.append(_NOT_XML.sub("", said))

    def strokes(self, lines: Iterable[Sequence[Point]], role: str, width: float, *, dashes: tuple[float, float] | None = None) -> None:
        """Lines through points, with round ends: one whose points are the same is a dot."""
        vertices, codes = _joined(lines)
        if vertices:
            style = "solid" if dashes is None else (0, tuple(each / width for each in dashes))
            self._add(Path(vertices, codes), facecolor="none", edgecolor=LIGHT[role], linewidth=width, linestyle=style, capstyle="round", joinstyle="round")

    def dots(self, places: Iterable[Point], role: str, size: float) -> None:
        self.strokes(([place, place] for place in places), role, size)

    def boxes(self, boxes: Iterable[tuple[float, float, float, float]], role: str, corner: float = 0) -> None:
        """Filled boxes of (left, top, width, height); `corner` is the width of a stroke in the same colour that rounds their corners, within them."""
        inset = corner / 2
        vertices, codes = _joined(
            ([(x + inset, y + inset), (x + wide - inset, y + inset), (x + wide - inset, y + high - inset), (x + inset, y + high - inset)] for x, y, wide, high in boxes),
            closed=True,
        )
        if vertices:
            self._add(Path(vertices, codes), facecolor=LIGHT[role], edgecolor=LIGHT[role] if corner else "none", linewidth=corner, joinstyle="round")

    def _add(self, path: Path, **style: Any) -> None:
        # As it is: neither simplified, which loses dots, nor moved to whole pixels.
        path.should_simplify = False
        self._axes.add_patch(PathPatch(path, clip_on=False, snap=False, **style))

    def svg(self, name: str, language: str, title: str, description: str) -> bytes:
        """The picture as UTF-8; the same drawing gives the same bytes. `name` makes its ids differ from those of other pictures on a page."""
        drawn = io.BytesIO()
        with _writing, mpl.rc_context({"svg.fonttype": "none"}):
            self._figure.savefig(drawn, format="svg")
        root = ET.Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "width": str(WIDTH),
                "height": f"{self.height:g}",
                "viewBox": f"0 0 {WIDTH} {self.height:g}",
                "role": "img",
                "lang": language,
                "aria-labelledby": f"{name}-title {name}-desc",
                "font-family": _FONTS,
                "stroke-linejoin": "round",
            },
        )
        ET.SubElement(root, "title", id=f"{name}-title").text = _NOT_XML.sub("", title)
        ET.SubElement(root, "desc", id=f"{name}-desc").text = _NOT_XML.sub("", description)
        style = ET.SubElement(root, "style")
        ET.SubElement(root, "rect", {"width": str(WIDTH), "height": f"{self.height:g}", "rx": "12", **_painted({"fill": LIGHT["card"]})})
        for each in ET.fromstring(drawn.getvalue()).iter():  # noqa: S314 (matplotlib has just written it)
            if each.tag == f"{_SVG}path":
                ET.SubElement(root, "path", {"d": _short(each.get("d", "")), **_painted(_styles(each))})
            elif each.tag == f"{_SVG}text":
                place = {"x": _number(each.get("x", "0")), "y": _number(each.get("y", "0"))}
                ET.SubElement(root, "text", {**place, **_painted(_styles(each))}).text = self._said[int(each.text or "0")]
        style.text = _where_dark({name for element in root.iter() for name in (element.get("class") or "").split()})
        return str(ET.tostring(root, encoding="unicode")).encode()


def _joined(lines: Iterable[Sequence[Point]], *, closed: bool = False) -> tuple[list[Point], list[Any]]:
    vertices: list[Point] = []
    codes: list[Any] = []
    for line in lines:
        vertices += line
        codes += [Path.MOVETO, *[Path.LINETO] * (len(line) - 1)]
        if closed:
            vertices.append(line[0])
            codes.append(Path.CLOSEPOLY)
    return vertices, codes


def _styles(element: ET.Element) -> dict[str, str]:
    pairs = (each.partition(":") for each in element.get("style", "").split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs if name.strip() in _KEPT_STYLES}


def _painted(styles: Mapping[str, str]) -> dict[str, str]:
    """As attributes, which any reader of SVG shows, and as classes, which change the colour where it is dark."""
    classes = [f"{kind[0]}-{ROLES[styles[kind]]}" for kind in ("fill", "stroke") if styles.get(kind, "none") != "none"]
    return {name: value for name, value in styles.items() if value not in ("normal", "400", "start")} | ({"class": " ".join(classes)} if classes else {})


def _where_dark(classes: set[str]) -> str:
    rules = [f".{name}{{{'fill' if name[0] == 'f' else 'stroke'}:{DARK[name[2:]]}}}" for name in sorted(classes)]
    return f"@media (prefers-color-scheme: dark){{{''.join(rules)}}}"


def _number(written: str) -> str:
    return f"{round(float(written), 1) + 0.0:g}"


def _short(path: str) -> str:
    """The same path to a tenth of a pixel, in fewer bytes; a line to where it is already gets a length, since not all readers draw one without."""
    parts: list[str] = []
    before = ""
    for letter, numbers in _STEP.findall(path):
        place = " ".join(map(_number, numbers.split()))
        parts.append("h.01" if letter == "L" and place == before else letter + place)
        before = place
    return "".join(parts)
