// What the program put into the page: base64 of gzip of JSON; null where it put nothing.
export async function unpack(encoded: string): Promise<unknown> {
  const packed = encoded.trim();
  if (packed === "" || packed.startsWith("__")) return null;
  const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}
