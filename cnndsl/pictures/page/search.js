// Search over paths, ops, arguments and shapes.

const MOST_REVEALED = 60; // matches whose boxes are opened at once; others are counted on closed boxes

let found = []; // matching boxes in the order of the picture
let foundPlace = -1;

function textOfBox({ box, path }) {
  const shapes = [...(box.inputs || []), ...(box.outputs || [])].flat();
  return [path, box.label, box.detail || "", ...shapes].join(" ").toLowerCase();
}

function search(text) {
  const terms = text.toLowerCase().replaceAll("\u00d7", "x").split(/\s+/).filter(Boolean);
  const fits = (where) => terms.every((term) => where.includes(term));
  matches.clear();
  found = terms.length ? [...tree.all()].filter((view) => fits(textOfBox(view))) : [];
  foundPlace = -1;
  for (const view of found) matches.add(view);
  const count = filterRows(terms.length ? fits : null);
  for (const view of turnsOf(terms.length ? count : 0)) if (!matches.has(view)) { matches.add(view); found.push(view); }
  if (found.length && found.length <= MOST_REVEALED) reveal(...found);
  countMatches();
  markAll();
  const status = document.getElementById("found");
  status.textContent = terms.length ? (matches.size ? `${exact.format(matches.size)} found` : "nothing found") : "";
  if (found.length) intoSight(found[0]);
}

// The boxes for rows that a repeat shows under the path of its first turn.
function turnsOf(count) {
  if (!count || found.length) return [];
  return rows.filter((one) => !one.element.hidden).map(({ row }) => boxesAt(row[0], row[1])).filter(Boolean);
}

function intoSight(view) {
  let shown = view;
  while (!shown.isVisible) shown = shown.around;
  headElement(shown).scrollIntoView({ block: "nearest", inline: "nearest" });
}

function headElement(view) {
  return view.isOpen ? view.element.firstElementChild : view.element;
}

function next(step) {
  if (!found.length) return;
  foundPlace = (foundPlace + step + found.length) % found.length;
  select(found[foundPlace]);
  document.getElementById("found").textContent = `${foundPlace + 1} of ${exact.format(found.length)}`;
}

function endSearch() {
  document.getElementById("search").value = "";
  search("");
}
