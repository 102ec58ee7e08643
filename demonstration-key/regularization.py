"""Demonstration key of "Regularization": hidden tests and plausible wrong answers. Public: never grade with it."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from lab_utils import data, measure
from lab_utils.grading.key import Key, empty, same

key = Key()

# The book's package does these in one call; that is no answer.
key.forbid("inverted-dropout", "models")
key.forbid("calibration-error", "measure")
key.forbid("mixup", "training")
key.forbid("stochastic-depth", "models")
key.forbid("patience", "training")


@key.test(
    "inverted-dropout", hint="p is the chance of dropping; divide what is kept by 1 - p; each entry has its own draw."
)
def masks_and_means(student, draw):
    h = torch.randn(400, 50, generator=draw)
    for p in (0.1, 0.4, 0.8):
        student.run("import torch")
        mine = student.evaluate("inverted_dropout(h, p, torch.Generator().manual_seed(11))", h=h, p=p)
        assert mine.shape == h.shape
        kept = mine != 0
        assert abs(kept.double().mean() - (1 - p)) < 0.02
        assert torch.allclose(mine[kept], (h / (1 - p))[kept], atol=1e-4)
        assert kept[:, 0].double().std() > 0
        assert kept[0].double().std() > 0


@key.test("inverted-dropout", hint="With p = 0 nothing changes.", weight=0.5)
def nothing_to_drop(student, draw):
    h = torch.randn(20, 5, generator=draw)
    student.run("import torch")
    mine = student.evaluate("inverted_dropout(h, 0.0, torch.Generator().manual_seed(3))", h=h)
    other = student.evaluate("inverted_dropout(h, 0.5, torch.Generator().manual_seed(3))", h=h)
    assert same(mine, h)
    assert not same(other, h)


key.wrong(
    "inverted-dropout",
    "takes p for the probability of keeping",
    """
def inverted_dropout(h, p, generator):
    keep = torch.rand(h.shape, generator=generator) < p
    return h * keep / p if p else h
""",
)
key.wrong(
    "inverted-dropout",
    "does not scale",
    """
def inverted_dropout(h, p, generator):
    return h * (torch.rand(h.shape, generator=generator) >= p)
""",
)
key.wrong(
    "inverted-dropout",
    "drops whole columns",
    """
def inverted_dropout(h, p, generator):
    return h * (torch.rand(h.shape[1], generator=generator) >= p) / (1 - p)
""",
)


@key.test("soft-threshold", hint="The sign stays, the size falls by `by`, and stops at exactly zero.")
def like_the_library(student, draw):
    for by in (0.0, 0.1, 2.0):
        w = torch.randn(7, 9, generator=draw)
        assert same(student.shrink(w, by), F.softshrink(w, by))


key.forbid("soft-threshold", "softshrink", "Softshrink", "soft_threshold", "shrink_weights")
key.wrong("soft-threshold", "calls the package", "def shrink(w, by):\n    return training.soft_threshold(w, by)")
key.wrong(
    "soft-threshold",
    "is a hard threshold",
    """
def shrink(w, by):
    return w * (w.abs() > by)
""",
)
key.wrong(
    "soft-threshold",
    "overshoots zero",
    """
def shrink(w, by):
    return w - by * w.sign()
""",
)
key.wrong(
    "soft-threshold",
    "loses the sign",
    """
def shrink(w, by):
    return (w.abs() - by).clamp(min=0)
""",
)


@key.test("calibration-error", hint="Weigh each bin by its share of the answers; confidence 1 belongs to the last bin.")
def other_answers(student, draw):
    for bins in (5, 10, 17):
        confidence = torch.rand(500, generator=draw).clamp(0.01, 0.999)
        # Away from the edges, where rounding decides the bin.
        confidence = ((confidence * bins).floor() + 0.2 + 0.6 * torch.rand(500, generator=draw)) / bins
        right = torch.rand(500, generator=draw) < 0.5  # low confidence is too low, high too high
        wanted = 0.0
        for b in range(bins):
            inside = (confidence * bins).floor() == b
            if inside.any():
                distance = confidence[inside].double().mean() - right[inside].double().mean()
                wanted += float(inside.double().mean() * abs(distance))
        mine = student.calibration_error(confidence, right, bins=bins)
        assert isinstance(mine, float | torch.Tensor)
        assert math.isclose(float(mine), wanted, abs_tol=1e-4)


key.wrong(
    "calibration-error",
    "averages the bins without their sizes",
    """
