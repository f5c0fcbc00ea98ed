// What a customer does beside writing: react, reply, edit, delete; and every other kind of message.
"use strict";

const EMOJI = ["👍", "❤️", "😂", "😮", "😢", "🙏"];
// What the sheet behind + sends; each is one call of /_sim/inbound
const KINDS = [
  ["📍 Place", { type: "location", location: { latitude: 44.4268, longitude: 26.1025, name: "Piața Unirii", address: "București" } }],
  ["☎ Contact", { type: "contacts", contacts: [{ name: { formatted_name: "Ion Popescu" }, org: { company: "Transport SRL" }, phones: [{ phone: "+40 711 000 003", wa_id: "40711000003" }], emails: [{ email: "ion@exemplu.ro" }] }] }],
  ["🎤 Voice message", { type: "audio" }],
  ["🖼 Picture", { type: "image", caption: "Coletul" }],
  ["🎬 Video", { type: "video" }],
  ["📄 Document", { type: "document", filename: "factura.pdf" }],
  ["🙂 Sticker", { type: "sticker" }],
  ["🛒 Basket", { type: "order", text: "Vă rog repede" }],
  ["📝 Form filled in", { type: "flow" }],
  ["☎ May call", { type: "call_permission" }],
  ["📣 From an advertisement", { type: "text", text: "Bună, am văzut reclama", ad: true }],
  ["🏷 About a product", { type: "text", text: "Mai aveți pe 43?", product: "PANTOFI-42" }],
  ["↪ Forwarded", { type: "text", text: "Citiți asta!", forwarded: true }],
  ["↪ Forwarded often", { type: "text", text: "Dați mai departe!", forwarded: "often" }],
  ["↩ Reply to a lost message", { type: "text", text: "La asta răspund", reply_to: "wamid.LOST" }],
  ["📊 Poll (not passed on)", { type: "unsupported", unsupported: { type: "poll" } }],
  ["⚠ File that Meta lost", { type: "lost_media" }],
  ["🔒 New security code", { type: "identity_change" }],
];

function sheetOf(title, ...rows) {
  const sheet = document.getElementById("acts");
  sheet.replaceChildren(node("h2", {}, title), ...rows);
  sheet.showModal();
  return sheet;
}

function row(label, act) {
  const press = () => { document.getElementById("acts").close(); act(); };
  return node("button", { type: "button", class: "row", onclick: press }, label);
}

// Everything that can be done with one message
function actsOn(message, { say, reply }) {
  const react = (emoji) => say({ type: "reaction", reply_to: message.id, emoji });
  const faces = node("div", { class: "faces" }, ...EMOJI.map((face) => {
    const button = row(face, () => react(face));
    button.setAttribute("aria-label", `React ${face}`);
    return button;
  }));
  const rows = [faces];
  if (message.reaction) rows.push(row("Take the reaction back", () => react("")));
  rows.push(row("Reply", () => reply(message)));
  if (message.text) rows.push(row("Forward to the shop", () => say({ type: "text", text: message.text, forwarded: true })));
  if (message.mine && !message.deleted) {
    if (["text", "image", "video", "document"].includes(message.type)) {
      rows.push(row("Edit", () => rewrite(message, say)));
    }
    rows.push(row("Delete for everyone", () => say({ type: "revoke", reply_to: message.id })));
  }
  sheetOf("This message", ...rows);
}

function rewrite(message, say) {
  const field = node("textarea", { rows: "3", "aria-label": "New wording" });
  field.value = message.text;
  const done = row("Save", () => field.value.trim()
    && say({ type: "edit", reply_to: message.id, of: message.type, text: field.value.trim() }));
  sheetOf("Edit", field, done);
  field.focus();
}

function moreKinds({ say, moveTo }) {
  const rows = KINDS.map(([label, message]) => row(label, () => say(message)));
  rows.push(row("🔁 New phone number", () => moveTo()));
  sheetOf("Send", ...rows);
}
