namespace crossarray::device::xa_reduce_fd757f1f50e6e258_text {
struct Args {
  unsigned char* p0;
  unsigned char* p1;
  unsigned char* p2;
  unsigned char* p3;
  unsigned char* scratch;
  u32 kept;
  u32 reduced;
  u32 chunk;
  u32 splits;
  u32 lanes_log2;
  u32 finish_lanes_log2;
  u32 rows;
  i32 s0_0;
  i32 s0_1;
  i32 s1_0;
  i32 s1_1;
  i32 s2_1;
  i32 s3_1;
};
XA_FN void element(const Args& a
    , const f64 l0
    , const bool l1
    , Sum<f64>& r0
    , ArgMax<f64>& r1
    , const u32 position
) {
  const f64 v0 = l0;
  const bool v1 = l1;
  if (v1) r0.add(v0);
  r1.add(v0, position);
}
struct Partial {
  Sum<f64> r0;
  ArgMax<f64> r1;
};
static_assert(sizeof(Partial) <= 48);
XA_FN void finish(const Args& a, u32 output, const Partial& total) {
  u32 i1 = output;
  store(a.p2 + (static_cast<i32>(i1) * a.s2_1), scalar::convert<f64>(total.r0.result()));
  store(a.p3 + (static_cast<i32>(i1) * a.s3_1), scalar::convert<i64>(total.r1.result()));
}
template <int n> XA_FN void batch(const Args& a, u32 first, u32 step, unsigned char* b0, unsigned char* b1, Partial& total) {
  f64 loaded0[n];
  bool loaded1[n];
  Sum<f64>& r0 = total.r0;
  ArgMax<f64>& r1 = total.r1;
#pragma unroll
  for (int u = 0; u < n; ++u) {
    const u32 i = first + u * step;
    u32 i0 = i;
    unsigned char* const q0 = b0 + (static_cast<i32>(i0) * a.s0_0);
    unsigned char* const q1 = b1 + (static_cast<i32>(i0) * a.s1_0);
    loaded0[u] = load<f64>(q0);
    loaded1[u] = load<bool>(q1);
  }
#pragma unroll
  for (int u = 0; u < n; ++u) {
    const f64& l0 = loaded0[u];
    const bool& l1 = loaded1[u];
    element(a, l0, l1, r0, r1, first + u * step);
  }
}
constexpr u32 largest_accumulator = largest_size<Sum<f64>, ArgMax<f64>>();
XA_KERNEL(xa_reduce_fd757f1f50e6e258, Args) {
  XA_SHARED(shared, 256 * largest_accumulator);
  const Lanes lanes = lanes_of(a.lanes_log2, a.rows);
  const u32 groups = block_size() >> a.lanes_log2, tiles = (a.kept + groups - 1) / groups;
#pragma unroll 1
  for (u32 work = block_in_grid(); work < tiles * a.splits; work += grid_size()) {
    const u32 split = work / tiles, output = (work - split * tiles) * groups + lanes.group;
    Partial total;
    if (output < a.kept) {
      const u32 first = split * a.chunk;
      const u32 last = a.reduced - first < a.chunk ? a.reduced : first + a.chunk;
      u32 i1 = output;
      unsigned char* const b0 = a.p0 + (static_cast<i32>(i1) * a.s0_1);
      unsigned char* const b1 = a.p1 + (static_cast<i32>(i1) * a.s1_1);
      const u32 step = lanes.count;
      u32 i = first + lanes.lane;
#pragma unroll 1
      for (; i + 3 * step < last; i += 4 * step) batch<4>(a, i, step, b0, b1, total);
#pragma unroll 1
      for (; i < last; i += step) batch<1>(a, i, step, b0, b1, total);
    }
    combine(total.r0, shared, lanes);
    combine(total.r1, shared, lanes);
    if (lanes.lane == 0 && output < a.kept) {
      if (a.splits == 1)
        finish(a, output, total);
      else
        reinterpret_cast<Partial*>(a.scratch)[output * a.splits + split] = total;
    }
  }
}
XA_KERNEL(xa_reduce_fd757f1f50e6e258_finish, Args) {
  XA_SHARED(shared, 256 * largest_accumulator);
  const Lanes lanes = lanes_of(a.finish_lanes_log2, true);
  const u32 groups = block_size() >> a.finish_lanes_log2, tiles = (a.kept + groups - 1) / groups;
#pragma unroll 1
  for (u32 work = block_in_grid(); work < tiles; work += grid_size()) {
    const u32 output = work * groups + lanes.group;
    Partial total;
    if (output < a.kept)
#pragma unroll 1
      for (u32 i = lanes.lane; i < a.splits; i += lanes.count) {
        const Partial& part = reinterpret_cast<const Partial*>(a.scratch)[output * a.splits + i];
        total.r0.merge(part.r0);
        total.r1.merge(part.r1);
      }
    combine(total.r0, shared, lanes);
    combine(total.r1, shared, lanes);
    if (lanes.lane == 0 && output < a.kept) finish(a, output, total);
  }
}
}
