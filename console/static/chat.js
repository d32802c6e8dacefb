// A chat on the page: the log, who types, the composer. The same on both sides; it shows one conversation at a time.

import { Conversation } from "./conversation.js";
import { $, dayOf, h, reconcile, say, timeOf } from "./dom.js";

const NEAR_THE_END = 80;
const SAME_MINUTES = 5;

export class ChatView {
  conversation = null;
  #off = [];
  #drafts = new Map();
  #queued = false;
  #following = true;

  constructor() {
    $("composer").addEventListener("submit", (event) => this.#submit(event));
    $("message").addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.#submit(event);
    });
    $("message").addEventListener("input", () => {
      say($("chat-wrong"), null);
      this.conversation?.type($("message").value.trim() !== "");
    });
    $("attach").addEventListener("click", () => $("file").click());
    $("file").addEventListener("change", () => this.#attach());
    $("earlier").addEventListener("click", () => this.#earlier());
    $("newer").addEventListener("click", () => this.#toEnd());
    $("log").addEventListener("scroll", () => {
      this.#following = atEnd();
      if (this.#following) $("newer").hidden = true;
    });
    document.addEventListener("visibilitychange", () => this.#markRead());
    addEventListener("focus", () => this.#markRead());
    addEventListener("resize", () => this.#following && this.#toEnd());
  }

  show(conversation) {
    this.hide();
    this.conversation = conversation;
    $("log").replaceChildren();
    $("message").value = this.#drafts.get(conversation.id) ?? "";
    say($("chat-wrong"), null);
    this.#following = true;
    this.#off = [conversation.on("change", () => this.#soon()), conversation.on("message", () => this.#arrived())];
    this.#draw();
    // What was there before is not read out; what comes from now on is.
    setTimeout(() => $("log").setAttribute("aria-live", "polite"), 1000);
  }

  hide() {
    if (!this.conversation) return;
    this.#drafts.set(this.conversation.id, $("message").value);
    this.conversation.type(false);
    this.#off.forEach((off) => off());
    this.#off = [];
    this.conversation = null;
    $("log").setAttribute("aria-live", "off");
  }

  focus() {
    ($("composer").hidden ? $("log") : $("message")).focus();
  }

  /** Many changes at once are drawn once. */
  #soon() {
    if (this.#queued) return;
    this.#queued = true;
    queueMicrotask(() => {
      this.#queued = false;
      if (this.conversation) this.#draw();
    });
  }

  #draw() {
    const shown = this.conversation;
    reconcile($("log"), withDays(shown.items), keyOf, (item) => (item.day ? h("li", { class: "day" }, item.day) : makeMessage(item)), (element, item) => item.day || this.#update(element, item));
    $("log").setAttribute("aria-busy", String(!shown.joined && shown.messages.size === 0));
    say($("typing"), shown.typist && `${shown.typist} is typing…`);
    $("typing").hidden = false;
    $("earlier").hidden = !shown.hasEarlier;
    $("composer").hidden = shown.isOver || !shown.takesPart;
    if (this.#following) this.#toEnd();
    this.#markRead();
  }

  #update(element, item) {
    const shown = this.conversation;
    element.classList.toggle("mine", item.state !== undefined || shown.isMine(item));
    element.classList.toggle("same", Boolean(item.goesOn));
    element.querySelector(".who").textContent = item.state ? "You" : shown.nameOf(item);
    if (item.state !== undefined) return this.#updateDraft(element, item);
    element.querySelector("time").dateTime = item.sentAt;
    element.querySelector("time").textContent = timeOf(item.sentAt);
    const own = shown.isMine(item) || (shown.side === "supervisor" && item.senderType === "counselor");
    setText(element.querySelector(".state"), own ? (item.isRead ? "✓✓ Read" : "✓ Sent") : "");
    element.classList.remove("pending", "failed");
    element.querySelector(".actions")?.remove();
    if (item.attachmentUrl && !element.querySelector(".attachment")) element.querySelector(".text").replaceChildren(attachment(item));
  }

  #updateDraft(element, draft) {
    element.classList.toggle("pending", draft.state !== "failed");
    element.classList.toggle("failed", draft.state === "failed");
    setText(element.querySelector(".state"), draft.state === "failed" ? `Not sent: ${draft.error}` : draft.state === "sending" ? "Sending…" : "Waiting to be sent");
    const actions = element.querySelector(".actions");
    if (draft.state !== "failed") actions?.remove();
    else if (!actions) {
      const again = h("button", { type: "button", onclick: () => this.conversation.retry(draft) }, "Try again");
      const remove = h("button", { type: "button", onclick: () => this.conversation.drop(draft) }, "Remove");
      element.append(h("p", { class: "actions" }, again, remove));
    }
  }

  #submit(event) {
    event.preventDefault();
    const text = $("message").value;
    if (!text.trim() || !this.conversation) return;
    if (Conversation.isTooLong(text)) {
      say($("chat-wrong"), "That is too long. Send it in two messages.");
      return;
    }
    $("message").value = "";
    say($("chat-wrong"), null);
    this.#following = true;
    this.conversation.write(text);
    $("message").focus();
  }

  async #attach() {
    const [file] = $("file").files;
    $("file").value = "";
    if (!file || !this.conversation) return;
    $("attach").disabled = true;
    $("attach").textContent = "Uploading…";
    try {
      if (file.size > 10 * 1024 * 1024) throw new Error("Files may have at most 10 MB");
      await this.conversation.attach(file);
      say($("chat-wrong"), null);
    } catch (error) {
      say($("chat-wrong"), `The file was not sent: ${error.message}`);
    } finally {
      $("attach").disabled = false;
      $("attach").textContent = "Attach";
    }
  }

  async #earlier() {
    const log = $("log");
    const fromEnd = log.scrollHeight - log.scrollTop;
    log.setAttribute("aria-live", "off");
    $("earlier").disabled = true;
    try {
      await this.conversation.loadEarlier();
      this.#draw();
      log.scrollTop = log.scrollHeight - fromEnd;
    } catch (error) {
      say($("chat-wrong"), error.message);
    } finally {
      $("earlier").disabled = false;
      setTimeout(() => log.setAttribute("aria-live", "polite"), 1000);
    }
  }

  #arrived() {
    if (!this.#following) $("newer").hidden = false;
  }

  #toEnd() {
    $("log").scrollTop = $("log").scrollHeight;
    $("newer").hidden = true;
  }

  #markRead() {
    if (!this.conversation || document.hidden || !document.hasFocus() || $("log").offsetParent === null || !this.#following) return;
    this.conversation.markRead();
  }
}

const atEnd = () => $("log").scrollHeight - $("log").scrollTop - $("log").clientHeight < NEAR_THE_END;

const setText = (element, text) => element.textContent === text || (element.textContent = text);

/** One after the other by the same hand, within minutes: the name stands once. */
const goesOn = (before, item) => before?.senderType === item.senderType && before.senderId === item.senderId && new Date(item.sentAt) - new Date(before.sentAt) < SAME_MINUTES * 60_000;

/** A message keeps its element when it is acknowledged: its own client id names it. */
const keyOf = (item) => (item.day ? `day-${item.day}` : item.clientId ? `c-${item.senderType}-${item.clientId}` : `s-${item.seq}`);

function withDays(items) {
  const found = [];
  let day = null;
  let before = null;
  for (const item of items) {
    const its = item.sentAt ? dayOf(item.sentAt) : day;
    item.goesOn = its === day && goesOn(before, item);
    if (its !== day) found.push({ day: (day = its) });
    found.push(item);
    before = item;
  }
  return found;
}

function makeMessage(item) {
  const text = h("div", { class: "text", dir: "auto" }, item.message);
  const meta = h("p", { class: "meta small" }, h("time"), " ", h("span", { class: "state" }));
  return h("li", { class: `message ${item.senderType}` }, h("p", { class: "who small" }), text, meta);
}

/** Files are asked of the place this page came from, whatever address the server calls itself by. */
function attachment(item) {
  const { pathname } = new URL(item.attachmentUrl, location.href);
  const link = h("a", { href: pathname, target: "_blank", rel: "noopener" }, item.message);
  if (item.messageType !== "image") return h("span", { class: "attachment" }, "Document: ", link);
  const picture = h("img", { alt: item.message, loading: "lazy" });
  const waiting = h("span", { class: "soft small" }, "The picture is being prepared…");
  let waited = 500;
  // A worker makes it anew before anybody sees it; until then there is nothing under its address.
  picture.addEventListener("error", () => {
    picture.hidden = true;
    waiting.hidden = false;
    waited *= 2;
    if (waited > 60_000) waiting.textContent = "The picture cannot be shown.";
    else setTimeout(() => (picture.src = `${pathname}#${waited}`), waited);
  });
  picture.addEventListener("load", () => {
    picture.hidden = false;
    waiting.hidden = true;
  });
  picture.src = pathname;
  return h("span", { class: "attachment" }, h("a", { href: pathname, target: "_blank", rel: "noopener" }, picture), waiting);
}
