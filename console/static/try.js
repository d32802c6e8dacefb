// The person's side of the chat, to try the system with.

import { Api, PersonTokens } from "./api.js";
import { ChatView } from "./chat.js";
import { tellConnection } from "./connection-line.js";
import { Conversation } from "./conversation.js";
import { $, h, lasting, reconcile, say } from "./dom.js";
import { Connection } from "./socket.js";

const tokens = new PersonTokens();
const api = new Api(tokens);
const connection = new Connection(tokens);
const chat = new ChatView();
let started = false;

tellConnection(connection);
connection.on("state", (state) => state === "open" && !started && begin());
connection.on("notification:new", ({ notification }) => connection.ask("notification:read", { ids: [notification.id] }).catch(() => {}));

/** Goes on with the chat that is open, or last was. */
async function begin() {
  started = true;
  try {
    const { items } = await api.get("/chat/sessions?limit=1");
    if (items[0] && items[0].status !== "closed") show(items[0]);
    else $("ask").hidden = false;
  } catch {
    started = false;
    setTimeout(() => connection.isOpen && !started && begin(), 2000);
  }
}

$("ask").addEventListener("submit", async (event) => {
  event.preventDefault();
  const first = $("first").value.trim();
  say($("ask-wrong"), null);
  event.submitter.disabled = true;
  try {
    const session = await api.post("/chat/sessions", { topic: $("topic").value, ...(first ? { message: first } : {}) });
    if (session.crisis) help(session.crisis.resources);
    show(session);
    chat.focus();
  } catch (error) {
    if (error.crisis) help(error.crisis.resources);
    say($("ask-wrong"), error.message);
  } finally {
    event.submitter.disabled = false;
  }
});

function show(session) {
  chat.conversation?.leave();
  const conversation = new Conversation(connection, api, session, "user");
  conversation.on("change", draw);
  conversation.on("crisis", help);
  $("ask").hidden = true;
  $("open").hidden = false;
  chat.show(conversation);
  draw();
}

function draw() {
  const shown = chat.conversation;
  if (!shown) return;
  const { session, other } = shown;
  const there = shown.joined && other && (other.isOnline ? "● online" : "○ offline");
  const place = session.queue && `You are number ${session.queue.position} in the queue. Estimated wait: ${lasting(session.queue.estimatedWaitSeconds)}.`;
  const about = session.status === "waiting" ? place : session.status === "closed" ? "This chat has ended." : there;
  $("chat-title").textContent = session.counselor ? `${session.counselor.firstName} ${session.counselor.lastName}` : session.topic;
  if ($("chat-about").textContent !== (about || "")) $("chat-about").textContent = about || "";
  $("close-chat").hidden = shown.isOver;
  $("rate").hidden = !shown.isOver;
  document.title = `${shown.unread ? `(${shown.unread}) ` : ""}Try the chat · MentalSpace`;
}

/** Where to find help now. It stays until it is hidden by hand. */
function help(resources) {
  const phone = (each) => each.phone && h("a", { href: `tel:${each.phone.replaceAll(/[^+\d]/g, "")}` }, each.phone);
  const web = (each) => each.url && h("a", { href: each.url, target: "_blank", rel: "noopener noreferrer" }, new URL(each.url).host);
  const make = (each) => h("li", {}, h("strong", {}, each.name), " ", ...[phone(each), each.text && `text ${each.text}`, web(each), each.hours].filter(Boolean).flatMap((part) => [" · ", part]));
  reconcile($("resources"), resources, (each) => `${each.name} ${each.phone} ${each.text}`, make);
  $("crisis").hidden = false;
}

$("crisis-seen").addEventListener("click", () => {
  $("crisis").hidden = true;
  chat.focus();
});

$("close-chat").addEventListener("click", async () => {
  const conversation = chat.conversation;
  try {
    conversation.session = await api.post(`/chat/sessions/${conversation.id}/close`);
    conversation.emit("change");
  } catch (error) {
    say($("chat-wrong"), error.message);
  }
});

$("rate").addEventListener("submit", async (event) => {
  event.preventDefault();
  const feedback = $("feedback").value.trim();
  const rating = Number(new FormData($("rate")).get("rating"));
  say($("rate-wrong"), null);
  try {
    await api.put(`/chat/sessions/${chat.conversation.id}/rate`, { rating, ...(feedback ? { feedback } : {}) });
    another();
  } catch (error) {
    say($("rate-wrong"), error.message);
  }
});

$("again").addEventListener("click", another);

function another() {
  chat.conversation.leave();
  chat.hide();
  $("rate").reset();
  $("ask").reset();
  $("open").hidden = true;
  $("ask").hidden = false;
  $("topic").focus();
}

connection.start();
