// The lists beside the chat: one's own sessions, who waits and why, and for supervisors every live session.

import { $, h, lasting, reconcile } from "./dom.js";

const QUEUE_SECONDS = 5;

/** One's own sessions. `conversations`: by id; `open`: called with a session to be shown. */
export function drawMine(conversations, shown, open) {
  const all = [...conversations.values()].filter((each) => each.side === "counselor");
  const active = all.filter((each) => !each.isOver);
  const ended = all.filter((each) => each.isOver).sort((a, b) => (a.session.endedAt < b.session.endedAt ? 1 : -1));
  for (const [name, items, none] of [["mine", active, "No chats yet. Set your status to available to be offered some."], ["ended", ended, "None."]]) {
    reconcile($(name), items, (each) => each.id, (each) => row(() => open(each.session)), (element, each) => updateOwn(element, each, shown));
    $(`${name}-empty`).textContent = none;
    $(`${name}-empty`).hidden = items.length > 0;
    $(`${name}-count`).textContent = items.length || "";
  }
}

function row(open) {
  const button = h("button", { type: "button", class: "row", onclick: open }, h("span", { class: "row-title" }), h("span", { class: "row-about small soft" }), h("span", { class: "row-tags small" }));
  return h("li", {}, button);
}

function updateOwn(element, conversation, shown) {
  const { session } = conversation;
  const last = conversation.items.at(-1);
  const online = conversation.other?.isOnline;
  const tags = [
    conversation.unread > 0 && h("span", { class: "tag unread" }, `${conversation.unread} unread`),
    priorityTag(session),
    !conversation.isOver && conversation.joined && h("span", { class: online ? "tag online" : "tag" }, online ? "online" : "offline"),
  ].filter(Boolean);
  fill(element, session.topic, last ? `${conversation.typist ? "typing…" : last.message.slice(0, 80)}` : "", tags);
  mark(element, shown?.id === session.id);
}

function fill(element, title, about, tags) {
  const [titleAt, aboutAt, tagsAt] = element.querySelector(".row").children;
  if (titleAt.textContent !== title) titleAt.textContent = title;
  if (aboutAt.textContent !== about) aboutAt.textContent = about;
  const said = tags.map((each) => `${each.className} ${each.textContent}`).join("|");
  if (tagsAt.dataset.said !== said) tagsAt.replaceChildren(...tags);
  tagsAt.dataset.said = said;
}

const mark = (element, current) => element.querySelector(".row").setAttribute("aria-current", String(current));

function priorityTag(session) {
  if (session.priority === "emergency") return h("span", { class: "tag emergency" }, "⚠ emergency");
  return session.priority === "high" ? h("span", { class: "tag high" }, "high priority") : null;
}

/** Who waits, asked for again every few seconds and whenever something moves. */
export class Queue {
  #timer = null;
  #asking = false;

  constructor(api, connection) {
    this.api = api;
    this.connection = connection;
    for (const event of ["chat:offer", "chat:status", "notification:new"]) connection.on(event, () => this.soon());
    connection.on("state", (state) => state === "open" && this.soon());
  }

  soon(milliseconds = 300) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.load(), milliseconds);
  }

  async load() {
    if (this.#asking) return;
    this.#asking = true;
    try {
      if (this.connection.isOpen && !document.hidden) this.#draw((await this.api.get("/counselor/queue?limit=100")).items);
    } catch {
      // The next look will tell.
    } finally {
      this.#asking = false;
      this.soon(QUEUE_SECONDS * 1000);
    }
  }

  #draw(items) {
    reconcile($("queue"), items, (each) => each.session.id, () => h("li", {}, h("div", { class: "row plain" }, h("span", { class: "row-title", dir: "auto" }), h("span", { class: "row-about small soft" }), h("span", { class: "row-tags small" }))), (element, each) => {
      const reasons = each.reasons.filter((reason) => !reason.startsWith("waiting") && reason !== "emergency");
      fill(element, each.session.topic, [`waits for ${lasting(each.waitedSeconds)}`, each.session.language, ...reasons].join(" · "), [priorityTag(each.session)].filter(Boolean));
    });
    $("queue-empty").textContent = "Nobody waits.";
    $("queue-empty").hidden = items.length > 0;
    $("queue-count").textContent = items.length || "";
    $("take-next").disabled = items.length === 0;
  }
}

/** For supervisors: every session that has not ended. */
export class Live {
  constructor(api, connection, watch) {
    this.api = api;
    this.connection = connection;
    this.watch = watch;
    this.shown = null;
    $("live-section").hidden = false;
    connection.on("state", (state) => state === "open" && this.load());
    setInterval(() => this.load(), QUEUE_SECONDS * 1000);
  }

  async load() {
    if (!this.connection.isOpen || document.hidden) return;
    try {
      this.items = (await this.api.get("/counselor/sessions")).items;
      this.draw();
    } catch {
      // The next look will tell.
    }
  }

  draw() {
    if (!this.items) return;
    reconcile($("live"), this.items, (each) => each.id, (each) => row(() => this.watch(this.items.find((other) => other.id === each.id) ?? each)), (element, each) => {
      const holder = each.counselor ? `with ${each.counselor.firstName} ${each.counselor.lastName}` : "waits";
      fill(element, each.topic, `${holder} · ${each.lastSeq} messages`, [priorityTag(each)].filter(Boolean));
      mark(element, this.shown === each.id);
    });
    $("live-empty").textContent = "No live chats.";
    $("live-empty").hidden = this.items.length > 0;
    $("live-count").textContent = this.items.length || "";
  }
}
