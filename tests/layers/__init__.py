"""One test file a layer, and `test_contract.py`: what all layers must keep."""
