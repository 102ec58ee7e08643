"""Demonstration key of "Biological parallels": hidden tests and wrong answers. Public: never grade with it."""

import math

import torch
from sklearn.datasets import load_digits
from torch.nn import functional as F

from lab_utils import measure, models, training
from lab_utils.grading.key import Key, same

key = Key()

# The book's package does these in one call; that is no answer.
key.forbid("firing-rate", "models")
key.forbid("oja-step", "training")
key.forbid("bcm-step", "training")
key.forbid("cka", "measure")
key.forbid("sparse-code", "training")
key.forbid("complex-cell", "models")
key.forbid("feedback-alignment", "training")


def between(draw, low, high):
    """A number drawn from low to high."""
    return low + (high - low) * float(torch.rand((), generator=draw))


@key.test("firing-rate", hint="The time to a spike is refractory + membrane * log(RI / (RI - threshold)).")
def other_neurons(student, draw):
    for _ in range(20):
        membrane, refractory = between(draw, 0.005, 0.04), between(draw, 0.001, 0.005)
        resistance, above = between(draw, 2e7, 3e8), between(draw, 0.005, 0.03)
        neuron = models.LeakyNeuron(
            membrane=membrane, resistance=resistance, threshold=-0.070 + above, refractory=refractory
        )
        current = between(draw, 0.3, 4) * above / resistance
        expected = float(neuron.rate(torch.tensor(current, dtype=torch.float64)))
        assert abs(student.firing_rate(current, resistance, above, membrane, refractory) - expected) < 1e-3 * (
            expected + 1
        )


key.wrong(
    "firing-rate",
    "is a ReLU",
    """
def firing_rate(current, resistance, threshold, membrane, refractory):
    return max(resistance * current - threshold, 0.0) / (membrane * threshold)
""",
)
key.wrong(
    "firing-rate",
    "forgets the refractory time",
    """
def firing_rate(current, resistance, threshold, membrane, refractory):
    drive = resistance * current
    return 0.0 if drive <= threshold else 1 / (membrane * math.log(drive / (drive - threshold)))
""",
)
key.wrong(
    "firing-rate",
    "returns the interval",
    """
def firing_rate(current, resistance, threshold, membrane, refractory):
    drive = resistance * current
    return 0.0 if drive <= threshold else refractory + membrane * math.log(drive / (drive - threshold))
""",
)


@key.test("oja-step", hint="The decay is y squared times w.")
def other_neurons_and_inputs(student, draw):
    for size in (1, 3, 8):
        w, x = (torch.randn(size, generator=draw) for _ in range(2))
        assert same(student.oja_step(w, x, 0.05), training.oja(x[None], w, lr=0.05)[1], tolerance=1e-5)


key.wrong(
    "oja-step",
    "is Hebb's",
    """
def oja_step(w, x, lr):
    return w + lr * (w @ x) * x
""",
)
key.wrong(
    "oja-step",
    "decays by y",
    """
def oja_step(w, x, lr):
    y = w @ x
    return w + lr * (y * x - y * w)
""",
)
key.wrong(
    "oja-step",
    "normalises instead",
    """
def oja_step(w, x, lr):
    w = w + lr * (w @ x) * x
    return w / w.norm()
""",
)


@key.test("bcm-step", hint="The weights change by the old threshold; y is never negative.")
def other_states(student, draw):
    for _ in range(20):
        w, x = (torch.randn(5, generator=draw) for _ in range(2))
        theta, lr, memory = between(draw, 0.1, 4), between(draw, 0.01, 0.3), between(draw, 2, 50)
        y = max(float(w @ x), 0.0)
        mine, slid = student.bcm_step(w, x, theta, lr, memory)
        assert same(mine, w + lr * y * (y - theta) * x, tolerance=1e-4)
        assert abs(slid - (theta + (y**2 - theta) / memory)) < 1e-4


key.wrong(
    "bcm-step",
    "slides first",
    """
def bcm_step(w, x, theta, lr, memory):
    y = max(float(w @ x), 0.0)
    theta = theta + (y**2 - theta) / memory
    return w + lr * y * (y - theta) * x, theta
""",
)
key.wrong(
    "bcm-step",
    "follows y and not its square",
    """
def bcm_step(w, x, theta, lr, memory):
    y = max(float(w @ x), 0.0)
    return w + lr * y * (y - theta) * x, theta + (y - theta) / memory
""",
)
key.wrong(
    "bcm-step",
    "does not rectify",
    """
def bcm_step(w, x, theta, lr, memory):
    y = float(w @ x)
    return w + lr * y * (y - theta) * x, theta + (y**2 - theta) / memory
""",
)


