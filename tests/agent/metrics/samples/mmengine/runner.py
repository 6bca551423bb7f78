# needs: mmengine torch
# keeps: scalars.json
import torch
from mmengine.evaluator import BaseMetric, Evaluator
from mmengine.model import BaseModel
from mmengine.runner import Runner


class Tiny(BaseModel):
    def __init__(self):
        super().__init__()
        self.net = torch.nn.Linear(4, 2)

    def forward(self, x, y, mode):
        out = self.net(x)
        return {"loss": torch.nn.functional.cross_entropy(out, y)} if mode == "loss" else (out, y)


class Accuracy(BaseMetric):
    def process(self, data_batch, data_samples):
        out, y = data_samples
        self.results.append({"right": (out.argmax(1) == y).sum().item(), "of": len(y)})

    def compute_metrics(self, results):
        return {"accuracy": 100 * sum(r["right"] for r in results) / sum(r["of"] for r in results)}


torch.manual_seed(3)
x = torch.randn(300, 4)
data = [(x[i], int(x[i, 0] > x[i, 1])) for i in range(300)]
Runner(
    model=Tiny(),
    work_dir="out",
    train_dataloader={
        "batch_size": 10,
        "collate_fn": {"type": "default_collate"},
        "dataset": data[:200],
        "sampler": {"type": "DefaultSampler", "shuffle": True},
    },
    train_cfg={"by_epoch": True, "max_epochs": 3, "val_interval": 1},
    optim_wrapper={"optimizer": {"type": "SGD", "lr": 0.1}},
    val_dataloader={
        "batch_size": 10,
        "collate_fn": {"type": "default_collate"},
        "dataset": data[200:],
        "sampler": {"type": "DefaultSampler", "shuffle": False},
    },
    val_cfg={},
    val_evaluator=Evaluator(Accuracy()),
    default_hooks={"logger": {"type": "LoggerHook", "interval": 5}},
    randomness={"seed": 3},
).train()
