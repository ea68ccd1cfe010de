"""Tensors and metrics in, pictures' data out; pure. Knows neither Streamlit nor the browser."""
