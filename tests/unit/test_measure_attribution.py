"""Attributions: equal to captum's on random networks, and complete where the theory says so."""

import captum.attr
import numpy as np
import pytest
import torch
from torch import nn

from lab_utils.core import generator, seeded
from lab_utils.measure import grad_cam, integrated_gradients, map_likeness, occlusion, saliency

SEEDS = range(3)


def net_and_images(seed: int) -> tuple[nn.Sequential, torch.Tensor, torch.Tensor]:
    with seeded(seed):
        net = nn.Sequential(
            nn.Conv2d(2, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(6, 8, 3), nn.Tanh(), nn.Flatten(), nn.Linear(8 * 16, 5),
        )  # fmt: skip
    chance = generator(seed)
    x = torch.rand(4, 2, 12, 12, generator=chance, dtype=torch.float64)
    return net.double().eval(), x, torch.randint(5, (4,), generator=chance)


@pytest.mark.parametrize("seed", SEEDS)
def test_saliency_is_captums(seed):
    net, x, y = net_and_images(seed)
    torch.testing.assert_close(saliency(net, x, y), captum.attr.Saliency(net).attribute(x.requires_grad_(), target=y))
    signed = captum.attr.Saliency(net).attribute(x, target=y, abs=False)
    torch.testing.assert_close(saliency(net, x, y, absolute=False), signed)


@pytest.mark.parametrize("seed", SEEDS)
def test_integrated_gradients_are_captums(seed):
    net, x, y = net_and_images(seed)
    baseline = torch.full_like(x[:1], 0.3)
    ours = integrated_gradients(net, x, y, baseline=baseline, steps=20)
    theirs, delta = captum.attr.IntegratedGradients(net).attribute(
        x, baseline, target=y, n_steps=20, method="riemann_middle", return_convergence_delta=True
    )
    torch.testing.assert_close(ours.attributions, theirs)
    torch.testing.assert_close(ours.gap, delta)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("layer", [0, 4])
def test_grad_cam_is_captums(seed, layer):
    net, x, y = net_and_images(seed)
    theirs = captum.attr.LayerGradCam(net, net[layer]).attribute(x, target=y, relu_attributions=True)
    torch.testing.assert_close(grad_cam(net, str(layer), x, y, upsample=False), theirs[:, 0])
    full = captum.attr.LayerAttribution.interpolate(theirs, (12, 12), interpolate_mode="bilinear")
    torch.testing.assert_close(grad_cam(net, str(layer), x, y), full[:, 0])


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("window", "stride"), [(3, 1), (5, 2), (4, 3), (12, 4)])
def test_occlusion_is_captums(seed, window, stride):
    net, x, y = net_and_images(seed)
    theirs = captum.attr.Occlusion(net).attribute(x, (2, window, window), (2, stride, stride), baselines=0.25, target=y)
    ours = occlusion(net, x, y, window=window, stride=stride, value=0.25)
    torch.testing.assert_close(ours.float(), theirs[:, 0], atol=1e-5, rtol=1e-5)  # captum answers in float32


@pytest.mark.parametrize("seed", SEEDS)
def test_of_a_linear_model_attributions_are_weight_times_input_and_the_gap_is_zero(seed):
    with seeded(seed):
        net = nn.Sequential(nn.Flatten(), nn.Linear(18, 3)).double()
    x = torch.rand(2, 2, 3, 3, generator=generator(seed), dtype=torch.float64)
    found = integrated_gradients(net, x, 1, steps=1)
    torch.testing.assert_close(found.attributions, net[1].weight[1].detach().view(2, 3, 3) * x)
    torch.testing.assert_close(found.gap, torch.zeros(2, dtype=torch.float64))
    torch.testing.assert_close(occlusion(net, x, 1, window=1, stride=1), found.attributions.sum(dim=1))


class _Cubes(nn.Module):
    """One logit: the sum of the pixels' cubes, whose integral along the way from 0 is known."""

    def forward(self, x):
        return x.pow(3).sum(dim=(1, 2, 3))[:, None]


def test_the_completeness_gap_of_a_cubic_falls_with_the_square_of_the_steps():
    """∫₀¹ 3(tx)² x dt = x³; the midpoint rule of n steps misses it by exactly x³ / (4 n²)."""
    x = torch.rand(3, 1, 4, 4, generator=generator(0), dtype=torch.float64)
    for steps in (1, 2, 8):
        found = integrated_gradients(_Cubes(), x, steps=steps)
        torch.testing.assert_close(found.attributions, x**3 * (1 - 1 / (4 * steps**2)))
        torch.testing.assert_close(found.gap, -x.pow(3).sum(dim=(1, 2, 3)) / (4 * steps**2))


def test_without_a_target_the_predicted_class_is_explained():
    net, x, _ = net_and_images(0)
    predicted = net(x).argmax(dim=1)
    for explain in (saliency, occlusion, lambda *a: grad_cam(a[0], "4", *a[1:])):
        torch.testing.assert_close(explain(net, x), explain(net, x, predicted))
        torch.testing.assert_close(explain(net, x, 2), explain(net, x, torch.full((4,), 2)))


def test_in_place_layers_change_nothing():
    net, x, y = net_and_images(0)
    expected = grad_cam(net, "1", x, y)
    net[2] = nn.ReLU(inplace=True)
    torch.testing.assert_close(grad_cam(net, "1", x, y), expected)


def test_clear_errors():
    net, x, y = net_and_images(0)
    with pytest.raises(ValueError, match=r"got \(12, 12\); add batch and channel axes"):
        saliency(net, x[0, 0])
    with pytest.raises(ValueError, match=r"expected one target or 4 of them, got shape \(2,\)"):
        saliency(net, x, y[:2])
    with pytest.raises(ValueError, match="expected maps"):
        grad_cam(net, "7", x)
    with pytest.raises(ValueError, match="stride from 1 to the window"):
        occlusion(net, x, window=3, stride=4)
    with pytest.raises(ValueError, match="at least 1 step"):
        integrated_gradients(net, x, steps=0)
    with pytest.raises(ValueError, match="expected logits"):
        saliency(net[:4], x, 0)


@pytest.mark.parametrize("seed", [0, 1])
def test_map_likeness_is_the_mean_of_numpys_correlations(seed):
    g = torch.Generator().manual_seed(seed)
    a, b = torch.rand(5, 1, 6, 7, generator=g), torch.rand(5, 1, 6, 7, generator=g)
    pairs = zip(a.flatten(1).numpy(), b.flatten(1).numpy(), strict=True)
    expected = np.mean([np.corrcoef(p, q)[0, 1] for p, q in pairs])
    assert map_likeness(a, b) == pytest.approx(expected, abs=1e-5)
    assert map_likeness(a, 3 * a + 1) == pytest.approx(1, abs=1e-5)
    with pytest.raises(ValueError, match="equal shape"):
        map_likeness(a, b[:3])
    with pytest.raises(ValueError, match="maps that vary"):
        map_likeness(a, torch.ones_like(a))
