// Notifications: crisis alerts stand above everything until they are answered, the rest is news.

import { $, h, reconcile, say, timeOf } from "./dom.js";

export class Alerts {
  /** By id, unread only. */
  #unread = new Map();

  /** `open` opens a session by its id, if it can be. */
  constructor(connection, api, open) {
    this.connection = connection;
    this.api = api;
    this.open = open;
    connection.on("state", (state) => state === "open" && this.load());
    connection.on("notification:new", ({ notification }) => this.#add(notification));
    connection.on("notification:read", ({ ids, all }) => this.#forget(all ? [...this.#unread.keys()] : ids));
    $("read-all").addEventListener("click", () => this.#read([...this.#unread.values()].filter((each) => each.kind !== "crisis")));
    this.#draw();
  }

  get urgent() {
    return [...this.#unread.values()].filter((each) => each.kind === "crisis").length;
  }

  async load() {
    try {
      const { items } = await this.api.get("/notifications?unread=true&limit=100");
      this.#unread = new Map(items.reverse().map((each) => [each.id, each]));
      this.#draw();
    } catch {
      setTimeout(() => this.connection.isOpen && this.load(), 3000);
    }
  }

  /** What is told about a chat that is open on this page is seen with it. */
  seen(sessionId) {
    const found = [...this.#unread.values()].filter((each) => each.kind === "chat_message" && each.data.sessionId === sessionId);
    if (found.length) this.#read(found);
  }

  #add(notification) {
    this.#unread.set(notification.id, notification);
    this.#draw();
  }

  #forget(ids) {
    ids.forEach((id) => this.#unread.delete(id));
    this.#draw();
  }

  async #read(notifications) {
    const ids = notifications.map((each) => each.id);
    try {
      await this.connection.ask("notification:read", { ids });
      this.#forget(ids);
    } catch (error) {
      say($("notice"), `That was not stored: ${error.message}`);
    }
  }

  #draw() {
    const all = [...this.#unread.values()];
    const crises = newestPerCrisis(all.filter((each) => each.kind === "crisis"));
    const news = all.filter((each) => each.kind !== "crisis").reverse();
    reconcile($("alerts"), crises, (each) => each.id, (each) => this.#alert(each));
    reconcile($("news"), news, (each) => each.id, (each) => this.#news(each));
    $("news-empty").hidden = news.length > 0;
    $("news-count").textContent = news.length || "";
    $("read-all").hidden = news.length < 2;
    this.onchange?.();
  }

  #alert(each) {
    const about = [...this.#unread.values()].filter((other) => other.kind === "crisis" && other.data.crisisId === each.data.crisisId);
    const open = each.data.sessionId && h("button", { type: "button", onclick: () => this.open(each.data.sessionId) }, "Open chat");
    const answer = h("button", { type: "button", class: "urgent", onclick: () => this.#read(about) }, "I am on it");
    return h("li", { class: "alert" }, h("div", {}, h("strong", {}, "⚠ ", each.title), h("p", {}, each.body, " ", h("span", { class: "soft" }, timeOf(each.createdAt)))), h("div", { class: "buttons" }, open, answer));
  }

  #news(each) {
    const read = h("button", { type: "button", "aria-label": `Mark as read: ${each.title}`, onclick: () => this.#read([each]) }, "Read");
    const open = each.data.sessionId && h("button", { type: "button", "aria-label": `Open the chat: ${each.title}`, onclick: () => this.open(each.data.sessionId) }, "Open");
    return h("li", { class: "row plain" }, h("div", {}, h("strong", {}, each.title), h("p", { class: "soft small" }, each.body, " ", timeOf(each.createdAt))), h("div", { class: "buttons" }, open, read));
  }
}

/** An unanswered crisis is told again and again: its newest alert stands for all. */
function newestPerCrisis(alerts) {
  return [...new Map(alerts.map((each) => [each.data.crisisId, each])).values()];
}
