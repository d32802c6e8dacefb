// Analysts' runs: asked for, followed until they are over, their files, and gone again.

import { $, h, reconcile, say } from "./dom.js";
import { dated } from "./figures.js";

const STATES = { queued: "Waiting for a worker", running: "Under way", done: "Done", failed: "Failed" };
const LOOK_AGAIN = 2000;
/** Links work for an hour; those on the page are renewed before. */
const RENEW = 30 * 60_000;
const moment = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

export class Runs {
  #runs = [];
  #next = null;
  #timer = null;

  /** `failed` is told what went wrong where the page cannot go on. */
  constructor(api, failed) {
    this.api = api;
    this.failed = failed;
    $("new-run").addEventListener("submit", (event) => this.#begin(event));
    $("runs-more").addEventListener("click", () => this.#earlier());
    document.addEventListener("visibilitychange", () => !document.hidden && this.#later(0));
    setInterval(() => this.#refresh(), RENEW);
  }

  async load() {
    try {
      this.#take(await this.api.get("/admin/insight-runs?limit=10"));
    } catch (error) {
      say($("runs-state"), `The runs could not be read: ${error.message}`);
      this.failed(error);
      this.#timer = setTimeout(() => this.load(), 5000);
    }
  }

  #take({ items, nextCursor }) {
    this.#runs = [...this.#runs.filter((old) => !items.some((each) => each.id === old.id)), ...items].sort((one, other) => (one.createdAt < other.createdAt ? 1 : -1));
    this.#next = nextCursor;
    this.#draw();
    this.#later(LOOK_AGAIN);
  }

  async #earlier() {
    $("runs-more").disabled = true;
    try {
      this.#take(await this.api.get(`/admin/insight-runs?limit=10&cursor=${encodeURIComponent(this.#next)}`));
    } catch (error) {
      say($("run-wrong"), error.message);
    }
    $("runs-more").disabled = false;
  }

  async #begin(event) {
    event.preventDefault();
    const [from, to] = [$("run-from").value, $("run-to").value];
    const button = $("new-run").querySelector("button");
    if (!from || !to) {
      say($("run-wrong"), "Choose both dates.");
      return $(from ? "run-to" : "run-from").focus();
    }
    say($("run-wrong"), null);
    button.disabled = true;
    try {
      const run = await this.api.post("/admin/insight-runs", { from, to });
      this.#put(run);
      say($("run-told"), `The run from ${dated(from)} to ${dated(to)} is asked for.`);
    } catch (error) {
      say($("run-wrong"), error.status === 409 ? error.body.detail ?? error.message : error.message);
      this.failed(error);
    }
    button.disabled = false;
  }

  #put(run) {
    this.#runs = [run, ...this.#runs.filter((each) => each.id !== run.id)].sort((one, other) => (one.createdAt < other.createdAt ? 1 : -1));
    this.#draw();
    this.#later(LOOK_AGAIN);
  }

  /** Look once more, while somebody looks at the page and something is under way. */
  #later(milliseconds) {
    clearTimeout(this.#timer);
    if (this.#runs.some(isUnderWay) && !document.hidden) this.#timer = setTimeout(() => this.#refresh(isUnderWay), milliseconds);
  }

  async #refresh(which = () => true) {
    for (const run of this.#runs.filter(which)) {
      try {
        const now = await this.api.get(`/admin/insight-runs/${run.id}`);
        this.#runs = this.#runs.map((each) => (each.id === run.id ? now : each));
        if (isUnderWay(run) && !isUnderWay(now)) say($("run-told"), `The run from ${dated(now.from)} to ${dated(now.to)} is ${now.status}.`);
      } catch (error) {
        if (error.status === 404) this.#runs = this.#runs.filter((each) => each.id !== run.id);
        else this.failed(error);
      }
    }
    this.#draw();
    this.#later(LOOK_AGAIN);
  }

  async #delete(run) {
    const text = isUnderWay(run) ? "It ends, and nothing of it stays." : "Its files go with it.";
    if (!(await confirmed(`${dated(run.from)} to ${dated(run.to)}. ${text}`))) return;
    try {
      await this.api.delete(`/admin/insight-runs/${run.id}`);
    } catch (error) {
      if (error.status !== 404) {
        say($("run-wrong"), `It was not deleted: ${error.message}`);
        return this.failed(error);
      }
    }
    this.#runs = this.#runs.filter((each) => each.id !== run.id);
    this.#draw();
    say($("run-told"), "The run is deleted.");
    $("new-run").querySelector("button").focus();
  }

  #draw() {
    reconcile($("runs"), this.#runs, (run) => run.id, (run) => this.#make(run), update);
    say($("runs-state"), this.#runs.length ? null : "No run yet.");
    $("runs-more").hidden = this.#next === null;
  }

  #make(run) {
    const name = `${dated(run.from)} to ${dated(run.to)}`;
    const remove = h("button", { type: "button", "aria-label": `Delete the run ${name}`, onclick: () => this.#delete(this.#runs.find((each) => each.id === run.id) ?? run) }, "Delete");
    return h(
      "li",
      { class: "run" },
      h("div", { class: "run-head" }, h("h3", {}, name), h("span", { class: "run-status tag" }), remove),
      h("p", { class: "soft small run-about" }),
      h("progress", { max: 100, "aria-label": `Progress of the run ${name}` }),
      h("p", { class: "wrong run-error" }),
      h("ul", { class: "files", "aria-label": `Files of the run ${name}` }),
    );
  }
}

const isUnderWay = (run) => run.status === "queued" || run.status === "running";

function update(element, run) {
  const find = (selector) => element.querySelector(selector);
  element.dataset.status = run.status;
  find(".run-status").textContent = isUnderWay(run) && run.status === "running" ? `${STATES.running}, ${run.progress} %` : STATES[run.status] ?? run.status;
  const kept = run.keptUntil ? ` Kept until ${moment.format(new Date(run.keptUntil))}.` : "";
  find(".run-about").textContent = `Asked for ${moment.format(new Date(run.createdAt))}${run.requestedBy ? "" : ", at the command line"}.${kept}`;
  find("progress").hidden = !isUnderWay(run);
  find("progress").value = run.progress;
  say(find(".run-error"), run.error);
  find(".files").hidden = !run.files.length;
  reconcile(find(".files"), run.files, (file) => file.name, makeFile, (item, file) => (item.firstChild.href = file.url));
}

function makeFile(file) {
  const isReport = file.name.endsWith(".html");
  const link = isReport ? h("a", { href: file.url, target: "_blank", rel: "noopener" }, "Open the report") : h("a", { href: file.url, download: file.name }, file.name);
  return h("li", { class: isReport ? "report" : "" }, link, " ", h("span", { class: "soft small" }, size(file.bytes)));
}

function size(bytes) {
  return bytes < 1024 ? `${bytes} B` : bytes < 1024 ** 2 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}

function confirmed(text) {
  const dialog = $("confirm");
  $("confirm-text").textContent = text;
  dialog.returnValue = "no";
  dialog.showModal();
  // The event of an earlier closing may come only now.
  return new Promise((resolve) => (dialog.onclose = () => dialog.open || resolve(dialog.returnValue === "yes")));
}
