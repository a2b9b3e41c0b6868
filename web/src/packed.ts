// What the program put into the page: base64 of gzip of JSON; null where it put nothing.
export async function unpack(encoded: string): Promise<unknown> {
  const packed = encoded.trim();
  if (packed === "" || packed.startsWith("__")) return null;
  const binary = atob(packed);
  // A loop: iterating over the string takes twenty times as long.
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; ++i) bytes[i] = binary.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}