def calibration_error(confidence, right, bins=10):
    which = (confidence * bins).long().clamp(max=bins - 1)
    errors = [abs((confidence[which == b].mean() - right[which == b].double().mean()).item()) for b in which.unique()]
    return sum(errors) / len(errors)
""",
)
key.wrong(
    "calibration-error",
    "uses one bin",
    """
def calibration_error(confidence, right, bins=10):
    return abs((confidence.mean() - right.double().mean()).item())
""",
)
key.wrong(
    "calibration-error",
    "measures the error of single answers",
    """
def calibration_error(confidence, right, bins=10):
    return (confidence - right.double()).abs().mean().item()
""",
)
key.wrong(
    "calibration-error",
    "lets signs cancel",
    """
def calibration_error(confidence, right, bins=10):
    which = (confidence * bins).long().clamp(max=bins - 1)
    error = 0.0
    for b in which.unique():
        inside = which == b
        error += inside.double().mean().item() * (confidence[inside].mean() - right[inside].double().mean()).item()
    return error
""",
)


@key.test(
    "adam-decay", hint="Coupled: the decay joins the gradient before the moments. Decoupled: it shrinks w, times lr."
)
def like_the_library_for_other_settings(student, draw):
    for decoupled, kind in ((False, torch.optim.Adam), (True, torch.optim.AdamW)):
        for lr, decay in ((0.01, 1.0), (0.2, 0.05)):
            w = torch.randn(4, generator=draw, dtype=torch.float64)
            twin = w.clone().requires_grad_()
            rule = kind([twin], lr=lr, weight_decay=decay)
            m, v = torch.zeros(2, 4, dtype=torch.float64)
            for t in range(1, 8):
                g = torch.randn(4, generator=draw, dtype=torch.float64)
                twin.grad = g.clone()
                rule.step()
                w, m, v = student.adam_step(w, g, m, v, t, lr=lr, decay=decay, decoupled=decoupled)
            assert same(w, twin.detach(), tolerance=1e-6)


key.forbid("adam-decay", "optim", "optimizers", "make_optimizer", "OPTIMIZERS")
key.wrong(
    "adam-decay",
    "couples both",
    """
def adam_step(w, g, m, v, t, *, lr, decay, decoupled):
    g = g + decay * w
    m = 0.9 * m + 0.1 * g
    v = 0.999 * v + 0.001 * g**2
    return w - lr * (m / (1 - 0.9**t)) / ((v / (1 - 0.999**t)).sqrt() + 1e-8), m, v
""",
)
key.wrong(
    "adam-decay",
    "decays without the rate",
    """
def adam_step(w, g, m, v, t, *, lr, decay, decoupled):
    if decoupled:
        w = w * (1 - decay)
    else:
        g = g + decay * w
    m = 0.9 * m + 0.1 * g
    v = 0.999 * v + 0.001 * g**2
    return w - lr * (m / (1 - 0.9**t)) / ((v / (1 - 0.999**t)).sqrt() + 1e-8), m, v
""",
)
key.wrong(
    "adam-decay",
    "decays the square only",
    """
def adam_step(w, g, m, v, t, *, lr, decay, decoupled):
    if decoupled:
        w = w * (1 - lr * decay)
        m = 0.9 * m + 0.1 * g
    else:
        m = 0.9 * m + 0.1 * g
        g = g + decay * w
    v = 0.999 * v + 0.001 * g**2
    return w - lr * (m / (1 - 0.9**t)) / ((v / (1 - 0.999**t)).sqrt() + 1e-8), m, v
