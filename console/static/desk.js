// The work desk: duty, offers, lists, and the chat that is open.

import { Alerts } from "./alerts.js";
import { Api, console_, CounselorTokens } from "./api.js";
import { ChatView } from "./chat.js";
import { tellConnection } from "./connection-line.js";
import { Conversation } from "./conversation.js";
import { Details } from "./details.js";
import { $, h, lasting, say } from "./dom.js";
import { drawMine, Live, Queue } from "./lists.js";
import { Offers } from "./offers.js";
import { Connection } from "./socket.js";

const tokens = new CounselorTokens();
const api = new Api(tokens);
const connection = new Connection(tokens);
const chat = new ChatView();
const details = new Details(api);
const queue = new Queue(api, connection);
const offers = new Offers(connection, api, (session) => open(session));
const alerts = new Alerts(connection, api, openById);
/** Every session this page follows, by id. */
const conversations = new Map();
let me = null;
let live = null;

tellConnection(connection);
connection.on("state", (state) => {
  if (state === "signed-out") leave();
  if (state === "open") arrive();
});
connection.on("chat:status", ({ session }) => changed(session));
offers.onchange = alerts.onchange = title;

// --- Coming and going -------------------------------------------------------------------------------------------------

function leave() {
  chat.hide();
  location.replace("/console/sign-in");
}

/** Connected, the first time or again: look at everything anew. */
async function arrive() {
  try {
    const before = me?.status;
    me = await api.get("/counselor/profile");
    showDuty();
    if (before && before !== "offline" && me.status === "offline") notice("You were away for more than a minute: your status is offline, and your chats are in front of the queue. Set your status to go on.");
    if (me.role === "supervisor" && !live) {
      live = new Live(api, connection, watch);
      live.load();
    }
    const { items } = await api.get("/chat/sessions?limit=100");
    const held = new Set(items.map((each) => each.id));
    for (const each of [...conversations.values()]) if (each.side === "counselor" && !held.has(each.id)) drop(each);
    items.forEach((session) => follow(session, "counselor"));
    draw();
  } catch (error) {
    if (error.status === 401) leave();
    else setTimeout(() => connection.isOpen && arrive(), 2000);
  }
}

$("sign-out").addEventListener("click", async () => {
  try {
    await console_.post("/sign-out");
    leave();
  } catch (error) {
    notice(`You are still signed in: ${error.message}`);
  }
});

// --- Duty -------------------------------------------------------------------------------------------------------------

function showDuty() {
  $("who").textContent = `${me.firstName} ${me.lastName}${me.role === "supervisor" ? ", supervisor" : ""}`;
  $("status").value = me.status;
  $("status").dataset.status = me.status;
  $("capacity").value = me.capacity;
  $("status").disabled = $("capacity").disabled = false;
}

async function setDuty() {
  if (!$("capacity").reportValidity()) return;
  try {
    me = await api.put("/counselor/status", { status: $("status").value, capacity: Number($("capacity").value) });
    if (me.status === "offline") offers.clear();
    const most = me.capacity === 1 ? "one chat" : `${me.capacity} chats`;
    const says = {
      available: `You are available, for ${most} at once: chats are offered to you.`,
      busy: `You are busy, for ${most} at once: offers go to others first.`,
      offline: "You are offline: no offers. Your chats stay with you.",
    };
    notice(says[me.status]);
  } catch (error) {
    notice(`Your status was not changed: ${error.message}`);
  }
  showDuty();
}

$("duty").addEventListener("submit", (event) => event.preventDefault());
$("status").addEventListener("change", setDuty);
$("capacity").addEventListener("change", setDuty);

// --- Sessions ---------------------------------------------------------------------------------------------------------

function follow(session, side) {
  const known = conversations.get(session.id);
  if (known?.side === side) return known;
  if (known) drop(known);
  const made = new Conversation(connection, api, session, side);
  conversations.set(made.id, made);
  made.on("change", draw);
  made.on("gone", () => drop(made));
  return made;
}

function drop(conversation) {
  conversations.delete(conversation.id);
  conversation.leave();
  if (chat.conversation === conversation) close();
  draw();
}

/** A session that concerns this counselor moved. */
function changed(session) {
  const known = conversations.get(session.id);
  if (known?.side === "counselor" && session.counselorId !== me?.id) {
    notice(session.counselor ? `${session.counselor.firstName} took over “${session.topic}”.` : `“${session.topic}” is in front of the queue again.`);
    drop(known);
  } else if (session.counselorId === me?.id && session.status === "active") {
    const again = chat.conversation?.id === session.id;
    follow(session, "counselor");
    if (again && !chat.conversation) open(session);
  }
  live?.load();
}

