namespace crossarray::device::xa_map_bbaadfc13384d8ed_text {
struct Args {
  unsigned char* p0;
  unsigned char* p1;
  unsigned char* p2;
  i64 count;
  Extent<i64> e1;
  Extent<i64> e2;
  i64 s0_0;
  i64 s0_1;
  i64 s0_2;
  i64 s1_0;
  i64 s1_1;
  i64 s1_2;
  i64 s2_0;
  i64 s2_1;
  i64 s2_2;
  f32 c0;
};
XA_FN void element(const Args& a
    , const f32 l0
    , const f32 l1
    , f32& o2
) {
  const f32 v0 = l0;
  const f32 v1 = l1;
  const f32 v2 = a.c0;
  const f32 v3 = scalar::multiply(v0, v1);
  const f32 v4 = scalar::add(v3, v2);
  o2 = v4;
}
template <int n> XA_FN void batch(const Args& a, i64 first, i64 step) {
  f32 loaded0[n];
  f32 loaded1[n];
  unsigned char* stored2[n];
#pragma unroll
  for (int u = 0; u < n; ++u) {
    const i64 i = first + u * step;
    i64 i0 = i;
    const i64 i2 = a.e2.split(i0);
    const i64 i1 = a.e1.split(i0);
    unsigned char* const q0 = a.p0 + (static_cast<i64>(i0) * a.s0_0 + static_cast<i64>(i1) * a.s0_1 + static_cast<i64>(i2) * a.s0_2);
    unsigned char* const q1 = a.p1 + (static_cast<i64>(i0) * a.s1_0 + static_cast<i64>(i1) * a.s1_1 + static_cast<i64>(i2) * a.s1_2);
    unsigned char* const q2 = a.p2 + (static_cast<i64>(i0) * a.s2_0 + static_cast<i64>(i1) * a.s2_1 + static_cast<i64>(i2) * a.s2_2);
    loaded0[u] = load<f32>(q0);
    loaded1[u] = load<f32>(q1);
    stored2[u] = q2;
  }
#pragma unroll
  for (int u = 0; u < n; ++u) {
    const f32& l0 = loaded0[u];
    const f32& l1 = loaded1[u];
    unsigned char* const q2 = stored2[u];
    f32 o2;
    element(a, l0, l1, o2);
    store(q2, o2);
  }
}
XA_KERNEL(xa_map_bbaadfc13384d8ed, Args) {
  const i64 step = threads_in_grid<i64>();
  i64 i = thread_in_grid<i64>();
#pragma unroll 1
  for (; i + 3 * step < a.count; i += 4 * step) batch<4>(a, i, step);
#pragma unroll 1
  for (; i < a.count; i += step) batch<1>(a, i, step);
}
}
