# needs: scikit-learn
from sklearn.datasets import make_regression
from sklearn.ensemble import HistGradientBoostingRegressor

x, y = make_regression(600, 8, noise=3, random_state=1)
HistGradientBoostingRegressor(max_iter=25, early_stopping=True, verbose=2, random_state=1).fit(x, y)
