// Sessions, and one of them from its first prompt to its end.

import * as api from "/console/api.js";
import {el} from "/console/dom.js";
import * as parts from "/console/parts.js";
import * as words from "/console/words.js";

const LIMIT = 50;
const MEMORIES = 100;

export async function list({query, signal}) {
  const project = query.get("project");
  const [sessions, summaries] = await Promise.all([
    api.get("/api/sessions", {project, limit: LIMIT}, signal),
    api.get("/api/summaries", {project, limit: LIMIT}, signal),
  ]);
  const about = new Map(
    summaries.map((one) => [one.session_id, one.request || one.completed || one.learned]),
  );
  return {
    title: "Sessions",
    body: [
      parts.heading("Sessions"),
      project ? el("p", {class: "muted"}, "Of one project. ", el("a", {href: "#/sessions"}, "Show all")) : null,
      sessions.length === 0
        ? parts.empty("No sessions yet", "A session appears with its first prompt or tool call.")
        : parts.table(
            "Sessions, the newest first",
            [["Session", ""], ["About", "wide"], ["Project", ""], ["Began", ""], ["Prompts", "figure"], ["State", ""]],
            sessions.map((one) => [
              parts.sessionLink(one.session_id),
              about.has(one.session_id) ? el("p", {class: "clamped"}, parts.inline(about.get(one.session_id) || "")) : null,
              one.project_name,
              parts.time(one.started_at),
              words.number(one.prompt_count),
              parts.chip(one.status, one.status === "active" ? "good" : "quiet"),
            ]),
          ),
    ],
  };
}

export async function one({id, signal}) {
  const path = "/api/sessions/" + encodeURIComponent(id);
  const [detail, memories, told] = await Promise.all([
    api.get(path, {}, signal),
    api.get("/api/observations", {session: id, limit: MEMORIES}, signal),
    api.get(path + "/told", {limit: 50}, signal),
  ]);
  const session = detail.session;
  return {
    title: "Session " + words.shortId(id),
    body: [
      parts.heading("Session"),
      parts.facts([
        ["Id", el("span", {class: "mono"}, session.session_id)],
        ["Project", el("a", {href: "#/sessions?project=" + session.project_id}, session.project_name)],
        ["Agent", session.agent_type],
        ["Began", [parts.time(session.started_at), session.start_source ? " by " + session.start_source : ""]],
        ["Ended", session.completed_at ? [parts.time(session.completed_at), session.end_reason ? ", " + session.end_reason : ""] : "not yet"],
        ["Branch", detail.branch ? el("span", {class: "mono"}, detail.branch, detail.commit ? " at " + detail.commit.slice(0, 10) : "") : null],
      ]),
      detail.session_summary ? [el("h2", {}, "What it came to"), summary(detail.session_summary)] : null,
      el("h2", {}, "Timeline"),
      timeline(detail, memories),
      el("h2", {}, "Told at its start"),
      told.told.length === 0
        ? el("p", {class: "muted"}, "It was told nothing.")
        : el(
            "ul",
            {class: "plain"},
            told.told.map((one) =>
              el(
                "li",
                {},
                parts.observationLink(one.id, one.title),
                el("p", {class: "meta"}, one.because, one.evidence ? ": " + one.evidence : "", parts.time(one.at)),
              ),
            ),
          ),
      el("p", {class: "after"}, el("a", {href: "#/queue?session=" + encodeURIComponent(id)}, "Its events")),
    ],
  };
}

function timeline(detail, memories) {
  const ofTurn = (number) => memories.filter((one) => (one.prompt_number || 0) === number);
  const before = ofTurn(0);
  const known = new Set(detail.turns.map((turn) => turn.prompt_number));
  const loose = memories.filter((one) => one.prompt_number && !known.has(one.prompt_number));
  if (detail.turns.length === 0 && memories.length === 0) {
    return parts.empty("Nothing to tell", "Of this session no prompt and no memory is kept.");
  }
  return el(
    "ol",
    {class: "timeline"},
    before.length > 0 || loose.length > 0
      ? el("li", {}, el("h3", {}, "Without a prompt"), memoryList([...before, ...loose]))
      : null,
    detail.turns.map((turn) => {
      const said = detail.turn_summaries.find((one) => one.prompt_number === turn.prompt_number);
      const agents = detail.agents.filter((one) => one.prompt_number === turn.prompt_number);
      return el(
        "li",
        {},
        el(
          "h3",
          {},
          "Turn " + turn.prompt_number,
          parts.time(turn.started_at),
          turn.ended_at ? null : parts.chip("open", "good"),
        ),
        el("blockquote", {class: "prompt"}, turn.prompt),
        said ? summary(said, true) : null,
        agents.map((agent) =>
          folded("Report of " + (agent.agent_type || "a subagent"), agent.result || "It said nothing."),
        ),
        memoryList(ofTurn(turn.prompt_number)),
        turn.answer ? folded("Answer", turn.answer) : null,
      );
    }),
    detail.compactions.map((one) =>
      el(
        "li",
        {},
        el("h3", {}, "Context compacted", parts.time(one.at)),
        one.summary ? folded("Summary", one.summary) : null,
      ),
    ),
  );
}

function memoryList(memories) {
  return memories.length === 0
    ? null
    : el("ol", {class: "memories"}, memories.map((one) => parts.memory(one)));
}

function folded(name, text) {
  return el("details", {}, el("summary", {}, name), el("div", {class: "prose"}, parts.inline(text)));
}

// A turn's prompt stands above it and need not be said again.
function summary(said, ofTurn = false) {
  return parts.facts(
    [
      ["Asked", ofTurn ? null : said.request],
      ["Looked at", said.investigated],
      ["Learned", said.learned],
      ["Done", said.completed],
      ["Left to do", said.next_steps],
    ].map(([name, text]) => [name, text ? parts.inline(text) : null]),
  );
}
