# needs: scikit-learn
from sklearn.datasets import load_iris
from sklearn.neural_network import MLPClassifier

x, y = load_iris(return_X_y=True)
MLPClassifier((12,), max_iter=60, early_stopping=True, random_state=1, verbose=True, n_iter_no_change=6).fit(x, y)
