// What comes in, as it comes in: the latest events with what became of them, and the latest
// memories. Both lists are bounded by what is asked for, so nothing grows while one looks.

import * as api from "/console/api.js";
import {el, fill, say} from "/console/dom.js";
import * as parts from "/console/parts.js";
import * as words from "/console/words.js";

const INTERVAL_MS = 2_000;
const EVENTS = 40;
const MEMORIES = 12;

export async function show({signal, every}) {
  let paused = false;
  const events = new Map();
  const list = el("ol", {class: "events", "aria-label": "Events, the newest first"});
  const nothing = parts.empty(
    "Nothing has come in yet",
    "Work with Claude Code in some project: prompts, tool calls and answers appear here.",
  );
  const memories = el("ol", {class: "memories"});
  const noMemories = parts.empty(
    "No memories yet",
    "They are made when a turn ends that was worth it.",
  );
  const problem = el("div", {});

  const refresh = async (first) => {
    const [jobs, observations] = await Promise.all([
      api.get("/api/queue", {all: true, limit: EVENTS}, signal),
      api.get("/api/observations", {limit: MEMORIES}, signal),
    ]);
    const fresh = update(list, events, jobs.jobs);
    nothing.hidden = jobs.jobs.length > 0;
    noMemories.hidden = observations.length > 0;
    const newest = String(observations.map((one) => [one.id, one.edited_at, one.pinned_at]));
    if (memories.dataset.shown !== newest) {
      memories.dataset.shown = newest;
      fill(memories, observations.map((one) => parts.memory(one)));
    }
    if (!first && fresh > 0) {
      say(words.plural(fresh, "new event"));
    }
  };
  await refresh(true);

  every(INTERVAL_MS, async () => {
    if (paused) {
      return;
    }
    try {
      await refresh(false);
      fill(problem);
    } catch (error) {
      if (!signal.aborted) {
        fill(problem, parts.failure(error));
      }
      throw error;
    }
  });

  const pause = parts.button(
    "Hold",
    () => {
      paused = !paused;
      pause.textContent = paused ? "Go on" : "Hold";
    },
    {class: "quiet"},
  );

  return {
    title: "Live",
    body: [
      parts.heading("Live", pause),
      problem,
      el(
        "div",
        {class: "columns"},
        el("section", {"aria-labelledby": "events"}, el("h2", {id: "events"}, "Events"), nothing, list),
        el(
          "section",
          {"aria-labelledby": "memories"},
          el("h2", {id: "memories"}, "Latest memories"),
          noMemories,
          memories,
        ),
      ),
    ],
  };
}

// Keeps the rows that are there, so that a reader's place and focus stay.
function update(list, rows, jobs) {
  let fresh = 0;
  const seen = new Set();
  let before = null;
  for (const job of jobs) {
    seen.add(job.id);
    const stamp = job.state + "/" + job.outcome + "/" + job.skip_reason;
    let row = rows.get(job.id);
    if (!row) {
      row = el("li", {"data-job": job.id});
      rows.set(job.id, row);
      fresh++;
    }
    if (row.dataset.stamp !== stamp) {
      row.dataset.stamp = stamp;
      fill(row, line(job));
    }
    const place = before === null ? list.firstChild : before.nextSibling;
    if (place !== row) {
      list.insertBefore(row, place);
    }
    before = row;
  }
  for (const [id, row] of rows) {
    if (!seen.has(id)) {
      row.remove();
      rows.delete(id);
    }
  }
  return fresh;
}

export function line(job) {
  const [text, tone] = words.state(job);
  return [
    parts.time(job.occurred_at),
    el("a", {href: "#/queue/" + job.id, class: "event-name"}, words.event(job)),
    el("span", {class: "event-place"}, job.project_name, " ", parts.sessionLink(job.session_id)),
    parts.chip(text, tone),
  ];
}
