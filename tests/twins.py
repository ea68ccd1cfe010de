"""torch.nn twins: of layers that torch.nn writes or calls differently, and of both models."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from scratchnn.config import CNNConfig, TransformerConfig


class MultiHeadAttention(nn.MultiheadAttention):
    """nn.MultiheadAttention, batch first; query alone means self-attention."""

    def __init__(self, embed_dim: int, num_heads: int, dropout: float = 0.0, bias: bool = True) -> None:
        super().__init__(embed_dim, num_heads, dropout, bias, batch_first=True)

    def forward(self, query: Tensor, *others: Tensor, **masks: Any) -> tuple[Tensor, Tensor | None]:
        key, value = others or (query, query)
        return super().forward(query, key, value, average_attn_weights=False, **masks)


class EncoderLayer(nn.TransformerEncoderLayer):
    """nn.TransformerEncoderLayer, batch first."""

    def __init__(self, *settings: Any, **named: Any) -> None:
        super().__init__(*settings, **named, batch_first=True)


class FeedForward(nn.Module):
    """The middle of nn.TransformerEncoderLayer."""

    def __init__(self, d_model: int, dim_feedforward: int, activation: str) -> None:
        super().__init__()
        self.linear1 = nn.Linear(d_model, dim_feedforward)
        self.linear2 = nn.Linear(dim_feedforward, d_model)
        self.activation = {"relu": F.relu, "gelu": F.gelu}[activation]

    def forward(self, x: Tensor) -> Tensor:
        return self.linear2(self.activation(self.linear1(x)))


class PatchEmbedding(nn.Module):
    """Patches by torch's unfold, some of them chosen by number."""

    def __init__(self, patch_size: int, in_channels: int, embed_dim: int) -> None:
        super().__init__()
        self.patch_size = patch_size
        self.projection = nn.Linear(in_channels * patch_size**2, embed_dim)

    def forward(self, x: Tensor, patches: Tensor | None = None) -> Tensor:
        tokens = self.projection(F.unfold(x, self.patch_size, stride=self.patch_size).transpose(1, 2))
        if patches is None:
            return tokens
        chosen = patches.expand(len(x), patches.shape[-1])
        return tokens[torch.arange(len(x))[:, None], chosen]


class LearnedPositions(nn.Module):
    """An nn.Embedding of places in all but the parameter's name."""

    def __init__(self, max_length: int, width: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(max_length, width))

    def forward(self, x: Tensor, positions: Tensor | None = None) -> Tensor:
        places = torch.arange(x.shape[1], device=x.device) if positions is None else positions
        return x + F.embedding(places, self.weight)


class TokenPooling(nn.Module):
    """The first token, or the mean of those that are not padding."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def forward(self, x: Tensor, key_padding_mask: Tensor | None = None) -> Tensor:
        if self.kind == "class_token":
            return x[:, 0]
        padding = x.new_zeros(x.shape[:2], dtype=torch.bool) if key_padding_mask is None else key_padding_mask
        return torch.stack([tokens[~hidden].mean(0) for tokens, hidden in zip(x, padding, strict=True)])


class CNN(nn.Module):
    """CustomCNN's twin."""

    def __init__(self, config: CNNConfig, in_channels: int = 1, num_classes: int = 10) -> None:
        super().__init__()
        channels = (in_channels, *config.channels)
        self.blocks = len(config.channels)
        for block in range(1, self.blocks + 1):
            conv = nn.Conv2d(*channels[block - 1 : block + 1], config.kernel_size, padding=config.kernel_size // 2)
            setattr(self, f"conv{block}", conv)
            if config.batch_norm:
                setattr(self, f"norm{block}", nn.BatchNorm2d(channels[block]))
        self.pool = nn.MaxPool2d(2) if config.pooling == "max" else nn.AvgPool2d(2)
        self.fc1 = nn.LazyLinear(config.hidden)
        self.fc2 = nn.Linear(config.hidden, num_classes)
        self(torch.zeros(2, in_channels, config.image_size, config.image_size))  # lets fc1 find its size by itself
        for norm in self.modules():
            if isinstance(norm, nn.BatchNorm2d):
                norm.reset_running_stats()

    def forward(self, x: Tensor) -> Tensor:
        for block in range(1, self.blocks + 1):
            x = getattr(self, f"conv{block}")(x)
            if hasattr(self, f"norm{block}"):
                x = getattr(self, f"norm{block}")(x)
            x = self.pool(F.relu(x))
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


class Transformer(nn.Module):
    """CustomTransformer's twin."""

    def __init__(self, config: TransformerConfig, in_channels: int = 1, num_classes: int = 10) -> None:
        super().__init__()
        self.config = config
        width, length = config.width, config.num_patches
        if config.pooling == "class_token":
            self.class_token = nn.Parameter(torch.zeros(width))
            length += 1
        self.patch_embedding = PatchEmbedding(config.patch_size, in_channels, width)
        if config.position == "learned":
            self.position = LearnedPositions(length, width)
        layer = EncoderLayer(
            width, config.heads, config.feed_forward, 0.0, config.activation, norm_first=config.norm_first
        )
        norm = nn.LayerNorm(width) if config.norm_first else None
        self.encoder = nn.TransformerEncoder(layer, config.depth, norm, enable_nested_tensor=False)
        self.pooling = TokenPooling(config.pooling)
        self.head = nn.Linear(width, num_classes)

    def forward(self, images: Tensor, patches: Tensor | None = None, key_padding_mask: Tensor | None = None) -> Tensor:
        x = self.patch_embedding(images, patches)
        places = torch.arange(x.shape[1], device=x.device) if patches is None else patches
        if self.config.pooling == "class_token":
            x = torch.cat([self.class_token.expand(len(x), 1, -1), x], 1)
            places = F.pad(places + 1, (1, 0))
            key_padding_mask = None if key_padding_mask is None else F.pad(key_padding_mask, (1, 0))
        if self.config.position == "learned":
            x = self.position(x, places)
        elif self.config.position == "sinusoidal":
            x = x + sinusoids(places, self.config.width).to(x)
        x = self.encoder(x, src_key_padding_mask=key_padding_mask)
        return self.head(self.pooling(x, key_padding_mask))


def sinusoids(places: Tensor, width: int) -> Tensor:
    """Vaswani et al. 2017, § 3.5, column by column."""
    columns = [
        (torch.sin if column % 2 == 0 else torch.cos)(places.double() / 10_000 ** ((column - column % 2) / width))
        for column in range(width)
    ]
    return torch.stack(columns, -1)
