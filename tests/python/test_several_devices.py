"""Several GPUs by explicit placement: cuda:0 to cuda:2 of the fake driver."""

from fake_device import run_on_fake

THREE = """
fake_set("devices", 3)
a, b = xp.arange(1000.0).to_device("cuda:1"), xp.eval(xp.ones(1000, device="cuda:2"))
def copied(call):
    before = _core.copies()
    result = xp.eval(call())
    after = _core.copies()
    return result, {key: after[key] - before[key] for key in after if after[key] != before[key]}
"""


def test_each_device_is_told_of():
    out = run_on_fake(
        THREE + "print(list(xp.backends()), list(xp.memory()), *[m['in_use'] for m in xp.memory().values()][1:])"
    )
    names = "['cpu', 'cuda:0', 'cuda:1', 'cuda:2']"
    assert out.strip() == f"{names} {names} 0 8000 8000"


def test_work_stays_where_its_arrays_are():
    run_on_fake(
        THREE
        + """
for call in (lambda x: x * 2 + 1, lambda x: x.sum(), lambda x: x[::2] @ x[::2], lambda x: x.cumsum(), lambda x: x[3],
             lambda x: xp.concatenate([x, x]), lambda x: xp.stack([x, x + 1]), lambda x: xp.pad(x, 1), xp.empty_like,
             lambda x: xp.zeros_like(x), lambda x: xp.where(x > 1, x, 0)):
    for x in (a, b):
        result, moved = copied(lambda: call(x))
        assert result.device == x.device, (result.device, x.device)
        assert max(moved.values(), default=0) <= 8 * 4, moved  # scalars
with xp.device("cuda:2"):
    assert (xp.ones(3) + 1).device == "cuda:2"
"""
    )


def test_mixed_pins_raise_with_the_name_of_the_op():
    run_on_fake(
        THREE
        + """
for name, call in {
    "add": lambda: a + b,
    "where": lambda: xp.where(a > 0, a, b),
    "matmul": lambda: a @ b,
    "sum": lambda: a.sum(where=b > 0),
    "concatenate": lambda: xp.concatenate([a, b]),
    "stack": lambda: xp.stack([a, b]),
    "multiply": lambda: a.__imul__(b),
}.items():
    try:
        call()
    except ValueError as e:
        assert str(e) == f"{name}: one operand is pinned to cuda:1, another to cuda:2: move one with x.to_device(...) first", e
    else:
        raise AssertionError(name)
assert float(a[3]) == 3
"""
    )


def test_to_device_copies_once_from_device_to_device():
    run_on_fake(
        THREE
        + """
moved_array, moved = copied(lambda: a.to_device("cuda:2"))
assert moved == {"across": 1, "across_bytes": 8000}, moved
assert moved_array.device == "cuda:2" and a.device == "cuda:1"
total, moved = copied(lambda: (moved_array + b).sum())
assert float(total) == 500500 and not moved, moved
back, moved = copied(lambda: moved_array.to_device("cpu"))
assert moved == {"to_host": 1, "to_host_bytes": 8000}, moved
assert copied(lambda: back.to_device("cuda:0"))[1] == {"to_device": 1, "to_device_bytes": 8000}
assert a.to_device("cuda:1") is a
"""
    )


def test_auto_arrays_go_where_pinned_ones_are():
    run_on_fake(
        THREE
        + """
x = xp.arange(1000.0)
result, moved = copied(lambda: a + x)
assert result.device == "cuda:1" and moved == {"to_device": 1, "to_device_bytes": 8000}, moved
result, moved = copied(lambda: x * b)
assert result.device == "cuda:2" and x.device == "cpu"
"""
    )


def test_a_device_that_is_not_there_says_which_are():
    run_on_fake(
        THREE
        + """
for call, sentence in (
    (lambda: xp.zeros(3, device="cuda:3"), "zeros: no device 'cuda:3' (the last one is cuda:2). Use 'auto' or 'cpu'"),
    (lambda: a.to_device("cuda:7"), "to_device: no device 'cuda:7' (the last one is cuda:2)"),
    (lambda: xp.device("cuda:-1"), "device: unknown device 'cuda:-1'; the devices are"),
):
    try:
        call()
    except (xp.DeviceError, ValueError) as e:
        assert sentence in str(e), e
    else:
        raise AssertionError
"""
    )


def test_the_cuda_interface_finds_the_device_of_its_address():
    run_on_fake(
        THREE
        + """
class Other:
    def __init__(self, array):
        self.__cuda_array_interface__ = array.__cuda_array_interface__
assert xp.asarray(Other(b)).device == "cuda:2" and xp.asarray(Other(a)).device == "cuda:1"
assert a.__dlpack_device__() == (2, 1) and xp.from_dlpack(b).device == "cuda:2"
"""
    )
