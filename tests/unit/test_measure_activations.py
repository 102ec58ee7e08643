"""Activations through hooks: equal to running the layers by hand, and nothing left behind in the network."""

import pytest
import torch
from torch import nn

from lab_utils import measure
from lab_utils.core import generator, seeded


def small_net(seed: int, *, inplace: bool = False) -> nn.Sequential:
    """A convolutional classifier of (B, 2, 10, 10) with every kind of state that a measurement could disturb."""
    with seeded(seed):
        return nn.Sequential(
            nn.Conv2d(2, 4, 3, padding=1),
            nn.BatchNorm2d(4),
            nn.ReLU(inplace=inplace),
            nn.Dropout(0.5),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(100, 3),
        )


def images(seed: int, count: int = 6) -> torch.Tensor:
    return torch.rand(count, 2, 10, 10, generator=generator(seed))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("inplace", [False, True])
def test_equal_to_running_the_layers_one_by_one(seed, inplace):
    net, h = small_net(seed, inplace=False).eval(), images(seed)
    found = measure.activations(small_net(seed, inplace=inplace), h)
    assert list(found) == [str(index) for index in range(7)]
    for index, layer in enumerate(net):
        h = layer(h)
        torch.testing.assert_close(found[str(index)], h.detach())


def test_neither_batch_size_nor_memory_format_nor_precision_matters():
    net, x = small_net(0).double(), images(0, 7).double()
    whole = measure.activations(net, x, ["1", "6"])
    pieces = measure.activations(net, x.contiguous(memory_format=torch.channels_last), ["1", "6"], batch_size=3)
    assert list(pieces) == ["1", "6"]
    assert pieces["1"].dtype == torch.float64
    for name in whole:
        torch.testing.assert_close(pieces[name], whole[name])


def test_nested_names_and_the_model_itself():
    net = nn.Sequential(nn.Sequential(nn.Linear(3, 2), nn.Tanh()), nn.Linear(2, 1))
    x = torch.rand(4, 3, generator=generator(0))
    found = measure.activations(net, x, ["0", "0.1", ""])
    torch.testing.assert_close(found["0"], found["0.1"])
    torch.testing.assert_close(found[""], net(x).detach())


def test_of_a_tuple_the_first_tensor_is_read_and_the_rest_passes_on():
    with seeded(0):
        lstm = nn.LSTM(3, 5, batch_first=True)
    x = torch.rand(2, 7, 3, generator=generator(0))
    torch.testing.assert_close(measure.activations(lstm, x)[""], lstm(x)[0].detach())


def test_layers_that_the_forward_pass_never_calls_are_left_out():
    net = nn.Sequential(nn.Linear(2, 2))
    net[0].unused = nn.Linear(3, 3)
    assert "0.unused" not in measure.activations(net, torch.zeros(1, 2))


def test_clear_errors():
    net, x = small_net(0), images(0)
    with pytest.raises(ValueError, match=r"one of '0', '1', .*got 'conv9'"):
        measure.activations(net, x, ["conv9"])
    with pytest.raises(TypeError, match="expected a sequence of layer names"):
        measure.activations(net, x, "0")
    with pytest.raises(ValueError, match="at least one example"):
        measure.activations(net, x[:0])
    with pytest.raises(ValueError, match="batch_size of at least 1"):
        measure.activations(net, x, batch_size=0)
    with pytest.raises(ValueError, match=r"expected 2 examples first .* got shape \(14,\)"):
        measure.activations(nn.Flatten(0), torch.zeros(2, 7))


MEASUREMENTS = {
    "activations": lambda net, x, y: measure.activations(net, x),
    "predict": lambda net, x, y: measure.predict(net, x),
    "layer_table": lambda net, x, y: measure.layer_table(net, x.shape[1:]),
    "effective_receptive_field": lambda net, x, y: measure.effective_receptive_field(net, "4", x),
    "saliency": lambda net, x, y: measure.saliency(net, x),
    "integrated_gradients": lambda net, x, y: measure.integrated_gradients(net, x, y, steps=2),
    "grad_cam": lambda net, x, y: measure.grad_cam(net, "0", x),
    "occlusion": lambda net, x, y: measure.occlusion(net, x),
    "top_patches": lambda net, x, y: measure.top_patches(net, x, "0", k=2),
    "activation_maximisation": lambda net, x, y: measure.activation_maximisation(
        net, "6", 1, shape=x.shape[1:], seed=0, steps=2
    )[0],
    "probe_by_layer": lambda net, x, y: measure.probe_by_layer(net, (x, y), (x, y), ["2", "4"]),
    "shift_equivariance": lambda net, x, y: measure.shift_equivariance(net[:5], x, [(0, 0), (2, 2)]),
    "shift_consistency": lambda net, x, y: measure.shift_consistency(net, x, y, [(1, 0)]),
}


