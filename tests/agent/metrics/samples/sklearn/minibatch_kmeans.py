# needs: scikit-learn
from sklearn.cluster import MiniBatchKMeans
from sklearn.datasets import load_digits

MiniBatchKMeans(5, n_init=1, verbose=1, random_state=1, max_iter=3, batch_size=100).fit(load_digits().data[:300])
