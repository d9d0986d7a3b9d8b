// RadiusNeighbours: which columns of b lie within the radius of which columns of a, and how many.
// a [d, m], b [d, n] → counts [m], and if wanted marks [m, ceil(n / 32)], a bit for each column of b
//
// The distances are those of PairwiseDistance. They stay in registers: a comparison turns a vector of them into bits.
//
// Squares of many features are first taken apart, |a - b|² = |a|² + |b|² - 2 a·b, seen from the middle of b: that is one
// operation a feature and not two. Rounding blurs such a distance; only where that leaves open on which side of the
// limit it lies the differences of the block are squared, so what is found does not depend on the short cut.
#include "distance-block.h"

namespace kindred::KINDRED_LEVEL {
namespace {

// Columns of a that share a pass over tiles of b.
constexpr size_t rows_of_chunk = 8 * rows;

// Tiles of one pass at least, and chunks that are enough for all threads: few columns of a are spread by those of b.
constexpr size_t tiles_of_part = 16;
constexpr size_t enough_chunks = 64;

// Features from which the short cut pays.
constexpr size_t features_to_take_apart = 8;

// Bits of the columns of a tile whose distance is below the bound.
template <class Distance, int count>
KINDRED_INLINE void near_block(const float* tile, const float* packed, size_t depth, Floats bound, std::uint64_t (&near)[count]) {
  Floats sums[count][vectors];
  measure_block<Distance, count>(tile, packed, depth, sums);
  KINDRED_UNROLL
  for (int r = 0; r < count; r++) {
    near[r] = 0;
    KINDRED_UNROLL
    for (int v = 0; v < vectors; v++) {
      near[r] |= static_cast<std::uint64_t>(bits(less(Distance::finish(sums[r][v]), bound))) << (v * width);
    }
  }
}

// Tiles of b [depth, group] side by side.
template <class Pack>
void pack_tiles(Dense b, const Pack& pack) {
  const size_t parts = divide_up(b.columns, tiles_of_part * group);
  const double work = static_cast<double>(b.columns) * static_cast<double>(b.rows);
  for_each_chunk(parts, workers_for(parts, work), [&](size_t part, unsigned) {
    const size_t end = at_most(b.columns, (part + 1) * tiles_of_part * group);
    for (size_t column = part * tiles_of_part * group; column < end; column += group) pack(column, at_most(group, end - column));
  });
}

// Measures every distance.
template <class Distance>
class Measured {
 public:
  Measured(Dense a, Dense b, Preparation preparation, Floats bound)
      : a_(a), bound_(bound), means_(at_least(a.columns, b.columns)), scales_(at_least(a.columns, b.columns)),
        tiles_(round_up(b.columns, group) * b.rows) {
    pack_tiles(b, [&](size_t column, size_t count) {
      measure_columns(b, preparation, column, column + count, means_, scales_);
      pack_columns(b, column, count, means_, scales_, tiles_ + column * b.rows, group);
    });
    measure_columns(a, preparation, 0, a.columns, means_, scales_);
  }

  // What a worker keeps of the columns of a at hand.
  struct Rows {
    Scratch<float> packed;
    explicit Rows(size_t depth) : packed(rows_of_chunk * depth) {}
  };

  void take(Rows& rows_at_hand, size_t first, const Blocks& blocks) const {
    pack_blocks(a_, first, blocks, means_, scales_, rows_at_hand.packed);
  }

  KINDRED_INLINE void enter(Rows&, size_t) const {}

  template <int count>
  KINDRED_INLINE void judge(Rows& rows_at_hand, size_t tile, size_t start, std::uint64_t, std::uint64_t (&near)[count]) const {
    near_block<Distance, count>(tiles_ + tile * group * a_.rows, rows_at_hand.packed + start * a_.rows, a_.rows, bound_, near);
  }

