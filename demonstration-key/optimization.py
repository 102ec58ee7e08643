"""Demonstration key of "Optimization": hidden tests and plausible wrong answers. Public: never grade with it."""

import math

import numpy as np
import torch
from torch import nn

from lab_utils import data, measure, models, training
from lab_utils.grading.key import Key, same

key = Key()

# The book's package does these in one call; that is no answer.
key.forbid("momentum-step", "optim", "training")
key.forbid("warm-cosine", "lr_scheduler", "training")
key.forbid("newton-step", "training")


def near(mine, expected, tolerance=1e-5):
    """Is `mine` a number within a relative tolerance of the expected one?"""
    return isinstance(mine, int | float) and math.isclose(mine, expected, rel_tol=tolerance, abs_tol=tolerance)


@key.test("rates-of-a-bowl", hint="2 over the largest eigenvalue; 2 over largest plus smallest; (κ-1)/(κ+1).")
def turned_bowls(student, draw):
    for size in (2, 3, 6):
        basis = torch.linalg.qr(torch.randn(size, size, generator=draw)).Q
        curvatures = torch.rand(size, generator=draw) * 5 + 0.2
        low, high = float(curvatures.min()), float(curvatures.max())
        mine = student.rates_of_a_bowl(basis @ torch.diag(curvatures) @ basis.T)
        assert len(mine) == 3
        wanted = (2 / high, 2 / (low + high), (high - low) / (high + low))
        assert all(near(a, b, 1e-3) for a, b in zip(mine, wanted, strict=True))


key.wrong(
    "rates-of-a-bowl",
    "reads the diagonal",
    """
def rates_of_a_bowl(hessian):
    curvatures = hessian.diagonal()
    low, high = curvatures.min().item(), curvatures.max().item()
    return 2 / high, 2 / (low + high), (high - low) / (high + low)
""",
)
key.wrong(
    "rates-of-a-bowl",
    "takes one over the largest for the limit",
    """
def rates_of_a_bowl(hessian):
    curvatures = torch.linalg.eigvalsh(hessian)
    low, high = curvatures[0].item(), curvatures[-1].item()
    return 1 / high, 2 / (low + high), (high - low) / (high + low)
""",
)
key.wrong(
    "rates-of-a-bowl",
    "gives the factor at the limit",
    """
def rates_of_a_bowl(hessian):
    curvatures = torch.linalg.eigvalsh(hessian)
    low, high = curvatures[0].item(), curvatures[-1].item()
    return 2 / high, 2 / (low + high), 1 - low / high
""",
)


@key.test("momentum-step", hint="v = momentum·v + g; then w - lr·v, or with the look-ahead w - lr·(g + momentum·v).")
def like_the_library(student, draw):
    for nesterov in (False, True):
        for momentum in (0.5, 0.9, 0.99):
            theirs = torch.tensor([0.7], dtype=torch.float64, requires_grad=True)
            rule = torch.optim.SGD([theirs], lr=0.03, momentum=momentum, nesterov=nesterov)
            w, v = 0.7, 0.0
            for g in torch.randn(8, generator=draw).tolist():
                theirs.grad = torch.tensor([g], dtype=torch.float64)
                rule.step()
                w, v = student.momentum_step(w, v, g, 0.03, momentum=momentum, nesterov=nesterov)
            assert near(w, theirs.item(), 1e-6)


key.wrong(
    "momentum-step",
    "averages the gradient",
    """
def momentum_step(w, v, g, lr, momentum=0.9, nesterov=False):
    v = momentum * v + (1 - momentum) * g
    step = g + momentum * v if nesterov else v
    return w - lr * step, v
""",
)
key.wrong(
    "momentum-step",
    "looks ahead with the old v",
    """
def momentum_step(w, v, g, lr, momentum=0.9, nesterov=False):
    step = g + momentum * v if nesterov else momentum * v + g
    return w - lr * step, momentum * v + g
""",
)
key.wrong(
    "momentum-step",
    "ignores nesterov",
    """
def momentum_step(w, v, g, lr, momentum=0.9, nesterov=False):
    v = momentum * v + g
    return w - lr * v, v
""",
)


