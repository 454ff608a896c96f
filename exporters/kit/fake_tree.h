// A small tree of the kernel's files and a collector on it, for tests.
#ifndef NARTHEX_EXPORTERS_KIT_FAKE_TREE_H_
#define NARTHEX_EXPORTERS_KIT_FAKE_TREE_H_

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/fs/temporary_folder.h"
#include "exporters/kit/collector.h"
#include "exporters/kit/text_fields.h"

namespace narthex::exporters {

class FakeTree {
 public:
  FakeTree() {
    paths_ = SystemPaths{Directory(root_ + "/proc"), Directory(root_ + "/sys"), Directory("/"),
                         Directory(root_ + "/udev")};
  }

  void Write(const std::string& path, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(root_ + "/" + path).parent_path());
    std::ofstream(root_ + "/" + path, std::ios::binary) << text;
  }
  const std::string& root() const { return root_; }
  SystemPaths& paths() { return paths_; }

 private:
  const TemporaryFolder folder_;
  const std::string root_ = folder_.path().string();
  SystemPaths paths_;
};

// One collector with its flags, as the exporter sets it up.
class Exporter {
 public:
  Exporter(std::unique_ptr<Collector> collector, const std::vector<std::string>& arguments = {})
      : collector_(std::move(collector)) {
    cli::Flags flags("test", "test");
    collector_->AddFlags(flags);
    std::string output;
    EXPECT_TRUE(flags.Parse(arguments, output).ok()) << output;
    EXPECT_TRUE(collector_->Prepare().ok());
  }

  // The samples as text; `status` is what Collect gave.
  std::string Scrape() {
    openmetrics::ExpositionWriter writer(openmetrics::Format::kText);
    MetricSink sink(writer);
    status = collector_->Collect(sink);
    std::string out;
    writer.Finish(out);
    return out;
  }

  Status status;

 private:
  std::unique_ptr<Collector> collector_;
};

// The value of a series in an exposition; NaN where it is absent.
inline double Value(std::string_view exposition, const std::string& series) {
  LineReader lines(exposition);
  while (const auto line = lines.Next()) {
    if (line->substr(0, series.size() + 1) == series + " ")
      return *ParseDouble(line->substr(series.size() + 1));
  }
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace narthex::exporters

#endif  // NARTHEX_EXPORTERS_KIT_FAKE_TREE_H_
