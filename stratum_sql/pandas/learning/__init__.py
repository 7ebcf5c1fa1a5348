"""scikit-learn, LightGBM and XGBoost in scripts of pandas: trained once it is looked at, shared between scripts."""
