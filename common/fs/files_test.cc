#include "common/fs/files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "common/fs/file_stamp.h"
#include "common/fs/temporary_folder.h"

namespace narthex {
namespace {

TEST(ReadFile, ReadsFilesOfProcfsWholeAndReusesMemory) {
  std::string text;
  ASSERT_TRUE(ReadFile("/proc/self/stat", text).ok());
  EXPECT_GT(text.size(), 50U);
  EXPECT_EQ(text.back(), '\n');
}

TEST(ReadFile, SaysWhatIsMissingOrTooLarge) {
  const auto path = std::filesystem::temp_directory_path() / "narthex_files_test";
  std::ofstream(path) << std::string(100, 'x');
  std::string text;
  EXPECT_EQ(ReadFile(path, text, 99).code(), Code::kLimit);
  EXPECT_EQ(ReadFile("/nope").message(), "open \"/nope\": No such file or directory");
  EXPECT_EQ(ReadFile("/nope").code(), Code::kNotFound);
  std::filesystem::remove(path);
}

TEST(PathFromFile, IsMeantFromTheFolderOfTheFile) {
  EXPECT_EQ(PathFromFile("/etc/a.yml", "b"), "/etc/b");
  EXPECT_EQ(PathFromFile("conf/a.yml", "d/b"), "conf/d/b");
  EXPECT_EQ(PathFromFile("a.yml", "b"), "b");
  EXPECT_EQ(PathFromFile("/etc/a.yml", "/b"), "/b");
  EXPECT_EQ(PathFromFile("/etc/a.yml", ""), "");
}

TEST(MatchFiles, MatchesWithinNames) {
  const TemporaryFolder folder;
  for (const char* name : {"b.yml", "a.yml", ".c.yml", "d.json", "*"})
    std::ofstream(folder.path() / name) << "x";
  const auto matched = [&](const std::string& pattern) {
    std::vector<std::string> names;
    for (const std::string& file : MatchFiles(folder.path() / pattern))
      names.push_back(std::filesystem::path(file).filename());
    return names;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(matched("*.yml"), (Names{".c.yml", "a.yml", "b.yml"}));
  EXPECT_EQ(matched("[ab].yml"), (Names{"a.yml", "b.yml"}));
  EXPECT_EQ(matched("d.json"), (Names{"d.json"}));
  EXPECT_EQ(matched("none"), Names());
  EXPECT_EQ(matched("*").size(), 5U);
}

TEST(AreCurrent, NoticesWhatReplacesAFileAndWhatRemovesIt) {
  const auto path = std::filesystem::temp_directory_path() / "file_stamp_test";
  std::ofstream(path) << "one";
  const std::vector<FileStamp> stamps = {StampOf(path)};
  EXPECT_TRUE(AreCurrent(stamps));
  std::ofstream(path.string() + ".new") << "two";
  std::filesystem::rename(path.string() + ".new", path);
  EXPECT_FALSE(AreCurrent(stamps));
  const std::vector<FileStamp> replaced = {StampOf(path)};
  std::filesystem::remove(path);
  EXPECT_FALSE(AreCurrent(replaced));
  EXPECT_TRUE(AreCurrent({StampOf(path)}));  // still not there
}

TEST(Directory, ListsSortedBelowItsRoot) {
  const Directory proc("/proc");
  const auto names = proc.List("self/net");
  ASSERT_TRUE(names.ok());
  EXPECT_TRUE(std::is_sorted(names->begin(), names->end()));
  EXPECT_TRUE(proc.Read("self/stat").ok());
}

}  // namespace
}  // namespace narthex
