# needs: torchinfo torch
# A summary of a model, its settings, and a download: numbers, and no curve.
import argparse
import sys
import time

import torch
from torchinfo import summary
from tqdm import tqdm

model = torch.nn.Sequential(torch.nn.Conv2d(1, 8, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(5408, 10))
print(argparse.Namespace(lr=0.1, epochs=90, batch_size=256, momentum=0.9, weight_decay=1e-4, seed=None, workers=4))
summary(model, input_size=(16, 1, 28, 28))
for name, value in {"lr": 0.1, "epochs": 90, "dropout": 0.5, "warmup_steps": 1000, "loss_scale": 128}.items():
    print(f"{name:>16}: {value}")
for _ in tqdm(range(60), desc="Downloading train.tar.gz", unit="B", unit_scale=True, file=sys.stdout):
    time.sleep(0.002)
for at in range(0, 101, 20):
    print(f"Preprocessed {at}/100 files")
