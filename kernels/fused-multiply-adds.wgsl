// y = 0.75 y + 0.25, `rounds` times from y = x: each thread holds four numbers, so that nothing but arithmetic is
// timed; one that waits for its last result is covered by the others.

struct Sizes {
  elements: u32,
  rounds: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

fn round(value: vec4f) -> vec4f {
  return fma(value, vec4f(0.75), vec4f(0.25));
}

@compute @workgroup_size(256)
fn iterate(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let first = 4 * ((group.y * groups.x + group.x) * 256 + lane);
  var value = vec4f();
  for (var i = 0u; i < min(4, max(sizes.elements, first) - first); i++) { value[i] = x[first + i]; }
  var left = sizes.rounds;
  for (; left >= 8; left -= 8) {
    value = round(round(round(round(round(round(round(round(value))))))));
  }
  for (; left > 0; left--) { value = round(value); }
  for (var i = 0u; i < min(4, max(sizes.elements, first) - first); i++) { y[first + i] = value[i]; }
}
