#include "wire/aes_cbc.h"

#include <openssl/evp.h>

#include <cstring>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace gatewayd::wire::go {
namespace {

// The same by EVP's whole interface: a key and an IV for each text, and its own padding.
std::string ByEvp(const std::string& secret, const std::string& iv, const std::string& plain) {
  unsigned char key[32];
  EVP_Digest(secret.data(), secret.size(), key, nullptr, EVP_sha256(), nullptr);
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  std::string out(plain.size() + kBlockSize, '\0');
  auto* bytes = reinterpret_cast<unsigned char*>(out.data());
  int size = 0;
  int rest = 0;
  EXPECT_EQ(EVP_EncryptInit_ex(context, EVP_aes_256_cbc(), nullptr, key,
                               reinterpret_cast<const unsigned char*>(iv.data())),
            1);
  EXPECT_EQ(EVP_EncryptUpdate(context, bytes, &size, reinterpret_cast<const unsigned char*>(plain.data()),
                              static_cast<int>(plain.size())),
            1);
  EXPECT_EQ(EVP_EncryptFinal_ex(context, bytes + size, &rest), 1);
  EVP_CIPHER_CTX_free(context);
  out.resize(static_cast<std::size_t>(size + rest));
  return out;
}

TEST(AesCbcTest, OneKeyAndManyIvsGiveWhatEvpGives) {
  AesCbc cipher("secret");
  for (std::size_t size = 0; size < 100; ++size) {
    const std::string iv(kBlockSize, static_cast<char>(size * 7));
    const std::string plain(size, static_cast<char>('a' + size % 26));
    std::string text = plain;
    AppendPadding(size, text);
    ASSERT_EQ(text.size(), PaddedSize(size));
    cipher.Encrypt(iv.data(), text.data(), text.size());
    EXPECT_EQ(text, ByEvp("secret", iv, plain)) << size;

    std::string elsewhere(text.size(), '\0');
    cipher.Decrypt(iv.data(), text.data(), text.size(), elsewhere.data());
    cipher.Decrypt(iv.data(), text.data(), text.size(), text.data());  // in place
    EXPECT_EQ(text, elsewhere);
    std::string_view back = text;
    ASSERT_TRUE(RemovePadding(&back));
    EXPECT_EQ(back, plain);
  }
}

TEST(AesCbcTest, BothDirectionsGoTheirOwnWay) {
  AesCbc here("secret");
  AesCbc there("secret");
  const std::string iv = "0123456789abcdef";
  for (int i = 0; i < 10; ++i) {
    std::string one(32, static_cast<char>(i));
    std::string two(16, static_cast<char>(-i));
    here.Encrypt(iv.data(), one.data(), one.size());
    there.Encrypt(iv.data(), two.data(), two.size());
    here.Decrypt(iv.data(), two.data(), two.size(), two.data());
    there.Decrypt(iv.data(), one.data(), one.size(), one.data());
    EXPECT_EQ(one, std::string(32, static_cast<char>(i)));
    EXPECT_EQ(two, std::string(16, static_cast<char>(-i)));
  }
}

// Of any number and any sizes: by lanes while there are three or more, then one by one.
TEST(AesCbcTest, TextsEncryptedTogetherAreWhatTheyAreAlone) {
  AesCbc cipher("secret");
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    const std::size_t count = static_cast<std::size_t>(round) % (AesCbc::kMaxTogether + 1);
    std::string bytes;
    std::string expected;
    std::vector<std::size_t> starts;
    for (std::size_t i = 0; i < count; ++i) {
      std::string iv(kBlockSize, '\0');
      for (char& c : iv)
        c = static_cast<char>(random());
      const std::string plain(random() % (i == 0 ? 2000 : 90), static_cast<char>(random()));
      bytes += iv;
      starts.push_back(bytes.size());
      bytes += plain;
      AppendPadding(plain.size(), bytes);
      expected += iv + ByEvp("secret", iv, plain);
    }
    std::vector<AesCbc::Text> texts;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t end = i + 1 < count ? starts[i + 1] - kBlockSize : bytes.size();
      texts.push_back({.data = bytes.data() + starts[i], .size = end - starts[i]});
    }
    cipher.EncryptTogether(texts);
    ASSERT_EQ(bytes, expected) << count;

    // One alone, after them: they have left its chain as it must be.
    std::string alone(32, 'x');
    const std::string iv(kBlockSize, 'i');
    cipher.Encrypt(iv.data(), alone.data(), alone.size());
    ASSERT_EQ(alone, ByEvp("secret", iv, std::string(32, 'x')).substr(0, 32));
  }
}

TEST(PaddingTest, OnlyTheRightOneIsRemoved) {
  const auto rest = [](std::string_view padded) {
    return RemovePadding(&padded) ? std::string(padded) : "bad";
  };
  EXPECT_EQ(rest(std::string(16, '\x10')), "");
  EXPECT_EQ(rest("123456789012345\x01"), "123456789012345");
  EXPECT_EQ(rest("12345678901234\x02\x02"), "12345678901234");
  EXPECT_EQ(rest(""), "bad");
  EXPECT_EQ(rest("12345678901234\x01\x02"), "bad");
  EXPECT_EQ(rest(std::string(16, '\0')), "bad");
  EXPECT_EQ(rest(std::string(32, '\x11')), "bad");
}

TEST(RandomIvsTest, AreAllDifferent) {
  RandomIvs ivs;
  RandomIvs others;
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    seen.emplace(ivs.Next(), kBlockSize);
    seen.emplace(others.Next(), kBlockSize);
  }
  EXPECT_EQ(seen.size(), 2000u);
}

}  // namespace
}  // namespace gatewayd::wire::go
