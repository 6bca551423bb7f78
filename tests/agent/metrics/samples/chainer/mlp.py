# needs: chainer numpy
# as: pipe pty
# keeps: log=log.json
import chainer
import numpy as np
from chainer import functions, links, training
from chainer.training import extensions

np.random.seed(1)
x = np.random.normal(size=(300, 4)).astype("float32")
y = (x[:, 0] > x[:, 1]).astype("int32")
model = links.Classifier(chainer.Sequential(links.Linear(4, 8), functions.relu, links.Linear(8, 2)))
optimizer = chainer.optimizers.Adam(0.01)
optimizer.setup(model)
train = chainer.iterators.SerialIterator(chainer.datasets.TupleDataset(x[:240], y[:240]), 20)
rest = chainer.datasets.TupleDataset(x[240:], y[240:])
held = chainer.iterators.SerialIterator(rest, 20, repeat=False, shuffle=False)
trainer = training.Trainer(training.StandardUpdater(train, optimizer), (5, "epoch"), out="out")
trainer.extend(extensions.Evaluator(held, model))
trainer.extend(extensions.LogReport())
trainer.extend(
    extensions.PrintReport(
        ["epoch", "main/loss", "validation/main/loss", "main/accuracy", "validation/main/accuracy", "elapsed_time"]
    )
)
trainer.extend(extensions.ProgressBar(update_interval=5))
trainer.run()
