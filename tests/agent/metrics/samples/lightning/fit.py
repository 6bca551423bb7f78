# needs: lightning torch
# as: pipe pty
# keeps: metrics.csv
import logging
import sys
import warnings

import lightning as L
import torch
from lightning.pytorch.loggers import CSVLogger

warnings.filterwarnings("ignore")
logging.getLogger("lightning.pytorch").setLevel(logging.INFO)


class Regression(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.net = torch.nn.Sequential(torch.nn.Linear(4, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1))

    def training_step(self, batch, _):
        loss = torch.nn.functional.mse_loss(self.net(batch[0]), batch[1])
        self.log("train_loss", loss, prog_bar=True)
        return loss

    def validation_step(self, batch, _):
        off = self.net(batch[0]) - batch[1]
        self.log_dict({"val_loss": (off**2).mean(), "val_mae": off.abs().mean()}, prog_bar=True)

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), 0.01)


L.seed_everything(3)
x = torch.randn(256, 4)
data = torch.utils.data.TensorDataset(x, x.prod(dim=1, keepdim=True))
train, held = torch.utils.data.random_split(data, [192, 64])
callbacks = []
if "rich" in sys.argv:
    callbacks.append(L.pytorch.callbacks.RichProgressBar())
trainer = L.Trainer(
    max_epochs=4,
    accelerator="cpu",
    logger=CSVLogger("."),
    log_every_n_steps=2,
    callbacks=callbacks,
    enable_checkpointing=False,
)
trainer.fit(
    Regression(),
    torch.utils.data.DataLoader(train, 16, shuffle=True),
    torch.utils.data.DataLoader(held, 32),
)
