# needs: xgboost scikit-learn
import xgboost
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split

x, y = make_classification(400, random_state=1, flip_y=0.1)
a, b, c, d = train_test_split(x, y, random_state=1)
parameters = {"objective": "binary:logistic", "eval_metric": ["logloss", "auc"], "eta": 0.3, "max_depth": 3}
xgboost.train(
    parameters,
    xgboost.DMatrix(a, c),
    25,
    evals=[(xgboost.DMatrix(a, c), "train"), (xgboost.DMatrix(b, d), "eval")],
    early_stopping_rounds=10,
)
