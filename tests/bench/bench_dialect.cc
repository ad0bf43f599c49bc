#include "bench/bench_dialect.h"

ABSL_FLAG(std::string, dialect, "php", "php or go");
