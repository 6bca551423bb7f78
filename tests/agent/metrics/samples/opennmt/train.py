# needs: OpenNMT-py torch
# scrub: pid: \d+
import random
import subprocess
from pathlib import Path

random.seed(5)
for name, count in (("train", 30_000), ("valid", 40)):
    lines = [random.choices("abcdefgh", k=random.randrange(3, 9)) for _ in range(count)]
    Path(f"{name}.src").write_text("".join(" ".join(line) + "\n" for line in lines))
    Path(f"{name}.tgt").write_text("".join(" ".join(reversed(line)) + "\n" for line in lines))
Path("config.yaml").write_text("""
save_data: run
src_vocab: vocab.src
tgt_vocab: vocab.tgt
overwrite: true
data:
  corpus_1: {path_src: train.src, path_tgt: train.tgt}
  valid: {path_src: valid.src, path_tgt: valid.tgt}
save_model: model
train_steps: 60
valid_steps: 20
save_checkpoint_steps: 60
report_every: 5
batch_size: 16
valid_batch_size: 8
hidden_size: 16
word_vec_size: 16
layers: 1
encoder_type: rnn
decoder_type: rnn
rnn_size: 16
optim: adam
learning_rate: 0.01
seed: 3
num_workers: 0
""")
subprocess.run(["onmt_build_vocab", "-config", "config.yaml", "-n_sample", "900"], check=True, capture_output=True)
subprocess.run(["onmt_train", "-config", "config.yaml"], check=True)
