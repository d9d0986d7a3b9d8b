// As workgroup-counts.wgsl, with one atomic operation for each subgroup. Whole numbers may be added in any order.
enable subgroups;

const countsAtATime = 8u;

var<workgroup> lowerParts: array<atomic<u32>, countsAtATime>;
var<workgroup> upperParts: array<atomic<u32>, countsAtATime>;

fn clearCounts(lane: u32) {
  workgroupBarrier();
  if (lane < countsAtATime) {
    atomicStore(&lowerParts[lane], 0);
    atomicStore(&upperParts[lane], 0);
  }
  workgroupBarrier();
}

// To be called by all threads, each with a number of its own.
fn addCount(slot: u32, number: vec2u) {
  let lower = subgroupAdd(number.x & 0xffff);
  let upper = subgroupAdd((number.x >> 16) | (number.y << 16));
  if (subgroupElect()) {
    atomicAdd(&lowerParts[slot], lower);
    atomicAdd(&upperParts[slot], upper);
  }
}

// Behind a barrier.
fn countOf(slot: u32) -> vec2u {
  let upper = atomicLoad(&upperParts[slot]);
  return added(vec2u(atomicLoad(&lowerParts[slot]), 0), vec2u(upper << 16, upper >> 16));
}
