// What memories belong to.

import * as api from "/console/api.js";
import {el} from "/console/dom.js";
import * as parts from "/console/parts.js";
import * as words from "/console/words.js";

export async function show({signal}) {
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
              ),
            ),
          ),
      el("p", {class: "muted"}, "Names and merges: ", el("code", {}, "mneme project"), "."),
    ],
  };
}

function paths(names) {
  return names.length === 0
    ? null
    : el("ul", {class: "paths"}, names.map((one) => el("li", {class: "mono"}, one)));
}
