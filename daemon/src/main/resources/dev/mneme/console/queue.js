// The jobs of captured events; the dead ones first, because they wait for a person.

import * as api from "/console/api.js";
import {el, say} from "/console/dom.js";
import * as parts from "/console/parts.js";
import * as words from "/console/words.js";

const LIMIT = 100;

const VIEWS = [
  ["", "Open"],
  ["discarded", "Dead"],
  ["all", "All"],
];

export async function list({query, signal, again}) {
  const view = query.get("state") || "";
  const session = query.get("session");
  const [found, health] = await Promise.all([
    api.get(
      "/api/queue",
      {
        session,
        state: view === "discarded" ? "discarded" : null,
        all: view === "all" || session ? true : null,
        limit: LIMIT,
      },
      signal,
    ),
    api.get("/api/health", {}, signal),
  ]);
  const dead = health.queue.dead;
  return {
    title: "Queue",
    body: [
      parts.heading("Queue"),
      session
        ? el("p", {class: "muted"}, "Of the session ", parts.sessionLink(session), ". ", el("a", {href: "#/queue"}, "Show all"))
        : el(
            "ul",
            {class: "tabs"},
            VIEWS.map(([name, text]) =>
              el(
                "li",
                {},
                el(
                  "a",
                  {href: "#/queue" + (name ? "?state=" + name : ""), "aria-current": view === name ? "true" : null},
                  text,
                  name === "discarded" && dead > 0 ? " (" + words.number(dead) + ")" : "",
                ),
              ),
            ),
          ),
      dead > 0 && !session
        ? el(
            "div",
            {class: "notice warn actions"},
            el("span", {}, words.plural(dead, "dead job") + ": tried as often as it may be, and given up."),
            parts.acting("Retry all", async () => {
              const answer = await api.post("/api/queue/retry?state=discarded");
              await again();
              say(words.plural(answer.retried, "job") + " tried again");
            }),
          )
        : null,
      found.jobs.length === 0
        ? parts.empty(
            view === "discarded" ? "No dead jobs" : "Nothing is queued",
            view === "discarded" ? "Everything that was tried was done." : "Each captured event is worked on when its turn ends.",
          )
        : parts.table(
            "Jobs, the newest first",
            [["Job", "figure"], ["Event", ""], ["Project", ""], ["Session", ""], ["When", ""], ["State", ""], ["", ""]],
            found.jobs.map((job) => row(job, again)),
          ),
      found.jobs.length === LIMIT ? el("p", {class: "muted"}, "The newest " + LIMIT + " are shown.") : null,
    ],
  };
}

function row(job, again) {
  const [text, tone] = words.state(job);
  return [
    el("a", {href: "#/queue/" + job.id, class: "mono"}, job.id),
    words.event(job),
    job.project_name,
    parts.sessionLink(job.session_id),
    parts.time(job.occurred_at),
    parts.chip(text, tone),
    job.state === "discarded" ? retry(job, again) : null,
  ];
}

function retry(job, again) {
  return parts.acting(
    "Retry",
    async () => {
      await api.post("/api/queue/" + job.id + "/retry");
      await again();
      say("Job " + job.id + " is tried again");
    },
    {"aria-label": "Retry job " + job.id},
  );
}

export async function one({id, signal, again}) {
  const job = await api.get("/api/queue/" + encodeURIComponent(id), {payload: true}, signal);
  const [text, tone] = words.state(job);
  return {
    title: "Job " + job.id,
    body: [
      parts.heading("Job " + job.id, parts.chip(text, tone)),
      parts.facts([
        ["Event", words.event(job)],
        ["Project", job.project_name],
        ["Session", parts.sessionLink(job.session_id)],
        ["Happened", parts.time(job.occurred_at)],
        ["Captured", parts.time(job.created_at)],
        ["Attempts", job.attempt + " of " + job.max_attempts],
        ["Last error", job.last_error ? el("span", {class: "mono"}, job.last_error) : null],
        ["Last tried", job.attempted_at ? parts.time(job.attempted_at) : null],
        ["Ended", job.finalized_at ? parts.time(job.finalized_at) : null],
        ["Tool use", job.tool_use_id ? el("span", {class: "mono"}, job.tool_use_id) : null],
      ]),
      ["discarded", "cancelled", "retryable"].includes(job.state)
        ? el("div", {class: "actions"}, retry(job, again))
        : null,
      el("h2", {}, "What the host sent"),
      job.payload
        ? el("pre", {class: "payload", tabindex: "0", "aria-label": "Payload"}, pretty(job.payload))
        : el("p", {class: "muted"}, "The content is not kept, or not any more."),
    ],
  };
}

function pretty(json) {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}
