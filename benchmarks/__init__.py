"""How fast ScratchNN is, side by side with the same networks in torch.nn.

Kept outside `scratchnn/`, because the torch.nn twins live here. Run it: `python -m benchmarks --help`.
"""
