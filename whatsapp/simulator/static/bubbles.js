// How one message looks. Everything is built as nodes: no text of a message is ever read as HTML.
"use strict";

const TICKS = { accepted: "◷", sent: "✓", delivered: "✓✓", read: "✓✓", played: "✓✓" };
const MARKS = [[/\*([^*\n]+)\*/, "strong"], [/_([^_\n]+)_/, "em"], [/~([^~\n]+)~/, "s"]];
const LINK = /https?:\/\/[^\s<>"]+/;

function node(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== false) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child));
  return made;
}

const clock = (seconds) =>
  new Date(seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

const day = (seconds) =>
  new Date(seconds * 1000).toLocaleDateString([], { day: "numeric", month: "long", year: "numeric" });

function formatted(text) {
  const link = LINK.exec(text);
  if (link) {
    return [
      ...formatted(text.slice(0, link.index)),
      outside(link[0], link[0]),
      ...formatted(text.slice(link.index + link[0].length)),
    ];
  }
  for (const [pattern, tag] of MARKS) {
    const found = pattern.exec(text);
    if (found) {
      return [
        ...formatted(text.slice(0, found.index)),
        node(tag, {}, ...formatted(found[1])),
        ...formatted(text.slice(found.index + found[0].length)),
      ];
    }
  }
  return text ? [text] : [];
}

function outside(url, label) {
  const safe = /^https?:\/\//.test(url) ? url : undefined;
  return node("a", { href: safe, target: "_blank", rel: "noopener noreferrer" }, label);
}

function medium(message) {
  if (!message.media) return undefined;
  switch (message.media_type || message.type) {
    case "image":
    case "sticker":
      return node("img", { src: message.media, alt: message.text || "picture", loading: "lazy" });
    case "video":
      return node("video", { src: message.media, controls: "" });
    case "audio":
      return node("audio", { src: message.media, controls: "", class: message.voice && "voice" });
    default:
      return node(
        "a", { class: "file", href: message.media, target: "_blank", rel: "noopener" },
        node("b", {}, (message.title || "file").split(".").pop().toUpperCase().slice(0, 4)),
        message.title || "Document",
      );
  }
}

function action(message, button, answer, choose) {
  switch (button.kind) {
    case "url":
      return outside(button.url, `↗ ${button.text}`);
    case "note":
      return node("span", {}, button.text);
    case "list":
      return node("button", { type: "button", onclick: () => choose(message) }, `☰ ${button.text}`);
    default:
      return node("button", { type: "button", onclick: () => answer(message, button) }, button.text);
  }
}

function bubble(message, quoted, { answer, choose, act }) {
  const failed = message.status === "failed";
  const pending = !message.mine && ["accepted", "sent"].includes(message.status);
  const classes = ["bubble", message.mine && "mine", failed && "failed", pending && "pending",
    message.reaction && "reacted", message.deleted && "deleted"].filter(Boolean).join(" ");
  const buttons = [...(message.buttons || [])];
  if (message.list) buttons.push({ kind: "list", text: message.list.label });
  const tick = failed ? `not delivered · ${message.code}` : TICKS[message.status] || "";
  return node(
    "article", { class: classes, "aria-label": message.mine ? "Customer" : "Shop" },
    quoted && node("div", { class: "quote" }, quoted),
    message.header && node("header", {}, ...formatted(message.header)),
    medium(message),
    message.preview && node("div", { class: "preview" }, outside(message.preview, `🔗 ${message.preview}`)),
    message.text && node("div", { class: "text" }, ...formatted(message.text)),
    message.footer && node("div", { class: "foot" }, message.footer),
    node("div", { class: "meta" },
      message.edited && !message.deleted && node("span", {}, "edited"),
      node("time", {}, clock(message.at)),
      node("span", { class: message.status, title: message.status }, tick)),
    message.reaction && node("span", { class: "reaction" }, message.reaction),
    node("button", { type: "button", class: "act", "aria-label": "What to do with this message",
      title: "React, reply, edit, delete", onclick: () => act(message) }, "⋯"),
    buttons.length
      ? node("div", { class: "actions" }, ...buttons.map((b) => action(message, b, answer, choose)))
      : undefined,
  );
}
