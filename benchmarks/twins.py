"""The same networks in torch.nn: same settings, same names in the state dict, so that weights load both ways."""

from __future__ import annotations

from torch import Tensor, nn

from scratchnn.config import CNNConfig, RunConfig, TransformerConfig


class TwinCNN(nn.Module):
    """Blocks of convolution, ReLU and pooling, then two linear layers."""

    def __init__(self, config: CNNConfig) -> None:
        super().__init__()
        self.blocks = len(config.channels)
        in_channels = 1
        for block, out_channels in enumerate(config.channels, start=1):
            convolution = nn.Conv2d(in_channels, out_channels, config.kernel_size, padding=config.kernel_size // 2)
            setattr(self, f"conv{block}", convolution)
            if config.batch_norm:
                setattr(self, f"norm{block}", nn.BatchNorm2d(out_channels))
            in_channels = out_channels
        self.pool = nn.MaxPool2d(2) if config.pooling == "max" else nn.AvgPool2d(2)
        self.relu = nn.ReLU()
        self.dropout = nn.Dropout(config.dropout)
        self.fc1 = nn.Linear(in_channels * config.map_sizes()[-1] ** 2, config.hidden)
        self.fc2 = nn.Linear(config.hidden, 10)

    def forward(self, x: Tensor) -> Tensor:
        for block in range(1, self.blocks + 1):
            x = getattr(self, f"conv{block}")(x)
            if hasattr(self, f"norm{block}"):
                x = getattr(self, f"norm{block}")(x)
            x = self.pool(self.relu(x))
        x = self.relu(self.fc1(self.dropout(x.flatten(1))))
        return self.fc2(self.dropout(x))


class TwinTransformer(nn.Module):
    """Patches, a linear embedding, learned positions, nn.TransformerEncoder, mean over tokens, linear head."""

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        if config.position != "learned" or config.pooling != "mean":
            raise ValueError("the twin knows learned positions and mean pooling only")
        self.patch_embedding = TwinPatchEmbedding(config.patch_size, config.width)
        self.position = nn.Embedding(config.num_patches, config.width)
        nn.init.normal_(self.position.weight, std=0.02)
        self.dropout = nn.Dropout(config.dropout)
        layer = nn.TransformerEncoderLayer(
            config.width,
            config.heads,
            config.feed_forward,
            config.dropout,
            config.activation,
            batch_first=True,
            norm_first=config.norm_first,
        )
        norm = nn.LayerNorm(config.width) if config.norm_first else None
        self.encoder = nn.TransformerEncoder(layer, config.depth, norm, enable_nested_tensor=False)
        self.head = nn.Linear(config.width, 10)

    def forward(self, images: Tensor) -> Tensor:
        tokens = self.patch_embedding(images) + self.position.weight  # (B, T, E)
        return self.head(self.encoder(self.dropout(tokens)).mean(1))


class TwinPatchEmbedding(nn.Module):
    """Squares of pixels in reading order, each through the same linear layer."""

    def __init__(self, patch_size: int, width: int) -> None:
        super().__init__()
        self.patch_size = patch_size
        self.projection = nn.Linear(patch_size**2, width)

    def forward(self, images: Tensor) -> Tensor:
        p = self.patch_size
        pixels = images[:, 0].unfold(1, p, p).unfold(2, p, p).flatten(3).flatten(1, 2)  # (B, T, p²)
        return self.projection(pixels)


def build_twin(config: RunConfig) -> TwinCNN | TwinTransformer:
    """The torch.nn model that `scratchnn.models.build_model(config)` is compared with."""
    return TwinCNN(config.cnn) if config.model == "cnn" else TwinTransformer(config.transformer)
