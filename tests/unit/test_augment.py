"""Augmentation and mixing: exact where geometry says exact, fair shares of labels, and one draw for each image."""

import math
from functools import partial

import pytest
import torch
from torch.nn import functional as F

from lab_utils import data, training
from lab_utils.core import generator
from lab_utils.training.augment import rectangles

ALL = [training.flip, training.translate, training.rotate, training.crop, training.erase]
SEEDS = range(3)


def pictures(seed, *shape):
    return torch.rand(*shape, generator=generator(seed))


@pytest.mark.parametrize("augment", [*ALL, training.colour_jitter], ids=lambda f: f.__name__)
@pytest.mark.parametrize("seed", SEEDS)
def test_the_generator_decides_and_the_images_are_left_alone(augment, seed):
    x = pictures(seed, 12, 3, 10, 8)
    before = x.clone()
    first, again, other = (augment(x, generator(s)) for s in (seed, seed, seed + 50))
    assert torch.equal(x, before)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert first.shape == x.shape
    assert 0 <= first.min() <= first.max() <= 1 + 1e-6


@pytest.mark.parametrize("augment", ALL, ids=lambda f: f.__name__)
def test_each_image_has_a_draw_of_its_own(augment):
    twins = pictures(0, 1, 1, 28, 28).expand(40, 1, 28, 28)
    changed = augment(twins, generator(1))
    assert len({tuple(image.flatten().tolist()) for image in changed}) >= 2
    if augment is not training.flip:
        assert len({tuple(image.flatten().tolist()) for image in changed}) > 10


@pytest.mark.parametrize("augment", [*ALL, training.colour_jitter], ids=lambda f: f.__name__)
@pytest.mark.parametrize(
    ("x", "error", "message"),
    [
        (torch.rand(28, 28), ValueError, r"expected images of shape \(B, "),
        (torch.zeros(2, 3, 4, 4, dtype=torch.uint8), TypeError, "expected floating-point images"),
        (torch.rand(0, 3, 4, 4), ValueError, "at least one image"),
    ],
)
def test_what_is_no_batch_of_images_is_refused(augment, x, error, message):
    with pytest.raises(error, match=message):
        augment(x, generator(0))


@pytest.mark.parametrize(
    ("augment", "message"),
    [
        (partial(training.rotate, degrees=-1), "degrees from 0 to 180, got -1"),
        (partial(training.rotate, degrees=math.nan), "degrees from 0 to 180, got nan"),
        (partial(training.crop, smallest=0), "smallest above 0 and up to 1, got 0"),
        (partial(training.crop, smallest=1.1), "smallest above 0 and up to 1, got 1.1"),
        (partial(training.erase, probability=2), "probability from 0 to 1, got 2"),
        (partial(training.erase, smallest=0.5, largest=0.3), "smallest from 0 to 0.3, got 0.5"),
        (partial(training.erase, largest=1.5), "largest from 0.02 to 1, got 1.5"),
        (partial(training.colour_jitter, hue=0.6), "hue from 0 to 0.5, got 0.6"),
        (partial(training.colour_jitter, contrast=-0.1), "contrast from 0 to 1, got -0.1"),
    ],
)
def test_impossible_strengths_are_refused(augment, message):
    with pytest.raises(ValueError, match=message):
        augment(torch.rand(2, 3, 8, 8), generator(0))


@pytest.mark.parametrize("size", [(9, 9), (8, 8), (7, 12)])
def test_turning_by_nothing_or_half_a_circle_is_exact(size):
    x = pictures(0, 3, 2, *size)
    torch.testing.assert_close(training.turn(x, torch.zeros(3)), x, atol=1e-5, rtol=0)
    torch.testing.assert_close(training.turn(x, torch.full((3,), 180.0)), x.flip(-1, -2), atol=1e-5, rtol=0)


@pytest.mark.parametrize("turns", [-1, 1, 2, 3])
@pytest.mark.parametrize("side", [8, 9])
def test_quarter_turns_are_torchs_own(turns, side):
    x = pictures(turns, 2, 1, side, side)
    turned = training.turn(x, torch.full((2,), 90.0 * turns))
    torch.testing.assert_close(turned, torch.rot90(x, turns, (2, 3)), atol=1e-5, rtol=0)


@pytest.mark.parametrize("degrees", [-33.0, 7.5, 60.0])
@pytest.mark.parametrize("size", [(16, 16), (12, 20)])
def test_turning_equals_torchvisions_rotation(degrees, size):
    from torchvision.transforms import v2  # loads only after lab_utils has declared what a CPU build lacks

    x = pictures(3, 2, 3, *size)
    theirs = v2.functional.rotate(x, degrees, interpolation=v2.InterpolationMode.BILINEAR)
    ours = training.turn(x, torch.full((2,), degrees))
    # Not where an edge is cut: torchvision blends the border by a mask of its own.
    inside = training.turn(torch.ones_like(x), torch.full((2,), degrees)) > 0.999
    assert inside.float().mean() > 0.4
    torch.testing.assert_close(ours[inside], theirs[inside], atol=1e-4, rtol=0)


