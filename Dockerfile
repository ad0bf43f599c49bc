# gatewayd's image: the program, the libraries that it needs, and nothing else; no shell, no package manager.
# `./dev image` builds it and tests it. Elsewhere: docker build -t gatewayd .
# BASE is a Debian 12 with apt; the image itself begins with nothing.
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS build
# Those of ./dev's BUILD_PACKAGES that the program needs; tests/image compares.
RUN apt-get update -qq \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      ca-certificates ccache cmake g++ libabsl-dev libboost1.81-dev libgoogle-glog-dev libgrpc++-dev \
      libmimalloc-dev libprotobuf-dev libssl-dev ninja-build pkg-config prometheus-cpp-dev protobuf-compiler \
      protobuf-compiler-grpc >/dev/null \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY CMakeLists.txt LICENSE ./
COPY proto proto
COPY daemon daemon
# A volume at /ccache (./dev image has one) makes the next build quick.
ENV CCACHE_DIR=/ccache CCACHE_BASEDIR=/src CCACHE_NOHASHDIR=1 CCACHE_COMPILERCHECK=content
ARG JOBS=
# Optimised as the build that tests and benchmarks run; no path of the build stays in the program.
RUN cmake -S . -B build -G Ninja --log-level=WARNING \
      -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE="-O2 -DNDEBUG" \
      -DCMAKE_CXX_FLAGS="-ffile-prefix-map=/src/= -ffile-prefix-map=../=" \
      -DGATEWAYD_TESTS=OFF -DGATEWAYD_BENCH=OFF \
 && cmake --build build --target gatewayd -j "${JOBS:-$(nproc)}" \
 && strip --strip-all build/gatewayd
COPY deploy/image deploy/image
ARG SOURCE_DATE_EPOCH=0
RUN deploy/image/collect.sh build /image && mkdir -p /image-run && touch -d "@${SOURCE_DATE_EPOCH}" /image-run

FROM scratch
ARG VERSION=unknown
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="gatewayd" \
      org.opencontainers.image.description="A sidecar that gives a program the whole GatewayWorker API as gRPC" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"
COPY --from=build /image/ /
# Where a unix socket can go; a volume in its place, where the root file system is read-only.
COPY --from=build --chown=65532:65532 /image-run/ /run/gatewayd/
USER 65532:65532
# Probes and Prometheus reach a container by its own address. gRPC stays on loopback until it is told otherwise.
ENV GATEWAYD_ADMIN_LISTEN=0.0.0.0:9090
EXPOSE 9090 50051
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["/usr/bin/gatewayd", "--probe"]
ENTRYPOINT ["/usr/bin/gatewayd"]
