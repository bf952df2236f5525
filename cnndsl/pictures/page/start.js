// Put the page together.

function on(id, event, action) {
  document.getElementById(id).addEventListener(event, action);
}

function setting(id, name, read) {
  on(id, "change", (event) => {
    settings[name] = read(event.target);
    drawAll();
  });
}

function start() {
  document.getElementById("name").textContent = data.name;
  document.getElementById("totals").textContent =
    `${inputText()} \u00b7 ${short(data.params)} params \u00b7 ${short(data.macs)} MACs`;
  for (const [key, meaning] of KEYS) document.getElementById("keys").append(element("dt", "", key), element("dd", "", meaning));
  on("open-all", "click", openAll);
  on("close-all", "click", closeAll);
  on("larger", "click", () => zoomTo(settings.zoom * 1.2));
  on("smaller", "click", () => zoomTo(settings.zoom / 1.2));
  on("fit", "click", fit);
  on("theme", "click", toggleTheme);
  on("panel-button", "click", togglePanel);
  on("help-button", "click", ACTIONS["?"]);
  on("search", "input", (event) => search(event.target.value));
  on("search", "keydown", onSearchKey);
  on("splitter", "pointerdown", dragSplitter);
  setting("heat", "heat", (field) => field.value);
  setting("by-channels", "byChannels", (field) => field.checked);
  setting("all-shapes", "allShapes", (field) => field.checked);
  document.addEventListener("keydown", onKey);
  stage.addEventListener("click", onClick);
  stage.addEventListener("pointerdown", pan);
  stage.addEventListener("wheel", onWheel, { passive: false });
  window.addEventListener("resize", update);
  document.getElementById("heat").value = settings.heat = data.heat;
  openAtFirst();
  drawAll();
  toMiddle(null);
  const wanted = decodeURIComponent(location.hash.slice(1));
  const view = wanted ? [...tree.all()].find((one) => one.path === wanted) || boxesAt(wanted, 1) : null;
  if (view) select(view);
  else showDetails(null);
  // The picture is shown first: a table of a thousand rows takes longer than all else.
  requestAnimationFrame(() => setTimeout(() => {
    makeTable();
    markRows(selected, false);
  }));
}

start();
