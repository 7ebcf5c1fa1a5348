import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

df = pd.read_csv("houses.csv")
df["expensive"] = (df["price"] > 250000).astype(int)
numbers, words = ["area", "rooms", "built", "quality", "distance"], ["town", "kind"]

number_steps = Pipeline([("impute", SimpleImputer(strategy="median")), ("scale", StandardScaler())])
prepare = ColumnTransformer(
    [("numbers", number_steps, numbers), ("words", OneHotEncoder(handle_unknown="ignore", sparse_output=False), words)]
)
model = Pipeline([("prepare", prepare), ("model", LogisticRegression(max_iter=500, C=0.5))])
folds = StratifiedKFold(n_splits=4, shuffle=True, random_state=7)
scores = cross_val_score(model, df[numbers + words], df["expensive"], cv=folds, scoring="roc_auc")
print(f"auc {scores.mean():.6f}")
