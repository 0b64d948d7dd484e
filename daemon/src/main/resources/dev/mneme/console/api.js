// The daemon's REST interface. The key lives in this tab's session storage, which belongs to this
// origin with its port, and is worth nothing once the daemon has ended.

const KEY = "mneme.key";
const TIMEOUT_MS = 20_000;

export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail || "the daemon answered " + status);
    this.status = status;
    this.code = problem.code || "";
    this.hint = problem.hint || "";
  }
}

export class Unreachable extends Error {
  constructor() {
    super("the daemon does not answer");
    this.hint = "it may have been stopped: `mneme start`, then `mneme open`";
  }
}

export function hasKey() {
  return sessionStorage.getItem(KEY) !== null;
}

export function dropKey() {
  sessionStorage.removeItem(KEY);
}

// Gives the one-time code of a link for a key.
export async function redeem(code) {
  const answer = await call("POST", "/api/console/key", null, null, code);
  sessionStorage.setItem(KEY, answer.key);
}

export function get(path, query = {}, signal = null) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") {
      parameters.set(name, value);
    }
  }
  const text = parameters.toString();
  return call("GET", text ? path + "?" + text : path, null, signal, sessionStorage.getItem(KEY));
}

export function post(path, body = {}, signal = null, timeoutMs = TIMEOUT_MS) {
  return call("POST", path, body, signal, sessionStorage.getItem(KEY), timeoutMs);
}

async function call(method, path, body, signal, key, timeoutMs = TIMEOUT_MS) {
  const headers = {Accept: "application/json"};
  if (key !== null) {
    headers.Authorization = "Bearer " + key;
  }
  const timeout = AbortSignal.timeout(timeoutMs);
  let response;
  let text;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body === null ? undefined : JSON.stringify(body),
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      signal: signal === null ? timeout : AbortSignal.any([signal, timeout]),
    });
    text = await response.text();
  } catch (failure) {
    if (signal !== null && signal.aborted) {
      throw failure;
    }
    throw new Unreachable();
  }
  let answer = {};
  try {
    answer = text === "" ? {} : JSON.parse(text);
  } catch {
    throw new Refused(response.status, {detail: "the daemon's answer is unreadable"});
  }
  if (!response.ok) {
    throw new Refused(response.status, answer);
  }
  return answer;
}
