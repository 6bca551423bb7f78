# needs: scikit-learn
from sklearn.datasets import make_regression
from sklearn.ensemble import GradientBoostingRegressor

x, y = make_regression(300, 8, noise=3, random_state=1)
GradientBoostingRegressor(n_estimators=60, subsample=0.7, verbose=1, random_state=1).fit(x, y)
