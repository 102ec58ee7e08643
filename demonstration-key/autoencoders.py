"""Demonstration key of "Autoencoders": hidden tests and wrong answers. Public: never grade with it."""

import torch
from sklearn.metrics import roc_auc_score

from lab_utils import data, measure
from lab_utils.grading.key import Key, same
from lab_utils.grading.student import named

key = Key()

# The book's package does these in one call; that is no answer.
key.forbid("keep-top", "models")
key.forbid("target-price", "training")
key.forbid("cloud-price", "models")
key.forbid("pairs", "measure", "roc_auc_score")
key.forbid("largest-angle", "measure", "subspace_angles")
key.forbid("two-estimates", "measure")
key.forbid("variational", "models")


@key.test("keep-top", hint="For each row its own k largest; they keep their places and their values.")
def other_codes(student, draw):
    for b, d, k in ((1, 5, 1), (6, 9, 4), (3, 4, 4)):
        h = torch.randn(b, d, generator=draw) + torch.arange(b)[:, None]  # survivors may be negative: no ReLU
        places = h.argsort(dim=1, descending=True)[:, :k]
        expected = torch.zeros(b, d)
        for row in range(b):
            expected[row, places[row]] = h[row, places[row]]
        assert same(student.keep_top(h, k), expected)


key.wrong(
    "keep-top",
    "shares the places out over the whole batch",
    """
def keep_top(h, k):
    smallest = h.flatten().topk(k * len(h)).values[-1]
    return h * (h >= smallest)
""",
)
key.wrong(
    "keep-top",
    "returns the values alone",
    """
def keep_top(h, k):
    return h.topk(k, dim=1).values
""",
)
key.wrong(
    "keep-top",
    "chooses by columns, among the batch",
    """
def keep_top(h, k):
    values, places = h.topk(min(k, len(h)), dim=0)
    return torch.zeros_like(h).scatter(0, places, values)
""",
)
key.wrong(
    "keep-top",
    "marks the winners with 1",
    """
def keep_top(h, k):
    return torch.zeros_like(h).scatter(1, h.topk(k, dim=1).indices, 1.0)
""",
)


key.wrong(
    "keep-top",
    "cuts off what is below zero, as a ReLU does",
    """
def keep_top(h, k):
    values, places = h.relu().topk(k, dim=1)
    return torch.zeros_like(h).scatter(1, places, values)
""",
)


@key.test(
    "target-price", hint="The mean over pictures for each unit first; both halves of the formula; the sum over units."
)
def other_activities(student, draw):
    for b, d, rho in ((4, 3, 0.05), (50, 7, 0.2), (2, 1, 0.5)):
        h = 0.02 + 0.9 * torch.rand(b, d, generator=draw)
        asked = torch.distributions.Bernoulli(torch.tensor(rho))
        found = torch.distributions.Bernoulli(h.mean(0))
        expected = torch.distributions.kl_divergence(asked, found).sum()
        assert same(torch.as_tensor(student.target_price(h, rho)), expected, tolerance=1e-3)


key.wrong(
    "target-price",
    "takes the mean over all units",
    """
def target_price(h, rho):
    mean = h.mean()
    price = rho * (rho / mean).log() + (1 - rho) * ((1 - rho) / (1 - mean)).log()
    return h.shape[1] * price
""",
)
key.wrong(
    "target-price",
    "turns the divergence round",
    """
def target_price(h, rho):
    mean = h.mean(0)
    return (mean * (mean / rho).log() + (1 - mean) * ((1 - mean) / (1 - rho)).log()).sum()
""",
)
key.wrong(
    "target-price",
    "averages over the units",
    """
def target_price(h, rho):
    mean = h.mean(0)
    return (rho * (rho / mean).log() + (1 - rho) * ((1 - rho) / (1 - mean)).log()).mean()
""",
)
key.wrong(
    "target-price",
    "prices every activity by itself",
    """
def target_price(h, rho):
    each = rho * (rho / h).log() + (1 - rho) * ((1 - rho) / (1 - h)).log()
    return each.mean(0).sum()
""",
)


