"""Demonstration key of "Depth and representations": hidden tests and wrong answers. Public: never grade with it."""

from itertools import pairwise

import torch
from torch import nn

from lab_utils import data
from lab_utils.grading.key import Key, empty, same

key = Key()

# The book's package does these in one call; that is no answer.
key.forbid("count-parameters", "measure")
key.forbid("count-dead", "measure")
key.forbid("tent-weights", "models")


def whole(draw, low, high):
    """A whole number from low to high, both included."""
    return int(torch.randint(low, high + 1, (), generator=draw))


@key.test("forward", hint="ReLU stands between the two layers; x @ W1.T + b1 for all rows at once; add b2 at the end.")
def other_networks(student, draw):
    for n, d, h in ((1, 2, 3), (7, 4, 5), (3, 1, 1)):
        x, w1, b1 = (torch.randn(*shape, generator=draw) for shape in ((n, d), (h, d), (h,)))
        w2, b2 = torch.randn(h, generator=draw), float(torch.randn((), generator=draw))
        assert same(student.forward(x, w1, b1, w2, b2), (x @ w1.T + b1).relu() @ w2 + b2, tolerance=1e-4)


key.wrong(
    "forward",
    "has no ReLU",
    """
def forward(x, W1, b1, w2, b2):
    return (x @ W1.T + b1) @ w2 + b2
""",
)
key.wrong(
    "forward",
    "forgets the first bias",
    """
def forward(x, W1, b1, w2, b2):
    return (x @ W1.T).clamp(min=0) @ w2 + b2
""",
)
key.wrong(
    "forward",
    "forgets the output's bias",
    """
def forward(x, W1, b1, w2, b2):
    return (x @ W1.T + b1).clamp(min=0) @ w2
""",
)
key.wrong(
    "forward",
    "cuts the output off too",
    """
def forward(x, W1, b1, w2, b2):
    return ((x @ W1.T + b1).clamp(min=0) @ w2 + b2).clamp(min=0)
""",
)


@key.test("count-parameters", hint="A layer from n to m has m·n weights and m biases.")
def other_widths(student, draw):
    for _ in range(15):
        widths = [whole(draw, 1, 60) for _ in range(whole(draw, 2, 6))]
        layers = nn.Sequential(*(nn.Linear(n, m) for n, m in pairwise(widths)))
        assert student.count_parameters(tuple(widths)) == sum(each.numel() for each in layers.parameters())


key.wrong(
    "count-parameters",
    "forgets the biases",
    """
def count_parameters(widths):
    return sum(m * n for n, m in zip(widths, widths[1:]))
""",
)
key.wrong(
    "count-parameters",
    "counts a bias for each input",
    """
def count_parameters(widths):
    return sum(n * (m + 1) for n, m in zip(widths, widths[1:]))
""",
)
key.wrong(
    "count-parameters",
    "counts one hidden layer only",
    """
def count_parameters(widths):
    return widths[1] * (widths[0] + 1) + widths[-1] * (widths[1] + 1)
""",
)


@key.test("all-layers", hint="h[0] is x itself; every hidden layer ends with ReLU, the last does not.")
def every_layer_follows_from_the_one_before(student, draw):
    network = student.AllLayers((3, 6, 5, 2))
    x = torch.randn(9, 3, generator=draw)
    h = network(x)
    parameters = network.parameters()
    assert [tuple(each.shape) for each in parameters] == [(6, 3), (6,), (5, 6), (5,), (2, 5), (2,)]
    expected = [x]
    for number, (w, b) in enumerate(zip(parameters[::2], parameters[1::2], strict=True)):
        z = expected[-1] @ w.T + b
        expected.append(z.relu() if number < 2 else z)
    assert len(h) == 4
    assert all(same(mine, theirs, tolerance=1e-4) for mine, theirs in zip(h, expected, strict=True))


@key.test("all-layers", hint="It has to work for any number of widths, two included.", weight=0.5)
def the_smallest_network(student, draw):
    h = student.AllLayers((4, 2))(torch.randn(5, 4, generator=draw))
    assert [tuple(each.shape) for each in h] == [(5, 4), (5, 2)]
    assert bool((h[1] < 0).any())


