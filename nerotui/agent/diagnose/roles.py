"""What a metric is by its name: a loss or an accuracy, of training or of validation, a gradient's norm, a speed."""

import re
from typing import Dict, FrozenSet, Iterable, NamedTuple, Optional

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def _set(text: str) -> FrozenSet[str]:
    return frozenset(text.split())


_VALIDATION = _set("val valid validation eval evaluation dev test testing holdout heldout")
_TRAINING = _set("train training tr trn")
_LOSS = _set("loss losses logloss nll ppl perplexity bpc bpb mse mae rmse ce bce xent crossentropy cost wer cer")
_GAIN = _set(
    "acc accuracy acc1 acc5 top1 top5 auc roc f1 fscore map map50 bleu rouge iou miou dice psnr ssim precision recall "
    "score ndcg mrr hr r2"
)
_REWARD = _set("reward rewards rew return returns episode rollout elo advantage policy critic actor q")
#: Losses of players against each other say nothing by rising or falling.
_GAME = _set("gen generator dis disc discriminator adv adversarial gan d g fake real kl kld entropy")
_GRADIENT = _set("grad gnorm gradient gradients")
_WHOLE = _set("total overall mean avg average epoch batch step running smoothed main rank")


class Role(NamedTuple):
    """What a metric is.

    Attributes:
        kind: "loss", "gain", "gradient", "reward" or "" for all else.
        validation: whether it is measured on data that is not trained on.
        main: whether it is the whole of what is optimised rather than a part of it or a by-product.
    """

    kind: str
    validation: bool
    main: bool


_KNOWN: Dict[str, Role] = {}


def role(name: str) -> Role:
    """What the metric of that name is."""
    known = _KNOWN.get(name)
    if known is None:
        if len(_KNOWN) > 1000:
            _KNOWN.clear()
        known = _KNOWN[name] = _role(name)
    return known


def _role(name: str) -> Role:
    found = _words(name)
    if "cross" in found and "entropy" in found:
        found = (found - {"cross", "entropy"}) | {"crossentropy"}
    validation = not _VALIDATION.isdisjoint(found)
    if not _GRADIENT.isdisjoint(found) and found & {"norm", "gnorm", "total", "grad"}:
        return Role("gradient", False, len(found - _GRADIENT - _TRAINING - {"norm", "total", "global", "l2"}) == 0)
    if not _REWARD.isdisjoint(found):
        return Role("reward", validation, False)
    kind = (
        "loss" if not _LOSS.isdisjoint(found) or _error_rate(found) else "gain" if not _GAIN.isdisjoint(found) else ""
    )
    rest = found - _LOSS - _GAIN - _VALIDATION - _TRAINING - _WHOLE - {"top"}
    return Role(kind, validation, bool(kind) and not rest and _GAME.isdisjoint(found))


def _words(name: str) -> FrozenSet[str]:
    """The words of a name in lower case; a number is part of the word before it, or nothing."""
    parts = [word.lower() for word in _WORD.findall(name)]
    joined = [parts[at] + parts[at + 1] for at in range(len(parts) - 1) if parts[at] + parts[at + 1] in _GAIN]
    return frozenset([word for word in parts if not word.isdigit()] + joined)


def _error_rate(words: FrozenSet[str]) -> bool:
    return bool(words & {"err", "error"}) and bool(words & (_VALIDATION | _TRAINING | {"rate"}))


class Cast(NamedTuple):
    """Which of a run's metrics are looked at closely.

    Attributes:
        train: the training loss.
        validation: the validation loss.
        gain: an accuracy, on validation data where there is one.
    """

    train: Optional[str]
    validation: Optional[str]
    gain: Optional[str]


def cast(names: Iterable[str]) -> Cast:
    """The main training loss, the main validation loss and the main accuracy among metrics, in the order given."""
    train = validation = gain = None
    for name in names:
        known = role(name)
        if not known.main:
            continue
        if known.kind == "loss" and known.validation:
            validation = _better(validation, name)
        elif known.kind == "loss":
            train = _better(train, name)
        elif known.kind == "gain" and (gain is None or (known.validation and not role(gain).validation)):
            gain = name
    return Cast(train, validation, gain)


def _better(known: Optional[str], name: str) -> str:
    """A name with "loss" in it rather than one of the same thing in other units; else the first."""
    if known is None or ("loss" in name.lower() and "loss" not in known.lower()):
        return name
    return known


def game(names: Iterable[str]) -> bool:
    """Whether the losses may be those of players or of a policy, whose rise and fall say nothing."""
    for name in names:
        words = _words(name)
        if role(name).kind == "reward":
            return True
        if words & {"gen", "generator", "dis", "disc", "discriminator", "adversarial", "gan"}:
            return True
        if role(name).kind == "loss" and words & {"g", "d"}:
            return True
    return False
