"""A CNN and a Transformer whose forward and backward passes are written by hand, layer by layer.

Names are loaded at first use: `import scratchnn` alone does not load torch, which takes a second or two.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scratchnn.config import (
        CNNConfig as CNNConfig,
        DataConfig as DataConfig,
        RunConfig as RunConfig,
        TrainingConfig as TrainingConfig,
        TransformerConfig as TransformerConfig,
        preset as preset,
    )
    from scratchnn.data import Dataset as Dataset, load_dataset as load_dataset
    from scratchnn.layers.activation import (
        CustomGELU as CustomGELU,
        CustomReLU as CustomReLU,
        CustomSoftmax as CustomSoftmax,
    )
    from scratchnn.layers.attention import CustomMultiHeadAttention as CustomMultiHeadAttention
    from scratchnn.layers.convolution import CustomConv2d as CustomConv2d
    from scratchnn.layers.dropout import CustomDropout as CustomDropout
    from scratchnn.layers.embedding import CustomEmbedding as CustomEmbedding
    from scratchnn.layers.encoder import (
        CustomTransformerEncoder as CustomTransformerEncoder,
        CustomTransformerEncoderLayer as CustomTransformerEncoderLayer,
    )
    from scratchnn.layers.feed_forward import CustomFeedForward as CustomFeedForward
    from scratchnn.layers.flatten import CustomFlatten as CustomFlatten
    from scratchnn.layers.linear import CustomLinear as CustomLinear
    from scratchnn.layers.normalization import (
        CustomBatchNorm2d as CustomBatchNorm2d,
        CustomLayerNorm as CustomLayerNorm,
    )
    from scratchnn.layers.patches import CustomPatchEmbedding as CustomPatchEmbedding
    from scratchnn.layers.pooling import CustomAvgPool2d as CustomAvgPool2d, CustomMaxPool2d as CustomMaxPool2d
    from scratchnn.layers.position import CustomPositionalEncoding as CustomPositionalEncoding
    from scratchnn.losses import cross_entropy as cross_entropy
    from scratchnn.models import build_model as build_model
    from scratchnn.models.cnn import CustomCNN as CustomCNN
    from scratchnn.models.transformer import CustomTransformer as CustomTransformer
    from scratchnn.module import Buffer as Buffer, Module as Module, Parameter as Parameter
    from scratchnn.optim import SGD as SGD, Adam as Adam, AdamW as AdamW
    from scratchnn.schedules import Constant as Constant, Cosine as Cosine, OneCycle as OneCycle
    from scratchnn.trace import Call as Call, ShapeError as ShapeError, Trace as Trace
    from scratchnn.training.runs import Run as Run
    from scratchnn.training.trainer import Trainer as Trainer

# Where each public name lives. A new layer is added here and above.
_HOMES = {
    "CNNConfig": "scratchnn.config",
    "DataConfig": "scratchnn.config",
    "RunConfig": "scratchnn.config",
    "TrainingConfig": "scratchnn.config",
    "TransformerConfig": "scratchnn.config",
    "preset": "scratchnn.config",
    "Call": "scratchnn.trace",
    "ShapeError": "scratchnn.trace",
    "Trace": "scratchnn.trace",
    "Buffer": "scratchnn.module",
    "Module": "scratchnn.module",
    "Parameter": "scratchnn.module",
    "CustomLinear": "scratchnn.layers.linear",
    "CustomConv2d": "scratchnn.layers.convolution",
    "CustomAvgPool2d": "scratchnn.layers.pooling",
    "CustomMaxPool2d": "scratchnn.layers.pooling",
    "CustomGELU": "scratchnn.layers.activation",
    "CustomReLU": "scratchnn.layers.activation",
    "CustomSoftmax": "scratchnn.layers.activation",
    "CustomBatchNorm2d": "scratchnn.layers.normalization",
    "CustomLayerNorm": "scratchnn.layers.normalization",
    "CustomDropout": "scratchnn.layers.dropout",
    "CustomFlatten": "scratchnn.layers.flatten",
    "CustomEmbedding": "scratchnn.layers.embedding",
    "CustomPositionalEncoding": "scratchnn.layers.position",
    "CustomPatchEmbedding": "scratchnn.layers.patches",
    "CustomMultiHeadAttention": "scratchnn.layers.attention",
    "CustomFeedForward": "scratchnn.layers.feed_forward",
    "CustomTransformerEncoder": "scratchnn.layers.encoder",
    "CustomTransformerEncoderLayer": "scratchnn.layers.encoder",
    "build_model": "scratchnn.models",
    "CustomCNN": "scratchnn.models.cnn",
    "CustomTransformer": "scratchnn.models.transformer",
    "cross_entropy": "scratchnn.losses",
    "SGD": "scratchnn.optim",
    "Adam": "scratchnn.optim",
    "AdamW": "scratchnn.optim",
    "Constant": "scratchnn.schedules",
    "Cosine": "scratchnn.schedules",
    "OneCycle": "scratchnn.schedules",
    "Dataset": "scratchnn.data",
    "load_dataset": "scratchnn.data",
    "Trainer": "scratchnn.training.trainer",
    "Run": "scratchnn.training.runs",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'scratchnn' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
