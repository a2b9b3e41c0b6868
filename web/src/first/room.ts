// How wide a text is about: enough to say whether two of them stand beside one another.
export function roomOf(text: string, size: number): number {
  let ems = 0;
  for (const c of text) ems += c >= "\u1100" ? 1 : /[il.,:;'’| ]/.test(c) ? 0.34 : /[A-Zmw%]/.test(c) ? 0.76 : 0.58;
  return ems * size;
}