key.wrong(
    "all-layers",
    "keeps layers in a plain list",
    """
class AllLayers(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = [nn.Linear(n, m) for n, m in zip(widths, widths[1:])]

    def forward(self, x):
        h = [x]
        for layer in self.layers[:-1]:
            h.append(layer(h[-1]).relu())
        return [*h, self.layers[-1](h[-1])]
""",
)
key.wrong(
    "all-layers",
    "ends with ReLU",
    """
class AllLayers(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(n, m) for n, m in zip(widths, widths[1:]))

    def forward(self, x):
        h = [x]
        for layer in self.layers:
            h.append(layer(h[-1]).relu())
        return h
""",
)
key.wrong(
    "all-layers",
    "returns pre-activations",
    """
class AllLayers(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(n, m) for n, m in zip(widths, widths[1:]))

    def forward(self, x):
        h = [x]
        for layer in self.layers:
            h.append(layer(h[-1]))
        return h
""",
)


@key.test("collapse", hint="Later matrices stand on the left; each bias passes through the matrices after it.")
def other_stacks(student, draw):
    for sizes in ((2, 3), (3, 3, 3, 3), (4, 1, 5), (2, 6, 1, 3, 4)):
        stack = [(torch.randn(m, n, generator=draw), torch.randn(m, generator=draw)) for n, m in pairwise(sizes)]
        w, b = torch.eye(sizes[0]), torch.zeros(sizes[0])
        for weight, bias in stack:
            w, b = weight @ w, weight @ b + bias
        mine = student.collapse_linear(stack)
        assert len(mine) == 2
        assert same(mine[0], w, tolerance=1e-3)
        assert same(mine[1], b, tolerance=1e-3)


key.wrong(
    "collapse",
    "multiplies in the wrong order",
    """
def collapse_linear(layers):
    W, b = layers[0]
    for weight, bias in layers[1:]:
        W, b = W @ weight, weight @ b + bias
    return W, b
""",
)
key.wrong(
    "collapse",
    "adds the biases as they are",
    """
def collapse_linear(layers):
    W, b = layers[0]
    for weight, bias in layers[1:]:
        W, b = weight @ W, bias
    return W, b
""",
)
key.wrong(
    "collapse",
    "takes the first and the last",
    """
def collapse_linear(layers):
    (W, b), (weight, bias) = layers[0], layers[-1]
    return (W, b) if len(layers) == 1 else (weight @ W, weight @ b + bias)
""",
)


@key.test("count-dead", hint="A unit is dead if it is above 0 for no example; exactly 0 is not above 0.")
def other_layers(student, draw):
    for dead in (0, 3, 8):
        z = torch.randn(50, 8, generator=draw)
        z[0] = 1
        z[:, torch.randperm(8, generator=draw)[:dead]] = -torch.rand(50, dead, generator=draw)
        assert student.count_dead(z) == dead
    z = torch.zeros(4, 3)
    z[2, 1] = 1e-6
    assert student.count_dead(z) == 2


key.wrong(
    "count-dead",
    "calls the package",
    """
from lab_utils import measure


def count_dead(z):
    return int(measure.dead_units(nn.Sequential(nn.ReLU()), z)["0"].sum())
""",
)
key.wrong(
    "count-dead",
    "counts units that are off at least once",
    """
def count_dead(z):
    return int((z <= 0).any(dim=0).sum())
""",
)
key.wrong(
    "count-dead",
    "counts examples",
    """
def count_dead(z):
    return int((~(z > 0).any(dim=1)).sum())
""",
)
key.wrong(
    "count-dead",
    "takes exactly zero for alive",
    """
def count_dead(z):
    return int((z < 0).all(dim=0).sum())
""",
)
key.wrong(
    "count-dead",
    "looks at the mean",
    """
def count_dead(z):
    return int((z.mean(dim=0) <= 0).sum())
""",
)


