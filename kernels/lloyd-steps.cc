// LloydSteps: up to `steps` of Lloyd's iterations in one call, skipping the distances that cannot matter.
// x [d, n], centroids [k, d], weights [n] or none, state → sums + residuals [steps, k, d], counts [steps, k], state
//
// Of each customer the state keeps its label and a margin: how much farther the second nearest centroid was than the
// nearest when both were last looked for. As long as the centroids since moved by less (the customer's own away from it,
// the fastest of the others towards it), the label stands, and the customer is not even read (G. Hamerly, "Making k-means
// even faster", SDM 2010; one bound instead of two, kept relative to what each segment's members are charged in total, so
// that only a search writes it: J. Newling and F. Fleuret, "Fast k-means with accurate bounds", ICML 2016).
//
// A margin must also exceed what the scores of the search (nearest.h) may be wrong by: then the search would find the
// same label, and the labels are exactly those of LloydStep. Sums are kept for each chunk of customers and changed by
// those that move between segments, in ascending order: the same with any number of threads.
#include "moves.h"
#include "nearest.h"
#include "sums.h"

namespace kindred::KINDRED_LEVEL {
namespace {

// Of a whole tile or of a whole chunk, the part beyond which reading all of it is cheaper than picking from it.
constexpr size_t tile_part = 3;
constexpr size_t chunk_part = 6;

// Whether it pays to keep margins: with few centroids and features, labelling all customers costs less.
KINDRED_INLINE bool skips(size_t clusters, size_t depth) { return clusters * depth >= 512; }

// Numbers of a chunk's totals; two chunks share no line of the cache, since two threads change them at a time.
KINDRED_INLINE size_t totals_of_chunk(size_t clusters, size_t depth) { return clusters * (depth + 1) + 16; }

template <class Label>
struct StepsState {
  std::int64_t* steps;
  double* charged;
  double* totals;
  float* previous;
  // None where no distances are skipped.
  float* margins;
  int32_t* moved;
  Label* labels;

  StepsState(void* memory, size_t n, size_t clusters, size_t depth, size_t chunks) {
    steps = static_cast<std::int64_t*>(memory);
    charged = reinterpret_cast<double*>(steps + 1);
    totals = charged + clusters;
    previous = reinterpret_cast<float*>(totals + chunks * totals_of_chunk(clusters, depth));
    float* const rest = previous + clusters * depth;
    margins = skips(clusters, depth) ? rest : nullptr;
    moved = reinterpret_cast<int32_t*>(margins == nullptr ? rest : rest + n);
    labels = reinterpret_cast<Label*>(moved + chunks);
  }
};

double squared_distance(const float* a, const float* b, size_t depth) {
  constexpr size_t lanes = 8;
  double sums[lanes] = {};
  size_t f = 0;
  for (; f + lanes <= depth; f += lanes) {
    for (size_t l = 0; l < lanes; l++) {
      const double difference = static_cast<double>(a[f + l]) - b[f + l];
      sums[l] += difference * difference;
    }
  }
  double sum = 0;
  for (; f < depth; f++) sum += (static_cast<double>(a[f]) - b[f]) * (static_cast<double>(a[f]) - b[f]);
  for (size_t l = 0; l < lanes; l++) sum += sums[l];
  return sum;
}

// What the centroids' moves since the last step cost the margins of each segment's members, in total.
template <class Label>
void charge(Dense centroids, const StepsState<Label>& state) {
  const Scratch<double> moves(centroids.rows);
  double most = 0, second = 0;
  size_t fastest = 0;
  for (size_t j = 0; j < centroids.rows; j++) {
    const size_t place = j * centroids.columns;
    moves[j] = std::sqrt(squared_distance(centroids.values + place, state.previous + place, centroids.columns)) * (1 + 1e-9);
    if (moves[j] > most) {
      second = most;
      most = moves[j];
      fastest = j;
    } else if (moves[j] > second) {
      second = moves[j];
    }
  }
  for (size_t j = 0; j < centroids.rows; j++) state.charged[j] += moves[j] + (j == fastest ? second : most);
}

// How wrong scores may be: a score starts at |c|^2 / 2 and adds d products, each step rounding what is at most
// |x| |c| + |c|^2 / 2 by one part in 2^24; the rest is for the shift and the norms.
struct ScoreError {
  float part;
  float reach;

