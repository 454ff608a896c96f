// Replays what tests/record_containers.py recorded of real runtimes: from their state on disk the
// series must be those that follow from what the runtime was told, and what its socket said must
// tell the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <map>

#include "common/fs/files.h"
#include "exporters/container/collectors.h"
#include "exporters/container/cri_messages.h"
#include "exporters/container/runtime_json.h"
#include "exporters/container/test_options.h"
#include "exporters/kit/fake_tree.h"

namespace narthex::exporters {
namespace {

using testing::HasSubstr;

// The files of a recording by their paths.
using Files = std::map<std::string, std::string>;

std::string BytesOfHex(std::string digits) {
  std::erase(digits, '\n');
  std::string bytes;
  for (size_t at = 0; at + 1 < digits.size(); at += 2)
    bytes += static_cast<char>(std::stoi(digits.substr(at, 2), nullptr, 16));
  return bytes;
}

Files ReadRecording(const std::string& path) {
  const auto text = ReadFile(path);
  EXPECT_TRUE(text.ok()) << text.message();
  Files files;
  std::string* file = nullptr;
  std::vector<std::string> coded;
  LineReader lines(*text);
  while (const auto line = lines.Next()) {
    if (line->starts_with("# ") && file == nullptr) continue;
    if (!line->starts_with("=== ")) {
      if (file != nullptr) file->append(*line).append("\n");
      continue;
    }
    FieldReader words(line->substr(4));
    const std::string name(words.Next().value_or(""));
    if (words.Next() == "hex") coded.push_back(name);
    file = &files[name];
  }
  for (const std::string& name : coded) files[name] = BytesOfHex(files[name]);
  return files;
}

std::string Scrape(const Files& files) {
  FakeTree tree;
  tree.paths().root = Directory(tree.root() + "/root");
  for (const auto& [path, text] : files) tree.Write(path, text);
  std::string mounts = files.at("proc/self/mountinfo");
  for (size_t at = 0; (at = mounts.find(" /cgroup", at)) != std::string::npos; at += 2)
    mounts.insert(at + 1, tree.root());
  tree.Write("proc/self/mountinfo", mounts);
  const ManualClock clock(1'800'000'000'000);
  ContainerOptions options(clock);
  ReadArguments({"--disable_metrics="}, options);
  Exporter exporter(NewContainersCollector(tree.paths(), options));
  std::string text = exporter.Scrape();
  EXPECT_TRUE(exporter.status.ok()) << exporter.status.message();
  return text;
}

// What the answers of sockets in the recording tell.
std::vector<ContainerFacts> ReadAnswers(const Files& files, bool is_crio) {
  for (const char* name : {"answers/docker", "answers/podman"}) {
    const auto found = files.find(name);
    if (found == files.end()) continue;
    auto listed = ParseDockerList(found->second);
    EXPECT_TRUE(listed.ok()) << listed.message();
    return listed.ok() ? std::move(*listed) : std::vector<ContainerFacts>();
  }
  const auto pods = files.find("answers/ListPodSandbox");
  if (pods == files.end()) return {};
  auto sandboxes = ParseSandboxList(pods->second);
  auto containers = ParseContainerList(files.at("answers/ListContainers"));
  EXPECT_TRUE(sandboxes.ok() && containers.ok());
  if (!sandboxes.ok() || !containers.ok()) return {};
  std::vector<ContainerFacts> facts = JoinPods(std::move(*sandboxes), std::move(*containers));
  if (is_crio) {
    for (ContainerFacts& one : facts) one.name = CriOName(one);
  }
  return facts;
}

class Recording : public testing::TestWithParam<const char*> {
 protected:
  const Files files_ =
      ReadRecording(NARTHEX_FIXTURES + std::string("/containers/") + GetParam() + ".txt");
  const std::string text_ = Scrape(files_);
};

TEST_P(Recording, ShowsWhatTheRuntimeWasTold) {
  const auto expected = files_.find("expected");
  ASSERT_NE(expected, files_.end());
  size_t count = 0;
  LineReader lines(expected->second);
  while (const auto line = lines.Next()) {
    const size_t blank = line->rfind(' ');
    const std::string series(line->substr(0, blank));
    const double value = Value(text_, series);
    if (line->substr(blank + 1) == "any") {
      EXPECT_FALSE(std::isnan(value)) << series;
    } else {
      EXPECT_EQ(value, ParseDouble(line->substr(blank + 1))) << series;
    }
    ++count;
  }
  EXPECT_GE(count, 3U);
}

// The value of the first series of a family that has these labels, in that order.
double FirstValue(std::string_view exposition, const std::string& family,
                  const std::string& labels) {
  LineReader lines(exposition);
  while (const auto line = lines.Next()) {
    if (line->starts_with(family + "{") && line->find(labels) != std::string_view::npos)
      return *ParseDouble(line->substr(line->rfind(' ') + 1));
  }
  return std::numeric_limits<double>::quiet_NaN();
}

TEST_P(Recording, ShowsTheKernelsNumbers) {
  size_t count = 0;
  for (const auto& [path, text] : files_) {
    const std::filesystem::path file(path);
    const bool is_unified = file.filename() == "memory.current";
    if (!is_unified && file.filename() != "memory.usage_in_bytes") continue;
    // "cgroup/docker/…", and with version 1 "cgroup/memory/docker/…".
    const std::string folder = file.parent_path().string();
    const std::string id = folder.substr(folder.find('/', is_unified ? 0 : sizeof("cgroup")));
    const double shown = FirstValue(text_, "container_memory_usage_bytes", "id=\"" + id + "\"");
    if (std::isnan(shown)) continue;  // below a container
    EXPECT_EQ(shown, ParseDouble(text.substr(0, text.find('\n')))) << id;
    ++count;
  }
  EXPECT_GE(count, 1U);
}

class RecordingWithAnswers : public Recording {};

TEST_P(RecordingWithAnswers, TellsTheSameBySocketAndFromDisk) {
  const std::vector<ContainerFacts> answers =
      ReadAnswers(files_, std::string_view(GetParam()) == "crio");
  EXPECT_GE(answers.size(), 2U);
  for (const ContainerFacts& facts : answers) {
    if (facts.is_sandbox) {  // its image stands on disk alone
      EXPECT_THAT(text_, HasSubstr("\",name=\"" + facts.name + "\",namespace=\"prod\",pod="));
      continue;
    }
    const size_t at =
        text_.find(facts.id + "\",image=\"" + facts.image + "\",name=\"" + facts.name);
    EXPECT_NE(at, std::string::npos) << facts.name;
    if (facts.pod.empty()) continue;
    EXPECT_THAT(text_, HasSubstr("container_last_seen{container=\"" + facts.container + "\",id="));
    EXPECT_THAT(text_, HasSubstr("\",name=\"" + facts.name + "\",namespace=\"" +
                                 facts.pod_namespace + "\",pod=\"" + facts.pod + "\"}"));
  }
}

std::string NameOf(const testing::TestParamInfo<const char*>& runtime) { return runtime.param; }

INSTANTIATE_TEST_SUITE_P(Runtimes, Recording,
                         testing::Values("docker", "podman", "podman_v2", "containerd", "crio",
                                         "lxc", "nspawn_v2"),
                         NameOf);
INSTANTIATE_TEST_SUITE_P(Runtimes, RecordingWithAnswers,
                         testing::Values("docker", "podman", "containerd", "crio"), NameOf);

}  // namespace
}  // namespace narthex::exporters
