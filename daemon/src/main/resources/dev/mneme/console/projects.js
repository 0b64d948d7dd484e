// What memories belong to.

import * as api from "/console/api.js";
import {el, say} from "/console/dom.js";
import * as parts from "/console/parts.js";
import * as words from "/console/words.js";

export async function show({signal, again}) {
  const [found, pauses] = await Promise.all([
    api.get("/api/projects", {limit: 500}, signal),
    api.get("/api/pause", {}, signal),
  ]);
  return {
    title: "Projects",
    body: [
      parts.heading("Projects"),
      pauses.paused.map((pause) =>
        parts.notice(
          "Nothing is captured for " + (pause.name || (pause.kind === "all" ? "any project" : "a " + pause.kind))
            + (pause.until ? " until " + words.moment(pause.until) : " until `mneme resume`".replaceAll("`", "")) + ".",
          "warn",
        ),
      ),
      found.projects.length === 0
        ? parts.empty("No projects yet", "The folder of the first session becomes the first project.")
        : el(
            "ul",
            {class: "cards"},
            found.projects.map((project) =>
              el(
                "li",
                {},
                el("h2", {}, project.name),
                el(
                  "p",
                  {class: "meta"},
                  el("a", {href: "#/sessions?project=" + project.id}, words.plural(project.sessions, "session")),
                  el("span", {}, words.plural(project.observations, "memory", "memories")),
                  project.last_event_at ? el("span", {}, "last ", parts.time(project.last_event_at)) : null,
                ),
                parts.facts([
                  ["Folders", paths(project.paths)],
                  ["Remotes", paths(project.remotes)],
                  ["Also called", project.aliases.join(", ")],
                ]),
                change(project, found.projects, again),
              ),
            ),
          ),
      el("p", {class: "muted"}, "Aliases and deleting: ", el("code", {}, "mneme project"), "."),
    ],
  };
}

// Another name, and the way into another project; behind a word, since neither is done often.
function change(project, all, again) {
  const name = el("input", {
    id: "name-" + project.id, name: "name", type: "text", value: project.name, autocomplete: "off",
    spellcheck: "false", required: true,
  });
  const into = el(
    "select",
    {id: "into-" + project.id, name: "into"},
    all.filter((one) => one.id !== project.id).map((one) => el("option", {value: one.name}, one.name)),
  );
  const rename = async () => {
    await api.post("/api/projects/rename", {project: project.name, name: name.value});
    await again();
    say("Renamed");
  };
  const merge = async () => {
    await api.post("/api/projects/merge", {from: project.name, into: into.value});
    await again();
    say("Merged");
  };
  return el(
    "details",
    {},
    el("summary", {"aria-label": "Change " + project.name}, "Change"),
    el("label", {for: "name-" + project.id}, "Name"),
    name,
    el("div", {class: "actions"}, parts.acting("Rename", rename, {"aria-label": "Rename " + project.name})),
    all.length < 2
      ? null
      : [
          el("label", {for: "into-" + project.id}, "Give everything of it to"),
          into,
          el("p", {class: "muted"}, "This cannot be undone: its sessions and memories belong to the other from then on."),
          el("div", {class: "actions"}, parts.acting("Merge", merge, {"aria-label": "Merge " + project.name})),
        ],
  );
}

function paths(names) {
  return names.length === 0
    ? null
    : el("ul", {class: "paths"}, names.map((one) => el("li", {class: "mono"}, one)));
}
