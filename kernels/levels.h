// Which tables of kernels this binary has and this processor runs.
#pragma once

#include <string>
#include <vector>

#include "kernels.h"

namespace kindred {

// Best first, never empty.
std::vector<const Kernels*> supported_levels();

// nullptr if the processor does not run it, or there is no such level.
const Kernels* find_level(const std::string& name);

}  // namespace kindred
