"""Texts that come from anywhere, as people may see them."""

from __future__ import annotations

import re

# What moves or hides the text around it: controls, and marks of direction.
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)


def visible(text: str) -> str:
    """Returns a text with escapes for what is invisible in it."""
    return _INVISIBLE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