@key.test("adam-by-yourself", hint="Correct m and s by 1 - β**t with t from 1; eps stands outside the root.")
def along_a_valley(student, draw):
    start = np.array([float(each) for each in torch.randn(3, generator=draw)])
    scale = np.array([10.0, 1.0, 0.1])
    for steps, betas in ((1, (0.9, 0.999)), (30, (0.9, 0.999)), (30, (0.5, 0.9))):
        theirs = torch.tensor(start, requires_grad=True)
        rule = torch.optim.Adam([theirs], lr=0.05, betas=betas)
        for _ in range(steps):
            theirs.grad = torch.tensor(scale) * theirs.detach() + torch.sin(theirs.detach())
            rule.step()
        text = "adam_by_yourself(lambda w: scale * w + np.sin(w), start, steps, lr=0.05, betas=betas)"
        # A lambda finds its names where it is made: among the student's own.
        student.run(f"scale = np.array({scale.tolist()})")
        mine = student.evaluate(text, start=start, steps=steps, betas=betas)
        assert isinstance(mine, np.ndarray)
        assert mine.shape == (3,)
        assert np.allclose(mine, theirs.detach().numpy(), atol=1e-6)


key.forbid("adam-by-yourself", "torch", "optim", "optimizers", "make_optimizer", "OPTIMIZERS", "Adam", "AdamW")
key.wrong(
    "adam-by-yourself",
    "does not correct the bias",
    """
import numpy as np


def adam_by_yourself(gradient, w, steps, lr=0.001, betas=(0.9, 0.999), eps=1e-8):
    m = s = np.zeros_like(w)
    for t in range(1, steps + 1):
        g = gradient(w)
        m = betas[0] * m + (1 - betas[0]) * g
        s = betas[1] * s + (1 - betas[1]) * g**2
        w = w - lr * m / (np.sqrt(s) + eps)
    return w
""",
)
key.wrong(
    "adam-by-yourself",
    "corrects with t from 0, one step late",
    """
import numpy as np


def adam_by_yourself(gradient, w, steps, lr=0.001, betas=(0.9, 0.999), eps=1e-8):
    m = s = np.zeros_like(w)
    for t in range(steps):
        g = gradient(w)
        m = betas[0] * m + (1 - betas[0]) * g
        s = betas[1] * s + (1 - betas[1]) * g**2
        m_hat, s_hat = m / (1 - betas[0] ** (t + 2)), s / (1 - betas[1] ** (t + 2))
        w = w - lr * m_hat / (np.sqrt(s_hat) + eps)
    return w
""",
)
key.wrong(
    "adam-by-yourself",
    "leaves the betas at their defaults",
    """
import numpy as np


def adam_by_yourself(gradient, w, steps, lr=0.001, betas=(0.9, 0.999), eps=1e-8):
    m = s = np.zeros_like(w)
    for t in range(1, steps + 1):
        g = gradient(w)
        m = 0.9 * m + 0.1 * g
        s = 0.999 * s + 0.001 * g**2
        w = w - lr * (m / (1 - 0.9**t)) / (np.sqrt(s / (1 - 0.999**t)) + eps)
    return w
""",
)


@key.test(
    "warm-cosine", hint="Up: step / warm_up. Down: (1 + cos πp) / 2, with p from 0 at the end of the warm-up to 1."
)
def other_lengths(student, draw):
    for steps, warm_up in ((80, 10), (1000, 1), (37, 0), (50, 25)):
        for step in torch.randint(0, steps + 1, (8,), generator=draw).tolist():
            p = (step - warm_up) / (steps - warm_up)
            wanted = step / warm_up if step < warm_up else (1 + math.cos(math.pi * p)) / 2
            assert near(student.warm_cosine(step, steps, warm_up), wanted)