@key.test("tent-weights", hint="First [[1], [1]] with biases 0 and -1/2; then [[2, -4]] folds, layer after layer.")
def folded_many_times(student, draw):
    for k in (1, 3, 8):
        stack = student.tent_weights(k)
        assert len(stack) == k + 1
        x = torch.rand(300, 1, generator=draw)
        h, wanted = x.double(), x.double()
        for number, (w, b) in enumerate(stack):
            assert w.shape[0] <= 2
            h = h @ w.double().T + b.double()
            h = h.relu() if number < k else h
        for _ in range(k):
            wanted = torch.minimum(2 * wanted, 2 - 2 * wanted)
        assert same(h, wanted, tolerance=1e-4)


key.wrong(
    "tent-weights",
    "folds once whatever k is",
    """
def tent_weights(k):
    return [(torch.ones(2, 1), torch.tensor([0.0, -0.5])), (torch.tensor([[2.0, -4.0]]), torch.zeros(1))]
""",
)
key.wrong(
    "tent-weights",
    "shifts by one",
    """
def tent_weights(k):
    fold, shift = torch.tensor([[2.0, -4.0]]), torch.tensor([0.0, -1.0])
    return [(torch.ones(2, 1), shift), *[(fold.repeat(2, 1), shift)] * (k - 1), (fold, torch.zeros(1))]
""",
)
key.wrong(
    "tent-weights",
    "forgets the bias in later layers",
    """
def tent_weights(k):
    fold, shift = torch.tensor([[2.0, -4.0]]), torch.tensor([0.0, -0.5])
    later = [(fold.repeat(2, 1), torch.zeros(2))] * (k - 1)
    return [(torch.ones(2, 1), shift), *later, (fold, torch.zeros(1))]
""",
)


@key.test("spiral", hint="Two hidden layers of tanh units, at most 600 parameters, enough updates.")
def fresh_points(student, draw):
    network = student.learn_spiral(data.spiral(300, seed=7))
    assert sum(each.numel() for each in network.parameters()) <= 600
    fresh = data.spiral(2000, seed=int(torch.randint(1000, 9999, (), generator=draw)))
    logits = network(fresh.x)
    assert logits.shape == (2000, 1)
    assert ((logits[:, 0] > 0) == (fresh.y == 1)).double().mean() >= 0.93
    empty(student, network)  # weights that were not counted would still know
    logits = network(fresh.x)
    assert ((logits[:, 0] > 0) == (fresh.y == 1)).double().mean() < 0.8


key.limit("spiral", seconds=40)  # 20 for each of two trainings, the visible check's and the hidden one
key.wrong(
    "spiral",
    "hides most of its parameters",
    """
class Hidden(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.parts, self.shown = [inner], nn.Linear(2, 1)

    def forward(self, x):
        return self.parts[0](x) + 0 * self.shown(x)


def learn_spiral(examples):
    net = models.MLP((2, 64, 64, 1), activation=nn.Tanh, seed=0)
    recipe = training.Recipe(epochs=100, batch_size=50, lr=0.01, schedule="one-cycle")
    training.fit(net, examples, recipe, loss=binary_loss)
    return Hidden(net)
""",
)
key.wrong(
    "spiral",
    "is linear",
    """
def learn_spiral(examples):
    net = models.MLP((2, 1), seed=0)
    training.fit(net, examples, training.Recipe(epochs=50, batch_size=50, lr=0.02), loss=binary_loss)
    return net
""",
)
key.wrong(
    "spiral",
    "stops after a few epochs",
    """
def learn_spiral(examples):
    net = models.MLP((2, 16, 16, 1), activation=nn.Tanh, seed=0)
    training.fit(net, examples, training.Recipe(epochs=3, batch_size=50, lr=0.02), loss=binary_loss)
    return net
""",
)
key.wrong(
    "spiral",
    "uses too many parameters",
    """
def learn_spiral(examples):
    net = models.MLP((2, 64, 64, 1), activation=nn.Tanh, seed=0)
    recipe = training.Recipe(epochs=100, batch_size=50, lr=0.01, schedule="one-cycle")
    training.fit(net, examples, recipe, loss=binary_loss)
    return net
""",
)
