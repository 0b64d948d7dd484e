// Routes by the address's fragment; one page is shown at a time, and what it had under way ends
// with it.

import * as api from "/console/api.js";
import {el, fill, say} from "/console/dom.js";
import * as parts from "/console/parts.js";
import * as cost from "/console/cost.js";
import * as health from "/console/health.js";
import * as lessons from "/console/lessons.js";
import * as live from "/console/live.js";
import * as models from "/console/models.js";
import * as observation from "/console/observation.js";
import * as projects from "/console/projects.js";
import * as queue from "/console/queue.js";
import * as search from "/console/search.js";
import * as sessions from "/console/sessions.js";

const PULSE_MS = 5_000;

const NAV = [
  ["", "Live"],
  ["search", "Search"],
  ["sessions", "Sessions"],
  ["queue", "Queue"],
  ["projects", "Projects"],
  ["lessons", "Lessons"],
  ["models", "Models"],
  ["cost", "Cost"],
  ["health", "Health"],
];

const PAGES = {
  "": {show: live.show},
  search: {show: search.show},
  sessions: {show: sessions.list, one: sessions.one},
  observations: {one: observation.one},
  queue: {show: queue.list, one: queue.one},
  projects: {show: projects.show},
  lessons: {show: lessons.show},
  models: {show: models.show},
  cost: {show: cost.show},
  health: {show: health.show},
};

const main = document.getElementById("main");
const pulse = document.getElementById("pulse");
let leave = new AbortController();
let shownBefore = false;

// `#/sessions/abc?x=y` → the page, what it shows, its parameters.
function address() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [name, ...rest] = path.split("/");
  return {name, id: decodeURIComponent(rest.join("/")), query: new URLSearchParams(query)};
}

async function route() {
  leave.abort();
  leave = new AbortController();
  const signal = leave.signal;
  const {name, id, query} = address();
  markNav(name === "observations" ? "search" : name);
  if (!api.hasKey()) {
    showLocked();
    return;
  }
  const page = PAGES[name];
  const show = page && (id ? page.one : page.show);
  if (!show) {
    present(signal, "Not here", [
      parts.heading("Not here"),
      parts.empty("There is no such page", "The pages are in the list of links."),
    ]);
    return;
  }
  main.setAttribute("aria-busy", "true");
  try {
    const shown = await show({
      id,
      query,
      signal,
      every: (milliseconds, action) => every(signal, milliseconds, action),
      again: route,
    });
    present(signal, shown.title, shown.body);
  } catch (error) {
    if (signal.aborted) {
      return;
    }
    if (isLockedOut(error)) {
      lockOut();
      return;
    }
    present(signal, "Something is wrong", [
      parts.heading("Something is wrong"),
      parts.failure(error),
      el("p", {}, parts.button("Try again", route)),
    ]);
  } finally {
    if (!signal.aborted) {
      main.removeAttribute("aria-busy");
    }
  }
}

function present(signal, title, body) {
  if (signal.aborted) {
    return;
  }
  fill(main, body);
  document.title = title + " · Mneme";
  window.scrollTo(0, 0);
  // The first page keeps the browser's own place, where the skip link comes next.
  if (shownBefore) {
    (main.querySelector("h1") || main).focus({preventScroll: true});
  }
  shownBefore = true;
}

// Repeats an action while its page is shown and seen. One at a time: a slow daemon is not asked twice.
function every(signal, milliseconds, action) {
  let timer = 0;
  const next = () => {
    timer = setTimeout(round, milliseconds);
  };
  const round = async () => {
    if (!document.hidden) {
      try {
        await action();
      } catch (error) {
        if (!signal.aborted && isLockedOut(error)) {
          lockOut();
          return;
        }
      }
    }
    if (!signal.aborted) {
      next();
    }
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  next();
}

function isLockedOut(error) {
  return error instanceof api.Refused && error.status === 401;
}

function lockOut() {
  leave.abort();
  leave = new AbortController();
  api.dropKey();
  showLocked();
}

function showLocked(error = null) {
  main.removeAttribute("aria-busy");
  present(leave.signal, "Closed", [
    parts.heading(error ? "This link no longer opens" : "Open it from a terminal"),
    error ? parts.failure(error) : null,
    el(
      "p",
      {},
      "The console opens with a link that holds once, for a minute. Get one with ",
      el("code", {}, "mneme open"),
      ".",
    ),
    el(
      "p",
      {class: "muted"},
      "What a browser holds ends with its tab or with the daemon, or twelve hours after it was last used.",
    ),
  ]);
}

function buildNav() {
  fill(
    document.getElementById("nav"),
    NAV.map(([name, text]) => el("li", {}, el("a", {href: "#/" + name, "data-page": name}, text))),
  );
}

function markNav(name) {
  for (const link of document.querySelectorAll("#nav a")) {
    if (link.dataset.page === name) {
      link.setAttribute("aria-current", "page");
    } else {
      link.removeAttribute("aria-current");
    }
  }
}

// One line on every page that says how it gets on.
async function beat() {
  if (document.hidden) {
    return;
  }
  let text;
  let tone;
  try {
    const state = await api.get("/api/health");
    [text, tone] = health.verdict(state);
  } catch (error) {
    [text, tone] = [error.message, "bad"];
  }
  pulse.hidden = false;
  if (pulse.dataset.tone !== tone && pulse.dataset.tone) {
    say("Mneme: " + text);
  }
  pulse.dataset.tone = tone;
  fill(
    pulse,
    el("a", {href: "#/health"}, el("span", {class: "dot", "aria-hidden": "true"}), text),
  );
}

async function begin() {
  const code = new URLSearchParams(location.hash.replace(/^#/, "")).get("open");
  if (code !== null) {
    // The code is spent with the first look at it: it has no place in the history.
    history.replaceState(null, "", location.pathname + "#/");
    try {
      await api.redeem(code);
    } catch (error) {
      if (!api.hasKey()) {
        showLocked(error);
        return;
      }
    }
  }
  await route();
}

buildNav();
markNav("");
document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
window.addEventListener("hashchange", () => {
  if (location.hash.startsWith("#open=")) {
    begin();
  } else {
    route();
  }
});
begin();
(async function beatOn() {
  await beat();
  setTimeout(beatOn, PULSE_MS);
})();
