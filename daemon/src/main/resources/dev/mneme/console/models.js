// Which models there are, which work, and what follows.

import * as api from "/console/api.js";
import {el} from "/console/dom.js";
import * as parts from "/console/parts.js";
import * as words from "/console/words.js";

const TONES = {"built in": "good", ready: "good", absent: "quiet", broken: "bad"};

export async function show({signal}) {
  const [found, health] = await Promise.all([
    api.get("/api/models", {}, signal),
    api.get("/api/health", {}, signal),
  ]);
  const embeddings = health.embeddings;
  const extraction = health.extraction;
  return {
    title: "Models",
    body: [
      parts.heading("Models"),
      parts.facts([
        ["Meaning", [embeddings.model + ", " + embeddings.dimensions + " dimensions, ", words.plural(embeddings.pending, "memory", "memories") + " without a vector"]],
        ["Follows", embeddings.change ? embeddings.change.model + ": " + words.number(embeddings.change.done) + " of " + words.number(embeddings.change.total) + " vectors" : null],
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
      parts.table(
        "Models",
        [["Model", ""], ["For", ""], ["State", ""], ["Size", "figure"], ["Licence", ""], ["About", ""]],
        found.models.map((model) => [
          [el("span", {class: "mono"}, model.name), model.chosen ? parts.chip("chosen", "good") : null],
          model.kind,
          parts.chip(model.state, TONES[model.state]),
          model.bytes ? words.bytes(model.bytes) : "–",
          model.licence,
          model.about,
        ]),
      ),
      el("p", {class: "muted"}, "Get one and choose it with ", el("code", {}, "mneme models"), "."),
    ],
  };
}