@key.test("cka", hint="Centre both; square the norm above; multiply the two norms below.")
def other_representations(student, draw):
    for n, p, q in ((20, 3, 3), (15, 30, 4), (50, 1, 1)):
        x = torch.randn(n, p, generator=draw) + 3
        y = torch.randn(n, q, generator=draw) * 5
        y[:, 0] += x[:, 0]
        assert abs(student.cka(x, y) - measure.cka(x, y)) < 1e-3


key.wrong(
    "cka",
    "calls the package",
    """
from lab_utils import measure


def cka(x, y):
    return measure.cka(x, y)
""",
)
key.wrong(
    "cka",
    "does not centre",
    """
def cka(x, y):
    return float((x.T @ y).norm() ** 2 / ((x.T @ x).norm() * (y.T @ y).norm()))
""",
)
key.wrong(
    "cka",
    "does not square",
    """
def cka(x, y):
    x, y = x - x.mean(0), y - y.mean(0)
    return float((x.T @ y).norm() / ((x.T @ x).norm() * (y.T @ y).norm()).sqrt())
""",
)
key.wrong(
    "cka",
    "centres rows",
    """
def cka(x, y):
    x, y = x - x.mean(1, keepdim=True), y - y.mean(1, keepdim=True)
    return float((x.T @ y).norm() ** 2 / ((x.T @ x).norm() * (y.T @ y).norm()))
""",
)


@key.test("sparse-code", hint="A step of one over the largest eigenvalue of DDᵀ, then the soft threshold, many times.")
def other_dictionaries(student, draw):
    for atoms_count, size, penalty in ((5, 8, 0.3), (40, 16, 0.8), (12, 12, 1.5)):
        atoms = F.normalize(torch.randn(atoms_count, size, generator=draw), dim=1)
        x = torch.randn(25, size, generator=draw)
        mine = student.sparse_code(x, atoms, penalty)
        best = training.fista(x, atoms, penalty=penalty, steps=3000)
        energies = [training.sparse_energy(x, atoms, codes, penalty) for codes in (mine, best)]
        assert bool((energies[0] <= energies[1] + 2e-3).all())
        assert bool((student.sparse_code(x, atoms, 100.0) == 0).all())


key.wrong(
    "sparse-code",
    "never lets atoms compete",
    """
def sparse_code(x, atoms, penalty, steps=500):
    return F.softshrink(x @ atoms.T, penalty)
""",
)
key.wrong(
    "sparse-code",
    "shrinks by the price at every step",
    """
def sparse_code(x, atoms, penalty, steps=500):
    rate = float(1 / torch.linalg.matrix_norm(atoms, 2) ** 2)
    codes = torch.zeros(len(x), len(atoms))
    for _ in range(steps):
        codes = F.softshrink(codes - rate * (codes @ atoms - x) @ atoms.T, penalty)
    return codes
""",
)
key.wrong(
    "sparse-code",
    "uses ReLU, so that no amount is negative",
    """
def sparse_code(x, atoms, penalty, steps=500):
    rate = float(1 / torch.linalg.matrix_norm(atoms, 2) ** 2)
    codes = torch.zeros(len(x), len(atoms))
    for _ in range(steps):
        codes = (codes - rate * (codes @ atoms - x) @ atoms.T - rate * penalty).relu()
    return codes
""",
)


@key.test("complex-cell", hint="Square each of the two answers, add, take the root; the map keeps its size.")
def other_filters(student, draw):
    for size in (3, 7, 11):
        filters = torch.randn(2, size, size, generator=draw)
        x = torch.randn(3, 1, 20, 24, generator=draw)
        cell = student.ComplexCell(filters)
        half = size // 2
        parts = [F.conv2d(x, each[None, None], padding=half) for each in filters]
        expected = (parts[0] ** 2 + parts[1] ** 2).sqrt()
        assert cell(x).shape == (3, 1, 20, 24)
        assert same(cell(x), expected, tolerance=1e-3)
        assert not list(cell.parameters())


key.wrong(
    "complex-cell",
    "adds the answers",
    """
class ComplexCell(nn.Module):
    def __init__(self, filters):
        super().__init__()
        self.register_buffer("filters", filters)

    def forward(self, x):
        half = self.filters.shape[-1] // 2
        return F.conv2d(x, self.filters[:, None], padding=half).sum(1, keepdim=True).abs()
""",
)
key.wrong(
    "complex-cell",
    "keeps one phase",
    """
class ComplexCell(nn.Module):
    def __init__(self, filters):
        super().__init__()
        self.register_buffer("filters", filters)

    def forward(self, x):
        half = self.filters.shape[-1] // 2
        return F.conv2d(x, self.filters[:1, None], padding=half).relu()
""",
)
key.wrong(
    "complex-cell",
    "forgets the padding",
    """
class ComplexCell(nn.Module):
    def __init__(self, filters):
        super().__init__()
        self.register_buffer("filters", filters)

    def forward(self, x):
        return F.conv2d(x, self.filters[:, None]).square().sum(1, keepdim=True).sqrt()
""",
)


