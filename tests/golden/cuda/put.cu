namespace crossarray::device::xa_put_u32_8_2_1_1_text {
using Args = IndexArgs<u32, 2, 1, 1>;
XA_KERNEL(xa_put_u32_8_2_1_1_clear, Args) {
  clear_table(a);
}
XA_KERNEL(xa_put_u32_8_2_1_1_fill, Args) {
  fill_table<u32>(a);
}
XA_KERNEL(xa_put_u32_8_2_1_1, Args) {
  move_items<false, u64, u32>(a, last_position(a));
}
}
