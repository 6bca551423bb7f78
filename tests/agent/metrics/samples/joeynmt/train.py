# needs: joeynmt torch
# keeps: validations.txt=validations.tsv
import random
import subprocess
import sys
from pathlib import Path

random.seed(5)
for name, count in (("train", 300), ("dev", 30), ("test", 30)):
    lines = [random.choices("abcdefgh", k=random.randrange(3, 9)) for _ in range(count)]
    Path(f"{name}.src").write_text("".join(" ".join(line) + "\n" for line in lines))
    Path(f"{name}.trg").write_text("".join(" ".join(reversed(line)) + "\n" for line in lines))
Path("vocab.txt").write_text("".join(word + "\n" for word in ("<unk>", "<pad>", "<s>", "</s>", *"abcdefgh")))
Path("config.yaml").write_text("""
name: reverse
joeynmt_version: "2.3.0"
model_dir: model
use_cuda: false
fp16: false
random_seed: 42
data:
  train: train
  dev: dev
  test: test
  dataset_type: plain
  src: {lang: src, max_length: 25, level: word, voc_limit: 100, voc_min_freq: 1, voc_file: vocab.txt}
  trg: {lang: trg, max_length: 25, level: word, voc_limit: 100, voc_min_freq: 1, voc_file: vocab.txt}
testing:
  n_best: 1
  beam_size: 1
  eval_metrics: [bleu]
  max_output_length: 20
  batch_size: 10
  batch_type: sentence
training:
  optimizer: adam
  learning_rate: 0.01
  loss: crossentropy
  batch_size: 10
  batch_type: sentence
  eval_batch_size: 10
  eval_batch_type: sentence
  normalization: batch
  scheduling: noam
  learning_rate_warmup: 20
  learning_rate_factor: 1
  epochs: 4
  validation_freq: 30
  logging_freq: 10
  early_stopping_metric: bleu
  overwrite: true
  shuffle: true
  print_valid_sents: [0]
  keep_best_ckpts: 1
model:
  initializer: xavier_uniform
  bias_initializer: zeros
  init_gain: 1.0
  embed_initializer: xavier_uniform
  embed_init_gain: 1.0
  tied_embeddings: false
  tied_softmax: false
  encoder:
    {type: transformer, num_layers: 1, num_heads: 2, hidden_size: 16, ff_size: 32, embeddings: {embedding_dim: 16}}
  decoder:
    {type: transformer, num_layers: 1, num_heads: 2, hidden_size: 16, ff_size: 32, embeddings: {embedding_dim: 16}}
""")
subprocess.run([sys.executable, "-m", "joeynmt", "train", "config.yaml"], check=True)
