"""CustomTransformer: an image read as a sequence of patches that attend to each other."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from scratchnn.config import TransformerConfig
from scratchnn.layers.dropout import CustomDropout
from scratchnn.layers.encoder import CustomTransformerEncoder, CustomTransformerEncoderLayer
from scratchnn.layers.linear import CustomLinear
from scratchnn.layers.normalization import CustomLayerNorm
from scratchnn.layers.patches import CustomPatchEmbedding
from scratchnn.layers.position import CustomPositionalEncoding
from scratchnn.layers.token_pooling import CustomTokenPooling
from scratchnn.module import Module, Parameter
from scratchnn.trace import Trace


class CustomTransformer(Module):
    """Images `[B, C, H, W]` → logits `[B, num_classes]` (Dosovitskiy et al. 2021). By default the course design.

    patches → embedding → positional encoding → encoder → pooling → head; E = width, N = number of patches.

    Args:
        settings: those of TransformerConfig, by name; an impossible combination is refused in words.
    """

    def __init__(self, in_channels: int = 1, num_classes: int = 10, **settings: Any) -> None:
        self.config = config = TransformerConfig.checked(**settings)
        self.num_classes = num_classes
        self.patch_embedding = CustomPatchEmbedding(config.image_size, config.patch_size, in_channels, config.width)
        self.class_token = Parameter(torch.empty(config.width)) if config.pooling == "class_token" else None
        length = config.num_patches + (self.class_token is not None)
        self.position = CustomPositionalEncoding(length, config.width, config.position)
        self.dropout = CustomDropout(config.dropout)
        layer = CustomTransformerEncoderLayer(
            config.width, config.heads, config.feed_forward, config.dropout, config.activation, config.norm_first
        )
        # with norm_first the sums inside the stack are never normalised, so the stack's output is
        norm = CustomLayerNorm(config.width) if config.norm_first else None
        self.encoder = CustomTransformerEncoder(layer, config.depth, norm)
        self.pooling = CustomTokenPooling(config.pooling)
        self.head = CustomLinear(config.width, num_classes)
        self.reset_parameters()

    def reset_parameters(self, generator: torch.Generator | None = None) -> None:
        if self.class_token is not None:
            self.class_token.value.normal_(0, 0.02, generator=generator)
        super().reset_parameters(generator)

    def forward(
        self, images: Tensor, trace: Trace, patches: Tensor | None = None, key_padding_mask: Tensor | None = None
    ) -> Tensor:
        """images `[B, C, H, W]` → logits `[B, num_classes]`.

        Args:
            patches: which patches to read, by number, `[T]` or `[B, T]`; all N if None. The sequence really is T long.
            key_padding_mask: `[B, T]`, bool, True where a patch of that choice is padding: as if it were not there.
        """
        tokens = self.patch_embedding(images, trace=trace, patches=patches)  # (B, T, E)
        positions = patches
        if self.class_token is not None:
            tokens = torch.cat([self.class_token.value.expand(len(tokens), 1, -1), tokens], dim=1)
            if patches is not None:  # the class token stands at place 0, before all patches
                positions = torch.cat([torch.zeros_like(patches[..., :1]), patches + 1], dim=-1)
            if key_padding_mask is not None:
                key_padding_mask = torch.cat([torch.zeros_like(key_padding_mask[:, :1]), key_padding_mask], dim=1)
        tokens = self.dropout(self.position(tokens, trace=trace, positions=positions), trace=trace)
        tokens = self.encoder(tokens, trace=trace, src_key_padding_mask=key_padding_mask)
        pooled = self.pooling(tokens, trace=trace, key_padding_mask=key_padding_mask)  # (B, E)
        return trace.save(self, self.head(pooled, trace=trace), images=images)

    def backward(self, grad_output: Tensor, trace: Trace) -> Tensor:
        """dL/dlogits → dL/dimages `[B, C, H, W]`."""
        trace.recall(self, grad_output)
        grad = self.pooling.backward(self.head.backward(grad_output, trace), trace)
        grad = self.encoder.backward(grad, trace)
        grad = self.position.backward(self.dropout.backward(grad, trace), trace)
        if self.class_token is not None:
            self.class_token.grad += grad[:, 0].sum(0)  # one token was shared by all images
            grad = grad[:, 1:]
        return self.patch_embedding.backward(grad, trace)
