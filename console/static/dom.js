// Building and finding elements. What a person wrote goes in as text, never as markup.

export const $ = (id) => document.getElementById(id);

/** h("button", { class: "primary", onclick: send }, "Send"): true sets an empty attribute, null and false set none. */
export function h(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** Shows a line of text, or hides its element where there is none. */
export function say(element, text) {
  element.textContent = text ?? "";
  element.hidden = !text;
}

/**
 * Makes the children of `parent` those of `items`, in their order, keeping what is there: focus and screen readers stay where they are.
 * `key` names an item, `make` builds its element, `update` brings the element up to date.
 */
export function reconcile(parent, items, key, make, update = () => {}) {
  const wanted = new Set(items.map((item) => String(key(item))));
  for (const child of [...parent.children]) if (!wanted.has(child.dataset.key)) child.remove();
  const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let place = parent.firstElementChild;
  for (const item of items) {
    const name = String(key(item));
    let element = known.get(name);
    if (!element) {
      element = make(item);
      element.dataset.key = name;
    }
    update(element, item);
    if (element === place) place = place.nextElementSibling;
    else parent.insertBefore(element, place);
  }
}

/** What events say: `on` returns how to stop listening. */
export class Emitter {
  #listeners = new Map();

  on(event, listener) {
    if (!this.#listeners.has(event)) this.#listeners.set(event, new Set());
    this.#listeners.get(event).add(listener);
    return () => this.#listeners.get(event).delete(listener);
  }

  emit(event, data) {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) listener(data);
  }
}

export const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const hour = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

export const timeOf = (instant) => hour.format(new Date(instant));

export function dayOf(instant) {
  const date = new Date(instant);
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(date).setHours(0, 0, 0, 0)) / 86_400_000);
  return days === 0 ? "Today" : days === 1 ? "Yesterday" : day.format(date);
}

/** 40 → "less than a minute", 200 → "3 min", 4000 → "1 h 6 min". */
export function lasting(seconds) {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return "less than a minute";
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.floor(minutes / 1440)} days`;
}
