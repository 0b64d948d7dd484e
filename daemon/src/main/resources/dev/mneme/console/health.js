// How it gets on: progress first, then what it is made of.

import * as api from "/console/api.js";
import {el, fill} from "/console/dom.js";
import * as parts from "/console/parts.js";
import * as words from "/console/words.js";

const INTERVAL_MS = 5_000;

// One line for everything, and its tone.
export function verdict(health) {
  if (health.db.error) {
    return ["captures to the spool: " + health.db.error, "bad"];
  }
  const progress = health.progress;
  if (progress && progress.state === "stalled") {
    return ["stalled: the oldest job is " + words.span(progress.oldest_job_seconds) + " old", "bad"];
  }
  if (health.storage && health.storage.warning) {
    return [health.storage.warning, "warn"];
  }
  if (health.queue.dead > 0) {
    return [words.plural(health.queue.dead, "dead job"), "warn"];
  }
  if (progress && progress.state === "working") {
    return ["working, " + words.number(health.queue.pending) + " to do", "good"];
  }
  return ["up to date", "good"];
}

export async function show({signal, every}) {
  const body = el("div", {});
  const refresh = async () => fill(body, page(await api.get("/api/health", {}, signal)));
  await refresh();
  every(INTERVAL_MS, refresh);
  return {title: "Health", body: [parts.heading("Health"), body]};
}

function page(health) {
  const [text, tone] = verdict(health);
  const progress = health.progress;
  const storage = health.storage;
  const free = storage ? storage.free_bytes : null;
  return [
    parts.notice(parts.capital(text) + ".", tone),
    el(
      "div",
      {class: "figures"},
      tile("Oldest job", progress && progress.oldest_job_seconds !== null ? words.span(progress.oldest_job_seconds) : "none is due"),
      tile("Last one done", progress && progress.last_success_at ? words.ago(progress.last_success_at) : "none yet"),
      tile("Dead jobs", words.number(health.queue.dead)),
      tile("Memories", words.number(health.queue.observations_total)),
    ),
    el("h2", {}, "Queue"),
    parts.facts([
      ["To do", words.number(health.queue.pending)],
      ["In open turns", words.number(health.queue.scheduled)],
      ["In the spool", words.number(health.queue.spooled)],
      ["Refused", words.number(health.queue.refused)],
      ["Without a vector", words.number(health.embeddings.pending)],
    ]),
    el("h2", {}, "Made of"),
    parts.facts([
      ["Daemon", "version " + health.version + ", process " + health.pid],
      ["Database", health.db.error || health.db.provider + ", PostgreSQL " + health.db.version],
      ["Vectors", health.vector.extension === "available" ? "pgvector " + health.vector.version + ", " + words.number(health.vector.rows) + " rows" : "off" + (health.vector.hint ? ": " + health.vector.hint : "")],
      ["Meaning", health.embeddings.model],
      ["Understanding", health.extraction ? health.extraction.in_use : null],
    ]),
    el("h2", {}, "On the disk"),
    storage
      ? parts.facts([
          ["Database", words.bytes(storage.database_bytes) + (storage.growth_bytes_per_day !== null ? ", " + words.bytes(storage.growth_bytes_per_day) + " a day" : "")],
          ["Spool", words.bytes(storage.spool_bytes) + " of " + words.bytes(storage.spool_bytes_max)],
          ["Logs", words.bytes(storage.log_bytes)],
          ["Free", free === null ? null : words.bytes(free)],
        ])
      : null,
  ];
}

function tile(name, figure) {
  return el("div", {class: "tile"}, el("p", {class: "tile-name"}, name), el("p", {class: "tile-figure"}, figure));
}
