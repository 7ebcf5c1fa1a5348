import pandas as pd
from sklearn.metrics import accuracy_score
from sklearn.model_selection import StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

df = pd.read_csv("houses.csv")
df["large"] = (df["area"] > df["area"].quantile(0.6)).astype(int)
X = df[["rooms", "built", "distance", "price"]]
y = df["large"]

scores = []
for tr, va in StratifiedKFold(n_splits=3, shuffle=True, random_state=5).split(X, y):
    scaler = StandardScaler()
    train, valid = scaler.fit_transform(X.iloc[tr]), scaler.transform(X.iloc[va])
    knn = KNeighborsClassifier(n_neighbors=7).fit(train, y.iloc[tr])
    scores.append(accuracy_score(y.iloc[va], knn.predict(valid)))
print(scores)
