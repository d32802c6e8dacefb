"use strict";

const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

let schemas = {};

const named = (schema) => (schema && schema.$ref ? schema.$ref.split("/").pop() : null);

function typeOf(schema) {
  if (!schema) return "";
  if (named(schema)) return named(schema);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(" | ");
  if (schema.type === "array") return `${typeOf(schema.items)}[]`;
  const limits = ["minimum", "maximum", "minLength", "maxLength", "maxItems", "pattern"].filter((key) => key in schema).map((key) => `${key} ${schema[key]}`);
  return [schema.format || schema.type || "any", ...limits].join(", ");
}

function fields(schema, seen = new Set()) {
  const name = named(schema);
  if (name) {
    if (seen.has(name)) return make("p", { class: "soft" }, `${name} (above)`);
    seen.add(name);
    schema = schemas[name];
  }
  if (!schema || !schema.properties) return make("p", {}, typeOf(schema));
  const table = make("table", {}, make("tr", {}, make("th", {}, name || "field"), make("th", {}, "type"), make("th", {}, "required")));
  const nested = [];
  for (const [field, type] of Object.entries(schema.properties)) {
    table.append(make("tr", {}, make("td", {}, make("code", {}, field)), make("td", {}, typeOf(type)), make("td", {}, (schema.required || []).includes(field) ? "yes" : "")));
    for (const part of [type, type.items, ...(type.anyOf || [])]) if (named(part) && !seen.has(named(part))) nested.push(part);
  }
  return make("div", {}, table, ...nested.filter((part) => !seen.has(named(part))).map((part) => fields(part, seen)));
}

function operation(path, method, found) {
  const inside = make("div", { class: "inside" });
  if (found.description) inside.append(make("p", { class: "soft" }, found.description));
  if (found.parameters.length) {
    const table = make("table", {}, make("tr", {}, make("th", {}, "parameter"), make("th", {}, "in"), make("th", {}, "type")));
    for (const each of found.parameters) table.append(make("tr", {}, make("td", {}, make("code", {}, each.name)), make("td", {}, each.in), make("td", {}, typeOf(each.schema))));
    inside.append(table);
  }
  for (const [kind, content] of Object.entries((found.requestBody || {}).content || {})) inside.append(make("h3", {}, `Body, ${kind}`), fields(content.schema));
  for (const [status, answer] of Object.entries(found.responses)) {
    inside.append(make("h3", {}, `${status} ${answer.description}`));
    const [kind, content] = Object.entries(answer.content || {})[0] || [];
    if (kind === "application/json") inside.append(fields(content.schema));
    else if (kind) inside.append(make("p", { class: "soft" }, kind));
  }
  const line = make("summary", {}, make("span", { class: "method" }, method.toUpperCase()), make("code", {}, path), make("span", { class: "soft" }, found.summary));
  const details = make("details", {}, line, inside);
  details.dataset.text = `${method} ${path} ${found.summary}`.toLowerCase();
  return details;
}

// The payload of a frame holds what matters in `data`, or `error`.
const carried = (payload) => payload.properties.data || payload.properties.error;

function socketEvent(message, reply, kind) {
  const inside = make("div", { class: "inside" }, make("h3", {}, "Data"), fields(carried(message.payload)));
  if (reply) inside.append(make("h3", {}, "Reply"), fields(carried(reply.payload.oneOf[0])));
  inside.append(make("h3", {}, "Example"), make("pre", {}, [message, reply].filter(Boolean).map((each) => JSON.stringify(each.examples[0].payload, null, 2)).join("\n\n")));
  const line = make("summary", {}, make("span", { class: "method" }, kind), make("code", {}, message.name), make("span", { class: "soft" }, message.summary));
  const details = make("details", {}, line, inside);
  details.dataset.text = `${kind} socket ${message.name} ${message.summary}`.toLowerCase();
  return details;
}

function showSocket(description) {
  schemas = description.components.schemas;
  const channel = description.channels.realtime;
  const section = make("section", {}, make("h2", {}, "Socket"), make("p", {}, make("code", {}, channel.address)), ...channel.description.split("\n\n").map((text) => make("p", { class: "lines" }, text)));
  const messages = description.components.messages;
  for (const [name, message] of Object.entries(messages)) {
    if (name.endsWith(".command")) section.append(socketEvent(message, messages[name.replace(/command$/, "reply")], "SEND"));
    else if (name.endsWith(".push")) section.append(socketEvent(message, null, "PUSH"));
  }
  document.getElementById("socket").replaceChildren(section);
}

function show(description) {
  schemas = description.components.schemas;
  document.getElementById("about").textContent = `${description.info.description} Version ${description.info.version}.`;
  const groups = new Map();
  for (const [path, methods] of Object.entries(description.paths))
    for (const [method, found] of Object.entries(methods)) {
      const tag = found.tags[0];
      if (!groups.has(tag)) groups.set(tag, make("section", {}, make("h2", {}, tag)));
      groups.get(tag).append(operation(path, method, found));
    }
  document.getElementById("routes").replaceChildren(...groups.values());
}

document.getElementById("filter").addEventListener("input", (event) => {
  const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const details of document.querySelectorAll("details")) details.hidden = !words.every((word) => details.dataset.text.includes(word));
  for (const section of document.querySelectorAll("section")) section.hidden = !section.querySelector("details:not([hidden])");
});

const load = (name) => fetch(name).then((response) => (response.ok ? response.json() : Promise.reject(new Error(`status ${response.status}`))));

Promise.all([load("openapi.json"), load("asyncapi.json")])
  .then(([routes, socket]) => { show(routes); showSocket(socket); })
  .catch((error) => { document.getElementById("about").textContent = `The description could not be loaded: ${error.message}.`; });
