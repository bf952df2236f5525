// Python, beside the page's own thread: cnndsl answers one request after the other.

import { loadPyodide } from "./pyodide/pyodide.mjs";

let answer;

async function fetched(path, kind) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path} is missing (${response.status})`);
  return response[kind]();
}

async function start() {
  const files = fetched("wheels.json", "json");
  const session = fetched("session.py", "text");
  const python = await loadPyodide({ indexURL: new URL("./pyodide/", import.meta.url).href });
  postMessage({ stage: "Unpacking cnndsl" });
  for (const name of await files) {
    python.unpackArchive(await fetched(name, "arrayBuffer"), "wheel");
  }
  python.FS.writeFile("session.py", await session);
  answer = python.pyimport("session").answer;
}

const started = start();
started.catch((error) => postMessage({ failure: String(error.message ?? error) }));

onmessage = async ({ data }) => {
  try {
    await started;
  } catch {
    return; // it has been told
  }
  try {
    postMessage({ id: data.id, answer: JSON.parse(answer(JSON.stringify(data.request))) });
  } catch (error) {
    postMessage({ id: data.id, failure: String(error.message ?? error) });
  }
};
