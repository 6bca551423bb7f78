# needs: pytorch-ignite torch
# as: pipe pty
import torch
from ignite.contrib.handlers import ProgressBar
from ignite.engine import Events, create_supervised_evaluator, create_supervised_trainer
from ignite.metrics import Accuracy, Loss, RunningAverage

torch.manual_seed(2)
x = torch.randn(320, 4)
data = torch.utils.data.TensorDataset(x, (x[:, 0] > x[:, 1]).long())
train, held = (torch.utils.data.DataLoader(part, 16) for part in torch.utils.data.random_split(data, [256, 64]))
model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
loss = torch.nn.CrossEntropyLoss()
trainer = create_supervised_trainer(model, torch.optim.Adam(model.parameters(), 0.01), loss)
evaluator = create_supervised_evaluator(model, {"accuracy": Accuracy(), "nll": Loss(loss)})
RunningAverage(output_transform=lambda out: out).attach(trainer, "loss")
bar = ProgressBar()
bar.attach(trainer, ["loss"])


@trainer.on(Events.EPOCH_COMPLETED)
def validate(engine):
    evaluator.run(held)
    found = evaluator.state.metrics
    bar.log_message(
        f"Validation Results - Epoch: {engine.state.epoch}  "
        f"Avg accuracy: {found['accuracy']:.2f} Avg loss: {found['nll']:.2f}"
    )


trainer.run(train, max_epochs=4)