""",
)


@key.test("mixup", hint="lam stands for the example itself, 1 - lam for its partner x[order]; labels alike.")
def other_batches(student, draw):
    for shape in ((5, 1, 4, 4), (6, 3, 2, 7)):
        n = shape[0]
        x, y = torch.rand(shape, generator=draw), torch.rand(n, 4, generator=draw).softmax(1)
        lam, order = torch.rand(n, generator=draw), torch.randperm(n, generator=draw)
        mixed = student.mix(x, y, lam, order)
        assert len(mixed) == 2
        for_x, for_y = lam[:, None, None, None], lam[:, None]
        assert same(mixed[0], for_x * x + (1 - for_x) * x[order])
        assert same(mixed[1], for_y * y + (1 - for_y) * y[order])


key.wrong(
    "mixup",
    "mixes pictures only",
    """
def mix(x, y, lam, order):
    for_x = lam[:, None, None, None]
    return for_x * x + (1 - for_x) * x[order], y
""",
)
key.wrong(
    "mixup",
    "uses one lam for all",
    """
def mix(x, y, lam, order):
    return lam[0] * x + (1 - lam[0]) * x[order], lam[0] * y + (1 - lam[0]) * y[order]
""",
)
key.wrong(
    "mixup",
    "swaps the two shares",
    """
def mix(x, y, lam, order):
    for_x, for_y = lam[:, None, None, None], lam[:, None]
    return (1 - for_x) * x + for_x * x[order], (1 - for_y) * y + for_y * y[order]
""",
)


@key.test(
    "stochastic-depth", hint="One draw an example; divide by 1 - drop in training; leave nothing out in evaluation."
)
def other_branches(student, draw):
    student.run("import torch\nfrom torch import nn\n_block = Skippable(nn.Linear(3, 3), drop=0.4)")
    x = torch.randn(3000, 3, generator=draw)
    whole = student.evaluate("_block.eval()(x)", x=x)
    branch = student.evaluate("_block.branch(x)", x=x)
    assert same(whole, x + branch, tolerance=1e-4)
    out = student.evaluate("_block.train()(x)", x=x)
    assert out.shape == x.shape
    skipped = (out - x).abs().amax(1) < 1e-6
    assert abs(skipped.double().mean() - 0.4) < 0.04
    assert torch.allclose((out - x)[~skipped], (branch / 0.6)[~skipped], atol=1e-3)


key.wrong(
    "stochastic-depth",
    "draws once for the batch",
    """
class Skippable(nn.Module):
    def __init__(self, branch, drop):
        super().__init__()
        self.branch, self.drop = branch, drop

    def forward(self, x):
        if not self.training:
            return x + self.branch(x)
        return x + (torch.rand(()) >= self.drop) / (1 - self.drop) * self.branch(x)
""",
)
key.wrong(
    "stochastic-depth",
    "does not scale",
    """
class Skippable(nn.Module):
    def __init__(self, branch, drop):
        super().__init__()
        self.branch, self.drop = branch, drop

    def forward(self, x):
        if not self.training:
            return x + self.branch(x)
        return x + (torch.rand(len(x), *[1] * (x.ndim - 1)) >= self.drop) * self.branch(x)
""",
)
key.wrong(
    "stochastic-depth",
    "skips in evaluation too",
    """
class Skippable(nn.Module):
    def __init__(self, branch, drop):
        super().__init__()
        self.branch, self.drop = branch, drop

    def forward(self, x):
        kept = torch.rand(len(x), *[1] * (x.ndim - 1)) >= self.drop
        return x + kept / (1 - self.drop) * self.branch(x)
""",
)
key.wrong(
    "stochastic-depth",
    "is dropout",
    """
class Skippable(nn.Module):
    def __init__(self, branch, drop):
        super().__init__()
        self.branch, self.drop = branch, nn.Dropout(drop)

    def forward(self, x):
        return x + self.drop(self.branch(x))
