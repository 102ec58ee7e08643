"""Demonstration key of "Convolutional networks": hidden tests and wrong answers. Public: never grade with it."""

import torch
from torch import nn
from torch.nn import functional as F

from lab_utils import data, measure
from lab_utils.grading.key import Key, same

key = Key()

# The book's package does these in one call; that is no answer.
key.forbid("output-size", "measure")
key.forbid("count-weights", "measure")
key.forbid("receptive-field", "measure")
key.forbid("separable", "models")


def whole(draw, low, high):
    """A whole number from low to high, both included."""
    return int(torch.randint(low, high + 1, (), generator=draw))


@key.test("output-size", hint="The kernel spans d(k-1)+1 pixels of the padded picture; divide by s, round down, add 1.")
def many_settings(student, draw):
    for _ in range(30):
        k, s, p, d = (whole(draw, low, high) for low, high in ((1, 5), (1, 3), (0, 2), (1, 3)))
        n = whole(draw, d * (k - 1) + 1, 40)
        expected = F.conv2d(torch.zeros(1, 1, n, n), torch.zeros(1, 1, k, k), None, s, p, d).shape[-1]
        assert student.output_size(n, k, s=s, p=p, d=d) == expected


@key.test(
    "output-size", hint="Where the kernel is larger than the padded picture there is no place for it: 0.", weight=0.5
)
def kernels_that_do_not_fit(student, draw):
    for _ in range(10):
        n, d = whole(draw, 1, 5), whole(draw, 1, 3)
        k = (n + 4) // d + 3
        assert student.output_size(n, k, p=1, d=d) == 0
        assert student.output_size(k, k) == 1


key.wrong(
    "output-size",
    "forgets dilation",
    """
def output_size(n, k, s=1, p=0, d=1):
    room = n + 2 * p - k
    return room // s + 1 if room >= 0 else 0
""",
)
key.wrong(
    "output-size",
    "rounds up",
    """
def output_size(n, k, s=1, p=0, d=1):
    room = n + 2 * p - d * (k - 1) - 1
    return -(-room // s) + 1 if room >= 0 else 0
""",
)
key.wrong(
    "output-size",
    "does not see that a kernel may not fit",
    """
def output_size(n, k, s=1, p=0, d=1):
    return (n + 2 * p - d * (k - 1) - 1) // s + 1
""",
)


@key.test("conv-channels", hint="Every kernel reaches through all channels, and the bias is added once.")
def like_the_library(student, draw):
    for k, c_in, c_out in ((3, 3, 4), (2, 1, 2), (5, 2, 3)):
        x, b = torch.randn(c_in, 8, 10, generator=draw), torch.randn(c_out, generator=draw)
        w = torch.randn(c_out, c_in, k, k, generator=draw)
        assert same(student.conv_channels(x, w, b), F.conv2d(x[None], w, b)[0], tolerance=1e-4)


key.forbid("conv-channels", "*conv?d*", "*Conv?d*", "*convolution*", "conv_t*", "*unfold*", "*Unfold*", "im2col")
key.wrong(
    "conv-channels",
    "calls the library",
    """
def conv_channels(x, weight, bias):
    return F.conv2d(x[None], weight, bias)[0]
""",
)
key.wrong(
    "conv-channels",
    "uses the first channel only",
    """
def conv_channels(x, weight, bias):
    k, (_, H, W) = weight.shape[-1], x.shape
    y = torch.empty(len(weight), H - k + 1, W - k + 1)
    for i in range(H - k + 1):
        for j in range(W - k + 1):
            y[:, i, j] = (x[0, i : i + k, j : j + k] * weight[:, 0]).sum(dim=(1, 2)) + bias
    return y
""",
)
key.wrong(
    "conv-channels",
    "forgets the bias",
    """
def conv_channels(x, weight, bias):
    k, (_, H, W) = weight.shape[-1], x.shape
    y = torch.empty(len(weight), H - k + 1, W - k + 1)
    for i in range(H - k + 1):
        for j in range(W - k + 1):
            y[:, i, j] = (x[:, i : i + k, j : j + k] * weight).sum(dim=(1, 2, 3))
    return y
""",
)
key.wrong(
    "conv-channels",
    "flips the kernel",
    """
def conv_channels(x, weight, bias):
    k, (_, H, W) = weight.shape[-1], x.shape
    y = torch.empty(len(weight), H - k + 1, W - k + 1)
    for i in range(H - k + 1):
        for j in range(W - k + 1):
            y[:, i, j] = (x[:, i : i + k, j : j + k] * weight.flip(2, 3)).sum(dim=(1, 2, 3)) + bias
    return y
""",
)


