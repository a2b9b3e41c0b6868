"""Whose relative is a model, among many? Sketches of up to millions of models in one file.

    import modelkin as mk

    atlas = mk.atlas.open("models.atlas", create=True)
    atlas.add(["model-a/", "hf://org/name"])
    atlas.find("model-b/").relatives

docs/atlas.md says what is kept of a model and how often an answer is wrong, docs/scale.md how many
models are sketched on several machines.
"""

from __future__ import annotations

from ._atlas.build import build
from ._atlas.file import Atlas, ImportCounts, open
from ._atlas.outcomes import SketchOutcome
from ._atlas.rows import AtlasRow

__all__ = ["Atlas", "AtlasRow", "ImportCounts", "SketchOutcome", "build", "open"]

for _name in __all__:
    globals()[_name].__module__ = "modelkin.atlas"
del _name
