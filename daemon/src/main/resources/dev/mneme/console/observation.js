// One memory: what it says, where it comes from, who was told it, and how to correct it.

import * as api from "/console/api.js";
import {el, fill, say} from "/console/dom.js";
import * as parts from "/console/parts.js";
import * as words from "/console/words.js";

export async function one({id, signal, again}) {
  const path = "/api/observations/" + encodeURIComponent(id);
  const [memory, origin, why] = await Promise.all([
    api.get(path, {}, signal),
    api.get(path + "/origin", {}, signal),
    api.get(path + "/why", {limit: 50}, signal),
  ]);
  const act = (done, action) => async () => {
    await action();
    await again();
    say(done);
  };
  const editor = el("div", {});
  return {
    title: memory.title,
    body: [
      parts.heading(parts.inline(memory.title)),
      el(
        "p",
        {class: "meta"},
        parts.typeMark(memory.type),
        el("span", {}, memory.project_name),
        parts.time(memory.created_at),
        el("span", {class: "mono"}, "#" + memory.id),
        memory.pinned_at ? parts.chip("pinned", "good") : null,
        memory.edited_at ? parts.chip("edited " + words.ago(memory.edited_at)) : null,
        memory.has_embedding ? null : parts.chip("no vector", "quiet"),
      ),
      memory.closed_at ? closed(memory) : null,
      memory.subtitle ? el("p", {class: "lead"}, parts.inline(memory.subtitle)) : null,
      memory.narrative ? el("div", {class: "prose"}, parts.inline(memory.narrative)) : null,
      memory.facts.length > 0 ? el("ul", {class: "bullets"}, memory.facts.map((one) => el("li", {}, parts.inline(one)))) : null,
      parts.facts([
        ["Changed", files(memory.files_modified)],
        ["Read", files(memory.files_read)],
        ["Concepts", memory.concepts.length > 0 ? memory.concepts.map((one) => [parts.chip(one, "quiet"), " "]) : null],
      ]),
      el(
        "div",
        {class: "actions"},
        parts.acting(
          memory.pinned_at ? "Unpin" : "Pin",
          act(memory.pinned_at ? "Unpinned" : "Pinned", () => api.post(path + "/pin", {pinned: !memory.pinned_at})),
          {title: "A pinned memory is told at every start of its project"},
        ),
        parts.button("Edit", () => edit(editor, memory, path, again)),
        memory.closed_at
          ? parts.acting("Bring back", act("Brought back", () => api.post(path + "/reopen")))
          : parts.acting("Wrong", act("Closed: it is told no more", () => api.post(path + "/close")), {
              title: "Takes it out of recall; it can be brought back",
            }),
      ),
      editor,
      el("h2", {}, "Where it comes from"),
      provenance(origin),
      el("h2", {}, "Who was told it, and why"),
      why.told.length === 0
        ? el("p", {class: "muted"}, "No session was told it at its start in the last weeks.")
        : el(
            "ul",
            {class: "plain"},
            why.told.map((one) =>
              el(
                "li",
                {},
                parts.sessionLink(one.session_id),
                el("p", {class: "meta"}, el("span", {}, one.because + (one.evidence ? ": " + one.evidence : "")), parts.time(one.at)),
              ),
            ),
          ),
    ],
  };
}

function closed(memory) {
  return parts.notice(
    ["It holds no more since " + words.moment(memory.closed_at) + ", and no search finds it. ",
      memory.superseded_by
        ? parts.observationLink(memory.superseded_by, "What holds instead: #" + memory.superseded_by)
        : null],
    "warn",
  );
}

function files(names) {
  return names.length === 0
    ? null
    : el("ul", {class: "paths"}, names.map((one) => el("li", {class: "mono"}, one)));
}

function provenance(origin) {
  const maker = {api: "an agent, over REST", manual: "by hand"}[origin.made_by];
  return [
    parts.facts([
      ["Made by", maker || origin.made_by + ", version " + origin.made_by_version],
      ["Stored", parts.time(origin.stored_at)],
      ["Session", parts.sessionLink(origin.session_id)],
    ]),
    origin.events.length === 0
      ? el("p", {class: "muted"}, "No event that it was made from is kept.")
      : el(
          "ol",
          {class: "events"},
          origin.events.map((one) =>
            el(
              "li",
              {},
              parts.time(one.occurred_at),
              one.job_id === null
                ? el("span", {class: "event-name"}, words.event(one))
                : el("a", {href: "#/queue/" + one.job_id, class: "event-name"}, words.event(one)),
              el("span", {class: "event-place"}, [one.agent_type, one.branch].filter(Boolean).join(", ")),
              one.payload_kept ? null : parts.chip("content gone", "quiet"),
            ),
          ),
        ),
  ];
}

function edit(place, memory, path, again) {
  const problem = el("div", {});
  const value = (name, text, attributes, long) => [
    el("label", {for: "e-" + name}, text),
    long
      ? el("textarea", {id: "e-" + name, name, rows: 6, ...attributes}, memory[name] || "")
      : el("input", {id: "e-" + name, name, type: "text", value: memory[name] || "", ...attributes}),
  ];
  const form = el(
    "form",
    {
      class: "edit",
      on: {
        submit: async (event) => {
          event.preventDefault();
          const said = new FormData(event.target);
          try {
            await api.post(path + "/edit", {
              title: said.get("title"),
              type: said.get("type"),
              narrative: said.get("narrative") || null,
            });
            await again();
            say("Saved");
          } catch (error) {
            fill(problem, parts.failure(error));
          }
        },
      },
    },
    el("div", {}, value("title", "Title", {required: true, maxlength: 500}, false)),
    el(
      "div",
      {},
      el("label", {for: "e-type"}, "Type"),
      el(
        "select",
        {id: "e-type", name: "type"},
        parts.TYPES.map((type) => el("option", {value: type, selected: type === memory.type}, type)),
      ),
    ),
    el("div", {}, value("narrative", "Text", {}, true)),
    problem,
    el(
      "div",
      {class: "actions"},
      el("button", {type: "submit", class: "main-action"}, "Save"),
      parts.button("Leave it", () => fill(place)),
    ),
  );
  fill(place, form);
  form.querySelector("input").focus();
}
