// y = 0.75 y + 0.25, `rounds` times from y = x: each thread holds one number, so that nothing but arithmetic is
// timed; the threads that wait for their last result are covered by the others.

struct Sizes {
  elements: u32,
  rounds: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

fn round(value: f32) -> f32 {
  return fma(value, 0.75, 0.25);
}

@compute @workgroup_size(256)
fn iterate(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let element = (group.y * groups.x + group.x) * 256 + lane;
  if (element >= sizes.elements) { return; }
  var value = x[element];
  var left = sizes.rounds;
  for (; left >= 8; left -= 8) {
    value = round(round(round(round(round(round(round(round(value))))))));
  }
  for (; left > 0; left--) { value = round(value); }
  y[element] = value;
}