def test_each_image_turns_by_its_own_angle_within_the_bounds():
    """A bright point to the right of the middle: the angle at which it ends is the angle of turning."""
    x = torch.zeros(300, 1, 41, 41)
    x[:, 0, 20, 38] = 1
    turned = training.rotate(x, generator(0), degrees=30)[:, 0]
    places = torch.arange(41) - 20.0
    total = turned.sum((1, 2))
    across, up = ((turned * places).sum((1, 2)) / total, -(turned * places[:, None]).sum((1, 2)) / total)
    angles = torch.rad2deg(torch.atan2(up, across))
    assert angles.abs().max() < 30.5
    assert -30.5 < angles.min() < -27
    assert 27 < angles.max() < 30.5
    assert abs(angles.mean()) < 3


def test_angles_must_fit_the_images():
    with pytest.raises(ValueError, match=r"an angle for each of 4 images, got angles of shape \(3,\)"):
        training.turn(torch.rand(4, 1, 5, 5), torch.zeros(3))


def test_cropping_nothing_changes_nothing_and_a_crop_is_a_window_of_the_image():
    x = pictures(0, 5, 2, 9, 12)
    torch.testing.assert_close(training.crop(x, generator(0), smallest=1.0), x, atol=1e-5, rtol=0)
    ramp = torch.linspace(0, 1, 50).expand(200, 1, 50, 50)  # brightness is the place across
    cut = training.crop(ramp, generator(1), smallest=0.25)
    slope = (cut[:, 0, 25, 30] - cut[:, 0, 25, 20]) / 10 * 49  # 1 / enlargement: the window's side
    assert 0.5 - 1e-3 <= slope.min() < 0.55
    assert 0.95 < slope.max() <= 1 + 1e-3
    assert (slope**2).mean() == pytest.approx(0.625, abs=0.04)  # area shares are even from 0.25 to 1
    assert (cut.diff(dim=-1) >= -1e-6).all()
    torch.testing.assert_close(cut, cut[:, :, :1].expand_as(cut), atol=1e-5, rtol=0)


@pytest.mark.parametrize("seed", SEEDS)
def test_erasing_fills_one_rectangle_of_the_asked_area(seed):
    x = torch.full((600, 2, 28, 28), 2.0)
    erased = training.erase(x, generator(seed), probability=0.5, smallest=0.1, largest=0.3) != 2
    assert torch.equal(erased[:, 0], erased[:, 1])
    mask = erased[:, 0]
    touched = mask.flatten(1).any(1)
    assert 0.43 < touched.float().mean() < 0.57
    shares = mask[touched].float().mean((1, 2))
    assert shares.min() > 0.08
    assert shares.max() < 0.32
    assert shares.mean() == pytest.approx(0.2, abs=0.02)
    rows, columns = mask.any(2), mask.any(1)
    assert torch.equal(mask, rows[:, :, None] & columns[:, None, :])  # a rectangle, and each side in one piece
    for side in (rows, columns):
        assert (side.int().diff(dim=1) == 1).sum(1).max() <= 1
    tall = rows[touched].sum(1) > columns[touched].sum(1)
    assert 0.35 < tall.float().mean() < 0.65
    assert torch.equal(training.erase(x, generator(seed), probability=0), x)


def test_rectangles_are_cut_off_at_the_edge():
    mask = rectangles((4, 5), *(torch.tensor([v]) for v in (-1.0, 3.0, 3.0, 9.0)))
    expected = torch.zeros(1, 1, 4, 5, dtype=torch.bool)
    expected[:, :, :2, 3:] = True
    assert torch.equal(mask, expected)


def test_colour_jitter_changes_what_it_says():
    x = torch.cat([data.photo("china", height=40), data.photo("flower", height=40)])
    still = training.colour_jitter(x, generator(0), brightness=0, contrast=0, saturation=0, hue=0)
    torch.testing.assert_close(still, x, atol=1e-4, rtol=0)
    only = partial(training.colour_jitter, brightness=0.5, contrast=0, saturation=0, hue=0)
    brighter = only(x / 2, generator(0))
    for before, after in zip(x / 2, brighter, strict=True):
        factor = after.sum() / before.sum()
        assert 0.5 <= factor <= 1.5
        torch.testing.assert_close(after, before * factor, atol=1e-4, rtol=0)
    grey = x.mean(1, keepdim=True).expand(-1, 3, -1, -1)
    turned = training.colour_jitter(grey, generator(0), brightness=0, contrast=0, saturation=0, hue=0.5)
    torch.testing.assert_close(turned, grey, atol=1e-3, rtol=0)  # grey has no hue to turn
    with pytest.raises(ValueError, match=r"\(B, 3, H, W\), got \(2, 1, 8, 8\)"):
        training.colour_jitter(torch.rand(2, 1, 8, 8), generator(0))


