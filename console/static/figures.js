// How the app is used, as plots with a table behind each.

import { h } from "./dom.js";
import { barPlot, linePlot, sheet } from "./plots.js";

const FEW = "fewer than 10";
/** Where it need not be few itself: it may be hidden because of its difference from another figure. */
const HIDDEN = "hidden";
const NAMES = { moods: "Moods", notes: "Notes with a mood", breathing: "Breathing", programs: "Programs", chat: "Chat" };

const number = new Intl.NumberFormat("en-GB");
const short = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

export const dated = (date) => short.format(new Date(date));
const count = (value, otherwise = FEW) => (value === null ? otherwise : number.format(value));
const least = (value, otherwise = FEW) => (value === null ? otherwise : `${number.format(value)}+`);
const percent = (value, otherwise = HIDDEN) => (value === null ? otherwise : `${Math.round(100 * value)} %`);

/** 45 → "45 s", 200 → "3.3 min". */
function wait(seconds, otherwise) {
  if (seconds === null) return otherwise;
  if (seconds < 90) return `${seconds} s`;
  return seconds < 5400 ? `${(seconds / 60).toFixed(1)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** Whether there is any figure at all. */
export function isEmpty(found) {
  const all = [...found.days.flatMap((day) => [day.dau, day.wau, day.mau]), found.chats.people, ...[...found.retention, ...found.features].map((each) => each.people), ...found.programs.map((each) => each.enrolled)];
  return all.every((each) => each === null);
}

/** Every figure of an answer, as elements. */
export function figures(found) {
  return [tiles(found), active(found.days), retention(found.retention), h("div", { class: "pair" }, features(found.features), programs(found.programs)), h("div", { class: "pair" }, chats(found.chats), ratings(found.ratings)), legend()];
}

function legend() {
  return h("p", { class: "soft small" }, "Counted are people who let their use be counted. Figures of fewer than ten people are not told, nor those that would give one away by a difference (“hidden”). “20+” means at least 20: what is counted over just these dates is rounded down to tens.");
}

function figure(title, about, ...content) {
  return h("figure", { class: "figure" }, h("figcaption", {}, h("h2", {}, title), h("p", { class: "soft small" }, about)), ...content.flat());
}

function nothing(text) {
  return h("p", { class: "empty" }, text);
}

function tiles({ active: { dau, wau, mau, stickiness } }) {
  const tile = (name, value, about) => h("div", { class: "tile" }, h("dt", {}, name), h("dd", {}, h("strong", {}, value), h("span", { class: "soft small" }, about)));
  return h(
    "dl",
    { class: "tiles" },
    tile("Daily", count(dau), "people active a day, on average"),
    tile("Weekly", count(wau, HIDDEN), "active in the last 7 days"),
    tile("Monthly", count(mau, HIDDEN), "active in the last 30 days"),
    tile("Stickiness", percent(stickiness), "of the month's people on an average day"),
  );
}

function active(days) {
  const lines = [["30 days", "mau"], ["7 days", "wau"], ["a day", "dau"]].map(([name, key]) => ({ name, values: days.map((day) => day[key]) }));
  const isThere = lines.some((line) => line.values.some((each) => each !== null));
  const summary = `People active in a day, in 7 and in 30 days, ${dated(days[0].date)} to ${dated(days.at(-1).date)}: ${lines.map((line) => `${line.name} ${span(line.values)}`).join("; ")}`;
  const rows = days.map((day) => [dated(day.date), count(day.dau), count(day.wau, HIDDEN), count(day.mau, HIDDEN)]);
  return figure(
    "Active people",
    "Who did something in the app on the day, in the 7 days up to it, and in the 30 days up to it.",
    isThere ? linePlot({ dates: days.map((day) => day.date), lines, summary, said: (value) => number.format(value), dated }) : nothing("Fewer than ten people on every day."),
    sheet("Active people, by date", ["Date", "In the day", "In 7 days", "In 30 days"], rows),
  );
}

function span(values, said = number.format) {
  const there = values.filter((each) => each !== null);
  return there.length ? `${said(Math.min(...there))} to ${said(Math.max(...there))}` : "hidden";
}

const RETURNS = [["d1", 1, "1 day"], ["d7", 7, "7 days"], ["d30", 30, "30 days"]];

function retention(cohorts) {
  const about = "Of the people who signed up in a week, how many were active on the very day 1, 7 and 30 days after.";
  if (!cohorts.length) return figure("Who comes back", about, nothing("Nobody signed up in a whole week, Monday to Sunday, within these dates."));
  const lines = RETURNS.map(([key, , name]) => ({ name, values: cohorts.map((each) => each[key]) }));
  const isThere = lines.some((line) => line.values.some((each) => each !== null));
  const summary = `The share of each week's people who were active 1, 7 and 30 days after: ${lines.map((line) => `${line.name} ${span(line.values, percent)}`).join("; ")}`;
  const rows = cohorts.map((each) => [`Week from ${dated(each.from)}`, count(each.people), ...RETURNS.map(([key, after]) => percent(each[key], each.observedDays < after ? "not yet" : HIDDEN))]);
  const highest = Math.max(0.1, ...lines.flatMap((line) => line.values).filter((each) => each !== null));
  const steps = [0, 1, 2, 3, 4].map((each) => (each * (highest > 0.6 ? 0.25 : highest > 0.4 ? 0.15 : 0.1)));
  return figure(
    "Who comes back",
    about,
    isThere ? linePlot({ dates: cohorts.map((each) => each.from), lines, summary, said: (value) => percent(value), dated, steps }) : nothing("No week of which ten people came back and ten did not."),
    sheet("Who comes back, by week of signing up", ["Signed up", "People", "After 1 day", "After 7 days", "After 30 days"], rows),
  );
}

