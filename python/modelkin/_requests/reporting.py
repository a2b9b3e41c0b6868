"""What is made of traces: ``report``, ``check``; and ``verify``."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .. import _core
from .._errors import UsageError
from .._locations import Locations
from .._progress import Progress
from .._types import Effort, FailOn, Heritage, ModelLike
from .arguments import TraceWords, Words, flags, path, strings, texts_of, word
from .settings import Settings

if TYPE_CHECKING:
    from ..results import CheckResult, ReportResult, Result, VerifyResult


def report(
    a: ModelLike,
    b: ModelLike,
    *,
    controls: ModelLike | Iterable[ModelLike] = (),
    parents: Iterable[ModelLike] = (),
    texts: str | Iterable[str] | None = None,
    bytes: bool = False,
    effort: Effort = "auto",
    rows: int | None = None,
    units: int | None = None,
    permutations: int = 100_000,
    seed: int = 1,
    heritage: Heritage = "auto",
    fingerprints: bool = False,
    resume: str | os.PathLike[str] | None = None,
    partial: bool = False,
    base: ModelLike | None = None,
    components: str | Iterable[str] = (),
    threads: int | None = None,
    progress: Progress = None,
) -> ReportResult:
    """Puts all about two models in one result: trace, comparison, configurations, tokenizers, diff.

    ``to_html()`` of it is one page in English and Korean that needs no network, ``to_markdown()`` the
    same in short. docs/report.md says what is on it.

    Args:
        a: The model that may be the origin.
        b: The model in question.
        controls: Models that are related to neither, one or several, to see the pair beside them.
        parents: Two to four models that B may be a merge of. A then counts as their base.
        texts: Texts to run both models on as well.
        bytes: True takes the bytes of `texts` as their token ids, 0 to 255.
        effort: ``"auto"`` takes all of models of up to 33 million values, and of larger ones
            draws until the answer is settled. ``"full"`` takes all, ``"quick"`` one small draw.
        rows: Draws at most so many rows of weights, 64 to 1,000,000, whatever the effort.
        units: Draws at most so many hidden units of an MLP, 16 to 1,000,000, whatever the effort.
        permutations: Draws of a permutation test at most, 100 to 10^12; importance sampling goes
            on from there.
        seed: Of random permutations, 0 to 2^64 - 1. The same seed gives the same numbers.
        heritage: Which tensors of B are traced to A's one by one: ``"all"``, ``"drawn"`` (some of
            each role), or ``"auto"``: drawn where models are drawn from, else all.
        fingerprints: True computes published fingerprints and spectra of large models too, which takes
            minutes to hours.
        resume: A folder that keeps what was computed, so that the same call goes on from there.
            Taken away at the end.
        partial: True goes on where files or tensors of a model are missing, and warns of what is.
        base: The model that an adapter (PEFT) was made for. Default: the local folder that the
            adapter names.
        components: Only these of the models that the inputs hold: "text", "vision", "audio",
            "projector", "prediction". Default: all.
        threads: Threads to compute with, 1 to 1,024. Numbers do not depend on it. Default: one a
            core.
        progress: True for tqdm's bar, or a function: ``ProgressCallback`` says of what.

    Returns:
        The results of its parts as ``trace``, ``compare``, ``config``, ``inspect_a`` and so on;
        docs/report.schema.json has all.

    Raises:
        UsageError: An argument is wrong, or a state dict can't be read where it lies.
        InputError: A file is missing, breaks a rule of its format, or changed while it was read.
        IoError: The disk or the network failed.
    """
    from ..results import ReportResult

    traced = TraceWords(effort, rows, units, permutations, seed, heritage, fingerprints)
    with Locations() as locations:
        settings = Settings(
            locations, partial=partial, base=base, components=components, threads=threads, progress=progress
        )
        places = [locations.of(a), locations.of(b)]
        control_places = locations.all_of(controls, "a control")
        parent_places = locations.all_of(parents, "a parent")
        words = Words("report", *places).options("control", control_places)
        chosen = None if texts is None else texts_of(words, texts, None, bytes)
        traced.say(words)
        if parent_places:
            words.words += ["--parents", *parent_places]
        folder = path("resume", resume)
        words.option("resume", folder).option("format", "json")
        call = settings.call(words)
        models = _core.ModelPaths(a=places[0], b=places[1], controls=control_places, parents=parent_places)
        return ReportResult(
            *settings.answer(
                "report",
                lambda: _core.report(call, models, settings.opening, traced.options, folder or "", chosen),
            )
        )


def check(
    model: ModelLike,
    *,
    claims: Mapping[str, ModelLike | Sequence[ModelLike]] | str | Iterable[str] | None = None,
    claim_at: Mapping[str, ModelLike] | None = None,
    controls: ModelLike | Iterable[ModelLike] = (),
    fail_on: FailOn | Iterable[FailOn] = ("unsupported", "untestable", "reversed"),
    effort: Effort = "auto",
    rows: int | None = None,
    units: int | None = None,
    permutations: int = 100_000,
    seed: int = 1,
    heritage: Heritage = "auto",
    partial: bool = False,
    base: ModelLike | None = None,
    components: str | Iterable[str] = (),
    threads: int | None = None,
    progress: Progress = None,
) -> CheckResult:
    """Checks what a model's card claims of its origin, as a test of a pipeline does.

    Args:
        model: The model whose origin is claimed.
        claims: ``{"base_model": model}``, of one model or a list of them; or the program's
            ``"base_model=PATH"``, one or several; or paths of files that claim bases: a card
            (README.md), a bill of CycloneDX or SPDX. Default: the model's own card.
        claim_at: Where bases are that a file claims, by the names that it has for them:
            ``{"org/name": "models/a"}``. Default: on the hub.
        controls: Models that are related to neither, one or several, to see the pair beside them.
        fail_on: Outcomes that make ``failed`` of the result true: supported, related, partial,
            reversed, unsupported, untestable; and contradicted, where a card or bill says how the
            model was made and something else was found.
        effort: ``"auto"`` takes all of models of up to 33 million values, and of larger ones
            draws until the answer is settled. ``"full"`` takes all, ``"quick"`` one small draw.
        rows: Draws at most so many rows of weights, 64 to 1,000,000, whatever the effort.
        units: Draws at most so many hidden units of an MLP, 16 to 1,000,000, whatever the effort.
        permutations: Draws of a permutation test at most, 100 to 10^12; importance sampling goes
            on from there.
        seed: Of random permutations, 0 to 2^64 - 1. The same seed gives the same numbers.
        heritage: Which tensors of B are traced to A's one by one: ``"all"``, ``"drawn"`` (some of
            each role), or ``"auto"``: drawn where models are drawn from, else all.
        partial: True goes on where files or tensors of a model are missing, and warns of what is.
        base: The model that an adapter (PEFT) was made for. Default: the local folder that the
            adapter names.
        components: Only these of the models that the inputs hold: "text", "vision", "audio",
            "projector", "prediction". Default: all.
        threads: Threads to compute with, 1 to 1,024. Numbers do not depend on it. Default: one a
            core.
        progress: True for tqdm's bar, or a function: ``ProgressCallback`` says of what.

    Returns:
        ``failed``, and ``claims`` with an ``outcome`` for each; docs/report.md says what outcomes
        mean.

    Raises:
        UsageError: An argument is wrong, or a state dict can't be read where it lies.
        InputError: A file is missing, breaks a rule of its format, or changed while it was read.
        IoError: The disk or the network failed.
    """
    from ..results import CheckResult

    outcomes = strings("fail_on", fail_on)
    traced = TraceWords(effort, rows, units, permutations, seed, heritage)
    with Locations() as locations:
        settings = Settings(
            locations, partial=partial, base=base, components=components, threads=threads, progress=progress
        )
        place = locations.of(model)
        claimed, files = ([], []) if claims is None else _claimed(claims)
        bases = [locations.of(one, "a claimed base") for one in claimed]
        if claim_at is not None and not isinstance(claim_at, Mapping):
            raise UsageError(f"claim_at maps names to models, not {type(claim_at).__name__}")
        places = {word("a name in claim_at", name): locations.of(at) for name, at in (claim_at or {}).items()}
        control_places = locations.all_of(controls, "a control")
        words = Words("check", place).options("claim", [f"base_model={one}" for one in bases])
        words.options("claim", files).options("claim-at", [f"{name}={at}" for name, at in places.items()])
        words.option("fail-on", ",".join(outcomes)).options("control", control_places)
        traced.say(words)
        call = settings.call(words)
        return CheckResult(
            *settings.answer(
                "check",
                lambda: _core.check(
                    call,
                    place,
                    bases,
                    files,
                    places,
                    control_places,
                    settings.opening,
                    traced.options,
                    outcomes,
                ),
            )
        )


def _claimed(claims: Any) -> tuple[list[Any], list[str]]:
    """Returns the models that are claimed to be the base, and files that claim others."""
    if isinstance(claims, Mapping):
        if set(claims) != {"base_model"}:
            raise UsageError(f'claims has "base_model" alone, not {sorted(map(str, claims))}')
        several = claims["base_model"]
        bases = list(several) if isinstance(several, (list, tuple)) else [several]
        if not bases:
            raise UsageError("claims is empty: nothing to check")
        return bases, []
    bases, files = [], []
    for claim in strings("claims", claims):
        name, equals, base = claim.partition("=")
        if name != "base_model" and (claim.endswith((".md", ".json")) or os.path.isfile(claim)):
            files.append(claim)
            continue
        if name != "base_model" or not equals or not base:
            raise UsageError(f"a claim is base_model=MODEL, not {claim!r}")
        bases.append(base)
    if not bases and not files:
        raise UsageError("claims is empty: nothing to check")
    return bases, files


def _json_of(results: Result) -> str:
    """Returns a result's JSON. Raises UsageError for what the library can't read as such."""

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is no number of JSON")

    text = word("a result's JSON", results.to_json())
    try:
        json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"the result is no JSON: {error}") from None
    return text


def verify(
    results: str | os.PathLike[str] | Result,
    *,
    inputs: Mapping[str, ModelLike] | None = None,
    public_key: str | os.PathLike[str] | None = None,
    signature_only: bool = False,
    threads: int | None = None,
    progress: Progress = None,
) -> VerifyResult:
    """Computes the numbers of results again, and says which agree. Writes nothing.

    Args:
        results: A result of compare, trace, diff or attest, or the path of its JSON; a signature of
            model signing.
        inputs: Where an input is now, by its id in the results: ``{"a": "models/a"}``.
        public_key: Of an attestation, the file of the key that it has to be signed by, PEM.
        signature_only: True checks the signature of an attestation, and computes nothing.
        threads: Threads to compute with, 1 to 1,024. Numbers do not depend on it. Default: one a
            core.
        progress: True for tqdm's bar, or a function: ``ProgressCallback`` says of what.

    Returns:
        ``confirmed``, the counts ``equal``, ``close`` (within 10^-6 of their size, which another
        instruction set may change) and ``different``, and what ``differences`` there are. Of an
        attestation ``attestation`` says which of the two holds, signature and evidence.

    Raises:
        UsageError: An argument is wrong.
        InputError: A file is missing, breaks a rule of its format, or changed while it was read.
        IoError: The disk or the network failed.
    """
    from ..results import AttestResult, Result, VerifyResult

    flags(signature_only=signature_only)
    with Locations() as locations:
        settings = Settings(locations, threads=threads, progress=progress)
        if inputs is not None and not isinstance(inputs, Mapping):
            raise UsageError(f"inputs maps ids to models, as {{'a': model}}, not {type(inputs).__name__}")
        places = {word("an id in inputs", name): locations.of(at) for name, at in (inputs or {}).items()}
        attested = isinstance(results, AttestResult)
        text = _json_of(results) if isinstance(results, Result) else None
        if isinstance(results, AttestResult):
            text = word("an attestation", results.to_attestation())
        file = "results" if isinstance(results, Result) else path("results", results)
        if file is None:
            raise UsageError("results is a result, or the path of its JSON, not None")
        words = Words("verify", file)
        words.options("input", [f"{name}={place}" for name, place in places.items()])
        key = path("public_key", public_key)
        words.option("public-key", key).flag("signature-only", signature_only)
        call = settings.call(words, keeps_blocks=False)
        if attested or (text is None and _core.is_attestation(file)):
            if signature_only and key is None:
                raise UsageError("signature_only takes a key: public_key=")
            return VerifyResult(
                *settings.answer(
                    "verify",
                    lambda: _core.verify_attestation(call, file, text, places, key, signature_only),
                )
            )
        if key is not None or signature_only:
            raise UsageError(f"{file} is no attestation: nothing in it could be signed")
        return VerifyResult(*settings.answer("verify", lambda: _core.verify(call, file, text, places)))
