// The table of layers beside the picture.

const COLUMNS = [["Path", 0], ["Op", 2], ["Output", 3], ["Params", 4], ["MACs", 5]];
const NUMBERS = new Set([4, 5]);

const rows = []; // {row, element} in the order of the network
const rowsByPath = new Map();
let order = { column: null, isDown: false };

function makeTable() {
  const head = document.querySelector("#layers thead tr");
  for (const [title, column] of COLUMNS) {
    const cell = element("th", NUMBERS.has(column) ? "number" : "", title);
    cell.tabIndex = 0;
    cell.addEventListener("click", () => sortBy(column));
    cell.addEventListener("keydown", (event) => event.key === "Enter" && sortBy(column));
    head.append(cell);
  }
  const most = { 4: 1, 5: 1 };
  for (const row of data.rows) for (const column of NUMBERS) most[column] = Math.max(most[column], row[column]);
  for (const row of data.rows) {
    const made = { row, element: makeRow(row, most) };
    rows.push(made);
    rowsByPath.set(labelOf(row), made);
  }
  document.querySelector("#layers tbody").append(...rows.map((one) => one.element));
  if (data.rows.length < data.layers)
    document.getElementById("layers").append(element("p", "more", `and ${exact.format(data.layers - data.rows.length)} more layers`));
  document.querySelector("#layers tbody").addEventListener("click", (event) => {
    const found = rows.find((one) => one.element === event.target.closest("tr"));
    if (found) select(boxesAt(found.row[0], found.row[1]), { isQuiet: true });
  });
}

function labelOf([path, call]) {
  return call > 1 ? `${path} (${call})` : path;
}

function makeRow(row, most) {
  const made = element("tr");
  for (const [, column] of COLUMNS) {
    const cell = element("td", NUMBERS.has(column) ? "number" : "");
    if (column === 0) {
      cell.append(element("bdi", "", labelOf(row)));
      cell.title = labelOf(row);
    } else if (NUMBERS.has(column)) {
      cell.textContent = row[column] ? (column === 5 ? short : exact.format)(row[column]) : "";
      cell.title = exact.format(row[column]);
      if (row[column]) cell.style.setProperty("--part", (row[column] / most[column]).toFixed(3));
    } else cell.textContent = shapesInText(column === 3 ? shapeText(row[3]) : row[column]);
    made.append(cell);
  }
  return made;
}

// Once the largest first or A to Z, once the other way, once as the network has it.
function sortBy(column) {
  const isDown = NUMBERS.has(column);
  if (order.column !== column) order = { column, isDown };
  else if (order.isDown === isDown) order = { column, isDown: !isDown };
  else order = { column: null, isDown: false };
  const sorted = [...rows];
  if (order.column !== null) sorted.sort((one, other) => compared(one.row[column], other.row[column]) * (order.isDown ? -1 : 1));
  document.querySelector("#layers tbody").append(...sorted.map((one) => one.element));
  document.querySelectorAll("#layers th").forEach((cell, place) => {
    if (COLUMNS[place][1] === order.column) cell.setAttribute("aria-sort", order.isDown ? "descending" : "ascending");
    else cell.removeAttribute("aria-sort");
  });
}

function compared(one, other) {
  if (typeof one === "number") return one - other;
  return one.localeCompare(other, "en", { numeric: true });
}

// Mark the rows of a box, and bring the first one into sight.
function markRows(view, isQuiet) {
  let first = null;
  for (const { row, element: made } of rows) {
    const isOwn = Boolean(view && !view.canOpen && view.box.name && row[0] === view.path && row[1] === view.call);
    const isInside = Boolean(view?.canOpen && view.path && row[0].startsWith(`${view.path}.`));
    made.classList.toggle("selected", isOwn);
    made.classList.toggle("inside", isInside);
    if ((isOwn || isInside) && !first) first = made;
  }
  if (first && !isQuiet) {
    const holder = document.getElementById("layers");
    const top = first.offsetTop - holder.querySelector("thead").offsetHeight;
    if (top < holder.scrollTop || first.offsetTop + first.offsetHeight > holder.scrollTop + holder.clientHeight) holder.scrollTop = top;
  }
}

function filterRows(fits) {
  let count = 0;
  for (const one of rows) {
    const isShown = !fits || fits(rowText(one.row));
    one.element.hidden = !isShown;
    count += isShown;
  }
  return count;
}

function rowText(row) {
  return `${labelOf(row)} ${row[2]} ${row[3]}`.toLowerCase();
}
