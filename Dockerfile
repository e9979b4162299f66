# The server as an image: the API, the worker or both, by the role that follows `node dist/server/main.js`.
#
#     npm run manifest -- --host https://toile.studio.example     first, so that the plugin may reach your server
#     docker build --tag toile .
#
# docs/hosting.md says how to run it; compose.yaml does.

FROM node:22-slim AS build
WORKDIR /toile
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build

FROM node:22-slim AS modules
WORKDIR /toile
COPY package.json package-lock.json .npmrc ./
# ONNX Runtime comes with the libraries of every system
RUN npm ci --omit=dev --no-audit --no-fund \
    && rm -rf node_modules/onnxruntime-node/bin/*/darwin node_modules/onnxruntime-node/bin/*/win32

FROM node:22-slim
WORKDIR /toile
COPY --from=modules /toile/node_modules node_modules
COPY package.json manifest.json ./
COPY models/bundles models/bundles
COPY --from=build /toile/dist dist
# a volume here belongs to whom the folder does
RUN mkdir /data && chown node:node /data
USER node
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8787 TOILE_STORE=file:/data
EXPOSE 8787
# alive is enough: a queue that is away for a while is no reason to start anew
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/server/main.js"]
