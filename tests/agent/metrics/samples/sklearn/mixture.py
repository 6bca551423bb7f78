# needs: scikit-learn
from sklearn.datasets import load_digits
from sklearn.mixture import GaussianMixture

x = load_digits().data[:300] + 0.1
GaussianMixture(4, verbose=2, verbose_interval=2, random_state=1, covariance_type="diag", tol=1e-7).fit(x)
