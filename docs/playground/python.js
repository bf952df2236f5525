// Requests to the worker. It sees one at a time; of those that wait under one name, the last counts.

export class Python {
  constructor(onStage) {
    this.worker = new Worker("worker.js", { type: "module" });
    this.worker.onmessage = ({ data }) => this.received(data);
    this.worker.onerror = (event) => onStage(event.message ?? "the worker does not start", true);
    this.onStage = onStage;
    this.waiting = new Map();
    this.current = null;
    this.count = 0;
  }

  // The answer to a request; undefined where a later one took its place.
  ask(name, request) {
    return new Promise((resolve) => {
      this.waiting.get(name)?.resolve(undefined);
      this.waiting.set(name, { request, resolve });
      this.next();
    });
  }

  next() {
    if (this.current !== null || this.waiting.size === 0) return;
    const [name, entry] = this.waiting.entries().next().value;
    this.waiting.delete(name);
    this.current = entry;
    this.worker.postMessage({ id: ++this.count, request: entry.request });
  }

  received({ stage, failure, answer, id }) {
    if (stage) this.onStage(stage, false);
    if (failure) this.onStage(failure, true);
    if (id === undefined) return;
    const { resolve } = this.current;
    this.current = null;
    resolve(answer);
    this.next();
  }
}
