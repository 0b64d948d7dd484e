// Written by `mneme agent-setup opencode`; `mneme agent-setup opencode --remove` takes it out again.
//
// Tells Mneme what happens in a session, in the words of Claude Code, and gives a session what it is
// told at its start. Whatever goes wrong here says nothing: a session must not feel it.
import { spawn } from "node:child_process";

const COMMANDS = /*COMMANDS*/;

const ANSWER_MS_MAX = 5000;
const ANSWER_CHARS_MAX = 64 * 1024;
const SESSIONS_MAX = 200;

const TOOLS = {
  bash: "Bash",
  read: "Read",
  write: "Write",
  edit: "Edit",
  glob: "Glob",
  grep: "Grep",
  webfetch: "WebFetch",
};
const INPUTS = {
  filePath: "file_path",
  oldString: "old_string",
  newString: "new_string",
  replaceAll: "replace_all",
};

function hook(event, payload) {
  return new Promise((done) => {
    try {
      const [program, ...words] = COMMANDS[event];
      const child = spawn(program, words, { stdio: ["pipe", "pipe", "ignore"] });
      let answer = "";
      const late = setTimeout(() => child.kill(), ANSWER_MS_MAX);
      child.stdout.on("data", (text) => {
        if (answer.length < ANSWER_CHARS_MAX) answer += text;
      });
      child.on("error", () => done(""));
      child.on("close", () => {
        clearTimeout(late);
        done(answer);
      });
      child.stdin.on("error", () => {});
      child.stdin.end(JSON.stringify(payload));
    } catch {
      done("");
    }
  });
}

function contextOf(answer) {
  try {
    return JSON.parse(answer).hookSpecificOutput.additionalContext || "";
  } catch {
    return "";
  }
}

function named(input) {
  const said = {};
  for (const [name, value] of Object.entries(input || {})) said[INPUTS[name] || name] = value;
  return said;
}

function toolName(tool) {
  return tool.startsWith("mneme_") ? "mcp__mneme__" + tool.slice("mneme_".length) : TOOLS[tool] || tool;
}

export const Mneme = async ({ directory }) => {
  // What is known of each session, the oldest forgotten first.
  const sessions = new Map();

  function known(id) {
    let session = sessions.get(id);
    if (!session) {
      session = { context: "", answer: "", users: new Set(), calls: new Set(), child: false };
      sessions.set(id, session);
      if (sessions.size > SESSIONS_MAX) sessions.delete(sessions.keys().next().value);
    }
    return session;
  }

  function payload(id, event, more) {
    return { session_id: id, cwd: directory, hook_event_name: event, ...more };
  }

  async function begin(id) {
    const session = known(id);
    if (!session.begun) {
      session.begun = hook("session-start", payload(id, "SessionStart", { source: "startup" }));
      session.context = contextOf(await session.begun);
    }
    await session.begun;
    return session;
  }

  async function call(part) {
    const session = known(part.sessionID);
    const state = part.state || {};
    const over = state.status === "completed" || state.status === "error";
    if (!over || session.calls.has(part.callID)) return;
    session.calls.add(part.callID);
    const tool = toolName(part.tool);
    const said = {
      tool_name: tool,
      tool_use_id: part.callID,
      tool_input: named(state.input),
    };
    const printed = state.output || "";
    const exit = (state.metadata || {}).exit;
    const failed = state.status === "error" || (tool === "Bash" && typeof exit === "number" && exit !== 0);
    if (failed) {
      const error = state.error || "Exit code " + exit + "\n" + printed;
      await hook("post-tool-use-failure", payload(part.sessionID, "PostToolUseFailure", { ...said, error }));
    } else {
      const response = tool === "Bash" ? { stdout: printed, stderr: "", interrupted: false } : printed;
      await hook("post-tool-use", payload(part.sessionID, "PostToolUse", { ...said, tool_response: response }));
    }
  }

  return {
    "chat.message": async (input, output) => {
      const session = await begin(input.sessionID);
      session.users.add(output.message && output.message.id);
      const prompt = (output.parts || [])
        .filter((part) => part.type === "text" && !part.synthetic)
        .map((part) => part.text)
        .join("\n");
      session.answer = "";
      if (prompt && !session.child) {
        await hook("user-prompt-submit", payload(input.sessionID, "UserPromptSubmit", { prompt }));
      }
    },
    "experimental.chat.system.transform": async (input, output) => {
      const session = input.sessionID && sessions.get(input.sessionID);
      if (session && session.context) output.system.push(session.context);
    },
    event: async ({ event }) => {
      const told = event.properties || {};
      if (event.type === "session.created" && told.info && told.info.parentID) {
        known(told.info.id).child = true;
      } else if (event.type === "message.part.updated" && told.part) {
        const part = told.part;
        if (part.type === "tool") await call(part);
        const session = known(part.sessionID);
        if (part.type === "text" && !part.synthetic && !session.users.has(part.messageID)) {
          session.answer = part.text;
        }
      } else if (event.type === "session.idle") {
        const session = known(told.sessionID);
        if (session.child) return;
        await hook("stop", payload(told.sessionID, "Stop", { last_assistant_message: session.answer }));
      } else if (event.type === "session.compacted") {
        await hook("post-compact", payload(told.sessionID, "PostCompact", { trigger: "auto" }));
      }
    },
  };
};
