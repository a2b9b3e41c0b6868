"""Is model B built on model A? Forensic comparison of language model checkpoints.

    import modelkin as mk

    mk.trace("model-a/", "model-b/")               # is B built on A, and how was it made?
    mk.compare("model-a/", model.state_dict())     # tensor by tensor, of a running program too
    mk.report("model-a/", "model-b/").to_html()    # one page about both
    mk.atlas.open("models.atlas").find("model-b/") # whose relative is it, among many?

Every request is the program's command of that name, with its options as keyword arguments; results
are its JSON, as objects. docs/python.md has the whole interface.
"""

from __future__ import annotations

import atexit
import importlib
from typing import TYPE_CHECKING, Any

from . import _core
from ._core import version as __version__
from ._errors import ClosedError, Error, InputError, IoError, ModelWarning, UsageError
from ._model import Model, Tensor
from ._progress import Progress, ProgressCallback
from ._requests.attesting import attest
from ._requests.auditing import audit
from ._requests.comparing import compare, diff
from ._requests.describing import config, inspect, tokenizer
from ._requests.merging import merge
from ._requests.opening import open
from ._requests.reporting import check, report, verify
from ._requests.requantising import requant
from ._requests.running import explain, run
from ._requests.sketching import sketch
from ._requests.tracing import trace
from ._types import ImageLike, Layers, ModelLike

if TYPE_CHECKING:
    from . import atlas as atlas
    from . import results as results
    from .results import (
        AtlasResult,
        AttestResult,
        AuditResult,
        CheckResult,
        CompareResult,
        ConfigResult,
        DiffResult,
        DynamicsResult,
        ExplainResult,
        FindResult,
        InspectResult,
        MergeResult,
        ReportResult,
        RequantResult,
        Result,
        RunResult,
        SketchResult,
        Table,
        TokenizerResult,
        TraceResult,
        TreeResult,
        VerifyResult,
    )

__all__ = [
    "AtlasResult",
    "AttestResult",
    "AuditResult",
    "CheckResult",
    "ClosedError",
    "CompareResult",
    "ConfigResult",
    "DiffResult",
    "DynamicsResult",
    "Error",
    "ExplainResult",
    "FindResult",
    "ImageLike",
    "InputError",
    "InspectResult",
    "IoError",
    "Layers",
    "MergeResult",
    "Model",
    "ModelLike",
    "ModelWarning",
    "Progress",
    "ProgressCallback",
    "ReportResult",
    "RequantResult",
    "Result",
    "RunResult",
    "SketchResult",
    "Table",
    "Tensor",
    "TokenizerResult",
    "TraceResult",
    "TreeResult",
    "UsageError",
    "VerifyResult",
    "__version__",
    "atlas",
    "attest",
    "audit",
    "check",
    "compare",
    "config",
    "diff",
    "explain",
    "inspect",
    "merge",
    "open",
    "report",
    "requant",
    "run",
    "sketch",
    "tokenizer",
    "trace",
    "verify",
]

# Requests of daemon threads: what computes when the interpreter goes would crash.
atexit.register(_core.end_requests)

# Tracebacks, help and pickles name what is public by where users find it.
for _name in __all__:
    if getattr(globals().get(_name), "__module__", "").startswith("modelkin._"):
        globals()[_name].__module__ = "modelkin"
del _name


def __getattr__(name: str) -> Any:
    """Imports the atlas and the types of results when they are asked for: that takes time."""
    if name in ("atlas", "results"):
        return importlib.import_module(f".{name}", __name__)
    if name in __all__:
        return getattr(importlib.import_module(".results", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "results"})
