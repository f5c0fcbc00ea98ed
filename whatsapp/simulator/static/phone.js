// The page: a list of customers and the phone of one of them, live, for mouse and keyboard.
"use strict";

const at = (id) => document.getElementById(id);
const FAMILIES = ["image", "video", "audio"];
let current = null;
let shown = new Map();
let refreshing = false;
let stale = false;
let stuck = true;
let answered = "";

async function call(method, path, body) {
  const answer = await fetch(`/_sim/${path}`, {
    method, body: body && JSON.stringify(body), headers: { "Content-Type": "application/json" },
  });
  const value = await answer.json();
  if (!answer.ok) throw new Error(value.error);
  return value;
}

const query = (chat) => new URLSearchParams({ from: chat.customer, number: chat.number });

function say(message) {
  return call("POST", "inbound", { from: current.customer, number: current.number, ...message });
}

// --- the list ---------------------------------------------------------------------------------

function initials(name) {
  const words = name.replace(/^\+/, "").split(/\s+/).filter(Boolean);
  return words.slice(0, 2).map((word) => word[0].toUpperCase()).join("") || "?";
}

function avatar(key, label) {
  const hue = [...key].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 360, 7);
  const made = node("span", { class: "avatar", "aria-hidden": "true" }, initials(label));
  made.style.background = `hsl(${hue} 42% 46%)`;
  return made;
}

const same = (one, other) =>
  one && other && one.customer === other.customer && one.number === other.number;

function listed(chat, several) {
  const label = chat.name || chat.phone || chat.customer;
  const row = node(
    "button", { type: "button", "aria-current": same(chat, current) ? "true" : undefined,
      onclick: () => open(chat) },
    avatar(chat.customer, chat.name || chat.customer.slice(-2)),
    node("span", { class: "name" }, label),
    node("time", {}, chat.at ? clock(chat.at) : ""),
    node("span", { class: "last" }, several ? `${chat.business} · ${chat.preview}` : chat.preview),
    chat.unread ? node("span", { class: "badge", "aria-label": `${chat.unread} unread` }, String(chat.unread)) : undefined,
  );
  row.dataset.key = `${chat.customer}|${chat.number}`;
  return node("li", {}, row);
}

function renderList({ chats, numbers }) {
  const focused = document.activeElement?.dataset?.key;
  at("chats").replaceChildren(...chats.map((chat) => listed(chat, numbers.length > 1)));
  if (focused) rows().find((row) => row.dataset.key === focused)?.focus();
  at("no-chats").hidden = chats.length > 0;
}

const rows = () => [...at("chats").querySelectorAll("button")];

at("chats").addEventListener("keydown", (event) => {
  const all = rows();
  const steps = { ArrowDown: 1, ArrowUp: -1, Home: -all.length, End: all.length };
  if (!(event.key in steps)) return;
  event.preventDefault();
  const place = all.indexOf(document.activeElement) + steps[event.key];
  all[Math.max(0, Math.min(all.length - 1, place))]?.focus();
});

at("search").addEventListener("input", () => refresh());
at("search").addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown") { event.preventDefault(); rows()[0]?.focus(); }
});

// --- the chat ---------------------------------------------------------------------------------

async function open(chat, { push = true } = {}) {
  current = { customer: chat.customer, number: chat.number };
  shown = new Map();
  stuck = true;
  reply(null);
  at("log").replaceChildren();
  document.body.dataset.view = "chat";
  document.body.dataset.chat = chat.customer;
  if (push) history.pushState(current, "", `/phone/${encodeURIComponent(chat.customer)}?number=${chat.number}`);
  await look();
  await refresh();
  at("text").focus();
}

function close({ push = true } = {}) {
  const left = current;
  current = null;
  document.body.dataset.view = "list";
  delete document.body.dataset.chat;
  if (push) history.pushState(null, "", "/");
  look();
  refresh().then(() => rows().find((row) => row.dataset.key === `${left?.customer}|${left?.number}`)?.focus());
}

// What is on a visible screen is read; a page in the background reads nothing.
const look = () => call("POST", "open", current && !document.hidden
  ? { from: current.customer, number: current.number } : {});

function renderChat(chat) {
  at("business").textContent = chat.business;
  at("business-avatar").textContent = initials(chat.business);
  const owner = [chat.name, chat.phone || (chat.username && `@${chat.username}`)];
  at("owner").replaceChildren(...owner.filter(Boolean).map((line) => node("span", {}, line)));
  at("presence").textContent = chat.typing ? "typing…"
    : chat.window_open ? "24-hour window open" : "window closed: templates only";
  document.title = `${chat.name || chat.phone || chat.customer}: phone`;
  const log = at("log");
  const texts = new Map(chat.messages.map((message) => [message.id, message.text || message.type]));
  let before = null;
  const keep = new Set();
  let lastDay = "";
  for (const message of chat.messages) {
    if (day(message.at) !== lastDay) {
      lastDay = day(message.at);
      before = place(log, before, `day ${lastDay}`, lastDay, keep, () => node("div", { class: "day" }, lastDay));
    }
    const face = JSON.stringify(message);
    before = place(log, before, message.id, face, keep,
      () => bubble(message, texts.get(message.reply_to), { answer, choose, act }));
  }
  if (chat.typing) place(log, before, "typing", "typing", keep, typing);
  for (const [key, { element }] of shown) {
    if (!keep.has(key)) { element.remove(); shown.delete(key); }
  }
  if (stuck) toEnd();
}

const toEnd = () => { at("log").scrollTop = at("log").scrollHeight; };

