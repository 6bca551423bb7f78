# needs: flair torch
# keeps: loss.tsv
import random

import flair
import torch
from flair.data import Corpus, Sentence
from flair.datasets import FlairDatapointDataset
from flair.embeddings import DocumentRNNEmbeddings, OneHotEmbeddings
from flair.models import TextClassifier
from flair.trainers import ModelTrainer

flair.device = torch.device("cpu")
flair.set_seed(9)
random.seed(9)
good, bad = ["fine", "lovely", "great", "superb", "warm"], ["poor", "awful", "cold", "broken", "dull"]


def some(count):
    made = []
    for _ in range(count):
        positive = random.random() < 0.5
        made.append(
            Sentence(" ".join(random.choices(good + bad, [3] * 5 + [2] * 5 if positive else [2] * 5 + [3] * 5, k=6)))
        )
        made[-1].add_label("tone", "good" if positive else "bad")
    return FlairDatapointDataset(made)


corpus = Corpus(train=some(80), dev=some(24), test=some(24))
labels = corpus.make_label_dictionary("tone")
embeddings = DocumentRNNEmbeddings([OneHotEmbeddings.from_corpus(corpus, embedding_length=8)], hidden_size=8)
model = TextClassifier(embeddings, label_type="tone", label_dictionary=labels)
ModelTrainer(model, corpus).train(
    "out", learning_rate=0.1, mini_batch_size=8, max_epochs=4, embeddings_storage_mode="none"
)
