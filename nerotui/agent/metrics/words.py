"""The words of training logs: what counts the way (axes), what names a metric, what never is one."""

import re
from functools import lru_cache
from typing import FrozenSet, Optional


def _set(text: str) -> FrozenSet[str]:
    return frozenset(text.split())


#: Counts epochs.
EPOCH = _set(
    """
    epoch epochs_done ep epo train_epoch cur_epoch current_epoch epoch_num epoch_number nepoch trainer/epoch
    """
)

#: Counts steps from the beginning of the run, whatever epoch is named beside it.
GLOBAL = _set(
    """
    global_step global_steps globalstep global_iter global_iteration num_updates num_update updates total_timesteps
    total_steps_done iterations_done steps_done n_updates_done time/total_timesteps train/global_step
    trainer/global_step total_iters total_iter total_num_steps num_timesteps _step opt_step optimizer_step
    """
)

#: Counts steps from the beginning of the run or of the epoch, which the log itself must tell.
STEP = GLOBAL | _set(
    """
    step iteration iter itr it i niter n_iter iters steps update timestep timesteps round generation gen episode
    trial minibatch batch batch_idx nbatch mb tree boosting_round train/step iteration_number iter_num step_num
    micro_step
    """
)

#: Counts batches, mostly within an epoch: gives way where the line counts steps as well.
BATCH = _set(
    """
    minibatch batch batch_idx nbatch mb micro_step
    """
)

#: What may stand before a word that counts without changing what it counts.
COUNTING = _set(
    """
    train training global current cur end after at the of in done finished completed for optimizer
    outer inner this new running valid validation val eval test start starting begin beginning
    """
)

#: Judge how well it goes: a line with one of these is about training, wherever they stand in a name.
QUALITY = _set(
    """
    loss losses logloss acc accuracy acc1 acc5 top1 top5 auc roc ap map50 ppl perplexity bleu rouge f1 fscore
    precision recall iou miou dice psnr ssim fid mse mae rmse nll bpc bpb elbo kl kld reward rewards
    score wer cer entropy r2 ndcg mrr hr objective fitness cost crossentropy ce bce nats likelihood
    elo xent likelihood meteor cider spice chrf ter per spearman pearson mcc kappa rmsle mape smape logprob
    correct prec prec1 prec5 crossentropyloss lpips is_mean top_k_accuracy_5 hter eer der sdr sisdr pesq stoi vmaf
    """
)

#: Name a metric where the line says at which step or epoch it stands.
USUAL = _set(
    """
    lr learning rate learning_rate grad gradient gnorm norm grad_norm time speed throughput mfu flops tflops mem
    memory train test error err errors momentum eps epsilon alpha beta gamma wd decay scale temperature temp ips fps
    wps tps qps ups tokens tok samples img images sec ms energy pressure residual mean avg average std var min max
    median q margin clip length len ratio frac penalty reg divergence regret explored gap delta tau sigma lambda
    mu val valid validation eval dev return returns success
    """
)

#: Never a metric by itself: what tells runs, machines and moments apart, or what is yet to come.
NEVER = _set(
    """
    v_num layer block stage fold head level group bucket chunk shard sample seq env agent actor expert class k n idx
    index num
    eta remaining elapsed left pid rank local_rank gpu cuda device port seed version line worker workers node host
    world_size date year day days hour hours minute minutes utc gmt pm am uid id job task thread file size batch_size
    num_workers best total max_mem epochs steps max_steps max_epochs num_epochs num_steps warmup_steps exit code
    status http https bs copypaste wall train_wall sents seqs consumed_samples consumed_train_samples consumed_tokens
    jan feb mar apr jun jul aug sep sept oct nov
    """
)

#: Turn the name of a metric into that of a setting, where no step stands beside it.
SETTINGS = _set(
    """
    weight weights coef coeff coefficient scale factor threshold window patience freq frequency interval every
    size type version num count warmup target goal
    """
)

#: Between two numbers these join no name to a value.
FILLERS = _set(
    """
    of in at to from for and with took after by on is was are were the a an per than or over under until since
    using got has have had take taken as that this these those be been will out up all no not only about within
    into down below above reached reach became becomes
    """
)

#: What may follow a number, apart or glued to it.
UNITS = _set(
    """
    % s ms us ns sec secs second seconds m min mins minutes h hr hrs hours d days b kb mb gb tb kib mib gib tib g
    k it/s s/it it/sec its/s ms/it ms/step s/step us/step ms/batch s/batch samples/s samples/sec samples/second
    img/s images/s images/sec tok/s tokens/s tokens/sec words/s steps/s batches/s tflops gflops bpc bpb nats bits
    db hz x c w ms/epoch s/epoch iter/s iters/s examples/s examples/sec im/s sents/s points percent batch/s ex/s
    """
)

#: Tells training from validation; put before the names of what it is said of.
SPLITS = _set(
    """
    train training val valid validation test testing eval evaluation dev learn train_inner evaluating validating
    """
)

#: The splits that are held back from training.
HELD_BACK = SPLITS - _set("train training learn train_inner")

#: Sums up what other lines said in detail; kept in the names, so that the two do not mix.
SUMMARIES = _set(
    """
    averaged average avg summary overall final stats mean total finished
    """
)

#: Longer names are not remembered.
_KEPT = 60

_MAP = re.compile(r"mAP|MAP(?![A-Za-z])|^map$|\bmap@")
_LETTERS = re.compile(r"[a-z]+")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@lru_cache(maxsize=128)
def _known(name: str) -> FrozenSet[str]:
    """The words of a name; one line's names are asked for again and again while it is understood."""
    return _words(name)


def words(name: str) -> FrozenSet[str]:
    """The words of a name in lower case, however they are joined: val_loss, valLoss, "val loss", val/loss."""
    return _known(name) if len(name) <= _KEPT else _words(name)


def _words(name: str) -> FrozenSet[str]:
    found = [word.lower() for word in _WORD.findall(name)]
    joined = [found[at] + found[at + 1] for at in range(len(found) - 1) if found[at + 1].isdigit()]
    return frozenset(found + joined + _LETTERS.findall(name.lower()))


def strong(name: str) -> bool:
    """Whether the name alone says that its number is a metric."""
    return not QUALITY.isdisjoint(words(name)) or _MAP.search(name) is not None


def usual(name: str) -> bool:
    """Whether the name is a metric's beside a step or an epoch."""
    found = words(name)
    return not (QUALITY.isdisjoint(found) and USUAL.isdisjoint(found)) or _MAP.search(name) is not None


def axis(name: str) -> Optional[str]:
    """What a name counts: "epoch", "run" (steps of the run), "step", "batch", "rank", or None."""
    name = name.lower()
    kind = _kind(name)
    if kind is None and "_" in name:
        parts = name.split("_")
        for tail in (2, 1):
            if len(parts) > tail and all(part in COUNTING for part in parts[:-tail]):
                kind = kind or _kind("_".join(parts[-tail:]))
    return kind


def _kind(name: str) -> Optional[str]:
    if name in EPOCH:
        return "epoch"
    if name in GLOBAL:
        return "run"
    if name in BATCH:
        return "batch"
    if name in STEP:
        return "step"
    return "rank" if name in ("rank", "local_rank", "global_rank") else None
