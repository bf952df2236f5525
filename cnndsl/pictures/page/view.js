// What is open, selected and found, and how the picture is shown.

const settings = { zoom: 1, heat: "", byChannels: false, allShapes: false };
const stage = document.getElementById("stage");
const MOST_AT_FIRST = 34; // boxes that are drawn when the page opens
const MOST_DRAWN = 5000;
const LEAST_LEGIBLE = 0.5; // the zoom

let selected = null;
const matches = new Set(); // boxes that a search has found
const within = new Map(); // how many are found in a closed box

function drawAll() {
  const root = document.getElementById("root");
  root.replaceChildren();
  root.className = `chain${settings.heat ? " heated" : ""}`;
  drawChain(tree, root, null);
  if (!selected) tree.visible().next().value.element.tabIndex = 0;
  update();
}

// Place lines and scrollbars anew, behind any change of boxes.
function update() {
  const canvas = document.getElementById("canvas");
  canvas.style.transform = settings.zoom === 1 ? "" : `scale(${settings.zoom})`;
  const sizer = document.getElementById("sizer");
  sizer.style.width = sizer.style.height = "";
  canvas.style.minWidth = `${stage.clientWidth / settings.zoom}px`;
  if (settings.zoom !== 1) {
    sizer.style.width = `${canvas.offsetWidth * settings.zoom}px`;
    sizer.style.height = `${canvas.offsetHeight * settings.zoom}px`;
    sizer.style.overflow = "hidden";
  } else sizer.style.overflow = "";
  document.getElementById("fit").textContent = `${Math.round(settings.zoom * 100)}%`;
  drawWires();
}

function setOpen(view, isOpen) {
  if (!view.canOpen || view.isOpen === isOpen) return;
  const before = view.element.firstElementChild.getBoundingClientRect();
  view.isOpen = isOpen;
  if (!isOpen) for (const one of [...view.inside.visible()]) one.isOpen = false;
  else openOnlyOnes(view);
  fillBox(view);
  countMatches();
  update();
  const after = view.element.firstElementChild.getBoundingClientRect();
  stage.scrollBy(after.left + after.width / 2 - before.left - before.width / 2, after.top - before.top);
  if (!isOpen && selected && !selected.isVisible) select(view);
}

// A part that is alone in its box opens with that.
function openOnlyOnes(view) {
  const boxes = [...view.inside.boxes()];
  if (boxes.length !== 1 || !boxes[0].canOpen) return;
  boxes[0].isOpen = true;
  openOnlyOnes(boxes[0]);
}

function openAll() {
  openWhile(MOST_DRAWN);
  drawAll();
  toMiddle(selected);
}

function closeAll() {
  for (const view of [...tree.visible()]) view.isOpen = false;
  while (selected?.around) selected = selected.around;
  drawAll();
  toMiddle(selected);
}

// Bring a box into the middle of the window, or the first one below its upper edge.
function toMiddle(view) {
  const place = headOf(view || tree.visible().next().value), frame = stage.getBoundingClientRect();
  const down = view ? place.top - frame.top - frame.height / 3 : -stage.scrollTop;
  stage.scrollBy((place.left + place.right) / 2 - frame.left - frame.width / 2, down);
}

// Open all around a box, so that it is drawn.
function reveal(...wanted) {
  const closed = new Set(wanted.flatMap((view) => [...view.ancestors()]).filter((view) => !view.isOpen));
  if (!closed.size) return;
  for (const view of closed) view.isOpen = true;
  const drawn = [...closed].filter((view) => view.element && view.isVisible && ![...view.ancestors()].some((one) => closed.has(one)));
  for (const view of drawn) fillBox(view);
  countMatches();
  update();
}

function select(view, { isQuiet = false } = {}) {
  selected?.element?.classList.remove("selected");
  if (selected?.element) selected.element.tabIndex = -1;
  selected = view;
  if (view) {
    reveal(view);
    view.element.classList.add("selected");
    view.element.tabIndex = 0;
    keepInSight();
    if (document.activeElement !== document.getElementById("search")) view.element.focus({ preventScroll: true });
  }
  showDetails(view);
  markRows(view, isQuiet);
  note(view?.path);
}

