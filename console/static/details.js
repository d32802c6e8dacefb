// Beside a chat: how urgent it is, who the person is, notes, and handing it over.

import { $, dayOf, h, lasting, reconcile, say, timeOf } from "./dom.js";

const WRITTEN = ["note", "specialization", "transfer-note"];

export class Details {
  #shown = null;
  #known = "";
  /** What is written and not saved yet, by session. */
  #drafts = new Map();

  constructor(api) {
    this.api = api;
    $("priority").addEventListener("change", () => this.#setPriority());
    $("note-form").addEventListener("submit", (event) => this.#addNote(event));
    $("transfer-form").addEventListener("submit", (event) => this.#transfer(event));
  }

  show(conversation) {
    this.hide();
    this.#shown = conversation;
    $("details-empty").hidden = true;
    $("details-open").hidden = false;
    WRITTEN.forEach((id, index) => ($(id).value = this.#drafts.get(conversation.id)?.[index] ?? ""));
    for (const id of ["note-wrong", "transfer-wrong", "transfer-told"]) say($(id), null);
    $("context").replaceChildren(h("p", { class: "empty" }, "Loading…"));
    $("notes").replaceChildren();
    this.#known = "";
    this.update();
  }

  /** Nothing is open, or nothing of it may be known any more. */
  hide() {
    if (this.#shown) this.#drafts.set(this.#shown.id, WRITTEN.map((id) => $(id).value));
    this.#shown = null;
    $("details-empty").hidden = false;
    $("details-open").hidden = true;
  }

  /** The session changed. */
  update() {
    if (!this.#shown) return;
    const { session, isOver, takesPart } = this.#shown;
    if (document.activeElement !== $("priority")) $("priority").value = session.priority;
    $("priority").disabled = isOver;
    $("transfer-section").hidden = isOver || !takesPart || session.status !== "active";
    // What is known of the person may be other then: a flag, a note that came along.
    const known = `${session.status} ${session.priority} ${session.counselorId}`;
    if (known !== this.#known) this.load();
    this.#known = known;
  }

  async load() {
    const shown = this.#shown;
    if (shown.isOver && !shown.takesPart) {
      this.hide();
      return;
    }
    try {
      if (!shown.isOver) {
        const context = await this.api.get(`/counselor/sessions/${shown.id}/context`);
        if (shown === this.#shown) this.#drawContext(context);
        return;
      }
      const { items } = await this.api.get(`/counselor/sessions/${shown.id}/notes?limit=50`);
      if (shown !== this.#shown) return;
      $("context").replaceChildren(h("p", { class: "empty" }, "What is known about a person ends with the chat."));
      this.#drawNotes(items);
    } catch (error) {
      if (shown === this.#shown) $("context").replaceChildren(h("p", { class: "wrong" }, error.message), h("button", { type: "button", onclick: () => this.load() }, "Try again"));
    }
  }

  #drawContext(about) {
    const moods = about.recentMoods;
    const facts = [
      ["Name", about.firstName ?? "Anonymous"],
      ["Language", about.language],
      ["Time there", localTime(about.timezone)],
      ["With us for", lasting((Date.now() - new Date(about.memberSince).getTime()) / 1000)],
      ["Moods, 30 days", moods ? `${moods.average} of 5 on average, last ${moods.last} (${moods.count} entries)` : "none shared"],
      ["Risk flags", String(about.riskFlags)],
    ];
    const earlier = about.earlierSessions.map((each) => h("li", {}, h("span", { dir: "auto" }, each.topic), h("span", { class: "soft small" }, ` · ${each.endedAt ? dayOf(each.endedAt) : "open"}${each.withYou ? " · with you" : ""}`)));
    $("context").replaceChildren(
      about.transferNote ? h("div", { class: "handover" }, h("h3", {}, "Handed over with"), h("p", { class: "written", dir: "auto" }, about.transferNote)) : "",
      h("dl", {}, ...facts.flatMap(([name, value]) => [h("dt", {}, name), h("dd", { class: name === "Risk flags" && about.riskFlags ? "risk" : null, dir: "auto" }, value)])),
      ...(earlier.length ? [h("h3", {}, "Earlier chats"), h("ul", { class: "earlier" }, ...earlier)] : []),
    );
    this.#drawNotes(about.notes);
  }

  #drawNotes(notes) {
    const make = (each) => h("li", {}, h("p", { class: "written", dir: "auto" }, each.text), h("p", { class: "soft small" }, `${dayOf(each.createdAt)} ${timeOf(each.createdAt)}`));
    reconcile($("notes"), notes, (each) => each.id, make);
  }

  async #setPriority() {
    const shown = this.#shown;
    try {
      shown.session = { ...shown.session, ...(await this.api.post(`/counselor/sessions/${shown.id}/priority`, { priority: $("priority").value })) };
      shown.emit("change");
    } catch (error) {
      $("priority").value = shown.session.priority;
      say($("notice"), `The priority was not changed: ${error.message}`);
    }
  }

  async #addNote(event) {
    event.preventDefault();
    const shown = this.#shown;
    const text = $("note").value.trim();
    if (!text) {
      say($("note-wrong"), "Write something first.");
      return;
    }
    await this.#done(event.submitter, $("note-wrong"), async () => {
      await this.api.post(`/counselor/sessions/${shown.id}/notes`, { text });
      this.#empty(shown, "note");
      if (shown === this.#shown) await this.load();
    });
  }

  async #transfer(event) {
    event.preventDefault();
    const shown = this.#shown;
    say($("transfer-told"), null);
    await this.#done(event.submitter, $("transfer-wrong"), async () => {
      await this.api.post(`/counselor/sessions/${shown.id}/transfer`, { specialization: $("specialization").value.trim(), note: $("transfer-note").value });
      this.#empty(shown, "transfer-note");
      if (shown === this.#shown) say($("transfer-told"), "Offered. You will be told if nobody takes it within 45 seconds.");
    });
  }

  /** What was written into a field for a chat is stored; another chat may be shown by now. */
  #empty(shown, id) {
    const draft = this.#drafts.get(shown.id);
    if (shown === this.#shown) $(id).value = "";
    else if (draft) draft[WRITTEN.indexOf(id)] = "";
  }

  async #done(button, wrong, work) {
    const shown = this.#shown;
    say(wrong, null);
    button.disabled = true;
    try {
      await work();
    } catch (error) {
      const at = shown === this.#shown ? wrong : $("notice");
      say(at, error.code === "nobody_free" ? "Nobody who knows about that is free just now." : error.message);
    } finally {
      button.disabled = false;
    }
  }
}

function localTime(zone) {
  try {
    return `${new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", timeZone: zone }).format()} (${zone})`;
  } catch {
    return zone;
  }
}
