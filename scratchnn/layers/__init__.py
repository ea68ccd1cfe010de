"""One layer a file: what it computes forward, and next to it the way back."""
