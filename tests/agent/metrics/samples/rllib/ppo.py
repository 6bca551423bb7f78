# needs: ray gymnasium torch
# scrub: (?<=pid=)\d+|(?<=session_)[\d_-]+
import ray
from ray import tune
from ray.rllib.algorithms.ppo import PPOConfig

ray.init(num_cpus=2, include_dashboard=False)
config = (
    PPOConfig()
    .environment("CartPole-v1")
    .env_runners(num_env_runners=0)
    .training(train_batch_size_per_learner=256, minibatch_size=64, num_epochs=2)
)
tune.Tuner("PPO", param_space=config, run_config=tune.RunConfig(stop={"training_iteration": 5}, verbose=2)).fit()
