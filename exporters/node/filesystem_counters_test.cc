// The parsers of what NFS and ZFS count.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporters/node/kstat.h"
#include "exporters/node/nfs_rpc.h"

namespace narthex::exporters {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(ParseNfsRpc, TakesTheirNumberOffProcedures) {
  const auto lines = ParseNfsRpc("net 70 71 69 45\nth 8 0 0.500\nproc2 3 16 57 74\n");
  ASSERT_TRUE(lines.ok()) << lines.status().message();
  ASSERT_EQ(lines->size(), 3U);
  EXPECT_EQ((*lines)[0].key, "net");
  EXPECT_THAT((*lines)[1].numbers, ElementsAre(8, 0, 0.5));
  EXPECT_THAT((*lines)[2].numbers, ElementsAre(16, 57, 74));
  for (const char* bad : {"net 70 x\n", "proc2 4 16 57 74\n", "proc2\n"})
    EXPECT_EQ(ParseNfsRpc(bad).code(), Code::kCorruption) << bad;
}

TEST(ParseKstat, ReadsNumbersBelowTheTitles) {
  const auto kstat = ParseKstat(
      "23 1 0x01 7 2160 221578688875 6665999035587\n"
      "name                            type data\n"
      "dataset_name                    7    pool/data set \n"
      "erpt-dropped                    4    18446744073709551615\n"
      "size                            3    -5\n"
      "text                            5    what\n");
  ASSERT_TRUE(kstat.ok()) << kstat.status().message();
  EXPECT_EQ(kstat->dataset, "pool/data set");
  EXPECT_THAT(kstat->values,
              ElementsAre(Pair("erpt_dropped", 18446744073709551615.0), Pair("size", -5)));
  EXPECT_FALSE(ParseKstat("").ok());
  EXPECT_FALSE(ParseKstat("name type data\nsize 4 -5\n").ok());
}

TEST(ParseKstatIo, PairsNamesWithNumbers) {
  const auto kstat = ParseKstatIo("12 3 0x00 1 80 7 3\nnread nwritten\n1884160 3206144\n");
  ASSERT_TRUE(kstat.ok());
  EXPECT_THAT(kstat->values, ElementsAre(Pair("nread", 1884160), Pair("nwritten", 3206144)));
  EXPECT_FALSE(ParseKstatIo("12\nnread nwritten\n1884160\n").ok());
}

}  // namespace
}  // namespace narthex::exporters
