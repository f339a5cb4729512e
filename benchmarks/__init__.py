"""Benchmarks of Crossarray against NumPy, numexpr and jax.jit.

    python -m benchmarks [--quick] [--area chains] [--case softmax] [--sizes 1000 1000000]

NumPy runs in the same process, the two take turns, both use two threads, every result is evaluated and compared with
NumPy's before its time counts. The table, a JSON file and a plot go to benchmarks/results/.
"""
