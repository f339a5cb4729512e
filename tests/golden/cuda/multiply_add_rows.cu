namespace crossarray::device::xa_map_3ad7cac82c410525_text {
struct Args {
  unsigned char* p0;
  unsigned char* p1;
  unsigned char* p2;
  u32 count;
  Extent<u32> e1;
  i32 s0_0;
  i32 s1_0;
  i32 s2_0;
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
template <int n> XA_FN void batch(const Args& a, u32 first, u32 step) {
  Vec<f32, 4> loaded0[n];
  f32 loaded1[n];
  unsigned char* stored2[n];
#pragma unroll
  for (int u = 0; u < n; ++u) {
    const u32 i = first + u * step;
    u32 i0 = i;
    const u32 i1 = a.e1.split(i0);
    unsigned char* const q0 = a.p0 + (static_cast<i32>(i0) * a.s0_0 + static_cast<i32>(i1) * 16);
    unsigned char* const q1 = a.p1 + (static_cast<i32>(i0) * a.s1_0 + static_cast<i32>(i1) * 0);
    unsigned char* const q2 = a.p2 + (static_cast<i32>(i0) * a.s2_0 + static_cast<i32>(i1) * 16);
    loaded0[u] = load<Vec<f32, 4>>(q0);
    loaded1[u] = load<f32>(q1);
    stored2[u] = q2;
  }
#pragma unroll
  for (int u = 0; u < n; ++u) {
    const Vec<f32, 4>& l0 = loaded0[u];
    const f32& l1 = loaded1[u];
    unsigned char* const q2 = stored2[u];
    Vec<f32, 4> o2;
#pragma unroll
    for (int k = 0; k < 4; ++k) element(a, l0.v[k], l1, o2.v[k]);
    store(q2, o2);
  }
}
XA_KERNEL(xa_map_3ad7cac82c410525, Args) {
  const u32 step = threads_in_grid<u32>();
  u32 i = thread_in_grid<u32>();
#pragma unroll 1
  for (; i + 1 * step < a.count; i += 2 * step) batch<2>(a, i, step);
#pragma unroll 1
  for (; i < a.count; i += step) batch<1>(a, i, step);
}
}
