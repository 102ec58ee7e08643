"""The optimizers of a few lines take torch.optim's steps, and refuse what cannot be optimized."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lab_utils.core import generator
from lab_utils.models import MLP
from lab_utils.training import optimizers
from lab_utils.training.optimizers import BY_NAME, SGD, Adam, AdamW, Momentum, Nesterov, Optimizer, RMSProp

TORCH = {
    "sgd": lambda p, lr, wd: torch.optim.SGD(p, lr=lr, weight_decay=wd),
    "momentum": lambda p, lr, wd: torch.optim.SGD(p, lr=lr, momentum=0.9, weight_decay=wd),
    "nesterov": lambda p, lr, wd: torch.optim.SGD(p, lr=lr, momentum=0.9, nesterov=True, weight_decay=wd),
    "adagrad": lambda p, lr, wd: torch.optim.Adagrad(p, lr=lr, weight_decay=wd),
    "rmsprop": lambda p, lr, wd: torch.optim.RMSprop(p, lr=lr, weight_decay=wd),
    "adam": lambda p, lr, wd: torch.optim.Adam(p, lr=lr, weight_decay=wd),
    "adamw": lambda p, lr, wd: torch.optim.AdamW(p, lr=lr, weight_decay=wd),
}
RATE = {"sgd": 0.1, "momentum": 0.02, "nesterov": 0.02, "adagrad": 0.1, "rmsprop": 3e-3, "adam": 0.01, "adamw": 0.01}


def two_nets(seed):
    nets = [MLP((6, 8, 5, 3), activation=nn.Tanh, seed=seed).double() for _ in range(2)]
    return *nets, torch.randn(40, 6, generator=generator(seed), dtype=torch.float64)


@pytest.mark.parametrize("weight_decay", [0.0, 0.03])
@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("name", BY_NAME)
def test_each_rule_takes_torchs_steps(name, seed, weight_decay):
    """100 updates of a network on changing batches: equal weights after every one."""
    ours, theirs, x = two_nets(seed)
    y = torch.randint(3, (40,), generator=generator(seed))
    mine = BY_NAME[name](ours.parameters(), lr=RATE[name], weight_decay=weight_decay)
    reference = TORCH[name](theirs.parameters(), RATE[name], weight_decay)
    before = [p.clone() for p in ours.parameters()]
    for step in range(100):
        chosen = torch.randint(40, (8,), generator=generator(step))
        for net, optimizer in ((ours, mine), (theirs, reference)):
            optimizer.zero_grad()
            F.cross_entropy(net(x[chosen]), y[chosen]).backward()
            optimizer.step()
        for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
            torch.testing.assert_close(p, q, rtol=1e-9, atol=1e-11)
    assert all(not torch.allclose(p, b, atol=1e-3) for p, b in zip(ours.parameters(), before, strict=True))


@pytest.mark.parametrize("name", BY_NAME)
def test_the_rate_may_change_between_steps(name):
    ours, theirs, x = two_nets(5)
    mine, reference = BY_NAME[name](ours.parameters(), lr=1.0), TORCH[name](theirs.parameters(), 1.0, 0.0)
    if name == "adamw":
        reference.param_groups[0]["weight_decay"] = 0.01
    for step in range(20):
        mine.lr = reference.param_groups[0]["lr"] = 0.02 / (1 + step)
        for net, optimizer in ((ours, mine), (theirs, reference)):
            optimizer.zero_grad()
            net(x).square().mean().backward()
            optimizer.step()
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(p, q, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize(
    ("mine", "reference"),
    [
        (lambda w: Momentum(w, lr=0.1, momentum=0.5), lambda w: torch.optim.SGD(w, lr=0.1, momentum=0.5)),
        (
            lambda w: RMSProp(w, lr=0.1, decay=0.9, eps=0.1),
            lambda w: torch.optim.RMSprop(w, lr=0.1, alpha=0.9, eps=0.1),
        ),
        (
            lambda w: Adam(w, lr=0.1, betas=(0.5, 0.7), eps=0.1),
            lambda w: torch.optim.Adam(w, lr=0.1, betas=(0.5, 0.7), eps=0.1),
        ),
        (
            lambda w: AdamW(w, lr=0.1, betas=(0.5, 0.7), weight_decay=0.3),
            lambda w: torch.optim.AdamW(w, lr=0.1, betas=(0.5, 0.7), weight_decay=0.3),
        ),
        (
            lambda w: optimizers.AdaGrad(w, lr=0.1, eps=0.5),
            lambda w: torch.optim.Adagrad(w, lr=0.1, eps=0.5),
        ),
    ],
)
def test_other_constants_mean_the_same(mine, reference):
    a, b = (torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64, requires_grad=True) for _ in range(2))
    pair = [(a, mine([a])), (b, reference([b]))]
    for _ in range(30):
        for w, optimizer in pair:
            optimizer.zero_grad()
            (w * torch.tensor([1.0, 3.0, 0.1])).pow(2).sum().backward()
            optimizer.step()
    torch.testing.assert_close(a, b, rtol=1e-10, atol=0)


def test_a_parameter_without_gradient_stays_and_is_forgotten_by_nothing():
    used, idle = (torch.ones(2, requires_grad=True) for _ in range(2))
    optimizer = AdamW([used, idle], lr=0.1)
    used.sum().backward()
    optimizer.step()
    assert torch.equal(idle, torch.ones(2))
    assert not torch.equal(used, torch.ones(2))
    assert used.is_leaf
    assert used.requires_grad


def test_the_first_steps_by_hand():
    """g = 4 at w = 2 for w²: SGD 2 − 0.1·4; Adam's first step is lr · sign(g), whatever the gradient's size."""

    def after(rule, steps=1):
        w = torch.tensor([2.0], dtype=torch.float64, requires_grad=True)
        optimizer = rule([w])
        for _ in range(steps):
            optimizer.zero_grad()
            w.square().sum().backward()
            optimizer.step()
        return w.item()

    assert after(lambda w: SGD(w, lr=0.1)) == pytest.approx(1.6)
    assert after(lambda w: Adam(w, lr=0.1)) == pytest.approx(1.9)
    assert after(lambda w: Momentum(w, lr=0.1), 2) == pytest.approx(1.6 - 0.1 * (0.9 * 4 + 3.2))
    assert after(lambda w: Nesterov(w, lr=0.1)) == pytest.approx(2 - 0.1 * (4 + 0.9 * 4))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda w: SGD(w, lr=-0.1), ValueError, "lr to be a finite number of at least 0.0, got -0.1"),
        (lambda w: SGD(w, lr=math.nan), ValueError, "lr to be a finite number"),
        (lambda w: SGD(w, lr="0.1"), ValueError, "lr to be a finite number of at least 0.0, got '0.1'"),
        (lambda w: Momentum(w, lr=0.1, momentum=1.0), ValueError, "momentum .* at least 0.0 and below 1.0, got 1.0"),
        (lambda w: Adam(w, lr=0.1, betas=(0.9, 1.0)), ValueError, "betas .* below 1.0, got 1.0"),
        (lambda w: AdamW(w, lr=0.1, weight_decay=-1), ValueError, "weight_decay .* got -1"),
        (lambda w: RMSProp(w, lr=0.1, eps=math.inf), ValueError, "eps to be a finite number"),
        (lambda w: SGD([], lr=0.1), ValueError, "at least one parameter, got none"),
        (lambda w: SGD(w[0], lr=0.1), TypeError, r"a list of parameters, got one tensor; write \[w\]"),
        (lambda w: SGD([w[0] * 2], lr=0.1), ValueError, r"leaf tensors .* shape \(3,\) that no gradient"),
        (lambda w: SGD([torch.ones(2)], lr=0.1), ValueError, "leaf tensors with requires_grad=True"),
        (lambda w: SGD([w[0], w[0]], lr=0.1), ValueError, "2 different parameters, got one of them twice"),
        (lambda w: SGD([1.0], lr=0.1), ValueError, "got float that no gradient reaches"),
    ],
)
def test_what_cannot_be_optimized_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make([torch.ones(3, requires_grad=True)])


def test_a_rule_without_update_says_so():
    w = torch.ones(1, requires_grad=True)
    w.sum().backward()
    with pytest.raises(NotImplementedError, match="Optimizer to have a rule of its own"):
        Optimizer([w], lr=0.1).step()
