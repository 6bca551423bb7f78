# needs: lightgbm scikit-learn
import lightgbm
from sklearn.datasets import make_classification
from sklearn.model_selection import train_test_split

x, y = make_classification(400, random_state=3, flip_y=0.1)
a, b, c, d = train_test_split(x, y, random_state=1)
train = lightgbm.Dataset(a, c)
lightgbm.train(
    {"objective": "binary", "metric": ["auc", "binary_logloss"], "num_leaves": 7, "num_threads": 1},
    train,
    40,
    valid_sets=[train, lightgbm.Dataset(b, d, reference=train)],
    valid_names=["training", "valid"],
    callbacks=[lightgbm.log_evaluation(2), lightgbm.early_stopping(15)],
)
