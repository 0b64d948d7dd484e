// Rules that an agent is told right before the calls they are about.

import * as api from "/console/api.js";
import {el, say} from "/console/dom.js";
import * as parts from "/console/parts.js";
import * as words from "/console/words.js";

const SECTIONS = [
  ["proposed", "Proposed", "Accepted ones are told from then on."],
  ["active", "Told", ""],
  ["retired", "Retired", ""],
];

const TONES = {critical: "bad", warning: "warn", info: "quiet"};

export async function show({signal, again}) {
  const lessons = await api.get("/api/lessons", {state: "all", limit: 100}, signal);
  return {
    title: "Lessons",
    body: [
      parts.heading("Lessons"),
      lessons.length === 0
        ? parts.empty(
            "No lessons yet",
            "Add one with “mneme lesson add”. Failures that came again with their fix are proposed here.",
          )
        : SECTIONS.map(([state, title, about]) => {
            const own = lessons.filter((lesson) => lesson.state === state);
            return own.length === 0
              ? null
              : el(
                  "section",
                  {"aria-labelledby": "s-" + state},
                  el("h2", {id: "s-" + state}, title),
                  about ? el("p", {class: "muted"}, about) : null,
                  el("ul", {class: "cards"}, own.map((lesson) => card(lesson, again))),
                );
          }),
    ],
  };
}

function card(lesson, again) {
  const act = (path, done) => async () => {
    await api.post("/api/lessons/" + lesson.id + path);
    await again();
    say(done);
  };
  return el(
    "li",
    {},
    el("h3", {}, lesson.title, parts.chip(lesson.severity, TONES[lesson.severity])),
    el("p", {class: "prose"}, parts.inline(lesson.rule)),
    parts.facts([
      ["Before", lesson.trigger_tool ? el("span", {class: "mono"}, lesson.trigger_tool) : null],
      ["Matching", lesson.trigger_pattern ? el("span", {class: "mono"}, lesson.trigger_pattern) : null],
      ["Project", lesson.project_name || "all projects"],
      ["Told", words.plural(lesson.trigger_count, "time") + (lesson.last_triggered_at ? ", last " + words.ago(lesson.last_triggered_at) : "")],
      ["From", lesson.observation_ids.length > 0 ? lesson.observation_ids.map((id) => [parts.observationLink(id, "#" + id), " "]) : null],
    ]),
    el(
      "div",
      {class: "actions"},
      lesson.state === "active"
        ? null
        : parts.acting("Accept", act("/accept", "Accepted"), {"aria-label": "Accept: " + lesson.title}),
      lesson.state === "retired"
        ? null
        : parts.acting("Retire", act("/retire", "Retired"), {"aria-label": "Retire: " + lesson.title}),
    ),
  );
}
