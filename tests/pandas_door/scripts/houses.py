import numpy as np
import pandas as pd

houses = pd.read_csv("houses.csv")
houses["built"] = houses["built"].fillna(houses["built"].median())
houses["log_price"] = np.log(houses["price"])
for column in houses.columns:
    if houses[column].dtype == "object":
        houses[column] = houses[column].fillna("none")
houses["is_new"] = np.where(houses["built"] > 1980, 1, 0)
houses["per_area"] = houses["price"] / houses["area"]
by_town = houses.groupby("town", as_index=False).agg(mean_price=("price", "mean"), homes=("id", "count"))
joined = houses.merge(by_town, on="town", how="left")
out = joined[joined["area"] > 55].sort_values(["town", "area"]).reset_index(drop=True)
