// Keyboard and mouse.

const KEYS = [
  ["\u2191 \u2193 \u2190 \u2192", "go to the next box that way"],
  ["Enter, Space", "open or close the box"],
  ["Backspace", "go to the box around"],
  ["Home, End", "first and last box"],
  ["/", "search; there Enter goes to the next, Shift+Enter to the one before"],
  ["Esc", "leave the search, then the box"],
  ["e, c", "open all, close all"],
  ["+ - f", "larger, smaller, fit into the window; Ctrl and the wheel do so, too"],
  ["t", "show or hide details and table"],
];

const ACTIONS = {
  ArrowUp: () => move(0, -1),
  ArrowDown: () => move(0, 1),
  ArrowLeft: () => move(-1, 0),
  ArrowRight: () => move(1, 0),
  Enter: () => selected && setOpen(selected, !selected.isOpen),
  " ": () => selected && setOpen(selected, !selected.isOpen),
  Backspace: () => selected?.around && select(selected.around),
  Home: () => select(tree.visible().next().value),
  End: () => select([...tree.visible()].at(-1)),
  "/": () => document.getElementById("search").select(),
  Escape: leave,
  e: openAll,
  c: closeAll,
  "+": () => zoomTo(settings.zoom * 1.2),
  "-": () => zoomTo(settings.zoom / 1.2),
  f: fit,
  t: togglePanel,
  "?": () => document.getElementById("help").showModal(),
};

function leave() {
  if (document.getElementById("search").value) endSearch();
  else select(null);
}

// The nearest box in a direction; what lies to the side counts as twice as far.
function move(across, down) {
  const all = [...tree.visible()];
  if (!selected) return select(all[0]);
  const from = headOf(selected);
  let best = null, least = Infinity;
  for (const view of all) {
    if (view === selected) continue;
    const distance = distanceTo(from, headOf(view), across, down);
    if (distance < least) [best, least] = [view, distance];
  }
  if (best) select(best);
}

function distanceTo(from, to, across, down) {
  const ahead = down ? (down > 0 ? to.top - from.bottom : from.top - to.bottom) : across > 0 ? to.left - from.right : from.left - to.right;
  if (ahead < -2) return Infinity;
  const beside = down
    ? Math.max(0, to.left - from.right, from.left - to.right)
    : Math.max(0, to.top - from.bottom, from.top - to.bottom);
  const offset = down ? Math.abs(to.left + to.right - from.left - from.right) / 2 : Math.abs(to.top + to.bottom - from.top - from.bottom) / 2;
  return ahead + 2 * beside + offset / 50 + (beside && !down ? 400 : 0);
}

function togglePanel() {
  const isHidden = document.body.classList.toggle("no-panel");
  document.getElementById("panel-button").setAttribute("aria-pressed", String(!isHidden));
  update();
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.getElementById("help").open) return;
  const field = event.target.closest("input, select, button, th");
  if (field && !["Escape", "/"].includes(event.key)) return;
  if (field?.id === "search") return;
  const action = ACTIONS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}

function onSearchKey(event) {
  if (event.key === "Enter") next(event.shiftKey ? -1 : 1);
  else if (event.key === "Escape") {
    endSearch();
    if (selected) selected.element.focus({ preventScroll: true });
    else event.target.blur();
  } else return;
  event.preventDefault();
  event.stopPropagation();
}

function onClick(event) {
  const made = event.target.closest(".box");
  const view = made && views.get(made);
  if (!view) return select(null);
  const isHead = event.target.closest(".head, .facts") || !view.isOpen;
  if (isHead && view.canOpen) setOpen(view, !view.isOpen);
  if (isHead) select(view);
}

// Drag the ground to move the picture; a click that has moved nothing stays one.
function pan(event) {
  if (event.button !== 0 || event.pointerType === "touch") return;
  const start = [event.clientX + stage.scrollLeft, event.clientY + stage.scrollTop];
  const [x, y] = [event.clientX, event.clientY];
  let hasMoved = false;
  const onMove = (moved) => {
    hasMoved ||= Math.hypot(moved.clientX - x, moved.clientY - y) > 4;
    if (!hasMoved) return;
    stage.classList.add("panning");
    stage.scrollTo(start[0] - moved.clientX, start[1] - moved.clientY);
  };
  const onUp = () => {
    window.removeEventListener("pointermove", onMove);
    stage.classList.remove("panning");
    if (!hasMoved) return;
    const stop = (click) => click.stopPropagation();
    window.addEventListener("click", stop, { capture: true });
    setTimeout(() => window.removeEventListener("click", stop, { capture: true }));
  };
  window.addEventListener("pointermove", onMove);
  window.addEventListener("pointerup", onUp, { once: true });
}

function onWheel(event) {
  if (!event.ctrlKey) return;
  event.preventDefault();
  zoomTo(settings.zoom * Math.exp(-event.deltaY / 300), event.clientX, event.clientY);
}

function dragSplitter(event) {
  const onMove = (moved) => {
    document.getElementById("panel").style.width = `${Math.max(240, window.innerWidth - moved.clientX)}px`;
  };
  window.addEventListener("pointermove", onMove);
  window.addEventListener("pointerup", () => { window.removeEventListener("pointermove", onMove); update(); }, { once: true });
  event.preventDefault();
}

function toggleTheme() {
  const root = document.documentElement;
  const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
}
