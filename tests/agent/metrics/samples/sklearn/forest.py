# needs: scikit-learn
# No curve in this one: progress of parallel jobs and of a search over parameters.
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC

x, y = load_iris(return_X_y=True)
RandomForestClassifier(60, verbose=2, random_state=1, n_jobs=1).fit(x, y)
GridSearchCV(SVC(), {"C": [0.1, 1.0, 10.0], "gamma": [0.01, 0.1]}, cv=3, verbose=3).fit(x, y)
