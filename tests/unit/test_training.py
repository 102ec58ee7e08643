import math
from dataclasses import replace
from functools import partial
from itertools import product
from typing import get_args, get_type_hints

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from lab_utils import measure, training
from lab_utils.core import DataError, generator, seeded
from lab_utils.data import Split
from lab_utils.models import MLP, FastCNN
from lab_utils.training import Callback, Checkpoint, EarlyStopping, Recipe, Stopwatch, fit

RECIPE = Recipe(epochs=3, batch_size=16, optimizer="adamw", lr=3e-3, weight_decay=0.01, schedule="one-cycle")


def some_images(n=70, seed=0):
    g = generator(seed)
    y = torch.randint(10, (n,), generator=g)
    x = torch.rand(n, 1, 28, 28, generator=g) * 0.1
    x[torch.arange(n), 0, 2 * y, 4:24] = 1.0  # the class is the row of a bright bar
    return Split(x, y)


def a_small_net(seed=0):
    return MLP((784, 16, 10), seed=seed)


def same_weights(a, b):
    return all(torch.equal(p, q) for p, q in zip(a.state_dict().values(), b.state_dict().values(), strict=True))


@pytest.mark.parametrize("optimizer", ["sgd", "nesterov", "adagrad", "rmsprop", "adam", "adamw"])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_loop_equals_one_written_by_hand(optimizer, seed):
    """The same batches through torch's own optimizers, unfused, with the schedule's formula applied by hand."""
    data, recipe = some_images(), replace(RECIPE, optimizer=optimizer, label_smoothing=0.1)
    model, twin = a_small_net(seed), a_small_net(seed)
    history = fit(model, data, recipe, seed=seed, progress=False)

    settings = {"lr": recipe.lr, "weight_decay": recipe.weight_decay}
    by_hand = {
        "sgd": lambda p: torch.optim.SGD(p, momentum=0.9, **settings),
        "nesterov": lambda p: torch.optim.SGD(p, momentum=0.9, nesterov=True, **settings),
        "adagrad": lambda p: torch.optim.Adagrad(p, **settings),
        "rmsprop": lambda p: torch.optim.RMSprop(p, **settings),
        "adam": lambda p: torch.optim.Adam(p, **settings),
        "adamw": lambda p: torch.optim.AdamW(p, **settings),
    }[optimizer](twin.parameters())
    g, step, steps, losses = generator(seed), 0, 15, []
    for _ in range(3):
        for chosen in torch.randperm(70, generator=g).split(16):
            progress = step / steps
            share = (
                1 / 25 + (1 - 1 / 25) * (1 - math.cos(math.pi * progress / 0.25)) / 2
                if progress < 0.25
                else 1e-4 + (1 - 1e-4) * (1 + math.cos(math.pi * (progress - 0.25) / 0.75)) / 2
            )
            by_hand.param_groups[0]["lr"] = recipe.lr * share
            by_hand.zero_grad()
            loss = F.cross_entropy(twin(data.x[chosen]), data.y[chosen], label_smoothing=0.1)
            loss.backward()
            by_hand.step()
            losses.append(loss.item())
            step += 1
    assert history.step_loss == pytest.approx(losses, rel=1e-4)
    for p, q in zip(model.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(p, q, rtol=1e-3, atol=1e-5)


def test_it_learns_and_says_how():
    data, held = some_images(400), some_images(100, seed=9)
    model = a_small_net()
    history = fit(model, data, replace(RECIPE, epochs=12), validation=held, progress=False)
    assert measure.accuracy(model, held.x, held.y) == pytest.approx(history.epochs[-1].validation_accuracy)
    assert history.epochs[-1].validation_accuracy > 0.95
    assert len(history.step_loss) == len(history.step_lr) == 12 * 25
    assert history.seconds > 0
    assert max(history.step_lr) == pytest.approx(RECIPE.lr, rel=0.01)


@pytest.mark.parametrize("channels_last", [False, True])
def test_the_same_seed_gives_the_same_bits_whatever_was_drawn_before(channels_last):
    data = some_images()
    recipe = replace(RECIPE, augment=training.flip, channels_last=channels_last, precision="auto")
    models = []
    for noise in (0, 1):
        torch.manual_seed(noise)
        models.append(nn.Sequential(FastCNN(seed=3), nn.Dropout(0.5)))
        before = torch.get_rng_state()
        fit(models[-1], data, recipe, seed=4, progress=False)
        assert torch.equal(torch.get_rng_state(), before)
    assert same_weights(*models)
    other = nn.Sequential(FastCNN(seed=3), nn.Dropout(0.5))
    fit(other, data, recipe, seed=5, progress=False)
    assert not same_weights(models[0], other)


def test_equal_weights_start_equal_runs_in_either_memory_layout():
    data = some_images()
    a, b = FastCNN(), FastCNN()
    first = fit(a, data, RECIPE, progress=False)
    second = fit(b, data, replace(RECIPE, channels_last=True), progress=False)
    assert first.step_loss[:3] == pytest.approx(second.step_loss[:3], rel=1e-3)


class Interrupt(Callback):
    def __init__(self, step):
        self.step = step

    def on_step(self, run):
        if len(run.history.step_loss) == self.step:
            raise KeyboardInterrupt


@pytest.mark.parametrize("schedule", ["constant", "step", "cosine", "warm-up-cosine", "cyclic", "one-cycle"])
def test_resuming_gives_the_same_bits_as_never_stopping(tmp_path, schedule):
    data, held, recipe = (
        some_images(),
        some_images(20, seed=5),
        replace(RECIPE, schedule=schedule, augment=training.flip),
    )
    build = lambda: nn.Sequential(FastCNN(widths=(4, 4, 4)), nn.Dropout(0.2))  # noqa: E731
    straight = build()
    whole = fit(straight, data, recipe, validation=held, seed=2, progress=False)

    stopped, path = build(), tmp_path / "deep" / "run.pt"
    cut = fit(
        stopped, data, recipe, validation=held, seed=2, callbacks=[Checkpoint(path), Interrupt(8)], progress=False
    )
    assert cut.interrupted
    assert len(cut.epochs) == 1
    assert len(cut.step_loss) == 8
    resumed = build()
    torch.manual_seed(77)
    rest = fit(resumed, data, recipe, validation=held, seed=2, resume=path, progress=False)
    assert same_weights(straight, resumed)
    assert rest.step_loss == whole.step_loss
    assert rest.step_lr == whole.step_lr
    assert [p.name for p in path.parent.iterdir()] == ["run.pt"]


@pytest.mark.parametrize("content", [b"hello world", b"", {"weight": torch.zeros(2)}, [1, 2]])
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path, content):
    path, model = tmp_path / "other.pt", a_small_net()
    path.write_bytes(content) if isinstance(content, bytes) else torch.save(content, path)
    with pytest.raises(DataError, match=r"other.pt is not a .*checkpoint"):
        fit(model, some_images(), RECIPE, resume=path, progress=False)
    assert same_weights(model, a_small_net())


