# needs: fairseq torch
# scrub: tmp\w+
import random
import subprocess
import sys
from pathlib import Path

random.seed(5)
for name, count in (("train", 400), ("valid", 60)):
    lines = [" ".join(random.choices("abcdefgh", range(1, 9), k=random.randrange(3, 9))) for _ in range(count)]
    Path(f"{name}.txt").write_text("\n".join(lines) + "\n")
data = ["--only-source", "--trainpref", "train.txt", "--validpref", "valid.txt", "--destdir", "data", "--workers", "1"]
subprocess.run([sys.executable, "-m", "fairseq_cli.preprocess", *data], check=True)
how = "--task language_modeling --arch transformer_lm --decoder-embed-dim 16 --decoder-ffn-embed-dim 32"
how += " --decoder-layers 1 --decoder-attention-heads 2 --tokens-per-sample 32 --batch-size 8 --max-epoch 3"
how += " --optimizer adam --lr 0.01 --lr-scheduler inverse_sqrt --warmup-updates 10"
how += " --log-interval 5 --no-save --cpu --num-workers 0 --seed 1"
subprocess.run([sys.executable, "-m", "fairseq_cli.train", "data", *how.split(), *sys.argv[1:]], check=True)