key.wrong(
    "warm-cosine",
    "starts the cosine at step 0",
    """
import math


def warm_cosine(step, steps, warm_up):
    if step < warm_up:
        return step / warm_up
    return (1 + math.cos(math.pi * step / steps)) / 2
""",
)
key.wrong(
    "warm-cosine",
    "falls on a straight line",
    """
def warm_cosine(step, steps, warm_up):
    if step < warm_up:
        return step / warm_up
    return 1 - (step - warm_up) / (steps - warm_up)
""",
)
key.wrong(
    "warm-cosine",
    "has no warm-up",
    """
import math


def warm_cosine(step, steps, warm_up):
    return (1 + math.cos(math.pi * step / steps)) / 2
""",
)


@key.test("newton-step", hint="Solve (H + damping·I) d = g at w, and step to w - d.")
def bowls_and_beyond(student, draw):
    for damping in (0.0, 0.7):
        a = torch.randn(4, 4, generator=draw)
        a, b, w = a @ a.T + torch.eye(4), torch.randn(4, generator=draw), torch.randn(4, generator=draw)
        student.run(f"import torch\n_a, _b = torch.tensor({a.tolist()}), torch.tensor({b.tolist()})")
        mine = student.evaluate(
            "newton_step(lambda w: w @ _a @ w / 2 - _b @ w + (w**4).sum(), w, damping=damping)", w=w, damping=damping
        )
        hessian = a + torch.diag(12 * w**2)
        wanted = w - torch.linalg.solve(hessian + damping * torch.eye(4), a @ w - b + 4 * w**3)
        assert same(mine, wanted, tolerance=1e-3)


key.wrong(
    "newton-step",
    "forgets the damping",
    """
def newton_step(loss, w, damping=0.0):
    g = torch.autograd.functional.jacobian(loss, w)
    return w - torch.linalg.solve(torch.autograd.functional.hessian(loss, w), g)
""",
)
key.wrong(
    "newton-step",
    "divides by the diagonal",
    """
def newton_step(loss, w, damping=0.0):
    g = torch.autograd.functional.jacobian(loss, w)
    H = torch.autograd.functional.hessian(loss, w)
    return w - g / (H.diagonal() + damping)
""",
)
key.wrong(
    "newton-step",
    "steps uphill",
    """
def newton_step(loss, w, damping=0.0):
    g = torch.autograd.functional.jacobian(loss, w)
    H = torch.autograd.functional.hessian(loss, w)
    return w + torch.linalg.solve(H + damping * torch.eye(len(w), dtype=w.dtype), g)
""",
)


@key.test("clip-norm", hint="One norm over all tensors together; one factor, min(1, limit / norm), for all of them.")
def like_the_library_over_several_tensors(student, draw):
    for limit in (0.1, 3.0, 1e6):
        weights = [nn.Parameter(torch.zeros(shape)) for shape in ((3, 4), (5,), (2, 2, 2))]
        for each in weights:
            each.grad = torch.randn(each.shape, generator=draw)
        clipped, norm = student.clip([each.grad.clone() for each in weights], limit)
        wanted = nn.utils.clip_grad_norm_(weights, limit)
        assert near(float(norm), wanted.item(), 1e-4)
        assert all(same(mine, each.grad, tolerance=1e-4) for mine, each in zip(clipped, weights, strict=True))


key.forbid("clip-norm", "clip_grad*", "get_total_norm")
key.wrong(
    "clip-norm",
    "clips each tensor by itself",
    """
def clip(gradients, limit):
    total = sum(g.square().sum() for g in gradients).sqrt()
    return [g * (limit / g.norm()).clamp(max=1) for g in gradients], total
""",
)
key.wrong(
    "clip-norm",
    "always scales to the limit",
    """
def clip(gradients, limit):
    total = sum(g.square().sum() for g in gradients).sqrt()
    return [g * limit / total for g in gradients], total
""",
)
key.wrong(
    "clip-norm",
    "clips values",
    """
def clip(gradients, limit):
    total = sum(g.square().sum() for g in gradients).sqrt()
    return [g.clamp(-limit, limit) for g in gradients], total
""",
)