  ScoreError(Dense centroids, const float* offset) : part(static_cast<float>((static_cast<double>(centroids.columns) + 8) * std::ldexp(1.0, -24))) {
    double most = 0;
    for (size_t j = 0; j < centroids.rows; j++) {
      const double square = squared_distance(centroids.values + j * centroids.columns, offset, centroids.columns);
      if (square > most) most = square;
    }
    reach = static_cast<float>(std::sqrt(most) * (1 + 1e-6));
  }
};

// The margins that members of each segment need to be sure of their label: what they are charged, and what turns the
// difference of two scores whichever way. The latter is at most 4 errors / (sum of both distances), a sum that is no less
// than the distance of the two centroids, nor than 2 (|x| - reach).
void find_thresholds(Dense centroids, ScoreError error, const double* charged, float* thresholds) {
  const double reach = error.reach;
  const size_t chunk = at_least(1, 65536 / (centroids.rows * centroids.columns));
  const size_t chunks = divide_up(centroids.rows, chunk);
  const double operations = static_cast<double>(centroids.rows) * static_cast<double>(centroids.rows) * static_cast<double>(centroids.columns);
  for_each_chunk(chunks, workers_for(chunks, operations), [&](size_t index, unsigned) {
    const size_t end = at_most(centroids.rows, (index + 1) * chunk);
    for (size_t j = index * chunk; j < end; j++) {
      double least = INFINITY;
      for (size_t other = 0; other < centroids.rows; other++) {
        if (other == j) continue;
        const double square = squared_distance(centroids.values + j * centroids.columns, centroids.values + other * centroids.columns, centroids.columns);
        if (square < least) least = square;
      }
      const double slack = reach == 0 ? 0 : 10 * static_cast<double>(error.part) * reach * reach / std::sqrt(least);
      const double threshold = charged[j] + slack;
      thresholds[j] = static_cast<float>(threshold * (1 + 2.4e-7));
    }
  });
}

// The search over some customers, and their new margins.
class Search {
 public:
  Search(size_t depth, size_t band)
      : columns_(tile_columns(depth)), tile_(columns_ * depth), labels_(band), margins_(columns_), next_(columns_) {}

  KINDRED_INLINE float* tile() const { return tile_; }
  KINDRED_INLINE int32_t* labels() const { return labels_; }

  // Finds labels and margins of the first `count` columns of the tile, and fetches columns of `ahead` meanwhile. A margin
  // is what the second nearest is farther by at least, on top of what members of the segment were `charged` so far.
  KINDRED_INLINE void find(const PackedCentroids& packed, ScoreError error, const float* charged, size_t count, Dense ahead, size_t from) const {
    packed.rank(tile_, columns_, count, labels_, margins_, next_, ahead, from);
    const Floats zero = broadcast(0.0f), two = broadcast(2.0f), reach = broadcast(error.reach), part = broadcast(2 * error.part);
    for (size_t column = 0; column < count; column += width) {
      Floats norm = zero;
      for (size_t f = 0; f < packed.depth(); f++) {
        const Floats value = load(tile_ + f * columns_ + column);
        norm = fma(value, value, norm);
      }
      const Floats most = add(root(norm), reach);
      const Floats wrong = multiply(part, multiply(most, most));
      const Floats nearest = load(margins_ + column), next = load(next_ + column);
      const Floats near = root(add(maximum(fma(two, nearest, norm), zero), wrong));
      const Floats far = root(add(maximum(fma(two, next, norm), zero), wrong));
      const Floats difference = subtract(multiply(two, subtract(next, nearest)), wrong);
      const Floats margin = multiply(divide(difference, add(near, far)), broadcast(1 - 1e-6f));
      const Floats total = add(margin, gather(charged, load(labels_ + column)));
      const Floats kept = subtract(total, multiply(absolute(total), broadcast(2.4e-7f)));
      store(margins_ + column, select(less(next, broadcast(INFINITY)), kept, broadcast(INFINITY)));
    }
  }