// The newest message stays in view, also when a picture above it arrives late, until one scrolls up.
at("log").addEventListener("scroll", ({ target }) => {
  stuck = target.scrollHeight - target.scrollTop - target.clientHeight < 80;
});
at("log").addEventListener("load", () => { if (stuck) toEnd(); }, true);
new ResizeObserver(() => { if (stuck) toEnd(); }).observe(at("log"));

// Only what looks different is built anew, so that focus and playing media survive a refresh.
function place(log, before, key, face, keep, build) {
  keep.add(key);
  let entry = shown.get(key);
  if (!entry || entry.face !== face) {
    const element = build();
    if (entry) entry.element.replaceWith(element);
    else if (before) before.after(element);
    else log.prepend(element);
    entry = { element, face };
    shown.set(key, entry);
  } else if (before && before.nextElementSibling !== entry.element) {
    before.after(entry.element);
  }
  return entry.element;
}

const typing = () => node("div", { class: "typing", "aria-label": "The shop is typing" },
  node("i"), node("i"), node("i"));

// --- answering --------------------------------------------------------------------------------

function answer(message, button) {
  const replies = {
    button: { type: "button", button: { payload: button.id, text: button.text } },
    button_reply: { type: "interactive",
      interactive: { type: "button_reply", button_reply: { id: button.id, title: button.text } } },
    location: { type: "location", location: { latitude: 44.4268, longitude: 26.1025, name: "București" } },
  };
  return say({ ...replies[button.kind], reply_to: message.id });
}

function choose(message) {
  const sheet = at("choices");
  const pick = (row) => {
    const reply = { id: row.id, title: row.title, ...(row.description && { description: row.description }) };
    say({ type: "interactive", interactive: { type: "list_reply", list_reply: reply }, reply_to: message.id });
    sheet.close();
  };
  sheet.replaceChildren(
    node("h2", {}, message.list.label),
    ...message.list.sections.flatMap((section) => [
      section.title && node("h3", {}, section.title),
      ...section.rows.map((row) => node(
        "button", { type: "button", class: "row", onclick: () => pick(row) },
        row.title, row.description && node("small", {}, row.description),
      )),
    ]).filter(Boolean),
  );
  sheet.showModal();
}

const act = (message) => actsOn(message, { say, reply });

function reply(message) {
  answered = message?.id ?? "";
  at("answered").hidden = !answered;
  at("answered-words").textContent = message?.text || message?.type || "";
  at("text").focus();
}

at("unanswer").addEventListener("click", () => reply(null));

at("more").addEventListener("click", () => current && moreKinds({ say, moveTo: askNumber }));

function askNumber() {
  const to = prompt("The new number", "+40712999999");
  if (to) say({ type: "number_change", to });
}

at("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = at("text").value.trim();
  if (!text || !current) return;
  at("text").value = "";
  stuck = true;
  say({ type: "text", text, ...(answered && { reply_to: answered }) });
  reply(null);
});

at("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    at("composer").requestSubmit();
  } else if (event.key === "Escape") {
    close();
  }
});

at("file").addEventListener("change", async (event) => {
  const [file] = event.target.files;
  event.target.value = "";
  if (!file || !current) return;
  const data = await new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.split(",")[1]);
    reader.readAsDataURL(file);
  });
  const family = file.type.split("/")[0];
  const type = FAMILIES.includes(family) ? family : "document";
  say({ type, data, mime_type: file.type || "application/octet-stream", filename: file.name });
});

at("new-customer").addEventListener("click", () => at("stranger").showModal());
at("stranger").addEventListener("close", async () => {
  const form = at("stranger").querySelector("form");
  const { phone, name, username, text } = Object.fromEntries(new FormData(form));
  if (at("stranger").returnValue !== "send") return;
  const who = phone ? { from: phone } : { user_id: `RO.${Date.now()}${Math.floor(Math.random() * 1e4)}` };
  const said = await call("POST", "inbound", { ...who, name, username, type: "text", text });
  form.reset();
  const { numbers } = await call("GET", "health");
  open({ customer: said.wa_id || said.user_id, number: numbers[0].id });
});

at("back").addEventListener("click", () => close());

// --- staying live -----------------------------------------------------------------------------

async function refresh() {
  if (refreshing) { stale = true; return; }
  refreshing = true;
  try {
    do {
      stale = false;
      renderList(await call("GET", `chats?${new URLSearchParams({ q: at("search").value })}`));
      const wanted = current;
      if (wanted) {
        const chat = await call("GET", `chat?${query(wanted)}`);
        if (same(wanted, current)) renderChat(chat);
      }
    } while (stale);
  } finally {
    refreshing = false;
  }
}

function fromAddress() {
  const [, key] = /^\/phone\/([^/]+)/.exec(location.pathname) || [];
  const number = new URLSearchParams(location.search).get("number") || "";
  return key ? { customer: decodeURIComponent(key), number } : null;
}

async function start() {
  const wanted = fromAddress();
  if (!wanted) return refresh();
  if (!wanted.number) wanted.number = (await call("GET", "health")).numbers[0].id;
  return open(wanted, { push: false });
}

function listen() {
  const news = new EventSource("/_sim/events");
  const live = at("live");
  news.onopen = () => { live.dataset.on = ""; live.textContent = "live"; };
  news.onerror = () => { delete live.dataset.on; live.textContent = "connection lost, trying again…"; };
  news.onmessage = () => refresh();
}

window.addEventListener("popstate", () => {
  const wanted = fromAddress();
  if (wanted) open(wanted, { push: false });
  else close({ push: false });
});
document.addEventListener("visibilitychange", look);
window.addEventListener("pagehide", () => navigator.sendBeacon("/_sim/open", "{}"));

start().finally(listen);
