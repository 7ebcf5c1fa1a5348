"""FORMAT onnx: a graph for ONNX Runtime, by skl2onnx, in double precision where that has the operator; and graphs read.

Trees compare in single precision there: a threshold and a number that differ in single precision alone may go apart.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from stratum_sql.errors import Diagnostic, RunError
from stratum_sql.models.export.imported import Imported, leaf_of, refused, type_of
from stratum_sql.models.export.sklearn import input_columns, not_exported, to_sklearn
from stratum_sql.models.predict import inputs_of
from stratum_sql.models.stored import StoredModel


def _missing(error: ImportError) -> RunError:
    hint = "pip install 'stratum-sql[onnx]'"
    return RunError(Diagnostic("missing_library", f"{error.name} is not installed", "run", hint=hint))


def write(model: StoredModel, _options: Mapping[str, Any]) -> bytes:
    """The graph: one input a column, (rows, 1), double or text; the prediction, and the probabilities of classes.

    Raises RunError: `missing_library`, or `not_exported` for what skl2onnx has no operator for.
    """
    try:
        from skl2onnx import convert_sklearn
        from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, StringTensorType
    except ImportError as error:
        raise _missing(error) from None
    kinds = {leaf.name: leaf.kind for leaf in inputs_of(model)}
    unknown = [name for name in input_columns(model) if kinds.get(name) not in ("number", "text")]
    if unknown:
        raise not_exported(f"ONNX takes columns of numbers and text as they are, and {unknown[0]} is none")
    if type(model.estimator).__module__.startswith("sklearn.neighbors"):
        raise not_exported("of neighbours at equal distances ONNX Runtime takes others than scikit-learn")
    pipeline = to_sklearn(model)
    problem: Exception | None = None
    matrices = {id(pipeline): {"zipmap": False}}  # probabilities as a matrix; not every classifier has the option
    for numbers, options in product(
        (DoubleTensorType, FloatTensorType), (matrices, None)
    ):  # nor every operator doubles
        types = {"number": numbers, "text": StringTensorType}
        columns = [(name, types[kinds[name]]([None, 1])) for name in input_columns(model)]
        try:
            graph = convert_sklearn(pipeline, initial_types=columns, options=options, name="model")
            return _told(graph, model)
        except Exception as error:
            if isinstance(error, RunError) and error.diagnostic.code == "missing_library":
                raise
            problem = problem or error
    raise not_exported(f"skl2onnx: {' '.join(str(problem).split())[:200]}")


def _told(graph: Any, model: StoredModel) -> bytes:
    """The graph's bytes, with what it predicts among its properties. Raises RunError if ONNX Runtime cannot run it."""
    target, labels = model.manifest.target, model.manifest.labels
    for name, value in (("target", target.name), ("labels", None if labels is None else list(labels))):
        entry = graph.metadata_props.add()
        entry.key, entry.value = f"stratum_{name}", json.dumps(value)
    data: bytes = graph.SerializeToString()
    session_of(data)
    return data


class OnnxModel(BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """A graph as an estimator over a DataFrame; `graph` are its bytes. `classes` are None for a regression."""

    def __init__(self, graph: NDArray[np.uint8], classes: list[Any] | None = None) -> None:
        self.graph, self.classes = graph, classes

    def _run(self, rows: pd.DataFrame) -> list[Any]:
        session = session_of(bytes(self.graph))
        wanted = session.get_inputs()
        if len(wanted) == 1 and len(rows.columns) != 1:
            feed = {wanted[0].name: rows.to_numpy(dtype=_TYPES.get(wanted[0].type, np.float64))}
        else:
            feed = {one.name: _cells(rows[one.name], one.type) for one in wanted}
        found: list[Any] = session.run(None, feed)
        return found

    def predict(self, rows: pd.DataFrame) -> Any:
        """The first output, one a row."""
        return np.asarray(self._run(rows)[0]).reshape(-1)

    def predict_proba(self, rows: pd.DataFrame) -> NDArray[np.float64]:
        """The second output, (rows, classes)."""
        shares = self._run(rows)[1]
        if isinstance(shares, list):  # a ZipMap: one dictionary a row
            return np.array([[row[one] for one in self.classes or row] for row in shares], dtype=np.float64)
        return np.asarray(shares, dtype=np.float64)


_TYPES: dict[str, Any] = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(bool)": np.bool_,
}


def _cells(values: pd.Series[Any], kind: str) -> Any:
    if kind == "tensor(string)":
        return values.where(values.notna(), "nan").astype(str).to_numpy(dtype=object).reshape(-1, 1)
    return values.to_numpy(dtype=_TYPES.get(kind, np.float64)).reshape(-1, 1)


def session_of(data: bytes) -> Any:
    """ONNX Runtime with the graph, one thread. Raises RunError: `missing_library`, or `not_imported` for no graph."""
    try:
        import onnxruntime
    except ImportError as error:
        raise _missing(error) from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001 the runtime has exceptions of its own, a class each
        raise refused(f"ONNX Runtime cannot read it: {str(error).splitlines()[0][:200]}") from None


def read(data: bytes, options: Mapping[str, Any], _allowed: Any) -> Imported:
    """A graph that predicts: its first output is the prediction, and the second, if there is one, probabilities."""
    session = session_of(data)
    inputs = options.get("inputs") or {one.name: _duckdb_type(one) for one in session.get_inputs()}
    told = session.get_modelmeta().custom_metadata_map
    classes = _classes(data, told) if len(session.get_outputs()) > 1 or "stratum_labels" in told else None
    model = OnnxModel(np.frombuffer(data, dtype=np.uint8), classes)
    labels = None if classes is None else tuple(classes)
    target = options.get("target") or json.loads(told.get("stratum_target", '"prediction"'))
    features = tuple(leaf_of(name, kind) for name, kind in inputs.items())
    return Imported({"estimator": model, "states": []}, features, leaf_of(target, type_of(labels)), labels, "onnx")


def _duckdb_type(one: Any) -> str:
    if len(one.shape) == 2 and one.shape[1] not in (1, None):
        raise refused(
            f"its input {one.name[:40]} is a matrix, whose columns it does not name",
            "IMPORT MODEL m FROM 'path' (INPUTS {age: 'DOUBLE', income: 'DOUBLE'})",
        )
    return "VARCHAR" if one.type == "tensor(string)" else "BIGINT" if one.type == "tensor(int64)" else "DOUBLE"


_CLASSIFIERS = ("LinearClassifier", "TreeEnsembleClassifier", "SVMClassifier", "ZipMap", "ArrayFeatureExtractor")


def _classes(data: bytes, told: Mapping[str, str]) -> list[Any] | None:
    """The labels that the graph's properties name, or that its classifier has among its attributes."""
    if "stratum_labels" in told:
        named: list[Any] | None = json.loads(told["stratum_labels"])
        return named
    try:
        import onnx
    except ImportError as error:
        raise _missing(error) from None
    for node in onnx.load_model_from_string(data).graph.node:
        for attribute in node.attribute:
            if node.op_type in _CLASSIFIERS and attribute.name.startswith(("classlabels_", "cats_")):
                return [one.decode() for one in attribute.strings] or list(attribute.ints)
    raise refused("the classes of its second output are not told")
