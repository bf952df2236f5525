// A textarea over a coloured copy of its text, with findings underlined and shapes behind lines.

const TOKEN = /#[^\n]*|"[^"\n]*"|\b\d+x\d+(?:x\d+)*\b|\b\d[\w.]*|[A-Za-z_]\w*|[^\w#"]+|./g;

export class Editor {
  constructor(area, copy, gutter, onChange) {
    Object.assign(this, { area, copy, gutter });
    this.words = new Map();
    this.marks = [];
    this.hints = [];
    area.addEventListener("input", () => {
      this.hints = [];
      this.marks = [];
      this.draw();
      onChange();
    });
    area.addEventListener("scroll", () => this.follow());
    area.addEventListener("keydown", (event) => this.key(event));
  }

  get text() {
    return this.area.value;
  }

  set text(text) {
    this.area.value = text;
    this.area.scrollTop = 0;
    this.area.setSelectionRange(0, 0);
    this.show([], []);
  }

  show(marks, hints) {
    this.marks = marks;
    this.hints = hints;
    this.draw();
  }

  // Puts the cursor where a report points.
  go(row, column) {
    const lines = this.text.split("\n");
    const before = lines.slice(0, row - 1).reduce((sum, line) => sum + line.length + 1, 0);
    const offset = before + [...(lines[row - 1] ?? "")].slice(0, column - 1).join("").length;
    this.area.focus();
    this.area.setSelectionRange(offset, offset);
    const height = this.area.scrollHeight / lines.length;
    this.area.scrollTop = Math.max(0, (row - 4) * height);
  }

  key(event) {
    const { selectionStart: start, selectionEnd: end } = this.area;
    const line = this.text.slice(this.text.lastIndexOf("\n", start - 1) + 1, start);
    if (event.key === "Escape") {
      this.isLeaving = true;
      return;
    }
    if (event.key === "Tab" && !event.shiftKey && !this.isLeaving && start === end) {
      event.preventDefault();
      document.execCommand("insertText", false, " ".repeat(4 - (line.length % 4)));
    } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      const indent = line.match(/^ */)[0] + (/[{([]\s*$/.test(line) ? "    " : "");
      document.execCommand("insertText", false, `\n${indent}`);
    }
    this.isLeaving = false;
  }

  draw() {
    const lines = this.text.split("\n");
    const hints = this.hintsByRow();
    const rows = [];
    let offset = 0;
    lines.forEach((line, row) => {
      rows.push(this.line(line, offset, hints.get(row)));
      offset += line.length + 1;
    });
    this.copy.replaceChildren(...rows);
    this.gutter.textContent = lines.map((_, row) => row + 1).join("\n");
    this.follow();
  }

  hintsByRow() {
    const found = new Map();
    for (const { offset, text } of this.hints) {
      const row = this.text.slice(0, offset).split("\n").length - 1;
      found.set(row, [...(found.get(row) ?? []), text.replace(/^: /, "")]);
    }
    return found;
  }

  line(line, offset, hints) {
    const row = document.createElement("div");
    for (const [token] of line.matchAll(TOKEN)) {
      this.pieces(token, offset).forEach(([part, mark]) => row.append(this.span(token, part, mark)));
      offset += token.length;
    }
    const behind = this.marks.find((mark) => mark.start <= offset && offset < Math.max(mark.end, mark.start + 1));
    if (behind && behind.start === offset) row.append(this.span("", " ", behind));
    if (hints) {
      const hint = document.createElement("span");
      hint.className = "hint";
      hint.textContent = `  ${hints.join("  ")}`;
      row.append(hint);
    }
    if (!row.hasChildNodes()) row.append("\u200b");
    return row;
  }

  // A token cut where marks begin and end: each part with the mark that it is in.
  pieces(token, offset) {
    const cuts = new Set([0, token.length]);
    for (const { start, end } of this.marks) {
      for (const cut of [start - offset, end - offset]) {
        if (cut > 0 && cut < token.length) cuts.add(cut);
      }
    }
    const places = [...cuts].sort((a, b) => a - b);
    return places.slice(1).map((end, index) => {
      const start = places[index];
      const at = offset + start;
      return [token.slice(start, end), this.marks.find((one) => one.start <= at && at < one.end)];
    });
  }

  span(token, text, mark) {
    const span = document.createElement("span");
    span.textContent = text;
    const kind = token.startsWith("#")
      ? "comment"
      : token.startsWith('"')
        ? "text"
        : /^\d/.test(token)
          ? "number"
          : this.words.get(token);
    if (kind) span.classList.add(kind);
    if (mark) span.classList.add("mark", mark.severity);
    return span;
  }

  follow() {
    const { scrollLeft, scrollTop } = this.area;
    this.copy.style.transform = `translate(${-scrollLeft}px, ${-scrollTop}px)`;
    this.gutter.style.transform = `translateY(${-scrollTop}px)`;
  }
}
