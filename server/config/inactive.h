// What a configuration asks for and this server does not do.
#ifndef NARTHEX_SERVER_CONFIG_INACTIVE_H_
#define NARTHEX_SERVER_CONFIG_INACTIVE_H_

#include <string>
#include <vector>

#include "server/config/config.h"

namespace narthex::server {

struct Inactive {
  std::string what;         // "remote_write", "job \"a\": scrape_native_histograms"
  std::string consequence;  // "no sample is sent elsewhere"
  config::Position position;

  std::string Text() const { return what + " is not acted on: " + consequence; }
};

// What would be missed: alerts that never fire, samples that never arrive. A server does not start
// with such a configuration unless it is told to.
std::vector<Inactive> InactiveParts(const Config& config);

// What is nothing to stop for, each worth a line in the log.
std::vector<Inactive> Notices(const Config& config);

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_CONFIG_INACTIVE_H_
