"""Generated from proto/gatewayworker/v1 by `./dev proto python`; do not edit."""
