// Search as an agent does it, and on request what each hit's score is made of.

import * as api from "/console/api.js";
import {el, fill, say} from "/console/dom.js";
import * as parts from "/console/parts.js";
import * as words from "/console/words.js";

const LIMIT = 20;

const PARTS = [
  ["words", "words in common"],
  ["meaning", "meaning"],
  ["neighbours", "what lies around it"],
  ["session", "its session"],
  ["recency", "recency"],
  ["length", "length"],
];

const FILTERS = ["project", "type", "concepts", "files", "branch", "since", "until", "mode"];

export async function show({query, signal}) {
  const asked = query.get("q") || "";
  const projects = await api.get("/api/projects", {limit: 200}, signal);
  const results = el("section", {"aria-label": "Results", class: "results"});
  if (asked) {
    await fetchPage(results, query, null, signal);
  } else {
    fill(
      results,
      parts.empty(
        "Ask in your own words",
        "Words and meaning are both looked at, in any language: “why did we cap the backoff”.",
      ),
    );
  }
  return {
    title: asked ? asked + " · Search" : "Search",
    body: [parts.heading("Search"), form(query, projects.projects), results],
  };
}

function form(query, projects) {
  const filtered = FILTERS.some((name) => query.get(name));
  const field = (label, name, placeholder) => [
    el("label", {for: "f-" + name}, label),
    el("input", {
      id: "f-" + name, name, type: "text", placeholder, autocomplete: "off",
      value: query.get(name) || "",
    }),
  ];
  const choice = (label, name, options) => [
    el("label", {for: "f-" + name}, label),
    el(
      "select",
      {id: "f-" + name, name},
      options.map(([value, text]) =>
        el("option", {value, selected: (query.get(name) || "") === value}, text),
      ),
    ),
  ];
  const tick = (label, name) =>
    el(
      "label",
      {class: "tick"},
      el("input", {type: "checkbox", name, value: "1", checked: query.get(name) === "1"}),
      label,
    );
  return el(
    "form",
    {
      class: "search",
      role: "search",
      on: {
        submit: (event) => {
          event.preventDefault();
          const parameters = new URLSearchParams();
          for (const [name, value] of new FormData(event.target)) {
            if (value.trim() !== "") {
              parameters.set(name, value.trim());
            }
          }
          const next = "#/search?" + parameters;
          if (location.hash === next) {
            window.dispatchEvent(new HashChangeEvent("hashchange"));
          } else {
            location.hash = next;
          }
        },
      },
    },
    el(
      "div",
      {class: "search-line"},
      el("label", {for: "q", class: "unseen"}, "What to look for"),
      el("input", {
        id: "q", name: "q", type: "search", value: query.get("q") || "", autocomplete: "off",
        placeholder: "retry backoff", enterkeyhint: "search", maxlength: 1000,
      }),
      el("button", {type: "submit", class: "main-action"}, "Search"),
    ),
    el(
      "details",
      {class: "filters", open: filtered},
      el("summary", {}, "Filters"),
      el(
        "div",
        {class: "fields"},
        el("div", {}, choice("Project", "project", [
          ["", "all projects"],
          ...projects.map((one) => [String(one.id), one.name]),
        ])),
        el("div", {}, choice("Type", "type", [
          ["", "any type"], ...parts.TYPES.map((type) => [type, type]),
        ])),
        el("div", {}, choice("Found by", "mode", [
          ["", "words and meaning"], ["rrf", "both, by rank"], ["fts", "words"], ["vector", "meaning"],
        ])),
        el("div", {}, field("Concepts", "concepts", "how-it-works, gotcha")),
        el("div", {}, field("Files", "files", "src/retry.py")),
        el("div", {}, field("Branch", "branch", "main")),
        el("div", {}, field("Since", "since", "7d or 2026-01-31")),
        el("div", {}, field("Until", "until", "2026-01-31")),
      ),
    ),
    el(
      "div",
      {class: "ticks"},
      tick("Explain the order", "explain"),
      tick("Only what shares the words", "precise"),
    ),
  );
}

const list = (text) => {
  const names = (text || "").split(",").map((name) => name.trim()).filter((name) => name !== "");
  return names.length > 0 ? names : null;
};

async function fetchPage(results, query, after, signal) {
  const found = await api.post(
    "/api/observations/search",
    {
      query: query.get("q"),
      project: query.get("project"),
      cross_project: !query.get("project"),
      type: list(query.get("type")),
      concepts: list(query.get("concepts")),
      files: list(query.get("files")),
      branch: query.get("branch"),
      since: query.get("since"),
      until: query.get("until"),
      mode: query.get("mode"),
      precise: query.get("precise") === "1",
      explain: query.get("explain") === "1",
      limit: LIMIT,
      after,
    },
    signal,
  );
  const explained = new Map((found.explain || []).map((one) => [one.id, one]));
  const best = Math.max(...found.observations.map((one) => one.score || 0), Number.EPSILON);
  const rows = found.observations.map((one) =>
    parts.memory(one, explained.has(one.id) ? explanation(one, explained.get(one.id), best) : null),
  );
  results.querySelector("[data-more]")?.remove();
  if (after === null) {
    fill(
      results,
      about(found),
      rows.length > 0
        ? el("ol", {class: "memories"}, rows)
        : parts.empty("Nothing found", "Try fewer or other words, or fewer filters."),
    );
    say(words.plural(found.observations.length, "hit"));
  } else {
    results.querySelector("ol").append(...rows);
  }
  if (found.next) {
    results.append(
      el(
        "p",
        {"data-more": "yes"},
        parts.acting("More", async () => {
          const last = results.querySelector("ol").lastElementChild;
          await fetchPage(results, query, found.next, signal);
          last.nextElementSibling?.querySelector("a")?.focus();
        }),
      ),
    );
  }
}

function about(found) {
  const lines = [];
  if (found.observations.length > 0 && found.covered === false) {
    lines.push(parts.notice("Nothing stored seems to answer this. These are the nearest.", "warn"));
  }
  if (found.dropped && found.dropped.length > 0) {
    lines.push(
      parts.notice(
        "Too slow this time, and left out: the search by " + found.dropped.join(" and by ") + ".",
        "warn",
      ),
    );
  }
  return lines;
}

function explanation(observation, made, best) {
  return el(
    "dl",
    {class: "explain", "aria-label": "What the score is made of"},
    el("div", {class: "whole"}, el("dt", {}, "score"), el("dd", {}, figure(observation.score), bar(observation.score / best))),
    PARTS.map(([name, label]) =>
      el("div", {}, el("dt", {}, label), el("dd", {}, figure(made[name]), bar(made[name]))),
    ),
  );
}

function figure(value) {
  return el("span", {class: "figure"}, (value ?? 0).toFixed(3));
}

// A share between 0 and 1 as a bar; beyond that it is full.
function bar(share) {
  const own = el("span", {class: "bar", "aria-hidden": "true"});
  own.style.setProperty("--share", String(Math.max(0, Math.min(1, share || 0))));
  return own;
}