""",
)


@key.test("patience", hint="Count the epochs since the best; an equal loss is no gain; the best epoch counts from 1.")
def other_curves(student, draw):
    falling = [2.0, 1.5, 1.0, *torch.rand(14, generator=draw).tolist()]
    level = [0.9, *[float(torch.rand((), generator=draw)) / 2] * 8]
    for patience, losses in ((1, falling), (3, falling), (2, level), (3, level)):
        watcher = student.Patience(patience)
        least, best = math.inf, 0
        for epoch, loss in enumerate(losses, start=1):
            if loss < least:
                least, best = loss, epoch
            stop = watcher.stop_after(loss)
            assert isinstance(stop, bool)
            assert stop is (epoch - best >= patience)
            assert watcher.best_epoch.value() == best
            if stop:
                break


key.wrong(
    "patience",
    "counts an equal loss as a gain",
    """
class Patience:
    def __init__(self, patience):
        self.patience, self.best_epoch, self.epoch, self.least = patience, None, 0, float("inf")

    def stop_after(self, loss):
        self.epoch += 1
        if loss <= self.least:
            self.least, self.best_epoch = loss, self.epoch
        return self.epoch - self.best_epoch >= self.patience
""",
)
key.wrong(
    "patience",
    "compares with the epoch before",
    """
class Patience:
    def __init__(self, patience):
        self.patience, self.best_epoch, self.epoch, self.last, self.bad = patience, None, 0, float("inf"), 0

    def stop_after(self, loss):
        self.epoch += 1
        if loss < self.last:
            self.best_epoch, self.bad = self.epoch, 0
        else:
            self.bad += 1
        self.last = loss
        return self.bad >= self.patience
""",
)
key.wrong(
    "patience",
    "counts epochs from zero",
    """
class Patience:
    def __init__(self, patience):
        self.patience, self.best_epoch, self.epoch, self.least = patience, None, -1, float("inf")

    def stop_after(self, loss):
        self.epoch += 1
        if loss < self.least:
            self.least, self.best_epoch = loss, self.epoch
        return self.epoch - self.best_epoch >= self.patience
""",
)


@key.test(
    "five-hundred", hint="Flips, small shifts, a little dropout and weight decay help together at so few pictures."
)
def pictures_never_seen(student, draw):
    sets = data.fashion_mnist(validation=0.1)
    chosen = torch.randperm(10_000, generator=draw)[:5000]
    network, history = student.train_on_few(sets.train.take(500, seed=21))
    assert 0 < len(history["step_loss"]) <= 2000
    assert sum(each.numel() for each in network.parameters()) <= 269_322
    network.eval()
    logits = network(sets.test.x[chosen])
    assert logits.shape == (5000, 10)
    assert measure.accuracy(nn.Identity(), logits, sets.test.y[chosen]) >= 0.785
    empty(student, network)  # weights that were not counted would still know
    assert measure.accuracy(nn.Identity(), network(sets.test.x[chosen]), sets.test.y[chosen]) < 0.4


key.limit("five-hundred", seconds=80)  # 40 for each of two trainings, the visible check's and the hidden one
key.wrong(
    "five-hundred",
    "has no cure",
    """
def train_on_few(examples):
    network = models.MLP((784, 256, 256, 10), seed=0)
    return network, training.fit(network, examples, replace(BASE, epochs=160))
""",
)
key.wrong(
    "five-hundred",
    "trains a larger network",
    """
def train_on_few(examples):
    network = models.MLP((784, 512, 512, 10), dropout=0.2, seed=0)
    recipe = replace(BASE, epochs=200, augment=light, weight_decay=0.3, label_smoothing=0.1)
    return network, training.fit(network, examples, recipe)
""",
)
key.wrong(
    "five-hundred",
    "hardly trains",
    """
def train_on_few(examples):
    network = models.MLP((784, 256, 256, 10), dropout=0.2, seed=0)
    return network, training.fit(network, examples, replace(BASE, epochs=2, augment=light))
""",
)
