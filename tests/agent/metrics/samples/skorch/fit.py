# needs: skorch torch
# as: pipe pty
import torch
from sklearn.datasets import make_classification
from skorch import NeuralNetClassifier

torch.manual_seed(1)
x, y = make_classification(400, 10, random_state=1)
net = NeuralNetClassifier(
    torch.nn.Sequential(torch.nn.Linear(10, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2)),
    criterion=torch.nn.CrossEntropyLoss,
    max_epochs=9,
    lr=0.2,
)
net.fit(x.astype("float32"), y)
