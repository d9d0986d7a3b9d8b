// The best items as `search` in cosine-topk.wgsl finds them, with products in float16 as a filter: how far the product of
// two directions can lie from the exact one is bounded (Cauchy and Schwarz), and where a score may exceed the worst of
// what its query holds, it is computed again as `search` would. So results are those of `search`.
//
// A workgroup takes 64 queries and lets the items stream by, 64 at a time. Who may be wanted waits in a queue in workgroup
// memory, so that all threads have a share in computing again.
//
// Uses cosine-topk-data.wgsl.
// Uses half-product.wgsl.

const threads = 128u;
const queueLength = 512u;
// Columns of which even all scores fit into the queue.
const columnsAtWorst = queueLength / productTile;
// Directions are this long, so that float16 does not lose what counts.
const directionLength = 64f;

// Scores, and places in the tile.
var<workgroup> queue: array<Found, queueLength>;
var<workgroup> queued: atomic<u32>;
var<workgroup> thresholds: array<f32, productTile>;
// Of the items of the tile.
var<workgroup> lengths: array<f32, productTile>;

// `greatest` where float32 cannot hold its square, or not well.
fn lengthOf(inverse: f32) -> f32 {
  if (inverse < 0 || inverse > 1e15) { return greatest; }
  return select(1 / inverse, 0, inverse == 0);
}

// Of a column without a length nothing is left.
fn directed(value: f32, factor: f32) -> f32 {
  return select(value * factor, 0, factor == 0);
}

// As `search` computes it.
fn scoreOf(query: u32, item: u32) -> f32 {
  var score = 0.0;
  for (var f = 0u; f < sizes.factors; f++) {
    score = fma(queries[f * sizes.m + query], items[f * sizes.n + item], score);
  }
  return score * scale(item, query);
}

@compute @workgroup_size(128)
fn searchHalf(
  @builtin(local_invocation_index) lane: u32,
  subgroup: Subgroup,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let number = linear(group, groups);
  let query0 = number / sizes.shares * productTile;
  let share = number % sizes.shares;
  let end = min((share + 1) * sizes.share, sizes.n);

  // Two threads a query, of which the first keeps its heap.
  let own = lane % productTile;
  let query = min(query0 + own, sizes.m - 1);
  let isQuery = query0 + own < sizes.m;
  let keeps = lane < productTile && isQuery;
  let base = (share * sizes.m + query) * sizes.topK;
  let inverse = inverseNorms[query];
  let queryScale = directionLength * max(inverse, 0);
  let queryLength = lengthOf(inverse);
  let error = 1.001 * productError(sizes.factors, directionLength, directionLength);
  var held = 0u;
  // Of rows beyond the last query nothing is wanted.
  if (lane < productTile) { thresholds[lane] = greatest; }
  if (keeps) {
    held = heldBefore(base);
    thresholds[lane] = threshold(base, sizes.topK, held);
  }

  for (var item0 = share * sizes.share; item0 < end; item0 += productTile) {
    let item = min(item0 + own, sizes.n - 1);
    let itemInverse = inverseNorms[sizes.m + item];
    let itemScale = directionLength * max(itemInverse, 0);
    var sums = Sums();
    for (var f0 = 0u; f0 < sizes.factors; f0 += depth) {
      workgroupBarrier();
      for (var i = lane / productTile; i < depth; i += threads / productTile) {
        let f = f0 + i;
        var values = vec2f();
        if (f < sizes.factors) {
          values = vec2f(
            directed(queries[f * sizes.m + query], queryScale), directed(items[f * sizes.n + item], itemScale));
        }
        putFactors(i * productTile + own, values);
      }
      workgroupBarrier();
      addProducts(lane, subgroup, &sums);
    }
    if (lane < productTile) { lengths[lane] = lengthOf(itemInverse); }
    workgroupBarrier();
    storeProducts(lane, subgroup, &sums);

    // First all at once; where the queue overflows, again by few columns.
    var first = 0u;
    var width = productTile;
    loop {
      workgroupBarrier();
      if (lane == 0) { atomicStore(&queued, 0); }
      workgroupBarrier();
      let worst = thresholds[own];
      for (var i = first + lane / productTile; i < first + width; i += threads / productTile) {
        var most = (products[i * productTile + own] + error) / (directionLength * directionLength);
        if (!cosine) { most *= queryLength * lengths[i]; }
        let isUnknown = queryLength == greatest || lengths[i] == greatest;
        if (isQuery && item0 + i < end && (most > worst || isUnknown)) {
          let place = atomicAdd(&queued, 1);
          if (place < queueLength) { queue[place].index = i32(own * productTile + i); }
        }
      }
      let length = workgroupUniformLoad(&queued);
      if (length > queueLength) {
        width = columnsAtWorst;
        continue;
      }
      for (var i = lane; i < length; i += threads) {
        let place = u32(queue[i].index);
        queue[i].score = scoreOf(query0 + place / productTile, item0 + place % productTile);
      }
      workgroupBarrier();
      if (keeps) {
        for (var i = 0u; i < length; i++) {
          let place = u32(queue[i].index);
          if (place / productTile != own || !(queue[i].score > worst)) { continue; }
          let candidate = sizes.item0 + item0 + place % productTile;
          if (isExcluded(query, candidate)) { continue; }
          held = offer(base, sizes.topK, held, Found(queue[i].score, i32(candidate)));
        }
        thresholds[own] = threshold(base, sizes.topK, held);
      }
      first += width;
      if (first >= productTile) { break; }
    }
  }
  if (keeps) { leave(base, held); }
}