  KINDRED_INLINE const float* margins() const { return margins_; }

 private:
  size_t columns_;
  Scratch<float> tile_;
  Scratch<int32_t> labels_;
  Scratch<float> margins_;
  Scratch<float> next_;
};

// Columns `picked` of x as a tile, less the offset of each row.
KINDRED_INLINE void pick_tile(Dense x, const uint32_t* picked, size_t count, const float* offset, float* tile, size_t columns) {
  for (size_t row = 0; row < x.rows; row++) {
    const float* source = x.values + row * x.columns;
    float* target = tile + row * columns;
    for (size_t i = 0; i < count; i++) target[i] = source[picked[i]] - offset[row];
    for (size_t i = count; i < round_up(count, group); i++) target[i] = 0.0f;
  }
}

// The columns of [first, first + count) whose margin does not suffice any more.
template <class Label>
KINDRED_INLINE size_t pick_unsure(const StepsState<Label>& state, const float* thresholds, size_t first, size_t count, uint32_t* picked) {
  size_t found = 0;
  size_t i = 0;
  for (; i + width <= count; i += width) {
    const Floats threshold = gather(thresholds, load(state.labels + first + i));
    uint32_t sure = bits(less(threshold, load(state.margins + first + i)));
    uint32_t unsure = ~sure & static_cast<uint32_t>((std::uint64_t{1} << width) - 1);
    for (; unsure != 0; unsure &= unsure - 1) picked[found++] = static_cast<uint32_t>(first + i + lowest_bit(unsure));
  }
  for (; i < count; i++) {
    if (!(thresholds[state.labels[first + i]] < state.margins[first + i])) picked[found++] = static_cast<uint32_t>(first + i);
  }
  return found;
}

// Labels of the state from those of a search, or the other way round.
template <class From, class To>
KINDRED_INLINE void copy_labels(const From* from, size_t count, To* to) {
  size_t i = 0;
  for (; i + width <= count; i += width) store(to + i, load(from + i));
  for (; i < count; i++) to[i] = static_cast<To>(from[i]);
}

template <class Label>
class Step {
 public:
  Step(Dense x, Dense centroids, const float* weights, const SumPlan& plan, const StepsState<Label>& state)
      : x_(x), weights_(weights), plan_(plan), state_(state), fresh_(*state.steps == 0), packed_(centroids), error_(centroids, packed_.offset()), clusters_(centroids.rows), charged_(centroids.rows), thresholds_(centroids.rows) {
    ++*state.steps;
    if (state.margins == nullptr) return;
    if (!fresh_) charge(centroids, state);
    for (size_t j = 0; j < clusters_; j++) charged_[j] = static_cast<float>(state.charged[j] * (1 - 1.2e-7));
    find_thresholds(centroids, error_, state.charged, thresholds_);
    std::memcpy(state.previous, centroids.values, centroids.rows * centroids.columns * sizeof(float));
  }

