"""What units prefer: planted patterns are found, and a made image beats every natural or random one of its length."""

import pytest
import torch
from torch import nn

from lab_utils.core import generator, seeded
from lab_utils.measure import (
    ReceptiveField,
    activation_maximisation,
    activations,
    theoretical_receptive_field,
    top_patches,
)


def matched_filter(pattern: torch.Tensor) -> nn.Sequential:
    """A convolution that answers a 3×3 `pattern` most among all patches of its energy, then pooling."""
    net = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1, bias=False), nn.ReLU(), nn.AvgPool2d(2))
    with torch.no_grad():
        net[0].weight.copy_(torch.stack([pattern, -pattern])[:, None])
    return net


@pytest.mark.parametrize("seed", range(4))
def test_planted_patterns_are_found_where_they_were_planted(seed):
    chance = generator(seed)
    pattern = torch.randn(3, 3, generator=chance)
    x = 0.01 * torch.randn(20, 1, 9, 11, generator=chance)
    planted = {7: (2, 3, 5.0), 11: (4, 6, 4.0), 3: (5, 1, 3.0)}  # image: top, left, strength
    for image, (top, left, strength) in planted.items():
        x[image, 0, top : top + 3, left : left + 3] = strength * pattern
    found = top_patches(matched_filter(pattern), x, "0", units=[0], k=3, batch_size=8)
    assert found.images[0].tolist() == [7, 11, 3]
    assert found.positions[0].tolist() == [[top + 1, left + 1] for top, left, _ in planted.values()]
    strengths = torch.tensor([5.0, 4.0, 3.0])
    torch.testing.assert_close(found.patches[0, :, 0], strengths[:, None, None] * pattern)
    torch.testing.assert_close(found.activations[0], strengths * pattern.square().sum())


@pytest.mark.parametrize("seed", range(3))
def test_a_patch_alone_reproduces_the_activation(seed):
    """The patch holds all that the unit saw: put through an unpadded copy of the layers it gives the same number."""
    with seeded(seed):
        padded = nn.Sequential(
            nn.Conv2d(2, 4, 3, padding=1, bias=False), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 5, 3)
        )
    x = torch.rand(16, 2, 14, 14, generator=generator(seed))
    found = top_patches(padded, x, "3", k=4)
    assert found.patches.shape == (5, 4, 2, 8, 8)
    padded[0].padding = (0, 0)
    for unit in range(5):
        alone = padded(found.patches[unit]).detach()
        assert alone.shape[2:] == (1, 1)
        interior = (found.positions[unit] > 0).all(dim=1) & (found.positions[unit] < 4).all(dim=1)
        torch.testing.assert_close(alone[interior, unit, 0, 0], found.activations[unit][interior])


def test_fields_that_leave_the_image_are_black_outside():
    net = nn.Sequential(nn.Conv2d(1, 1, 5, padding=2, bias=False))
    nn.init.ones_(net[0].weight)
    x = torch.zeros(2, 1, 6, 6)
    x[0, 0, 0, 0] = 3.0
    x[1, 0, 5, 5] = 1.0
    found = top_patches(net, x, "0", k=2)
    assert found.images.tolist() == [[0, 1]]
    for patch, total in zip(found.patches[0], (3.0, 1.0), strict=True):
        assert patch.shape == (1, 5, 5)
        assert patch.sum() == total
    assert found.positions.tolist() == [[[0, 0], [3, 3]]]  # the first of the units that see the dot
    assert (found.patches[0, 0, 0, 2, 2], found.patches[0, 1, 0, 4, 4]) == (3.0, 1.0)


def test_a_field_can_be_given_for_networks_that_are_no_chain():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv2d(1, 3, 3)

        def forward(self, x):
            return self.conv(x) + self.conv(x)

    x = torch.rand(4, 1, 6, 6, generator=generator(0))
    with pytest.raises(ValueError, match="got Twice"):
        top_patches(Twice(), x, "conv", k=1)
    assert top_patches(Twice(), x, "conv", k=1, field=ReceptiveField((3, 3))).patches.shape == (3, 1, 1, 3, 3)


