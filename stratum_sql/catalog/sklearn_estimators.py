"""Where scikit-learn keeps its classifiers and regressors: names alone, so that knowing a name imports nothing.

`tests/catalog/test_estimators.py` compares this list with `sklearn.utils.all_estimators`.
"""

from __future__ import annotations

import re

MODULES: dict[str, str] = {
    "calibration": "CalibratedClassifierCV",
    "compose": "TransformedTargetRegressor",
    "cross_decomposition": "CCA PLSCanonical PLSRegression",
    "discriminant_analysis": "LinearDiscriminantAnalysis QuadraticDiscriminantAnalysis",
    "dummy": "DummyClassifier DummyRegressor",
    "ensemble": "AdaBoostClassifier AdaBoostRegressor BaggingClassifier BaggingRegressor ExtraTreesClassifier "
    "ExtraTreesRegressor GradientBoostingClassifier GradientBoostingRegressor HistGradientBoostingClassifier "
    "HistGradientBoostingRegressor RandomForestClassifier RandomForestRegressor StackingClassifier StackingRegressor "
    "VotingClassifier VotingRegressor",
    "gaussian_process": "GaussianProcessClassifier GaussianProcessRegressor",
    "isotonic": "IsotonicRegression",
    "kernel_ridge": "KernelRidge",
    "linear_model": "ARDRegression BayesianRidge ElasticNet ElasticNetCV GammaRegressor HuberRegressor Lars LarsCV "
    "Lasso LassoCV LassoLars LassoLarsCV LassoLarsIC LinearRegression LogisticRegression LogisticRegressionCV "
    "MultiTaskElasticNet MultiTaskElasticNetCV MultiTaskLasso MultiTaskLassoCV OrthogonalMatchingPursuit "
    "OrthogonalMatchingPursuitCV PassiveAggressiveClassifier PassiveAggressiveRegressor Perceptron PoissonRegressor "
    "QuantileRegressor RANSACRegressor Ridge RidgeCV RidgeClassifier RidgeClassifierCV SGDClassifier SGDRegressor "
    "TheilSenRegressor TweedieRegressor",
    "model_selection": "FixedThresholdClassifier TunedThresholdClassifierCV",
    "multiclass": "OneVsOneClassifier OneVsRestClassifier OutputCodeClassifier",
    "multioutput": "ClassifierChain MultiOutputClassifier MultiOutputRegressor RegressorChain",
    "naive_bayes": "BernoulliNB CategoricalNB ComplementNB GaussianNB MultinomialNB",
    "neighbors": "KNeighborsClassifier KNeighborsRegressor NearestCentroid RadiusNeighborsClassifier "
    "RadiusNeighborsRegressor",
    "neural_network": "MLPClassifier MLPRegressor",
    "semi_supervised": "LabelPropagation LabelSpreading SelfTrainingClassifier",
    "svm": "LinearSVC LinearSVR NuSVC NuSVR SVC SVR",
    "tree": "DecisionTreeClassifier DecisionTreeRegressor ExtraTreeClassifier ExtraTreeRegressor",
}


def snake_case(class_name: str) -> str:
    """`KNeighborsClassifier` is `k_neighbors_classifier`, `RidgeCV` is `ridge_cv`, `SVC` is `svc`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", class_name).lower()


PATHS: dict[str, str] = {
    snake_case(name): f"sklearn.{module}.{name}" for module, names in MODULES.items() for name in names.split()
}