@key.test("adamax", hint="u = max(β2·u, |g| + eps); only m is corrected, by 1 - β1**t.")
def like_the_library_on_a_bowl(student, draw):
    start, scale = torch.randn(6, generator=draw), torch.rand(6, generator=draw) * 3
    theirs = nn.Parameter(start.clone())
    rule = torch.optim.Adamax([theirs], lr=0.01)
    for _ in range(25):
        theirs.grad = scale * theirs.detach() + torch.cos(theirs.detach())
        rule.step()
    student.run(
        f"import torch\n_scale = torch.tensor({scale.tolist()})\n"
        f"_w = torch.nn.Parameter(torch.tensor({start.tolist()}))\n"
        "_rule = Adamax([_w], lr=0.01)\nfor _ in range(25):\n"
        "    _w.grad = _scale * _w.detach() + torch.cos(_w.detach())\n    _rule.step()"
    )
    assert same(student.evaluate("_w.detach()"), theirs.detach(), tolerance=1e-4)


key.forbid("adamax", "optim", "_functional", "make_optimizer", "OPTIMIZERS")
key.wrong(
    "adamax",
    "does not correct the bias",
    """
class Adamax(training.optimizers.Optimizer):
    beta1, beta2, eps = 0.9, 0.999, 1e-8

    def update(self, w, g, state):
        state["m"] = self.beta1 * state.get("m", 0.0) + (1 - self.beta1) * g
        state["u"] = torch.maximum(self.beta2 * state.get("u", torch.zeros_like(g)), g.abs() + self.eps)
        w -= self.lr * state["m"] / state["u"]
""",
)
key.wrong(
    "adamax",
    "is Adam",
    """
class Adamax(training.optimizers.Optimizer):
    beta1, beta2, eps = 0.9, 0.999, 1e-8

    def update(self, w, g, state):
        t = state["t"] = state.get("t", 0) + 1
        state["m"] = self.beta1 * state.get("m", 0.0) + (1 - self.beta1) * g
        state["s"] = self.beta2 * state.get("s", 0.0) + (1 - self.beta2) * g**2
        w -= self.lr * state["m"] / (1 - self.beta1**t) / ((state["s"] / (1 - self.beta2**t)).sqrt() + self.eps)
""",
)
key.wrong(
    "adamax",
    "never forgets a large gradient",
    """
class Adamax(training.optimizers.Optimizer):
    beta1, beta2, eps = 0.9, 0.999, 1e-8

    def update(self, w, g, state):
        t = state["t"] = state.get("t", 0) + 1
        state["m"] = self.beta1 * state.get("m", 0.0) + (1 - self.beta1) * g
        state["u"] = torch.maximum(state.get("u", torch.zeros_like(g)), g.abs() + self.eps)
        w -= self.lr / (1 - self.beta1**t) * state["m"] / state["u"]
""",
)


@key.test("one-epoch", hint="Small batches, a rate near the best of the sweep, and a schedule that ends near nothing.")
def trained_here_by_this_recipe(student, draw):
    settings = student.your_recipe()
    assert isinstance(settings, dict)
    assert all(each is None or isinstance(each, int | float | str) for each in settings.values())
    recipe = training.Recipe(**settings)
    assert recipe.epochs == 1
    assert math.ceil(5000 / recipe.batch_size) <= 650
    sets = data.fashion_mnist()
    for seed in (5, 6):
        network = models.MLP((784, 100, 10), seed=seed)
        training.fit(network, sets.train.take(5000, seed=seed), recipe, seed=seed, progress=False)
        assert measure.accuracy(network, sets.test.x, sets.test.y) >= 0.75


key.wrong(
    "one-epoch",
    "keeps the given recipe with a larger rate",
    """
def your_recipe():
    return training.Recipe(epochs=1, batch_size=64, optimizer="sgd", momentum=0.0, lr=0.05)
""",
)
key.wrong(
    "one-epoch",
    "trains for five epochs",
    """
def your_recipe():
    return training.Recipe(epochs=5, batch_size=64, optimizer="adam", lr=0.003, schedule="one-cycle")
""",
)
key.wrong(
    "one-epoch",
    "makes single updates of single pictures",
    """
def your_recipe():
    return training.Recipe(epochs=1, batch_size=1, optimizer="adam", lr=0.001)
""",
)
