// Options as a command line gives them, for tests.
#ifndef NARTHEX_EXPORTERS_CONTAINER_TEST_OPTIONS_H_
#define NARTHEX_EXPORTERS_CONTAINER_TEST_OPTIONS_H_

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/cli/flags.h"
#include "exporters/container/options.h"

namespace narthex::exporters {

// Expects that the arguments are good.
inline void ReadArguments(const std::vector<std::string>& arguments, ContainerOptions& options) {
  cli::Flags flags("test", "test");
  options.AddFlags(flags);
  std::string output;
  EXPECT_TRUE(flags.Parse(arguments, output).ok()) << output;
  EXPECT_TRUE(options.Prepare(flags).ok());
}

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_CONTAINER_TEST_OPTIONS_H_
