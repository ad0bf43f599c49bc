// The flags about who may call, and over what. Part of ReadConfig.
#pragma once

#include <string>
#include <vector>

#include "config.h"

namespace gatewayd {

// Reads the flags, and the files that they name, into `config`. What is wrong goes to `problems`, a line
// each; what is allowed and still not wise to `warnings`. `config->listen` is read before.
void ReadSecurity(Config* config, std::vector<std::string>* problems, std::vector<std::string>* warnings);

// The cluster's secret: --secret_file, else GATEWAYD_SECRET, else "".
std::string ReadSecret(std::vector<std::string>* problems);

// Takes GATEWAYD_SECRET out of the environment, and out of what /proc shows of it. Before any other thread.
void HideSecret();

}  // namespace gatewayd
