"""Who looks where on one digit: the attention weights head by head, averaged, and followed through the layers."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from scratchnn.models import CustomTransformer
from scratchnn.trace import Trace

CLASS_TOKEN = -1  # stands in `patches` where a token is no patch


@dataclass(frozen=True)
class Attention:
    """The attention of a CustomTransformer on one image. L layers, H heads, T tokens, N = side² patches.

    A row is a query and a column a key: `weights[l, h, t, s]` is how much of its attention token t gives to token s,
    so every row sums to one.

    Attributes:
        weights: [L, H, T, T].
        value_sizes: [L, H, T], the length of each token's value vector: what a weight of one would bring.
        readout: [T], each token's part in what the network's head reads.
        patches: [T] int64, each token's patch by its number; CLASS_TOKEN where it is none. Hidden patches are missing.
        side: patches in a row of the image.
    """

    weights: Tensor
    value_sizes: Tensor
    readout: Tensor
    patches: Tensor
    side: int

    @property
    def has_class_token(self) -> bool:
        return bool(self.patches[0] == CLASS_TOKEN)

    def mean(self) -> Tensor:
        """[L, T, T]: the average of each layer's heads; its rows, too, sum to one."""
        return self.weights.mean(1)

    def flow(self) -> Tensor:
        """[L, T, T]: how long, on average over the heads, what each token (column) brings to each other (row) is."""
        return (self.weights * self.value_sizes[:, :, None]).mean(1)

    def rollout(self) -> Tensor:
        """[T, T] float64: how much of patch s can have reached token t after all layers (Abnar and Zuidema 2020, § 3).

        A token is taken to come half from what its layer's heads gather, on average, and half from itself, by way of
        the residual connection; the layers' shares are multiplied. What the values and the feed-forward do to the
        tokens is left out, so this is a bound on the flow's ways and no measure of what each contributes.
        """
        itself = torch.eye(len(self.patches), dtype=torch.float64)
        reached = itself
        for layer in self.mean().double():
            reached = (0.5 * layer + 0.5 * itself) @ reached
        return reached

    def read_from(self, shares: Tensor) -> Tensor:
        """[..., T, T] → [..., T]: the rows averaged as the network's head reads the tokens.

        With a class token this is its own row; without one, the mean of all.
        """
        return self.readout.to(shares) @ shares

    def on_grid(self, shares: Tensor) -> Tensor:
        """[..., T], one number a token, → [..., side, side]: where on the image; NaN for a hidden patch.

        A class token has no place on the image; its number is left out.
        """
        grid = shares.new_full((*shares.shape[:-1], self.side**2), torch.nan)
        placed = self.patches != CLASS_TOKEN
        grid[..., self.patches[placed]] = shares[..., placed]
        return grid.view(*shares.shape[:-1], self.side, self.side)


def read_attention(model: CustomTransformer, trace: Trace, image: int = 0) -> Attention:
    """All the attention of one image of a pass.

    Args:
        trace: of a pass through `model`, with all its patches or with some of them.
        image: which of the batch.
    """
    calls = [trace[f"encoder.layers.{layer}.self_attn"] for layer in range(model.config.depth)]
    return Attention(
        weights=torch.stack([call.saved["weights"][image] for call in calls]).cpu(),
        value_sizes=torch.stack([call.saved["value"][image].norm(dim=-1) for call in calls]).cpu(),
        readout=trace["pooling"].saved["share"][image].cpu(),
        patches=token_patches(model, trace, image),
        side=patches_in_row(model),
    )


def token_patches(model: CustomTransformer, trace: Trace, image: int = 0) -> Tensor:
    """[T] int64: the number of each token's patch, for one image of a pass; CLASS_TOKEN where it is none."""
    embedding = trace["patch_embedding"]
    if "patches" in embedding.saved:
        patches = embedding.saved["patches"][image, :, 0].cpu()
    else:
        patches = torch.arange(embedding.output.shape[1])
    return patches if model.class_token is None else torch.cat([torch.tensor([CLASS_TOKEN]), patches])


def patches_in_row(model: CustomTransformer) -> int:
    """How many patches stand side by side across the image, and one below the other."""
    return model.config.image_size // model.config.patch_size
