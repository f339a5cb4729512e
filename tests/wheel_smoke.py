"""What `./dev wheel` runs in an empty environment with the wheel installed: every kind of code once, no test packages."""

import importlib
import pickle
import tempfile
from pathlib import Path

import numpy as np

import crossarray as xp

STRIPPED_MIB = 15


def main():
    package = Path(xp.__file__).parent
    assert not (Path(__file__).resolve().parents[1] / "python" / "crossarray").samefile(package), "not the wheel's"
    extension = next(package.glob("_core*.so"))
    assert extension.stat().st_size <= STRIPPED_MIB << 20, f"{extension.name}: {extension.stat().st_size} bytes"

    assert importlib.import_module("crossarray.lib.stride_tricks").sliding_window_view, "a folder of the wheel hides it"

    x = xp.linspace(0, 10, 1_000_000)
    host = np.linspace(0, 10, 1_000_000)
    z = (x - x.mean()) / x.std()
    np.testing.assert_allclose(np.exp(-np.abs(np.asarray(z))), xp.exp(-abs(z)), rtol=1e-14)
    np.testing.assert_allclose(float(z.sum()), ((host - host.mean()) / host.std()).sum(), atol=1e-6)
    assert float((xp.ones((300, 300)) @ xp.ones((300, 300))).sum()) == 27e6
    assert xp.sort(xp.array([3, 1, 2])).tolist() == [1, 2, 3]
    np.testing.assert_allclose(xp.linalg.inv(xp.eye(3) * 2), np.eye(3) / 2)
    assert xp.fft.fft(xp.ones(4)).tolist() == [4, 0, 0, 0]
    assert xp.random.default_rng(1).normal(size=3).shape == (3,)
    assert xp.zeros(2, xp.bfloat16).dtype == xp.bfloat16
    assert (pickle.loads(pickle.dumps(x[:5])) == x[:5]).all()
    with tempfile.TemporaryDirectory() as folder:
        xp.save(Path(folder) / "x.npy", x)
        assert (xp.load(Path(folder) / "x.npy") == x).all()
    assert "mean" in xp.explain((x * 2).mean())
    print(f"wheel works: {package}, {extension.stat().st_size / 1e6:.1f} MB")


main()