def test_top_patches_errors():
    net, x = matched_filter(torch.eye(3)), torch.rand(4, 1, 6, 6, generator=generator(0))
    with pytest.raises(ValueError, match="k from 1 to the 4 images, got 9"):
        top_patches(net, x, "0")
    dense = nn.Sequential(nn.Flatten(), nn.Linear(36, 2))
    with pytest.raises(ValueError, match="expected maps"):
        top_patches(dense, x, "1", k=1, field=ReceptiveField())


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("layer", "centre"), [("0", False), ("3", False), ("3", True), ("5", False)])
def test_a_made_image_beats_all_others_of_its_length(seed, layer, centre):
    with seeded(seed):
        net = nn.Sequential(
            nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 6, 3), nn.Flatten(), nn.Linear(54, 5)
        )
    norm = 3.0
    image, history = activation_maximisation(
        net, layer, 2, shape=(1, 12, 12), seed=seed, norm=norm, jitter=0, smoothness=0.0, centre=centre
    )
    assert image.norm() <= norm + 1e-5
    assert (image.min(), image.max()) >= (0, 0)
    assert image.max() <= 1
    assert len(history) == 201
    noise = torch.rand(500, 1, 12, 12, generator=generator(100 + seed))
    blobs = nn.functional.avg_pool2d(noise, 5, stride=1, padding=2) ** 4
    others = torch.cat([noise, blobs, (noise > 0.9).float()])
    others = norm * others / others.flatten(1).norm(dim=1)[:, None, None, None]
    values = activations(net, others, [layer])[layer][:, 2]
    if values.ndim == 3:
        values = values[:, values.shape[1] // 2, values.shape[2] // 2] if centre else values.mean(dim=(1, 2))
    assert history[-1] > values.max()
    assert history[-1] > history[0]


def test_of_a_linear_unit_the_best_bounded_image_is_its_own_weight():
    """max w·x with |x| ≤ ρ is at x = ρ w / |w|, with the value ρ |w|."""
    with seeded(0):
        net = nn.Sequential(nn.Flatten(), nn.Linear(16, 3, bias=False))
    weight = net[1].weight[1].detach()
    image, history = activation_maximisation(
        net, "1", 1, shape=(1, 4, 4), seed=0, jitter=0, smoothness=0.0, norm=0.5, limits=(-1, 1), lr=0.01
    )
    torch.testing.assert_close(image.flatten(), 0.5 * weight / weight.norm(), atol=2e-3, rtol=0)
    assert history[-1] == pytest.approx(0.5 * weight.norm().item(), rel=1e-3)


def test_seed_decides_and_smoothness_smooths():
    with seeded(0):
        net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3))

    def make(**settings):
        return activation_maximisation(net, "2", 0, shape=(1, 12, 12), **{"seed": 3, "steps": 60, **settings})[0]

    assert torch.equal(make(), make())
    assert not torch.equal(make(), make(seed=4))
    rough, smooth = make(smoothness=0.0), make(smoothness=10.0)
    assert smooth.diff(dim=2).abs().mean() < 0.5 * rough.diff(dim=2).abs().mean()


def test_precision_follows_the_model_and_errors_are_clear():
    net = nn.Sequential(nn.Conv2d(1, 2, 3)).double()
    assert activation_maximisation(net, "0", 0, shape=(1, 5, 5), seed=0, steps=2)[0].dtype == torch.float64
    with pytest.raises(ValueError, match=r"got 2 of \(1, 2, 3, 3\)"):
        activation_maximisation(net, "0", 2, shape=(1, 5, 5), seed=0)
    noise, (start,) = activation_maximisation(net, "0", 0, shape=(1, 5, 5), seed=0, steps=0)
    assert start == pytest.approx(net(noise[None])[0, 0].mean().item())
    for wrong in ({"limits": (1.0, 0.0)}, {"norm": 1.0, "limits": (0.5, 1.0)}, {"norm": -1.0}):
        with pytest.raises(ValueError, match="expected rising limits"):
            activation_maximisation(net, "0", 0, shape=(1, 5, 5), seed=0, **wrong)
    assert theoretical_receptive_field(net).size == (3, 3)
