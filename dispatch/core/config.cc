#include "dispatch/core/config.h"

namespace crossarray {

Config& config() {
  static Config settings;
  return settings;
}

}  // namespace crossarray
