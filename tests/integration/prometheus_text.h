// Prometheus' text format 0.0.4, read strictly: what a scrape of ours may not have is an error with its line.
#pragma once

#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace gatewayd::test {

// One page. Not thread-safe.
class PrometheusText {
 public:
  using Labels = std::map<std::string, std::string>;
  struct Sample {
    std::string name;
    Labels labels;
    double value = 0;
  };
  struct Family {
    std::string type;
    std::string help;
    std::vector<Sample> samples;
  };

  explicit PrometheusText(const std::string& text) {
    if (text.empty() || text.back() != '\n') Fail("the page does not end with a line's end");
    std::istringstream lines(text);
    while (error_.empty() && std::getline(lines, line_))
      ReadLine();
    for (const auto& [name, family] : families_)
      CheckFamily(name, family);
  }

  // "" where the page is right.
  const std::string& error() const { return error_; }
  const std::map<std::string, Family>& families() const { return families_; }

  // The value of the one sample of `name` that has exactly these labels.
  std::optional<double> Value(const std::string& name, const Labels& labels = {}) const {
    for (const auto& [family_name, family] : families_) {
      for (const Sample& sample : family.samples) {
        if (sample.name == name && sample.labels == labels) return sample.value;
      }
    }
    return std::nullopt;
  }

 private:
  void Fail(const std::string& what) {
    if (error_.empty()) error_ = what + ": " + line_;
  }
  static bool IsName(const std::string& name, bool colon) {
    if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
    for (const char c : name) {
      const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (!letter && c != '_' && !(colon && c == ':')) return false;
    }
    return true;
  }

  void ReadLine() {
    if (line_.empty()) return Fail("an empty line");
    if (line_.starts_with("# HELP ")) return ReadHelp(line_.substr(7));
    if (line_.starts_with("# TYPE ")) return ReadType(line_.substr(7));
    if (line_[0] == '#') return Fail("a comment");
    ReadSample();
  }

  void ReadHelp(const std::string& rest) {
    const std::size_t space = rest.find(' ');
    const std::string name = rest.substr(0, space);
    if (space == std::string::npos || !IsName(name, true)) return Fail("HELP without a name and a text");
    if (families_.contains(name)) return Fail("a second HELP, or one behind samples");
    current_ = name;
    families_[name].help = rest.substr(space + 1);
  }

  void ReadType(const std::string& rest) {
    const std::size_t space = rest.find(' ');
    const std::string name = rest.substr(0, space), type = rest.substr(space + 1);
    if (name != current_) return Fail("TYPE of another family than HELP");
    if (!families_[name].type.empty()) return Fail("a second TYPE");
    if (!std::set<std::string>{"counter", "gauge", "histogram"}.contains(type)) return Fail("an odd type");
    families_[name].type = type;
  }

  void ReadSample() {
    std::size_t at = line_.find_first_of("{ ");
    if (at == std::string::npos) return Fail("no value");
    Sample sample{.name = line_.substr(0, at)};
    if (!IsName(sample.name, true)) return Fail("an odd name");
    if (line_[at] == '{' && !ReadLabels(&at, &sample.labels)) return Fail("odd labels");
    if (line_[at] != ' ') return Fail("no space before the value");
    const std::string number = line_.substr(at + 1);
    char* end = nullptr;
    sample.value = std::strtod(number.c_str(), &end);
    if (number.empty() || *end != '\0') return Fail("an odd value, or a timestamp");
    Family& family = families_[current_];
    if (!BelongsTo(sample.name, family.type)) return Fail("a sample outside of its family");
    if (!seen_.insert({sample.name, sample.labels}).second) return Fail("a sample twice");
    family.samples.push_back(std::move(sample));
  }

  bool BelongsTo(const std::string& name, const std::string& type) const {
    if (type != "histogram") return name == current_;
    return name == current_ + "_bucket" || name == current_ + "_sum" || name == current_ + "_count";
  }

  bool ReadLabels(std::size_t* at, Labels* labels) const {
    std::size_t i = *at + 1;
    while (i < line_.size() && line_[i] != '}') {
      const std::size_t equals = line_.find("=\"", i);
      if (equals == std::string::npos) return false;
      const std::string name = line_.substr(i, equals - i);
      std::string value;
      for (i = equals + 2; i < line_.size() && line_[i] != '"'; ++i) {
        if (line_[i] == '\\') {
          if (++i == line_.size()) return false;
          if (line_[i] != '\\' && line_[i] != '"' && line_[i] != 'n') return false;
          value += line_[i] == 'n' ? '\n' : line_[i];
        } else {
          value += line_[i];
        }
      }
      if (i >= line_.size() || !IsName(name, false) || !labels->emplace(name, value).second) return false;
      if (line_[++i] == ',') ++i;
    }
    if (i >= line_.size()) return false;
    *at = i + 1;
    return true;
  }

  void CheckFamily(const std::string& name, const Family& family) {
    line_ = name;
    if (family.type.empty()) Fail("no TYPE");
    if (family.type == "counter" && !name.ends_with("_total")) Fail("a counter without _total");
    if (family.type != "counter" && name.ends_with("_total")) Fail("no counter, with _total");
    for (const Sample& sample : family.samples) {
      if (std::isnan(sample.value) || sample.value < 0) Fail("a value below 0, or none");
    }
    if (family.type == "histogram") CheckHistogram(name, family);
  }

  // Buckets rise, in their bounds and counts, up to +Inf, which is the count; and there is a sum.
  void CheckHistogram(const std::string& name, const Family& family) {
    struct Seen {
      double bound = -1, buckets = 0;
      std::optional<double> infinite, count, sum;
    };
    std::map<Labels, Seen> histograms;
    for (const Sample& sample : family.samples) {
      Labels labels = sample.labels;
      const std::string le = labels["le"];
      labels.erase("le");
      Seen& seen = histograms[labels];
      if (sample.name == name + "_count") seen.count = sample.value;
      if (sample.name == name + "_sum") seen.sum = sample.value;
      if (sample.name != name + "_bucket") continue;
      const double bound = le == "+Inf" ? HUGE_VAL : std::strtod(le.c_str(), nullptr);
      if (bound <= seen.bound || sample.value < seen.buckets) Fail("buckets that do not rise");
      seen.bound = bound;
      seen.buckets = sample.value;
      if (le == "+Inf") seen.infinite = sample.value;
    }
    for (const auto& [labels, seen] : histograms) {
      if (!seen.count || !seen.sum || seen.infinite != seen.count) Fail("+Inf is not the count, or no sum");
    }
  }

  std::string error_;
  std::string line_;
  std::string current_;
  std::map<std::string, Family> families_;
  std::set<std::pair<std::string, Labels>> seen_;
};

}  // namespace gatewayd::test
