# needs: scikit-learn
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits

KMeans(5, n_init=1, verbose=1, random_state=1, max_iter=12).fit(load_digits().data[:300])
