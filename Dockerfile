# The service: web process and workers (docs/service.md). Built from a clone:  docker build -t fns .
FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY . .
RUN npm ci --ignore-scripts && npm run build && mkdir packed && npm pack --ignore-scripts --pack-destination packed

FROM node:24-bookworm-slim
# ffmpeg reads and writes videos.
RUN apt-get update && apt-get install -y --no-install-recommends ffmpeg && rm -rf /var/lib/apt/lists/*
WORKDIR /service
COPY --from=build /build/packed/*.tgz /tmp/fns.tgz
# The program, then the packages that it names itself for the service.
RUN echo '{"private":true}' > package.json \
  && npm install --ignore-scripts --no-audit --no-fund /tmp/fns.tgz \
  && node --input-type=module -e "import { installCommand } from '/service/node_modules/fast-neural-style/dist/service/packages.js'; console.log(installCommand())" > /tmp/install \
  && sh -c "$(cat /tmp/install) --ignore-scripts --no-audit --no-fund" \
  && rm /tmp/fns.tgz /tmp/install && npm cache clean --force \
  # ONNX Runtime comes for every system.
  && rm -r node_modules/onnxruntime-node/bin/*/darwin node_modules/onnxruntime-node/bin/*/win32 \
  && mkdir /data && chown node:node /data
# Memory in huge pages: a first picture comes sooner.
ENV PATH=/service/node_modules/.bin:$PATH GLIBC_TUNABLES=glibc.malloc.hugetlb=1
USER node
VOLUME /data
EXPOSE 8330
# SIGTERM drains it.
STOPSIGNAL SIGTERM
ENTRYPOINT ["fns"]
CMD ["serve", "--host", "0.0.0.0", "--data", "/data"]