def test_a_checkpoint_of_other_data_is_refused_and_a_path_may_be_text(tmp_path):
    path = tmp_path / "run.pt"
    fit(a_small_net(), some_images(), RECIPE, callbacks=[Checkpoint(str(path))], progress=False)
    with pytest.raises(ValueError, match=r"data that .* was made with \(15 updates in all\), got data for 9"):
        fit(a_small_net(), some_images(40), RECIPE, resume=path, progress=False)
    assert len(fit(a_small_net(), some_images(), RECIPE, resume=str(path), progress=False).epochs) == 3


def test_recipes_tell_augmentations_apart_by_name_alone():
    slide = partial(training.translate, pixels=3)
    both = training.compose(training.flip, slide)
    names = [replace(RECIPE, augment=each).settings()["augment"] for each in (None, training.flip, slide, both)]
    assert names == [None, "flip", "translate(pixels=3)", "compose(flip, translate(pixels=3))"]
    assert replace(RECIPE, augment=both).settings()["lr"] == 3e-3


def test_a_checkpoint_of_another_recipe_or_a_broken_one_is_refused(tmp_path):
    data, path = some_images(), tmp_path / "run.pt"
    fit(a_small_net(), data, RECIPE, callbacks=[Checkpoint(path)], progress=False)
    with pytest.raises(ValueError, match=r"was made with .*lr=0\.003"):
        fit(a_small_net(), data, replace(RECIPE, lr=1e-2), resume=path, progress=False)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(DataError, match="is not a readable checkpoint"):
        fit(a_small_net(), data, RECIPE, resume=path, progress=False)
    with pytest.raises(DataError, match="is missing"):
        fit(a_small_net(), data, RECIPE, resume=tmp_path / "none.pt", progress=False)


