"""Random programs of array operations, one interpreter for every library and setting.

A program is a list of instructions (code, a, b, c) of small integers. Every such list is a valid program: code chooses
the instruction, a and b variables, c is the parameter, all modulo what there is. So Hypothesis shrinks a failure to the
few instructions that matter, and the list of numbers in a failure's report is the whole program.

    log = run(np, program)      # what the program observed: dtypes, shapes, exceptions, values
    compare_logs(log, run(xp, program))
"""

import warnings

import numpy as np
import program_keywords  # noqa: F401 - registers its instructions
from program_instructions import create
from program_language import EXPECTED, INSTRUCTIONS, State, observed


def run(lib, program, between=None):
    """The program's log: one entry per instruction, and the final values of all variables. `between` is called before each."""
    state = State(lib)
    shape = 2 * (program[0][1] + program[0][3]) if program else 0
    for index in range(3):
        state.add(create(state, shape + index % 2, index, index + 1), index)
    with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
        for code, a, b, c in program:
            if between:
                between()
            _step(state, INSTRUCTIONS[code % len(INSTRUCTIONS)], a, b, c)
        for variable in state.variables:
            state.log.append(observed(variable))
    return state.log


def _step(state, function, a, b, c):
    try:
        result = function(state, a, b, c)
    except EXPECTED as error:
        # Where two things are wrong in one statement, which of them is named first is not compared.
        kind = next(kind for kind in EXPECTED if isinstance(error, kind))
        state.log.append((function.__name__, "IndexError" if kind is IndexError else "refused"))
        return
    if result is not None:
        state.add(result, a + c)
        state.log.append((function.__name__, str(result.value.dtype), tuple(result.value.shape)))


def compare_logs(expected, actual, same_bits=False):
    """Asserts equal logs. Inexact values are compared only when both come from this library (`same_bits`)."""
    for position, (one, other) in enumerate(zip(expected, actual)):
        if one[0] != "values" or other[0] != "values":
            assert one == other, f"entry {position}: expected {one}, got {other}"
        else:
            compare_observed(one, other, same_bits, position)
    assert len(expected) == len(actual)


def compare_observed(one, other, same_bits, position):
    (_, a, exact), (_, b, _) = one, other
    assert (a.dtype, a.shape) == (b.dtype, b.shape), f"entry {position}: {a.dtype}{a.shape} against {b.dtype}{b.shape}"
    if exact or same_bits:
        different = ~same_values(a, b)
        assert not different.any(), (
            f"entry {position}: {a[different][:5]} expected, got {b[different][:5]}, {different.sum()} of {a.size}"
        )


def same_values(a, b):
    """Elementwise: equal with the same sign of zero, or both NaN."""
    if a.dtype.kind == "c":
        return same_values(a.real, b.real) & same_values(a.imag, b.imag)
    if a.dtype.kind != "f":
        return a == b
    return ((a == b) & (np.signbit(a) == np.signbit(b))) | (np.isnan(a) & np.isnan(b))


def canonical(log, inexact=False):
    """Bytes that are equal for equal logs: what processes are compared by. Inexact values only if asked for."""
    parts = []
    for entry in log:
        if entry[0] != "values":
            parts.append(repr(entry).encode())
        elif entry[2] or inexact:
            values = entry[1].copy()
            if values.dtype.kind in "fc":
                flat = values.reshape(-1).view(values.real.dtype)
                flat[np.isnan(flat)] = np.nan
            parts.append(str(values.dtype).encode() + values.tobytes())
    return b"|".join(parts)


def random_program(seed):
    """The program of a seed, for processes that compare without Hypothesis."""
    rng = np.random.default_rng(seed)
    return [tuple(map(int, row)) for row in rng.integers(0, 256 * len(INSTRUCTIONS), (rng.integers(4, 32), 4))]