 private:
  Dense a_;
  Floats bound_;
  Scratch<float> means_;
  Scratch<float> scales_;
  Scratch<float> tiles_;
};

// Measures squared distances only where the products leave a doubt.
class TakenApart {
 public:
  TakenApart(Dense a, Dense b, float limit, Floats bound)
      : a_(a), b_(b), bound_(bound), limit_(limit), means_(at_least(a.columns, b.columns)), scales_(at_least(a.columns, b.columns)),
        middle_(b.rows), tiles_(round_up(b.columns, group) * b.rows), halves_(round_up(b.columns, group)), most_(divide_up(b.columns, group)) {
    // For packing the columns as they are.
    measure_columns(a.columns > b.columns ? a : b, Preparation::none, 0, at_least(a.columns, b.columns), means_, scales_);
    // Any point of the midst serves.
    const size_t step = at_least(1, b.columns / 256);
    for (size_t row = 0; row < b.rows; row++) {
      double sum = 0;
      for (size_t column = 0; column < b.columns; column += step) sum += b.values[row * b.columns + column];
      middle_[row] = static_cast<float>(sum / static_cast<double>(divide_up(b.columns, step)));
    }
    pack_tiles(b, [&](size_t column, size_t count) {
      float* tile = tiles_ + column * b.rows;
      pack_tile(b, column, count, middle_, tile, group);
      double squares[group] = {};
      for (size_t row = 0; row < b.rows; row++) {
        for (size_t i = 0; i < group; i++) squares[i] += static_cast<double>(tile[row * group + i]) * tile[row * group + i];
      }
      double most = 0;
      for (size_t i = 0; i < group; i++) {
        halves_[column + i] = static_cast<float>(squares[i] * -0.5);
        // What is no number is the most.
        if (i < count && !(squares[i] <= most)) most = squares[i];
      }
      most_[column / group] = most <= huge ? static_cast<float>(most * blur()) : static_cast<float>(HUGE_VAL);
    });
  }

  struct Rows {
    Scratch<float> seen;
    Scratch<float> packed;
    // The tile at hand as it is, packed when the first doubt comes.
    Scratch<float> tile;
    bool has_tile = false;
    size_t first = 0;
    size_t count = 0;
    // The products above which a column of the middle is near, and below which it is not, but for the blur of the tile.
    float above[rows_of_chunk];
    float below[rows_of_chunk];
    explicit Rows(size_t depth) : seen(rows_of_chunk * depth), packed(rows_of_chunk * depth), tile(group * depth) {}
  };

  void take(Rows& hand, size_t first, const Blocks& blocks) const {
    hand.first = first;
    hand.count = blocks.count;
    pack_blocks(a_, first, blocks, means_, scales_, hand.packed);
    for (size_t block = 0; block < blocks.blocks; block++) {
      const size_t start = blocks.first(block);
      const size_t size = blocks.first(block + 1) - start;
      const float* source = hand.packed + start * a_.rows;
      float* target = hand.seen + start * a_.rows;
      double squares[rows] = {};
      for (size_t row = 0; row < a_.rows; row++) {
        for (size_t r = 0; r < size; r++) {
          const float value = source[row * size + r] - middle_[row];
          target[row * size + r] = value;
          squares[r] += static_cast<double>(value) * value;
        }
      }
      for (size_t r = 0; r < size; r++) {
        const double edge = (squares[r] - limit_) / 2;
        const double doubt = blur() * (squares[r] + limit_);
        const bool usual = squares[r] + limit_ <= huge;
        hand.above[start + r] = static_cast<float>(usual ? edge + doubt : HUGE_VAL);
        hand.below[start + r] = static_cast<float>(usual ? edge - doubt : -HUGE_VAL);
      }
    }
  }

  KINDRED_INLINE void enter(Rows& hand, size_t) const { hand.has_tile = false; }

  template <int count>
  KINDRED_INLINE void judge(Rows& hand, size_t tile, size_t start, std::uint64_t valid, std::uint64_t (&near)[count]) const {
    Floats sums[count][vectors];
    KINDRED_UNROLL
    for (int v = 0; v < vectors; v++) {
      const Floats half = load(halves_ + tile * group + v * width);
      KINDRED_UNROLL
      for (int r = 0; r < count; r++) sums[r][v] = half;
    }
    multiply_block<count>(tiles_ + tile * group * a_.rows, group, hand.seen + start * a_.rows, a_.rows, sums);
    std::uint64_t doubtful = 0;
    KINDRED_UNROLL
    for (int r = 0; r < count; r++) {
      const Floats above = broadcast(hand.above[start + r] + most_[tile]);
      const Floats below = broadcast(hand.below[start + r] - most_[tile]);
      std::uint64_t far = 0;
      near[r] = 0;
      KINDRED_UNROLL
      for (int v = 0; v < vectors; v++) {
        near[r] |= static_cast<std::uint64_t>(bits(less(above, sums[r][v]))) << (v * width);
        far |= static_cast<std::uint64_t>(bits(less(sums[r][v], below))) << (v * width);
      }
      doubtful |= ~(near[r] | far);
    }
    if ((doubtful & valid) != 0) {
      take_tile(hand, tile);
      near_block<Squares, count>(hand.tile, hand.packed + start * a_.rows, a_.rows, bound_, near);
    }
  }

