import { shorten } from "../format";

// How wide a text is about: enough to say whether two of them stand beside one another.
export function roomOf(text: string, size: number): number {
  let ems = 0;
  for (const c of text) ems += c >= "\u1100" ? 1 : /[il.,:;'’| ]/.test(c) ? 0.34 : /[A-Zmw%]/.test(c) ? 0.76 : 0.58;
  return ems * size;
}

// A text that has room, its middle left out where it has to be.
export function fitted(text: string, size: number, room: number): string {
  let letters = text.length;
  let shown = text;
  while (letters > 6 && roomOf(shown, size) > room) shown = shorten(text, (letters = Math.floor(letters * 0.92)));
  return shown;
}
