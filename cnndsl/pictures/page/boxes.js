// Elements for boxes and what holds them. What is closed has no elements inside.

const QUIET = new Set(["activation", "normalization"]);

const views = new WeakMap(); // from a box's element to its view

function element(name, classes, text) {
  const made = document.createElement(name);
  if (classes) made.className = classes;
  if (text !== undefined) made.textContent = text;
  return made;
}

// `last` is the shape that is known on the way here; a line with another one has it written on it.
// Gives the shape that leaves, `isFramed` where the line behind the frame around will say it.
function drawChain(chain, holder, last, isFramed) {
  chain.element = holder;
  chain.parts.forEach((part, place) => {
    const before = chain.parts[place - 1];
    const isTight = place > 0 && isStacked(part, before);
    const isJoin = place > 0 && !(before instanceof BoxView);
    const shown = drawGap(isJoin ? [] : chain.flows[place], last, isTight);
    holder.append(shown);
    if (!isJoin && !isTight) last = textOf(chain.flows[place]);
    holder.append(drawPart(part, last));
    if (isTight) {
      part.element.classList.add("stacked-above");
      before.element.classList.add("stacked-below");
      pile(before.element, shown, part.element);
    }
    if (!(part instanceof BoxView)) last = endOf(part);
  });
  const isSaid = isFramed || (chain.parts.length && !(chain.parts.at(-1) instanceof BoxView));
  holder.append(drawGap(isSaid ? [] : chain.flows.at(-1), last, false));
}

// The shape that all lines out of a fork or mesh have.
function endOf(part) {
  const ends = part.chains.map((chain) => textOf(chain.flows.at(-1)));
  return part instanceof ForkView && ends.every((one) => one === ends[0]) ? ends[0] : null;
}

// A layer that changes no shape, such as an activation, sits on the layer before it.
function isStacked(part, before) {
  if (!(part instanceof BoxView && before instanceof BoxView)) return false;
  const isLayer = [part, before].every((view) => !view.canOpen && !view.box.times);
  const kind = before.box.kind;
  return isLayer && (kind === "layer" || kind === "merge") && QUIET.has(part.box.family) && part.box.keeps;
}

function pile(above, gap, below) {
  let made = above.parentElement;
  if (!made.classList.contains("pile")) {
    made = element("div", "pile");
    above.replaceWith(made);
    made.append(above);
  }
  made.append(gap, below);
}

function textOf(flow) {
  return flow.map(([shape]) => shape).join(" ");
}

function drawGap(flow, last, isTight) {
  const gap = element("div", isTight ? "gap tight" : "gap");
  const text = textOf(flow);
  if (isTight || !flow.length) return gap;
  const isNews = text !== last || flow.some(([, name]) => name);
  if (isNews || settings.allShapes) {
    const label = element("span", "shape");
    label.innerHTML = flowText(flow).map(escaped).join("<br>");
    gap.append(label);
    gap.classList.add("labelled");
    if (flow.length > 1) {
      gap.classList.add("several");
      gap.style.setProperty("--values", flow.length);
    }
  }
  return gap;
}

function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

function drawPart(part, last) {
  if (part instanceof BoxView) return drawBox(part, last);
  return part instanceof ForkView ? drawFork(part, last) : drawMesh(part, last);
}

function drawFork(fork, last) {
  const made = (fork.element = element("div", "fork"));
  const paths = fork.chains.map((chain) => drawPath(chain, "path", last));
  const empty = fork.chains.filter((chain) => !chain.parts.length).length;
  if (fork.chains.length === empty + 1) {
    // A line around one path: room on the other side keeps that path straight.
    const before = fork.chains.findIndex((chain) => chain.parts.length);
    const missing = Math.abs(fork.chains.length - 1 - 2 * before);
    const spacers = Array.from({ length: missing }, () => element("div", "spacer"));
    if (2 * before > fork.chains.length - 1) paths.push(...spacers);
    else paths.unshift(...spacers);
  }
  made.append(...paths);
  return made;
}

function drawPath(chain, classes, last) {
  if (!chain.parts.length) return (chain.element = element("div", "pass"));
  const holder = element("div", classes);
  drawChain(chain, holder, last);
  return holder;
}

function drawMesh(mesh, last) {
  const made = (mesh.element = element("div", "mesh"));
  for (const row of mesh.rows) {
    const line = element("div", "row");
    for (const chain of row) line.append(drawPath(chain, "cell", last));
    made.append(line);
  }
  return made;
}

function drawBox(view, last) {
  const { box } = view;
  view.last = last;
  const made = element("div", `box ${box.kind}`);
  view.element = made;
  views.set(made, view);
  made.classList.add(`color-${box.color}`);
  if (box.times) made.classList.add("many");
  if (box.call > 1) made.classList.add("again");
  made.setAttribute("role", "treeitem");
  made.tabIndex = view === selected ? 0 : -1;
  made.append(drawHead(view));
  if (view.canOpen) made.append(element("div", "facts", factsOf(view)));
  fillBox(view);
  markBox(view);
  return made;
}

function drawHead({ box, canOpen, path }) {
  const head = element("div", "head");
  if (canOpen) head.append(element("span", "chevron"));
  head.append(element("span", "label", box.label));
  if (isTelling(box)) head.append(element("span", "called", box.name));
  if (box.detail) head.append(element("span", "detail", shapesInText(box.detail)));
  if (box.times) head.append(element("span", "times", `\u00d7${box.times}`));
  head.append(element("span", "share"));
  head.title = [path, box.call > 1 ? "with the weights of an earlier call" : ""].filter(Boolean).join("\n");
  return head;
}

// Whether a name says more than the number of a box with this label does.
function isTelling({ name, label }) {
  const stem = (name || "").replace(/(\.\d+)+$/, "");
  return Boolean(stem) && !isNumber(stem) && stem !== label && stem.replace(/\d+$/, "") !== label;
}

function shapesInText(text) {
  return text.replace(/\b(\d+)x(\d+)\b/g, "$1\u00d7$2");
}

function factsOf({ box }) {
  const facts = [`${exact.format(box.layers || 0)} ${box.layers === 1 ? "layer" : "layers"}`];
  if (box.params) facts.push(`${short(box.params)} params`);
  if (box.macs) facts.push(`${short(box.macs)} MACs`);
  return facts.join(" \u00b7 ");
}

// Draw what an open box holds, or take it away.
function fillBox(view) {
  const { element: made } = view;
  made.querySelector(":scope > .chain")?.remove();
  made.classList.toggle("open", view.isOpen);
  if (view.canOpen) made.setAttribute("aria-expanded", String(view.isOpen));
  if (!view.isOpen) return;
  const holder = element("div", "chain");
  holder.setAttribute("role", "group");
  made.append(holder);
  drawChain(view.inside, holder, view.last, true);
}
