// Boost.JSON, compiled here once and from its headers: nothing needs to be linked for it.
#include <boost/json/src.hpp>
