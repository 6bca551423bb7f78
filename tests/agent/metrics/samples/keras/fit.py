# needs: keras torch
# as: pipe pty
# keeps: history.csv
import os

os.environ["KERAS_BACKEND"] = "torch"
import keras
import numpy as np

keras.utils.set_random_seed(1)
x = np.random.normal(size=(400, 8)).astype("float32")
y = (x[:, :1] * x[:, 1:2] > 0).astype("float32")
model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(1, "sigmoid")])
model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy", metrics=["accuracy", keras.metrics.AUC(name="auc")])
model.summary()
model.fit(
    x,
    y,
    batch_size=32,
    epochs=6,
    validation_split=0.25,
    callbacks=[keras.callbacks.CSVLogger("history.csv"), keras.callbacks.ReduceLROnPlateau(patience=1, verbose=1)],
)
print("Test loss and accuracy:", model.evaluate(x, y, verbose=0)[:2])
