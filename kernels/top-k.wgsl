// The best candidates of a row: a heap whose root is the worst of them, in the result's own place in memory,
// kept by one thread and sorted in the end. Of equal scores the lower index is better, so that the result does
// not depend on the order in which candidates come. A full heap takes about topK (1 + ln(n / topK)) of n.
//
// A kernel that uses it declares foundIndices: array<i32> and foundScores: array<u32>, which holds bits since
// WGSL has no infinity.

// The least float, below which nothing is found.
const leastScore = -0x1.fffffep+127f;
const minusInfinity = 0xff800000u;

struct Found {
  score: f32,
  index: i32,
}

fn foundAt(place: u32) -> Found {
  return Found(bitcast<f32>(foundScores[place]), foundIndices[place]);
}

fn putFound(place: u32, found: Found) {
  foundScores[place] = bitcast<u32>(found.score);
  foundIndices[place] = found.index;
}

fn isBefore(a: Found, b: Found) -> bool {
  return a.score > b.score || (a.score == b.score && a.index < b.index);
}

// Puts a candidate into the heap of `size` at `base` instead of the root.
fn replaceWorst(base: u32, size: u32, candidate: Found) {
  var place = 0u;
  while (2 * place + 1 < size) {
    var child = 2 * place + 1;
    var worse = foundAt(base + child);
    if (child + 1 < size) {
      let other = foundAt(base + child + 1);
      if (isBefore(worse, other)) {
        worse = other;
        child++;
      }
    }
    if (!isBefore(candidate, worse)) { break; }
    putFound(base + place, worse);
    place = child;
  }
  putFound(base + place, candidate);
}

fn addFound(base: u32, size: u32, candidate: Found) {
  var place = size;
  while (place > 0) {
    let parent = (place - 1) / 2;
    let above = foundAt(base + parent);
    if (!isBefore(above, candidate)) { break; }
    putFound(base + place, above);
    place = parent;
  }
  putFound(base + place, candidate);
}

// Offers a candidate to a heap of `size` that may grow to `capacity`, and returns its new size.
fn offer(base: u32, capacity: u32, size: u32, candidate: Found) -> u32 {
  if (size < capacity) {
    addFound(base, size, candidate);
    return size + 1;
  }
  if (isBefore(candidate, foundAt(base))) { replaceWorst(base, size, candidate); }
  return size;
}

// What a score must exceed to be worth offering.
fn threshold(base: u32, capacity: u32, size: u32) -> f32 {
  if (size < capacity) { return leastScore; }
  return bitcast<f32>(foundScores[base]);
}

// Turns the heap into a list, best first, and marks the places that are left.
fn sortFound(base: u32, capacity: u32, size: u32) {
  for (var left = size; left > 1; left--) {
    let worst = foundAt(base);
    let last = foundAt(base + left - 1);
    replaceWorst(base, left - 1, last);
    putFound(base + left - 1, worst);
  }
  markRest(base, capacity, size);
}

fn markRest(base: u32, capacity: u32, size: u32) {
  for (var place = size; place < capacity; place++) {
    foundScores[base + place] = minusInfinity;
    foundIndices[base + place] = -1;
  }
}
