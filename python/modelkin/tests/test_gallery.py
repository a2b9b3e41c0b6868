"""The notebooks of docs/gallery: made of their sources, and run.

Skipped away from a checkout, unless MODELKIN_CHECKOUT names one.
"""

from __future__ import annotations

import importlib.util
import os
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(os.environ.get("MODELKIN_CHECKOUT") or Path(__file__).resolve().parents[3])
SOURCES = sorted((CHECKOUT / "docs" / "gallery").glob("*.py"))
NEEDED = {"drift": ("torch", "transformers", "accelerate")}
MOST_SECONDS = 300  # on a machine that does other things too

pytestmark = pytest.mark.skipif(not SOURCES, reason="the gallery is in a checkout, not in the package")


@pytest.fixture(scope="module")
def builder() -> Any:
    """scripts/build-gallery, as a module."""
    for library in ("nbclient", "ipykernel", "matplotlib"):
        pytest.importorskip(library, reason=f"{library} is not installed: notebooks are not run")
    loader = SourceFileLoader("build_gallery", str(CHECKOUT / "scripts" / "build-gallery"))
    specification = importlib.util.spec_from_loader(loader.name, loader)
    assert specification is not None
    module = importlib.util.module_from_spec(specification)
    loader.exec_module(module)
    return module


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_a_notebook_is_made_of_its_source(source: Path, builder: Any) -> None:
    assert not builder.is_stale(source), "run scripts/build-gallery"
    text = source.with_suffix(".ipynb").read_text()
    notebook = builder.notebooks_library().reads(text, as_version=4)
    builder.require_fit_to_publish(source.stem, text, notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.execution_count == number for number, cell in enumerate(code, 1))


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_a_notebook_runs(source: Path, builder: Any) -> None:
    for library in NEEDED.get(source.stem, ()):
        pytest.importorskip(library, reason=f"{library} is not installed: this notebook is not run")
    builder.run(builder.notebook_of(source), MOST_SECONDS)
