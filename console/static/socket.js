// The socket: opened again whenever it is lost, signed in by its first frame, renewed before its token expires.

import { Lost, Problem } from "./api.js";
import { Emitter } from "./dom.js";

const REPLY_SECONDS = 10;
const PING_SECONDS = 8;
const PONG_SECONDS = 5;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 10_000;
const RENEW_EARLY = 90_000;
const UNAUTHENTICATED = 4001;
const REPLACED = 4010;

/**
 * Emits each push by its name with its data, and `state` with one of:
 * "connecting" at first, "open", "reconnecting", "signed-out", "replaced" (too many windows; it does not come back by itself).
 */
export class Connection extends Emitter {
  state = "connecting";
  principal = null;
  /** What to add to this machine's clock, in milliseconds, to get the server's. */
  skew = 0;
  #tokens;
  #socket = null;
  #asked = new Map();
  #ref = 0;
  #failures = 0;
  #fresh = false;
  #timers = [];
  #retry = null;

  constructor(tokens) {
    super();
    this.#tokens = tokens;
    addEventListener("online", () => this.#now());
    addEventListener("offline", () => this.#lose(this.#socket));
    document.addEventListener("visibilitychange", () => document.hidden || this.#now());
  }

  get isOpen() {
    return this.state === "open";
  }

  start() {
    this.#open();
  }

  /** Sends a command; gives its reply's data. Raises Problem, or Lost when the answer may never come. */
  ask(event, data = {}, seconds = REPLY_SECONDS) {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) return Promise.reject(new Lost());
    const ref = String(++this.#ref);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#settle(ref, "reject", new Lost()), seconds * 1000);
      this.#asked.set(ref, { resolve, reject, timer });
      socket.send(JSON.stringify({ event, ref, data }));
    });
  }

  #settle(ref, how, what) {
    const asked = this.#asked.get(ref);
    if (!asked) return;
    this.#asked.delete(ref);
    clearTimeout(asked.timer);
    asked[how](what);
  }

  #become(state) {
    if (this.state === state) return;
    this.state = state;
    this.emit("state", state);
  }

  async #open() {
    clearTimeout(this.#retry);
    this.#retry = null;
    let token;
    try {
      token = await this.#tokens.get(this.#fresh);
      this.#fresh = false;
    } catch (error) {
      if (error.status === 401) this.#become("signed-out");
      else this.#again();
      return;
    }
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/realtime`);
    this.#socket = socket;
    const tooLong = setTimeout(() => this.#lose(socket), REPLY_SECONDS * 1000);
    socket.onopen = () => this.#signIn(socket, token, tooLong);
    socket.onmessage = (message) => socket === this.#socket && this.#read(JSON.parse(message.data));
    socket.onclose = (event) => this.#lose(socket, event.code);
  }

  async #signIn(socket, token, tooLong) {
    try {
      const signedIn = await this.ask("auth", { token });
      this.principal = signedIn.principal;
      const asked = Date.now();
      const { now } = await this.ask("ping");
      this.skew = new Date(now).getTime() - (asked + Date.now()) / 2;
    } catch (error) {
      this.#fresh ||= error instanceof Problem;
      this.#lose(socket);
      return;
    } finally {
      clearTimeout(tooLong);
    }
    if (socket !== this.#socket) return;
    this.#failures = 0;
    this.#timers = [setInterval(() => this.#ping(socket), PING_SECONDS * 1000), setTimeout(() => this.#renew(socket), Math.max(5_000, this.#tokens.expires - Date.now() - RENEW_EARLY))];
    this.#become("open");
  }

  /** A line that is cut says nothing: only a missing answer tells. */
  #ping(socket) {
    this.ask("ping", {}, PONG_SECONDS).catch((error) => error instanceof Lost && this.#lose(socket));
  }

  async #renew(socket) {
    try {
      await this.ask("auth", { token: await this.#tokens.get(true) });
      if (socket === this.#socket) this.#timers.push(setTimeout(() => this.#renew(socket), Math.max(5_000, this.#tokens.expires - Date.now() - RENEW_EARLY)));
    } catch (error) {
      if (error.status === 401) this.#lose(socket, UNAUTHENTICATED);
      else if (socket === this.#socket) this.#timers.push(setTimeout(() => this.#renew(socket), 5_000));
    }
  }

  #read(frame) {
    if (frame.event !== "reply") this.emit(frame.event, frame.data ?? frame.error);
    else if (frame.ok) this.#settle(frame.ref, "resolve", frame.data);
    else this.#settle(frame.ref, "reject", new Problem(frame.error.status, frame.error));
  }

  #lose(socket, code) {
    if (!socket || socket !== this.#socket) return;
    this.#socket = null;
    // Its own closing may take minutes on a dead line: nobody waits for that.
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    this.#timers.forEach(clearTimeout);
    this.#timers = [];
    for (const ref of [...this.#asked.keys()]) this.#settle(ref, "reject", new Lost());
    if (code === REPLACED) {
      this.#become("replaced");
      return;
    }
    this.#fresh ||= code === UNAUTHENTICATED;
    this.#again();
  }

  #again() {
    this.#become("reconnecting");
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.#failures++) * (0.5 + Math.random() / 2);
    this.#retry ??= setTimeout(() => this.#open(), wait);
  }

  #now() {
    if (this.#retry) this.#open();
  }
}
