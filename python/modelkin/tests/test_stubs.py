"""The stub of the extension module is what its functions say."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import modelkin
from modelkin import _core

stubgen = pytest.importorskip(
    "nanobind.stubgen", reason="nanobind is not installed: the stub is not held to the module"
)


def functions_of(text: str) -> dict[str, str]:
    """Returns each function's signature by name, methods as Class.name."""
    found = {}
    for node in ast.parse(text).body:
        for one in node.body if isinstance(node, ast.ClassDef) else [node]:
            if isinstance(one, ast.FunctionDef):
                owner = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
                returned = ast.unparse(one.returns) if one.returns else ""
                found[owner + one.name] = f"({ast.unparse(one.args)}) -> {returned}".replace(
                    "CapsuleType", "object"
                )
    return found


def test_the_stub_is_current() -> None:
    made = stubgen.StubGen(module=_core)
    made.put(_core)
    assert modelkin.__file__ is not None
    stub = (Path(modelkin.__file__).parent / "_core.pyi").read_text()
    assert functions_of(stub) == functions_of(made.get())
    assert len(functions_of(stub)) > 20
