// The table of this instruction set; compiled once for each, as the kernels are.
#include "kernels.h"

#define KINDRED_TEXT_(name) #name
#define KINDRED_TEXT(name) KINDRED_TEXT_(name)

namespace kindred::KINDRED_LEVEL {

extern const Kernels kernels;
const Kernels kernels = {
    KINDRED_TEXT(KINDRED_LEVEL),
    nearest_centroid,
    nearest_label,
    centroid_update,
    lloyd_step,
    lloyd_steps_memory,
    lloyd_steps,
    feature_moments,
    plus_plus,
    pairwise_distance,
    cosine_topk,
    sparse_cosine_topk,
    als_step,
    gram,
    distance_sums,
    radius_neighbours,
    strongest_owned,
    strongest_neighbour,
    kd_tree,
    core_points,
    connect_marked,
    nearest_marked,
    nearest_neighbours,
    nearest_other,
    fused_multiply_adds,
    stream_copy,
};

}  // namespace kindred::KINDRED_LEVEL
