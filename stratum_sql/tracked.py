"""A version of a kept model, logged to MLflow: what it is, how it scored in each fold, and the model itself.

MLflow is named by a string and imported when it is first used; the extra `mlflow` has it.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from stratum_sql.errors import RunError, StratumError
from stratum_sql.models.artefacts import to_bytes

_LIBRARY = "mlflow"
_LONGEST = 5000  # characters of a parameter or tag, of which MLflow takes some more
_FILES = ("json", "sql")  # of a model that is no pipeline, in this order: the first that it has
_NEEDED = ("scikit-learn", "skops", "numpy", "scipy", "lightgbm", "xgboost", "stratum-sql")  # to load a pipeline


class Tracked(Protocol):
    """What is logged: a `Model` of `stratum_sql.kept`."""

    name: str
    version: int
    aliases: tuple[str, ...]
    estimator: str
    params: str

    @property
    def manifest(self) -> dict[str, Any]: ...
    @property
    def statement(self) -> str: ...
    @property
    def target(self) -> str: ...
    @property
    def features(self) -> list[str]: ...
    @property
    def fold_scores(self) -> dict[str, list[float | None]]: ...
    def export(self, path: str | Path) -> Path: ...
    def to_sklearn(self) -> Any: ...


def log(model: Tracked, name: str) -> str:
    """Log to the active run, or to one of its own; the run's id. See `Model.log_to_mlflow`."""
    mlflow = _library()
    try:
        with _run(mlflow, f"{model.name}@{model.version}") as run, tempfile.TemporaryDirectory() as folder:
            mlflow.log_params({key: _clip(value) for key, value in _parameters(model).items()})
            for metric, scores in model.fold_scores.items():
                _log_scores(mlflow, metric, scores)
            mlflow.set_tags({f"stratum.{key}": _clip(value) for key, value in _tags(model).items()})
            mlflow.log_text(json.dumps(model.manifest, indent=1), f"{name}/manifest.json")
            if not _log_pipeline(mlflow, model, name):
                mlflow.log_artifact(str(_exported(model, Path(folder))), name)
            return str(run.info.run_id)
    except StratumError:
        raise
    except Exception as error:  # the server's, the network's, or the file system's
        message = f"MLflow did not take the model: {type(error).__name__}: {str(error)[:200]}"
        raise RunError.at("", None, "not_logged", message) from error


def _library() -> Any:
    try:
        return import_module(_LIBRARY)
    except ImportError as error:
        hint = "pip install 'stratum-sql[mlflow]'"
        raise RunError.at("", None, "missing_library", f"{_LIBRARY} is not installed", hint=hint) from error


@contextmanager
def _run(mlflow: Any, title: str) -> Iterator[Any]:
    """The run that is active, which goes on, or a new one, which ends."""
    active = mlflow.active_run()
    if active is not None:
        yield active
        return
    with mlflow.start_run(run_name=title) as run:
        yield run


def _parameters(model: Tracked) -> dict[str, str]:
    found = {"estimator": model.estimator, "params": model.params, "target": model.target}
    return {**found, "features": ", ".join(model.features)}


def _log_scores(mlflow: Any, metric: str, scores: list[float | None]) -> None:
    """The mean of the folds, and each fold as a step; folds without a score are left out."""
    known = [(fold, score) for fold, score in enumerate(scores) if score is not None]
    for fold, score in known:
        mlflow.log_metric(f"{metric}_fold", score, step=fold)
    if known:
        mlflow.log_metric(metric, sum(score for _, score in known) / len(known))


def _tags(model: Tracked) -> dict[str, str]:
    lineage = model.manifest.get("lineage") or {}
    digests = {f"digest.{key}": lineage[key] for key in ("data", "folds", "plan") if lineage.get(key)}
    versions = {f"library.{key}": value for key, value in model.manifest.get("libraries", {}).items()}
    own = {"model": model.name, "version": str(model.version), "aliases": ", ".join(model.aliases)}
    return {**own, "statement": model.statement, **digests, **versions}


def _log_pipeline(mlflow: Any, model: Tracked, name: str) -> bool:
    """Log the model as a scikit-learn Pipeline, without pickle; False where it is none."""
    try:
        pipeline = model.to_sklearn()
    except StratumError as error:
        if error.diagnostic.code != "not_exported":
            raise
        return False
    from skops.io import get_untrusted_types

    trusted = [str(one) for one in get_untrusted_types(data=to_bytes(pipeline))]
    libraries = model.manifest.get("libraries", {})
    import_module(f"{_LIBRARY}.sklearn").log_model(
        pipeline,
        name=name,
        serialization_format="skops",
        skops_trusted_types=trusted,
        pip_requirements=[f"{one}=={libraries[one]}" for one in _NEEDED if one in libraries],
    )
    return True


def _exported(model: Tracked, folder: Path) -> Path:
    """The model in the first format that it has. Raises RunError `not_exported`."""
    problem: StratumError | None = None
    for form in _FILES:
        try:
            return model.export(folder / f"model.{form}")
        except StratumError as error:
            if error.diagnostic.code != "not_exported":
                raise
            problem = problem or error
    assert problem is not None
    raise problem


def _clip(value: str) -> str:
    return value if len(value) <= _LONGEST else f"{value[: _LONGEST - 1]}…"
