// y = x, 16 bytes a thread where the length allows, the widest access that there is.

struct Sizes {
  elements: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<storage, read> quads: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> newQuads: array<vec4f>;

@compute @workgroup_size(256)
fn copy(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let element = (group.y * groups.x + group.x) * 256 + lane;
  if (element < sizes.elements) { y[element] = x[element]; }
}

@compute @workgroup_size(256)
fn copyQuads(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let quad = (group.y * groups.x + group.x) * 256 + lane;
  if (quad < sizes.elements / 4) { newQuads[quad] = quads[quad]; }
}
