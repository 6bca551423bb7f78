# needs: pytorch-tabnet torch
import numpy as np
from pytorch_tabnet.tab_model import TabNetClassifier
from sklearn.datasets import make_classification

x, y = make_classification(400, 8, random_state=2)
TabNetClassifier(n_d=4, n_a=4, n_steps=2, seed=1).fit(
    x[:300].astype(np.float32),
    y[:300],
    eval_set=[(x[300:].astype(np.float32), y[300:])],
    eval_metric=["auc", "accuracy"],
    max_epochs=8,
    batch_size=64,
    virtual_batch_size=32,
    patience=5,
)
