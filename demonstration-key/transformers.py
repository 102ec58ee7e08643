"""Demonstration key of "Attention and transformers": hidden tests and wrong answers. Public: never grade with it."""

import math

import torch
from torch.nn import functional as F

from lab_utils import models
from lab_utils.grading.key import Key, empty, same

key = Key()


@key.test("attend", hint="Divide by the root of the width, put -inf where the mask is False, softmax over the keys.")
def other_masks(student, draw):
    for b, t, d, m in ((1, 3, 2, 5), (4, 7, 16, 1), (2, 1, 3, 3)):
        q, k = (torch.randn(b, t, d, generator=draw) for _ in range(2))
        v = torch.randn(b, t, m, generator=draw)
        mask = torch.rand(t, t, generator=draw) < 0.5
        mask = mask | torch.eye(t, dtype=torch.bool)
        expected = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        assert same(student.attend(q, k, v, mask), expected, tolerance=1e-4)


key.forbid("attend", "*scaled_dot_product*", "*ultihead*", "*multi_head*", "Attention", "attention", "flex_attention")
key.wrong(
    "attend",
    "does not divide",
    """
def attend(q, k, v, mask):
    scores = q @ k.transpose(-2, -1)
    return scores.masked_fill(~mask, -math.inf).softmax(-1) @ v
""",
)
key.wrong(
    "attend",
    "masks after the softmax",
    """
def attend(q, k, v, mask):
    weights = (q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5).softmax(-1)
    return (weights * mask) @ v
""",
)
key.wrong(
    "attend",
    "lets the queries compete",
    """
def attend(q, k, v, mask):
    scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
    return scores.masked_fill(~mask, -1e9).softmax(-2) @ v
""",
)
key.wrong(
    "attend",
    "hides what may be seen",
    """
def attend(q, k, v, mask):
    scores = q @ k.transpose(-2, -1) / q.shape[-1] ** 0.5
    return scores.masked_fill(mask, -1e9).softmax(-1) @ v
""",
)


@key.test("next-letter", hint="Keep the k largest logits, divide by the temperature, softmax over what is left.")
def other_logits(student, draw):
    for size, k, temperature in ((5, 1, 1.0), (30, 7, 0.3), (65, 65, 2.5), (12, 4, 1.0)):
        logits = 3 * torch.randn(size, generator=draw)
        expected = models.next_probabilities(logits, temperature=temperature, top_k=k)
        assert same(student.next_letter(logits, temperature, k), expected, tolerance=1e-5)


key.forbid("next-letter", "next_probabilities")
key.wrong(
    "next-letter",
    "multiplies by the temperature",
    """
def next_letter(logits, temperature, top_k):
    kept = logits.masked_fill(logits < logits.topk(top_k).values[-1], -math.inf)
    return (kept * temperature).softmax(-1)
""",
)
key.wrong(
    "next-letter",
    "cuts probabilities and does not renew the sum",
    """
def next_letter(logits, temperature, top_k):
    p = (logits / temperature).softmax(-1)
    return p * (p >= p.topk(top_k).values[-1])
""",
)
key.wrong(
    "next-letter",
    "forgets top-k",
    """
def next_letter(logits, temperature, top_k):
    return (logits / temperature).softmax(-1)
""",
)


