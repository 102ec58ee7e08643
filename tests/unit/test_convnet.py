import pytest
import torch
from torch import nn

from lab_utils import models


def parameters(model):
    return sum(p.numel() for p in model.parameters())


def test_sizes_are_those_that_the_book_states():
    assert parameters(models.TutorialCNN()) == 121_930
    assert parameters(models.FastCNN()) == 104_426
    assert abs(parameters(models.dense_of_equal_size(121_930)) - 121_930) < 795 / 2 + 1  # half a hidden unit


@pytest.mark.parametrize(
    "build",
    [
        models.TutorialCNN,
        models.FastCNN,
        lambda **k: models.TutorialCNN(pool=False, **k),
        lambda **k: models.TutorialCNN(extra_layers=2, **k),
        lambda **k: models.FastCNN(batch_norm=False, **k),
        lambda **k: models.FastCNN(convs_per_stage=(1, 2, 2), **k),
        lambda **k: models.MLP((784, 30, 20, 10), **k),
        lambda **k: models.BlockCNN(models.Bottleneck, **k),
    ],
)
def test_images_become_logits_and_the_seed_decides_the_weights(build):
    x = torch.rand(2, 1, 28, 28)
    before = torch.get_rng_state()
    model, same, other = build(seed=1), build(seed=1), build(seed=2)
    assert torch.equal(torch.get_rng_state(), before)
    assert model(x).shape == (2, 10)
    for a, b in zip(model.parameters(), same.parameters(), strict=True):
        assert torch.equal(a, b)
    assert any(not torch.equal(a, b) for a, b in zip(model.parameters(), other.parameters(), strict=True))


def test_a_slice_is_a_plain_sequence_with_the_same_layers():
    model = models.FastCNN().eval()
    x = torch.rand(3, 1, 28, 28)
    head, tail = model[:4], model[4:]
    assert type(head) is nn.Sequential
    assert head.conv1 is model.conv1
    assert torch.equal(tail(head(x)), model(x))


def test_impossible_networks_are_refused():
    with pytest.raises(ValueError, match="at least two positive widths"):
        models.MLP((784,))
    with pytest.raises(ValueError, match="one hidden unit, got 100"):
        models.dense_of_equal_size(100)
    with pytest.raises(ValueError, match="convs_per_stage for 3 stages"):
        models.FastCNN(convs_per_stage=(1, 2))
    with pytest.raises(ValueError, match="1 to 4 stages"):
        models.FastCNN(widths=(4,) * 5, convs_per_stage=(1,) * 5)
    with pytest.raises(ValueError, match="extra_layers of 0 or more, got -1"):
        models.TutorialCNN(extra_layers=-1)


def test_block_cnn_with_plain_blocks_computes_what_fast_cnn_does():
    plain, fast = models.BlockCNN(seed=3).eval(), models.FastCNN(seed=5).eval()
    plain.load_state_dict(dict(zip(plain.state_dict(), fast.state_dict().values(), strict=True)))
    x = torch.rand(4, 1, 28, 28)
    torch.testing.assert_close(plain(x), fast(x))