@key.test("cloud-price", hint="log_variance is the log of σ²; sum over the numbers of the code, not over pictures.")
def other_clouds(student, draw):
    for b, d in ((1, 1), (5, 2), (3, 16)):
        mean, log_variance = torch.randn(2, b, d, generator=draw)
        cloud = torch.distributions.Normal(mean, (log_variance / 2).exp())
        expected = torch.distributions.kl_divergence(cloud, torch.distributions.Normal(0.0, 1.0)).sum(1)
        assert same(student.cloud_price(mean, log_variance), expected, tolerance=1e-3)


key.wrong(
    "cloud-price",
    "averages over the code",
    """
def cloud_price(mean, log_variance):
    return 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).mean(1)
""",
)
key.wrong(
    "cloud-price",
    "takes log_variance for log sigma",
    """
def cloud_price(mean, log_variance):
    return 0.5 * (mean**2 + (2 * log_variance).exp() - 1 - 2 * log_variance).sum(1)
""",
)
key.wrong(
    "cloud-price",
    "forgets the half",
    """
def cloud_price(mean, log_variance):
    return (mean**2 + log_variance.exp() - 1 - log_variance).sum(1)
""",
)
key.wrong(
    "cloud-price",
    "prices the means alone",
    """
def cloud_price(mean, log_variance):
    return 0.5 * mean.square().sum(1)
""",
)


@key.test("pairs", hint="Every odd example against every ordinary one; a tie counts half.")
def other_scores(student, draw):
    for n, m in ((1, 1), (7, 4), (60, 90)):
        ordinary = torch.randint(0, 12, (n,), generator=draw).double()
        odd = torch.randint(3, 15, (m,), generator=draw).double()
        labels = torch.cat([torch.zeros(n), torch.ones(m)])
        expected = roc_auc_score(labels.numpy(), torch.cat([ordinary, odd]).numpy())
        assert abs(float(student.area(ordinary, odd)) - expected) < 1e-5


key.wrong(
    "pairs",
    "gives nothing for a tie",
    """
def area(ordinary, odd):
    return (odd[:, None] > ordinary[None, :]).double().mean().item()
""",
)
key.wrong(
    "pairs",
    "gives a whole point for a tie",
    """
def area(ordinary, odd):
    return (odd[:, None] >= ordinary[None, :]).double().mean().item()
""",
)
key.wrong(
    "pairs",
    "counts the wrong way round",
    """
def area(ordinary, odd):
    above = (odd[:, None] < ordinary[None, :]).double()
    return (above + 0.5 * (odd[:, None] == ordinary[None, :]).double()).mean().item()
""",
)
key.wrong(
    "pairs",
    "asks for the share of odd scores above the middle ordinary one",
    """
def area(ordinary, odd):
    return (odd > ordinary.median()).double().mean().item()
""",
)


@key.test("largest-angle", hint="Orthonormal bases first; the smallest singular value belongs to the largest angle.")
def other_subspaces(student, draw):
    for k, d in ((1, 3), (2, 5), (3, 4)):
        a, b = torch.randn(2, k, d, generator=draw, dtype=torch.float64)
        expected = float(measure.principal_angles(a, b).max())
        assert abs(float(student.largest_angle(a, b)) - expected) < 0.01
        mixture = torch.randn(k, k, generator=draw, dtype=torch.float64) + 3 * torch.eye(k, dtype=torch.float64)
        assert float(student.largest_angle(a, mixture @ a)) < 0.01