@key.test("count-weights", hint="One kernel holds (c_in / groups)·k·k numbers; biases are one for each output channel.")
def layers_of_the_library(student, draw):
    for _ in range(12):
        groups, k, bias = whole(draw, 1, 4), whole(draw, 1, 5), bool(whole(draw, 0, 1))
        c_in, c_out = groups * whole(draw, 1, 6), groups * whole(draw, 1, 6)
        layer = nn.Conv2d(c_in, c_out, k, groups=groups, bias=bias)
        expected = sum(each.numel() for each in layer.parameters())
        assert student.count_weights(c_in, c_out, k, groups=groups, bias=bias) == expected


key.wrong(
    "count-weights",
    "forgets groups",
    """
def count_weights(c_in, c_out, k, groups=1, bias=True):
    return c_out * (c_in * k * k + bias)
""",
)
key.wrong(
    "count-weights",
    "always counts biases",
    """
def count_weights(c_in, c_out, k, groups=1, bias=True):
    return c_out * (c_in // groups * k * k + 1)
""",
)
key.wrong(
    "count-weights",
    "divides the output channels too",
    """
def count_weights(c_in, c_out, k, groups=1, bias=True):
    return c_out // groups * (c_in // groups * k * k) + c_out * bias
""",
)


@key.test("receptive-field", hint="For each layer first r += d(k-1)j with the old j, then j *= s.")
def where_a_gradient_reaches(student, draw):
    for _ in range(5):
        layers = [(whole(draw, 1, 3), whole(draw, 1, 2), whole(draw, 1, 2)) for _ in range(3)]
        x = torch.zeros(1, 1, 101, requires_grad=True)
        h = x
        for k, s, d in layers:
            h = F.conv1d(h, torch.ones(1, 1, k), None, s, 0, d)
        h[0, 0, 0].backward()
        reached = x.grad[0, 0].nonzero()
        assert student.receptive_field(layers) == int(reached.max()) + 1


key.wrong(
    "receptive-field",
    "adds kernels without the strides",
    """
def receptive_field(layers):
    return 1 + sum(d * (k - 1) for k, s, d in layers)
""",
)
key.wrong(
    "receptive-field",
    "uses the new step",
    """
def receptive_field(layers):
    r, j = 1, 1
    for k, s, d in layers:
        j = j * s
        r = r + d * (k - 1) * j
    return r
""",
)
key.wrong(
    "receptive-field",
    "forgets dilation",
    """
def receptive_field(layers):
    r, j = 1, 1
    for k, s, d in layers:
        r, j = r + (k - 1) * j, j * s
    return r
""",
)


@key.test(
    "max-pool", hint="Take the maximum inside each k×k window; values may be negative; left-over rows are dropped."
)
def windows_of_several_sizes(student, draw):
    for k, high, wide in ((2, 7, 9), (3, 9, 11), (1, 4, 4), (4, 4, 9)):
        x = torch.randn(3, high, wide, generator=draw) - 3
        assert same(student.max_pool(x, k), F.max_pool2d(x, k))


key.forbid("max-pool", "*max_pool?d*", "*MaxPool?d*", "*unfold*", "*Unfold*", "im2col")
key.wrong("max-pool", "calls the library", "def max_pool(x, k):\n    return F.max_pool2d_with_indices(x, k)[0]")
key.wrong("max-pool", "hides the library's name", "def max_pool(x, k):\n    return getattr(F, 'max_' + 'pool2d')(x, k)")
key.wrong(
    "max-pool",
    "takes the corner of each window",
    """
def max_pool(x, k):
    C, H, W = x.shape
    return x[:, : H // k * k : k, : W // k * k : k]
""",
)
key.wrong(
    "max-pool",
    "starts from zero",
    """
def max_pool(x, k):
    C, H, W = x.shape
    y = torch.zeros(C, H // k, W // k)
    for i in range(k):
        for j in range(k):
            y = torch.maximum(y, x[:, i : H // k * k : k, j : W // k * k : k])
    return y
""",
)
key.wrong(
    "max-pool",
    "mixes rows and columns",
    """
def max_pool(x, k):
    C, H, W = x.shape
    whole = x[:, : H // k * k, : W // k * k]
    return whole.reshape(C, k, H // k, k, W // k).amax(dim=(1, 3))
""",
)


