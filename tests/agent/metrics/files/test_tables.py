"""Tables of separated values: as the programs write them, with and without header, padded, sparse, damaged."""

from pathlib import Path

import pytest

from tests.agent.metrics.files.reading import points, series

SAMPLES = Path(__file__).parents[1] / "samples"


def test_keras_s_csv_logger() -> None:
    found = series((SAMPLES / "keras/fit.history.csv").read_bytes(), "history.csv")
    assert sorted(found) == ["accuracy", "auc", "loss", "val_accuracy", "val_auc", "val_loss"]
    assert [x for x, _ in found["val_loss"]] == [0, 1, 2, 3, 4, 5]


def test_lightning_s_sparse_columns() -> None:
    text = b"epoch,lr-Adam,step,train_loss,val_loss\n,0.1,0,,\n0,,9,2.5,\n0,,9,,3.5\n1,,19,1.5,\n,0.01,20,,\n"
    assert series(text, "metrics.csv", 5) == {
        "lr-Adam": [(0, 0.1), (20, 0.01)],
        "train_loss": [(9, 2.5), (19, 1.5)],
        "val_loss": [(9, 3.5)],
    }
    real = series((SAMPLES / "lightning/fit.metrics.csv").read_bytes(), "metrics.csv")
    assert {name: len(found) for name, found in real.items()} == {"train_loss": 24, "val_loss": 4, "val_mae": 4}


def test_ultralytics_padded_names_and_its_clock() -> None:
    old = b"               epoch,      train/box_loss,metrics/mAP_0.5:0.95\n"
    old += b"                   0,            0.045448,             0.47916\n"
    assert series(old, "results.csv") == {"train/box_loss": [(0, 0.045448)], "metrics/mAP_0.5:0.95": [(0, 0.47916)]}
    new = series((SAMPLES / "ultralytics/train.results.csv").read_bytes(), "results.csv")
    assert "time" not in new
    assert [x for x, _ in new["metrics/mAP50(B)"]] == [1, 2, 3]


def test_progress_of_reinforcement_learning_stands_on_its_timesteps() -> None:
    found = series((SAMPLES / "stable_baselines3/ppo.progress.csv").read_bytes(), "progress.csv")
    assert "time/iterations" not in found
    assert "time/time_elapsed" not in found
    assert found["rollout/ep_rew_mean"][0] == (256, 22.818181818181817)
    rllib = (
        b"episode_reward_mean,timesteps_total,training_iteration,timestamp,date,config,hostname,time_total_s\n"
        b'12.5,4000,1,1700000000,2023-11-14_22-13-20,"{""lr"": 0.1, ""a"": [1,2]}",node1,10.5\n'
    )
    (point,) = points(rllib, "progress.csv")
    assert point == {"t": 1.7e9, "step": 4000, "source": "file", "offset": 0, "episode_reward_mean": 12.5}


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (b"step\tloss\n1\t0.5\n2\t0.25\n", "loss.tsv"),
        (b"step;loss\n1;0,5\n2;0,25\n", "loss.csv"),
        (b"step,loss\r\n1,0.5\r\n2,0.25\r\n", "loss.csv"),
        (b'"step","loss"\n"1","0.5"\n"2","0.25"\n', "loss.csv"),
        (b"# written by me\n# step,loss\n1,0.5\n2,0.25\n", "loss.csv"),
        (b"\xef\xbb\xbfstep,loss\n1,0.5\n2,0.25\n", "loss.csv"),
        (b"1,0.5\n2,0.25\n3,0.125\n", "loss.csv"),
        (b",loss\n1,0.5\n2,0.25\n", "loss.csv"),
        (b"step,loss\n1,tensor(0.5)\n2,0.25\n", "train_log.txt"),
        (b"step,loss,note\n1,50%,good\n2,25%,\n", "loss.csv"),
        (b"step,loss\n1,5.0D-1\n2,2.5D-1\n", "loss.csv"),
        (b"step,loss\n1,0.5\nstep,loss\n2,0.25", "loss.csv"),
    ],
    ids=["tsv", "decimal commas", "crlf", "quoted", "comments", "bom", "no header", "index", "tensors", "percent",
         "fortran", "header again"],
)  # fmt: skip
@pytest.mark.parametrize("size", [3, 1000])
def test_one_table_in_many_dresses(text: bytes, path: str, size: int) -> None:
    found = series(text, path, size)
    assert list(found) == ["loss"]
    assert found["loss"][0][0] == 1
    values = [value for _, value in found["loss"]]
    assert values[:2] in ([0.5, 0.25], [50.0, 25.0])


def test_what_is_not_finite_and_what_is_missing() -> None:
    found = series(b"epoch,loss,acc\n1,nan,\n2,inf,0.5\n3,-Infinity,None\n4,,0.75\n", "log.csv")
    assert [str(value) for _, value in found["loss"]] == ["nan", "inf", "-inf"]
    assert found["acc"] == [(2, 0.5), (4, 0.75)]


def test_batches_that_count_anew_in_each_epoch_count_on() -> None:
    text = b"epoch,batch,loss\n" + b"".join(b"%d,%d,1\n" % (epoch, batch) for epoch in (1, 2, 3) for batch in range(4))
    found = series(text, "log.csv")
    assert [x for x, _ in found["loss"]] == list(range(12))


def test_a_second_run_appended_under_another_header() -> None:
    text = b"epoch,loss\n1,0.5\n2,0.4\nepoch,loss,val_loss\n1,0.6,0.7\n"
    assert series(text, "log.csv") == {"loss": [(1, 0.5), (2, 0.4), (1, 0.6)], "val_loss": [(1, 0.7)]}


def test_a_last_row_is_read_when_nothing_follows() -> None:
    assert series(b"epoch,loss\n1,0.5\n2,0.4", "log.csv")["loss"] == [(1, 0.5), (2, 0.4)]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (b"sepal_length,sepal_width,species\n5.1,3.5,setosa\n4.9,3.0,setosa\n4.7,3.2,virginica\n", "iris.csv"),
        (b"id,prediction\n1,0.3\n2,0.4\n3,0.9\n", "submission.csv"),
        (b"image_id,score,x,y\n1,0.3,4,5\n2,0.4,4,5\n3,0.9,4,5\n", "detections.csv"),
        (b"model,params,acc\nresnet18,11,0.7\nresnet50,25,0.8\nvit,86,0.9\n", "results.csv"),
        (b"lr,batch_size,layers\n0.1,32,4\n0.1,64,4\n0.1,128,4\n", "grid.csv"),
        (b"0.1,0.4,7\n0.9,0.3,2\n0.3,0.1,5\n", "points.csv"),
        (b"Hello, world\nThis, that\nOne, two\n", "notes.txt"),
        (b"age;income;target\n31;40000;1\n52;20000;0\n22;33000;1\n", "people.csv"),
    ],
)  # fmt: skip
def test_data_parameters_and_results_are_no_curves(text: bytes, path: str) -> None:
    assert series(text, path) == {}


def test_a_row_s_number_is_its_offset() -> None:
    found = points(b"epoch,loss\n1,0.5\n\n2,0.4\nepoch,loss\n3,0.3\n", "log.csv", 4)
    assert [point["offset"] for point in found] == [0, 1, 3]
