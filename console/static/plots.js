// Plots as inline SVG. What is hidden is a gap in a line, and words instead of a bar; the table beside each plot has every figure.

import { h } from "./dom.js";

const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 240;
const ABOVE = 12;
const BELOW = 26;
const BAR = 40;

function s(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** A place that is drawn anew whenever its width changes. */
function drawn(draw) {
  const place = h("div", { class: "plot" });
  let width = 0;
  new ResizeObserver(([{ contentRect }]) => {
    if (Math.round(contentRect.width) === width || contentRect.width === 0) return;
    width = Math.round(contentRect.width);
    place.replaceChildren(draw(width));
  }).observe(place);
  return place;
}

/** Round steps from 0 to at least `most`, about four of them. */
function ticks(most) {
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((each) => each * power).find((each) => each >= rough);
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, index) => index * step);
}

/**
 * Lines over dates. `dates`: ISO dates; `lines`: [{ name, values }], null where there is nothing to show; `said` writes a value, `dated` a date.
 * `summary` is what a screen reader hears.
 */
export function linePlot({ dates, lines, summary, said, dated, steps = ticks(Math.max(...lines.flatMap((line) => line.values).filter((each) => each !== null))) }) {
  const reading = h("p", { class: "reading small soft", "aria-hidden": "true" }, "\u00a0");
  const legend = h("ul", { class: "legend", "aria-hidden": "true" }, ...lines.map((line, index) => h("li", {}, swatch(index), line.name)));
  const place = drawn((width) => {
    const left = 8 + 7.5 * Math.max(...steps.map((each) => said(each).length));
    const top = steps.at(-1);
    const x = (index) => left + (dates.length === 1 ? 0.5 : index / (dates.length - 1)) * (width - left - 12);
    const y = (value) => ABOVE + (1 - value / top) * (HEIGHT - ABOVE - BELOW);
    const svg = s("svg", { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": summary });
    for (const each of steps) {
      svg.append(s("line", { class: "grid", x1: left, x2: width, y1: y(each), y2: y(each) }));
      svg.append(s("text", { class: "tick", x: left - 6, y: y(each) + 4, "text-anchor": "end" }, said(each)));
    }
    for (const index of spread(dates.length, Math.max(2, Math.floor((width - left) / 130)))) {
      const anchor = dates.length === 1 ? "middle" : index === 0 ? "start" : index === dates.length - 1 ? "end" : "middle";
      svg.append(s("text", { class: "tick", x: x(index), y: HEIGHT - 6, "text-anchor": anchor }, dated(dates[index])));
    }
    lines.forEach(({ values }, index) => svg.append(...pieces(values, x, y).map((each) => piece(each, index))));
    const cursor = s("line", { class: "cursor", y1: ABOVE, y2: HEIGHT - BELOW, x1: -9, x2: -9 });
    svg.append(cursor);
    svg.addEventListener("pointermove", (event) => {
      const at = Math.round(((event.offsetX - left) / (width - left - 12)) * (dates.length - 1)) || 0;
      const index = Math.min(Math.max(at, 0), dates.length - 1);
      cursor.setAttribute("x1", x(index));
      cursor.setAttribute("x2", x(index));
      reading.textContent = `${dated(dates[index])}: ${lines.map((line) => `${line.name} ${line.values[index] === null ? "–" : said(line.values[index])}`).join(" · ")}`;
    });
    svg.addEventListener("pointerleave", () => {
      cursor.setAttribute("x1", -9);
      cursor.setAttribute("x2", -9);
      reading.textContent = "\u00a0";
    });
    return svg;
  });
  return [legend, place, reading];
}

function swatch(index) {
  return s("svg", { width: 28, height: 10, "aria-hidden": "true" }, s("line", { class: `line line-${index}`, x1: 1, x2: 27, y1: 5, y2: 5 }));
}

/** Runs of neighbours that are there. */
function pieces(values, x, y) {
  const found = [];
  values.forEach((value, index) => {
    if (value === null) return;
    if (index === 0 || values[index - 1] === null) found.push([]);
    found.at(-1).push([x(index).toFixed(1), y(value).toFixed(1)]);
  });
  return found;
}

function piece(points, index) {
  if (points.length === 1) return s("circle", { class: `point line-${index}`, cx: points[0][0], cy: points[0][1], r: 3 });
  return s("polyline", { class: `line line-${index}`, points: points.map((each) => each.join(",")).join(" ") });
}

/** At most so many of the places 0 to count - 1, the first and the last among them. */
function spread(count, most) {
  const many = Math.min(count, most);
  return [...new Set(Array.from({ length: many }, (_, index) => (many === 1 ? 0 : Math.round((index * (count - 1)) / (many - 1)))))];
}

/** Bars. `rows`: [{ name, value, part, words }], `value` null where hidden; `part` of it is drawn darker; `words` stand beside the bar. */
export function barPlot({ rows, summary }) {
  const most = Math.max(1, ...rows.map((row) => row.value ?? 0));
  return drawn((width) => {
    const svg = s("svg", { width, height: rows.length * BAR, viewBox: `0 0 ${width} ${rows.length * BAR}`, role: "img", "aria-label": summary });
    const wordy = 8 + 7 * Math.max(...rows.map((row) => row.words.length));
    rows.forEach((row, index) => {
      const y = index * BAR;
      const long = row.value === null ? 0 : (row.value / most) * Math.max(20, width - wordy);
      svg.append(s("text", { class: "name", x: 0, y: y + 12 }, row.name));
      if (row.value !== null) svg.append(s("rect", { class: "bar-all", x: 0, y: y + 17, width: long.toFixed(1), height: 11, rx: 2 }));
      if (row.value !== null && row.part) svg.append(s("rect", { class: "bar-part", x: 0, y: y + 17, width: ((long * row.part) / row.value).toFixed(1), height: 11, rx: 2 }));
      svg.append(s("text", { class: row.value === null ? "hidden-words" : "words", x: row.value === null ? 0 : long + 6, y: y + 27 }, row.words));
    });
    return svg;
  });
}

/** The figures of a plot, behind it. */
export function sheet(caption, head, rows, { open = false } = {}) {
  const table = h(
    "table",
    {},
    h("caption", { class: "unseen" }, caption),
    h("thead", {}, h("tr", {}, ...head.map((each) => h("th", { scope: "col" }, each)))),
    h("tbody", {}, ...rows.map(([first, ...others]) => h("tr", {}, h("th", { scope: "row" }, first), ...others.map((each) => h("td", {}, each))))),
  );
  return h("details", { open }, h("summary", {}, "As a table"), h("div", { class: "sheet", tabindex: "0", role: "region", "aria-label": caption }, table));
}
