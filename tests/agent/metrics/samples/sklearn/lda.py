# needs: scikit-learn
from sklearn.datasets import load_digits
from sklearn.decomposition import LatentDirichletAllocation

LatentDirichletAllocation(4, max_iter=6, verbose=1, evaluate_every=1, random_state=1).fit(load_digits().data[:300])
