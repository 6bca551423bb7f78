# needs: scikit-learn
from sklearn.datasets import load_digits
from sklearn.decomposition import NMF

NMF(4, verbose=1, max_iter=90, init="random", random_state=1, tol=1e-9, solver="mu").fit(load_digits().data[:300])
