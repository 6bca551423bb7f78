# needs: scikit-learn
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.datasets import load_digits
from sklearn.decomposition import NMF, LatentDirichletAllocation
from sklearn.manifold import TSNE
from sklearn.mixture import GaussianMixture

x = load_digits().data[:300]
KMeans(5, n_init=1, verbose=1, random_state=1, max_iter=8).fit(x)
MiniBatchKMeans(5, n_init=1, verbose=1, random_state=1, max_iter=3, batch_size=100).fit(x)
GaussianMixture(4, verbose=2, verbose_interval=2, random_state=1, covariance_type="diag").fit(x + 0.1)
LatentDirichletAllocation(4, max_iter=6, verbose=1, evaluate_every=1, random_state=1).fit(x)
NMF(4, verbose=1, max_iter=60, init="random", random_state=1, tol=1e-9, solver="mu").fit(x)
TSNE(verbose=2, random_state=1, max_iter=300, init="random", n_jobs=1).fit(x)
