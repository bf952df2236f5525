// What is known of the selected box, or else of the network.

const LINES_AROUND = 2;

function showDetails(view) {
  const panel = document.getElementById("details");
  panel.replaceChildren(...(view ? detailsOf(view) : overview()));
  panel.scrollTop = 0;
  panel.querySelector(".here")?.parentElement.scrollTo(0, 0);
}

function overview() {
  const facts = [
    ["input", inputText()],
    ["layers", exact.format(data.layers)],
    ["parameters", exact.format(data.params)],
    ["MACs", exact.format(data.macs)],
  ];
  const parts = [element("h2", "", data.heading), list(facts)];
  if (data.documentation) parts.splice(1, 0, element("p", "says", data.documentation));
  return parts;
}

function inputText() {
  return data.inputs.map(([name, shape]) => (data.inputs.length > 1 ? `${name} ` : "") + shapeText(shape)).join(", ");
}

function detailsOf(view) {
  const { box } = view;
  const title = element("h2", "", box.label);
  if (box.detail) title.append(" ", element("span", "detail", shapesInText(box.detail)));
  if (box.times) title.append(" ", element("span", "times", `\u00d7${box.times}`));
  const parts = [title];
  if (view.path) parts.push(element("div", "whereabouts", pathText(view)));
  if (data.ops[box.label] && !view.canOpen) parts.push(element("p", "says", data.ops[box.label]));
  parts.push(list(factsIn(view)), ...sourceOf(box.place));
  if (box.values?.length) parts.push(element("h3", "", "Attributes"), values(box.values));
  if (box.weights?.length) parts.push(element("h3", "", "Weights"), weights(box));
  return parts;
}

function pathText({ box, path }) {
  return box.times && box.name ? `${path} and ${box.times - 1} more` : path;
}

function factsIn({ box, canOpen }) {
  const facts = [];
  if (box.inputs?.length) facts.push(["input", flowText(box.inputs).join(", ")]);
  if (box.outputs?.length) facts.push(["output", flowText(box.outputs).join(", ")]);
  if (canOpen) facts.push(["layers", exact.format(box.layers || 0)]);
  if (box.params || box.weights) facts.push(["parameters", withShare(box.params || 0, data.params)]);
  if (box.frozen) facts.push(["not trained", exact.format(box.frozen)]);
  if (box.macs) facts.push(["MACs", withShare(box.macs, data.macs)]);
  if (box.call > 1) facts.push(["weights", `those of call 1; this is call ${box.call}`]);
  return facts;
}

function withShare(number, total) {
  return total && number ? `${exact.format(number)}  (${percent(number / total)})` : exact.format(number);
}

function list(facts, classes) {
  const made = element("dl", classes);
  for (const [name, value] of facts) made.append(element("dt", "", name), element("dd", "", value));
  return made;
}

function values(attributes) {
  const made = element("dl", "values");
  for (const [name, value, isGiven] of attributes)
    made.append(element("dt", isGiven ? "given" : "", name), element("dd", "", shapesInText(value)));
  return made;
}

function weights({ weights: found, call }) {
  const facts = found.map(([name, shape, isFrozen]) => [name, shapeText(shape) + (isFrozen ? "  not trained" : "")]);
  return list(facts, call > 1 ? "values again" : "values");
}

// The lines of the spec around a place such as `net.cnn:12`.
function sourceOf(place) {
  const [, name, number] = /^(.*):(\d+)$/.exec(place) || [];
  const text = data.sources[name];
  if (text === undefined) return [element("h3", "", "Source"), element("div", "whereabouts", place)];
  const lines = text.split("\n"), row = Number(number);
  const shown = element("div", "source");
  for (let one = Math.max(1, row - LINES_AROUND); one <= Math.min(lines.length, row + LINES_AROUND); one++)
    shown.append(sourceLine(one, lines[one - 1], one === row));
  return [element("h3", "", "Source"), element("div", "whereabouts", place), shown];
}

function sourceLine(number, text, isHere) {
  const made = element("div", isHere ? "here" : "");
  const comment = text.indexOf("#");
  made.append(element("span", "number", number), comment < 0 ? text : text.slice(0, comment));
  if (comment >= 0) made.append(element("span", "comment", text.slice(comment)));
  return made;
}
