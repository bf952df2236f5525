// What cnndsl says, as elements: reports with colours and places, tables, and code.

const ROLES = { "1;31": "code", 1: "message", 34: "gutter", 31: "primary", 36: "note", 32: "label" };
const PLACE = /net\.cnn:(\d+):(\d+)/;
const PYTHON =
  /(#[^\n]*)|("""[\s\S]*?"""|"(?:\\.|[^"\\\n])*")|\b(and|as|class|def|else|False|for|from|if|import|in|is|lambda|None|not|or|raise|return|super|True|while|with|yield)\b|\b(\d[\w.]*)/g;

export function report(text, onPlace) {
  const pre = element("pre", "report");
  for (const part of text.split("\x1b[").map((one, index) => (index ? one : `0m${one}`))) {
    const [, role, said] = part.match(/^([\d;]*)m([\s\S]*)$/);
    const span = element("span", ROLES[role] ?? "");
    span.append(...places(said, onPlace));
    pre.append(span);
  }
  return pre;
}

function places(text, onPlace) {
  return text.split(/(net\.cnn:\d+:\d+)/).map((part) => {
    const place = part.match(PLACE);
    if (!place) return part;
    const link = element("button", "place", part);
    link.type = "button";
    link.onclick = () => onPlace(Number(place[1]), Number(place[2]));
    return link;
  });
}

export function table({ columns, rows }) {
  const made = element("table");
  const numbers = new Set(["Layer", "Parameters", "MACs"].map((name) => columns.indexOf(name)));
  const row = (cells, kind) => {
    const line = element("tr");
    cells.forEach((cell, index) =>
      line.append(element(kind, numbers.has(index) ? "number" : "", cell)),
    );
    return line;
  };
  const head = element("thead");
  head.append(row(columns, "th"));
  const body = element("tbody");
  body.append(...rows.slice(0, -1).map((cells) => row(cells, "td")));
  const foot = element("tfoot");
  foot.append(...rows.slice(-1).map((cells) => row(cells, "td")));
  made.append(head, body, foot);
  return made;
}

// A picture has a style of its own, which is to say nothing of the page around it.
export function picture(svg) {
  const host = element("div", "picture");
  const drawn = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
  host.attachShadow({ mode: "open" }).append(document.importNode(drawn, true));
  return host;
}

export function code(text) {
  const pre = element("pre", "emitted");
  let end = 0;
  for (const match of text.matchAll(PYTHON)) {
    const kind = ["comment", "text", "keyword", "number"].find((_, index) => match[index + 1]);
    pre.append(text.slice(end, match.index), element("span", kind, match[0]));
    end = match.index + match[0].length;
  }
  pre.append(text.slice(end));
  return pre;
}

export function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}
