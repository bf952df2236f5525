// Lines between boxes, drawn from where these have come to stand.

const RADIUS = 7;
const ARROW = 4;

class Wires {
  constructor() {
    this.paths = [];
    this.heads = [];
    this.ribbons = [];
    this.origin = document.getElementById("canvas").getBoundingClientRect();
  }

  rectangle(made) {
    const box = made.getBoundingClientRect();
    const left = (box.left - this.origin.left) / settings.zoom;
    const top = (box.top - this.origin.top) / settings.zoom;
    const width = box.width / settings.zoom, height = box.height / settings.zoom;
    return { x: left + width / 2, top, bottom: top + height };
  }

  // A line down from one place to another; `bus` is the height at which it goes sideways.
  line(from, to, flow, isEntry) {
    if (!flow.length) return;
    const end = to.y - (isEntry ? ARROW : 0);
    const bus = from.bus ?? to.bus ?? (from.y + end) / 2;
    this.add(elbow(from.x, from.y, to.x, end, bus), flow);
    if (isEntry) this.heads.push(`M${round(to.x)} ${round(to.y)}l-4 -6h8z`);
  }

  curve(from, to, flow, isEntry) {
    const end = to.y - (isEntry ? ARROW : 0), middle = (from.y + end) / 2;
    const path = Math.abs(from.x - to.x) < 0.6
      ? `M${round(from.x)} ${round(from.y)}V${round(end)}`
      : `M${round(from.x)} ${round(from.y)}C${round(from.x)} ${round(middle)} ${round(to.x)} ${round(middle)} ${round(to.x)} ${round(end)}`;
    this.add(path, flow);
    if (isEntry) this.heads.push(`M${round(to.x)} ${round(to.y)}l-4 -6h8z`);
  }

  add(path, flow) {
    this.paths.push(path);
    if (settings.byChannels) this.ribbons.push([path, ribbonWidth(flow)]);
  }

  draw() {
    const made = this.ribbons.map(([path, width]) => `<path class="ribbon" d="${path}" style="stroke-width:${width}"/>`);
    made.push(`<path d="${this.paths.join("")}"/><path class="head" d="${this.heads.join("")}"/>`);
    document.getElementById("wires").innerHTML = made.join("");
  }

  chain(chain, start, end) {
    let before = start ? [start] : [];
    chain.parts.forEach((part, place) => {
      if (!(part instanceof BoxView && part.element.classList.contains("stacked-above")))
        this.join(before, this.into(part), chain.flows[place]);
      this.inside(part);
      before = this.outOf(part);
    });
    if (end) this.join(before, [end], chain.flows.at(-1));
  }

  join(sources, targets, flow) {
    const isMany = sources.length > 1 && targets.length > 1;
    for (const from of sources)
      for (const to of targets) {
        if (isMany && sources.length === targets.length && sources.indexOf(from) !== targets.indexOf(to)) continue;
        this.line(from, to, to.flow || from.flow || flow, to.isEntry);
      }
  }

  // The places at which lines enter a part.
  into(part) {
    if (part instanceof BoxView) {
      const { x, top } = this.rectangle(part.element);
      return [{ x, y: top, isEntry: true }];
    }
    const { top } = this.rectangle(part.element);
    if (part instanceof MeshView)
      return part.wires.filter(([row]) => row === 0).map(([, , target, flow]) => this.cell(part.rows[0][target], true, flow, top + 5));
    return part.chains.filter((chain) => chain.flows[0].length).map((chain) => this.cell(chain, true, chain.flows[0], top + 3));
  }

  outOf(part) {
    const { x, bottom } = this.rectangle(part.element);
    if (part instanceof BoxView) return [{ x, y: bottom }];
    if (part instanceof MeshView)
      return part.wires.filter(([row]) => row === part.rows.length).map(([, source, , flow]) => this.cell(part.rows.at(-1)[source], false, flow, bottom - 5));
    return part.chains.filter((chain) => chain.flows.at(-1).length).map((chain) => this.cell(chain, false, chain.flows.at(-1), bottom - 3));
  }

  cell(chain, isEntry, flow, bus) {
    const { x, top, bottom } = this.rectangle(chain.element);
    return { x, y: isEntry ? top : bottom, flow, bus };
  }

  inside(part) {
    if (part instanceof BoxView) {
      if (!part.isOpen) return;
      const { x, bottom } = this.rectangle(part.element);
      const head = this.rectangle(part.element.firstElementChild);
      this.chain(part.inside, { x, y: head.bottom }, { x, y: bottom });
      return;
    }
    for (const chain of part.chains) {
      const { x, top, bottom } = this.rectangle(chain.element);
      const [start, end] = [{ x, y: top }, { x, y: bottom }];
      if (chain.parts.length) this.chain(chain, chain.flows[0].length && start, chain.flows.at(-1).length && end);
      else this.line(start, end, chain.flows[0], false);
    }
    if (part instanceof MeshView) this.mesh(part);
  }

  mesh(mesh) {
    for (const [row, source, target, flow] of mesh.wires) {
      if (row === 0 || row === mesh.rows.length) continue;
      const from = this.rectangle(mesh.rows[row - 1][source].element);
      const to = this.rectangle(mesh.rows[row][target].element);
      this.curve({ x: from.x, y: from.bottom }, { x: to.x, y: to.top }, flow, false);
    }
  }
}

function elbow(x1, y1, x2, y2, bus) {
  const across = x2 - x1;
  if (Math.abs(across) < 0.6) return `M${round(x1)} ${round(y1)}V${round(y2)}`;
  const side = Math.sign(across);
  const first = Math.max(0, Math.min(RADIUS, Math.abs(across) / 2, bus - y1));
  const second = Math.max(0, Math.min(RADIUS, Math.abs(across) / 2, y2 - bus));
  return `M${round(x1)} ${round(y1)}V${round(bus - first)}Q${round(x1)} ${round(bus)} ${round(x1 + side * first)} ${round(bus)}` +
    `H${round(x2 - side * second)}Q${round(x2)} ${round(bus)} ${round(x2)} ${round(bus + second)}V${round(y2)}`;
}

function round(number) {
  return Math.round(number * 10) / 10;
}

function ribbonWidth(flow) {
  return Math.max(2, Math.min(26, Math.sqrt(channelsOf(flow)) * 0.6));
}

function drawWires() {
  const wires = new Wires();
  wires.chain(tree, null, null);
  wires.draw();
}