  // Labels the customers of a chunk and brings its totals up to date.
  void run(size_t index, const Search& search, ClusterAccumulator& accumulator, uint32_t* picked, Moves& moves) const {
    const size_t end = at_most(x_.columns, (index + 1) * plan_.chunk);
    const size_t begin = index * plan_.chunk;
    double* totals = state_.totals + index * totals_of_chunk(clusters_, x_.rows);
    const bool anew = fresh_ || weights_ != nullptr || static_cast<size_t>(state_.moved[index]) * chunk_part > end - begin;
    if (anew) accumulator.clear();
    size_t moved = 0;
    for_each_band(x_, begin, end, plan_.band, [&](size_t first, size_t size) KINDRED_LAMBDA_INLINE {
      moves.clear();
      if (state_.margins == nullptr) {
        moved += label_all(first, size, search, anew ? nullptr : &moves);
      } else {
        label(first, size, search, picked, moves);
        moved += fresh_ ? size : moves.count();
        if (anew) copy_labels(state_.labels + first, size, search.labels());
      }
      if (anew) {
        accumulator.add(x_, first, size, search.labels(), weights_ == nullptr ? nullptr : weights_ + first);
      } else {
        moves.apply(x_, totals);
      }
    });
    if (anew) accumulator.write(totals);
    state_.moved[index] = static_cast<int32_t>(moved);
  }

 private:
  // Labels the customers of a band, in the search's labels too. Returns how many change their segment; these are listed
  // where somebody asks for them.
  size_t label_all(size_t first, size_t size, const Search& search, Moves* moves) const {
    const size_t columns = tile_columns(x_.rows);
    size_t moved = fresh_ ? size : 0;
    for (size_t done = 0; done < size; done += columns) {
      const size_t count = at_most(columns, size - done);
      Label* const labels = state_.labels + first + done;
      int32_t* const found = search.labels() + done;
      for (size_t i = 0; i < columns * sizeof(Label); i += 64) prefetch(reinterpret_cast<const char*>(labels + columns) + i);
      packed_.label(x_, first + done, count, search.tile(), found);
      if (moves != nullptr) {
        moves->add(first + done, count, labels, found);
      } else if (!fresh_) {
        moved += Moves::count(count, labels, found);
      }
      copy_labels(found, count, labels);
    }
    return moves != nullptr ? moves->count() : moved;
  }

  // As label_all, but looks only at customers whose margins do not suffice any more.
  void label(size_t first, size_t size, const Search& search, uint32_t* picked, Moves& moves) const {
    const size_t columns = tile_columns(x_.rows);
    size_t waiting = 0;
    for (size_t column = first; column < first + size; column += columns) {
      const size_t count = at_most(columns, first + size - column);
      const size_t unsure = fresh_ ? count : pick_unsure(state_, thresholds_, column, count, picked + waiting);
      if (unsure * tile_part <= count) {
        waiting += unsure;
        continue;
      }
      pack_tile(x_, column, count, packed_.offset(), search.tile(), columns);
      search.find(packed_, error_, charged_, count, x_, column + columns);
      std::memcpy(state_.margins + column, search.margins(), count * sizeof(float));
      if (!fresh_) moves.add(column, count, state_.labels + column, search.labels());
      copy_labels(search.labels(), count, state_.labels + column);
    }
    for (size_t done = 0; done < waiting; done += columns) {
      const size_t count = at_most(columns, waiting - done);
      const uint32_t* some = picked + done;
      pick_tile(x_, some, count, packed_.offset(), search.tile(), columns);
      search.find(packed_, error_, charged_, count, {}, 0);
      for (size_t i = 0; i < count; i++) {
        const size_t column = some[i];
        const int32_t found = search.labels()[i];
        state_.margins[column] = search.margins()[i];
        moves.add(column, static_cast<int32_t>(state_.labels[column]), found);
        state_.labels[column] = static_cast<Label>(found);
      }
    }
  }

