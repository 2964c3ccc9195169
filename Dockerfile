# The image that "make image" makes, for those who prefer a container engine:
#
#   docker buildx build --platform linux/amd64,linux/arm64 --build-arg VERSION=v0.1.0 --tag ghcr.io/loadline-dev/loadline:v0.1.0 .
FROM --platform=$BUILDPLATFORM golang:1.26.4 AS build
WORKDIR /loadline
COPY . .
ARG TARGETPLATFORM
ARG VERSION=devel
ARG SOURCE_DATE_EPOCH=0
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    make image-root PLATFORMS=$TARGETPLATFORM

FROM scratch
ARG VERSION=devel
LABEL org.opencontainers.image.title="Loadline" \
      org.opencontainers.image.description="A telemetry-aware Kubernetes scheduler and descheduler" \
      org.opencontainers.image.url="https://github.com/loadline-dev/loadline" \
      org.opencontainers.image.source="https://github.com/loadline-dev/loadline" \
      org.opencontainers.image.documentation="https://github.com/loadline-dev/loadline/tree/main/docs" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION"
COPY --from=build /loadline/build/image-root/ /
USER 65532:65532
WORKDIR /
ENTRYPOINT ["/loadline-scheduler"]