class Overwrite(Callback):
    """Gives the run known validation losses, so that the rule of stopping can be tested without luck."""

    def __init__(self, losses):
        self.losses = losses

    def on_epoch(self, run):
        epoch = len(run.history.epochs)
        run.history.epochs[-1].validation_loss = self.losses[epoch - 1]
        with torch.no_grad():
            next(run.model.parameters()).fill_(epoch)


def test_early_stopping_waits_its_patience_and_restores_the_best_weights():
    data, model = some_images(), a_small_net()
    callbacks = [Overwrite([3.0, 1.0, 2.0, 1.5, 0.5, 0.4]), EarlyStopping(patience=2)]
    history = fit(model, data, replace(RECIPE, epochs=6), validation=data, callbacks=callbacks, progress=False)
    assert len(history.epochs) == 4
    assert history.best_epoch == 2
    assert (next(model.parameters()) == 2).all()
    with pytest.raises(ValueError, match="pass `validation=`"):
        fit(a_small_net(), data, RECIPE, callbacks=[EarlyStopping()], progress=False)


@pytest.mark.parametrize(
    ("losses", "epochs", "best"),
    [
        ([1.0, 1.0, 1.0, 0.5], 3, 1),  # an equal loss is no improvement
        ([math.nan, 0.5, 0.4, 0.3], 4, 4),
        ([math.nan] * 4, 2, None),
        ([math.inf, 2.0, math.nan, 1.0], 4, 4),
    ],
)
def test_early_stopping_counts_strict_improvements_and_survives_nan(losses, epochs, best):
    data = some_images()
    callbacks = [Overwrite(losses), EarlyStopping(patience=2)]
    history = fit(a_small_net(), data, replace(RECIPE, epochs=4), validation=data, callbacks=callbacks, progress=False)
    assert (len(history.epochs), history.best_epoch) == (epochs, best)


@pytest.mark.parametrize("first", ["checkpoint", "early stopping"])
@pytest.mark.parametrize("cut", [1, 2, 4])
def test_early_stopping_resumes_as_if_never_stopped_in_either_order(tmp_path, first, cut):
    """Losses 3, 1, 2, 1.5: the second epoch is the best, and the fourth the last."""
    data, recipe, path = some_images(), replace(RECIPE, epochs=6), tmp_path / "run.pt"
    model, resumed = a_small_net(), a_small_net()

    def callbacks(*more):
        kept = [Checkpoint(path), EarlyStopping(patience=2)]
        order = kept if first == "checkpoint" else kept[::-1]
        return [Overwrite([3.0, 1.0, 2.0, 1.5, 0.5, 0.4]), *order, *more]

    fit(model, data, recipe, validation=data, callbacks=callbacks(Interrupt(5 * cut + 2)), progress=False)
    history = fit(resumed, data, recipe, validation=data, callbacks=callbacks(), resume=path, progress=False)
    assert (len(history.epochs), history.best_epoch) == (4, 2)
    assert (next(resumed.parameters()) == 2).all()


