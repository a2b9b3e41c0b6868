// What stands at the foot of each page on paper: the models, their files' digests and the page's number.
import { items, nameOf, text, type Report } from "./data";
import { h } from "./dom";
import { shorten } from "./format";
import { t } from "./language";

function quoted(value: string): string {
  return `"${Array.from(value, (c) => (/[\w .,:·–-]/u.test(c) && c !== "\\" ? c : `\\${(c.codePointAt(0) ?? 0).toString(16)} `)).join("")}"`;
}

// "glm-a 0123456789ab", of several files the first one and how many more there are.
function digests(report: Report, id: "a" | "b"): string {
  const input = items(report.trace?.inputs ?? report.compare?.inputs).find((x) => x.id === id);
  const files = items(input?.files).map((x) => text(x.sha256)).filter((x) => x !== "");
  const more = files.length > 1 ? ` +${files.length - 1}` : "";
  return `${shorten(nameOf(report, id), 32)}${files.length > 0 ? ` ${files[0].slice(0, 12)}${more}` : ""}`;
}

export function setPaper(report: Report): void {
  document.getElementById("paper")?.remove();
  const foot = `${digests(report, "a")} · ${digests(report, "b")} · modelkin ${text(report.tool?.version)}`;
  const style = h("style", { id: "paper" });
  style.textContent = `@page { @bottom-left { content: ${quoted(foot)}; } @bottom-right { content: ${quoted(`${t("page.number")} `)} counter(page) " / " counter(pages); } }`;
  document.head.appendChild(style);
}
