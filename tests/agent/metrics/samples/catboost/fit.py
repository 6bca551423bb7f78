# needs: catboost scikit-learn
# keeps: learn_error.tsv test_error.tsv catboost_training.json
import catboost
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split

x, y = make_classification(400, random_state=4, flip_y=0.1)
a, b, c, d = train_test_split(x, y, random_state=1)
model = catboost.CatBoostClassifier(
    iterations=60, depth=4, random_seed=1, thread_count=1, metric_period=2, custom_metric=["AUC"], od_wait=25
)
model.fit(a, c, eval_set=(b, d))
