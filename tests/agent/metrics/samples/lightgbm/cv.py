# needs: lightgbm scikit-learn
import lightgbm
from sklearn.datasets import make_regression

x, y = make_regression(300, 10, noise=5, random_state=2)
lightgbm.cv(
    {"objective": "regression", "metric": "l2", "verbose": -1, "num_threads": 1},
    lightgbm.Dataset(x, y),
    16,
    nfold=3,
    stratified=False,
    callbacks=[lightgbm.log_evaluation(2)],
)
