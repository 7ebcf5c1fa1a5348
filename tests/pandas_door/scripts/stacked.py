import pandas as pd

train = pd.DataFrame({"x": [1.5, None, 3.0], "kind": ["a", "b", None], "y": [0.0, 1.0, 1.0]})
test = pd.DataFrame({"x": [2.0, 0.5], "kind": ["b", "a"]})
both = pd.concat([train, test], ignore_index=True)
both["x"] = (both["x"] - train["x"].mean()) / train["x"].std()
both["missing"] = both["kind"].isna() | ~(both["x"] > 0)
both["code"] = both["kind"].map({"a": 0.5, "b": 1.5})
out = both.head(4)
