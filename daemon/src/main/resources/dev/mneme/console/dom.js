// Elements are made here and nowhere else. Text becomes a text node and links stay inside the
// console, so nothing that was recalled can become markup, script or a request.

const ATTRIBUTES = new Set([
  "class", "id", "type", "name", "value", "for", "rows", "maxlength", "placeholder", "autocomplete",
  "spellcheck", "tabindex", "role", "scope", "open", "checked", "selected", "disabled", "required",
  "hidden", "max", "datetime", "title", "colspan", "enterkeyhint", "method",
]);

// el("a", {href: "#/queue", class: "quiet"}, "Queue"): null and false leave an attribute or a
// child out; on: {click: …} listens.
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) {
      continue;
    }
    if (key === "on") {
      for (const [event, listener] of Object.entries(value)) {
        element.addEventListener(event, listener);
      }
    } else if (key === "href") {
      if (!String(value).startsWith("#/")) {
        throw new Error("links stay inside the console");
      }
      element.setAttribute("href", value);
    } else if (ATTRIBUTES.has(key) || key.startsWith("aria-") || key.startsWith("data-")) {
      element.setAttribute(key, value === true ? "" : String(value));
    } else {
      throw new Error("no such attribute here: " + key);
    }
  }
  add(element, children);
  return element;
}

export function add(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) {
      element.append(child instanceof Node ? child : document.createTextNode(String(child)));
    }
  }
}

export function fill(element, ...children) {
  element.replaceChildren();
  add(element, children);
  return element;
}

// What a screen reader says next.
export function say(text) {
  document.getElementById("said").textContent = text;
}
