# needs: scikit-learn
from sklearn.datasets import make_classification
from sklearn.linear_model import SGDClassifier

x, y = make_classification(500, random_state=1)
SGDClassifier(loss="log_loss", max_iter=40, verbose=1, random_state=1, tol=1e-4).fit(x, y)
