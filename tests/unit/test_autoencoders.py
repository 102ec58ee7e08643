"""Autoencoders, sparse codes and the VAE: shapes, references, invariances, bad input."""

import pytest
import torch
from torch import nn
from torch.distributions import Normal, kl_divergence
from torch.nn import functional as F

from lab_utils import models

X = torch.rand(7, 1, 4, 4, generator=torch.Generator().manual_seed(0))
SEEDS = pytest.mark.parametrize("seed", [0, 1, 2])


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@SEEDS
def test_an_autoencoder_mirrors_its_widths(seed):
    net = models.Autoencoder((16, 8, 3), output=nn.Sigmoid, seed=seed)
    assert net.encode(X).shape == (7, 3)
    assert net.decode(net.encode(X)).shape == (7, 16)
    assert net(X).shape == X.shape
    assert [tuple(p.shape) for p in net.decoder.parameters() if p.ndim == 2] == [(8, 3), (16, 8)]
    assert 0 < net(X).min() < net(X).max() < 1
    h = F.relu(net.encoder.linear1(X.flatten(1)))
    torch.testing.assert_close(net.encode(X), net.encoder.linear2(h))


def test_equal_seeds_give_equal_weights_and_encoder_and_decoder_differ():
    one, same, other = (models.Autoencoder((5, 5), seed=seed) for seed in (3, 3, 4))
    assert torch.equal(one.encoder.linear1.weight, same.encoder.linear1.weight)
    assert not torch.equal(one.encoder.linear1.weight, other.encoder.linear1.weight)
    assert not torch.equal(one.encoder.linear1.weight, one.decoder.linear1.weight)


@SEEDS
def test_atoms_have_the_stated_length_and_add_up(seed):
    centre = torch.linspace(0, 1, 16)
    net = models.SparseAutoencoder(inputs=16, code=6, atom_length=2.0, centre=centre, seed=seed)
    torch.testing.assert_close(net.dictionary.norm(dim=1), torch.full((6,), 2.0))
    one_unit = torch.zeros(1, 6)
    one_unit[0, 4] = 3.0
    torch.testing.assert_close(net.decode(one_unit)[0], centre + 3 * net.dictionary[4])
    torch.testing.assert_close(net.encode(centre[None]), net.encoder.bias.relu()[None])
    assert net(X).shape == X.shape


def test_free_atoms_may_grow():
    net = models.SparseAutoencoder(inputs=16, code=6, atom_length=None)
    net.atoms.data *= 10
    torch.testing.assert_close(net.dictionary, net.atoms)


def test_the_start_does_not_depend_on_the_rule():
    rules = (nn.ReLU, lambda: models.TopK(2), lambda: models.LifetimeSparse(0.1))
    nets = [models.SparseAutoencoder(inputs=16, code=6, code_activation=rule, seed=1) for rule in rules]
    assert all(torch.equal(nets[0].encoder.weight, net.encoder.weight) for net in nets)


@SEEDS
def test_top_k_equals_sorting(seed):
    z = draw(50, 30, seed=seed)
    h = models.TopK(4)(z)
    threshold = z.sort(dim=1, descending=True).values[:, 3:4]
    torch.testing.assert_close(h, torch.where(z >= threshold, z, 0.0).relu())
    assert (h > 0).sum(dim=1).max() <= 4


@SEEDS
def test_one_winner_a_group(seed):
    z = draw(50, 30, seed=seed)
    h = models.WinnerTakeAll(5)(z)
    assert ((h > 0).unflatten(1, (6, 5)).sum(dim=2) <= 1).all()
    torch.testing.assert_close(h.unflatten(1, (6, 5)).sum(dim=2), z.unflatten(1, (6, 5)).amax(dim=2).relu())


@SEEDS
def test_lifetime_sparsity_holds_for_each_unit_in_training_and_after_it(seed):
    layer = models.LifetimeSparse(0.05)
    scales = torch.linspace(0.5, 5, 12)
    for step in range(400):
        h = layer(draw(100, 12, seed=1000 * seed + step) * scales)
        assert ((h > 0).sum(dim=0) == 5).all()
    layer.eval()
    share = (layer(draw(20_000, 12, seed=seed + 7) * scales) > 0).double().mean(dim=0)
    assert share.sub(0.05).abs().max() < 0.012  # the threshold still moves by up to momentum
    assert abs(share.mean().item() - 0.05) < 0.005
    quantile = scales * Normal(0, 1).icdf(torch.tensor(0.95))
    torch.testing.assert_close(layer.thresholds, quantile, rtol=0.15, atol=0)


