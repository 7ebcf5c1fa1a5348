"""The registry of transforms: complete, found without a list, and written down in docs/transforms.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from stratum_sql.catalog.document import transforms_markdown
from stratum_sql.catalog.registry import transform, transforms
from stratum_sql.catalog.spec import TransformSpec

DIALECT = """standard_scale min_max_scale max_abs_scale robust_scale row_normalize quantile_map power_map bin_uniform
bin_quantile bin_kmeans poly clip_outliers impute missing_flag one_hot ordinal target_encode count_encode hash_encode
rare tfidf hash_text count_words text_svd text_embed date_parts svd pca kmeans select_k drop_constant vectorize
passthrough"""


def test_every_transform_of_the_dialect_is_there() -> None:
    assert set(transforms()) == set(DIALECT.split())


def test_names_are_found_in_any_case_and_unknown_ones_are_none() -> None:
    assert transform("One_HOT") is transforms()["one_hot"]
    assert transform("one-hot") is None
    assert transform("../one_hot") is None


def test_the_page_is_written_from_the_declarations() -> None:
    page = Path(__file__).parents[2] / "docs" / "transforms.md"
    assert page.read_text(encoding="utf-8") == transforms_markdown()


@pytest.mark.parametrize("spec", transforms().values(), ids=lambda spec: spec.name)
def test_declarations_hold_together(spec: TransformSpec) -> None:
    assert spec.reference is not None
    assert f"{spec.name}(" in spec.example
    assert "\n" not in spec.summary
    assert len({parameter.name for parameter in spec.parameters}) == len(spec.parameters)
    assert spec.parameter("no such") is None
    assert not (spec.uses_target and not spec.fitted)


def test_complete_fills_defaults_and_keeps_what_was_said() -> None:
    spec = transforms()["impute"]
    assert spec.complete({"strategy": "median"}) == {
        "strategy": "median",
        "fill_value": None,
        "keep_empty_features": False,
    }