  Dense x_;
  const float* weights_;
  const SumPlan& plan_;
  const StepsState<Label>& state_;
  bool fresh_;
  PackedCentroids packed_;
  ScoreError error_;
  size_t clusters_;
  Scratch<float> charged_;
  Scratch<float> thresholds_;
};

// The means of the segments as the next centroids, and the sum of the squared distances they moved by; negative where a
// segment is empty.
double next_centroids(ClusterSums sums, size_t depth, float* centroids) {
  double shift = 0;
  for (size_t j = 0; j < sums.clusters; j++) {
    if (sums.counts[j] == 0) return -1;
    for (size_t f = 0; f < depth; f++) {
      const size_t place = j * depth + f;
      const double sum = static_cast<double>(sums.sums[place]) + sums.residuals[place];
      const float mean = static_cast<float>(sum / sums.counts[j]);
      const double move = static_cast<double>(mean) - centroids[place];
      shift += move * move;
      centroids[place] = mean;
    }
  }
  return shift;
}

// Steps one after another from the centroids on; `step` makes one, with its sums.
template <class MakeStep>
size_t walk(Dense centroids, size_t steps, double tolerance, ClusterSums out, const MakeStep& step) {
  const size_t size = centroids.rows * centroids.columns;
  const Scratch<float> current(size);
  std::memcpy(current, centroids.values, size * sizeof(float));
  bool resting = false;
  for (size_t made = 1;; made++) {
    step(Dense{current, centroids.rows, centroids.columns}, out);
    if (resting || made == steps) return made;
    const double shift = next_centroids(out, centroids.columns, current);
    if (shift <= 0) return made;
    resting = shift <= tolerance;
    out = {out.sums + size, out.residuals + size, out.counts + centroids.rows, centroids.rows};
  }
}

// Segments that a byte can tell apart: labels read and written again and again are best small.
constexpr size_t most_in_a_byte = 256;

template <class Label>
size_t make_steps(Dense x, Dense centroids, const float* weights, size_t steps, double tolerance, void* memory, ClusterSums out) {
  const size_t n = x.columns, depth = x.rows, k = centroids.rows;
  const SumPlan plan(n, k, depth);
  const StepsState<Label> state(memory, n, k, depth, plan.chunks);
  const size_t share = k * (depth + 1);
  const unsigned workers = workers_for(plan.chunks, static_cast<double>(n) * static_cast<double>(k + 4) * static_cast<double>(depth + 3));
  const Scratch<double> total(share);
  const Scratch<uint32_t> picked(workers * plan.band);
  const PerWorker<Search> searches(workers, depth, plan.band);
  const PerWorker<ClusterAccumulator> accumulators(workers, k, depth, plan.band);
  const PerWorker<Moves> moves(workers, depth, plan.band);
  return walk(centroids, steps, tolerance, out, [&](Dense current, ClusterSums sums) {
    const Step<Label> step(x, current, weights, plan, state);
    for_each_chunk(plan.chunks, workers, [&](size_t index, unsigned worker) {
      step.run(index, searches[worker], accumulators[worker], picked + worker * plan.band, moves[worker]);
    });
    std::memset(total, 0, share * sizeof(double));
    for (size_t c = 0; c < plan.chunks; c++) {
      for (size_t i = 0; i < share; i++) total[i] += state.totals[c * totals_of_chunk(k, depth) + i];
    }
    reduce_totals(total, 1, depth, sums);
  });
}

}  // namespace

size_t lloyd_steps_memory(size_t d, size_t n, size_t k) {
  const SumPlan plan(n, k, d);
  const size_t margins = skips(k, d) ? n : 0;
  const size_t labels = k <= most_in_a_byte ? round_up(n, sizeof(float)) : n * sizeof(int32_t);
  return sizeof(std::int64_t) + (k + plan.chunks * totals_of_chunk(k, d)) * sizeof(double) + (k * d + margins + plan.chunks) * sizeof(float) + labels;
}

size_t lloyd_steps(Dense x, Dense centroids, const float* weights, size_t steps, double tolerance, void* memory, ClusterSums out) {
  const auto make = centroids.rows <= most_in_a_byte ? make_steps<uint8_t> : make_steps<int32_t>;
  return make(x, centroids, weights, steps, tolerance, memory, out);
}

}  // namespace kindred::KINDRED_LEVEL
