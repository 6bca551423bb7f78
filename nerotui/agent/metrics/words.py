"""The words of training logs: what counts the way (axes), what names a metric, what never is one."""

import re
from typing import FrozenSet


def _set(text: str) -> FrozenSet[str]:
    return frozenset(text.split())


#: Counts epochs.
EPOCH = _set(
    """
    epoch ep epo train_epoch cur_epoch current_epoch
    """
)

#: Counts steps from the beginning of the run.
STEP = _set(
    """
    step steps_done global_step train_step iteration iterations_done iter itr it i niter n_iter num_updates update
    updates total_timesteps timestep timesteps total_steps round generation gen episode trial minibatch batch
    nbatch mb tree boosting_round train/step train/global_step trainer/global_step
    time/total_timesteps _step
    """
)

#: Say that a line is about training, wherever they stand in a name.
STRONG = _set(
    """
    loss losses logloss acc accuracy acc1 acc5 top1 top5 auc roc ap map map50 ppl perplexity bleu rouge f1 fscore
    precision recall iou miou dice psnr ssim fid mse mae rmse nll bpc bpb elbo kl kld reward rewards return
    returns score wer cer entropy r2 ndcg mrr hr err objective fitness cost crossentropy ce bce nats likelihood
    val valid validation eval dev elo success
    """
)

#: Name a metric where the line says at which step or epoch it stands.
USUAL = _set(
    """
    lr learning rate learning_rate grad gradient gnorm norm grad_norm time speed throughput mfu flops tflops mem
    memory train test error errors momentum eps epsilon alpha beta gamma wd decay scale temperature temp ips fps
    wps tps qps ups tokens tok samples img images sec ms energy pressure residual mean avg average std var min max
    median q margin clip length len ratio frac penalty reg divergence regret explored gap delta tau sigma lambda
    mu
    """
)

#: Never a metric by itself: what tells runs, machines and moments apart, or what is yet to come.
NEVER = _set(
    """
    v_num layer block stage fold head level group bucket chunk shard sample seq env agent actor expert class k n idx
    index num
    eta remaining elapsed left pid rank local_rank gpu cuda device port seed version line worker workers node host
    world_size date year day hour hours minute minutes utc gmt pm am uid id job task thread file size batch_size
    num_workers best total max_mem epochs steps max_steps max_epochs num_epochs num_steps warmup_steps exit code
    status http https
    """
)

#: Between two numbers these join no name to a value.
FILLERS = _set(
    """
    of in at to from for and with took after by on is was are were the a an per than or over under until since
    using got has have had took took, as that this these those be been will out up all no not only about within
    into
    """
)

#: What may follow a number, apart or glued to it.
UNITS = _set(
    """
    % s ms us ns sec secs second seconds m min mins minutes h hr hrs hours d days b kb mb gb tb kib mib gib tib g
    k it/s s/it it/sec its/s ms/it ms/step s/step us/step ms/batch s/batch samples/s samples/sec samples/second
    img/s images/s images/sec tok/s tokens/s tokens/sec words/s steps/s batches/s tflops gflops bpc bpb nats bits
    db hz x c w
    """
)

#: Tells training from validation; put before the names of a line that begins with it.
SPLITS = _set(
    """
    train training val valid validation test testing eval evaluation dev learn
    """
)

#: Sums up what other lines said in detail; kept in the names, so that the two do not mix.
SUMMARIES = _set(
    """
    averaged average avg summary overall final stats mean total
    """
)

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def words(name: str) -> FrozenSet[str]:
    """The words of a name in lower case, however they are joined: val_loss, valLoss, "val loss", val/loss."""
    found = [word.lower() for word in _WORD.findall(name)]
    joined = [found[at] + found[at + 1] for at in range(len(found) - 1) if found[at + 1].isdigit()]
    return frozenset(found + joined)


def strong(name: str) -> bool:
    """Whether the name alone says that its number is a metric."""
    return not STRONG.isdisjoint(words(name))


def usual(name: str) -> bool:
    """Whether the name is a metric's beside a step or an epoch."""
    found = words(name)
    return not (STRONG.isdisjoint(found) and USUAL.isdisjoint(found))
