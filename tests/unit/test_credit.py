"""Rules of credit assignment: what they promise, against autograd, closed forms and limits."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lab_utils import models
from lab_utils.data import Split
from lab_utils.training import credit

SEEDS = (0, 1, 2)


def case(seed=0, widths=(12, 9, 8, 7, 5), activation=nn.Tanh, count=16):
    net = models.MLP(widths, activation=activation, seed=seed)
    draw = torch.Generator().manual_seed(seed)
    x = torch.randn(count, widths[0], generator=draw)
    return net, x, torch.randint(widths[-1], (count,), generator=draw)


def by_autograd(net, x, y):
    return torch.autograd.grad(F.cross_entropy(net(x), y), list(net.parameters()))


def weights_only(gradients):
    return gradients[::2]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("activation", [nn.Tanh, nn.ReLU, nn.Identity])
def test_backprop_is_autograd(seed, activation):
    net, x, y = case(seed, activation=activation)
    found = credit.Backprop()(net, x, y)
    torch.testing.assert_close(found.gradients, list(by_autograd(net, x, y)))
    assert found.loss == pytest.approx(F.cross_entropy(net(x), y).item(), rel=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_feedback_alignment_through_the_own_weights_is_backprop(seed):
    net, x, y = case(seed)
    rule = credit.FeedbackAlignment(net, seed=seed)
    rule.feedback = [layer.weight.detach().clone() for layer in (net.linear2, net.linear3, net.linear4)]
    torch.testing.assert_close(rule(net, x, y).gradients, list(by_autograd(net, x, y)))


class RandomBack(torch.autograd.Function):
    """x Wᵀ forwards, B backwards: feedback alignment as an autograd function, written independently."""

    @staticmethod
    def forward(context, x, weight, bias, feedback):
        context.save_for_backward(x, feedback)
        return x @ weight.T + bias

    @staticmethod
    def backward(context, error):
        x, feedback = context.saved_tensors
        return error @ feedback, error.T @ x, error.sum(0), None


@pytest.mark.parametrize("seed", SEEDS)
def test_feedback_alignment_equals_an_autograd_function(seed):
    net, x, y = case(seed)
    rule = credit.FeedbackAlignment(net, seed=7)
    h = x
    for layer, feedback in zip((net.linear1, net.linear2, net.linear3), (None, *rule.feedback), strict=False):
        z = layer(h) if feedback is None else RandomBack.apply(h, layer.weight, layer.bias, feedback)
        h = z.tanh()
    logits = RandomBack.apply(h, net.linear4.weight, net.linear4.bias, rule.feedback[-1])
    expected = torch.autograd.grad(F.cross_entropy(logits, y), list(net.parameters()))
    torch.testing.assert_close(rule(net, x, y).gradients, list(expected))


@pytest.mark.parametrize("seed", SEEDS)
def test_direct_feedback_of_the_right_matrix_is_backprop_in_a_linear_network(seed):
    """Without activations the way back is one matrix: the product of the weights above."""
    net, x, y = case(seed, activation=nn.Identity)
    rule = credit.DirectFeedbackAlignment(net, seed=seed)
    w2, w3, w4 = (layer.weight.detach() for layer in (net.linear2, net.linear3, net.linear4))
    rule.feedback = [w4 @ w3 @ w2, w4 @ w3, w4]
    torch.testing.assert_close(rule(net, x, y).gradients, list(by_autograd(net, x, y)))


def test_direct_feedback_does_not_look_at_the_layers_above():
    net, x, y = case()
    rule = credit.DirectFeedbackAlignment(net, seed=0)
    before = rule(net, x, y).gradients[0]
    with torch.no_grad():  # one change that leaves the logits alone: two hidden units of layer 3 change places
        swap = torch.tensor([1, 0, *range(2, 7)])
        net.linear3.weight.copy_(net.linear3.weight[swap])
        net.linear3.bias.copy_(net.linear3.bias[swap])
        net.linear4.weight.copy_(net.linear4.weight[:, swap])
    torch.testing.assert_close(rule(net, x, y).gradients[0], before)


@pytest.mark.parametrize("kind", ["random", "sign", "learned"])
def test_feedback_weights(kind):
    net, x, y = case()
    rule = credit.FeedbackAlignment(net, seed=3, kind=kind)
    start = [b.clone() for b in rule.feedback]
    credit.learn(net, Split(x, y), rule, lr=0.1, epochs=3, batch_size=4, seed=0, weight_decay=0.1)
    changed = [not torch.equal(a, b) for a, b in zip(start, rule.feedback, strict=True)]
    assert all(changed) if kind == "learned" else not any(changed)
    if kind == "sign":
        used = rule.backward_weights(credit.chain.chain_of(net))
        for b, layer in zip(used, (net.linear2, net.linear3, net.linear4), strict=True):
            assert torch.equal(b.sign(), layer.weight.sign())


def test_kolen_and_pollack_become_equal_at_the_rate_of_the_decay():
    """W and B take the same steps, so their difference shrinks by (1 − rate · decay) an update, exactly."""
    net, x, y = case()
    rule = credit.FeedbackAlignment(net, seed=3, kind="learned")
    gap = (net.linear2.weight - rule.feedback[0]).detach()
    credit.learn(net, Split(x, y), rule, lr=0.1, epochs=10, batch_size=4, seed=0, weight_decay=0.5)
    left = math.prod(1 - 0.1 * (1 - update / 40) * 0.5 for update in range(40))
    torch.testing.assert_close((net.linear2.weight - rule.feedback[0]).detach(), left * gap, atol=1e-6, rtol=1e-4)


@pytest.mark.parametrize("seed", SEEDS)
def test_predictive_coding_is_backprop_where_the_nudge_is_small(seed):
    net, x, y = case(seed)
    net, x = net.double(), x.double()
    exact = by_autograd(net, x, y)
    gaps = []
    for nudge in (0.1, 0.01, 0.001):
        found = credit.PredictiveCoding(steps=200, rate=0.3, nudge=nudge)(net, x, y).gradients
        gaps.append(max((a - b).abs().max().item() for a, b in zip(found, exact, strict=True)))
    assert gaps[2] < 3e-4
    assert gaps[1] / gaps[2] == pytest.approx(10, rel=0.1), "the gap is of first order in the nudge"


def test_predictive_coding_settles_where_nothing_pushes():
    """At rest each prediction error equals what the error above sends down: the energy's gradient is zero."""
    net, x, y = case()
    rule, chain = credit.PredictiveCoding(steps=300, rate=0.3), credit.chain.chain_of(net)
    h, errors = rule.settle(chain, x, y)
    for level in range(3):
        push = (errors[level + 1] @ chain.weights[level + 1]) * (1 - h[level + 1] ** 2)
        torch.testing.assert_close(errors[level], push, atol=1e-5, rtol=1e-4)


