// sums[c, f] = sum of weights[i] * x[f, i] over the customers i with label c, and counts[c] = sum of their
// weights. The sums are exact (see exact-sum.wgsl) and leave as two float32, sums + residuals.
//
// Adding is scattering, which is done in workgroup memory (see segment-sums.wgsl). Where k times the features is
// too much for that, a workgroup takes a group of features, and of segments where even one feature is too
// much: x is still read once, the labels once a group. The weights take part as one more feature, whose
// value is 1 for every customer.
//
// Uses segment-sums.wgsl.
// Uses workgroup-maximum.wgsl.

// ---- measure: the greatest magnitude of each feature, on which the unit of its sums depends

@compute @workgroup_size(256)
fn measure(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let number = linear(group, groups);
  let f = number / sizes.chunks;
  let start = (number % sizes.chunks) * sizes.chunk;
  startMaximum(lane);
  var magnitude = 0u;
  if (f < sizes.features) {
    let end = min(start + sizes.chunk, sizes.customers);
    for (var i = start + lane; i < end; i += threads) {
      magnitude = max(magnitude, x[f * sizes.customers + i] & 0x7fffffff);
    }
  }
  magnitude = maximumOf(magnitude);
  if (lane == 0 && f < sizes.features) { atomicMax(&newGreatest[f], magnitude); }
}

// ---- accumulate

@compute @workgroup_size(256)
fn accumulate(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  if (stoppable && stopped[0] != 0) { return; }
  let number = linear(group, groups);
  let start = (number % sizes.chunks) * sizes.chunk;
  let end = min(start + sizes.chunk, sizes.customers);
  let rest = number / sizes.chunks;
  let row0 = (rest % sizes.featureGroups) * rowTile;
  let rows = min(row0 + rowTile, sizes.features + 1) - row0;
  let segment0 = rest / sizes.featureGroups * segmentTile;
  startPartial(lane, row0);
  workgroupBarrier();
  if (segment0 < sizes.k) {
    for (var i = start + lane; i < end; i += threads) {
      // Also of a label that is out of range, the difference is.
      let segment = labels[i] - segment0;
      if (segment >= segmentTile || labels[i] >= sizes.k) { continue; }
      for (var r = 0u; r < rows; r++) {
        addCustomer((segment * rowTile + r) * copies + lane % copies, row0, r, i);
      }
    }
  }
  workgroupBarrier();
  flushPartial(lane, segment0, row0);
}

// For many segments: they are met by chance, so that adding to the totals at once seldom collides.
@compute @workgroup_size(256)
fn scatter(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  if (stoppable && stopped[0] != 0) { return; }
  let number = linear(group, groups);
  let row = number / sizes.chunks;
  let i = (number % sizes.chunks) * threads + lane;
  if (row > sizes.features || i >= sizes.customers || labels[i] >= sizes.k) { return; }
  addToTotals(labels[i] * (sizes.features + 1) + row, term(row, i, topOf(row)));
}

// ---- finish

const minusOne = 0xbf800000u;

@compute @workgroup_size(64)
fn finish(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let slot = linear(group, groups) * 64 + lane;
  let rows = sizes.features + 1;
  let slots = sizes.k * rows;
  if (slot >= slots) { return; }
  let segment = slot / rows;
  let row = slot % rows;
  let countPlace = sizes.step * sizes.k + segment;
  let place = countPlace * sizes.features + row;
  if (stoppable && stopped[0] != 0) {
    // A step that was not made.
    if (row == sizes.features) {
      counts[countPlace] = minusOne;
    } else {
      sums[place] = 0;
      residuals[place] = 0;
    }
    return;
  }
  let exponent = i32(topOf(row)) - 316;
  var sum = rounded(Fixed(finished[slot], finished[slots + slot], finished[2 * slots + slot]), exponent);
  finished[slot] = 0;
  finished[slots + slot] = 0;
  finished[2 * slots + slot] = 0;
  var residual = rounded(sum.rest, exponent).bits;
  var finite = !weighted || greatestWeight[0] < infinity;
  if (row == sizes.features) {
    counts[countPlace] = select(notANumber, sum.bits, finite);
    return;
  }
  finite = finite && greatest[row] < infinity;
  sums[place] = select(notANumber, sum.bits, finite);
  residuals[place] = select(notANumber, residual, finite);
}
