// The analysts' page: some dates, how the app is used in them, and runs over them.

import { Api, console_, StaffTokens } from "./api.js";
import { $, say } from "./dom.js";
import { dated, figures, isEmpty } from "./figures.js";
import { Runs } from "./runs.js";

const DAY = 86_400_000;
const tokens = new StaffTokens();
const api = new Api(tokens);
const runs = new Runs(api, stranded);
/** The newest request: what an older one brings is not shown any more. */
let asked = 0;

const iso = (time) => new Date(time).toISOString().slice(0, 10);

function leave() {
  location.replace("/console/analysts/sign-in");
}

/** Whether the page is over: signed out. */
function stranded(error) {
  if (error.status === 401) leave();
  return error.status === 401;
}

function choose(from, to) {
  for (const [id, value] of [["from", from], ["to", to], ["run-from", from], ["run-to", to]]) $(id).value = value;
}

async function show() {
  const [from, to] = [$("from").value, $("to").value];
  const wrong = !from || !to ? "Choose both dates." : from > to ? "The first date must not be after the last." : null;
  say($("dates-wrong"), wrong);
  if (wrong) return $(from && !to ? "to" : "from").focus();
  choose(from, to);
  history.replaceState(null, "", `?from=${from}&to=${to}`);
  const mine = ++asked;
  $("failed").hidden = true;
  $("figures").setAttribute("aria-busy", "true");
  say($("state"), "Loading…");
  try {
    const found = await api.get(`/admin/engagement?from=${from}&to=${to}`);
    if (mine !== asked) return;
    $("figures").replaceChildren(...(isEmpty(found) ? [] : figures(found)));
    say($("state"), isEmpty(found) ? `Nothing to show from ${dated(from)} to ${dated(to)}: fewer than ten people used the app in any way.` : `${dated(from)} to ${dated(to)}`);
  } catch (error) {
    if (mine !== asked || stranded(error)) return;
    $("figures").replaceChildren();
    say($("state"), null);
    if (error.status === 422) say($("dates-wrong"), error.message);
    else failed(error);
  } finally {
    if (mine === asked) $("figures").setAttribute("aria-busy", "false");
  }
}

function failed(error) {
  const mayNot = error.status === 403;
  $("failed-why").textContent = mayNot ? "Your account may not see this. Ask an admin for the role of an analyst." : `The figures could not be read: ${error.message}`;
  $("again").hidden = mayNot;
  $("failed").hidden = false;
}

$("dates").addEventListener("submit", (event) => {
  event.preventDefault();
  show();
});
for (const button of document.querySelectorAll("[data-days]")) {
  button.addEventListener("click", () => {
    const last = Date.parse($("to").value || iso(Date.now()));
    choose(iso(last - (Number(button.dataset.days) - 1) * DAY), iso(last));
    show();
  });
}
$("again").addEventListener("click", show);
$("sign-out").addEventListener("click", async () => {
  try {
    await console_.post("/sign-out");
    leave();
  } catch (error) {
    say($("state"), `You are still signed in: ${error.message}`);
  }
});

async function start() {
  const last = $("to").value || iso(Date.now());
  choose($("from").value || iso(Date.parse(last) - 29 * DAY), last);
  try {
    await tokens.get();
    $("who").textContent = `${tokens.staff.email}, ${tokens.staff.role}`;
  } catch (error) {
    if (stranded(error)) return;
  }
  show();
  runs.load();
}

start();
