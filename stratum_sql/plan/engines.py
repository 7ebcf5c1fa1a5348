"""Which engine runs an operator: the one declaration, for EXPLAIN and for those who place work."""

from __future__ import annotations

from collections.abc import Mapping

from stratum_sql.catalog import registry
from stratum_sql.catalog.estimators import estimator
from stratum_sql.catalog.gpu_forms import FORMS
from stratum_sql.plan.device import (
    ApplyOnDevice,
    AssembleOnDevice,
    ColumnToDevice,
    FitForDevice,
    FitOnDevice,
    NormalOnDevice,
    PlacesToDevice,
    RowsOnDevice,
    SearchOnDevice,
    ToDevice,
    TrainOnDevice,
)
from stratum_sql.plan.graph import Operator
from stratum_sql.plan.linear import (
    FoldProducts,
    MatrixNormal,
    Normal,
    Products,
    ScoreLinear,
    ScorePredictions,
    SolveLinear,
)
from stratum_sql.plan.model import Score, TrainModel, TrainStopped, TrainTargets
from stratum_sql.plan.relational import Compute, Groups, InGroup, Read, Scan, Where
from stratum_sql.plan.together import Bins, FirstRounds, Member, SearchTogether, TrainOnBins, TrainTogether
from stratum_sql.plan.transform import (
    Apply,
    Assemble,
    Components,
    Encode,
    FirstComponents,
    Fit,
    Fitted,
    FittedState,
    InnerSplit,
    Map,
    Rows,
    Split,
    Targets,
)

SKLEARN, HOST = "scikit-learn", "host"
CUPY, CUML = "cupy", "cuml on the GPU"
_OF_ESTIMATOR, _OF_TRANSFORM, _OF_FORM = "that of its estimator", "that of its transform", "that of its GPU form"
_ITS_OWN = "its own"

ENGINES: Mapping[type[Operator], str] = {
    **dict.fromkeys((Scan, Compute), "duckdb"),
    **dict.fromkeys((Products, SolveLinear), "rust"),
    **dict.fromkeys((Split, InnerSplit, Score, SearchTogether), SKLEARN),
    **dict.fromkeys((TrainModel, TrainStopped, TrainTargets, TrainOnBins, FirstRounds, Bins), _OF_ESTIMATOR),
    **dict.fromkeys(
        (Read, Where, Groups, InGroup, Encode, Targets, Rows, Fitted, FittedState, Assemble, Member), "numpy"
    ),
    **dict.fromkeys((FoldProducts, Normal, MatrixNormal, ScoreLinear, ScorePredictions, TrainTogether), "numpy"),
    **dict.fromkeys((ToDevice, AssembleOnDevice, NormalOnDevice), CUPY),
    **dict.fromkeys((PlacesToDevice, RowsOnDevice, ApplyOnDevice), CUPY),
    ColumnToDevice: _ITS_OWN,
    **dict.fromkeys((TrainOnDevice, FitOnDevice, SearchOnDevice), _OF_FORM),
    **dict.fromkeys((Fit, FitForDevice, Components, FirstComponents, Apply, Map), _OF_TRANSFORM),
}


def engine_of(operator: Operator) -> str:
    """`duckdb`, `rust`, `numpy`, or the library: `scikit-learn`, `lightgbm`, `xgboost`; `host` is the host program's.
    On a GPU `cupy`, `cudf`, or `cuml on the GPU`, `xgboost on the GPU`.

    LookupError: a kind of operator that nobody declared.
    """
    match operator:
        case TrainOnDevice(candidate):
            return f"{FORMS[candidate.estimator].library} on the GPU"
        case FitOnDevice() | SearchOnDevice():
            return CUML
        case ColumnToDevice(engine):
            return engine
        case TrainModel(name) | TrainStopped(name) | TrainTargets(name):
            return _library(name)
        case TrainOnBins(candidate) | FirstRounds(_, candidate) | Bins(example=candidate):
            return _library(candidate.estimator)
        case Fit(name) | Components(name) | Apply(name) | Map(name):
            spec = registry.transform(name)
            return HOST if spec is None else spec.engine
    return ENGINES[type(operator)]


def _library(name: str) -> str:
    spec = estimator(name)
    library = HOST if spec is None else spec.library
    return SKLEARN if library == "sklearn" else library