@key.test("rotary", hint="Entries 2i and 2i + 1 turn together, at position t by t · 10000^(-2i/d).")
def other_widths(student, draw):
    for steps, d in ((1, 2), (9, 4), (33, 10), (5, 24)):
        x = torch.randn(steps, d, generator=draw)
        angle = torch.arange(steps)[:, None] * 10000 ** (-2 * torch.arange(d // 2) / d)
        turned = torch.view_as_complex(x.reshape(steps, -1, 2)) * torch.polar(torch.ones_like(angle), angle)
        assert same(student.rotate(x), torch.view_as_real(turned).reshape(steps, d), tolerance=1e-3)


key.forbid("rotary", "models")
key.wrong(
    "rotary",
    "adds waves",
    """
def rotate(x):
    return x + models.sinusoidal(*x.shape)
""",
)
key.wrong(
    "rotary",
    "turns all pairs alike",
    """
def rotate(x):
    angle = torch.arange(len(x))[:, None].float()
    one, two = x[:, 0::2], x[:, 1::2]
    pair = [one * angle.cos() - two * angle.sin(), one * angle.sin() + two * angle.cos()]
    return torch.stack(pair, -1).flatten(1)
""",
)
key.wrong(
    "rotary",
    "turns halves instead of neighbours",
    """
def rotate(x):
    steps, d = x.shape
    angle = torch.arange(steps)[:, None] * 10000 ** (-2 * torch.arange(d // 2) / d)
    one, two = x.chunk(2, -1)
    return torch.cat([one * angle.cos() - two * angle.sin(), one * angle.sin() + two * angle.cos()], -1)
""",
)
key.wrong(
    "rotary",
    "turns the other way for the second entry",
    """
def rotate(x):
    steps, d = x.shape
    angle = torch.arange(steps)[:, None] * 10000 ** (-2 * torch.arange(d // 2) / d)
    one, two = x[:, 0::2], x[:, 1::2]
    pair = [one * angle.cos() - two * angle.sin(), two * angle.cos() - one * angle.sin()]
    return torch.stack(pair, -1).flatten(1)
""",
)


@key.test("block", hint="x + attention(norm(x)), then x + MLP(norm(x)); the mask is True where looking is forbidden.")
def causal_and_residual(student, draw):
    for width, heads, steps in ((8, 2, 5), (12, 1, 9)):
        block = student.MyBlock(width, heads)
        x = torch.randn(3, steps, width, generator=draw)
        place = steps // 2
        changed = x.clone()
        changed[:, place:] += torch.randn(3, steps - place, width, generator=draw)
        before, after = block(x), block(changed)
        assert before.shape == x.shape
        assert same(before[:, :place], after[:, :place], tolerance=1e-4)
        assert not torch.allclose(before[:, place:] - x[:, place:], after[:, place:] - changed[:, place:], atol=1e-4)
        assert same(block(1000 * x)[:, :1] - 1000 * x[:, :1], block(10 * x)[:, :1] - 10 * x[:, :1], tolerance=2.0)


@key.test("block", hint="The last position must see the first: attention looks back, not only at itself.", weight=0.5)
def looks_back(student, draw):
    block = student.MyBlock(8, 2)
    x = torch.randn(1, 6, 8, generator=draw)
    changed = x.clone()
    changed[:, 0] += torch.randn(8, generator=draw)  # a constant would be lost in the norm
    assert not torch.allclose(block(x)[:, -1], block(changed)[:, -1], atol=1e-6)
    assert sum(each.numel() for each in block.parameters()) == 12 * 64 + 13 * 8


key.forbid("block", "models", "Transformer*")
BLOCK = """
class MyBlock(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, x):
        late = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool)FORBIDDEN
"""
key.wrong(
    "block",
    "has the mask upside down",
    BLOCK.replace(
        "FORBIDDEN",
        """.tril(-1)
        h = self.norm1(x)
        x = x + self.attention(h, h, h, attn_mask=late)[0]
        return x + self.mlp(self.norm2(x))""",
    ),
)
key.wrong(
    "block",
    "normalises after adding",
    BLOCK.replace(
        "FORBIDDEN",
        """.triu(1)
        x = self.norm1(x + self.attention(x, x, x, attn_mask=late)[0])
        return self.norm2(x + self.mlp(x))""",
    ),
)
key.wrong(
    "block",
    "adds nothing back",
    BLOCK.replace(
        "FORBIDDEN",
        """.triu(1)
        h = self.norm1(x)
        x = self.attention(h, h, h, attn_mask=late)[0]
        return self.mlp(self.norm2(x))""",
    ),
)
key.wrong(
    "block",
    "has no mask",
    BLOCK.replace(
        "FORBIDDEN",
        """.triu(1)
        h = self.norm1(x)
        x = x + self.attention(h, h, h)[0]
        return x + self.mlp(self.norm2(x))""",
    ),
)


@key.test("induction-score", hint="From position t look at t - period + 1, for t from period on; the mean.")
def other_periods(student, draw):
    for period, rounds in ((2, 3), (7, 2), (4, 5)):
        t = period * rounds
        weights = torch.rand(t, t, generator=draw).tril()
        weights = weights / weights.sum(1, keepdim=True)
        expected = sum(float(weights[i, i - period + 1]) for i in range(period, t)) / (t - period)
        assert math.isclose(float(student.induction(weights, period)), expected, abs_tol=1e-5)


key.forbid("induction-score", "induction_scores")
key.wrong(
    "induction-score",
    "looks at the character itself",
    """
def induction(weights, period):
    places = torch.arange(period, len(weights))
    return weights[places, places - period].mean().item()
""",
)
key.wrong(
    "induction-score",
    "starts in the first copy",
    """
def induction(weights, period):
    places = torch.arange(period - 1, len(weights))
    return weights[places, places - period + 1].mean().item()
""",
)
key.wrong(
    "induction-score",
    "takes rows for columns",
    """
def induction(weights, period):
    places = torch.arange(period, len(weights))
    return weights[places - period + 1, places].mean().item()
""",
)
key.wrong(
    "induction-score",
    "takes the largest",
    """
def induction(weights, period):
    places = torch.arange(period, len(weights))
    return weights[places, places - period + 1].max().item()
""",
)


@key.test(
    "patches", hint="Cut rows and columns apart with one reshape, then permute the two axes of the grid together."
)
def other_sizes(student, draw):
    for b, h, w, size in ((2, 28, 28, 4), (1, 6, 9, 3), (3, 8, 4, 2)):
        images = torch.rand(b, 1, h, w, generator=draw)
        expected = F.unfold(images, size, stride=size).transpose(1, 2)
        assert same(student.patches(images, size), expected)


key.forbid("patches", "*unfold*", "*Unfold*", "im2col", "pixel_unshuffle", "PixelUnshuffle")
key.wrong(
    "patches",
    "reshapes only",
    """
def patches(images, size):
    return images.reshape(len(images), -1, size * size)
""",
)
key.wrong(
    "patches",
    "goes column by column",
    """
def patches(images, size):
    B, _, H, W = images.shape
    grid = images.reshape(B, H // size, size, W // size, size)
    return grid.permute(0, 3, 1, 2, 4).reshape(B, -1, size * size)
""",
)
key.wrong(
    "patches",
    "turns each patch over",
    """
def patches(images, size):
    B, _, H, W = images.shape
    grid = images.reshape(B, H // size, size, W // size, size)
    return grid.permute(0, 1, 3, 4, 2).reshape(B, -1, size * size)
""",
)


@key.test("backwards", hint="Positions, one block without a mask, about 200 updates at a rate of 0.01.")
def fresh_rows(student, draw):
    rows, fresh = (torch.randint(10, (n, 12), generator=draw) for n in (3000, 500))
    network = student.learn_backwards(rows)
    assert sum(each.numel() for each in network.parameters()) <= 20_000
    logits = network(fresh)
    assert logits.shape == (500, 12, 10)
    assert (logits.argmax(-1) == fresh.flip(1)).double().mean() >= 0.97
    empty(student, network)  # what turns a row without weights was not learned
    assert (network(fresh).argmax(-1) == fresh.flip(1)).double().mean() < 0.5


key.limit("backwards", seconds=120)  # 60 for each of two trainings, the visible check's and the hidden one
key.wrong(
    "backwards",
    "learns nothing and turns the row",
    """
class Turn(nn.Module):
    def forward(self, ids):
        return nn.functional.one_hot(ids.flip(1), 10).float()


def learn_backwards(rows):
    return Turn()
""",
)
BACKWARDS = """
class Backwards(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        self.embed, self.read = nn.Embedding(10, width), nn.Linear(width, 10)
        self.place = nn.Parameter(torch.randn(12, width))
        self.block = models.Block(width, heads=2, causal=CAUSAL)

    def forward(self, ids):
        return self.read(self.block(self.embed(ids)PLACE))


def learn_backwards(rows):
    torch.manual_seed(0)
    net = Backwards()
    recipe = training.Recipe(epochs=EPOCHS, batch_size=64, lr=RATE, schedule="one-cycle")
    training.fit(net, data.Split(rows, rows.flip(1)), recipe, loss=training.next_character_loss)
    return net
"""


def backwards(causal="False", place=" + self.place", epochs="4", rate="1e-2"):
    """The solution with one thing changed."""
    parts = {"CAUSAL": causal, "PLACE": place, "EPOCHS": epochs, "RATE": rate}
    text = BACKWARDS
    for name, part in parts.items():
        text = text.replace(name, part)
    return text


key.wrong("backwards", "knows no positions", backwards(place=""))
key.wrong("backwards", "cannot look ahead", backwards(causal="True"))
key.wrong("backwards", "hardly learns", backwards(epochs="1", rate="1e-4"))