function open(session, side = "counselor") {
  const before = chat.conversation;
  const conversation = follow(session, side);
  if (before !== conversation) {
    close();
    chat.show(conversation);
    details.show(conversation);
  }
  if (live) live.shown = session.id;
  alerts.seen(session.id);
  view("chat");
  drawHead();
  draw();
  chat.focus();
}

function openById(id) {
  const known = conversations.get(id);
  const watched = live?.items?.find((each) => each.id === id);
  if (known) open(known.session, known.side);
  else if (watched) watch(watched);
  else notice("That chat is not yours. If it waits, take it from the queue.");
}

function close() {
  const before = chat.conversation;
  chat.hide();
  details.hide();
  if (live) live.shown = null;
  // Whoever only watched is not there any more.
  if (before?.side === "supervisor") drop(before);
  view("list");
}

const watch = (session) => open(session, session.counselorId === me.id ? "counselor" : "supervisor");

$("take-next").addEventListener("click", async () => {
  say($("queue-wrong"), null);
  try {
    const session = await api.post("/counselor/queue/next");
    if (session) open(session);
    else say($("queue-wrong"), "Nobody waits whom you could take: offers to others come first.");
  } catch (error) {
    say($("queue-wrong"), error.message);
  }
  queue.soon(0);
});

$("take-over").addEventListener("click", async () => {
  const { session } = chat.conversation;
  if (!(await confirmed("Take this chat over?", "The person is told that you go on from here; whoever holds it now loses it.", "Take over"))) return;
  try {
    const taken = await api.post(`/counselor/sessions/${session.id}/take-over`);
    close();
    open(taken);
  } catch (error) {
    notice(`You did not take over: ${error.message}`);
  }
});

$("close-chat").addEventListener("click", async () => {
  const conversation = chat.conversation;
  if (!(await confirmed("End this chat?", "Neither side can write any more. You can read it for another 72 hours.", "End chat"))) return;
  try {
    conversation.session = { ...conversation.session, ...(await api.post(`/chat/sessions/${conversation.id}/close`)) };
    conversation.emit("change");
  } catch (error) {
    notice(`The chat was not ended: ${error.message}`);
  }
});

function confirmed(question, text, yes) {
  const dialog = $("confirm");
  $("confirm-title").textContent = question;
  $("confirm-text").textContent = text;
  $("confirm-yes").textContent = yes;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}

// --- What is shown ----------------------------------------------------------------------------------------------------

let drawing = false;

function draw() {
  if (drawing) return;
  drawing = true;
  queueMicrotask(() => {
    drawing = false;
    drawMine(conversations, chat.conversation, open);
    live?.draw();
    drawHead();
    title();
  });
}

function drawHead() {
  const shown = chat.conversation;
  $("open").hidden = !shown;
  $("nothing-open").hidden = Boolean(shown);
  if (!shown) return;
  details.update();
  const { session, other } = shown;
  const name = other?.firstName || "Anonymous person";
  const where = shown.isOver ? "ended" : !shown.joined ? "" : other?.isOnline ? "● online" : other ? `○ offline${other.lastSeenAt ? ` for ${lasting((Date.now() - new Date(other.lastSeenAt).getTime()) / 1000)}` : ""}` : "";
  $("chat-title").textContent = session.topic;
  $("chat-about").replaceChildren(...[name, where, session.status === "waiting" && "waits", session.priority === "emergency" && h("span", { class: "tag emergency" }, "⚠ emergency")].filter(Boolean).flatMap((each, index) => (index ? [" · ", each] : [each])));
  $("close-chat").hidden = shown.isOver || !shown.takesPart;
  $("watching").hidden = shown.takesPart || shown.isOver;
}

function title() {
  const unread = [...conversations.values()].reduce((sum, each) => sum + (each.side === "counselor" ? each.unread : 0), 0);
  const urgent = alerts.urgent ? "⚠ " : offers.count ? "Offer! " : "";
  document.title = `${urgent}${unread ? `(${unread}) ` : ""}Desk · MentalSpace console`;
}

let hiding = null;

function notice(text) {
  say($("notice"), text);
  clearTimeout(hiding);
  hiding = setTimeout(() => say($("notice"), null), 10_000);
}

/** On a narrow page one of list, chat and details is there at a time. */
function view(name) {
  document.body.dataset.view = name;
}

$("to-list").addEventListener("click", () => {
  view("list");
  document.querySelector('.row[aria-current="true"]')?.focus();
});
$("to-details").addEventListener("click", () => {
  view("details");
  $("to-chat").focus();
});
$("to-chat").addEventListener("click", () => {
  view("chat");
  $("to-details").focus();
});

setInterval(draw, 20_000);
connection.start();
