// The network as a tree of views: what the spec calls a box is here once for each place that it
// stands in, made when it is first asked for.

const data = JSON.parse(document.getElementById("data").textContent);

class BoxView {
  constructor(box, around) {
    this.box = box;
    this.around = around; // the box that holds this one, or null
    this.isOpen = false;
    this.chain = null;
    this.element = null;
    this.path = joined(around ? around.path : "", box.name || "");
  }

  get canOpen() {
    return this.box.inside !== undefined;
  }

  get inside() {
    if (!this.chain && this.canOpen) this.chain = new ChainView(this.box.inside, this);
    return this.chain;
  }

  // Which of several calls with the same weights this is part of.
  get call() {
    return Math.max(this.box.call || 1, this.around ? this.around.call : 1);
  }

  get isVisible() {
    return !this.around || (this.around.isOpen && this.around.isVisible);
  }

  *ancestors() {
    for (let one = this.around; one; one = one.around) yield one;
  }

  // This box and all in it, whether they are drawn or not.
  *all() {
    yield this;
    if (this.canOpen) yield* this.inside.all();
  }

  *visible() {
    yield this;
    if (this.isOpen) yield* this.inside.visible();
  }
}

class ChainView {
  constructor(number, around) {
    const chain = data.chains[number];
    this.flows = chain.flows;
    this.parts = (chain.parts).map((part) => viewOf(part, around));
  }

  // The boxes of this chain, those of its forks and meshes too, but not those within boxes.
  *boxes() {
    for (const part of this.parts) {
      if (part instanceof BoxView) yield part;
      else for (const chain of part.chains) yield* chain.boxes();
    }
  }

  *all() {
    for (const box of this.boxes()) yield* box.all();
  }

  *visible() {
    for (const box of this.boxes()) yield* box.visible();
  }
}

class ForkView {
  constructor(fork, around) {
    this.chains = fork.paths.map((number) => new ChainView(number, around));
  }
}

class MeshView {
  constructor(mesh, around) {
    this.rows = mesh.rows.map((row) => row.map((number) => new ChainView(number, around)));
    this.wires = mesh.wires;
  }

  get chains() {
    return this.rows.flat();
  }
}

function viewOf(part, around) {
  if (part.paths) return new ForkView(part, around);
  return part.rows ? new MeshView(part, around) : new BoxView(part, around);
}

function joined(prefix, name) {
  return prefix && name ? `${prefix}.${name}` : prefix || name;
}

// Repeats are drawn once, so that one box stands for several paths, whose numbers move on.

function boxesAt(path, call) {
  const found = [];
  lookInto(tree, path ? path.split(".") : [], [], found);
  return found.find((view) => view.call === call) || found[call - 1] || found[0] || null;
}

function lookInto(chain, names, turns, found) {
  for (const view of chain.boxes()) {
    const box = view.box;
    const own = box.count ? [...turns, [box.count, box.numbered]] : turns;
    const [rest, left] = behind(box.name ? box.name.split(".") : [], names, own);
    if (!rest) continue;
    if (view.canOpen) lookInto(view.inside, rest, left, found);
    else if (!rest.length && box.name) found.push(view);
  }
}

// What is left of the names behind those of a box, and the turns that no number has been moved by.
function behind(own, names, turns) {
  for (let place = 0; place < own.length; place++) {
    if (own[place] === names[place]) {
      if (isNumber(own[place])) turns = [];
    } else if (isNumber(own[place]) && isNumber(names[place])) {
      if (!isReached(names[place] - own[place], turns)) return [null, turns];
      turns = [];
    } else return [null, turns];
  }
  return [names.slice(own.length), turns];
}

function isReached(distance, turns) {
  if (!turns.length) return distance === 0;
  const [count, step] = turns[0];
  for (let turn = 0; turn < count && turn * step <= distance; turn++)
    if (isReached(distance - turn * step, turns.slice(1))) return true;
  return false;
}

function isNumber(name) {
  return /^\d+$/.test(name || "");
}

function channelsOf(flow) {
  return flow.reduce((sum, [shape]) => sum + Number(shape.split("x").at(-1)), 0);
}

function shapeText(shape) {
  return shape.replaceAll("x", "\u00d7");
}

function flowText(flow) {
  return flow.map(([shape, name]) => (name ? `${name} ${shapeText(shape)}` : shapeText(shape)));
}

const exact = new Intl.NumberFormat("en-US");

function short(number) {
  for (const [unit, size] of [["T", 1e12], ["G", 1e9], ["M", 1e6], ["k", 1e3]])
    if (number >= size) return `${Number((number / size).toPrecision(3))}${unit}`;
  return String(number);
}

const tree = new ChainView(0, null);
