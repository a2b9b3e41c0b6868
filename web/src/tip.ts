// One small box for the whole page that explains what the pointer or the keyboard is at.
import { type Child, append, h } from "./dom";

const box = h("div", { id: "tip", role: "status", hidden: true });

export function placeTip(parent: HTMLElement): void {
  parent.appendChild(box);
}

export function showTip(content: Child, x: number, y: number): void {
  box.replaceChildren();
  append(box, [content]);
  box.hidden = false;
  const width = box.offsetWidth;
  const room = document.documentElement.clientWidth;
  box.style.left = `${Math.max(8, Math.min(room - width - 8, x - width / 2)) + window.scrollX}px`;
  box.style.top = `${y + 10 + window.scrollY}px`;
}

export function hideTip(): void {
  box.hidden = true;
}
