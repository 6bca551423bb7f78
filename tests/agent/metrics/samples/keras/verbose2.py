# needs: keras torch
import os

os.environ["KERAS_BACKEND"] = "torch"
import keras
import numpy as np

keras.utils.set_random_seed(2)
x = np.random.normal(size=(300, 5)).astype("float32")
y = x.sum(axis=1, keepdims=True) + 0.1
model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(8, "tanh"), keras.layers.Dense(1)])
model.compile("adam", "mse", metrics=["mae"])
model.fit(
    x,
    y,
    epochs=8,
    verbose=2,
    validation_split=0.2,
    callbacks=[keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True, verbose=1)],
)
