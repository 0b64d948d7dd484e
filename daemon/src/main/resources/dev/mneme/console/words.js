// Figures, times and states as people say them.

const DAY = new Intl.DateTimeFormat(undefined, {day: "numeric", month: "short", year: "numeric"});
const CLOCK = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit", minute: "2-digit", second: "2-digit",
});
const WHOLE = new Intl.NumberFormat("en");

export function number(value) {
  return value === null || value === undefined || value < 0 ? "unknown" : WHOLE.format(value);
}

export function plural(count, one, many = one + "s") {
  return number(count) + " " + (count === 1 ? one : many);
}

export function bytes(value) {
  if (value === null || value === undefined) {
    return "unknown";
  }
  if (value < 0) {
    return "−" + bytes(-value);
  }
  const units = ["B", "kB", "MB", "GB", "TB"];
  let rest = value;
  let unit = 0;
  while (rest >= 1000 && unit < units.length - 1) {
    rest /= 1000;
    unit++;
  }
  return (unit === 0 || rest >= 100 ? Math.round(rest) : rest.toFixed(1)) + " " + units[unit];
}

export function span(seconds) {
  if (seconds < 60) {
    return plural(Math.max(0, Math.round(seconds)), "second");
  }
  if (seconds < 3600) {
    return plural(Math.floor(seconds / 60), "minute");
  }
  if (seconds < 48 * 3600) {
    return plural(Math.floor(seconds / 3600), "hour");
  }
  return plural(Math.floor(seconds / 86_400), "day");
}

export function ago(iso) {
  return span((Date.now() - Date.parse(iso)) / 1000) + " ago";
}

export function clock(iso) {
  return CLOCK.format(new Date(iso));
}

export function day(iso) {
  return DAY.format(new Date(iso));
}

export function moment(iso) {
  const at = new Date(iso);
  const today = new Date().toDateString() === at.toDateString();
  return today ? CLOCK.format(at) : DAY.format(at) + ", " + CLOCK.format(at);
}

const EVENTS = {
  "session-start": "Session begins",
  "user-prompt-submit": "Prompt",
  "post-tool-use": "Tool",
  "post-tool-use-failure": "Tool failed",
  "stop": "Answer ends",
  "subagent-stop": "Subagent ends",
  "post-compact": "Context compacted",
  "session-end": "Session ends",
};

export function event(job) {
  const word = EVENTS[job.event] || job.event;
  if (!job.tool_name) {
    return word;
  }
  return job.event === "post-tool-use-failure" ? job.tool_name + " failed" : job.tool_name;
}

// The state of a job in a word, and its tone.
export function state(job) {
  switch (job.state) {
    case "completed":
      return job.outcome === "remembered"
        ? ["remembered", "good"]
        : ["skipped: " + (job.skip_reason || "no reason"), "quiet"];
    case "scheduled":
      return ["in an open turn", "quiet"];
    case "available":
      return ["waiting", "plain"];
    case "running":
      return ["being read", "plain"];
    case "retryable":
      return ["tries again", "warn"];
    case "discarded":
      return ["dead", "bad"];
    default:
      return [job.state, "quiet"];
  }
}

// Long ids are told apart by their beginning.
export function shortId(id) {
  return id.length > 14 ? id.slice(0, 12) + "…" : id;
}
