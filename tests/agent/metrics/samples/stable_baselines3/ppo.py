# needs: stable-baselines3 gymnasium torch
# keeps: progress.csv
from stable_baselines3 import PPO
from stable_baselines3.common.logger import configure

model = PPO("MlpPolicy", "CartPole-v1", n_steps=256, batch_size=64, n_epochs=2, seed=5, device="cpu", verbose=1)
model.set_logger(configure("out", ["stdout", "csv"]))
model.learn(256 * 9)
