// One chat session as this page knows it: its messages by seq, and what was written here and is not acknowledged yet.
//
// A message stays in the outbox until it is seen with a seq, in a reply, a push or after a resume; whatever is sent again has the same
// clientId, so the server stores it once. They leave one after the other, so that they keep their order.

import { Lost } from "./api.js";
import { Emitter, sleep } from "./dom.js";

const RESUME_LIMIT = 290;
const GAP_SECONDS = 3;
/** In milliseconds: said again while it goes on, over when no key was struck, no longer believed of the other side. */
const TYPING = { again: 3_000, over: 4_000, believed: 6_000 };
const MOST_BYTES = 8_000;
const MOST_ATTEMPTS = 8;
const FINAL = new Set([400, 403, 404, 409, 413, 415, 422]);

const followed = new Set();

addEventListener("beforeunload", (event) => {
  if ([...followed].some((each) => each.outbox.length)) event.preventDefault();
});

/** Emits `change` (anything to be shown anew), `crisis` with the resources, `gone` when it is no longer ours to see. */
export class Conversation extends Emitter {
  /** By seq, without gaps from the first held to `through`; beyond it may lie own ones whose forerunners are on their way. */
  messages = new Map();
  outbox = [];
  participants = [];
  unread = 0;
  joined = false;
  #through = 0;
  #first = 1;
  #connection;
  #api;
  #off;
  #sending = false;
  #joining = false;
  #gap = null;
  #typing = { said: 0, ends: null };
  #typist = null;
  #over = false;

