"""ScratchNN's tests; they mirror scratchnn/."""
