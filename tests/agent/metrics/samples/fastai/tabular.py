# needs: fastai torch
# as: pipe pty
import random

import numpy as np
import pandas as pd
import torch
from fastai.tabular.all import Normalize, TabularDataLoaders, accuracy, tabular_learner

random.seed(1)
np.random.seed(1)
torch.manual_seed(1)
table = pd.DataFrame(np.random.normal(size=(600, 4)), columns=list("abcd"))
table["y"] = (table.a * table.b > 0).map({True: "yes", False: "no"})
loaders = TabularDataLoaders.from_df(
    table,
    procs=[Normalize],
    cont_names=list("abcd"),
    y_names="y",
    bs=32,
    valid_idx=list(range(480, 600)),
    num_workers=0,
)
learner = tabular_learner(loaders, layers=[32, 16], metrics=accuracy)
learner.fit_one_cycle(5, 1e-2)
