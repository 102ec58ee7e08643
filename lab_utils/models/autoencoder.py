"""Networks that rebuild their input from a code: through a narrow layer, or a wide one of which little is on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lab_utils.core import seeded
from lab_utils.models.mlp import MLP


class Autoencoder(nn.Module):
    """An encoder of the given `widths` (inputs first, code last) and a decoder that mirrors it.

    Input (B, ...) with widths[0] numbers an example; the code is (B, widths[-1]), and the reconstruction has the
    input's shape. The code itself is linear, `activation` stands between hidden layers, and `output` makes the
    decoder's numbers values of the data (`nn.Sigmoid` for pixels in [0, 1]). `Autoencoder((2, 1))` is the linear one:
    a single matrix each way.
    """

    def __init__(
        self,
        widths: Sequence[int],
        *,
        activation: Callable[[], nn.Module] = nn.ReLU,
        output: Callable[[], nn.Module] = nn.Identity,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.encoder = MLP(widths, activation=activation, seed=seed)
        self.decoder = MLP(tuple(widths)[::-1], activation=activation, seed=seed + 1)
        self.output = output()

    def encode(self, x: Tensor) -> Tensor:
        """The code (B, D)."""
        return self.encoder(x)

    def decode(self, code: Tensor) -> Tensor:
        """What a code (B, D) stands for, (B, inputs)."""
        return self.output(self.decoder(code))

    def forward(self, x: Tensor) -> Tensor:
        """The reconstruction, in the shape of `x`."""
        return self.decode(self.encode(x)).view_as(x)


class SparseAutoencoder(nn.Module):
    """One hidden layer whose units are the code, and a decoder that adds up one atom for each of them.

    Input (B, ...) with `inputs` numbers an example, code (B, code). The rule `code_activation` decides who is on. All
    atoms have the length `atom_length`: with None they are free, and then a penalty on the code is met by a smaller
    code and longer atoms, and nothing has become sparse (Olshausen & Field, 1996, hold the length as well). `centre`
    (inputs,), such as the mean picture, is what the code describes deviations from: without it some units win for
    every picture and most for none.
    """

    def __init__(
        self,
        *,
        inputs: int = 784,
        code: int = 240,
        code_activation: Callable[[], nn.Module] = nn.ReLU,
        atom_length: float | None = 1.0,
        centre: Tensor | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if min(inputs, code) < 1:
            raise ValueError(f"expected at least 1 input and 1 unit, got {inputs} and {code}")
        if centre is not None and centre.numel() != inputs:
            raise ValueError(f"expected a centre of {inputs} numbers, got shape {tuple(centre.shape)}")
        if atom_length is not None and not atom_length > 0:
            raise ValueError(f"expected an atom_length above 0, or None, got {atom_length}")
        self.atom_length = atom_length
        with seeded(seed):
            self.encoder = nn.Linear(inputs, code)
            self.code_activation = code_activation()
        directions = F.normalize(self.encoder.weight.detach(), dim=1)
        self.encoder.weight.data = directions.clone()  # each unit starts by looking for its own atom
        self.atoms = nn.Parameter(directions * (atom_length or 1.0))
        self.bias = nn.Parameter(torch.zeros(inputs) if centre is None else centre.detach().flatten().clone())

    @property
    def dictionary(self) -> Tensor:
        """The atoms (code, inputs) as the decoder uses them: row j is what unit j adds when it is 1."""
        return self.atoms if self.atom_length is None else self.atom_length * F.normalize(self.atoms, dim=1)

    def pre_activation(self, x: Tensor) -> Tensor:
        """What each unit receives, z (B, code)."""
        return self.encoder(x.flatten(1) - self.bias)

    def encode(self, x: Tensor) -> Tensor:
        """The code (B, code)."""
        return self.code_activation(self.pre_activation(x))

    def decode(self, code: Tensor) -> Tensor:
        """The weighted sum of the atoms, (B, inputs)."""
        return code @ self.dictionary + self.bias

    def forward(self, x: Tensor) -> Tensor:
        """The reconstruction, in the shape of `x`."""
        return self.decode(self.encode(x)).view_as(x)
