// Folded parts: a link into one unfolds it, and paper unfolds what belongs there.
import { drawForPaper } from "./figure";

function unfold(target: Element): void {
  for (let at: Element | null = target; at; at = at.parentElement) if (at instanceof HTMLDetailsElement) at.open = true;
}

// Unfolds what an address such as "#tests" names, and goes there.
export function goTo(address: string): void {
  const target = address.length > 1 ? document.getElementById(decoded(address.slice(1))) : null;
  if (!target) return;
  unfold(target);
  target.scrollIntoView();
}

function decoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}

export function watchFolds(): void {
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[href^='#']:not(.term)") : null;
    const id = link?.getAttribute("href") ?? "";
    if (id.length > 1) setTimeout(() => goTo(id), 0);
  });
  window.addEventListener("hashchange", () => goTo(location.hash));
  let opened: HTMLDetailsElement[] = [];
  window.addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll<HTMLDetailsElement>("details[data-paper]:not([open])")];
    for (const details of opened) {
      details.open = true;
      details.dataset.unfolded = "for-paper";
    }
    document.documentElement.dataset.paper = "true";
    drawForPaper(true);
  });
  window.addEventListener("afterprint", () => {
    for (const details of opened) {
      details.open = false;
      delete details.dataset.unfolded;
    }
    opened = [];
    delete document.documentElement.dataset.paper;
    drawForPaper(false);
  });
}
