// A spec in the part of an address that no server sees: `#text=` packed, or `#zoo=` by its name.

export async function packed(text) {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const binary = Array.from(bytes, (one) => String.fromCharCode(one)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

export async function unpacked(written) {
  const binary = atob(written.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(binary, (one) => one.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(stream).text();
}

// What the address asks for: {zoo}, {text}, or nothing. A broken one is as none.
export async function asked() {
  const parts = new URLSearchParams(location.hash.slice(1));
  try {
    if (parts.has("text")) return { text: await unpacked(parts.get("text")) };
  } catch {
    return {};
  }
  return parts.has("zoo") ? { zoo: parts.get("zoo") } : {};
}
