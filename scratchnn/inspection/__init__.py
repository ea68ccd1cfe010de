"""What a page asks of a network or a Trace: plain numbers, no pictures."""
