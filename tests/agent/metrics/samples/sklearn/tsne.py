# needs: scikit-learn
from sklearn.datasets import load_digits
from sklearn.manifold import TSNE

TSNE(verbose=2, random_state=1, max_iter=300, init="random", n_jobs=1).fit(load_digits().data[:300])
