"""The tests that make no sense when every array is pinned to a device, each with its reason: the only list there is.
Below it those of which a quick run on the fake driver takes some only.

Names are prefixes of node ids inside tests/python; test_device_pins.py checks that each still names a test.
"""

import zlib

SHARED = "asks for memory shared with NumPy: what is pinned to a device has no address for the host, NumPy gets a copy"
CHOOSES = "chooses devices itself: the other run of the suite has it"
HOST = "is about the host's engine, memory or threads, which pinned work does not use"
ENGINE = (
    "stops the host's engine between tiles; a device's work goes on, test_device_pins.py interrupts the wait for it"
)
FORK = "forks: a child cannot use its parent's CUDA device, test_device_pins.py has what it is told instead"
TIES = (
    "complex numbers that are equal may differ in a zero's sign, and a device merges its lanes' least in another order"
)
NANS = "a NaN's sign is the compiler's to choose, and the fake GPU's chooses differently in a longer kernel"

NOT_ON_A_DEVICE = {
    "test_array_methods.py::test_views_of_dtypes_outside_the_table_are_numpys": SHARED,
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
    "test_semantics.py::TestRule4SharedMemory::test_shared_foreign_memory_is_seen_both_ways_at_once[<lambda>0]": SHARED,
    "test_semantics.py::TestRule4SharedMemory::test_our_memory_is_handed_out_without_a_copy": SHARED,
    "test_semantics.py::TestRule4SharedMemory::test_a_full_overwrite_of_a_shared_array_stays_in_place": SHARED,
    "test_semantics.py::TestRule5And6NothingNeedless::test_looking_flushes": SHARED,
    "test_memory.py::TestMemoryStaysWhereItWas::test_memory_handed_out": SHARED,
    "test_devices.py::test_memory_counts_bytes_per_device": HOST,
    "test_devices.py::test_profile_measures_steps_and_writes_a_trace": HOST,
    "test_devices.py::test_memory_limit_is_a_number_of_bytes": HOST,
    "test_devices.py::test_a_machine_table_is_text_that_comes_back": HOST,
    "test_devices.py::test_calibration_stores_a_table": HOST,
    "test_devices.py::test_calibration_draws_a_bar_on_a_terminal": HOST,
    "test_devices.py::test_leaving_a_device_block_computes_what_can_be_reached": CHOOSES,
    "test_devices.py::test_a_device_block_can_be_entered_twice": CHOOSES,
    "test_devices.py::test_the_readme_on_devices_runs_line_by_line": CHOOSES,
    "test_files.py::test_frombuffer_shares_memory_both_ways": SHARED,
    "test_files.py::test_frombuffer_of_bytes_is_read_only": SHARED,
    "test_masked_reductions.py::test_chosen_special_values_count[fmin-c": TIES,
    "test_masked_reductions.py::test_chosen_special_values_count[fmax-c": TIES,
    "test_op_layouts.py::test_fused_with_neighbours_gives_the_bits_of_the_op_alone[multiply-complex128]": NANS,
    "test_robustness.py::TestAllocationFailure": HOST,
    "test_robustness.py::TestInterrupts": ENGINE,
    "test_robustness.py::TestFork": FORK,
    "test_fast_math.py::test_the_setting_changes_results_only_while_it_is_on": HOST,
    "test_program_placed.py": CHOOSES,
    "test_program.py::test_every_simd_target_gives_numpys_values": HOST,
    "test_program.py::test_any_number_of_threads_gives_numpys_values": HOST,
    "test_program.py::test_inexact_values_have_the_same_bits_on_any_number_of_threads_lazy_and_eager": HOST,
    "test_program.py::test_the_reference_engine_gives_numpys_values": HOST,
}


# Every op and dtype: thousands of kernels, each of which the host's compiler makes. One test in so many is run.
SAMPLED = {"test_op_values.py": 8, "test_op_layouts.py": 8, "test_reductions.py": 4}


def name_of(nodeid):
    return nodeid.rsplit("tests/python/", 1)[-1]


def in_sample(nodeid):
    """The same tests in every run, whatever their order; an attribute of the name and nothing else."""
    name = name_of(nodeid)
    return zlib.crc32(name.encode()) % SAMPLED.get(name.partition("::")[0], 1) == 0


def reason_against(nodeid):
    """Why the test of this id is not run on a device; None: it is."""
    name = name_of(nodeid)
    return next((why for prefix, why in NOT_ON_A_DEVICE.items() if name.startswith(prefix)), None)
