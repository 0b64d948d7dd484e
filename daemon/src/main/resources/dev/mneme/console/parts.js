// What several pages show alike.

import {el, fill} from "/console/dom.js";
import * as words from "/console/words.js";

export const TYPES = [
  "decision", "bugfix", "feature", "refactor", "discovery", "change", "pattern", "gotcha",
];

export function heading(text, ...beside) {
  return el("div", {class: "heading"}, el("h1", {tabindex: "-1"}, text), beside);
}

export function time(iso, text = words.moment(iso)) {
  return el("time", {datetime: iso, title: new Date(iso).toLocaleString()}, text);
}

export function chip(text, tone = "plain") {
  return el("span", {class: "chip " + tone}, text);
}

export function empty(title, text) {
  return el("div", {class: "empty"}, el("p", {class: "empty-title"}, title), el("p", {}, text));
}

export function notice(text, tone = "info") {
  return el("p", {class: "notice " + tone, role: tone === "bad" ? "alert" : "note"}, text);
}

// Code in backticks, as people and agents write it; one that is never closed stays as it is.
export function inline(text) {
  const pieces = text.split("`");
  if (pieces.length % 2 === 0) {
    pieces.push(pieces.splice(-2).join("`"));
  }
  return pieces.map((piece, index) => (index % 2 === 1 ? el("code", {}, piece) : piece));
}

export function failure(error) {
  return el(
    "div",
    {class: "notice bad", role: "alert"},
    el("p", {}, capital(error.message) + "."),
    error.hint ? el("p", {class: "muted"}, inline(capital(error.hint)), ".") : null,
  );
}

export function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// Names with their values; what is null is left out.
export function facts(rows) {
  return el(
    "dl",
    {class: "facts"},
    rows
      .filter(([, value]) => value !== null && value !== undefined && value !== "")
      .map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))),
  );
}

export function sessionLink(id) {
  return el(
    "a",
    {href: "#/sessions/" + encodeURIComponent(id), class: "mono", title: id},
    words.shortId(id),
  );
}

export function observationLink(id, title) {
  return el("a", {href: "#/observations/" + id}, inline(title));
}

export function typeMark(type) {
  return el("span", {class: "type type-" + (TYPES.includes(type) ? type : "other")}, type);
}

// A memory as a row of a list.
export function memory(observation, ...below) {
  return el(
    "li",
    {class: "memory"},
    el(
      "p",
      {class: "memory-title"},
      observationLink(observation.id, observation.title),
      observation.pinned_at ? chip("pinned", "good") : null,
      observation.closed_at ? chip("closed", "warn") : null,
    ),
    observation.narrative
      ? el("p", {class: "memory-text"}, inline(observation.narrative))
      : null,
    el(
      "p",
      {class: "meta"},
      typeMark(observation.type),
      el("span", {}, observation.project_name),
      time(observation.created_at),
      el("span", {class: "mono"}, "#" + observation.id),
    ),
    below,
  );
}

export function button(text, action, attributes = {}) {
  return el("button", {type: "button", ...attributes, on: {click: action}}, text);
}

// Runs an action once at a time; what goes wrong is shown beside it.
export function acting(text, action, attributes = {}) {
  const problem = el("span", {class: "problem", role: "alert"});
  const own = button(
    text,
    async () => {
      own.setAttribute("disabled", "");
      problem.textContent = "";
      try {
        await action();
      } catch (error) {
        problem.textContent = capital(error.message) + ".";
      } finally {
        own.removeAttribute("disabled");
      }
    },
    attributes,
  );
  return [own, problem];
}

// Asks before it acts: question and answers take the place of the button, and the focus goes along,
// to the answer that changes nothing. While it asks, its page is not drawn anew (`data-asking`).
export function asking(text, question, action, attributes = {}) {
  const place = el("span", {class: "asking"});
  const calm = () => {
    place.removeAttribute("data-asking");
    fill(place, button(text, ask, attributes));
  };
  const keep = () => {
    calm();
    place.firstChild.focus();
  };
  const ask = () => {
    place.setAttribute("data-asking", "");
    const kept = button("Keep", keep);
    fill(place, el("span", {role: "alert"}, question), " ", acting("Yes, " + text.toLowerCase(), yes), " ", kept);
    kept.focus();
  };
  const yes = async () => {
    place.removeAttribute("data-asking");
    await action();
  };
  place.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && place.hasAttribute("data-asking")) {
      keep();
    }
  });
  calm();
  return place;
}

export function table(caption, columns, rows) {
  return el(
    "table",
    {},
    el("caption", {class: "unseen"}, caption),
    el(
      "thead",
      {},
      el("tr", {}, columns.map(([name, kind]) => el("th", {scope: "col", class: kind}, name))),
    ),
    el(
      "tbody",
      {},
      rows.map((cells) =>
        el(
          "tr",
          {},
          cells.map((cell, index) =>
            el("td", {class: columns[index][1], "data-name": columns[index][0]}, cell),
          ),
        ),
      ),
    ),
  );
}
