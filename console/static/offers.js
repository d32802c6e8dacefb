// Offers: somebody waits for this counselor's answer, and for how long.

import { $, h, reconcile, say } from "./dom.js";

export class Offers {
  /** By session id. */
  #live = new Map();
  #ticking = null;

  /** `took` is called with a session that was accepted. */
  constructor(connection, api, took) {
    this.connection = connection;
    this.api = api;
    this.took = took;
    connection.on("state", (state) => {
      // The server tells a new socket of every offer that lives.
      if (state === "open") this.clear();
    });
    connection.on("chat:offer", (offer) => this.#add(offer));
    connection.on("chat:status", ({ session }) => this.#changed(session));
  }

  get count() {
    return this.#live.size;
  }

  clear() {
    this.#live.clear();
    this.#draw();
  }

  #add(offer) {
    this.#live.set(offer.session.id, offer);
    $("announcement").textContent = `New offer: ${offer.session.topic}. ${this.#left(offer)} seconds to answer.`;
    this.#draw();
  }

  #changed(session) {
    const offer = this.#live.get(session.id);
    if (!offer || (session.status === offer.session.status && session.counselorId === offer.session.counselorId)) return;
    this.#live.delete(session.id);
    this.#draw();
  }

  #left(offer) {
    return Math.max(0, Math.ceil((new Date(offer.expiresAt).getTime() - Date.now() - this.connection.skew) / 1000));
  }

  #draw() {
    for (const [id, offer] of this.#live) if (this.#left(offer) === 0) this.#live.delete(id);
    reconcile($("offers"), [...this.#live.values()], (each) => `${each.session.id} ${each.expiresAt}`, (each) => this.#make(each), (element, each) => this.#update(element, each));
    if (this.#live.size && !this.#ticking) this.#ticking = setInterval(() => this.#draw(), 500);
    if (!this.#live.size) {
      clearInterval(this.#ticking);
      this.#ticking = null;
    }
    this.onchange?.();
  }

  #make(offer) {
    const { session, reason } = offer;
    const wrong = h("p", { class: "wrong", role: "alert", hidden: true });
    const accept = h("button", { type: "button", class: "primary", "aria-label": `Accept: ${session.topic}`, onclick: (event) => this.#answer("accept", offer, event, wrong) }, "Accept");
    const decline = h("button", { type: "button", "aria-label": `Decline: ${session.topic}`, onclick: (event) => this.#answer("decline", offer, event, wrong) }, "Decline");
    const about = h("p", { class: "small" }, `${session.priority} priority · ${session.language}`, reason ? ` · ${reason}` : "");
    const left = h("p", { class: "left" }, h("progress", { max: 45, "aria-hidden": "true" }), h("span", { class: "seconds" }));
    return h("li", { class: `offer ${session.priority}` }, h("div", { class: "offer-text" }, h("strong", { dir: "auto" }, session.status === "active" ? "Handed over to you: " : "Offer: ", session.topic), about, wrong), left, h("div", { class: "buttons" }, accept, decline));
  }

  #update(element, offer) {
    const left = this.#left(offer);
    element.querySelector("progress").value = left;
    element.querySelector(".seconds").textContent = `${left} s left`;
  }

  async #answer(how, offer, event, wrong) {
    event.target.disabled = true;
    try {
      const session = await this.api.post(`/counselor/sessions/${offer.session.id}/${how}`);
      this.#live.delete(offer.session.id);
      this.#draw();
      if (how === "accept") this.took(session);
    } catch (error) {
      event.target.disabled = false;
      if (error.code === "offer_expired") {
        this.#live.delete(offer.session.id);
        this.#draw();
        say($("notice"), "That offer was over: somebody else has it, or its time had run out.");
      } else say(wrong, error.message);
    }
  }
}
