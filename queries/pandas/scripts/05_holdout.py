import pandas as pd
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import train_test_split

df = pd.read_csv("houses.csv")
df = df[df["area"] > 20]
df["quality"] = df["quality"].fillna(df["quality"].mean())
X = df[["area", "rooms", "built", "quality", "distance"]]
y = df["price"]

X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=0)
model = GradientBoostingRegressor(n_estimators=30, random_state=0)
model.fit(X_train, y_train)
scores = [mean_absolute_error(y_test, model.predict(X_test))]
print(len(X_train), len(X_test), round(scores[0], 4))
