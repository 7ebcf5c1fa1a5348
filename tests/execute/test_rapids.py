"""What the engine calls of cuML, and what the stand-ins take, is what cuML's own classes take."""

from __future__ import annotations

import inspect

import pytest

from stratum_sql.catalog.estimators import estimator
from stratum_sql.catalog.gpu_forms import FORMS
from stratum_sql.catalog.gpu_transforms import TRANSFORM_FORMS
from tests.execute.cuml_stand_in import MODULES
from tests.execute.rapids import CALLS, refusing, signature


@pytest.mark.parametrize("name", [name for name, form in FORMS.items() if form.library == "cuml"])
def test_a_form_hands_over_what_its_class_takes(name: str) -> None:
    spec, form = estimator(name), FORMS[name]
    assert spec is not None
    signature(f"{form.path}.__init__").bind(**form.arguments(dict(spec.defaults)), output_type="numpy")
    fit = signature(f"{form.path}.fit").parameters
    assert "sample_weight" in fit or not form.weighted
    assert not form.asked or f"{form.path}.as_sklearn" in CALLS


def test_the_classes_of_transforms_are_known() -> None:
    assert all(f"{form.path}.__init__" in CALLS for form in TRANSFORM_FORMS.values())


@pytest.mark.parametrize(
    ("path", "kind"), [(f"cuml.{module}", kind) for module, all_ in MODULES.items() for kind in all_]
)
def test_a_stand_in_takes_no_parameter_that_its_class_lacks(path: str, kind: type) -> None:
    own = inspect.signature(kind).parameters
    assert own.keys() <= signature(f"{path}.{kind.__name__}.__init__").parameters.keys()


def test_what_the_real_one_refuses_is_refused() -> None:
    taken = refusing("cuml.linear_model.Ridge.__init__", lambda *args, **more: (args, more))
    assert taken(2.0, solver="eig", output_type="numpy") == ((2.0,), {"solver": "eig", "output_type": "numpy"})
    for args, more in (((2.0, True), {}), ((), {"positive": False}), ((), {"random_state": 0})):
        with pytest.raises(TypeError):
            taken(*args, **more)
    with pytest.raises(TypeError):
        refusing("cudf.Series.from_arrow", lambda array: array)()
    with pytest.raises(KeyError):
        refusing("cuml.linear_model.Ridge.no_such", lambda: None)
