"""Pieces of HTML: everything from a result is escaped, nothing is a script, nothing is fetched."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from .._text import visible
from . import words

if TYPE_CHECKING:
    from .._record import Table

_SHOWN_ROWS = 20
_SHOWN_TEXT = 80  # characters of a cell

_STYLE = """
.modelkin{--ink:#1d2126;--soft:#565d66;--rule:#d9dce0;--paper:#fdfdfc;--panel:#f3f4f4;--same:#0a66a8;
--part:#c2500a;--none:#565d66;--warn:#e69f00;--grey:#a6abb2;--on:#fff;--m0:#e9eaeb;--m1:#c6dbef;
--m2:#9ecae1;
--m3:#6baed6;--m4:#4292c6;--m5:#2171b5;--m6:#084594;color:var(--ink);background:var(--paper);
font:14px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;
border:1px solid var(--rule);
border-radius:8px;padding:14px 18px;max-width:860px;text-align:left;overflow-wrap:anywhere}
@media(prefers-color-scheme:dark){.modelkin{--ink:#e4e6e8;--soft:#a5acb5;--rule:#363c44;--paper:#15181c;
--panel:#1e2227;--same:#62b0ee;--part:#f59153;--none:#a5acb5;--warn:#f0b93f;--grey:#7a818b;--on:#15181c;
--m0:#272c32;--m1:#1b3a5c;--m2:#24537f;--m3:#2f74ad;--m4:#5a9bd0;--m5:#97c3e8;--m6:#dbeeff}}
.modelkin *{box-sizing:border-box}
.modelkin .pill{display:inline-block;color:var(--on);font-weight:600;border-radius:1em;padding:1px 11px}
.modelkin .same{background:var(--same)}.modelkin .part{background:var(--part)}
.modelkin .none{background:var(--none)}
.modelkin .head{font:600 19px/1.3 Georgia,"DejaVu Serif",serif;margin:9px 0 4px;max-width:36em}
.modelkin p{margin:4px 0;max-width:52em}.modelkin .soft{color:var(--soft)}
.modelkin h4{font-size:14px;margin:14px 0 4px;font-weight:600}
.modelkin table{border-collapse:collapse;margin:4px 0;font-size:13px;color:inherit;background:none;
display:block;
overflow-x:auto;max-width:100%}
.modelkin tr,.modelkin tr:nth-child(even){background:none}
.modelkin th,.modelkin td{padding:2px 10px 2px 0;border:0;border-bottom:1px solid var(--rule);
text-align:left;
vertical-align:top;color:inherit;background:none;white-space:nowrap}
.modelkin td.wide{white-space:normal;min-width:16em}
.modelkin th{font-weight:600;color:var(--soft)}.modelkin .num{text-align:right;
font-variant-numeric:tabular-nums}
.modelkin .bar{position:relative;height:16px;margin:1px 8px 7px}
.modelkin .bar i{position:absolute;display:block}
.modelkin .bar .line{left:0;right:0;top:7px;height:2px;background:var(--rule)}
.modelkin .bar .others{top:3px;height:10px;border-radius:5px;background:var(--grey);margin-left:-5px}
.modelkin .bar .dot{top:0;width:16px;height:16px;border-radius:8px;margin-left:-8px;
border:2px solid var(--paper)}
.modelkin .row{display:flex;justify-content:space-between;gap:12px;max-width:640px}
.modelkin .bars{max-width:640px}.modelkin .row b{white-space:nowrap}
.modelkin .note{border-left:4px solid var(--rule);padding:2px 0 2px 12px;margin:8px 0}
.modelkin svg{display:block;max-width:100%;height:auto;margin:4px 0}.modelkin svg text{fill:var(--ink);
font-size:11px}
.modelkin pre{background:var(--panel);color:inherit;padding:8px 10px;border-radius:6px;overflow-x:auto;
margin:6px 0;
font-size:12.5px}
.modelkin .scroll{overflow-x:auto}
.modelkin .m0{fill:var(--m0)}.modelkin .m1{fill:var(--m1)}.modelkin .m2{fill:var(--m2)}
.modelkin .m3{fill:var(--m3)}
.modelkin .m4{fill:var(--m4)}.modelkin .m5{fill:var(--m5)}.modelkin .m6{fill:var(--m6)}
"""


def text(value: object) -> str:
    """Returns a value as HTML's text. What is invisible is shown as an escape."""
    return html.escape(visible(str(value)), quote=True)


def fragment(*pieces: str) -> str:
    """Returns pieces as one element with its own style."""
    return f'<div class="modelkin"><style>{_STYLE}</style>{"".join(pieces)}</div>'


def page(title: str, content: str) -> str:
    """Returns a page by itself around a fragment."""
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{text(title)}</title>"
        "<style>body{margin:24px auto;max-width:860px;padding:0 12px}</style></head>"
        f"<body>{content}</body></html>\n"
    )


def pill(words_: str, sign: str, colour: str) -> str:
    """Returns a verdict's badge. `colour`: same, part or none."""
    return f'<span class="pill {colour}">{sign} {text(words_)}</span>'


def heading(title: str) -> str:
    return f"<h4>{text(title)}</h4>"


def paragraph(content: object, kind: str = "") -> str:
    return f'<p class="{kind}">{text(content)}</p>' if kind else f"<p>{text(content)}</p>"


def note(title: str, content: str) -> str:
    return f'<div class="note"><b>{text(title)}</b><br>{text(content)}</div>'


def grid(head: Sequence[str], rows: Iterable[Sequence[Any]], wide: Sequence[int] = ()) -> str:
    """Returns a table. Numbers are to the right; columns of the indices `wide` may break their lines."""
    lines = list(rows)
    numeric = [bool(lines) and all(_is_number(row[i]) for row in lines) for i in range(len(head))]

    def cells(row: Sequence[Any], tag: str) -> str:
        said = []
        for i, value in enumerate(row):
            kind = "num" if numeric[i] else "wide" if i in wide and tag == "td" else ""
            mark = f' class="{kind}"' if kind else ""
            said.append(f"<{tag}{mark}>{text(words.number(value))}</{tag}>")
        return "<tr>" + "".join(said) + "</tr>"

    body = "".join(cells(row, "td") for row in lines)
    return f"<table><thead>{cells(head, 'th')}</thead><tbody>{body}</tbody></table>"


def table(of: Table[Any], rows: int = _SHOWN_ROWS) -> str:
    """Returns the first rows of a table, and how many there are."""
    shown = of[:rows]
    columns = of.columns
    lines = [[_cell(row.data.get(name)) for name in columns] for row in shown]
    count = f"{len(of):,} row{'' if len(of) == 1 else 's'}"
    further = f", of which these are the first {rows}" if len(of) > rows else ""
    return grid(columns, lines) + paragraph(count + further, "soft")


def _cell(value: Any) -> Any:
    """Returns what a cell shows: lists and objects as JSON would have them, cut."""
    if isinstance(value, (dict, list)):
        value = str(value)
    if isinstance(value, str) and len(value) > _SHOWN_TEXT:
        return value[: _SHOWN_TEXT - 1] + "\u2026"
    return value


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))
