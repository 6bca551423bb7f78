# needs: tensorboardX
# keeps: events.out.*=tfevents
from tensorboardX import SummaryWriter

with SummaryWriter("tb") as writer:
    for step in range(0, 200, 10):
        writer.add_scalar("train/loss", 3.0 / (step + 1), step)
        if step % 50 == 0:
            writer.add_scalar("val/accuracy", step / 200, step)
