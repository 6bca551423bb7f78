# needs: spacy
# as: pipe pty
import random
import subprocess
import sys

import spacy
from spacy.tokens import DocBin

random.seed(8)
good, bad = ["fine", "lovely", "great", "superb", "warm"], ["poor", "awful", "cold", "broken", "dull"]
nlp = spacy.blank("en")
for name, count in (("train", 120), ("dev", 50)):
    docs = DocBin()
    for _ in range(count):
        positive = random.random() < 0.5
        weights = [3] * 5 + [2] * 5 if positive else [2] * 5 + [3] * 5
        doc = nlp(" ".join(random.choices(good + bad, weights, k=7)))
        doc.cats = {"POS": float(positive), "NEG": float(not positive)}
        docs.add(doc)
    docs.to_disk(f"{name}.spacy")
cli = [sys.executable, "-m", "spacy"]
subprocess.run(
    [*cli, "init", "config", "c.cfg", "-p", "textcat", "-l", "en", "-F"], check=True, stdout=subprocess.DEVNULL
)
training = {"max_steps": 220, "eval_frequency": 20, "patience": 0}
options = [part for name, value in training.items() for part in (f"--training.{name}", str(value))]
paths = ["--paths.train", "train.spacy", "--paths.dev", "dev.spacy"]
subprocess.run([*cli, "train", "c.cfg", *paths, *options], check=True)
