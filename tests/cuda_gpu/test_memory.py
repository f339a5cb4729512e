"""A device that runs out of memory: arrays stay whole, and only what fits nowhere raises."""

import pytest
from children import run_child

pytestmark = pytest.mark.gpu

FILLED = """
from faults import bound_memory
bound_memory(64 << 20)
xp.ones(3, device="cuda").sum()
limit = xp.memory()["cuda:0"]["limit"]
count, elements = 40, limit // 32 // 4
arrays = [xp.full(elements, i, xp.float32) for i in range(count)]
with xp.device("cuda"):
    arrays = [xp.eval(xp.full(elements, i, xp.float32)) for i in range(count)]
assert xp.memory()["cuda:0"]["in_use"] <= limit
assert _core.copies()["written_back"] > 0, "more than fits was asked for"
for i, x in enumerate(arrays):
    assert float(x.min()) == float(x.max()) == i, (i, float(x.min()), float(x.max()))
"""

REFUSED = """
from faults import bound_memory
bound_memory(64 << 20)
x = xp.arange(100_000, dtype=xp.float32).to_device("cuda")
for make in (lambda: xp.eval(xp.zeros(1 << 42, device="cuda") + 1), lambda: xp.eval(xp.empty(1 << 42, device="cuda"))):
    try:
        make()
    except MemoryError:
        pass
    else:
        raise AssertionError("4 TiB and more were had")
assert np.array_equal(np.asarray(x * 2), np.arange(100_000, dtype=np.float32) * 2)
assert x.device == "cuda:0"
"""

LIMITED = """
x = xp.arange(1_000_000, dtype=xp.float32).to_device("cuda")
in_use = xp.memory()["cuda:0"]["in_use"]
xp.config.memory_limit = in_use + (1 << 20)
y = [xp.eval(x + i) for i in range(6)]
assert xp.memory()["cuda:0"]["in_use"] <= xp.config.memory_limit
for i, each in enumerate(y):
    assert np.array_equal(np.asarray(each), np.arange(1_000_000, dtype=np.float32) + i)
xp.config.memory_limit = 0
del x, y, each
xp.free_cached()
assert xp.memory()["cuda:0"]["in_use"] == 0 and xp.memory()["cuda:0"]["cached"] == 0, xp.memory()
"""


@pytest.mark.parametrize("code", [FILLED, REFUSED, LIMITED], ids=["filled", "refused", "limited"])
def test_running_out_of_memory_leaves_arrays_whole(code):
    run_child(code)
