#include "report/report_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <zlib.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/escaped_text.h"
#include "report/page_template.h"
#include "report/static_report.h"
#include "wording/answer.h"

namespace modelkin {
namespace report_page_test {

using ::testing::HasSubstr;
using ::testing::Not;

// What a browser does: the data out of its place, decoded and unzipped.
std::string DataOf(const std::string& page) {
  const std::string_view mark = "id=\"modelkin-data\">";
  const std::size_t begin = page.find(mark) + mark.size();
  const std::string base64 = page.substr(begin, page.find('<', begin) - begin);
  std::string zipped(base64.size(), '\0');
  const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(zipped.data()),
                                     reinterpret_cast<const unsigned char*>(base64.data()),
                                     static_cast<int>(base64.size()));
  EXPECT_GT(length, 0);
  z_stream stream = {};
  EXPECT_EQ(inflateInit2(&stream, MAX_WBITS + 16), Z_OK);
  std::string text(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(zipped.data());
  stream.avail_in = static_cast<uInt>(length);
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return text;
}

// Of two models of which nothing is known but hostile names.
Report HostileReport() {
  const auto nothing = [] { return ModelParts{.checkpoint = Checkpoint("", {}, {}, {})}; };
  static const ModelComponent kNothing{
      .checkpoint = std::make_shared<const Checkpoint>(Checkpoint("", {}, {}, {}))};
  Report report{.names = {.a = "</script><b>", .b = "b\n", .controls = {"c"}}};
  report.trace.components.push_back({.pair = {.a = &kNothing, .b = &kNothing}});
  report.trace.components.front().trace = Trace{.pair = {.a = nothing(), .b = nothing()}};
  report.trace.inputs = {{.id = {.role = InputRole::kA}, .path = "1\x1b[2J"},
                         {.id = {.role = InputRole::kB}, .path = "</script><b>"}};
  return report;
}

std::string JsonOf(const Report& report, JsonDetail detail) {
  std::string text;
  WriteReportJson(
      report, [&](std::string_view piece) { text += piece; }, detail);
  return text;
}

// What is written says 2 January 2026.
class SecondOfJanuary {
 public:
  SecondOfJanuary() { setenv("SOURCE_DATE_EPOCH", "1767398399", 1); }
  ~SecondOfJanuary() { unsetenv("SOURCE_DATE_EPOCH"); }
};

TEST(ReportPage, SaysItsDayAndOtherOutputsDoNot) {
  const SecondOfJanuary day;
  const Report report = HostileReport();
  EXPECT_THAT(JsonOf(report, JsonDetail::kPage), HasSubstr("\"written_on\": \"2026-01-02\""));
  EXPECT_THAT(JsonOf(report, JsonDetail::kWhole), Not(HasSubstr("written_on")));
}

TEST(ReportPage, HoldsTheDataOnce) {
  if (!HasPage()) GTEST_SKIP() << "built without the page";
  const SecondOfJanuary day;
  const Report report = HostileReport();
  std::string page;
  WriteReportPage(report, [&](std::string_view piece) { page += piece; });
  EXPECT_EQ(DataOf(page), JsonOf(report, JsonDetail::kPage));
  EXPECT_THAT(page, Not(HasSubstr("</script><b>")));
}

TEST(ReportJson, HasNullForWhatIsMissing) {
  const auto data = nlohmann::json::parse(JsonOf(HostileReport(), JsonDetail::kWhole));
  EXPECT_EQ(data["names"]["a"], "</script><b>");
  EXPECT_EQ(data["names"]["controls"][0], "c");
  EXPECT_EQ(data["trace"]["inputs"][0]["path"], "1\x1b[2J");
  for (const char* const part : {"compare", "config", "tokenizer", "diff"}) {
    EXPECT_TRUE(data.at(part).is_null()) << part;
  }
}

TEST(ReportJson, ShowsControlsOnThePageAsEscapes) {
  const auto data = nlohmann::json::parse(JsonOf(HostileReport(), JsonDetail::kPage));
  EXPECT_THAT(data["trace"]["inputs"][0]["path"].get<std::string>(), Not(HasSubstr("\x1b")));
}

TEST(ReportPage, SaysItsAnswerWithoutScripts) {
  if (!HasPage()) GTEST_SKIP() << "built without the page";
  Report report = HostileReport();
  report.trace.inputs.front().files = {
      {.name = "<i>\u202e.safetensors", .header_sha256 = "", .sha256 = "00ff"}};
  std::string page;
  WriteReportPage(report, [&](std::string_view piece) { page += piece; });
  const Answer answer = AnswerOf(report.trace, Language::kEnglish);
  EXPECT_THAT(page, HasSubstr("<h1>" + HtmlText(answer.headline) + "</h1>"));
  EXPECT_THAT(page, HasSubstr(HtmlText(answer.pill)));
  EXPECT_THAT(page, HasSubstr("<article lang=\"ko\""));
  EXPECT_THAT(page, HasSubstr("&lt;/script&gt;&lt;b&gt;"));
  EXPECT_THAT(page, HasSubstr("&lt;i&gt;\\u{202E}.safetensors"));
  EXPECT_THAT(page, HasSubstr(">00ff<"));
  EXPECT_THAT(page, HasSubstr("<title>" + StaticTitle(report) + "</title>"));
  EXPECT_THAT(page, Not(HasSubstr("__MODELKIN")));
  EXPECT_THAT(page, Not(HasSubstr("<i>")));
}

TEST(ReportPage, TemplateNeedsNoNetwork) {
  if (!HasPage()) GTEST_SKIP() << "built without the page";
  const std::string page(PageTemplate());
  EXPECT_NE(page.find("__MODELKIN_DATA__"), std::string::npos);
  EXPECT_EQ(page.find("__MODELKIN_DATA__"), page.rfind("__MODELKIN_DATA__"));
  EXPECT_THAT(page, HasSubstr("connect-src 'none'"));
  EXPECT_THAT(page, Not(HasSubstr("<script src")));
  EXPECT_THAT(page, Not(HasSubstr("<link rel=\"stylesheet\"")));
}

}  // namespace report_page_test
}  // namespace modelkin
