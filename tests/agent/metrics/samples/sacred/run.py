# needs: sacred
# keeps: metrics.json
from sacred import Experiment
from sacred.observers import FileStorageObserver

experiment = Experiment("demo", save_git_info=False)
experiment.observers.append(FileStorageObserver("runs"))


@experiment.main
def train(_run):
    for step in range(12):
        _run.log_scalar("training.loss", 2.0 / (step + 1), step * 10)
        if step % 3 == 2:
            _run.log_scalar("validation.accuracy", step / 12, step * 10)
    return 0.917


experiment.run()
