# The image of Teal: node, the program and its packages; no shell, no package manager. Works with a read-only root file system and any non-root user.
#
#   docker build --build-arg COMMIT="$(git rev-parse --short HEAD)" -t teal:0.1.0 .
#   docker run --rm -p 8000:8000 -v teal:/data teal:0.1.0 -kubernetes http://API-SERVER:8080 -etcd http://ETCD:2379 --allow-anonymous

FROM node:20-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run -s build && bash deploy/assemble /image

FROM scratch
COPY --from=build /image /
ARG COMMIT=unknown
ENV NODE_ENV=production TEAL_HOST=0.0.0.0 TEAL_DATA_DIR=/data/store TEAL_COMMIT=$COMMIT
WORKDIR /app
USER 10001:10001
EXPOSE 8000
VOLUME /data
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/node", "/app/dist/main.js", "serve"]
