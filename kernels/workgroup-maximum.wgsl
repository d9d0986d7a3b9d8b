// The greatest of what the threads of a workgroup offer.

var<workgroup> greatestOfGroup: atomic<u32>;

fn startMaximum(lane: u32) {
  if (lane == 0) { atomicStore(&greatestOfGroup, 0); }
  workgroupBarrier();
}

// To be called by all threads; the result is that of thread 0.
fn maximumOf(value: u32) -> u32 {
  atomicMax(&greatestOfGroup, value);
  workgroupBarrier();
  return atomicLoad(&greatestOfGroup);
}