def test_predictive_coding_is_a_gradient_of_its_energy():
    net, x, y = case(widths=(6, 5, 4, 3))
    net, x = net.double(), x.double()
    rule, chain = credit.PredictiveCoding(steps=7, rate=0.2, nudge=0.5), credit.chain.chain_of(net)
    h, errors = rule.settle(chain, x, y)
    values = [each.atanh() for each in h[1:]]
    z = [layer(before) for layer, before in zip((net.linear1, net.linear2, net.linear3), h, strict=True)]
    energy = sum(0.5 * (v - at).pow(2).sum() for v, at in zip(values, z[:-1], strict=True))
    energy = (energy + 0.5 * F.cross_entropy(z[-1], y, reduction="sum")) / len(x)
    expected = torch.autograd.grad(energy, list(net.parameters()))
    torch.testing.assert_close(credit.chain.outer_products(errors, h), list(expected))


@pytest.mark.parametrize("seed", SEEDS)
def test_target_propagation_with_true_inverses_points_as_gauss_newton(seed):
    """In a linear square network the exact inverse carries the error back by W⁻¹ instead of Wᵀ."""
    net, x, y = case(seed, widths=(6, 6, 6, 4), activation=nn.Identity)
    rule = credit.TargetPropagation(net, seed=0, step=0.3)
    rule._learn_inverses = lambda chain, run: None
    inverse = torch.linalg.inv(net.linear2.weight.detach())
    rule.inverses = [(inverse, -inverse @ net.linear2.bias.detach())]
    found = rule(net, x, y).gradients
    error = (net(x).softmax(1) - F.one_hot(y, 4)).detach() @ net.linear3.weight.detach()
    torch.testing.assert_close(found[2], by_autograd(net, x, y)[2], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(found[0], (error @ inverse.T).T @ x / len(x), atol=1e-4, rtol=1e-3)


def test_the_inverses_learn_to_invert():
    net, x, y = case(widths=(12, 8, 8, 5), count=64)
    rule = credit.TargetPropagation(net, seed=0, inverse_lr=0.5, noise=0.1)
    chain = credit.chain.chain_of(net)

    def missed():
        run = credit.chain.forward(chain, x)
        (weight, bias), *_ = rule.inverses
        return ((run.h[2] @ weight.T + bias).tanh() - run.h[1]).pow(2).mean().item()

    before = missed()
    for _ in range(300):
        rule(net, x, y)
    assert missed() < 0.2 * before


@pytest.mark.parametrize("seed", SEEDS)
def test_node_perturbation_is_the_gradient_in_the_mean(seed):
    net, x, y = case(seed, widths=(6, 4, 3))
    exact = by_autograd(net, x, y)
    many = credit.NodePerturbation(seed=seed, noise=0.01, samples=4000)(net, x, y).gradients
    one = credit.NodePerturbation(seed=seed, noise=0.01)(net, x, y).gradients

    def apart(found):
        gap = sum((a - b).pow(2).sum() for a, b in zip(found, exact, strict=True))
        return (gap / sum(b.pow(2).sum() for b in exact)).sqrt().item()

    assert apart(many) < 0.1
    assert apart(one) > 5 * apart(many)


def test_output_only_leaves_hidden_layers_alone():
    net, x, y = case()
    start = {name: value.clone() for name, value in net.state_dict().items()}
    credit.learn(net, Split(x, y), credit.OutputOnly(), lr=0.1, epochs=2, batch_size=4, seed=0)
    changed = {name for name, value in net.state_dict().items() if not torch.equal(value, start[name])}
    assert changed == {"linear4.weight", "linear4.bias"}


def test_features_taken_away():
    net, x, y = case()
    exact = credit.Backprop()(net, x, y).gradients
    for options in ({"derivative": "one"}, {"signals": "sign"}, {"stale": 0.5}, {"spikes": 0}):
        found = credit.Backprop(**options)(net, x, y).gradients
        assert not torch.allclose(found[0], exact[0]), options
    linear, x, y = case(activation=nn.Identity)
    same = credit.Backprop(derivative="one")(linear, x, y).gradients
    torch.testing.assert_close(same, credit.Backprop()(linear, x, y).gradients)


def test_all_stale_pairs_each_error_with_the_neighbour():
    net, x, y = case(widths=(6, 3), count=4)
    error = (net(x).softmax(1) - F.one_hot(y, 3)).detach()
    found = credit.Backprop(stale=1.0)(net, x, y).gradients[0]
    torch.testing.assert_close(found, sum(torch.outer(error[i], x[i - 1]) for i in range(4)) / 4)


def test_spikes_are_signs_with_the_right_mean():
    net, x, _ = case(widths=(12, 9, 5), count=2)
    chain = credit.chain.chain_of(net)
    runs = [credit.chain.forward(chain, x, torch.Generator().manual_seed(s)).h[1] for s in range(4000)]
    sent = torch.stack(runs)
    assert set(sent.unique().tolist()) == {-1.0, 1.0}
    graded = net.linear1(x).tanh().detach()
    assert (sent.mean(0) - graded).abs().max() < 5 / math.sqrt(4000)
    with pytest.raises(ValueError, match="expected tanh"):
        credit.Backprop(spikes=0)(case(activation=nn.ReLU)[0], *case()[1:])


def test_learning_equals_torch_sgd():
    net, x, y = case(count=20)
    twin = models.MLP((12, 9, 8, 7, 5), activation=nn.Tanh, seed=0)
    run = credit.learn(net, Split(x, y), credit.Backprop(), lr=0.1, epochs=2, batch_size=8, seed=5)
    optimizer, draw = torch.optim.SGD(twin.parameters(), lr=0.1), torch.Generator().manual_seed(5)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda update: 1 - update / 6)
    for _ in range(2):
        for chosen in torch.randperm(20, generator=draw).split(8):
            optimizer.zero_grad()
            F.cross_entropy(twin(x[chosen]), y[chosen]).backward()
            optimizer.step()
            schedule.step()
    assert len(run.loss) == 6
    for a, b in zip(net.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(a, b)


def test_a_diverging_run_says_so():
    net, x, y = case(activation=nn.ReLU)
    run = credit.learn(net, Split(x * 1e20, y), credit.Backprop(), lr=1e6, epochs=5, batch_size=8, seed=0)
    assert run.diverged
    assert all(math.isfinite(loss) for loss in run.loss)


def test_angles():
    net, x, y = case()
    assert credit.angles(credit.Backprop(), net, x, y) == pytest.approx([0, 0, 0, 0], abs=1e-4)
    only = credit.angles(credit.OutputOnly(), net, x, y)
    assert [math.isnan(a) for a in only] == [True, True, True, False]
    wide, x, y = case(widths=(100, 200, 200, 5), count=64)
    chance = [credit.angles(credit.FeedbackAlignment(wide, seed=s), wide, x, y)[0] for s in range(5)]
    assert 75 < sum(chance) / 5 < 105, "feedback drawn at random points nowhere in particular"
    flipped = credit.FeedbackAlignment(wide, seed=0)
    flipped.feedback = [-layer.weight.detach() for layer in (wide.linear2, wide.linear3)]
    assert credit.angles(flipped, wide, x, y)[1] == pytest.approx(180, abs=1e-3)


def test_measuring_an_angle_changes_nothing():
    net, x, y = case()
    for rule in (credit.NodePerturbation(seed=0), credit.TargetPropagation(net, seed=0), credit.Backprop(spikes=0)):
        first = credit.angles(rule, net, x, y)
        assert credit.angles(rule, net, x, y) == first


def test_dale():
    net, x, y = case(activation=nn.ReLU, widths=(12, 20, 10, 5))
    first, before = net.linear1.weight.clone(), net.linear2.weight.detach().clone()
    project = credit.keep_signs(net, excitatory=0.8, seed=0)
    assert torch.equal(net.linear1.weight, first)
    assert net.linear2.weight.square().mean().item() == pytest.approx(before.square().mean().item(), rel=0.3)
    assert abs(net.linear2.weight.mean().item()) < 0.2 * net.linear2.weight.abs().mean().item(), "both kinds balance"
    signs = [layer.weight.sign().clone() for layer in (net.linear2, net.linear3)]
    assert [(s[0] > 0).sum().item() for s in signs] == [16, 8]
    credit.learn(net, Split(x, y), credit.Backprop(), lr=0.5, epochs=20, batch_size=4, seed=0, project=project)
    for layer, sign in zip((net.linear2, net.linear3), signs, strict=True):
        assert torch.equal(sign, sign[:1].expand_as(sign))
        assert (layer.weight.detach() * sign >= 0).all()
        assert (layer.weight == 0).any(), "a weight that crosses zero stops there"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: credit.chain.chain_of(nn.Sequential(nn.Linear(2, 2), nn.Sigmoid(), nn.Linear(2, 2))), "Sigmoid"),
        (lambda: credit.chain.chain_of(nn.Sequential(nn.Linear(2, 2, bias=False))), "got Linear"),
        (lambda: credit.chain.chain_of(nn.Sequential(nn.Tanh())), "got Tanh"),
        (lambda: credit.Backprop(derivative="half"), "half"),
        (lambda: credit.Backprop(stale=1.5), r"1\.5"),
        (lambda: credit.PredictiveCoding(steps=0), "0"),
        (lambda: credit.PredictiveCoding(nudge=0), "nudge"),
        (lambda: credit.NodePerturbation(seed=0, noise=0), "positive noise"),
        (lambda: credit.TargetPropagation(case()[0], seed=0, step=0), "positive step"),
        (lambda: credit.FeedbackAlignment(case()[0], seed=0, kind="mirror"), "mirror"),
        (lambda: credit.keep_signs(case()[0], excitatory=1), "between 0 and 1"),
        (lambda: credit.Backprop()(*case()[:2], torch.zeros(16)), "int64"),
        (lambda: credit.Backprop()(*case()[:2], torch.zeros(3, dtype=torch.int64)), r"\(16,\)"),
    ],
)
def test_errors_say_what_was_expected(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_learning_checks_its_settings():
    net, x, y = case()
    for wrong in ({"lr": 0}, {"lr": math.inf}, {"epochs": 0}, {"batch_size": 0}, {"weight_decay": -1}):
        with pytest.raises(ValueError, match="expected positive lr"):
            credit.learn(net, Split(x, y), credit.Backprop(), **{"lr": 0.1, "epochs": 1, "seed": 0, **wrong})
    with pytest.raises(ValueError, match="as many inputs as labels"):
        credit.learn(net, Split(x[:3], y), credit.Backprop(), lr=0.1, epochs=1, seed=0)