@pytest.mark.parametrize("per_epoch", [0, -1, math.nan])
def test_a_stopwatch_that_never_reads_is_refused(per_epoch):
    with pytest.raises(ValueError, match="at least 1 reading an epoch, got"):
        Stopwatch(some_images(), per_epoch=per_epoch)


def test_a_stopwatch_starts_anew_with_each_run_and_goes_on_with_a_resumed_one(tmp_path):
    data, path = some_images(), tmp_path / "run.pt"
    watch = Stopwatch(data)
    for _ in range(2):
        fit(a_small_net(), data, RECIPE, callbacks=[watch], progress=False)
        assert len(watch.readings) == 3
    fit(a_small_net(), data, RECIPE, callbacks=[watch, Checkpoint(path), Interrupt(7)], progress=False)
    fit(a_small_net(), data, RECIPE, callbacks=[watch], resume=path, progress=False)
    assert len(watch.readings) == 3


def test_the_stopwatch_reads_as_often_as_asked_and_changes_nothing():
    data = some_images()
    watched, alone = FastCNN(widths=(4, 4, 4)), FastCNN(widths=(4, 4, 4))
    watch = Stopwatch(data, per_epoch=5)
    fit(watched, data, RECIPE, callbacks=[watch], progress=False)
    fit(alone, data, RECIPE, progress=False)
    assert len(watch.readings) == 15
    assert same_weights(watched, alone)
    assert watch.readings[-1][2] == pytest.approx(measure.accuracy(watched, data.x, data.y))
    assert sorted(watch.readings) == watch.readings
    assert watch.seconds_to(0.0) == watch.readings[0][0]
    assert watch.seconds_to(1.1) is None


def test_gradients_are_clipped_to_the_norm():
    class Norms(Callback):
        largest = 0.0

        def on_step(self, run):
            grads = [p.grad.norm() for p in run.model.parameters()]
            self.largest = max(self.largest, torch.stack(grads).norm().item())

    norms = Norms()
    fit(a_small_net(), some_images(), replace(RECIPE, clip_norm=0.01), callbacks=[norms], progress=False)
    assert norms.largest == pytest.approx(0.01, rel=1e-3)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_flip_mirrors_about_half_and_only_mirrors(seed):
    x = torch.rand(400, 1, 5, 6, generator=generator(seed))
    flipped = training.flip(x, generator(seed))
    mirrored = (flipped == x.flip(-1)).flatten(1).all(1)
    kept = (flipped == x).flatten(1).all(1)
    assert (mirrored ^ kept).all()
    assert 150 < mirrored.sum() < 250


def shifted(image, dy, dx):
    """`image` (C, H, W) rolled by (dy, dx), with what came round the edge set to zero."""
    result = image.roll((dy, dx), (1, 2))
    _, H, W = image.shape
    result[:, : max(dy, 0)] = result[:, H + min(dy, 0) :] = 0
    result[:, :, : max(dx, 0)] = result[:, :, W + min(dx, 0) :] = 0
    return result


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_translate_equals_torchs_roll_with_the_border_emptied(seed):
    x = torch.rand(50, 2, 9, 8, generator=generator(seed)) + 0.1
    moved = training.translate(x, generator(seed), pixels=2)
    found = set()
    for image, result in zip(x, moved, strict=True):
        matches = [shift for shift in product(range(-2, 3), repeat=2) if torch.equal(shifted(image, *shift), result)]
        assert len(matches) == 1
        found.update(matches)
    assert len(found) > 12


def test_modes_are_left_as_they_were():
    model = nn.Sequential(nn.BatchNorm1d(4), nn.Dropout(), nn.Linear(4, 3))
    model.train()
    model[0].eval()
    measure.predict(model, torch.rand(5, 4))
    assert [m.training for m in model] == [False, True, True]
    assert all(p.grad is None for p in model.parameters())
    with pytest.raises(ValueError, match="at least one example"):
        measure.predict(model, torch.rand(0, 4))


