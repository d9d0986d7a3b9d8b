// Greedy k-means++, a round for each centroid: `weigh` sums the potentials (weight times squared distance to the
// nearest centroid so far) of each block of 256 customers, `draw` draws candidates in proportion to them, `gather` puts
// their features side by side, `attempt` measures what each candidate would leave, `settle` keeps the best. All rounds
// are recorded at once. Where not all of x can be bound, the last three run for some customers after the others.
//
// Potentials are summed as whole numbers of 64 bits, of which the greatest of the round takes 33: sums do not depend on
// any order, and a draw is as fine as with float64.
//
// Uses exact-sum.wgsl.
// Uses workgroup-counts.wgsl.

struct Sizes {
  features: u32,
  // Customers that are bound, and the first of them.
  customers: u32,
  first: u32,
  trials: u32,
  round: u32,
  blocks: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
// [k, trials]
@group(0) @binding(3) var<storage, read> draws: array<u32>;
// [customers], to the nearest centroid so far; 1 before there is one.
@group(0) @binding(4) var<storage, read_write> distances: array<f32>;
// [blocks]
@group(0) @binding(5) var<storage, read_write> blockSums: array<vec2u>;
// [trials], -1 where nobody is left.
@group(0) @binding(6) var<storage, read_write> candidates: array<i32>;
// [trials, customers], of those that are bound.
@group(0) @binding(7) var<storage, read_write> attempts: array<f32>;
// [k, trials, 2]: low and high words of the potentials that are left.
@group(0) @binding(8) var<storage, read_write> totals: array<atomic<u32>>;
// [k + 1]: the greatest potential before each round, as bits.
@group(0) @binding(9) var<storage, read_write> greatest: array<atomic<u32>>;
@group(0) @binding(10) var<storage, read_write> chosen: array<i32>;
// [features, trials]: of the candidates.
@group(0) @binding(11) var<storage, read_write> candidateFeatures: array<f32>;

override weighted: bool = false;

const threads = 256u;

fn linear(group: vec3u, groups: vec3u) -> u32 {
  return group.y * groups.x + group.x;
}

// Of 64 bits, the low word first.
fn added(a: vec2u, b: vec2u) -> vec2u {
  let low = a.x + b.x;
  return vec2u(low, a.y + b.y + u32(low < a.x));
}

fn isGreater(a: vec2u, b: vec2u) -> bool {
  return a.y > b.y || (a.y == b.y && a.x > b.x);
}

fn potentialOf(customer: u32, distance: f32) -> f32 {
  if (weighted) { return weights[customer] * distance; }
  return distance;
}

// A potential in units of 2^-32 of the power of two below the greatest.
fn whole(potential: f32, top: u32) -> vec2u {
  let bits = bitcast<u32>(potential);
  let mantissa = mantissaOf(bits);
  let down = top - min(top, exponentOf(bits));
  let all = vec2u(mantissa << 9, mantissa >> 23);
  if (down == 0) { return all; }
  if (down < 32) { return vec2u((all.x >> down) | (all.y << (32 - down)), all.y >> down); }
  return vec2u(select(0u, all.y, down == 32), 0);
}

fn topOfRound() -> u32 {
  return exponentOf(atomicLoad(&greatest[sizes.round]));
}

@compute @workgroup_size(256)
fn start(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let i = linear(group, groups) * threads + lane;
  if (i >= sizes.customers) { return; }
  distances[i] = 1;
  atomicMax(&greatest[0], bitcast<u32>(potentialOf(i, 1)));
}

@compute @workgroup_size(256)
fn weigh(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let block = linear(group, groups);
  let i = block * threads + lane;
  clearCounts(lane);
  var own = vec2u();
  if (i < sizes.customers) { own = whole(potentialOf(i, distances[i]), topOfRound()); }
  addCount(0, own);
  workgroupBarrier();
  if (lane == 0 && block < sizes.blocks) { blockSums[block] = countOf(0); }
}

var<workgroup> scanned: array<vec2u, threads>;

// The sum of what this thread and those before it offer.
fn sumUpTo(lane: u32, value: vec2u) -> vec2u {
  workgroupBarrier();
  scanned[lane] = value;
  for (var distance = 1u; distance < threads; distance *= 2) {
    workgroupBarrier();
    var sum = scanned[lane];
    if (lane >= distance) { sum = added(sum, scanned[lane - distance]); }
    workgroupBarrier();
    scanned[lane] = sum;
  }
  workgroupBarrier();
  return scanned[lane];
}

// 32 by 24 bits.
fn product(a: u32, b: u32) -> vec2u {
  let outer = (a >> 16) * (b >> 12);
  let first = (a & 0xffff) * (b >> 12);
  let second = (a >> 16) * (b & 0xfff);
  let sum = added(vec2u((a & 0xffff) * (b & 0xfff), 0), vec2u(first << 12, first >> 20));
  return added(added(sum, vec2u(second << 16, second >> 16)), vec2u(outer << 28, outer >> 4));
}

// What a chance between 0 and 1, given by its bits, is of a total; rounded down.
fn partOf(total: vec2u, chance: u32) -> vec2u {
  let mantissa = mantissaOf(chance);
  let low = product(total.x, mantissa);
  let high = product(total.y, mantissa);
  let all = plus(Fixed(low.x, low.y, 0), Fixed(0, high.x, high.y));
  let part = shiftedRight(all, min(150 - exponentOf(chance), 95));
  return vec2u(part.low, part.middle);
}

var<workgroup> block: u32;
var<workgroup> before: vec2u;

// One workgroup a trial.
@compute @workgroup_size(256)
fn draw(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
) {
  let trial = group.x;
  // Each thread takes an even share of the blocks, in order.
  let share = (sizes.blocks + threads - 1) / threads;
  let first = lane * share;
  let end = min(first + share, sizes.blocks);
  var own = vec2u();
  for (var b = first; b < end; b++) { own = added(own, blockSums[b]); }
  let upTo = sumUpTo(lane, own);
  let total = scanned[threads - 1];
  let wanted = partOf(total, draws[sizes.round * sizes.trials + trial]);
  if (lane == 0) {
    candidates[trial] = -1;
    block = 0;
    before = vec2u();
  }
  workgroupBarrier();
  // The first whose sum is greater than what is wanted.
  var low = vec2u();
  if (lane > 0) { low = scanned[lane - 1]; }
  if (isGreater(upTo, wanted) && !isGreater(low, wanted)) {
    for (var b = first; b < end; b++) {
      let next = added(low, blockSums[b]);
      if (isGreater(next, wanted)) {
        block = b;
        break;
      }
      low = next;
    }
    before = low;
  }
  workgroupBarrier();
  let i = block * threads + lane;
  var potential = vec2u();
  if (i < sizes.customers) { potential = whole(potentialOf(i, distances[i]), topOfRound()); }
  var offset = before;
  let sum = added(sumUpTo(lane, potential), offset);
  if (lane > 0) { offset = added(scanned[lane - 1], offset); }
  if (isGreater(sum, wanted) && !isGreater(offset, wanted)) { candidates[trial] = i32(i); }
}

// Of the candidates among the customers that are bound; a thread a number.
@compute @workgroup_size(256)
fn gather(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let place = linear(group, groups) * threads + lane;
  if (place >= sizes.features * sizes.trials) { return; }
  // Also of nobody, and of somebody before the first, the difference is out of range.
  let i = u32(candidates[place % sizes.trials]) - sizes.first;
  if (i < sizes.customers) { candidateFeatures[place] = x[place / sizes.trials * sizes.customers + i]; }
}

const featureTile = 32u;

// By feature: the places of 8 candidates.
var<workgroup> places: array<vec4f, 2 * featureTile>;

fn placeOf(trial: u32, f: u32) -> f32 {
  if (trial >= sizes.trials || f >= sizes.features) { return 0; }
  return candidateFeatures[f * sizes.trials + trial];
}

fn attemptOne(i: u32, trial: u32, slot: u32, distance: f32, top: u32) {
  if (trial >= sizes.trials) { return; }
  var left = distance;
  var number = vec2u();
  if (i < sizes.customers) {
    if (sizes.round > 0) { left = min(left, distances[i]); }
    attempts[trial * sizes.customers + i] = left;
    number = whole(potentialOf(i, left), top);
  }
  addCount(slot, number);
}

@compute @workgroup_size(256)
fn attempt(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let i = linear(group, groups) * threads + lane;
  let column = min(i, sizes.customers - 1);
  let top = topOfRound();
  for (var trial0 = 0u; trial0 < sizes.trials; trial0 += countsAtATime) {
    clearCounts(lane);
    var a = vec4f();
    var b = vec4f();
    for (var f0 = 0u; f0 < sizes.features; f0 += featureTile) {
      workgroupBarrier();
      if (lane < 2 * featureTile) {
        let f = f0 + lane / 2;
        let trial = trial0 + 4 * (lane % 2);
        places[lane] = vec4f(placeOf(trial, f), placeOf(trial + 1, f), placeOf(trial + 2, f), placeOf(trial + 3, f));
      }
      workgroupBarrier();
      for (var f = f0; f < min(f0 + featureTile, sizes.features); f++) {
        let value = x[f * sizes.customers + column];
        let toA = value - places[2 * (f - f0)];
        let toB = value - places[2 * (f - f0) + 1];
        a = fma(toA, toA, a);
        b = fma(toB, toB, b);
      }
    }
    attemptOne(i, trial0, 0, a.x, top); attemptOne(i, trial0 + 4, 4, b.x, top);
    attemptOne(i, trial0 + 1, 1, a.y, top); attemptOne(i, trial0 + 5, 5, b.y, top);
    attemptOne(i, trial0 + 2, 2, a.z, top); attemptOne(i, trial0 + 6, 6, b.z, top);
    attemptOne(i, trial0 + 3, 3, a.w, top); attemptOne(i, trial0 + 7, 7, b.w, top);
    workgroupBarrier();
    if (lane < countsAtATime && trial0 + lane < sizes.trials) {
      let sum = countOf(lane);
      let slot = 2 * (sizes.round * sizes.trials + trial0 + lane);
      let old = atomicAdd(&totals[slot], sum.x);
      atomicAdd(&totals[slot + 1], sum.y + u32(old + sum.x < old));
    }
  }
}

@compute @workgroup_size(256)
fn settle(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let i = linear(group, groups) * threads + lane;
  var best = 0u;
  if (sizes.round > 0) {
    var least = vec2u(0xffffffff);
    for (var trial = 0u; trial < sizes.trials; trial++) {
      let slot = 2 * (sizes.round * sizes.trials + trial);
      let left = vec2u(atomicLoad(&totals[slot]), atomicLoad(&totals[slot + 1]));
      if (isGreater(least, left)) {
        least = left;
        best = trial;
      }
    }
  }
  let candidate = candidates[best];
  if (sizes.first + i == 0) { chosen[sizes.round] = candidate; }
  if (i >= sizes.customers || candidate < 0) { return; }
  let distance = attempts[best * sizes.customers + i];
  distances[i] = distance;
  atomicMax(&greatest[sizes.round + 1], bitcast<u32>(potentialOf(i, distance)));
}
