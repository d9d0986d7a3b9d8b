// What the kernels have in common that look for the nearest row of centroids [k, features] of each column of
// x [features, customers], and want the squared distance to it.

struct Sizes {
  customers: u32,
  features: u32,
  k: u32,
  paddedK: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> centroids: array<f32>;
@group(0) @binding(3) var<storage, read_write> labels: array<i32>;
@group(0) @binding(4) var<storage, read_write> distances: array<f32>;
@group(0) @binding(5) var<storage, read> centre: array<f32>;

override wantDistances: bool = true;

// Whether this is one of several steps, which end early where the first of these is not 0.
override stoppable: bool = false;
@group(0) @binding(9) var<storage, read> stopped: array<u32>;

const least = -0x1.fffffep+127f;

fn linear(group: vec3u, groups: vec3u) -> u32 {
  return group.y * groups.x + group.x;
}

// The distance is summed over the differences themselves, so that it neither cancels nor turns negative.
fn write(customer: u32, label: u32) {
  labels[customer] = i32(label);
  if (!wantDistances) { return; }
  var distance = 0.0;
  for (var f = 0u; f < sizes.features; f++) {
    let difference = x[f * sizes.customers + customer] - centroids[label * sizes.features + f];
    distance = fma(difference, difference, distance);
  }
  distances[customer] = distance;
}
