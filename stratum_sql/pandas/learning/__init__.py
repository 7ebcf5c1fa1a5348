"""scikit-learn, LightGBM and XGBoost as scripts of pandas use them: trained once it is looked at, shared between scripts."""
