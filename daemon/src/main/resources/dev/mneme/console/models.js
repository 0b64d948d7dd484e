// Which models there are, which work, and what follows; gets, chooses, checks and removes them.

import * as api from "/console/api.js";
import {el, fill, say} from "/console/dom.js";
import * as parts from "/console/parts.js";
import * as words from "/console/words.js";

const PULSE_MS = 1_000;

// A model of half a gigabyte is loaded and tried before the answer.
const USE_TIMEOUT_MS = 120_000;

const TONES = {"built in": "good", ready: "good", absent: "quiet", broken: "bad"};

export async function show({signal, every}) {
  const place = el("div", {});
  let shown = "";
  // Shows what is there now, unless it is what is shown; the focus stays on its button.
  const draw = async () => {
    const now = await Promise.all([
      api.get("/api/models", {}, signal),
      api.get("/api/health", {}, signal),
    ]);
    const [found, health] = now;
    const picture = JSON.stringify([found, health.embeddings, health.extraction]);
    if (picture === shown || place.querySelector("[data-asking]")) {
      return;
    }
    shown = picture;
    const focused = place.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    fill(place, page(found, health, draw));
    if (focused) {
      const same = [...place.querySelectorAll("[data-key]")].find((one) => one.dataset.key === focused);
      (same || place.querySelector("h1")).focus({preventScroll: true});
    }
  };
  await draw();
  let state = null;
  every(PULSE_MS, async () => {
    await draw();
    const work = place.querySelector("[data-work]")?.dataset.work;
    if (work && state && work !== state) {
      say(place.querySelector("[data-work]").textContent);
    }
    state = work;
  });
  return {title: "Models", body: place};
}

function page(found, health, draw) {
  const embeddings = health.embeddings;
  const extraction = health.extraction;
  return [
    parts.heading("Models"),
    parts.facts([
      ["Meaning", [embeddings.model + ", " + embeddings.dimensions + " dimensions, ", words.plural(embeddings.pending, "memory", "memories") + " without a vector"]],
      ["Follows", embeddings.change ? follows(embeddings.change, draw) : null],
      ["Understanding", extraction ? extraction.in_use : null],
      ["Pauses", extraction ? extraction.paused : null],
    ]),
    embeddings.problem ? parts.notice(embeddings.problem, "warn") : null,
    extraction && extraction.hint ? parts.notice(parts.inline(extraction.hint), "warn") : null,
    extraction && extraction.backends.length > 0
      ? parts.table(
          "Who is asked to understand turns, in this order",
          [["Asked", ""], ["Model", ""], ["State", ""]],
          extraction.backends.map((one) => [one.name, one.model, one.state + (one.problem ? ": " + one.problem : "")]),
        )
      : null,
    el("h2", {}, "Known"),
    found.work ? work(found.work, draw) : null,
    parts.table(
      "Models",
      [["Model", ""], ["For", ""], ["State", ""], ["Size", "figure"], ["Licence", ""], ["About", ""], ["Actions", ""]],
      found.models.map((model) => [
        [el("span", {class: "mono"}, model.name), model.chosen ? parts.chip("chosen", "good") : null],
        model.kind,
        parts.chip(model.state, TONES[model.state]),
        model.bytes ? words.bytes(model.bytes) : "–",
        model.licence,
        model.about,
        actions(model, found.work, draw),
      ]),
    ),
    el("p", {class: "muted"}, "Models of your own are named in ", el("code", {}, "models/own.json"), "."),
  ];
}

function follows(change, draw) {
  const stay = async () => {
    await api.post("/api/models/cancel");
    await draw();
    say("Stays with the model that serves");
  };
  return [
    change.model + ": " + words.number(change.done) + " of " + words.number(change.total) + " vectors ",
    parts.acting("Stay with the former", stay, {"data-key": "stay"}),
  ];
}

// What is being downloaded or read again, or how that ended.
function work(now, draw) {
  const pulling = now.kind === "pull";
  if (now.state === "failed") {
    return el(
      "div",
      {class: "notice bad", role: "alert", "data-work": "failed"},
      el("p", {}, parts.inline(parts.capital(now.problem)), "."),
      now.hint ? el("p", {class: "muted"}, parts.inline(parts.capital(now.hint)), ".") : null,
    );
  }
  if (now.state !== "running") {
    const text = {
      done: pulling ? " is here." : " holds: every checksum is right.",
      stopped: pulling ? ": stopped; what has arrived stays." : ": stopped.",
    }[now.state];
    return el("p", {class: "notice", role: "note", "data-work": now.state}, el("span", {class: "mono"}, now.model), text);
  }
  const stop = async () => {
    await api.post("/api/models/stop");
    await draw();
  };
  const name = (pulling ? "Getting " : "Reading ") + now.model;
  return el(
    "div",
    {class: "notice", "data-work": "running"},
    el("p", {}, name, now.file ? [": ", el("span", {class: "mono"}, now.file)] : null),
    el("progress", {
      "aria-label": name,
      value: now.total ? now.bytes : null,
      max: now.total ? now.total : null,
    }),
    el(
      "p",
      {class: "muted"},
      now.total
        ? words.bytes(now.bytes) + " of " + words.bytes(now.total) + ", " + Math.floor((100 * now.bytes) / now.total) + " %"
        : now.bytes ? words.bytes(now.bytes) : "under way",
    ),
    el("div", {class: "actions"}, parts.acting("Stop", stop, {"data-key": "stop"})),
  );
}

// What the command line can do with a model that is as this one is.
function actions(model, current, draw) {
  const busy = current && current.state === "running";
  const act = (path, done, timeout) => async () => {
    await api.post("/api/models/" + path, {name: model.name}, null, timeout);
    await draw();
    if (done) {
      say(done);
    }
  };
  const button = (text, path, done, timeout) =>
    parts.acting(text, act(path, done, timeout), {
      "aria-label": text + ": " + model.name,
      "data-key": text + " " + model.name,
    });
  const here = model.state === "ready" || model.state === "broken";
  return el(
    "div",
    {class: "actions"},
    (model.state === "absent" || model.state === "broken") && !busy
      ? button(model.state === "absent" ? "Get" : "Get again", "pull")
      : null,
    !model.chosen && (model.state === "ready" || model.state === "built in")
      ? button("Use", "use", "Chosen", USE_TIMEOUT_MS)
      : null,
    here && !busy ? button("Verify", "verify") : null,
    here && !busy && (!model.chosen || model.kind === "reranking")
      ? parts.asking("Remove", "Remove " + model.name + "?", act("remove", "Removed"), {
          "aria-label": "Remove: " + model.name,
          "data-key": "Remove " + model.name,
        })
      : null,
  );
}
