// Sums over a workgroup of whole numbers of 33 bits, in two parts of which no sum of 256 overflows.

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
  atomicAdd(&lowerParts[slot], number.x & 0xffff);
  atomicAdd(&upperParts[slot], (number.x >> 16) | (number.y << 16));
}

// Behind a barrier.
fn countOf(slot: u32) -> vec2u {
  let upper = atomicLoad(&upperParts[slot]);
  return added(vec2u(atomicLoad(&lowerParts[slot]), 0), vec2u(upper << 16, upper >> 16));
}
