// The page: an editor at the left, and at the right what cnndsl makes of its text.

import { Editor } from "./editor.js";
import { code, element, picture, report, table } from "./output.js";
import { Python } from "./python.js";
import { asked, packed } from "./sharing.js";

const PAUSE = 150; // milliseconds without a key before a text is checked
const FIRST = `# Two convolutions around a shortcut (He et al., 2016).
block residual(filters, stride = 1) {
    add {
        conv(filters, 3x3, stride, pad=1) -> relu -> conv(filters, 3x3, pad=same)
        if stride == 1 and in.channels == filters { identity } else { conv(filters, 1x1, stride) }
    } -> relu
}

# A small residual network for 32x32 photographs.
model tiny_resnet(classes = 10) {
    input 32x32x3
    conv(16, 3x3, pad=same) -> relu
    for filters in [16, 32, 64] {
        residual(filters, stride=2) -> residual(filters) * 2
    }    : 4x4x64
    global_avg_pool -> dense(classes) -> softmax
    expect params < 300K
}
`;

const $ = (id) => document.getElementById(id);
const panel = $("panel");
const python = new Python(stage);
const editor = new Editor($("text"), $("copy"), $("gutter"), () => {
  $("zoo").value = "";
  clearTimeout(timer);
  timer = setTimeout(check, PAUSE);
});
let timer;
let tab = "report";
let model = null;
let latest = null;

function stage(text, isFailure) {
  $("status").textContent = text;
  $("status").className = isFailure ? "error" : "";
}

async function check() {
  const text = editor.text;
  const found = await python.ask("check", { kind: "check", text });
  if (found === undefined || text !== editor.text) return;
  latest = found;
  editor.show(found.marks, found.hints);
  chooseModels(found.models);
  const { errors, warnings } = found;
  const told = [counted(errors, "error"), counted(warnings, "warning")].filter(Boolean);
  stage(told.join(", ") || "clean", errors > 0);
  document.body.dataset.checked = String(Number(document.body.dataset.checked ?? 0) + 1);
  await show();
}

const counted = (count, noun) => count && `${count} ${noun}${count > 1 ? "s" : ""}`;

function chooseModels(names) {
  if (!names.includes(model)) model = names.at(-1) ?? null;
  $("model").replaceChildren(...names.map((name) => new Option(name, name)));
  $("model").value = model;
  $("model").hidden = names.length < 2;
}

// Fills the panel with what the chosen tab shows of the text that was checked last.
async function show() {
  const text = editor.text;
  $("depth").hidden = !["layers", "picture"].includes(tab);
  $("depth").options[0].text = tab === "picture" ? "as deep as is legible" : "all layers";
  $("copy-code").hidden = !isCode(tab);
  let shown;
  if (tab === "report") {
    shown = latest && [report(latest.report, (row, column) => editor.go(row, column))];
  } else if (tab === "layers") {
    const depth = Number($("depth").value) || null;
    const found = await python.ask("panel", { kind: "layers", text, model, depth });
    shown = found && [element("p", "title", found.title), table(found)];
  } else if (tab === "picture") {
    const depth = Number($("depth").value) || null;
    const found = await python.ask("panel", { kind: "picture", text, model, depth });
    shown = found && [
      ...(found.title ? [element("p", "title", found.title)] : []),
      ...(found.svg ? [picture(found.svg)] : []),
    ];
  } else {
    const found = await python.ask("panel", { kind: "code", text, model, backend: tab });
    shown = found && [found.refusal ? report(found.refusal, () => {}) : code(found.code)];
  }
  if (!shown || text !== editor.text) return;
  panel.replaceChildren(...shown);
  panel.dataset.shows = tab;
}

const isCode = (name) => !["report", "layers", "picture"].includes(name);

function choose(name) {
  tab = name;
  for (const button of $("tabs").querySelectorAll("[role=tab]")) {
    button.setAttribute("aria-selected", String(button.dataset.tab === name));
    button.tabIndex = button.dataset.tab === name ? 0 : -1;
  }
  panel.scrollTop = 0;
  show();
}

function offerTabs(backends) {
  const names = { keras: "Keras", torch: "PyTorch", numpy: "NumPy" };
  const order = Object.keys(names);
  const sorted = [...backends].sort((a, b) => order.indexOf(a) - order.indexOf(b));
  for (const name of sorted) {
    const button = element("button", "", names[name] ?? name);
    Object.assign(button, { role: "tab", type: "button", tabIndex: -1 });
    button.dataset.tab = name;
    $("tabs").append(button);
  }
}

function offerZoo(shelves) {
  for (const [title, names] of Object.entries(shelves)) {
    const group = element("optgroup");
    group.label = title;
    group.append(...names.map((name) => new Option(name, name)));
    $("zoo").append(group);
  }
}

async function open(name) {
  const found = await python.ask("open", { kind: "open", name });
  if (!found) return;
  editor.text = found.text;
  $("zoo").value = name;
  model = found.model;
  await check();
}

async function openAddress() {
  const wanted = await asked();
  if (wanted.zoo) return open(wanted.zoo);
  if (wanted.text !== undefined) editor.text = wanted.text;
  return check();
}

async function share() {
  const name = $("zoo").value;
  const part = name ? `zoo=${encodeURIComponent(name)}` : `text=${await packed(editor.text)}`;
  history.replaceState(null, "", `#${part}`);
  await copied(location.href, $("share"));
}

async function copied(text, button) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "In the address bar";
  }
  setTimeout(() => (button.textContent = label), 1500);
}

function listen() {
  $("tabs").addEventListener("click", ({ target }) => target.dataset.tab && choose(target.dataset.tab));
  $("tabs").addEventListener("keydown", ({ key }) => {
    const buttons = [...$("tabs").querySelectorAll("[role=tab]")];
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (!step) return;
    const here = buttons.findIndex((one) => one.dataset.tab === tab);
    const next = buttons[(here + step + buttons.length) % buttons.length];
    choose(next.dataset.tab);
    next.focus();
  });
  $("zoo").addEventListener("change", ({ target }) => target.value && open(target.value));
  $("model").addEventListener("change", ({ target }) => {
    model = target.value;
    show();
  });
  $("depth").addEventListener("change", show);
  $("share").addEventListener("click", share);
  $("copy-code").addEventListener("click", () => copied(panel.innerText, $("copy-code")));
  window.addEventListener("hashchange", openAddress);
}

async function start() {
  editor.text = FIRST;
  listen();
  stage("Loading Python", false);
  const about = await python.ask("about", { kind: "about" });
  about.keywords.forEach((word) => editor.words.set(word, "keyword"));
  about.ops.forEach((word) => editor.words.set(word, "op"));
  $("version").textContent = about.version;
  offerTabs(about.backends);
  offerZoo(about.zoo);
  $("zoo").disabled = false;
  await openAddress();
  await python.ask("warm_up", { kind: "warm_up" });
  document.body.dataset.ready = "true";
}

start();
