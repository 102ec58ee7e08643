"""Straight pieces of ReLU networks: counted exactly where the number is known, and as on a fine grid elsewhere."""

import pytest
import torch
from torch import nn

from lab_utils import measure, models
from lab_utils.core import generator, seeded


def bends_on_a_grid(net: nn.Module, points: int) -> tuple[int, torch.Tensor, torch.Tensor]:
    """Slow reference: pieces of net on [-1, 1] as seen on a grid; each bend shows in one or two second differences."""
    t = torch.linspace(-1, 1, points, dtype=torch.float64)
    with torch.no_grad():
        y = net(t[:, None])[:, 0]
    second = y.diff().diff().abs()
    bent = second > 1e-12  # rounding leaves 1e-15; a change of slope by 1e-6 makes 1e-11
    starts = bent & ~torch.cat([torch.tensor([False]), bent[:-1]])
    return int(starts.sum()) + 1, t, y


@pytest.mark.parametrize("widths", [(5,), (12,), (6, 6), (4, 4, 4), (3, 7, 2)])
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("activation", [nn.ReLU, nn.LeakyReLU, nn.PReLU])
def test_as_many_as_on_a_fine_grid(widths, seed, activation):
    net = models.MLP((1, *widths, 1), activation=activation, seed=seed).double()
    found = measure.pieces_along(net, [-1.0], [1.0])
    expected, t, y = bends_on_a_grid(net, 200_001)
    assert found.pieces() == expected
    torch.testing.assert_close(found((t[::50] + 1) / 2)[:, 0], y[::50], atol=1e-12, rtol=1e-9)


@pytest.mark.parametrize("times", [1, 2, 5, 10])
def test_the_tent_doubles_with_every_layer(times):
    net = models.tent_network(times)
    found = measure.pieces_along(net, [0.0], [1.0])
    assert found.pieces() == found.regions == 2**times
    assert found.knots.tolist() == [k / 2**times for k in range(2**times + 1)]
    assert found.values[:, 0].tolist() == [k % 2 for k in range(2**times + 1)]


@pytest.mark.parametrize("units", [1, 3, 20])
def test_one_layer_bends_once_a_unit_at_most(units):
    for seed in range(5):
        net = models.MLP((1, units, 1), seed=seed)
        wide = measure.pieces_along(net, [-1e4], [1e4])  # wide enough to meet every kink of these weights
        kinks = -net.linear1.bias / net.linear1.weight[:, 0]
        assert wide.regions == wide.pieces() == units + 1
        torch.testing.assert_close(
            2e4 * wide.knots[1:-1] - 1e4, kinks.detach().double().sort().values, atol=1e-2, rtol=0
        )


def test_a_line_through_many_dimensions():
    """Along a line, a network of D inputs is a network of one input with the line's direction in its first weights."""
    net = models.MLP((6, 9, 5, 3), seed=2).double()
    start, end = torch.randn(2, 6, dtype=torch.float64, generator=generator(0))
    found = measure.pieces_along(net, start, end)
    folded = models.MLP((1, 9, 5, 3)).double()
    first = {
        "linear1.weight": net.linear1.weight @ (end - start)[:, None],
        "linear1.bias": net.linear1.bias + net.linear1.weight @ start,
    }
    folded.load_state_dict(net.state_dict() | first)
    same = measure.pieces_along(folded, [0.0], [1.0])
    torch.testing.assert_close(found.knots, same.knots)
    torch.testing.assert_close(found.values, same.values)
    t = torch.rand(50, dtype=torch.float64, generator=generator(1))
    with torch.no_grad():
        torch.testing.assert_close(found(t), net(start + t[:, None] * (end - start)), atol=1e-12, rtol=1e-9)


def test_invariances():
    net = models.MLP((1, 8, 8, 1), seed=4)
    before = measure.pieces_along(net, [-1.0], [1.0])
    backwards = measure.pieces_along(net, [1.0], [-1.0])
    assert backwards.pieces() == before.pieces()
    torch.testing.assert_close(backwards.knots, (1 - before.knots).flip(0))
    with torch.no_grad():  # ReLU(3z) / 3 = ReLU(z): the same function from other weights
        net.linear1.weight.mul_(3)
        net.linear1.bias.mul_(3)
        net.linear2.weight.div_(3)
    after = measure.pieces_along(net, [-1.0], [1.0])
    assert (after.regions, after.pieces()) == (before.regions, before.pieces())


def test_units_that_switch_unread_are_regions_but_not_pieces():
    net = models.interpolating_network([0, 0.25, 0.5, 1], [0, 1, 0, 0.3])
    with torch.no_grad():
        net.linear2.weight[0, 1] = 0
    found = measure.pieces_along(net, [-1.0], [2.0])
    assert found.regions == 4
    assert found.pieces() == 3


def test_without_activations_it_is_one_piece():
    with seeded(0):
        net = nn.Sequential(nn.Linear(1, 9), nn.Linear(9, 9, bias=False), nn.Identity(), nn.Linear(9, 2))
    assert measure.pieces_along(net, [-3.0], [5.0]).pieces() == 1


def test_a_constant_is_one_piece():
    net = models.interpolating_network([0, 1], [2, 2])
    assert measure.pieces_along(net, [-1.0], [1.0]).pieces() == 1


@pytest.mark.parametrize("seed", range(5))
def test_close_kinks_do_not_confuse_the_count(seed):
    """Two units that switch at almost one place: what lies between is narrower than any grid, and is still counted."""
    gap = 10.0 ** -(3 + seed)
    net = models.interpolating_network([0, 0.5, 0.5 + gap, 1], [0, 1, 0.5, 1]).double()
    assert measure.pieces_along(net, [0.0], [1.0]).pieces() == 3


def test_the_network_is_left_as_it_was():
    net = models.MLP((1, 4, 1), seed=0).train()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    measure.pieces_along(net, [0.0], [1.0])
    assert net.training
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert all(p.grad is None for p in net.parameters())


@pytest.mark.parametrize(
    ("net", "start", "end", "error", "words"),
    [
        (nn.Linear(1, 1), [0.0], [1.0], TypeError, "expected an nn.Sequential"),
        (models.MLP((1, 2, 1), activation=nn.Tanh), [0.0], [1.0], TypeError, "got Tanh as 'activation1'"),
        (models.MLP((1, 2, 1)), [0.0, 0.0], [1.0, 1.0], ValueError, "expected 1 numbers into 'linear1', got 2"),
        (models.MLP((1, 2, 1)), [0.0], [1.0, 1.0], ValueError, "same size, got 1 and 2"),
        (models.MLP((1, 2, 1)), [], [], ValueError, "same size, got 0 and 0"),
        (models.MLP((1, 2, 1)), [0.5], [0.5], ValueError, "same one twice"),
        (models.MLP((1, 2, 1)), [0.5], [float("nan")], ValueError, "finite inputs"),
    ],
)
def test_bad_input(net, start, end, error, words):
    with pytest.raises(error, match=words):
        measure.pieces_along(net, start, end)


def test_places_off_the_line():
    found = measure.pieces_along(models.tent_network(2), [0.0], [1.0])
    assert found(torch.tensor([0.0, 0.25, 0.375, 1.0]))[:, 0].tolist() == [0, 1, 0.5, 0]
    with pytest.raises(ValueError, match="expected t from 0 to 1"):
        found(torch.tensor([0.5, 1.5]))