@key.test("separable", hint="72 weights look around, 96 mix: no biases, groups=c_in for the first.")
def size_and_shape(student, draw):
    for c_in, c_out in ((8, 12), (3, 5)):
        block = student.Separable(c_in, c_out)
        count = sum(each.numel() for each in block.parameters())
        assert count == c_in * 9 + c_in * c_out
        assert block(torch.randn(2, c_in, 7, 6, generator=draw)).shape == (2, c_out, 7, 6)


@key.test("separable", hint="Looking around happens in each channel alone, before channels are mixed.", weight=2)
def one_channel_one_rank(student, draw):
    block = student.Separable(6, 10)
    spike = torch.zeros(1, 6, 7, 7)
    spike[0, 2, 3, 3] = 1
    answer = block(spike)[0].reshape(10, 49)
    assert answer.shape == (10, 49)
    assert torch.linalg.matrix_rank(answer.double(), rtol=1e-4) == 1  # one kernel, mixed into all outputs
    x = torch.randn(1, 6, 7, 7, generator=draw)
    assert same(block(2 * x), 2 * block(x), tolerance=1e-4)


key.wrong(
    "separable",
    "is an ordinary convolution",
    """
class Separable(nn.Module):
    def __init__(self, c_in, c_out):
        super().__init__()
        self.conv = nn.Conv2d(c_in, c_out, 3, padding=1, bias=False)

    def forward(self, x):
        return self.conv(x)
""",
)
key.wrong(
    "separable",
    "has biases",
    """
class Separable(nn.Module):
    def __init__(self, c_in, c_out):
        super().__init__()
        self.look = nn.Conv2d(c_in, c_in, 3, padding=1, groups=c_in)
        self.mix = nn.Conv2d(c_in, c_out, 1)

    def forward(self, x):
        return self.mix(self.look(x))
""",
)
key.wrong(
    "separable",
    "bends in between",
    """
class Separable(nn.Module):
    def __init__(self, c_in, c_out):
        super().__init__()
        self.look = nn.Conv2d(c_in, c_in, 3, padding=1, groups=c_in, bias=False)
        self.mix = nn.Conv2d(c_in, c_out, 1, bias=False)

    def forward(self, x):
        return self.mix(self.look(x) + 0.5)
""",
)
key.wrong(
    "separable",
    "shrinks the picture",
    """
class Separable(nn.Module):
    def __init__(self, c_in, c_out):
        super().__init__()
        self.look = nn.Conv2d(c_in, c_in, 3, groups=c_in, bias=False)
        self.mix = nn.Conv2d(c_in, c_out, 1, bias=False)

    def forward(self, x):
        return self.mix(self.look(x))
""",
)


@key.test("shift-robust", hint="Did training see pictures moved by up to four pixels, in enough updates?")
def moved_pictures_are_known(student, draw):
    fashion = data.fashion_mnist(validation=0)
    network = student.train_for_shifts(fashion.train.take(10_000, seed=1))
    chosen = torch.randperm(10_000, generator=draw)[:2000]
    x, y = fashion.test.x[chosen], fashion.test.y[chosen]
    for dx in (-4, 4):
        answers = network(measure.shift(x, 0, dx))
        assert answers.shape == (2000, 10)
        assert (answers.argmax(1) == y).double().mean() >= 0.68


key.limit("shift-robust", seconds=60)  # 30 for each of two trainings, the visible check's and the hidden one
key.wrong(
    "shift-robust",
    "never moves a picture",
    """
def train_for_shifts(examples):
    net = models.FastCNN(seed=0)
    recipe = training.Recipe(epochs=1, batch_size=32, optimizer="adamw", lr=6e-3, schedule="one-cycle")
    training.fit(net, examples, recipe)
    return net
""",
)
key.wrong(
    "shift-robust",
    "moves by one pixel",
    """
def moved(x, generator):
    return training.translate(x, generator, pixels=1)


def train_for_shifts(examples):
    net = models.FastCNN(seed=0)
    recipe = training.Recipe(epochs=1, batch_size=32, optimizer="adamw", lr=6e-3, schedule="one-cycle", augment=moved)
    training.fit(net, examples, recipe)
    return net
""",
)
key.wrong(
    "shift-robust",
    "returns the network untrained",
    """
def train_for_shifts(examples):
    net = models.FastCNN(seed=0)
    training.fit(models.FastCNN(seed=0), examples, training.Recipe(epochs=1, batch_size=256))
    return net
""",
)
