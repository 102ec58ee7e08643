"""Schedules as formulas: torch's where the definitions coincide, and what their docstrings promise."""

import math

import pytest
import torch
from torch.optim import lr_scheduler

from lab_utils.training import schedules
from lab_utils.training.schedules import SCHEDULES

STEPS = 40


def rates_of(make, steps=STEPS, lr=1.0):
    """The rate at each of `steps` updates under one of torch's own schedulers."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr, momentum=0.5)
    scheduler, rates = make(optimizer), []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


@pytest.mark.parametrize(
    ("ours", "torchs"),
    [
        (schedules.constant, lambda o: lr_scheduler.LambdaLR(o, lambda step: 1.0)),
        (schedules.step, lambda o: lr_scheduler.MultiStepLR(o, [STEPS // 2, 3 * STEPS // 4], gamma=0.1)),
        (schedules.exponential, lambda o: lr_scheduler.ExponentialLR(o, gamma=0.01 ** (1 / STEPS))),
        (schedules.cosine, lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=STEPS)),
        (lambda p: schedules.cosine(p, end=0.2), lambda o: lr_scheduler.CosineAnnealingLR(o, STEPS, eta_min=0.2)),
        (
            schedules.cyclic,
            lambda o: lr_scheduler.CyclicLR(o, base_lr=0.1, max_lr=1.0, step_size_up=STEPS // 8, cycle_momentum=False),
        ),
        (
            schedules.warm_up_cosine,
            lambda o: lr_scheduler.SequentialLR(
                o,
                [
                    lr_scheduler.LinearLR(o, start_factor=0.01, total_iters=STEPS // 4),
                    lr_scheduler.CosineAnnealingLR(o, T_max=3 * STEPS // 4),
                ],
                milestones=[STEPS // 4],
            ),
        ),
    ],
)
@pytest.mark.filterwarnings("ignore:The epoch parameter in `scheduler.step")  # torch's SequentialLR warns of itself
def test_each_formula_gives_torchs_rates(ours, torchs):
    assert [ours(step / STEPS) for step in range(STEPS)] == pytest.approx(rates_of(torchs), abs=1e-12)


def test_one_cycle_gives_torchs_rates_where_torch_counts_from_the_last_update():
    """torch ends at the last update and not after it, and puts the top at pct_start · steps − 1."""
    total, pct = STEPS + 1, 0.3
    torchs = rates_of(
        lambda o: lr_scheduler.OneCycleLR(
            o, 1.0, total_steps=total, pct_start=pct, final_div_factor=400, cycle_momentum=False
        ),
        STEPS,
    )
    ours = [schedules.one_cycle(step / STEPS, (pct * total - 1) / STEPS) for step in range(STEPS)]
    assert ours == pytest.approx(torchs, abs=1e-12)


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule_stays_between_nothing_and_all_and_reaches_all(name):
    factors = [SCHEDULES[name](step / 1000, 0.2) for step in range(1001)]
    assert all(0 <= factor <= 1 for factor in factors)
    assert max(factors) == pytest.approx(1.0)


@pytest.mark.parametrize("warm_up", [0.0, 0.1, 0.9])
def test_a_warm_up_ends_at_its_share(warm_up):
    for climb in (schedules.warm_up_cosine, schedules.one_cycle):
        assert climb(warm_up, warm_up) == pytest.approx(1.0)
        assert climb(1.0, warm_up) == pytest.approx(0.0, abs=1e-3)
        if warm_up:
            assert climb(warm_up / 2, warm_up) < climb(warm_up * 0.99, warm_up) < 1
    assert schedules.warm_up_cosine(0.0, 0.5) == 0.01
    assert schedules.warm_up_cosine(0.25, 0.5) == pytest.approx(0.505)


def test_values_by_hand():
    assert schedules.step(0.49) == 1.0
    assert schedules.step(0.5) == pytest.approx(0.1)
    assert schedules.step(1.0) == pytest.approx(0.01)
    assert schedules.exponential(0.5) == pytest.approx(0.1)
    assert schedules.cosine(1 / 3) == pytest.approx(0.75)
    assert schedules.cyclic(1 / 8) == pytest.approx(1.0)
    assert schedules.cyclic(1 / 4) == pytest.approx(0.1)


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("progress", [-0.01, 1.01, math.nan])
def test_a_share_outside_training_is_refused(name, progress):
    with pytest.raises(ValueError, match="progress from 0 to 1, got"):
        SCHEDULES[name](progress, 0.25)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: schedules.one_cycle(0.5, 1.0), "warm_up from 0 up to, but not including, 1, got 1.0"),
        (lambda: schedules.warm_up_cosine(0.5, -0.1), "warm_up from 0"),
        (lambda: schedules.exponential(0.5, end=0.0), "end above 0 and at most 1, got 0.0"),
        (lambda: schedules.cyclic(0.5, cycles=0), "at least 1 cycle, got 0"),
    ],
)
def test_impossible_shapes_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
