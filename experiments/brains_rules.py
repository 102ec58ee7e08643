"""What the credit-assignment experiments share: the task, the networks, and every rule by its name.

Each rule changes equal initial weights by plain descent, 2,000 updates of 50 images each, at a rate that falls
linearly to zero from the one that was best for it on validation images (`brains_credit_settings.py`).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from harness import entry
from torch import nn

from lab_utils import data, ledger, measure, models
from lab_utils.training import credit

CHOSEN = Path(__file__).parent / "brains_chosen.json"
IMAGES, EPOCHS, BATCH_SIZE = 10_000, 10, 50
SHALLOW, DEEP = (784, 128, 128, 10), (784, 128, 128, 128, 128, 128, 10)
CHECKPOINTS = (1, 10, 30, 100, 300, 1000, 2000)
MEASURED_ON = 1000
DECAY = 0.01  # for feedback weights that learn: it makes them forget where they started


Runs = list[dict[str, float]]


@dataclass(frozen=True)
class Variant:
    """A rule and the network it trains; `make(net, seed)` gives the rule. `lr` is for rates that are not chosen."""

    make: Callable[[nn.Module, int], credit.Rule]
    widths: tuple[int, ...] = SHALLOW
    activation: type[nn.Module] = nn.Tanh
    signed: bool = False
    weight_decay: float = 0.0
    lr: float | None = None

    @property
    def settings(self) -> dict[str, Any]:
        """What the ledger should know of it."""
        name = self.activation.__name__.lower()
        return {"widths": self.widths, "activation": name, "dale": self.signed, "weight_decay": self.weight_decay}


def _feedback(**options: Any) -> Callable[[nn.Module, int], credit.Rule]:
    return lambda net, seed: credit.FeedbackAlignment(net, seed=1000 + seed, **options)


def _backprop(**options: Any) -> Callable[[nn.Module, int], credit.Rule]:
    return lambda net, seed: credit.Backprop(**options)


def _direct(net: nn.Module, seed: int) -> credit.Rule:
    return credit.DirectFeedbackAlignment(net, seed=1000 + seed)


RULES: dict[str, Variant] = {
    "backprop": Variant(_backprop()),
    "feedback-alignment": Variant(_feedback()),
    # One seed had preferred this rate: about as accurate, and hardly aligned.
    "feedback-alignment-fast": Variant(_feedback(), lr=1.0),
    "direct-feedback": Variant(_direct),
    "target-propagation": Variant(lambda net, seed: credit.TargetPropagation(net, seed=1000 + seed)),
    "predictive-coding": Variant(lambda net, seed: credit.PredictiveCoding()),
    "predictive-coding-nudged": Variant(lambda net, seed: credit.PredictiveCoding(nudge=0.1)),
    "node-perturbation": Variant(lambda net, seed: credit.NodePerturbation(seed=1000 + seed)),
    "output-only": Variant(lambda net, seed: credit.OutputOnly()),
}
REMOVED: dict[str, Variant] = {
    "sign-symmetric": Variant(_feedback(kind="sign")),
    "learned-feedback": Variant(_feedback(kind="learned")),
    "learned-feedback-decay": Variant(_feedback(kind="learned"), weight_decay=DECAY),
    "decay": Variant(_backprop(), weight_decay=DECAY),  # takes nothing away: what the line above must be held against
    "derivative": Variant(_backprop(derivative="one")),
    "graded-errors": Variant(_backprop(signals="sign")),
    "stored-half": Variant(_backprop(stale=0.5)),
    "stored-all": Variant(_backprop(stale=1.0)),
    "graded-activity": Variant(lambda net, seed: credit.Backprop(spikes=2000 + seed)),
    "relu": Variant(_backprop(), activation=nn.ReLU),
    "dale": Variant(_backprop(), activation=nn.ReLU, signed=True),
    "all-but-dale": Variant(
        lambda net, seed: credit.FeedbackAlignment(
            net, seed=1000 + seed, derivative="one", signals="sign", stale=0.5, spikes=2000 + seed
        )
    ),
}
DEEPER: dict[str, Variant] = {
    "deep/backprop": Variant(_backprop(), widths=DEEP),
    "deep/feedback-alignment": Variant(_feedback(), widths=DEEP),
    "deep/direct-feedback": Variant(_direct, widths=DEEP),
}
VARIANTS = RULES | REMOVED | DEEPER


@cache
def sets() -> data.ImageData:
    """Fashion-MNIST, read once a process."""
    return data.fashion_mnist()


def trained(
    name: str, lr: float, seed: int, watch: Callable[..., None] | None = None
) -> tuple[nn.Module, credit.Rule, credit.CreditRun]:
    """The network after 2,000 updates, the rule that made them, and their losses; all drawn by `seed`.

    `watch(update, net, rule)` is called before each update, and once more after the last.
    """
    variant = VARIANTS[name]
    net = models.MLP(variant.widths, activation=variant.activation, seed=seed)
    project = credit.keep_signs(net, seed=seed) if variant.signed else None
    rule = variant.make(net, seed)
    run = credit.learn(
        net,
        sets().train.take(IMAGES, seed=seed),
        rule,
        lr=lr,
        epochs=EPOCHS,
        batch_size=BATCH_SIZE,
        seed=seed,
        weight_decay=variant.weight_decay,
        project=project,
        watch=None if watch is None else lambda update, at, _: watch(update, at, rule),
    )
    return net, rule, run


def chosen() -> dict[str, float]:
    """The learning rate of every rule: best on validation images, unless the variant says otherwise."""
    return json.loads(CHOSEN.read_text()) | {name: each.lr for name, each in VARIANTS.items() if each.lr is not None}


class Protractor:
    """Measures angles at the checkpoints of a run: `found` maps "layer-1@100" and "feedback-2@100" to degrees."""

    def __init__(self) -> None:
        self.found: dict[str, float] = {}
        validation = sets().validation
        self.x, self.y = validation.x[:MEASURED_ON], validation.y[:MEASURED_ON]

    def __call__(self, update: int, net: nn.Module, rule: credit.Rule) -> None:
        """Measure before this update, if it is one of the checkpoints."""
        if update not in CHECKPOINTS:
            return
        for layer, turned in enumerate(credit.angles(rule, net, self.x, self.y), start=1):
            if not math.isnan(turned):
                self.found[f"layer-{layer}@{update}"] = turned
        if isinstance(rule, credit.FeedbackAlignment):
            layers = [module for module in net.modules() if isinstance(module, nn.Linear)][1:]
            backward = rule.backward_weights(credit.chain.chain_of(net))
            for number, (layer, weight) in enumerate(zip(layers, backward, strict=True), start=2):
                self.found[f"feedback-{number}@{update}"] = measure.angle(weight, layer.weight)


def train_and_score(variant: str, seed: int) -> dict[str, float]:
    """Test accuracy after the last update, last losses, and the angles on the way."""
    protractor = Protractor()
    net, _, run = trained(variant, chosen()[variant], seed, watch=protractor)
    late = run.loss[-200:]
    return {
        "accuracy": measure.accuracy(net, sets().test.x, sets().test.y),
        "loss": sum(late) / len(late),
        "diverged": float(run.diverged),
        **protractor.found,
    }


def entries_of(start: str, name: str, runs: Runs, base: Runs, script: str) -> list[ledger.Entry]:
    """What the ledger keeps of one rule: accuracy, difference to `base` seed by seed, loss, and angles."""
    settings = {
        **VARIANTS[name].settings,
        "lr": chosen()[name],
        "images": IMAGES,
        "updates": IMAGES * EPOCHS // BATCH_SIZE,
        "batch_size": BATCH_SIZE,
    }
    own = [{**run, "gain": run["accuracy"] - other["accuracy"]} for run, other in zip(runs, base, strict=True)]
    quantities = {
        "accuracy": ("", "test accuracy", ""),
        "gain": ("/gain", "test accuracy minus backprop's, same seed", ""),
        "loss": ("/loss", "training loss, last 200 updates", "nats"),
    }
    # An angle of zero says that a rule is the gradient there by its making: no measurement.
    turned = [key for key in own[0] if "@" in key and all(run.get(key) for run in own)]
    quantities |= {key: (f"/angle/{key}", "angle", "degrees") for key in turned}
    return [
        entry(f"{start}{end}", quantity, own, key, settings, script, unit)
        for key, (end, quantity, unit) in quantities.items()
    ]
