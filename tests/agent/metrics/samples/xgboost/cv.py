# needs: xgboost scikit-learn pandas
import xgboost
from sklearn.datasets import make_regression

x, y = make_regression(300, 10, noise=5, random_state=2)
xgboost.cv({"eta": 0.4, "max_depth": 2}, xgboost.DMatrix(x, y), 20, nfold=3, verbose_eval=True, seed=2)
