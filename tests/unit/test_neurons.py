"""The spiking neuron against its closed form, and the model of V1 against what complex cells are known to do."""

import math

import pytest
import torch

from lab_utils.models import V1, LeakyNeuron, gabor

DT = 1e-5


@pytest.mark.parametrize("over", [1.05, 1.5, 3.0, 10.0])
@pytest.mark.parametrize("neuron", [LeakyNeuron(), LeakyNeuron(membrane=0.01, reset=-0.065, refractory=0.004)])
def test_the_simulated_rate_is_the_closed_form(neuron, over):
    current = over * neuron.rheobase
    run = neuron.simulate(torch.full((60_000,), current, dtype=torch.float64), dt=DT)
    expected = 1 / neuron.rate(torch.tensor(current)).item()
    assert len(run.times) >= 5
    # each interval is rounded up to whole steps
    assert run.intervals.mean().item() == pytest.approx(expected, abs=2 * DT)
    assert run.intervals.std() < 1.5 * DT


def test_nothing_fires_below_the_rheobase():
    neuron = LeakyNeuron()
    assert neuron.rate(torch.tensor([-1e-9, 0.0, 0.999 * neuron.rheobase])).tolist() == [0, 0, 0]
    run = neuron.simulate(torch.full((20_000,), 0.999 * neuron.rheobase))
    assert run.rate == 0
    assert run.voltage[-1].item() == pytest.approx(neuron.rest + 0.999 * neuron.rheobase * neuron.resistance)


def test_the_voltage_is_the_exponential():
    neuron = LeakyNeuron()
    run = neuron.simulate(torch.full((1000,), 0.5 * neuron.rheobase, dtype=torch.float64))
    t = 1e-4 * torch.arange(1, 1001, dtype=torch.float64)
    torch.testing.assert_close(run.voltage, neuron.rest + 0.010 * (1 - torch.exp(-t / neuron.membrane)))


def test_the_rate_is_bounded_by_the_refractory_time_and_grows():
    neuron = LeakyNeuron()
    rates = neuron.rate(neuron.rheobase * torch.logspace(0.01, 6, 50))
    assert (rates.diff() > 0).all()
    assert 0.99 / neuron.refractory < rates[-1] < 1 / neuron.refractory


def test_noise_has_the_stated_spread_and_fires_below_threshold():
    quiet = LeakyNeuron(threshold=1.0)
    draw = torch.Generator().manual_seed(0)
    run = quiet.simulate(torch.zeros(200_000), noise=0.005, generator=draw)
    assert run.voltage[2000:].std().item() == pytest.approx(0.005, rel=0.1)
    neuron = LeakyNeuron()
    below = torch.full((20_000,), 0.9 * neuron.rheobase)
    assert neuron.simulate(below, noise=0.005, generator=draw).rate > 1
    again = [neuron.simulate(below, noise=0.005, generator=torch.Generator().manual_seed(3)).times for _ in range(2)]
    assert torch.equal(*again)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LeakyNeuron(membrane=0), "positive membrane"),
        (lambda: LeakyNeuron(threshold=-0.08), "below the threshold"),
        (lambda: LeakyNeuron().rate(torch.tensor(math.nan)), "finite currents"),
        (lambda: LeakyNeuron().simulate(torch.zeros(2, 2)), r"\(T,\), got \(2, 2\)"),
        (lambda: LeakyNeuron().simulate(torch.zeros(0)), r"got \(0,\)"),
        (lambda: LeakyNeuron().simulate(torch.zeros(5), dt=0.1), "dt"),
        (lambda: LeakyNeuron().simulate(torch.zeros(5), noise=0.1), "generator"),
        (lambda: LeakyNeuron().simulate(torch.full((5,), math.inf)), "finite currents"),
        (lambda: gabor(0, wavelength=4), "positive size"),
        (lambda: gabor(9, wavelength=-4), "positive size"),
        (lambda: V1(size=12), "odd size"),
        (lambda: V1()(torch.zeros(28, 28)), r"x\[None, None\]"),
    ],
)
def test_errors_say_what_was_expected(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def grating(orientation, phase=0.0, wavelength=8.0, size=41):
    axis = torch.arange(size, dtype=torch.float64) - size // 2
    along = axis[None, :] * math.cos(orientation) - axis[:, None] * math.sin(orientation)
    return torch.cos(2 * math.pi * along / wavelength + phase).float()[None, None]


def test_a_gabor_is_its_formula():
    patch = gabor(11, wavelength=6, orientation=math.pi / 2, phase=0.3, sigma=2, aspect=0.5, centre=(1, -2))
    x, y = 3, 4  # to the right of the middle, above it
    expected = math.exp(-((y + 2) ** 2 + (0.5 * (x - 1)) ** 2) / 8) * math.cos(2 * math.pi * (y + 2) / 6 + 0.3)
    assert patch[5 - y, 5 + x].item() == pytest.approx(expected, abs=1e-6)


def test_cells_prefer_their_direction():
    v1 = V1(orientations=4, wavelengths=(8.0,), size=17)
    for number in range(4):
        answers = v1.complex(v1.simple(grating(number * math.pi / 4)))[0, :, 20, 20]
        assert answers.argmax() == number
        assert answers[(number + 2) % 4] < 0.1 * answers[number]


def test_complex_cells_do_not_care_about_phase_and_simple_cells_do():
    v1 = V1(orientations=4, wavelengths=(8.0,), size=17)
    phases = torch.linspace(0, 2 * math.pi, 24)[:-1]
    simple = torch.stack([v1.simple(grating(0.0, float(phase)))[0, 0, 20, 20] for phase in phases])
    complex_ = torch.stack([v1.complex(v1.simple(grating(0.0, float(phase))))[0, 0, 20, 20] for phase in phases])
    assert simple.min() == 0
    assert complex_.std() / complex_.mean() < 0.02
    assert simple.std() / simple.mean() > 1


def test_v1_ignores_brightness_scales_with_contrast_and_learns_nothing():
    v1, x = V1(), torch.rand(3, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    out = v1(x)
    assert out.shape == (3, 16, 14, 14)
    middle = (slice(None), slice(None), slice(4, -4), slice(4, -4))  # away from the padded border
    torch.testing.assert_close(v1(x + 5)[middle], out[middle], atol=1e-4, rtol=1e-3)
    torch.testing.assert_close(v1(3 * x), 3 * out)
    assert not list(v1.parameters())
