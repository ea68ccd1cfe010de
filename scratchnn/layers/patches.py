"""Patch embedding: an image becomes a sequence of tokens, one for each square of pixels."""

from __future__ import annotations

import torch
from torch import Tensor

from scratchnn.layers.linear import CustomLinear
from scratchnn.module import Module
from scratchnn.trace import Trace


class CustomPatchEmbedding(Module):
    """token[t] = projection(pixels of patch t) (Dosovitskiy et al. 2021, § 3.1); patches in reading order.

    P = patch_size, C = in_channels, E = embed_dim, N = number of patches = (image_size / P)².
    """

    def __init__(self, image_size: int, patch_size: int, in_channels: int, embed_dim: int) -> None:
        if image_size % patch_size:
            raise ValueError(
                f"CustomPatchEmbedding: patches of {patch_size} pixels do not tile an image of {image_size}; "
                "use a patch size that divides it"
            )
        self.image_size, self.patch_size, self.in_channels = image_size, patch_size, in_channels
        self.num_patches = (image_size // patch_size) ** 2
        self.projection = CustomLinear(in_channels * patch_size**2, embed_dim)

    def forward(self, x: Tensor, trace: Trace, patches: Tensor | None = None) -> Tensor:
        """x `[B, C, H, W]` → `[B, T, E]`; saves `pixels` `[B, T, C·P·P]`.

        Args:
            patches: which patches, and in which order, by their number 0 … N − 1: `[T]`, or `[B, T]` for a choice of
                each image's own; all of them, T = N, if None.
        """
        pixels = self._cut(x, trace)
        if patches is not None:
            self._check(patches, x.shape[0], trace)
            chosen = patches.expand(x.shape[0], patches.shape[-1])[:, :, None]  # (B, T, 1)
            pixels = pixels.gather(1, chosen.expand(-1, -1, pixels.shape[2]))
            return trace.save(self, self.projection(pixels, trace=trace), pixels=pixels, patches=chosen)
        return trace.save(self, self.projection(pixels, trace=trace), pixels=pixels)

    def backward(self, grad_output: Tensor, trace: Trace) -> Tensor:
        """dL/dy `[B, T, E]` → dL/dx `[B, C, H, W]`; a patch that was left out gets zeros."""
        call = trace.recall(self, grad_output)
        grad_pixels = self.projection.backward(grad_output, trace)
        if "patches" in call.saved:
            chosen = call.saved["patches"].expand_as(grad_pixels)
            every = grad_pixels.new_zeros(len(grad_pixels), self.num_patches, grad_pixels.shape[2])
            grad_pixels = every.scatter_add_(1, chosen, grad_pixels)
        side, size = self.image_size // self.patch_size, self.patch_size
        squares = grad_pixels.view(-1, side, side, self.in_channels, size, size)
        return squares.permute(0, 3, 1, 4, 2, 5).reshape(-1, self.in_channels, self.image_size, self.image_size)

    def _check(self, patches: Tensor, images: int, trace: Trace) -> None:
        """Refuses a choice of patches that the images do not have."""
        if patches.dtype != torch.int64 or patches.shape[:-1] not in ((), (1,), (images,)):
            raise trace.error(
                self,
                f"patches is {patches.dtype} {list(patches.shape)}, but this layer takes numbers of patches, "
                f"torch.int64 [T] or [{images}, T]; give it one list, or one for each image",
            )
        if patches.numel() == 0 or patches.min() < 0 or patches.max() >= self.num_patches:
            given = f"{int(patches.min())} … {int(patches.max())} were given" if patches.numel() else "none was given"
            raise trace.error(
                self,
                f"patches are numbered 0 … {self.num_patches - 1} here, and {given}; choose at least one of these",
            )

    def _cut(self, x: Tensor, trace: Trace) -> Tensor:
        """`[B, C, H, W]` → `[B, N, C·P·P]`."""
        if x.shape[1:] != (self.in_channels, self.image_size, self.image_size):
            raise trace.error(
                self,
                f"input is {list(x.shape)}, but this layer was built for "
                f"[B, {self.in_channels}, {self.image_size}, {self.image_size}]; resize the image to that",
            )
        side, size = self.image_size // self.patch_size, self.patch_size
        squares = x.reshape(-1, self.in_channels, side, size, side, size).permute(0, 2, 4, 1, 3, 5)
        memory = trace.buffer(self, "pixels", squares.shape, like=x)
        return memory.copy_(squares).view(x.shape[0], self.num_patches, -1)
