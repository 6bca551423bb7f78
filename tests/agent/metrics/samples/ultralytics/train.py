# needs: ultralytics torch
# as: pipe pty
# keeps: results.csv
# scrub: https?://\S+
import os

import numpy as np
import yaml
from PIL import Image

os.environ["YOLO_OFFLINE"] = "true"
from ultralytics import YOLO

random = np.random.default_rng(1)
for part, count in (("train", 12), ("val", 6)):
    os.makedirs(f"d/images/{part}")
    os.makedirs(f"d/labels/{part}")
    for i in range(count):
        picture = random.integers(0, 60, (64, 64, 3), dtype=np.uint8)
        x, y = random.integers(4, 36, 2)
        picture[y : y + 24, x : x + 24] = (250, 20, 20)
        Image.fromarray(picture).save(f"d/images/{part}/{i}.png")
        with open(f"d/labels/{part}/{i}.txt", "w") as file:
            print(0, (x + 12) / 64, (y + 12) / 64, 24 / 64, 24 / 64, file=file)
with open("d.yaml", "w") as file:
    yaml.safe_dump(
        {"path": os.path.abspath("d"), "train": "images/train", "val": "images/val", "names": {0: "s"}}, file
    )
YOLO("yolov8n.yaml").train(data="d.yaml", epochs=3, imgsz=64, batch=4, device="cpu", workers=0, plots=False, amp=False)