// The address leads back to the selected box.
function note(path) {
  const address = location.href.split("#")[0];
  if (location.protocol !== "about:") history.replaceState(null, "", path ? `${address}#${path}` : address);
}

function keepInSight() {
  if (!selected?.element) return;
  const place = headOf(selected), frame = stage.getBoundingClientRect(), room = 40;
  const down = place.top < frame.top + room ? place.top - frame.top - room : Math.max(0, place.bottom - frame.bottom + room);
  const right = place.left < frame.left + room ? place.left - frame.left - room : Math.max(0, place.right - frame.right + room);
  stage.scrollBy(right, down);
}

function headOf(view) {
  return (view.isOpen ? view.element.firstElementChild : view.element).getBoundingClientRect();
}

function markBox(view) {
  const { element: made, box } = view;
  made.classList.toggle("selected", view === selected);
  made.classList.toggle("match", matches.has(view));
  made.querySelector(":scope > .badge")?.remove();
  const inside = view.isOpen ? 0 : within.get(view) || 0;
  if (inside) made.append(element("span", "badge", inside));
  if (!settings.heat) return;
  const total = data[settings.heat] || 1, share = (box[settings.heat] || 0) / total;
  made.style.setProperty("--heat", Math.sqrt(share).toFixed(3));
  made.querySelector(":scope > .head > .share").textContent = share ? percent(share) : "";
}

function percent(share) {
  return share < 0.001 ? "<0.1%" : `${(share * 100).toFixed(share < 0.1 ? 1 : 0)}%`;
}

function markAll() {
  for (const view of tree.visible()) markBox(view);
}

// How many are found in each closed box.
function countMatches() {
  within.clear();
  for (const view of matches) for (const one of view.ancestors()) within.set(one, (within.get(one) || 0) + 1);
  if (matches.size) markAll();
}

function zoomTo(zoom, x, y) {
  const frame = stage.getBoundingClientRect();
  const [left, top] = [(x ?? frame.left + frame.width / 2) - frame.left, (y ?? frame.top + frame.height / 2) - frame.top];
  const ratio = Math.max(0.02, Math.min(3, zoom)) / settings.zoom;
  const place = [(stage.scrollLeft + left) * ratio - left, (stage.scrollTop + top) * ratio - top];
  settings.zoom *= ratio;
  update();
  stage.scrollTo(...place);
}

// The whole width, and the whole height where that stays legible; or full size again.
function fit() {
  const canvas = document.getElementById("canvas"), root = document.getElementById("root");
  const high = Math.max(stage.clientHeight / canvas.offsetHeight, LEAST_LEGIBLE);
  const wanted = Math.min(stage.clientWidth / (root.offsetWidth + 80), high, 1);
  zoomTo(Math.abs(settings.zoom - wanted) < 0.005 ? 1 : wanted);
  toMiddle(selected);
}

// What is drawn at first: so many levels as are wanted; else stages, loops and repeats are open
// while that stays few boxes, and then blocks.
function openAtFirst() {
  if (data.depth !== null) openWhile(MOST_DRAWN, data.depth);
  else openWhile(MOST_AT_FIRST, Infinity, (view) => view.box.kind !== "block") && openWhile(MOST_AT_FIRST);
}

// Open level by level while no more boxes than `most` are drawn; tells whether all could be opened.
function openWhile(most, depth = Infinity, isMeant = () => true) {
  let level = [...tree.boxes()], drawn = [...tree.visible()].length;
  for (; level.length && depth > 0; depth--) {
    const opened = level.filter((view) => view.canOpen && (view.isOpen || isMeant(view)));
    const closed = opened.filter((view) => !view.isOpen);
    drawn += closed.reduce((sum, view) => sum + [...view.inside.boxes()].length, 0);
    if (drawn > most) return false;
    for (const view of closed) view.isOpen = true;
    level = opened.flatMap((view) => [...view.inside.boxes()]);
  }
  return true;
}
