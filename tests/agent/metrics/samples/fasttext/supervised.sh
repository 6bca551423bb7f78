# needs: apt:fasttext
# as: pipe pty
python3 - <<'END'
import random
random.seed(1)
words = {"a": ["sun", "sea", "sand", "wave", "boat"], "b": ["snow", "ice", "ski", "peak", "fir"]}
with open("train.txt", "w") as f:
    for _ in range(4000):
        label = random.choice("ab")
        print("__label__" + label, *random.choices(words["a"] + words[label] * 3, k=9), file=f)
END
fasttext supervised -input train.txt -output model -epoch 500 -thread 2 -dim 100 -lr 0.1 2>&1
fasttext test model.bin train.txt