@pytest.mark.parametrize(("name", "width"), [("china", 319), ("flower", 319)])
def test_photos_keep_their_proportions(name, width):
    assert data.photo(name).shape == (1, 3, 213, width)
    assert data.photo(name, height=427).shape == (1, 3, 427, 640)
    assert 0 <= data.photo(name).min() < 0.1
    assert 0.9 < data.photo(name).max() <= 1
    with pytest.raises(ValueError, match="a photo among china, flower, got 'cat'"):
        data.photo("cat")
    with pytest.raises(ValueError, match="height from 1 to 427 pixels, got 0"):
        data.photo(name, height=0)


def labelled(seed, count=200):
    g = generator(seed)
    return torch.rand(count, 1, 14, 12, generator=g), training.one_hot(torch.randint(4, (count,), generator=g), 4)


@pytest.mark.parametrize("mix", [training.mixup, training.cutmix], ids=lambda f: f.__name__)
@pytest.mark.parametrize("seed", SEEDS)
def test_mixed_labels_are_fair_and_the_generator_decides(mix, seed):
    x, y = labelled(seed)
    keep = x.clone(), y.clone()
    (a, p), (b, q), (_, r) = (mix(x, y, generator(s), alpha=1.0) for s in (seed, seed, seed + 9))
    assert torch.equal(x, keep[0])
    assert torch.equal(y, keep[1])
    assert torch.equal(a, b)
    assert torch.equal(p, q)
    assert not torch.equal(p, r)
    torch.testing.assert_close(p.sum(1), torch.ones(len(p)))
    torch.testing.assert_close(p.mean(0), y.mean(0), atol=0.08, rtol=0)  # nobody's label counts for more than its image
    assert (p > 0).sum(1).max() == 2


@pytest.mark.parametrize("seed", SEEDS)
def test_mixup_blends_inputs_as_it_blends_labels(seed):
    """With the images equal to their own labels, a blend of both must keep them equal."""
    y = training.one_hot(torch.randint(4, (300,), generator=generator(seed)), 4)
    x, p = training.mixup(y, y, generator(seed), alpha=0.4)
    torch.testing.assert_close(x, p)
    shares = torch.rand(0)
    for s in range(20):
        _, p = training.mixup(y, y, generator(s), alpha=0.4)
        shares = torch.cat([shares, p[p.amax(1) < 1].flatten()])
    # λ and 1 - λ of Beta(a, a): the mean is 1/2, the mean square is (a + 1) / (2 (2a + 1)).
    shares = shares[shares > 0]
    assert shares.mean() == pytest.approx(0.5, abs=1e-6)
    assert shares.square().mean() == pytest.approx(1.4 / 3.6, abs=0.01)


@pytest.mark.parametrize("seed", SEEDS)
def test_cutmix_shares_labels_as_it_shares_pixels(seed):
    """Images filled with their own number: counting the pixels of each partner gives the label."""
    B, numbers = 100, torch.arange(100.0)
    x = numbers.view(B, 1, 1, 1).expand(B, 1, 14, 12)
    mixed, p = training.cutmix(x, torch.eye(B), generator(seed))
    for image, share in zip(mixed, p, strict=True):
        found = torch.stack([(image == number).float().mean() for number in numbers])
        torch.testing.assert_close(found, share)
    assert (p.diagonal() < 1).float().mean() > 0.8


def test_one_hot_labels_and_what_cannot_be_mixed():
    y = torch.tensor([2, 0, 1])
    assert torch.equal(training.one_hot(y, 4), torch.eye(4)[y])
    logits = torch.randn(3, 4, generator=generator(0))
    assert F.cross_entropy(logits, training.one_hot(y, 4)).item() == pytest.approx(F.cross_entropy(logits, y).item())
    with pytest.raises(ValueError, match="labels from 0 to 1, got 0 to 2"):
        training.one_hot(y, 2)
    with pytest.raises(ValueError, match="integer labels of shape"):
        training.one_hot(y.float(), 4)
    for mix in (training.mixup, training.cutmix):
        with pytest.raises(ValueError, match="make them with one_hot"):
            mix(torch.rand(3, 1, 4, 4), y, generator(0))
        with pytest.raises(ValueError, match=r"probabilities of shape \(3, K\)"):
            mix(torch.rand(3, 1, 4, 4), torch.eye(2), generator(0))
        with pytest.raises(ValueError, match="alpha above 0, got 0"):
            mix(torch.rand(3, 1, 4, 4), torch.eye(3), generator(0), alpha=0)
    with pytest.raises(ValueError, match="expected images of shape"):
        training.cutmix(torch.rand(3, 4), torch.eye(3), generator(0))
