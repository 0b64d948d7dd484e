// What language models took.

import * as api from "/console/api.js";
import {el} from "/console/dom.js";
import * as parts from "/console/parts.js";
import * as words from "/console/words.js";

const DAYS = 30;

const CAPS = [
  ["calls_per_day", "calls a day"],
  ["tokens_per_day", "tokens a day"],
  ["dollars_per_day", "dollars a day"],
  ["tokens_per_call", "tokens a call"],
];

export async function show({signal}) {
  const cost = await api.get("/api/cost", {days: DAYS}, signal);
  return {
    title: "Cost",
    body: [
      parts.heading("Cost"),
      cost.paused ? parts.notice("Models pause: " + cost.paused, "warn") : null,
      el("div", {class: "figures"}, tile("Today", cost.today), tile("In " + cost.days + " days", cost.total)),
      parts.facts([
        ["At most", CAPS.filter(([name]) => cost.caps[name] !== null).map(([name, text]) => cost.caps[name] + " " + text).join(", ") || "no cap is set"],
      ]),
      cost.rows.length === 0
        ? parts.empty("It cost nothing", "No language model was asked in " + cost.days + " days. The built-in rules need none.")
        : parts.table(
            "By day, project and model",
            [["Day", ""], ["Project", ""], ["Model", ""], ["Calls", "figure"], ["Tokens in", "figure"], ["Tokens out", "figure"], ["Time", "figure"], ["Cost", "figure"]],
            cost.rows.map((row) => [
              row.day,
              row.project || "unknown",
              row.backend + " " + row.model,
              words.number(row.figures.calls),
              words.number(row.figures.tokens_in),
              words.number(row.figures.tokens_out),
              row.figures.seconds.toFixed(1) + " s",
              dollars(row.figures.dollars),
            ]),
          ),
    ],
  };
}

function tile(name, figures) {
  return el(
    "div",
    {class: "tile"},
    el("p", {class: "tile-name"}, name),
    el("p", {class: "tile-figure"}, dollars(figures.dollars)),
    el(
      "p",
      {class: "muted"},
      words.plural(figures.calls, "call") + ", " + words.number(figures.tokens_in + figures.tokens_out) + " tokens",
    ),
  );
}

function dollars(value) {
  return "$" + value.toFixed(value > 0 && value < 1 ? 4 : 2);
}