 private:
  // Squares up to here and their sums are far from the greatest float32.
  static constexpr double huge = 1e37;

  // Twice what rounding can do to half a squared distance, of either kind, for each unit of |a|² + |b|² + limit: d + 4
  // roundings of 2^-24 to products whose magnitudes sum to no more than |a|² + |b|², and as many to a sum of squares of twice that.
  double blur() const { return static_cast<double>(a_.rows + 16) * 4 / (1 << 24); }

  void take_tile(Rows& hand, size_t tile) const {
    if (hand.has_tile) return;
    pack_columns(b_, tile * group, at_most(group, b_.columns - tile * group), means_, scales_, hand.tile, group);
    hand.has_tile = true;
  }

  Dense a_;
  Dense b_;
  Floats bound_;
  double limit_;
  Scratch<float> means_;
  Scratch<float> scales_;
  Scratch<float> middle_;
  Scratch<float> tiles_;
  // -|b|² / 2 of each column, and how far the largest of a tile blurs its products.
  Scratch<float> halves_;
  Scratch<float> most_;
};

template <class Judge>
void scan(const Judge& judge, size_t depth, size_t m, size_t n, int32_t* counts, int32_t* marks) {
  const size_t tiles = divide_up(n, group);
  const size_t row_chunks = divide_up(m, rows_of_chunk);
  const size_t parts = at_most(divide_up(tiles, tiles_of_part), divide_up(enough_chunks, row_chunks));
  const size_t chunks = row_chunks * parts;
  const unsigned workers = workers_for(chunks, static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(depth));
  const PerWorker<typename Judge::Rows> hands(workers, depth);
  const Scratch<int32_t> part_counts(parts * m);
  const size_t bytes_of_row = divide_up(n, 32) * sizeof(int32_t);
  for_each_chunk(chunks, workers, [&](size_t chunk, unsigned worker) {
    const size_t first = chunk / parts * rows_of_chunk;
    const size_t part = chunk % parts;
    const Blocks blocks(at_most(rows_of_chunk, m - first));
    typename Judge::Rows& hand = hands[worker];
    judge.take(hand, first, blocks);
    size_t found[rows_of_chunk] = {};
    for (size_t tile = part * tiles / parts; tile < (part + 1) * tiles / parts; tile++) {
      const size_t count_of_tile = at_most(group, n - tile * group);
      const std::uint64_t valid = ~std::uint64_t{0} >> (64 - count_of_tile);
      const size_t place = tile * group / 8;
      judge.enter(hand, tile);
      for (size_t block = 0; block < blocks.blocks; block++) {
        const size_t start = blocks.first(block);
        with_size(blocks.first(block + 1) - start, [&]<int count>() KINDRED_LAMBDA_INLINE {
          std::uint64_t near[count];
          judge.template judge<count>(hand, tile, start, valid, near);
          for (int r = 0; r < count; r++) {
            near[r] &= valid;
            found[start + r] += count_bits(near[r]);
            if (marks == nullptr) continue;
            // Words of all machines that this runs on have their lowest bits first.
            std::memcpy(reinterpret_cast<char*>(marks) + (first + start + r) * bytes_of_row + place, &near[r], at_most(group / 8, bytes_of_row - place));
          }
        });
      }
    }
    for (size_t i = 0; i < blocks.count; i++) part_counts[part * m + first + i] = static_cast<int32_t>(found[i]);
  });
  for (size_t i = 0; i < m; i++) {
    counts[i] = 0;
    for (size_t part = 0; part < parts; part++) counts[i] += part_counts[part * m + i];
  }
}

}  // namespace

void radius_neighbours(Dense a, Dense b, Metric metric, float limit, int32_t* counts, int32_t* marks) {
  const size_t depth = a.rows;
  const size_t m = a.columns;
  const size_t n = b.columns;
  if (m == 0) return;
  // At most the limit is less than the number above it.
  const Floats bound = broadcast(std::nextafter(limit, static_cast<float>(HUGE_VAL)));
  if (metric == Metric::squared_euclidean && depth >= features_to_take_apart) {
    return scan(TakenApart(a, b, limit, bound), depth, m, n, counts, marks);
  }
  with_metric(metric, [&]<class Distance>(Distance, Preparation preparation) {
    scan(Measured<Distance>(a, b, preparation, bound), depth, m, n, counts, marks);
  });
}

}  // namespace kindred::KINDRED_LEVEL