key.wrong(
    "largest-angle",
    "leaves the rows as long as they are",
    """
def largest_angle(a, b):
    cosines = torch.linalg.svdvals(a @ b.mT).clamp(max=1)
    return cosines.min().acos().rad2deg().item()
""",
)
key.wrong(
    "largest-angle",
    "takes the smallest angle",
    """
def largest_angle(a, b):
    qa, qb = torch.linalg.qr(a.mT).Q, torch.linalg.qr(b.mT).Q
    return torch.linalg.svdvals(qa.mT @ qb).clamp(max=1).max().acos().rad2deg().item()
""",
)
key.wrong(
    "largest-angle",
    "compares row by row",
    """
def largest_angle(a, b):
    cosines = nn.functional.cosine_similarity(a, b, dim=1).abs().clamp(max=1)
    return cosines.min().acos().rad2deg().item()
""",
)
key.wrong(
    "largest-angle",
    "answers in radians",
    """
def largest_angle(a, b):
    qa, qb = torch.linalg.qr(a.mT).Q, torch.linalg.qr(b.mT).Q
    return torch.linalg.svdvals(qa.mT @ qb).clamp(max=1).min().acos().item()
""",
)


@key.test("two-estimates", hint="c = mean + std · noise in both; the score is noise / std.")
def other_losses(student, draw):
    noise = torch.randn(50, generator=draw)
    for mean, std in ((0.3, 0.5), (-2.0, 1.5)):
        c = mean + std * noise
        mine = student.two_estimates(named("torch.sin"), named("torch.cos"), mean, std, noise)
        assert same(mine[0], c.cos(), tolerance=1e-4)
        assert same(mine[1], c.sin() * (c - mean) / std**2, tolerance=1e-4)


key.wrong(
    "two-estimates",
    "divides the score by std squared, though noise is already divided once",
    """
def two_estimates(loss, slope, mean, std, noise):
    c = mean + std * noise
    return slope(c), loss(c) * noise / std**2
""",
)
key.wrong(
    "two-estimates",
    "multiplies the slope by the noise",
    """
def two_estimates(loss, slope, mean, std, noise):
    c = mean + std * noise
    return slope(c) * noise, loss(c) * noise / std
""",
)
key.wrong(
    "two-estimates",
    "looks at the mean, not at the draw",
    """
def two_estimates(loss, slope, mean, std, noise):
    c = mean + 0 * noise
    return slope(c), loss(c) * noise / std
""",
)
key.wrong(
    "two-estimates",
    "forgets the spread in the draw",
    """
def two_estimates(loss, slope, mean, std, noise):
    c = mean + noise
    return slope(c), loss(c) * noise / std
""",
)


@key.test("variational", hint="Draw with exp(log_variance / 2), fresh noise for each number; the mean in evaluation.")
def other_modules(student, draw):
    student.run(
        "import torch\nfrom torch import nn\ntorch.manual_seed(7)\n_coder = nn.Linear(7, 8)\n"
        "_opener = nn.Linear(4, 7)\n_cloudy = Variational(_coder, _opener)"
    )
    x = torch.randn(6, 7, generator=draw)
    decoded, mean, log_variance = student.evaluate("_cloudy.eval()(x)", x=x)
    assert same(torch.cat([mean, log_variance], dim=1), student.evaluate("_coder(x)", x=x), tolerance=1e-4)
    assert same(decoded, student.evaluate("_opener(m)", m=mean), tolerance=1e-4)
    assert not same(student.evaluate("_cloudy.train()(x)[0]", x=x), decoded, tolerance=1e-3)


@key.test("variational", hint="The spread of the draws is exp of half the log-variance.")
def the_spread(student, draw):
    student.run(
        "import torch\nfrom torch import nn\n_certain = nn.Linear(1, 4)\nnn.init.zeros_(_certain.weight)\n"
        "_certain.bias.data = torch.tensor([0.0, 3.0, -2.0, 1.0])\n_drawing = Variational(_certain, nn.Identity())"
    )
    decoded, mean, _ = student.evaluate("_drawing.train()(x)", x=torch.zeros(20_000, 1))
    away = decoded - mean
    assert same(away.std(0), torch.tensor([-1.0, 0.5]).exp(), tolerance=0.05)
    assert abs(float(torch.corrcoef(away.mT)[0, 1])) < 0.05
    slope = student.evaluate(
        "torch.autograd.grad(_drawing.train()(x)[0].square().sum(), _certain.bias)[0]", x=torch.zeros(50, 1)
    )
    assert float(slope[2:].abs().min()) > 0


