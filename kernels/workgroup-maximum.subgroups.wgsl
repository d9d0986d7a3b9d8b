// As workgroup-maximum.wgsl, with one atomic operation for each subgroup.
enable subgroups;

var<workgroup> greatestOfGroup: atomic<u32>;

fn startMaximum(lane: u32) {
  if (lane == 0) { atomicStore(&greatestOfGroup, 0); }
  workgroupBarrier();
}

fn maximumOf(value: u32) -> u32 {
  let greatestOfSubgroup = subgroupMax(value);
  if (subgroupElect()) { atomicMax(&greatestOfGroup, greatestOfSubgroup); }
  workgroupBarrier();
  return atomicLoad(&greatestOfGroup);
}