  /** `side`: what this page is to the session: "user", "counselor", or "supervisor" who watches. */
  constructor(connection, api, session, side) {
    super();
    this.#connection = connection;
    this.#api = api;
    this.session = session;
    this.side = side;
    followed.add(this);
    const mine = (listener) => (data) => data.sessionId === this.id && listener(data);
    this.#off = [
      connection.on("state", (state) => (state === "open" ? this.join() : this.#part())),
      connection.on("chat:message", ({ message }) => message.sessionId === this.id && this.#received(message)),
      connection.on("chat:typing", mine((data) => this.#typed(data))),
      connection.on("chat:read", mine((data) => this.#read(data))),
      connection.on("chat:online", mine((data) => this.#seen(data))),
      connection.on("chat:status", ({ session: changed }) => changed.id === this.id && this.#changed(changed)),
    ];
    if (connection.isOpen) this.join();
  }

  get id() {
    return this.session.id;
  }

  get isOver() {
    return this.session.status === "closed";
  }

  get takesPart() {
    return this.side !== "supervisor";
  }

  get typist() {
    return this.#typist?.name ?? null;
  }

  get other() {
    return this.participants.find((each) => each.kind !== (this.side === "user" ? "user" : "counselor"));
  }

  get hasEarlier() {
    return this.#first > 1;
  }

  /** What is to be shown: messages by seq, then those on their way. */
  get items() {
    return [...[...this.messages.values()].sort((a, b) => a.seq - b.seq), ...this.outbox];
  }

  nameOf(message) {
    if (message.senderType === "system") return "MentalSpace";
    if (this.isMine(message)) return "You";
    const sender = this.participants.find((each) => each.id === message.senderId);
    return sender?.firstName || (message.senderType === "user" ? "Anonymous person" : "Counselor");
  }

  isMine = (message) => message.senderType === this.side && message.senderId === this.#connection.principal?.id;

  // --- Following ------------------------------------------------------------------------------------------------------

  /** Follow from where we are: what was missed comes with the answer, and what was not acknowledged goes out again. */
  async join() {
    if (this.#joining || this.#over) return;
    this.#joining = true;
    try {
      const after = this.#resumeAfter();
      const taken = await this.#connection.ask("chat:join", { sessionId: this.id, ...(after === null ? {} : { afterSeq: after }) }, 20);
      if (after === null || !taken.complete) this.#begin(taken);
      this.participants = taken.participants;
      this.session = taken.session;
      this.unread = taken.session.unread;
      taken.messages.forEach((message) => this.#keep(message));
      this.joined = true;
    } catch (error) {
      if (error.status === 404 || error.status === 403) this.emit("gone");
      else if (!(error instanceof Lost) || this.#connection.isOpen) setTimeout(() => this.#connection.isOpen && this.join(), 1000 * (error.retryAfter || 2));
      return;
    } finally {
      this.#joining = false;
    }
    this.emit("change");
    this.#send();
  }

  /** From before the first own message that was unread when we parted: whether it was read meanwhile comes along. */
  #resumeAfter() {
    if (this.#through === 0) return null;
    const unread = [...this.messages.values()].filter((each) => this.isMine(each) && !each.isRead).map((each) => each.seq);
    const after = Math.min(this.#through, ...unread.map((seq) => seq - 1));
    return this.#through - after < RESUME_LIMIT / 2 ? after : this.#through;
  }

  #begin(taken) {
    this.messages.clear();
    this.#first = taken.messages[0]?.seq ?? taken.lastSeq + 1;
    this.#through = this.#first - 1;
  }

  #part() {
    this.joined = false;
    this.#typist = null;
    this.emit("change");
  }

  /** Follow no longer; this object is done with. */
  leave() {
    this.#over = true;
    followed.delete(this);
    this.#off.forEach((off) => off());
    clearTimeout(this.#gap);
    if (this.#connection.isOpen) this.#connection.ask("chat:leave", { sessionId: this.id }).catch(() => {});
  }

  #received(message) {
    const known = this.messages.has(message.seq);
    this.#keep(message);
    if (!known && this.#counts(message)) this.unread += 1;
    if (message.senderId === this.#typist?.id) this.#typist = null;
    this.emit("change");
    if (!known && !this.isMine(message)) this.emit("message", message);
  }

  #counts = (message) => (this.side === "user" ? message.senderType !== "user" : message.senderType === "user");

  #keep(message) {
    this.messages.set(message.seq, message);
    while (this.messages.has(this.#through + 1)) this.#through += 1;
    if (this.isMine(message) && message.clientId) this.outbox = this.outbox.filter((each) => each.clientId !== message.clientId);
    clearTimeout(this.#gap);
    // An answer may overtake the pushes before it; where they stay away, ask for them.
    if (Math.max(...this.messages.keys()) > this.#through) this.#gap = setTimeout(() => this.join(), GAP_SECONDS * 1000);
  }

  async loadEarlier() {
    const page = await this.#api.get(`/chat/sessions/${this.id}/messages?beforeSeq=${this.#first}&limit=100`);
    for (const message of page.items) this.messages.set(message.seq, message);
    this.#first = page.items[0]?.seq ?? 1;
    this.emit("change");
  }

  // --- Writing --------------------------------------------------------------------------------------------------------

  static isTooLong(text) {
    return new TextEncoder().encode(text.normalize("NFC")).length > MOST_BYTES;
  }

  write(message, about = {}) {
    this.outbox.push({ clientId: crypto.randomUUID?.() ?? randomId(), message, messageType: "text", ...about, senderType: this.side, state: "waiting", attempts: 0 });
    this.type(false);
    this.emit("change");
    this.#send();
  }

  /** A picture or a PDF: uploaded first, then sent as a message. Raises Problem, Lost. */
  async attach(file) {
    const made = await this.#api.upload(`/chat/sessions/${this.id}/attachments`, file);
    this.write(file.name || "File", { messageType: file.type === "application/pdf" ? "file" : "image", attachmentId: made.attachmentId });
  }

  retry(draft) {
    Object.assign(draft, { state: "waiting", attempts: 0, error: null });
    this.emit("change");
    this.#send();
  }

  drop(draft) {
    this.outbox = this.outbox.filter((each) => each !== draft);
    this.emit("change");
  }

  async #send() {
    if (this.#sending) return;
    this.#sending = true;
    try {
      for (let draft; this.joined && (draft = this.outbox.find((each) => each.state !== "failed")); ) await this.#deliver(draft);
    } finally {
      this.#sending = false;
    }
  }

  async #deliver(draft) {
    draft.state = "sending";
    draft.attempts += 1;
    this.emit("change");
    try {
      const { clientId, message, messageType, attachmentId } = draft;
      const sent = await this.#connection.ask("chat:message", { sessionId: this.id, clientId, message, messageType, ...(attachmentId ? { attachmentId } : {}) }, 15);
      this.#keep(sent.message);
      if (sent.crisis) this.emit("crisis", sent.crisis.resources);
    } catch (error) {
      draft.state = "waiting";
      if (error.crisis) this.emit("crisis", error.crisis.resources);
      if (error instanceof Lost) await sleep(this.#connection.isOpen ? 1000 : 0);
      else if (FINAL.has(error.status) || draft.attempts >= MOST_ATTEMPTS) Object.assign(draft, { state: "failed", error: error.message });
      else {
        this.emit("change");
        await sleep(1000 * (error.retryAfter || 2));
      }
    }
    this.emit("change");
  }

  // --- Signals --------------------------------------------------------------------------------------------------------

  /** Says that one types, every few seconds while it goes on, and when it ends. */
  type(isTyping) {
    if (!this.takesPart) return;
    clearTimeout(this.#typing.ends);
    const now = Date.now();
    if (isTyping) this.#typing.ends = setTimeout(() => this.type(false), TYPING.over);
    if (!this.joined || (isTyping ? now - this.#typing.said < TYPING.again : this.#typing.said === 0)) return;
    this.#typing.said = isTyping ? now : 0;
    this.#connection.ask("chat:typing", { sessionId: this.id, isTyping }).catch(() => {});
  }

  #typed({ senderId, senderType, isTyping }) {
    clearTimeout(this.#typist?.ends);
    this.#typist = isTyping ? { id: senderId, name: this.nameOf({ senderId, senderType }), ends: setTimeout(() => this.#typed({ senderId, senderType, isTyping: false }), TYPING.believed) } : null;
    this.emit("change");
  }

  /** The messages are before somebody's eyes. */
  async markRead() {
    if (!this.takesPart || !this.joined || this.unread === 0) return;
    const [upToSeq, unread] = [this.#through, this.unread];
    this.unread = 0;
    this.emit("change");
    try {
      await this.#connection.ask("chat:read", { sessionId: this.id, upToSeq });
    } catch (error) {
      this.unread = Math.max(this.unread, unread);
      if (error.retryAfter) setTimeout(() => this.emit("change"), 1000 * error.retryAfter);
    }
  }

  #read({ readerId, upToSeq }) {
    if (readerId === this.#connection.principal?.id && upToSeq >= this.#through) this.unread = 0;
    for (const message of this.messages.values()) if (message.senderId !== readerId && message.seq <= upToSeq) message.isRead = true;
    this.emit("change");
  }

  #seen({ participantId, isOnline, lastSeenAt }) {
    const found = this.participants.find((each) => each.id === participantId);
    if (found) Object.assign(found, { isOnline, lastSeenAt });
    this.emit("change");
  }

  #changed(session) {
    const other = session.counselorId !== this.session.counselorId;
    this.session = { ...session, unread: this.unread };
    if (session.status === "closed") this.#typist = null;
    this.emit("change");
    // Somebody else sits there now: who they are comes with a new look.
    if (other && this.#connection.isOpen) this.join();
  }
}

// Over plain http to another machine there is no randomUUID.
const randomId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
