"""The tests that make no sense when every array is pinned to a device, each with its reason: the only list there is.

Names are prefixes of node ids inside tests/python; test_devices.py checks that each still names a test.
"""

SHARED = "asks for memory shared with NumPy: what is pinned to a device has no address for the host, NumPy gets a copy"
CHOOSES = "chooses devices itself: the other run of the suite has it"
HOST = "is about the host's engine, memory or threads, which pinned work does not use"
LONG = "a million launches of the fake driver take ten minutes"

NOT_ON_A_DEVICE = {
    "test_array_methods.py::test_views_of_dtypes_outside_the_table_are_numpys": SHARED,
    "test_array_type.py::test_methods_that_reshape_and_copy": SHARED,
    "test_array_type.py::test_mistakes_raise_numpys_exceptions[<lambda>30]": SHARED,
    "test_array_type.py::test_memory_is_shared_with_numpy_both_ways": SHARED,
    "test_array_type.py::test_exports_are_counted_until_the_holder_dies": SHARED,
    "test_array_type.py::test_an_array_interface_shares_until_the_array_and_the_dict_are_gone": SHARED,
    "test_array_type.py::test_the_array_alone_keeps_its_interface_shared": SHARED,
    "test_array_type.py::test_bfloat16_crosses_the_border": SHARED,
    "test_array_type.py::test_nothing_leaks": SHARED,
    "test_interop.py::test_asarray_shares_memory_both_ways": SHARED,
    "test_creation.py::test_device_takes_auto_and_cpu_and_explains_cuda": CHOOSES,
    "test_interop.py::test_devices": CHOOSES,
    "test_interop.py::test_the_environment_sets_the_default_device": CHOOSES,
    "test_devices.py::test_": HOST,
    "test_fast_math.py::test_the_setting_changes_results_only_while_it_is_on": HOST,
    "test_program.py::test_every_simd_target_gives_numpys_values": HOST,
    "test_program.py::test_any_number_of_threads_gives_numpys_values": HOST,
    "test_program.py::test_inexact_values_have_the_same_bits_on_any_number_of_threads_lazy_and_eager": HOST,
    "test_program.py::test_the_reference_engine_gives_numpys_values": HOST,
    "test_memory.py::TestMemoryStaysWhereItWas::test_a_million_small_operations": LONG,
}


def reason_against(nodeid):
    """Why the test of this id is not run on a device; None: it is."""
    name = nodeid.rsplit("tests/python/", 1)[-1]
    return next((why for prefix, why in NOT_ON_A_DEVICE.items() if name.startswith(prefix)), None)
