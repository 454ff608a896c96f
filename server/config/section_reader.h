// Reads a section that is checked and not acted on: what type each field has, and which rules hold
// across them. Keeps the first finding.
#ifndef NARTHEX_SERVER_CONFIG_SECTION_READER_H_
#define NARTHEX_SERVER_CONFIG_SECTION_READER_H_

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/node.h"

namespace narthex::server {

class SectionReader {
 public:
  enum FilterRule : unsigned char { kAnyFilter, kWithValues };

  // Secrets in `section` are put out of sight on the way.
  explicit SectionReader(config::Node& section) : section_(section) {}

  void Text(std::string_view field);
  void Texts(std::initializer_list<std::string_view> fields);
  void Secret(std::string_view field);
  void Integer(std::string_view field);
  void Flag(std::string_view field);
  void Time(std::string_view field);
  void RefreshInterval();  // above zero
  void TextList(std::string_view field);
  void TextMap(std::string_view field);
  void OneOf(std::string_view field, std::initializer_list<std::string_view> values);
  void Url(std::string_view field);  // required, with scheme and host
  void Filters(std::string_view field, FilterRule rule = kAnyFilter);  // of names and values
  void Http();                                                         // those of http_config
  void Tls();                                                          // tls_config

  void Require(std::string_view field);  // not empty
  void Exclude(bool both, std::string_view names);
  void Refuse(std::string_view finding);

  bool Has(std::string_view field) const;  // and not empty
  std::string TextOr(std::string_view field, std::string_view fallback) const;
  std::vector<std::string> ListOf(std::string_view field) const;
  const config::Node* Take(std::string_view field);  // a field of another shape; null when absent

  void Keep(Status status);
  // The first finding, else one for the first field that nobody asked for.
  Status Finish() const;

 private:
  config::Node* Known(std::string_view field);
  template <typename T>
  void Check(std::string_view field, T value);

  config::Node& section_;
  std::vector<std::string> known_;
  Status first_error_;
};

}  // namespace narthex::server

#endif  // NARTHEX_SERVER_CONFIG_SECTION_READER_H_
