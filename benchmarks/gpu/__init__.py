"""Benchmarks on a CUDA device: python -m benchmarks.gpu --help, or benchmarks/gpu.sh."""
