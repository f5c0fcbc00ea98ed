/* The editor of a template: its parts as fields, a bubble as the customer sees it, and what Meta
   would refuse, asked of the server as one types. The form sends one field, the JSON Meta takes. */
"use strict";

(() => {
  const REST = 350; // ms without a key before the server is asked
  const FILES = { IMAGE: "image/jpeg,image/png", VIDEO: "video/mp4", DOCUMENT: "application/pdf" };
  const TOKEN = 0xe000; // stands for a variable while the marks around it are found
  const VARIABLE = /\{\{([^{}]*)\}\}/g;
  const MARKS = [["*", "b"], ["_", "i"], ["~", "s"], ["`", "code"]];

  const root = document.getElementById("wa-editor");
  if (!root) return;
  const find = (id) => document.getElementById(id);
  const raw = find("id_components");
  const samples = { header: {}, body: {} }; // by the variable's name; kept while a text changes
  let kept = {}; // the parts as they were read, for what the fields do not show
  let asked = null; // the question on its way
  let timer = 0;

  /* Reading ---------------------------------------------------------------------------------- */

  const names = (text) => [...new Set([...text.matchAll(VARIABLE)].map((found) => found[1]))];
  const isNamed = () => !find("id_parameter_format") || find("id_parameter_format").value !== "POSITIONAL";
  const upper = (value) => String(value || "").toUpperCase();

  function parse(text) {
    try {
      const value = JSON.parse(text);
      return Array.isArray(value) && value.every((part) => part && typeof part === "object") ? value : null;
    } catch {
      return null;
    }
  }

  function samplesOf(part, field) {
    const example = (part && part.example) || {};
    const rows = example[`${field}_text_named_params`];
    if (Array.isArray(rows)) return Object.fromEntries(rows.map((row) => [row.param_name, row.example]));
    let flat = example[`${field}_text`] || [];
    if (Array.isArray(flat[0])) flat = flat[0];
    return Object.fromEntries([...flat].map((value, place) => [String(place + 1), value]));
  }

  function load(components) {
    kept = Object.fromEntries(components.map((part) => [upper(part.type), part]));
    const { HEADER: header, BODY: body, FOOTER: footer, BUTTONS: buttons } = kept;
    Object.assign(samples.header, samplesOf(header, "header"));
    Object.assign(samples.body, samplesOf(body, "body"));
    if (!raw) return;
    find("wa-header-format").value = header ? upper(header.format || "TEXT") : "";
    find("wa-header-text").value = (header && header.text) || "";
    find("wa-body").value = (body && body.text) || "";
    find("wa-footer").value = (footer && footer.text) || "";
    find("wa-buttons").replaceChildren(...((buttons && buttons.buttons) || []).map(row));
    showHandle();
  }

  /* Writing ---------------------------------------------------------------------------------- */

  function example(field, text) {
    const wanted = names(text);
    if (!wanted.length) return {};
    const value = (name) => samples[field][name] || "";
    if (isNamed()) {
      return { example: { [`${field}_text_named_params`]: wanted.map((name) => ({ param_name: name, example: value(name) })) } };
    }
    const row = [...wanted].sort((one, two) => one - two).map(value);
    return { example: { [`${field}_text`]: field === "body" ? [row] : row } };
  }

  function header() {
    const format = find("wa-header-format").value;
    if (!format) return [];
    const text = find("wa-header-text").value;
    if (format === "TEXT") return [{ type: "HEADER", format, text, ...example("header", text) }];
    const before = kept.HEADER && upper(kept.HEADER.format) === format ? kept.HEADER.example : null;
    return [{ type: "HEADER", format, ...(before ? { example: before } : {}) }];
  }

  function button(line) {
    const { example: before, ...others } = line.waButton;
    const values = Object.fromEntries([...line.querySelectorAll("[data-key]:not([hidden])")].map((input) => [input.dataset.key, input.value]));
    const { example: sample, ...texts } = values;
    const listed = others.type === "URL" ? [sample] : sample;
    return { ...others, ...texts, ...(sample ? { example: listed } : {}) };
  }

  function collect() {
    const { example: before, ...body } = kept.BODY || { type: "BODY" };
    const text = find("wa-body").value;
    const footer = find("wa-footer").value;
    const extras = kept.FOOTER && !("text" in kept.FOOTER) && !footer ? [kept.FOOTER] : [];
    const lines = [...find("wa-buttons").children];
    const known = ["HEADER", "BODY", "FOOTER", "BUTTONS"];
    const said = text || !Object.keys(body).some((key) => key !== "type" && key !== "text") ? { text } : {};
    return [
      ...header(),
      { ...body, ...said, ...example("body", text) },
      ...(footer ? [{ ...(kept.FOOTER || {}), type: "FOOTER", text: footer }] : extras),
      ...(lines.length ? [{ type: "BUTTONS", buttons: lines.map(button) }] : []),
      ...Object.entries(kept).filter(([kind]) => !known.includes(kind)).map(([, part]) => part),
    ];
  }

  /* The fields ------------------------------------------------------------------------------- */

  function row(given) {
    const line = find("wa-button-row").content.firstElementChild.cloneNode(true);
    line.waButton = { ...given, type: upper(given.type) };
    line.querySelector(".wa-ed-kind").textContent = line.querySelector(".wa-ed-kind").dataset[line.waButton.type.toLowerCase()] || line.waButton.type;
    for (const input of line.querySelectorAll("[data-key]")) {
      const { key, of } = input.dataset;
      input.hidden = Boolean(of) && !of.split(" ").includes(line.waButton.type);
      if (key === "text" && line.waButton.type === "COPY_CODE") input.hidden = true;
      const value = given[key];
      input.value = Array.isArray(value) ? value[0] || "" : value || "";
    }
    return line;
  }

  function askSamples(field, text) {
    const box = find(`wa-${field}-samples`);
    const wanted = names(text);
    const shown = [...box.querySelectorAll("input")].map((input) => input.dataset.name);
    if (wanted.join("\n") === shown.join("\n")) return;
    box.replaceChildren(...wanted.map((name) => {
      const label = document.createElement("label");
      const code = document.createElement("code");
      const input = document.createElement("input");
      code.textContent = `{{${name}}}`;
      input.value = samples[field][name] || "";
      input.dataset.name = name;
      input.dataset.part = field;
      input.maxLength = 200;
      label.append(code, input);
      return label;
    }));
  }

  function show() {
    const format = find("wa-header-format").value;
    for (const part of root.querySelectorAll("[data-show]")) part.hidden = !part.dataset.show.split(" ").includes(format);
    find("wa-sample").accept = FILES[format] || "";
    askSamples("header", format === "TEXT" ? find("wa-header-text").value : "");
    askSamples("body", find("wa-body").value);
    for (const line of find("wa-buttons").children) {
      const sample = line.querySelector("[data-key=example]");
      if (line.waButton.type === "URL") sample.hidden = !line.querySelector("[data-key=url]").value.includes("{{");
    }
    for (const output of root.querySelectorAll("[data-count]")) {
      const length = [...find(output.dataset.count).value].length;
      output.textContent = `${length} / ${output.dataset.limit}`;
      output.classList.toggle("wa-ed-over", length > Number(output.dataset.limit));
    }
  }

  function showHandle() {
    const state = find("wa-sample-state");
    const handles = (kept.HEADER && kept.HEADER.example && kept.HEADER.example.header_handle) || [];
    state.textContent = handles[0] ? state.dataset.kept : state.dataset.none;
  }

  /* The preview ------------------------------------------------------------------------------ */

  function marked(text, target, put) {
    const hit = MARKS.map(([mark, tag]) => {
      const sign = mark === "*" ? "\\*" : mark;
      const found = new RegExp(`(^|[\\s(])${sign}(\\S(?:[^${sign}\\n]*\\S)?)${sign}`).exec(text);
      return found && { at: found.index + found[1].length, length: found[0].length - found[1].length, inner: found[2], tag };
    }).filter(Boolean).sort((one, two) => one.at - two.at)[0];
    if (!hit) return put(text, target);
    put(text.slice(0, hit.at), target);
    const child = document.createElement(hit.tag);
    marked(hit.inner, child, put);
    target.append(child);
    return marked(text.slice(hit.at + hit.length), target, put);
  }

  function fill(target, text, field) {
    const values = [];
    const tokens = text.replace(VARIABLE, (found, name) => {
      values.push(samples[field][name] || found);
      return String.fromCharCode(TOKEN + values.length - 1);
    });
    const put = (piece, into) => {
      for (const each of piece.split(/([\ue000-\uf8ff])/)) {
        const value = each.length === 1 ? values[each.charCodeAt(0) - TOKEN] : undefined;
        if (value === undefined) into.append(each);
        else into.append(Object.assign(document.createElement("mark"), { textContent: value }));
      }
    };
    const shown = document.createDocumentFragment();
    if (field === "body") marked(tokens, shown, put);
    else put(tokens, shown);
    target.replaceChildren(shown);
  }

  function preview(components) {
    const parts = Object.fromEntries(components.map((part) => [upper(part.type), part]));
    const format = parts.HEADER ? upper(parts.HEADER.format || "TEXT") : "";
    const media = find("wa-preview-media");
    media.hidden = format === "" || format === "TEXT";
    media.textContent = raw ? find("wa-header-format").selectedOptions[0].textContent : format;
    fill(find("wa-preview-header"), format === "TEXT" ? parts.HEADER.text || "" : "", "header");
    fill(find("wa-preview-body"), (parts.BODY && parts.BODY.text) || "", "body");
    find("wa-preview-footer").textContent = (parts.FOOTER && parts.FOOTER.text) || "";
    const buttons = (parts.BUTTONS && parts.BUTTONS.buttons) || [];
    find("wa-preview-buttons").replaceChildren(...buttons.map((one) => {
      const shown = document.createElement("div");
      shown.textContent = { URL: "↗ ", PHONE_NUMBER: "✆ ", QUICK_REPLY: "↩ " }[upper(one.type)] || "⧉ ";
      shown.append(one.text || upper(one.type));
      return shown;
    }));
  }

  /* What Meta would refuse ------------------------------------------------------------------- */

  const value = (id) => (find(id) ? find(id).value : "");

  async function check(components) {
    if (asked) asked.abort();
    asked = new AbortController();
    const given = {
      id: Number(root.dataset.id) || null,
      name: value("id_name"),
      language: value("id_language"),
      category: value("id_category"),
      parameter_format: value("id_parameter_format"),
      components,
    };
    try {
      const answer = await fetch(root.dataset.check, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
        body: JSON.stringify(given),
        signal: asked.signal,
      });
      if (!answer.ok) throw new Error(answer.status);
      tell((await answer.json()).problems);
    } catch (error) {
      if (error.name !== "AbortError") verdict("offline", "wa-tone-wait");
    }
  }

  const token = () => document.querySelector("[name=csrfmiddlewaretoken]").value;

  function verdict(name, tone) {
    const said = find("wa-verdict");
    said.textContent = said.dataset[name];
    said.className = tone;
  }

  function tell(problems) {
    const errors = problems.filter((one) => !one.warning);
    if (errors.length) verdict("errors", "wa-tone-bad");
    else if (problems.length) verdict("warnings", "wa-tone-wait");
    else verdict("sound", "wa-tone-good");
    for (const place of root.querySelectorAll("[data-field]")) place.classList.remove("wa-ed-bad", "wa-ed-doubt");
    find("wa-problems").replaceChildren(...problems.map((one) => {
      const place = placeOf(one.field);
      if (place) place.classList.add(one.warning ? "wa-ed-doubt" : "wa-ed-bad");
      const item = document.createElement("li");
      const link = document.createElement("button");
      link.type = "button";
      link.textContent = place ? labelOf(one.field, place) : one.field;
      link.addEventListener("click", () => go(one.field, place));
      item.className = one.warning ? "wa-tone-wait" : "wa-tone-bad";
      item.append(link, ` ${one.message}`);
      return item;
    }));
  }

  const placeOf = (field) => root.querySelector(`[data-field="${field.split(".")[0]}"]`);

  function labelOf(field, place) {
    const [, index] = field.split(".");
    if (index === undefined) return place.dataset.label;
    const line = find("wa-buttons").children[Number(index)];
    return line ? `${line.dataset.label} ${Number(index) + 1}` : place.dataset.label;
  }

  function go(field, place) {
    const line = find("wa-buttons").children[Number(field.split(".")[1])];
    const target = (line || place || root).querySelector("input:not([hidden]):not([type=file]), textarea, select");
    if (place && place.tagName === "DETAILS") place.open = true;
    if (target) target.focus();
  }

  /* Doing ------------------------------------------------------------------------------------ */

  function update() {
    show();
    const components = collect();
    raw.value = JSON.stringify(components, null, 2);
    preview(components);
    clearTimeout(timer);
    timer = setTimeout(check, REST, components);
  }

  function readRaw() {
    const components = parse(raw.value);
    raw.setAttribute("aria-invalid", String(!components));
    if (!components) return;
    load(components);
    show();
    preview(components);
    clearTimeout(timer);
    timer = setTimeout(check, REST, components);
  }

  function addVariable() {
    const box = find("wa-body");
    const known = names(box.value);
    let number = 1;
    const name = () => (isNamed() ? `name_${number}` : String(number));
    while (known.includes(name())) number += 1;
    box.setRangeText(`{{${name()}}}`, box.selectionStart, box.selectionEnd, "end");
    if (isNamed()) box.setSelectionRange(box.selectionStart - name().length - 2, box.selectionStart - 2);
    box.focus();
    update();
  }

  async function upload() {
    const [file] = find("wa-sample").files;
    const state = find("wa-sample-state");
    const format = find("wa-header-format").value;
    if (!file) return;
    const form = new FormData();
    form.append("format", format);
    form.append("file", file);
    form.append("id", root.dataset.id);
    state.textContent = state.dataset.busy;
    try {
      const answer = await fetch(root.dataset.sample, { method: "POST", headers: { "X-CSRFToken": token() }, body: form });
      const told = await answer.json();
      if (!answer.ok) throw new Error(told.error);
      kept.HEADER = { type: "HEADER", format, example: { header_handle: [told.handle] } };
      update();
      state.textContent = `${state.dataset.kept} ${told.filename}`;
    } catch (error) {
      state.textContent = error.name === "Error" && error.message ? error.message : state.dataset.failed;
    }
    find("wa-sample").value = "";
  }

  function act(event) {
    const pressed = event.target.closest("[data-act]");
    if (!pressed) return;
    const line = pressed.closest(".wa-ed-button");
    if (pressed.dataset.act === "remove") line.remove();
    if (pressed.dataset.act === "up" && line.previousElementSibling) line.previousElementSibling.before(line);
    if (pressed.dataset.act === "down" && line.nextElementSibling) line.nextElementSibling.after(line);
    if (pressed.isConnected) pressed.focus();
    update();
  }

  function addButton(event) {
    if (!event.target.value) return;
    const line = row({ type: event.target.value });
    event.target.value = "";
    find("wa-buttons").append(line);
    update();
    line.querySelector("input:not([hidden])").focus();
  }

  const given = find("wa-components");
  const first = parse(raw ? raw.value : given ? given.textContent : "[]") || [];
  load(first);
  if (!raw) {
    preview(first);
    return;
  }
  root.classList.add("wa-ed-live");
  root.addEventListener("input", (event) => {
    const { name, part } = event.target.dataset;
    if (part) samples[part][name] = event.target.value;
    if (event.target === raw) readRaw();
    else if (event.target.type !== "file" && event.target.id !== "wa-add-button") update();
  });
  find("wa-add-button").addEventListener("change", addButton);
  find("wa-buttons").addEventListener("click", act);
  find("wa-add-variable").addEventListener("click", addVariable);
  find("wa-sample").addEventListener("change", upload);
  find("wa-header-format").addEventListener("change", showHandle);
  show();
  preview(first);
  check(first);
})();