key.wrong(
    "variational",
    "takes the log-variance for log sigma",
    """
class Variational(nn.Module):
    def __init__(self, encoder, decoder):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    def forward(self, x):
        mean, log_variance = self.encoder(x).chunk(2, dim=1)
        if not self.training:
            return self.decoder(mean), mean, log_variance
        return self.decoder(mean + log_variance.exp() * torch.randn_like(mean)), mean, log_variance
""",
)
key.wrong(
    "variational",
    "draws in evaluation as well",
    """
class Variational(nn.Module):
    def __init__(self, encoder, decoder):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    def forward(self, x):
        mean, log_variance = self.encoder(x).chunk(2, dim=1)
        return self.decoder(mean + (log_variance / 2).exp() * torch.randn_like(mean)), mean, log_variance
""",
)
key.wrong(
    "variational",
    "shares one noise among the numbers of a code",
    """
class Variational(nn.Module):
    def __init__(self, encoder, decoder):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    def forward(self, x):
        mean, log_variance = self.encoder(x).chunk(2, dim=1)
        if not self.training:
            return self.decoder(mean), mean, log_variance
        return self.decoder(mean + (log_variance / 2).exp() * torch.randn(len(x), 1)), mean, log_variance
""",
)
key.wrong(
    "variational",
    "draws from torch.normal, through which no gradient passes",
    """
class Variational(nn.Module):
    def __init__(self, encoder, decoder):
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    def forward(self, x):
        mean, log_variance = self.encoder(x).chunk(2, dim=1)
        if not self.training:
            return self.decoder(mean), mean, log_variance
        code = torch.normal(mean, (log_variance / 2).exp()).detach()
        return self.decoder(code), mean, log_variance
""",
)


@key.test(
    "five-percent", hint="Measure the active share on pictures not used in training; the rule must hold there too."
)
def on_other_pictures(student, draw):
    garments = data.fashion_mnist(validation=0.1)
    network, history = student.train_sparse(garments.train.take(5000, seed=2))
    x = garments.test.x[4000:8000]
    network.eval()
    code = network.encode(x)
    copy = network.decode(code)
    assert 0 < len(history["step_loss"]) <= 800
    assert code.shape == (4000, 240)
    assert 0.045 <= float((code > 0).double().mean()) <= 0.055
    assert float((code > 0).any(0).double().mean()) >= 0.5
    assert float((copy - x.flatten(1)).square().mean()) <= 0.025


key.limit("five-percent", seconds=120)
key.wrong(
    "five-percent",
    "leaves the code dense",
    """
def train_sparse(examples):
    network = models.SparseAutoencoder(code=240, seed=0)
    pictures = data.Split(examples.x, examples.x)
    recipe = training.Recipe(epochs=12, batch_size=100, lr=2e-3)
    return network, training.fit(network, pictures, recipe, loss=training.squared_error)
""",
)
key.wrong(
    "five-percent",
    "takes 5 units for 5 percent",
    """
def train_sparse(examples):
    network = models.SparseAutoencoder(code=240, code_activation=partial(models.TopK, 5), seed=0)
    pictures = data.Split(examples.x, examples.x)
    recipe = training.Recipe(epochs=12, batch_size=100, lr=2e-3)
    return network, training.fit(network, pictures, recipe, loss=training.squared_error)
""",
)
key.wrong(
    "five-percent",
    "trains dense and cuts afterwards",
    """
def train_sparse(examples):
    network = models.SparseAutoencoder(code=240, seed=0)
    pictures = data.Split(examples.x, examples.x)
    recipe = training.Recipe(epochs=12, batch_size=100, lr=2e-3)
    history = training.fit(network, pictures, recipe, loss=training.squared_error)
    network.code_activation = models.TopK(12)
    return network, history
""",
)