function features(rows) {
  const said = rows.map((each) => ({ name: NAMES[each.name] ?? each.name, value: each.people, words: least(each.people) }));
  return figure(
    "What people use",
    "How many people used it in these dates. One person may use several.",
    barPlot({ rows: said, summary: `How many people used what: ${said.map((row) => `${row.name} ${row.words}`).join("; ")}` }),
    sheet("What people use", ["Feature", "People"], said.map((row) => [row.name, row.words])),
  );
}

function programs(rows) {
  const about = "How many people began them in these dates, and, darker, completed them by their end.";
  const said = rows
    .map((each) => ({ name: each.title, value: each.enrolled, part: each.completed, words: each.enrolled === null ? HIDDEN : `${least(each.enrolled)}, ${each.completion === null ? "completion hidden" : `${percent(each.completion)} completed`}` }))
    .sort((one, other) => (other.value ?? 0) - (one.value ?? 0));
  const shown = said.filter((row) => row.value !== null);
  return figure(
    "Programs",
    about,
    shown.length ? barPlot({ rows: shown, summary: `Programs: ${shown.map((row) => `${row.name} ${row.words}`).join("; ")}` }) : nothing("No program was begun by ten people or more."),
    sheet("Programs", ["Program", "Began", "Completed", "Share"], rows.map((each) => [each.title, least(each.enrolled, HIDDEN), least(each.completed, HIDDEN), percent(each.completion)])),
  );
}

function chats(found) {
  if (found.people === null) return figure("Chats", "Chats asked for in these dates.", nothing("Fewer than ten people asked for a chat."));
  const said = [
    { name: "Half of the chats were taken within", value: found.waitP50, words: wait(found.waitP50, FEW) },
    { name: "95 of 100 were taken within", value: found.waitP95, words: wait(found.waitP95, "told from 100 people on") },
  ];
  return figure(
    "Chats",
    `${least(found.people)} people asked for ${least(found.chats)} chats in these dates. How long until a counselor took those that were taken:`,
    barPlot({ rows: said, summary: `How long until chats were taken: ${said.map((row) => `${row.name} ${row.words}`).join("; ")}` }),
    sheet("Chats", ["Figure", "Value"], [["People who asked", least(found.people)], ["Chats they asked for", least(found.chats)], ...said.map((row) => [row.name, row.words])]),
  );
}

function ratings(found) {
  const about = "How people rated these chats, 5 is best.";
  if (found.people === null) return figure("Ratings", about, nothing("Fewer than ten people rated a chat."));
  const said = [5, 4, 3, 2, 1].map((star) => ({ name: `${star} of 5`, value: found.distribution[star], words: least(found.distribution[star], HIDDEN) }));
  return figure(
    "Ratings",
    `${about} ${found.mean.toFixed(1)} on average, of ${least(found.people)} people.`,
    barPlot({ rows: said, summary: `Ratings: ${said.map((row) => `${row.name} ${row.words}`).join("; ")}` }),
    sheet("Ratings", ["Rating", "People"], said.map((row) => [row.name, row.words])),
  );
}
