#include "admin/router.h"

#include "gtest/gtest.h"

namespace gatewayd::admin {
namespace {

Router TestRouter() {
  Router router;
  router.Get("/get", [](const HttpRequest& request) { return HttpResponse{.body = "got " + request.path}; });
  router.Post("/post", [](const HttpRequest& request) { return HttpResponse{.body = request.body}; });
  router.Get("/both", [](const HttpRequest&) { return HttpResponse{.body = "get"}; });
  router.Post("/both", [](const HttpRequest&) { return HttpResponse{.body = "post"}; });
  return router;
}

HttpResponse Ask(const std::string& method, const std::string& path) {
  return TestRouter().Answer({.method = method, .path = path});
}

TEST(RouterTest, GivesEachRequestToItsHandler) {
  EXPECT_EQ(Ask("GET", "/get").body, "got /get");
  EXPECT_EQ(Ask("HEAD", "/get").body, "got /get");
  EXPECT_EQ(Ask("GET", "/both").body, "get");
  EXPECT_EQ(Ask("POST", "/both").body, "post");
}

TEST(RouterTest, APathMatchesWholeAndAsItIs) {
  for (const char* path : {"/", "", "/ge", "/get/", "/get/more", "/GET", "/%67et", "*"})
    EXPECT_EQ(Ask("GET", path).status, 404) << path;
}

TEST(RouterTest, AMethodThatIsNotTakenIsToldWhichAre) {
  const HttpResponse answer = Ask("PUT", "/both");
  EXPECT_EQ(answer.status, 405);
  ASSERT_EQ(answer.headers.size(), 1);
  EXPECT_EQ(answer.headers[0].first, "Allow");
  EXPECT_EQ(answer.headers[0].second, "GET, HEAD, POST");
  EXPECT_EQ(Ask("HEAD", "/post").status, 405);
  EXPECT_EQ(Ask("get", "/get").status, 405) << "methods are told apart by case";
}

TEST(RouterTest, OnlyAHandlerOfPostTakesABody) {
  const Router router = TestRouter();
  EXPECT_TRUE(router.TakesBody("POST", "/post"));
  EXPECT_FALSE(router.TakesBody("POST", "/get"));
  EXPECT_FALSE(router.TakesBody("GET", "/both"));
  EXPECT_FALSE(router.TakesBody("PUT", "/post"));
}

TEST(RouterTest, AHandlerThatAnswersLaterIsAskedForByPostAlone) {
  Router router;
  router.PostLater("/later", [](const HttpRequest& request, const Router::Done& done) {
    done({.body = "later " + request.body});
  });
  const HttpRequest request{.method = "POST", .path = "/later", .body = "x"};
  const Router::LaterHandler* later = router.Later(request);
  ASSERT_NE(later, nullptr);
  std::string said;
  (*later)(request, [&](const HttpResponse& answer) { said = answer.body; });
  EXPECT_EQ(said, "later x");
  EXPECT_TRUE(router.TakesBody("POST", "/later"));
  EXPECT_EQ(router.Later({.method = "GET", .path = "/later"}), nullptr);
  EXPECT_EQ(router.Later({.method = "POST", .path = "/other"}), nullptr);
  const HttpResponse get = router.Answer({.method = "GET", .path = "/later"});
  EXPECT_EQ(get.status, 405);
  EXPECT_EQ(get.headers.at(0).second, "POST");
}

}  // namespace
}  // namespace gatewayd::admin
