"""Boosted trees alone: 48 configurations of LightGBM and XGBoost over one matrix."""