@key.test("feedback-alignment", hint="Only one of the two matrices is replaced, and only on the way back.")
def other_networks(student, draw):
    for batch, d, h, k in ((1, 2, 3, 2), (12, 6, 5, 4)):
        x, y = torch.randn(batch, d, generator=draw), torch.randint(0, k, (batch,), generator=draw)
        w1, w2 = torch.randn(h, d, generator=draw), torch.randn(k, h, generator=draw)
        feedback = torch.randn(h, k, generator=draw)
        hidden = torch.tanh(x @ w1.T)
        error = ((hidden @ w2.T).softmax(1) - F.one_hot(y, k)) / batch
        first, second = student.alignment_updates(x, y, w1, w2, feedback)
        assert same(second, error.T @ hidden, tolerance=1e-4)
        assert same(first, ((error @ feedback.T) * (1 - hidden**2)).T @ x, tolerance=1e-4)


key.wrong(
    "feedback-alignment",
    "is backpropagation",
    """
def alignment_updates(x, y, w1, w2, feedback):
    h = torch.tanh(x @ w1.T)
    error = ((h @ w2.T).softmax(1) - F.one_hot(y, len(w2)).to(h.dtype)) / len(x)
    return ((error @ w2) * (1 - h**2)).T @ x, error.T @ h
""",
)
key.wrong(
    "feedback-alignment",
    "forgets the slope of tanh",
    """
def alignment_updates(x, y, w1, w2, feedback):
    h = torch.tanh(x @ w1.T)
    error = ((h @ w2.T).softmax(1) - F.one_hot(y, len(w2)).to(h.dtype)) / len(x)
    return (error @ feedback.T).T @ x, error.T @ h
""",
)
key.wrong(
    "feedback-alignment",
    "answers through the feedback, too",
    """
def alignment_updates(x, y, w1, w2, feedback):
    h = torch.tanh(x @ w1.T)
    error = ((h @ feedback).softmax(1) - F.one_hot(y, len(w2)).to(h.dtype)) / len(x)
    return ((error @ feedback.T) * (1 - h**2)).T @ x, error.T @ h
""",
)


@key.test("learn-digits", hint="Two thousand updates of both layers at 0.5; errors go back through `feedback`.")
def other_feedback_and_digits(student, draw):
    digits = load_digits()
    x, y = torch.tensor(digits.data, dtype=torch.float32) / 16, torch.tensor(digits.target)
    feedback = torch.randn(64, 10, generator=draw)
    order = torch.randperm(len(x), generator=draw)
    known, fresh = order[:1400], order[1400:]
    w1, w2 = student.learn_digits(x[known], y[known], feedback.clone())
    assert tuple(w1.shape) == (64, 64)
    assert tuple(w2.shape) == (10, 64)
    right = (torch.tanh(x[fresh] @ w1.T) @ w2.T).argmax(1) == y[fresh]
    assert right.double().mean() >= 0.92
    cosine = float(F.cosine_similarity(w2.T.flatten(), feedback.flatten(), dim=0))
    assert math.degrees(math.acos(cosine)) <= 60


key.limit("learn-digits", seconds=60)
TEMPLATE = """
def learn_digits(x, y, feedback):
    g = torch.Generator().manual_seed(0)
    w1, w2 = torch.randn(64, 64, generator=g) / 8, torch.zeros(10, 64)
    for _ in range({steps}):
        batch = torch.randint(0, len(x), (50,), generator=g)
        h = torch.tanh(x[batch] @ w1.T)
        error = ((h @ w2.T).softmax(1) - F.one_hot(y[batch], 10)) / 50
        back = (error @ {way}) * (1 - h**2)
        w1, w2 = w1 - {first} * back.T @ x[batch], w2 - 0.5 * error.T @ h
    return w1, w2
"""
key.wrong("learn-digits", "is backpropagation", TEMPLATE.format(steps=2000, way="w2", first=0.5))
key.wrong("learn-digits", "trains the last layer only", TEMPLATE.format(steps=2000, way="feedback.T", first=0))
key.wrong("learn-digits", "stops at once", TEMPLATE.format(steps=5, way="feedback.T", first=0.5))