def test_an_untrained_lifetime_layer_says_so():
    with pytest.raises(ValueError, match="expected thresholds from training"):
        models.LifetimeSparse(0.05).eval()(draw(3, 4))


def test_gradients_reach_only_what_stayed_on():
    z = draw(6, 20).requires_grad_()
    models.TopK(3)(z).sum().backward()
    assert torch.equal(z.grad > 0, models.TopK(3)(z.detach()) > 0)


@SEEDS
def test_gaussian_kl_equals_torch(seed):
    mean, log_variance = draw(5, 3, seed=seed).double(), draw(5, 3, seed=seed + 9).double()
    reference = kl_divergence(Normal(mean, (0.5 * log_variance).exp()), Normal(0.0, 1.0))
    torch.testing.assert_close(models.gaussian_kl(mean, log_variance), reference)
    assert models.gaussian_kl(torch.zeros(1), torch.zeros(1)).item() == 0


@SEEDS
def test_vae_terms_are_nats_an_example_summed_over_pixels_and_dimensions(seed):
    vae = models.VAE((16, 8, 3), seed=seed)
    chance = torch.Generator().manual_seed(seed)
    terms = vae.terms(X, beta=2.0, generator=chance)
    mean, log_variance = vae.posterior(X)
    noise = torch.randn(7, 3, generator=torch.Generator().manual_seed(seed))
    pixels = torch.distributions.Bernoulli(logits=vae.decoder(mean + (log_variance / 2).exp() * noise))
    grey = X.flatten(1)
    reference = -(grey * pixels.probs.log() + (1 - grey) * (1 - pixels.probs).log()).sum(dim=1)
    torch.testing.assert_close(terms[:, 0], reference)
    torch.testing.assert_close(terms[:, 1], 2 * models.gaussian_kl(mean, log_variance).sum(dim=1))
    torch.testing.assert_close(vae(X).flatten(1), vae.decode(mean))


@SEEDS
def test_the_draw_has_the_stated_mean_and_deviation_and_lets_gradients_through(seed):
    vae = models.VAE((16, 2))
    mean, log_variance = torch.tensor([[1.0, -2.0]]).requires_grad_(), torch.tensor([[0.0, 2.0]]).requires_grad_()
    chance = torch.Generator().manual_seed(seed)
    z = vae.sample(mean.expand(20_000, 2), log_variance.expand(20_000, 2), generator=chance)
    torch.testing.assert_close(z.mean(dim=0), torch.tensor([1.0, -2.0]), atol=0.1, rtol=0)
    torch.testing.assert_close(z.std(dim=0), torch.tensor([1.0, 2.718]), atol=0.1, rtol=0)
    z.sum().backward()
    torch.testing.assert_close(mean.grad, torch.full((1, 2), 20_000.0))
    assert log_variance.grad.abs().max() > 0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: models.Autoencoder((5,)), "expected at least two positive widths"),
        (lambda: models.VAE((5,)), "expected at least two widths"),
        (lambda: models.SparseAutoencoder(code=0), "expected at least 1 input and 1 unit, got 784 and 0"),
        (
            lambda: models.SparseAutoencoder(centre=torch.zeros(3)),
            r"expected a centre of 784 numbers, got shape \(3,\)",
        ),
        (lambda: models.SparseAutoencoder(atom_length=0.0), "expected an atom_length above 0, or None, got 0.0"),
        (lambda: models.TopK(0), "expected a whole number of at least 1 for k, got 0"),
        (lambda: models.TopK(True), "for k, got True"),
        (lambda: models.TopK(5)(torch.zeros(2, 3)), r"D of at least 5, got shape \(2, 3\)"),
        (lambda: models.TopK(1)(torch.zeros(3)), r"expected activations \(B, D\)"),
        (lambda: models.WinnerTakeAll(4)(torch.zeros(2, 6)), "expected a multiple of 4 units, got 6"),
        (lambda: models.WinnerTakeAll(1.5), "for group, got 1.5"),
        (lambda: models.LifetimeSparse(1.0), "expected a share between 0 and 1"),
        (lambda: models.LifetimeSparse(0.1)(torch.zeros(0, 6)), r"got shape \(0, 6\)"),
        (lambda: models.gaussian_kl(torch.zeros(2), torch.zeros(3)), "expected a mean and a log-variance of one shape"),
    ],
)
def test_bad_input_is_named(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()
