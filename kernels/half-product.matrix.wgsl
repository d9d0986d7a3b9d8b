// As half-product.wgsl, by the matrix units of subgroups of at most 32 threads. Each of the first four takes 16 rows;
// further ones repeat what the last of these does.
//
// Uses half-tiles.wgsl.
enable f16;
enable subgroups;
enable chromium_experimental_subgroup_matrix;

alias Left = subgroup_matrix_left<f16, 16, 16>;
alias Right = subgroup_matrix_right<f16, 16, 16>;
alias Product = subgroup_matrix_result<f32, 16, 16>;

// The sums of a subgroup: 16 rows by four times 16 columns.
struct Sums {
  first: Product,
  second: Product,
  third: Product,
  fourth: Product,
}

// What an entry point has to ask for.
struct Subgroup {
  @builtin(subgroup_id) index: u32,
}

const depth = 32u;
// As in half-product.wgsl.
const halfError = 0.00197f;
const mostProduct = 1e30f;

// [depth, productTile]
var<workgroup> left: array<f16, depth * productTile>;
var<workgroup> right: array<f16, depth * productTile>;

fn putFactors(place: u32, factors: vec2f) {
  left[place] = f16(clampedToHalf(factors.x));
  right[place] = f16(clampedToHalf(factors.y));
}

fn addProducts(lane: u32, subgroup: Subgroup, sums: ptr<function, Sums>) {
  let row = 16 * min(subgroup.index, 3);
  for (var f = 0u; f < depth; f += 16) {
    let start = f * productTile;
    let rows = subgroupMatrixLoad<Left>(&left, start + row, true, productTile);
    sums.first = subgroupMatrixMultiplyAccumulate(
      rows, subgroupMatrixLoad<Right>(&right, start, false, productTile), sums.first);
    sums.second = subgroupMatrixMultiplyAccumulate(
      rows, subgroupMatrixLoad<Right>(&right, start + 16, false, productTile), sums.second);
    sums.third = subgroupMatrixMultiplyAccumulate(
      rows, subgroupMatrixLoad<Right>(&right, start + 32, false, productTile), sums.third);
    sums.fourth = subgroupMatrixMultiplyAccumulate(
      rows, subgroupMatrixLoad<Right>(&right, start + 48, false, productTile), sums.fourth);
  }
}

fn storeProducts(lane: u32, subgroup: Subgroup, sums: ptr<function, Sums>) {
  let row = 16 * min(subgroup.index, 3);
  subgroupMatrixStore(&products, row, sums.first, true, productTile);
  subgroupMatrixStore(&products, row + 16 * productTile, sums.second, true, productTile);
  subgroupMatrixStore(&products, row + 32 * productTile, sums.third, true, productTile);
  subgroupMatrixStore(&products, row + 48 * productTile, sums.fourth, true, productTile);
}
