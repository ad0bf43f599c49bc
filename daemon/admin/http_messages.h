// Between Beast's messages and those of the router. No I/O.
#pragma once

#include <optional>

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "admin/router.h"

namespace gatewayd::admin {

using HttpRequestMessage = boost::beast::http::request<boost::beast::http::string_body>;
using HttpResponseMessage = boost::beast::http::response<boost::beast::http::string_body>;

// What a client is told whose bytes were no request; nullopt where it is gone, or was too slow.
std::optional<HttpResponse> AnswerTo(boost::system::error_code error);

// 400 for what HTTP allows no handler to see: a target that is no path, HTTP/1.1 without Host.
std::optional<HttpResponse> CheckRequest(const HttpRequestMessage& message);

HttpRequest ToRequest(const HttpRequestMessage& message);

// The answer as it is sent. Of one to HEAD the body is left out, and its length stays in the head.
HttpResponseMessage ToMessage(HttpResponse answer, unsigned version, bool keep_alive, bool head);

}  // namespace gatewayd::admin
