/* The desk: keeps the newest message in view, the draft safe and the page in step with the rows.
   htmx does the talking; the server says in each answer what changed since the page last asked. */
"use strict";

(() => {
  const BEAT = 2000; // ms between questions for new messages
  const LOOK = 5000; // ms between questions for the list
  const TYPING = 20000; // ms between two words to the customer that an answer is being written
  const LINK = /https?:\/\/\S/i; // what WhatsApp could preview
  const NEAR = 120; // px from the end that still count as "at the end"

  const find = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const tell = (name) => document.body.dispatchEvent(new CustomEvent(name));
  const isVisible = () => document.visibilityState === "visible";
  const desk = () => find("#wa-desk");
  const thread = () => find("#wa-thread");
  const box = () => find("#wa-text");

  let atEnd = true; // whether the agent looks at the newest message
  let unseen = false; // whether something came while the page was hidden
  let sent = ""; // what is on its way
  let typedAt = -TYPING; // when the customer was last told
  const known = new Set(); // the bubbles that were here already
  const lastAnswers = new WeakMap();

  /* The thread ------------------------------------------------------------------------------- */

  function isAtEnd() {
    const list = thread();
    return list.scrollHeight - list.scrollTop - list.clientHeight < NEAR;
  }

  function toEnd() {
    const list = thread();
    list.scrollTop = list.scrollHeight;
    find("#wa-pill").hidden = true;
  }

  /* Two answers may bring the same bubble, and a late message belongs further up. */
  function order() {
    const list = thread();
    const ids = new Set();
    for (const item of all(".wa-item", list).reverse()) {
      if (ids.has(item.id)) item.remove();
      ids.add(item.id);
    }
    const items = all(".wa-item", list);
    const sorted = [...items].sort((a, b) => (a.dataset.sort < b.dataset.sort ? -1 : 1));
    if (items.some((item, place) => item !== sorted[place])) list.append(...sorted);
    nameDays(list, sorted);
  }

  function nameDays(list, items) {
    all(".wa-day", list).forEach((line) => line.remove());
    let day = "";
    for (const item of items) {
      if (item.dataset.day === day) continue;
      day = item.dataset.day;
      const line = document.createElement("li");
      line.className = "wa-day";
      line.textContent = day;
      item.before(line);
    }
  }

  function announce(items) {
    const place = find("#wa-announce");
    const texts = items.map((item) => find(".wa-text", item)?.textContent ?? "");
    place.textContent = `${place.dataset.words} ${texts.join(". ")}`;
  }

  function seen() {
    unseen = !isVisible();
    if (isVisible()) tell("wa:seen");
  }

  /* The box ---------------------------------------------------------------------------------- */

  const draftKey = () => `wa-draft:${desk().dataset.conversation}`;

  function keepDraft() {
    const text = box()?.value ?? "";
    try {
      if (text) localStorage.setItem(draftKey(), text);
      else localStorage.removeItem(draftKey());
    } catch {
      /* no storage: the draft lives as long as the page */
    }
  }

  function restoreDraft() {
    try {
      if (box() && !box().value) box().value = localStorage.getItem(draftKey()) ?? "";
    } catch {
      /* see above */
    }
    if (box()) offerPreview();
    fit();
  }

  /* Browsers without field-sizing need the height told. */
  function fit() {
    const area = box();
    if (!area || CSS.supports("field-sizing", "content")) return;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
  }

  /* A courtesy: whether it worked is nobody's concern. */
  function tellTyping() {
    const { typing } = find("#wa-reply").dataset;
    if (!box().value.trim() || performance.now() - typedAt < TYPING) return;
    typedAt = performance.now();
    const body = new URLSearchParams({ csrfmiddlewaretoken: find("#wa-reply").elements.csrfmiddlewaretoken.value });
    fetch(typing, { method: "POST", body }).catch(() => {});
  }

  function offerPreview() {
    const choice = find(".wa-preview-link");
    choice.hidden = !LINK.test(box().value);
    if (choice.hidden) find("input", choice).checked = true;
  }

  function quote(id, words) {
    const form = find("#wa-reply");
    if (!form) return;
    form.elements.reply_to.value = id;
    find(".wa-quoted", form).hidden = !id;
    find(".wa-quoted span", form).textContent = words;
    box().focus();
  }

  function showFile() {
    const form = find("#wa-reply");
    const file = form.elements.file.files[0];
    find(".wa-attached", form).hidden = !file;
    find(".wa-attached span", form).textContent = file ? file.name : "";
    box().focus();
  }

  function clearBox() {
    const form = find("#wa-reply");
    const area = box();
    // what was typed while the answer was on its way stays
    area.value = area.value.startsWith(sent) ? area.value.slice(sent.length).trimStart() : area.value;
    form.elements.file.value = "";
    form.elements.send_at.value = "";
    find(".wa-later", form).open = false;
    showFile();
    quote("", "");
    keepDraft();
    offerPreview();
    fit();
  }

  function clearTemplate() {
    find("#wa-choose").value = "";
    find("#wa-sheet").replaceChildren();
    if (box()) find(".wa-picker").open = false;
  }

  function preview() {
    for (const place of all("#wa-sheet mark")) {
      place.dataset.empty ??= place.textContent;
      const field = find(`#wa-template [name="${CSS.escape(place.dataset.key)}"]`);
      place.textContent = field?.value || place.dataset.empty;
    }
  }

  function say(words, kind = "") {
    const place = find("#wa-refusal");
    if (!place) return;
    place.textContent = words;
    place.dataset.kind = kind;
  }

  /* What htmx does --------------------------------------------------------------------------- */

  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (!desk() || (detail.verb === "get" && !detail.path.includes("/news/"))) return;
    const given = detail.parameters;
    for (const part of all("[data-part]")) given[part.dataset.part] = part.dataset.key;
    const open = all(".wa-item[data-state]").slice(-80);
    given.seen = open.map((item) => `${item.dataset.id}:${item.dataset.state}`).join(",");
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = event.detail.elt;
    if (form.id !== "wa-reply") return;
    sent = box().value;
    if (!sent.trim() && !form.elements.file.files.length) event.preventDefault();
  });

  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const { xhr, target, elt } = detail;
    if (new URL(xhr.responseURL || location.href).pathname.includes("/login/")) {
      detail.shouldSwap = false;
      location.reload(); // the session ended; the draft is kept
      return;
    }
    if (xhr.status >= 400 && !xhr.getResponseHeader("HX-Retarget")) {
      detail.shouldSwap = false;
      return;
    }
    if (elt.hasAttribute("data-same-is-quiet")) {
      if (lastAnswers.get(elt) === xhr.responseText) detail.shouldSwap = false;
      lastAnswers.set(elt, xhr.responseText);
    }
    if (target.id === "wa-thread") atEnd = isAtEnd();
    if (target.classList.contains("wa-older")) {
      thread().dataset.fromEnd = thread().scrollHeight - thread().scrollTop;
    }
  });

  document.addEventListener("htmx:afterSettle", ({ detail }) => {
    if (!thread()) return;
    const { fromEnd } = thread().dataset;
    order();
    const fresh = all(".wa-item").filter((item) => !known.has(item.id));
    fresh.forEach((item) => known.add(item.id));
    if (fromEnd) {
      thread().scrollTop = thread().scrollHeight - Number(fromEnd);
      delete thread().dataset.fromEnd;
      return;
    }
    if (detail.target?.id === "wa-strip") nameTitle();
    if (detail.target?.id !== "wa-thread") return;
    const incoming = fresh.filter((item) => item.classList.contains("wa-in"));
    if (atEnd || detail.elt?.id === "wa-reply") toEnd();
    else if (incoming.length) find("#wa-pill").hidden = false;
    if (incoming.length) announce(incoming);
    // an edit is no bubble of its own, and is read like one
    if (incoming.length || Number(find("#wa-after").dataset.unread) > 0) seen();
  });

  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (!desk()) return;
    const { elt, successful, xhr } = detail;
    const isWrite = detail.requestConfig?.verb === "post";
    if (!successful) {
      if (isWrite && !xhr.getResponseHeader("HX-Retarget")) say(desk().dataset.offline, "offline");
      return;
    }
    if (isWrite) tell("wa:look");
    if (isWrite && elt.id !== "wa-read") say("");
    if (find("#wa-refusal").dataset.kind === "offline") say("");
    if (elt.id === "wa-reply" && box()) clearBox();
    if (elt.id === "wa-template") clearTemplate();
    if (elt.id === "wa-note") elt.reset();
  });

  document.addEventListener("htmx:sendError", () => say(desk()?.dataset.offline ?? "", "offline"));

  document.addEventListener("htmx:load", ({ detail }) => {
    if (detail.elt.id === "wa-composer") restoreDraft();
    preview();
  });

  /* What the agent does ---------------------------------------------------------------------- */

  document.addEventListener("keydown", (event) => {
    if (event.target.id === "wa-text" && event.key === "Enter") {
      if (event.shiftKey || event.isComposing) return;
      event.preventDefault();
      find("#wa-reply").requestSubmit();
    } else if (event.key === "Escape" && event.target.id === "wa-text") {
      quote("", "");
    } else if (event.altKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      goTo(event.key === "ArrowDown" ? 1 : -1, event);
    }
  });

  function goTo(step, event) {
    const links = all(".wa-strip-rows a");
    const here = links.findIndex((link) => link.hasAttribute("aria-current"));
    const next = links[here + step];
    if (!next) return;
    event.preventDefault();
    next.click();
  }

  document.addEventListener("input", ({ target }) => {
    if (target.id === "wa-text") {
      keepDraft();
      tellTyping();
      offerPreview();
      fit();
    }
    if (target.closest("#wa-template")) preview();
  });

  document.addEventListener("change", ({ target }) => {
    if (target.matches("#wa-reply [type=file]")) showFile();
    if (target.hasAttribute("data-submits")) target.form.requestSubmit();
  });

  document.addEventListener("submit", ({ target }) => {
    // an address without the filters that are not set is one to send to a colleague
    if (target.id === "wa-filters") {
      for (const field of target.elements) field.disabled = field.name !== "" && !field.value;
    }
  });

  document.addEventListener("click", ({ target }) => {
    const quoted = target.closest("[data-quote]");
    if (quoted) quote(quoted.dataset.quote, quoted.dataset.words);
    if (target.closest("[data-unquote]")) quote("", "");
    if (target.closest("[data-detach]")) {
      find("#wa-reply").elements.file.value = "";
      showFile();
    }
    if (target.closest("#wa-pill")) toEnd();
  });

  document.addEventListener("visibilitychange", () => {
    if (!isVisible()) return;
    tell("wa:beat");
    tell("wa:look");
    if (unseen) seen();
  });

  function nameTitle() {
    const waiting = Number(find("#wa-box-unread b")?.textContent ?? 0);
    document.title = document.title.replace(/^(\(\d+\) )?/, waiting ? `(${waiting}) ` : "");
  }

  /* Hidden pages ask ten times less often. */
  function every(pause, name) {
    let beats = 0;
    setInterval(() => {
      beats += 1;
      if (isVisible() || beats % 10 === 0) tell(name);
    }, pause);
  }

  document.addEventListener("DOMContentLoaded", () => {
    every(LOOK, "wa:look");
    if (!desk()) return;
    all(".wa-item").forEach((item) => known.add(item.id));
    order();
    restoreDraft();
    toEnd();
    thread().addEventListener("scroll", () => {
      atEnd = isAtEnd();
      if (atEnd) find("#wa-pill").hidden = true;
    });
    // A growing box below it (a file, a link, a time) must not hide the newest message
    new ResizeObserver(() => atEnd && toEnd()).observe(thread());
    find(".wa-strip [aria-current=true]")?.scrollIntoView({ block: "nearest" });
    every(BEAT, "wa:beat");
    nameTitle();
    setTimeout(seen, 0); // htmx listens by then
  });
})();
