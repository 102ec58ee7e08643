"""A spiking neuron in its simplest form: a leaky capacitor with a threshold."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Spikes:
    """What a simulation left: the voltage (T,) in volts, when the neuron fired (n,) in seconds, and how long it ran."""

    voltage: Tensor
    times: Tensor
    duration: float

    @property
    def rate(self) -> float:
        """Spikes a second over the whole simulation."""
        return len(self.times) / self.duration

    @property
    def intervals(self) -> Tensor:
        """Seconds from each spike to the next, (n − 1,)."""
        return self.times.diff()


@dataclass(frozen=True)
class LeakyNeuron:
    """A leaky integrate-and-fire neuron: τ dV/dt = rest − V + R·I; at the threshold it fires and is reset.

    SI units: seconds, volts, ohms, amperes. The defaults are round numbers of the size found in cortical pyramidal
    cells. Source: Lapicque (1907), in the form of Gerstner, Kistler, Naud & Paninski, *Neuronal Dynamics*, Cambridge
    2014, section 1.3. Raises ValueError unless the times and R are positive and reset and rest lie below the threshold.
    """

    membrane: float = 0.020
    resistance: float = 1e8
    rest: float = -0.070
    threshold: float = -0.050
    reset: float = -0.070
    refractory: float = 0.002

    def __post_init__(self) -> None:
        if not (self.membrane > 0 and self.resistance > 0 and self.refractory >= 0):
            raise ValueError(f"expected positive membrane and resistance, and a refractory time of at least 0: {self}")
        if not (self.rest < self.threshold and self.reset < self.threshold):
            raise ValueError(f"expected rest and reset below the threshold, got {self}")

    @property
    def rheobase(self) -> float:
        """The constant current, in amperes, that must be exceeded for the neuron ever to fire."""
        return (self.threshold - self.rest) / self.resistance

    def rate(self, current: Tensor) -> Tensor:
        """Spikes a second under constant currents (...) in amperes, without noise: the closed form, shape (...).

        1 / (refractory + τ ln((R·I + rest − reset) / (R·I + rest − threshold))) above the rheobase, 0 below it
        (Gerstner et al., 2014, where it is called the gain function).
        """
        current = torch.as_tensor(current, dtype=torch.float64)
        if not torch.isfinite(current).all():
            raise ValueError("expected finite currents, got NaN or infinity among them")
        aim = self.resistance * current + self.rest  # where the voltage would settle without a threshold
        fires = aim > self.threshold
        safe = torch.where(fires, aim, self.threshold + 1.0)
        charge = self.membrane * torch.log((safe - self.reset) / (safe - self.threshold))
        return torch.where(fires, 1 / (self.refractory + charge), torch.zeros_like(aim))

    def simulate(
        self, current: Tensor, *, dt: float = 1e-4, noise: float = 0.0, generator: torch.Generator | None = None
    ) -> Spikes:
        """Drive the neuron with `current` (T,) in amperes, one value for each `dt` seconds, from rest.

        Between spikes a step is exact: V decays by exp(−dt/τ) towards rest + R·I. `noise` in volts is the standard
        deviation that white-noise input would give the voltage if there were no threshold; it is drawn from
        `generator`, which it needs.
        """
        drive = self._drive(current, dt, noise, generator)
        keep, wait = math.exp(-dt / self.membrane), round(self.refractory / dt)
        voltage, times, v, silent = [], [], self.rest, 0
        for step, aim in enumerate(drive.tolist()):
            if silent:
                silent -= 1
            else:
                v = aim + (v - self.rest) * keep
                if v >= self.threshold:
                    times.append((step + 1) * dt)
                    v, silent = self.reset, wait
            voltage.append(v)
        trace = torch.tensor(voltage, dtype=torch.float64)
        return Spikes(trace, torch.tensor(times, dtype=torch.float64), len(trace) * dt)

    def _drive(self, current: Tensor, dt: float, noise: float, generator: torch.Generator | None) -> Tensor:
        """What each step adds to the decayed voltage, with the rest in it: (T,), volts."""
        if not isinstance(current, Tensor) or current.ndim != 1 or len(current) == 0:
            got = tuple(current.shape) if isinstance(current, Tensor) else type(current).__name__
            raise ValueError(f"expected a current for each step, a tensor of shape (T,), got {got}")
        if not torch.isfinite(current).all() or not 0 < dt <= self.membrane / 5 or not noise >= 0:
            raise ValueError(
                f"expected finite currents, noise >= 0 and a dt up to a fifth of the membrane time, got noise {noise}, "
                f"dt {dt} for {self.membrane} s"
            )
        if noise and generator is None:
            raise ValueError("expected a generator to draw the noise from, got None")
        keep = math.exp(-dt / self.membrane)
        drive = self.rest + (1 - keep) * self.resistance * current.double()
        if noise:
            # This share of the stationary variance in every step keeps it stationary.
            shake = noise * math.sqrt(1 - keep**2)
            drive = drive + shake * torch.randn(len(current), generator=generator, dtype=torch.float64)
        return drive