@pytest.mark.parametrize("name", MEASUREMENTS)
@pytest.mark.parametrize("frozen", [False, True])
def test_every_measurement_leaves_the_network_as_it_found_it(name, frozen):
    net, x, y = small_net(1), images(1), torch.tensor([0, 1, 2, 0, 1, 2])
    x_before = x.clone()
    net.train()
    net[1].eval()  # mixed modes must come back mixed
    net.requires_grad_(not frozen)
    state = {key: value.clone() for key, value in net.state_dict().items()}
    modes = [module.training for module in net.modules()]
    MEASUREMENTS[name](net, x, y)
    assert [module.training for module in net.modules()] == modes
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in net.modules())
    assert all(parameter.grad is None for parameter in net.parameters())
    assert all(parameter.requires_grad is not frozen for parameter in net.parameters())
    assert all(torch.equal(value, state[key]) for key, value in net.state_dict().items())
    assert torch.equal(x, x_before)
    assert x.grad is None
    assert not x.requires_grad


@pytest.mark.parametrize("name", MEASUREMENTS)
def test_every_measurement_cleans_up_after_an_error(name):
    net, x, y = small_net(1).train(), images(1).double(), torch.tensor([0, 1, 2, 0, 1, 2])
    net[4] = nn.Flatten()  # the dense layer then gets the wrong number of features
    net[5] = nn.Identity()
    with pytest.raises((RuntimeError, ValueError)):
        MEASUREMENTS[name](net, x, y)
    assert all(module.training for module in net.modules())
    assert not any(module._forward_hooks for module in net.modules())


@pytest.mark.parametrize("name", ["saliency", "integrated_gradients", "grad_cam", "effective_receptive_field"])
def test_gradients_are_taken_also_where_the_caller_has_switched_them_off(name):
    net, x, y = small_net(1), images(1), torch.tensor([0, 1, 2, 0, 1, 2])
    with torch.no_grad():
        result = MEASUREMENTS[name](net, x, y)
    expected = MEASUREMENTS[name](net, x, y)
    for found, wanted in zip(
        *((r.attributions, r.gap) if hasattr(r, "gap") else (r,) for r in (result, expected)), strict=True
    ):
        torch.testing.assert_close(found, wanted)
        assert not found.requires_grad


def test_accuracy_is_the_share_of_hits():
    logits = torch.tensor([[1.0, 2.0], [3.0, 0.0], [0.0, 1.0], [5.0, 1.0]])
    assert measure.accuracy(nn.Identity(), logits, torch.tensor([1, 0, 0, 1])) == 0.5
    with pytest.raises(ValueError, match=r"a label for each of 4 examples, got labels of shape \(3,\)"):
        measure.accuracy(nn.Identity(), logits, torch.tensor([0, 1, 0]))


class HalfUsed(nn.Module):
    """Has a layer that its forward pass never calls."""

    def __init__(self):
        super().__init__()
        self.used, self.idle = nn.Conv2d(1, 2, 3), nn.Conv2d(1, 2, 3)
        self.dense = nn.Linear(2 * 6 * 6, 3)

    def forward(self, x):
        return self.dense(self.used(x).flatten(1))


@pytest.mark.parametrize(
    "look",
    [
        lambda net, x, y: measure.grad_cam(net, "idle", x),
        lambda net, x, y: measure.effective_receptive_field(net, "idle", x),
        lambda net, x, y: measure.top_patches(net, x, "idle", k=1, field=measure.ReceptiveField((3, 3))),
        lambda net, x, y: measure.activation_maximisation(net, "idle", 0, shape=(1, 8, 8), seed=0, steps=1),
        lambda net, x, y: measure.probe_by_layer(net, (x, y), (x, y), ["idle"]),
    ],
)
def test_a_layer_that_never_runs_is_named(look):
    with pytest.raises(ValueError, match="that the forward pass calls, got 'idle', which it never does"):
        look(HalfUsed(), torch.rand(6, 1, 8, 8), torch.arange(6) % 2)


def test_labels_channels_and_targets_that_do_not_fit_are_refused():
    net, x, y = HalfUsed(), torch.rand(6, 1, 8, 8), torch.arange(6) % 2
    with pytest.raises(ValueError, match=r"a label for each of 6 images, got labels of shape \(1,\)"):
        measure.shift_consistency(net, x, y[:1], [(0, 1)])
    with pytest.raises(ValueError, match=r"got \(6, 1, 8, 8\) and \(5,\)"):
        measure.probe_by_layer(net, (x, y[:5]), (x, y), ["used"])
    with pytest.raises(ValueError, match="at least one channel"):
        measure.effective_receptive_field(net, "used", x, channels=[])
    with pytest.raises(TypeError, match=r"whole numbers as targets, got torch\.float32"):
        measure.saliency(net, x, torch.full((6,), 1.7))
