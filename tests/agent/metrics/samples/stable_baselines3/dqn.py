# needs: stable-baselines3 gymnasium torch
from stable_baselines3 import DQN
from stable_baselines3.common.callbacks import EvalCallback
from stable_baselines3.common.env_util import make_vec_env

model = DQN("MlpPolicy", "CartPole-v1", learning_starts=100, seed=6, device="cpu", verbose=1)
model.learn(1800, log_interval=8, callback=EvalCallback(make_vec_env("CartPole-v1", seed=7), eval_freq=500))