def test_any_loss_and_any_targets():
    x = torch.rand(64, 3, generator=generator(0))
    line = Split(x, x @ torch.tensor([[1.0], [2.0], [3.0]]))
    with seeded(0):
        model = nn.Linear(3, 1)
    history = fit(
        model, line, Recipe(epochs=800, batch_size=64, lr=0.05), loss=F.mse_loss, validation=line, progress=False
    )
    torch.testing.assert_close(model.weight, torch.tensor([[1.0, 2.0, 3.0]]), atol=0.02, rtol=0.02)
    assert history.epochs[-1].validation_accuracy is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epochs": 0}, "epochs of at least 1, got 0"),
        ({"lr": -1.0}, "lr of at least 0.0, got -1.0"),
        ({"lr": float("nan")}, "lr of at least 0.0, got nan"),
        ({"optimizer": "adamax"}, "optimizer to be one of sgd, nesterov, adagrad, rmsprop, adam, adamw, got 'adamax'"),
        ({"schedule": "steps"}, "schedule to be one of"),
        ({"optimizer": "nesterov", "momentum": 0.0}, "momentum above 0 for nesterov"),
        ({"label_smoothing": 1.0}, "label_smoothing from 0 up to"),
        ({"epochs": 2.5}, "a whole number for epochs, got 2.5"),
        ({"batch_size": 16.0}, "a whole number for batch_size, got 16.0"),
        ({"batch_size": True}, "a whole number for batch_size, got True"),
        ({"lr": math.inf}, "lr of at least 0.0, got inf"),
        ({"lr": "1e-3"}, "a number for lr, got '1e-3'"),
        ({"clip_norm": -1.0}, "clip_norm above 0, or None, got -1.0"),
        ({"clip_norm": math.nan}, "clip_norm above 0, or None, got nan"),
        ({"augment": "flip"}, r"a function \(x, generator\) -> x for augment, or None, got 'flip'"),
    ],
)
def test_impossible_recipes_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(RECIPE, **change)
    with pytest.raises(TypeError, match="learning_rate"):
        Recipe(epochs=1, learning_rate=0.1)


def test_impossible_data_is_refused():
    data = some_images()
    with pytest.raises(ValueError, match="as many inputs as targets, got 70 inputs and 69 targets"):
        fit(a_small_net(), Split(data.x, data.y[1:]), RECIPE)
    with pytest.raises(ValueError, match="finite inputs"):
        fit(a_small_net(), Split(data.x * float("nan"), data.y), RECIPE)
    with pytest.raises(ValueError, match="at least one training example"):
        fit(a_small_net(), Split(data.x[:0], data.y[:0]), RECIPE)
    with pytest.raises(TypeError, match=r"examples with tensors x and y, such as data.Split\(x, y\), got tuple"):
        fit(a_small_net(), (data.x, data.y), RECIPE)
    with pytest.raises(ValueError, match="finite targets"):
        fit(a_small_net(), Split(data.x, data.x[:, 0, 0, :10] / 0), RECIPE, loss=F.mse_loss)


def test_impossible_validation_data_is_refused_before_training():
    data, model = some_images(), a_small_net()
    for held, message in (
        (Split(data.x, data.y[1:]), "70 inputs and 69 targets for validation"),
        (Split(data.x[:0], data.y[:0]), "at least one validation example"),
        (Split(data.x * float("nan"), data.y), "finite inputs for validation"),
    ):
        with pytest.raises(ValueError, match=message):
            fit(model, data, RECIPE, validation=held, progress=False)
    assert same_weights(model, a_small_net())


def test_the_optimizers_that_a_recipe_names_are_those_it_makes():
    from lab_utils.training import recipe

    for field, table in (("optimizer", recipe.OPTIMIZERS), ("schedule", recipe.SCHEDULES)):
        assert get_args(get_type_hints(Recipe)[field]) == tuple(table)
    assert get_args(get_type_hints(Recipe)["precision"]) == recipe.PRECISIONS
