# needs: tqdm
# as: pipe pty
import math
import time

from tqdm import tqdm

for epoch in range(3):
    with tqdm(range(40), desc=f"Epoch {epoch + 1}/3", ncols=100) as bar:
        for step in bar:
            loss = math.exp(-(epoch * 40 + step) / 50)
            time.sleep(0.005)
            bar.set_postfix(loss=f"{loss:.4f}", acc=round(1 - loss / 2, 4))
    tqdm.write(f"epoch {epoch + 1} val_loss {loss * 1.1:.4f}")
