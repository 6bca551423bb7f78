# needs: transformers torch accelerate
# as: pipe pty
# keeps: trainer_state.json
import torch
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments, set_seed

set_seed(4)
config = BertConfig(
    vocab_size=64, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, num_labels=2
)
model = BertForSequenceClassification(config)


class Words(torch.utils.data.Dataset):
    def __init__(self, count, seed):
        self.words = torch.randint(1, 64, (count, 12), generator=torch.Generator().manual_seed(seed))

    def __len__(self):
        return len(self.words)

    def __getitem__(self, at):
        words = self.words[at]
        return {"input_ids": words, "attention_mask": torch.ones_like(words), "labels": int(words.sum() > 384)}


def measure(prediction):
    return {"accuracy": float((prediction.predictions.argmax(-1) == prediction.label_ids).mean())}


arguments = TrainingArguments(
    output_dir="out",
    num_train_epochs=3,
    per_device_train_batch_size=8,
    learning_rate=3e-3,
    logging_steps=5,
    eval_strategy="epoch",
    save_strategy="no",
    report_to=[],
    use_cpu=True,
)
trainer = Trainer(model, arguments, train_dataset=Words(160, 1), eval_dataset=Words(64, 2), compute_metrics=measure)
trainer.train()
trainer.save_state()
